package github_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/forge/forgetest"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// world is GitHub as a server meets it.
type world struct {
	*shop
	*github.Decoder
	number int
}

// TestServed holds GitHub to what a server needs of every forge.
func TestServed(t *testing.T) {
	forgetest.Serve(t, func(t *testing.T, mail *forgetest.Mailbox) forgetest.World {
		s := newShop(t, fakehub.Options{})
		must(t, s.hub.AddUser(fakehub.User{Login: forgetest.Reader}))
		must(t, s.hub.SetCollaborator("acme/shop", forgetest.Reader, "read", "olga"))
		must(t, s.hub.SetCollaborator("acme/shop", forgetest.Keeper, "maintain", "olga"))
		must(t, s.hub.SetTeamMember("acme", "core", forgetest.Keeper, "member", "olga"))
		must(t, s.hub.WaitDelivered(t.Context()))
		box := httptest.NewServer(mail)
		t.Cleanup(box.Close)
		s.hub.SetWebhook(box.URL, secret)
		decoder, err := github.NewDecoder(secret)
		must(t, err)
		w := &world{shop: s, Decoder: decoder}
		w.number, _ = s.topic(t, "topic", fakehub.Files{forgetest.Path: strings.Repeat("x\n", 10)})
		return w
	})
}

func (w *world) Forge() forgetest.Served { return w.forge }
func (w *world) Ref() change.Ref         { return w.record(w.number).Ref }

func (w *world) Push(t *testing.T, files map[string]string) string {
	t.Helper()
	sha, err := w.hub.Commit("acme/shop",
		fakehub.Commit{Branch: "topic", Author: forgetest.Writer, Message: "feat: more", Files: files})
	must(t, err)
	return sha
}

func (w *world) Retitle(t *testing.T, title string) {
	t.Helper()
	must(t, w.hub.EditPull("acme/shop", w.number, fakehub.Edit{Title: &title}, forgetest.Writer))
}

func (w *world) Comment(t *testing.T, by, body string) {
	t.Helper()
	_, err := w.hub.Comment("acme/shop", w.number, by, body)
	must(t, err)
}

func (w *world) Approve(t *testing.T, by string) {
	t.Helper()
	_, err := w.hub.Review("acme/shop", w.number, fakehub.Review{Author: by, State: "APPROVE"})
	must(t, err)
}

func (w *world) End(t *testing.T) {
	t.Helper()
	must(t, w.hub.ClosePull("acme/shop", w.number, forgetest.Writer))
}

func (w *world) Settle(t *testing.T) {
	t.Helper()
	must(t, w.hub.WaitDelivered(t.Context()))
}

func (w *world) Verdict(_ *testing.T, sha string) (newest effect.Conclusion, n int) {
	for _, r := range w.hub.Runs("acme/shop", sha) {
		if r.Name == "lintel" {
			newest, n = effect.Conclusion(r.Conclusion), n+1
		}
	}
	return newest, n
}

func (w *world) Comments(t *testing.T) (all []string) {
	t.Helper()
	p, err := w.hub.Pull("acme/shop", w.number)
	must(t, err)
	for _, c := range p.Comments {
		all = append(all, c.Body)
	}
	return all
}

func (w *world) Threads(t *testing.T) (all []string) {
	t.Helper()
	for _, c := range w.threads(t, w.number) {
		all = append(all, c.Body)
	}
	return all
}

func (w *world) Fail(status int, header map[string]string) func() {
	return w.hub.Fault(traffic.Fault{Status: status, Header: header})
}
