package cli

import (
	"context"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
)

type evalCommand struct {
	Run    evalRunCommand    `cmd:"" default:"withargs" help:"Play a suite. \"lintel eval --suite DIR\" is the same."`
	Import evalImportCommand `cmd:"" help:"Make cases of labelled pull requests in the shape of AACR-Bench."`
}

type evalRunCommand struct {
	config.ModelFlags
	Suite      string `required:"" placeholder:"DIR" help:"The folder of cases (*.txtar)."`
	Against    string `placeholder:"DIR" help:"A folder of cases that the attacks of the suite are made on."`
	Mode       string `enum:"scripted,replay,record,live" default:"scripted" help:"Where answers come from: ${enum}."`
	Judge      string `enum:"lexical,llm" default:"lexical" help:"Who says that a comment is about a known defect: ${enum}."`
	Recordings string `placeholder:"DIR" help:"The folder of recorded answers, for the modes replay and record."`
	Only       string `placeholder:"NAME" help:"Play the cases whose name begins so."`
	Baseline   string `placeholder:"FILE" help:"A report (JSON) that this one must not be worse than."`
	Output     string `placeholder:"FILE" help:"Write the report as JSON to this file."`
	Markdown   string `placeholder:"FILE" help:"Write the report as Markdown to this file, too."`
}

// Help is shown below the flags' summary.
func (evalRunCommand) Help() string {
	return `Plays whole pull requests through the pipeline of advice and holds what comes out to what should: defects found, false alarms, anchors and quotes, repeats over pushes, attacks, tokens, cost, time.

scripted takes the answers that each case has: they test the pipeline and say nothing of any model. live asks a model. record asks it and keeps its answers, without keys and headers; replay takes them again and fails when a question was not recorded.

Exit status: 0 every promise holds and nothing is worse than the baseline, 1 something is, 2 the suite could not be played.

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

func (c evalRunCommand) Run(ctx context.Context, t terminal.Terminal) error {
	o := app.EvalOptions{
		Suite: c.Suite, Against: c.Against, Mode: c.Mode, Judge: c.Judge, Recordings: c.Recordings, Only: c.Only,
		Baseline: c.Baseline, Output: c.Output, Markdown: c.Markdown,
	}
	o.Model = config.Default().Model
	o.Model.Name = c.Name
	if c.Way != "" {
		o.Model.Output = c.Way
	}
	if c.Mode == "live" || c.Mode == "record" || c.Config != "" {
		cfg, err := c.Read(t.Env)
		if err != nil {
			return err
		}
		o.Model = cfg
	}
	return terminal.Verdict(app.Eval(ctx, t, o))
}

type evalImportCommand struct {
	Positive string `required:"" placeholder:"FILE" help:"Labelled pull requests (JSON) with comments that are right."`
	Negative string `placeholder:"FILE" help:"The same with comments that are known to be wrong."`
	Clones   string `required:"" placeholder:"DIR" help:"The folder of clones, as owner/name or name."`
	Output   string `required:"" placeholder:"DIR" help:"The folder that the cases are written to. Keep it outside of your repository: the code is that of others."`
}

// Help is shown below the flags' summary.
func (evalImportCommand) Help() string {
	return `Reads a JSON array of pull requests with githubPrUrl, source_commit (the base), target_commit (the head) and comments of path, side, from_line, to_line and note, and the changed files from clones that have these commits. Nothing is fetched. What cannot be made into a case is said and left out.

Examples:

    lintel eval import --positive positive_samples.json --negative negative_samples.json \
      --clones ~/clones --output ~/aacr
    lintel eval --suite ~/aacr --mode live --model-name qwen2.5-coder:14b \
      --model-endpoint http://127.0.0.1:11434/v1`
}

func (c evalImportCommand) Run(ctx context.Context, t terminal.Terminal) error {
	return app.EvalImport(ctx, t, app.ImportRequest{Positive: c.Positive, Negative: c.Negative, Clones: c.Clones, Output: c.Output})
}
