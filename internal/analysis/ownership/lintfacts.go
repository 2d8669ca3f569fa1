package ownership

// Lint is what is wrong with a proposed CODEOWNERS file, as far as the change has to do with it: lines that it wrote, and lines that its
// lines make useless. Faults of lines that the change left alone are counted in Untouched only. Line numbers are those of the head.
type Lint struct {
	// Path is the file in force after the change.
	Path string `json:"path"`
	// State is "present", "removed" (no CODEOWNERS file is left) or "unavailable" (too large or unreadable; then nothing below is known).
	State  string `json:"state"`
	Reason string `json:"reason"`
	// Announced is true for a removal that the title of the change names, or without a title the header of a commit.
	Announced bool `json:"announced,omitempty"`
	Rules     int  `json:"rules"`
	// Invalid lines are skipped by GitHub.
	Invalid     []Invalid `json:"invalid"`
	MoreInvalid int       `json:"more_invalid"`
	// Owners cannot approve; once for each owner of each line.
	Owners     []LintOwner `json:"owners"`
	MoreOwners int         `json:"more_owners"`
	// Unmatched lines take no file of the head's tree.
	Unmatched     []Line `json:"unmatched"`
	MoreUnmatched int    `json:"more_unmatched"`
	// Shadowed lines take files, but a later line always wins.
	Shadowed     []Shadow `json:"shadowed"`
	MoreShadowed int      `json:"more_shadowed"`
	// Tree says whether the head's paths were read; without them Unmatched is empty and Shadowed holds only lines whose reach is the same.
	Tree Reading `json:"tree"`
	// Unjudged are the owners of changed lines about whom nothing could be read, ten at most.
	Unjudged  []string  `json:"unjudged"`
	Untouched Untouched `json:"untouched"`
}

// Invalid is a line that is skipped.
type Invalid struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	// Kind is GitHub's: "Invalid pattern" or "Invalid owner".
	Kind       string `json:"kind"`
	Source     string `json:"source"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion"`
}

// LintOwner is an owner who cannot approve.
type LintOwner struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Pattern string `json:"pattern"`
	Owner   string `json:"owner"`
	// State and Reason are those of Owner.
	State  string `json:"state"`
	Reason string `json:"reason"`
	// Alone is true when none of the line's owners can approve, so nobody can merge a change to its files.
	Alone bool `json:"alone"`
}

// Shadow is a line, and the lines that it makes useless.
type Shadow struct {
	// By takes most of the files of these lines. Others take some of them too, those that take most first; ten at most,
	// MoreOthers counts the rest.
	By         Line   `json:"by"`
	Others     []Line `json:"others"`
	MoreOthers int    `json:"more_others"`
	// Lines are useless; ten at most, More counts the others.
	Lines []Line `json:"lines"`
	More  int    `json:"more"`
	// Partly is true when several lines win together.
	Partly bool `json:"partly"`
	// Same is true when By has the very same reach as each of the lines.
	Same bool `json:"same"`
	// Agree is true when all that win name the same owners as each of the lines, so that the lines change nothing wherever they stand.
	Agree bool `json:"agree"`
	// Below is the number of the last line that wins.
	Below int `json:"below"`
}

// Untouched counts faults of lines that the change left alone.
type Untouched struct {
	Invalid   int `json:"invalid"`
	Owners    int `json:"owners"`
	Unmatched int `json:"unmatched"`
	Shadowed  int `json:"shadowed"`
}
