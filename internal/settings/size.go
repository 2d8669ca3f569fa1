package settings

import (
	"fmt"
	"strconv"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var sizeFamily = section{family.Size, sizeKeys, sizeProblems}

// Size is how large a change may be.
type Size struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// XS, S, M and L are the most changed lines of each class; more than L is XL.
	XS int `json:"xs" jsonschema:"minimum=0,maximum=1000000000"`
	S  int `json:"s" jsonschema:"minimum=0,maximum=1000000000"`
	M  int `json:"m" jsonschema:"minimum=0,maximum=1000000000"`
	L  int `json:"l" jsonschema:"minimum=0,maximum=1000000000"`
	// FailOver is the most new lines, FilesOver the most counted files; 0 is no limit.
	FailOver  int `json:"fail_over" jsonschema:"minimum=0,maximum=1000000000"`
	FilesOver int `json:"files_over" jsonschema:"minimum=0,maximum=1000000000"`
	// LargeFile is the most bytes of an added or changed file; 0 is no limit.
	LargeFile int64 `json:"large_file" jsonschema:"minimum=0,maximum=1099511627776"`
	// Binaries says whether added binary files are reported.
	Binaries bool `json:"binaries"`
	// Exclude are gitignore-style patterns of files that do not count.
	Exclude []string `json:"exclude" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
}

func filledSize() Size {
	return Size{XS: 10, S: 30, M: 100, L: 500, FailOver: 500, LargeFile: 5 << 20, Binaries: true, Exclude: []string{}}
}

var sizeKeys = []key{
	{"size", "How large a change may be. Generated, vendored, lock and snapshot files do not count.", ""},
	{"size.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: warn"},
	{"size.xs", "Most counted lines of an XS change. `xs`, `s`, `m` and `l` must grow in this order.", "xs: 10"},
	{"size.s", "Most counted lines of an S change.", "s: 30"},
	{"size.m", "Most counted lines of an M change.", "m: 100"},
	{"size.l", "Most counted lines of an L change; a larger one is XL.", "l: 500"},
	{"size.fail_over", "Report a change with more new lines than this, tests left out; 0 is no limit.", "fail_over: 800"},
	{"size.files_over", "Report a change with more counted files than this; 0 is no limit.", "files_over: 50"},
	{"size.large_file", "Report an added or changed file of more bytes than this; 0 is no limit.", "large_file: 524288"},
	{"size.binaries", "Report added binary files.", "binaries: false"},
	{"size.exclude", "Patterns, as in .gitignore, of files that do not count. Patterns that begin with `!` are refused.",
		"exclude: [\"docs/api/**\", \"*.golden\"]"},
}

// sizeProblems finds sizes out of order and patterns that are too dear.
func sizeProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	d := filled().Size
	last, lastName := int64(-1), ""
	for _, class := range []struct {
		name string
		most int
	}{{"xs", d.XS}, {"s", d.S}, {"m", d.M}, {"l", d.L}} {
		value, given := int64(class.most), doc.Has("size", class.name)
		if given {
			v, ok := doc.Value("size", class.name).(int64)
			if !ok {
				return problems // said already; an order cannot be judged
			}
			value = v
		}
		if lastName != "" && value <= last {
			at := class.name
			if !given {
				at = lastName
			}
			problems = append(problems, doc.Problem(fmt.Sprintf("size.%s is %d and size.%s is %d%s; xs, s, m and l must grow in this order",
				lastName, last, class.name, value, byDefault(given)), "size", at))
		}
		last, lastName = value, class.name
	}
	patterns, _ := doc.Value("size", "exclude").([]any)
	for i, v := range patterns {
		if p, ok := v.(string); ok {
			if why := badPattern(p); why != "" {
				problems = append(problems, doc.Problem(fmt.Sprintf("size.exclude[%d] %s", i, why), "size", "exclude", strconv.Itoa(i)))
			}
		}
	}
	return problems
}

func byDefault(given bool) string {
	if given {
		return ""
	}
	return " by default"
}
