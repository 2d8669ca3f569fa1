package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/rollout"
)

// rolloutNames are the keys of a rollout. The first three limit the mode.
var rolloutNames = []string{"rollout", "from", "until", "otherwise", "owner", "reason"}

// rolloutKeys documents the keys beside the mode of a family or a rule.
func rolloutKeys(at, before string) []key {
	example := func(s string) string {
		if before == "" {
			return ""
		}
		return before + "{mode: enforce, " + s + "}"
	}
	return []key{
		{at + ".rollout", "Share of the repositories, in percent, in which `mode` holds. A repository is chosen by its id, so that all " +
			"of its pull requests are judged alike. [Rollout](rollout.md) explains it.", example("rollout: 25")},
		{at + ".from", "First day, of UTC, on which `mode` holds.", example("from: 2027-01-01")},
		{at + ".until", "Last day on which `mode` holds. That it has ended is said on every check.", example("until: 2027-03-31")},
		{at + ".otherwise", "Mode in the other repositories and on the other days. Without it: what would hold without `mode`, " +
			"one step below it at most.", example("rollout: 25, otherwise: shadow")},
		{at + ".owner", "Who answers for it, as text.", example("owner: platform team")},
		{at + ".reason", "Why it is so, as text.", example("reason: \"see ADR 12\"")},
	}
}

// withRollout are the keys of a family with those of its rollout behind the mode.
func withRollout(s section) []key {
	i := slices.IndexFunc(s.keys, func(k key) bool { return k.path == s.family+".mode" })
	return slices.Insert(slices.Clone(s.keys), i+1, rolloutKeys(s.family, "")...)
}

// isRollout tells the path of a key that stands beside a mode.
func isRollout(leaf []string) bool {
	last := len(leaf) - 1
	if !slices.Contains(rolloutNames, leaf[last]) {
		return false
	}
	return isMode(append(slices.Clone(leaf[:last]), "mode")) && (len(leaf) == 3 || slices.Contains(Families(), leaf[0]))
}

// rolloutProblems finds rollouts of nothing, days that are none, and what would not be laxer elsewhere.
func rolloutProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	for _, family := range Families() {
		problems = append(problems, rolloutProblemsAt(doc, family)...)
	}
	rules, _ := doc.Value("rules").(map[string]any)
	for id := range rules {
		problems = append(problems, rolloutProblemsAt(doc, "rules", id)...)
	}
	return problems
}

func rolloutProblemsAt(doc *document.Document, at ...string) (problems []document.Problem) {
	if !doc.Has(at...) {
		return nil
	}
	say := func(name, format string, args ...any) {
		path := append(slices.Clone(at), name)
		problems = append(problems, doc.Problem(document.Path(path...)+" "+fmt.Sprintf(format, args...), path...))
	}
	word := func(name string) (string, bool) {
		s, ok := doc.Value(append(slices.Clone(at), name)...).(string)
		return s, ok
	}
	limits := slices.DeleteFunc(slices.Clone(rolloutNames[:3]), func(n string) bool { return !doc.Has(append(slices.Clone(at), n)...) })
	mode, _ := word("mode")
	for _, name := range limits[:min(1, len(limits))] {
		switch mode {
		case "":
			say(name, "says where a mode holds, and no mode is given beside it")
		case string(finding.Off):
			say(name, "has nothing to roll out: the mode beside it is off. Write the mode that some repositories are to have")
		}
	}
	for _, name := range []string{"from", "until"} {
		if day, ok := word(name); ok {
			if _, ok := rollout.Day(day); !ok {
				say(name, "is %q, which is no day; write it as 2027-06-30", clip(day))
				return problems
			}
		}
	}
	from, _ := word("from")
	if until, ok := word("until"); ok && until < from {
		say("until", "is %s, before from, which is %s", until, from)
	}
	if otherwise, ok := word("otherwise"); ok {
		higher := finding.Mode(mode).Cap(finding.Mode(otherwise)) == finding.Mode(mode)
		switch {
		case len(limits) == 0:
			say("otherwise", "says what holds where a rollout does not apply; give rollout, from or until beside it")
		case mode != "" && higher:
			say("otherwise", "is %s, which is no laxer than the mode %s", otherwise, mode)
		}
	}
	for _, name := range []string{"owner", "reason"} {
		if value, ok := word(name); ok && strings.TrimSpace(value) == "" {
			say(name, "is blank; leave it out, or say it")
		}
	}
	return problems
}
