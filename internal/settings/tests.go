package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var testsFamily = section{family.Tests, testsKeys, testsProblems}

// Tests is what a change has to do about tests.
type Tests struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// MinLines is from how many new lines of logic on a source file wants tests.
	MinLines int `json:"min_lines" jsonschema:"minimum=1,maximum=1000"`
	// Exempt are the files that want no tests, and tests that are not judged.
	Exempt []string `json:"exempt" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	// Places are where tests stand besides those that custom gives.
	Places []string `json:"places" jsonschema:"maxItems=5,uniqueItems=true,minLength=3,maxLength=300"`
}

func filledTests() Tests { return Tests{MinLines: 10, Exempt: []string{}, Places: []string{}} }

var testsKeys = []key{
	{"tests", "What a change has to do about tests: bring some with new logic, leave out none, and take none away.", ""},
	{"tests.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: warn"},
	{"tests.min_lines", "From how many new lines of logic on a source file wants tests. Comments, imports, declarations, moved " +
		"lines and renamed names are no logic.", "min_lines: 10"},
	{"tests.exempt", "Patterns, as in .gitignore, of sources that want no tests, and of tests that are not judged. Patterns that begin " +
		"with `!` are refused.", "exempt: [\"tools/**\"]"},
	{"tests.places", "Where the tests of a source file stand, besides where the customs of its language put them. " +
		"{dir} is the folder of the " +
		"source, {sub} the folder without its first part, {name} the name without extension, {Name} the same with a capital, {ext} the " +
		"extension with its dot.", "places: [\"tests/unit/{sub}/test_{name}{ext}\"]"},
}

// placeholders are what a place may hold in braces.
var placeholders = strings.NewReplacer("{dir}", "", "{sub}", "", "{name}", "", "{Name}", "", "{ext}", "")

func testsProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	exempt, _ := doc.Value("tests", "exempt").([]any)
	for i, v := range exempt {
		p, _ := v.(string)
		if why := badPattern(p); why != "" {
			problems = append(problems, doc.Problem(fmt.Sprintf("tests.exempt[%d] %s", i, why), "tests", "exempt",
				strconv.Itoa(i)))
		}
	}
	places, _ := doc.Value("tests", "places").([]any)
	for i, v := range places {
		p, ok := v.(string)
		left := placeholders.Replace(p)
		switch {
		case !ok:
		case strings.ContainsAny(left, "{}*\n\r\x00\\"), strings.HasPrefix(p, "/"), strings.Contains("/"+p+"/", "/../"),
			!strings.Contains(p, "{name}") && !strings.Contains(p, "{Name}"):
			problems = append(problems, doc.Problem(fmt.Sprintf("tests.places[%d] is %q; write a path in the repository with "+
				"{name} or {Name} "+
				"in it, and no other braces than {dir}, {sub} and {ext}", i, clip(p)), "tests", "places", strconv.Itoa(i)))
		}
	}
	return problems
}
