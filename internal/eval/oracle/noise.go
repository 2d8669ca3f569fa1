package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/gates"
	"github.com/lintel-review/lintel/internal/eval/cases"
)

// Fate is what becomes of the comments with one slip.
type Fate struct {
	Of int `json:"of"`
	// Right are at the labelled lines, Near within two, Wrong elsewhere. Folded are right or near, as notes.
	Right   int `json:"right"`
	Near    int `json:"near"`
	Wrong   int `json:"wrong"`
	Folded  int `json:"folded"`
	Dropped int `json:"dropped"`
}

// slip is what a model gets wrong. It is false where it cannot happen to a comment.
type slip struct {
	name string
	// lies is true when nobody can tell: the quote is of the wrong lines, too.
	lies bool
	make func(s *scene, c *comment, r *gates.Raw) bool
}

func idsOff(by int) func(*scene, *comment, *gates.Raw) bool {
	return func(_ *scene, _ *comment, r *gates.Raw) bool {
		r.StartID, r.EndID = shifted(r.StartID, by), shifted(r.EndID, by)
		return true
	}
}

func shifted(id string, by int) string {
	n, err := strconv.Atoi(id[1:])
	if err != nil {
		return id
	}
	return fmt.Sprintf("%s%04d", id[:1], n+by)
}

func quote(change func(line string) string) func(*scene, *comment, *gates.Raw) bool {
	return func(_ *scene, _ *comment, r *gates.Raw) bool {
		lines := strings.Split(r.Code, "\n")
		for i := range lines {
			lines[i] = change(lines[i])
		}
		was := r.Code
		r.Code = strings.Join(lines, "\n")
		return r.Code != was
	}
}

// slips are those that models are known for.
var slips = []slip{
	{name: "none", make: func(*scene, *comment, *gates.Raw) bool { return true }},
	{name: "ids off by 1, quote right", make: idsOff(1)},
	{name: "ids off by 3, quote right", make: idsOff(3)},
	{name: "ids off by 10, quote right", make: idsOff(10)},
	{name: "ids off by 50, quote right", make: idsOff(50)},
	{name: "quote without indentation", make: quote(func(l string) string { return strings.TrimLeft(l, " \t") })},
	{name: "tabs as four spaces", make: quote(func(l string) string { return strings.ReplaceAll(l, "\t", "    ") })},
	{name: "quote with signs", make: quote(func(l string) string { return "+" + l })},
	{name: "quote ends with dots", make: func(_ *scene, _ *comment, r *gates.Raw) bool { r.Code += "\n..."; return true }},
	{name: "first line quoted alone", make: func(_ *scene, _ *comment, r *gates.Raw) bool {
		first, _, more := strings.Cut(r.Code, "\n")
		r.Code = first
		return more
	}},
	{name: "one word of the quote changed", lies: true, make: func(_ *scene, _ *comment, r *gates.Raw) bool {
		words := strings.Fields(r.Code)
		if len(words) == 0 {
			return false
		}
		r.Code = strings.Replace(r.Code, words[len(words)-1], "Xq"+words[len(words)-1], 1)
		return true
	}},
	{name: "another file's id", lies: true, make: func(s *scene, _ *comment, r *gates.Raw) bool {
		for _, h := range s.hunks {
			if h.Path != r.File {
				r.File = h.Path
				return true
			}
		}
		return false
	}},
	{name: "ids and quote off by 3", lies: true, make: func(s *scene, c *comment, r *gates.Raw) bool {
		idsOff(3)(s, c, r)
		code, ok := s.code(c, r.StartID, r.EndID)
		r.Code = code
		return ok
	}},
}

// code is the text between two ids of a comment's file.
func (s *scene) code(c *comment, start, end string) (string, bool) {
	for _, h := range s.hunks {
		var lines []string
		began := false
		for _, l := range h.Lines {
			if h.Path != c.path || l.Side != c.side {
				continue
			}
			began = began || l.ID == start
			if began {
				lines = append(lines, l.Text)
			}
			if began && l.ID == end {
				return strings.Join(lines, "\n"), true
			}
		}
	}
	return "", false
}

// Noise says what becomes of right comments when a model slips, by the slip's name. The messages are neutral, so that
// only the place is judged.
func Noise(suite map[string]cases.Case, redactor func() advise.Redactor) (map[string]Fate, error) {
	out := map[string]Fate{}
	for _, name := range slices.Sorted(maps.Keys(suite)) {
		c := suite[name]
		s, err := open(&c, redactor(), "file")
		if err != nil {
			return nil, err
		}
		for _, one := range s.comments {
			raw := one.raw
			raw.Message = "This is wrong."
			if !one.right || !one.placed {
				continue
			}
			if plain := s.check.Check(raw); plain.Dropped != "" || plain.Folded != "" {
				continue
			}
			for _, p := range slips {
				spoiled := raw
				if !p.make(s, one, &spoiled) {
					continue
				}
				f := out[p.name]
				f.add(one, s.check.Check(spoiled))
				out[p.name] = f
			}
		}
	}
	return out, nil
}

func (f *Fate) add(c *comment, res gates.Result) {
	const near = 2
	f.Of++
	d := res.Draft
	switch {
	case res.Dropped != "":
		f.Dropped++
	case d.Path != c.path || d.Side != c.side || d.Start > c.end+near || d.End < c.start-near:
		f.Wrong++
	case res.Folded != "":
		f.Folded++
	case d.Start == c.start && d.End == c.end:
		f.Right++
	default:
		f.Near++
	}
}

// NoiseMarkdown is the grid for people.
func NoiseMarkdown(grid map[string]Fate) string {
	var b strings.Builder
	b.WriteString("| slip | of | right place | near | wrong place | folded | dropped |\n|---|---|---|---|---|---|---|\n")
	for _, p := range slips {
		f := grid[p.name]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", p.name, f.Of, f.Right, f.Near, f.Wrong, f.Folded, f.Dropped)
	}
	return b.String()
}

// Misplaced lists the slips that put a comment at wrong lines although its quote is right. There must be none.
func Misplaced(grid map[string]Fate) []string {
	var all []string
	for _, p := range slips {
		if f := grid[p.name]; f.Wrong > 0 && !p.lies {
			all = append(all, fmt.Sprintf("%s: %d of %d comments are at wrong lines, which must be none", p.name, f.Wrong, f.Of))
		}
	}
	return all
}
