package gitlab_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	gocmpopts "github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-review/lintel/internal/change"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// editions are whether GitLab is the Community Edition, whose GraphQL tells no versions.
var editions = map[string]bool{"enterprise": false, "community": true}

// seen is a forge that has read a merge request once, where approvals outlive a push.
func seen(t *testing.T, community bool) (*shop, func() (change.Snapshot, bool)) {
	t.Helper()
	s := newShop(t, fakelab.Options{Community: community}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	must(t, s.Configure(s.id, func(_ *fakelab.Settings, a *fakelab.ApprovalSettings) { a.KeepOnPush = true }))
	s.clock.add(time.Minute)
	f := s.forge(t, s.options)
	again := func() (change.Snapshot, bool) {
		t.Helper()
		s.asked()
		snap, err := f.Snapshot(t.Context(), s.hinted())
		must(t, err)
		asked := slices.Contains(s.asked(), "GET /projects/:id/merge_requests/:merge_request_iid/approvals")
		// Whatever was known before, it reads what one reads who asks for everything.
		plain, err := s.forge(t, func(o *gitlab.Options) { s.options(o); o.REST = true }).Snapshot(t.Context(), s.hinted())
		must(t, err)
		same := gocmpopts.IgnoreFields(change.Snapshot{}, "TakenAt", "FilesUnpinned")
		if d := gocmp.Diff(plain, snap, gocmpopts.EquateEmpty(), same, gocmpopts.EquateApproxTime(time.Second)); d != "" {
			t.Errorf("what was known before makes another snapshot:\n%s", d)
		}
		return snap, asked
	}
	again()
	return s, again
}

// TestApprovalsThatAreForetold: of a head that was seen before nothing is asked when somebody approves it, takes that back
// or approves again, and when others talk about it.
func TestApprovalsThatAreForetold(t *testing.T) {
	for name, community := range editions {
		t.Run(name, func(t *testing.T) { foretold(t, community) })
	}
}

func foretold(t *testing.T, community bool) {
	s, again := seen(t, community)
	for _, step := range []struct {
		what string
		do   func() error
		who  int
	}{
		{"dev approves", func() error { return s.Approve(s.id, 1, "dev") }, 1},
		{"nothing", func() error { return nil }, 1},
		{"ann talks", func() error { _, err := s.Say(s.id, 1, "ann", "approved this merge request"); return err }, 1},
		{"dev takes it back", func() error { return s.Unapprove(s.id, 1, "dev") }, 0},
		{"dev approves again", func() error { return s.Approve(s.id, 1, "dev") }, 1},
	} {
		s.clock.add(time.Minute)
		must(t, step.do())
		snap, asked := again()
		if asked || len(snap.Reviews) != step.who {
			t.Errorf("%s: asked %t, %d reviews", step.what, asked, len(snap.Reviews))
		}
		for _, v := range snap.Reviews {
			if v.Commit != snap.Head.SHA || v.Author.Login != "dev" || !*v.CanWrite {
				t.Errorf("%s: %+v", step.what, v)
			}
		}
	}
}

// TestLateNoteOfAnApproval: GitLab writes the note of an approval behind, and it may come after the next push was read. It
// makes no approval of the new head.
func TestLateNoteOfAnApproval(t *testing.T) {
	s, again := seen(t, false)
	s.clock.add(time.Minute)
	first := s.Tip(s.id, "topic")
	must(t, s.Approve(s.id, 1, "dev"))
	s.clock.add(time.Minute)
	s.push(t, "topic", map[string]string{"c": "1\n"})
	s.clock.add(time.Minute)
	again()
	s.clock.add(time.Minute)
	must(t, s.NoteApproval(s.id, 1, "dev"))
	if snap, _ := again(); len(snap.Reviews) != 1 || snap.Reviews[0].Commit != first {
		t.Errorf("%+v, want one of %s", snap.Reviews, first)
	}
}

// TestApprovalsThatMustBeAskedFor: whatever may have been a push, a second that tells two things not apart, and more talk
// than one look shows.
func TestApprovalsThatMustBeAskedFor(t *testing.T) {
	approve := func(s *shop) error { return s.Approve(s.id, 1, "dev") }
	for what, do := range map[string]func(t *testing.T, s *shop){
		// The head is the same again, and what dev approved is another.
		"a push and one back": func(t *testing.T, s *shop) {
			first := s.Tip(s.id, "topic")
			s.push(t, "topic", map[string]string{"c": "1\n"})
			s.clock.add(time.Minute)
			must(t, approve(s))
			s.clock.add(time.Minute)
			must(t, s.stage.Push(s.id, "topic", first, "rita"))
		},
		"another target and back": func(t *testing.T, s *shop) {
			s.push(t, "other", map[string]string{"o": "1\n"})
			for _, target := range []string{"other", "main"} {
				must(t, s.Edit(s.id, 1, "rita", fakelab.Edit{Target: &target}))
			}
			s.clock.add(time.Minute)
			must(t, approve(s))
		},
		// As another process may have seen it, or none that could read what was between.
		"a close, a push, and one back": func(t *testing.T, s *shop) {
			first := s.Tip(s.id, "topic")
			state := func(state string) { must(t, s.Edit(s.id, 1, "rita", fakelab.Edit{State: &state})) }
			state("closed")
			s.push(t, "topic", map[string]string{"c": "1\n"})
			state("opened")
			s.clock.add(time.Minute)
			must(t, approve(s))
			s.clock.add(time.Minute)
			state("closed")
			must(t, s.stage.Push(s.id, "topic", first, "rita"))
			state("opened")
		},
		"the second of the look": func(t *testing.T, s *shop) { must(t, approve(s)) },
		"a push and one back behind much talk": func(t *testing.T, s *shop) {
			first := s.Tip(s.id, "topic")
			s.push(t, "topic", map[string]string{"c": "1\n"})
			s.clock.add(time.Minute)
			must(t, s.Unapprove(s.id, 1, "dev"))
			must(t, approve(s))
			s.clock.add(time.Minute)
			must(t, s.stage.Push(s.id, "topic", first, "rita"))
			for range 20 {
				_, err := s.Say(s.id, 1, "ann", "well")
				must(t, err)
			}
		},
	} {
		one := func(t *testing.T, community bool) {
			s, again := seen(t, community)
			if strings.Contains(what, "talk") {
				s.clock.add(time.Minute)
				must(t, approve(s))
				again()
			}
			do(t, s)
			if snap, asked := again(); !asked || len(snap.Reviews) != 1 {
				t.Errorf("asked %t, %+v", asked, snap.Reviews)
			}
		}
		for edition, community := range editions {
			t.Run(what+", "+edition, func(t *testing.T) { one(t, community) })
		}
	}
}
