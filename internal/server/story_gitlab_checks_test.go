package server_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// thread is the newest comment on a line of a merge request, and whether its thread is resolved.
func (r *labRig) thread(number int64) (body string, resolved bool) {
	r.t.Helper()
	var all []struct {
		Notes []struct {
			Body, Type string
			Resolved   bool
		}
	}
	r.get(fmt.Sprintf("merge_requests/%d/discussions", number), &all)
	for _, d := range all {
		if n := d.Notes[0]; n.Type == "DiffNote" {
			body, resolved = n.Body, n.Resolved
		}
	}
	return body, resolved
}

// count is a number from the record.
func (r *labRig) count(query string) (n int) {
	r.t.Helper()
	must(r.t, r.server.Reader().QueryRowContext(r.t.Context(), query).Scan(&n))
	return n
}

// TestStoryGitLabChecks: a formatter that Lintel runs refuses a merge request, its correction stands at the line as GitLab's
// suggestion, and the push with it is green; an equal file of another merge request runs nothing. The token is in no file
// of the trees. What comes from a fork runs when somebody who may push says so, for that head alone.
//
// ATTACK: have checks run a stranger's code, on GitLab; TestStoryChecksOfForks has the rest.
func TestStoryGitLabChecks(t *testing.T) {
	t.Parallel()
	needsSandbox(t)
	r := beginLabWith(t, fakelab.Options{Tier: fakelab.Premium}, func(_ *labRig, c *config.Config) {
		c.Flow.BackfillDays = 0
		c.Checks.Backend, c.Checks.Tools, c.Checks.Forks = "bwrap", []config.CheckTool{{Name: "gofmt"}}, "approved"
	})
	_, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "main", By: "rita", Message: "chore: check the format\n",
		Files: map[string]string{".gitlab/lintel.yml": "version: 1\nlint: { mode: enforce }\n" +
			"report: { suggestions: inline }\nchecks:\n  - { name: format, tool: gofmt }\n"}})
	must(t, err)
	push := func(project int64, branch, by, text string) string {
		t.Helper()
		from := "main"
		if r.lab.Tip(project, branch) != "" {
			from = ""
		}
		sha, err := r.lab.Commit(project, fakelab.Commit{Branch: branch, From: from, By: by, Message: "feat: " + branch + "\n",
			Files: map[string]string{"cart/price.go": text}})
		must(t, err)
		return sha
	}
	head := push(r.project, "topic", "dev", ugly)
	number, err := r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: "feat: topic", By: "dev"})
	must(t, err)
	r.becomes(head, "failed")
	r.until("the correction stands at the line", func() bool {
		body, _ := r.thread(number)
		return strings.Contains(body, "```suggestion:-0+0\nvar price = 1\n```")
	})
	if notes := strings.Join(r.notes(number), "\n"); !strings.Contains(notes, "cart/price.go") || !strings.Contains(notes, "gofmt") {
		t.Errorf("the note says:\n%s", notes)
	}
	r.becomes(push(r.project, "topic", "dev", neat), "success")
	r.until("the thread is resolved", func() bool { _, resolved := r.thread(number); return resolved })

	head = push(r.project, "again", "dev", ugly)
	_, err = r.lab.Open(r.project, fakelab.Request{Source: "again", Title: "feat: again", By: "dev"})
	must(t, err)
	r.becomes(head, "failed")
	if n := r.count(`SELECT COUNT(*) FROM check_run WHERE cached = 1`); n != 1 {
		t.Errorf("%d results of an equal file were taken, want 1", n)
	}
	noneBelow(t, filepath.Join(r.dir, "lintel-trees"), r.bot.Secret, "Authorization",
		base64.StdEncoding.EncodeToString([]byte("oauth2:"+r.bot.Secret)))

	r.stranger(push)
}

// stranger follows a merge request of a fork.
func (r *labRig) stranger(push func(project int64, branch, by, text string) string) {
	t := r.t
	must(t, r.lab.Configure(r.project, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) {
		p.NoJobs, p.ForkPipelinesInParent = false, true
	}))
	_, err := r.lab.AddUser("eve")
	must(t, err)
	fork, err := r.lab.Fork(r.project, "eve/shop")
	must(t, err)
	before := r.count(`SELECT COUNT(*) FROM check_run`)
	ran := func() int { return r.count(`SELECT COUNT(*) FROM check_run`) - before }
	head := push(fork, "price", "eve", strings.Replace(neat, "1", "2", 1))
	number, err := r.lab.Open(r.project, fakelab.Request{Source: "price", SourceProject: fork, Title: "feat: price", By: "eve"})
	must(t, err)
	_, _, err = r.lab.StartPipeline(r.project, fakelab.Pipeline{IID: number, Jobs: []fakelab.Job{{Name: "test"}}})
	must(t, err)
	note := func() string { return strings.Join(r.written(number), "\n") }
	r.until("the note says what the check waits for", func() bool { return strings.Contains(note(), "/lintel run-checks") })
	say := func(who string) {
		t.Helper()
		_, err := r.lab.Say(r.project, number, who, "/lintel run-checks")
		must(t, err)
	}
	say("eve")
	r.until("a stranger is refused", func() bool { return strings.Contains(note(), "by eve") })
	if n := ran(); n != 0 || r.ever(head, "success") {
		t.Errorf("%d checks of a fork ran because its author said so", n)
	}
	say("rita")
	r.becomes(head, "success")
	if n := ran(); n != 1 {
		t.Errorf("%d checks ran, want the one that was let", n)
	}
	// GitLab keeps no word for the next head: an approval of it is asked for anew.
	head = push(fork, "price", "eve", strings.Replace(neat, "1", "3", 1))
	_, _, err = r.lab.StartPipeline(r.project, fakelab.Pipeline{IID: number, Jobs: []fakelab.Job{{Name: "test"}}})
	must(t, err)
	r.until("the next head waits", func() bool { return r.ever(head, "running") || r.ever(head, "pending") })
	if n := ran(); n != 1 || r.ever(head, "success") {
		t.Errorf("%d checks ran, want none of the next head", n)
	}
	r.later()
	must(t, r.lab.Approve(r.project, number, "rita"))
	r.becomes(head, "success")
	if n := r.lab.Count(http.MethodGet, "/eve/shop.git/info/refs"); n != 0 {
		t.Errorf("the fork itself was fetched %d times", n)
	}
}
