// Package languagemodel is lintel doctor model: it examines the language model, and says what a review would cost.
package languagemodel

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/command/doctor/diagnosis"
	"github.com/lintel-review/lintel/internal/command/doctor/weigh"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/model"
	"github.com/lintel-review/lintel/internal/openai"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel doctor model".
type Command struct {
	config.ModelFlags
	Repo string `placeholder:"DIR" default:"." help:"The repository whose current branch is weighed."`
	Base string `placeholder:"REV" help:"Where the work wants to go. Default: the merge base with origin/HEAD."`
	Fill bool   `help:"Also send one prompt that fills three quarters of the window, to see whether the endpoint cuts it. It costs that many tokens."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Asks the endpoint a tiny question in each way it may know, and says in plain words: can it be reached, how
does it keep answers in form, how large is its window, what does it cost, is it local, and what would a review of the
current branch take. Nothing of the repository is sent.

Exit status: 0 it can be used, 1 it cannot as it is configured, 2 the examination could not be made.

Examples:

    lintel doctor model --config /etc/lintel/server.yml --format json
    lintel doctor model --fill --model-endpoint http://127.0.0.1:11434/v1 --model-name llama3.3`
}

// Run examines the model. It refuses one that cannot be used as it is configured.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	chosen, err := c.ModelFlags.Read(t.Env)
	if err != nil {
		return err
	}
	d := diagnosis.New(t, c.Format)
	return d.End(c.examine(ctx, &examination{d}, chosen))
}

// examination is what is found, as it is found.
type examination struct{ *diagnosis.Diagnosis }

// A median pull request, for when there is none at hand: three questions.
const (
	medianIn  = 8_000
	medianOut = 1_500
	// secondLook is about what the question about the findings takes when there are some.
	secondLook = 1_800
	perAnswer  = 500
)

// examine says in plain words what the model's endpoint can do, where it is, and what a review would cost. It asks a
// few tiny questions, which cost next to nothing, and sends nothing of the repository.
func (c Command) examine(ctx context.Context, d *examination, chosen config.Model) error {
	m, err := model.Open(chosen, model.Options{})
	if err != nil {
		return err
	}
	switch {
	case m.Local() || chosen.LocalOnly:
		d.Good("place", chosen.Endpoint+" is this machine or a private network: nothing leaves the house")
	default:
		d.Note("place", chosen.Endpoint+
			" is elsewhere: diffs of repositories with advise.enabled go there, without what looks like a secret; "+
			"model.local_only refuses such endpoints")
	}
	if chosen.KeyFile == "" {
		d.Note("key", "none is given, as local endpoints allow")
	} else {
		d.Good("key", "read from "+chosen.KeyFile)
	}
	usable := true
	for _, name := range []string{chosen.Name, chosen.Verify, chosen.Fallback} {
		if name == "" {
			continue
		}
		ok, err := d.model(ctx, m, name)
		if err != nil {
			return err
		}
		usable = usable && ok
	}
	if usable && c.Fill {
		if err := d.fill(ctx, m); err != nil {
			return err
		}
	}
	return d.cost(ctx, m, c)
}

// model examines one model: can it be reached, how can answers be kept in form, its window and price.
func (d *examination) model(ctx context.Context, m *model.Model, name string) (bool, error) {
	known := m.Lookup(name)
	form, answer, refused, err := probe(ctx, m, known)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		p, ok := llm.ProblemOf(err)
		if !ok {
			return false, err
		}
		d.Wrong(name, p.Detail, remedies[p.Kind])
		return false, nil
	}
	words := fmt.Sprintf("it answers (as %s) and keeps its answers in form by %s", cmp.Or(answer.Model, "a model without a name"), form)
	if len(refused) > 0 {
		words += "; it does not take " + strings.Join(refused, ", ")
	}
	d.Good(name, words)
	if form == openai.Text {
		d.Note(name, "text alone keeps no form: expect answers that cannot be read, which cost a repair each")
	}
	if answer.Usage == (llm.Usage{}) {
		d.Note(name, "it does not count tokens, so the ledger holds estimates")
	}
	d.Note(name+" window",
		fmt.Sprintf("%d tokens, answers up to %d, by %s; a server may be set to less and cut prompts without a word (--fill finds out)",
			known.Window, known.MaxOutput, sourceOf(m, name)))
	if known.Price == nil {
		d.Note(name+" price", "not known: caps in dollars do not hold, those in tokens do; give it in model.table")
	} else {
		d.Good(name+" price",
			fmt.Sprintf("US$%g in, US$%g in from the cache, US$%g out, for a million tokens", known.Price.In, known.Price.CachedIn,
				known.Price.Out))
	}
	return true, nil
}

func sourceOf(m *model.Model, name string) string {
	for _, e := range m.Config().Table {
		prefix, open := strings.CutSuffix(e.Name, "*")
		if e.Window > 0 && (e.Name == name || open && strings.HasPrefix(name, prefix)) {
			return "model.table"
		}
	}
	if openai.Known(name) {
		return "Lintel's own table"
	}
	return "assumption, as nobody described it (give it in model.table)"
}

// remedies say what to do about a model that cannot be asked.
var remedies = map[llm.Kind]string{
	llm.Unreachable:  "check model.endpoint, that the server runs, and that this machine may connect to it",
	llm.Unauthorised: "check the key in model.key_file, and that its account has quota",
	llm.Unusable:     "check model.endpoint (it usually ends in /v1), model.name and model.api",
	llm.Timeout:      "raise model.timeout: slow local models need minutes",
	llm.Limited:      "wait, or raise the limits of the account",
	llm.Server:       "look into the endpoint's own log",
	llm.Broken:       "name the way with model.output, or take another model",
	llm.Empty:        "take another model, or raise max_output in model.table",
	llm.Length: "for a model that reasons, say reasoning: true and more reasoning_tokens in model.table, or a lower " +
		"model.reasoning_effort; else raise its max_output there",
	llm.Filtered: "ask the endpoint's operator about its filter",
	llm.Refusal:  "take another model",
	llm.TooLarge: "give the model's real window in model.table",
}

const probeSchema = `{"type": "object", "additionalProperties": false, "required": ["sum"], "properties": {"sum": {"type": "integer"}}}`

// probe asks one tiny question in each form, best first, until an answer is in form. A configured form is the only one tried.
func probe(ctx context.Context, m *model.Model, known openai.Model) (openai.Output, llm.Answer, []string, error) {
	forms := []openai.Output{openai.Schema, openai.Object, openai.Tool, openai.Text}
	if o := openai.Output(m.Config().Output); o != openai.Auto {
		forms = []openai.Output{o}
	}
	var refused []string
	var last error
	for _, form := range forms {
		one, err := m.In(form)
		if err != nil {
			return "", llm.Answer{}, nil, err
		}
		answer, err := one.Direct(known).Ask(ctx, llm.Request{
			Purpose: llm.Probe, System: "You add numbers.", User: "Give the sum of 17 and 25.", Schema: json.RawMessage(probeSchema),
			SchemaName: "lintel_probe", MaxOutput: 200,
		})
		if err == nil && answer.Finish == llm.Cut {
			err = &llm.Problem{Kind: llm.Length, Detail: "its answer was cut at the limit of tokens"}
		}
		if err == nil && inForm(answer.Text) {
			return form, answer, refused, nil
		}
		if err == nil {
			err = &llm.Problem{Kind: llm.Broken, Detail: "it answers, and not in the form that was asked for"}
		}
		last = err
		if p, ok := llm.ProblemOf(err); !ok || p.Kind != llm.Unusable && p.Kind != llm.Broken && p.Kind != llm.Empty {
			return "", llm.Answer{}, nil, err
		}
		refused = append(refused, string(form))
	}
	return "", llm.Answer{}, refused, last
}

func inForm(text string) bool {
	var v map[string]any
	if json.Unmarshal([]byte(text), &v) != nil || len(v) != 1 {
		return false
	}
	sum, ok := v["sum"].(float64)
	return ok && sum == float64(int64(sum))
}

// fill asks about a word at the very beginning of a long prompt, and counts what the endpoint says that it read.
func (d *examination) fill(ctx context.Context, m *model.Model) error {
	known := m.Lookup(m.Config().Name)
	// A line of 12 words is about 13 tokens for most models; three bytes a token is what prompts are measured by.
	const line = "Rain falls on the roof and the river carries it to sea.\n"
	room := (known.Window - known.Room(200)) * 3 / 4
	text := "The word is heron.\n" + strings.Repeat(line, room*3/len(line)) +
		"Which word was named in the first line? Answer with it alone."
	answer, err := m.Direct(known).Ask(ctx, llm.Request{Purpose: llm.Probe, System: "You answer briefly.", User: text, MaxOutput: 200})
	if err != nil {
		p, ok := llm.ProblemOf(err)
		if !ok {
			return err
		}
		d.Wrong("fill", fmt.Sprintf("a prompt of about %d tokens got no answer: %s", room, p.Detail),
			"give a smaller window in model.table")
		return nil
	}
	switch {
	case !strings.Contains(strings.ToLower(answer.Text), "heron"):
		d.Wrong("fill", fmt.Sprintf("of a prompt of about %d tokens the beginning was lost (it counts %d)", room, answer.Usage.In),
			"raise the server's own context (Ollama: OLLAMA_CONTEXT_LENGTH, vLLM: --max-model-len, llama.cpp: -c), or "+
				"give the smaller window in model.table")
	default:
		d.Good("fill", fmt.Sprintf("a prompt of %d tokens was read from its first line", answer.Usage.In))
	}
	return nil
}

// cost says what a review of the current branch would take, or of a median pull request where there is no branch to weigh.
func (d *examination) cost(ctx context.Context, m *model.Model, c Command) error {
	known := m.Lookup(m.Config().Name)
	what, in, out, calls := "a median change (about 8,000 tokens of prompts)", medianIn, medianOut, 3
	set := settings.Default().Advise
	if s, why := weigh.Branch(ctx, c.Repo, c.Base, known.Window); why == "" {
		what, in, calls, out = "the current branch", s.Tokens+secondLook, s.Calls+1, (s.Calls+1)*perAnswer
	} else {
		d.Note("branch", why+"; a median change is taken instead")
	}
	if known.Reasoning {
		out += calls * openai.Thinking / 2
	}
	words := fmt.Sprintf("%s takes about %d calls, %d tokens in and %d out", what, calls, in, out)
	if cost := known.Cost(in, out); cost != nil {
		words += fmt.Sprintf(", which is US$%.4f", float64(*cost)/1e6)
	}
	d.Note("cost", words+"; estimated, nothing of it was sent")
	caps := m.Caps(set)
	if caps.HeadTokens > 0 && int64(in+out) > caps.HeadTokens {
		d.Note("caps", fmt.Sprintf(
			"that is more than the %d tokens of model.budget.head_tokens: the review would be partial, and say so", caps.HeadTokens))
	} else if caps.RepositoryTokens > 0 {
		d.Note("caps", fmt.Sprintf("a repository may have about %d such reviews in a day (%d tokens)",
			caps.RepositoryTokens/int64(max(in+out, 1)), caps.RepositoryTokens))
	}
	return nil
}
