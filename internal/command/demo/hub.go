package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/publish"
)

// onHub is the story's forge when it plays on GitHub.
type onHub struct{ hub *fakehub.Hub }

func (f *onHub) kind() change.Forge { return change.GitHub }
func (f *onHub) url() string        { return f.hub.URL() }

func (f *onHub) props() props {
	return props{
		host: "github", title: "A real Lintel on SQLite, a GitHub for your laptop beside it, and three developers with git.",
		settings: ".github/lintel.yml", ci: ".github/workflows/test.yml", ciBefore: workflow,
		ciAfter: workflow + "      - uses: acme-tools/announce@main\n", // an action that its owner may change at any time
		owners:  "# Whoever changes payments asks those who answer for them.\n/payments/ @acme/payments\n",
		mail:    "acme.example", key: madeUpKey(), good: "+1", confused: "confused", requests: "/_fakehub", proof: "signed",
	}
}

// workflow runs the tests; its action is pinned to a commit.
const workflow = `name: test
on: [pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
      - run: go test ./...
`

func (f *onHub) close() error {
	if f.hub == nil {
		return nil
	}
	return f.hub.Close()
}

// open starts the fake GitHub with an organisation of three people.
func (f *onHub) open(dir string) (err error) {
	if f.hub, err = fakehub.New(fakehub.Options{Dir: dir}); err != nil {
		return err
	}
	steps := []func() error{
		f.hub.Start,
		func() error { return f.hub.AddUser(fakehub.User{Login: "olga", Name: "Olga Maintainer"}) },
		func() error { return f.hub.AddUser(fakehub.User{Login: "wendy", Name: "Wendy Writer"}) },
		func() error { return f.hub.AddUser(fakehub.User{Login: "mika", Name: "Mika Payments"}) },
		func() error {
			return f.hub.AddOrg(
				fakehub.Org{Login: "acme", Members: map[string]string{"olga": "admin", "wendy": "member", "mika": "member"}})
		},
		func() error {
			_, err := f.hub.AddRepo(fakehub.Repo{Owner: "acme", Name: "shop", Description: "A small shop",
				Collaborators: map[string]string{"wendy": "write", "mika": "write"}})
			return err
		},
		func() error {
			return f.hub.AddTeam(fakehub.Team{Org: "acme", Slug: "payments", Members: map[string]string{"mika": "maintainer"},
				Repos: map[string]string{"acme/shop": "push"}})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (f *onHub) connect(dir string, c *config.Config) error {
	spec := f.hub.App()
	// CI's tokens are those of the GitHub for your laptop.
	c.Reports.Issuers = []string{f.hub.Issuer()}
	c.GitHub.AppID, c.GitHub.APIURL, c.GitHub.WebURL = spec.ID, f.hub.URL(), f.hub.URL()
	c.GitHub.PrivateKeyFile, c.GitHub.WebhookSecretFile = filepath.Join(dir, "app.pem"), filepath.Join(dir, "webhook-secret")
	return errors.Join(os.WriteFile(c.GitHub.PrivateKeyFile, spec.PEM(), 0o600),
		os.WriteFile(c.GitHub.WebhookSecretFile, []byte(spec.WebhookSecret), 0o600))
}

func (f *onHub) hooked(public string) error {
	f.hub.SetWebhook(public+"/hooks/github", "")
	return nil
}

func (f *onHub) token(login string) (string, error) { return f.hub.Token(login) }

func (f *onHub) gate() (string, error) {
	if _, err := f.hub.Install("acme"); err != nil {
		return "", fmt.Errorf("install the App: %w", err)
	}
	if err := f.hub.Protect(repo, "main",
		&fakehub.Protection{Checks: []fakehub.RequiredCheck{{Context: publish.CheckName, App: f.hub.App().ID}}}); err != nil {
		return "", fmt.Errorf("protect main: %w", err)
	}
	return `installs the App and makes its check "lintel" required on main`, nil
}

func (f *onHub) propose(ctx context.Context, d *developer, branch, title string) (int, error) {
	var pull struct {
		Number int `json:"number"`
	}
	err := d.ask(ctx, http.MethodPost, "/repos/"+repo+"/pulls",
		map[string]any{"title": title, "head": branch, "base": "main", "body": "Please have a look."}, &pull)
	return pull.Number, err
}

func (f *onHub) approve(ctx context.Context, d *developer, number int) error {
	return d.ask(ctx, http.MethodPost, fmt.Sprintf("/repos/%s/pulls/%d/reviews", repo, number),
		map[string]any{"event": "APPROVE", "body": "Looks right."}, nil)
}

func (f *onHub) comment(ctx context.Context, d *developer, number int, body string) (int64, error) {
	var comment struct {
		ID int64 `json:"id"`
	}
	err := d.ask(ctx, http.MethodPost, fmt.Sprintf("/repos/%s/issues/%d/comments", repo, number), map[string]any{"body": body}, &comment)
	return comment.ID, err
}

func (f *onHub) merge(ctx context.Context, d *developer, number int) error {
	return d.ask(ctx, http.MethodPut, fmt.Sprintf("/repos/%s/pulls/%d/merge", repo, number), map[string]any{"merge_method": "squash"}, nil)
}

func (f *onHub) verdict(_ context.Context, number int) (*verdict, error) {
	pull, err := f.hub.Pull(repo, number)
	if err != nil {
		return nil, err
	}
	var last *verdict
	for _, run := range f.hub.Runs(repo, pull.HeadSHA) {
		if run.Name != publish.CheckName {
			continue
		}
		last = &verdict{head: pull.HeadSHA, title: run.Title, text: run.Summary, page: run.Details, at: run.Completed,
			done: run.Status == "completed", pass: run.Conclusion == "success"}
		for _, a := range run.Annotations {
			if a.Level == "warning" {
				last.remarks = append(last.remarks, fmt.Sprintf("Remark on %s:%d: %s", a.Path, a.Start, a.Title))
			}
		}
	}
	return last, nil
}

func (f *onHub) answer(_ context.Context, number int, id int64, line string) (words, reaction string, err error) {
	pull, err := f.hub.Pull(repo, number)
	for _, c := range pull.Comments {
		if c.ID == id {
			for _, r := range c.Reactions {
				if _, of, ok := strings.Cut(r, "[bot] "); ok && of != "eyes" {
					reaction = of
				}
			}
		}
		if _, body, ok := strings.Cut(c.Body, "`"+line+"` by wendy: "); ok && strings.HasSuffix(c.Author, "[bot]") {
			words = body
		}
	}
	return words, reaction, err
}

func (f *onHub) written(_ context.Context, number int) (comments, remarks []remark, err error) {
	pull, err := f.hub.Pull(repo, number)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range pull.Comments {
		comments = append(comments, remark{body: c.Body})
	}
	all, err := f.hub.Threads(repo, number)
	for _, t := range all {
		remarks = append(remarks, remark{body: t.Body, path: t.Path, start: t.StartLine, line: t.Line})
	}
	return comments, remarks, err
}

func (f *onHub) delivered(done time.Time) (string, time.Time) {
	for _, d := range f.hub.Webhooks().Deliveries(f.hub.App().ID) {
		if strings.HasPrefix(d.Event.Name, "pull_request") && !d.DeliveredAt.After(done) {
			return d.Event.Name + "." + d.Event.Action, d.DeliveredAt
		}
	}
	return "the event", done
}

func (f *onHub) tested(context.Context, int) error { return nil }

// job is a run of GitHub Actions, with an OIDC token of its own.
func (f *onHub) job(_ context.Context, d *developer, number int, server string) (job, error) {
	run, err := f.hub.StartRun(repo, fakehub.Run{Event: "pull_request", Pull: number})
	if err != nil {
		return job{}, err
	}
	event := filepath.Join(d.home, "event.json")
	text, err := json.Marshal(map[string]any{"pull_request": map[string]any{"number": number,
		"head": map[string]any{"sha": run.HeadSHA, "repo": map[string]any{"full_name": repo}}}})
	if err == nil {
		err = os.WriteFile(event, text, 0o600)
	}
	return job{head: run.HeadSHA, finish: func() error { return f.hub.FinishRun(run.ID, "success") }, environment: map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_SHA": run.SHA, "GITHUB_REPOSITORY": repo, "GITHUB_RUN_ID": strconv.FormatInt(run.ID, 10),
		"GITHUB_RUN_ATTEMPT": strconv.FormatInt(run.Attempt, 10), "GITHUB_JOB": "test",
		"GITHUB_EVENT_PATH": event, "ACTIONS_ID_TOKEN_REQUEST_URL": run.TokenURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": run.TokenSecret,
		"LINTEL_SERVER": server,
	}}, err
}

func (f *onHub) reviewers(number int) string {
	return fmt.Sprintf("%s/%s/pull/%d", f.hub.URL(), repo, number)
}
