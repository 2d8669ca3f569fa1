// Package facts is what pure analysis concludes from a snapshot: the input of every policy, a published and versioned JSON contract.
// It does no I/O, reads no clock, and calls the analyses; it judges nothing.
//
// Callers may rely on: equal snapshots and settings give equal facts, byte for byte; when the snapshot was taken is not
// in them; a list is never null; text written by others is bounded; JSON is canonical, so Digest names the facts for
// good. docs/facts.schema.json is the contract.
package facts

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/lintel-review/lintel/internal/analysis/commits"
	"github.com/lintel-review/lintel/internal/analysis/coverage"
	"github.com/lintel-review/lintel/internal/analysis/dependencies"
	"github.com/lintel-review/lintel/internal/analysis/lint"
	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/analysis/secrets"
	"github.com/lintel-review/lintel/internal/analysis/size"
	"github.com/lintel-review/lintel/internal/analysis/smells"
	"github.com/lintel-review/lintel/internal/analysis/tests"
	"github.com/lintel-review/lintel/internal/analysis/workflows"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/settings"
)

// Version is that of the contract. A field may be added within a version; a removed or changed one raises it.
const Version = 1

// Facts is the policy input.
type Facts struct {
	Schema     int        `json:"schema" jsonschema:"enum=1"`
	Change     Change     `json:"change"`
	Repository Repository `json:"repository"`
	Settings   Settings   `json:"settings"`
	Controls   Controls   `json:"controls"`

	Commits      commits.Facts      `json:"commits"`
	Ownership    ownership.Facts    `json:"ownership"`
	Size         size.Facts         `json:"size"`
	Lint         lint.Facts         `json:"lint"`
	Dependencies dependencies.Facts `json:"dependencies"`
	Coverage     coverage.Facts     `json:"coverage"`
	Workflows    workflows.Facts    `json:"workflows"`
	Smells       smells.Facts       `json:"smells"`
	Tests        tests.Facts        `json:"tests"`
	Secrets      secrets.Facts      `json:"secrets"`

	// Risk says how carefully the change wants to be read, concluded from all that is above and from the paths of its
	// files. It passes and fails nothing by itself.
	Risk risk.Facts `json:"risk"`

	// Failed are the families whose analysis stopped with a fault of Lintel's own, by name. Their rules were not judged.
	Failed []Failed `json:"failed"`

	Files Files `json:"files"`
	// Reports are those of CI: what was expected, what has arrived, and whether the waiting is over.
	Reports Reports `json:"reports"`
	// Checks are those of others on the head, sorted by name and App, at most 1,000. They are read only when a rule
	// says that it reads checks; else there are none.
	Checks []change.Check `json:"checks"`
	// Gaps are what should have been read and was not, at most 1,000; GapsMore counts the rest.
	Gaps     []change.Gap `json:"gaps"`
	GapsMore int          `json:"gaps_more"`

	// found covers the secrets that were found, until nothing else in the facts has them.
	found secrets.Result
}

// Change is who wants to merge what into where.
type Change struct {
	Kind   change.Kind `json:"kind" jsonschema:"enum=pull_request,enum=merge_group,enum=local"`
	Number int         `json:"number"`
	// Ref is the change as people write it, "acme/shop#12".
	Ref string `json:"ref"`
	URL string `json:"url"`
	// Noun is what the forge calls a change, such as "merge request"; empty on GitHub and where no forge is known.
	Noun string `json:"noun,omitempty"`
	// Title is null when it is not known; at most 1,000 bytes, Body at most 65,536.
	Title  *string         `json:"title"`
	Body   *string         `json:"body"`
	Author *change.Account `json:"author"`
	State  change.State    `json:"state" jsonschema:"enum=open,enum=closed,enum=merged"`
	Draft  bool            `json:"draft"`
	// Fork is true when the head lives in another repository.
	Fork bool `json:"fork"`
	// Labels are sorted, at most 1,000.
	Labels []string   `json:"labels"`
	Base   change.Rev `json:"base"`
	Head   change.Rev `json:"head"`
	// MergeBase is the commit where the diff starts.
	MergeBase string        `json:"merge_base"`
	Group     *change.Group `json:"group"`
}

// Repository is where the change wants to go.
type Repository struct {
	ID            int64  `json:"id"`
	Owner         string `json:"owner"`
	Name          string `json:"name"`
	Private       bool   `json:"private"`
	DefaultBranch string `json:"default_branch"`
	Merges        Merges `json:"merges"`
}

// Merges says how the repository merges; null is hidden from the reader.
type Merges struct {
	Squash *bool `json:"squash"`
	Merge  *bool `json:"merge"`
	Rebase *bool `json:"rebase"`
	// SquashTitle is PR_TITLE or COMMIT_OR_PR_TITLE; SquashMessage PR_BODY, COMMIT_MESSAGES or BLANK; empty when hidden.
	SquashTitle   string `json:"squash_title"`
	SquashMessage string `json:"squash_message"`
}

// Settings are the settings in force, without the modes and severities of rules: those are the engine's business.
type Settings struct {
	Commits      settings.Commits      `json:"commits"`
	Ownership    settings.Ownership    `json:"ownership"`
	Size         settings.Size         `json:"size"`
	Lint         settings.Lint         `json:"lint"`
	Dependencies settings.Dependencies `json:"dependencies"`
	Coverage     settings.Coverage     `json:"coverage"`
	Workflows    settings.Workflows    `json:"workflows"`
	Smells       settings.Smells       `json:"smells"`
	Tests        settings.Tests        `json:"tests"`
	Report       settings.Presentation `json:"report"`
	Secrets      settings.Secrets      `json:"secrets"`
}

// Files says how much of the change's file list was read.
type Files struct {
	// Total is how many files the forge says there are, Listed how many could be read.
	Total  int `json:"total"`
	Listed int `json:"listed"`
	// Complete is true only when both are equal and nothing says that the list is cut.
	Complete bool `json:"complete"`
}

// JSON is the canonical form: fields in the contract's order, the keys of maps sorted, no white space, no HTML escapes,
// and U+FFFD for what is not UTF-8.
func (f Facts) JSON() ([]byte, error) {
	b, err := encode(f)
	// The encoder escapes what it puts for a byte that is not UTF-8, and does not escape the same character when it was
	// there before. Once more makes them equal.
	if err == nil && bytes.Contains(b, []byte(`\ufffd`)) {
		var again Facts
		if err = json.Unmarshal(b, &again); err == nil {
			b, err = encode(again)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write facts: %w", err)
	}
	return b, nil
}

func encode(f Facts) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Parse reads what JSON wrote: facts that were kept as evidence, or a fixture. A field that is not in the contract is an error.
func Parse(b []byte) (Facts, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var f Facts
	if err := dec.Decode(&f); err != nil {
		return Facts{}, fmt.Errorf("read facts: %w", err)
	}
	if f.Schema != Version {
		return Facts{}, fmt.Errorf("read facts: schema %d, but this program reads schema %d", f.Schema, Version)
	}
	return f, nil
}
