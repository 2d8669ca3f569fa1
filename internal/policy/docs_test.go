package policy_test

import (
	"bytes"
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/policies"
)

var update = flag.Bool("update", false, "write docs/rules, the goldens and the fixtures' decisions")

const docsDir = "../../docs/rules"

func compileShipped() (*policy.Engine, error) {
	return policy.Compile(context.Background(), policies.Tree())
}

var shippedOnce = sync.OnceValues(compileShipped)

// shipped are the policies that ship, compiled once for all tests.
func shipped(t testing.TB) *policy.Engine {
	t.Helper()
	e, err := shippedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// docs/rules is what the metadata says, and nothing else lies there.
func TestDocsAreGenerated(t *testing.T) {
	e := shipped(t)
	pages := policy.Docs(e.Families(), e.Rules())
	if *update {
		for name, text := range pages {
			if err := os.WriteFile(filepath.Join(docsDir, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	entries, err := os.ReadDir(docsDir)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, entry := range entries {
		there = append(there, entry.Name())
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(pages)), there); diff != "" {
		t.Errorf("docs/rules holds other files than the families have (run go test ./internal/policy -update, remove "+
			"what is left over):\n%s", diff)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(docsDir, name))
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("docs/rules/%s differs from the metadata; run go test ./internal/policy -update\n%s", name,
				cmp.Diff(string(got), string(want)))
		}
	}
}

// The link in a finding leads to a heading of the page: the anchor that a Markdown renderer makes of it is the rule's
// name, and no other heading takes it.
func TestDocsAnchors(t *testing.T) {
	e := shipped(t)
	pages := policy.Docs(e.Families(), e.Rules())
	for _, r := range e.Rules() {
		page, anchor, _ := strings.Cut(strings.TrimPrefix(r.Docs, "https://github.com/lintel-review/lintel/blob/main/docs/rules/"), "#")
		if anchor != r.Name() {
			t.Errorf("%s links to #%s", r.ID, anchor)
		}
		var headings []string
		fenced := false
		for line := range strings.Lines(string(pages[page])) {
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			if !fenced && strings.HasPrefix(line, "#") {
				text := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
				headings = append(headings, strings.ReplaceAll(text, " ", "-"))
			}
		}
		if n := len(slices.DeleteFunc(headings, func(h string) bool { return h != anchor })); n != 1 {
			t.Errorf("page %s has %d headings with the anchor #%s, want 1", page, n, anchor)
		}
	}
}

// A page holds all that the metadata says.
func TestDocsPage(t *testing.T) {
	e := demo(t, block("demo/one", "enforce", "carry", say("x")))
	page := string(policy.Docs(e.Families(), e.Rules())["demo.md"])
	for _, want := range []string{
		"# demo: Demo\n\nDemonstrates.", "## one\n\n**Something is wrong**\n\nIt matters because it does.",
		"| severity | error: blocks in mode enforce |",
		"| mode | `enforce` unless", "| reads | title |", "| in a merge queue | what was found", "| when input is missing | It says so. |",
		"[`commits.header_max`](../settings.md#commits)", "**How to fix it.** Put it right.", "**Passes:**\n\n```text\nright\n```",
		"**Does not pass:**\n\n```text\nwrong\n```",
		"  demo/one: { mode: shadow }   # severity", "demo: { mode: warn }",
		"| [`demo/one`](#one) | Something is wrong | error | enforce |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q:\n%s", want, page)
		}
	}
}

// What a rule's metadata says beyond the finding: its positive name, when to switch it off, what was measured. Why a
// merge group is judged again is for those who set up a queue, and stands there and not before an author.
func TestDocsOfARuleThatWasMeasured(t *testing.T) {
	more := "custom:\n#   off: When it is not wanted.\n" +
		"#   measured: {right: 41, labelled: 48, fired: 60, changes: 12000, date: \"2026-11-28\"}"
	rule := strings.Replace(block("demo/one", "warn", "recheck", say("x")), "custom:", more, 1)
	rule = strings.Replace(rule, "because it does.",
		"because it does. A merge group is judged again, because the title can be edited. So it is.", 1)
	e := demo(t, rule)
	page := string(policy.Docs(e.Families(), e.Rules())["demo.md"])
	for _, want := range []string{
		"It matters because it does. So it is.",
		"| in a merge queue | judged anew for the merge group, because the title can be edited |", "| when it passes | All is right |",
		"| measured | 41 of 48 findings were right; fired in 0.5 % of 12,000 changes ([how](../field.md)) |",
		"**When to switch this off.** When it is not wanted.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q:\n%s", want, page)
		}
	}
	if n := strings.Count(page, "```yaml"); n != 1 {
		t.Errorf("the page says %d times how to set a mode", n)
	}
}
