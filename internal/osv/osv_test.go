package osv

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var today = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// leftPad is a record with everything that is read.
const leftPad = `{
	"schema_version": "1.6.0", "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-02-03T10:00:00Z", "aliases": ["CVE-2026-1", "CVE-2026-1", ""],
	"summary": "Padding\n reaches  too far", "details": "Much more.",
	"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
	"affected": [
		{"package": {"ecosystem": "npm", "name": "left-pad", "purl": "pkg:npm/left-pad"},
		 "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.3.0"}]}, {"type": "GIT", "events": [{"introduced": "0"}]}],
		 "versions": ["1.0.0"], "database_specific": {"severity": "MODERATE"}},
		{"package": {"ecosystem": "Debian:12", "name": "node-left-pad"}, "versions": ["1.0.0"]},
		{"package": {"ecosystem": "npm", "name": "nothing-of-it"}, "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}
	]}`

func parse(t testing.TB, text string) Record {
	t.Helper()
	r, err := ParseRecord([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// built is a database of these records.
func built(t testing.TB, records ...string) []byte {
	t.Helper()
	b := NewBuilder()
	for _, r := range records {
		if err := b.Add(parse(t, r)); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.Write(&out, "a test", today); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func open(t testing.TB, content []byte) *Database {
	t.Helper()
	db, err := Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestRecord(t *testing.T) {
	db := open(t, built(t, leftPad))
	got, err := db.Lookup("npm", "left-pad")
	if err != nil {
		t.Fatal(err)
	}
	want := []Advisory{{
		ID: "GHSA-aaaa-bbbb-cccc", Aliases: []string{"CVE-2026-1"}, Summary: "Padding reaches too far", Rating: "medium", Score: "7.5",
		Ranges: []Range{{{Introduced: "0"}, {Fixed: "1.3.0"}}}, Versions: []string{"1.0.0"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"node-left-pad", "nothing-of-it", "left-paD", ""} {
		if got, err := db.Lookup("npm", name); len(got) > 0 || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if db.Holds("Debian:12") || !db.Holds("npm") {
		t.Error("it holds the wrong ecosystems")
	}
}

func TestBadRecords(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                               "it is no OSV record",
		`[]`:                              "it is no OSV record",
		`{"summary": "x"}`:                "it has no id",
		`{"id": "a b"}`:                   "it has no id",
		`{"id": "A", "modified": "late"}`: "it is no OSV record",
		`{"id": "A", "affected": [{"package": {"ecosystem": "npm", "name": "` + strings.Repeat("x", 301) + `"}}]}`: "300 bytes",

		`{"id": "A", "affected": [` + strings.Repeat(`{},`, maxAffected) + `{}]}`: "more than 5000 packages",

		`{"id": "A", "affected": [{"package": {"ecosystem": "npm"}, "ranges": [{"type": "SEMVER",
			"events": [` + strings.Repeat("{},", 2000) + `{}]}]}]}`: "2000 events",
	} {
		if _, err := ParseRecord([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", text, err)
		}
	}
	if _, err := ParseRecord(make([]byte, MaxRecord+1)); err == nil {
		t.Error("a record that is too large is read")
	}
}

func TestWithdrawnAndRepeated(t *testing.T) {
	gone := `{"id": "GHSA-1", "modified": "2026-01-01T00:00:00Z", "withdrawn": "2026-01-02T00:00:00Z",
		"affected": [{"package": {"ecosystem": "npm", "name": "left-pad"}, "versions": ["1.0.0"]}]}`
	db := open(t, built(t, gone, leftPad, leftPad))
	got, _ := db.Lookup("npm", "left-pad")
	if len(got) != 1 || db.About().Withdrawn != 1 || db.About().Ecosystems[0].Records != 1 {
		t.Errorf("%v of %+v", got, db.About())
	}
}

func TestNames(t *testing.T) {
	for _, tc := range [][3]string{
		{"PyPI", "Zope.Interface__x", "zope-interface-x"},
		{"NuGet", "Newtonsoft.Json", "newtonsoft.json"},
		{"npm", "JSONStream", "JSONStream"},
		{"Go", "github.com/Masterminds/semver", "github.com/Masterminds/semver"},
	} {
		if got := Name(tc[0], tc[1]); got != tc[2] {
			t.Errorf("%s %s is %s", tc[0], tc[1], got)
		}
	}
}

// TestScores holds base scores to those of the examples in CVSS 3.1's own guide.
func TestScores(t *testing.T) {
	for vector, want := range map[string]string{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": "9.8 critical",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N": "6.1 medium",
		"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H": "9.9 critical",
		"CVSS:3.0/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L": "4.2 medium",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N": "0.0 ",
		"CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N": "1.6 low",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H":       " ",
		"CVSS:3.1/AV:X":                                " ",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/C:H/I:H/A:H":     " ",
	} {
		rating, score := rate([]severity{{"CVSS_V3", vector}}, "")
		if got := score + " " + rating; got != want {
			t.Errorf("%s: %q, want %q", vector, got, want)
		}
	}
	if rating, _ := rate(nil, "HIGH"); rating != "high" {
		t.Errorf("a word alone gives %q", rating)
	}
	if rating, _ := rate(nil, "so so"); rating != "" {
		t.Errorf("an unknown word gives %q", rating)
	}
}

// many are records of so many packages, in an order of their own.
func many(n int) []string {
	var all []string
	for i := range n {
		name := fmt.Sprintf("package-%04d", (i*7919)%n)
		all = append(all, fmt.Sprintf(`{"id": "MAL-%d", "modified": "2026-01-01T00:00:00Z", "details": "It runs %d.",
			"affected": [{"package": {"ecosystem": "npm", "name": %q}, "versions": ["1.0.%d"]}]}`, i, i*i, name, i))
	}
	return all
}

func TestManyBlocks(t *testing.T) {
	const n = 3000
	content := built(t, many(n)...)
	db := open(t, content)
	if len(db.blocks) < 10 {
		t.Fatalf("%d blocks", len(db.blocks))
	}
	for i := range n {
		name := fmt.Sprintf("package-%04d", i)
		got, err := db.Lookup("npm", name)
		if err != nil || len(got) != 1 || !got[0].Malicious() {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"a", "package-", "package-00001", "package-9999x", "z"} {
		if got, err := db.Lookup("npm", name); len(got) > 0 || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if err := db.Verify(); err != nil {
		t.Error(err)
	}
	if again := built(t, many(n)...); !bytes.Equal(again, content) {
		t.Error("equal records give other bytes")
	}
}

// TestDamage: no changed or missing byte goes unseen.
func TestDamage(t *testing.T) {
	content := built(t, many(300)...)
	check := func(b []byte) error {
		db, err := Open(bytes.NewReader(b), int64(len(b)))
		if err == nil {
			err = db.Verify()
		}
		return err
	}
	if err := check(content); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(content); at += 1 + len(content)/500 {
		b := bytes.Clone(content)
		b[at] ^= 0x20
		if err := check(b); !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d is another: %v", at, err)
		}
		if err := check(content[:at]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut off after %d bytes: %v", at, err)
		}
	}
}

func TestNewestIsNotOfTomorrow(t *testing.T) {
	db := open(t, built(t, strings.Replace(leftPad, "2026-02-03", "2199-02-03", 1)))
	if got := db.About().Newest; !got.Equal(today) {
		t.Errorf("the newest record is of %s", got)
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(leftPad))
	f.Add([]byte(many(1)[0]))
	f.Add([]byte(`{"id":"A","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N"}],"database_specific":7}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := ParseRecord(content)
		if err != nil {
			return
		}
		b := NewBuilder()
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := b.Write(&out, "fuzz", today); err != nil {
			t.Fatal(err)
		}
		db := open(t, out.Bytes())
		for _, e := range r.entries {
			if got, err := db.Lookup(e.ecosystem, e.name); err != nil || len(got) == 0 {
				t.Fatalf("%s %q is lost: %v", e.ecosystem, e.name, err)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(built(f, leftPad), "left-pad")
	f.Add(built(f), "x")
	f.Add([]byte(magic), "")
	f.Fuzz(func(_ *testing.T, content []byte, name string) {
		db, err := Open(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		_, _ = db.Lookup("npm", name)
		_ = db.Verify()
	})
}

// FuzzIndex reads indexes that have a checksum, as no accident makes them.
func FuzzIndex(f *testing.F) {
	f.Add([]byte("\x03npm\x00\x10\x20"), int64(100))
	f.Fuzz(func(t *testing.T, b []byte, end int64) {
		if end < 0 {
			return
		}
		blocks, err := readIndex(b, end)
		for _, x := range blocks {
			if err == nil && x.at+int64(x.packed) > end {
				t.Errorf("a block ends at %d of %d", x.at+int64(x.packed), end)
			}
		}
	})
}
