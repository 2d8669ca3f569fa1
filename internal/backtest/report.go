package backtest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/lintel-review/lintel/internal/document"
)

// SchemaVersion is the version of the report's contract.
const SchemaVersion = 1

// Report is what a backtest found.
type Report struct {
	Schema   int          `json:"schema"`
	About    About        `json:"about"`
	Settings settingsUsed `json:"settings"`
	Judged   int          `json:"judged"`
	Refused  int          `json:"refused"`
	Failed   int          `json:"failed"`
	Risk     riskReport   `json:"risk"`
	Rules    []ruleReport `json:"rules"`
	Changes  []Change     `json:"changes"`
}

// About says what was judged, and by which program.
type About struct {
	Branch  string `json:"branch"`
	Head    string `json:"head"`
	Commits int    `json:"commits"`
	Merges  int    `json:"merges"`
	Squash  int    `json:"squashed"`
	Direct  int    `json:"direct"`
	LeftOut int    `json:"left_out"`
	// Rules are those of --rules, Touching the patterns of --touching, Matching the expression of --matching; empty is all.
	// Untouched counts the changes that these leave out.
	Rules     []string `json:"rules,omitempty"`
	Touching  []string `json:"touching,omitempty"`
	Matching  string   `json:"matching,omitempty"`
	Untouched int      `json:"untouched,omitempty"`
	Version   string   `json:"version"`
	Policy    string   `json:"policy"`
	// Given is the digest of the settings that were given; empty for those at each base.
	Given string `json:"-"`
}

// settingsUsed says by which settings changes were judged.
type settingsUsed struct {
	Given   string         `json:"given,omitempty"`
	Sources map[string]int `json:"sources"`
}

// ruleReport is what came out about one rule.
type ruleReport struct {
	ID          string   `json:"id"`
	Family      string   `json:"family"`
	Title       string   `json:"title"`
	DefaultMode string   `json:"default_mode"`
	Judged      int      `json:"judged"`
	Fired       int      `json:"fired"`
	Blocked     int      `json:"blocked"`
	Share       float64  `json:"share"`
	Findings    int      `json:"findings"`
	NotKnown    int      `json:"not_known"`
	Why         string   `json:"why,omitempty"`
	Samples     []sample `json:"samples"`
}

// Change is one merged change: what fired, and what became of it.
type Change struct {
	Commit  string   `json:"commit"`
	Number  int      `json:"number,omitempty"`
	Landed  string   `json:"landed"`
	Lines   int      `json:"lines"`
	Refused bool     `json:"refused"`
	Error   string   `json:"error,omitempty"`
	Risk    *Risk    `json:"risk,omitempty"`
	Fired   []string `json:"fired"`
	Blocked []string `json:"blocked"`
	// FollowedDays are the days of history behind the change, at most aftermath.Days.
	FollowedDays int    `json:"followed_days"`
	Reverted     bool   `json:"reverted"`
	RevertedBy   string `json:"reverted_by,omitempty"`
	Fixed        bool   `json:"fixed"`
	FixedBy      string `json:"fixed_by,omitempty"`
}

// Schema gives the JSON Schema of a Report, as published in docs/backtest.schema.json.
func Schema() ([]byte, error) {
	return document.ReflectOutput(Report{}, "https://github.com/lintel-review/lintel/raw/main/docs/backtest.schema.json",
		"Output of lintel backtest --format json", map[string]string{
			"schema":         "The version of this contract.",
			"about":          "What was judged, and by which program.",
			"about.branch":   "The branch that changes were merged into.",
			"about.head":     "Its newest commit.",
			"about.commits":  "How many commits of its line of first parents were read.",
			"about.merges":   "Changes that landed as a merge commit: the diff is that of the pull request's branch.",
			"about.squashed": "Changes that landed as one commit with the number of a pull request in its header.",
			"about.direct":   "Other commits with one parent, each judged as a change without a title: pushed, or rebased.",
			"about.left_out": "Commits that are no change: roots, octopus merges, releases, merges by hand.",
			"about.rules":    "The rules that were asked, when not all were; then nothing is said of the risk, and no change is followed.",
			"about.touching": "The patterns of --touching; when there are none, all changes were judged.",
			"about.matching": "The expression of --matching.",
			"about.untouched": "How many changes touch no such file, or have no such line. They were not judged and are in no other " +
				"number but merges, squashed and direct.",
			"about.version":  "The program's version.",
			"about.policy":   "sha256:hex of the policies.",
			"settings":       "By which settings the changes were judged.",
			"settings.given": "sha256:hex of the file of --settings; not there when each change was judged by the settings at its base.",
			"settings.sources": "How many changes had their settings from where: file, last_good, absent (the defaults, which " +
				"never block), none.",
			"judged":  "How many changes were judged.",
			"refused": "How many of these the check would have refused.",
			"failed":  "How many could not be judged; their row says why.",
			"risk": "How well the risk told which changes would be reverted or fixed, over those that were judged and have 14 days " +
				"of history behind them.",
			"risk.followed":          "How many these are.",
			"risk.repaired":          "How many of these were reverted or fixed.",
			"risk.share":             "repaired / followed: the base rate.",
			"risk.enough":            "false when so few were reverted or fixed (under 10) that a lift may be chance.",
			"risk.levels":            "The levels, high first.",
			"risk.levels.*.of":       "changes / followed.",
			"risk.levels.*.reverted": "Changes that were reverted.",
			"risk.levels.*.fixed":    "Changes of which a line was fixed.",
			"risk.levels.*.repaired": "Changes with either.",
			"risk.levels.*.share":    "repaired / changes.",
			"risk.top":               "The tenth with the highest score.",
			"risk.top.repaired":      "How many of these were reverted or fixed; a fraction when equal ones lie across its end.",
			"risk.top.lift":          "Its share by the base rate; 0 when nothing was reverted or fixed.",
			"risk.by_size":           "The same for the tenth with most new lines.",
			"rules":                  "Each rule that was asked, those that block most first.",
			"rules.*.judged":         "In how many changes it had what it needs to know.",
			"rules.*.fired":          "In how many of these it has a finding, in whichever mode.",
			"rules.*.blocked":        "In how many of these a finding of it blocks.",
			"rules.*.share":          "fired / judged.",
			"rules.*.findings":       "How many findings it has in all.",
			"rules.*.not_known": "In how many other changes a clone cannot know what the rule needs, such as approvals or reports of CI. " +
				"These count as neither judged nor fired.",
			"rules.*.why":     "What was not known in one of these, plain text.",
			"rules.*.samples": "Findings to judge, from as many changes as there are, chosen by hash: the same ones each time.",
			"rules.*.samples.*.message": "What is wrong there, plain text. " +
				"Parts of it may come from the change: escape it before you show it.",
			"changes":                 "The changes, the newest first.",
			"changes.*.landed":        "How it was merged: merge, squash or direct.",
			"changes.*.fired":         "The rules with a finding.",
			"changes.*.blocked":       "The rules that block it.",
			"changes.*.risk":          "Its risk, as in the facts; not there when the change could not be judged.",
			"changes.*.followed_days": "Whole days of history that followed it, at most 14: with fewer, false means not yet.",
			"changes.*.reverted":      "A commit of the next 14 days says that it reverts this change.",
			"changes.*.fixed": "A change of the next 14 days whose title says that it fixes something rewrites code that this change " +
				"added: the same line between the same two, or the gap between two of its lines.",
		})
}

// JSON writes the report as the published contract.
func (r Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("write the backtest as JSON: %w", err)
	}
	return b.Bytes(), nil
}
