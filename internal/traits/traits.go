// Package traits says what a forge can show and what it holds a merge by, so that what is published asks for a trait and
// never for a forge's name. It is pure data.
package traits

import "github.com/lintel-review/lintel/internal/change"

// Target is what a verdict is published on.
type Target string

// The targets.
const (
	// Commit: a check belongs to a commit, whatever changes have it as their head.
	Commit Target = "commit"
	// Pipeline: a status belongs to one pipeline of a commit; changes with one head may share it.
	Pipeline Target = "pipeline"
	// Head: a check belongs to one change at one head, and speaks for no other.
	Head Target = "head"
)

// Traits are those of one forge.
type Traits struct {
	Target Target
	// CheckText is how many bytes a summary or a text of a check may have; 0 where a check has a title alone, so that the one
	// comment says the rest.
	CheckText int
	// Annotations is true when a check can point at lines, Buttons is how many it can have.
	Annotations bool
	Buttons     int
	// Threads is true when a comment on lines begins a thread that can be resolved.
	Threads bool
	// ReviewCommit is true when a review names the commit that was reviewed. Where none does, a reader may find it out from
	// times, and leaves it empty when it is not certain.
	ReviewCommit bool
	// Groups is true when changes can merge as a group, which is judged as a change of its own.
	Groups bool
}

// Of gives a forge's traits. What belongs to no forge is published as for GitHub.
func Of(f change.Forge) Traits {
	if f == change.GitLab {
		// https://docs.gitlab.com/api/commits/#set-commit-pipeline-status: a description and an address are all its text.
		return Traits{Target: Pipeline, Threads: true}
	}
	// https://docs.github.com/en/rest/checks/runs#create-a-check-run
	return Traits{
		Target:       Commit,
		CheckText:    65_535,
		Annotations:  true,
		Buttons:      3,
		Threads:      true,
		ReviewCommit: true,
		Groups:       true,
	}
}
