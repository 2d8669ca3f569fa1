package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/server"
)

// labRig is a server beside a fake GitLab alone: no GitHub is served.
type labRig struct {
	t       testing.TB
	lab     *fakelab.Lab
	bot     fakelab.Token
	project int64
	server  *server.Server
	url     string
	// dir has the database and what lies beside it.
	dir string
	// log is what the server logged as an error.
	log *errorLog
	// ahead is how far GitLab's clock is before ours, ours how far the server's is before the machine's.
	ahead *atomic.Int64
	ours  atomic.Int64
	// hook is the id of the project's webhook.
	hook int64
	// stop ends the server, and start starts one on the same record at the same address.
	stop, start func()
}

// later lets two seconds pass on GitLab: an approval in the second of a push is of nobody knows which head.
func (r *labRig) later() { r.ahead.Add(int64(2 * time.Second)) }

// beginLab starts both: acme/tools/shop, without CI of its own, where pipelines must succeed; rita maintains, dev develops.
func beginLab(t testing.TB, opt fakelab.Options) *labRig {
	t.Helper()
	return beginLabWith(t, opt, func(_ *labRig, c *config.Config) { c.Flow.BackfillDays = 0 })
}

// beginLabWith is beginLab, and lets a story have its way before the server starts.
func beginLabWith(t testing.TB, opt fakelab.Options, first func(*labRig, *config.Config)) *labRig {
	t.Helper()
	ahead := &atomic.Int64{}
	opt.Dir, opt.HookTime = t.TempDir(), patience
	opt.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	lab, err := fakelab.New(opt)
	must(t, err)
	must(t, lab.Start())
	t.Cleanup(func() { must(t, lab.Close()) })
	for _, name := range []string{"rita", "dev"} {
		_, err := lab.AddUser(name)
		must(t, err)
	}
	for _, group := range []string{"acme", "acme/tools"} {
		_, err = lab.AddGroup(group)
		must(t, err)
	}
	must(t, lab.SetMember("acme", "rita", fakelab.Maintainer))
	must(t, lab.SetMember("acme", "dev", fakelab.Developer))
	r := &labRig{t: t, lab: lab, ahead: ahead, log: &errorLog{}}
	r.bot, err = lab.AddToken(fakelab.Token{Group: "acme"})
	must(t, err)
	r.project, err = lab.AddProject(fakelab.Project{Path: "acme/tools/shop", Files: map[string]string{
		".gitlab/lintel.yml": "version: 1\ncommits: { mode: enforce, conventional: true }\nownership: { mode: enforce }\n",
		"CODEOWNERS":         "[Pay]\n/pay/ @rita\n", "pay/pay.go": "package pay\n", "cart/cart.go": "package cart\n",
	}, Settings: fakelab.Settings{NoJobs: true, OnlyIfPipelineSucceeds: true}})
	must(t, err)

	dir := t.TempDir()
	r.dir = dir
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	c := config.Default()
	public, admin := kept(t), kept(t)
	c.Listen, c.AdminListen = public().Addr().String(), admin().Addr().String()
	c.PublicURL, c.Database = "http://"+c.Listen, databaseIn(t, dir)
	c.GitLab.URL, c.GitLab.TokenFile = lab.URL(), write("token", r.bot.Secret)
	c.GitLab.WebhookTokenFile = write("secret", "a secret of the webhooks")
	c.GitLab.StatusCheckSecretFile = write("check", statusCheckSecret)
	seed(t, filepath.Join(dir, "lintel.db"))
	c.Workers.Gather = "20ms"
	first(r, &c)
	log := slog.Handler(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelError}))
	if os.Getenv("RIG_LOG") != "" {
		log = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})
	}
	r.start = func() {
		t.Helper()
		r.server, err = server.New(
			t.Context(),
			c,
			server.Options{Log: slog.New(log), Engine: shippedPolicies(t), Listen: handed(public(), admin()),
				Now:  func() time.Time { return time.Now().Add(time.Duration(r.ours.Load())) },
				Pace: pace, Poll: pace, PageTime: 50 * time.Second, Slow: patience},
		)
		must(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		done, running := make(chan error, 1), r.server
		go func() { done <- running.Run(ctx) }()
		r.stop = sync.OnceFunc(func() {
			cancel()
			must(t, <-done)
		})
		t.Cleanup(r.stop)
		awaitHTTP(t, "http://"+c.Listen+"/healthz")
	}
	r.start()
	r.url = "http://" + c.Listen
	r.hook, err = lab.AddHook(
		fakelab.Hook{Project: r.project, URL: r.url + "/hooks/gitlab", Token: "a secret of the webhooks"},
	)
	must(t, err)
	return r
}

// kept is an address that stays ours while nobody listens there: each call gives a listener of its own.
func kept(t testing.TB) func() net.Listener {
	t.Helper()
	file, err := listener(t).(*net.TCPListener).File()
	must(t, err)
	t.Cleanup(func() { must(t, file.Close()) })
	return func() net.Listener {
		t.Helper()
		l, err := net.FileListener(file)
		must(t, err)
		t.Cleanup(func() { l.Close() })
		return l
	}
}

// get reads what GitLab shows, as Lintel's own user.
func (r *labRig) get(path string, to any) {
	r.t.Helper()
	req, err := http.NewRequest(
		http.MethodGet,
		fmt.Sprintf("%s/api/v4/projects/%d/%s", r.lab.URL(), r.project, path),
		nil,
	)
	must(r.t, err)
	req.Header.Set("PRIVATE-TOKEN", r.bot.Secret)
	resp, err := http.DefaultClient.Do(req)
	must(r.t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s answers %s", path, resp.Status)
	}
	must(r.t, json.NewDecoder(resp.Body).Decode(to))
}

// becomes waits until the status "lintel" of a commit has a state, and returns its description.
func (r *labRig) becomes(sha, state string) string {
	r.t.Helper()
	var all []struct{ Name, Status, Description string }
	// Each question is a request that the fake answers in full, so there are few.
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		r.get("repository/commits/"+sha+"/statuses", &all)
		if len(all) > 0 && all[len(all)-1].Name == "lintel" && all[len(all)-1].Status == state {
			return all[len(all)-1].Description
		}
	}
	r.t.Fatalf("the statuses of %s are %+v, want %s", sha, all, state)
	return ""
}

// notes are what Lintel wrote on a merge request, as soon as it wrote something.
func (r *labRig) notes(number int64) (bodies []string) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); len(bodies) == 0 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		bodies = r.written(number)
	}
	return bodies
}

func (r *labRig) written(number int64) (bodies []string) {
	r.t.Helper()
	var all []struct {
		Body   string
		System bool
	}
	r.get(fmt.Sprintf("merge_requests/%d/notes?per_page=100", number), &all)
	for _, n := range all {
		if !n.System && strings.Contains(n.Body, "lintel:note") {
			bodies = append(bodies, n.Body)
		}
	}
	return bodies
}

// TestStoryGitLab follows a merge request on GitLab alone: it is refused, its owner approves, its commit is written anew,
// and it may merge; one note says so all the while.
//
//race:unwatched
func TestStoryGitLab(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	head, err := r.lab.Commit(
		r.project,
		fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "made it faster\n",
			Files: map[string]string{"pay/pay.go": "package pay // faster\n"}},
	)
	must(t, err)
	number, err := r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: "made it faster", By: "dev"})
	must(t, err)
	r.becomes(head, "failed")
	notes := r.notes(number)
	if len(notes) != 1 || !strings.Contains(notes[0], "rita") || !strings.Contains(notes[0], "section") {
		t.Errorf("the notes: %q", notes)
	}
	if can, why := r.lab.TryMerge(r.project, number); can {
		t.Errorf("it can merge: %s", why)
	}

	head, err = r.lab.Commit(
		r.project,
		fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "perf: make it faster\n", Amend: true,
			Files: map[string]string{"pay/pay.go": "package pay // faster still\n"}},
	)
	must(t, err)
	title := "perf: make it faster"
	must(t, r.lab.Edit(r.project, number, "dev", fakelab.Edit{Title: &title}))
	r.becomes(head, "failed")
	r.later()
	must(t, r.lab.Approve(r.project, number, "rita"))
	r.becomes(head, "success")
	if can, why := r.lab.TryMerge(r.project, number); !can {
		t.Errorf("it cannot merge: %s", why)
	}
	if notes := r.notes(number); len(notes) != 1 {
		t.Errorf("%d notes: %q", len(notes), notes)
	}
	must(t, r.lab.Merge(r.project, number, "rita"))
}

// TestStoryGitLabDoor: nothing is taken without the secret, and what is no delivery of ours is answered kindly, since
// GitLab disables a hook that fails.
//
// Attack by anybody on the network: A forged delivery of GitLab, whose secret token comes by itself: compared in constant
// time, signed where the server's file has a signing secret, from the instance that it names.
//
//race:unwatched
func TestStoryGitLabDoor(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	send := func(token, event, body string) int {
		req, err := http.NewRequest(http.MethodPost, r.url+"/hooks/gitlab", strings.NewReader(body))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Gitlab-Event", event)
		req.Header.Set("X-Gitlab-Instance", r.lab.URL())
		if token != "" {
			req.Header.Set("X-Gitlab-Token", token)
		}
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		return resp.StatusCode
	}
	const secret = "a secret of the webhooks"
	for _, c := range []struct {
		token, event, body string
		want               int
	}{
		{"", "Note Hook", "{}", http.StatusUnauthorized},
		{secret + "x", "Note Hook", "{}", http.StatusUnauthorized},
		{secret, "Note Hook", "{}", http.StatusAccepted},
		{secret, "Work Item Hook", `{"object_kind":"work_item"}`, http.StatusAccepted},
		{secret, "Merge Request Hook", `{"a template of their own": true}`, http.StatusAccepted},
		{secret, "Merge Request Hook", `not JSON`, http.StatusAccepted},
	} {
		if got := send(c.token, c.event, c.body); got != c.want {
			t.Errorf("%q with %q and %s: %d, want %d", c.event, c.token, c.body, got, c.want)
		}
	}
}

// TestStoryGitLabApproval: where an approval rule holds the merge, Lintel approves what passes. GitLab keeps the approval
// of an amended message, whose patch is the same; Lintel takes it back and judges the new commit.
func TestStoryGitLabApproval(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Premium})
	must(t, r.lab.SetMember("acme", r.bot.Bot, fakelab.Developer))
	must(
		t,
		r.lab.Configure(
			r.project,
			func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) { p.OnlyIfPipelineSucceeds = false },
		),
	)
	must(t, r.lab.SetRules(r.project, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{r.bot.Bot}}))
	code := map[string]string{"cart/cart.go": "package cart // faster\n"}
	head, err := r.lab.Commit(r.project,
		fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "perf: make it faster\n", Files: code})
	must(t, err)
	number, err := r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: "perf: make it faster", By: "dev"})
	must(t, err)
	r.becomes(head, "success")
	if can, why := r.lab.TryMerge(r.project, number); !can {
		t.Fatalf("it cannot merge: %s", why)
	}
	// With another target the same head must be judged again, and is approved again.
	const unapprove = "/projects/:id/merge_requests/:merge_request_iid/unapprove"
	_, err = r.lab.Commit(
		r.project,
		fakelab.Commit{Branch: "release", From: "main", By: "rita", Message: "chore: release\n",
			Files: map[string]string{"VERSION": "1\n"}},
	)
	must(t, err)
	target, before := "release", r.lab.Count(http.MethodPost, unapprove)
	must(t, r.lab.Edit(r.project, number, "dev", fakelab.Edit{Target: &target}))
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		can, why := r.lab.TryMerge(r.project, number)
		if r.lab.Count(http.MethodPost, unapprove) > before && can {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a retarget: it can merge %v, %s", can, why)
		}
	}
	head, err = r.lab.Commit(r.project,
		fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "made it faster\n", Amend: true, Files: code})
	must(t, err)
	r.becomes(head, "failed")
	if can, why := r.lab.TryMerge(r.project, number); can || !strings.Contains(why, "approved") {
		t.Errorf("an amended message: it can merge %v, %s", can, why)
	}
}

// TestStoryGitLabAwait: a job of GitLab CI learns the verdict on its own head by its id_token, also where another job has
// the name of the status, and of no other head; a token for another audience learns nothing.
func TestStoryGitLabAwait(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	must(t, r.lab.Configure(r.project, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) { p.NoJobs = false }))
	head, err := r.lab.Commit(
		r.project,
		fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "made it faster\n",
			Files: map[string]string{
				"cart/cart.go":   "package cart // faster\n",
				".gitlab-ci.yml": "test: {script: [true]}\n",
			}},
	)
	must(t, err)
	number, err := r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: "perf: make it faster", By: "dev"})
	must(t, err)
	pipeline, _, err := r.lab.StartPipeline(
		r.project,
		fakelab.Pipeline{IID: number, Jobs: []fakelab.Job{{Name: "gate"}, {Name: "lintel"}}},
	)
	must(t, err)
	ask := func(audience, sha string) (int, string) {
		token, err := r.lab.IDToken(r.project, pipeline, "gate", audience, nil)
		must(t, err)
		req, err := http.NewRequest(
			http.MethodGet,
			fmt.Sprintf("%s/api/v1/verdict?sha=%s&pull=%d", r.url, sha, number),
			nil,
		)
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		defer resp.Body.Close()
		var a struct{ State string }
		must(t, json.NewDecoder(resp.Body).Decode(&a))
		return resp.StatusCode, a.State
	}
	var status int
	var state string
	for deadline := time.Now().Add(patience); state != "failure"; time.Sleep(5 * time.Millisecond) {
		if status, state = ask(r.url, head); time.Now().After(deadline) || status >= 300 {
			t.Fatalf("its own head: %d %q", status, state)
		}
	}
	if status, state := ask("https://elsewhere.example", head); status != http.StatusUnauthorized {
		t.Errorf("another audience: %d %q", status, state)
	}
	if status, state := ask(r.url, r.lab.Tip(r.project, "main")); state != "" && state != "pending" {
		t.Errorf("another head: %d %q", status, state)
	}
}

// TestStoryGitLabReports: a job of GitLab CI hands in reports by its id_token: that of a merge request's pipeline for its
// own head, that of a push for its own commit, each part once. A fork's job is of another project, and no job may write
// for another commit or what is compared to.
func TestStoryGitLabReports(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Premium})
	must(t, r.lab.Configure(r.project, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) { p.NoJobs = false }))
	head, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "perf: faster\n",
		Files: map[string]string{"cart/x.go": "package cart\nvar x = 1\n", ".gitlab-ci.yml": "test: {script: [true]}\n"}})
	must(t, err)
	number, err := r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: "perf: faster", By: "dev"})
	must(t, err)
	job := func(project int64, p fakelab.Pipeline, spoil func(map[string]any)) (token, sha string) {
		t.Helper()
		p.Jobs = []fakelab.Job{{Name: "unit"}}
		id, sha, err := r.lab.StartPipeline(project, p)
		must(t, err)
		token, err = r.lab.IDToken(project, id, "unit", r.url, spoil)
		must(t, err)
		return token, sha
	}
	send := func(token string, query ...string) (int, string) {
		t.Helper()
		q := url.Values{"kind": {"coverage"}, "flag": {"unit"}}
		for i := 0; i < len(query); i += 2 {
			q.Set(query[i], query[i+1])
		}
		req, err := http.NewRequest(http.MethodPost, r.url+"/api/v1/reports?"+q.Encode(), strings.NewReader(profile))
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		defer resp.Body.Close()
		var a answered
		must(t, json.NewDecoder(resp.Body).Decode(&a))
		return resp.StatusCode, a.Error + a.Outcome
	}
	expect := func(what string, status int, word, token string, query ...string) {
		t.Helper()
		if s, w := send(token, query...); s != status || w != word {
			t.Errorf("%s: %d %s, want %d %s", what, s, w, status, word)
		}
	}
	own, _ := job(r.project, fakelab.Pipeline{IID: number}, nil)
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		// Until an event told of the project, nobody's report is taken.
		if status, _ := send(own, "flag", "early"); status != http.StatusNotFound || time.Now().After(deadline) {
			break
		}
	}
	expect("its own head", http.StatusAccepted, "stored", own, "sha", head)
	expect("the same part again", http.StatusOK, "repeat", own, "sha", head)
	expect("another part with the same token", http.StatusAccepted, "stored", own, "sha", head, "flag", "slow")
	expect("another commit", http.StatusConflict, "head_moved", own, "sha", r.lab.Tip(r.project, "main"), "flag", "other")
	expect("what is compared to", http.StatusForbidden, "base_forbidden", own, "sha", head, "base", "true", "flag", "base")
	expect("no commit", http.StatusBadRequest, "bad_request", own, "flag", "none")
	merged, sha := job(r.project, fakelab.Pipeline{IID: number, Merged: true}, nil)
	expect("merged results", http.StatusAccepted, "stored", merged, "sha", head, "measured_sha", sha, "flag", "merged")
	pushed, at := job(r.project, fakelab.Pipeline{Branch: "main"}, nil)
	expect("a push", http.StatusAccepted, "stored", pushed, "sha", at)
	expect("a push, for another commit", http.StatusForbidden, "not_the_head", pushed, "sha", head, "flag", "b")
	source, _ := job(
		r.project,
		fakelab.Pipeline{Branch: "topic"},
		func(c map[string]any) { c["pipeline_source"] = "merge_request_event" },
	)
	expect(
		"a branch's pipeline that says it is a merge request's",
		http.StatusForbidden,
		"forbidden",
		source,
		"sha",
		head,
		"flag",
		"c",
	)
	tip := r.lab.Tip(r.project, "main")
	other, _ := job(r.project, fakelab.Pipeline{IID: number}, func(c map[string]any) { c["sha"] = tip })
	expect("a commit that the pipeline did not run on", http.StatusForbidden, "forbidden", other, "sha", head, "flag", "e")
	expect("measured elsewhere", http.StatusForbidden, "not_the_head", own, "sha", head, "flag", "f",
		"measured_sha", tip)
	trigger, _ := job(
		r.project,
		fakelab.Pipeline{Branch: "topic"},
		func(c map[string]any) { c["pipeline_source"] = "trigger" },
	)
	expect("a trigger", http.StatusForbidden, "forbidden", trigger, "sha", head, "flag", "d")
	fork, err := r.lab.Fork(r.project, "dev/shop")
	must(t, err)
	theirs, of := job(fork, fakelab.Pipeline{Branch: "main"}, nil)
	expect("a fork's job", http.StatusNotFound, "unknown_repository", theirs, "sha", of)
	expect("a fork's job that names this project", http.StatusNotFound, "unknown_repository", theirs, "sha", of,
		"repository", "acme/tools/shop")
	elsewhere, _ := job(
		r.project,
		fakelab.Pipeline{Branch: "main"},
		func(c map[string]any) { c["iss"] = "https://gitlab.elsewhere.example" },
	)
	expect("another GitLab's token", http.StatusUnauthorized, "unauthorized", elsewhere, "sha", at)
}
