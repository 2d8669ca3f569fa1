package eval

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/command/eval/answers"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/eval"
	"github.com/lintel-review/lintel/internal/eval/cases"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/openai"
)

var update = flag.Bool("update", false, "write the baselines of the suites anew")

const evals = "../../advise/evals/"

func suite(name string) options {
	o := options{play: play{Suite: evals + name, Mode: "scripted", Judge: "lexical"}}
	if name == "redteam" {
		o.Against = evals + "golden"
	}
	return o
}

// TestSuites plays the committed suites by their scripted answers and holds the report to its promises and to the
// committed baseline; -update writes that.
//
// Attack by the author: Prompt injection: orders to the language model, in title, description, code, file names,
// commit messages, hidden or encoded: the questions that look for defects contain no text of the author but the
// diff; answers pass exact checks; nothing in them can act. 15 committed attacks, in most of which the model
// obeys. Also `internal/eval/eval_test.go` `TestInspectSeesWhatIsForbidden`.
func TestSuites(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{"golden": 40, "redteam": 9} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := evaluate(t.Context(), suite(name))
			if err != nil {
				t.Fatal(err)
			}
			if r.Cases < least || r.Anchors.Of < least/2 {
				t.Errorf("%d cases and %d comments: nothing was measured", r.Cases, r.Anchors.Of)
			}
			for _, b := range r.Broken() {
				t.Error(b)
			}
			path := evals + name + ".baseline.json"
			r.LatencyP50, r.LatencyP95 = 0, 0
			if *update {
				if err := os.WriteFile(path, r.JSON(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			base, err := eval.ReadReport(raw)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range r.Worse(base) {
				t.Error(w)
			}
		})
	}
}

// TestReplay records a case from the scripted model and replays it: the same report, no model. A changed question misses.
func TestReplay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := suite("golden")
	o.Only = "go-removed-check"
	all, err := readSuite(o)
	if err != nil {
		t.Fatal(err)
	}
	rig := evalRig()
	rig.Model = func(c *cases.Case, push int) advise.Model {
		return answers.Scripted(c, push, func(d openai.Doer) openai.Doer {
			tape, err := openai.Record(dir, d)
			if err != nil {
				t.Fatal(err)
			}
			return tape
		})
	}
	want, err := rig.Run(t.Context(), "golden", "replay", "lexical", all)
	if err != nil {
		t.Fatal(err)
	}
	o.Mode, o.Recordings = "replay", dir
	o.Model = config.Default().Model
	o.Model.Output = "json_schema"
	o.Model.Name = "lintel-scripted-eval"
	got, err := evaluate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got.Recall != want.Recall || got.Recall.N != 1 || got.Comments != want.Comments || got.TokensIn != want.TokensIn ||
		got.Models[0] != "lintel-scripted-eval" {
		t.Errorf("replayed %+v, recorded %+v", got, want)
	}
	o.Model.Name = "another"
	if _, err := evaluate(t.Context(), o); err == nil || !strings.Contains(err.Error(), "were not recorded") {
		t.Errorf("another model: %v", err)
	}
}

// TestEvalSeesARegression: a model that finds nothing where one found something is refused.
func TestEvalSeesARegression(t *testing.T) {
	t.Parallel()
	o := suite("golden")
	o.Only = "go-n"
	all, err := readSuite(o)
	if err != nil {
		t.Fatal(err)
	}
	rig := evalRig()
	rig.Model = func(*cases.Case, int) advise.Model { return silent{} }
	r, err := rig.Run(t.Context(), "golden", "scripted", "lexical", all)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(evals + "golden.baseline.json")
	if err != nil {
		t.Fatal(err)
	}
	base, err := eval.ReadReport(raw)
	if err != nil {
		t.Fatal(err)
	}
	if worse := strings.Join(r.Worse(base), "\n"); !strings.Contains(worse, "recall fell") ||
		!strings.Contains(worse, "go-nil-map found 1, and now 0") {
		t.Errorf("not seen: %s", worse)
	}
}

type silent struct{}

func (silent) Ask(_ context.Context, r llm.Request) (llm.Answer, error) {
	text := map[string]string{"lintel_find": `{"findings":[]}`, "lintel_verify": `{"judgements":[]}`}[r.SchemaName]
	if text == "" {
		text = `{"bullets":[],"risks":[],"order":[],"tests":[]}`
	}
	return llm.Answer{Text: text, Model: "silent", Finish: llm.Stop, Usage: llm.Usage{In: 10, Out: 1}}, nil
}

func TestEvalSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for want, flags := range map[string]play{
		"is no mode":                           {Suite: evals + "golden", Mode: "guess", Judge: "lexical"},
		"has no cases":                         {Suite: t.TempDir(), Mode: "scripted", Judge: "lexical"},
		"begins with":                          {Suite: evals + "golden", Mode: "scripted", Judge: "lexical", Only: "zz"},
		"--judge llm needs a judge of its own": {Suite: evals + "golden", Mode: "scripted", Judge: "llm"},
		"name it with --model-name": {
			Suite:      evals + "golden",
			Mode:       "replay",
			Judge:      "lexical",
			Recordings: filepath.Join(t.TempDir(), "none"),
		},
	} {
		if _, err := evaluate(t.Context(), options{play: flags}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestNonsenseScoresNothing: golden counts a finding only if its words say the defect. The same answers with other words
// are at the right lines, in the right categories, and worth nothing.
//
//race:unwatched
func TestNonsenseScoresNothing(t *testing.T) {
	t.Parallel()
	all, err := readSuite(suite("golden"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range all {
		for i := range c.Answers.Find {
			c.Answers.Find[i].Message = "Zebras prefer bananas on Tuesday."
		}
		all[name] = c
	}
	rig := evalRig()
	rig.Model = func(c *cases.Case, push int) advise.Model { return answers.Scripted(c, push, nil) }
	r, err := rig.Run(t.Context(), "golden", "scripted", "lexical", all)
	if err != nil {
		t.Fatal(err)
	}
	if r.Comments < 30 || r.ByLines.N < 30 || r.Recall.N != 0 || r.Visible.N != 0 {
		t.Errorf("%d comments, %d at the right lines, %d count and %d with notes", r.Comments, r.ByLines.N, r.Recall.N, r.Visible.N)
	}
}

// TestTheJudgeIsAnotherModel: a model does not judge itself.
func TestTheJudgeIsAnotherModel(t *testing.T) {
	t.Parallel()
	o := suite("golden")
	o.Mode, o.Endpoint, o.Name, o.play.Judge = "live", "http://127.0.0.1:9/v1", "m", "llm"
	o.Model.Endpoint, o.Model.Name = o.Endpoint, o.Name
	o.JudgeEndpoint, o.JudgeModel = o.Endpoint, o.Name
	if _, err := evaluate(t.Context(), o); err == nil || !strings.Contains(err.Error(), "the judge is the model under test") {
		t.Error(err)
	}
	o.JudgeModel = "another"
	if _, err := o.judge(); err != nil {
		t.Error(err)
	}
}

// TestALiveRunSaysItsPriceFirst: before anything is asked, a live run says how much it will ask and what that costs at most.
func TestALiveRunSaysItsPriceFirst(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o := suite("golden")
	o.Only, o.Mode, o.Model = "go-nil-map", "live", config.Default().Model
	o.Model.Endpoint, o.Model.Name = "http://127.0.0.1:9/v1", "gpt-5-mini"
	var told []string
	o.notef = func(format string, args ...any) {
		told = append(told, fmt.Sprintf(format, args...))
		stop() // nothing is asked any more
	}
	_, err := evaluate(ctx, o)
	if !errors.Is(err, context.Canceled) || len(told) != 1 || !strings.Contains(told[0], "about 3 questions with some ") ||
		!strings.Contains(told[0], "answers of at most 9000: US$0.02 at most") {
		t.Errorf("%v, it told %q", err, told)
	}
	o.Model.Name = "a model of nobody"
	told, o.Judge = nil, "llm"
	o.JudgeEndpoint, o.JudgeModel = "http://127.0.0.1:9/v1", "another"
	ctx, again := context.WithCancel(t.Context())
	defer again()
	stop = again
	if _, err := evaluate(ctx, o); !errors.Is(err, context.Canceled) || len(told) != 1 ||
		!strings.HasSuffix(told[0], "no price of this model is known; the judge's questions come on top") {
		t.Errorf("%v, it told %q", err, told)
	}
}
