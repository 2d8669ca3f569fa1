package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

const hooksSecret = "a secret of the webhooks"

// TestStoryGitLabBadInput: what GitLab, its administrators and passers-by hand in that is not as it should be, one after
// another on one server, each with its right end.
func TestStoryGitLabBadInput(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	const strict = "version: 1\ncommits: { mode: enforce, conventional: true }\n"
	project := func(path, settings string, more map[string]string, h fakelab.Hook) (id, hook int64) {
		t.Helper()
		files := map[string]string{".gitlab/lintel.yml": settings, "a.go": "package a\n"}
		for name, text := range more {
			files[name] = text
		}
		id, err := r.lab.AddProject(fakelab.Project{Path: path, Files: files,
			Settings: fakelab.Settings{NoJobs: more == nil, OnlyIfPipelineSucceeds: true}})
		must(t, err)
		h.Project, h.URL, h.Token = id, r.url+"/hooks/gitlab", hooksSecret
		hook, err = r.lab.AddHook(h)
		must(t, err)
		r.project = id
		return id, hook
	}
	push := func(id int64, message, text string) string {
		t.Helper()
		c := fakelab.Commit{Branch: "topic", By: "dev", Message: message, Files: map[string]string{"b.go": text}}
		if r.lab.Tip(id, "topic") == "" {
			c.From = "main"
		}
		head, err := r.lab.Commit(id, c)
		must(t, err)
		return head
	}
	open := func(id int64, title string) int64 {
		t.Helper()
		number, err := r.lab.Open(id, fakelab.Request{Source: "topic", Title: title, By: "dev"})
		must(t, err)
		return number
	}
	const bad, good = "made it faster", "perf: make it faster"

	// 429 without headers says nothing of when: for a minute nothing is asked, and nothing is given up.
	first := r.project
	drop := r.lab.Fault(traffic.Fault{Operation: "LintelMoment", Status: http.StatusTooManyRequests, Body: "Retry later"})
	head := push(first, good+"\n", "package b\n")
	number := open(first, good)
	r.until("the connection waits", func() bool {
		held, err := r.server.Record().Holds(t.Context())
		must(t, err)
		return len(held) == 1 && held[0].Connection == "gitlab:1"
	})
	drop()
	r.ours.Add(int64(time.Minute + time.Second))
	r.due()
	title := good + " still"
	must(t, r.lab.Edit(first, number, "dev", fakelab.Edit{Title: &title}))
	r.becomes(head, "success")
	r.mergeable(number, true)

	// A path that another project took over: each is judged by its own rules, and found by its own name.
	must(t, r.lab.Rename(first, "acme/tools/store"))
	other, _ := project("acme/tools/shop", "version: 1\ncommits: { mode: \"off\" }\n", nil, fakelab.Hook{})
	lax := push(other, bad+"\n", "package b // theirs\n")
	theirs := open(other, bad)
	if theirs != number {
		t.Fatalf("the numbers are %d and %d: the story needs equal ones", number, theirs)
	}
	r.becomes(lax, "success")
	r.project = first
	head = push(first, bad+"\n", "package b // ours\n")
	r.becomes(head, "failed")
	r.mergeable(number, false)
	r.project = other
	r.becomes(lax, "success")
	r.mergeable(theirs, true)
	for name, want := range map[string]int64{"shop": other, "store": first} {
		found, err := r.server.Record().Find(t.Context(), change.GitLab, "acme/tools", name, int(number))
		must(t, err)
		if found.RepoID != want || found.Head.SHA != map[int64]string{other: lax, first: head}[want] {
			t.Errorf("acme/tools/%s!%d is %+v, want project %d", name, number, found.Ref, want)
		}
	}

	// A lone external pipeline: no pipeline of CI could be made, and the green status of another tool makes one that would
	// merge. Ours joins it, and makes none by itself.
	ci, _ := project("acme/tools/ci", strict, map[string]string{".gitlab-ci.yml": "test: {script: [true]}\n"}, fakelab.Hook{})
	head = push(ci, bad+"\n", "package b\n")
	number = open(ci, bad)
	if note := strings.Join(r.notes(number), "\n"); !strings.Contains(note, "the head had no pipeline") {
		t.Errorf("without a pipeline the note says:\n%s", note)
	}
	var statuses []struct{ Name string }
	if r.get("repository/commits/"+head+"/statuses", &statuses); len(statuses) != 0 {
		t.Errorf("without a pipeline were posted %+v", statuses)
	}
	must(t, r.lab.PostStatus(ci, head, fakelab.Status{Name: "sonar", State: "success", By: "dev"}))
	r.becomes(head, "failed")
	r.mergeable(number, false)

	// A diff of more than 20 KB comes collapsed, which is not the same as empty.
	big, _ := project("acme/tools/big", "version: 1\nsize: { mode: enforce, fail_over: 500 }\n", nil, fakelab.Hook{})
	lines := &strings.Builder{}
	lines.WriteString("package b\n\n")
	for i := range 700 {
		fmt.Fprintf(lines, "var value%04d = %d // one of many lines\n", i, i*i)
	}
	head = push(big, good+"\n", lines.String())
	number = open(big, good)
	r.becomes(head, "failed")
	if note := strings.Join(r.notes(number), "\n"); !strings.Contains(note, "size/") {
		t.Errorf("of a collapsed diff the note says:\n%s", note)
	}

	// A webhook whose template leaves out what it is about: it is answered kindly, and the sweep finds what it did not tell.
	quiet, hook := project("acme/tools/quiet", strict, nil, fakelab.Hook{Template: `{"object_kind":"{{object_kind}}","by":"us"}`})
	head = push(quiet, bad+"\n", "package b\n")
	number = open(quiet, bad)
	must(t, r.lab.Webhooks().Wait(t.Context()))
	sent := r.lab.Webhooks().Deliveries(hook)
	if len(sent) == 0 || slices.ContainsFunc(sent, hooklog.Delivery.Failed) {
		t.Errorf("the %d deliveries of a template failed, for which GitLab would disable the webhook: %+v", len(sent), sent)
	}
	r.later()
	must(t, r.server.SweepGitLab(t.Context()))
	r.becomes(head, "failed")
	r.mergeable(number, false)
}

// due lets the queue's clock, which is the machine's, reach what waits for it: a story moves only the server's.
func (r *labRig) due() {
	r.t.Helper()
	deadline := time.Now().Add(patience)
	for waits := int64(0); waits == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal("nothing waits in the queue")
		}
		done, err := r.server.Writer().ExecContext(r.t.Context(),
			`UPDATE river_job SET state = 'available', scheduled_at = created_at WHERE queue = 'look' AND state = 'scheduled'`)
		must(r.t, err)
		waits, err = done.RowsAffected()
		must(r.t, err)
	}
}

// TestStoryGitLabLostCommand: the webhook that told of a command in a comment is lost, and the server ends. The next one has
// GitLab send it again, and the command is carried out once, however often it comes after that and whoever starts.
func TestStoryGitLabLostCommand(t *testing.T) {
	t.Parallel()
	var secret string
	r := beginLabWith(t, fakelab.Options{Tier: fakelab.Free}, func(r *labRig, c *config.Config) {
		c.Flow.BackfillDays = 0
		person, err := r.lab.AddToken(fakelab.Token{User: "rita", Scopes: []string{"api"}})
		must(t, err)
		secret = person.Secret
		c.GitLab.MaintainerTokenFile = filepath.Join(r.dir, "maintainer")
		must(t, os.WriteFile(c.GitLab.MaintainerTokenFile, []byte(secret), 0o600))
	})
	head, number := r.faster("made it faster\n", "perf: make it faster")
	r.becomes(head, "failed")
	r.notes(number)
	must(t, r.lab.Webhooks().Wait(t.Context()))
	r.lab.Webhooks().SetFate(func(e hooklog.Event) hooklog.Fate { return hooklog.Fate{Fail: e.Name == "Note Hook"} })
	id, err := r.lab.Say(r.project, number, "rita", overrideHeader)
	must(t, err)
	must(t, r.lab.Webhooks().Wait(t.Context()))
	lost := r.lab.Webhooks().Deliveries(r.hook)[0]
	if !lost.Failed() || lost.Event.Name != "Note Hook" {
		t.Fatalf("the newest delivery is %+v, want a lost comment", lost)
	}
	r.stop()
	r.lab.Webhooks().SetFate(nil)

	r.start()
	must(t, r.server.ResendGitLab(t.Context()))
	if emoji, note := r.answered(number, id); emoji != "thumbsup" || !strings.Contains(note, "### Overridden") {
		t.Errorf("the command that was lost is answered by %s:\n%s", emoji, note)
	}
	if says := r.becomes(head, "success"); !strings.Contains(says, "override") {
		t.Errorf("the status says %q", says)
	}
	r.mergeable(number, true)

	// Somebody sends it again by hand, and a server that starts anew looks at the log again.
	again := func() {
		t.Helper()
		req, err := http.NewRequest(http.MethodPost, fmt.Sprintf("%s/api/v4/projects/%d/hooks/%d/events/%d/resend", r.lab.URL(),
			r.project, r.hook, lost.ID), nil)
		must(t, err)
		req.Header.Set("PRIVATE-TOKEN", secret)
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != http.StatusCreated {
			t.Errorf("to send it again is answered by %s", resp.Status)
		}
	}
	again()
	r.stop()
	r.start()
	r.ours.Add(int64(2 * time.Minute)) // it may ask again
	must(t, r.server.ResendGitLab(t.Context()))
	again()
	// A command behind it is carried out, so those before it were, too.
	id, err = r.lab.Say(r.project, number, "rita", "/lintel why")
	must(t, err)
	r.answered(number, id)
	acts := strings.Fields((&rig{t: t, server: r.server}).audited())
	acts = slices.DeleteFunc(acts, func(act string) bool { return !strings.HasPrefix(act, "override.") })
	if !slices.Equal(acts, []string{"override.made"}) {
		t.Errorf("the overrides in the audit log: %v", acts)
	}
	if notes := r.written(number); len(notes) != 1 {
		t.Errorf("%d notes", len(notes))
	}
	r.becomes(head, "success")
}
