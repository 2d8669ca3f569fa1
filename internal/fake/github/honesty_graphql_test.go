package github

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// everyField asks for every field that the hub offers by GraphQL. The watch around the client holds the text and the
// shape of the answer to GitHub's schema.
const everyField = `query($owner:String!,$name:String!,$number:Int!,$blob:GitObjectID!) {
  viewer { login }
  rateLimit { cost limit remaining used nodeCount resetAt }
  user(login:"wendy") { ...Person ... on User { databaseId email name } }
  organization(login:$owner) {
    login databaseId id name
    repository(name:$name) { name }
    team(slug:"platform") {
      id databaseId slug name combinedSlug privacy
      members(first:10, membership:IMMEDIATE) { totalCount pageInfo { ...Page } nodes { ...Person } edges { role cursor node { login } } }
      repositories(first:10, query:"shop") { totalCount edges { permission node { nameWithOwner } } }
    }
  }
  repository(owner:$owner, name:$name) {
    ...Repo
    defaultBranchRef { ...Branch }
    ref(qualifiedName:"main") { ...Branch target { ...Object ...Files } associatedPullRequests(first:5) { totalCount } }
    object(expression:"main:cart") { ...Object ... on Tree { entries { ...Entry } } }
    byId: object(oid:$blob) { ...Object }
    none: object(expression:"main:nowhere") { oid }
    pullRequests(first:10, states:[OPEN,MERGED,CLOSED], orderBy:{field:UPDATED_AT,direction:DESC}) { totalCount pageInfo { ...Page } nodes { number } edges { cursor node { number } } }
    pullRequest(number:$number) { ...Pull }
  }
}
fragment Page on PageInfo { hasNextPage hasPreviousPage startCursor endCursor }
fragment Person on Actor { __typename login url avatarUrl ... on Node { id } }
fragment Repo on Repository {
  id databaseId name nameWithOwner owner { id login url avatarUrl } isPrivate isFork isArchived isEmpty visibility description url createdAt updatedAt pushedAt
  squashMergeAllowed mergeCommitAllowed rebaseMergeAllowed autoMergeAllowed deleteBranchOnMerge
  squashMergeCommitTitle squashMergeCommitMessage mergeCommitTitle mergeCommitMessage parent { nameWithOwner }
}
fragment Branch on Ref {
  id name prefix target { oid }
  refUpdateRule { pattern requiredStatusCheckContexts requiredApprovingReviewCount requiresCodeOwnerReviews allowsDeletions allowsForcePushes blocksCreations
    requiresLinearHistory requiresSignatures requiresConversationResolution viewerCanPush viewerAllowedToDismissReviews }
  rules(first:10) { totalCount nodes { type } }
}
fragment Object on GitObject { __typename oid id abbreviatedOid commitUrl repository { nameWithOwner } ... on Blob { byteSize isBinary isTruncated text } }
fragment Files on Commit {
  message messageHeadline messageBody committedDate authoredDate url
  author { name email date user { login } } committer { name email date user { login } }
  parents(first:2) { totalCount nodes { oid } }
  history(first:3, path:"README.md") { totalCount nodes { oid } }
  file(path:"README.md") { ...Entry }
  missing: file(path:"nowhere") { oid }
  tree { oid entries { ...Entry } }
  associatedPullRequests(first:3) { nodes { number } }
  statusCheckRollup {
    state contexts(first:10) {
      totalCount nodes {
        __typename
        ... on CheckRun { databaseId name status conclusion checkSuite { databaseId app { databaseId slug name } } }
        ... on StatusContext { context state }
      }
    }
  }
}
fragment Entry on TreeEntry { name path oid mode type size extension object { ...Object } }
fragment Pull on PullRequest {
  id databaseId fullDatabaseId number title body state isDraft isCrossRepository url locked createdAt updatedAt closed merged closedAt mergedAt
  baseRefName baseRefOid headRefName headRefOid maintainerCanModify repository { ...Repo } baseRepository { name } headRepository { nameWithOwner } headRepositoryOwner { login }
  author { ...Person } baseRef { ...Branch } headRef { ...Branch } mergeCommit { ...Object } mergeable
  labels(first:10) { nodes { id name color description } }
  changedFiles additions deletions mergedBy { login }
  commits(first:50) { totalCount nodes { commit { oid additions deletions } } }
  files(first:50) { totalCount nodes { path additions deletions changeType } }
  reviews(first:20, states:[APPROVED,COMMENTED,DISMISSED]) { ...Reviews }
  latestReviews(last:20) { nodes { state } }
  comments(first:20) { nodes { id databaseId fullDatabaseId body author { login } createdAt updatedAt viewerDidAuthor isMinimized } }
  reviewThreads(first:20) { totalCount nodes { ...Thread } }
  timelineItems(first:100) { totalCount pageInfo { ...Page } nodes { ...Moment } }
  merges: timelineItems(first:5, itemTypes:[MERGED_EVENT]) { nodes { __typename } }
}
fragment Moment on PullRequestTimelineItems {
  __typename
  ... on ReadyForReviewEvent { id createdAt actor { login } }
  ... on ConvertToDraftEvent { id createdAt actor { login } }
  ... on ClosedEvent { id createdAt actor { login } }
  ... on ReopenedEvent { id createdAt actor { login } }
  ... on MergedEvent { id createdAt actor { login } commit { oid } mergeRefName }
  ... on HeadRefForcePushedEvent { id createdAt actor { login } beforeCommit { oid } afterCommit { oid } }
  ... on BaseRefChangedEvent { id databaseId createdAt actor { login } previousRefName currentRefName }
  ... on ReviewRequestedEvent { id createdAt actor { login } requestedReviewer { __typename ... on User { login } ... on Team { slug } } }
  ... on ReviewDismissedEvent { id databaseId createdAt actor { login } previousReviewState dismissalMessage review { id } }
  ... on AddedToMergeQueueEvent { id createdAt actor { login } enqueuer { login } }
  ... on RemovedFromMergeQueueEvent { id createdAt actor { login } enqueuer { login } reason }
  ... on LabeledEvent { id createdAt actor { login } label { name } }
  ... on UnlabeledEvent { id createdAt actor { login } label { name } }
}
fragment Thread on PullRequestReviewThread {
  id isResolved isOutdated path line diffSide resolvedBy { login }
  comments(first:5) { nodes { id databaseId fullDatabaseId body path createdAt updatedAt url author { ...Person }
    pullRequestReview { fullDatabaseId }
    reactions(first:5) { nodes { id databaseId content createdAt user { login } } } } }
}
fragment Reviews on PullRequestReviewConnection {
  totalCount nodes { id databaseId fullDatabaseId state body submittedAt url authorCanPushToRepository author { ...Person } commit { oid } }
}`

// everyMutation sends the mutations that the hub offers.
const everyMutation = `mutation($thread:ID!) {
  resolveReviewThread(input:{threadId:$thread, clientMutationId:"one"}) { clientMutationId thread { ...Thread } }
  unresolveReviewThread(input:{threadId:$thread}) { thread { id isResolved } }
}
fragment Person on Actor { __typename login url avatarUrl ... on Node { id } }
fragment Thread on PullRequestReviewThread { id isResolved resolvedBy { login } comments(first:5) { nodes { databaseId author { ...Person } } } }`

// TestHonestyOfGraphQL asks for everything of an open and of a merged pull request.
func TestHonestyOfGraphQL(t *testing.T) {
	s := newScene(t)
	s.repositorySettings()
	s.gitData()
	open, head := s.pullRequest()
	s.conversation(open, head)
	s.comment(open)
	s.merging()
	_, err := s.hub.Commit(org+"/"+shop,
		Commit{Author: "olga", Message: "docs: say more\n\nMuch more.", Files: Files{"README.md": "# Shop\n\nMore.\n"}})
	if err != nil {
		t.Fatal(err)
	}
	tip := s.hub.Tip(org+"/"+shop, "main")
	if _, err := s.hub.PostRun(org+"/"+shop, tip, "unit", "success", s.hub.App().ID); err != nil {
		t.Fatal(err)
	}
	if err := s.hub.PostStatus(org+"/"+shop, tip, "ci", "pending", "olga"); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{open, open + 1} {
		var data struct {
			Repository struct {
				PullRequest struct {
					Number int
					State  string
				}
				ByID struct {
					Typename string `json:"__typename"`
				}
			}
		}
		s.graphql(everyField, map[string]any{"owner": org, "name": shop, "number": n, "blob": s.blob("README.md")}, &data)
		if data.Repository.PullRequest.Number != n || data.Repository.ByID.Typename != "Blob" {
			t.Errorf("answer %+v, want pull request %d and a Blob", data, n)
		}
	}
	if n := s.report.Operations()["POST /graphql"]; n != 2 {
		t.Errorf("%d GraphQL exchanges were checked, want 2", n)
	}
}

// offered finds the fields that the hub's sources give to GraphQL objects.
var offered = regexp.MustCompile(`"([a-z][A-Za-z]*)":\s+(?:graph\.Value|field\(|func\(|connection\[|numbers\(|sum\()`)

// TestHonestyAsksForEveryGraphQLField keeps everyField complete: what is offered and not asked for is checked by nobody.
func TestHonestyAsksForEveryGraphQLField(t *testing.T) {
	asked := strings.FieldsFunc(everyField+everyMutation, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') })
	files, err := filepath.Glob("graphql*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range offered.FindAllSubmatch(text, -1) {
			found++
			if !slices.Contains(asked, string(m[1])) {
				t.Errorf("%s offers the field %s; add it to everyField", file, m[1])
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d fields found in the sources; the search is broken", found)
	}
}
