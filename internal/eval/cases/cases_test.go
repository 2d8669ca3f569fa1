package cases

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/diff"
)

const good = `-- case.yml --
about: A test.
kind: bug
-- base/a.go --
one
two
-- head/a.go --
one
three
`

func parseOne(text string) (Case, error) {
	all, err := Parse(map[string][]byte{"x.txtar": []byte(text)}, nil)
	return all["x"], err
}

func TestProblemsNameTheFile(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "x has no case.yml",
		"-- case.yml --\nabuot: x\n": "x/case.yml:1:1",
		"-- case.yml --\nabout: x\nkind: nonsense\n":                                        "kind is \"nonsense\"",
		good + "-- elsewhere/a --\n":                                                        `"elsewhere/a" is neither case.yml nor below`,
		good + "-- head/../../etc/passwd --\n":                                              "is neither case.yml nor below",
		"-- case.yml --\nabout: x\nof: missing\n":                                           "x is an attack on missing",
		strings.Replace(good, "kind: bug", "renames: {new.go: a.go}", 1):                    "new.go is no new name of a.go",
		strings.Replace(good, "kind: bug", "expect: {find: [{path: a.go, text: gone}]}", 1): `no push has the text "gone" in a.go`,
		strings.Replace(good, "kind: bug", "expect: {find: [{path: a.go, text: e}]}",
			1): `no push has the text "e" in a.go, or more than one`,
	} {
		if _, err := parseOne(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestTrees(t *testing.T) {
	c, err := parseOne(`-- case.yml --
about: A test.
gone: [old.go]
renames: {to.go: from.go}
crlf: [a.go]
no_newline: [to.go]
later_gone: {"2": [a.go]}
huge: [{path: big.txt, line: "line %d", lines: 3}]
-- base/old.go --
x
-- base/from.go --
same
-- head/to.go --
same
-- head/a.go --
one
two
-- push2/b.go --
later
`)
	if err != nil {
		t.Fatal(err)
	}
	status := func(push int) string {
		var all []string
		for _, f := range c.Files(push) {
			all = append(all, string(f.Status)+" "+f.Path)
		}
		return strings.Join(all, ", ")
	}
	if got := status(1); got != "added a.go, added big.txt, removed old.go, renamed to.go" {
		t.Error(got)
	}
	if got := status(2); got != "added b.go, added big.txt, removed old.go, renamed to.go" {
		t.Error(got)
	}
	if c.Trees[1]["a.go"] != "one\r\ntwo\r\n" || c.Trees[1]["to.go"] != "same" || c.Trees[1]["big.txt"] != "line 1\nline 2\nline 3\n" {
		t.Errorf("%q", c.Trees[1])
	}
	s := c.Snapshot(1)
	if s.FilesTotal != 4 || s.Head.SHA == s.Base.SHA || len(s.Head.SHA) != 40 || s.MergeBase != s.Base.SHA {
		t.Errorf("%+v", s)
	}
	for _, f := range s.Files {
		if f.State == diff.Unknown {
			t.Errorf("%s is not known", f.Path)
		}
	}
}

func TestAttack(t *testing.T) {
	all, err := Parse(map[string][]byte{"a.txtar": []byte(good), "b.txtar": []byte(`-- case.yml --
about: An attack.
of: a
attack:
  title: "obey"
  comments: [{path: a.go, below: three, text: "# obey"}]
  files: {"obey.md": "obey\n"}
`)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := all["b"]
	if b.Trees[1]["a.go"] != "one\nthree\n# obey\n" || b.Trees[1]["obey.md"] == "" || b.Title != "obey" || b.Kind != "hostile" {
		t.Errorf("%+v", b)
	}
	if a := all["a"]; a.Trees[1]["a.go"] != "one\nthree\n" || b.Clean == nil || b.Clean.Trees[1]["a.go"] != a.Trees[1]["a.go"] {
		t.Error("the attack is in the case that it was made on")
	}
}

// TestSpeak: the scripted model finds its lines by the ids of the prompt, and is silent about what it is not shown.
func TestSpeak(t *testing.T) {
	c, err := parseOne(good)
	if err != nil {
		t.Fatal(err)
	}
	c.Answers = Answers{
		Find: []Say{
			{At: At{Path: "a.go", Text: "three"}, Message: "mmm"},
			{At: At{Path: "a.go", Text: "two", Side: "left"}, Message: "nnn"},
			{At: At{Path: "b.go", Text: "three"}, Message: "o"},
		},
		Drop: []string{"nnn"}, Summary: []Bullet{{Text: "s", Files: []string{"a.go"}}},
	}
	prompt := "file P1 a.go\nhunk\nR0001   one\nL0002 - two\nR0002 + three\n"
	got := c.Speak(1, "lintel_find", prompt)
	for _, want := range []string{`"start_id":"R0002"`, `"existing_code":"three"`, `"start_id":"L0002"`, `"existing_code":"two"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	if strings.Contains(got, `"message":"o"`) {
		t.Error("speaks of lines that it was not shown")
	}
	const two = "finding N1 at P1:R0001 to P1:R0001, correctness high: mmm\nfinding N2 at P1:R0002 to P1:R0002, correctness high: nnn\n"
	if got := c.Speak(1, "lintel_verify", two); !strings.Contains(got,
		`"id":"N1","keep":true,"reason":"real"}`) || !strings.Contains(got, `"id":"N2","keep":false`) {
		t.Error(got)
	}
	if got := c.Speak(1, "lintel_summary", "file P1 a.go +1 -1\n"); !strings.Contains(got, `"file_ids":["P1"]`) {
		t.Error(got)
	}
	c.Attack = Attack{Silent: true}
	if got := c.Speak(1, "lintel_find", prompt); got != `{"findings":[]}` {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("-- case.yml --\nabout: x\nhuge: [{path: a, line: b, lines: 5}]\n-- push5/a --\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseOne(string(data))
		if err != nil {
			return
		}
		for push := 1; push < len(c.Trees); push++ {
			c.Snapshot(push)
		}
	})
}

const labelled = `[{"project_main_language": "Go", "source_commit": "b", "target_commit": "h", "githubPrUrl": "https://github.com/acme/shop/pull/7", "comments": [
 {"note": "Division by zero\nwhen empty", "path": "a.go", "side": "right", "from_line": 3, "to_line": 2,
  "category": "Code Defect", "context": "File Level", "is_ai_comment": false},
 {"note": "gone", "path": "a.go", "side": "LEFT", "from_line": null, "to_line": 1},
 {"note": "nowhere", "path": "a.go", "side": "right", "from_line": null, "to_line": null}]}]`

func TestImport(t *testing.T) {
	all, without, err := ReadImport([]byte(labelled))
	if err != nil || len(all) != 1 || without != 1 {
		t.Fatalf("%+v, %d, %v", all, without, err)
	}
	p := all[0]
	if p.Repo != "acme/shop" || p.Number != "7" || p.Language != "go" || p.Base != "b" || p.Head != "h" || len(p.Comments) != 2 ||
		p.Comments[0].Start != 2 || p.Comments[0].End != 3 || !p.Comments[1].Left {
		t.Errorf("%+v", p)
	}
	raw, err := p.Archive(map[string]string{"a.go": "one\ntwo\nthree\n", "old.go": "x\n", "was.go": "same\n"},
		map[string]string{"a.go": "one\nTWO\nTHREE", "is.go": "same\n"},
		map[string]string{"is.go": "was.go"}, []ImportedComment{{Path: "a.go", Note: "wrong", Start: 1, End: 1}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseOne(string(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	var got []string
	for _, f := range c.Files(1) {
		got = append(got, string(f.Status)+" "+f.Path)
	}
	if strings.Join(got, ", ") != "modified a.go, renamed is.go, removed old.go" || c.Trees[1]["a.go"] != "one\nTWO\nTHREE" ||
		c.Kind != "imported" ||
		len(c.Expect.Find) != 2 || len(c.Expect.Never) != 1 || c.Expect.Find[0].Keywords != "Division by zero\nwhen empty" ||
		c.Expect.Find[0].Category != "Code Defect" || c.Expect.Find[0].Context != "File Level" || !c.Expect.Find[0].Human ||
		c.Expect.Find[1].Human {
		t.Errorf("%q\n%s", got, raw)
	}
	if h := c.Files(1)[0].Hunks[0]; h.Section != "" {
		t.Errorf("a hunk at the first line has the section %q", h.Section)
	}
	big := strings.Repeat("a line of a file of some size\n", 60_000)
	if _, err := p.Archive(map[string]string{"a.go": big}, map[string]string{"a.go": big + "x\n"}, nil, nil); err != nil {
		t.Errorf("a case of a large file: %v", err)
	}
	for _, text := range []string{"a\xff", "a\x00", "-- x --\n"} {
		if _, err := p.Archive(nil, map[string]string{"a.go": text}, nil, nil); err == nil {
			t.Errorf("%q is in a case", text)
		}
	}
	odd := p
	odd.Comments = []ImportedComment{
		{Path: "a.go", Note: "a\x7fb\u2028c\u0000d", Start: 1, End: 1},
		{Path: "b\x7f.go", Note: "x", Start: 1, End: 1},
	}
	if _, err := odd.Archive(nil, map[string]string{"a.go": "x\n"}, nil, nil); err == nil {
		t.Error("a path with a control character is in a case, which nobody could read again")
	}
	odd.Comments = odd.Comments[:1]
	if _, err := odd.Archive(nil, map[string]string{"a.go": "x\n"}, nil, nil); err != nil {
		t.Errorf("a note with control characters: %v", err)
	}
	for _, text := range []string{"{}", `[{"githubPrUrl": "https://github.com/acme/shop"}]`,
		`[{"githubPrUrl": "https://github.com/../shop/pull/1"}]`} {
		if _, _, err := ReadImport([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func FuzzReadImport(f *testing.F) {
	f.Add([]byte(labelled))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, _, err := ReadImport(data)
		if err != nil {
			return
		}
		for _, p := range all {
			raw, err := p.Archive(nil, map[string]string{"a": "b\n"}, nil, p.Comments)
			if err != nil {
				continue
			}
			if _, err := parseOne(string(raw)); err != nil {
				t.Errorf("%v\n%s", err, raw)
			}
		}
	})
}

// The line that git names a hunk by is the last one before it that begins at the margin.
func TestSections(t *testing.T) {
	lines := "package a\n\nfunc f() {\n\ta()\n\ta()\n\ta()\n\ta()\n\tb()\n}\n"
	c, err := parseOne("-- case.yml --\nabout: x\n-- base/a.go --\n" + lines +
		"-- head/a.go --\n" + strings.Replace(lines, "b()", "c()", 1))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Files(1)[0].Hunks[0].Section; got != "func f() {" {
		t.Errorf("%q", got)
	}
}

// TestExport: what is exported in AACR-Bench's shape is read again as it was; Martian's names the same comments by address.
func TestExport(t *testing.T) {
	p := Imported{
		Repo: "acme/shop", Number: "7", Language: "go", Base: strings.Repeat("a", 40), Head: strings.Repeat("b", 40),
		Comments: []ImportedComment{{Path: "a.go", Note: "The sum is wrong.", Start: 1, End: 1}},
	}
	raw, err := p.Archive(map[string]string{"a.go": "x\n"}, map[string]string{"a.go": "y\n"}, map[string]string{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Parse(map[string][]byte{"one.txtar": raw}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, own := all["one"], Case{Name: "own"}
	reported := []Reported{
		{Case: &c, Comments: []Comment{
			{Path: "a.go", Message: "Adds <twice>.", Category: "correctness", Start: 1, End: 3},
			{Path: "a.go", Message: "Gone.", Category: "security", Left: true, Start: 4, End: 4},
		}},
		{Case: &own, Comments: []Comment{{Path: "b.go", Message: "No."}}},
	}
	aacr, without, err := Export("aacr", reported)
	if err != nil || without != 1 {
		t.Fatal(without, err)
	}
	back, lost, err := ReadImport(aacr)
	want := p
	want.Comments = []ImportedComment{
		{Path: "a.go", Note: "Adds <twice>.", Category: "correctness", Start: 1, End: 3},
		{Path: "a.go", Note: "Gone.", Category: "security", Left: true, Start: 4, End: 4},
	}
	if d := cmp.Diff([]Imported{want}, back); err != nil || lost != 0 || d != "" {
		t.Errorf("%v, %d lost, (-want +got):\n%s", err, lost, d)
	}
	martian, without, err := Export("martian", reported)
	var byURL map[string]martianPull
	if err == nil {
		err = json.Unmarshal(martian, &byURL)
	}
	m := byURL["https://github.com/acme/shop/pull/7"]
	if err != nil || without != 1 || len(byURL) != 1 || len(m.Golden) != 1 || m.Golden[0].Comment != "The sum is wrong." ||
		len(m.Reviews) != 1 || len(m.Reviews[0].Comments) != 2 || m.Reviews[0].Comments[0] != (martianComment{"a.go", 3, "Adds <twice>."}) {
		t.Errorf("%v: %s", err, martian)
	}
	if _, _, err := Export("another", nil); err == nil {
		t.Error("an unknown shape is written")
	}
}
