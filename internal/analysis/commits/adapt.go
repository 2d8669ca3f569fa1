package commits

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// Habit is a default that gives way to what the repository does, where the settings do not say otherwise.
type Habit struct {
	// Rule is the rule that is silent or wider: "style", "emoji", "type", "subject", "subject_case", "header_length".
	Rule string `json:"rule"`
	// Share is how many of the recent headers are against the default, in whole percent.
	Share int `json:"share"`
}

const (
	// habitShare is the part of the recent headers that must break a default before it gives way, in percent.
	habitShare = 20
	// styleShare is the part of them that must follow a style that nobody named before what does not is told, in
	// percent: where one in ten is written
	// otherwise, those who merge do not mind.
	styleShare = 95
	// habitTimes is how often a type must have been seen to be one of the repository's own.
	habitTimes = 3
)

// adapt turns StyleAuto into the style that holds, as the base's history shows it, and the defaults beside it into the
// repository's habits. What the settings say stays as it is. because ends a sentence that begins "Headers are held to
// this style because".
func adapt(opt settings.Commits, past []change.Past, found Style) (_ settings.Commits, habits []Habit, because string) {
	habits = []Habit{}
	if opt.Style != settings.StyleAuto {
		return opt, habits, "the settings say so (commits.style)"
	}
	share := found.Share(settings.StyleConventional)
	switch {
	case found.Judged < MinHistory:
		opt.Style = settings.StyleConventional
		return opt, habits, "it is the default, and the base's history is too short or was not read, so it shows no other"
	case share < styleShare:
		opt.Style, opt.Conventional = settings.StyleNone, false
		return opt, append(habits, Habit{"style", 100 - share}),
			fmt.Sprintf("%d %% of the recent commits on the base follow Conventional Commits, fewer than 19 in 20, "+
				"and the settings name no style (commits.style)", share)
	}
	because = fmt.Sprintf("it is the default, and %d %% of the recent commits on the base follow it", share)
	opt.Style = settings.StyleConventional
	if of := percent(found.Emoji, found.Judged); of >= habitShare/2 {
		opt.Emoji = true
		habits = append(habits, Habit{"emoji", of})
	}
	own := settings.Default().Commits
	if slices.Equal(opt.Types, own.Types) {
		opt.Types = widened(opt.Types, found.Types)
	}
	broken := breaks(opt, past)
	if slices.Equal(opt.Types[:min(len(opt.Types), len(own.Types))], own.Types) {
		// Detect counts as types only what has a scope or is a usual one, as before a colon anything can stand; by now it
		// is known what that means here.
		if more := again(broken.Type); len(more) > 0 {
			opt.Types = append(slices.Clone(opt.Types), more...)
			broken = breaks(opt, past)
		}
	}
	give := func(rule string, n int, may bool) bool {
		of := percent(n, found.Judged)
		if of < habitShare || !may {
			return false
		}
		habits = append(habits, Habit{rule, of})
		return true
	}
	capitals := 0
	for _, p := range broken.Type {
		if p.Kind == "case" {
			capitals++
		}
	}
	if give("type", capitals, opt.TypeCase == own.TypeCase) {
		opt.TypeCase = "any"
	}
	give("subject", len(broken.Subject), true)
	if give("subject_case", len(broken.SubjectCase), slices.Equal(opt.SubjectCase, own.SubjectCase)) {
		opt.SubjectCase = []string{}
	}
	if give("header_length", len(broken.HeaderLength), opt.HeaderMax == own.HeaderMax) {
		opt.HeaderMax = 0
	}
	return opt, habits, because
}

// widened are the types and those that the repository uses beside them.
func widened(types []string, seen []Seen) []string {
	out := slices.Clone(types)
	for _, s := range seen {
		if t := strings.ToLower(s.Name); s.Count >= habitTimes && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// again are the unknown types that were seen often enough to be the repository's own, in alphabetical order.
func again(unknown []Problem) []string {
	n := map[string]int{}
	for _, p := range unknown {
		if p.Kind == "unknown" {
			n[strings.ToLower(p.Got)]++
		}
	}
	var out []string
	for name, times := range n {
		if times >= habitTimes {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// breaks holds the headers of a history to the settings, as those of a change are held.
func breaks(opt settings.Commits, past []change.Past) Problems {
	p := none()
	for _, c := range past {
		header := pullNumber.ReplaceAllString(strings.TrimRight(c.Header, " \t\r\n"), "")
		if _, revert := revertHeader(header); revert || c.Parents > 1 {
			continue
		}
		one := none()
		judgeHeader(header, opt, Problem{Where: "commit"}, &one)
		p.Type = append(p.Type, one.Type...)
		p.Subject = append(p.Subject, one.Subject...)
		p.SubjectCase = append(p.SubjectCase, one.SubjectCase...)
		p.HeaderLength = append(p.HeaderLength, one.HeaderLength...)
	}
	return p
}

func percent(n, of int) int {
	if of == 0 {
		return 0
	}
	return 100 * n / of
}
