package gitlabpart

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// full is a record that stores nothing until there is room.
type full struct {
	room   atomic.Bool
	stored chan change.Event
}

func (f *full) Accept(_ context.Context, ev change.Event) (intake.Result, error) {
	if !f.room.Load() {
		return intake.Result{}, errors.New("the disk is full")
	}
	f.stored <- ev
	return intake.Result{}, nil
}

// TestMissedAreStoredWhereTheyCame: a delivery that could not be stored is in the memory of the process that took it, so
// that one stores it, also where another process does the works of the clock.
func TestMissedAreStoredWhereTheyCame(t *testing.T) {
	lab, err := fakelab.New(fakelab.Options{Dir: t.TempDir(), Tier: fakelab.Free})
	must(t, err)
	must(t, lab.Start())
	t.Cleanup(func() { must(t, lab.Close()) })
	_, err = lab.AddUser("rita")
	must(t, err)
	_, err = lab.AddGroup("acme")
	must(t, err)
	must(t, lab.SetMember("acme", "rita", fakelab.Maintainer))
	bot, err := lab.AddToken(fakelab.Token{Group: "acme"})
	must(t, err)
	project, err := lab.AddProject(fakelab.Project{Path: "acme/shop", Files: map[string]string{"a": "1\n"}})
	must(t, err)

	c := config.Default().GitLab
	c.URL, c.TokenFile = lab.URL(), filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(c.TokenFile, []byte(bot.Secret), 0o600))
	log := slog.New(slog.DiscardHandler)
	l := &Served{secrets: config.GitLabSecrets{WebhookToken: "secret"}, storing: time.Millisecond}
	must(t, l.Open(c, "https://lintel.example.com/", gitlab.Options{Now: time.Now}, log))
	record := &full{stored: make(chan change.Event, 9)}
	p, err := l.Part(
		inbound.HookOptions{Log: log},
		record,
		func(context.Context) error { return nil },
		nil,
		&looks{now: time.Now},
		nil,
	)
	must(t, err)
	mux := http.NewServeMux()
	p.Routes(mux, http.NewServeMux())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	must(t, p.Started(t.Context()))
	t.Cleanup(func() { must(t, p.Close()) })

	_, err = lab.AddHook(fakelab.Hook{Project: project, URL: server.URL + path, Token: "secret"})
	must(t, err)
	_, err = lab.Commit(
		project,
		fakelab.Commit{Branch: "main", By: "rita", Message: "feat: more\n", Files: map[string]string{"a": "2\n"}},
	)
	must(t, err)
	must(t, lab.Webhooks().Wait(t.Context()))
	record.room.Store(true)
	<-record.stored
}
