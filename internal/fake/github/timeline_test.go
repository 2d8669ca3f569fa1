package github_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

const timelineQuery = `query Life($number: Int!, $first: Int!) {
 repository(owner: "acme", name: "shop") { pullRequest(number: $number) {
  timelineItems(first: $first) { totalCount nodes { __typename
   ... on BaseRefChangedEvent { previousRefName currentRefName } ... on MergedEvent { mergeRefName }
   ... on ReviewDismissedEvent { previousReviewState } ... on LabeledEvent { label { name } }
   ... on ReviewRequestedEvent { requestedReviewer { __typename } } } }
  merges: timelineItems(first: 10, itemTypes: [MERGED_EVENT]) { totalCount } } }
 rateLimit { cost nodeCount remaining } }`

// TestTimeline plays a life and reads it back in the order in which it happened.
func TestTimeline(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	const repo = "acme/shop"
	n := w.open("topic", fakehub.Files{"a.txt": "changed\n"})
	_, err := w.Commit(repo, fakehub.Commit{Branch: "next", Author: "olga", Message: "feat: next", Files: fakehub.Files{"n": "n"}})
	must(t, err)
	next := "next"
	must(t, w.SetDraft(repo, n, true, ""))
	must(t, w.SetDraft(repo, n, false, ""))
	must(t, w.Label(repo, n, "olga", "bug"))
	must(t, w.Unlabel(repo, n, "olga", "bug"))
	must(t, w.RequestReview(repo, n, "olga", []string{"rita"}, nil))
	id, err := w.Review(repo, n, fakehub.Review{Author: "rita", State: "REQUEST_CHANGES", Body: "no"})
	must(t, err)
	must(t, w.DismissReview(repo, n, id, "yes", "olga"))
	_, err = w.Commit(repo, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "fix: more", Files: fakehub.Files{"c": "c"}})
	must(t, err) // a push onto the head is no item: its commit is on the list
	_, err = w.Commit(repo, fakehub.Commit{
		Branch:  "topic",
		Parents: []string{w.Tip(repo, "main")},
		Author:  "wendy",
		Message: "fix: all",
		Files:   fakehub.Files{"d": "d"},
		Force:   true,
	})
	must(t, err)
	must(t, w.EditPull(repo, n, fakehub.Edit{Base: &next}, ""))
	must(t, w.ClosePull(repo, n, ""))
	must(t, w.ReopenPull(repo, n, ""))
	must(t, w.MergePull(repo, n, "squash", "olga"))
	want := []string{"ConvertToDraftEvent", "ReadyForReviewEvent", "LabeledEvent", "UnlabeledEvent", "ReviewRequestedEvent",
		"ReviewDismissedEvent", "HeadRefForcePushedEvent", "BaseRefChangedEvent", "ClosedEvent", "ReopenedEvent", "MergedEvent",
		"ClosedEvent"}
	if d := cmp.Diff(want, w.kinds(n)); d != "" {
		t.Error(d)
	}
	data, errs := w.query(w.app, timelineQuery, map[string]any{"number": n, "first": 100})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	items := []any{"repository", "pullRequest", "timelineItems", "nodes"}
	for _, c := range []struct {
		want any
		path []any
	}{
		{"bug", append(slices.Clone(items), 2, "label", "name")},
		{"User", append(slices.Clone(items), 4, "requestedReviewer", "__typename")},
		{"CHANGES_REQUESTED", append(slices.Clone(items), 5, "previousReviewState")},
		{"main", append(slices.Clone(items), 7, "previousRefName")},
		{"next", append(slices.Clone(items), 7, "currentRefName")},
		{"next", append(slices.Clone(items), 10, "mergeRefName")},
		{1.0, []any{"repository", "pullRequest", "merges", "totalCount"}},
		{110.0, []any{"rateLimit", "nodeCount"}},
	} {
		if got := at(any(data), c.path...); got != c.want {
			t.Errorf("%v = %v, want %v", c.path, got, c.want)
		}
	}

	must(t, w.Repeat(repo, n, 3, time.Hour))
	if d := cmp.Diff(want, w.kinds(n+3)); d != "" {
		t.Errorf("the repeated one: %s", d)
	}
}

// kinds are the types of a pull request's timeline.
func (w *world) kinds(n int) (out []string) {
	data, errs := w.query(w.app, timelineQuery, map[string]any{"number": n, "first": 100})
	if len(errs) > 0 {
		w.t.Fatal(errs)
	}
	list, _ := at(any(data), "repository", "pullRequest", "timelineItems", "nodes").([]any)
	for _, m := range list {
		out = append(out, fmt.Sprint(at(m, "__typename")))
	}
	return out
}

// TestQueriesCostWhatTheyAskFor: points are charged, and pages that are too large are refused as GitHub refuses them.
func TestQueriesCostWhatTheyAskFor(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	const deep = `query Deep($first: Int!) { repository(owner: "acme", name: "shop") { pullRequests(first: $first) { nodes {
		reviewThreads(first: 50) { nodes { comments(first: 10) { totalCount } } } } } } rateLimit { cost remaining } }`
	ask := func(first int) (any, any, []any) {
		data, errs := w.query(w.app, deep, map[string]any{"first": first})
		return at(any(data), "rateLimit", "cost"), at(any(data), "rateLimit", "remaining"), errs
	}
	cost, left, _ := ask(25)
	if cost != 13.0 || left != 5000.0-13 {
		t.Errorf("cost %v, left %v; want 13 points of 5,000", cost, left)
	}
	if _, left, _ = ask(1); left != 5000.0-14 {
		t.Errorf("left %v; want one point less", left)
	}
	w.SetLimits(traffic.Rules{NodesInTime: 5000})
	if _, _, errs := ask(25); len(errs) != 1 || at(errs[0], "type") != nil {
		t.Errorf("a page that takes too long: errors %v, want GitHub's word for a time-out", errs)
	}
	if _, _, errs := ask(8); len(errs) != 0 {
		t.Errorf("a page that comes in time: errors %v", errs)
	}
	const huge = `{ repository(owner: "acme", name: "shop") { pullRequests(first: 100) { nodes { commits(first: 100) { nodes { commit {
		parents(first: 100) { totalCount } } } } } } } }`
	if _, errs := w.query(w.app, huge, nil); len(errs) != 1 || at(errs[0], "type") != "MAX_NODE_LIMIT_EXCEEDED" {
		t.Errorf("a million nodes: errors %v", errs)
	}
}
