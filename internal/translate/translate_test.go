package translate

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/settings"
)

var update = flag.Bool("update", false, "write testdata anew; read the difference")

var tools = map[string]func(string, []byte) (Result, error){
	"policy": PolicyBot, "codecov": Codecov, "commitlint": Commitlint, "dco": DCO,
}

// TestTranslations holds each tool's file in testdata to its settings, lines of CODEOWNERS and notes.
func TestTranslations(t *testing.T) {
	for name, translate := range tools {
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range archive.Files {
				files[f.Name] = string(f.Data)
			}
			got, err := translate("file.yml", []byte(files["in"]))
			if err != nil {
				t.Fatal(err)
			}
			var notes strings.Builder
			for _, n := range got.Notes {
				notes.WriteString(n.String() + "\n")
			}
			owners := strings.Join(append(got.Owners, ""), "\n")
			if *update {
				for i, part := range map[int]string{1: got.Settings, 2: strings.TrimPrefix(owners, "\n"), 3: notes.String()} {
					archive.Files[i].Data = []byte(part)
				}
				if err := os.WriteFile(filepath.Join("testdata", name+".txtar"), txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for what, pair := range map[string][2]string{
				"settings": {files["want"], got.Settings},
				"owners":   {files["owners"], strings.TrimPrefix(owners, "\n")},
				"notes":    {files["notes"], notes.String()},
			} {
				if d := cmp.Diff(pair[0], pair[1]); d != "" {
					t.Errorf("%s (-want +got):\n%s", what, d)
				}
			}
		})
	}
}

func TestPatterns(t *testing.T) {
	for expression, want := range map[string]string{
		`^config/.*$`:             "/config/",
		`^config/`:                "/config/",
		`^config`:                 "/config*",
		`^Dockerfile$`:            "/Dockerfile",
		`\.go$`:                   "*.go",
		`.*\.go$`:                 "*.go",
		`^server/.*\.tmpl$`:       "/server/**/*.tmpl",
		`^server/[^/]+\.tmpl$`:    "/server/*.tmpl",
		`^server/[^/]*/x/.*`:      "/server/*/x/",
		`.*/docs/.*`:              "**/docs/",
		`docs/`:                   "**/*docs/",
		`docs`:                    "**/*docs*",
		`^a/.*/b/.*$`:             "/a/**/b/",
		`^(docs|examples)/`:       "/docs/ /examples/",
		`^package(-lock)?\.json$`: "/package.json /package-lock.json",
		`^[ab]\.txt$`:             "/a.txt /b.txt",
		`^.*$`:                    "*",
		``:                        "*",
		`^.github/`:               "/.github/ (loose)",
		`^a.*b$`:                  "no pattern of CODEOWNERS says the same",
		`(?i)^readme`:             "no pattern of CODEOWNERS says the same",
		`^x\d+$`:                  "no pattern of CODEOWNERS says the same",
		`^$`:                      "no pattern of CODEOWNERS says the same",
		`a b`:                     "no pattern of CODEOWNERS says the same",
		`[`:                       "this is no regular expression",
		`^[a-d]/[a-d]/[a-d]$`:     "it stands for too many patterns",
		`^(((a|b)(c|d))(e|f)(g|h))`: "/aceg* /aceh* /acfg* /acfh* /adeg* /adeh* /adfg* /adfh* " +
			"/bceg* /bceh* /bcfg* /bcfh* /bdeg* /bdeh* /bdfg* /bdfh*",
		`^a\*b$`: "no pattern of CODEOWNERS says the same",
	} {
		patterns, loose, err := globs(expression)
		got := strings.Join(patterns, " ")
		if loose {
			got += " (loose)"
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", expression, got, want)
		}
	}
}

// TestConditionsAreNotDropped: a rule of policy-bot whose condition is not understood must not become a rule without it.
func TestConditionsAreNotDropped(t *testing.T) {
	for _, condition := range []string{
		"title: {matches: [x]}", "has_labels: [x]", "new_thing: true", "changed_files: {paths: ['(?i)x']}", "changed_files: {}",
		"changed_files: {paths: [x], ignore: [y]}", "has_author_in: {users: [ann]}", "has_author_in: {teams: [a/b]}",
	} {
		got, err := PolicyBot("p.yml", []byte("policy: {approval: [r]}\napproval_rules:\n- name: r\n  if: {"+condition+"}\n"+
			"  requires: {count: 1, teams: [acme/all]}\n"))
		if err != nil || len(got.Owners) > 0 || len(got.Notes) == 0 {
			t.Errorf("%s: %v, owners %q, notes %v", condition, err, got.Owners, got.Notes)
		}
	}
}

// TestOutOfRange: what Lintel would refuse is taken out and noted.
func TestOutOfRange(t *testing.T) {
	got, err := Commitlint("c.json", []byte(`{"rules": {"header-max-length": [2, "always", 99999],
		"type-enum": [2, "always", ["feat", "a b"]]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.Settings, "99999") || !slices.ContainsFunc(got.Notes, func(n Note) bool {
		return strings.Contains(n.Why, "the most is 10000")
	}) {
		t.Errorf("%s\n%v", got.Settings, got.Notes)
	}
}

func TestUnreadable(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML": "a: [", "not UTF-8": "\xff", "too large": strings.Repeat("# x\n", MaxBytes), "a program": "export default {",
	} {
		for tool, translate := range tools {
			if _, err := translate("file.yml", []byte(text)); err == nil {
				t.Errorf("%s: %s is read", tool, name)
			}
		}
	}
}

// FuzzTranslate: whatever a file holds, the settings are valid and each line of CODEOWNERS is one line.
func FuzzTranslate(f *testing.F) {
	for name := range tools {
		archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, translate := range tools {
			got, err := translate("file.yml", data)
			if err != nil {
				if !errors.Is(err, errFile) {
					t.Fatalf("%s: %v", name, err)
				}
				continue
			}
			if _, problems := settings.Parse("settings", []byte(got.Settings), nil); len(problems) > 0 {
				t.Errorf("%s: %v\n%s", name, problems, got.Settings)
			}
			for _, line := range got.Owners {
				if strings.ContainsAny(line, "\r\n#") || len(strings.Fields(line)) < 2 {
					t.Errorf("%s: the line %q", name, line)
				}
			}
			for _, n := range got.Notes {
				if strings.ContainsAny(n.What, "\r\n") {
					t.Errorf("%s: the note %q", name, n)
				}
			}
		}
	})
}
