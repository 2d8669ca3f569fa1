package survey

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/commits"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Rule is one rule that a replay can judge: one that reads commits and files alone.
type Rule struct {
	// ID is "family/name"; Default its mode without settings.
	ID, Default string
}

// Replay is what the rules said of one change of the past, all of them enforcing.
type Replay struct {
	Change Change
	// Refusing are the ids of the rules that would have refused it, each once.
	Refusing []string
	// Lines are those that count for the size.
	Lines int
}

// History is all that is known of a repository's past.
type History struct {
	// Branch is the branch that was read, Newest and Oldest the ends of what was.
	Branch, Newest, Oldest string
	Changes                []Change
	Style                  commits.Style
	SignedOff, Commits     int
	// Replays are those of the changes that could be judged; empty before the first replay.
	Replays []Replay
	Rules   []Rule
	// Owners is the path of CODEOWNERS, empty without one. Tools are those whose configuration was found.
	Owners string
	Tools  []Tool
	// Threshold is what a tool's configuration asks of coverage, nil without one.
	Threshold *Threshold
	// Forge is what a forge told beside git.
	Forge Forge
}

// Choice is what the settings say, and the reason.
type Choice struct {
	Style, Squash       string
	StyleWhy, SquashWhy string
	Types               []string
	Emoji               bool
	HeaderMax           int
	SignOff             bool
	P50, P90, P99       int
	FailOver            int
	// Modes are those of the rules, by id.
	Modes map[string]string
	// Refused counts the changes that each rule alone would have refused, Together those that the enforced ones would.
	Refused  map[string]int
	Together int
}

const (
	// budget is the share of the changes that all enforced rules together may refuse, in thousandths: under 2 %.
	budget = 20
	// habit is the share from which a rule speaks against how people here work, and is off: one in twenty.
	habit = 50
	// most of something is eight in ten, and nearly all of it 98 of 100.
	most, nearlyAll = 80, 98
)

// Conclude chooses. With enforce, rules enforce as long as all of them together would have refused less than 2 % of the
// changes; else each warns.
func Conclude(h History, enforce bool) Choice {
	c := Choice{Refused: map[string]int{}, Modes: map[string]string{}}
	c.style(h)
	c.squash(h)
	c.sizes(h, enforce)
	c.modes(h, enforce)
	return c
}

var (
	typeName = lazyregexp.New(`^[a-z][a-z0-9_-]*$`)
	typed    = lazyregexp.New(`^([a-z][a-z0-9_-]*)(\([^()]+\))?!?: \S`)
	jiraKey  = lazyregexp.New(`^[A-Z][A-Z0-9_]*$`)
)

func (c *Choice) style(h History) {
	s := h.Style
	share := func(style string) int { return s.Share(style) }
	switch found := s.Found; found {
	case "":
		c.Style, c.StyleWhy = settings.StyleAuto, text.Count(s.Judged, "header")+" could be read, too few to tell a style"
	case settings.StyleNone:
		c.Style, c.StyleWhy = settings.StyleNone,
			fmt.Sprintf(
				"no style is followed by half of the %d headers: Conventional Commits by %d %%, \"component: subject\" by %d %%",
				s.Judged, share(settings.StyleConventional), share(settings.StyleComponent))
	default:
		c.Style, c.StyleWhy = found, fmt.Sprintf("%d %% of %d headers are written so", share(found), s.Judged)
	}
	if c.Style == settings.StyleConventional {
		c.Types = slices.Clone(settings.Default().Commits.Types)
		for _, name := range ownTypes(h) {
			if !slices.Contains(c.Types, name) && len(c.Types) < 40 {
				c.Types = append(c.Types, name)
			}
		}
		c.Emoji = s.Judged > 0 && 10*s.Emoji >= s.Judged
	}
	c.HeaderMax = settings.Default().Commits.HeaderMax
	if s.Judged >= commits.MinHistory {
		c.HeaderMax = min(max(c.HeaderMax, (s.Longest+9)/10*10), 200)
	}
	c.SignOff = h.Commits >= commits.MinHistory && 100*h.SignedOff >= nearlyAll*h.Commits
}

// ownTypes are the words before a colon, with a scope or without, that history has at least twice, in alphabetical
// order: "release: v1", "dx(core): x".
func ownTypes(h History) []string {
	n := map[string]int{}
	for _, t := range h.Style.Types {
		n[t.Name] += t.Count
	}
	for _, x := range h.Changes {
		if m := typed.FindStringSubmatch(x.Title); m != nil && m[2] == "" {
			n[m[1]]++
		}
	}
	var out []string
	for name, times := range n {
		if times >= 2 && len(name) <= 30 && typeName.MatchString(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (c *Choice) squash(h History) {
	n := map[Landing]int{}
	for _, x := range h.Changes {
		n[x.Landed]++
	}
	all := len(h.Changes)
	if squash, why, ok := h.Forge.settled(); ok {
		c.Squash, c.SquashWhy = squash, why
		return
	}
	switch {
	case all < commits.MinHistory:
		c.Squash, c.SquashWhy = "auto", text.Count(all, "change")+" could be read, too few to tell"
	case 100*n[Squash] >= most*all:
		c.Squash, c.SquashWhy = "title",
			fmt.Sprintf(
				"%d of %d changes are one commit that ends in (#NUMBER): squashed, so the title becomes history and the "+
					"branch's commits do not", n[Squash], all)
	case 100*(n[Merge]+n[Direct]) >= most*all:
		c.Squash, c.SquashWhy = "commits",
			fmt.Sprintf("%d of %d changes are merges and %d single commits without a number: the branch's commits become history",
				n[Merge], all, n[Direct])
	case 5*n[Merge] >= all && 5*n[Squash] >= all:
		c.Squash, c.SquashWhy = "auto",
			fmt.Sprintf(
				"%d of %d changes were squashed, %d merged, %d pushed or rebased: the repository's merge settings say "+
					"which of title and commits may become history; where they are not known both are judged", n[Squash], all, n[Merge],
				n[Direct])
	default:
		c.Squash, c.SquashWhy = "title",
			fmt.Sprintf("%d of %d changes were squashed, %d merged, %d pushed or rebased; what all have in common is a title",
				n[Squash], all, n[Merge], n[Direct])
	}
}

// sizes chooses the limit of lines. One that is shown is what 99 of 100 changes keep; one that blocks is twice that, no
// less than 2,000, and nothing that was merged was longer: the next hundred changes are not those of before, and of
// what is only somewhat long a team wants a word and no stop.
func (c *Choice) sizes(h History, enforce bool) {
	c.FailOver = settings.Default().Size.FailOver
	if len(h.Replays) == 0 {
		return
	}
	var lines []int
	for _, r := range h.Replays {
		lines = append(lines, r.Lines)
	}
	slices.Sort(lines)
	at := func(percent int) int { return lines[max(0, (percent*len(lines)+99)/100-1)] }
	c.P50, c.P90, c.P99 = at(50), at(90), at(99)
	if len(lines) >= 3*commits.MinHistory {
		c.FailOver = min(max(rounded(c.P99), 500), 10_000)
		if enforce {
			c.FailOver = min(max(rounded(2*c.P99), rounded(lines[len(lines)-1]), 2_000), 20_000)
		}
	}
}

// rounded is the next number that people would choose: two digits, then zeros.
func rounded(n int) int {
	if n <= 100 {
		return n
	}
	unit := int(math.Pow10(int(math.Log10(float64(n))) - 1))
	return (n + unit - 1) / unit * unit
}

// refusing are the rules that would have refused a change under the limit of lines that was chosen, which no rule could know before.
func (c *Choice) refusing(r Replay) []string {
	out := slices.DeleteFunc(slices.Clone(r.Refusing), func(id string) bool { return id == tooLarge })
	if c.FailOver > 0 && r.Lines > c.FailOver {
		out = append(out, tooLarge)
	}
	return out
}

const tooLarge = "size/too-large"

func (c *Choice) modes(h History, enforce bool) {
	for _, r := range h.Replays {
		for _, id := range c.refusing(r) {
			c.Refused[id]++
		}
	}
	rules := slices.Clone(h.Rules)
	sorting.StableBy(rules, func(a, b Rule) int { return cmp.Or(c.Refused[a.ID]-c.Refused[b.ID], strings.Compare(a.ID, b.ID)) })
	on := map[string]bool{}
	for _, r := range rules {
		n, of := c.Refused[r.ID], len(h.Replays)
		switch {
		case of > 0 && 1000*n >= habit*of:
			c.Modes[r.ID] = "off"
			continue
		case r.Default == "off" || r.Default == "shadow" && !c.standard(r.ID):
			c.Modes[r.ID] = r.Default
			continue
		case c.looseStyle() && (r.ID == "commits/header" || r.ID == "commits/title"):
			c.Modes[r.ID] = "shadow"
			continue
		}
		c.Modes[r.ID] = "warn"
		if !enforce || of < 3*commits.MinHistory {
			continue
		}
		on[r.ID] = true
		if together := c.together(h, on); 1000*together < budget*of {
			c.Modes[r.ID], c.Together = "enforce", together
		} else {
			delete(on, r.ID)
		}
	}
}

// looseStyle holds for styles that no standard describes and no tool reads: measured on twelve repositories that follow
// one, four in 25 of the headers that the rules would have refused were faults to those who work there (docs/field.md).
func (c *Choice) looseStyle() bool {
	return c.Style == settings.StyleComponent || c.Style == settings.StyleGitmoji || c.Style == settings.StyleTicket
}

// standard holds for the form of headers where history keeps to Conventional Commits, which release tools read: by
// default the rule is in shadow, since repositories that nobody asked gave too few findings to know its worth
// (docs/field.md).
func (c *Choice) standard(id string) bool {
	return id == "commits/header" && c.Style == settings.StyleConventional
}

// together counts the changes that any of the rules would have refused.
func (c *Choice) together(h History, on map[string]bool) int {
	n := 0
	for _, r := range h.Replays {
		if slices.ContainsFunc(c.refusing(r), func(id string) bool { return on[id] }) {
			n++
		}
	}
	return n
}
