package gitlab_test

import (
	"strings"
	"testing"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

func names(list []arrival) string {
	var out []string
	for _, a := range list {
		name, _ := a.raw["event_name"].(string)
		out = append(out, a.header.Get("X-Gitlab-Event")+" "+name)
	}
	return strings.Join(out, ", ")
}

func TestHooksTellWhoMayDoWhat(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	ofGroup, ofInstance, ofProject := newReceiver(t), newReceiver(t), newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Group: "acme", URL: ofGroup.URL}))
	w.id(w.AddHook(fakelab.Hook{URL: ofInstance.URL}))
	w.id(w.AddHook(fakelab.Hook{Project: w.project, URL: ofProject.URL}))
	for _, s := range []struct {
		what           string
		do             func() error
		group, instace string
	}{
		{"a member of a subgroup", func() error { return w.SetMember("acme/platform", "eve", fakelab.Reporter) },
			"Member Hook user_add_to_group", "System Hook user_add_to_group"},
		{"another level", func() error { return w.SetMember("acme/platform", "eve", fakelab.Developer) },
			"Member Hook user_update_for_group", "System Hook user_update_for_group"},
		{"an end", func() error { return w.SetMember("acme/platform", "eve", 0) },
			"Member Hook user_remove_from_group", "System Hook user_remove_from_group"},
		{"a member of the project", func() error { return w.SetMember(shopPath, "eve", fakelab.Developer) }, "",
			"System Hook user_add_to_team"},
		{"a rename", func() error { return w.Rename(w.project, "acme/platform/store") }, "", "System Hook project_rename"},
		{"a move", func() error { return w.Rename(w.project, "acme/store") }, "", "System Hook project_transfer"},
		{"the end", func() error { return w.DeleteProject(w.project) }, "Project Hook project_destroy", "System Hook project_destroy"},
	} {
		w.ok(s.do())
		if got := names(ofGroup.take(w)); got != s.group {
			t.Errorf("%s: the group's hook got %q, want %q", s.what, got, s.group)
		}
		if got := names(ofInstance.take(w)); got != s.instace {
			t.Errorf("%s: the instance's hook got %q, want %q", s.what, got, s.instace)
		}
	}
	if got := ofProject.take(w); len(got) > 0 {
		t.Errorf("the project's hook got %s", names(got))
	}
}

func TestATokenEndsAndIsRotated(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	r := newReceiver(t)
	w.id(w.AddHook(fakelab.Hook{Group: "acme", URL: r.URL}))
	w.ok(w.Expiring(w.bot.Secret))
	if got := names(r.take(w)); got != "Resource Access Token Hook expiring_access_token" {
		t.Error(got)
	}
	next, _, err := w.client.PersonalAccessTokens.RotatePersonalAccessTokenSelf(nil)
	if err != nil || next.UserID != w.bot.UserID || next.Token == "" {
		t.Fatalf("%+v, %v", next, err)
	}
	if code, _, _ := w.get("/api/v4/user"); code != 401 {
		t.Errorf("the old token: %d", code)
	}
	if me, _, err := w.as(next.Token).Users.CurrentUser(); err != nil || me.ID != w.bot.UserID {
		t.Errorf("the new one: %+v, %v", me, err)
	}
}

func TestRemarksFollowTheirLine(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.commit("topic", "feat: topic", map[string]string{"dir/b.txt": "one\nNEW\ntwo\nthree\n"})
	iid := w.id(w.Open(w.project, fakelab.Request{Source: "topic", By: "dev"}))
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
	w.ok(err)
	put := func(old, new *int64) string {
		d, _, err := w.client.Discussions.CreateMergeRequestDiscussion(w.project, iid,
			&client.CreateMergeRequestDiscussionOptions{Body: ptr("look"),
				Position: &client.PositionOptions{
					PositionType: ptr("text"),
					BaseSHA:      &m.DiffRefs.BaseSha,
					StartSHA:     &m.DiffRefs.StartSha,
					HeadSHA:      &m.DiffRefs.HeadSha,
					OldPath:      ptr("dir/b.txt"),
					NewPath:      ptr("dir/b.txt"),
					OldLine:      old,
					NewLine:      new,
				}})
		w.ok(err)
		return d.ID
	}
	added, context := put(nil, ptr(int64(2))), put(ptr(int64(3)), ptr(int64(4)))
	at := func(id string) *client.NotePosition {
		d, _, err := w.client.Discussions.GetMergeRequestDiscussion(w.project, iid, id)
		w.ok(err)
		return d.Notes[0].Position
	}
	second := w.commit("topic", "more", map[string]string{"dir/b.txt": "zero\none\nNEW\ntwo\nthree\n"})
	if p := at(added); p.HeadSHA != second || p.NewLine != 3 || p.OldLine != 0 {
		t.Errorf("an added line that moved: %+v", p)
	}
	if p := at(context); p.HeadSHA != second || p.NewLine != 5 || p.OldLine != 3 {
		t.Errorf("a context line that moved: %+v", p)
	}
	third := w.commit("topic", "and more", map[string]string{"dir/b.txt": "zero\none\nOTHER\ntwo\nthree\n"})
	if p := at(added); p.HeadSHA != second || p.NewLine != 3 {
		t.Errorf("a line that was changed: %+v", p)
	}
	if p := at(context); p.HeadSHA != third {
		t.Errorf("a line beside it: %+v", p)
	}
}
