package smells

// Facts is the "smells" part of the policy input. Lists are sorted, never null and bounded: what a list leaves out is counted beside it.
type Facts struct {
	// Judged counts the changed files of source code that were looked at whole.
	Judged int `json:"judged"`
	// Skipped counts those that were not to be read whole; of them only added text was looked at. SkippedHinted counts
	// those among them whose changed lines hint at what may be worse.
	Skipped       int `json:"skipped"`
	SkippedHinted int `json:"skipped_hinted"`
	// Unread are the changed files of source code that could not be looked at, at most 50; UnreadMore counts the others.
	Unread     []Unread `json:"unread"`
	UnreadMore int      `json:"unread_more"`
	// Functions are those that the change adds, or makes worse in some measure, if they are large or complex at all: at
	// most 200, by file and line. FunctionsMore counts the others.
	Functions     []Function `json:"functions"`
	FunctionsMore int        `json:"functions_more"`
	// Duplicates are added blocks that stand a second time in the changed files, at most 50; DuplicatesMore counts the others.
	Duplicates     []Duplicate `json:"duplicates"`
	DuplicatesMore int         `json:"duplicates_more"`
	// Found is what was found on added lines, by file and line, at most 300; More counts the others.
	Found []Found `json:"found"`
	More  int     `json:"more"`
}

// Unread is a file that could not be looked at.
type Unread struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// Function is a function at the head, with its measures before and after the change.
type Function struct {
	Path string `json:"path"`
	// Name is what it is called in its file, "Cart.total".
	Name    string `json:"name"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	// New is true when no function of this name was there before: then all measures were 0.
	New        bool    `json:"new"`
	Lines      Measure `json:"lines"`
	Nesting    Measure `json:"nesting"`
	Cyclomatic Measure `json:"cyclomatic"`
	Cognitive  Measure `json:"cognitive"`
	Parameters Measure `json:"parameters"`
}

// Measure is a number before and after the change.
type Measure struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

// Duplicate is an added block of code, and another place that has the same.
type Duplicate struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	// Lines counts the lines of code in it.
	Lines        int    `json:"lines"`
	OtherPath    string `json:"other_path"`
	OtherLine    int    `json:"other_line"`
	OtherEndLine int    `json:"other_end_line"`
}

// Found is one finding on added lines.
type Found struct {
	// Kind is what was looked for: the name of the rule that judges it.
	Kind string `json:"kind"`
	// Path is empty for the change's description.
	Path    string `json:"path"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	// What names it in a few words.
	What string `json:"what"`
}
