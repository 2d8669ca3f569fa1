package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func pull(n int) change.Ref {
	return change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: n}, Owner: "acme", Name: "shop"}
}

func check(key string, n int, status effect.Status) effect.Effect {
	return effect.Effect{
		Key:   key,
		Ref:   pull(n),
		Check: &effect.Check{Name: "lintel", SHA: "aaa", Status: status, Conclusion: effect.Failure},
	}
}

func comment(key string, n int) effect.Effect {
	return effect.Effect{Key: key, Ref: pull(n), Comment: &effect.Comment{Body: "b"}}
}

// journal is a journal in memory, with the promises of the real one. A receipt can be refused as by a crash.
type journal struct {
	mu       sync.Mutex
	effects  []effect.Effect
	attempts map[string]int
	done     map[string]string
	lines    []history.Line
	crash    error
}

func newJournal(effects ...effect.Effect) *journal {
	return &journal{effects: effects, attempts: map[string]int{}, done: map[string]string{}}
}

func (j *journal) Pending(_ context.Context, key change.Key, kinds ...effect.Kind) ([]effect.Pending, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []effect.Pending
	for i, e := range j.effects {
		if e.Ref.Key != key || j.done[e.Key] != "" || !slices.Contains(kinds, e.Kind()) {
			continue
		}
		p := effect.Pending{Effect: e, Tried: j.attempts[e.Key] > 0}
		for _, n := range j.effects[i+1:] {
			p.Superseded = p.Superseded || e.Check != nil && n.Check != nil || e.Comment != nil && n.Comment != nil && n.Ref == e.Ref
		}
		if e.Kind() == kinds[0] {
			j.attempts[e.Key]++
		}
		all = append(all, p)
	}
	return all, nil
}

func (j *journal) Receive(_ context.Context, e effect.Effect, r effect.Receipt, line history.Line) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.crash != nil {
		return j.crash
	}
	j.done[e.Key] = fmt.Sprintf("received %s", r.RemoteID)
	j.lines = append(j.lines, line)
	return nil
}

func (j *journal) Drop(_ context.Context, e effect.Effect, reason string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done[e.Key] = "dropped: " + reason
	return nil
}

// forge is a publisher that remembers what it made and finds it again.
type forge struct {
	mu    sync.Mutex
	made  map[string]int64
	calls []string
	fail  func(e effect.Effect) error
}

func (f *forge) Apply(_ context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf("%s tried=%v", e.Key, tried))
	if f.fail != nil {
		if err := f.fail(e); err != nil {
			return effect.Receipt{}, err
		}
	}
	if id := f.made[e.Key]; tried && id != 0 {
		return effect.Receipt{Key: e.Key, RemoteID: effect.NumberID(id), At: noon, Found: true}, nil
	}
	if f.made == nil {
		f.made = map[string]int64{}
	}
	if f.made[e.Key] != 0 {
		return effect.Receipt{}, errors.New("made twice: " + e.Key)
	}
	f.made[e.Key] = int64(len(f.made) + 1)
	return effect.Receipt{Key: e.Key, RemoteID: effect.NumberID(f.made[e.Key]), At: noon}, nil
}

func newOutbox(t *testing.T, p Publisher, j Journal) (*Outbox, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	o, err := New(Options{Publisher: p, Journal: j, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return o, &log
}

// TestNew: a part that is missing is named when the outbox is made, and not at its first use.
func TestNew(t *testing.T) {
	whole := Options{Publisher: &forge{}, Journal: newJournal(), Log: slog.New(slog.DiscardHandler)}
	if _, err := New(whole); err != nil {
		t.Fatal(err)
	}
	for missing, drop := range map[string]func(*Options){
		"publisher": func(o *Options) { o.Publisher = nil },
		"journal":   func(o *Options) { o.Journal = nil },
		"log":       func(o *Options) { o.Log = nil },
	} {
		o := whole
		drop(&o)
		want := "make outbox: the " + missing + " is missing"
		if _, err := New(o); err == nil || err.Error() != want {
			t.Errorf("without the %s: %v, want %q", missing, err, want)
		}
	}
}

func TestRun(t *testing.T) {
	j, f := newJournal(check("k1", 1, effect.Completed), comment("c1", 1), check("other", 2, effect.Completed)), &forge{}
	j.effects = j.effects[:2]
	o, _ := newOutbox(t, f, j)
	var sent []string
	o.options.Sent = func(e effect.Effect, r effect.Receipt) { sent = append(sent, fmt.Sprintf("%s %s", e.Key, r.RemoteID)) }
	for range 2 { // the second time there is nothing to do
		if err := o.Run(context.Background(), pull(1).Key, "aaa"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"k1 tried=false", "c1 tried=false"}, f.calls); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"k1 1", "c1 2"}, sent); diff != "" {
		t.Error(diff)
	}
	want := []history.Line{
		{Key: pull(1).Key, At: noon, Kind: history.Published, Detail: "check lintel: failure", SHA: "aaa"},
		{Key: pull(1).Key, At: noon, Kind: history.Published, Detail: "comment"},
	}
	if diff := cmp.Diff(want, j.lines); diff != "" {
		t.Error(diff)
	}
}

func TestSuperseded(t *testing.T) {
	j, f := newJournal(check("older", 1, effect.InProgress), check("newer", 1, effect.Completed)), &forge{}
	o, _ := newOutbox(t, f, j)
	if err := o.Run(context.Background(), pull(1).Key, "aaa"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"older": "dropped: a newer one exists", "newer": "received 1"}, j.done); diff != "" {
		t.Error(diff)
	}
}

// TestACommentKeepsNoVerdictBack has an older comment that the forge fails to take: the newer check is published all the same.
func TestACommentKeepsNoVerdictBack(t *testing.T) {
	j, f := newJournal(comment("advice", 1), check("verdict", 1, effect.Completed)), &forge{fail: func(e effect.Effect) error {
		if e.Comment != nil {
			return errors.New("the forge is down")
		}
		return nil
	}}
	o, _ := newOutbox(t, f, j)
	var unsaid *effect.CommentError
	if err := o.Run(context.Background(), pull(1).Key, "aaa"); !errors.As(err, &unsaid) {
		t.Errorf("the comment's failure is told as %v", err)
	}
	if diff := cmp.Diff(map[string]string{"verdict": "received 1"}, j.done); diff != "" {
		t.Error(diff)
	}
}

// TestCrash loses the receipt: the next run finds the effect on the forge and makes nothing twice.
func TestCrash(t *testing.T) {
	j, f := newJournal(check("k1", 1, effect.InProgress), comment("c1", 1)), &forge{}
	o, _ := newOutbox(t, f, j)
	j.crash = errors.New("killed")
	if err := o.Run(context.Background(), pull(1).Key, "aaa"); !errors.Is(err, j.crash) {
		t.Fatal(err)
	}
	j.crash = nil
	if err := o.Run(context.Background(), pull(1).Key, "aaa"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"k1 tried=false", "k1 tried=true", "c1 tried=false"}, f.calls); diff != "" {
		t.Error(diff)
	}
	if len(f.made) != 2 || j.lines[0].Detail != "check lintel in progress (found on the forge)" {
		t.Errorf("%v %+v", f.made, j.lines)
	}
}

func TestRefused(t *testing.T) {
	refuse := func(kind string) func(effect.Effect) error {
		return func(e effect.Effect) error {
			if (e.Check != nil) == (kind == "check") {
				return fmt.Errorf("publish: %w", &change.Refused{
					Kind:   refusal.Permission,
					What:   "GitHub refuses",
					Remedy: "unlock the conversation",
				})
			}
			return nil
		}
	}
	t.Run("a comment is dropped and the check stands", func(t *testing.T) {
		j, f := newJournal(comment("c1", 1), check("k1", 1, effect.Completed)), &forge{fail: refuse("comment")}
		o, log := newOutbox(t, f, j)
		if err := o.Run(context.Background(), pull(1).Key, "aaa"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"c1": "dropped: GitHub refuses (unlock the conversation)", "k1": "received 1"},
			j.done); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(log.String(), "unlock the conversation") || !strings.Contains(log.String(), "permission") {
			t.Errorf("nobody is told: %s", log)
		}
	})
	t.Run("a check is the caller's to explain", func(t *testing.T) {
		j, f := newJournal(check("k1", 1, effect.Completed), comment("c1", 1)), &forge{fail: refuse("check")}
		o, _ := newOutbox(t, f, j)
		var refused *change.Refused
		if err := o.Run(context.Background(), pull(1).Key, "aaa"); !errors.As(err, &refused) || len(j.done) != 0 {
			t.Errorf("%v %v", err, j.done)
		}
	})
	t.Run("a rate limit keeps everything for later", func(t *testing.T) {
		j, f := newJournal(comment("c1", 1)), &forge{fail: func(effect.Effect) error { return &change.Limited{Until: noon} }}
		o, _ := newOutbox(t, f, j)
		var limited *change.Limited
		if err := o.Run(context.Background(), pull(1).Key, "aaa"); !errors.As(err, &limited) || len(j.done) != 0 {
			t.Errorf("%v %v", err, j.done)
		}
	})
}

// watch is a publisher that fails when two effects of one commit are carried out at once.
type watch struct {
	t      *testing.T
	inside map[string]*atomic.Int32
	all    atomic.Int32
}

func (w *watch) Apply(_ context.Context, e effect.Effect, _ bool) (effect.Receipt, error) {
	n := w.inside[e.Check.SHA]
	if n.Add(1) != 1 {
		w.t.Errorf("two at once on %s", e.Check.SHA)
	}
	w.all.Add(1)
	n.Add(-1)
	return effect.Receipt{Key: e.Key, RemoteID: "1", At: noon}, nil
}

// one gives each change one effect, again and again.
type one struct{ n atomic.Int64 }

func (o *one) Pending(_ context.Context, key change.Key, _ ...effect.Kind) ([]effect.Pending, error) {
	e := check(fmt.Sprint(o.n.Add(1)), key.Number, effect.Completed)
	e.Check.SHA = []string{"even", "odd"}[key.Number%2]
	return []effect.Pending{{Effect: e}}, nil
}

func (o *one) Receive(context.Context, effect.Effect, effect.Receipt, history.Line) error { return nil }
func (o *one) Drop(context.Context, effect.Effect, string) error                          { return nil }

// TestOneAtATime publishes for eight changes on two commits: on each commit one after the other.
func TestOneAtATime(t *testing.T) {
	w := &watch{t: t, inside: map[string]*atomic.Int32{"even": {}, "odd": {}}}
	o, _ := newOutbox(t, w, &one{})
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 50 {
				if err := o.Run(context.Background(), pull(n+1).Key, []string{"even", "odd"}[(n+1)%2]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if w.all.Load() != 400 {
		t.Errorf("%d effects", w.all.Load())
	}
	if len(o.commits.held) != 0 {
		t.Errorf("%d locks are left", len(o.commits.held))
	}
}

// TestOneProcessAtATime: what other processes are kept from is the commit, from before its effects are read until they
// are carried out; and a name that cannot be had keeps nobody of this process from the next try.
func TestOneProcessAtATime(t *testing.T) {
	var did []string
	refused := errors.New("the database is gone")
	var answer error
	hub, j := &forge{}, newJournal(check("k1", 1, ""))
	o, _ := newOutbox(t, hub, j)
	o.options.Sent = func(e effect.Effect, _ effect.Receipt) { did = append(did, "sent "+e.Key) }
	o.options.Exclude = func(_ context.Context, name string) (func(), error) {
		did = append(did, "took "+name)
		return func() { did = append(did, "freed "+name) }, answer
	}
	answer = refused
	if err := o.Run(t.Context(), pull(1).Key, "aaa"); !errors.Is(err, refused) {
		t.Errorf("without the name: %v", err)
	}
	answer = nil
	if err := errors.Join(o.Run(t.Context(), pull(1).Key, "aaa"), o.PostInlineComments(t.Context(), pull(1).Key)); err != nil {
		t.Fatal(err)
	}
	const name, inline = "outbox github:7:aaa", "outbox inline comments:github:7#1"
	want := []string{"took " + name, "took " + name, "sent k1", "freed " + name, "took " + inline, "freed " + inline}
	if d := cmp.Diff(want, did); d != "" {
		t.Error(d)
	}
	if len(o.commits.held) != 0 {
		t.Errorf("%d locks are left", len(o.commits.held))
	}
}

// TestCommitsDoNotWaitForEachOther holds one commit's effect open until the other's is done.
func TestCommitsDoNotWaitForEachOther(t *testing.T) {
	var locks locks
	unlock := locks.lock("a")
	done := make(chan struct{})
	go func() {
		locks.lock("b")()
		close(done)
	}()
	<-done
	unlock()
}

// slow is a publisher that keeps the comment of an older head on its way until it is let go.
type slow struct {
	mu             sync.Mutex
	stands         string
	published      chan string
	begun, release chan struct{}
}

func (s *slow) Apply(_ context.Context, e effect.Effect, _ bool) (effect.Receipt, error) {
	if e.Key == "comment on aaa" {
		close(s.begun)
		<-s.release
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Comment != nil {
		s.stands = e.Key
	}
	s.published <- e.Key
	return effect.Receipt{Key: e.Key, RemoteID: "1", At: noon}, nil
}

// TestNewestCommentStands: the comment of an older head is on its way for longer than the whole look at a newer one takes.
// The newer one's check does not wait for it; its comment does, and stands in the end.
func TestNewestCommentStands(t *testing.T) {
	j := newJournal(comment("comment on aaa", 1))
	f := &slow{published: make(chan string, 9), begun: make(chan struct{}), release: make(chan struct{})}
	o, _ := newOutbox(t, f, j)
	var runs sync.WaitGroup
	run := func(commit string) {
		runs.Go(func() {
			if err := o.Run(context.Background(), pull(1).Key, commit); err != nil {
				t.Error(err)
			}
		})
	}
	run("aaa")
	<-f.begun
	newer := check("check on bbb", 1, effect.Completed)
	newer.Check.SHA = "bbb"
	j.mu.Lock()
	j.effects = append(j.effects, newer, comment("comment on bbb", 1))
	j.mu.Unlock()
	run("bbb")
	if got := <-f.published; got != "check on bbb" {
		t.Errorf("published %q before the check", got)
	}
	waits := func() bool {
		o.commits.mu.Lock()
		defer o.commits.mu.Unlock()
		c := o.commits.held["comment:"+pull(1).Key.String()]
		return c != nil && c.users == 2
	}
	for !waits() && len(f.published) == 0 {
		time.Sleep(time.Millisecond) // nothing tells that somebody waits for a lock
	}
	close(f.release)
	runs.Wait()
	if f.stands != "comment on bbb" || len(o.commits.held) != 0 {
		t.Errorf("%q stands, %d locks are left", f.stands, len(o.commits.held))
	}
}

func inlineComment(key string, n int) effect.Effect {
	return effect.Effect{
		Key: key,
		Ref: pull(n),
		Inline: &effect.InlineComment{
			Fingerprint: "p-" + key,
			SHA:         "aaa",
			Path:        "a.go",
			Side:        effect.Right,
			StartLine:   3,
			Line:        3,
			Body:        "b",
		},
	}
}

// TestPostInlineComments asserts that inline comments are carried out apart from the verdict, and that one that cannot be placed or is
// refused holds up nothing.
//
// Attack by a comment that cannot be posted: Hold up or change a verdict: comments on lines are posted after the
// check and separately; their failure fails no check. Also `internal/review/release_test.go`
// `TestRemarksFailApart`.
func TestPostInlineComments(t *testing.T) {
	j := newJournal(inlineComment("r1", 1), inlineComment("r2", 1), inlineComment("r3", 1), check("k1", 1, effect.Completed))
	f := &forge{fail: func(e effect.Effect) error {
		switch e.Key {
		case "r1":
			return fmt.Errorf("publish: %w", &effect.InvalidPosition{Reason: "a.go:3 is not part of the diff that the forge shows"})
		case "r2":
			return fmt.Errorf("publish: %w", &change.Refused{What: "GitHub refuses"})
		}
		return nil
	}}
	o, _ := newOutbox(t, f, j)
	if err := o.Run(context.Background(), pull(1).Key, "aaa"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"k1": "received 1"}, j.done); diff != "" {
		t.Error("the verdict waits for inline comments: " + diff)
	}
	if err := o.PostInlineComments(context.Background(), pull(1).Key); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"k1": "received 1", "r1": "dropped: a.go:3 is not part of the diff that the forge shows",
		"r2": "dropped: GitHub refuses", "r3": "received 2"}
	if diff := cmp.Diff(want, j.done); diff != "" {
		t.Error(diff)
	}
	if got := j.lines[1]; got.Detail != "remark a.go:3" || got.SHA != "aaa" {
		t.Errorf("%+v", got)
	}
}

func TestDescribeInlineComment(t *testing.T) {
	e := inlineComment("r1", 1)
	e.Inline.Edits = "7"
	if got := describe(e, effect.Receipt{}); got != "remark edited a.go:3" {
		t.Error(got)
	}
	e.Inline.AddressedIn = "0123456789"
	if got := describe(e, effect.Receipt{Found: true}); got != "remark addressed in 0123456 a.go:3 (found on the forge)" {
		t.Error(got)
	}
}
