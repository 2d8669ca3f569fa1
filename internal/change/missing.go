package change

// Consequence is what follows when a fact is missing.
type Consequence struct {
	// Fact is the name of the gap, What the fact as people call it, Then what rules do without it.
	Fact, What, Then string
}

// Missing says of each fact that a Gap can name what follows. It is the table of docs/how-it-decides.md; what a rule says
// there depends on its mode.
func Missing() []Consequence {
	return []Consequence{
		{"diff.files", "the list of changed files is incomplete by the forge's own count (GitHub lists 3,000 at most)",
			"`gate/file-list` fails the check as long as any rule enforces"},
		{"diff.lines", "the lines of a file (too large, binary, cut off)",
			"ownership judges by paths; `size/unknown` reports it when they could exceed a limit; an older head's approval ends " +
				"for that file if its content is not known"},
		{"commits", "not all commits were listed or read", "`commits/incomplete` refuses; other rules judge what is known"},
		{"merge_settings", "the merge settings are hidden from the App", "title **and** commits are judged, and the finding says so"},
		{"settings", "the file could not be read", "`gate/settings` fails the check"},
		{"owners.file", "CODEOWNERS could not be read, is too large, or is no plain file",
			"`ownership/unavailable` refuses. No CODEOWNERS at all passes"},
		{"owners.team", "a team could not be read",
			"files that only it owns wait, with the reason; another owner on the line may approve"},
		{"owners.account", "a person could not be read", "as for a team"},
		{"owners.reviewed", "the change as it was at an approved older head", "that approval has ended"},
		{"owners.tree", "the list of the repository's files was cut off", "`ownership/codeowners-unmatched` abstains"},
		{"reviews", "not all reviews were read",
			"those that were read count; as a request for changes could be missing, a change with owned files is refused"},
		{"attributes", "a `.gitattributes` could not be read",
			"files count as written by hand; `size/unknown` reports it when that could matter"},
		{"siblings", "other changes with the same commit could not be listed",
			"those in its own record count, and the gap is shown"},
		{"labels", "not all labels were read", "labels that were not read exempt nothing (`ownership.exempt_labels`)"},
		{"protection", "the forge does not show the rulesets of the base branch", "classic protection alone counts"},
		{"group", "the branch of a merge group is not there", "looked for twice more, then `gate/merge-group` refuses"},
		{"checks", "not all checks of others were read", "shown as a gap; no shipped rule reads them"},
	}
}
