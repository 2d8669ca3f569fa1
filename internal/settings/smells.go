package settings

import (
	"fmt"
	"strconv"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var smellsFamily = section{family.Smells, smellsKeys, smellsProblems}

// Smells is how large and complex functions may become, and which files are not judged.
type Smells struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// FunctionLines, Nesting, Cognitive, Cyclomatic and Parameters are the most that a function may have; 0 is no limit.
	FunctionLines int `json:"function_lines" jsonschema:"minimum=0,maximum=100000"`
	Nesting       int `json:"nesting" jsonschema:"minimum=0,maximum=1000"`
	Cognitive     int `json:"cognitive" jsonschema:"minimum=0,maximum=100000"`
	Cyclomatic    int `json:"cyclomatic" jsonschema:"minimum=0,maximum=100000"`
	Parameters    int `json:"parameters" jsonschema:"minimum=0,maximum=1000"`
	// DuplicateLines is how many equal lines of code make a copied block; 0 looks for none.
	DuplicateLines int `json:"duplicate_lines" jsonschema:"minimum=0,maximum=1000"`
	// Exclude are gitignore-style patterns of files that are not judged.
	Exclude []string `json:"exclude" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
}

// The least limits: what is below them is no fact.
const (
	minFunctionLines  = 40
	minNesting        = 3
	minComplexity     = 10
	minParameters     = 5
	minDuplicateLines = 6
)

func filledSmells() Smells {
	return Smells{FunctionLines: 100, Nesting: 5, Cognitive: 40, Cyclomatic: 25, Parameters: 8, DuplicateLines: 20, Exclude: []string{}}
}

var smellsKeys = []key{
	{"smells", "What a change makes worse in its code: long, deep and complex functions, copied blocks, and what was left over on " +
		"its lines. Generated and vendored files are not judged, and tests only for text that does not show.", ""},
	{"smells.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: warn"},
	{"smells.function_lines",
		"Report a function that grows beyond so many lines; at least 40, 0 is no limit.", "function_lines: 80"},
	{"smells.nesting",
		"Report a function whose control structures come to stand deeper in each other; at least 3, 0 is no limit.", "nesting: 4"},
	{"smells.cognitive",
		"Report a function that becomes more complex than this, by cognitive complexity; at least 10, 0 is no limit.", "cognitive: 25"},
	{"smells.cyclomatic",
		"Report a function that gets more paths than this, by cyclomatic complexity; at least 10, 0 is no limit.", "cyclomatic: 20"},
	{"smells.parameters",
		"Report a function that takes more parameters than this; at least 5, 0 is no limit.", "parameters: 7"},
	{"smells.duplicate_lines",
		"Report an added block of so many lines of code that stands a second time in the changed files; at least 6, " +
			"0 looks for none.", "duplicate_lines: 30"},
	{"smells.exclude", "Patterns, as in .gitignore, of files that are not judged. Patterns that begin with `!` are refused.",
		"exclude: [\"examples/**\"]"},
}

// smellsProblems finds limits that are too low to be kept, and patterns that are too dear.
func smellsProblems(doc *document.Document) (problems []document.Problem) {
	for _, l := range []struct {
		key   string
		least int
	}{
		{"function_lines", minFunctionLines}, {"nesting", minNesting}, {"cognitive", minComplexity}, {"cyclomatic", minComplexity},
		{"parameters", minParameters}, {"duplicate_lines", minDuplicateLines},
	} {
		if n, ok := doc.Value("smells", l.key).(int64); ok && n > 0 && n < int64(l.least) {
			problems = append(problems, doc.Problem(fmt.Sprintf("smells.%s is %d; write at least %d, or 0 for no limit", l.key, n, l.least),
				"smells", l.key))
		}
	}
	patterns, _ := doc.Value("smells", "exclude").([]any)
	for i, v := range patterns {
		if p, ok := v.(string); ok {
			if why := badPattern(p); why != "" {
				problems = append(problems, doc.Problem(fmt.Sprintf("smells.exclude[%d] %s", i, why), "smells", "exclude", strconv.Itoa(i)))
			}
		}
	}
	return problems
}
