package gitlab_test

import (
	"strings"
	"testing"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

func TestNotes(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	n, _, err := w.client.Notes.CreateMergeRequestNote(w.project, iid,
		&client.CreateMergeRequestNoteOptions{Body: ptr("<!-- key -->hello")})
	w.ok(err)
	n, _, err = w.client.Notes.UpdateMergeRequestNote(
		w.project,
		iid,
		n.ID,
		&client.UpdateMergeRequestNoteOptions{Body: ptr("again")},
	)
	if err != nil || n.Body != "again" || n.Author.ID != w.bot.UserID {
		t.Errorf("%+v, %v", n, err)
	}
	if _, _, err = w.user("ann").Notes.UpdateMergeRequestNote(w.project, iid, n.ID,
		&client.UpdateMergeRequestNoteOptions{Body: ptr("no")}); status(err) != 403 {
		t.Errorf("somebody else's note: %v", err)
	}
	if _, _, err = w.client.Notes.CreateMergeRequestNote(w.project, iid,
		&client.CreateMergeRequestNoteOptions{Body: ptr(" ")}); status(err) != 400 {
		t.Errorf("an empty note: %v", err)
	}
	if _, _, err = w.client.AwardEmoji.CreateMergeRequestAwardEmojiOnNote(w.project, iid, n.ID,
		&client.CreateAwardEmojiOptions{Name: "thumbsup"}); err != nil {
		t.Error(err)
	}
	if e, _, err := w.client.AwardEmoji.ListMergeRequestAwardEmojiOnNote(w.project, iid, n.ID,
		nil); err != nil || len(e) != 1 || e[0].Name != "thumbsup" {
		t.Errorf("%+v, %v", e, err)
	}
	_, err = w.client.Notes.DeleteMergeRequestNote(w.project, iid, n.ID)
	w.ok(err)
	if _, _, err = w.client.Notes.GetMergeRequestNote(w.project, iid, n.ID); status(err) != 404 {
		t.Errorf("a deleted note: %v", err)
	}
}

// TestQuickActionsAct shows why a text of strangers may have no line with a slash in front.
func TestQuickActionsAct(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	n, _, err := w.client.Notes.CreateMergeRequestNote(w.project, iid,
		&client.CreateMergeRequestNoteOptions{Body: ptr("harmless\n/close\n```\n/merge\n```")})
	if err != nil || strings.Contains(n.Body, "/close") || !strings.Contains(n.Body, "/merge") {
		t.Errorf("%+v, %v", n, err)
	}
	w.holds(iid, "it is closed")
	other := w.open("other", map[string]string{"a.go": "package b\n"})
	n, _, err = w.client.Notes.CreateMergeRequestNote(w.project, other, &client.CreateMergeRequestNoteOptions{Body: ptr("first")})
	w.ok(err)
	if _, _, err = w.client.Notes.UpdateMergeRequestNote(w.project, other, n.ID,
		&client.UpdateMergeRequestNoteOptions{Body: ptr("second\n/label ~urgent")}); err != nil {
		t.Error(err)
	}
	_, _, err = w.client.Discussions.CreateMergeRequestDiscussion(w.project, other,
		&client.CreateMergeRequestDiscussionOptions{Body: ptr("x\n/close")})
	w.ok(err)
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, other, nil)
	if err != nil || m.State != "closed" || len(m.Labels) != 1 {
		t.Errorf("an edit and a thread: %s %v, %v", m.State, m.Labels, err)
	}
}

func TestRemarksStandInTheDiff(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.commit("topic", "feat: topic", map[string]string{"dir/b.txt": "zero\none\nTWO\nthree\n"})
	iid := w.id(w.Open(w.project, fakelab.Request{Source: "topic", By: "dev"}))
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
	w.ok(err)
	remark := func(change func(*client.PositionOptions)) (*client.Discussion, error) {
		at := client.PositionOptions{PositionType: ptr("text"), BaseSHA: &m.DiffRefs.BaseSha,
			StartSHA: &m.DiffRefs.StartSha, HeadSHA: &m.DiffRefs.HeadSha,
			OldPath: ptr("dir/b.txt"), NewPath: ptr("dir/b.txt")}
		change(&at)
		d, _, err := w.client.Discussions.CreateMergeRequestDiscussion(w.project, iid,
			&client.CreateMergeRequestDiscussionOptions{Body: ptr("look"), Position: &at})
		return d, err
	}
	for name, c := range map[string]struct {
		old, new int64
		ok       bool
	}{
		"added line":                {0, 1, true},
		"removed line":              {2, 0, true},
		"context line":              {1, 2, true},
		"context by its new number": {0, 2, false},
		"added line with both":      {1, 1, false},
		"behind the end":            {0, 9, false},
		"no line":                   {0, 0, false},
	} {
		d, err := remark(func(p *client.PositionOptions) {
			if c.old > 0 {
				p.OldLine = &c.old
			}
			if c.new > 0 {
				p.NewLine = &c.new
			}
		})
		if !c.ok {
			if status(err) != 400 || !strings.Contains(err.Error(), "line_code") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || d.Notes[0].Type != client.DiffNote || len(d.ID) != 40 || d.Notes[0].Position.NewLine != c.new ||
			d.Notes[0].Position.OldLine != c.old {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	if _, err := remark(func(p *client.PositionOptions) {
		p.NewLine, p.OldPath, p.NewPath = ptr(int64(1)), ptr("a.go"), ptr("a.go")
	}); status(err) != 400 {
		t.Errorf("a file outside of the diff: %v", err)
	}
	if _, err := remark(func(p *client.PositionOptions) { p.NewLine, p.StartSHA = ptr(int64(1)), ptr(m.SHA) }); status(
		err,
	) != 400 {
		t.Errorf("SHAs of no version: %v", err)
	}
}

func TestDraftsArePublishedAtOnce(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
	w.ok(err)
	for range 2 {
		d, _, err := w.client.DraftNotes.CreateDraftNote(w.project, iid,
			&client.CreateDraftNoteOptions{Note: ptr("look"), Position: &client.PositionOptions{
				PositionType: ptr(
					"text",
				), BaseSHA: &m.DiffRefs.BaseSha, StartSHA: &m.DiffRefs.StartSha, HeadSHA: &m.DiffRefs.HeadSha,
				OldPath: ptr("a.go"), NewPath: ptr("a.go"), NewLine: ptr(int64(1))}})
		if err != nil || d.Position.NewLine != 1 {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	if others, _, err := w.user("ann").DraftNotes.ListDraftNotes(w.project, iid, nil); err != nil || len(others) != 0 {
		t.Errorf("somebody else sees %d, %v", len(others), err)
	}
	_, err = w.client.DraftNotes.PublishAllDraftNotes(w.project, iid)
	w.ok(err)
	notes, _, err := w.client.Notes.ListMergeRequestNotes(w.project, iid, nil)
	if err != nil || len(notes) != 2 || notes[0].Type != client.DiffNote {
		t.Errorf("%d notes, %v", len(notes), err)
	}
}

func TestThreadsResolve(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.Configure(w.project, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfThreadsResolved = true }))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	d, _, err := w.client.Discussions.CreateMergeRequestDiscussion(w.project, iid,
		&client.CreateMergeRequestDiscussionOptions{Body: ptr("why?")})
	if err != nil || d.Notes[0].Type != "DiscussionNote" || !d.Notes[0].Resolvable {
		t.Fatalf("%+v, %v", d, err)
	}
	w.holds(iid, "discussions_not_resolved")
	if _, _, err = w.client.Discussions.AddMergeRequestDiscussionNote(w.project, iid, d.ID,
		&client.AddMergeRequestDiscussionNoteOptions{Body: ptr("because")}); err != nil {
		t.Error(err)
	}
	d, _, err = w.client.Discussions.ResolveMergeRequestDiscussion(w.project, iid, d.ID,
		&client.ResolveMergeRequestDiscussionOptions{Resolved: ptr(true)})
	if err != nil || len(d.Notes) != 2 || !d.Notes[1].Resolved || d.Notes[0].ResolvedBy.Username != w.bot.Bot {
		t.Errorf("%+v, %v", d, err)
	}
	w.holds(iid, "")
}
