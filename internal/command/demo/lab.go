package demo

import (
	"context"
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
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/publish"
)

// onLab is the story's forge when it plays on GitLab, of the tier Free: the gate is a commit status in the pipeline.
type onLab struct {
	lab     *fakelab.Lab
	bot     fakelab.Token
	project int64
	hook    int64
	// lintel asks the API as Lintel's own user, to see what stands there.
	lintel *developer
}

func (f *onLab) kind() change.Forge { return change.GitLab }
func (f *onLab) url() string        { return f.lab.URL() }

func (f *onLab) props() props {
	return props{
		host:     "gitlab",
		title:    "A real Lintel on SQLite, a GitLab (Free) for your laptop beside it, and three developers with git.",
		settings: ".gitlab/lintel.yml", ci: ".gitlab-ci.yml", ciBefore: pipeline, ciAfter: pipeline, // no rule reads it
		owners: "# Whoever changes payments asks those who answer for them.\n[Payments]\n/payments/ @acme/payments\n",
		begun:  true, mail: "example.com", good: "thumbsup", confused: "confused", proof: "with its secret token",
		key: "glpat" + "-" + "x7Qm2Vb9Kd4R" + "z8Tn5Wc3", // put together here, so that no scanner of this repository takes it for one
	}
}

// pipeline runs the tests and hands the profile in.
const pipeline = `test:
  image: golang:1.24
  rules: [{ if: $CI_PIPELINE_SOURCE == "merge_request_event" }]
  id_tokens: { LINTEL_ID_TOKEN: { aud: $LINTEL_SERVER } }
  script:
    - go test -coverprofile=coverage.out ./...
    - lintel report upload coverage.out --kind coverage --flag unit
`

func (f *onLab) close() error {
	if f.lab == nil {
		return nil
	}
	return f.lab.Close()
}

// open starts the fake GitLab with a group of three people, a group of owners below it, and a project. The pipeline of each
// head has the job "test", which runs until the story ends it.
func (f *onLab) open(dir string) (err error) {
	f.lab, err = fakelab.New(fakelab.Options{Dir: dir, Tier: fakelab.Free, Jobs: []fakelab.Job{{Name: "test", State: "running"}}})
	if err != nil {
		return err
	}
	if err := f.lab.Start(); err != nil {
		return err
	}
	for _, name := range []string{"olga", "wendy", "mika"} {
		if _, err := f.lab.AddUser(name); err != nil {
			return err
		}
	}
	for _, path := range []string{"acme", "acme/payments"} {
		if _, err := f.lab.AddGroup(path); err != nil {
			return err
		}
	}
	err = errors.Join(f.lab.SetMember("acme", "olga", fakelab.Maintainer), f.lab.SetMember("acme", "wendy", fakelab.Developer),
		f.lab.SetMember("acme/payments", "mika", fakelab.Developer))
	if err != nil {
		return err
	}
	if f.bot, err = f.lab.AddToken(fakelab.Token{Group: "acme"}); err != nil {
		return err
	}
	f.project, err = f.lab.AddProject(fakelab.Project{Path: repo, Files: map[string]string{"README.md": "# Shop\n"}})
	f.lintel = &developer{login: "lintel", token: f.bot.Secret, api: f.lab.URL()}
	return errors.Join(err, f.lab.Share(f.project, "acme/payments", fakelab.Developer))
}

// hookSecret is what deliveries carry.
const hookSecret = "a secret of the webhooks"

func (f *onLab) connect(dir string, c *config.Config) error {
	c.GitLab.URL, c.GitLab.TokenFile = f.lab.URL(), filepath.Join(dir, "token")
	c.GitLab.WebhookTokenFile = filepath.Join(dir, "webhook-secret")
	return errors.Join(os.WriteFile(c.GitLab.TokenFile, []byte(f.bot.Secret), 0o600),
		os.WriteFile(c.GitLab.WebhookTokenFile, []byte(hookSecret), 0o600))
}

func (f *onLab) hooked(public string) (err error) {
	f.hook, err = f.lab.AddHook(fakelab.Hook{Project: f.project, URL: public + "/hooks/gitlab", Token: hookSecret})
	return err
}

func (f *onLab) token(login string) (string, error) {
	t, err := f.lab.AddToken(fakelab.Token{User: login, Name: login})
	return t.Secret, err
}

func (f *onLab) gate() (string, error) {
	err := errors.Join(
		f.lab.Configure(f.project, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfPipelineSucceeds = true }),
		f.lab.Protect(f.project, "main", &fakelab.Protection{Push: fakelab.Maintainer, Merge: fakelab.Developer}))
	return `gives Lintel a token and a webhook, and switches "Pipelines must succeed" on`, err
}

// at is a path of the API below a merge request.
func (f *onLab) at(number int, path string) string {
	return fmt.Sprintf("/api/v4/projects/%d/merge_requests/%d%s", f.project, number, path)
}

func (f *onLab) propose(ctx context.Context, d *developer, branch, title string) (int, error) {
	var made struct {
		IID int `json:"iid"`
	}
	err := d.ask(ctx, http.MethodPost, fmt.Sprintf("/api/v4/projects/%d/merge_requests", f.project), map[string]any{"title": title,
		"source_branch": branch, "target_branch": "main", "description": "Please have a look."}, &made)
	return made.IID, err
}

// approve waits for the next second: GitLab tells of approvals by the second, and one in the second of a push is of nobody
// knows which commit.
func (f *onLab) approve(ctx context.Context, d *developer, number int) error {
	now := time.Now()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(now.Truncate(time.Second).Add(time.Second).Sub(now)):
	}
	return d.ask(ctx, http.MethodPost, f.at(number, "/approve"), map[string]any{}, nil)
}

func (f *onLab) comment(ctx context.Context, d *developer, number int, body string) (int64, error) {
	var note struct {
		ID int64 `json:"id"`
	}
	err := d.ask(ctx, http.MethodPost, f.at(number, "/notes"), map[string]any{"body": body}, &note)
	return note.ID, err
}

// merge merges. GitLab's answer to a merge that it refuses has no reason; its page has.
func (f *onLab) merge(ctx context.Context, d *developer, number int) error {
	err := d.ask(ctx, http.MethodPut, f.at(number, "/merge"), map[string]any{"squash": true}, nil)
	if no, ok := errors.AsType[*refusal](err); ok {
		_, why := f.lab.TryMerge(f.project, int64(number))
		no.message += " (" + why + ")"
		no.soon = strings.HasPrefix(why, "ci_still_running")
	}
	return err
}

// head is the newest commit of a merge request, and its pipeline; 0 while there is none.
func (f *onLab) head(ctx context.Context, number int) (sha string, pipeline int64, err error) {
	var m struct {
		SHA      string `json:"sha"`
		Pipeline *struct {
			ID  int64  `json:"id"`
			SHA string `json:"sha"`
		} `json:"head_pipeline"`
	}
	err = f.lintel.ask(ctx, http.MethodGet, f.at(number, ""), nil, &m)
	if m.Pipeline != nil && m.Pipeline.SHA == m.SHA {
		pipeline = m.Pipeline.ID
	}
	return m.SHA, pipeline, err
}

// verdict is the status of the head. What it has no room for stands in Lintel's note, which comes with it.
func (f *onLab) verdict(ctx context.Context, number int) (*verdict, error) {
	sha, _, err := f.head(ctx, number)
	if err != nil {
		return nil, err
	}
	var all []struct {
		Name, Status, Description string
		Target                    string     `json:"target_url"`
		Finished                  *time.Time `json:"finished_at"`
	}
	err = f.lintel.ask(ctx, http.MethodGet, fmt.Sprintf("/api/v4/projects/%d/repository/commits/%s/statuses", f.project, sha), nil, &all)
	if err != nil {
		return nil, err
	}
	var last *verdict
	for _, s := range all {
		if s.Name == publish.CheckName {
			last = &verdict{head: sha, title: s.Description, page: s.Target, pass: s.Status == "success", at: time.Now(),
				done: s.Status == "success" || s.Status == "failed"}
			if s.Finished != nil {
				last.at = *s.Finished
			}
		}
	}
	if last == nil || last.pass || !last.done {
		return last, nil
	}
	comments, _, err := f.written(ctx, number)
	for _, c := range comments {
		if strings.Contains(c.body, "**Lintel: "+last.title+"**") {
			last.text, last.remarks = c.body, noted(c.body)
			return last, err
		}
	}
	return nil, err
}

// noted are the remarks of a note: titles with where they are.
func noted(body string) (lines []string) {
	_, rest, _ := strings.Cut(body, "### Remarks")
	rest, _, _ = strings.Cut(rest, "\n### ")
	for _, l := range linesWith(rest, "**") {
		if _, title, ok := strings.Cut(l, ". **"); ok {
			lines = append(lines, "Remark: "+strings.NewReplacer("**", "", "`", "", `\`, "").Replace(title))
		}
	}
	return lines
}

func (f *onLab) answer(ctx context.Context, number int, id int64, line string) (words, reaction string, err error) {
	var awards []struct{ Name string }
	if err := f.lintel.ask(ctx, http.MethodGet, f.at(number, fmt.Sprintf("/notes/%d/award_emoji", id)), nil, &awards); err != nil {
		return "", "", err
	}
	for _, a := range awards {
		if a.Name != "eyes" {
			reaction = a.Name
		}
	}
	comments, _, err := f.written(ctx, number)
	for _, c := range comments {
		if _, body, ok := strings.Cut(c.body, "`"+line+"` by wendy: "); ok {
			words = body
		}
	}
	return words, reaction, err
}

func (f *onLab) written(ctx context.Context, number int) (comments, remarks []remark, err error) {
	var all []struct {
		Notes []struct {
			Body, Type string
			System     bool
			Position   *struct {
				Path string `json:"new_path"`
				Line int    `json:"new_line"`
			}
		}
	}
	if err := f.lintel.ask(ctx, http.MethodGet, f.at(number, "/discussions?per_page=100"), nil, &all); err != nil {
		return nil, nil, err
	}
	for _, d := range all {
		for _, n := range d.Notes {
			switch {
			case n.System:
			case n.Position != nil:
				r := remark{body: n.Body, path: n.Position.Path, line: n.Position.Line, start: n.Position.Line}
				if _, above, ok := strings.Cut(n.Body, "```suggestion:-"); ok {
					up, _, _ := strings.Cut(above, "+")
					lines, err := strconv.Atoi(up)
					if err != nil {
						return nil, nil, fmt.Errorf("read a suggestion for %s: %w", r.path, err)
					}
					r.start -= lines
				}
				remarks = append(remarks, r)
			default:
				comments = append(comments, remark{body: n.Body})
			}
		}
	}
	return comments, remarks, nil
}

func (f *onLab) delivered(done time.Time) (string, time.Time) {
	for _, d := range f.lab.Webhooks().Deliveries(f.hook) {
		if d.Event.Name == "Merge Request Hook" && !d.DeliveredAt.After(done) {
			return "a " + d.Event.Name, d.DeliveredAt
		}
	}
	return "the event", done
}

// tested ends the job "test" of the head, if it runs.
func (f *onLab) tested(ctx context.Context, number int) error {
	_, at, err := f.head(ctx, number)
	if err != nil || at == 0 {
		return err
	}
	return f.lab.SetJob(f.project, at, "test", "success")
}

// job is the job "test" of the head's pipeline, with an id_token of its own.
func (f *onLab) job(ctx context.Context, _ *developer, number int, server string) (job, error) {
	sha, at, err := f.head(ctx, number)
	if err != nil {
		return job{}, err
	}
	token, err := f.lab.IDToken(f.project, at, "test", server, nil)
	return job{head: sha, finish: func() error { return f.lab.SetJob(f.project, at, "test", "success") },
		environment: map[string]string{
			"GITLAB_CI": "true", "CI_COMMIT_SHA": sha, "CI_PROJECT_PATH": repo, "CI_PIPELINE_ID": strconv.FormatInt(at, 10),
			"CI_JOB_NAME": "test", "CI_MERGE_REQUEST_IID": strconv.Itoa(number), "CI_PIPELINE_SOURCE": "merge_request_event",
			"CI_MERGE_REQUEST_PROJECT_PATH": repo, "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": repo,
			"LINTEL_ID_TOKEN": token, "LINTEL_SERVER": server,
		}}, err
}

func (f *onLab) reviewers(int) string { return "" }
