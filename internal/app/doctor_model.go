package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/model"
	"github.com/lintel-review/lintel/internal/openai"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
)

// ModelRequest is one "lintel doctor model".
type ModelRequest struct {
	Config config.Model
	// Repo is the repository whose current branch is weighed; Base where it wants to go.
	Repo, Base string
	// Fill sends one prompt that fills most of the window, to see whether it is cut.
	Fill bool
}

// A median pull request, for when there is none at hand: three questions.
const (
	medianIn  = 8_000
	medianOut = 1_500
	// secondLook is about what the question about the findings takes when there are some.
	secondLook = 1_800
	perAnswer  = 500
)

// DoctorModel says in plain words what the model's endpoint can do, where it is, and what a review would cost. It asks a few tiny questions, which cost next
// to nothing, and sends nothing of the repository. It is false when the model cannot be used as it is configured.
func DoctorModel(ctx context.Context, t terminal.Terminal, r ModelRequest) (bool, error) {
	m, err := model.Open(r.Config, model.Options{})
	if err != nil {
		return false, err
	}
	d := &diagnosis{t: t}
	switch {
	case m.Local() || r.Config.LocalOnly:
		d.good("place", r.Config.Endpoint+" is this machine or a private network: nothing leaves the house")
	default:
		d.note("place", r.Config.Endpoint+" is elsewhere: diffs of repositories with advise.enabled go there, without what looks like a secret; model.local_only refuses such endpoints")
	}
	if r.Config.KeyFile == "" {
		d.note("key", "none is given, as local endpoints allow")
	} else {
		d.good("key", "read from "+r.Config.KeyFile)
	}
	usable := true
	for _, name := range []string{r.Config.Name, r.Config.Verify, r.Config.Fallback} {
		if name == "" {
			continue
		}
		ok, err := d.model(ctx, m, name)
		if err != nil {
			return false, err
		}
		usable = usable && ok
	}
	if usable && r.Fill {
		if err := d.fill(ctx, m); err != nil {
			return false, err
		}
	}
	if err := d.cost(ctx, m, r); err != nil {
		return false, err
	}
	return d.bad == 0, nil
}

// model examines one model: can it be reached, how can answers be kept in form, its window and price.
func (d *diagnosis) model(ctx context.Context, m *model.Model, name string) (bool, error) {
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
		d.wrong(name, p.Detail, remedies[p.Kind])
		return false, nil
	}
	words := fmt.Sprintf("it answers (as %s) and keeps its answers in form by %s", cmp.Or(answer.Model, "a model without a name"), form)
	if len(refused) > 0 {
		words += "; it does not take " + strings.Join(refused, ", ")
	}
	d.good(name, words)
	if form == openai.Text {
		d.note(name, "text alone keeps no form: expect answers that cannot be read, which cost a repair each")
	}
	if answer.Usage == (llm.Usage{}) {
		d.note(name, "it does not count tokens, so the ledger holds estimates")
	}
	d.note(name+" window", fmt.Sprintf("%d tokens, answers up to %d, by %s; a server may be set to less and cut prompts without a word (--fill finds out)", known.Window, known.MaxOutput, sourceOf(m, name)))
	if known.Price == nil {
		d.note(name+" price", "not known: caps in dollars do not hold, those in tokens do; give it in model.table")
	} else {
		d.good(name+" price", fmt.Sprintf("US$%g in, US$%g in from the cache, US$%g out, for a million tokens", known.Price.In, known.Price.CachedIn, known.Price.Out))
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
	llm.Length:       "raise max_output in model.table; for a model that reasons, say reasoning: true there",
	llm.Filtered:     "ask the endpoint's operator about its filter",
	llm.Refusal:      "take another model",
	llm.TooLarge:     "give the model's real window in model.table",
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
			Purpose: llm.Probe, System: "You add numbers.", User: "Give the sum of 17 and 25.", Schema: json.RawMessage(probeSchema), SchemaName: "lintel_probe", MaxOutput: 200,
		})
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
func (d *diagnosis) fill(ctx context.Context, m *model.Model) error {
	known := m.Lookup(m.Config().Name)
	// A line of 12 words is about 13 tokens for most models; three bytes a token is what prompts are measured by.
	const line = "Rain falls on the roof and the river carries it to sea.\n"
	room := (known.Window - known.Room(200)) * 3 / 4
	text := "The word is heron.\n" + strings.Repeat(line, room*3/len(line)) + "Which word was named in the first line? Answer with it alone."
	answer, err := m.Direct(known).Ask(ctx, llm.Request{Purpose: llm.Probe, System: "You answer briefly.", User: text, MaxOutput: 200})
	if err != nil {
		p, ok := llm.ProblemOf(err)
		if !ok {
			return err
		}
		d.wrong("fill", fmt.Sprintf("a prompt of about %d tokens got no answer: %s", room, p.Detail), "give a smaller window in model.table")
		return nil
	}
	switch {
	case !strings.Contains(strings.ToLower(answer.Text), "heron"):
		d.wrong("fill", fmt.Sprintf("of a prompt of about %d tokens the beginning was lost (it counts %d)", room, answer.Usage.In),
			"raise the server's own context (Ollama: OLLAMA_CONTEXT_LENGTH, vLLM: --max-model-len, llama.cpp: -c), or give the smaller window in model.table")
	default:
		d.good("fill", fmt.Sprintf("a prompt of %d tokens was read from its first line", answer.Usage.In))
	}
	return nil
}

// weighing measures a review without a model: it keeps what would be asked, and finds nothing.
type weighing struct{ tokens, calls int }

func (w *weighing) Ask(_ context.Context, r llm.Request) (llm.Answer, error) {
	w.tokens += r.EstimateIn
	w.calls++
	text := `{"findings":[]}`
	if r.Purpose == llm.Sum {
		text = `{"bullets":[],"risks":[],"order":[],"tests":[]}`
	}
	return llm.Answer{Text: text, Finish: llm.Stop}, nil
}

// cost says what a review of the current branch would take, or of a median pull request where there is no branch to weigh.
func (d *diagnosis) cost(ctx context.Context, m *model.Model, r ModelRequest) error {
	known := m.Lookup(m.Config().Name)
	what, in, out, calls := "a median pull request (about 8,000 tokens of prompts)", medianIn, medianOut, 3
	set := settings.Default().Advise
	if s, why := weigh(ctx, d.t, r, known); why == "" {
		what, in, calls, out = "the current branch", s.tokens+secondLook, s.calls+1, (s.calls+1)*perAnswer
	} else {
		d.note("branch", why+"; a median pull request is taken instead")
	}
	if known.Reasoning {
		out += calls * openai.Thinking / 2
	}
	words := fmt.Sprintf("%s takes about %d calls, %d tokens in and %d out", what, calls, in, out)
	if cost := known.Cost(in, out); cost != nil {
		words += fmt.Sprintf(", which is US$%.4f", float64(*cost)/1e6)
	}
	d.note("cost", words+"; estimated, nothing of it was sent")
	caps := m.Caps(set)
	if caps.HeadTokens > 0 && int64(in+out) > caps.HeadTokens {
		d.note("caps", fmt.Sprintf("that is more than the %d tokens of model.budget.head_tokens: the review would be partial, and say so", caps.HeadTokens))
	} else if caps.RepositoryTokens > 0 {
		d.note("caps", fmt.Sprintf("a repository may have about %d such reviews in a day (%d tokens)", caps.RepositoryTokens/int64(max(in+out, 1)), caps.RepositoryTokens))
	}
	return nil
}

// weigh prepares the review of the current branch. The text says why there is none.
func weigh(ctx context.Context, t terminal.Terminal, r ModelRequest, known openai.Model) (weighing, string) {
	var w weighing
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return w, "the policies cannot be read"
	}
	reading, resolution, err := readChange(ctx, CheckRequest{Repo: r.Repo, Base: r.Base}, engine, t)
	if err != nil {
		return w, "there is no branch here that could be weighed"
	}
	set := resolution.Settings.Advise
	set.Enabled = true
	in, err := prepare.Input(reading.Snapshot, nil, set)
	if err != nil {
		return w, "advise.never_send cannot be read"
	}
	in.Options.Window = known.Window
	detector := &redact.Detector{}
	_, err = advise.Advise(ctx, in, advise.Tools{Model: &w, Redactor: detector.Session(), Fences: []byte("nothing of this is sent anywhere")})
	if err != nil {
		return w, "the branch could not be weighed"
	}
	if w.calls == 0 {
		return w, "the current branch has nothing that a model would read"
	}
	return w, ""
}
