package github_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/oracle"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/past"
)

// set sets the clock.
func (c *ticking) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// TestWebhookAndPastAreOne plays one life, and holds what webhooks told of it against what the past tells: the same
// happening has the same key, and both give the same facts.
func TestWebhookAndPastAreOne(t *testing.T) {
	clock := &ticking{at: time.Now().UTC()}
	s := newWatched(t, fakehub.Options{Now: clock.now})
	d, err := github.NewDecoder(secret)
	must(t, err)
	var mu sync.Mutex
	var heard []flow.Event
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		must(t, err)
		ev, err := d.Decode(r.Header, body)
		must(t, err)
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, ev.Flow...)
	}))
	t.Cleanup(server.Close)
	s.hub.SetWebhook(server.URL, secret)
	s.life(t)
	must(t, s.hub.WaitDelivered(t.Context()))
	clock.set(time.Now().UTC()) // the App's key is good for minutes
	page, err := s.forge.PastPulls(t.Context(), s.pastQuery(past.FirstSize(), ""))
	must(t, err)
	mu.Lock()
	defer mu.Unlock()

	keys := func(events []flow.Event, but ...flow.Kind) map[string]bool {
		all := map[string]bool{}
		for _, e := range events {
			if !slices.Contains(but, e.Kind) {
				all[e.Key] = true
			}
		}
		return all
	}
	// The past knows commits, and webhooks know branches and what was whole from the start.
	told := keys(heard, flow.BranchPushed, flow.Landed, flow.Whole, flow.State)
	was := keys(page.Events, flow.Commit, flow.Whole, flow.State)
	for key := range told {
		if !was[key] {
			t.Errorf("only a webhook tells of %s", key)
		}
	}
	for key := range was {
		if !told[key] {
			t.Errorf("only the past tells of %s", key)
		}
	}
	a, ok := flow.Derive(heard, flow.Given{})
	b, _ := flow.Derive(page.Events, flow.Given{})
	if !ok || *a.Cycle != *b.Cycle || *a.Pickup != *b.Pickup || *a.Stages.Draft != *b.Stages.Draft || *a.Redraft != *b.Redraft ||
		a.Reopens != 1 || b.Reopens != 1 || a.MergeSHA != b.MergeSHA || a.Author != b.Author || a.Base != "main" {
		t.Errorf("webhooks %+v\nthe past %+v", a, b)
	}
}

// TestFlowOfRecordedPayloads reads the lives out of all payloads that GitHub's SDK team recorded.
func TestFlowOfRecordedPayloads(t *testing.T) {
	d, err := github.NewDecoder(secret)
	must(t, err)
	kinds := map[flow.Kind]int{}
	for e := range oracle.Examples(t) {
		ev, err := d.Decode(headers(e.Event, hooklog.Sign(secret, e.Body)), e.Body)
		must(t, err)
		for _, f := range ev.Flow {
			kinds[f.Kind]++
			if f.Key == "" || f.At.IsZero() || f.Pull.RepoID == 0 || f.Pull.Number == 0 && f.SHA == "" {
				t.Errorf("%s %d: %+v", e.Event, e.Index, f)
			}
		}
	}
	for _, k := range []flow.Kind{flow.Opened, flow.State, flow.Whole, flow.Drafted, flow.Ready, flow.Pushed, flow.Closed,
		flow.Reopened, flow.ReviewRequested, flow.ReviewRequestRemoved, flow.Reviewed, flow.ReviewDismissed, flow.Commented,
		flow.ThreadResolved, flow.ThreadUnresolved} {
		if kinds[k] == 0 {
			t.Errorf("no payload tells of %s", k)
		}
	}
}

// TestFlowOfOneDelivery are deliveries that the recorded ones lack.
func TestFlowOfOneDelivery(t *testing.T) {
	d, err := github.NewDecoder(secret)
	must(t, err)
	const repo = `"repository":{"id":7,"full_name":"acme/shop","default_branch":"main"},"sender":{"id":1,"login":"ann","type":"User"}`
	const pull = `"number":5,"state":"closed","merged":true,"merged_at":"2026-03-02T10:00:00Z","created_at":"2026-03-01T10:00:00Z",` +
		`"updated_at":"2026-03-02T10:00:01Z","merge_commit_sha":"landed","user":null,"base":{"ref":"main"}`
	sha := strings.Repeat("a", 40)
	for _, tt := range []struct{ name, event, body, want string }{
		{"a revert by the button", "pull_request", `{"action":"closed",` + repo + `,"pull_request":{` + pull +
			`,"head":{"ref":"x","sha":"h","repo":{"id":7}},"body":"Reverts acme/shop#3\n"}}`,
			"opened github:7#5  | merged github:7#5 landed | reverts github:7#5  | reverted github:7#3 "},
		{"a revert in another repository is none of this one", "pull_request", `{"action":"closed",` + repo + `,"pull_request":{` + pull +
			`,"head":{"ref":"x","sha":"h","repo":{"id":7}},"body":"Reverts acme/other#3\n"}}`,
			"opened github:7#5  | merged github:7#5 landed"},
		{"a revert by its branch", "pull_request", `{"action":"closed",` + repo + `,"pull_request":{` + pull +
			`,"head":{"ref":"revert-4-topic","sha":"h"},"body":null}}`,
			"opened github:7#5  | merged github:7#5 landed | reverts github:7#5  | reverted github:7#4 "},
		{"a revert by git", "pull_request", `{"action":"closed",` + repo + `,"pull_request":{` + pull +
			`,"head":{"ref":"x","sha":"h"},"body":"This reverts commit ` + sha + `."}}`,
			"opened github:7#5  | merged github:7#5 landed | reverted github:7#0 " + sha},
		{"a commit on the default branch", "push", `{"ref":"refs/heads/main","after":"z",` + repo + `,"commits":[{"id":"z",` +
			`"timestamp":"2026-03-02T10:00:00Z","message":"Revert\n\nThis reverts commit ` + sha + `."}]}`, "reverted github:7#0 " + sha},
		{"a commit on another branch", "push", `{"ref":"refs/heads/x","after":"z",` + repo + `,"commits":[{"id":"z",` +
			`"timestamp":"2026-03-02T10:00:00Z","message":"Revert\n\nThis reverts commit ` + sha + `."}]}`, ""},
		{"a forced push", "push", `{"ref":"refs/heads/x","after":"z","forced":true,` + repo +
			`,"head_commit":{"id":"z","timestamp":"2026-03-02T10:00:00Z"}}`, "branch_pushed github:7#0 z"},
		{"a comment on an issue", "issue_comment", `{"action":"created",` + repo +
			`,"issue":{"number":3},"comment":{"id":4,"created_at":"2026-03-02T10:00:00Z"}}`, ""},
		{"enqueued", "pull_request", `{"action":"enqueued",` + repo + `,"pull_request":{"number":5,"updated_at":"2026-03-02T10:00:01Z"}}`,
			"enqueued github:7#5 "},
		{"a pull request without a time", "pull_request", `{"action":"opened",` + repo + `,"pull_request":{"number":5}}`, ""},
	} {
		ev, err := d.Decode(headers(tt.event, hooklog.Sign(secret, []byte(tt.body))), []byte(tt.body))
		must(t, err)
		var got []string
		for _, e := range ev.Flow {
			got = append(got, string(e.Kind)+" "+e.Pull.String()+" "+e.SHA)
		}
		if text := strings.Join(got, " | "); text != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, text, tt.want)
		}
	}
}
