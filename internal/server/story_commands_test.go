package server_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// TestStoryWrong: a finding is called a false alarm by its number. It counts against the rule, lets nothing pass, and
// can be taken back.
//
//race:unwatched
func TestStoryWrong(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	r.expectReply(n, r.write(n, "rita", "/lintel wrong 1 -- false-positive: our style differs"), "+1",
		"is a false alarm. It lets nothing pass.")
	r.run(sha, "failure")
	r.neverGreen(sha)
	r.expectAudit("finding.wrong")
	if got := r.outcomes(); !strings.Contains(got, "dismissed_fp") {
		t.Errorf("outcomes %q", got)
	}
	r.expectReply(n, r.write(n, "rita", "/lintel wrong 99 -- x"), "confused", "The check has no number 99.")
	r.expectReply(n, r.write(n, "rita", "/lintel wrong 00000000 -- x"), "confused", "0 findings here")
	must(t, r.hub.SetCollaborator(shop, "rita", "read", "olga"))
	r.expectReply(n, r.write(n, "rita", "/lintel wrong 1 -- y"), "confused", "This takes write permission.")
	r.expectReply(n, r.write(n, "mika", "/lintel cancel"), "+1", "")
	r.expectAudit("finding.wrong finding.wrong_taken_back")
	if got := r.outcomes(); strings.Contains(got, "dismissed_fp") {
		t.Errorf("outcomes %q", got)
	}
}

// outcomes are what became of the findings of rules.
func (r *rig) outcomes() string {
	r.t.Helper()
	rows, err := r.server.Reader().QueryContext(r.t.Context(), `SELECT rule || ' ' || outcome FROM posted ORDER BY rule`)
	must(r.t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var line string
		must(r.t, rows.Scan(&line))
		all = append(all, line)
	}
	must(r.t, rows.Err())
	return strings.Join(all, "\n")
}

// ATTACK: turn a refused check green by muting what refuses it.
//
// WHAT MUST HOLD: a rule that blocks is not muted; a muted remark comes back when its rule blocks.
//
//race:unwatched
func TestStoryMute(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	settings := func(text string) {
		commit(t, r.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: settings", Files: fakehub.Files{
			".github/lintel.yml": "version: 1\n" + text}})
		r.quiet()
	}
	day := time.Now().UTC().AddDate(0, 0, 7).Format(time.DateOnly)
	r.expectReply(n, r.write(n, "rita", "/lintel mute commits/header --until "+day), "confused", "what blocks is not hidden")
	settings("commits: { mode: warn }\n")
	if run := r.run(sha, "success"); !strings.Contains(run.Text, "commits/header") {
		t.Fatalf("no remark to mute:\n%s", run.Text)
	}
	r.expectReply(n, r.write(n, "rita", "/lintel mute commits/header --until "+day), "+1", "")
	if run := r.run(sha, "success"); !strings.Contains(run.Text, "### Muted") || strings.Contains(run.Text, "### Remarks") {
		t.Errorf("the remark is not hidden, or nobody says so:\n%s", run.Text)
	}
	for _, c := range []struct{ line, says string }{
		{"/lintel mute commits/title --until 2020-01-01", "That day is over already"},
		{"/lintel mute commits/title --until 2099-01-01", "90 days at the most"},
		{"/lintel mute commits/titel --until " + day, "Did you mean `commits/title`?"},
	} {
		r.expectReply(n, r.write(n, "rita", c.line), "confused", c.says)
	}
	settings("commits: { mode: enforce }\n")
	if run := r.run(sha, "failure"); !strings.Contains(run.Summary, "commits/header") {
		t.Errorf("what blocks is hidden:\n%s", run.Summary)
	}
	r.expectReply(n, r.write(n, "rita", "/lintel cancel commits/header"), "+1", "")
	r.expectAudit("settings.changed rule.muted settings.changed rule.unmuted")
	page := r.adminPage("/audit?repo=acme/shop&act=settings")
	if !strings.Contains(page, "commits.mode: &#34;enforce&#34; -&gt; &#34;warn&#34;") || strings.Contains(page, "rule.muted") {
		t.Errorf("the page of the audit log:\n%s", page)
	}
}

// TestStoryStatus: what holds is said in a few lines, and who can unblock; their reviews are requested.
//
//race:unwatched
func TestStoryStatus(t *testing.T) {
	t.Parallel()
	r, n, _ := overriding(t, "overrides: { allow: [\"permission:maintain\"], expires: 24h }\n")
	r.expectReply(n, r.write(n, "rita", "/lintel status"), "+1", "**Refused:** 1 problem to solve before merging.")
	r.expectReply(n, r.write(n, "rita", "/lintel owners"), "+1", "No approval of an owner is missing.")
	r.expectReply(n, r.write(n, "rita", "/lintel assign"), "confused", "No approval of an owner is missing.")
	r.expectReply(n, r.write(n, "rita", "/lintel advise"), "confused", "Whoever runs Lintel named no language model.")
	r.write(n, "mika", overrideHeader+" again")
	r.expectReply(n, r.write(n, "rita", "/lintel status"), "+1", "override of `commits/header` by mika. It ends with the next push")
	commit(t, r.hub, shop, fakehub.Commit{Branch: "pays", From: "main", Author: "wendy", Message: "fix: pay",
		Files: fakehub.Files{"pay/pay.go": "package pay // more\n"}})
	pays := open(t, r.hub, shop, fakehub.Pull{Title: "fix: pay", Head: "pays", Base: "main", Author: "wendy"})
	r.quiet()
	r.expectReply(pays, r.write(pays, "rita", "/lintel owners"), "+1", "The fewest people who can unblock this: mika.")
	r.expectReply(pays, r.write(pays, "rita", "/lintel assign"), "+1", "mika")
	r.expectReply(pays, r.write(pays, "wendy", "/lintel assign"), "+1", "mika")
	p, err := r.hub.Pull(shop, pays)
	must(t, err)
	if !slices.Equal(p.Reviewers, []string{"mika"}) {
		t.Errorf("reviewers %q", p.Reviewers)
	}
	r.expectAudit("recheck.asked override.made reviews.requested reviews.requested")
}
