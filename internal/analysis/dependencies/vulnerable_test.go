package dependencies

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/osv"
)

// event writes "i 0 f 1.2.0" as a range.
func event(t *testing.T, text string) osv.Range {
	t.Helper()
	var r osv.Range
	words := strings.Fields(text)
	for i := 0; i+1 < len(words); i += 2 {
		switch v := words[i+1]; words[i] {
		case "i":
			r = append(r, osv.Event{Introduced: v})
		case "f":
			r = append(r, osv.Event{Fixed: v})
		case "l":
			r = append(r, osv.Event{LastAffected: v})
		default:
			t.Fatal(text)
		}
	}
	return r
}

func TestAffects(t *testing.T) {
	for _, tc := range []struct {
		ecosystem, version, ranges, versions string
		want                                 string
	}{
		{"npm", "1.1.9", "i 0 f 1.2.0", "", "hit 1.2.0"},
		{"npm", "1.2.0", "i 0 f 1.2.0", "", "no"},
		{"npm", "1.2.0-rc.1", "i 0 f 1.2.0", "", "hit 1.2.0"},
		{"npm", "1.0.0", "i 1.0.1 f 1.2.0", "", "no"},
		{"npm", "1.2.0", "i 1.0.0 l 1.2.0", "", "hit"},
		{"npm", "1.2.1", "i 1.0.0 l 1.2.0", "", "no"},
		{"npm", "2.0.5", "i 0 f 1.2.0 i 2.0.0 f 2.1.0", "", "hit 2.1.0"},
		{"npm", "1.5.0", "i 2.0.0 f 2.1.0 i 0 f 1.2.0", "", "no"},
		{"npm", "1.1.0", "i 0 f 1.2.0 | i 0 f 1.1.5", "", "hit 1.1.5"},
		{"npm", "9.9.9", "i 0", "", "hit"},
		{"npm", "not a version", "i 0", "", "hit"},
		{"npm", "not a version", "i 1.0.0", "", "doubt"},
		{"npm", "not a version", "i 1.0.0", "not a version", "hit"},
		{"npm", "1.0.0", "i one", "", "doubt"},
		{"npm", "1.0.0", "", "0.9.0 1.0.0", "hit"},
		{"npm", "1.0.1", "", "0.9.0 1.0.0", "no"},
		{"npm", "", "i 0", "", "hit"},
		{"npm", "", "i 0 f 1.0.0", "1.0.0", "no"},
		{"Go", "v1.8.1", "i 1.2.0 f 1.8.2", "", "hit 1.8.2"},
		{"Go", "v1.8.2", "i 1.2.0 f 1.8.2", "", "no"},
		{"Go", "v3.0.0+incompatible", "i 0 f 3.1.0", "", "hit 3.1.0"},
		{"Go", "v0.0.0-20240101000000-abcdefabcdef", "i 0 f 0.1.0", "", "hit 0.1.0"},
		{"Go", "v1.0.0", "", "1.0.0", "hit"},
		{"PyPI", "1.0rc1", "i 0 f 1.0", "", "hit 1.0"},
		{"PyPI", "1.0.post1", "i 0 f 1.0", "", "no"},
		{"PyPI", "1.0", "", "1.0.0", "hit"},
		{"PyPI", "2!1.0", "i 0 f 3.0", "", "no"},
		{"Maven", "2.0-alpha-1", "i 0 f 2.0", "", "hit 2.0"},
		{"Maven", "2.14.1", "i 2.13.0 f 2.15.0", "", "hit 2.15.0"},
		{"Maven", "${log4j}", "i 2.13.0 f 2.15.0", "", "doubt"},
		{"RubyGems", "7.0.0.rc1", "i 0 f 7.0.0", "", "hit 7.0.0"},
		{"crates.io", "0.9.0", "i 0.0.0-0 f 0.9.1", "", "hit 0.9.1"},
		{"Packagist", "v6.4.1", "i 6.4.0 f 6.4.2", "", "hit 6.4.2"},
		{"NuGet", "13.0.0", "i 0 f 13.0.1", "", "hit 13.0.1"},
		{"Pub", "1.0.0", "i 0 f 1.0.1", "", "hit 1.0.1"},
		{"Hex", "1.6.9", "i 0 f 1.6.10", "", "hit 1.6.10"},
	} {
		a := osv.Advisory{Versions: strings.Fields(tc.versions)}
		if strings.Contains(tc.versions, "not a") {
			a.Versions = []string{tc.versions}
		}
		for part := range strings.SplitSeq(tc.ranges, "|") {
			if r := event(t, part); len(r) > 0 {
				a.Ranges = append(a.Ranges, r)
			}
		}
		hit, fixed, doubt := affects(tc.ecosystem, tc.version, a)
		got := "no"
		switch {
		case hit:
			got = strings.TrimSpace("hit " + fixed)
		case doubt:
			got = "doubt"
		}
		if got != tc.want {
			t.Errorf("%s %q in %q or %q: %s, want %s", tc.ecosystem, tc.version, tc.ranges, tc.versions, got, tc.want)
		}
	}
}

// advised is a database of "id ecosystem name introduced fixed alias" lines; "-" is none.
func advised(t *testing.T, lines ...string) *osv.Database {
	t.Helper()
	b := osv.NewBuilder()
	b.Hold("npm")
	for _, line := range lines {
		w := strings.Fields(line)
		fixed, aliases := "", "[]"
		if w[4] != "-" {
			fixed = fmt.Sprintf(`, {"fixed": %q}`, w[4])
		}
		if len(w) > 5 {
			aliases = fmt.Sprintf("[%q]", w[5])
		}
		r, err := osv.ParseRecord(fmt.Appendf(nil, `{"id": %q, "modified": "2026-03-01T00:00:00Z", "aliases": %s, "affected": [{
			"package": {"ecosystem": %q, "name": %q}, "ranges": [{"type": "SEMVER", "events": [{"introduced": %q}%s]}]}]}`,
			w[0], aliases, w[1], w[2], w[3], fixed))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.Write(&out, "a test", time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	db, err := osv.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// faultsOf are the vulnerable packages as "name version: id (aliases) fixed", a malicious one with "!".
func faultsOf(f Facts) []string {
	list := []string{}
	for _, v := range f.Vulnerable {
		line := v.Name + " " + v.Version + ":"
		for _, a := range v.Advisories {
			line += " " + a.ID
			if a.Malicious {
				line += "!"
			}
			if len(a.Aliases) > 0 {
				line += " (" + strings.Join(a.Aliases, " ") + ")"
			}
			if a.Fixed != "" {
				line += " fixed " + a.Fixed
			}
		}
		list = append(list, line)
	}
	return list
}

// lookedUp analyses a change with a database.
func lookedUp(t *testing.T, base, head files, db *osv.Database, more ...func(*change.Snapshot)) Facts {
	t.Helper()
	s := snapshot(t, base, head, options())
	s.Advisories = osv.Source{Database: db}
	s.TakenAt = time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	for _, f := range more {
		f(s)
	}
	return Analyse(s, options())
}

func lockOf(packages ...string) files { return files{"package-lock.json": npm("", packages...)} }

func TestVulnerable(t *testing.T) {
	db := advised(t, "GHSA-1 npm left 0 2.0.0 CVE-1", "PYSEC-1 npm left 0 2.0.0 CVE-1", "GHSA-2 npm left 1.0.0 1.5.0",
		"MAL-1 npm evil 0 -", "GHSA-9 npm evil 0 - MAL-1", "GHSA-3 npm quiet 0 1.0.0")
	for name, tc := range map[string]struct {
		base, head files
		want       []string
	}{
		"added": {lockOf("a 1.0.0"), lockOf("a 1.0.0", "left 1.9.0"), []string{"left 1.9.0: GHSA-1 (CVE-1 PYSEC-1) fixed 2.0.0"}},
		"bumped to": {lockOf("left 0.1.0"), lockOf("left 1.4.0"), []string{
			"left 1.4.0: GHSA-1 (CVE-1 PYSEC-1) fixed 2.0.0 GHSA-2 fixed 1.5.0",
		}},
		"bumped away":   {lockOf("left 1.4.0"), lockOf("left 2.0.0"), []string{}},
		"downgraded to": {lockOf("left 2.0.0"), lockOf("left 1.9.0"), []string{"left 1.9.0: GHSA-1 (CVE-1 PYSEC-1) fixed 2.0.0"}},
		"stays":         {lockOf("left 1.4.0", "a 1.0.0"), lockOf("left 1.4.0", "a 1.0.1"), []string{}},
		"malicious":     {lockOf("a 1.0.0"), lockOf("a 1.0.0", "evil 1.0.0"), []string{"evil 1.0.0: MAL-1! (GHSA-9)"}},
		"removed":       {lockOf("left 1.0.0", "a 1.0.0"), lockOf("a 1.0.0"), []string{}},
		"by git":        {lockOf(), lockOf(`quiet 0.5.0 "resolved": "git+ssh://git@example.org/x.git#0123"`), []string{}},
		"a range, malicious": {
			files{}, files{"package.json": `{"dependencies": {"evil": "^1.0.0", "left": "^1.0.0"}}`},
			[]string{"evil ^1.0.0: MAL-1! (GHSA-9)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, faultsOf(lookedUp(t, tc.base, tc.head, db))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	head := lockOf("left 1.0.0")
	head["poetry.lock"] = "[[package]]\nname = \"requests\"\nversion = \"2.0\"\n"
	db := advised(t, "GHSA-1 npm left 0 2.0.0", "GHSA-2 npm odd one -")
	later := func(s *change.Snapshot) { s.TakenAt = s.TakenAt.AddDate(0, 0, 20) }
	broken := func(s *change.Snapshot) { s.Advisories = osv.Source{Problem: "it is damaged"} }
	as := func(*change.Snapshot) {}
	none := func(s *change.Snapshot) { s.Advisories = osv.Source{} }
	for name, tc := range map[string]struct {
		head files
		more func(*change.Snapshot)
		want Lookup
	}{
		"one ecosystem lacks": {head, as, Lookup{
			Packages: 2, Database: "read", Newest: "2026-03-01", Lacking: []string{"PyPI"},
		}},
		"old": {head, later, Lookup{Packages: 2, Database: "old", Age: 22, Newest: "2026-03-01",
			Lacking: []string{"PyPI"}}},
		"broken": {head, broken, Lookup{Packages: 2, Database: "unreadable", Problem: "it is damaged"}},
		"none":   {head, none, Lookup{Packages: 2, Database: "none"}},
		"no version compares": {lockOf("odd 1.0.0"), as, Lookup{
			Packages: 1, Database: "read", Newest: "2026-03-01", Uncompared: 1,
		}},
		"nothing comes in": {files{}, none, Lookup{Database: "none"}},
		"no version is known": {files{"package.json": `{"dependencies": {"left": "*"}}`}, as,
			Lookup{Packages: 1, Database: "read", Newest: "2026-03-01", Unversioned: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.want.GitHub = "off"
			if tc.want.Lacking == nil {
				tc.want.Lacking = []string{}
			}
			if diff := cmp.Diff(tc.want, lookedUp(t, files{}, tc.head, db, tc.more).Lookup); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReview: GitHub's dependency review adds to what the database says, and says the same fault once.
func TestReview(t *testing.T) {
	review := &change.DependencyReview{Warning: "one file is too large", Entries: []change.ReviewedPackage{
		{Added: true, Ecosystem: "npm", Name: "left", Version: "1.0.0", Licence: "GPL-3.0-only",
			Vulnerabilities: []change.ReviewedVulnerability{{ID: "GHSA-1", Severity: "moderate"}, {
				ID: "GHSA-7", Severity: "critical", Summary: "Bad",
			}}},
		{Ecosystem: "npm", Name: "right", Version: "1.0.0", Vulnerabilities: []change.ReviewedVulnerability{{ID: "GHSA-8"}}},
		{Added: true, Ecosystem: "npm", Name: "left", Version: "0.9.0", Vulnerabilities: []change.ReviewedVulnerability{{ID: "GHSA-9"}}},
	}}
	db := advised(t, "GHSA-1 npm left 0 2.0.0")
	with := func(s *change.Snapshot) { s.Review = review }
	f := lookedUp(t, lockOf(), lockOf("left 1.0.0", "right 1.0.0"), db, with)
	if diff := cmp.Diff([]string{"left 1.0.0: GHSA-7 GHSA-1 fixed 2.0.0"}, faultsOf(f)); diff != "" {
		t.Error(diff)
	}
	if got := f.Vulnerable[0].Advisories[1]; got.Rating != "medium" || len(got.Sources) != 2 {
		t.Errorf("%+v", got)
	}
	if f.Lookup.GitHub != "read" || f.Lookup.GitHubProblem != "one file is too large" || f.Changes[0].Licence != "GPL-3.0-only" {
		t.Errorf("%+v %+v", f.Lookup, f.Changes[0])
	}
	review = &change.DependencyReview{Problem: "it is switched off"}
	f = lookedUp(t, lockOf(), lockOf("left 1.0.0"), nil, with)
	if f.Lookup.GitHub != "unread" || f.Lookup.GitHubProblem != "it is switched off" {
		t.Errorf("%+v", f.Lookup)
	}
}
