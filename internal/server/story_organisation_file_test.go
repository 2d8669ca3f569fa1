package server_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/settings/live"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/settings"
)

const home = "acme/.github"

// organised is a hub with acme/.github, whose lintel.yml is text, and a server that read it.
func organised(t *testing.T, text string, with ...func(*config.Config, *server.Options)) (*rig, int64) {
	t.Helper()
	return organisedOn(t, world(t, fakehub.Options{}), text, with...)
}

func organisedOn(t *testing.T, hub *fakehub.Hub, text string, with ...func(*config.Config, *server.Options)) (*rig, int64) {
	t.Helper()
	_, err := hub.AddRepo(fakehub.Repo{Owner: "acme", Name: ".github", Collaborators: map[string]string{"wendy": "write", "olga": "admin"}})
	must(t, err)
	settle(t, hub, text)
	commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: lax", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: {mode: 'off'}\nownership: {mode: 'off'}\n",
	}})
	r := start(t, hub, t.TempDir(), with...)
	connection, err := hub.Install("acme", shop, home)
	must(t, err)
	r.quiet()
	return r, connection
}

// settle commits a version of the organisation's file.
func settle(t *testing.T, hub *fakehub.Hub, text string) string {
	t.Helper()
	return commit(t, hub, home, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: settings",
		Files: fakehub.Files{"lintel.yml": text}})
}

// unfinished opens a pull request that the family commits refuses.
func (r *rig) unfinished(branch string) string {
	r.t.Helper()
	sha := commit(r.t, r.hub, shop, fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: "WIP refunds",
		Files: fakehub.Files{branch + ".txt": "x\n"}})
	open(r.t, r.hub, shop, fakehub.Pull{Title: "feat: refund", Head: branch, Base: "main", Author: "wendy"})
	return sha
}

// shows waits until the newest check on a commit has a conclusion and some words.
func (r *rig) shows(sha, conclusion, words string) {
	r.t.Helper()
	var last fakehub.RunView
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if last = r.run(sha, conclusion); strings.Contains(last.Text+last.Summary, words) {
			return
		}
	}
	r.t.Fatalf("the check does not say %q:\n%s\n%s", words, last.Summary, last.Text)
}

const enforced = "version: 1\nfloor:\n  commits: {mode: enforce}\n"

// STEPS: an organisation lands a floor in acme/.github, breaks it, removes it, and corrects it, all by pushes.
//
// WHAT MUST HOLD: each push turns the check of the open pull request without any event of that pull request; an invalid
// file changes nothing, and the check says that the last version holds; one answer without the file ends no floor.
//
//race:unwatched
func TestStoryOrganisationFile(t *testing.T) {
	t.Parallel()
	r, _ := organised(t, enforced)
	sha := r.unfinished("wip")
	r.shows(sha, "failure", "by `acme/.github:lintel.yml`: `commits.mode` at `\"enforce\"` (line 3)")
	page := r.page("http://" + r.config.AdminListen + "/pr/github/acme/shop/1")
	for _, words := range []string{"floor, acme/.github:lintel.yml:3", "repository, .github/lintel.yml:3", "built-in value"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q: %s", words, page)
		}
	}

	holds, err := live.Read(t.Context(), r.config, live.Repository{Name: shop}, time.Now())
	must(t, err)
	want := settings.Value{Key: "commits.mode", Value: `"enforce"`, From: "floor", File: "acme/.github:lintel.yml", Line: 3}
	if !holds.Own || !slices.Contains(holds.Values, want) {
		t.Errorf("what holds by the record is %+v, want %+v in it", holds, want)
	}

	settle(t, r.hub, "version: 1\nfloor: {commits: {mode: sometimes}}\n")
	r.quiet()
	must(t, r.server.RefreshOrganisations(t.Context()))
	page = r.adminPage("/organisations")
	for _, words := range []string{"not valid", "acme/.github:lintel.yml:2", "commits: {mode: enforce}"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page of organisations does not say %q", words)
		}
	}
	again := r.unfinished("again")
	r.shows(again, "failure", "is not valid (1 problems); the version of")

	settle(t, r.hub, "version: 1\nfloor:\n  commits: {mode: warn}\n")
	r.shows(sha, "success", "`commits.mode` at `\"warn\"`")

	settle(t, r.hub, enforced)
	r.shows(sha, "failure", "`commits.mode` at `\"enforce\"`")
	commit(t, r.hub, home, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: no settings", Delete: []string{"lintel.yml"}})
	r.quiet()
	must(t, r.server.RefreshOrganisations(t.Context()))
	must(t, r.server.RefreshOrganisations(t.Context()))
	r.run(sha, "success")
	r.expectDiffs(
		`organisation.in_force floor.commits.mode: "enforce" -> nothing; version: 1 -> nothing`,
		`organisation.in_force floor.commits.mode: "warn" -> "enforce"`,
		`organisation.in_force floor.commits.mode: "enforce" -> "warn"`,
		`organisation.in_force floor.commits.mode: nothing -> "enforce"; version: nothing -> 1`,
	)
}

// expectDiffs checks the newest records of versions that came into force or were rolled back, newest first.
func (r *rig) expectDiffs(want ...string) {
	r.t.Helper()
	records, err := r.server.Record().AuditPage(r.t.Context(), string(change.GitHub), 0, "organisation", 0, 100)
	must(r.t, err)
	var got []string
	for _, e := range records {
		if e.Act == organisation.InForce || e.Act == organisation.RolledBack {
			got = append(got, string(e.Act)+" "+e.Detail["diff"])
		}
	}
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		r.t.Errorf("audited\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// STEPS: a change of the file lands in waves; the clock jumps; the operator rolls it back; the same text lands again.
//
// WHAT MUST HOLD: a jump of the clock brings no wave early; each wave turns the check of the open pull request when it
// reaches its repository; a rollback turns it back, is in the audit log, and the same text does not return.
func TestStoryOrganisationWaves(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	r, _ := organised(t, enforced, noSweeps, func(_ *config.Config, o *server.Options) { o.Now = clock.now })
	must(t, r.server.RefreshOrganisations(t.Context()))
	sha := r.unfinished("wip")
	r.run(sha, "failure")
	lax := "version: 1\nwaves: [0.0001 %, 100 %]\nfloor:\n  commits: {mode: warn}\n"
	settle(t, r.hub, lax)
	r.quiet()
	advance := func(by time.Duration) {
		t.Helper()
		clock.forward(by)
		must(t, r.server.AdvanceOrganisations(t.Context()))
		r.quiet()
	}
	for _, by := range []time.Duration{time.Hour, time.Minute, 2 * time.Hour, time.Minute} {
		advance(by)
		if got, want := r.inForce(), r.hub.Tip(home, "main"); got == want {
			t.Fatalf("the last wave came after a jump of %s", by)
		}
	}
	r.run(sha, "failure")
	for range 10 {
		advance(time.Minute)
	}
	r.run(sha, "success")

	st := r.state()
	entries, err := st.Rollback("olga (operator)", "too lax")
	must(t, err)
	must(t, r.server.Record().SaveOrganisation(t.Context(), st, entries...))
	advance(time.Minute)
	r.shows(sha, "failure", "was rolled back by olga (operator)")
	r.expectDiffs(`organisation.rolled_back floor.commits.mode: "warn" -> "enforce"; waves: ["0.0001 %","100 %"] -> nothing`)
	settle(t, r.hub, enforced)
	settle(t, r.hub, lax)
	r.quiet()
	must(t, r.server.RefreshOrganisations(t.Context()))
	if n, err := r.server.Record().VerifyAudit(t.Context()); err != nil || n < 5 {
		t.Errorf("%d records of audit, %v", n, err)
	}
}

// STEPS: an organisation with a floor for "acme/shop" is renamed.
//
// WHAT MUST HOLD: the floor stays, under the new name, and targets by the old name still name their repositories.
//
//race:unwatched
func TestStoryOrganisationRenamed(t *testing.T) {
	t.Parallel()
	r, _ := organised(t, "version: 1\ntargets:\n  - repositories: [acme/shop]\n    floor: {commits: {mode: enforce}}\n")
	sha := r.unfinished("wip")
	r.run(sha, "failure")
	must(t, r.hub.RenameOrg("acme", "emca", "olga"))
	r.quiet()
	must(t, r.server.RefreshOrganisations(t.Context()))
	if st := r.state(); st.Login != "emca" || st.Place != "emca/.github:lintel.yml" || len(st.Former) != 1 {
		t.Errorf("after the rename: %+v", st)
	}
	sha = commit(t, r.hub, "emca/shop", fakehub.Commit{Branch: "two", From: "main", Author: "wendy", Message: "WIP two",
		Files: fakehub.Files{"two.txt": "x\n"}})
	open(t, r.hub, "emca/shop", fakehub.Pull{Title: "feat: two", Head: "two", Base: "main", Author: "wendy"})
	r.run(sha, "failure")
}

// STEPS: pull requests to acme/.github propose a floor that refuses an open, green pull request of acme/shop, and one
// that is not valid.
//
// WHAT MUST HOLD: the check of the first says how many checks it would turn red, where and by which rule; that of the
// second names the line; neither touches the check of acme/shop.
func TestStoryOrganisationPreview(t *testing.T) {
	t.Parallel()
	r, _ := organised(t, "version: 1\nfloor:\n  size: {mode: warn}\n")
	sha := r.unfinished("wip")
	r.run(sha, "success")
	propose := func(branch, text, words string) {
		t.Helper()
		head := commit(t, r.hub, home, fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: "chore: raise the floor",
			Files: fakehub.Files{"lintel.yml": text}})
		open(t, r.hub, home, fakehub.Pull{Title: "chore: raise the floor", Head: branch, Base: "main", Author: "wendy"})
		var last fakehub.RunView
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
			if runs := r.hub.Runs(home, head); len(runs) > 0 {
				if last = runs[len(runs)-1]; last.Status == "completed" {
					break
				}
			}
		}
		if !strings.Contains(last.Summary+last.Text, words) {
			t.Errorf("%s: the check does not say %q:\n%s\n%s", branch, words, last.Summary, last.Text)
		}
	}
	propose("raise", enforced, "would turn 1 green check red in 1 repository: acme/shop (1); by commits/")
	// A floor that is rolled out is judged as it would hold today: in no repository, over, and from yesterday on.
	const some = "version: 1\nfloor:\n  size: {mode: warn}\n  commits: {mode: enforce, "
	propose("nowhere", some+"rollout: 0}\n", "would turn 0 green checks red")
	propose("over", some+"until: 2020-01-01}\n", "would turn 0 green checks red")
	propose("since", some+"from: 2020-01-01}\n", "would turn 1 green check red in 1 repository: acme/shop (1); by commits/")
	propose("typo", "version: 1\nflor: {}\n", "unknown key \"flor\"; did you mean \"floor\"?")
	r.quiet()
	if runs := r.runs(sha); len(runs) != 1 {
		t.Errorf("the proposals touch the check of the shop: %d runs", len(runs))
	}
}

// STEPS: a family is in shadow in a repository with an open pull request that it would refuse and one that it would not;
// a pull request to acme/.github proposes a floor that lets it block, one day.
//
// WHAT MUST HOLD: the check of the proposal brings the evidence of the rule before anybody is blocked, and no check turns.
//
//race:unwatched
func TestStoryOrganisationEvidence(t *testing.T) {
	t.Parallel()
	const noOwners = "version: 1\ndefaults:\n  ownership: {mode: 'off'}\n"
	r, _ := organised(t, noOwners)
	commit(t, r.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: shadow", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: {mode: shadow}\n",
	}})
	r.quiet()
	sha := r.unfinished("wip")
	r.run(sha, "success")
	good := commit(t, r.hub, shop, fakehub.Commit{Branch: "good", From: "main", Author: "wendy", Message: "feat: refund",
		Files: fakehub.Files{"good.txt": "x\n"}})
	open(t, r.hub, shop, fakehub.Pull{Title: "feat: refund", Head: "good", Base: "main", Author: "wendy"})
	r.run(good, "success")
	r.quiet()
	head := commit(t, r.hub, home, fakehub.Commit{Branch: "raise", From: "main", Author: "wendy", Message: "chore: raise the floor",
		Files: fakehub.Files{"lintel.yml": noOwners + "floor:\n  commits: {mode: enforce, from: 2099-01-01}\n"}})
	open(t, r.hub, home, fakehub.Pull{Title: "chore: raise the floor", Head: "raise", Base: "main", Author: "wendy"})
	r.quiet()
	runs := r.hub.Runs(home, head)
	if len(runs) == 0 {
		t.Fatal("no check")
	}
	text := runs[len(runs)-1].Text + runs[len(runs)-1].Summary
	for _, words := range []string{"would turn 0 green checks red", "gate/rollout-evidence", "lintel.yml",
		"In repositories where it holds, this file lets ", "would have blocked 1 of the last 2 pull requests"} {
		if !strings.Contains(text, words) {
			t.Errorf("the check does not say %q:\n%s", words, text)
		}
	}
	if runs := r.runs(sha); len(runs) != 1 {
		t.Errorf("the proposal touches the check of the shop: %d runs", len(runs))
	}
}

// STEPS: a floor goes by a custom property of a repository that no event has told of.
//
// WHAT MUST HOLD: the floor holds until the property is known, and the check says so; the sweep asks for it once, and then
// the floor is only for the repositories that have it.
//
//race:unwatched
func TestStoryOrganisationProperties(t *testing.T) {
	t.Parallel()
	r, _ := organised(t, "version: 1\ntargets:\n  - {properties: {tier: [critical]}, floor: {commits: {mode: enforce}}}\n", noSweeps)
	_, err := r.server.Writer().ExecContext(t.Context(), `UPDATE repository SET traits = ''`)
	must(t, err)
	r.hub.SetWebhook("", "")
	sha := r.unfinished("wip")
	must(t, r.server.Sweep(t.Context()))
	r.shows(sha, "failure", `goes by the property "tier" of the repository, not known yet; its floor holds until that is known`)
	must(t, r.server.RefreshOrganisations(t.Context()))
	r.run(sha, "success")
	r.hub.Reset()
	must(t, r.server.RefreshOrganisations(t.Context()))
	for _, call := range r.hub.Requests() {
		if strings.HasSuffix(call.Path, "/"+shop) {
			t.Errorf("what is known is asked again: %s", call.Path)
		}
	}
}

// STEPS: floors go by a topic, by visibility, by a custom property and by a name; the repository gets each and loses it
// again, and nobody touches its pull request.
//
// WHAT MUST HOLD: each turns the check of the open pull request, in both directions; what no file goes by costs no look.
func TestStoryOrganisationRetargeted(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{App: fakehub.AppSpec{
		Events: []string{"pull_request", "push", "repository", "custom_property_values"},
		Permissions: map[string]string{"metadata": "read", "contents": "read", "pull_requests": "write", "checks": "write",
			"issues": "write", "members": "read", "organization_custom_properties": "read"},
	}})
	r, _ := organisedOn(t, hub, `version: 1
targets:
  - {topics: [payment], floor: {commits: {mode: enforce}}}
  - {visibility: [private], floor: {commits: {mode: enforce}}}
  - {properties: {tier: [critical]}, floor: {commits: {mode: enforce}}}
  - {repositories: [vault], floor: {commits: {mode: enforce}}}
`, noSweeps)
	must(t, r.server.RefreshOrganisations(t.Context()))
	sha := r.unfinished("wip")
	r.run(sha, "success")
	turns := func(what, conclusion string, err error) {
		t.Helper()
		must(t, err)
		r.quiet()
		must(t, r.server.Retarget(t.Context()))
		r.quiet()
		if runs := r.runs(sha); runs[len(runs)-1].Conclusion != conclusion {
			t.Errorf("%s: %s, want %s\n%s", what, runs[len(runs)-1].Conclusion, conclusion, runs[len(runs)-1].Text)
		}
	}
	turns("topic", "failure", r.hub.SetTopics(shop, []string{"payment"}, "olga"))
	turns("no topic", "success", r.hub.SetTopics(shop, nil, "olga"))
	turns("private", "failure", r.hub.SetPrivate(shop, true, "olga"))
	turns("public", "success", r.hub.SetPrivate(shop, false, "olga"))
	turns("property", "failure", r.hub.SetProperty(shop, "tier", "critical", "olga"))
	turns("list of properties", "failure", r.hub.SetProperty(shop, "tier", []any{"low", "critical"}, "olga"))
	turns("no property", "success", r.hub.SetProperty(shop, "tier", nil, "olga"))

	settle(t, r.hub, "version: 1\ndefaults: {commits: {style: none}}\n")
	r.quiet()
	before := r.looks()
	turns("property that no file goes by", "success", r.hub.SetProperty(shop, "tier", "critical", "olga"))
	if after := r.looks(); after != before {
		t.Errorf("%d looks for a property that no file goes by", after-before)
	}
}

// looks counts the looks that were asked for at the pull requests of all repositories.
func (r *rig) looks() (n int) {
	r.t.Helper()
	must(r.t, r.server.Reader().QueryRowContext(r.t.Context(), `SELECT SUM(generation) FROM change`).Scan(&n))
	return n
}

// ATTACK: take the floor away by taking away what it is read from: the App may no longer see acme/.github, or GitHub
// answers every question about it with a fault.
//
// WHAT MUST HOLD: the floor holds, and the check of the next change says that it could not be read.
//
//race:unwatched
func TestStoryOrganisationUnseen(t *testing.T) {
	t.Parallel()
	r, connection := organised(t, enforced)
	must(t, r.hub.SetInstalled(connection, false, home))
	r.quiet()
	must(t, r.server.RefreshOrganisations(t.Context()))
	r.shows(r.unfinished("wip"), "failure",
		"acme/.github:lintel.yml cannot be read (Lintel no longer sees the repository .github of acme); the version of")
}

// STEPS: every address that the file is read from answers with every fault, and then rightly again.
//
// WHAT MUST HOLD: the floor holds all the time, and a version that landed meanwhile holds afterwards.
//
//race:unwatched
func TestEveryAnswerAboutOrganisations(t *testing.T) {
	t.Parallel()
	r, _ := organised(t, enforced, noSweeps)
	must(t, r.server.RefreshOrganisations(t.Context()))
	r.shows(r.unfinished("wip"), "failure", "`commits.mode` at `\"enforce\"`")
	r.hub.SetWebhook("", "") // the sweep alone reads
	n := 0
	for _, s := range organisationSpots() {
		for _, name := range sortedNames(faultsAt(s)) {
			n++
			f := faultsAt(s)[name]
			settle(t, r.hub, enforced+"# "+s.String()+" "+name+"\n")
			remove := r.hub.Fault(f)
			// One answer that the file is not there may be a fault; two of one commit are believed.
			if err := r.server.RefreshOrganisations(t.Context()); err != nil {
				t.Errorf("%s %s: %v", s, name, err)
			}
			if v := r.inForce(); v == "" {
				t.Errorf("%s %s: the floor is gone", s, name)
			}
			remove()
			// A refusal pauses the connection for as long as the forge asked for.
			got, want := "", r.hub.Tip(home, "main")
			for deadline := time.Now().Add(patience); got != want && time.Now().Before(deadline); time.Sleep(pace) {
				must(t, r.server.RefreshOrganisations(t.Context()))
				got = r.inForce()
			}
			if got != want {
				t.Fatalf("%s %s: the version of %s holds, want %s", s, name, got, want)
			}
		}
	}
	least := 20
	if raced != nil {
		least = len(organisationSpots()) // one at each address; "make test" plays all of them without the detector
	}
	if n < least {
		t.Errorf("%d faults were played", n)
	}
}

// page reads a page of the server.
func (r *rig) page(address string) string {
	r.t.Helper()
	resp, err := http.Get(address) //nolint:noctx // a test against loopback
	must(r.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(r.t, err)
	return string(body)
}

// state is what is remembered of the one organisation.
func (r *rig) state() organisation.State {
	r.t.Helper()
	all, err := r.server.Record().Organisations(r.t.Context(), change.GitHub)
	must(r.t, err)
	if len(all) != 1 {
		r.t.Fatalf("%d organisations", len(all))
	}
	return all[0]
}

// inForce is the commit whose version of the file is in force for all repositories.
func (r *rig) inForce() string {
	r.t.Helper()
	all, err := r.server.Record().Organisations(r.t.Context(), change.GitHub)
	must(r.t, err)
	if len(all) != 1 || all[0].InForce == nil {
		return ""
	}
	return all[0].InForce.Commit
}

// organisationSpots are the addresses by which an organisation's file is read.
func organisationSpots() []spot {
	return at(rest("GET", anyRepo), branches, rest("GET", anyRepo+"/contents/{path}"), repositories)
}
