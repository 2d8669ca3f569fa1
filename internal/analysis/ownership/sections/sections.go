// Package sections reads GitLab CODEOWNERS files, which have sections, and says which entries own a path.
// It is pure; internal/analysis/ownership is its only user.
//
// What callers may rely on: every section is asked, and in each the last entry that matches wins; an exclusion takes a path
// out of its section; an entry with the pattern of an earlier one of the section takes its place; a line that GitLab would
// not follow stands in Problems and never costs the others. A File is never changed after Parse and may be shared.
//
// Sources: GitLab's pages "Code Owners" (reference and advanced), its Ruby source of 17.11 for what these leave open, and
// Ruby's File.fnmatch with FNM_PATHNAME and FNM_DOTMATCH.
package sections

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/controls"
)

// Locations are the places where GitLab looks, in this order. The first file found is used.
func Locations() []string {
	var paths []string
	for _, place := range controls.GitLabOwners() {
		paths = append(paths, place.Path)
	}
	return paths
}

// ErrTooLarge says that a file has more bytes than are read of any CODEOWNERS.
var ErrTooLarge = errors.New("CODEOWNERS has 3 MB or more, which is not read")

// Owner is one owner of an entry. Name is as written, without its first "@"; that of a role begins with "@".
type Owner struct {
	Kind Kind
	Name string
	// Column is where the owner stands in its line, in characters from 1.
	Column int
}

// Kind is what an owner looks like: a name without a slash may be a user's or a group's.
type Kind int

// The kinds of owner.
const (
	Name Kind = iota
	Group
	Email
	Role
)

// Problem is a word or a line that GitLab does not follow. Line and Column count from 1. Message says what is wrong,
// Suggestion what to write instead; Source is cut at 200 bytes.
type Problem struct {
	Line, Column                      int
	Kind, Source, Message, Suggestion string
}

// Section is a part of the file whose entries are asked on their own.
type Section struct {
	// Name is as its first header spells it; "" is the part before the first header. Headers with one name, whatever
	// its case, are one section.
	Name string
	// Approvals is how many of an entry's owners must approve; 1 unless a header says more.
	Approvals int
	// Optional is true when every header of the section is, as in "^[Docs]".
	Optional bool
}

// Entry is a pattern with its owners.
type Entry struct {
	Line    int
	Pattern string
	Owners  []Owner
	// Section is an index of File.Sections.
	Section int
	// Excludes is true for a pattern behind "!".
	Excludes bool
	pattern  pattern
}

// File is one parsed file.
type File struct {
	// Sections are in order of their first header; the first is the part without one.
	Sections []Section
	// Entries are in the order in which they are asked within their section, the last one first.
	Entries []Entry
	// Problems are the words and lines that GitLab does not follow, in order of lines.
	Problems []Problem
	// of are the entries of each section.
	of [][]int
}

// The kinds of problem.
const (
	invalidSection = "Invalid section"
	invalidOwner   = "Invalid owner"
	noOwner        = "No owner"
)

const maxSource = 200

// parser is the state between lines.
type parser struct {
	file     *File
	section  int
	defaults []Owner
	byName   map[string]int
	// strict says of each section whether a header without "^" was seen.
	strict []bool
	// at finds the entry of a pattern, by section and pattern.
	at map[place]int
}

type place struct {
	section int
	pattern string
}

// Parse reads a file. The only error is ErrTooLarge.
func Parse(content []byte) (*File, error) {
	if len(content) > controls.MaxOwners {
		return nil, ErrTooLarge
	}
	p := &parser{
		file:   &File{Sections: []Section{{Approvals: 1}}, Problems: []Problem{}},
		byName: map[string]int{"": 0}, strict: []bool{true}, at: map[place]int{},
	}
	rest := string(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	for line := 1; rest != ""; line++ {
		var s string
		s, rest, _ = strings.Cut(rest, "\n")
		p.line(line, strings.ToValidUTF8(s, "\uFFFD"))
	}
	for i := range p.file.Sections {
		p.file.Sections[i].Optional = !p.strict[i]
	}
	p.file.of = make([][]int, len(p.file.Sections))
	for i, e := range p.file.Entries {
		p.file.of[e.Section] = append(p.file.of[e.Section], i)
	}
	return p.file, nil
}

func (p *parser) line(number int, s string) {
	indent := utf8.RuneCountInString(s) - utf8.RuneCountInString(strings.TrimLeft(s, " \t"))
	s = strings.TrimSpace(s)
	if s == "" || s[0] == '#' {
		return
	}
	if h, ok := parseHeader(s); ok {
		p.header(number, indent, h)
		return
	}
	if s[0] == '[' || strings.HasPrefix(s, "^[") {
		p.refuse(number, indent+1, invalidSection, s,
			"the name of the section has no closing bracket, so the line is an entry that takes nothing",
			"write "+clip(strings.TrimSpace(s))+"]")
		return
	}
	p.entry(number, indent, s)
}

// header begins a section, or goes on with the one of that name. Its owners hold for the entries below this very header.
func (p *parser) header(number, indent int, h header) {
	key := strings.ToLower(h.name)
	i, known := p.byName[key]
	if !known {
		i = len(p.file.Sections)
		p.byName[key] = i
		p.file.Sections = append(p.file.Sections, Section{Name: h.name, Approvals: 1})
		p.strict = append(p.strict, false)
	}
	p.section = i
	p.strict[i] = p.strict[i] || !h.optional
	p.file.Sections[i].Approvals = max(p.file.Sections[i].Approvals, h.approvals)
	p.defaults = p.owners(number, indent, h.source, h.ownersAt)
	if h.lost != "" {
		p.refuse(number, indent+1+utf8.RuneCountInString(h.source[:h.lostAt]), invalidSection, h.lost,
			"this follows the header of a section and is not read",
			"write [Name][2] @owner, without blanks between the brackets and with one before the owners")
	}
}

// entry adds a pattern with its owners, in the place of an earlier one with the same pattern.
func (p *parser) entry(number, indent int, s string) {
	word, from := s, len(s)
	for i := 0; i < len(s); i++ {
		if blank(s[i]) && (i == 0 || s[i-1] != '\\') {
			word, from = s[:i], i
			break
		}
	}
	e := Entry{Line: number, Pattern: word, Owners: p.owners(number, indent, s, from), Section: p.section}
	if bare, ok := strings.CutPrefix(word, "!"); ok {
		e.Excludes, word, e.Owners = true, bare, nil
	} else if len(e.Owners) == 0 {
		e.Owners = slices.Clone(p.defaults)
	}
	if len(e.Owners) == 0 && !e.Excludes {
		p.refuse(number, indent+1, noOwner, s, "the entry has no owner, and its section has none for it, so GitLab asks nobody",
			"name an owner: "+clip(word)+" @owner")
	}
	e.pattern = compile(word)
	where := place{e.Section, e.pattern.text}
	if i, twice := p.at[where]; twice {
		p.file.Entries[i] = e
		return
	}
	p.at[where] = len(p.file.Entries)
	p.file.Entries = append(p.file.Entries, e)
}

func (p *parser) refuse(line, column int, kind, source, message, suggestion string) {
	p.file.Problems = append(p.file.Problems, Problem{
		Line: line, Column: column, Kind: kind, Source: clip(source), Message: message, Suggestion: suggestion,
	})
}

// clip cuts a source at 200 bytes, between two characters.
func clip(s string) string {
	if len(s) <= maxSource {
		return s
	}
	return strings.ToValidUTF8(s[:maxSource], "")
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

// Trials counts comparisons of path segments with patterns: the part of the work that a hostile file can drive up.
type Trials int

// Match gives the entries that own a path, at most one of each section, in order of sections. An entry without owners is
// given too: it asks nobody.
func (f *File) Match(path string, trials *Trials) (entries []int) {
	segments := strings.Split(path, "/")
	for _, all := range f.of {
		owner := -1
		for _, i := range slices.Backward(all) {
			e := &f.Entries[i]
			if owner >= 0 && !e.Excludes || !e.pattern.match(segments, trials) {
				continue
			}
			if e.Excludes {
				owner = -1
				break
			}
			owner = i
		}
		if owner >= 0 {
			entries = append(entries, owner)
		}
	}
	return entries
}

// Names gives the owners of the paths, or of all entries when paths is nil, in lower case and sorted: groups, roles
// ("@developer") and bare names, which may be groups; bare names again, which may be users; addresses. It ends early once
// the trials pass max.
func (f *File) Names(paths []string, maxTrials Trials) (groups, users, emails []string) {
	used := map[int]bool{}
	if paths == nil {
		for i := range f.Entries {
			used[i] = true
		}
	}
	var trials Trials
	for _, p := range paths {
		for _, i := range f.Match(p, &trials) {
			used[i] = true
		}
		if trials > maxTrials {
			break
		}
	}
	by := map[Kind]map[string]bool{Group: {}, Name: {}, Email: {}}
	for i := range used {
		for _, o := range f.Entries[i].Owners {
			name := strings.ToLower(o.Name)
			switch o.Kind {
			case Role:
				by[Group][name] = true
			case Name:
				by[Group][name], by[Name][name] = true, true
			default:
				by[o.Kind][name] = true
			}
		}
	}
	sorted := func(k Kind) []string { return slices.Sorted(maps.Keys(by[k])) }
	return sorted(Group), sorted(Name), sorted(Email)
}

// Taking gives all entries whose pattern takes a path, exclusions too, whichever of them wins.
func (f *File) Taking(path string, trials *Trials) (entries []int) {
	segments := strings.Split(path, "/")
	for i := range f.Entries {
		if f.Entries[i].pattern.match(segments, trials) {
			entries = append(entries, i)
		}
	}
	return entries
}
