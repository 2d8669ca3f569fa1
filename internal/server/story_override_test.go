package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// overriding is a shop whose settings let people override, with a red pull request of wendy's; mika maintains.
func overriding(t *testing.T, overrides string, change ...func(*config.Config, *server.Options)) (r *rig, number int, sha string) {
	t.Helper()
	hub := world(t, fakehub.Options{})
	must(t, hub.AddTeam(fakehub.Team{Org: "acme", Slug: "platform", Members: map[string]string{"rita": "member"}}))
	must(t, hub.SetCollaborator(shop, "mika", "maintain", "olga"))
	_, err := hub.Install("acme")
	must(t, err)
	commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: overrides", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\nownership: { mode: warn }\n" + overrides}})
	r = start(t, hub, t.TempDir(), change...)
	r.quiet()
	sha = commit(t, hub, shop, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "Fixed it.",
		Files: fakehub.Files{"cart/cart.go": "package cart // fixed\n"}})
	number = open(t, hub, shop, fakehub.Pull{Title: "fix: it", Head: "topic", Base: "main", Author: "wendy"})
	r.run(sha, "failure")
	r.quiet()
	return r, number, sha
}

// audited are the acts of the audit log, joined.
func (r *rig) audited() string {
	r.t.Helper()
	rows, err := r.server.Reader().QueryContext(context.Background(), `SELECT act FROM audit ORDER BY seq`)
	must(r.t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var act string
		must(r.t, rows.Scan(&act))
		all = append(all, act)
	}
	must(r.t, rows.Err())
	return strings.Join(all, " ")
}

func (r *rig) expectAudit(want string) {
	r.t.Helper()
	if got := r.audited(); got != want {
		r.t.Errorf("audited %q, want %q", got, want)
	}
}

const overrideHeader = "/lintel override commits/header -- emergency: the shop is down"

// TestStoryOverride follows one override: made, shown, audited, cancelled.
//
//race:unwatched
func TestStoryOverride(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	r.expectReply(n, r.write(n, "mika", overrideHeader), "+1", "")
	run := r.run(sha, "success")
	for _, want := range []string{"Passes by 1 override", "### Overridden", "commits/header", "mika", "emergency", "the shop is down",
		"It ends with the next push"} {
		if !strings.Contains(run.Title+run.Summary, want) {
			t.Errorf("the check lacks %q:\n%s\n%s", want, run.Title, run.Summary)
		}
	}
	r.expectAudit("override.made")
	r.expectReply(n, r.write(n, "mika", "/lintel cancel commits/header"), "+1", "")
	r.run(sha, "failure")
	r.expectAudit("override.made override.revoked")
}

// ATTACK: turn a refused check green without the right to, or on code that nobody read.
//
// WHAT MUST HOLD: the check stays red, and the answer says why; each refusal is in the audit log.
//
// Attack by anybody who may comment: Override a rule without the right to, or on code that nobody read: the forge
// says who may when the command is carried out; a command on an older head does nothing, and an override ends with
// the next push unless it names another end. Also `internal/server/story_override_test.go`
// `TestStoryOverrideThenPush`, `TestStoryOverrideLostPermission`.
//
//race:unwatched
func TestStoryOverrideRefused(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "overrides: { allow: [\"permission:maintain\"], expires: 24h }\n")
	for _, c := range []struct{ by, line, says string }{
		{"wendy", overrideHeader, "let only permission:maintain do this"},
		{"mika", "/lintel override commits/heade -- x", "Did you mean `commits/header`?"},
		{"mika", "/lintel override gate/policy-error -- x", "cannot be overridden"},
		{"mika", "/lintel override commits/header --for 48h -- x", "for 24h at the longest"},
		{"mika", "/lintel override commits/header", "it must say why"},
		{"rita", "/lintel cancel", "let only permission:maintain do this"},
		{"mika", "/lintel cancel", "no such override to cancel"},
	} {
		id := r.write(n, c.by, c.line)
		got, answer := r.reactions(n, id)
		if len(got) != 1 || !strings.HasSuffix(got[0], "confused") || !strings.Contains(strings.ToLower(answer), strings.ToLower(c.says)) {
			t.Errorf("%s by %s: %q\n%s", c.line, c.by, got, answer)
		}
	}
	r.write(n, "mika", "> "+overrideHeader+"\n\n`code\n"+overrideHeader+"\n`")
	r.run(sha, "failure")
	r.neverGreen(sha)
	if acts := r.audited(); strings.Contains(acts, "override.made") || strings.Count(acts, "override.refused") != 4 {
		t.Errorf("audited %q", acts)
	}
}

// ATTACK: push other code after somebody overrode a rule.
//
// WHAT MUST HOLD: the new head is red; a command that was written on the old head does nothing, and both heads are named.
//
//race:unwatched
func TestStoryOverrideThenPush(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	r.write(n, "mika", overrideHeader)
	r.run(sha, "success")
	next := commit(t, r.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "More.",
		Files: fakehub.Files{"cart/more.go": "package cart\n"}})
	r.run(next, "failure")
	r.quiet()
	r.neverGreen(next)
	r.expectAudit("override.made")
}

// TestStoryOverrideLostPermission: what somebody may do is read when the command is carried out, not when it was written.
//
//race:unwatched
func TestStoryOverrideLostPermission(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "")
	must(t, r.hub.SetCollaborator(shop, "mika", "write", "olga"))
	r.expectReply(n, r.write(n, "mika", overrideHeader), "confused", "let only permission:maintain do this")
	r.run(sha, "failure")
	r.neverGreen(sha)
}

// TestStoryOverrideFourEyes: the author's own override waits for a second person, who may be of a team.
//
//race:unwatched
func TestStoryOverrideFourEyes(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "overrides: { allow: [\"permission:write\", \"team:platform\"], four_eyes: true }\n")
	r.expectReply(n, r.write(n, "wendy", overrideHeader), "+1", "This waits for a second person")
	r.expectReply(n, r.write(n, "wendy", overrideHeader+" again"), "+1", "This waits for a second person")
	r.neverGreen(sha)
	r.expectAudit("override.proposed override.proposed")
	r.expectReply(n, r.write(n, "rita", overrideHeader), "+1", "")
	r.run(sha, "success")
	r.expectAudit("override.proposed override.proposed override.made")
}

// TestStoryOverrideRaces: two people override and cancel at once, events come twice and in any order. Whatever comes of
// it: the check is green only while an override stands in the audit log that nothing revoked.
func TestStoryOverrideRaces(t *testing.T) {
	t.Parallel()
	r, n, sha := overriding(t, "overrides: { allow: [\"permission:maintain\"] }\n")
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 4 {
		lines := []string{overrideHeader, "/lintel cancel", overrideHeader + fmt.Sprint(round), "/lintel recheck"}
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		var all sync.WaitGroup
		for i, line := range lines {
			all.Go(func() {
				if _, err := r.hub.Comment(shop, n, []string{"mika", "olga"}[i%2], line); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		r.quiet()
		acts := strings.Fields(r.audited())
		made, revoked := 0, 0
		for _, act := range acts {
			switch act {
			case "override.made":
				made++
			case "override.revoked":
				revoked++
			}
		}
		runs := r.runs(sha)
		if green := runs[len(runs)-1].Conclusion == "success"; green != (made > revoked) {
			t.Fatalf("green: %v with %d made and %d revoked: %q", green, made, revoked, acts)
		}
	}
}
