package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/secrets"
)

var secretsFamily = section{family.Secrets, secretsKeys, secretsProblems}

// Secrets is which findings that look like secrets are known to be none.
type Secrets struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// Allow lets through one format at one pattern of paths each, for a reason and until a day.
	Allow []AllowedSecret `json:"allow" jsonschema:"maxItems=100"`
}

// AllowedSecret lets findings of one format through in files of one pattern.
type AllowedSecret struct {
	// Format is the name that the finding gives, "github-pat".
	Format string `json:"format" jsonschema:"required,minLength=1,maxLength=100,pattern=^[a-z0-9-]+$"`
	// Path is a gitignore-style pattern.
	Path   string `json:"path" jsonschema:"required,minLength=1,maxLength=512"`
	Reason string `json:"reason" jsonschema:"required,minLength=1,maxLength=300"`
	// Expires is the last day on which the entry counts, "2026-12-31".
	Expires string `json:"expires" jsonschema:"required,format=date"`
}

func filledSecrets() Secrets { return Secrets{Allow: []AllowedSecret{}} }

var secretsKeys = []key{
	{"secrets", "Keys, tokens and passwords in what a change adds: its lines, its title and description, its commits' messages.", ""},
	{"secrets.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: enforce"},
	{"secrets.allow", "Findings that are known to be no secrets. Each entry lets one format through in the files of one " +
		"pattern, until a day. Only the entries on the base branch count.",
		"allow: [{format: github-pat, path: \"testdata/**\", reason: made up for the tests, expires: \"2027-06-30\"}]"},
	{"secrets.allow.*.format", "The format as the finding names it.", ""},
	{"secrets.allow.*.path", "A pattern, as in .gitignore, of the files. One that begins with `!` is refused.", ""},
	{"secrets.allow.*.reason", "Why it is none, for whoever reads the settings later.", ""},
	{"secrets.allow.*.expires", "The last day on which the entry counts. An expired one is reported.", ""},
}

// secretsProblems finds patterns and days that a schema cannot judge.
func secretsProblems(doc *document.Document) (problems []document.Problem) {
	entries, _ := doc.Value("secrets", "allow").([]any)
	var formats []string
	if len(entries) > 0 {
		// The table is part of the program, and a test reads it.
		formats, _ = secrets.Formats()
	}
	for i, v := range entries {
		entry, _ := v.(map[string]any)
		at := strconv.Itoa(i)
		if format, ok := entry["format"].(string); ok && !slices.Contains(formats, format) {
			problems = append(problems, doc.Problem(
				fmt.Sprintf("secrets.allow[%d].format is %s", i, unknownFormat(format, formats)), "secrets", "allow", at, "format"))
		}
		if p, ok := entry["path"].(string); ok {
			if why := badPattern(p); why != "" {
				problems = append(problems, doc.Problem(fmt.Sprintf("secrets.allow[%d].path %s", i, why), "secrets", "allow", at, "path"))
			}
		}
		if reason, ok := entry["reason"].(string); ok && reason != "" && strings.TrimSpace(reason) == "" {
			problems = append(problems, doc.Problem(fmt.Sprintf("secrets.allow[%d].reason is blank; say why this is no secret", i),
				"secrets", "allow", at, "reason"))
		}
		if day, ok := entry["expires"].(string); ok {
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				problems = append(problems, doc.Problem(
					fmt.Sprintf("secrets.allow[%d].expires is %q, which is no day; write it as 2027-06-30", i, clip(day)),
					"secrets", "allow", at, "expires"))
			}
		}
	}
	return problems
}

// unknownFormat says that there is no such format, and which one was meant.
func unknownFormat(format string, formats []string) string {
	message := strconv.Quote(clip(format)) + ", which is none; "
	if near := document.Nearest(format, formats); near != "" {
		return message + fmt.Sprintf("did you mean %q?", near)
	}
	return message + `write the name in parentheses in the finding, such as "github-pat"`
}
