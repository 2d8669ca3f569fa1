package flow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/flow"
)

// publicPull is a change of a public repository, as another tool's tests hold it.
type publicPull struct {
	Number    int        `json:"number"`
	Author    *publicWho `json:"author"`
	CreatedAt time.Time  `json:"created_at"`
	MergedAt  *time.Time `json:"merged_at"`
	ClosedAt  *time.Time `json:"closed_at"`
	MergeSHA  string     `json:"merge_commit_sha"`
	Base      string     `json:"base"`
	Reviews   []struct {
		ID          int64      `json:"id"`
		Author      *publicWho `json:"user"`
		State       string     `json:"state"`
		SubmittedAt time.Time  `json:"submitted_at"`
	} `json:"reviews"`
	Comments []struct {
		ID        int64      `json:"id"`
		Review    int64      `json:"review_id"`
		Author    *publicWho `json:"user"`
		CreatedAt time.Time  `json:"created_at"`
	} `json:"review_comments"`
	Commits []struct {
		SHA       string    `json:"sha"`
		Authored  time.Time `json:"authored_at"`
		Committed time.Time `json:"committed_at"`
		Parents   int       `json:"parents"`
	} `json:"commits"`
}

type publicWho struct {
	ID   int64  `json:"id"`
	Kind string `json:"kind"`
}

func (w *publicWho) actor() flow.Actor {
	if w == nil {
		return flow.NewActor(0, "", "")
	}
	return flow.NewActor(w.ID, fmt.Sprint("person-", w.ID), w.Kind)
}

func (p publicPull) events() (all []flow.Event) {
	add := func(kind flow.Kind, by *publicWho, at time.Time, sha string, d flow.Detail) {
		pull := flow.Pull{Forge: "github", RepoID: 1, Number: p.Number}
		e := flow.Event{Pull: pull, Kind: kind, Actor: by.actor(), At: at, SHA: sha, Detail: d}
		e.Key = flow.Key(e)
		all = append(all, e)
	}
	add(flow.Opened, p.Author, p.CreatedAt, "", flow.Detail{})
	for _, c := range p.Commits {
		add(flow.Commit, nil, c.Authored, c.SHA, flow.Detail{CommittedAt: &c.Committed, Merge: c.Parents > 1})
	}
	for _, r := range p.Reviews {
		add(flow.Reviewed, r.Author, r.SubmittedAt, "", flow.Detail{Review: r.ID, State: flow.Review(strings.ToLower(r.State))})
	}
	for _, c := range p.Comments {
		add(flow.Commented, c.Author, c.CreatedAt, "", flow.Detail{Inline: true, Review: c.Review})
		all[len(all)-1].Key = flow.CommentKey("github", true, c.ID)
	}
	switch {
	case p.MergedAt != nil:
		add(flow.Merged, nil, *p.MergedAt, p.MergeSHA, flow.Detail{})
	case p.ClosedAt != nil:
		add(flow.Closed, nil, *p.ClosedAt, "", flow.Detail{})
	}
	return all
}

// firstCommit is the commit with the earliest author's time, of any kind.
func (p publicPull) firstCommit() (first flow.Event) {
	for _, e := range p.events() {
		if e.Kind == flow.Commit && (first.Kind == "" || e.At.Before(first.At)) {
			first = e
		}
	}
	return first
}

// theirs is how DevLake counts: coding from the first commit of any kind, pickup from the opening to the first comment of
// another account, review from there to the merge.
func (p publicPull) theirs() (coding, pickup, review *int64) {
	span := func(a, b time.Time) *int64 {
		s := int64(b.Sub(a) / time.Second)
		if s < 0 {
			return nil
		}
		return &s
	}
	var first, said time.Time
	for _, c := range p.Commits {
		if first.IsZero() || c.Authored.Before(first) {
			first = c.Authored
		}
	}
	if !first.IsZero() {
		coding = span(first, p.CreatedAt)
	}
	note := func(by *publicWho, at time.Time) {
		if by.actor().ID != p.Author.actor().ID && (said.IsZero() || at.Before(said)) {
			said = at
		}
	}
	for _, r := range p.Reviews {
		note(r.Author, r.SubmittedAt)
	}
	for _, c := range p.Comments {
		note(c.Author, c.CreatedAt)
	}
	if !said.IsZero() {
		pickup = span(p.CreatedAt, said)
		if p.MergedAt != nil {
			review = span(said, *p.MergedAt)
		}
	}
	return coding, pickup, review
}

// TestPublicChanges holds facts of real changes against another tool's way to count. Each difference is one of
// those that were agreed on, with its reason; the data is beside the project and not a part of it.
func TestPublicChanges(t *testing.T) {
	text, err := os.ReadFile("../../../shared/data/devlake/pull_requests.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("the public pull requests are not beside the project: nothing was compared")
		return
	}
	var data struct {
		Pulls []publicPull `json:"pull_requests"`
	}
	if err == nil {
		err = json.Unmarshal(text, &data)
	}
	if err != nil {
		t.Fatal(err)
	}
	got, merged, same := map[string][]int{}, 0, 0
	for _, p := range data.Pulls {
		f, ok := flow.Derive(p.events(), flow.Given{})
		if !ok {
			t.Fatalf("#%d has no facts", p.Number)
		}
		if f.MergedAt != nil {
			merged++
			if sum := total(f.Stages); sum != *f.Cycle {
				t.Errorf("#%d: stages add up to %d of %d", p.Number, sum, *f.Cycle)
			}
		}
		coding, pickup, review := p.theirs()
		differ := func(reason string) { got[reason] = append(got[reason], p.Number) }
		ours := func(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
		switch {
		case ours(f.Coding, coding):
			same++
		case f.Coding == nil:
			differ("coding: the first commit was made after the opening")
		case !p.firstCommit().Detail.Merge && p.firstCommit().Detail.CommittedAt.After(p.CreatedAt):
			differ("coding: an old commit taken over after the opening begins nothing")
		default:
			differ("coding: a merge of the base begins nothing")
		}
		switch {
		case ours(f.Pickup, pickup):
			same++
		case f.Pickup == nil:
			differ("pickup: the first word came after the end, or by a program")
		default:
			differ("pickup: a comment counts when its review is submitted")
		}
		switch {
		case f.MergedAt == nil || ours(f.Review, review):
			same++
		case f.ApprovedAt == nil:
			differ("review: nobody approved, so the time is unreviewed")
		default:
			differ("review: it ends with the approval, not with the merge")
		}
	}
	want := map[string][]int{
		"coding: a merge of the base begins nothing":                        {11},
		"coding: an old commit taken over after the opening begins nothing": {53},
		"review: nobody approved, so the time is unreviewed":                {40, 41, 51, 53},
	}
	if d := cmp.Diff(want, got); d != "" || len(data.Pulls) != 49 || merged != 26 {
		t.Errorf("%d pull requests, %d merged, %d figures the same, and others than those agreed on differ:\n%s",
			len(data.Pulls), merged, same, d)
	}
}

func total(s flow.Stages) (sum int64) {
	for _, stage := range []*int64{s.Pickup, s.Review, s.MergeWait, s.Unreviewed, s.Redraft, s.ClosedTime} {
		if stage != nil {
			sum += *stage
		}
	}
	return sum
}
