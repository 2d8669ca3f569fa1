package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// block is one rule of the family demo. body is what goes between the braces.
func block(id, mode, queue, body string) string {
	return fmt.Sprintf(`
# METADATA
# title: Something is wrong
# description: It matters because it does.
# custom:
#   id: %s
#   severity: error
#   mode: %s
#   remedy: Put it right.
#   reads: [title]
#   merge_queue: %s
#   missing: It says so.
#   passes: All is right
#   options: [commits.header_max]
#   examples: {good: ["right"], bad: ["wrong"]}
deny contains finding if {
	%s
}
`, id, mode, queue, strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n\t"))
}

// say is a body that gives one finding.
func say(message string) string {
	return fmt.Sprintf(`finding := {"rule": rego.metadata.rule().custom.id, "path": "", "line": 0, "end_line": 0, `+
		`"message": %q, "remedy": "Do it.", "subject": "s"}`, message)
}

func module(family string, blocks ...string) string {
	return "# METADATA\n# title: Demo\n# description: Demonstrates.\npackage lintel." + family + "\n" + strings.Join(blocks, "")
}

func tree(files map[string]string) fstest.MapFS {
	fs := fstest.MapFS{}
	for name, text := range files {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fs
}

func compiled(t testing.TB, files map[string]string) *policy.Engine {
	t.Helper()
	e, err := policy.Compile(t.Context(), tree(files))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// demo compiles one family of the given blocks.
func demo(t testing.TB, blocks ...string) *policy.Engine {
	t.Helper()
	return compiled(t, map[string]string{"demo/demo.rego": module("demo", blocks...)})
}

// sample is a change without a fault.
func sample(t testing.TB) facts.Facts {
	t.Helper()
	title := "feat(cart): add a coupon field"
	s := change.Snapshot{
		Ref:        change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: 12}, Owner: "acme", Name: "shop"},
		Kind:       change.Request,
		Repository: change.Repository{ID: 7, Owner: "acme", Name: "shop", DefaultBranch: "main"},
		State:      change.Open,
		Title:      &title,
		Author:     &change.Account{Login: "ann", ID: 1},
		Base:       change.Rev{Ref: "main", SHA: strings.Repeat("b", 40)},
		Head:       change.Rev{Ref: "coupon", SHA: strings.Repeat("a", 40)},
		MergeBase:  strings.Repeat("b", 40),
	}
	f, err := facts.Gather(t.Context(), &s, settings.Resolution{Settings: enforcing(), Source: settings.FromFile})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// enforcing are settings under which every rule has its own default mode.
func enforcing() settings.Settings {
	s := settings.Default()
	s.Cap = finding.Enforce
	return s
}

func decide(t testing.TB, e *policy.Engine, set settings.Settings, opt policy.Options) policy.Decision {
	t.Helper()
	d, err := e.Decide(t.Context(), sample(t), set, opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func rules(findings []finding.Finding) string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Rule)
	}
	return strings.Join(out, " ")
}
