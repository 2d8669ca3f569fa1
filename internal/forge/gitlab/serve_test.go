package gitlab_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	vendor "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/forge/forgetest"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab/hook"
)

// signing is the webhook's signing token.
const signing = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// world is GitLab as a server meets it: verdicts are statuses on pipelines.
type world struct {
	*shop
	door *hook.Door
	f    *gitlab.Forge
}

// TestServed holds GitLab to what a server needs of every forge.
func TestServed(t *testing.T) {
	forgetest.Serve(t, func(t *testing.T, mail *forgetest.Mailbox) forgetest.World {
		s := newStage(t, fakelab.Options{})
		for _, name := range []string{forgetest.Writer, forgetest.Keeper, forgetest.Reader} {
			_, err := s.AddUser(name)
			must(t, err)
		}
		_, err := s.AddGroup("acme/core")
		must(t, err)
		must(t, s.SetMember("acme/core", forgetest.Keeper, fakelab.Maintainer))
		w := &world{shop: &shop{stage: s, clock: &clock{}}}
		w.id, err = s.AddProject(fakelab.Project{Path: "acme/shop", Files: map[string]string{
			"a.go": "package a\n", ".gitlab-ci.yml": "unit: {script: make}\n"}})
		must(t, err)
		for name, level := range map[string]int{forgetest.Writer: fakelab.Developer, forgetest.Keeper: fakelab.Maintainer,
			forgetest.Reader: fakelab.Guest} {
			must(t, s.SetMember("acme/shop", name, level))
		}
		box := httptest.NewServer(mail)
		t.Cleanup(box.Close)
		_, err = s.AddHook(fakelab.Hook{Project: w.id, URL: box.URL, Signing: signing})
		must(t, err)
		w.f = s.forge(t, nil)
		w.door, err = hook.New(hook.Options{Instance: s.URL(), Signing: []string{signing}, Connection: 1, Now: time.Now})
		must(t, err)
		_, err = s.Commit(w.id, fakelab.Commit{Branch: "topic", From: "main", By: forgetest.Writer, Message: "feat: topic\n",
			Files: map[string]string{forgetest.Path: strings.Repeat("x\n", 10)}})
		must(t, err)
		iid, err := s.Open(w.id, fakelab.Request{Source: "topic", Title: "feat: topic", By: forgetest.Writer})
		must(t, err)
		key := change.Key{Forge: change.GitLab, RepoID: w.id, Number: int(iid)}
		w.ref = change.Ref{Key: key, Owner: "acme", Name: "shop", Connection: 1}
		_, _, err = s.StartPipeline(w.id, fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit"}}})
		must(t, err)
		return w
	})
}

func (w *world) Forge() forgetest.Served { return w.f }
func (w *world) Ref() change.Ref         { return w.ref }

func (w *world) Push(t *testing.T, files map[string]string) string {
	t.Helper()
	sha, err := w.Commit(w.id, fakelab.Commit{Branch: "topic", By: forgetest.Writer, Message: "feat: more\n", Files: files})
	must(t, err)
	return sha
}

func (w *world) Retitle(t *testing.T, title string) {
	t.Helper()
	must(t, w.Edit(w.id, int64(w.ref.Number), forgetest.Writer, fakelab.Edit{Title: &title}))
}

func (w *world) Comment(t *testing.T, by, body string) {
	t.Helper()
	_, err := w.Say(w.id, int64(w.ref.Number), by, body)
	must(t, err)
}

func (w *world) Approve(t *testing.T, by string) {
	t.Helper()
	must(t, w.Lab.Approve(w.id, int64(w.ref.Number), by))
}

func (w *world) End(t *testing.T) {
	t.Helper()
	must(t, w.Edit(w.id, int64(w.ref.Number), forgetest.Writer, fakelab.Edit{State: new("closed")}))
}

func (w *world) Settle(t *testing.T) {
	t.Helper()
	must(t, w.WaitDelivered(t.Context()))
}

func (w *world) Decode(h http.Header, body []byte) (change.Event, error) {
	return w.door.Decode(h, body)
}

func (w *world) Verdict(t *testing.T, sha string) (newest effect.Conclusion, n int) {
	t.Helper()
	all, _, err := w.bots(t).Commits.GetCommitStatuses(w.id, sha, &vendor.GetCommitStatusesOptions{All: new(false)})
	must(t, err)
	for _, s := range all {
		if s.Name == "lintel" {
			newest, n = map[string]effect.Conclusion{"success": effect.Success, "failed": effect.Failure}[s.Status], n+1
		}
	}
	return newest, n
}

// notes are the bodies of our own notes on the change, of threads on lines or of the others.
func (w *world) notes(t *testing.T, onLines bool) (all []string) {
	t.Helper()
	list, _, err := w.bots(t).Notes.ListMergeRequestNotes(w.id, int64(w.ref.Number), nil)
	must(t, err)
	for _, n := range list {
		if !n.System && n.Author.Username == w.bot.Bot && (n.Position != nil) == onLines {
			all = append(all, n.Body)
		}
	}
	return all
}

func (w *world) Comments(t *testing.T) []string { return w.notes(t, false) }
func (w *world) Threads(t *testing.T) []string  { return w.notes(t, true) }

func (w *world) Fail(status int, header map[string]string) func() {
	return w.Fault(traffic.Fault{Status: status, Header: header})
}
