package tests

// Facts is the "tests" part of the policy input. Lists are sorted, never null and bounded: what a list leaves out is counted beside it.
type Facts struct {
	// Kind is what the change is for, by the header of its title or else of its only commit: "feature", "fix", "other"
	// (a refactoring, documentation, dependencies), or "unknown".
	Kind string `json:"kind" jsonschema:"enum=feature,enum=fix,enum=other,enum=unknown"`
	// Announced is true when that header says itself that tests are skipped.
	Announced bool `json:"announced"`
	// Changed are the test files that the change adds, edits or renames, at most 100; ChangedMore counts the others.
	Changed     []string `json:"changed"`
	ChangedMore int      `json:"changed_more"`
	// Sources are the changed source files whose logic changes, those with most new logic first, at most 100.
	Sources     []Source `json:"sources"`
	SourcesMore int      `json:"sources_more"`
	// Functions are the functions of changed sources that get new logic, by file and line, at most 100. They are known
	// where the settings expect a report of coverage, for the first 20 changed sources.
	Functions     []Function `json:"functions"`
	FunctionsMore int        `json:"functions_more"`
	// Marks are what the change adds to focus or to skip tests, by file and line, at most 100. What it only moves is left out.
	Marks     []Mark `json:"marks"`
	MarksMore int    `json:"marks_more"`
	// Added counts the tests that the change adds, by their names. Less is how many lines of logic it takes out of sources.
	Added int `json:"added"`
	Less  int `json:"less"`
	// Removed are the tests that go while what they test stays, by file, at most 100.
	Removed     []Removed `json:"removed"`
	RemovedMore int       `json:"removed_more"`
	// Unread are the changed source and test files whose lines are not known, by path, at most 100.
	Unread     []Unread `json:"unread"`
	UnreadMore int      `json:"unread_more"`
}

// Source is one changed source file.
type Source struct {
	Path string `json:"path"`
	// State is "changed" when the change has tests of it, or tests in its language; "exists" when a test of it stands at
	// the head and the change leaves it as it is; "none" when no test is known; "not_judged" when that was not read, and
	// Why says why.
	State string `json:"state" jsonschema:"enum=changed,enum=exists,enum=none,enum=not_judged"`
	Why   string `json:"why"`
	// Test is the test of the first two states, and for "none" where one would be expected.
	Test string `json:"test"`
	// Logic counts the new lines that do something: no comments, imports, declarations of data, nor lines that were
	// moved or in which only names changed. Line is the first of them at the head.
	Logic int `json:"logic"`
	Line  int `json:"line"`
	// Branches counts those of them that decide something.
	Branches int `json:"branches"`
	// Functions are the names of functions that the change adds to it, in order, at most 20.
	Functions []string `json:"functions"`
	// New is true when the change adds the file.
	New bool `json:"new"`
}

// Function is a function of which the change adds lines that do something.
type Function struct {
	Path string `json:"path"`
	Name string `json:"name"`
	Line int    `json:"line"`
	// First and Last are the first and the last of these lines in its body, at the head.
	First int `json:"first"`
	Last  int `json:"last"`
}

// Mark is one line that focuses or skips tests.
type Mark struct {
	Kind string `json:"kind" jsonschema:"enum=focused,enum=skipped"`
	Path string `json:"path"`
	Line int    `json:"line"`
	// Word is what marks the test: ".only", "@Disabled". Name is the test's, as far as the diff shows it.
	Word string `json:"word"`
	Name string `json:"name"`
	// Existing is true when the test was there before, and ran. Ticket is true when an issue is named beside it.
	Existing bool `json:"existing"`
	Ticket   bool `json:"ticket"`
}

// Removed is what a change removes of the tests of one file.
type Removed struct {
	Path string `json:"path"`
	// File is true when the whole file goes; Source is then what it tests, which stays.
	File   bool   `json:"file"`
	Source string `json:"source"`
	// Tests are the names of the tests that go and are nowhere added again, in order, at most 20; More counts the others.
	Tests []string `json:"tests"`
	More  int      `json:"more"`
	// Line is where they stood, at the base.
	Line int `json:"line"`
}

// Unread is a file that could not be judged.
type Unread struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}
