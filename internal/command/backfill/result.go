package backfill

import (
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/terminal"
)

// result is how a reading of the forge stands, for programs.
type result struct {
	Complete     int       `json:"complete"`
	Pulls        int       `json:"pull_requests"`
	Calls        int       `json:"calls"`
	Repositories []reading `json:"repositories"`
}

// reading is how far the past of one repository was read; times that do not apply are left out.
type reading struct {
	Repository string     `json:"repository"`
	State      past.State `json:"state"`
	Since      time.Time  `json:"since,omitzero"`
	Reached    time.Time  `json:"reached,omitzero"`
	Pulls      int        `json:"pull_requests"`
	Total      int        `json:"total"`
	Calls      int        `json:"calls"`
	Until      time.Time  `json:"until,omitzero"`
	Why        string     `json:"why,omitempty"`
}

func resultOf(all []past.Bookmark, sum past.Progress, calls int) result {
	r := result{Complete: sum.Complete, Pulls: sum.Pulls, Calls: calls, Repositories: []reading{}}
	for _, b := range all {
		r.Repositories = append(r.Repositories, reading{
			Repository: b.Repository(),
			State:      b.State,
			Since:      b.Since,
			Reached:    b.Reached,
			Pulls:      b.Pulls,
			Total:      b.Total,
			Calls:      b.Calls,
			Until:      b.Until,
			Why:        b.Why,
		})
	}
	return r
}

// cloneResult is what a clone gave. What was not read is left out.
type cloneResult struct {
	Repository  string      `json:"repository"`
	Tip         string      `json:"tip"`
	Commits     int         `json:"commits"`
	Reverts     int         `json:"reverts"`
	Events      int         `json:"events"`
	NewEvents   int         `json:"new_events"`
	FileHistory *int        `json:"file_history_commits,omitempty"`
	Releases    *releases   `json:"releases,omitempty"`
	Rewritten   *rewritings `json:"rewritten_lines,omitempty"`
}

// releases are the tags that are releases, and how many of them were kept.
type releases struct {
	Tags int `json:"tags"`
	Kept int `json:"kept"`
}

// rewritings are the lines that merged pull requests replaced.
type rewritings struct {
	Pulls      int `json:"pull_requests"`
	Unmeasured int `json:"unmeasured"`
	Lines      int `json:"lines"`
	Within21   int `json:"within_21_days"`
	Within30   int `json:"within_30_days"`
}

// print says in words what a clone gave.
func (r cloneResult) print(t terminal.Terminal) {
	if r.FileHistory == nil {
		fmt.Fprintln(t.Out, "history of files: not read, since the clone is shallow, lacks trees, or has commits that are too large")
	} else {
		fmt.Fprintf(t.Out, "history of files: %d commits\n", *r.FileHistory)
	}
	fmt.Fprintf(t.Out, "%s at %s: %d commits read, %d take back others; %d events, of which %d are new\n", r.Repository, r.Tip, r.Commits,
		r.Reverts, r.Events, r.NewEvents)
	if r.Releases != nil {
		fmt.Fprintf(t.Out, "%d tags are releases; %d of them are kept, those from before the first that the forge told of\n",
			r.Releases.Tags, r.Releases.Kept)
	}
	if w := r.Rewritten; w != nil {
		fmt.Fprintf(t.Out, "rewritten lines of %d merged changes: "+
			"%d replaced, of which %d were no older than 21 days and %d than 30\n", w.Pulls, w.Lines, w.Within21, w.Within30)
		if w.Unmeasured > 0 {
			fmt.Fprintf(t.Out, "%d merged changes could not be measured: the clone does not name them, or they are too large\n",
				w.Unmeasured)
		}
	}
}
