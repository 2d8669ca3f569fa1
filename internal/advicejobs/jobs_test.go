package advicejobs

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/thread"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// record is a database with one consult, which writes down what is done to it.
type record struct {
	consult  consult.Consult
	missing  bool
	material []byte
	result   []byte
	compose  int
	// did has a line for each call that changes something.
	did []string
	// past are earlier requests, accepted says what became of the newest.
	past     []consult.Consult
	accepted bool
}

func (r *record) Consult(context.Context, int64) (consult.Consult, error) {
	if r.missing {
		return consult.Consult{}, change.ErrNotFound
	}
	return r.consult, nil
}

func (r *record) PutOff(_ context.Context, _ int64, at time.Time, reason string, failed bool) error {
	line := "put off for " + at.Sub(noon).String() + ": " + reason
	if failed {
		line += " (failed)"
	}
	r.did = append(r.did, line)
	return nil
}

func (r *record) EndConsult(_ context.Context, _ int64, state consult.State, reason string) error {
	r.did = append(r.did, string(state)+": "+reason)
	return nil
}

func (r *record) RequestAdvice(
	_ context.Context, c consult.Consult, _, _ time.Duration, accept func([]consult.Consult) bool,
) (int64, error) {
	r.consult, r.accepted = c, accept(r.past)
	return 1, nil
}

func (r *record) Record(context.Context, change.Key) (change.Record, error) {
	return change.Record{Ref: r.consult.Ref}, nil
}

func (r *record) Prepared(_ context.Context, _ int64, material []byte) (bool, error) {
	r.material, r.did = material, append(r.did, "prepared")
	return true, nil
}

func (r *record) Past(context.Context, change.Key) ([]byte, []thread.Finding, error) {
	return nil, nil, nil
}

func (r *record) ConsultInput(context.Context, int64) ([]byte, error) { return r.material, nil }

func (r *record) Answered(_ context.Context, _ int64, result []byte) (bool, error) {
	r.result, r.did = result, append(r.did, "answered")
	return true, nil
}

func (r *record) ConsultResult(context.Context, int64) ([]byte, error) { return r.result, nil }

func (r *record) SaveAdvice(_ context.Context, _ consult.Consult, _ []history.Line,
	compose func(plan.Standing) ([]effect.Effect, error)) (bool, error) {
	all, err := compose(plan.Standing{})
	r.compose = len(all)
	return r.consult.Head == "head", err
}

func (r *record) Moved(_ context.Context, _ change.Ref, head string) error {
	r.did = append(r.did, "look at "+head)
	return nil
}

// forge is a forge and an outbox.
type forge struct {
	snap change.Snapshot
	head string
	open change.State
	err  error
	runs []string
	sent error
}

func (f *forge) Snapshot(context.Context, change.Record) (change.Snapshot, error) {
	return f.snap, f.err
}

// Join adds one report, as the record of what CI sent does.
func (f *forge) Join(_ context.Context, snap *change.Snapshot) error {
	snap.Reports = append(snap.Reports, report.Report{Kind: report.LintKind})
	return nil
}

func (f *forge) Contents(_ context.Context, _ change.Ref, files []diff.File, _ int64) (map[string]string, error) {
	out := map[string]string{}
	for _, file := range files {
		if file.Blob == "3" {
			out[file.Path] = "No panics."
		}
	}
	return out, nil
}

func (f *forge) Tree(context.Context, change.Ref, string) (change.Tree, error) {
	return change.Tree{Paths: []string{"AGENTS.md"}, Blobs: []string{"3"}}, nil
}

func (f *forge) Head(context.Context, change.Ref) (change.Rev, change.State, error) {
	return change.Rev{SHA: f.head}, f.open, f.err
}

func (f *forge) Run(_ context.Context, _ change.Key, commit string) error {
	f.runs = append(f.runs, commit)
	return f.sent
}

func (f *forge) PostInlineComments(context.Context, change.Key) error {
	f.runs = append(f.runs, "inline")
	return nil
}

// plainRedactor finds no secret.
type plainRedactor struct{}

func (plainRedactor) Redact(_, text string) (string, int, error) { return text, 0, nil }

// model answers with one text, or fails.
type model struct {
	err   error
	asked int
	then  func()
}

func (m *model) Ask(context.Context, llm.Request) (llm.Answer, error) {
	if m.asked++; m.then != nil {
		m.then()
	}
	return llm.Answer{Text: `{"findings":[]}`, Model: "m", Finish: llm.Stop}, m.err
}

func ref() change.Ref {
	return change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 1, Number: 2}, Owner: "acme", Name: "shop"}
}

// changed is an open change with one changed line of Go.
func changed() change.Snapshot {
	patch := "@@ -1,1 +1,2 @@\n a()\n+b()\n"
	f, _ := diff.FromForge(
		diff.Entry{
			Path:      "a.go",
			Status:    diff.Modified,
			Patch:     &patch,
			Additions: 1,
			OldMode:   "100644",
			Mode:      "100644",
			Blob:      "1",
			OldBlob:   "2",
			Size:      9,
		})
	return change.Snapshot{
		Ref:        ref(),
		Kind:       change.Request,
		State:      change.Open,
		Head:       change.Rev{SHA: "head"},
		MergeBase:  "base",
		Files:      []diff.File{f},
		FilesTotal: 1,
	}
}

func wanted() settings.Advise {
	set := settings.Default().Advise
	set.Enabled = true
	return set
}

func common(r *record) Common {
	return Common{
		Consults: r,
		Outcome:  func(_ consult.Consult, outcome string) { r.did = append(r.did, "["+outcome+"]") },
		Now:      func() time.Time { return noon },
	}
}

func (r *record) check(t *testing.T, name string, want ...string) {
	t.Helper()
	if !slices.Equal(r.did, want) {
		t.Errorf("%s: it did %q, want %q", name, r.did, want)
	}
}

func TestPartsAreChecked(t *testing.T) {
	r, f := &record{}, &forge{}
	if _, err := NewRequester(nil, 0, 0); err == nil || !strings.Contains(err.Error(), "RequestStore") {
		t.Error(err)
	}
	if _, err := NewPreparer(PrepareOptions{Common: common(r), Store: r, Source: f, Reports: f}); err == nil ||
		!strings.Contains(err.Error(), "the preparer of advice: it has no Judge") {
		t.Error(err)
	}
	if _, err := NewPreparer(PrepareOptions{Common: common(r), Store: r, Source: f}); err == nil ||
		!strings.Contains(err.Error(), "the preparer of advice: it has no Reports") {
		t.Error(err)
	}
	if _, err := NewAsker(AskOptions{Store: r}); err == nil || !strings.Contains(err.Error(), "Consults") {
		t.Error(err)
	}
	if _, err := NewPoster(PostOptions{Common: common(r), Store: r, Heads: f, Outbox: f}); err == nil ||
		!strings.Contains(err.Error(), "Compose") {
		t.Error(err)
	}
}

// TestRequest: advice is requested once for equal contents, and not where nobody wants it.
func TestRequest(t *testing.T) {
	r := &record{}
	q, err := NewRequester(r, time.Minute, time.Second)
	if err != nil || q.longest != time.Minute {
		t.Fatal(err, q.longest)
	}
	request := func(set settings.Advise, forced int64, edit func(*change.Snapshot)) bool {
		t.Helper()
		r.accepted = false
		snap := changed()
		edit(&snap)
		if err := q.Request(t.Context(), change.Record{Ref: ref(), Forced: forced}, &snap, nil, set); err != nil {
			t.Fatal(err)
		}
		return r.accepted
	}
	same := func(*change.Snapshot) {}
	if request(settings.Advise{}, 0, same) || request(wanted(), 0, func(s *change.Snapshot) { s.Draft = true }) || r.consult.Head != "" {
		t.Error("it is requested where nobody wants it")
	}
	if !request(wanted(), 0, same) || r.consult.Head != "head" || r.consult.Scope == "" {
		t.Errorf("%+v", r.consult)
	}
	given := r.consult
	given.State = consult.Posted
	r.past = []consult.Consult{given}
	if request(wanted(), 0, same) || request(wanted(), 0, func(s *change.Snapshot) { s.Head.SHA = "rebased" }) {
		t.Error("equal contents are asked about again")
	}
	if !request(wanted(), 1, same) {
		t.Error("a person who asks is not heard")
	}
	if !request(wanted(), 0, func(s *change.Snapshot) { s.Files[0].Hunks[0].Lines[1].Text = "c()" }) {
		t.Error("other contents are not asked about")
	}
}

func TestPrepare(t *testing.T) {
	for name, c := range map[string]struct {
		state    consult.State
		due      time.Duration
		attempts int
		err      error
		edit     func(*forge)
		set      settings.Advise
		want     []string
		again    time.Duration
	}{
		"all is there":  {set: wanted(), want: []string{"prepared"}},
		"not due":       {set: wanted(), due: time.Minute, again: time.Minute},
		"another state": {set: wanted(), state: consult.Posted},
		"a newer head": {
			set:  wanted(),
			edit: func(f *forge) { f.snap.Head.SHA = "new" },
			want: []string{"[stale]", "stale: a newer head"},
		},
		"switched off": {want: []string{"[skipped]", "skipped: " + consult.SwitchedOff}},
		"nothing to read": {
			set:  wanted(),
			edit: func(f *forge) { f.snap.Files = nil },
			want: []string{"[skipped]", "skipped: nothing in it is for a model to read"},
		},
		"rate limited": {
			err:   &change.Limited{Until: noon.Add(time.Hour)},
			want:  []string{"[put off]", "put off for 1h0m0s: the forge limits our requests"},
			again: time.Hour,
		},
		"refused": {
			err:  &change.Refused{What: "no permission"},
			want: []string{"[failed]", "failed: the forge refused: no permission"},
		},
		"gone": {err: &change.Gone{}, want: []string{"[failed]", "failed: the pull request is gone"}},
		"a fault": {
			err:   errors.New("502"),
			want:  []string{"[put off]", "put off for 30s: the pull request could not be read (failed)"},
			again: 30 * time.Second,
		},
		"a fault, the last": {
			err:      errors.New("502"),
			attempts: 3,
			want:     []string{"[failed]", "failed: the pull request could not be read"},
		},
	} {
		if c.state == "" {
			c.state = consult.Wanted
		}
		r := &record{
			consult: consult.Consult{ID: 1, Ref: ref(), Head: "head", State: c.state, Attempts: c.attempts, DueAt: noon.Add(c.due)},
		}
		f := &forge{snap: changed(), err: c.err}
		if c.edit != nil {
			c.edit(f)
		}
		p, err := NewPreparer(PrepareOptions{
			Common:  common(r),
			Store:   r,
			Source:  f,
			Reports: f,
			Judge: func(context.Context, *change.Snapshot) (Judged, error) {
				return Judged{Settings: c.set}, nil
			},
			Redactor: func() advise.Redactor { return plainRedactor{} },
		})
		if err != nil {
			t.Fatal(err)
		}
		again, err := p.Step(t.Context(), 1)
		if err != nil || again != c.again {
			t.Errorf("%s: again in %s, %v", name, again, err)
		}
		r.check(t, name, c.want...)
	}
}

// prepared is a record with material to ask about.
func prepared(t *testing.T) *record {
	t.Helper()
	r := &record{consult: consult.Consult{ID: 1, Ref: ref(), Head: "head", State: consult.Wanted}}
	p, err := NewPreparer(PrepareOptions{
		Common:  common(r),
		Store:   r,
		Source:  &forge{snap: changed()},
		Reports: &forge{},
		Judge: func(_ context.Context, snap *change.Snapshot) (Judged, error) {
			if len(snap.Reports) != 1 {
				t.Errorf("the rules see %d reports of CI, want 1", len(snap.Reports))
			}
			return Judged{Settings: wanted()}, nil
		},
		Redactor: func() advise.Redactor { return plainRedactor{} },
	})
	if err == nil {
		_, err = p.Step(t.Context(), 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.consult.State, r.did = consult.Prepared, nil
	return r
}

func TestAsk(t *testing.T) {
	passing := &llm.Problem{Kind: llm.Server, Detail: "down", RetryAfter: 90 * time.Second}
	for name, c := range map[string]struct {
		edit  func(*record, *model)
		want  []string
		again time.Duration
	}{
		"it answers":     {want: []string{"answered"}},
		"gone meanwhile": {edit: func(r *record, _ *model) { r.missing = true }},
		"of another version": {
			edit: func(r *record, _ *model) { r.material = []byte("{}") },
			want: []string{"[failed]", "failed: it was prepared by another version of Lintel"},
		},
		"it is down": {
			edit: func(_ *record, m *model) { m.err = passing },
			want: []string{"[put off]",
				"put off for 1m30s: " + advise.Words(advice.Problem{Kind: llm.Server, Detail: "down"}) + " (failed)"},
			again: 90 * time.Second,
		},
		"it is down for good":    {edit: func(r *record, m *model) { m.err, r.consult.Attempts = passing, 3 }, want: []string{"answered"}},
		"a newer head meanwhile": {edit: func(r *record, m *model) { m.then = func() { r.consult.State = consult.Stale } }},
	} {
		r, m := prepared(t), &model{}
		if c.edit != nil {
			c.edit(r, m)
		}
		k, err := NewAsker(AskOptions{
			Common:   common(r),
			Store:    r,
			Model:    func(consult.Consult, settings.Advise) advise.Model { return m },
			Measure:  func(context.Context, *advise.Options) error { return nil },
			Redactor: func() advise.Redactor { return plainRedactor{} },
		})
		if err != nil {
			t.Fatal(err)
		}
		again, err := k.Step(t.Context(), 1)
		if err != nil || again != c.again {
			t.Errorf("%s: again in %s, %v", name, again, err)
		}
		r.check(t, name, c.want...)
		if slices.Contains(r.did, "answered") {
			if got, err := advice.ReadResult(r.result); err != nil || got.Comments != wanted().Comments {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	}
}

func TestPost(t *testing.T) {
	body, err := json.Marshal(advice.Result{Advice: advice.Advice{Version: advice.Version, Reviewed: advice.Reviewed{Head: "head"}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit    func(*record, *forge)
		effects int
		want    []string
		runs    []string
		again   time.Duration
	}{
		"it is posted":   {effects: 1, want: []string{"[posted]"}, runs: []string{"head", "inline"}},
		"nothing to say": {want: []string{"[nothing to say]"}},
		"closed": {
			edit: func(_ *record, f *forge) { f.open = change.Closed },
			want: []string{"[skipped]", "skipped: it is not open any more"},
		},
		"the head moved": {
			edit: func(_ *record, f *forge) { f.head = "new" },
			want: []string{"look at new", "[stale]", "stale: the head moved before it could be posted"},
		},
		"of another version": {
			edit: func(r *record, _ *forge) { r.result = []byte("{}") },
			want: []string{"[failed]", "failed: read stored advice: it has version 0, this program knows 1 to 1"},
		},
		"it was saved before": {
			edit: func(r *record, _ *forge) { r.consult.State = consult.Posted },
			runs: []string{"head", "inline"},
		},
		"rate limited": {
			edit: func(_ *record, f *forge) { f.sent = &change.Limited{Until: noon.Add(time.Hour)} }, effects: 1,
			want: []string{"[posted]"}, runs: []string{"head"}, again: time.Hour,
		},
	} {
		r := &record{consult: consult.Consult{ID: 1, Ref: ref(), Head: "head", State: consult.Answered}, result: body}
		f := &forge{head: "head", open: change.Open}
		if c.edit != nil {
			c.edit(r, f)
		}
		p, err := NewPoster(PostOptions{
			Common: common(r), Store: r, Heads: f, Outbox: f,
			Compose: func(consult.Consult, advice.Result, plan.Standing) []effect.Effect {
				return make([]effect.Effect, c.effects)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		again, err := p.Step(t.Context(), 1)
		if err != nil || again != c.again || !slices.Equal(f.runs, c.runs) {
			t.Errorf("%s: again in %s, %v, carried out %q", name, again, err, f.runs)
		}
		r.check(t, name, c.want...)
	}
}
