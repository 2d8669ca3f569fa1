// Package eval is lintel eval: it measures the advice of a language model on pull requests whose defects are known.
package eval

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/command/eval/answers"
	"github.com/lintel-review/lintel/internal/command/eval/dataset"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/eval"
	"github.com/lintel-review/lintel/internal/eval/cases"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel eval".
type Commands struct {
	Run    play            `cmd:"" default:"withargs" help:"Play a suite. \"lintel eval --suite DIR\" is the same."`
	Oracle ceiling         `cmd:"" help:"Say what the pipeline lets through of a suite's labelled comments. It asks no model."`
	Noise  grid            `cmd:"" help:"Say what becomes of right comments when a model slips. It asks no model."`
	Import dataset.Command `cmd:"" help:"Make cases of labelled pull requests in the shape of AACR-Bench."`
}

type play struct {
	config.ModelFlags
	Suite         string `required:"" placeholder:"DIR" help:"The folder of cases (*.txtar)."`
	Against       string `placeholder:"DIR" help:"A folder of cases that the attacks of the suite are made on."`
	Mode          string `enum:"scripted,replay,record,live" default:"scripted" help:"Where answers come from: ${enum}."`
	Judge         string `enum:"lexical,llm" default:"lexical" help:"Who says that a comment is about a known defect: ${enum}."`
	JudgeEndpoint string `placeholder:"URL" help:"The endpoint of the judge, for --judge llm. The model under test does not judge itself."`
	JudgeModel    string `placeholder:"NAME" help:"The judge's model."`
	JudgeKeyFile  string `placeholder:"FILE" help:"A file with the API key of the judge's endpoint."`
	Recordings    string `placeholder:"DIR" help:"The folder of recorded answers, for the modes replay and record."`
	Only          string `placeholder:"NAME" help:"Play the cases whose name begins so."`
	Baseline      string `placeholder:"FILE" help:"A report (JSON) that this one must not be worse than."`
	Output        string `placeholder:"FILE" help:"Write the report as JSON to this file."`
	Markdown      string `placeholder:"FILE" help:"Write the report as Markdown to this file, too."`
	Export        string `placeholder:"FILE" help:"Write what was said of imported cases to this file, in the shape of another evaluator."`
	Shape         string `enum:"aacr,martian" default:"aacr" help:"The shape of --export: AACR-Bench's files, or Martian's Code Review Bench: ${enum}."`
}

// Help is shown below the flags' summary.
func (play) Help() string {
	return `Plays whole pull requests through the pipeline of advice and holds what comes out to what should: defects
found, false alarms, anchors and quotes, repeats over pushes, attacks, tokens, cost, time.

scripted takes the answers that each case has: they test the pipeline and say nothing of any model. live asks a model.
record asks it and keeps its answers, without keys and headers; replay takes them again and fails when a question was
not recorded.

Exit status: 0 every promise holds and nothing is worse than the baseline, 1 something is, 2 the suite could not be
played.

Examples:

    lintel eval --suite internal/advise/evals/golden \
      --baseline internal/advise/evals/golden.baseline.json
    lintel eval --suite internal/advise/evals/redteam --against internal/advise/evals/golden

    # only some cases
    lintel eval run --suite internal/advise/evals/golden --only go-

    # a live model, and the same answers again later
    lintel eval --suite internal/advise/evals/golden --mode record --recordings answers \
      --model-endpoint http://127.0.0.1:11434/v1 --model-name qwen2.5-coder:14b
    lintel eval --suite internal/advise/evals/golden --mode replay --recordings answers \
      --model-name qwen2.5-coder:14b`
}

// Run plays a suite. It refuses when a promise is broken or the report is worse than the baseline.
func (c play) Run(ctx context.Context, t terminal.Terminal) error {
	o := options{play: c, Model: config.Default().Model, notef: t.Notef}
	o.Model.Name = c.Name
	if c.Way != "" {
		o.Model.Output = c.Way
	}
	if c.Mode == "live" || c.Mode == "record" || c.Config != "" {
		named, err := c.Read(t.Env)
		if err != nil {
			return err
		}
		o.Model = named
	}
	return terminal.Verdict(evalAll(ctx, t, o))
}

// options are the flags and the model that they name.
type options struct {
	play
	Model config.Model
	// notef writes a note for people.
	notef func(format string, args ...any)
}

// maxSuite bounds the files of a suite.
const maxSuite = 2000

// evalAll plays a suite and writes its report. The answer is false when a promise is broken or the report is worse than the baseline.
func evalAll(ctx context.Context, t terminal.Terminal, o options) (bool, error) {
	report, err := evaluate(ctx, o)
	if err != nil {
		return false, err
	}
	page := report.Markdown()
	for path, data := range map[string][]byte{o.Output: report.JSON(), o.Markdown: []byte(page)} {
		if path == "" {
			continue
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return false, fmt.Errorf("write the report: %w", err)
		}
	}
	if _, err := fmt.Fprint(t.Out, page); err != nil {
		return false, fmt.Errorf("write the report: %w", err)
	}
	wrong := report.Broken()
	if o.Baseline != "" {
		raw, err := os.ReadFile(o.Baseline)
		if err != nil {
			return false, terminal.Unreadable("--baseline", o.Baseline, err)
		}
		base, err := eval.ReadReport(raw)
		if err != nil {
			return false, err
		}
		wrong = append(wrong, report.Worse(base)...)
	}
	return verdict(t, wrong), nil
}

func evaluate(ctx context.Context, o options) (eval.Report, error) {
	var none eval.Report
	suite, err := readSuite(o)
	if err != nil {
		return none, err
	}
	from, err := answers.Open(o.Mode, o.Recordings, o.Model)
	if err != nil {
		return none, err
	}
	rig := evalRig()
	rig.Model, rig.Window, rig.MaxOutput = from.Model, from.Window, from.MaxOutput
	if o.Judge == "llm" {
		judge, err := o.judge()
		if err != nil {
			return none, err
		}
		rig.Judge = eval.Asking{Model: judge}
		o.Judge += " " + o.JudgeModel
	}
	var reported []cases.Reported
	rig.Report = func(s cases.Reported) { reported = append(reported, s) }
	if o.Mode == "live" || o.Mode == "record" {
		if err := foretell(ctx, o, from, suite); err != nil {
			return none, err
		}
	}
	report, err := rig.Run(ctx, filepath.Base(filepath.Clean(o.Suite)), o.Mode, o.Judge, suite)
	if err != nil {
		return none, err
	}
	if err := from.Complete(); err != nil {
		return none, err
	}
	return report, o.export(reported)
}

// export writes what was said in another evaluator's shape.
func (o options) export(reported []cases.Reported) error {
	if o.Export == "" {
		return nil
	}
	raw, without, err := cases.Export(o.Shape, reported)
	if err != nil {
		return err
	}
	if without == len(reported) {
		return &usage.Error{
			What:   "no case of the suite was made of a pull request, so no other evaluator knows one",
			Remedy: "export a suite that lintel eval import made",
		}
	}
	if err := os.WriteFile(o.Export, raw, 0o644); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

// foretell says what a live run will ask and cost before it asks anything. The answers that the cases have stand in the
// model's place, so a run differs as its answers do; every answer is reckoned at the most that it may have.
func foretell(ctx context.Context, o options, from answers.Source, suite map[string]cases.Case) error {
	rig := evalRig()
	rig.Window, rig.MaxOutput = from.Window, from.MaxOutput
	calls, out := 0, 0
	rig.Model = func(c *cases.Case, push int) advise.Model {
		return answers.Counted(answers.Scripted(c, push, nil), func(most int) { calls, out = calls+1, out+most })
	}
	dry, err := rig.Run(ctx, "", "scripted", "lexical", suite)
	if err != nil {
		return err
	}
	cost := "no price of this model is known"
	if micro := from.Cost(dry.TokensIn, out); micro != nil {
		cost = fmt.Sprintf("US$%.2f at most", float64(*micro)/1e6)
	}
	if o.Judge != "lexical" {
		cost += "; the judge's questions come on top"
	}
	o.notef("about %d questions with some %d tokens, and answers of at most %d: %s", calls, dry.TokensIn, out, cost)
	return nil
}

// judge opens the model that judges.
func (c play) judge() (advise.Model, error) {
	if c.JudgeEndpoint == "" || c.JudgeModel == "" {
		return nil, &usage.Error{
			What:   "--judge llm needs a judge of its own",
			Remedy: "name it with --judge-endpoint and --judge-model, or take --judge lexical",
		}
	}
	if c.JudgeEndpoint == c.Endpoint && c.JudgeModel == c.Name {
		return nil, &usage.Error{
			What:   "the judge is the model under test",
			Remedy: "name another one with --judge-endpoint and --judge-model: a model likes what it wrote",
		}
	}
	model := config.Default().Model
	model.Endpoint, model.Name, model.KeyFile = c.JudgeEndpoint, c.JudgeModel, c.JudgeKeyFile
	return answers.Judge(model)
}

// evalRig is a rig without a model.
func evalRig() eval.Rig {
	detector := &redact.Detector{}
	return eval.Rig{Judge: eval.Lexical{}, Clock: time.Now, Redactor: func() advise.Redactor { return detector.Session() }}
}

// unfit says why a folder is no suite.
func unfit(dir string, n int) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return terminal.Unreadable("the suite", dir, err)
	case !info.IsDir():
		return terminal.Unreadable("the suite", dir, errors.New("it is no folder"))
	case n > maxSuite:
		return &usage.Error{
			What:   fmt.Sprintf("%s has %d cases, and a suite has at most %d", dir, n, maxSuite),
			Remedy: "split it into several folders",
		}
	}
	return &usage.Error{
		What:   dir + " has no cases (*.txtar)",
		Remedy: "name a folder of cases, such as internal/advise/evals/golden; docs/evals.md says how they are written",
	}
}

func readSuite(o options) (map[string]cases.Case, error) {
	read := func(dir string) (map[string][]byte, error) {
		paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
		if err != nil {
			return nil, fmt.Errorf("list the cases of %s: %w", dir, err)
		}
		if len(paths) == 0 || len(paths) > maxSuite {
			return nil, unfit(dir, len(paths))
		}
		all := map[string][]byte{}
		for _, p := range paths {
			raw, err := os.ReadFile(p)
			if err != nil {
				return nil, fmt.Errorf("read a case: %w", err)
			}
			all[filepath.Base(p)] = raw
		}
		return all, nil
	}
	clean := map[string]cases.Case{}
	if o.Against != "" {
		archives, err := read(o.Against)
		if err != nil {
			return nil, err
		}
		if clean, err = cases.Parse(archives, nil); err != nil {
			return nil, err
		}
	}
	archives, err := read(o.Suite)
	if err != nil {
		return nil, err
	}
	suite, err := cases.Parse(archives, clean)
	if err != nil {
		return nil, err
	}
	for name := range suite {
		if !strings.HasPrefix(name, o.Only) {
			delete(suite, name)
		}
	}
	if len(suite) == 0 {
		return nil, &usage.Error{
			What:   fmt.Sprintf("no case of %s begins with %q", o.Suite, o.Only),
			Remedy: "name the beginning of a file's name there, or leave --only out",
		}
	}
	return suite, nil
}
