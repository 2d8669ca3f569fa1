package commits

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// landing is what will be in the history after the merge.
type landing struct {
	title, commits bool
	// because ends a sentence that begins "The title is judged, because" or "The commits are judged, because".
	because string
}

// lands answers the squash rule. With squash as the only way in, GitHub proposes the title as the commit's subject, but for a single commit
// and squash_merge_commit_title COMMIT_OR_PR_TITLE, where it proposes that commit's own. What is hidden is unknown, so both are judged.
// Whoever merges may still edit the proposed text; and GitHub does not document whether merge commits count against the single commit. Here they count.
func lands(s *change.Snapshot, opt settings.Commits) landing {
	switch opt.Squash {
	case "title":
		return landing{title: true, because: "the settings say that the title becomes the commit's message (commits.squash: title)"}
	case "commits":
		return landing{commits: true, because: "the settings say so (commits.squash: commits)"}
	case "both":
		return landing{title: true, commits: true, because: "the settings ask for both the title and the commits (commits.squash: both)"}
	}
	m := s.Repository.Merges
	known := func(b *bool, want bool) bool { return b != nil && *b == want }
	switch {
	case known(m.Squash, false):
		return landing{commits: true, because: "the repository does not allow squash merging, so each commit stays in the history"}
	case known(m.Merge, true) || known(m.Rebase, true):
		return landing{commits: true, because: "the repository allows merging without a squash, so each commit can stay in the history"}
	case m.Squash == nil || m.Merge == nil || m.Rebase == nil:
		return landing{title: true, commits: true, because: "the repository's merge settings are hidden from Lintel, so the title and the commits may both become history"}
	}
	if total(s) != 1 || m.SquashTitle == "PR_TITLE" {
		return landing{title: true, because: "squash is the only way to merge and takes the title as the commit's subject"}
	}
	if m.SquashTitle == "COMMIT_OR_PR_TITLE" {
		return landing{commits: true, because: "squash is the only way to merge and takes a single commit's own message"}
	}
	return landing{title: true, commits: true, because: "squash is the only way to merge, and the setting for its title is hidden from Lintel: it may take the title or the single commit's message"}
}

func (l landing) judged(titleKnown bool) string {
	switch {
	case l.title && l.commits:
		return "both"
	case l.commits:
		return "commits"
	case titleKnown:
		return "title"
	}
	return "none"
}

// total is how many commits the change has: what the forge says, or what is listed if that is more.
func total(s *change.Snapshot) int { return max(s.CommitsTotal, len(s.Commits)) }
