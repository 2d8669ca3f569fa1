package commits

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// MinHistory is how many commits a history must have, merges and reverts left out, before anything is concluded from it.
const MinHistory = 10

// Style is what the recent history of a repository says of how it writes and merges. Counts are of commits.
type Style struct {
	// Read is how many commits were looked at, Merges those of two parents and more, Judged what is left without them and without reverts.
	Read   int `json:"read"`
	Merges int `json:"merges"`
	Judged int `json:"judged"`
	// Found is the style that at least half of Judged follow: "conventional", "gitmoji", "ticket", "component"; "none"
	// when no style is, and empty when fewer than MinHistory were judged.
	Found string `json:"found"`
	// Counts are the headers in each style, always all four. A header can be in several: every conventional one is in
	// the form of a component.
	Counts []Count `json:"counts"`
	// Emoji are conventional headers behind an emoji; they count as conventional.
	Emoji int `json:"emoji"`
	// Numbered are headers that end in the number of a change, "(#12)", as a squash on the forge writes them.
	Numbered int `json:"numbered"`
	// SquashOnly is true when that is how everything lands: MinHistory commits and more, no merges, nine in ten numbered.
	SquashOnly bool `json:"squash_only"`
	// Types, Scopes and Projects are what conventional headers and tickets name, commonest first, at most 50 of each.
	// Components count as scopes when Found is "component". They are for `lintel init`, and no facts.
	Types    []Seen `json:"-"`
	Scopes   []Seen `json:"-"`
	Projects []Seen `json:"-"`
	// Longest is the length in characters that 98 of 100 headers do not exceed, without the number of the change.
	Longest int `json:"longest"`
}

// Count is how many headers are in one style, and their Share of the judged ones in whole percent.
type Count struct {
	Style string `json:"style"`
	Count int    `json:"count"`
	Share int    `json:"share"`
}

// Seen is a name and how often it was seen.
type Seen struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// pullNumber matches the number that a squash on the forge adds to a header.
var pullNumber = lazyregexp.New(` \(#\d{1,10}\)$`)

// maxSeen bounds the lists of names.
const maxSeen = 50

// Detect reads a history. It is pure, and bounded by the history it is given.
func Detect(past []change.Past) Style {
	s := Style{Read: len(past)}
	counts := map[string]int{}
	types, scopes, components, projects := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	var lengths []int
	plain := 0 // the commits whose header is known to its end
	for _, p := range past {
		header := strings.TrimRight(p.Header, " \t\r\n")
		if p.Parents > 1 {
			s.Merges++
			continue
		}
		cut := strings.HasSuffix(header, "…") // by the forge: how it ended is not known
		if cut {
			plain--
		}
		number := pullNumber.FindString(header)
		if number != "" {
			s.Numbered++
			header = strings.TrimSuffix(header, number)
		}
		if _, quoted := revertHeader(header); quoted || header == "" {
			continue
		}
		s.Judged++
		if !cut {
			lengths = append(lengths, utf8.RuneCountInString(header))
		}
		for _, style := range styles {
			h, ok := inStyle(header, style)
			if !ok {
				continue
			}
			counts[style]++
			switch style {
			case settings.StyleConventional:
				see(types, h.Type)
				see(scopes, h.Scope)
				if trimEmoji(header) != header {
					s.Emoji++
				}
			case settings.StyleComponent:
				for c := range strings.SplitSeq(h.Scope, ",") {
					see(components, strings.TrimSpace(c))
				}
			case settings.StyleTicket:
				see(projects, project(h.Scope))
			}
		}
	}
	for _, style := range styles {
		c := Count{Style: style, Count: counts[style]}
		if s.Judged > 0 {
			c.Share = 100 * c.Count / s.Judged
		}
		s.Counts = append(s.Counts, c)
		if s.Found == "" && s.Judged >= MinHistory && 2*c.Count >= s.Judged {
			s.Found = style
		}
	}
	if s.Found == "" && s.Judged >= MinHistory {
		s.Found = settings.StyleNone
	}
	if s.Found == settings.StyleComponent {
		scopes = components
	}
	plain += s.Read - s.Merges
	s.SquashOnly = s.Merges == 0 && plain >= MinHistory && 10*s.Numbered >= 9*plain
	s.Types, s.Scopes, s.Projects = commonest(types), commonest(scopes), commonest(projects)
	slices.Sort(lengths)
	if n := len(lengths); n > 0 {
		s.Longest = lengths[(98*n+99)/100-1]
	}
	return s
}

// Share is the part of the judged headers that follow a style, in whole percent.
func (s Style) Share(style string) int {
	for _, c := range s.Counts {
		if c.Style == style {
			return c.Share
		}
	}
	return 0
}

// inStyle says whether a header was written in a style on purpose. That asks for more than a check does: "note: x" is
// no conventional header here, since anything before a colon can be read as a type.
func inStyle(header, style string) (Header, bool) {
	opt := settings.Commits{Style: style, Emoji: style == settings.StyleConventional}
	h, fault := readHeader(header, opt)
	if fault != nil {
		return Header{}, false
	}
	switch style {
	case settings.StyleConventional:
		return h, h.Scope != "" || h.Breaking || isPresetType(h.Type)
	case settings.StyleComponent:
		for c := range strings.SplitSeq(h.Scope, ",") {
			if strings.Contains(strings.TrimSpace(c), " ") {
				return Header{}, false
			}
		}
	case settings.StyleTicket:
		h.Scope = strings.Trim(h.Scope, "[]()")
	}
	return h, true
}

// project is the key of the first ticket of a list.
func project(tickets string) string {
	key, _, _ := strings.Cut(strings.TrimLeft(tickets, "[("), "-")
	return key
}

func see(seen map[string]int, name string) {
	if name = excerpt(name, maxExcerpt); name != "" {
		seen[name]++
	}
}

func commonest(seen map[string]int) []Seen {
	out := make([]Seen, 0, len(seen))
	for name, n := range seen {
		out = append(out, Seen{name, n})
	}
	sorting.By(out, func(a, b Seen) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
	return out[:min(len(out), maxSeen)]
}
