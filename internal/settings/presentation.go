package settings

// Presentation is how the verdict is shown.
type Presentation struct {
	// Checks is "combined" (one check) or "per-family" (one more check for each family).
	Checks string `json:"checks" jsonschema:"enum=combined,enum=per-family"`
	// Comment is "auto" (one comment, only when something blocks) or "off".
	Comment string `json:"comment" jsonschema:"enum=auto,enum=off"`
	// Suggestions is "check" (corrections of tools stand in the check) or "inline" (and at the lines, to be committed).
	Suggestions string `json:"suggestions" jsonschema:"enum=check,enum=inline"`
}

var reportKeys = []key{
	{"report", "How the verdict is shown.", ""},
	{"report.checks", "`combined` shows one check, `per-family` one more for each family.", "checks: per-family"},
	{"report.comment", "`auto` writes one comment when something blocks that the author can fix, and clears it when it " +
		"is fixed; `off` never comments.", "comment: off"},
	{"report.suggestions", "`inline` also posts what formatters and linters would write at the lines, where the author commits it with a " +
		"click: at most 30 on a change. One that is fixed says so. `check` shows them in the check alone.", "suggestions: inline"},
}
