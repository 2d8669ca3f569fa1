package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/document"
	past "github.com/lintel-review/lintel/internal/evidence"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
)

type evidence struct {
	config.DatabaseFlags
	operator.ForgeFlag
	Rule   string `arg:"" optional:"" help:"A rule or a family: size/too-large, size. Default: all that found something."`
	Repo   string `placeholder:"OWNER/REPO" help:"The repository. Default: all of the server."`
	Last   int    `default:"200" help:"How many changes, the last judged first: 1 to 10000."`
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help is shown below the flags' summary.
func (evidence) Help() string {
	return `A rule in shadow judges and nobody sees it. This sums up what it would have blocked if it had been in enforce, what
became of those changes, and how long it took until a later head no longer had the finding. Reverts are known by
the titles and descriptions of changes that this server judged; docs/rollout.md explains each number.

Exit status: 0 summed up, 2 the database cannot be read, or wrong use.

Examples:

    lintel rules evidence --config /etc/lintel/server.yml
    lintel rules evidence --repo acme/shop size/too-large
    lintel rules evidence --last 1000 --format json size`
}

// Run prints the evidence.
func (c evidence) Run(ctx context.Context, t terminal.Terminal) (err error) {
	chosen, err := c.chosen(ctx)
	if err != nil {
		return err
	}
	if c.Last < 1 || c.Last > 10_000 {
		return &usage.Error{What: "--last is " + strconv.Itoa(c.Last), Remedy: "give a number from 1 to 10000"}
	}
	if c.Repo != "" {
		if err := operator.CheckRepository(c.Repo); err != nil {
			return err
		}
	}
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	st, err := operator.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	sum, err := c.sum(ctx, st)
	if err != nil {
		return err
	}
	report := sum.Report(c.Repo, chosen...)
	if c.Format == "json" {
		enc := json.NewEncoder(t.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return c.print(t, report)
}

// chosen are the rules that were asked for; none is all.
func (c evidence) chosen(ctx context.Context) ([]string, error) {
	if c.Rule == "" {
		return nil, nil
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return nil, err
	}
	var out, names []string
	for _, r := range engine.Rules() {
		names = append(names, r.ID, r.Family)
		if r.ID == c.Rule || r.Family == c.Rule {
			out = append(out, r.ID)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	remedy := "docs/rules lists all rules"
	slices.Sort(names)
	if near := document.Nearest(c.Rule, slices.Compact(names)); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	return nil, &usage.Error{What: fmt.Sprintf("there is no rule or family %q", c.Rule), Remedy: remedy}
}

// sum adds up the last pull requests.
func (c evidence) sum(ctx context.Context, st *store.Store) (*past.Sum, error) {
	if c.Repo == "" {
		return past.Read(ctx, st, change.Forge(c.Forge), 0, c.Last)
	}
	forge, repository, err := c.Repository(ctx, st, c.Repo)
	if err != nil {
		return nil, err
	}
	return past.Read(ctx, st, forge, repository.ID, c.Last)
}

func (c evidence) print(t terminal.Terminal, r past.Report) error {
	var lines []string
	silent := 0
	for _, e := range r.Rules {
		if e.WouldBlock == 0 && c.Rule == "" {
			silent++
			continue
		}
		mode := ""
		if e.Mode != "" {
			mode = fmt.Sprintf(" (%s)", e.Mode)
		}
		lines = append(lines, fmt.Sprintf("%s%s %s", e.Rule, mode, e.Summary()))
	}
	switch {
	case r.Pulls == 0:
		lines = []string{"No change was judged yet."}
	case silent > 0:
		lines = append(lines, fmt.Sprintf("%s would have blocked nothing.", text.Count(silent, "rule")))
	}
	if r.Lost > 0 {
		lines = append(lines, fmt.Sprintf("The verdicts on %s are no longer kept and not counted.", text.Count(r.Lost, "change")))
	}
	_, err := fmt.Fprintln(t.Out, strings.Join(lines, "\n"))
	return err
}
