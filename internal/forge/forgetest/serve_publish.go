package forgetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
)

var publishScenes = []serveScene{
	{"a verdict stands once, whatever is tried again", verdicts},
	{"the one comment is made once and edited in place", comments},
	{"a finding has one thread, whatever is tried again", threads},
	{"a place outside the diff is said to be one", outside},
}

var restScenes = []serveScene{
	{"people may do what the forge says", people},
	{"a sweep lists the open changes as a snapshot reads them", sweeping},
	{"a limit says until when", limited},
	{"a fault is no answer", faulty},
}

// apply carries an effect out, and fails on an error.
func apply(t *testing.T, w World, e effect.Effect, tried bool) effect.Receipt {
	t.Helper()
	r, err := w.Forge().Apply(t.Context(), e, tried)
	if err != nil {
		t.Fatal(err)
	}
	if r.Key != e.Key || r.RemoteID == "" {
		t.Fatalf("the receipt is %+v", r)
	}
	return r
}

func checkOf(w World, sha, key string, c effect.Conclusion) effect.Effect {
	return effect.Effect{Key: key, Ref: w.Ref(), Check: &effect.Check{
		Name: "lintel", SHA: sha, Status: effect.Completed, Conclusion: c, Digest: key, Title: "a title", Summary: "a summary",
		StartedAt: time.Now(), DetailsURL: "https://lintel.example.com/c/1",
	}}
}

func verdicts(t *testing.T, w World, _ *Mailbox) {
	sha := head(t, w)
	refused := checkOf(w, sha, "k1", effect.Failure)
	first := apply(t, w, refused, false)
	again := apply(t, w, refused, true)
	if c, n := w.Verdict(t, sha); c != effect.Failure || n != 1 || again.RemoteID != first.RemoteID {
		t.Errorf("%d verdicts, the newest %s; the receipts %s and %s", n, c, first.RemoteID, again.RemoteID)
	}
	apply(t, w, checkOf(w, sha, "k2", effect.Success), false)
	if c, _ := w.Verdict(t, sha); c != effect.Success {
		t.Errorf("the newest verdict is %s", c)
	}
}

func comments(t *testing.T, w World, _ *Mailbox) {
	posting := func(key, gate string, edits effect.ID) effect.Effect {
		parts := effect.Parts{Gate: gate}
		return effect.Effect{Key: key, Ref: w.Ref(), Comment: &effect.Comment{Body: parts.Body(), Parts: parts, Digest: key, Edits: edits}}
	}
	e := posting("c1", "Two problems.", "")
	first := apply(t, w, e, false)
	again := apply(t, w, e, true)
	if all := w.Comments(t); len(all) != 1 || !strings.Contains(all[0], "Two problems.") || again.RemoteID != first.RemoteID {
		t.Fatalf("%q, receipts %s and %s", all, first.RemoteID, again.RemoteID)
	}
	edited := apply(t, w, posting("c2", "One problem.", first.RemoteID), false)
	if all := w.Comments(t); len(all) != 1 || !strings.Contains(all[0], "One problem.") || strings.Contains(all[0], "Two") ||
		edited.RemoteID != first.RemoteID {
		t.Errorf("%q, receipts %s and %s", all, first.RemoteID, edited.RemoteID)
	}
}

func inlineOf(w World, sha, key string) effect.Effect {
	return effect.Effect{Key: key, Ref: w.Ref(), Inline: &effect.InlineComment{
		Fingerprint: "f1", SHA: sha, Path: Path, Side: effect.Right, StartLine: 2, Line: 3, Body: "Look here.",
	}}
}

func threads(t *testing.T, w World, _ *Mailbox) {
	sha := head(t, w)
	e := inlineOf(w, sha, "i1")
	first := apply(t, w, e, false)
	again := apply(t, w, e, true)
	if all := w.Threads(t); len(all) != 1 || !strings.Contains(all[0], "Look here.") || again.RemoteID != first.RemoteID {
		t.Fatalf("%q, receipts %s and %s", all, first.RemoteID, again.RemoteID)
	}
	done := inlineOf(w, sha, "i2")
	done.Inline.Body, done.Inline.AddressedIn, done.Inline.Edits, done.Inline.Thread = "Solved.", sha, first.RemoteID, first.Thread
	apply(t, w, done, false)
	if all := w.Threads(t); len(all) != 1 || !strings.Contains(all[0], "Solved.") {
		t.Errorf("%q", all)
	}
}

func outside(t *testing.T, w World, _ *Mailbox) {
	e := inlineOf(w, head(t, w), "i1")
	e.Inline.Path = "not/changed.go"
	var invalid *effect.InvalidPosition
	if _, err := w.Forge().Apply(t.Context(), e, false); !errors.As(err, &invalid) {
		t.Errorf("%v", err)
	}
	if all := w.Threads(t); len(all) != 0 {
		t.Errorf("%q", all)
	}
}

func people(t *testing.T, w World, _ *Mailbox) {
	for login, want := range map[string]struct {
		role  string
		write bool
		team  bool
	}{
		Writer:     {"write", true, false},
		Keeper:     {"maintain", true, true},
		Reader:     {"read", false, false},
		"stranger": {"none", false, false},
	} {
		role, err := w.Forge().Role(t.Context(), w.Ref(), login)
		write, err2 := w.Forge().Permission(t.Context(), w.Ref(), login)
		in, err3 := w.Forge().InTeam(t.Context(), w.Ref(), Team, login)
		// What people may read, a public repository shows to all.
		if login == "stranger" && role == "read" {
			role = "none"
		}
		if err := errors.Join(err, err2, err3); err != nil || role != want.role || write != want.write || in != want.team {
			t.Errorf("%s: %s, may write %t, in the team %t: %v", login, role, write, in, err)
		}
	}
}

func sweeping(t *testing.T, w World, _ *Mailbox) {
	ref := w.Ref()
	all, err := w.Forge().Repositories(t.Context(), ref.Connection)
	if err != nil || len(all) != 1 || all[0].ID != ref.RepoID || all[0].Owner != ref.Owner || all[0].Name != ref.Name {
		t.Fatalf("%+v: %v", all, err)
	}
	snap, err := w.Forge().Snapshot(t.Context(), change.Record{Ref: ref, State: change.Open})
	if err != nil {
		t.Fatal(err)
	}
	list := func(base string) int {
		t.Helper()
		listed, err := w.Forge().OpenPulls(t.Context(), ref.Connection, ref.Owner, ref.Name, base, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range listed {
			if l.Number != ref.Number || l.Head.SHA != snap.Head.SHA || l.Base.Ref != "main" || !l.UpdatedAt.Equal(snap.UpdatedAt) {
				t.Errorf("%+v, the snapshot says %s at %s", l, snap.Head.SHA, snap.UpdatedAt)
			}
		}
		return len(listed)
	}
	if n, elsewhere := list(""), list("other"); n != 1 || elsewhere != 0 {
		t.Errorf("%d are open, %d into another branch", n, elsewhere)
	}
	w.End(t)
	if n := list(""); n != 0 {
		t.Errorf("%d are open after the end", n)
	}
}

func limited(t *testing.T, w World, _ *Mailbox) {
	sha := head(t, w)
	restore := w.Fail(429, map[string]string{"Retry-After": "120"})
	_, err := w.Forge().Snapshot(t.Context(), change.Record{Ref: w.Ref(), State: change.Open})
	_, wrote := w.Forge().Apply(t.Context(), checkOf(w, sha, "k1", effect.Success), false)
	for _, err := range []error{err, wrote} {
		var limited *change.Limited
		if !errors.As(err, &limited) || limited.Until.IsZero() {
			t.Errorf("%v", err)
		}
	}
	restore()
	apply(t, w, checkOf(w, sha, "k1", effect.Success), true)
	if c, n := w.Verdict(t, sha); c != effect.Success || n != 1 {
		t.Errorf("%d verdicts, %s", n, c)
	}
}

func faulty(t *testing.T, w World, _ *Mailbox) {
	sha := head(t, w)
	restore := w.Fail(502, nil)
	snap, err := w.Forge().Snapshot(t.Context(), change.Record{Ref: w.Ref(), State: change.Open})
	_, wrote := w.Forge().Apply(t.Context(), checkOf(w, sha, "k1", effect.Success), false)
	for _, err := range []error{err, wrote} {
		var gone *change.Gone
		var refused *change.Refused
		if err == nil || errors.As(err, &gone) || errors.As(err, &refused) {
			t.Errorf("%v, with %d files", err, len(snap.Files))
		}
	}
	restore()
	if c, n := w.Verdict(t, sha); n != 0 {
		t.Errorf("%d verdicts, %s", n, c)
	}
}
