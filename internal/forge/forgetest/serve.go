package forgetest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/effect"
)

// Served is a forge as a server uses it: it reads, publishes, knows people and lists what a sweep compares.
type Served interface {
	Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error)
	Head(ctx context.Context, ref change.Ref) (change.Rev, change.State, error)
	Apply(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error)
	Permission(ctx context.Context, ref change.Ref, login string) (write bool, err error)
	Role(ctx context.Context, ref change.Ref, login string) (string, error)
	InTeam(ctx context.Context, ref change.Ref, team, login string) (bool, error)
	Repositories(ctx context.Context, connection int64) ([]change.Repository, error)
	OpenPulls(ctx context.Context, connection int64, owner, name, base string, since time.Time) ([]drift.Listed, error)
}

// The people of a world. Writer opens the change, Keeper may do what maintainers do, Reader may read. Keeper
// alone is in Team.
const (
	Writer = "wendy"
	Keeper = "mika"
	Reader = "rudi"
	Team   = "core"
)

// World is a forge with one repository and one open change of one new file, Path, with ten lines. Whatever is done in it
// is told to the mailbox.
type World interface {
	Forge() Served
	Ref() change.Ref
	// What people do: the change's writer, or whom by names.
	Push(t *testing.T, files map[string]string) (head string)
	Retitle(t *testing.T, title string)
	Comment(t *testing.T, by, body string)
	Approve(t *testing.T, by string)
	End(t *testing.T)
	// Settle waits until all that was done is told, then Decode reads what a delivery says.
	Settle(t *testing.T)
	Decode(header http.Header, body []byte) (change.Event, error)
	// Verdict is what the check "lintel" says on a commit, and how many there are.
	Verdict(t *testing.T, sha string) (effect.Conclusion, int)
	// Comments are the bodies of our comments on the change, Threads of our inline comments.
	Comments(t *testing.T) []string
	Threads(t *testing.T) []string
	// Fail has every call answered by a status until restored.
	Fail(status int, header map[string]string) (restore func())
}

// Path is the file of a world's change.
const Path = "pay/x.go"

// Serve holds a forge that a server uses to what every such forge does: events, verdicts, comments, threads, people, what
// sweeps compare, and limits. Each scene gets a world of its own, whose deliveries go to the mailbox.
func Serve(t *testing.T, open func(t *testing.T, mail *Mailbox) World) {
	for _, s := range slices.Concat(eventScenes, publishScenes, restScenes) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			mail := NewMailbox()
			w := open(t, mail)
			w.Settle(t)
			s.run(t, w, mail)
		})
	}
}

// serveScene is one thing that every forge does alike.
type serveScene struct {
	name string
	run  func(t *testing.T, w World, mail *Mailbox)
}

// Letter is one delivery.
type Letter struct {
	Header http.Header
	Body   []byte
}

// Mailbox takes deliveries and keeps them.
type Mailbox struct {
	mu      sync.Mutex
	letters []Letter
}

// NewMailbox makes an empty mailbox. It is an http.Handler that accepts whatever comes.
func NewMailbox() *Mailbox { return &Mailbox{} }

func (m *Mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	if _, err := io.Copy(&body, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.letters = append(m.letters, Letter{Header: r.Header.Clone(), Body: body.Bytes()})
	w.WriteHeader(http.StatusAccepted)
}

// take gives what came since the last time.
func (m *Mailbox) take() []Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.letters
	m.letters = nil
	return all
}

// heard are the events since the last time, without those that mean nothing.
func heard(t *testing.T, w World, mail *Mailbox) (events []change.Event, letters []Letter) {
	t.Helper()
	w.Settle(t)
	for _, l := range mail.take() {
		ev, err := w.Decode(l.Header, l.Body)
		if err != nil {
			t.Fatalf("an authentic delivery: %v", err)
		}
		if ev.Delivery == "" || ev.Forge != w.Ref().Forge {
			t.Errorf("a delivery %q of %q", ev.Delivery, ev.Forge)
		}
		if ev.Kind != change.Ignored || ev.Chat != nil {
			events, letters = append(events, ev), append(letters, l)
		}
	}
	return events, letters
}

// some is the first event of a kind about a change. A forge may tell of one thing by several deliveries.
func some(t *testing.T, events []change.Event, kind change.EventKind) change.Event {
	t.Helper()
	var found []change.Event
	for _, ev := range events {
		if ev.Kind == kind && ev.Ref.Number > 0 {
			found = append(found, ev)
		}
	}
	if len(found) == 0 {
		t.Fatalf("no event of kind %s among %+v", kind, events)
	}
	return found[0]
}
