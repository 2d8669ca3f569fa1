package upload_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/upload"
)

func TestPack(t *testing.T) {
	for name, r := range map[string]report.Report{
		"empty": {},
		"lint":  {Kind: report.LintKind, Lint: &report.Lint{Findings: []report.LintFinding{{Rule: "r", Path: "a.go", Line: 3}}, More: 2}},
		"coverage": {Kind: report.CoverageKind, Format: "lcov",
			Coverage: &report.Coverage{Unresolved: []string{"x"}, Notes: []string{"n"}, Files: []report.FileCoverage{
				{
					Path: "a.go",
					Lines: []report.LineRange{
						{From: 1, To: 3, State: report.Hit},
						{From: 4, To: 4, State: report.Miss},
						{From: 900_000, To: 1_000_000, State: report.Partial},
					},
				}, {Path: "ü/b", Lines: []report.LineRange{}}}}},
		"branches, modules and evidence": {Kind: report.CoverageKind,
			Coverage: &report.Coverage{Unresolved: []string{}, Notes: []string{}, Files: []report.FileCoverage{
				{Path: "A.kt", Module: "web", Lines: []report.LineRange{{From: 2, To: 3, State: report.Partial}},
					Branches: []report.BranchLine{
						{Line: 2, Total: 2, Taken: []uint32{7}, Missed: []uint32{1 << 30}},
						{Line: 3, Total: 5, Missed: []uint32{1}},
					},
					Evidence: &report.Evidence{
						Lines:   40,
						Whole:   true,
						Exact:   true,
						Widths:  []report.LineFact{{Line: 1, Value: 80}, {Line: 900_000, Value: 1}},
						Digests: []report.LineFact{{Line: 2, Value: 1<<32 - 1}},
					}},
				{Path: "b", Lines: []report.LineRange{}, Evidence: &report.Evidence{Lines: 3}}}}},
	} {
		b, err := upload.Pack(r)
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := upload.Unpack(b)
		if diff := cmp.Diff(r, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
		for i := range b {
			if _, err := upload.Unpack(b[:i]); err == nil {
				t.Errorf("%s: %d of %d bytes are taken for a whole report", name, i, len(b))
			}
		}
	}
	for name, lines := range map[string][]report.LineRange{
		"overlap": {{From: 1, To: 3, State: report.Hit}, {From: 3, To: 4, State: report.Hit}},
		"zero":    {{From: 0, To: 1, State: report.Hit}}, "backwards": {{From: 2, To: 1, State: report.Hit}}} {
		if _, err := upload.Pack(
			report.Report{Coverage: &report.Coverage{Files: []report.FileCoverage{{Path: "a", Lines: lines}}}}); err == nil {
			t.Errorf("%s was packed", name)
		}
	}
}

// TestUnpackTheFirstForm holds that reports which an older version kept are read.
func TestUnpackTheFirstForm(t *testing.T) {
	head := `{"kind":"coverage","coverage":{"unresolved":[],"notes":[]}}`
	got, err := upload.Unpack([]byte("\x01" + string(rune(len(head))) + head + "\x01\x01a\x01\x01\x07"))
	if err != nil || len(got.Coverage.Files) != 1 || got.Coverage.Files[0].String() != "a: 1-2 hit" {
		t.Errorf("%+v, %v", got.Coverage, err)
	}
}

func FuzzUnpack(f *testing.F) {
	b, err := upload.Pack(
		report.Report{Coverage: &report.Coverage{
			Files: []report.FileCoverage{{Path: "a", Lines: []report.LineRange{{From: 1, To: 2, State: report.Hit}},
				Branches: []report.BranchLine{{Line: 1, Total: 2, Missed: []uint32{3}}},
				Evidence: &report.Evidence{Lines: 2, Widths: []report.LineFact{{Line: 1, Value: 8}}}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{1, 2, '{', '}', 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := upload.Unpack(b)
		if err != nil {
			return
		}
		again, err := upload.Pack(r)
		if err != nil {
			t.Fatalf("what was unpacked cannot be packed: %v", err)
		}
		if got, err := upload.Unpack(again); err != nil || !cmp.Equal(r, got) {
			t.Errorf("%v\n%s", err, cmp.Diff(r, got))
		}
	})
}

func TestNames(t *testing.T) {
	for text, want := range map[string]bool{"": true, "unit": true, "a/b-c_1.2": true, "-x": false, "a b": false, "ü": false,
		"x\n": false} {
		if got := upload.IsFlag(text); got != want {
			t.Errorf("flag %q: %v", text, got)
		}
	}
	for text, want := range map[string]bool{"": false, "0123456789012345678901234567890123456789": true,
		"0123456789012345678901234567890123456789\n": false, "ABCDEF6789012345678901234567890123456789": false,
		"012345678901234567890123456789012345678": false} {
		if got := upload.IsSHA(text); got != want {
			t.Errorf("commit %q: %v", text, got)
		}
	}
	for text, want := range map[string]int{"refs/pull/12/merge": 12, "refs/pull/12/head": 0, "refs/pull/012/merge": 0,
		"refs/pull/-1/merge": 0, "refs/heads/refs/pull/1/merge": 0, "refs/pull/99999999999/merge": 0, "refs/pull//merge": 0} {
		if got, ok := upload.PullOf(text); got != want && ok || ok != (want != 0) {
			t.Errorf("%q: %d %v", text, got, ok)
		}
	}
}
