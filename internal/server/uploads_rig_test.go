package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/token"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/upload"
)

// uploads is a server that takes reports, beside a GitHub whose Actions sign tokens.
type uploads struct {
	*rig
	repo int64
}

// profile is a Go cover profile of cart/x.go that reached one line and missed the next.
const profile = "mode: set\ncart/x.go:1.1,1.9 1 1\ncart/x.go:2.1,2.9 1 0\n"

func beginUploads(t *testing.T) *uploads {
	t.Helper()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	return startUploads(t, hub)
}

func startUploads(t *testing.T, hub *fakehub.Hub) *uploads {
	t.Helper()
	u := &uploads{}
	u.rig = start(t, hub, t.TempDir(), func(c *config.Config, _ *server.Options) {
		c.Reports.Issuers = []string{hub.Issuer()}
		c.Reports.MaxMegabytes, c.Reports.MaxUnpackedMegabytes = 1, 2
	})
	// The webhook is set when the server runs, so let an event tell it of the repository and its owner.
	commit(t, hub, shop,
		fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: known", Files: fakehub.Files{".gitattributes": "\n"}})
	u.quiet()
	for _, d := range hub.Webhooks().Deliveries(hub.App().ID) {
		var p struct{ Repository struct{ ID int64 } }
		must(t, json.Unmarshal(d.Payload, &p))
		if u.repo = p.Repository.ID; u.repo != 0 {
			return u
		}
	}
	t.Fatal("no event told of the repository")
	return nil
}

// answered is what the server answers.
type answered struct {
	status  int
	Outcome string
	Error   string
	Message string
	Changes int
	Notes   []string
}

// send posts a report.
func (u *uploads) report(token string, query map[string]string, body, encoding string) answered {
	u.t.Helper()
	q := url.Values{}
	for k, v := range query {
		if v != "" {
			q.Set(k, v)
		}
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+u.config.Listen+"/api/v1/reports?"+q.Encode(), strings.NewReader(body))
	must(u.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := http.DefaultClient.Do(req)
	must(u.t, err)
	defer resp.Body.Close()
	out := answered{status: resp.StatusCode}
	raw, err := io.ReadAll(resp.Body)
	must(u.t, err)
	if err := json.Unmarshal(raw, &out); err != nil {
		u.t.Fatalf("the answer is no JSON: %q", raw)
	}
	return out
}

// expect holds an answer to its status and its error or outcome.
func (u *uploads) expect(what string, got answered, status int, word string) {
	u.t.Helper()
	if got.status != status || got.Error+got.Outcome != word {
		u.t.Errorf("%s: answered %d %s%s (%s), want %d %s", what, got.status, got.Error, got.Outcome, got.Message, status, word)
	}
}

// run starts a run on a pull request.
func (u *uploads) runOf(pull int) fakehub.RunStarted {
	u.t.Helper()
	run, err := u.hub.StartRun(shop, fakehub.Run{Event: "pull_request", Pull: pull})
	must(u.t, err)
	return run
}

// jwt is the token of a run for this server; alter forges its claims.
func (u *uploads) jwt(run fakehub.RunStarted, alter func(map[string]any)) string {
	u.t.Helper()
	token, err := u.hub.IDToken(run.ID, u.config.PublicURL, alter)
	must(u.t, err)
	return token
}

// coverage is the query of a coverage report of a head.
func coverage(sha string, more ...string) map[string]string {
	q := map[string]string{"kind": "coverage", "sha": sha, "flag": "unit"}
	for i := 0; i < len(more); i += 2 {
		q[more[i]] = more[i+1]
	}
	return q
}

// kept are the reports of a change's head as "flag trust lines".
func (u *uploads) kept(sha string, number int, fork bool) []string {
	u.t.Helper()
	set, err := u.server.Record().HeadReports(context.Background(),
		upload.Head{Forge: change.GitHub, RepoID: u.repo, SHA: sha, Number: number, Fork: fork})
	must(u.t, err)
	return described(set.Reports)
}

func described(all []report.Report) []string {
	out := []string{}
	for _, r := range all {
		text := r.Flag + " " + string(r.Trust)
		if r.Problem != "" {
			text += " unreadable"
		}
		if r.Coverage != nil {
			for _, f := range r.Coverage.Files {
				text += " " + f.String()
			}
		}
		out = append(out, text)
	}
	return out
}

func (u *uploads) has(what string, got []string, want ...string) {
	u.t.Helper()
	if !slices.Equal(got, want) {
		u.t.Errorf("%s: kept %q, want %q", what, got, want)
	}
}

// upToken makes an upload token by the command.
func (u *uploads) upToken(c token.Create) (id, secret string) {
	u.t.Helper()
	var out, aside bytes.Buffer
	c.Database = u.config.Database
	must(u.t, c.Run(context.Background(), terminal.Terminal{Out: &out, Err: &aside}))
	_, err := fmt.Sscanf(aside.String(), "made token %s", &id)
	must(u.t, err)
	return id, strings.TrimSpace(out.String())
}

// uploadToken is the command for a repository.
func uploadToken(repository string, c token.Create) token.Create {
	c.Repository = repository
	return c
}
