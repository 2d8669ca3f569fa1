package gitlab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// momentQuery reads, in one answer, what no commit pins of a merge request. All its names are of GitLab 16.1 or older; an
// instance that lacks one of them refuses the whole query, and is read by REST.
// https://docs.gitlab.com/api/graphql/reference/
const momentQuery = `query LintelMoment($path: ID!, $iid: String!, $target: String!, $source: [String!], $hinted: Boolean!) {
  project(fullPath: $path) {
    id fullPath group { id parent { id parent { id parent { id } } } } visibility topics jobsEnabled ciConfigPathOrDefault mergeRequestsFfOnlyEnabled
    repository { rootRef tree(ref: $target, path: "/") @include(if: $hinted) { lastCommit { sha } } }
    mergeRequests(state: opened, sourceBranches: $source, first: 50) @include(if: $hinted) {
      nodes { iid diffHeadSha targetBranch targetProjectId } pageInfo { hasNextPage }
    }
    mergeRequest(iid: $iid) {
      iid state draft title description webUrl updatedAt preparedAt squashOnMerge userNotesCount
      sourceBranch targetBranch sourceProjectId targetProjectId diffHeadSha diffRefs { baseSha headSha startSha }
      diffStatsSummary { fileCount } commitCount
      author { id username }
      labels(first: 100) { nodes { title } pageInfo { hasNextPage } }
      approvedBy(first: 100) { nodes { id username } pageInfo { hasNextPage } }
      reviewers(first: 100) { nodes { mergeRequestInteraction { reviewState } } pageInfo { hasNextPage } }
      notes(last: 20) { nodes { id system systemNoteIconName createdAt author { id } } }
      headPipeline { id sha ref project { id } job(name: "lintel") { id } }
      %s
    }
  }
}`

// versionsPart asks when the versions of the diff were made. It stands last: fields are read in the order of the query, so a
// push before the approvals were read is among them. The Enterprise Edition alone has it, on every tier since 16.2, and
// may take it away.
const versionsPart = `mergeRequestDiffs(first: 100) { nodes { createdAt } pageInfo { hasNextPage } }`

// blobsQuery reads files of one commit.
const blobsQuery = `query LintelBlobs($path: ID!, $ref: String!, $paths: [String!]!) {
  project(fullPath: $path) { id repository { blobs(ref: $ref, paths: $paths, first: 100) { nodes { oid path mode rawTextBlob } } } }
}`

// placesQuery reads files of one commit, and what folders stand in four folders, so that a folder with the name of a file
// is told from nothing.
const placesQuery = `query LintelPlaces($path: ID!, $ref: String!, $paths: [String!]!) {
  project(fullPath: $path) { id repository {
    blobs(ref: $ref, paths: $paths, first: 100) { nodes { oid path mode rawTextBlob } }
    root: tree(ref: $ref, path: "") { lastCommit { sha } ...folders } gitlab: tree(ref: $ref, path: ".gitlab") { ...folders }
    github: tree(ref: $ref, path: ".github") { ...folders } docs: tree(ref: $ref, path: "docs") { ...folders }
  } }
}
fragment folders on Tree {
  trees(first: 100) { nodes { path } pageInfo { hasNextPage } } submodules(first: 100) { nodes { path } pageInfo { hasNextPage } }
}`

// maxAnswer bounds one GraphQL answer, in bytes.
const maxAnswer = 16 << 20

// graphRests is how long an instance that does not answer our queries is read by REST, versionsRest how long one that does not
// tell versions is not asked for them.
const graphRests, versionsRest = 10 * time.Minute, time.Hour

// gid is a global id, such as gid://gitlab/Project/7.
type gid string

// number is what stands after the last slash; 0 when it is none.
func (g gid) number() int64 {
	s := string(g)
	n, err := strconv.ParseInt(s[strings.LastIndexByte(s, '/')+1:], 10, 64)
	if err != nil || !strings.HasPrefix(s, "gid://") {
		return 0
	}
	return n
}

// list is one page of a connection.
type list[T any] struct {
	Nodes    []T `json:"nodes"`
	PageInfo struct {
		HasNextPage bool `json:"hasNextPage"`
	} `json:"pageInfo"`
}

// graph asks one query. It is not answered, and REST reads instead, where GraphQL is off, does not exist, is blocked by a
// proxy, or lacks a name of the query. Errors are those that REST would meet, too.
func (f *Forge) graph(ctx context.Context, query string, variables map[string]any, into any) (answered bool, err error) {
	answered, _, err = f.graphDated(ctx, query, variables, into)
	return answered, err
}

// graphDated is graph, and says when GitLab answered, by its own clock and in whole seconds; zero when it does not say.
func (f *Forge) graphDated(
	ctx context.Context, query string, variables map[string]any, into any,
) (answered bool, at time.Time, err error) {
	answered, refused, at, err := f.graphOnce(ctx, query, variables, into)
	if refused {
		f.restGraph()
	}
	return answered, at, err
}

// graphOnce is graphDated, and says that the query was refused as a whole, which it will be again.
func (f *Forge) graphOnce(
	ctx context.Context, query string, variables map[string]any, into any,
) (answered, refused bool, at time.Time, err error) {
	if f.graphOff() {
		return false, false, at, nil
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(query, "query "), "(")
	doing := "ask " + name
	req, err := f.client.NewRequest(http.MethodPost, "", gitlab.GraphQLQuery{Query: query, Variables: variables},
		[]gitlab.RequestOptionFunc{within(ctx)})
	if err != nil {
		return false, false, at, fmt.Errorf("%s: %w", doing, err)
	}
	toGraph(req.URL)
	w := &bounded{left: maxAnswer}
	resp, err := f.client.Do(req, w)
	switch code := status(err); {
	case w.over || errors.Is(err, errOver):
		return false, false, at, nil
	case code == http.StatusUnauthorized || code == http.StatusTooManyRequests:
		return false, false, at, f.answer(doing, err)
	case code >= 500:
		return false, false, at, nil // REST answers, or says what is wrong
	case code >= 400:
		return false, true, at, nil
	case err != nil:
		return false, false, at, f.answer(doing, err)
	}
	var answer struct {
		Data   json.RawMessage
		Errors []json.RawMessage
	}
	if json.Unmarshal(w.buf.Bytes(), &answer) != nil || len(answer.Data) == 0 || bytes.Equal(answer.Data, []byte("null")) {
		// A page of a proxy, or a query that this GitLab does not know: REST reads.
		return false, true, at, nil //nolint:nilerr // what is no answer of GraphQL is no fault
	}
	// An answer in part is none: what is missing would look like what is not there.
	if len(answer.Errors) > 0 || json.Unmarshal(answer.Data, into) != nil {
		return false, false, at, nil //nolint:nilerr // REST answers
	}
	if at, err = http.ParseTime(resp.Header.Get("Date")); err != nil {
		at = time.Time{} // nothing follows from it
	}
	return true, false, at, nil
}

func (f *Forge) restGraph() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.graphFrom = f.o.Now().Add(graphRests)
}

// toGraph leads a request to the address of GraphQL, which has none in the client.
func toGraph(at *url.URL) {
	at.Path = strings.TrimSuffix(strings.TrimSuffix(at.Path, "/"), "/api/v4") + "/api/graphql"
	at.RawPath = ""
}
