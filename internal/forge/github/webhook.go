package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// ErrSignature means that a delivery is not signed with one of our secrets. It says no more on purpose.
var ErrSignature = errors.New("the signature is missing or wrong")

// Decoder authenticates and decodes webhooks. It holds no state beside its secrets.
type Decoder struct{ secrets [][]byte }

// NewDecoder takes the webhook secrets, newest first; two at once let a secret be rotated without losing a delivery.
// An empty secret would accept anybody's deliveries, so it is an error.
func NewDecoder(secrets ...string) (*Decoder, error) {
	d := &Decoder{}
	for _, s := range secrets {
		if strings.TrimSpace(s) == "" {
			return nil, errors.New(
				"the webhook secret is empty: anybody could send deliveries; write a random secret of at least 16 " +
					"characters into the file and into the App's settings")
		}
		d.secrets = append(d.secrets, []byte(s))
	}
	if len(d.secrets) == 0 {
		return nil, errors.New("no webhook secret is given")
	}
	return d, nil
}

// Decode checks the SHA-256 signature over the raw body in constant time and reads what the delivery means.
// The errors are ErrSignature, and others for a body that is signed and cannot be read.
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
func (d *Decoder) Decode(header http.Header, body []byte) (change.Event, error) {
	if err := d.Verify(header, body); err != nil {
		return change.Event{}, err
	}
	name, id := header.Get("X-GitHub-Event"), header.Get("X-GitHub-Delivery")
	if name == "" || id == "" || len(name) > 100 || len(id) > 100 {
		return change.Event{}, errors.New("the headers X-GitHub-Event and X-GitHub-Delivery are missing or too long")
	}
	ev, err := decode(name, body)
	if err != nil {
		return change.Event{}, fmt.Errorf("read %s delivery: %w", name, err)
	}
	ev.Forge, ev.Delivery, ev.Name = change.GitHub, id, name
	return ev, nil
}

// Verify checks the signature of a body that may be held in several pieces. The error is ErrSignature.
func (d *Decoder) Verify(header http.Header, pieces ...[]byte) error {
	if !d.signed(header.Get("X-Hub-Signature-256"), pieces) {
		return ErrSignature
	}
	return nil
}

func (d *Decoder) signed(header string, pieces [][]byte) bool {
	sum, ok := strings.CutPrefix(header, "sha256=")
	if !ok {
		return false
	}
	given, err := hex.DecodeString(sum)
	if err != nil {
		return false
	}
	good := false
	for _, secret := range d.secrets {
		mac := hmac.New(sha256.New, secret)
		for _, piece := range pieces {
			mac.Write(piece) // a hash never fails to write
		}
		good = hmac.Equal(given, mac.Sum(nil)) || good
	}
	return good
}

// The parts of GitHub's payloads that Lintel reads. Everything else is passed over, so a payload that grows stays readable.
type payload struct {
	Action       string          `json:"action"`
	Number       int             `json:"number"`
	Repository   *repository     `json:"repository"`
	Organization *account        `json:"organization"`
	Sender       *account        `json:"sender"`
	Installation *installation   `json:"installation"`
	PullRequest  *pullRequest    `json:"pull_request"`
	Changes      json.RawMessage `json:"changes"`
	MergeGroup   *mergeGroup     `json:"merge_group"`
	CheckRun     *checkRun       `json:"check_run"`
	CheckSuite   *checkSuite     `json:"check_suite"`
	Comment      *reviewComment  `json:"comment"`
	Thread       *reviewThread   `json:"thread"`
	WorkflowRun  *workflowRun    `json:"workflow_run"`
	Review       *struct {
		ID          int64     `json:"id"`
		State       string    `json:"state"`
		Body        string    `json:"body"`
		SubmittedAt timestamp `json:"submitted_at"`
		CommitID    string    `json:"commit_id"`
		User        *account  `json:"user"`
	} `json:"review"`
	Reviewer      *account `json:"requested_reviewer"`
	RequestedTeam *team    `json:"requested_team"`
	Issue         *issue   `json:"issue"`
	// Label is the one that was put on or taken away.
	Label            *label            `json:"label"`
	Deployment       *deployment       `json:"deployment"`
	DeploymentStatus *deploymentStatus `json:"deployment_status"`
	Release          *release          `json:"release"`
	// NewProperties are the custom properties that changed.
	NewProperties []struct {
		Name  string `json:"property_name"`
		Value any    `json:"value"`
	} `json:"new_property_values"`
	Requested *struct {
		Identifier string `json:"identifier"`
	} `json:"requested_action"`
	Ref      string   `json:"ref"`
	Before   string   `json:"before"`
	After    string   `json:"after"`
	Forced   bool     `json:"forced"`
	Deleted  bool     `json:"deleted"`
	Commits  []pushed `json:"commits"`
	Team     *team    `json:"team"`
	Member   *account `json:"member"`
	Repos    []short  `json:"repositories"`
	Added    []short  `json:"repositories_added"`
	Removed  []short  `json:"repositories_removed"`
	SHA      string   `json:"sha"`
	Branches []struct {
		Name string `json:"name"`
	} `json:"branches"`
	HeadCommit *pushed `json:"head_commit"`
}

type workflowRun struct {
	ID              int64       `json:"id"`
	Attempt         int         `json:"run_attempt"`
	Event           string      `json:"event"`
	HeadSHA         string      `json:"head_sha"`
	HeadRepository  *repository `json:"head_repository"`
	Actor           *account    `json:"actor"`
	TriggeringActor *account    `json:"triggering_actor"`
}

type account struct {
	Login string `json:"login"`
	ID    int64  `json:"id"`
	Type  string `json:"type"`
}

type reviewComment struct {
	ID        int64     `json:"id"`
	InReplyTo int64     `json:"in_reply_to_id"`
	User      *account  `json:"user"`
	Body      string    `json:"body"`
	CreatedAt timestamp `json:"created_at"`
	UpdatedAt timestamp `json:"updated_at"`
	// Review is the review that the comment is part of.
	Review int64 `json:"pull_request_review_id"`
	// App is the App through which it was written; nil for a person.
	App *struct {
		ID int64 `json:"id"`
	} `json:"performed_via_github_app"`
}

type reviewThread struct {
	NodeID   string          `json:"node_id"`
	Comments []reviewComment `json:"comments"`
}

type installation struct {
	ID int64 `json:"id"`
	// Account owns all repositories of the installation; only events about the installation itself name it.
	Account *account `json:"account"`
}

type repository struct {
	ID            int64    `json:"id"`
	Name          string   `json:"name"`
	FullName      string   `json:"full_name"`
	Private       bool     `json:"private"`
	DefaultBranch string   `json:"default_branch"`
	Owner         *account `json:"owner"`

	Visibility string         `json:"visibility"`
	Topics     []string       `json:"topics"`
	Properties map[string]any `json:"custom_properties"`
}

func (r repository) toChange() change.Repository {
	w := change.Repository{ID: r.ID, Name: r.Name, Private: r.Private, DefaultBranch: r.DefaultBranch}
	w.Traits = traits(r.Visibility, r.Topics, r.Properties)
	if owner, name, ok := strings.Cut(r.FullName, "/"); ok {
		w.Owner, w.Name = owner, name
	}
	if r.Owner != nil && r.Owner.Login != "" {
		w.Owner, w.OwnerID = r.Owner.Login, r.Owner.ID
	}
	return w
}

type short struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
	Private  bool   `json:"private"`
}

type branch struct {
	Ref  string      `json:"ref"`
	SHA  string      `json:"sha"`
	Repo *repository `json:"repo"`
}

type pullRequest struct {
	Number    int       `json:"number"`
	State     string    `json:"state"`
	Draft     bool      `json:"draft"`
	Merged    bool      `json:"merged"`
	UpdatedAt timestamp `json:"updated_at"`
	User      *account  `json:"user"`
	Head      branch    `json:"head"`
	Base      branch    `json:"base"`

	Body           string    `json:"body"`
	CreatedAt      timestamp `json:"created_at"`
	ClosedAt       timestamp `json:"closed_at"`
	MergedAt       timestamp `json:"merged_at"`
	MergedBy       *account  `json:"merged_by"`
	MergeCommitSHA string    `json:"merge_commit_sha"`
	// The sizes are nil where GitHub sends less than the whole pull request.
	Additions    *int    `json:"additions"`
	Deletions    int     `json:"deletions"`
	ChangedFiles int     `json:"changed_files"`
	Commits      int     `json:"commits"`
	Labels       []label `json:"labels"`
}

type label struct {
	Name string `json:"name"`
}

type mergeGroup struct {
	HeadSHA string `json:"head_sha"`
	HeadRef string `json:"head_ref"`
	BaseSHA string `json:"base_sha"`
	BaseRef string `json:"base_ref"`
}

type app struct {
	ID int64 `json:"id"`
}

type checkRun struct {
	ID      int64  `json:"id"`
	HeadSHA string `json:"head_sha"`
	App     *app   `json:"app"`
}

type checkSuite struct {
	HeadSHA string `json:"head_sha"`
	App     *app   `json:"app"`
}

type pushed struct {
	ID        string    `json:"id"`
	Message   string    `json:"message"`
	Timestamp timestamp `json:"timestamp"`
	Added     []string  `json:"added"`
	Removed   []string  `json:"removed"`
	Modified  []string  `json:"modified"`
	Author    struct {
		Email string `json:"email"`
	} `json:"author"`
}

type team struct {
	Slug string `json:"slug"`
}

// timestamp reads GitHub's times and takes any other form for "not said": a time is only a hint here.
type timestamp struct{ time.Time }

func (t *timestamp) UnmarshalJSON(b []byte) error {
	parsed, err := time.Parse(`"`+time.RFC3339+`"`, string(b))
	if err == nil {
		t.Time = parsed
	}
	return nil
}
