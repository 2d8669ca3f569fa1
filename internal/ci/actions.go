package ci

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// MaxEvent bounds the file that describes an event of GitHub Actions. GitHub's payloads are at most 25 MB.
const MaxEvent = 32 << 20

// eventFile is the variable that names it.
const eventFile = "GITHUB_EVENT_PATH"

// The parts of GitHub's webhook payloads that are read.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads
type (
	payload struct {
		Pull       *payloadPull  `json:"pull_request"`
		Run        *payloadRun   `json:"workflow_run"`
		Group      *payloadGroup `json:"merge_group"`
		Before     string        `json:"before"`
		After      string        `json:"after"`
		Ref        string        `json:"ref"`
		Repository struct {
			DefaultBranch string `json:"default_branch"`
			Private       bool   `json:"private"`
		} `json:"repository"`
	}
	payloadPull struct {
		Number int            `json:"number"`
		Title  *string        `json:"title"`
		Body   *string        `json:"body"`
		Draft  bool           `json:"draft"`
		User   *payloadUser   `json:"user"`
		Labels []payloadLabel `json:"labels"`
		Base   payloadTip     `json:"base"`
		Head   payloadTip     `json:"head"`
	}
	payloadUser struct {
		Login string `json:"login"`
		Type  string `json:"type"`
	}
	payloadLabel struct {
		Name string `json:"name"`
	}
	payloadTip struct {
		Ref  string       `json:"ref"`
		SHA  string       `json:"sha"`
		Repo *payloadRepo `json:"repo"`
	}
	payloadRepo struct {
		FullName string `json:"full_name"`
	}
	payloadRun struct {
		SHA  string       `json:"head_sha"`
		Repo *payloadRepo `json:"head_repository"`
	}
	payloadGroup struct {
		BaseSHA string `json:"base_sha"`
		BaseRef string `json:"base_ref"`
		HeadSHA string `json:"head_sha"`
	}
)

// actions reads the environment and the event's file.
// https://docs.github.com/en/actions/reference/workflows-and-actions/variables
func (r *reader) actions(event func(string) ([]byte, error)) Job {
	j := Job{Name: "GitHub Actions",
		Target: Target{SHA: r.value("GITHUB_SHA"), Measured: r.value("GITHUB_SHA"), Repository: r.value("GITHUB_REPOSITORY"),
			Run: r.value("GITHUB_RUN_ID"), Job: r.value("GITHUB_JOB"), Attempt: r.number("GITHUB_RUN_ATTEMPT")},
		TokenURL: r.value("ACTIONS_ID_TOKEN_REQUEST_URL"), TokenKey: r.value("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
		Deepen: "give actions/checkout fetch-depth: 0", RepositoryID: r.id("GITHUB_REPOSITORY_ID"),
		OwnerID: r.id("GITHUB_REPOSITORY_OWNER_ID")}
	p, ok := r.event(event)
	if !ok {
		return j
	}
	j.Private = p.Repository.Private
	j.DefaultBranch = r.branch(p.Repository.DefaultBranch, eventFile)
	c := &j.Change
	switch {
	case p.Pull != nil:
		// GITHUB_SHA is the merge commit here, and the base's tip for pull_request_target.
		j.SHA, j.Pull = p.Pull.Head.SHA, p.Pull.Number
		j.Fork = p.Pull.Head.Repo == nil || p.Pull.Head.Repo.FullName != j.Repository
		r.pull(c, p.Pull)
	case p.Run != nil:
		// GITHUB_SHA is the tip of the default branch here, and measured nothing.
		j.SHA, j.Measured, j.Elsewhere = p.Run.SHA, p.Run.SHA, true
		j.Fork = p.Run.Repo == nil || p.Run.Repo.FullName != j.Repository
	case p.Group != nil:
		r.head(c, p.Group.HeadSHA)
		if id := r.commit(p.Group.BaseSHA, eventFile); id != "" {
			c.Bases = append(c.Bases, Named{id, eventFile})
		}
		c.BaseBranch = r.branch(p.Group.BaseRef, eventFile)
	case strings.HasPrefix(p.Ref, "refs/heads/") && p.After != "":
		// A push: what it added to the branch. Zeros before it mean that the branch is new.
		r.head(c, p.After)
		c.Heads = append(c.Heads, Named{"HEAD", "what is checked out"})
		if id := r.commit(p.Before, eventFile); id != "" {
			c.Bases = append(c.Bases, Named{id, eventFile})
		}
		c.HeadBranch, c.Push = r.branch(p.Ref, eventFile), true
	}
	return j
}

// event reads the file. It is false when there is none; a file that cannot be read is an error, since the job's own
// commit may be another than the change's.
func (r *reader) event(read func(string) ([]byte, error)) (payload, bool) {
	path := r.value(eventFile)
	if path == "" || read == nil {
		return payload{}, false
	}
	text, err := read(path)
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		return payload{}, false
	}
	var p payload
	switch {
	case len(text) > MaxEvent:
		r.fail("the file of %s is larger than %d bytes", eventFile, MaxEvent)
	case !utf8.Valid(text):
		r.fail("the file of %s is not UTF-8 text", eventFile)
	default:
		if err := json.Unmarshal(text, &p); err != nil {
			r.fail("the file of %s is no event of GitHub: %s", eventFile, err)
		}
	}
	return p, r.err == nil
}

func (r *reader) pull(c *Change, p *payloadPull) {
	r.head(c, p.Head.SHA)
	if base, from := r.first("GITHUB_BASE_REF"); base != "" {
		r.onto(c, base, from)
	} else {
		r.onto(c, p.Base.Ref, eventFile)
	}
	if id := r.commit(p.Base.SHA, eventFile); id != "" {
		c.Bases = append(c.Bases, Named{id, eventFile})
	}
	c.HeadBranch = r.branch(p.Head.Ref, eventFile)
	c.Title, c.Draft = p.Title, p.Draft
	// GitHub writes null for an empty description.
	body := ""
	if p.Body != nil {
		body = *p.Body
	}
	if c.Title != nil {
		c.Body = &body
	}
	for _, t := range []*string{c.Title, c.Body} {
		if t != nil && len(*t) > maxEventText {
			r.fail("the file of %s has a title or a description of more than %d bytes", eventFile, maxEventText)
		}
	}
	if p.User != nil {
		if len(p.User.Login) > maxName {
			r.fail("the file of %s has an author of more than %d bytes", eventFile, maxName)
		}
		c.Author, c.Bot = strings.TrimSpace(p.User.Login), p.User.Type == "Bot"
	}
	var labels []string
	for _, l := range p.Labels {
		labels = append(labels, l.Name)
	}
	c.Labels = r.some(labels, "the file of "+eventFile)
}

// maxEventText bounds titles and descriptions of an event. GitHub's are at most 65,536 characters.
const maxEventText = 1 << 20

func (r *reader) head(c *Change, id string) {
	if id = r.commit(id, eventFile); id != "" {
		c.Heads = append(c.Heads, Named{id, eventFile})
	}
}
