package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/controls"
)

// changeQuery reads all of a pull request that no commit pins, in one response: one moment.
// https://docs.github.com/en/graphql/reference/objects#pullrequest
var changeQuery = `query LintelChange($owner: String!, $name: String!, $number: Int!, $hint: GitObjectID, $hinted: Boolean!, $checks: Boolean!, $remarks: Boolean!) {
  repository(owner: $owner, name: $name) {
    databaseId
    name
    owner { login }
    isPrivate
    squashMergeAllowed
    mergeCommitAllowed
    rebaseMergeAllowed
    squashMergeCommitTitle
    squashMergeCommitMessage
    defaultBranchRef { name target { ...controls ...past } }
    object(oid: $hint) @include(if: $hinted) {
      ... on Commit {
        oid
        associatedPullRequests(first: 50) { totalCount nodes { number state headRefOid baseRefName baseRepository { databaseId } } }
        statusCheckRollup @include(if: $checks) {
          contexts(first: 100) {
            totalCount
            nodes {
              __typename
              ... on CheckRun { name status conclusion checkSuite { app { databaseId } } }
              ... on StatusContext { context state }
            }
          }
        }
      }
    }
    pullRequest(number: $number) {
      number
      title
      body
      state
      isDraft
      isCrossRepository
      url
      baseRefName
      headRefName
      headRefOid
      changedFiles
      updatedAt
      author { __typename login ... on User { databaseId } ... on Bot { databaseId } }
      labels(first: 100) { totalCount nodes { name } }
      baseRef { name target { ...controls } refUpdateRule { pattern } rules(first: 50) { nodes { type } } }
      reviews(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { ...review } }
      reviewThreads(last: 50) @include(if: $remarks) { nodes { ...thread } }
    }
  }
}
` + controlsFragment + "\n" + pastFragment + "\n" + reviewFragment + "\n" + threadFragment

// controlsFragment asks what stands at the fixed places of control files.
var controlsFragment = func() string {
	var b strings.Builder
	b.WriteString("fragment controls on GitObject {\n  oid\n  ... on Commit {\n")
	for i, place := range controls.Fixed() {
		fmt.Fprintf(&b, "    %s: file(path: %q) { ...control }\n", controlAliases[i], place.Path)
	}
	b.WriteString("  }\n}\nfragment control on TreeEntry { oid mode size type }")
	return b.String()
}()

// controlAliases name the places of controls.Fixed in a query, in its order, as the fields of graphCommit do.
var controlAliases = []string{"settings", "owners1", "owners2", "owners3", "attributes"}

// pastFragment reads in which style a branch was written, 100 being change.MaxHistory and the largest page.
const pastFragment = `fragment past on GitObject {
  ... on Commit { history(first: 100) { nodes { messageHeadline parents(first: 1) { totalCount } } } }
}`

const reviewFragment = `fragment review on PullRequestReview {
  fullDatabaseId
  state
  submittedAt
  authorCanPushToRepository
  commit { oid }
  author { __typename login ... on User { databaseId } ... on Bot { databaseId } }
}`

// reviewsQuery reads the reviews beyond the first page.
const reviewsQuery = `query LintelReviews($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviews(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { ...review } }
    }
  }
}
` + reviewFragment

// headQuery reads head and base again, after unpinned reads.
const headQuery = `query LintelHead($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) { headRefOid baseRefName baseRef { name target { oid } } }
  }
}`

// Queries returns every fixed GraphQL text that is sent, by operation name, for checks against GitHub's schema. Texts
// built from paths are covered by one sample each.
func Queries() map[string]string {
	return map[string]string{
		"LintelChange": changeQuery, "LintelReviews": reviewsQuery, "LintelHead": headQuery, "LintelGroup": groupQuery,
		"LintelFiles": filesQuery(true, 1, 2), "LintelBlobs": blobsQuery(2), "LintelTeams": teamsQuery([]string{"acme/core"}),
		"LintelHistory": historyQuery, "LintelRuled": ruledQuery, "LintelCommit": commitQuery,
		"LintelThreads": threadsQuery, "LintelResolve": resolveMutation,
		"LintelPast": pastPullsQuery, "LintelPastMore": pastMoreQuery, "LintelPastThread": pastThreadQuery,
	}
}

type graphAuthor struct {
	Typename   string `json:"__typename"`
	Login      string `json:"login"`
	DatabaseID int64  `json:"databaseId"`
}

func (a *graphAuthor) toChange() change.Account {
	if a == nil { // a deleted account
		return change.Account{Login: "ghost"}
	}
	login := a.Login
	if a.Typename == "Bot" && !strings.HasSuffix(login, "[bot]") {
		login += "[bot]" // GraphQL leaves off what REST and commit trailers show
	}
	return change.Account{Login: login, ID: a.DatabaseID, Bot: a.Typename == "Bot"}
}

type graphEntry struct {
	OID  string `json:"oid"`
	Mode int    `json:"mode"`
	Size int64  `json:"size"`
	Type string `json:"type"`
}

// plain reports whether the entry is a file, and not a link, a folder or a submodule.
func (e graphEntry) plain() bool { return e.Type == "blob" && e.Mode != 0o120000 }

type graphCommit struct {
	OID        string      `json:"oid"`
	Settings   *graphEntry `json:"settings"`
	Owners1    *graphEntry `json:"owners1"`
	Owners2    *graphEntry `json:"owners2"`
	Owners3    *graphEntry `json:"owners3"`
	Attributes *graphEntry `json:"attributes"`
	History    graphPast   `json:"history"`
}

// fixed are what stands at the places of controls.Fixed, in its order; nil where nothing does.
func (c *graphCommit) fixed() []**graphEntry {
	return []**graphEntry{&c.Settings, &c.Owners1, &c.Owners2, &c.Owners3, &c.Attributes}
}

type graphPast struct {
	Nodes []struct {
		Headline string `json:"messageHeadline"`
		Parents  struct {
			TotalCount int `json:"totalCount"`
		} `json:"parents"`
	} `json:"nodes"`
}

// words is the history as a snapshot holds it. GitHub ends a headline that it cut with "…".
func (p graphPast) toChange() []change.Past {
	var out []change.Past
	for _, n := range p.Nodes[:min(len(p.Nodes), change.MaxHistory)] {
		out = append(out, change.NewPast(n.Headline, n.Parents.TotalCount))
	}
	return out
}

type graphReview struct {
	ID                        string       `json:"fullDatabaseId"`
	State                     string       `json:"state"`
	SubmittedAt               *time.Time   `json:"submittedAt"`
	AuthorCanPushToRepository *bool        `json:"authorCanPushToRepository"`
	Commit                    *graphOID    `json:"commit"`
	Author                    *graphAuthor `json:"author"`
}

type graphOID struct {
	OID string `json:"oid"`
}

type graphReviews struct {
	TotalCount int `json:"totalCount"`
	PageInfo   struct {
		HasNextPage bool   `json:"hasNextPage"`
		EndCursor   string `json:"endCursor"`
	} `json:"pageInfo"`
	Nodes []graphReview `json:"nodes"`
}

type graphRef struct {
	Name          string           `json:"name"`
	Target        *graphCommit     `json:"target"`
	RefUpdateRule *graphUpdateRule `json:"refUpdateRule"`
	Rules         *graphRules      `json:"rules"`
}

type graphUpdateRule struct {
	Pattern string `json:"pattern"`
}

type graphRules struct {
	Nodes []graphRule `json:"nodes"`
}

type graphRule struct {
	Type string `json:"type"`
}

type graphPull struct {
	Number            int          `json:"number"`
	Title             string       `json:"title"`
	Body              string       `json:"body"`
	State             string       `json:"state"`
	IsDraft           bool         `json:"isDraft"`
	IsCrossRepository bool         `json:"isCrossRepository"`
	URL               string       `json:"url"`
	BaseRefName       string       `json:"baseRefName"`
	HeadRefName       string       `json:"headRefName"`
	HeadRefOID        string       `json:"headRefOid"`
	ChangedFiles      int          `json:"changedFiles"`
	UpdatedAt         time.Time    `json:"updatedAt"`
	Author            *graphAuthor `json:"author"`
	Labels            *graphLabels `json:"labels"`
	BaseRef           *graphRef    `json:"baseRef"`
	Reviews           graphReviews `json:"reviews"`
	ReviewThreads     graphThreads `json:"reviewThreads"`
}

type graphLabels struct {
	TotalCount int          `json:"totalCount"`
	Nodes      []graphLabel `json:"nodes"`
}

type graphLabel struct {
	Name string `json:"name"`
}

type graphSibling struct {
	Number         int      `json:"number"`
	State          string   `json:"state"`
	HeadRefOID     string   `json:"headRefOid"`
	BaseRefName    string   `json:"baseRefName"`
	BaseRepository *graphID `json:"baseRepository"`
}

type graphID struct {
	DatabaseID int64 `json:"databaseId"`
}

type graphObject struct {
	OID                    string         `json:"oid"`
	AssociatedPullRequests *graphSiblings `json:"associatedPullRequests"`
	StatusCheckRollup      *graphRollup   `json:"statusCheckRollup"`
}

type graphSiblings struct {
	TotalCount int            `json:"totalCount"`
	Nodes      []graphSibling `json:"nodes"`
}

type graphRollup struct {
	Contexts struct {
		TotalCount int            `json:"totalCount"`
		Nodes      []graphContext `json:"nodes"`
	} `json:"contexts"`
}

type graphContext struct {
	Typename   string      `json:"__typename"`
	Name       string      `json:"name"`
	Status     string      `json:"status"`
	Conclusion string      `json:"conclusion"`
	CheckSuite *graphSuite `json:"checkSuite"`
	Context    string      `json:"context"`
	State      string      `json:"state"`
}

type graphSuite struct {
	App *graphID `json:"app"`
}

type graphRepository struct {
	DatabaseID int64  `json:"databaseId"`
	Name       string `json:"name"`
	Owner      struct {
		Login string `json:"login"`
	} `json:"owner"`
	IsPrivate                bool      `json:"isPrivate"`
	SquashMergeAllowed       *bool     `json:"squashMergeAllowed"`
	MergeCommitAllowed       *bool     `json:"mergeCommitAllowed"`
	RebaseMergeAllowed       *bool     `json:"rebaseMergeAllowed"`
	SquashMergeCommitTitle   string    `json:"squashMergeCommitTitle"`
	SquashMergeCommitMessage string    `json:"squashMergeCommitMessage"`
	DefaultBranchRef         *graphRef `json:"defaultBranchRef"`
	// Past is the default branch\'s history where it was read by REST.
	Past        []change.Past `json:"-"`
	Object      *graphObject  `json:"object"`
	PullRequest *graphPull    `json:"pullRequest"`
}

func (r *graphRepository) merges() change.MergeSettings {
	return change.MergeSettings{
		Squash:        r.SquashMergeAllowed,
		Merge:         r.MergeCommitAllowed,
		Rebase:        r.RebaseMergeAllowed,
		SquashTitle:   r.SquashMergeCommitTitle,
		SquashMessage: r.SquashMergeCommitMessage,
	}
}

type graphError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Path    []any  `json:"path"`
}

// graphMissing means that GitHub answered null for one thing that was asked for, at a path of the question.
type graphMissing struct{ path []any }

func (g *graphMissing) Error() string {
	return fmt.Sprintf("GitHub has nothing at %v, or hides it from the App", g.path)
}

// change reports whether the thing is the pull request or its repository.
func (g *graphMissing) change() bool {
	return len(g.path) > 0 && g.path[0] == "repository" && (len(g.path) == 1 || len(g.path) == 2 && g.path[1] == "pullRequest")
}

// whole reports whether an answer holds what every pull request has.
func (p *graphPull) whole() bool {
	return p.HeadRefOID != "" && p.BaseRefName != "" && (p.State == "OPEN" || p.State == "CLOSED" || p.State == "MERGED") &&
		(p.BaseRef == nil || p.BaseRef.Target != nil && p.BaseRef.Target.OID != "")
}

// query sends a GraphQL text and decodes its data. Partial answers are errors: what is null because of an error must
// not look absent. tolerated names the last path elements that may be forbidden (a field that the App may not see);
// what failed otherwise is never taken for absent.
func (f *Forge) query(ctx context.Context, installation int64, text string, variables map[string]any, data any, tolerated ...string) error {
	client := f.installation(installation)
	req, err := client.NewRequest(http.MethodPost, f.graph.String(), map[string]any{"query": text, "variables": variables})
	if err != nil {
		return fmt.Errorf("make GraphQL request: %w", err)
	}
	var reply struct {
		Data   json.RawMessage `json:"data"`
		Errors []graphError    `json:"errors"`
	}
	resp, err := doJSON(ctx, client, req, &reply)
	if err != nil {
		return f.answer("query GitHub", err)
	}
	for _, e := range reply.Errors {
		if err := f.graphFault(e, resp, tolerated); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(reply.Data, data); err != nil {
		return fmt.Errorf("decode GraphQL answer: %w", err)
	}
	return nil
}

func (f *Forge) graphFault(e graphError, resp *github.Response, tolerated []string) error {
	switch e.Type {
	case "RATE_LIMITED":
		until := resp.Rate.Reset.Time
		if until.Before(f.Now()) {
			until = f.Now().Add(time.Minute)
		}
		return &change.Limited{Until: until, Kind: "primary"}
	case "NOT_FOUND":
		return fmt.Errorf("query GitHub: %w", &change.Unread{What: "GitHub does not show one thing that this change consists of",
			Remedy: "if it stays so, run \"lintel doctor github\", and check that the App may see the repository",
			Err:    fmt.Errorf("%w: %s", &graphMissing{e.Path}, e.Message)})
	}
	if e.Type == "FORBIDDEN" && len(e.Path) > 0 {
		if last, ok := e.Path[len(e.Path)-1].(string); ok {
			for _, name := range tolerated {
				if last == name {
					return nil
				}
			}
		}
	}
	if e.Type == "FORBIDDEN" || e.Type == "INSUFFICIENT_SCOPES" {
		return fmt.Errorf("query GitHub: %w",
			&change.Refused{
				Kind:   refusal.Permission,
				What:   fmt.Sprintf("GitHub refuses %v to the App: %s", e.Path, e.Message),
				Remedy: "run \"lintel doctor github\": a permission is missing or not yet accepted",
			})
	}
	return fmt.Errorf("query GitHub: %s (%s, at %v)", e.Message, e.Type, e.Path)
}
