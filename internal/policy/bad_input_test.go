package policy_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

const strict = `version: 1
commits: { mode: off }
ownership: { mode: off }
size: { mode: off }
coverage: { mode: off }
lint: { mode: off }
secrets: { mode: enforce }
dependencies: { mode: enforce }
workflows: { mode: enforce }
smells: { mode: enforce }
tests: { mode: enforce }
`

// newFiles is a change that adds files as a forge would tell of them: the lines of each, and whole those that are wanted.
// A binary one has no lines.
func newFiles(e *policy.Engine, files map[string]string) (*change.Snapshot, settings.Resolution) {
	s := large(0, true)
	s.Controls.Files = maps.Clone(s.Controls.Files)
	s.Controls.Files[settings.Path] = change.File{
		Path:    settings.Path,
		Blob:    strings.Repeat("3", 40),
		Size:    int64(len(strict)),
		Content: []byte(strict),
	}
	r := settings.Resolve(s.Controls, nil, e.Configurable())
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f := diff.File{Path: path, Status: diff.Added, State: diff.Text}
		if body := files[path]; strings.Contains(body, "\x00") {
			f.State = diff.Binary
		} else {
			h := diff.Hunk{NewStart: 1}
			for line := range strings.SplitSeq(strings.TrimSuffix(body, "\n"), "\n") {
				h.Lines = append(h.Lines, diff.Line{Op: diff.Add, Text: line})
			}
			f.Hunks, f.Additions = []diff.Hunk{h}, len(h.Lines)
		}
		s.Files = append(s.Files, f)
	}
	s.FilesTotal = len(s.Files)
	wants := facts.Wants(s.Files, r.Settings)
	found := make([]change.Found, len(wants))
	for i, w := range wants {
		if body, ok := files[w.Path]; ok && w.Side == change.AtHead {
			found[i] = change.Found{Blob: fmt.Sprintf("%040x", 100+i), Size: int64(len(body)), Plain: true}
		}
	}
	contents := change.PlanContents(wants, found)
	for i := range contents {
		if contents[i].Read() {
			contents[i].SetBody([]byte(files[contents[i].Path]))
		}
	}
	s.AddContents(wants, contents)
	return s, r
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// lock is package-lock.json with packages that each need the next one, the last one the first.
func lock(n int) string {
	var b strings.Builder
	b.WriteString(`{"lockfileVersion": 3, "packages": {"": {"dependencies": {"p1": "1"}}`)
	for i := range n {
		fmt.Fprintf(&b, ",\n"+`"node_modules/p%d": {"version": "1.0.0", "dependencies": {"p%d": "1"}}`, i, (i+1)%n)
	}
	return b.String() + "}}\n"
}

// A change that is made to overrun, mislead or silence an analysis meets a bound, and what is wrong or could not be judged
// has a name; it never passes because nobody could read it. All but notices and the tools' own words refuse it.
//
//race:unwatched
func TestBadInput(t *testing.T) {
	token := "ghp_" + "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc"
	bomb := "on: push\na: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		bomb += fmt.Sprintf(
			"%c: &%c [%s]\n",
			c,
			c,
			strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 9), ", "),
		)
	}
	utf16 := func(s string) string {
		out := "\xff\xfe"
		for _, c := range []byte(s) {
			out += string([]byte{c, 0})
		}
		return out
	}
	const workflow = ".github/workflows/ci.yml"
	e := shipped(t)
	refused, named := effect.Failure, effect.Success
	for name, tc := range map[string]struct {
		path, body string
		conclusion effect.Conclusion
		// rules are those that speak: of the danger, or of what was not judged.
		rules []string
	}{
		"a minified line of 5 MB with a key at its end": {"app.js", strings.Repeat("var a=1;", 5<<20/8) + token + "\n", refused,
			[]string{"secrets/leaked", "smells/unread"}},
		"a lock file with a key twice": {"package-lock.json", `{"packages": {"node_modules/a": {}, "node_modules/a": {}}}`, refused,
			[]string{"dependencies/incomplete"}},
		"a manifest with a key twice": {"package.json", `{"dependencies": {"a": "1", "a": "2"}}`, refused,
			[]string{"dependencies/incomplete", "dependencies/new-direct"}},
		"a lock file beyond all bounds": {"package-lock.json", lock(300_000), refused,
			[]string{"dependencies/incomplete", "secrets/unread"}},
		"a YAML bomb in a workflow": {workflow, bomb + "jobs: *j\n", refused, []string{"workflows/unread"}},
		"a YAML bomb in dependabot.yml": {".github/dependabot.yml", strings.Replace(bomb, "on: push", "version: 2", 1) + "updates: *j\n",
			refused, []string{"workflows/unread"}},
		"dependabot.yml with a key twice": {".github/dependabot.yml", "version: 2\nupdates: []\nupdates: []\n", refused,
			[]string{"workflows/unread"}},
		"a YAML bomb in a lock file": {"pnpm-lock.yaml", bomb + "packages: *j\n", refused, []string{"dependencies/incomplete"}},
		"deep YAML in a workflow": {workflow, "on: push\njobs: " + strings.Repeat("[", 20_000) + "\n", named,
			[]string{"workflows/syntax"}},
		"a key in two pieces on two lines": {"a.js", `t = "` + token[:15] + `" +` + "\n  \"" + token[15:] + "\"\n", refused,
			[]string{"secrets/leaked"}},
		"a key in base64 in base64":         {"a.txt", base64Of("x: "+base64Of("t="+token)) + "\n", refused, []string{"secrets/leaked"}},
		"a key in a file that is not UTF-8": {"a.txt", "\xe9\xff " + token + "\xe9\n", refused, []string{"secrets/leaked"}},
		"a key in UTF-16":                   {"deploy/.env", utf16("TOKEN=" + token + "\n"), refused, []string{"secrets/leaked"}},
		"a text that is binary":             {"deploy/.env", "TOKEN=" + token + "\x00\n", refused, []string{"secrets/unread"}},
		"a workflow in UTF-16":              {workflow, utf16("on: push\njobs: ["), named, []string{"workflows/syntax"}},
		"a manifest that is binary":         {"package.json", "{}\x00", refused, []string{"dependencies/incomplete", "secrets/unread"}},
		"a manifest in Latin-1":             {"requirements.txt", "flask==1 # \xe9\n", refused, []string{"dependencies/incomplete"}},
		"Go that does not parse":            {"a.go", "package a\n\nfunc {\n", named, []string{"smells/unread"}},
		"JavaScript that does not balance":  {"a.js", "function a() {\n  b(\n", named, []string{"smells/unread"}},
		"marks of a merge in a workflow": {workflow, "<<<<<<< HEAD\non: push\n=======\non: [push]\n>>>>>>> other\n", refused,
			[]string{"smells/conflict", "workflows/syntax"}},
		"a text that costs too much to scan": {"slow.txt", strings.Repeat("api_key=a1b2c3d4e5f6g7h8 ", 256<<10/25) + "\n", refused,
			[]string{"secrets/likely", "secrets/unread"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := newFiles(e, map[string]string{tc.path: tc.body})
			f, d, err := e.Judge(t.Context(), s, r, policy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range d.Findings {
				if !strings.HasPrefix(x.Rule, "gate/") {
					got = append(got, x.Rule)
				}
				if len(x.Message) > 8<<10 || strings.Contains(x.Message, token) {
					t.Errorf("%s says %d bytes, or the key", x.Rule, len(x.Message))
				}
			}
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, tc.rules) || d.Conclusion != tc.conclusion {
				t.Errorf("%s with %q, want %s with %q", d.Conclusion, got, tc.conclusion, tc.rules)
			}
			if text, err := f.JSON(); err != nil || len(text) > 1<<20 {
				t.Errorf("facts of %d bytes, %v", len(text), err)
			}
		})
	}
}

// A lock file of 100,000 packages that need each other in a circle is judged whole, and shown in part.
//
//race:unwatched
func TestALockFileOfManyPackages(t *testing.T) {
	e := shipped(t)
	s, r := newFiles(e, map[string]string{"package-lock.json": lock(100_000)})
	f, _, err := e.Judge(t.Context(), s, r, policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := f.Dependencies
	if !d.Complete || len(d.Totals) != 1 || d.Totals[0].Added != 100_000 || len(d.Changes)+d.ChangesMore != 100_000 {
		t.Errorf("complete %v, %+v, %d changes and %d more", d.Complete, d.Totals, len(d.Changes), d.ChangesMore)
	}
	if text, err := f.JSON(); err != nil || len(text) > 1<<20 {
		t.Errorf("facts of %d bytes, %v", len(text), err)
	}
}
