package advise_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/llm"
)

// median is a change of the middle size: 11 KB of patches in 6 files, 12 hunks, with a few facts and the files' contents.
func median(t testing.TB) (*change.Snapshot, map[string]string, []finding.Finding) {
	t.Helper()
	patches, contents := map[string]string{}, map[string]string{}
	var paths []string
	var found []finding.Finding
	for i := range 6 {
		path := fmt.Sprintf("internal/orders/part%d.go", i)
		var patch, file strings.Builder
		fmt.Fprintf(&file, "package orders\n\nimport \"context\"\n\n")
		line := 5
		for h := range 2 {
			fmt.Fprintf(&patch, "@@ -%d,9 +%d,22 @@ func (s *Store) Load%d(ctx context.Context, key string) (Order, error) {\n", line+1,
				line+1+h*13, h)
			fmt.Fprintf(&file, "func (s *Store) Load%d(ctx context.Context, key string) (Order, error) {\n", h)
			for k := range 3 {
				fmt.Fprintf(&patch, " \tvalue%d := s.cache.Get(ctx, key)\n", k)
				fmt.Fprintf(&file, "\tvalue%d := s.cache.Get(ctx, key)\n", k)
			}
			for k := range 3 {
				fmt.Fprintf(&patch, "-\tlegacy%d := s.database.Query(ctx, key)\n", k)
			}
			for k := range 16 {
				fmt.Fprintf(&patch, "+\tresult%d%d := s.repository.Find(ctx, key, %d)\n", h, k, k)
				fmt.Fprintf(&file, "\tresult%d%d := s.repository.Find(ctx, key, %d)\n", h, k, k)
			}
			for k := range 3 {
				fmt.Fprintf(&patch, " \tuse(value%d)\n", k)
				fmt.Fprintf(&file, "\tuse(value%d)\n", k)
			}
			file.WriteString("\treturn Order{}, nil\n}\n\n")
			line += 40
		}
		file.WriteString(
			strings.Repeat("// a line of the file that the change does not touch\nfunc helper(a, b int) int { return a + b }\n\n", 60))
		patches[path], contents[path] = patch.String(), file.String()
		paths = append(paths, path)
		found = append(found, finding.Finding{Rule: "lint/new", Family: "lint", Severity: finding.Warning, Path: path, Line: 9, EndLine: 9,
			Title: "ineffassign", Message: "the value assigned here is never used", Fingerprint: finding.Fingerprint(path)})
	}
	return snapshotOf(t, patches, paths...), contents, found
}

// lintels answers as a model of the middle kind: two findings of which one is real, and a summary.
func lintels() *scripted {
	return &scripted{answers: map[llm.Purpose][]any{
		llm.Find: {func(r llm.Request) string {
			f := lostErrorAt("P1", "R0009", "\tresult00 := s.repository.Find(ctx, key, 0)",
				"What `Find` returns is not looked at, so a missing order goes on as an empty one.")
			return findings(f, lostErrorAt("P2", "R0009", "\tresult00 := s.repository.Find(ctx, key, 1)", "x"))
		}},
		llm.Verify: {keepAll},
		llm.Sum: {answer(map[string]any{
			"bullets": []any{
				map[string]any{"text": "Orders come from the repository and no longer from the database.",
					"file_ids": []string{"P1", "P2"}, "fact_ids": []string{}}},
			"risks": []any{}, "order": []any{map[string]any{"file_id": "P1", "why": "the pattern that the others repeat"}},
			"tests": []any{},
		})},
	}}
}

func TestAMedianChangeIsCheap(t *testing.T) {
	s, contents, found := median(t)
	in := inputOf(t, s, found...)
	in.Contents = contents
	bytes := 0
	for _, f := range s.Files {
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				bytes += len(l.Text) + 2
			}
		}
	}
	m := lintels()
	a := run(t, in, m)
	if bytes < 10_000 || a.Extent != advice.Whole || len(a.Drafts)+len(a.Notes) != 1 {
		t.Fatalf("%d bytes, extent %s, %d drafts, %v", bytes, a.Extent, len(a.Drafts), a.Gates)
	}
	if len(m.asked) > 3 {
		t.Errorf("%d questions", len(m.asked))
	}
	for _, r := range m.asked {
		t.Logf("%s: %d bytes, about %d tokens", r.Purpose, len(r.System+r.User), r.EstimateIn)
		if r.EstimateIn > 8_000 {
			t.Errorf("%s has about %d tokens", r.Purpose, r.EstimateIn)
		}
	}
}

// TestQuestionsBeginAlike: endpoints that keep the beginnings of prompts read the diff once.
func TestQuestionsBeginAlike(t *testing.T) {
	s, contents, found := median(t)
	in := inputOf(t, s, found...)
	in.Contents = contents
	in.Guidance = "Money is always an integer of cents."
	m := lintels()
	run(t, in, m)
	if len(m.asked) != 3 {
		t.Fatalf("%d questions", len(m.asked))
	}
	if got := llm.Shared(m.asked); got < 0.6 {
		t.Errorf("%.0f %% of the later questions begin as the first does", 100*got)
	}
	for _, r := range m.asked[:2] {
		if strings.Contains(r.User, "A title to be seen") {
			t.Errorf("%s sees the title", r.Purpose)
		}
	}
}

// BenchmarkAdvise is our own part of a look, with a model that answers at once.
func BenchmarkAdvise(b *testing.B) {
	s, contents, found := median(b)
	in := inputOf(b, s, found...)
	in.Contents = contents
	for b.Loop() {
		if _, err := advise.Advise(b.Context(), in, toolsFor(lintels())); err != nil {
			b.Fatal(err)
		}
	}
}
