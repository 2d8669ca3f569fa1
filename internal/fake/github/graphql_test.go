package github_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-github/v66/github"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// snapshotQuery is of the size and shape a reviewing App asks in one go.
const snapshotQuery = `query($owner:String!,$name:String!,$number:Int!,$base:String!){
 repository(owner:$owner,name:$name){ databaseId nameWithOwner isPrivate isFork visibility defaultBranchRef{name} squashMergeAllowed mergeCommitAllowed rebaseMergeAllowed squashMergeCommitTitle squashMergeCommitMessage
  pullRequest(number:$number){ number title body state isDraft isCrossRepository url createdAt updatedAt baseRefName baseRefOid headRefName headRefOid headRepository{nameWithOwner databaseId}
   author{__typename login ... on User{databaseId email}} labels(first:100){nodes{name}} changedFiles additions deletions
   baseRef{name target{oid} refUpdateRule{pattern} rules(first:1){totalCount}} commits(first:100){totalCount nodes{commit{oid}} pageInfo{hasNextPage endCursor}}
   reviews(first:100){totalCount pageInfo{hasNextPage endCursor} nodes{fullDatabaseId state body submittedAt authorCanPushToRepository commit{oid} author{__typename login ... on User{databaseId email}}}} }
  ref(qualifiedName:$base){name target{oid ... on Commit{ parents(first:2){nodes{oid}} history(first:2,path:"a.txt"){nodes{oid parents(first:1){nodes{oid}}}}
   file(path:"a.txt"){oid mode size type object{... on Blob{oid byteSize isBinary isTruncated text}}} missing:file(path:"none"){oid} }}}
  object(expression:"main:dir"){... on Tree{entries{name path mode oid type size}}}
  pullRequests(states:[OPEN],first:10,orderBy:{field:UPDATED_AT,direction:DESC},baseRefName:"main"){nodes{number headRefOid baseRefName updatedAt isDraft} pageInfo{hasNextPage}} }
 organization(login:$owner){ team(slug:"core"){ slug members(first:100){totalCount nodes{login}} repositories(query:"shop",first:5){edges{permission node{nameWithOwner}}} } }
 user(login:"rita"){login databaseId} rateLimit{cost remaining resetAt} }`

func (w *world) query(c *github.Client, query string, variables map[string]any) (map[string]any, []any) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	must(w.t, err)
	req, err := http.NewRequestWithContext(context.Background(), "POST", w.URL()+"/api/graphql", bytes.NewReader(body))
	must(w.t, err)
	res, err := c.Client().Do(req)
	must(w.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(w.t, err)
	var out struct {
		Data   map[string]any `json:"data"`
		Errors []any          `json:"errors"`
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		w.t.Fatalf("%v: %s", err, raw)
	}
	return out.Data, out.Errors
}

// at walks down an answer.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func TestGraphQLSnapshot(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	must(t, w.AddTeam(fakehub.Team{
		Org:     "acme",
		Slug:    "core",
		Members: map[string]string{"rita": "member"},
		Repos:   map[string]string{"acme/shop": "push"},
	}))
	n := w.open("topic", fakehub.Files{"a.txt": "changed\n"})
	stale := w.Tip("acme/shop", "main")
	_, err := w.Review("acme/shop", n, fakehub.Review{Author: "rita", State: "APPROVE"})
	must(t, err)
	tip, err := w.Commit("acme/shop", fakehub.Commit{Author: "olga", Message: "feat: move main", Files: fakehub.Files{"other": "x"}})
	must(t, err)
	data, errs := w.query(w.app, snapshotQuery, map[string]any{"owner": "acme", "name": "shop", "number": n, "base": "refs/heads/main"})
	if len(errs) > 0 {
		t.Fatalf("errors: %v", errs)
	}
	for _, c := range []struct {
		want any
		path []any
	}{
		{"OPEN", []any{"repository", "pullRequest", "state"}},
		{stale, []any{"repository", "pullRequest", "baseRefOid"}},
		{tip, []any{"repository", "pullRequest", "baseRef", "target", "oid"}},
		{tip, []any{"repository", "ref", "target", "oid"}},
		{"APPROVED", []any{"repository", "pullRequest", "reviews", "nodes", 0, "state"}},
		{true, []any{"repository", "pullRequest", "reviews", "nodes", 0, "authorCanPushToRepository"}},
		{"rita@example.com", []any{"repository", "pullRequest", "reviews", "nodes", 0, "author", "email"}},
		{float64(1), []any{"repository", "pullRequest", "changedFiles"}},
		{float64(33188), []any{"repository", "ref", "target", "file", "mode"}},
		{"one\ntwo\nthree\n", []any{"repository", "ref", "target", "file", "object", "text"}},
		{nil, []any{"repository", "ref", "target", "missing"}},
		{"rita", []any{"organization", "team", "members", "nodes", 0, "login"}},
		{"WRITE", []any{"organization", "team", "repositories", "edges", 0, "permission"}},
		{float64(n), []any{"repository", "pullRequests", "nodes", 0, "number"}},
	} {
		if got := at(any(data), c.path...); got != c.want {
			t.Errorf("%v = %v, want %v", c.path, got, c.want)
		}
	}
	if got := at(any(data), "repository", "object", "entries", 0, "name"); got != "b.txt" {
		t.Errorf("tree entry %v", got)
	}
}
