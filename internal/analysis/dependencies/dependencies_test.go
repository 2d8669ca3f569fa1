package dependencies

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

func options() settings.Dependencies { return settings.Default().Dependencies }

// files are two sides of a repository by path. A path that stands on both sides alike was not changed.
type files map[string]string

// snapshot is the change from one tree to another, with what the analysis wants to read.
func snapshot(t testing.TB, base, head files, opt settings.Dependencies) *change.Snapshot {
	t.Helper()
	s := &change.Snapshot{}
	for path, content := range head {
		old, was := base[path]
		switch {
		case !was:
			s.Files = append(s.Files, diff.File{Path: path, Status: diff.Added, State: diff.Text})
		case old != content:
			s.Files = append(s.Files, diff.File{Path: path, Status: diff.Modified, State: diff.Text})
		}
	}
	for path := range base {
		if _, is := head[path]; !is {
			s.Files = append(s.Files, diff.File{Path: path, Status: diff.Removed, State: diff.Text})
		}
	}
	slices.SortFunc(s.Files, func(a, b diff.File) int { return strings.Compare(a.Path, b.Path) })
	wants := Wants(s.Files, opt)
	var contents []change.Content
	for _, w := range wants {
		side := map[change.Side]files{change.AtBase: base, change.AtHead: head}[w.Side]
		body, ok := side[w.Path]
		contents = append(contents, change.Content{Path: w.Path, Side: w.Side, Absent: !ok, Body: []byte(body)})
	}
	s.AddContents(wants, contents)
	return s
}

func analyse(t testing.TB, base, head files) Facts {
	t.Helper()
	return Analyse(snapshot(t, base, head, options()), options())
}

// told writes a change as the tests expect it: only what is set.
func told(c Change) string {
	s := fmt.Sprintf("%s %s %s: %s -> %s", c.Kind, c.Ecosystem, c.Name, c.Old, c.New)
	for _, f := range []struct {
		yes  bool
		text string
	}{
		{c.Level != "", c.Level},
		{c.Direct, "direct"},
		{c.NewDirect, "new direct"},
		{c.Scope != "", c.Scope},
		{len(c.By) > 0, "by " + strings.Join(c.By, " ")},
		{c.NewSource, "from " + c.Source + " " + c.Location},
		{c.NewHost, "at " + c.Host},
		{c.Sums != "", "sums " + c.Sums},
		{c.NewScript, "script"},
		{c.LicenceRefused, "refused " + c.Licence},
		{c.LicenceUnknown, "unknown " + c.Licence},
		{c.Resembles != "", "like " + c.Resembles},
		{c.Denied != "", "denied by " + c.Denied},
		{c.Unpinned, "unpinned"},
		{c.Files > 1, fmt.Sprintf("%d files", c.Files)},
	} {
		if f.yes {
			s += ", " + f.text
		}
	}
	return s
}

func changesOf(f Facts) []string {
	list := []string{}
	for _, c := range f.Changes {
		list = append(list, told(c))
	}
	return list
}

const npmHead = `{"lockfileVersion": 3, "packages": {"": {"dependencies": {%s}}%s}}`

// npm is a package-lock.json of "name version" pairs, each with further members behind a space.
func npm(direct string, packages ...string) string {
	var wanted, all strings.Builder
	for name := range strings.FieldsSeq(direct) {
		if wanted.Len() > 0 {
			wanted.WriteString(", ")
		}
		fmt.Fprintf(&wanted, "%q: \"*\"", name)
	}
	for _, p := range packages {
		name, rest, _ := strings.Cut(p, " ")
		version, more, _ := strings.Cut(rest, " ")
		if more != "" {
			more = ", " + more
		}
		fmt.Fprintf(
			&all,
			",\n\"node_modules/%s\": {\"version\": %q, \"resolved\": \"https://registry.example/%s/-/x-1.tgz\"%s}",
			name,
			version,
			name,
			more,
		)
	}
	return fmt.Sprintf(npmHead, wanted.String(), all.String())
}

func TestChanges(t *testing.T) {
	for name, tc := range map[string]struct {
		base, head files
		want       []string
	}{
		"added, with what needs it": {
			files{"package-lock.json": npm("a", "a 1.0.0")},
			files{"package-lock.json": npm("a", `a 1.0.1 "dependencies": {"b": "1"}`, "b 2.0.0")},
			[]string{"bumped npm a: 1.0.0 -> 1.0.1, patch, direct", "added npm b:  -> 2.0.0, by a"},
		},
		"new direct": {
			files{"package.json": `{"dependencies": {"a": "1"}}`, "package-lock.json": npm("a", "a 1.0.0")},
			files{"package.json": `{"dependencies": {"a": "1", "lodash": "^4"}}`,
				"package-lock.json": npm("a lodash", "a 1.0.0", "lodash 4.17.21")},
			[]string{"added npm lodash:  -> 4.17.21, direct, new direct"},
		},
		"direct by the manifest beside": {
			files{"package.json": `{"dependencies": {"a": "^1"}}`, "yarn.lock": "a@^1:\n  version \"1.0.0\"\n"},
			files{"package.json": `{"dependencies": {"a": "^1"}}`, "yarn.lock": "a@^1:\n  version \"1.1.0\"\n"},
			[]string{"bumped npm a: 1.0.0 -> 1.1.0, minor, direct"},
		},
		"major, downgrade and removal": {
			files{"Cargo.lock": cargo("a 1.0.0", "b 2.0.0", "c 1.0.0")},
			files{"Cargo.lock": cargo("a 2.0.0", "b 1.9.0")},
			[]string{"downgraded crates.io b: 2.0.0 -> 1.9.0, major, direct", "bumped crates.io a: 1.0.0 -> 2.0.0, major, direct",
				"removed crates.io c: 1.0.0 -> , direct"},
		},
		"a property that nobody resolved": {
			files{"pom.xml": pomOf("${x.version}")}, files{"pom.xml": pomOf("3.12.13")},
			[]string{"changed Maven g:x: ${x.version} -> 3.12.13, direct"},
		},
		"any version": {
			files{"package.json": `{"dependencies": {"next": ">=15.2.2"}}`},
			files{"package.json": `{"dependencies": {"next": "*"}}`},
			[]string{"changed npm next: >=15.2.2 -> *, direct, unpinned"},
		},
		"one of two versions goes": {
			files{"Cargo.lock": cargo("a 1.0.0", "a 3.0.0")},
			files{"Cargo.lock": cargo("a 2.0.0", "a 3.0.0")},
			[]string{"bumped crates.io a: 1.0.0 -> 2.0.0, major, direct"},
		},
		"the newest stays": {
			files{"Cargo.lock": cargo("a 2.0.0", "a 3.0.0")},
			files{"Cargo.lock": cargo("a 1.0.0", "a 3.0.0")},
			[]string{"changed crates.io a: 2.0.0 -> 1.0.0, major, direct"},
		},
		"hashes as versions": {
			files{"package-lock.json": npm("a", "a 0.0.0-92c6b59")},
			files{"package-lock.json": npm("a", "a 0.0.0-630fa0a")},
			[]string{"changed npm a: 0.0.0-92c6b59 -> 0.0.0-630fa0a, direct"},
		},
		"a year is no major version": {
			files{"requirements.txt": "certifi==2025.1.1\n"},
			files{"requirements.txt": "certifi==2026.1.1\n"},
			[]string{"bumped PyPI certifi: 2025.1.1 -> 2026.1.1, direct"},
		},
		"the path of a Go module": {
			files{"go.mod": "module m\nrequire example.org/a v1.0.0\n"},
			files{"go.mod": "module m\nrequire example.org/a/v2 v2.0.0\n"},
			[]string{"bumped Go example.org/a/v2: v1.0.0 -> v2.0.0, major, direct"},
		},
		"indirect becomes direct": {
			files{"go.mod": "module m\nrequire example.org/a v1.0.0 // indirect\n"},
			files{"go.mod": "module m\nrequire example.org/a v1.0.0\n"},
			[]string{"added Go example.org/a:  -> v1.0.0, direct, new direct"},
		},
		"a fork": {
			files{"go.mod": "module m\nrequire example.org/a v1.0.0\n"},
			files{"go.mod": "module m\nrequire example.org/a v1.0.0\nreplace example.org/a => example.net/a v1.0.1\n"},
			[]string{"bumped Go example.org/a: v1.0.0 -> v1.0.1, patch, direct, from fork example.net/a"},
		},
		"a git source": {
			files{"Cargo.lock": cargo("a 1.0.0")},
			files{"Cargo.lock": strings.Replace(cargo("a 1.0.0"), "registry+https://github.com/rust-lang/crates.io-index",
				"git+https://git.example.org/a.git", 1)},
			[]string{"replaced crates.io a: 1.0.0 -> 1.0.0, direct, from git https://git.example.org/a.git"},
		},
		"a path is no source to name": {
			files{"Cargo.toml": "[dependencies]\na = \"1\"\n"},
			files{"Cargo.toml": "[dependencies]\na = \"1\"\nb = {path = \"../b\"}\n"},
			[]string{"added crates.io b:  -> , direct, new direct"},
		},
		"the checksum of a kept version": {
			files{"package-lock.json": npm("a", `a 1.0.0 "integrity": "sha512-abc"`)},
			files{"package-lock.json": npm("a", `a 1.0.0 "integrity": "sha512-evil"`)},
			[]string{"replaced npm a: 1.0.0 -> 1.0.0, direct, sums changed"},
		},
		"a better algorithm": {
			files{"package-lock.json": npm("a", `a 1.0.0 "integrity": "sha1-abc"`)},
			files{"package-lock.json": npm("a", `a 1.0.0 "integrity": "sha512-def"`)},
			[]string{},
		},
		"go.sum": {
			files{"go.sum": "example.org/a v1.0.0 h1:abc=\nexample.org/a v1.0.0/go.mod h1:def=\n"},
			files{"go.sum": "example.org/a v1.0.0 h1:evil=\nexample.org/a v1.0.0/go.mod h1:def=\nexample.org/b v1.0.0 h1:x=\n"},
			[]string{"replaced Go example.org/a: v1.0.0 -> v1.0.0, sums changed"},
		},
		"a foreign host": {
			files{"package-lock.json": npm("a", "a 1.0.0")},
			files{"package-lock.json": strings.Replace(npm("a", "a 1.0.1"), "registry.example", "npm.example.net", 1)},
			[]string{"bumped npm a: 1.0.0 -> 1.0.1, patch, direct, at npm.example.net"},
		},
		"a script": {
			files{"package-lock.json": npm("a", "a 1.0.0")},
			files{"package-lock.json": npm("a", `a 1.0.1 "hasInstallScript": true`)},
			[]string{"bumped npm a: 1.0.0 -> 1.0.1, patch, direct, script"},
		},
		"a script that was there": {
			files{"package-lock.json": npm("a", `a 1.0.0 "hasInstallScript": true`)},
			files{"package-lock.json": npm("a", `a 1.0.1 "hasInstallScript": true`)},
			[]string{"bumped npm a: 1.0.0 -> 1.0.1, patch, direct"},
		},
		"a look-alike": {
			files{"package.json": `{"dependencies": {"lodash": "4"}}`},
			files{"package.json": `{"dependencies": {"lodash": "4", "lodahs": "4"}}`},
			[]string{"added npm lodahs:  -> 4, direct, new direct, like lodash"},
		},
		"unpinned": {
			files{"requirements.txt": "flask==3.0.0\n"},
			files{"requirements.txt": "flask==3.0.0\nrequests\nsix>=1,<2\n"},
			[]string{"added PyPI requests:  -> , direct, new direct, unpinned", "added PyPI six:  -> >=1,<2, direct, new direct"},
		},
		"the same in two folders": {
			files{"a/go.mod": "module a\nrequire example.org/a v1.0.0\n", "b/go.mod": "module b\nrequire example.org/a v1.0.0\n"},
			files{"a/go.mod": "module a\nrequire example.org/a v1.1.0\n", "b/go.mod": "module b\nrequire example.org/a v1.1.0\n"},
			[]string{"bumped Go example.org/a: v1.0.0 -> v1.1.0, minor, direct, 2 files"},
		},
		"what tests read": {
			files{"testdata/package.json": `{}`, "vendor/x/go.mod": "module x\n"},
			files{"testdata/package.json": `{"dependencies": {"a": "1"}}`, "vendor/x/go.mod": "module x\nrequire example.org/a v1.0.0\n"},
			[]string{},
		},
	} {
		f := analyse(t, tc.base, tc.head)
		if diff := cmp.Diff(tc.want, changesOf(f)); diff != "" || !f.Complete {
			t.Errorf("%s: complete %v %+v (-want +got):\n%s", name, f.Complete, f.Unread, diff)
		}
	}
}

// cargo is a Cargo.lock of a project that needs all of the packages.
func cargo(packages ...string) string {
	var b, needs strings.Builder
	for _, p := range packages {
		name, version, _ := strings.Cut(p, " ")
		fmt.Fprintf(&needs, "%q, ", p)
		fmt.Fprintf(&b, "\n[[package]]\nname = %q\nversion = %q\n"+
			"source = \"registry+https://github.com/rust-lang/crates.io-index\"\n", name, version)
	}
	return fmt.Sprintf(
		"[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\ndependencies = [%s]\n%s",
		needs.String(),
		b.String(),
	)
}

func TestMissingSum(t *testing.T) {
	var all []string
	for i := range 12 {
		all = append(all, fmt.Sprintf(`p%d 1.0.0 "integrity": "sha512-abc"`, i))
	}
	f := analyse(
		t,
		files{"package-lock.json": npm("a", all...)},
		files{"package-lock.json": npm("a", append(all, "bare 1.0.0")...)},
	)
	if diff := cmp.Diff([]string{"added npm bare:  -> 1.0.0, sums missing"}, changesOf(f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What cannot be read is named, and nothing is concluded from it.
func TestUnread(t *testing.T) {
	s := snapshot(t, files{"package-lock.json": npm("a", "a 1.0.0"), "go.sum": ""},
		files{"package-lock.json": "{", "go.sum": "x\n"}, options())
	s.Files = append(s.Files, diff.File{Path: "yarn.lock", Status: diff.Modified, State: diff.TooLarge})
	f := Analyse(s, options())
	var got []string
	for _, u := range f.Unread {
		got = append(got, u.Path+" "+u.Side)
	}
	want := []string{"go.sum head", "package-lock.json head", "yarn.lock base", "yarn.lock head"}
	if diff := cmp.Diff(want, got); diff != "" || f.Complete || len(f.Changes) > 0 {
		t.Errorf("%+v (-want +got):\n%s", f.Changes, diff)
	}
	twice := analyse(t, files{"package.json": `{}`}, files{"package.json": `{"dependencies": {"a": "1", "a": "2"}}`})
	if len(twice.Unread) != 1 || !strings.Contains(twice.Unread[0].Reason, "twice") {
		t.Errorf("%+v", twice.Unread)
	}
}

func TestPolicies(t *testing.T) {
	opt := options()
	opt.Deny = []string{"npm:evil-*", "left-pad@1.3.0", "PyPI:fine"}
	opt.Hosts = []string{"npm.acme.example"}
	opt.Licences = settings.Licences{Allow: []string{"MIT", "Apache-2.0"}, Deny: []string{"GPL-3.0-only"}}
	head := npm("", "evil-twin 1.0.0", "left-pad 1.3.0", "fine 1.0.0", `mit 1.0.0 "license": "MIT OR GPL-3.0-only"`,
		`gpl 1.0.0 "license": "GPL-3.0-only"`, `odd 1.0.0 "license": "SEE LICENSE IN x"`, "home 1.0.0")
	head = strings.Replace(head, "https://registry.example/home", "https://npm.acme.example/home", 1)
	s := snapshot(t, files{"package-lock.json": npm("")}, files{"package-lock.json": head}, opt)
	want := []string{
		"added npm evil-twin:  -> 1.0.0, denied by npm:evil-*",
		"added npm left-pad:  -> 1.3.0, denied by left-pad@1.3.0",
		"added npm gpl:  -> 1.0.0, refused GPL-3.0-only",
		"added npm fine:  -> 1.0.0",
		"added npm home:  -> 1.0.0",
		"added npm mit:  -> 1.0.0",
		"added npm odd:  -> 1.0.0, unknown SEE LICENSE IN x",
	}
	if diff := cmp.Diff(want, changesOf(Analyse(s, opt))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestImagesAndSubmodules(t *testing.T) {
	s := snapshot(t, files{"Dockerfile": "FROM golang:1.25\n"},
		files{"Dockerfile": "FROM golang:1.25\nFROM alpine\nFROM debian:13@sha256:abc\nFROM alpine\n"}, options())
	moved := []diff.Line{
		{Op: diff.Delete, Text: "Subproject commit 1111"},
		{Op: diff.Add, Text: "Subproject commit 2222"},
	}
	s.Files = append(s.Files, diff.File{
		Path:   "libs/x",
		Status: diff.Modified,
		State:  diff.Submodule,
		Hunks:  []diff.Hunk{{Lines: moved}},
	})
	s.Files = append(s.Files, diff.File{
		Path: "libs/z", OldPath: "libs/y", Status: diff.Renamed, State: diff.Submodule, OldBlob: "3333", Blob: "3333",
	})
	f := Analyse(s, options())
	if diff := cmp.Diff([]Image{{Name: "alpine", Path: "Dockerfile", Line: 2}}, f.Images); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Submodule{{Path: "libs/x", Old: "1111", New: "2222"}}, f.Submodules); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []Used{
		{Ecosystem: "Docker", Name: "alpine", Kind: "added", Path: "Dockerfile", Line: 2, Files: 1},
		{Ecosystem: "Docker", Name: "debian", Kind: "added", New: "13 abc", Path: "Dockerfile", Line: 3, Files: 1},
		{Ecosystem: "submodule", Name: "libs/x", Kind: "changed", Old: "1111", New: "2222", Path: "libs/x", Files: 1},
	}
	if diff := cmp.Diff(want, f.Used); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	totals := []Total{{Ecosystem: "Docker", Added: 2}, {Ecosystem: "submodule", Other: 1}}
	if diff := cmp.Diff(totals, f.Totals); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAlike(t *testing.T) {
	for pair, want := range map[[3]string]bool{
		{"npm", "lodahs", "lodash"}:                                        true,
		{"npm", "expres", "express"}:                                       true,
		{"npm", "cross_env", "cross-env"}:                                  true,
		{"PyPI", "python-dateutil", "pythondateutil"}:                      true,
		{"npm", "react", "react-dom"}:                                      false,
		{"npm", "vue", "vux"}:                                              false,
		{"Maven", "log4j:log4j", "log4j:log4i"}:                            false,
		{"npm", "http-proxy-agent", "https-proxy-agent"}:                   false,
		{"npm", "log4j2", "log4j"}:                                         false,
		{"npm", "es2015", "es2016"}:                                        false,
		{"npm", "@babel/parser", "@babel/parsers"}:                         false,
		{"npm", "@babe1/core", "@babel/core"}:                              true,
		{"Go", "github.com/sirupsem/logrus", "github.com/sirupsen/logrus"}: true,
		{"Go", "github.com/x/sdk/one", "github.com/x/sdk/ones"}:            false,
	} {
		if got := alike(pair[0], pair[1], pair[2]); got != want {
			t.Errorf("%v: %v", pair, got)
		}
	}
}

func TestWants(t *testing.T) {
	changed := []diff.File{
		{Path: "web/yarn.lock", Status: diff.Modified, State: diff.Text},
		{Path: "api/go.mod", OldPath: "go.mod", Status: diff.Renamed, State: diff.Text},
		{Path: "old/Cargo.lock", Status: diff.Removed, State: diff.Text},
		{Path: "examples/package.json", Status: diff.Added, State: diff.Text},
		{Path: "main.go", Status: diff.Modified, State: diff.Text},
	}
	opt := options()
	opt.Exclude = []string{"examples/"}
	var got []string
	for _, w := range Wants(changed, opt) {
		got = append(got, fmt.Sprintf("%s %s", w.Side, w.Path))
	}
	want := []string{
		"base web/yarn.lock",
		"head web/yarn.lock",
		"head web/package.json",
		"base go.mod",
		"head api/go.mod",
		"head api/go.sum",
		"base old/Cargo.lock",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Lists are bounded, and what they leave out is counted.
func TestBounds(t *testing.T) {
	var packages []string
	for i := range maxChanges + 7 {
		packages = append(packages, fmt.Sprintf("p%d 1.0.0", i))
	}
	f := analyse(t, files{}, files{"package-lock.json": npm("", packages...)})
	if len(f.Changes) != maxChanges || f.ChangesMore != 7 || f.Totals[0].Added != maxChanges+7 {
		t.Errorf("%d changes, %d more, %+v", len(f.Changes), f.ChangesMore, f.Totals)
	}
}

func BenchmarkAnalyse(b *testing.B) {
	var old, now []string
	for i := range 2000 {
		old = append(old, fmt.Sprintf(`p%d 1.0.0 "integrity": "sha512-abc"`, i))
		now = append(now, fmt.Sprintf(`p%d 1.0.%d "integrity": "sha512-abc"`, i, i%20/19))
	}
	s := snapshot(
		b,
		files{"package-lock.json": npm("p1", old...)},
		files{"package-lock.json": npm("p1", now...)},
		options(),
	)
	for b.Loop() {
		Analyse(s, options())
	}
}

// TestHosts: a host is new when nothing was downloaded from it before. Where nothing can be compared, the host of most
// packages is taken for the registry.
func TestHosts(t *testing.T) {
	const bare = `{"lockfileVersion": 3, "packages": {
"": {}, "node_modules/a": {"version": "1.0.0"}, "node_modules/b": {"version": "1.0.0"}%s}}`
	evil := func(lock string) string { return strings.Replace(lock, "registry.example/b/", "evil.example/b/", 1) }
	all, one := npm("a", "a 1.0.0", "b 1.0.0", "c 1.0.0"), fmt.Sprintf(bare, "")
	for name, tc := range map[string]struct {
		base, head string
		want       []string
	}{
		"as before":                  {npm("a", "a 1.0.0"), all, nil},
		"another than before":        {npm("a", "a 1.0.0"), evil(all), []string{"b evil.example"}},
		"a new file":                 {"", all, nil},
		"one of many in a new file":  {"", evil(all), []string{"b evil.example"}},
		"hosts where none was named": {one, all, nil},
		"one host where none is named": {
			one,
			fmt.Sprintf(bare, `, "node_modules/c": {"version": "1.0.0", "resolved": "https://evil.example/c/-/c-1.tgz"}`),
			[]string{"c evil.example"},
		},
	} {
		base := files{}
		if tc.base != "" {
			base["package-lock.json"] = tc.base
		}
		var got []string
		for _, c := range analyse(t, base, files{"package-lock.json": tc.head}).Changes {
			if c.NewHost {
				got = append(got, c.Name+" "+c.Host)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
