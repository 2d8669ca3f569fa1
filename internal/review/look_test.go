package review

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/verdict"
	"github.com/lintel-review/lintel/policies"
)

// record is a store in memory: what stands on one commit, the looks and the requests.
type record struct {
	mu       sync.Mutex
	looks    []plan.Look
	effects  [][]effect.Effect
	asked    []delivery.Admission
	standing plan.Standing
	decided  map[string][]byte
	planned  chan []effect.Effect
	fail     error
}

func (r *record) SavePlan(_ context.Context, look plan.Look, compose func(plan.Standing) ([]effect.Effect, error)) ([]effect.Effect,
	error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return nil, r.fail
	}
	r.standing.Sequence++
	effects, err := compose(r.standing)
	if err != nil {
		return nil, err
	}
	r.looks, r.effects = append(r.looks, look), append(r.effects, effects)
	for _, e := range effects {
		if e.Check != nil {
			r.standing.Checks[e.Check.Name] = effect.Posted{
				Effect:  e,
				Receipt: &effect.Receipt{Key: e.Key, RemoteID: effect.NumberID(r.standing.Sequence)},
			}
		} else {
			r.standing.Comment = &effect.Posted{Effect: e}
		}
	}
	if r.planned != nil {
		r.planned <- effects
	}
	return effects, nil
}

func (r *record) Admit(_ context.Context, a delivery.Admission) (delivery.Receipt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, a)
	return delivery.Receipt{}, nil
}

func (r *record) Decided(_ context.Context, key change.Key, target string) ([]byte, error) {
	return r.decided[key.String()+" "+target], nil
}

type sender struct {
	runs         []string
	err, remarks error
}

func (s *sender) Run(_ context.Context, key change.Key, commit string) error {
	s.runs = append(s.runs, key.String()+" "+commit)
	return s.err
}

func (s *sender) PostInlineComments(_ context.Context, key change.Key) error {
	s.runs = append(s.runs, "remarks "+key.String())
	return s.remarks
}

type source func(ctx context.Context, r change.Record) (change.Snapshot, error)

func (s source) Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error) {
	return s(ctx, r)
}

// engine is the real one with the shipped policies, compiled once.
var engine = sync.OnceValues(func() (*policy.Engine, error) { return policy.Compile(context.Background(), policies.Tree()) })

type world struct {
	*Reviewer
	store *record
	sent  *sender
}

func newWorld(t *testing.T, src source) *world {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{store: &record{standing: plan.Standing{Checks: map[string]effect.Posted{}}, decided: map[string][]byte{}}, sent: &sender{}}
	w.Reviewer, err = New(Options{
		Source:        src,
		Store:         w.store,
		Outbox:        w.sent,
		Engine:        e,
		Waits:         none{},
		Control:       silent{},
		Switches:      silent{},
		Drafts:        &drafts{},
		People:        &drafts{},
		Reports:       none{},
		Log:           slog.New(slog.DiscardHandler),
		Now:           func() time.Time { return noon },
		Gate:          finding.Enforce,
		Page:          func(r change.Ref) string { return "https://lintel.example/" + r.String() },
		Slow:          time.Hour,
		ExplainFrom:   3,
		UnreadFrom:    2,
		GroupDeadline: 10 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func ptr[T any](v T) *T { return &v }

const rules = "version: 1\ncommits: {mode: enforce}\n"

// snapshot is a change with one commit under settings that enforce commit messages.
func snapshot(message string, edits ...func(*change.Snapshot)) change.Snapshot {
	head, base := strings.Repeat("a", 40), strings.Repeat("b", 40)
	s := change.Snapshot{Ref: pull(12), Kind: change.Request, State: change.Open, Title: ptr(message), Body: ptr(""),
		Author: &change.Account{Login: "ann", ID: 1}, Labels: []string{},
		Repository: change.Repository{
			ID:            7,
			Owner:         "acme",
			Name:          "shop",
			DefaultBranch: "main",
			Merges: change.MergeSettings{
				Squash:        ptr(true),
				Merge:         ptr(true),
				Rebase:        ptr(true),
				SquashTitle:   "PR_TITLE",
				SquashMessage: "BLANK",
			},
		},
		Base: change.Rev{Ref: "main", SHA: base}, Head: change.Rev{Ref: "cart", SHA: head}, MergeBase: base,
		Controls: change.Controls{
			Rev: change.Rev{Ref: "main", SHA: base},
			Files: map[string]change.File{
				settings.Path: {Path: settings.Path, Blob: "f1", Size: int64(len(rules)), Content: []byte(rules)}},
		},
		Commits: []change.Commit{
			{
				SHA:       head,
				Parents:   []string{base},
				Message:   message,
				Author:    change.Signature{Name: "Ann", Email: "ann@example.com"},
				Committer: change.Signature{Name: "Ann", Email: "ann@example.com"},
			},
		}, CommitsTotal: 1,
		Files: []diff.File{
			{
				Path:      "cart.go",
				Status:    diff.Added,
				State:     diff.Text,
				Size:      2,
				Additions: 1,
				Mode:      "100644",
				Hunks:     []diff.Hunk{{NewStart: 1, NewLines: 1, Lines: []diff.Line{{Op: diff.Add, Text: "x"}}}},
			},
		}, FilesTotal: 1,
		TakenAt: noon, UpdatedAt: noon.Add(-time.Minute)}
	for _, e := range edits {
		e(&s)
	}
	return s
}

func always(s change.Snapshot) source {
	return func(context.Context, change.Record) (change.Snapshot, error) { return s, nil }
}

// hint is what the record knows of the change before it is read.
func hint() change.Record {
	return change.Record{Ref: pull(12), State: change.Open, Head: change.Rev{Ref: "cart", SHA: strings.Repeat("a", 40)}, Generation: 1}
}

func (w *world) last() []effect.Effect {
	if len(w.store.effects) == 0 {
		return nil
	}
	return w.store.effects[len(w.store.effects)-1]
}

func TestLookPasses(t *testing.T) {
	w := newWorld(t, always(snapshot("feat(cart): add it")))
	var judged []policy.Decision
	w.options.Observe = func(_ change.Ref, d policy.Decision) { judged = append(judged, d) }
	if err := w.Look(t.Context(), hint(), 1, false); err != nil {
		t.Fatal(err)
	}
	got := w.last()
	if len(got) != 1 || got[0].Check.Conclusion != effect.Success || got[0].Check.DetailsURL != "https://lintel.example/acme/shop#12" {
		t.Fatalf("%s", show(got))
	}
	if diff := cmp.Diff([]string{"github:7#12 " + strings.Repeat("a", 40)}, w.sent.runs); diff != "" || len(judged) != 1 {
		t.Error(diff, len(judged))
	}
	look := w.store.looks[0]
	if look.Verdict.Generation != 1 || look.Verdict.Conclusion != "success" || look.Verdict.Title != "feat(cart): add it" ||
		!look.Verdict.UpdatedAt.Equal(noon.Add(-time.Minute)) || len(look.Lines) != 1 || look.Lines[0].Kind != history.Evaluated {
		t.Errorf("%+v", look)
	}
	// Again: nothing new is published.
	if err := w.Look(t.Context(), hint(), 1, false); err != nil || len(w.last()) != 0 {
		t.Errorf("%v %s", err, show(w.last()))
	}
}

// TestEvidence derives the decision again from what was kept, as an auditor does: facts, settings and policies.
func TestEvidence(t *testing.T) {
	w := newWorld(t, always(snapshot("Added the cart.", func(s *change.Snapshot) {
		s.Teams = map[string]change.Team{"acme/web": {Exists: true}}
	})))
	if err := w.Look(t.Context(), hint(), 1, false); err != nil {
		t.Fatal(err)
	}
	look := w.store.looks[0]
	if len(w.last()) != 2 || look.Verdict.Conclusion != "failure" {
		t.Fatalf("%s", show(w.last()))
	}
	kept := map[string][]byte{}
	for _, e := range look.Evidence {
		kept[e.Kind] = e.Body
		if e.Kind != "settings" && text.Digest(e.Body) != e.Digest {
			t.Errorf("%s is kept under %s", e.Kind, e.Digest)
		}
	}
	f, err := facts.Parse(kept["facts"])
	if err != nil {
		t.Fatal(err)
	}
	// The policies as they were kept, not those of this binary.
	var files []struct{ Path, Text string }
	if err := json.Unmarshal(kept["policies"], &files); err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	if got := w.options.Engine.Archive(); !bytes.Equal(got, kept["policies"]) {
		t.Error("other policies were kept than judged")
	}
	set, problems := settings.Parse(settings.Path, []byte(rules), w.options.Engine.Configurable())
	if len(problems) != 0 || settings.Digest(set) != look.Verdict.Settings || !bytes.Equal(settings.Canonical(set), kept["settings"]) {
		t.Errorf("settings: %v", problems)
	}
	again, err := w.options.Engine.Decide(t.Context(), f, set, policy.Options{Cap: finding.Enforce})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if again.Digest() != look.Verdict.Digest || again.Facts != look.Verdict.Facts || text.Digest(body) != look.Verdict.Decision {
		t.Errorf("the decision cannot be derived again:\n%s", cmp.Diff(string(kept["decision"]), string(body)))
	}
	if diff := cmp.Diff([]string{"acme/web"}, look.Teams); diff != "" {
		t.Error(diff)
	}
}

func TestLookAtWhatIsOver(t *testing.T) {
	w := newWorld(t, always(snapshot("x", func(s *change.Snapshot) { s.State = change.Merged })))
	if err := w.Look(t.Context(), hint(), 1, false); err != nil {
		t.Fatal(err)
	}
	look := w.store.looks[0]
	if len(w.last()) != 0 || len(w.sent.runs) != 0 || look.Verdict != nil || look.Record.State != change.Merged ||
		look.Lines[0].Kind != history.Ended {
		t.Errorf("%+v %s", look, show(w.last()))
	}
}

// TestSlow holds the snapshot until the check in progress is planned; the verdict continues that run.
func TestSlow(t *testing.T) {
	planned := make(chan []effect.Effect, 4)
	w := newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) {
		if first := <-planned; len(first) != 1 || first[0].Check.Status != effect.InProgress {
			return change.Snapshot{}, fmt.Errorf("announced %s", show(first))
		}
		return snapshot("feat: x"), nil
	})
	w.store.planned, w.options.Slow = planned, time.Nanosecond
	if err := w.Look(t.Context(), hint(), 1, false); err != nil {
		t.Fatal(err)
	}
	if got := w.last(); len(got) != 1 || got[0].Check.Status != effect.Completed || got[0].Check.Continues != "1" ||
		len(w.store.effects) != 2 {
		t.Errorf("%s", show(got))
	}
	// Something stands now: the next slow reading announces nothing.
	<-planned
	w.options.Source = source(func(context.Context, change.Record) (change.Snapshot, error) {
		if again := <-planned; len(again) != 0 {
			return change.Snapshot{}, fmt.Errorf("announced %s", show(again))
		}
		return snapshot("feat: x"), nil
	})
	if err := w.Look(t.Context(), hint(), 1, false); err != nil {
		t.Fatal(err)
	}
}

func TestTroubleIsExplained(t *testing.T) {
	broken := errors.New("read commits: 502")
	refusal := &change.Refused{What: "the App may not read contents", Remedy: "grant it"}
	gone := fmt.Errorf("read: %w", &change.Gone{What: "there is no such thing on the forge", Err: errors.New("404")})
	unread := fmt.Errorf("read: %w", &change.Unread{What: "the comparison is not shown", Remedy: "look at it", Err: errors.New("404")})
	unrelated := &change.Unrelated{Base: "main", Head: strings.Repeat("a", 40)}
	waiting := func(d time.Duration) func(*change.Record) {
		return func(r *change.Record) { r.WaitingSince = noon.Add(-d) }
	}
	limited := &change.Limited{Until: noon.Add(time.Hour)}
	group := func(r *change.Record) {
		r.Group, r.RaisedAt = &change.Group{Head: "fff", Number: 12}, noon.Add(-time.Hour)
	}
	for name, c := range map[string]struct {
		err     error
		attempt int
		last    bool
		edit    func(*change.Record)
		told    bool
		done    bool
	}{
		"a fault, at first":                      {broken, 1, false, nil, false, false},
		"a fault, for the second time":           {broken, 2, false, nil, false, false},
		"a fault that stays":                     {broken, 3, false, nil, true, false},
		"a fault at the last try":                {broken, 1, true, nil, true, false},
		"a refusal, at once":                     {fmt.Errorf("read: %w", refusal), 1, false, nil, true, false},
		"a repository that is gone":              {gone, 1, true, nil, false, true},
		"a repository that is gone, at first":    {gone, 1, false, nil, false, false},
		"a repository that is gone, said twice":  {gone, 2, false, nil, false, true},
		"one thing that is not shown, at first":  {unread, 1, false, nil, false, false},
		"one thing that is not shown":            {unread, 2, false, nil, true, false},
		"one thing that is not shown, at last":   {unread, 1, true, nil, true, false},
		"a history that shares nothing":          {unrelated, 1, false, nil, true, true},
		"a rate limit of an hour":                {limited, 1, false, waiting(time.Hour), false, false},
		"a rate limit without end":               {limited, 1, false, waiting(2 * time.Hour), true, false},
		"a rate limit":                           {limited, 5, true, nil, false, false},
		"a rate limit past the group's deadline": {limited, 1, false, group, true, false},
		"a closed change":                        {broken, 9, true, func(r *change.Record) { r.State = change.Closed }, false, false},
		"a change without a commit":              {broken, 9, true, func(r *change.Record) { r.Head = change.Rev{} }, false, false},
	} {
		w := newWorld(t, func(context.Context, change.Record) (change.Snapshot, error) { return change.Snapshot{}, c.err })
		r := hint()
		if c.edit != nil {
			c.edit(&r)
		}
		if err := w.Look(t.Context(), r, c.attempt, c.last); !c.done && !errors.Is(err, c.err) || c.done && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if told := len(w.last()) == 1; told != c.told || len(w.sent.runs) != len(w.last()) {
			t.Errorf("%s: %s", name, show(w.last()))
		} else if told &&
			(w.last()[0].Check.Conclusion != effect.Failure || !w.store.looks[0].KeepRecord ||
				w.store.looks[0].Lines[0].Kind != history.Failed) {
			t.Errorf("%s: %s", name, show(w.last()))
		}
	}
}

// TestTroubleAfterReading fails after the snapshot: the explanation stands on the commit that was read.
func TestTroubleAfterReading(t *testing.T) {
	w := newWorld(t, always(snapshot("feat: x")))
	w.sent.err = &change.Refused{What: "the App may not write checks", Remedy: "grant it"}
	r := hint()
	r.Head.SHA = "stale"
	if err := w.Look(t.Context(), r, 1, false); err == nil {
		t.Fatal("no error")
	}
	for _, run := range w.sent.runs {
		if !strings.HasSuffix(run, strings.Repeat("a", 40)) {
			t.Errorf("published on %s", run)
		}
	}
	w = newWorld(t, always(snapshot("feat: x")))
	w.store.fail = errors.New("disk is full")
	if err := w.Look(t.Context(), hint(), 9, true); !errors.Is(err, w.store.fail) || len(w.sent.runs) != 0 {
		t.Errorf("%v %v", err, w.sent.runs)
	}
}

// TestSiblings asks for those that share the commit and have no verdict, and stays in progress until they do.
func TestSiblings(t *testing.T) {
	w := newWorld(t, always(snapshot("feat: x", func(s *change.Snapshot) {
		s.Siblings = []change.Sibling{{Number: 13, Base: change.Rev{Ref: "main"}}, {Number: 14, Base: change.Rev{Ref: "stable"}}}
	})))
	w.store.standing.Peers = []verdict.Peer{{Record: change.Record{Ref: pull(13)}, Verdict: &verdict.Verdict{Conclusion: "success"}}}
	if err := w.Look(t.Context(), hint(), 1, false); err != nil {
		t.Fatal(err)
	}
	if got := w.last(); len(got) != 1 || got[0].Check.Status != effect.InProgress {
		t.Errorf("%s", show(got))
	}
	if len(w.store.asked) != 1 || len(w.store.asked[0].Requests) != 1 {
		t.Fatalf("%+v", w.store.asked)
	}
	if touch := w.store.asked[0].Requests[0]; touch.Ref.Number != 14 || touch.Base.Ref != "stable" ||
		touch.Head.SHA != strings.Repeat("a", 40) || touch.Ref.Connection != 11 {
		t.Errorf("%+v", touch)
	}
}

// TestGroupCarries takes the carried rules' findings from the decision on the change's own head.
func TestGroupCarries(t *testing.T) {
	// The change adds a binary, which is carried; the group is read without it, to tell what was carried from what was judged again.
	first := newWorld(t, always(snapshot("Added the cart.", func(s *change.Snapshot) {
		s.Files = append(s.Files, diff.File{Path: "cart.pyc", Status: diff.Added, State: diff.Binary, Size: 9})
		s.FilesTotal = 2
	})))
	if err := first.Look(t.Context(), hint(), 1, false); err != nil {
		t.Fatal(err)
	}
	var decision []byte
	for _, e := range first.store.looks[0].Evidence {
		if e.Kind == "decision" {
			decision = e.Body
		}
	}
	group := snapshot("Added the cart.", func(s *change.Snapshot) {
		s.Kind, s.Group = change.MergeGroup, &change.Group{Head: strings.Repeat("f", 40), Number: 12}
		s.Ref.Key = change.Key{Forge: change.GitHub, RepoID: 7, Group: s.Group.Head}
	})
	w := newWorld(t, always(group))
	w.store.decided["github:7#12 "+group.Head.SHA] = decision
	r := change.Record{Ref: group.Ref, State: change.Open, Group: group.Group, Generation: 1}
	if err := w.Look(t.Context(), r, 1, false); err != nil {
		t.Fatal(err)
	}
	got := w.last()
	if len(got) != 1 || got[0].Check.SHA != group.Group.Head || got[0].Check.Conclusion != effect.Failure || got[0].Comment != nil {
		t.Fatalf("%s", show(got))
	}
	if !strings.Contains(got[0].Check.Text, "cart.pyc") || !strings.Contains(show(first.last()), "cart.pyc") {
		t.Errorf("nothing was carried:\n%s", show(got))
	}
	if v := w.store.looks[0].Verdict; v.Target != group.Group.Head || v.Head != group.Head.SHA {
		t.Errorf("%+v", v)
	}
	w.store.decided["github:7#12 "+group.Head.SHA] = []byte("{")
	if err := w.Look(t.Context(), r, 1, false); err == nil || !strings.Contains(err.Error(), "read decision on github:7#12") {
		t.Errorf("a decision that cannot be read: %v", err)
	}
}

// TestPreview shows what new settings would change for the change that brings them, and judges by the old ones.
func TestPreview(t *testing.T) {
	proposed := func(text string) source {
		return always(snapshot("feat: x", func(s *change.Snapshot) {
			s.Proposed = &change.File{Path: settings.Path, Blob: "f2", Size: int64(len(text)), Content: []byte(text)}
			s.Files[0].Path = settings.Path
		}))
	}
	for text, want := range map[string]string{"version: 1\ncommits: {mode: enforce, tickets: [SHOP]}\n": "SHOP",
		"version: 1\ncomits: {}\n": "comits"} {
		w := newWorld(t, proposed(text))
		if err := w.Look(t.Context(), hint(), 1, false); err != nil {
			t.Fatal(err)
		}
		got := show(w.last())
		if !strings.Contains(got, want) {
			t.Errorf("nothing about %s:\n%s", want, got)
		}
	}
}
