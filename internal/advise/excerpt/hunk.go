package excerpt

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/text"
)

var errTooMuchWork = errors.New("the patterns of paths that are never sent take too much work: make them fewer or simpler")

// Unsearched is the reason why a readable file is left out.
const Unsearched = "it could not be searched for secrets"

// maxPart is the most lines of one part of a hunk: a new file is one hunk, and should not be all or nothing.
const maxPart = 160

// Hunk is a hunk of the diff, or a part of a large one, as a model reads it.
type Hunk struct {
	Path, OldPath string
	// FileID is the short name of the file in prompts: "P3".
	FileID string
	// Whole numbers the hunk of the diff that this is a part of, within the change.
	Whole int
	Lines []Line
	// Section is what the diff says of the enclosing function.
	Section string
	// Digest names the content without its place. Nth counts equal contents of one file, from 0.
	Digest string
	Score  int
	// Why says in words what weighs most.
	Why string

	OldStart, OldLines, NewStart, NewLines int
	// Before and After count the lines at its ends that the diff does not have; see Surround.
	Before, After int
}

// Line is one line of a hunk.
type Line struct {
	// ID is "R0123" for a line of the head and "L0098" for a deleted one.
	ID     string
	Side   advice.Side
	Number int
	Op     diff.Op
	// Text is the line, redacted and without its line end; Shown is what the model sees of it.
	Text, Shown string
}

// Changed reports whether the line was added or deleted.
func (l Line) Changed() bool { return l.Op != diff.Context }

// Change is everything that a model may read of a change.
type Change struct {
	Files []advice.File
	Hunks []Hunk
	// OldPaths maps the path at the base of a renamed file to the one at the head.
	OldPaths map[string]string
	// Ledger has an entry for everything that is not in Hunks.
	Ledger []advice.Entry
}

// Read makes the hunks of all files that are not excluded.
func Read(files []diff.File, excluded map[string]string) Change {
	c := Change{OldPaths: map[string]string{}}
	whole := 0
	for i, f := range files {
		id := fmt.Sprintf("P%d", i+1)
		c.Files = append(c.Files, advice.File{ID: id, Path: f.Path, Additions: f.Additions, Deletions: f.Deletions})
		if f.OldPath != "" && f.Status == diff.Renamed {
			c.OldPaths[f.OldPath] = f.Path
		}
		why, out := excluded[f.Path]
		switch {
		case out && why == Unsearched:
			c.Ledger = append(c.Ledger, entries(f, advice.Failed, why)...)
			continue
		case out:
			c.Ledger = append(c.Ledger, entries(f, advice.OutOfScope, why)...)
			continue
		case !f.Complete():
			c.Ledger = append(c.Ledger, entries(f, advice.Failed, "its changed lines could not be read")...)
			continue
		}
		for _, h := range f.Hunks {
			whole++
			for _, part := range split(h) {
				c.Hunks = append(c.Hunks, hunkOf(f, id, whole, part))
			}
		}
	}
	return c
}

// entries are the ledger's entries of a file that is not read.
func entries(f diff.File, status advice.Status, why string) []advice.Entry {
	if len(f.Hunks) == 0 {
		return []advice.Entry{{Path: f.Path, Status: status, Reason: why}}
	}
	var out []advice.Entry
	for _, h := range f.Hunks {
		out = append(out,
			advice.Entry{
				Path:     f.Path,
				OldStart: h.OldStart,
				OldLines: h.OldLines,
				NewStart: h.NewStart,
				NewLines: h.NewLines,
				Status:   status,
				Reason:   why,
			})
	}
	return out
}

// split cuts a large hunk into parts of at most maxPart lines, at an empty line or the start of a declaration where
// there is one in the last third.
func split(h diff.Hunk) []diff.Hunk {
	var out []diff.Hunk
	for len(h.Lines) > maxPart {
		cut := maxPart
		for i := maxPart; i > maxPart*2/3; i-- {
			if strings.TrimSpace(h.Lines[i].Text) == "" || declaration.MatchString(h.Lines[i].Text) {
				cut = i
				break
			}
		}
		part := h
		part.Lines = h.Lines[:cut]
		part.OldLines, part.NewLines = sides(part.Lines)
		h.OldStart, h.NewStart = h.OldStart+part.OldLines, h.NewStart+part.NewLines
		h.OldLines, h.NewLines = h.OldLines-part.OldLines, h.NewLines-part.NewLines
		h.Lines = h.Lines[cut:]
		out = append(out, part)
	}
	return append(out, h)
}

func sides(lines []diff.Line) (before, after int) {
	for _, l := range lines {
		if l.Op != diff.Add {
			before++
		}
		if l.Op != diff.Delete {
			after++
		}
	}
	return before, after
}

func hunkOf(f diff.File, id string, whole int, h diff.Hunk) Hunk {
	out := Hunk{
		Path: f.Path, OldPath: f.OldPath, FileID: id, Whole: whole, Section: h.Section,
		OldStart: h.OldStart, OldLines: h.OldLines, NewStart: h.NewStart, NewLines: h.NewLines,
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00", f.Path)
	before, after := h.OldStart, h.NewStart
	for _, l := range h.Lines {
		text := strings.TrimSuffix(l.Text, "\r")
		line := Line{Op: l.Op, Text: text, Shown: Show(text), Side: advice.Right, Number: after}
		if l.Op == diff.Delete {
			line.Side, line.Number = advice.Left, before
		}
		line.ID = LineID(line.Side, line.Number)
		if l.Op != diff.Add {
			before++
		}
		if l.Op != diff.Delete {
			after++
		}
		fmt.Fprintf(sum, "%c%s\n", l.Op, text)
		out.Lines = append(out.Lines, line)
	}
	out.Digest = text.DigestOf(sum)
	return out
}

// LineID names a line in prompts.
func LineID(side advice.Side, number int) string {
	if side == advice.Left {
		return fmt.Sprintf("L%04d", number)
	}
	return fmt.Sprintf("R%04d", number)
}

// Entry is the hunk's entry in the ledger.
func (h Hunk) Entry(status advice.Status, why string) advice.Entry {
	return advice.Entry{
		Path: h.Path, OldStart: h.OldStart, OldLines: h.OldLines, NewStart: h.NewStart, NewLines: h.NewLines,
		Hunk: h.Digest, Status: status, Reason: why, Score: h.Score,
	}
}

// First is the first changed line of the head, or the place of the first deletion there.
func (h Hunk) First() int {
	last := h.NewStart
	for _, l := range h.Lines {
		if l.Op == diff.Add {
			return l.Number
		}
		if l.Op == diff.Delete {
			return max(last, 1)
		}
		last = l.Number
	}
	return max(h.NewStart, 1)
}

// Counts are the added and deleted lines.
func (h Hunk) Counts() (added, deleted int) {
	for _, l := range h.Lines {
		switch l.Op {
		case diff.Add:
			added++
		case diff.Delete:
			deleted++
		}
	}
	return added, deleted
}

// declaration begins a function or a type in most languages, with its name.
var declaration = lazyregexp.New(
	`^\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|override|pub(?:\([a-z]+\))?|` +
		`unsafe|virtual|sealed|open|inline)\s+)*` +
		`(?:func\s+(?:\([^)]*\)\s*)?|def\s+(?:self\.)?|class\s+|interface\s+|trait\s+|struct\s+|enum\s+|impl\s+|` +
		`module\s+|fn\s+|fun\s+|function\s*\*?\s+|type\s+)([A-Za-z_$][\w$]*)`)

// call is what looks like the call of a function.
var call = lazyregexp.New(`([A-Za-z_$][\w$]*)\s*\(`)

// Symbol is the name of what encloses a line of the hunk, by the lines above it and by what the diff says; empty when
// neither names anything.
func (h Hunk) Symbol(i int) string {
	for ; i >= 0 && i < len(h.Lines); i-- {
		if m := declaration.FindStringSubmatch(h.Lines[i].Text); m != nil {
			return m[1]
		}
	}
	return Declared(h.Section)
}

// Declared is the name that a line declares; empty when it declares none.
func Declared(line string) string {
	if m := declaration.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}
