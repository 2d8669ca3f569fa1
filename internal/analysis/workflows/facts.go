package workflows

// Facts is the "workflows" part of the policy input. Lists are sorted, never null and bounded: what a list leaves out is counted beside it.
type Facts struct {
	// Files are the changed files that rule what CI does, at most 100; FilesMore counts the others.
	Files     []File `json:"files"`
	FilesMore int    `json:"files_more"`
	// Findings are those that the change brings in or makes worse, by file and line, at most 200; More counts the others.
	Findings []Finding `json:"findings"`
	More     int       `json:"more"`
	// Known counts the findings that the file had before the change.
	Known int `json:"known"`
}

// File is one changed file.
type File struct {
	Path string `json:"path"`
	// Kind is "workflow" or "action" of GitHub Actions, "dependabot" for its configuration, or "other" for a CI that is not
	// judged.
	Kind string `json:"kind" jsonschema:"enum=workflow,enum=action,enum=dependabot,enum=other"`
	// Judged is false when it was not, and Why says why; empty for one that is no workflow at all, or was removed.
	Judged bool   `json:"judged"`
	Why    string `json:"why"`
	// Compared is false when what the file was before the change is not known: then only findings on added lines count.
	Compared bool `json:"compared"`
}

// Finding is what one audit says of a changed file.
type Finding struct {
	// Audit is what was looked for: the name of the rule that judges it.
	Audit string `json:"audit"`
	// Minor is true for one about a habit, which is no hole by itself; the risk does not count it.
	Minor   bool   `json:"minor"`
	Path    string `json:"path"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	Message string `json:"message"`
	// Remedy is empty where the rule's own says it.
	Remedy string `json:"remedy"`
	// Subject is what it is about; it stays when lines move.
	Subject string `json:"subject"`
	// Suggestion is what lines of the head could be instead; null when no exact rewrite is known.
	Suggestion *Suggestion `json:"suggestion"`
}

// Suggestion replaces the lines Line to EndLine of the head, both included, by Text.
type Suggestion struct {
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	Text    string `json:"text"`
}
