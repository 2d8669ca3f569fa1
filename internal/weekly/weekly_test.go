package weekly_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/weekly"
)

// world is a record, the figures and an issue, all made up.
type world struct {
	marks   map[string]string
	asked   []filter.Filter
	waiting []figure.Pull
	told    map[string]string
	refs    []change.Ref
	fail    error
	now     time.Time
	log     strings.Builder
	words   change.Words
}

func (w *world) Mark(_ context.Context, name string) (string, error) { return w.marks[name], nil }

func (w *world) SetMark(_ context.Context, name, value string) error {
	w.marks[name] = value
	return nil
}

func (w *world) Owned(_ context.Context, _ change.Forge, _ int64, name string) (change.Repository, int64, error) {
	if name != "acme/team" {
		return change.Repository{}, 0, change.ErrNotFound
	}
	return change.Repository{ID: 7, Owner: "acme", Name: "team"}, 3, nil
}

func (w *world) TellOnce(_ context.Context, issue change.Ref, key, body string, _ time.Time) error {
	if w.fail != nil {
		return w.fail
	}
	if w.told[key] != "" {
		return nil
	}
	w.told[key], w.refs = body, append(w.refs, issue)
	return nil
}

func (w *world) Count(_ context.Context, f filter.Filter, _ []filter.Span, _ []int64) (c figure.Counted, err error) {
	w.asked = append(w.asked, f)
	c.Totals = figure.Totals{Merged: int64(f.From.Day()), Unreviewed: 2, Reverted: 1}
	c.Cycle, c.Pickup = figure.Percentiles{N: 3, Of: 3}, figure.Percentiles{N: 3, Of: 3}
	if f.From.Day() == 23 {
		of := func(p50, p90 int64) figure.Percentiles {
			return figure.Percentiles{N: 12, Of: 14, P50: &p50, P75: &p90, P90: &p90}
		}
		c.Cycle, c.Pickup = of(7200, 3*24*3600), of(600, 7200)
	}
	return c, nil
}

func (w *world) WaitingPulls(_ context.Context, _ filter.Filter, limit int, use func(figure.Pull) error) error {
	for _, p := range w.waiting[:min(limit, len(w.waiting))] {
		if err := use(p); err != nil {
			return err
		}
	}
	return nil
}

// newWorld stands at Tuesday, 3 March 2026.
func newWorld() *world {
	return &world{marks: map[string]string{}, told: map[string]string{}, now: time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)}
}

func (w *world) teller(t *testing.T, digests ...weekly.Digest) *weekly.Teller {
	t.Helper()
	teller, err := weekly.New(weekly.Options{Digests: digests, Figures: w, Record: w, Issues: w, Words: w.words,
		Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	return teller
}

func since(t time.Time) *time.Time { return &t }

// TestOnceAWeek: each week is told once, on Monday from six o'clock of UTC, whatever is asked how often and by how many
// servers; what failed is tried again, and keeps no other team waiting.
func TestOnceAWeek(t *testing.T) {
	w := newWorld()
	w.waiting = []figure.Pull{
		{Forge: "github", RepoID: 7, Owner: "acme", Name: "team", Number: 5, Since: since(w.now.Add(-50 * time.Hour)), WaitsFor: "review",
			Title: "a title of mine"},
		{Forge: "github", RepoID: 8, Owner: "acme", Name: "secret-name", Number: 6, Since: since(w.now), WaitsFor: "author"},
	}
	digest := weekly.Digest{Team: "pay@everyone <b>", Repository: "acme/team", Issue: 12}
	for range 3 {
		if err := w.teller(t, digest).Tell(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.told) != 1 || w.refs[0].Number != 12 || w.refs[0].Connection != 3 || w.refs[0].RepoID != 7 {
		t.Fatalf("%d told, %+v", len(w.told), w.refs)
	}
	var body string
	for _, body = range w.told {
		for _, want := range []string{"2026-W09", "23 Feb to 1 Mar 2026", "| Merged | 23 | 16 |", "| | 2026-W09 | the week before |",
			"p50 2.0 h, p90 3.0 d (n = 12) | – (n = 3)",
			"p50 10 min, p90 2.0 h (n = 12)", "2 pull requests wait now.", "acme/team number 5, for 2.1 d, by: review"} {
			if !strings.Contains(body, want) {
				t.Errorf("the digest lacks %q:\n%s", want, body)
			}
		}
		for _, never := range []string{"merge request", "secret-name", "a title of mine", "@everyone", "<b>", "#5"} {
			if strings.Contains(body, never) {
				t.Errorf("the digest has %q:\n%s", never, body)
			}
		}
	}
	if f := w.asked[0]; f.Team != digest.Team || !f.From.Equal(time.Date(2026, 2, 23, 0, 0, 0, 0, time.UTC)) || f.Days() != 7 {
		t.Errorf("%+v", f)
	}
	// The record is lost after a telling whose mark was not kept: the issue is looked at.
	clear(w.marks)
	if err := w.teller(t, digest).Tell(t.Context()); err != nil || len(w.told) != 1 {
		t.Errorf("%v: told %d times", err, len(w.told))
	}
	// A server whose clock is behind, beside one that told of a later week, tells nothing older.
	w.now = w.now.AddDate(0, 0, -7)
	if err := w.teller(t, digest).Tell(t.Context()); err != nil || len(w.told) != 1 {
		t.Errorf("%v: told %d times by a clock that is behind", err, len(w.told))
	}
	// Before six on Monday the week before is not told yet; then it is.
	w.now = time.Date(2026, 3, 9, 5, 59, 0, 0, time.UTC)
	if err := w.teller(t, digest).Tell(t.Context()); err != nil || len(w.told) != 1 {
		t.Errorf("%v: told %d times before six", err, len(w.told))
	}
	w.now = w.now.Add(time.Minute)
	other := weekly.Digest{Team: "other", Repository: "acme/nobody", Issue: 1}
	if err := w.teller(t, other, digest).Tell(t.Context()); !errors.Is(err, change.ErrNotFound) || len(w.told) != 2 {
		t.Errorf("%v: told %d times", err, len(w.told))
	}
	// A refusal of the forge is tried again.
	w.now, w.fail = w.now.AddDate(0, 0, 7), errors.New("refused")
	if err := w.teller(t, digest).Tell(t.Context()); err == nil || len(w.told) != 2 {
		t.Errorf("%v: told %d times", err, len(w.told))
	}
	w.fail = nil
	if err := w.teller(t, digest).Tell(t.Context()); err != nil || len(w.told) != 3 {
		t.Errorf("%v: told %d times", err, len(w.told))
	}
}

// TestWebhook: it gets JSON once, its address is in no error and no log, and nobody is led elsewhere.
func TestWebhook(t *testing.T) {
	var got []map[string]string
	status, elsewhere := http.StatusInternalServerError, 0
	mux := http.NewServeMux()
	mux.HandleFunc("POST /services/SECRET", func(rw http.ResponseWriter, r *http.Request) {
		if status == http.StatusTemporaryRedirect {
			http.Redirect(rw, r, "/internal", status)
			return
		}
		body, _ := io.ReadAll(r.Body)
		m := map[string]string{}
		if err := json.Unmarshal(body, &m); err != nil || r.Header.Get("Idempotency-Key") != m["key"] {
			t.Errorf("%v %s", err, body)
		}
		got = append(got, m)
		rw.WriteHeader(status)
		_, _ = rw.Write([]byte("SECRET answer"))
	})
	mux.HandleFunc("/internal", func(http.ResponseWriter, *http.Request) { elsewhere++ })
	server := httptest.NewServer(mux)
	defer server.Close()
	w := newWorld()
	digest := weekly.Digest{Webhook: server.URL + "/services/SECRET"}
	for _, status = range []int{http.StatusInternalServerError, http.StatusTemporaryRedirect} {
		if err := w.teller(t, digest).Tell(t.Context()); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%d: %v", status, err)
		}
	}
	status, w.words = http.StatusNoContent, change.GitLab.Words()
	for range 2 {
		if err := w.teller(t, digest).Tell(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if len(got) != 2 || got[0]["key"] != got[1]["key"] || got[1]["week"] != "2026-W09" ||
		!strings.Contains(got[1]["text"], "### Merge requests of all teams") {
		t.Errorf("%d: %v", len(got), got)
	}
	server.Close()
	w.now = w.now.AddDate(0, 0, 7)
	if err := w.teller(t, digest).Tell(t.Context()); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("a dead webhook: %v", err)
	}
	if elsewhere > 0 || strings.Contains(w.log.String(), "SECRET") {
		t.Errorf("followed %d times; log %s", elsewhere, w.log.String())
	}
	for name := range w.marks {
		if strings.Contains(name, "SECRET") {
			t.Errorf("the address is in the record: %s", name)
		}
	}
}

func TestOptions(t *testing.T) {
	w := newWorld()
	for _, d := range []weekly.Digest{{Team: "x"}, {Team: "x", Issue: 1, Webhook: "https://x"}} {
		if _, err := weekly.New(weekly.Options{Digests: []weekly.Digest{d}, Figures: w, Record: w, Issues: w, Log: slog.Default(),
			Now: time.Now}); err == nil {
			t.Errorf("%+v is a digest", d)
		}
	}
	if _, err := weekly.New(weekly.Options{}); err == nil {
		t.Error("nothing is enough")
	}
}
