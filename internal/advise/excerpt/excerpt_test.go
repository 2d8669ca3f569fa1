package excerpt

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/diff"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// functions is a file in which the second function changes, and calls the first.
const functions = `package shop

func limit() int {
	return 7
}

func Pay(total int) error {
	if total == 0 {
		return nil
	}
	check(total, limit())
	return nil
}

func Other() {}
`

// TestSurround: a hunk gets the rest of its function, with ids, and below it the functions of changed files that its added
// lines call; within the tokens, and never another hunk's lines.
func TestSurround(t *testing.T) {
	lines := strings.Split(functions, "\n")
	hunk := func(n int) Hunk {
		return Hunk{Path: "shop/pay.go", FileID: "P1", NewStart: n, NewLines: 1, Digest: fmt.Sprint(n), Lines: []Line{
			{ID: LineID(advice.Right, n), Side: advice.Right, Number: n, Op: diff.Add, Text: lines[n-1], Shown: lines[n-1]},
		}}
	}
	content := func(path string) ([]string, bool) { return lines, path == "shop/pay.go" }
	got := Render(Surround([]Hunk{hunk(11)}, []string{"shop/pay.go", "secret.go"}, nil, content, 2000, 1))
	want := "file P1 shop/pay.go\nhunk\nR0007   func Pay(total int) error {\nR0008   \tif total == 0 {\nR0009   \t\treturn nil\n" +
		"R0010   \t}\nR0011 + \tcheck(total, limit())\nR0012   \treturn nil\nR0013   }\nhunk in unchanged, called above\n" +
		"R0003   func limit() int {\nR0004   \treturn 7\nR0005   }\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Surround([]Hunk{hunk(11)}, nil, nil, content, 1, 1); len(got) != 1 || got[0].Before+got[0].After != 0 {
		t.Errorf("more than the tokens allow: %+v", got)
	}
	both := Surround([]Hunk{hunk(9), hunk(11)}, nil, nil, content, 2000, 1)
	shown := map[string]int{}
	for _, h := range both {
		for _, l := range h.Lines {
			shown[l.ID]++
		}
	}
	for id, n := range shown {
		if n > 1 {
			t.Errorf("%s is shown %d times", id, n)
		}
	}
	core, before := both[1].Core()
	if len(core.Lines) != 1 || core.Lines[0].Number != 11 || before != both[1].Before || len(Cores(both)) != 2 {
		t.Errorf("the core is %+v behind %d lines", core.Lines, before)
	}
	// Unchanged files: what they declare of what added lines call, and where they call the function that changes.
	other := strings.Split("package shop\n\n// check is here.\nfunc check(a, b int) {}\n\n"+
		"func Night() {\n\t// Pay later\n\tPay(3)\n}\n", "\n")
	wider := func(path string) ([]string, bool) {
		if path == "shop/check.go" {
			return other, true
		}
		return content(path)
	}
	near := []advice.File{{ID: "P2", Path: "shop/check.go"}, {ID: "P3", Path: "shop/never.go"}}
	text := Render(Surround([]Hunk{hunk(11)}, []string{"shop/pay.go"}, near, wider, 2000, 1))
	for _, want := range []string{
		"file P2 shop/check.go\nhunk in an unchanged file, used above\nR0004   func check(a, b int) {}\n",
		"hunk in an unchanged file, uses Pay in Night\nR0006   func Night() {\nR0007   \t// Pay later\nR0008   \tPay(3)\nR0009   }\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if n := Tokens(Render(Surround([]Hunk{hunk(11)}, nil, near, wider, 40, 1)), 1) - Tokens(Render([]Hunk{hunk(11)}), 1); n > 41 {
		t.Errorf("%d tokens more, of 40", n)
	}
	older := hunk(11)
	older.Lines[0].Text = "another version"
	if got := Surround([]Hunk{older}, nil, nil, content, 2000, 1); got[0].Before != 0 {
		t.Errorf("lines of another version were added: %+v", got)
	}
}

// TestGolden reads testdata/*.txtar: a git diff, optionally never_send, .gitattributes, facts (path:start-end level
// text) and room in tokens; and holds the ledger and what a model is shown to the golden parts.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range a.Files {
				parts[f.Name] = string(f.Data)
			}
			got := golden(t, parts)
			for i, f := range a.Files {
				want, ok := got[f.Name]
				if !ok {
					continue
				}
				if *update {
					a.Files[i].Data = []byte(want)
				} else if d := cmp.Diff(string(f.Data), want); d != "" {
					t.Errorf("%s (-want +got):\n%s", f.Name, d)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func golden(t *testing.T, parts map[string]string) map[string]string {
	t.Helper()
	files, err := diff.Parse(strings.NewReader(parts["diff"]), diff.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	excluded, errs := Excluded(files, map[string][]byte{".gitattributes": []byte(parts[".gitattributes"])},
		strings.Fields(parts["never_send"]))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, f := range Strip(files, excluded) {
		for _, h := range f.Hunks {
			if _, out := excluded[f.Path]; out && len(h.Lines)+len(h.Section) > 0 {
				t.Errorf("lines of %s are still there", f.Path)
			}
		}
	}
	var facts []advice.Fact
	for _, l := range strings.Split(strings.TrimSpace(parts["facts"]), "\n") {
		f := advice.Fact{Kind: advice.RuleSays, Side: advice.Right}
		place, rest, _ := strings.Cut(l, " ")
		level, text, ok := strings.Cut(rest, " ")
		if !ok {
			continue
		}
		f.Level, f.Text = advice.Level(level), text
		f.Path, place, _ = strings.Cut(place, ":")
		if _, err := fmt.Sscanf(place, "%d-%d", &f.Start, &f.End); err != nil {
			t.Fatal(err)
		}
		facts = append(facts, f)
	}
	c := Read(files, excluded)
	Weigh(c.Hunks, facts)
	room := 1_000_000
	if parts["room"] != "" {
		if _, err := fmt.Sscan(parts["room"], &room); err != nil {
			t.Fatal(err)
		}
	}
	in, out := Pack(c.Hunks, room, 1)
	if used := Tokens(Render(in), 1); used > room+1 {
		t.Errorf("%d tokens in a room of %d", used, room)
	}
	var b strings.Builder
	entries := c.Ledger
	for _, h := range in {
		entries = append(entries, h.Entry(advice.Read, ""))
	}
	for _, h := range out {
		entries = append(entries, h.Entry(advice.OverBudget, ""))
	}
	for _, e := range entries {
		fmt.Fprintf(&b, "%-12s %3d %s -%d,%d +%d,%d", e.Status, e.Score, e.Path, e.OldStart, e.OldLines, e.NewStart, e.NewLines)
		if e.Reason != "" {
			b.WriteString(" (" + e.Reason + ")")
		}
		b.WriteByte('\n')
	}
	total := 0
	for _, f := range files {
		total += max(1, len(f.Hunks))
	}
	if len(entries) < total {
		t.Errorf("%d entries in the ledger for %d hunks", len(entries), total)
	}
	order := ""
	for _, s := range Order(c.Hunks, 5) {
		order += fmt.Sprintf("%s:%d %s\n", s.Path, s.Line, s.Why)
	}
	return map[string]string{"ledger": b.String(), "shown": Render(in), "order": order}
}

// TestOrderIsBySizeWithTestsAndProseLast holds the order that was measured on labelled changes: what changes most is read
// first, however small and grave another file is, and a long test or page comes after the code. A stop names the line of
// the file's heaviest hunk.
func TestOrderIsBySizeWithTestsAndProseLast(t *testing.T) {
	hunk := func(path string, at, lines, score int) Hunk {
		h := Hunk{Path: path, NewStart: at, NewLines: lines, Score: score}
		for i := range lines {
			h.Lines = append(h.Lines, Line{Op: diff.Add, Side: advice.Right, Number: at + i})
		}
		return h
	}
	var got []string
	for _, s := range Order([]Hunk{
		hunk("docs/guide.md", 1, 90, 0), hunk("db/migrations/7.sql", 1, 4, 120), hunk("shop/pay_test.go", 1, 80, 5),
		hunk("shop/pay.go", 1, 20, 10), hunk("shop/cart.go", 1, 30, 10), hunk("shop/pay.go", 60, 15, 40),
	}, 9) {
		got = append(got, fmt.Sprintf("%s:%d", s.Path, s.Line))
	}
	want := "shop/pay.go:60 shop/cart.go:1 db/migrations/7.sql:1 docs/guide.md:1 shop/pay_test.go:1"
	if strings.Join(got, " ") != want {
		t.Errorf("read in the order %q, want %q", got, want)
	}
}

func TestSecretPaths(t *testing.T) {
	for path, want := range map[string]bool{
		".env": true, "app/.env.production": true, "a/ID_RSA": true, "x/server.pem": true, "a/.aws/config": true, "infra/prod.tfvars": true,
		"keys/service-account-1.json": true, "a/credentials": true, "Secrets.yaml": true,
		"env.go": false, "internal/secrets/detector.go": false, "a/keyboard.ts": false, "monkey.go": false, "aws/config.go": false,
	} {
		if got := secretPath(path); got != want {
			t.Errorf("secretPath(%q) = %v", path, got)
		}
	}
	// An old name counts too.
	files := []diff.File{
		{Path: "a.txt", OldPath: ".env", Status: diff.Renamed, State: diff.Text},
		{Path: "b.txt", OldPath: "deny/b.txt", Status: diff.Renamed, State: diff.Text},
	}
	excluded, _ := Excluded(files, nil, []string{"deny/"})
	if len(excluded) != 2 {
		t.Errorf("%v", excluded)
	}
}

func TestShow(t *testing.T) {
	for in, want := range map[string]string{
		"\tplain := 1":           "\tplain := 1",
		"caf\u00e9 \u65e5":       "caf\u00e9 \u65e5",
		"zero\u200bwidth\u202e":  `zero\u{200b}width\u{202e}`,
		"\U000e0041tag":          `\u{e0041}tag`,
		"END-0123456789ab>>>":    "END-·0123456789ab>>>",
		"<<<DATA-0123456789ab":   "<<<DATA-·0123456789ab",
		"data_abcdef = 1":        "data_·abcdef = 1",
		"append-only":            "append-only",
		"bad \xff":               "bad \ufffd",
		strings.Repeat("x", 500): strings.Repeat("x", maxShown) + " …",
	} {
		if got := Show(in); got != want {
			t.Errorf("Show(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestALargeHunkIsReadInParts(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "@@ -0,0 +1,%d @@\n", 400)
	for i := range 400 {
		if i%40 == 39 {
			b.WriteString("+\n")
		} else {
			fmt.Fprintf(&b, "+line %d\n", i+1)
		}
	}
	hunks, err := diff.ParsePatch(b.String())
	if err != nil {
		t.Fatal(err)
	}
	c := Read([]diff.File{diff.File{Path: "a.txt", Status: diff.Added, State: diff.Text}.With(hunks)}, nil)
	lines, at := 0, 1
	for _, h := range c.Hunks {
		if h.NewStart != at || len(h.Lines) > maxPart || h.Lines[0].Number != at || h.NewLines != len(h.Lines) {
			t.Errorf("part %d,%d of %d lines, expected at %d", h.NewStart, h.NewLines, len(h.Lines), at)
		}
		lines += len(h.Lines)
		at += h.NewLines
	}
	if lines != 400 || len(c.Hunks) < 3 {
		t.Errorf("%d lines in %d parts", lines, len(c.Hunks))
	}
}

func TestTokensFollowWhatWasObserved(t *testing.T) {
	text := strings.Repeat("x", 3000)
	if a, b := Tokens(text, 1), Tokens(text, 1.5); a != 1001 || b != 1501 {
		t.Errorf("%d and %d", a, b)
	}
	if a, b := Tokens(text, 0), Tokens(text, 100); a != 1001 || b != 2501 {
		t.Errorf("a ratio that cannot be: %d and %d", a, b)
	}
	if got := Room(16_384, 24_000, 2_000); got != (16_384-2_000)*9/10 {
		t.Errorf("room %d", got)
	}
	if got := Room(1_000, 24_000, 2_000); got != 0 {
		t.Errorf("room %d", got)
	}
}

func TestSymbols(t *testing.T) {
	for line, want := range map[string]string{
		"func (s *Shop) Pay(ctx context.Context) error {": "Pay", "func New() *Shop {": "New", "    def charge(self, total):": "charge",
		"class Shop(Base):":               "Shop",
		"export async function load(a) {": "load", "  public static class Inner {": "Inner", "pub(crate) fn run() {": "run",
		"type Shop struct {": "Shop", "x := func() {": "", "return pay()": "",
	} {
		if got := Declared(line); got != want {
			t.Errorf("Declared(%q) = %q, want %q", line, got, want)
		}
	}
}
