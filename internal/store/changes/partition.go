package changes

import (
	"strconv"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// Partition is what a transaction about one repository excludes the others of. A commit, a change and a plan belong to
// one repository each, so whoever compares and raises generations, or composes a plan for a commit that several changes
// share, is alone in it.
func Partition(forge change.Forge, repo int64) string {
	return "repository " + string(forge) + " " + strconv.FormatInt(repo, 10)
}

// PartitionOf is the partition of all that follows from a delivery; empty when that is more than one repository. What
// becomes stale is noted in the order of commits, so that excludes all others too.
func PartitionOf(a delivery.Admission) string {
	if a.RepoID == 0 || a.Stale != nil {
		return ""
	}
	for _, s := range a.Seen {
		if s.Repository.ID != a.RepoID {
			return ""
		}
	}
	for _, ref := range a.Ended {
		if ref.RepoID != a.RepoID {
			return ""
		}
	}
	for _, t := range a.Requests {
		of := t.RepoID
		if t.Ref != nil {
			of = t.Ref.RepoID
		}
		if of != a.RepoID || t.Team != "" || t.All {
			return ""
		}
	}
	return Partition(a.Forge, a.RepoID)
}
