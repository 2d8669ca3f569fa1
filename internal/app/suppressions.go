package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/learned"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/thread"
)

// suppressionID names a suppression for people, the same as long as it holds.
func suppressionID(s advice.Suppression) string {
	sum := sha256.Sum256([]byte(string(s.Category) + "\x00" + s.Symbol + "\x00" + s.Path))
	return hex.EncodeToString(sum[:4])
}

// suppressed opens the database and finds a repository by name.
func suppressed(ctx context.Context, c config.Config, name string, f func(st *store.Store, repo change.Repository, all []advice.Suppression) error) (err error) {
	if err := CheckRepositoryName(name); err != nil {
		return err
	}
	owner, short, _ := strings.Cut(name, "/")
	st, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	repo, err := st.RepositoryNamed(ctx, change.GitHub, owner, short)
	if errors.Is(err, change.ErrNotFound) {
		return fmt.Errorf("%s is not known here", name)
	}
	if err != nil {
		return err
	}
	all, err := learned.Suppressions(ctx, st, change.GitHub, repo.ID, time.Now())
	if err != nil {
		return err
	}
	return f(st, repo, all)
}

// Suppressions lists what advice is kept silent about in a repository, and why.
func Suppressions(ctx context.Context, t terminal.Terminal, c config.Config, name string) error {
	return suppressed(ctx, c, name, func(_ *store.Store, repo change.Repository, all []advice.Suppression) error {
		if len(all) == 0 {
			fmt.Fprintf(t.Out, "No advice is kept silent in %s/%s.\n", repo.Owner, repo.Name)
			return nil
		}
		w := tabwriter.NewWriter(t.Out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tCATEGORY\tWHERE\tBY\tUNTIL\tWHY")
		for _, s := range all {
			where := s.Path
			if s.Symbol != "" {
				where += " (" + s.Symbol + ")"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", suppressionID(s), s.Category, printable(where), printable(strings.Join(s.By, ", ")), s.Expires.UTC().Format(time.DateOnly), printable(s.Reason))
		}
		return w.Flush()
	})
}

// printable keeps paths and logins from driving the terminal.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return '?'
		}
		return c
	}, s)
}

// ExportSuppressions writes them as a data document for policies and reviews.
func ExportSuppressions(ctx context.Context, t terminal.Terminal, c config.Config, name string) error {
	return suppressed(ctx, c, name, func(_ *store.Store, _ change.Repository, all []advice.Suppression) error {
		body, err := lifecycle.PolicyData(all)
		if err != nil {
			return err
		}
		_, err = t.Out.Write(body)
		return err
	})
}

// LiftSuppression ends one: the dismissals behind it no longer count, and it takes new ones to bring it back.
func LiftSuppression(ctx context.Context, t terminal.Terminal, c config.Config, name, id string) error {
	return suppressed(ctx, c, name, func(st *store.Store, repo change.Repository, all []advice.Suppression) error {
		for _, s := range all {
			if suppressionID(s) != id {
				continue
			}
			behind, err := st.Dismissals(ctx, change.GitHub, repo.ID, time.Now().Add(-lifecycle.Lasts))
			if err != nil {
				return err
			}
			var lift []thread.Dismissal
			for _, d := range behind {
				draft := advice.Draft{Category: advice.Category(d.About.Category), Level: advice.Level(d.About.Severity), Path: d.Path, Symbol: d.About.Symbol}
				if _, ok := lifecycle.Suppresses([]advice.Suppression{s}, draft, s.Since); ok {
					lift = append(lift, d)
				}
			}
			if err := st.Lift(ctx, lift, operator()); err != nil {
				return err
			}
			fmt.Fprintf(t.Out, "Lifted %s: %d dismissals count no longer. The comments that people dismissed stay dismissed.\n", id, len(lift))
			return nil
		}
		return fmt.Errorf("%s/%s has no suppression %q; lintel suppressions list names them", repo.Owner, repo.Name, id)
	})
}
