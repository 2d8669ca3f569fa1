package policy_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// files are whole files by their paths.
type files map[string]string

// example is the change that an example of a rule's page speaks of.
type example struct {
	base, head files
	// more is added to the settings, and to the snapshot.
	more   string
	change func(*change.Snapshot)
}

// exampled are the families whose examples are held to what they say.
var exampled = []string{"secrets", "dependencies", "workflows", "smells", "tests"}

// elsewhere are rules whose examples need what no change brings, with the test that has it.
var elsewhere = map[string]string{
	"dependencies/malicious":  "dependencies.TestVulnerable: a database of advisories",
	"dependencies/vulnerable": "dependencies.TestVulnerable: a database of advisories",
	"dependencies/advisories": "dependencies.TestLookup: a database of advisories",
}

// Every example on the page of a rule is a change here: a good one has no finding of the rule, a bad one has. An example
// that is reworded, and one that is new, needs its change.
//
//race:unwatched
func TestExamplesOfRules(t *testing.T) {
	e, all, used := builtIn(t), map[string]example{}, 0
	for _, part := range []map[string]example{secretExamples(), dependencyExamples(), workflowExamples(), smellExamples(), testExamples()} {
		maps.Copy(all, part)
	}
	for _, r := range e.Rules() {
		if !slices.Contains(exampled, r.Family) || elsewhere[r.ID] != "" {
			continue
		}
		if len(r.Examples.Good) == 0 || len(r.Examples.Bad) == 0 {
			t.Errorf("%s has no good or no bad example", r.ID)
		}
		for i, text := range slices.Concat(r.Examples.Good, r.Examples.Bad) {
			x, ok := all[r.Name()+": "+text]
			if !ok {
				t.Errorf("%s: no change for the example %q", r.ID, text)
				continue
			}
			used++
			rules := x.judge(t, e)
			if bad := i >= len(r.Examples.Good); slices.Contains(rules, r.ID) != bad {
				t.Errorf("%s: the example %q has findings of %q, bad is %v", r.ID, text, rules, bad)
			}
		}
	}
	if used != len(all) {
		t.Errorf("%d changes for %d examples", len(all), used)
	}
}

// judge gives the rules that speak of a change.
func (x example) judge(t *testing.T, e *policy.Engine) (rules []string) {
	t.Helper()
	s := large(0, true)
	s.Controls.Files = maps.Clone(s.Controls.Files)
	text := strict
	for line := range strings.Lines(x.more) {
		key, _, _ := strings.Cut(line, ":")
		text = regexp.MustCompile(`(?m)^`+key+`:.*\n`).ReplaceAllString(text, "") + line
	}
	s.Controls.Files[settings.Path] = change.File{Path: settings.Path, Blob: strings.Repeat("3", 40), Size: int64(len(text)),
		Content: []byte(text)}
	r := settings.Resolve(s.Controls, nil, e.Configurable())
	if len(r.Errors) > 0 {
		t.Fatalf("%v", r.Errors)
	}
	for _, path := range slices.Sorted(maps.Keys(union(x.base, x.head))) {
		before, was := x.base[path]
		after, is := x.head[path]
		if before == after {
			continue
		}
		f := diff.File{Path: path, Status: diff.Modified, State: diff.Text}
		switch {
		case !was:
			f.Status = diff.Added
		case !is:
			f.Status = diff.Removed
		}
		f, _ = diff.FromBlobs(f, []byte(before), []byte(after))
		s.Files = append(s.Files, f)
	}
	if x.change != nil {
		x.change(s)
	}
	s.FilesTotal = len(s.Files)
	wants := facts.Wants(s.Files, r.Settings)
	contents := make([]change.Content, len(wants))
	for i, w := range wants {
		contents[i] = change.Content{Path: w.Path, Side: w.Side, Blob: fmt.Sprintf("%040x", 100+i)}
		side := x.head
		if w.Side == change.AtBase {
			side = x.base
		}
		if body, ok := side[w.Path]; ok {
			contents[i].SetBody([]byte(body))
		} else {
			contents[i].Absent = true
		}
	}
	s.AddContents(wants, contents)
	_, d, err := e.Judge(t.Context(), s, r, policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]finding.Finding{}
	for _, f := range d.Findings {
		by[f.Rule] = append(by[f.Rule], f)
	}
	rules = slices.Sorted(maps.Keys(by))
	// A rule that is asked alone says the same, though little else is analysed.
	for _, id := range rules {
		if !slices.Contains(e.Configurable(), id) {
			continue
		}
		_, alone, err := e.Judge(t.Context(), s, r, policy.Options{Rules: []string{id}})
		if err != nil {
			t.Fatal(err)
		}
		said := slices.DeleteFunc(slices.Clone(alone.Findings), func(f finding.Finding) bool { return f.Family == policy.GateFamily })
		if diff := cmp.Diff(by[id], said); diff != "" {
			t.Errorf("%s alone (-among all +alone):\n%s", id, diff)
		}
	}
	return rules
}

func union(a, b files) files {
	all := maps.Clone(a)
	if all == nil {
		all = files{}
	}
	maps.Copy(all, b)
	return all
}

// added is an example that adds one file; edited one that changes it.
func added(path, body string) example { return example{head: files{path: body}} }

func edited(path, before, after string) example {
	return example{base: files{path: before}, head: files{path: after}}
}

func secretExamples() map[string]example {
	token := "ghp_" + "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc"
	dash := strings.Repeat("-", 5)
	key := dash + "BEGIN RSA PRIVATE KEY" + dash + "\n" + strings.Repeat(
		"MIIEowIBAAKCAQEAx7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2bOfmUq8Zt3Wy6\n",
		12,
	) +
		dash + "END RSA PRIVATE KEY" + dash + "\n"
	allow := func(until string) example {
		x := added("testdata/a.txt", token+"\n")
		x.more = fmt.Sprintf(
			"secrets: { allow: [{ format: github-pat, path: \"testdata/**\", reason: made up, expires: %q }] }\n",
			until,
		)
		x.change = func(s *change.Snapshot) { s.TakenAt = time.Date(2026, 11, 28, 23, 0, 0, 0, time.UTC) }
		return x
	}
	return map[string]example{
		"leaked: A token that is read from the environment.": added(
			"a.py",
			"token = os.environ['GITHUB_TOKEN']\n",
		),
		"leaked: AWS's example key, which ends in EXAMPLE.": added(
			"a.py",
			"key = 'AKIAIOSFODNN7EXAMPLE'\n",
		),
		"leaked: A personal access token of GitHub in a .env file.": added(
			".env",
			"TOKEN="+token+"\n",
		),
		"leaked: A private key whose first line the change adds.": added(
			"deploy/key",
			key,
		),
		"likely: A password that is read from the environment.": added(
			"a.py",
			"password = os.environ['PASSWORD']\n",
		),
		"likely: A checksum in a lock file.": added(
			"go.sum",
			"example.org/a v1.0.0 h1:"+strings.Repeat("q8Zt3Wy6", 5)+"abc=\n",
		),
		"likely: A config file gets api_key with 40 random characters.": added(
			"app.cfg",
			"api_key = x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2bOfmUq8Z\n",
		),
		"made-up: GITHUB_TOKEN=<your token>": added(
			"a.env",
			"GITHUB_TOKEN=<your token>\n",
		),
		"made-up: ghp_ and 36 characters that somebody typed.": added(
			"a.env",
			"T=ghp_"+"aaQm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2bOfmX\n",
		),
		"in-fixture: A test that makes its key when it runs.": added(
			"testdata/make.sh",
			"openssl genrsa 2048\n",
		),
		"in-fixture: A private key in testdata/server.key.": added(
			"testdata/server.key",
			key,
		),
		"in-fixture: A token of Slack in a test.": added(
			"notify_test.go",
			"var token = \"xox"+"b-4093847561-2938475610-hGq2Zp8LwTn5Rk7Vd3Ys\"\n",
		),
		"unread: A change of 200 files that were all read.": {head: many(200)},
		"unread: notes.txt has a zero byte in it, so that it looks binary.": added(
			"notes.txt",
			"a\x00\n",
		),
		"unread: A file of 12 MB is added, of which only the first 8 MB were looked at.": added(
			"a.txt",
			strings.Repeat("x ", 6<<20),
		),
		"allowance-expired: An entry that lasts until next month.":                                           allow("2026-12-28"),
		"allowance-expired: An entry for testdata/** ended yesterday, and the change adds such a key there.": allow("2026-11-27"),
	}
}

func many(n int) files {
	all := files{}
	for i := range n {
		all[fmt.Sprintf("docs/%d.md", i)] = "words\n"
	}
	return all
}
