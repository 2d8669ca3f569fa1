package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// What the reports of a fork are read by.
var (
	artifactsOf = rest("GET", anyRepo+"/actions/runs/{run_id}/artifacts")
	artifactZip = rest("GET", anyRepo+"/actions/artifacts/{artifact_id}/{archive_format}")
)

// artifactSpots are the addresses of a fork's reports.
func artifactSpots() []spot { return at(artifactsOf, artifactZip) }

// TestEveryAnswerToArtifacts plays every fault while the required report of a fork is fetched. What must hold: without
// the report there is no green, and the check is concluded at its deadline at the latest; when the fault has passed,
// the sweeps alone bring the report and the green; and where GitHub said that the App may not read it, the next attempt
// of the run does.
func TestEveryAnswerToArtifacts(t *testing.T) {
	t.Parallel() // each has a hub and a server of its own, and no clock but its own
	a := answer(t, owned(t), false)
	commit(t, a.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: expect", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\nownership: { mode: warn }\nreports: { expect: [{ " +
			"kind: coverage, flag: unit, required: true }], deadline: 6h }\n"}})
	_, err := a.hub.AddRepo(fakehub.Repo{Owner: "rita", Name: "shop", ForkOf: shop})
	must(t, err)
	n := 0
	for _, s := range artifactSpots() {
		for _, name := range sortedNames(faultsAt(s)) {
			n++
			fault := faultsAt(s)[name]
			if name == "302" {
				fault.Header = map[string]string{"Location": "http://127.0.0.1:1/elsewhere"} // where nobody listens
			}
			branch := fmt.Sprintf("topic-%d", n)
			sha := commit(t, a.hub, "rita/shop",
				fakehub.Commit{
					Branch:  branch,
					From:    "main",
					Author:  "rita",
					Message: "feat: sell",
					Files:   fakehub.Files{"cart/x.go": "package cart // " + branch + "\n"},
				})
			number := open(t, a.hub, shop, fakehub.Pull{Head: "rita:" + branch, Base: "main", Title: "feat: sell", Author: "rita"})
			a.follow(number)
			run, err := a.hub.StartRun(shop, fakehub.Run{Event: "pull_request", Pull: number})
			must(t, err)
			attempt := func(id int64, attempt int) {
				must(t, a.hub.FinishRun(id, "success", artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": profile})))
				a.finished(id, attempt, sha)
			}
			attempt(run.ID, 1)
			a.find()
			remove := a.play(s, fault)
			a.hub.Reset()
			a.look()
			if a.hits(s) == 0 {
				t.Errorf("%s %s: it was not asked", s, name)
			}
			if got := a.stands(sha); got == "success" {
				t.Errorf("%s %s: green without the report", s, name)
			}
			a.clock.forward(7 * time.Hour) // past the deadline
			a.find()
			limited := a.look() == "limited" // then nothing may be asked, so nothing can be posted either
			if got := a.stands(sha); got != "failure" && got != "no verdict" && !(limited && got != "success") {
				t.Errorf("%s %s: the check is %s at the deadline", s, name, got)
			}
			remove()
			a.find()
			a.look()
			if got := a.stands(sha); got != "success" {
				again, err := a.hub.Rerun(run.ID)
				must(t, err)
				attempt(again.ID, 2)
				a.find()
				a.look()
				after := a.stands(sha)
				if after != "success" {
					t.Errorf("%s %s: the check is %s after another attempt", s, name, after)
				}
				if fault.Status != 403 && fault.Status != 451 {
					t.Errorf("%s %s: the check is %s when the fault has passed, %s after another attempt", s, name, got, after)
				}
			}
			must(t, a.hub.ClosePull(shop, number, "rita"))
		}
	}
}

// finished records the end of a run, as its event does, and asks for a look.
func (a *answering) finished(run int64, attempt int, sha string) {
	a.t.Helper()
	_, err := a.server.Writer().ExecContext(a.t.Context(),
		`INSERT INTO ci_run (forge, repo_id, id, attempt, installation, sha, fork, collected, seen_at) VALUES ($1,$2,$3,$4,$5,$6,1,0,$7)
		ON CONFLICT (forge, repo_id, id) DO UPDATE SET attempt = excluded.attempt, collected = 0`, change.GitHub, a.repo.ID, run,
		attempt, a.connection, sha, a.clock.now().UnixMilli())
	must(a.t, err)
}
