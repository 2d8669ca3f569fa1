package gitlab_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// world is a Lab with one project, acme/platform/shop.web, a bot, and people: rita maintains, dev and ann develop.
type world struct {
	*fakelab.Lab
	t       *testing.T
	project int64
	bot     fakelab.Token
	client  *client.Client
}

// clock is a Lab's clock that a test moves. Webhooks read it from goroutines of their own.
type clock struct{ now atomic.Pointer[time.Time] }

func newClock(now time.Time) *clock {
	c := &clock{}
	c.now.Store(&now)
	return c
}

func (c *clock) Now() time.Time { return *c.now.Load() }

func (c *clock) pass(d time.Duration) {
	now := c.Now().Add(d)
	c.now.Store(&now)
}

const shopPath = "acme/platform/shop.web"

func newWorld(t *testing.T, opt fakelab.Options) *world {
	t.Helper()
	opt.Dir = t.TempDir()
	lab, err := fakelab.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{Lab: lab, t: t}
	for _, name := range []string{"rita", "dev", "ann", "eve"} {
		w.id(lab.AddUser(name))
	}
	w.project = w.id(
		lab.AddProject(
			fakelab.Project{Path: shopPath, Files: map[string]string{"a.go": "package a\n", "dir/b.txt": "one\ntwo\nthree\n"}},
		),
	)
	w.ok(lab.SetMember("acme", "rita", fakelab.Maintainer))
	w.ok(lab.SetMember("acme/platform", "dev", fakelab.Developer))
	w.ok(lab.SetMember(shopPath, "ann", fakelab.Developer))
	if w.bot, err = lab.AddToken(fakelab.Token{Group: "acme"}); err != nil {
		t.Fatal(err)
	}
	w.client = w.as(w.bot.Secret)
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) id(id int64, err error) int64 {
	w.t.Helper()
	w.ok(err)
	return id
}

func (w *world) as(secret string) *client.Client {
	c, err := client.NewClient(secret, client.WithBaseURL(w.URL()), client.WithoutRetries())
	w.ok(err)
	return c
}

// user is a client with a person's own token.
func (w *world) user(name string) *client.Client {
	w.t.Helper()
	token, err := w.AddToken(fakelab.Token{User: name})
	w.ok(err)
	return w.as(token.Secret)
}

// open makes a branch with files and a merge request of it by dev.
func (w *world) open(branch string, files map[string]string) int64 {
	w.t.Helper()
	w.commit(branch, "feat: "+branch, files)
	return w.id(w.Open(w.project, fakelab.Request{Source: branch, Title: "feat: " + branch, By: "dev"}))
}

func (w *world) commit(branch, message string, files map[string]string) string {
	w.t.Helper()
	sha, err := w.Commit(w.project, fakelab.Commit{Branch: branch, Message: message, By: "dev", Files: files})
	w.ok(err)
	return sha
}

// get asks the API as the bot and returns status, header and body.
func (w *world) get(path string) (int, http.Header, []byte) {
	w.t.Helper()
	return w.send("GET", path, "", w.bot.Secret)
}

func (w *world) send(method, path, body, secret string) (int, http.Header, []byte) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.URL()+path, strings.NewReader(body))
	w.ok(err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if secret != "" {
		req.Header.Set("PRIVATE-TOKEN", secret)
	}
	resp, err := http.DefaultClient.Do(req)
	w.ok(err)
	raw, err := io.ReadAll(resp.Body)
	w.ok(err)
	w.ok(resp.Body.Close())
	return resp.StatusCode, resp.Header, raw
}

// strict decodes an answer into the client's own struct, which must know every field.
func strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w in %s", err, raw)
	}
	return nil
}

func status(err error) int {
	var e *client.ErrorResponse
	if errors.As(err, &e) && e.Response != nil {
		return e.Response.StatusCode
	}
	if errors.Is(err, client.ErrNotFound) {
		return http.StatusNotFound
	}
	return 0
}
