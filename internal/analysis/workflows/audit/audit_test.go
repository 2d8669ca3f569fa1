package audit

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files")

var options = Options{Owner: "acme", Public: true, Trusted: []string{"actions/*", "docker/login-action"}}

// reader is what audits a file of such a name.
func reader(name string) func([]byte, Options) ([]Finding, error) {
	switch {
	case strings.HasPrefix(name, "action"):
		return Action
	case strings.HasPrefix(name, "dependabot"):
		return Dependabot
	}
	return Workflow
}

// run audits a file by its name and writes what was found as lines of text, with the file as its rewrites make it.
func run(name string, body []byte) string {
	found, err := reader(name)(body, options)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "%d %s (%s): %s %s\n", f.Line, f.Audit, f.Subject, f.Message, f.Remedy)
		if f.Rewrite != nil {
			fmt.Fprintf(&b, "  lines %d to %d:\n", f.Rewrite.First, f.Rewrite.Last)
			for l := range strings.Lines(f.Rewrite.Text) {
				fmt.Fprintf(&b, "  |%s", l)
			}
		}
	}
	return b.String()
}

// TestGolden judges files beside what must be found in them. Each archive is one subject.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, name := range archives {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i+1 < len(a.Files); i += 2 {
				in, out := a.Files[i], &a.Files[i+1]
				if out.Name != in.Name+" says" {
					t.Fatalf("%s is followed by %s", in.Name, out.Name)
				}
				got := run(in.Name, in.Data)
				if *update {
					out.Data = []byte(got)
					continue
				}
				if d := cmp.Diff(string(out.Data), got); d != "" {
					t.Errorf("%s (-want +got):\n%s", in.Name, d)
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestRewritesCureTheFinding applies each rewrite and audits again: the danger is gone, and nothing new is there.
func TestRewritesCureTheFinding(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	applied := 0
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, " says") {
				continue
			}
			read := reader(f.Name)
			before, err := read(f.Data, options)
			if err != nil {
				continue
			}
			for _, x := range before {
				if x.Rewrite == nil {
					continue
				}
				applied++
				lines := strings.SplitAfter(string(f.Data), "\n")
				body := strings.Join(
					lines[:x.Rewrite.First-1],
					"",
				) + x.Rewrite.Text + strings.Join(
					lines[x.Rewrite.Last:],
					"",
				)
				after, err := read([]byte(body), options)
				if err != nil {
					t.Errorf("%s %s: after the rewrite of line %d: %v\n%s", name, f.Name, x.Line, err, body)
				}
				if was, is := count(before, x), count(after, x); is != was-1 || len(after) != len(before)-1 {
					t.Errorf(
						"%s %s: the rewrite of line %d (%s) leaves %d of %d, %d findings in all of %d\n%s",
						name,
						f.Name,
						x.Line,
						x.Audit,
						is,
						was,
						len(after),
						len(before),
						body,
					)
				}
			}
		}
	}
	if applied < 10 {
		t.Errorf("only %d rewrites were tried", applied)
	}
}

func count(all []Finding, like Finding) (n int) {
	for _, f := range all {
		if f.Audit == like.Audit && f.Subject == like.Subject {
			n++
		}
	}
	return n
}

// indented puts a text below a step.
func indented(s string) string {
	return strings.ReplaceAll("\n"+strings.TrimSpace(s), "\n", "\n      ") + "\n"
}

func TestWhatIsNotJudged(t *testing.T) {
	const composite = "runs:\n  using: composite\n  steps:\n    - run: a\n      shell: sh"
	// Each alias stands for three of the one above: 3 to the 19th values.
	bomb := "env:\n  a0: &a0 x\n"
	for i := 1; i < 20; i++ {
		bomb += fmt.Sprintf("  a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1)
	}
	for name, c := range map[string]struct {
		read func([]byte, Options) ([]Finding, error)
		body string
		want error
	}{
		"nothing":       {Workflow, "", ErrShape},
		"a list":        {Workflow, "- a\n- b\n", ErrShape},
		"labels":        {Workflow, "docs: [docs/**]\n", ErrShape},
		"a bomb":        {Workflow, "on: push\n" + bomb + "jobs:\n  a: {runs-on: x, steps: [{run: a, with: *a19}]}\n", ErrLarge},
		"an action's":   {Action, composite + indented(bomb), ErrLarge},
		"no action":     {Action, "name: x\n", ErrShape},
		"without steps": {Action, "runs:\n  using: composite\n", ErrShape},
	} {
		if found, err := c.read([]byte(c.body), options); !errors.Is(err, c.want) {
			t.Errorf("%s: %v %v", name, found, err)
		}
	}
	if found, err := Action([]byte("runs:\n  using: node24\n  main: index.js\n"), options); err != nil || found != nil {
		t.Errorf("an action in JavaScript: %v %v", found, err)
	}
	found, err := Workflow([]byte("on: push\njobs:\n\ta: b\n"), options)
	if err != nil || len(found) != 1 || found[0].Audit != Syntax {
		t.Errorf("a tab: %+v %v", found, err)
	}
}

// TestAliases shows that what stands behind an alias is judged where it is used.
func TestAliases(t *testing.T) {
	found, err := Workflow([]byte(`on: pull_request_target
permissions: {}
jobs:
  first:
    runs-on: ubuntu-latest
    steps: &steps
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: make
  second:
    runs-on: ubuntu-latest
    steps: *steps
`), options)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, f := range found {
		got[f.Audit]++
	}
	if d := cmp.Diff(map[string]int{DangerousTrigger: 1, UntrustedCheckout: 2}, got); d != "" {
		t.Error(d)
	}
}

// steps is a workflow of one job with these permissions and steps.
func steps(permissions string, lines ...string) string {
	return "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions: " + permissions + "\n    steps:\n      - " +
		strings.Join(
			lines,
			"\n      - ",
		) + "\n"
}

// TestTwoSides shows what only the text before and after tell together.
func TestTwoSides(t *testing.T) {
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	use := func(commit, version string) string { return steps("{}", "uses: b/x@"+commit+" # "+version) }
	may := func(p string) string { return steps(p, "run: x") }
	renamed := func(p string) string { return strings.Replace(may(p), "  a:\n", "  b:\n", 1) }
	above := func(p string) string {
		return "permissions: " + p + "\n" + strings.Replace(may("{}"), "    permissions: {}\n", "", 1)
	}
	for name, c := range map[string]struct {
		before, after string
		want          string
	}{
		"the comment stayed":       {use(one, "v1.2.3"), use(two, "v1.2.3"), "7 version-comment b/x v1.2.3"},
		"the commit stayed":        {use(one, "v1.2.3"), use(one, "v1.2.4"), "7 version-comment b/x v1.2.4"},
		"both moved":               {use(one, "v1.2.3"), use(two, "v1.2.4"), ""},
		"a version that moves":     {use(one, "v1"), use(two, "v1"), ""},
		"more of the same version": {use(one, "v1"), use(one, "v1.2.4"), ""},
		"as it was":                {use(one, "v1.2.3"), use(one, "v1.2.3"), ""},
		"another action":           {use(one, "v1.2.3"), strings.Replace(use(two, "v1.2.3"), "b/x", "b/y", 1), ""},
		"may write":                {may("{contents: read}"), may("{contents: write}"), "5 widened-permission a contents"},
		"may write more":           {may("{contents: write}"), may("{contents: write, pages: write}"), "5 widened-permission a pages"},
		"may write less":           {may("{contents: write}"), may("{}"), ""},
		"moved to the job":         {above("{contents: write}"), may("{contents: write}"), ""},
		"from above":               {above("{contents: read}"), above("{contents: write}"), "1 widened-permission a contents"},
		"a job with another name":  {may("{contents: write}"), renamed("{contents: write}"), ""},
		"a new job":                {may("{contents: read}"), renamed("{pages: write}"), "5 widened-permission b pages"},
		"nothing was named":        {above("{}")[len("permissions: {}\n"):], may("{contents: write}"), ""},
		"everything was allowed":   {may("write-all"), may("{contents: write}"), ""},
		"it read everything":       {may("read-all"), may("{contents: write}"), "5 widened-permission a contents"},
		"it was no workflow":       {"a: b\n", may("{contents: write}"), ""},
		"it is none":               {may("{contents: write}"), "- a\n", ""},
	} {
		var got []string
		for _, f := range append(Stale([]byte(c.before), []byte(c.after)), Widened([]byte(c.before), []byte(c.after))...) {
			got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.Audit, f.Subject))
		}
		if all := strings.Join(got, "; "); all != c.want {
			t.Errorf("%s: %q, want %q", name, all, c.want)
		}
	}
}

// TestLongLinesAreNotRewritten holds a bound: each rewrite searches its line, and a line may hold thousands of findings.
func TestLongLinesAreNotRewritten(t *testing.T) {
	for name, expression := range map[string]string{
		TemplateInjection: "${{ github.head_ref }}", UnsoundTernary: "${{ a && '' || 'b' }}", Obfuscation: "${{ format('a') }}",
	} {
		for padding, want := range map[int]bool{10: true, maxRewrittenLine: false} {
			found, err := Workflow([]byte(steps("{}", "run: echo "+strings.Repeat("x", padding)+" "+expression)), options)
			if err != nil || len(found) != 1 || found[0].Audit != name || (found[0].Rewrite != nil) != want {
				t.Errorf("%s behind %d: %+v %v", name, padding, found, err)
			}
		}
	}
}

// Whatever the bytes, an audit ends, stands within the file, and gives the same twice.
func FuzzAudit(f *testing.F) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, x := range a.Files {
			if !strings.HasSuffix(x.Name, " says") {
				f.Add(x.Data, x.Name)
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, name string) {
		read := reader(name)
		found, err := read(body, options)
		again, errAgain := read(body, options)
		if d := cmp.Diff(found, again); d != "" || (err == nil) != (errAgain == nil) {
			t.Fatalf("%v, %v: %s", err, errAgain, d)
		}
		lines := strings.Count(string(body), "\n") + 1
		for _, x := range found {
			if x.Line < 0 || x.Line > lines+1 || x.Message == "" || x.Audit == "" {
				t.Fatalf("%+v in %d lines", x, lines)
			}
			if r := x.Rewrite; r != nil && (r.First < 1 || r.Last < r.First || r.Last > lines) {
				t.Fatalf("%+v in %d lines", r, lines)
			}
		}
	})
}

func BenchmarkWorkflow(b *testing.B) {
	a, err := txtar.ParseFile("testdata/triggers.txtar")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Workflow(a.Files[0].Data, options); err != nil {
			b.Fatal(err)
		}
	}
}
