package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/upload"
	"github.com/lintel-review/lintel/internal/usage"
)

// TokenRequest says what a new upload token is for.
type TokenRequest struct {
	// Repository is owner/name.
	Repository string
	// Name says who uses it; Base allows base reports; Days is how long it lives, 0 for ever.
	Name string
	Base bool
	Days int
}

// repositoryName is owner/repository.
var repositoryName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$`)

// CheckRepositoryName says what is wrong with the name of a repository, before anything else is asked for.
func CheckRepositoryName(name string) error {
	if repositoryName.MatchString(name) {
		return nil
	}
	return &usage.Error{What: fmt.Sprintf("%q names no repository", name), Remedy: "write it as owner/repository, such as acme/shop"}
}

// tokenName is what a token may be called: it stands in logs and in findings.
var tokenName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,49}$`)

// TokenCreate makes an upload token of a repository and shows its secret, once.
func TokenCreate(ctx context.Context, t terminal.Terminal, c config.Config, req TokenRequest) error {
	return withTokens(ctx, c, req.Repository, func(st *store.Store, repo change.Repository) error {
		secret, token, err := newToken(req, repo)
		if err != nil {
			return err
		}
		if err := st.AddToken(ctx, token, ingest.HashToken(secret)); err != nil {
			return err
		}
		return showSecret(t, token, repo, secret)
	})
}

// TokenRotate makes a token in the place of another, which lives on for a while so that CI can change over.
func TokenRotate(ctx context.Context, t terminal.Terminal, c config.Config, repository, id string, overlap time.Duration) error {
	return withTokens(ctx, c, repository, func(st *store.Store, repo change.Repository) error {
		all, err := st.Tokens(ctx, change.GitHub, repo.ID)
		if err != nil {
			return err
		}
		now := time.Now()
		for _, old := range all {
			if old.ID != id || !old.Alive(now) {
				continue
			}
			req := TokenRequest{Repository: repository, Name: old.Name, Base: old.Base}
			secret, token, err := newToken(req, repo)
			if err != nil {
				return err
			}
			if !old.ExpiresAt.IsZero() {
				token.ExpiresAt = now.Add(old.ExpiresAt.Sub(old.CreatedAt))
			}
			if err := st.RotateToken(ctx, id, now.Add(overlap), token, ingest.HashToken(secret)); err != nil {
				return unknownToken(err, repository, id)
			}
			fmt.Fprintf(t.Err, "the token %s ends %s\n", id, now.Add(overlap).UTC().Format(time.RFC3339))
			return showSecret(t, token, repo, secret)
		}
		return unknownToken(change.ErrNotFound, repository, id)
	})
}

// TokenRevoke ends a token at once.
func TokenRevoke(ctx context.Context, t terminal.Terminal, c config.Config, repository, id string) error {
	return withTokens(ctx, c, repository, func(st *store.Store, repo change.Repository) error {
		if err := st.RevokeToken(ctx, change.GitHub, repo.ID, id); err != nil {
			return unknownToken(err, repository, id)
		}
		fmt.Fprintf(t.Out, "the token %s of %s is revoked; what it brought stays\n", id, repository)
		return nil
	})
}

// TokenList shows the tokens of a repository; no secret can be shown again.
func TokenList(ctx context.Context, t terminal.Terminal, c config.Config, repository string) error {
	return withTokens(ctx, c, repository, func(st *store.Store, repo change.Repository) error {
		all, err := st.Tokens(ctx, change.GitHub, repo.ID)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			fmt.Fprintf(t.Out, "%s has no upload tokens\n", repository)
			return nil
		}
		w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tNAME\tBASE\tMADE\tEND\tLAST USE")
		day := func(at time.Time, none string) string {
			if at.IsZero() {
				return none
			}
			return at.UTC().Format(time.DateOnly)
		}
		for _, x := range all {
			end := day(x.ExpiresAt, "never")
			if !x.RevokedAt.IsZero() {
				end = "revoked " + day(x.RevokedAt, "")
			}
			base := "no"
			if x.Base {
				base = "yes"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.Name, base, day(x.CreatedAt, ""), end, day(x.UsedAt, "never"))
		}
		return w.Flush()
	})
}

func unknownToken(err error, repository, id string) error {
	if errors.Is(err, change.ErrNotFound) {
		return fmt.Errorf("%s has no token %q that is alive; \"lintel token list %s\" shows them", repository, id, repository)
	}
	return err
}

// withTokens opens the database beside a server that may run on it, and finds the repository there.
func withTokens(ctx context.Context, c config.Config, repository string, f func(*store.Store, change.Repository) error) (err error) {
	if err := CheckRepositoryName(repository); err != nil {
		return err
	}
	st, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	repo, _, err := st.Owned(ctx, change.GitHub, 0, repository)
	if errors.Is(err, change.ErrNotFound) {
		return fmt.Errorf("the server has not heard of %s: install the App on it first", repository)
	}
	if err != nil {
		return err
	}
	return f(st, repo)
}

func newToken(req TokenRequest, repo change.Repository) (secret string, t upload.Token, err error) {
	if !tokenName.MatchString(req.Name) {
		return "", t, fmt.Errorf("the name %q of a token is up to 50 letters, digits, spaces and ._-", req.Name)
	}
	raw := make([]byte, 35)
	if _, err := rand.Read(raw); err != nil {
		return "", t, fmt.Errorf("make a token: %w", err)
	}
	text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
	now := time.Now()
	t = upload.Token{ID: text[:8], Forge: change.GitHub, RepoID: repo.ID, Name: req.Name, Base: req.Base, CreatedAt: now}
	if req.Days > 0 {
		t.ExpiresAt = now.AddDate(0, 0, req.Days)
	}
	// The id is no part of the secret: it stands in logs.
	return ingest.TokenPrefix + text[8:], t, nil
}

// showSecret writes the secret alone to the output, so that it can be piped into a store of secrets, and all else beside it.
func showSecret(t terminal.Terminal, token upload.Token, repo change.Repository, secret string) error {
	fmt.Fprintf(t.Err, "made token %s (%s) of %s/%s; this is the only time that its secret is shown:\n", token.ID, token.Name, repo.Owner, repo.Name)
	_, err := fmt.Fprintln(t.Out, secret)
	return err
}
