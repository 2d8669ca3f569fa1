package forgetest

import (
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

var eventScenes = []serveScene{
	{"an opening names the change and its head", opening},
	{"a push names the new head", pushing},
	{"a title is no push", retitling},
	{"a command in a comment comes with who wrote it", commanding},
	{"a comment without a command asks for nothing", chatting},
	{"an approval may change what owners say", approving},
	{"an end says so", ending},
	{"the same delivery has the same id", redelivering},
	{"a delivery that was changed on its way is refused", forging},
}

// about fails unless an event is about the world's change.
func about(t *testing.T, w World, ev change.Event) {
	t.Helper()
	if ev.Ref.Key != w.Ref().Key || ev.Ref.Owner != w.Ref().Owner || ev.Ref.Name != w.Ref().Name || ev.Connection != w.Ref().Connection {
		t.Errorf("the event is about %+v by connection %d, want %+v", ev.Ref, ev.Connection, w.Ref())
	}
}

func head(t *testing.T, w World) string {
	t.Helper()
	rev, state, err := w.Forge().Head(t.Context(), w.Ref())
	if err != nil || state != change.Open {
		t.Fatalf("the head is %+v, %s: %v", rev, state, err)
	}
	return rev.SHA
}

func opening(t *testing.T, w World, mail *Mailbox) {
	events, _ := heard(t, w, mail)
	ev := some(t, events, change.Updated)
	about(t, w, ev)
	if sha := head(t, w); ev.Head.SHA != sha || ev.Base.Ref != "main" || ev.Sender != Writer || ev.UpdatedAt.IsZero() || ev.Before != "" {
		t.Errorf("head %s, base %s, by %q at %s, before %q; the head is %s",
			ev.Head.SHA, ev.Base.Ref, ev.Sender, ev.UpdatedAt, ev.Before, sha)
	}
	if len(ev.Facts) > 0 {
		t.Errorf("an opening may change %v alone", ev.Facts)
	}
}

func pushing(t *testing.T, w World, mail *Mailbox) {
	heard(t, w, mail)
	old := head(t, w)
	sha := w.Push(t, map[string]string{"pay/y.go": "package pay\n"})
	events, _ := heard(t, w, mail)
	ev := some(t, events, change.Updated)
	about(t, w, ev)
	if now := head(t, w); ev.Head.SHA != sha || now != sha || sha == old {
		t.Errorf("the event says %s, the forge %s, the push %s", ev.Head.SHA, now, sha)
	}
	if len(ev.Facts) > 0 {
		t.Errorf("a push may change %v alone", ev.Facts)
	}
}

func retitling(t *testing.T, w World, mail *Mailbox) {
	heard(t, w, mail)
	w.Retitle(t, "feat: another title")
	events, _ := heard(t, w, mail)
	ev := some(t, events, change.Updated)
	about(t, w, ev)
	if !slices.Contains(ev.Facts, "title") || ev.Before != "" {
		t.Errorf("a title may change %v; before %q", ev.Facts, ev.Before)
	}
	snap, err := w.Forge().Snapshot(t.Context(), change.Record{Ref: w.Ref(), State: change.Open})
	if err != nil || snap.Title == nil || *snap.Title != "feat: another title" {
		t.Errorf("the snapshot's title is %v: %v", snap.Title, err)
	}
}

func commanding(t *testing.T, w World, mail *Mailbox) {
	heard(t, w, mail)
	w.Comment(t, Reader, "Hello.\n\n/lintel recheck\n")
	events, _ := heard(t, w, mail)
	if len(events) != 1 || events[0].Chat == nil {
		t.Fatalf("%+v", events)
	}
	about(t, w, events[0])
	if c := events[0].Chat; len(c.Commands) != 1 || c.ID == 0 || c.At.IsZero() || c.Bot || events[0].Sender != Reader {
		t.Errorf("%+v, sent by %q", c, events[0].Sender)
	}
}

func chatting(t *testing.T, w World, mail *Mailbox) {
	heard(t, w, mail)
	w.Comment(t, Reader, "Well done.\n")
	events, _ := heard(t, w, mail)
	for _, ev := range events {
		if ev.Chat != nil || ev.Kind == change.CommandGiven || ev.Kind == change.Updated && len(ev.Facts) == 0 {
			t.Errorf("%+v", ev)
		}
	}
}

func approving(t *testing.T, w World, mail *Mailbox) {
	heard(t, w, mail)
	w.Approve(t, Keeper)
	events, _ := heard(t, w, mail)
	ev := some(t, events, change.Updated)
	about(t, w, ev)
	if ev.Before != "" || len(ev.Facts) == 0 {
		t.Errorf("an approval may change %v; before %q", ev.Facts, ev.Before)
	}
	snap, err := w.Forge().Snapshot(t.Context(), change.Record{Ref: w.Ref(), State: change.Open})
	if err != nil || len(snap.Reviews) == 0 || snap.Reviews[0].Author.Login != Keeper {
		t.Errorf("the snapshot's reviews are %+v: %v", snap.Reviews, err)
	}
}

func ending(t *testing.T, w World, mail *Mailbox) {
	heard(t, w, mail)
	w.End(t)
	events, _ := heard(t, w, mail)
	ev := some(t, events, change.Ended)
	about(t, w, ev)
	if ev.EndState != change.Closed {
		t.Errorf("it ended as %s", ev.EndState)
	}
	if _, state, err := w.Forge().Head(t.Context(), w.Ref()); err != nil || state != change.Closed {
		t.Errorf("the forge says %s: %v", state, err)
	}
}

func redelivering(t *testing.T, w World, mail *Mailbox) {
	events, letters := heard(t, w, mail)
	for i, l := range letters {
		again, err := w.Decode(l.Header, l.Body)
		if err != nil || again.Delivery != events[i].Delivery {
			t.Errorf("%q, then %q: %v", events[i].Delivery, again.Delivery, err)
		}
	}
	seen := map[string]bool{}
	for _, ev := range events {
		if seen[ev.Delivery] {
			t.Errorf("two deliveries are %q", ev.Delivery)
		}
		seen[ev.Delivery] = true
	}
	if len(events) == 0 {
		t.Error("nothing was told")
	}
}

func forging(t *testing.T, w World, mail *Mailbox) {
	_, letters := heard(t, w, mail)
	if len(letters) == 0 {
		t.Fatal("nothing was told")
	}
	l := letters[0]
	if ev, err := w.Decode(l.Header, slices.Concat(l.Body, []byte(" "))); err == nil {
		t.Errorf("a body that was changed is taken for %+v", ev)
	}
	bare := l.Header.Clone()
	for name, values := range bare {
		for i, v := range values {
			if len(v) > 20 { // a signature or a secret, and never the name of an event
				bare[name][i] = v[:len(v)-1] + string(rune(v[len(v)-1])^1)
			}
		}
	}
	if ev, err := w.Decode(bare, l.Body); err == nil {
		t.Errorf("another signature is taken for %+v", ev)
	}
}
