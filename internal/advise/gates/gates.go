// Package gates checks a model's findings against the diff: a finding passes all exact checks, becomes a note,
// loses its suggestion, or is dropped, and each drop has the name of its gate.
//
// Callers may rely on: equal inputs give equal results and no model is asked; a draft's code is at its lines, word for
// word; a suggestion that passes applies to the file at the head and parses; no text of a finding can format,
// link, mention or hide.
package gates

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Raw is a finding as the model gave it, decoded.
type Raw struct {
	File       string   `json:"file"`
	StartID    string   `json:"start_id"`
	EndID      string   `json:"end_id"`
	Code       string   `json:"existing_code"`
	Category   string   `json:"category"`
	Level      string   `json:"severity"`
	Message    string   `json:"message"`
	Claim      string   `json:"claim"`
	Facts      []string `json:"fact_ids"`
	Suggestion *string  `json:"suggestion"`
}

// Unknown is the key of a value that the schema does not name; empty when there is none.
func (r Raw) Unknown() string {
	switch {
	case !slices.Contains(advice.Categories(), advice.Category(r.Category)):
		return "category"
	case advice.Level(r.Level).Rank() == 0:
		return "severity"
	case !slices.Contains(Claims(), r.Claim):
		return "claim"
	}
	return ""
}

// Context is what the gates check findings against.
type Context struct {
	// Hunks are the hunks that the model read.
	Hunks []excerpt.Hunk
	// OldPaths maps paths at the base to those at the head.
	OldPaths map[string]string
	Facts    []advice.Fact
	// Names are identifiers and paths of the repository beyond the hunks.
	Names    []string
	Contents map[string]string
	// Beside are unchanged files that concern the change: their names are known, and they show that one is used.
	Beside   map[string]string
	Findings []finding.Finding
	// Redact replaces secrets; see advise.Redactor.
	Redact func(path, text string) (string, int, error)

	known map[string]bool
}

// Result is the outcome of a finding.
type Result struct {
	Draft advice.Draft
	// Dropped is the gate that dropped it; empty when it passed.
	Dropped advice.Gate
	// Folded is the gate that made it a note; empty when it may become an inline comment.
	Folded advice.Gate
	// Unfixed is true when its suggestion did not pass and was dropped.
	Unfixed bool
}

// Check checks one finding by the gates G1 to G9 and G11. G10 and G12 are about all findings; see Cap and advise.Current.
func (c *Context) Check(r Raw) Result {
	d := advice.Draft{Category: advice.Category(r.Category), Level: advice.Level(r.Level), State: advice.Open, Facts: []string{}}
	drop := func(g advice.Gate) Result { return Result{Draft: d, Dropped: g} }
	if r.Unknown() != "" {
		return drop(advice.GateSchema)
	}
	path, ok := c.path(r.File)
	if !ok {
		return drop(advice.GatePath)
	}
	d.Path = path
	at, gate := c.place(path, r)
	if gate != "" {
		return drop(gate)
	}
	at, cut := at.within()
	d.Relocated = at.moved
	d.Side, d.Start, d.End, d.Code = at.side, at.hunk.Lines[at.first].Number, at.hunk.Lines[at.last].Number, at.text()
	d.Symbol = at.hunk.Symbol(at.first)
	if core, before := at.hunk.Core(); at.first >= before && at.first-before < len(core.Lines) {
		d.Symbol = core.Symbol(at.first - before) // what is shown around a hunk differs from look to look, its name must not
	}
	folded := advice.Gate("")
	if !at.changed() {
		folded = advice.GateChanged
	}
	message, ok := c.output(path, r.Message)
	if !ok {
		return drop(advice.GateOutput)
	}
	d.Message = message
	if unknown := c.unknown(message); len(unknown) > 0 {
		plain, there, ok := proposed(message, unknown)
		if !ok {
			return drop(advice.GateNames)
		}
		d.Message = plain // what a finding proposes cannot be in the code, and is no code either: it loses its marks
		if there {
			folded = advice.GateNames
		}
	}
	for _, id := range r.Facts {
		if _, ok := c.fact(id); ok && !slices.Contains(d.Facts, id) {
			d.Facts = append(d.Facts, id)
		}
	}
	if !c.proved(r.Claim, message, d) || c.isUsed(message, d) || at.has(message) {
		return drop(advice.GateClaims)
	}
	if folded == "" && asks(message) {
		folded = advice.GateClaims
	}
	unfixed := false
	if r.Suggestion != nil {
		if fix, ok := c.fix(d, *r.Suggestion); ok && !cut {
			d.Suggestion = &fix
		} else {
			unfixed = true
		}
	}
	if by := c.overlap(d); by != "" {
		d.Explains, d.Suggestion, folded = by, nil, advice.GateOverlap
	}
	d.Key = c.key(d)
	return Result{Draft: d, Folded: folded, Unfixed: unfixed}
}

// key names the draft by its place among equal code.
func (c *Context) key(d advice.Draft) advice.Fingerprint {
	place := lifecycle.Place{Path: d.Path, Symbol: d.Symbol, Side: d.Side, Code: d.Code}
	for _, h := range c.Hunks {
		if h.Path == d.Path {
			place.OldPath = h.OldPath
			break
		}
	}
	for _, p := range lifecycle.Find(excerpt.Cores(c.Hunks), d.Side, d.Code) {
		if p.Path == d.Path && p.Start == d.Start {
			place = p
			break
		}
	}
	return lifecycle.Key(d.Category, place)
}

// path finds the changed file that a finding names by its short id or by either of its names (G2).
func (c *Context) path(name string) (string, bool) {
	name = strings.TrimSpace(name)
	if to := c.OldPaths[name]; to != "" {
		name = to
	}
	for _, h := range c.Hunks {
		if h.FileID == name || h.Path == name {
			return h.Path, true
		}
	}
	return "", false
}

// stretch is a run of lines on one side of one hunk; lines of the other side in between do not count.
type stretch struct {
	hunk        excerpt.Hunk
	side        advice.Side
	first, last int
	// moved is true when the ids were wrong and the quoted code gave the place.
	moved bool
}

// place finds the lines of a finding by its ids and its quoted code (G3, G4). Where they disagree, code that stands once
// in the hunk, or once in what was shown of the file, gives the place.
func (c *Context) place(path string, r Raw) (stretch, advice.Gate) {
	at, ok := c.lines(path, r.StartID, r.EndID)
	if ok && at.quote(r.Code) {
		return at, ""
	}
	side := advice.Right
	if strings.HasPrefix(r.StartID, "L") {
		side = advice.Left
	}
	if lineID.MatchString(r.StartID) && lineID.MatchString(r.EndID) && r.StartID[0] == r.EndID[0] {
		if at, ok := c.once(path, side, quoted(r.Code)); ok {
			return at, ""
		}
	}
	if !ok {
		return stretch{}, advice.GateIDs
	}
	return stretch{}, advice.GateQuote
}

// once finds code that stands once in the shown hunks of a file. A single word says too little.
func (c *Context) once(path string, side advice.Side, want []string) (stretch, bool) {
	if len(want) > maxLines || len(ident.FindAllString(strings.Join(want, " "), -1)) < 2 {
		return stretch{}, false
	}
	var found []stretch
	for _, h := range c.Hunks {
		if h.Path != path {
			continue
		}
		all := stretch{hunk: h, side: side, first: 0, last: len(h.Lines) - 1}
		for _, m := range all.matches(want) {
			found = append(found, stretch{hunk: h, side: side, first: m[0], last: m[1], moved: true})
		}
	}
	if len(found) != 1 {
		return stretch{}, false
	}
	return found[0], true
}

var lineID = lazyregexp.New(`^[RL][0-9]{1,8}$`)

// maxLines is the longest range that a comment may be about.
const maxLines = 80

// lines finds the ids in one hunk, on one side, in order (G3).
func (c *Context) lines(path, start, end string) (stretch, bool) {
	if !lineID.MatchString(start) || !lineID.MatchString(end) || start[0] != end[0] {
		return stretch{}, false
	}
	for _, h := range c.Hunks {
		if h.Path != path {
			continue
		}
		first, last := -1, -1
		for i, l := range h.Lines {
			if sameID(l.ID, start) {
				first = i
			}
			if sameID(l.ID, end) {
				last = i
			}
		}
		if first >= 0 && last >= first && last-first < maxLines {
			return stretch{hunk: h, side: h.Lines[first].Side, first: first, last: last}, true
		}
	}
	return stretch{}, false
}

// sameID compares ids without their leading zeros.
func sameID(a, b string) bool {
	return a[0] == b[0] && strings.TrimLeft(a[1:], "0") == strings.TrimLeft(b[1:], "0")
}

// own are the indexes of the stretch's lines on its side.
func (s stretch) own() []int {
	var out []int
	for i := s.first; i <= s.last; i++ {
		if s.hunk.Lines[i].Side == s.side {
			out = append(out, i)
		}
	}
	return out
}

func (s stretch) text() string {
	var out []string
	for _, i := range s.own() {
		out = append(out, s.hunk.Lines[i].Text)
	}
	return strings.Join(out, "\n")
}

// within cuts a stretch to the lines that the diff itself has, as a forge takes no comment at lines that are shown around
// them. One that is wholly outside stays as it is.
func (s stretch) within() (inside stretch, cut bool) {
	core, before := s.hunk.Core()
	inside = s
	inside.first, inside.last = max(s.first, before), min(s.last, before+len(core.Lines)-1)
	for inside.first <= inside.last && s.hunk.Lines[inside.first].Side != s.side {
		inside.first++
	}
	for inside.first <= inside.last && s.hunk.Lines[inside.last].Side != s.side {
		inside.last--
	}
	if inside.first > inside.last {
		return s, false
	}
	return inside, inside.first != s.first || inside.last != s.last
}

// changed reports whether the stretch has a changed line, or stands next to one in the diff (G5).
func (s stretch) changed() bool {
	core, before := s.hunk.Core()
	if s.first < before || s.last >= before+len(core.Lines) {
		return false
	}
	touching := s.hunk.Lines[max(s.first-1, before):min(s.last+2, before+len(core.Lines))]
	return slices.ContainsFunc(touching, excerpt.Line.Changed)
}

// echoed is what a model may have copied with a line: its id and sign.
var echoed = lazyregexp.New(`^[RL][0-9]{4,8} [-+ ] ?`)

// quoted are the lines of quoted code without ids that were copied along and without trailing space.
func quoted(code string) []string {
	lines := strings.Split(strings.ReplaceAll(strings.Trim(code, "\r\n"), "\r\n", "\n"), "\n")
	all := !slices.ContainsFunc(lines, func(l string) bool { return !echoed.MatchString(l) })
	var want []string
	for _, l := range lines {
		if all {
			l = echoed.ReplaceAllString(l, "")
		}
		want = append(want, strings.TrimRight(l, " \t\r"))
	}
	return want
}

// quote compares the quoted code with the text at the ids (G4). White space, the diff's signs and a last line of dots
// may differ there: the draft has the file's own text. If the code differs but occurs once in the hunk, word for word,
// the stretch moves there.
func (s *stretch) quote(code string) bool {
	want := quoted(code)
	if strings.TrimSpace(strings.Join(want, "")) == "" {
		return false
	}
	if s.holds(s.own(), want) || s.resembles(want) || s.resembles(unsigned(want)) {
		return true
	}
	all := stretch{hunk: s.hunk, side: s.side, first: 0, last: len(s.hunk.Lines) - 1}
	m := all.matches(want)
	if len(m) != 1 || len(want) > maxLines {
		return false
	}
	s.first, s.last, s.moved = m[0][0], m[0][1], true
	return true
}

// matches are the places in the stretch where the lines stand, as indexes of their first and last line.
func (s *stretch) matches(want []string) (out [][2]int) {
	own := s.own()
	for i := 0; i+len(want) <= len(own); i++ {
		if s.holds(own[i:i+len(want)], want) {
			out = append(out, [2]int{own[i], own[i+len(want)-1]})
		}
	}
	return out
}

// dots is a line that stands for lines that were left out.
var dots = lazyregexp.New(`^\s*(?://|#|--|/\*)?\s*(?:\.\.\.|…)\s*(?:\*/)?$`)

// resembles compares the lines with those of the stretch without regard to white space. Lines after which dots stand
// need to be its first ones alone.
func (s *stretch) resembles(want []string) bool {
	own := s.own()
	if n := len(want); n > 1 && dots.MatchString(want[n-1]) {
		want = want[:n-1]
		own = own[:min(len(own), len(want))]
	}
	if len(own) != len(want) || strings.TrimSpace(strings.Join(want, "")) == "" {
		return false
	}
	for j, i := range own {
		l := s.hunk.Lines[i]
		if w := squeezed(want[j]); squeezed(l.Text) != w && squeezed(l.Shown) != w {
			return false
		}
	}
	return true
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// unsigned takes the diff's signs off lines that all have one.
func unsigned(lines []string) []string {
	var out []string
	for _, l := range lines {
		switch {
		case l == "" || dots.MatchString(l):
			out = append(out, l)
		case strings.ContainsAny(l[:1], "+- "):
			out = append(out, l[1:])
		default:
			return lines
		}
	}
	return out
}

// holds compares lines by their text or by the text that was shown.
func (s *stretch) holds(at []int, want []string) bool {
	if len(at) != len(want) {
		return false
	}
	for j, i := range at {
		l := s.hunk.Lines[i]
		if strings.TrimRight(l.Text, " \t") != want[j] && strings.TrimRight(l.Shown, " \t") != want[j] {
			return false
		}
	}
	return true
}

func (c *Context) fact(id string) (advice.Fact, bool) {
	for _, f := range c.Facts {
		if f.ID == id {
			return f, true
		}
	}
	return advice.Fact{}, false
}

// overlap returns the fingerprint of a rule's finding that says the same at the same lines (G9); that finding is the
// comment.
func (c *Context) overlap(d advice.Draft) string {
	if d.Side != advice.Right {
		return ""
	}
	for _, f := range c.Findings {
		if f.Path == d.Path && f.Line > 0 && f.Line <= d.End && max(f.EndLine, f.Line) >= d.Start &&
			slices.Contains(family.Of(f.Family).Covers, d.Category) {
			return string(f.Fingerprint)
		}
	}
	return ""
}

// Cap chooses the findings that become inline comments (G10): the heaviest first, never two on common lines, so many in all
// and in one file, and none below the least level. The rest are folded; what says the same again at the same lines is
// repeated. standing are drafts that are posted already.
func Cap(drafts, standing []advice.Draft, most, perFile int, least advice.Level) (in, folded, repeated []advice.Draft) {
	order := slices.Clone(drafts)
	sorting.StableBy(order, func(a, b advice.Draft) int {
		if a.Level != b.Level {
			return b.Level.Rank() - a.Level.Rank()
		}
		if p := strings.Compare(a.Path, b.Path); p != 0 {
			return p
		}
		return a.Start - b.Start
	})
	count := map[string]int{}
	for _, d := range order {
		meets := func(o advice.Draft) bool {
			return o.Path == d.Path && o.Side == d.Side && o.Start <= d.End && o.End >= d.Start
		}
		repeats := func(o advice.Draft) bool {
			return meets(o) && (o.Category == d.Category || lifecycle.Alike(o.Message, d.Message))
		}
		// Within one answer the model meant two things, unless their words are the same; on later pushes it may word one anew.
		echoes := func(o advice.Draft) bool { return meets(o) && lifecycle.Alike(o.Message, d.Message) }
		switch {
		case slices.ContainsFunc(standing, repeats), slices.ContainsFunc(in, echoes), slices.ContainsFunc(folded, echoes):
			repeated = append(repeated, d)
		case slices.ContainsFunc(standing, meets), slices.ContainsFunc(in, meets):
			folded = append(folded, d)
		case d.Level.Rank() < least.Rank() || len(in) == most || count[d.Path] == perFile:
			folded = append(folded, d)
		default:
			in = append(in, d)
			count[d.Path]++
		}
	}
	return in, folded, repeated
}
