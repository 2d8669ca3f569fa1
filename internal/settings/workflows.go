package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var workflowsFamily = section{family.Workflows, workflowsKeys, workflowsProblems}

// Workflows is what a change may do to the repository's own CI.
type Workflows struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// Trusted are the actions that may be used by tag: "owner/name" or "owner/*".
	Trusted []string `json:"trusted" jsonschema:"maxItems=100,uniqueItems=true,minLength=3,maxLength=200"`
}

func filledWorkflows() Workflows { return Workflows{Trusted: []string{"actions/*", "github/*"}} }

var workflowsKeys = []key{
	{"workflows", "What a change may do to the repository's own GitHub Actions: which broken or dangerous things it may bring in.", ""},
	{"workflows.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: warn"},
	{"workflows.trusted",
		"Actions that may be used by a tag in place of a commit id, as `owner/name` or `owner/*`. The repository owner's " +
			"own are trusted anyway. A list replaces the default; `[]` trusts nobody.", "trusted: [\"actions/*\", docker/login-action]"},
}

func workflowsProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	all, _ := doc.Value("workflows", "trusted").([]any)
	for i, v := range all {
		s, ok := v.(string)
		owner, name, slash := strings.Cut(s, "/")
		if ok && (!slash || owner == "" || name == "" || strings.ContainsAny(owner, "*@ ") || strings.ContainsAny(name, "/@ ") ||
			strings.Contains(name, "*") && name != "*") {
			problems = append(problems, doc.Problem(fmt.Sprintf("workflows.trusted[%d] is %q; write an action as owner/name, or all of an "+
				"owner's as owner/*", i, clip(s)), "workflows", "trusted", strconv.Itoa(i)))
		}
	}
	return problems
}
