package github

import (
	"strings"
	"time"
)

// The past of pull requests is read by pages of all their lists. What it takes of the limit is counted by connections,
// not by what comes back: threads are the dear part.
// https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api

// pastThreads is how many threads of a pull request a page asks for, with twenty comments of each.
const pastThreads = 25

const pastItemTypes = `[READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT, CLOSED_EVENT, REOPENED_EVENT, MERGED_EVENT,
    HEAD_REF_FORCE_PUSHED_EVENT, BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT, REVIEW_REQUESTED_EVENT,
    REVIEW_REQUEST_REMOVED_EVENT, REVIEW_DISMISSED_EVENT, ADDED_TO_MERGE_QUEUE_EVENT, REMOVED_FROM_MERGE_QUEUE_EVENT]`

const pastBudget = `rateLimit { cost limit remaining resetAt }`

const pastPage = `{ totalCount pageInfo { hasNextPage endCursor } nodes`

// pastPullsQuery reads one page. Threads have their own number: they cost most.
const pastPullsQuery = `query LintelPast($owner: String!, $name: String!, $first: Int!, $items: Int!, $threads: Int!, $after: String) {
  ` + pastBudget + `
  repository(owner: $owner, name: $name) {
    databaseId
    defaultBranchRef { name }
    pullRequests(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) ` + pastPage + ` { ...pastPull } }
  }
}
fragment pastPull on PullRequest {
  number
  state
  isDraft
  isCrossRepository
  body
  createdAt
  updatedAt
  mergedAt
  closedAt
  baseRefName
  headRefName
  headRefOid
  additions
  deletions
  changedFiles
  author { ...pastActor }
  mergedBy { ...pastActor }
  mergeCommit { oid }
  labels(first: 50) { nodes { name } }
  timelineItems(first: $items, itemTypes: ` + pastItemTypes + `) ` + pastPage + ` { ...pastMoment } }
  commits(first: $items) ` + pastPage + ` { ...pastCommit } }
  reviews(first: $items, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) ` + pastPage + ` { ...pastReview } }
  comments(first: $items) ` + pastPage + ` { ...pastComment } }
  reviewThreads(first: $threads) ` + pastPage + ` { ...pastThread } }
}
` + pastFragments

// pastMoreQuery reads what did not fit on the page of one pull request.
const pastMoreQuery = `query LintelPastMore($owner: String!, $name: String!, $number: Int!, $items: Int!, $threads: Int!,
    $timeline: String, $commits: String, $reviews: String, $comments: String, $talk: String,
    $moreTimeline: Boolean!, $moreCommits: Boolean!, $moreReviews: Boolean!, $moreComments: Boolean!, $moreTalk: Boolean!) {
  ` + pastBudget + `
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      timelineItems(first: $items, after: $timeline, itemTypes: ` + pastItemTypes + `) @include(if: $moreTimeline) ` +
	pastPage + ` { ...pastMoment } }
      commits(first: $items, after: $commits) @include(if: $moreCommits) ` + pastPage + ` { ...pastCommit } }
      reviews(first: $items, after: $reviews, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED])
        @include(if: $moreReviews) ` + pastPage + ` { ...pastReview } }
      comments(first: $items, after: $comments) @include(if: $moreComments) ` + pastPage + ` { ...pastComment } }
      reviewThreads(first: $threads, after: $talk) @include(if: $moreTalk) ` + pastPage + ` { ...pastThread } }
    }
  }
}
` + pastFragments

// pastThreadQuery reads the rest of one thread.
const pastThreadQuery = `query LintelPastThread($thread: ID!, $after: String) {
  ` + pastBudget + `
  node(id: $thread) { ... on PullRequestReviewThread { comments(first: 100, after: $after) ` + pastPage + ` { ...pastInline } } } }
}
` + pastActorFragment + pastInlineFragment

// pastDeploymentsQuery reads how deployments went. GraphQL does not tell which environment is one of production, so REST
// lists them.
const pastDeploymentsQuery = `query LintelPastDeployments($ids: [ID!]!) {
  ` + pastBudget + `
  nodes(ids: $ids) { ... on Deployment { id statuses(first: 100) { nodes { state createdAt environment } } } }
}`

// pastDeploymentStatus is what GraphQL says of a state of a deployment.
type pastDeploymentStatus struct {
	State       string    `json:"state"`
	Environment string    `json:"environment"`
	CreatedAt   timestamp `json:"createdAt"`
}

// status is as REST and webhooks spell it.
func (s *pastDeploymentStatus) status() deploymentStatus {
	return deploymentStatus{State: strings.ToLower(s.State), Environment: s.Environment, CreatedAt: s.CreatedAt}
}

const pastActorFragment = `fragment pastActor on Actor {
  __typename
  login
  ... on User { databaseId }
  ... on Bot { databaseId }
  ... on Mannequin { databaseId }
}
`

const pastInlineFragment = `fragment pastInline on PullRequestReviewComment {
  fullDatabaseId
  createdAt
  author { ...pastActor }
  pullRequestReview { fullDatabaseId }
}
`

const pastFragments = pastActorFragment + pastInlineFragment + `fragment pastMoment on PullRequestTimelineItems {
  __typename
  ... on ReadyForReviewEvent { createdAt actor { ...pastActor } }
  ... on ConvertToDraftEvent { createdAt actor { ...pastActor } }
  ... on ClosedEvent { createdAt actor { ...pastActor } }
  ... on ReopenedEvent { createdAt actor { ...pastActor } }
  ... on MergedEvent { createdAt actor { ...pastActor } mergeRefName }
  ... on HeadRefForcePushedEvent { createdAt actor { ...pastActor } beforeCommit { oid } afterCommit { oid } }
  ... on BaseRefChangedEvent { createdAt actor { ...pastActor } previousRefName currentRefName }
  ... on AutomaticBaseChangeSucceededEvent { createdAt actor { ...pastActor } oldBase newBase }
  ... on ReviewRequestedEvent { createdAt actor { ...pastActor } requestedReviewer { ...pastReviewer } }
  ... on ReviewRequestRemovedEvent { createdAt actor { ...pastActor } requestedReviewer { ...pastReviewer } }
  ... on ReviewDismissedEvent { createdAt actor { ...pastActor } previousReviewState review { fullDatabaseId } }
  ... on AddedToMergeQueueEvent { createdAt actor { ...pastActor } }
  ... on RemovedFromMergeQueueEvent { createdAt actor { ...pastActor } }
}
fragment pastReviewer on RequestedReviewer {
  __typename
  ... on User { login databaseId }
  ... on Bot { login databaseId }
  ... on Mannequin { login databaseId }
  ... on Team { slug }
}
fragment pastCommit on PullRequestCommit {
  commit { oid authoredDate committedDate messageHeadline additions deletions author { user { ...pastActor } } }
}
fragment pastReview on PullRequestReview { fullDatabaseId state submittedAt author { ...pastActor } commit { oid } }
fragment pastComment on IssueComment { fullDatabaseId createdAt author { ...pastActor } }
fragment pastThread on PullRequestReviewThread {
  id
  comments(first: 20) ` + pastPage + ` { ...pastInline } }
}`

// pastList is one page of a connection.
type pastList[T any] struct {
	TotalCount int `json:"totalCount"`
	PageInfo   struct {
		HasNextPage bool   `json:"hasNextPage"`
		EndCursor   string `json:"endCursor"`
	} `json:"pageInfo"`
	Nodes []*T `json:"nodes"`
}

// join puts a further page behind this one.
func (l *pastList[T]) join(next *pastList[T]) {
	if l == nil || next == nil {
		return
	}
	l.Nodes = append(l.Nodes, next.Nodes...)
	l.PageInfo = next.PageInfo
}

// nodes are the items that there are.
func (l *pastList[T]) nodes() (all []*T) {
	if l == nil {
		return nil
	}
	for _, n := range l.Nodes {
		if n != nil {
			all = append(all, n)
		}
	}
	return all
}

// more reports whether the list goes on, and from where.
func (l *pastList[T]) more() (string, bool) {
	if l == nil {
		return "", false
	}
	return l.PageInfo.EndCursor, l.PageInfo.HasNextPage && l.PageInfo.EndCursor != ""
}

type pastRate struct {
	Cost      int       `json:"cost"`
	Limit     int       `json:"limit"`
	Remaining int       `json:"remaining"`
	ResetAt   time.Time `json:"resetAt"`
}

type pastLists struct {
	TimelineItems *pastList[pastMoment]  `json:"timelineItems"`
	Commits       *pastList[pastCommit]  `json:"commits"`
	Reviews       *pastList[pastReview]  `json:"reviews"`
	Comments      *pastList[pastComment] `json:"comments"`
	ReviewThreads *pastList[pastTalk]    `json:"reviewThreads"`
}

// join puts further pages behind those of the lists that have more.
func (l *pastLists) join(next *pastLists) {
	l.TimelineItems.join(next.TimelineItems)
	l.Commits.join(next.Commits)
	l.Reviews.join(next.Reviews)
	l.Comments.join(next.Comments)
	l.ReviewThreads.join(next.ReviewThreads)
}

type pastPull struct {
	Number            int          `json:"number"`
	State             string       `json:"state"`
	IsDraft           bool         `json:"isDraft"`
	IsCrossRepository bool         `json:"isCrossRepository"`
	Body              string       `json:"body"`
	CreatedAt         time.Time    `json:"createdAt"`
	UpdatedAt         time.Time    `json:"updatedAt"`
	MergedAt          *time.Time   `json:"mergedAt"`
	ClosedAt          *time.Time   `json:"closedAt"`
	BaseRefName       string       `json:"baseRefName"`
	HeadRefName       string       `json:"headRefName"`
	HeadRefOID        string       `json:"headRefOid"`
	Additions         int          `json:"additions"`
	Deletions         int          `json:"deletions"`
	ChangedFiles      int          `json:"changedFiles"`
	Author            *graphAuthor `json:"author"`
	MergedBy          *graphAuthor `json:"mergedBy"`
	MergeCommit       *graphOID    `json:"mergeCommit"`
	Labels            graphLabels  `json:"labels"`
	pastLists
	// cut is true when it has more items than are read.
	cut bool
}

type pastMoment struct {
	Typename            string        `json:"__typename"`
	CreatedAt           time.Time     `json:"createdAt"`
	Actor               *graphAuthor  `json:"actor"`
	BeforeCommit        *graphOID     `json:"beforeCommit"`
	AfterCommit         *graphOID     `json:"afterCommit"`
	PreviousRefName     string        `json:"previousRefName"`
	CurrentRefName      string        `json:"currentRefName"`
	OldBase             string        `json:"oldBase"`
	NewBase             string        `json:"newBase"`
	RequestedReviewer   *pastReviewer `json:"requestedReviewer"`
	PreviousReviewState string        `json:"previousReviewState"`
	Review              *pastID       `json:"review"`
}

type pastReviewer struct {
	graphAuthor
	Slug string `json:"slug"`
}

type pastID struct {
	ID string `json:"fullDatabaseId"`
}

type pastCommit struct {
	Commit struct {
		OID             string    `json:"oid"`
		AuthoredDate    time.Time `json:"authoredDate"`
		CommittedDate   time.Time `json:"committedDate"`
		MessageHeadline string    `json:"messageHeadline"`
		Additions       int       `json:"additions"`
		Deletions       int       `json:"deletions"`
		Author          *struct {
			User *graphAuthor `json:"user"`
		} `json:"author"`
	} `json:"commit"`
}

type pastReview struct {
	pastID
	State       string       `json:"state"`
	SubmittedAt *time.Time   `json:"submittedAt"`
	Author      *graphAuthor `json:"author"`
	Commit      *graphOID    `json:"commit"`
}

type pastComment struct {
	pastID
	CreatedAt time.Time    `json:"createdAt"`
	Author    *graphAuthor `json:"author"`
}

type pastTalk struct {
	ID       string                `json:"id"`
	Comments *pastList[pastInline] `json:"comments"`
}

type pastInline struct {
	pastComment
	PullRequestReview *pastID `json:"pullRequestReview"`
}
