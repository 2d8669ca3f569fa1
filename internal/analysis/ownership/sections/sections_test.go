package sections

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/controls"
)

// fnmatch holds pattern, path and answer of Ruby 3.1.2: File.fnmatch(pattern, path, FNM_PATHNAME | FNM_DOTMATCH), with the
// pattern as it is after GitLab's rewrites and a slash before the path.
//
//go:embed testdata/fnmatch.tsv
var fnmatch string

func TestRubyAgrees(t *testing.T) {
	yes := 0
	for line := range strings.Lines(fnmatch) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		var trials Trials
		got := compile(f[0]).match(strings.Split(f[1], "/"), &trials)
		if fmt.Sprint(got) != f[2] {
			t.Errorf("%q on %q: %v, Ruby says %s", f[0], f[1], got, f[2])
		}
		if got {
			yes++
		}
	}
	if yes < 500 {
		t.Errorf("only %d of the cases match", yes)
	}
}

// The cases of GitLab's documentation, and those where GitHub reads the same line otherwise.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		file string
		path string
		want string
	}{
		{"* @a", ".gitignore", "1"},
		{"* @a", "a/b/.env", "1"},
		{"README.md @a", "docs/api/README.md", "1"},
		{"/README.md @a", "docs/README.md", ""},
		{"/docs/ @a", "docs/a/b/.hidden", "1"},
		{"docs @a", "docs/a.md", ""},
		{"internal/README.md @a", "docs/internal/README.md", "1"},
		{"docs/* @a", "x/docs/a.md", "1"},
		{"/docs/** @a", "docs/a/b.md", ""},
		{"/docs/**/*.md @a", "docs/a/b/c.md", "1"},
		{`path\ with\ spaces/*.md @a`, "path with spaces/a.md", "1"},
		{`\#readme @a`, "#readme", "1"},
		{"/ @a", "a.go", "1"},
		{"*.rb @a\nlib/ @b\n*.rb @c", "lib/x.rb", "2"},        // an equal pattern takes the place of the first
		{"*.rb @a\n!*.rb", "x.rb", ""},                        // and so does an exclusion
		{"!*.rb\n*.rb @a", "x.rb", "2"},                       // and what includes again
		{"* @a\n!*.rb\n/special/*.rb @b", "special/x.rb", ""}, // another pattern does not include again
		{"[Ruby]\n*.rb @r\n!/config/**/*.rb\n[Config]\n/config/ @ops", "config/a/x.rb", "5"},
		{"* @admin\n[A]\nREADME.md @u1 @u2\ninternal/README.md @u4\n[B]\nREADME.md @u3", "internal/README.md", "1 4 6"},
		{"[Database] @db\nmodel/db/\nconfig/db/setup.md @docs", "config/db/setup.md", "3"},
		{"[DOC] @a\n*.md\n[doc] @b\n/x.md", "x.md", "4"},
	} {
		f, err := Parse([]byte(c.file))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var trials Trials
		for _, i := range f.Match(c.path, &trials) {
			got = append(got, fmt.Sprint(f.Entries[i].Line))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q on %s: lines %q, want %q", c.file, c.path, s, c.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	f, err := Parse(
		[]byte(
			"[Docs][2] @a b@c.de\nx.md\n^[Go]\n*.go @r\n[go][3]\ngo.mod @r\n^[Free] @z\n*\n[Lost] [2] @a\ny\n[Name without end\n" +
				"[Zero][0] @a\nz\n[Many][99999999999999999999]\nm @a\n",
		),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []Section{
		{Approvals: 1},
		{Name: "Docs", Approvals: 2},
		{Name: "Go", Approvals: 3},
		{Name: "Free", Approvals: 1, Optional: true},
		{Name: "Lost", Approvals: 1},
		{Name: "Zero", Approvals: 1},
		{Name: "Many", Approvals: maxApprovals},
	}
	if d := cmp.Diff(want, f.Sections); d != "" {
		t.Error(d)
	}
	var owners []string
	for _, o := range f.Entries[0].Owners {
		owners = append(owners, fmt.Sprint(o.Name, o.Column))
	}
	if d := cmp.Diff([]string{"a11", "b@c.de14"}, owners); d != "" {
		t.Error(d)
	}
	var problems []string
	for _, p := range f.Problems {
		problems = append(problems, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Kind))
	}
	if d := cmp.Diff([]string{"9:7 Invalid section", "10:1 No owner", "11:1 Invalid section"}, problems); d != "" {
		t.Error(d)
	}
}

func TestOwners(t *testing.T) {
	f, err := Parse(
		[]byte(
			"* @g/s/t me@x.yz @-\n/path/* @group nobody @user\n*.rb @a # @b and more\nx.md @@developers @@Maintainer @@owner @@guest\n",
		),
	)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range f.Entries {
		var names []string
		for _, o := range e.Owners {
			names = append(names, fmt.Sprint(o.Kind, " ", o.Name))
		}
		got = append(got, strings.Join(names, ", "))
	}
	want := []string{"1 g/s/t, 2 me@x.yz, 0 -", "0 group, 0 user", "0 a, 0 b", "3 @developer, 3 @maintainer, 3 @owner"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(f.Problems) != 3 || f.Problems[1].Source != "@b" {
		t.Errorf("%+v", f.Problems)
	}
	groups, users, emails := f.Names([]string{"x.md", "path/a"}, 1000)
	all := [][]string{groups, users, emails}
	if d := cmp.Diff([][]string{{"@developer", "@maintainer", "@owner", "group", "user"}, {"group", "user"}, nil}, all); d != "" {
		t.Error(d)
	}
	if all, _, _ := f.Names(nil, 1000); !slices.Contains(all, "g/s/t") {
		t.Errorf("%q", all)
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := Parse(make([]byte, controls.MaxOwners+1)); err == nil {
		t.Error("read")
	}
}

// A file of wildcards is work that is counted, so that a caller can end it.
func TestTrialsAreCounted(t *testing.T) {
	f, err := Parse([]byte(strings.Repeat("a", 5) + strings.Repeat("*a", 40) + "b @x\n"))
	if err != nil {
		t.Fatal(err)
	}
	var trials Trials
	f.Match(strings.Repeat("a", 2000), &trials)
	if trials < 2000 || trials > 1_000_000 {
		t.Errorf("%d trials", trials)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("^[A][2] @x\n* @@owners\n!a/**/[b\\]c]\n", "a/b/c")
	f.Add("[Section\n[] @a\n\\ \n", "\\")
	f.Fuzz(func(t *testing.T, file, path string) {
		parsed, err := Parse([]byte(file))
		if err != nil {
			return
		}
		seen := map[int]bool{}
		var trials Trials
		for _, i := range parsed.Match(path, &trials) {
			e := parsed.Entries[i]
			if e.Excludes || seen[e.Section] {
				t.Errorf("entry %+v owns %q, excluded or twice", e, path)
			}
			seen[e.Section] = true
		}
		for _, p := range parsed.Problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" || p.Suggestion == "" {
				t.Errorf("%+v", p)
			}
		}
	})
}
