package settings

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var update = flag.Bool("update", false, "write the golden files and the generated documentation")

// rules stand for those of the policies, which this package may not import.
var rules = []string{"commits/fixup", "commits/header", "commits/signed-off", "commits/subject-case", "gate/settings",
	"ownership/approval", "size/binary-added", "size/lines", "size/too-many-files"}

// TestGolden reads lintel.yml of each archive and compares what comes out: "effective" lists what differs from a file
// that gives only its version, "problems" what is wrong.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Files) == 0 || archive.Files[0].Name != "lintel.yml" {
				t.Fatal("the first file must be lintel.yml")
			}
			got := outcome(Parse("lintel.yml", archive.Files[0].Data, rules))
			if *update {
				archive.Files = append(archive.Files[:1], got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(archive.Files) != 2 {
				t.Fatal("the archive has no result; run the test with -update")
			}
			if d := cmp.Diff(archive.Files[1].Name+"\n"+string(archive.Files[1].Data), got.Name+"\n"+string(got.Data)); d != "" {
				t.Error(d)
			}
		})
	}
}

func outcome(s Settings, problems []document.Problem) txtar.File {
	var b bytes.Buffer
	if len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprintln(&b, p)
		}
		return txtar.File{Name: "problems", Data: b.Bytes()}
	}
	was, is := flat(filled()), flat(s)
	for _, k := range slices.Sorted(maps.Keys(is)) {
		if was[k] != is[k] {
			fmt.Fprintf(&b, "%s = %s\n", k, is[k])
		}
	}
	return txtar.File{Name: "effective", Data: b.Bytes()}
}

// flat is the settings as one line for each leaf.
func flat(s Settings) map[string]string {
	var v any
	if err := json.Unmarshal(withoutCap(s), &v); err != nil {
		panic(err)
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		m, ok := v.(map[string]any)
		if !ok || len(m) == 0 {
			raw, _ := json.Marshal(v)
			out[strings.TrimPrefix(path, ".")] = string(raw)
			return
		}
		for k, c := range m {
			walk(path+"."+k, c)
		}
	}
	walk("", v)
	return out
}

func TestModeOf(t *testing.T) {
	const rule = "commits/header"
	for _, tt := range []struct{ family, own, def, limit, want finding.Mode }{
		{"", "", finding.Warn, finding.Enforce, finding.Warn},
		{"", "", finding.Enforce, finding.Enforce, finding.Enforce},
		{"", "", finding.Off, finding.Enforce, finding.Off},
		{finding.Enforce, "", finding.Shadow, finding.Enforce, finding.Enforce},
		{finding.Shadow, "", finding.Enforce, finding.Enforce, finding.Shadow},
		{finding.Shadow, finding.Enforce, finding.Warn, finding.Enforce, finding.Enforce},
		{finding.Enforce, finding.Off, finding.Warn, finding.Enforce, finding.Off},
		{finding.Off, finding.Enforce, finding.Enforce, finding.Enforce, finding.Off},
		{"", "", finding.Enforce, finding.Warn, finding.Warn},
		{"", "", finding.Shadow, finding.Warn, finding.Shadow},
		{"", finding.Enforce, finding.Off, finding.Warn, finding.Warn},
		{"", "", "", finding.Enforce, finding.Enforce},
		{"", "", "", finding.Warn, finding.Warn},
		{"", "", finding.Enforce, "", finding.Enforce},
	} {
		s := filled()
		s.Commits.Mode, s.Cap, s.Rules[rule] = tt.family, tt.limit, Rule{Mode: tt.own}
		if got := s.ModeOf("commits", rule, tt.def); got != tt.want {
			t.Errorf("family %q, rule %q, default %q, cap %q: got %q, want %q", tt.family, tt.own, tt.def, tt.limit, got, tt.want)
		}
	}
	s := filled()
	s.Ownership.Mode, s.Size.Mode = finding.Shadow, finding.Warn
	for family, want := range map[string]finding.Mode{"commits": finding.Enforce, "ownership": finding.Shadow, "size": finding.Warn,
		"gate": finding.Enforce} {
		if got := s.ModeOf(family, family+"/x", finding.Enforce); got != want {
			t.Errorf("%s: got %q, want %q", family, got, want)
		}
	}
}

func TestSeverityOf(t *testing.T) {
	s := filled()
	s.Rules["size/lines"] = Rule{Severity: finding.Notice}
	if a, b := s.SeverityOf("size/lines", finding.Error),
		s.SeverityOf("size/other", finding.Error); a != finding.Notice || b != finding.Error {
		t.Errorf("%s, %s", a, b)
	}
}

func TestFamiliesHaveModes(t *testing.T) {
	for _, family := range Families() {
		s, problems := Parse("f", []byte("version: 1\n"+family+": {mode: shadow}\n"), nil)
		if len(problems) > 0 || s.FamilyMode(family) != finding.Shadow {
			t.Errorf("%s: %v, mode %q", family, problems, s.FamilyMode(family))
		}
	}
}

func TestDigest(t *testing.T) {
	parse := func(src string) Settings {
		t.Helper()
		s, problems := Parse("f", []byte(src), rules)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return s
	}
	plain := Digest(parse("version: 1\n"))
	if plain != Digest(filled()) || !strings.HasPrefix(plain, "sha256:") || len(plain) != 7+64 {
		t.Errorf("digest %s", plain)
	}
	if a := Digest(parse(
		"{\"size\": {\"xs\": 10}, \"version\": 1, \"commits\": {\"types\": [build, chore, ci, docs, feat, fix, perf, " +
			"refactor, revert, style, test]}}")); a != plain {
		t.Error("the defaults, written out, have another digest")
	}
	seen := map[string]string{plain: "version: 1"}
	for _, src := range []string{"size: {xs: 9}", "commits: {mode: off}", "rules: {commits/header: {mode: warn}}",
		"rules: {commits/header: {severity: warning}}",
		"report: {comment: off}", "commits: {types: []}"} {
		d := Digest(parse("version: 1\n" + src))
		if other, ok := seen[d]; ok {
			t.Errorf("%q and %q have one digest", src, other)
		}
		seen[d] = src
	}
	if Digest(parse("version: 1\nadvise: {enabled: true, never_send: [x]}")) != plain {
		t.Error("advice is part of the digest of a verdict's settings")
	}
	capped := filled()
	capped.Cap = finding.Warn
	if Digest(capped) == plain {
		t.Error("the cap is not part of the digest")
	}
}

func TestDefault(t *testing.T) {
	d := Default()
	if d.Cap != finding.Warn || d.Report.Comment != "off" {
		t.Errorf("without a file: cap %q, comment %q", d.Cap, d.Report.Comment)
	}
	for _, family := range Families() {
		if m := d.ModeOf(family, family+"/x", finding.Enforce); m != finding.Warn {
			t.Errorf("%s is in mode %q without a file", family, m)
		}
	}
	if again := Default(); true {
		again.Commits.Types[0] = "x"
		if Default().Commits.Types[0] == "x" {
			t.Error("two defaults share memory")
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, path := range files {
		if a, err := txtar.ParseFile(path); err == nil && len(a.Files) > 0 {
			f.Add(a.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, problems := Parse("f", data, rules)
		if len(problems) > 0 {
			if d := cmp.Diff(Settings{}, s); d != "" {
				t.Fatalf("settings beside problems: %s", d)
			}
			return
		}
		// What was read can be written and read again, and means the same.
		again, problems := Parse("f", withoutCap(s), rules)
		if len(problems) > 0 || !cmp.Equal(again, s) {
			t.Fatalf("%v: %s", problems, Canonical(s))
		}
	})
}

func withoutCap(s Settings) []byte {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return raw
}

// Each family of this version has its part of the settings, in the order of the table.
func TestSections(t *testing.T) {
	var got []string
	for _, s := range sections() {
		got = append(got, s.family)
		if s.keys[0].path != s.family {
			t.Errorf("the keys of %s begin with %s", s.family, s.keys[0].path)
		}
	}
	if want := family.Names(false); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
