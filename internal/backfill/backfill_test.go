package backfill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/past"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// forge answers with what a test lays down; a page has as many changes as it is asked for, one a day.
type forge struct {
	asked   []past.Query
	answers []func(past.Query) (past.Page, error)
	left    int
}

func (f *forge) PastPulls(_ context.Context, q past.Query) (past.Page, error) {
	f.asked = append(f.asked, q)
	if len(f.answers) > 0 {
		answer := f.answers[0]
		if f.answers = f.answers[1:]; answer != nil {
			return answer(q)
		}
	}
	return f.page(q), nil
}

const pulls = 60

func (f *forge) page(q past.Query) past.Page {
	from := 0
	if q.After != "" {
		if _, err := fmt.Sscanf(q.After, "after %d", &from); err != nil {
			panic(err)
		}
	}
	to := min(from+q.Size.Pulls, pulls)
	f.left -= 8
	p := past.Page{
		RepoID: 7,
		Pulls:  to - from,
		Total:  pulls,
		Oldest: start.AddDate(0, 0, -to),
		Cursor: fmt.Sprint("after ", to),
		More:   to < pulls,
		Calls:  1,
		Points: 8,
		Budget: past.Budget{Limit: 5000, Remaining: f.left, Reset: start.Add(time.Hour)},
	}
	for n := from; n < to; n++ {
		pull := flow.Pull{Forge: "github", RepoID: 7, Number: pulls - n}
		for _, kind := range []flow.Kind{flow.Opened, flow.Merged} {
			e := flow.Event{Pull: pull, Kind: kind, At: start.AddDate(0, 0, -n)}
			e.Key = flow.Key(e)
			p.Events = append(p.Events, e)
		}
	}
	return p
}

// record keeps one bookmark and events, as the store does.
type record struct {
	bookmark past.Bookmark
	events   map[string]int
	known    []flow.Event
	batches  []int
	fail     error
	saves    int
}

func (r *record) Bookmark(context.Context, change.Forge, int64) (past.Bookmark, error) {
	return r.bookmark, nil
}

func (r *record) SaveBookmark(_ context.Context, b *past.Bookmark) error {
	if b.Revision != r.bookmark.Revision {
		return past.ErrMoved
	}
	r.saves++
	b.Revision++
	r.bookmark = *b
	return nil
}

func (r *record) AppendEvents(_ context.Context, events []flow.Event, source string) (int, error) {
	if r.fail != nil {
		return 0, r.fail
	}
	for _, e := range events {
		if e.Pull != events[0].Pull || source != Source {
			return 0, fmt.Errorf("events of several pull requests in one transaction, or source %q", source)
		}
		r.events[e.Key]++
	}
	r.batches = append(r.batches, len(events))
	return len(events), nil
}

func (r *record) EventsOf(context.Context, flow.Pull) ([]flow.Event, error) { return r.known, nil }

func (r *record) KeepDeployments(_ context.Context, deployments []dora.Deployment, incidents []dora.Incident) error {
	if r.fail != nil {
		return r.fail
	}
	for _, d := range deployments {
		r.events[d.ID]++
	}
	for _, i := range incidents {
		r.events[i.ID]++
	}
	return nil
}

type rig struct {
	*forge
	*record
	production production
	now        time.Time
	reader     *Reader
}

func newRig(t *testing.T, days int) *rig {
	t.Helper()
	r := &rig{forge: &forge{left: 5000}, record: &record{events: map[string]int{}}, now: start}
	r.bookmark = past.Bookmark{Forge: "github", RepoID: 7, Owner: "acme", Name: "shop", Connection: 3}
	r.bookmark.Want(start.AddDate(0, 0, -days), false)
	r.again(t)
	return r
}

// again makes a reader as a new process does.
func (r *rig) again(t *testing.T) {
	t.Helper()
	from := Forge(r.forge)
	if r.production != nil {
		from = struct {
			Forge
			production
		}{r.forge, r.production}
	}
	var err error
	r.reader, err = New(
		Options{Forges: map[change.Forge]Forge{"github": from}, Record: r.record, Events: r.record,
			Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return r.now }},
	)
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) read(t *testing.T) error {
	t.Helper()
	return r.reader.Read(t.Context(), "github", 7)
}

// sizes are how many changes each page was asked for.
func (r *rig) sizes() (all []int) {
	for _, q := range r.asked {
		all = append(all, q.Size.Pulls)
	}
	return all
}

func TestReadsToTheTimeAskedFor(t *testing.T) {
	r := newRig(t, 40)
	if err := r.read(t); err != nil {
		t.Fatal(err)
	}
	if b := r.bookmark; b.State != past.Complete || b.Pulls != 50 || len(r.asked) != 2 || len(r.events) != 100 ||
		b.Calls != 2 {
		t.Errorf("%s; %d pages, %d events", b, len(r.asked), len(r.events))
	}
	if err := r.read(t); err != nil || len(r.asked) != 2 {
		t.Errorf("read again: %v, %d pages", err, len(r.asked))
	}
	// More of the past goes on from where it stood.
	r.bookmark.Want(start.AddDate(-1, 0, 0), false)
	if err := r.read(t); err != nil || len(r.asked) != 3 || r.asked[2].After != "after 50" {
		t.Errorf("%v: %+v", err, r.asked)
	}
	if since, _ := r.bookmark.CompleteSince(); !since.Equal(start.AddDate(-1, 0, 0)) {
		t.Errorf("the whole repository was read: complete since %s", since)
	}
}

func TestPagesHalveOnATimeOutAndGrowAgain(t *testing.T) {
	r := newRig(t, 365)
	late := func(past.Query) (past.Page, error) {
		return past.Page{Calls: 1}, &past.TooLarge{Err: errors.New("502")}
	}
	r.answers = []func(past.Query) (past.Page, error){nil, late, late}
	if err := r.read(t); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{25, 25, 12, 6, 12, 24}, r.sizes()); d != "" {
		t.Error(d)
	}
	if len(r.events) != 2*pulls {
		t.Errorf("%d events", len(r.events))
	}
	r = newRig(t, 365)
	for range 20 {
		r.answers = append(r.answers, late)
	}
	var large *past.TooLarge
	if err := r.read(t); !errors.As(err, &large) {
		t.Errorf("nothing comes in time: %v", err)
	}
	if len(r.asked) != 8 || !r.bookmark.Waits() {
		t.Errorf("%d pages, %s", len(r.asked), r.bookmark)
	}
}

func TestLeavesAFifthOfTheLimit(t *testing.T) {
	r := newRig(t, 365)
	r.left = 1020
	err := r.read(t)
	later, ok := errors.AsType[*job.Later](err)
	if !ok || later.After != time.Hour || r.bookmark.State != past.Paused ||
		!r.bookmark.Until.Equal(start.Add(time.Hour)) {
		t.Fatalf("%v; %s", err, r.bookmark)
	}
	if len(r.asked) != 2 || r.left < 1000 {
		t.Errorf("%d pages, %d left of 5,000", len(r.asked), r.left)
	}
	asked := len(r.asked)
	if err := r.read(t); err == nil || len(r.asked) != asked {
		t.Errorf("read before the reset: %v, %d pages", err, len(r.asked))
	}
	r.now, r.left = start.Add(time.Hour), 5000
	if err := r.read(t); err != nil || r.bookmark.State != past.Complete || len(r.events) != 2*pulls {
		t.Errorf("after the reset: %v; %s", err, r.bookmark)
	}
}

func TestWhatTheForgeAnswers(t *testing.T) {
	broken := errors.New("a fault")
	for name, c := range map[string]struct {
		err   error
		state past.State
		later bool
		ends  bool
	}{
		"a limit":      {&change.Limited{Until: start.Add(2 * time.Minute), Kind: "secondary"}, past.Paused, true, false},
		"a refusal":    {&change.Refused{Kind: refusal.Permission, What: "no"}, past.Failed, false, true},
		"gone":         {&change.Gone{What: "gone"}, past.Failed, false, true},
		"a fault":      {broken, past.Reading, false, false},
		"another name": {nil, past.Failed, false, true},
	} {
		r := newRig(t, 365)
		r.answers = []func(past.Query) (past.Page, error){nil, func(past.Query) (past.Page, error) {
			return past.Page{RepoID: 8}, c.err
		}}
		err := r.read(t)
		_, later := errors.AsType[*job.Later](err)
		if err == nil || later != c.later || r.bookmark.State != c.state || r.bookmark.Pulls != 25 {
			t.Errorf("%s: %v; %s", name, err, r.bookmark)
		}
		asked := len(r.asked)
		r.again(t)
		r.now = start.Add(2 * time.Minute)
		if err := r.read(t); err != nil {
			t.Errorf("%s: the next try: %v", name, err)
		}
		if went := len(r.asked) > asked; went == c.ends {
			t.Errorf("%s: went on %t", name, went)
		}
	}
}

func TestALostCursorBeginsAnew(t *testing.T) {
	r := newRig(t, 365)
	r.answers = []func(past.Query) (past.Page, error){nil, func(past.Query) (past.Page, error) {
		return past.Page{}, fmt.Errorf("query GitHub: %w", past.ErrCursor)
	}}
	if err := r.read(t); err != nil || r.asked[2].After != "" || r.bookmark.Pulls != pulls || len(r.events) != 2*pulls {
		t.Errorf("%v; %s; %+v", err, r.bookmark, r.asked)
	}
}

// TestEventsComeBeforeTheBookmark: a process that dies between the two reads the page again, and nothing is lost.
func TestEventsComeBeforeTheBookmark(t *testing.T) {
	r := newRig(t, 365)
	r.fail = errors.New("the disk is full")
	if err := r.read(t); !errors.Is(err, r.fail) || r.saves != 0 {
		t.Fatalf("%v, %d saves", err, r.saves)
	}
	r.fail = nil
	if err := r.read(t); err != nil || len(r.events) != 2*pulls {
		t.Errorf("%v: %d events", err, len(r.events))
	}
}

// TestTwoReaders: whoever saves second stops.
func TestTwoReaders(t *testing.T) {
	r := newRig(t, 365)
	r.answers = []func(past.Query) (past.Page, error){func(q past.Query) (past.Page, error) {
		r.bookmark.Revision++
		return r.page(q), nil
	}}
	if _, later := errors.AsType[*job.Later](r.read(t)); !later || len(r.asked) != 1 {
		t.Errorf("%d pages", len(r.asked))
	}
}

// deploying tells of three deployments, one a page, and of one incident after them.
type deploying struct {
	asked []past.ProductionQuery
	left  int
	fault error
}

func (d *deploying) PastProduction(_ context.Context, q past.ProductionQuery) (past.ProductionPage, error) {
	d.asked = append(d.asked, q)
	if d.fault != nil {
		err := d.fault
		d.fault = nil
		return past.ProductionPage{Calls: 1}, err
	}
	d.left -= 2
	p := past.ProductionPage{
		Calls:  2,
		Points: 2,
		Budget: past.Budget{Limit: 5000, Remaining: d.left, Reset: start.Add(time.Hour)},
	}
	switch q.After {
	case "", "2":
		p.Deployments = []dora.Deployment{{ID: "d" + q.After}}
		p.Next = map[string]string{"": "2", "2": "3"}[q.After]
	case "3":
		p.Deployments, p.Next, p.Missing = []dora.Deployment{{ID: "d3"}}, "4", "releases"
	case "4":
		p.Incidents = []dora.Incident{{ID: "i"}}
	default:
		return p, past.ErrCursor
	}
	return p, nil
}

// TestProductionIsReadAfterChanges: a deployment says what it brought once its changes are known.
func TestProductionIsReadAfterChanges(t *testing.T) {
	r := newRig(t, 365)
	d := &deploying{left: 5000}
	r.production = d
	r.again(t)
	if err := r.read(t); err != nil {
		t.Fatal(err)
	}
	b := r.bookmark
	if b.State != past.Complete || len(d.asked) != 4 || b.Calls != 3+8 ||
		b.Why != "not shown to us, so not read: releases" {
		t.Errorf("%s; %d pages of production, %d calls", b, len(d.asked), b.Calls)
	}
	for _, q := range d.asked {
		if !q.Since.Equal(b.Since) || q.RepoID != 7 || q.Connection != 3 {
			t.Errorf("asked for %+v", q)
		}
	}
	for _, id := range []string{"d", "d2", "d3", "i"} {
		if r.events[id] != 1 {
			t.Errorf("%s was kept %d times", id, r.events[id])
		}
	}
	// A longer past is one of production, too, although there are no more changes.
	r.bookmark.Want(start.AddDate(-2, 0, 0), false)
	pages := len(r.asked)
	if err := r.read(t); err != nil || len(d.asked) != 8 || len(r.asked) != pages || r.bookmark.State != past.Complete {
		t.Errorf(
			"%v: %s, %d pages of production, %d of pull requests",
			err,
			r.bookmark,
			len(d.asked),
			len(r.asked)-pages,
		)
	}
}

// TestProductionGoesOnFromItsBookmark: through a limit, a fault, a full disk and a lost place.
func TestProductionGoesOnFromItsBookmark(t *testing.T) {
	r := newRig(t, 40)
	d := &deploying{left: 1003}
	r.production = d
	r.again(t)
	if _, later := errors.AsType[*job.Later](r.read(t)); !later || r.bookmark.State != past.Paused ||
		r.bookmark.Production != "2" {
		t.Fatalf("%s at %q", r.bookmark, r.bookmark.Production)
	}
	r.now, d.left = start.Add(time.Hour), 5000
	d.fault = errors.New("a fault")
	if err := r.read(t); err == nil || r.bookmark.Production != "2" {
		t.Fatalf("%v: %s at %q", err, r.bookmark, r.bookmark.Production)
	}
	r.fail = errors.New("the disk is full")
	if err := r.read(t); !errors.Is(err, r.fail) || r.bookmark.Production != "2" || r.events["d2"] != 0 {
		t.Fatalf("%v: %s at %q", err, r.bookmark, r.bookmark.Production)
	}
	r.fail, r.bookmark.Production = nil, "nowhere"
	pages := len(r.asked)
	if err := r.read(t); err != nil || r.bookmark.State != past.Complete || r.events["i"] != 1 ||
		len(r.asked) != pages {
		t.Errorf("%v: %s, %v", err, r.bookmark, r.events)
	}
}

// requests is the record of Begin.
type requests struct {
	unread, all   []past.Bookmark
	wanted, asked []int64
}

func (r *requests) Unread(context.Context, change.Forge) ([]past.Bookmark, error) {
	return r.unread, nil
}
func (r *requests) Bookmarks(context.Context, change.Forge) ([]past.Bookmark, error) {
	return r.all, nil
}

func (r *requests) WantPast(_ context.Context, all []past.Bookmark) error {
	for _, b := range all {
		if b.State == past.Wanted && !b.Since.IsZero() {
			r.wanted = append(r.wanted, b.RepoID)
		}
	}
	return nil
}

func (r *requests) AskPast(_ context.Context, all []past.Bookmark) error {
	for _, b := range all {
		r.asked = append(r.asked, b.RepoID)
	}
	return nil
}

func TestBegin(t *testing.T) {
	r := &requests{
		unread: []past.Bookmark{{RepoID: 1}, {RepoID: 2}},
		all: []past.Bookmark{
			{RepoID: 3, State: past.Complete},
			{RepoID: 4, State: past.Reading},
			{RepoID: 5, State: past.Failed},
			{
				RepoID: 6,
				State:  past.Paused,
				Until:  start.Add(time.Hour),
			},
			{RepoID: 7, State: past.Paused, Until: start},
		},
	}
	if err := Begin(t.Context(), r, change.GitLab, start.AddDate(0, 0, -90), start); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int64{1, 2}, r.wanted); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int64{4, 7}, r.asked); d != "" {
		t.Error(d)
	}
	r.wanted, r.asked = nil, nil
	for i := range r.all {
		r.all[i].UpdatedAt = start.Add(-time.Minute)
	}
	if err := Begin(t.Context(), r, change.GitLab, time.Time{}, start); err != nil || len(r.asked) > 0 {
		t.Errorf("readings that move are asked for again: %v, %v", err, r.asked)
	}
	for i := range 200 {
		r.all = append(r.all, past.Bookmark{RepoID: int64(100 + i), State: past.Wanted})
	}
	if err := Begin(t.Context(), r, change.GitLab, time.Time{}, start); err != nil || len(r.asked) != 50 {
		t.Errorf("%d are asked for again at once: %v", len(r.asked), err)
	}
	r.wanted = nil
	if err := Begin(t.Context(), r, change.GitLab, time.Time{}, start); err != nil || len(r.wanted) > 0 {
		t.Errorf("it is off: %v, %v", err, r.wanted)
	}
}
