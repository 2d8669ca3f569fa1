package chat

import (
	"slices"
	"strings"
)

// want says whether a command takes something.
type want int

const (
	never want = iota
	optional
	needed
)

// spec is one command. Parse, help and docs/chat.md are made from the table of these.
type spec struct {
	name    string
	rule    want
	finding want
	options []string
	// required are the options that cannot be left out.
	required []string
	reason   want
	// does says what the command does, for help and the manual.
	does string
}

// table are the commands, in the order of help.
var table = []spec{
	{name: "help", does: "List the commands."},
	{name: "why", rule: optional, does: "Say why a rule objects, or every rule that blocks, and how to fix it; as an answer " +
		"to a comment of Lintel's on a line, what that comment rests on."},
	{name: "recheck", does: "Look at the pull request again now, and publish the verdict even if it did not change."},
	{name: "override", rule: needed, options: []string{"--in", "--finding", "--for"}, reason: needed,
		does: "Let the pull request merge although the rule refuses it. [Overrides](overrides.md) says who may."},
	{name: "cancel", rule: optional, does: "End the overrides and mutes of a rule on this pull request, or all of them."},
	{name: "wrong", finding: needed, reason: needed,
		does: "Say that a finding is a false alarm, by its number in the check. It counts against the rule and lets nothing pass. " +
			"As an answer to a comment of Lintel's on a line, leave `N` out."},
	{name: "mute", rule: needed, options: []string{"--until"}, required: []string{"--until"},
		does: "Hide what a rule remarks on this pull request, until a day. What blocks is never hidden."},
	{name: "run-checks", does: "Let [checks](checks.md) run on this head of a fork. It takes write permission."},
	{name: "owners", does: "Name the fewest people whose approval lets this pull request merge."},
	{name: "assign", does: "Request the reviews of the people that `owners` names."},
	{name: "advise", does: "Ask for advice by a language model now, also if there is some already."},
	{name: "status", does: "Say what the check waits for, and which overrides, mutes and switches hold."},
}

func names() []string {
	var all []string
	for _, s := range table {
		all = append(all, s.name)
	}
	return all
}

// usage is how the command is written.
func (s spec) usage() string {
	parts := []string{Prefix, s.name}
	switch s.rule {
	case optional:
		parts = append(parts, "[RULE]")
	case needed:
		parts = append(parts, "RULE")
	}
	switch s.finding {
	case optional:
		parts = append(parts, "[N]")
	case needed:
		parts = append(parts, "N")
	}
	values := map[string]string{"--in": "PATTERN", "--finding": "FINGERPRINT", "--for": "push|base|24h|2026-03-01",
		"--until": "2026-03-01"}
	for _, o := range s.options {
		if slices.Contains(s.required, o) {
			parts = append(parts, o+" "+values[o])
			continue
		}
		parts = append(parts, "["+o+" "+values[o]+"]")
	}
	if s.reason == needed {
		parts = append(parts, "-- reason")
	}
	return strings.Join(parts, " ")
}

// Categories are the categories that a reason may begin with, "false-positive: the key is an example". A reason without
// one is of the category "other".
func Categories() []string {
	return []string{"emergency", "false-positive", "accepted-risk", "not-applicable", "other"}
}

// Help is the table of the commands in Markdown.
func Help() string {
	var b strings.Builder
	b.WriteString("| command | what it does |\n|---|---|\n")
	for _, s := range table {
		b.WriteString("| `" + strings.ReplaceAll(s.usage(), "|", "\\|") + "` | " + s.does + " |\n")
	}
	return b.String()
}
