package facts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// maxFacts is more than the bounds of all lists allow; a fact without a bound would pass it.
const maxFacts = 16 << 20

var contract = sync.OnceValues(func() (*document.Schema, error) {
	text, err := Schema()
	if err != nil {
		return nil, err
	}
	return document.Compile(text)
})

// holds checks what callers of Gather may rely on, for any snapshot at all.
func holds(t *testing.T, s *change.Snapshot, r settings.Resolution) {
	t.Helper()
	before, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	first, err := Gather(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range first.Failed {
		t.Fatalf("the analysis of %s panicked at %s %q: %s\n%s", f.Family, f.What, f.Name, f.Reason, f.Stack)
	}
	text, err := first.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > maxFacts {
		t.Errorf("the facts have %d bytes", len(text))
	}
	again, err := Gather(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := again.JSON(); err != nil || !bytes.Equal(text, b) {
		t.Errorf("equal snapshots give other facts (%v):\n%s\n%s", err, text, b)
	}
	if after, err := json.Marshal(s); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the snapshot was changed (%v)", err)
	}
	read, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := read.JSON(); err != nil || !bytes.Equal(text, b) {
		t.Errorf("the facts' JSON is not canonical (%v):\n%s\n%s", err, text, b)
	}
	schema, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range document.ValidateJSON(schema, text) {
		t.Errorf("not of the contract: %s: %s", p.Path, p.Message)
	}
	if utf8.Valid(before) && !bytes.Contains(before, []byte(`\ufffd`)) {
		var stored change.Snapshot
		if err := json.Unmarshal(before, &stored); err != nil {
			t.Fatal(err)
		}
		f, err := Gather(t.Context(), &stored, r)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := f.JSON(); err != nil || !bytes.Equal(text, b) {
			t.Errorf("a snapshot that was kept gives other facts (%v):\n%s\n%s", err, text, b)
		}
	}
}

// FuzzGather looks at whole snapshots: files, hunks, commits, reviews, CODEOWNERS, attributes and reports together.
func FuzzGather(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(noise(seed, 400))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, r := (&source{rest: b}).snapshot()
		holds(t, s, r)
	})
}

// TestGatherAnything is the fuzz target on inputs that are the same for everybody.
//
//race:unwatched
func TestGatherAnything(t *testing.T) {
	for seed := range uint64(150) {
		s, r := (&source{rest: noise(seed, 200+int(seed)*20)}).snapshot()
		holds(t, s, r)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func noise(seed uint64, n int) []byte {
	random := rand.New(rand.NewPCG(seed, 7))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(random.UintN(256))
	}
	return out
}

// TestBoundaries puts a text that ends at a limit, one before or one behind it, in every place that people write in,
// first and last, with something behind it and without.
//
//race:unwatched
func TestBoundaries(t *testing.T) {
	places := map[string]func(s *change.Snapshot, text string){
		"added file":    func(s *change.Snapshot, text string) { s.Files = append(s.Files, lines(diff.Added, text)) },
		"removed file":  func(s *change.Snapshot, text string) { s.Files = append(s.Files, lines(diff.Removed, text)) },
		"modified file": func(s *change.Snapshot, text string) { s.Files = append(s.Files, lines(diff.Modified, text)) },
		"path":          func(s *change.Snapshot, text string) { s.Files[0].Path = text },
		"old path":      func(s *change.Snapshot, text string) { s.Files[0].Status, s.Files[0].OldPath = diff.Renamed, text },
		"message":       func(s *change.Snapshot, text string) { s.Commits[0].Message = text },
		"body":          func(s *change.Snapshot, text string) { s.Commits[0].Message = "feat: x\n\n" + text },
		"footer":        func(s *change.Snapshot, text string) { s.Commits[0].Message = "feat: x\n\nRefs: " + text },
		"title":         func(s *change.Snapshot, text string) { s.Title = &text },
		"description":   func(s *change.Snapshot, text string) { s.Body = &text },
		"author":        func(s *change.Snapshot, text string) { s.Commits[0].Author = change.Signature{Name: text, Email: text} },
		"label":         func(s *change.Snapshot, text string) { s.Labels = []string{text} },
		"gap":           func(s *change.Snapshot, text string) { s.Gaps[0].Reason, s.Gaps[0].Path = text, text },
		"reviewer":      func(s *change.Snapshot, text string) { s.Reviews[0].Author.Login = text },
		"owners":        func(s *change.Snapshot, text string) { controlled(s, "CODEOWNERS", text) },
		"pattern":       func(s *change.Snapshot, text string) { controlled(s, "CODEOWNERS", "/"+text+" @bob\n") },
		"attributes":    func(s *change.Snapshot, text string) { controlled(s, ".gitattributes", text) },
		"attribute":     func(s *change.Snapshot, text string) { controlled(s, ".gitattributes", "*.go "+text) },
		"lint message": func(s *change.Snapshot, text string) {
			s.Reports = []report.Report{{Kind: "lint", Lint: &report.Lint{
				Tools: []report.LintTool{{Name: text}},
				Findings: []report.LintFinding{
					{
						Tool:     text,
						Rule:     text,
						Message:  text,
						Path:     "docs/a.md",
						Line:     1,
						EndLine:  1,
						Severity: "error",
						Help:     text,
						Fix:      []report.Edit{{Line: 1, EndLine: 1, Text: text}},
					},
				},
			}}}
		},
		"coverage path": func(s *change.Snapshot, text string) {
			s.Reports = []report.Report{
				{
					Kind: "coverage",
					Coverage: &report.Coverage{
						Files:      []report.FileCoverage{{Path: text}},
						Unresolved: []string{text},
						Notes:      []string{text},
					},
				},
			}
		},
	}
	for place, put := range places {
		for _, limit := range append(limits, 1<<20) {
			if limit == 1<<20 && place != "message" && place != "attributes" {
				continue
			}
			for n := max(0, limit-1); n <= limit+1; n++ {
				for form, text := range map[string]string{
					"alone":  strings.Repeat("x", n),
					"first":  strings.Repeat("x", n) + "\ny",
					"last":   "ab\n" + strings.Repeat("x", max(0, n-3)) + "\ny\nz",
					"letter": strings.Repeat("é", n/2) + "\ny",
				} {
					if limit > 1000 && form == "letter" && place != "added file" {
						continue
					}
					s := rich()
					put(s, text)
					s.FilesTotal = len(s.Files)
					f, err := Gather(t.Context(), s, inForce())
					if err != nil {
						t.Fatal(err)
					}
					for _, x := range f.Failed {
						t.Errorf("%s, %d bytes, %s: the analysis of %s panicked at %s %q: %s", place, n, form, x.Family, x.What,
							clipped(x.Name), x.Reason)
					}
				}
			}
		}
	}
}

func controlled(s *change.Snapshot, path, text string) {
	s.Controls.Files[path] = change.File{Path: path, Blob: fmt.Sprint(len(text)), Size: int64(len(text)), Content: []byte(text)}
}

// lines is a file whose only hunk has these lines, from the file's start.
func lines(status diff.Status, text string) diff.File {
	all := strings.Split(text, "\n")
	h := diff.Hunk{OldStart: 1, NewStart: 1, NewLines: len(all)}
	op := diff.Add
	if status == diff.Removed {
		op, h.OldLines, h.NewLines = diff.Delete, len(all), 0
	}
	for _, l := range all {
		h.Lines = append(h.Lines, diff.Line{Op: op, Text: l})
	}
	f := diff.File{Path: "big.txt", Status: status, Size: -1, Mode: "100644"}
	return f.With([]diff.Hunk{h})
}
