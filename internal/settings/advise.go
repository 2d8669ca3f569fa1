package settings

import (
	"fmt"
	"strconv"

	"github.com/lintel-review/lintel/internal/document"
)

// Advise is the help of a language model. Nothing in it can set or change a verdict, which is why it is not part of the Canonical form.
type Advise struct {
	// Enabled switches it on; the server's file must name a model too.
	Enabled bool `json:"enabled"`
	// Comments says what becomes of comments on lines: "off", "draft" (they wait until a person with write permission
	// releases them) or "post".
	Comments string `json:"comments" jsonschema:"enum=off,enum=draft,enum=post"`
	// MaxComments is the most comments on lines of one change, MaxPerFile of one file. What is over goes to the summary.
	MaxComments int `json:"max_comments" jsonschema:"minimum=0,maximum=20"`
	MaxPerFile  int `json:"max_per_file" jsonschema:"minimum=1,maximum=20"`
	// MinSeverity is the least severity of a comment: "low", "medium" or "high".
	MinSeverity string `json:"min_severity" jsonschema:"enum=low,enum=medium,enum=high"`
	// Tests asks for missing tests.
	Tests bool `json:"tests"`
	// Context shows the model the functions around the changed lines, those that they call, and what calls them.
	Context bool `json:"context"`
	// NeverSend are gitignore-style patterns of files of which no model sees a line.
	NeverSend []string `json:"never_send" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	// Guidance is what the team wants reviewers to know, in its own words; it comes from the base branch, like all settings.
	Guidance string `json:"guidance" jsonschema:"maxLength=4000"`
	// GuidanceFor is the same for changes of some files alone.
	GuidanceFor []PathGuidance `json:"guidance_for" jsonschema:"maxItems=20"`
	// Guidelines shows the model what the repository's own files say to reviewers and tools, as they are at the base.
	Guidelines bool `json:"guidelines"`
	// Language is the BCP 47 tag of the language that advice is written in.
	Language string `json:"language" jsonschema:"maxLength=35,pattern=^[A-Za-z]{2\\,3}(-[A-Za-z0-9]{2\\,8})*$"`
	// Drafts and Bots say whether draft changes and those of bots are advised on.
	Drafts bool `json:"drafts"`
	Bots   bool `json:"bots"`
	// Budget bounds what advice may use. The server's file has caps of its own; the lower one holds.
	Budget AdviseBudget `json:"budget"`
}

// PathGuidance is what reviewers of some files should know.
type PathGuidance struct {
	// Paths are gitignore-style patterns.
	Paths []string `json:"paths" jsonschema:"required,minItems=1,maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	Text  string   `json:"text" jsonschema:"required,minLength=1,maxLength=2000"`
}

// AdviseBudget is in questions and in tokens, of prompts and answers together, retries included.
type AdviseBudget struct {
	// Calls and Tokens are for one head of one change.
	Calls  int `json:"calls" jsonschema:"minimum=1,maximum=10"`
	Tokens int `json:"tokens" jsonschema:"minimum=1000,maximum=10000000"`
	// Heads is how many heads of one change get advice unasked.
	Heads int `json:"heads" jsonschema:"minimum=1,maximum=100"`
	// DayTokens is for the whole repository and one UTC day.
	DayTokens int64 `json:"day_tokens" jsonschema:"minimum=1000,maximum=1000000000"`
}

func filledAdvise() Advise {
	return Advise{
		Comments: "post", MaxComments: 5, MaxPerFile: 2, MinSeverity: "medium", Tests: true, Context: true,
		NeverSend: []string{}, GuidanceFor: []PathGuidance{}, Guidelines: true, Language: "en",
		Budget: AdviseBudget{Calls: 3, Tokens: 60_000, Heads: 5, DayTokens: 2_000_000},
	}
}

var adviseKeys = []key{
	{"advise", "Help by a language model: a summary, comments on lines, missing tests. It never has a say in the check. " +
		"The server's file must name a model too.", ""},
	{"advise.enabled", "Ask the model at all. Nothing of the repository is sent anywhere while this is false.", "enabled: true"},
	{"advise.comments", "Comments on lines: `post` them, keep them as `draft` until a person with write permission " +
		"releases them, or `off`: the summary alone.", "comments: draft"},
	{"advise.max_comments", "Most comments on lines of one pull request; what is over is folded into the summary.", "max_comments: 3"},
	{"advise.max_per_file", "Most comments on lines of one file.", "max_per_file: 1"},
	{"advise.min_severity", "Least severity of what is said.", "min_severity: high"},
	{"advise.tests", "Name up to three missing tests, for changed lines that a coverage report shows as not reached.", "tests: false"},
	{"advise.context", "Show the model the function around each change, functions of changed files that it calls, and of unchanged files " +
		"what declares the names that it uses and what calls the functions that it changes, in at most 2,000 tokens. A server reads at " +
		"most 12 unchanged files for it, of the merge base.", "context: false"},
	{"advise.never_send",
		"Patterns, as in .gitignore, of files of which no model sees a line. Patterns that begin with `!` are refused.",
		"never_send: [\"internal/licensing/**\", \"*.sql\"]"},
	{"advise.guidance", "What a reviewer of this repository should know, in your own words. It goes into the prompt.",
		"guidance: 'Errors are wrapped, never logged and returned.'"},
	{"advise.guidance_for", "Guidance for changes of some files alone.", ""},
	{"advise.guidance_for.*.paths", "Patterns, as in .gitignore; one that matches a changed file is enough. Needed.",
		"guidance_for: [{paths: [\"*.sql\"], text: 'Migrations run beside the old version.'}]"},
	{"advise.guidance_for.*.text", "What a reviewer of these files should know. Needed.",
		"guidance_for: [{paths: [/web/], text: 'No inline styles.'}]"},
	{"advise.guidelines", "Show the model what the repository's own files say to reviewers and tools, as they are at the merge base: " +
		"AGENTS.md and CLAUDE.md of the folders above the changed files, .github/copilot-instructions.md, " +
		".github/instructions/*.instructions.md whose applyTo matches, and the part on reviews of CONTRIBUTING.md. At most 4,000 bytes " +
		"of one and 6,000 of all, those nearest to the changed files first. They add to the task and cannot change it.",
		"guidelines: false"},
	{"advise.language", "a tag of BCP 47, such as en or de-CH; advice is written in that language", "language: de"},
	{"advise.drafts", "Advise on draft pull requests too.", "drafts: true"},
	{"advise.bots", "Advise on pull requests that bots opened too.", "bots: true"},
	{"advise.budget", "What advice may use. The server's file has caps too; the lower one holds.", ""},
	{"advise.budget.calls", "Most questions to the model about one head of a pull request; no retries or repairs.", "budget: {calls: 2}"},
	{"advise.budget.tokens", "Most tokens for one head, prompts and answers together.", "budget: {tokens: 30000}"},
	{"advise.budget.heads", "Heads of one pull request that get advice unasked.", "budget: {heads: 3}"},
	{"advise.budget.day_tokens", "Most tokens of the whole repository in one UTC day.", "budget: {day_tokens: 500000}"},
}

func adviseProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	patterns, _ := doc.Value("advise", "never_send").([]any)
	for i, v := range patterns {
		if p, ok := v.(string); ok {
			if why := badPattern(p); why != "" {
				problems = append(problems,
					doc.Problem(fmt.Sprintf("advise.never_send[%d] %s", i, why), "advise", "never_send", strconv.Itoa(i)))
			}
		}
	}
	entries, _ := doc.Value("advise", "guidance_for").([]any)
	for i := range entries {
		patterns, _ := doc.Value("advise", "guidance_for", strconv.Itoa(i), "paths").([]any)
		for k, v := range patterns {
			if p, ok := v.(string); ok {
				if why := badPattern(p); why != "" {
					problems = append(problems, doc.Problem(fmt.Sprintf("advise.guidance_for[%d].paths[%d] %s", i, k, why),
						"advise", "guidance_for", strconv.Itoa(i), "paths", strconv.Itoa(k)))
				}
			}
		}
	}
	return problems
}
