package commits

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// landing is what will be in the history after the merge.
type landing struct {
	title, commits bool
	// because ends a sentence that begins "The title is judged because" or "The commits are judged because".
	because string
	// known is false when the way the repository merges is not known. Then more is judged than what becomes history.
	known bool
}

// lands answers the squash rule. With squash as the only way in, GitHub proposes the title as the commit's subject, but
// for a single commit and squash_merge_commit_title COMMIT_OR_PR_TITLE, where it proposes that commit's own; merges of
// the base into the branch do not count against the single commit. What is hidden is unknown, so both are judged,
// unless the base's history shows that everything lands by a squash. Whoever merges may still edit the proposed text.
func lands(s *change.Snapshot, opt settings.Commits, past Style) landing {
	switch opt.Squash {
	case "title":
		return landing{
			title:   true,
			known:   true,
			because: "the settings say that the title becomes the commit's message (commits.squash: title)",
		}
	case "commits":
		return landing{commits: true, known: true, because: "the settings say so (commits.squash: commits)"}
	case "both":
		return landing{
			title:   true,
			commits: true,
			known:   true,
			because: "the settings ask for both the title and the commits (commits.squash: both)",
		}
	}
	m := s.Repository.Merges
	known := func(b *bool, want bool) bool { return b != nil && *b == want }
	switch {
	case known(m.Squash, false):
		return landing{
			commits: true,
			known:   true,
			because: "the repository does not allow squash merging, so each commit stays in the history",
		}
	case known(m.Merge, true) || known(m.Rebase, true):
		return landing{
			commits: true,
			known:   true,
			because: "the repository allows merging without a squash, so each commit can stay in the history",
		}
	case m.Squash == nil || m.Merge == nil || m.Rebase == nil:
		return guessed(s, past)
	}
	one, sure := single(s)
	switch {
	case m.SquashTitle == "PR_TITLE" || sure && !one:
		return landing{title: true, known: true, because: "squash is the only way to merge and takes the title as the commit's subject"}
	case m.SquashTitle == "COMMIT_OR_PR_TITLE" && sure:
		return landing{commits: true, known: true, because: "squash is the only way to merge and takes a single commit's own message"}
	case m.SquashTitle == "COMMIT_OR_PR_TITLE":
		return landing{
			title:   true,
			commits: true,
			known:   true,
			because: "squash is the only way to merge, and not all commits could be read: it takes the title, or the " +
				"message of a single commit",
		}
	}
	return landing{
		title:   true,
		commits: true,
		because: "squash is the only way to merge, and the setting for its title is not known here: it takes the title " +
			"or the single commit's message",
	}
}

// guessed is for a repository whose way to merge is not known: on a laptop, or with settings that are hidden from the
// App. The base's history may show it.
func guessed(s *change.Snapshot, past Style) landing {
	if !past.SquashOnly {
		return landing{
			title:   true,
			commits: true,
			because: "it is not known here how the repository merges (commits.squash in the settings can say it)",
		}
	}
	if one, sure := single(s); sure && !one {
		return landing{
			title:   true,
			because: "recent history shows squash merges alone, so the title becomes the commit's subject",
		}
	}
	return landing{
		title:   true,
		commits: true,
		because: "recent history shows squash merges alone, so the title or the single commit's message stays",
	}
}

// single says whether one commit remains when merges are left out, as GitHub counts before a squash; sure is false when
// the list is cut and might hold more.
func single(s *change.Snapshot) (one, sure bool) {
	n := 0
	for _, c := range s.Commits {
		if !c.Merge() {
			n++
		}
	}
	return n == 1, n > 1 || s.CommitsTotal <= len(s.Commits)
}

func (l landing) judged(titleKnown bool) string {
	switch {
	case l.title && l.commits && titleKnown:
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
