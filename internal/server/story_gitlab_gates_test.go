package server_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
)

const statusCheckSecret = "a secret of the status check"

// errorLog keeps what is logged.
type errorLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *errorLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *errorLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// until waits until something is so.
func (r *labRig) until(what string, is func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal("it never came: " + what)
		}
	}
}

// mergeable waits until a merge request can merge or cannot, and says why not.
func (r *labRig) mergeable(number int64, want bool) (why string) {
	r.t.Helper()
	r.until(fmt.Sprintf("mergeable %v", want), func() (is bool) {
		is, why = r.lab.TryMerge(r.project, number)
		return is == want
	})
	return why
}

// external is a rig where an external status check holds merges, and a branch whose own rules are stricter.
func external(t *testing.T) *labRig {
	t.Helper()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Ultimate})
	must(t, r.lab.Configure(r.project, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) {
		p.OnlyIfPipelineSucceeds, p.OnlyIfStatusChecksPassed = false, true
	}))
	_, err := r.lab.AddStatusCheck(r.project,
		fakelab.StatusCheck{Name: "lintel", URL: r.url + "/hooks/gitlab/status-check", Secret: statusCheckSecret})
	must(t, err)
	_, err = r.lab.Commit(r.project, fakelab.Commit{Branch: "strict", From: "main", By: "rita", Message: "chore: strict\n",
		Files: map[string]string{".gitlab/lintel.yml": "version: 1\nsize: { mode: enforce, fail_over: 1 }\n"}})
	must(t, err)
	must(t, r.lab.Protect(r.project, "strict", &fakelab.Protection{Push: fakelab.Maintainer, Merge: fakelab.Developer}))
	return r
}

func (r *labRig) faster(message, title string) (head string, number int64) {
	r.t.Helper()
	head, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: message,
		Files: map[string]string{"cart/cart.go": "package cart\n\nvar a, b = 1, 2\n\nvar c = 3\n"}})
	must(r.t, err)
	number, err = r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: title, By: "dev"})
	must(r.t, err)
	return head, number
}

// TestStoryGitLabRetargetedDraft: a draft whose head passed is sent to a branch with stricter rules. The external check stays
// passed for the head on GitLab, so Lintel takes it back before it judges anew; the draft that is ready cannot merge there,
// and can where it could before.
func TestStoryGitLabRetargetedDraft(t *testing.T) {
	t.Parallel()
	r := external(t)
	_, number := r.faster("perf: make it faster\n", "Draft: perf: make it faster")
	r.until("only the draft holds it", func() bool {
		_, why := r.lab.TryMerge(r.project, number)
		return strings.Contains(why, "draft")
	})
	strict, plain, ready := "strict", "main", "perf: make it faster"
	must(t, r.lab.Edit(r.project, number, "dev", fakelab.Edit{Target: &strict}))
	must(t, r.lab.Edit(r.project, number, "dev", fakelab.Edit{Title: &ready}))
	r.until("the note tells of the stricter rule", func() bool {
		return strings.Contains(strings.Join(r.notes(number), "\n"), "size/")
	})
	if why := r.mergeable(number, false); !strings.Contains(why, "status_checks_must_pass") {
		t.Errorf("it is held by %q", why)
	}
	must(t, r.lab.Edit(r.project, number, "dev", fakelab.Edit{Target: &plain}))
	r.mergeable(number, true)
}

// TestStoryGitLabReplay: requests of an external status check carry no time and no id, so anybody who saw one can send it
// again. One for an older head answers nothing, one for the newest asks for a look that answers as before; without the
// secret it is refused.
//
// Attack by whoever saw a request of GitLab's external status check: It is sent again, for a head that passed.
//
//race:unwatched
func TestStoryGitLabReplay(t *testing.T) {
	t.Parallel()
	r := external(t)
	old, number := r.faster("perf: make it faster\n", "perf: make it faster")
	r.mergeable(number, true)
	head, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "topic", By: "dev", Message: "made it worse\n",
		Files: map[string]string{"cart/cart.go": "package cart // worse\n"}})
	must(t, err)
	r.until("the new head is refused", func() bool {
		return strings.Contains(strings.Join(r.notes(number), "\n"), "commits/header")
	})
	template := fmt.Sprintf(`{"object_kind":"merge_request","user":{"id":1,"username":"dev"},
		"project":{"id":%[1]d,"path_with_namespace":"acme/tools/shop"},"object_attributes":{"iid":%[2]d,"action":"update",
		"state":"opened","target_project_id":%[1]d,"source_project_id":%[1]d,"target_branch":"main","source_branch":"topic",
		"last_commit":{"id":"HEAD"},"target":{"id":%[1]d,"path_with_namespace":"acme/tools/shop"}}}`, r.project, number)
	send := func(secret, head string) int {
		body := strings.Replace(template, "HEAD", head, 1)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		req, err := http.NewRequest(http.MethodPost, r.url+"/hooks/gitlab/status-check", strings.NewReader(body))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Gitlab-Signature", hex.EncodeToString(mac.Sum(nil)))
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		return resp.StatusCode
	}
	if got := send("a guess of the secret", head); got != http.StatusUnauthorized {
		t.Errorf("with another secret: %d", got)
	}
	answers := func() int {
		// GitLab tells of what was posted; then nothing more is asked for.
		for range 2 {
			must(t, r.lab.WaitDelivered(t.Context()))
			must(t, r.server.WaitIdle(t.Context()))
		}
		return r.lab.Count(http.MethodPost, "/projects/:id/merge_requests/:merge_request_iid/status_check_responses")
	}
	before := answers()
	for range 3 {
		if got := send(statusCheckSecret, old); got != http.StatusAccepted {
			t.Errorf("a replay: %d", got)
		}
	}
	if n := answers() - before; n != 0 {
		t.Errorf("a replay for an older head has %d answers", n)
	}
	if got := send(statusCheckSecret, head); got != http.StatusAccepted {
		t.Errorf("a replay for the newest head: %d", got)
	}
	r.until("the look that was asked for", func() bool { return answers() > before })
	if why := r.mergeable(number, false); !strings.Contains(why, "status_checks_must_pass") {
		t.Errorf("it is held by %q", why)
	}
}

// TestStoryGitLabForgedStatus: a Developer posts a success under our name in the pipeline that we made. It is replaced by
// our verdict as soon as GitLab tells of it, and the log says whose it was.
//
// Attack by a Developer: A commit status called lintel that says success.
//
//race:unwatched
func TestStoryGitLabForgedStatus(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	head, number := r.faster("made it faster\n", "made it faster")
	r.becomes(head, "failed")
	must(t, r.lab.PostStatus(r.project, head, fakelab.Status{Name: "lintel", State: "success", By: "dev"}))
	r.until("our status stands again", func() bool {
		var all []struct {
			Name, Status string
			Author       struct{ Username string }
		}
		r.get("repository/commits/"+head+"/statuses?all=true", &all)
		forged := false
		for _, s := range all {
			if forged = forged || s.Author.Username == "dev"; forged && s.Author.Username == r.bot.Bot {
				return s.Status == "failed"
			}
		}
		return false
	})
	r.mergeable(number, false)
	r.until("the log tells of it", func() bool { return strings.Contains(r.log.String(), "it is by dev") })
}

// heldByRule begins a project of Premium that pipelines do not hold, in which ann may be named by an approval rule.
func heldByRule(t *testing.T) *labRig {
	t.Helper()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Premium})
	must(t, r.lab.Configure(r.project, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) { p.OnlyIfPipelineSucceeds = false }))
	_, err := r.lab.AddUser("ann")
	must(t, err)
	must(t, r.lab.SetMember("acme", "ann", fakelab.Developer))
	return r
}

// TestStoryGitLabDeletedBot: GitLab takes an approval rule for approved when its only approver is gone. Lintel cannot hold
// that; it says so in the log and is not ready.
//
//race:unwatched
func TestStoryGitLabDeletedBot(t *testing.T) {
	t.Parallel()
	r := heldByRule(t)
	must(t, r.lab.SetRules(r.project, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"ann"}}))
	must(t, r.lab.DeleteUser("ann"))
	head, number := r.faster("made it faster\n", "made it faster")
	r.becomes(head, "failed")
	r.mergeable(number, true) // GitLab's own "Auto approved"
	r.until("the log tells of it", func() bool { return strings.Contains(r.log.String(), "has no approver any more") })
}

// TestStoryGitLabAnotherGate: a project's rule names Lintel's user no more. The look that this asks for is minutes away, and an
// event brings it forward: the note tells of the gate as it is now.
//
//race:unwatched
func TestStoryGitLabAnotherGate(t *testing.T) {
	t.Parallel()
	r := heldByRule(t)
	must(t, r.lab.SetRules(r.project, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{r.bot.Bot}}))
	head, number := r.faster("made it faster\n", "made it faster")
	r.becomes(head, "failed")
	r.notes(number)
	must(t, r.server.ResendGitLab(t.Context()))
	must(t, r.lab.SetRules(r.project, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"ann"}}))
	must(t, r.server.ResendGitLab(t.Context()))
	title := "made it much faster"
	must(t, r.lab.Edit(r.project, number, "dev", fakelab.Edit{Title: &title}))
	r.until("the note tells of the gate", func() bool {
		return strings.Contains(strings.Join(r.notes(number), "\n"), "Lintel's user is not among the approvers")
	})
}

// TestStoryGitLabTrain: on a merge train every car has a pipeline of its own, on a merge that GitLab made for it. Each gets the
// verdict on its own merge request, and a car whose merge request is refused is held there, too. A pipeline of merged results
// is the same.
//
//race:unwatched
func TestStoryGitLabTrain(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Premium})
	must(t, r.lab.Configure(r.project, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) { p.NoJobs = false }))
	_, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "main", By: "rita", Message: "ci: test\n",
		Files: map[string]string{".gitlab-ci.yml": "test: {script: [true]}\n"}})
	must(t, err)
	begin := func(branch, message string) (number int64) {
		_, err := r.lab.Commit(r.project, fakelab.Commit{Branch: branch, From: "main", By: "dev", Message: message,
			Files: map[string]string{"cart/" + branch + ".go": "package cart\n"}})
		must(t, err)
		number, err = r.lab.Open(r.project, fakelab.Request{Source: branch, Title: strings.TrimSpace(message), By: "dev"})
		must(t, err)
		return number
	}
	good, bad := begin("good", "perf: make it faster\n"), begin("bad", "made it faster\n")
	for _, kind := range []fakelab.Pipeline{{Merged: true}, {Train: true}} {
		cars := map[int64]string{}
		for _, number := range []int64{good, bad} {
			kind.IID, kind.Jobs = number, []fakelab.Job{{Name: "test"}}
			_, sha, err := r.lab.StartPipeline(r.project, kind)
			must(t, err)
			cars[number] = sha
		}
		r.becomes(cars[good], "success")
		r.becomes(cars[bad], "failed")
		if can, why := r.lab.TryMerge(r.project, bad); can || !strings.Contains(why, "pipeline is failed") {
			t.Errorf("train %v: the refused one can merge %v, %s", kind.Train, can, why)
		}
		r.mergeable(good, true)
	}
}

// TestStoryGitLabDeaf: nothing that GitLab sends arrives, as when it disabled the webhook. A push, an approval and another
// target meanwhile are found by the sweep, and so is a project of which nothing ever told.
//
//race:unwatched
func TestStoryGitLabDeaf(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	sweep := func() {
		t.Helper()
		r.later()
		must(t, r.server.SweepGitLab(t.Context()))
	}
	push := func(message string) string {
		t.Helper()
		head, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "topic", By: "dev", Message: message, Amend: true,
			Files: map[string]string{"pay/pay.go": "package pay\n\n// " + message + "\nvar a, b = 1, 2\n"}})
		must(t, err)
		return head
	}
	head, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "made it faster\n",
		Files: map[string]string{"pay/pay.go": "package pay // faster\n"}})
	must(t, err)
	number, err := r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: "perf: make it faster", By: "dev"})
	must(t, err)
	r.becomes(head, "failed")
	r.lab.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Lose: true} })
	head = push("perf: make it faster\n")
	sweep()
	r.becomes(head, "failed") // no owner approved it
	r.until("the note is of the new head", func() bool {
		return !strings.Contains(strings.Join(r.notes(number), "\n"), "commits/header")
	})
	must(t, r.lab.Approve(r.project, number, "rita"))
	sweep()
	r.becomes(head, "success")
	_, err = r.lab.Commit(r.project, fakelab.Commit{Branch: "strict", From: "main", By: "rita", Message: "chore: strict\n",
		Files: map[string]string{".gitlab/lintel.yml": "version: 1\nsize: { mode: enforce, fail_over: 1 }\n"}})
	must(t, err)
	must(t, r.lab.Protect(r.project, "strict", &fakelab.Protection{Push: fakelab.Maintainer, Merge: fakelab.Developer}))
	strict := "strict"
	must(t, r.lab.Edit(r.project, number, "dev", fakelab.Edit{Target: &strict}))
	sweep()
	r.becomes(head, "failed")
	// A project of which no webhook ever told: Lintel's user is a member of its group.
	r.project, err = r.lab.AddProject(fakelab.Project{Path: "acme/quiet", Files: map[string]string{
		".gitlab/lintel.yml": "version: 1\ncommits: { mode: enforce, conventional: true }\n", "a": "1\n",
	}, Settings: fakelab.Settings{NoJobs: true, OnlyIfPipelineSucceeds: true}})
	must(t, err)
	head, err = r.lab.Commit(r.project, fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "made it faster\n",
		Files: map[string]string{"a": "2\n"}})
	must(t, err)
	_, err = r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: "made it faster", By: "dev"})
	must(t, err)
	sweep()
	r.becomes(head, "failed")
}

// TestStoryGitLabSharedPipeline: two merge requests of one branch, into a branch with lax and one with strict rules, look at
// one pipeline. It is red as long as one of them is refused.
//
//race:unwatched
func TestStoryGitLabSharedPipeline(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	must(t, r.lab.Configure(r.project, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) { p.NoJobs = false }))
	for branch, file := range map[string][2]string{"main": {".gitlab-ci.yml", "test: {script: [true]}\n"},
		"strict": {".gitlab/lintel.yml", "version: 1\nsize: { mode: enforce, fail_over: 1 }\n"}} {
		_, err := r.lab.Commit(r.project, fakelab.Commit{Branch: branch, From: "main", By: "rita", Message: "chore: rules\n",
			Files: map[string]string{file[0]: file[1]}})
		must(t, err)
	}
	must(t, r.lab.Protect(r.project, "strict", &fakelab.Protection{Push: fakelab.Maintainer, Merge: fakelab.Developer}))
	head, lax := r.faster("perf: make it faster\n", "perf: make it faster")
	_, _, err := r.lab.StartPipeline(r.project, fakelab.Pipeline{Branch: "topic", Jobs: []fakelab.Job{{Name: "test"}}})
	must(t, err)
	r.becomes(head, "success")
	strict, err := r.lab.Open(r.project, fakelab.Request{Source: "topic", Target: "strict", Title: "perf: make it faster", By: "dev"})
	must(t, err)
	r.becomes(head, "failed")
	for _, number := range []int64{lax, strict} {
		r.mergeable(number, false)
	}
	closed := "closed"
	must(t, r.lab.Edit(r.project, strict, "dev", fakelab.Edit{State: &closed}))
	r.becomes(head, "success")
}
