package fleet

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Watched is what a forge does for a project beside what its webhooks tell, in the forge's own words.
type Watched struct {
	RepoID int64  `json:"-"`
	Name   string `json:"project"` // OWNER/NAME
	// Gate holds merges: "external", "approval", "job", "status", "auto_approved" (the approval rule has no approver any more,
	// and nothing else holds) or "none"; empty where nobody shows it.
	Gate string `json:"gate,omitempty"`
	// Webhook is how the one that sends to us does: "executable", "temporarily_disabled", "disabled" or "missing"; empty
	// where nobody shows it.
	Webhook string    `json:"webhook,omitempty"`
	At      time.Time `json:"seen_at"`
}

// Silent reports whether nothing comes from the project, since the forge switched its webhook off.
func (w Watched) Silent() bool { return w.Webhook == "disabled" || w.Webhook == "temporarily_disabled" }

// WatchedFor is how long is shown what was seen of a project.
const WatchedFor = 3 * time.Hour

// Watches are what was seen of the projects of a forge.
type Watches struct {
	Forge change.Forge
	All   []Watched
}

// Webhooks and Gates count projects by what they have; what is not known counts nowhere.
func (w Watches) Webhooks() map[string]int {
	return count(w.All, func(x Watched) string { return x.Webhook })
}

// Gates is described at Webhooks.
func (w Watches) Gates() map[string]int {
	return count(w.All, func(x Watched) string { return x.Gate })
}

// Silent are the projects from which nothing comes.
func (w Watches) Silent() (all []Watched) {
	for _, x := range w.All {
		if x.Silent() {
			all = append(all, x)
		}
	}
	return all
}

func count(all []Watched, of func(Watched) string) map[string]int {
	n := map[string]int{}
	for _, x := range all {
		if state := of(x); state != "" {
			n[state]++
		}
	}
	return n
}
