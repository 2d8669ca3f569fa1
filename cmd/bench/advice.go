package main

import (
	"context"
	"crypto/sha1" //nolint:gosec // git's own names of files
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/settings"
)

// The bars of advice for a pull request of the middle size: our own time, questions to the model, and tokens of one question.
const (
	adviceBar    = 300
	questionsBar = 3
	sharedBar    = 60
	promptBar    = 8_000
	readBar      = 24
)

// instant is a model that answers at once: one finding that holds, one that does not, and a summary.
type instant struct {
	asked []llm.Request
	most  int
}

func (m *instant) Ask(_ context.Context, r llm.Request) (llm.Answer, error) {
	m.asked, m.most = append(m.asked, r), max(m.most, r.EstimateIn)
	finding := func(code string) string {
		return fmt.Sprintf(
			`{"file":"P1","start_id":"R0012","end_id":"R0012","existing_code":%q,"category":"error_handling","severity":"high",`+
				`"message":"What `+"`compute`"+` returns is not looked at.","claim":"none","fact_ids":[],"suggestion":null}`, code)
	}
	text := map[llm.Purpose]string{
		llm.Find:   `{"findings":[` + finding("\tvalue0_0 := compute(1)") + "," + finding("\tnot there") + `]}`,
		llm.Verify: `{"judgements":[{"id":"N1","evidence_ids":["P1:R0012"],"reason":"real","keep":true}]}`,
		llm.Sum:    `{"bullets":[{"text":"Values are computed anew.","file_ids":["P1"],"fact_ids":[]}],"risks":[],"order":[],"tests":[]}`,
	}[r.Purpose]
	return llm.Answer{Text: text, Model: "instant", Finish: llm.Stop, Usage: llm.Usage{In: r.EstimateIn, Out: 100}}, nil
}

// advice measures our own part of a look at a pull request of the middle size (11 KB of patches in 6 files of 9 KB
// each) beside 2,000 unchanged files and guidelines: from the snapshot to the comments as they are posted, searching for
// secrets included, with a model that answers at once. Each run knows nothing of unchanged files yet.
func (b *bench) advice(ctx context.Context) error {
	s, contents, found := middle()
	set := settings.Default().Advise
	set.Enabled = true
	var detector redact.Detector
	var m *instant
	tree, text := unchanged()
	read := 0
	took, err := repeat(15, func() error {
		m = &instant{}
		in, err := prepare.Input(s, found, set)
		if err != nil {
			return err
		}
		in.Contents = map[string]string{}
		for _, f := range prepare.Wanted(in) {
			in.Contents[f.Path] = contents[f.Path]
		}
		read = 0
		err = prepare.AddBeside(&in, set, prepare.Source{
			Tree: func() (change.Tree, error) { return tree, nil },
			Read: func(files []diff.File) (map[string]string, error) {
				out := map[string]string{}
				for _, f := range files {
					out[f.Path] = text[f.Path]
				}
				read = len(files)
				return out, nil
			},
			Index: &prepare.Index{}, Most: 12,
		})
		if err != nil {
			return err
		}
		secrets := detector.Session()
		if in, _, err = advise.Redact(in, secrets); err != nil {
			return err
		}
		a, err := advise.Advise(ctx, in, advise.Tools{Model: m, Redactor: secrets, Fences: []byte("no chance in a benchmark")})
		if err != nil {
			return err
		}
		posted := publish.ComposeAdvice(
			publish.AdviceInput{Record: change.Record{Ref: s.Ref, Head: s.Head}, Result: advice.Result{Advice: a, Comments: "post"}})
		if len(in.Beside) == 0 || len(in.Guides) != 1 {
			return fmt.Errorf("%d unchanged files, %d guidelines", len(in.Beside), len(in.Guides))
		}
		if len(in.Contents) != len(contents) || len(posted) != 2 || !strings.Contains(posted[1].Comment.Body, "computed anew") {
			return fmt.Errorf("%d files, %d comments, gates %v, not read %v", len(in.Contents), len(posted), a.Gates, a.NotRead)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.table.add(row{What: "advice, our own time for a median pull request", Measured: spread(took),
		Bar: fmt.Sprintf("< %d ms", adviceBar), Verdict: judge(inMS(took.at(50)) < adviceBar),
		Values: map[string]float64{"p50_ms": inMS(took.at(50))}})
	b.table.add(row{What: "advice, questions and largest prompt of a median one",
		Measured: fmt.Sprintf("%d questions, about %s tokens", len(m.asked), grouped(m.most)),
		Bar:      fmt.Sprintf("<= %d, <= %s", questionsBar, grouped(promptBar)),
		Peer:     "PR-Agent 4-11 calls", Verdict: judge(len(m.asked) <= questionsBar && m.most <= promptBar),
		Values: map[string]float64{"questions": float64(len(m.asked)), "tokens": float64(m.most)}})
	b.table.add(row{What: "advice, unchanged files and guidelines read for a median one",
		Measured: fmt.Sprintf("%d of %s files", read, grouped(len(tree.Paths))), Bar: fmt.Sprintf("<= %d", readBar),
		Verdict: judge(read <= readBar), Values: map[string]float64{"files": float64(read)}})
	shared := llm.Shared(m.asked)
	b.table.add(row{What: "advice, part of the later questions that begins as the first",
		Measured: fmt.Sprintf("%.0f %%", 100*shared), Bar: fmt.Sprintf(">= %d %%", sharedBar),
		Verdict: judge(100*shared >= sharedBar), Values: map[string]float64{"shared": shared}})
	return nil
}

// unchanged are the files beside it at its merge base: the package that the change is of, many others, and guidelines.
func unchanged() (change.Tree, map[string]string) {
	text := map[string]string{"AGENTS.md": "# For reviewers\n\nMoney is always an integer of cents.\n"}
	for i := range 40 {
		text[fmt.Sprintf("internal/orders/more%d.go", i)] = fmt.Sprintf(
			"package orders\n\n// compute%[1]d is near to it.\nfunc compute%[1]d(n int) int {\n\treturn compute(n) + %[1]d\n}\n", i)
	}
	text["internal/orders/compute.go"] = "package orders\n\n// compute doubles.\nfunc compute(n int) int {\n\treturn 2 * n\n}\n"
	for i := range 1_958 {
		text[fmt.Sprintf("internal/part%d/file%d.go", i%90, i)] = fmt.Sprintf("package part%d\n\nfunc f%d() {}\n", i%90, i)
	}
	tree := change.Tree{Paths: slices.Sorted(maps.Keys(text))}
	for _, p := range tree.Paths {
		tree.Blobs = append(tree.Blobs, fmt.Sprintf("%x", sha1.Sum([]byte(p)))) //nolint:gosec // a name for a benchmark's file
	}
	return tree, text
}

// middle is that pull request.
func middle() (*change.Snapshot, map[string]string, []finding.Finding) {
	s := snapshotOf(0)
	contents := map[string]string{}
	var found []finding.Finding
	for i := range 6 {
		path, patch := fmt.Sprintf("internal/orders/part%d.go", i), patchOf(i, 29)
		f, _ := diff.FromForge(
			diff.Entry{
				Path:      path,
				Status:    diff.Modified,
				Patch:     &patch,
				Additions: 29,
				Deletions: 29,
				OldMode:   "100644",
				Mode:      "100644",
				Blob:      fmt.Sprintf("%040x", i),
				OldBlob:   fmt.Sprintf("%040x", i+1),
				Size:      9_000,
			})
		s.Files = append(s.Files, f)
		var text strings.Builder
		text.WriteString("package orders\n\n" + strings.Repeat("//\n", 6) + "func f() {\n\tstart()\n")
		for k := range 29 {
			fmt.Fprintf(&text, "\tvalue%d_%d := compute(%d)\n", i, k, k+1)
		}
		text.WriteString("\tend()\n}\n" +
			strings.Repeat(
				"// a line of the file that the change does not touch\nfunc apiKey(a, token int) int { return a + token }\n\n", 75))
		contents[path] = text.String()
		found = append(found,
			finding.Finding{
				Rule:        "lint/new",
				Family:      "lint",
				Severity:    finding.Warning,
				Path:        path,
				Line:        20,
				EndLine:     20,
				Title:       "ineffassign",
				Message:     "the value assigned here is never used",
				Fingerprint: finding.Fingerprint(path),
			})
	}
	s.FilesTotal = len(s.Files)
	return s, contents, found
}
