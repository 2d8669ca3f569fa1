package server_test

import (
	"slices"
	"strings"
	"testing"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// ATTACK: on GitLab, get around what a group asks of every project below it: by the project's own settings, and by a
// settings project of a group in between.
//
// STEPS: the group acme has a floor in its project lintel-settings; the project acme/tools/shop asks for less, and so
// does the group acme/tools in a settings project of its own; a change of the group's file that is not valid is proposed;
// a push makes the floor stricter; the group is given another path, of which no hook tells, and a change is opened there;
// the project goes to another group, whose file asks for less.
//
// WHAT MUST HOLD: the topmost group's floor holds, and the note says so; the proposal is told what is wrong; the stricter
// floor reaches what was open before; under its new name the group's floor holds at once, without a green before; in the
// other group its file holds.
func TestStoryGitLabGroup(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{})
	project := func(path, text string) int64 {
		t.Helper()
		id, err := r.lab.AddProject(fakelab.Project{Path: path, Files: map[string]string{"lintel.yml": text},
			Settings: fakelab.Settings{NoJobs: true}})
		must(t, err)
		_, err = r.lab.AddHook(fakelab.Hook{Project: id, URL: r.url + "/hooks/gitlab", Token: "a secret of the webhooks"})
		must(t, err)
		return id
	}
	commit := func(id int64, branch, text string) string {
		t.Helper()
		sha, err := r.lab.Commit(id, fakelab.Commit{Branch: branch, From: "main", By: "rita", Message: "chore: settings",
			Files: map[string]string{"lintel.yml": text}})
		must(t, err)
		return sha
	}
	below := project("acme/tools/lintel-settings", "version: 1\nfloor: {size: {mode: warn}}\n")
	home := project("acme/lintel-settings", "version: 1\nfloor: {size: {mode: warn}}\n")
	open := func(branch string) (sha string, number int64) {
		t.Helper()
		sha, err := r.lab.Commit(r.project, fakelab.Commit{Branch: branch, From: "main", By: "dev", Message: "feat: sell\n",
			Files: map[string]string{"cart/" + branch + ".go": "package cart\n\n" + strings.Repeat("var _ = 1\n", 40)}})
		must(t, err)
		number, err = r.lab.Open(r.project, fakelab.Request{Source: branch, Title: "feat: sell", By: "dev"})
		must(t, err)
		return sha, number
	}
	// The project's own settings let it pass.
	sha, _ := open("first")
	r.becomes(sha, "success")

	commit(home, "main", "version: 1\nfloor: {size: {mode: enforce, fail_over: 10}}\n")
	r.becomes(sha, "failed")

	shop := r.project
	r.project = home
	broken := commit(home, "broken", "version: 1\nfloor: {size: {mode: sometimes}}\n")
	proposal, err := r.lab.Open(home, fakelab.Request{Source: "broken", Title: "chore: settings", By: "rita"})
	must(t, err)
	r.becomes(broken, "failed")
	if notes := strings.Join(r.notes(proposal), "\n"); !strings.Contains(notes, "lintel.yml") || !strings.Contains(notes, "sometimes") {
		t.Errorf("the proposal is not told what is wrong with it:\n%s", notes)
	}

	r.project = shop
	commit(below, "main", "version: 1\nfloor: {size: {mode: warn, fail_over: 9000}}\n")
	must(t, r.lab.WaitDelivered(t.Context()))
	sha, number := open("second")
	r.becomes(sha, "failed")
	if notes := strings.Join(r.notes(number), "\n"); !strings.Contains(notes, "acme/lintel-settings:lintel.yml") {
		t.Errorf("the note does not say whose floor holds:\n%s", notes)
	}

	must(t, r.lab.MoveGroup("acme", "umbrella"))
	sha, _ = open("third")
	r.becomes(sha, "failed")
	if r.ever(sha, "success") {
		t.Error("the floor was not in force under the group's new name")
	}

	_, err = r.lab.AddGroup("elsewhere")
	must(t, err)
	must(t, r.lab.SetMember("elsewhere", r.bot.Bot, fakelab.Developer))
	must(t, r.lab.SetMember("elsewhere", "dev", fakelab.Developer))
	must(t, r.lab.Rename(shop, "elsewhere/shop"))
	sha, _ = open("fourth")
	r.becomes(sha, "success")
}

// ever reports whether a commit had our status of a state.
func (r *labRig) ever(sha, state string) bool {
	r.t.Helper()
	var all []struct{ Name, Status string }
	r.get("repository/commits/"+sha+"/statuses?all=true", &all)
	return slices.ContainsFunc(all, func(s struct{ Name, Status string }) bool { return s.Name == "lintel" && s.Status == state })
}
