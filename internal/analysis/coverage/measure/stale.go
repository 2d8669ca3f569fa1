package measure

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// Stale says why a report of the head, whose paths are the repository's, was made of other files than those at the
// head: it says something of a changed file that cannot be true of the lines that the diff shows. It is empty when
// nothing speaks against the report. Counts is asked for each file; nil asks of all.
//
// What tools get wrong of a file that is the right one is known and let pass: a line more at its end, columns of
// characters that are not ASCII and few columns more, what git itself writes into a line, and single places that a
// macro moved elsewhere.
func Stale(c report.Coverage, files []diff.File, counts func(path string) bool) string {
	for _, f := range files {
		measured, known := c.File(f.Path)
		if !known || f.Status == diff.Removed || !f.Complete() || counts != nil && !counts(f.Path) {
			continue
		}
		if why := staleFile(measured, f); why != "" {
			return "it was made of another version of the files: " + why
		}
	}
	return ""
}

func staleFile(measured report.FileCoverage, f diff.File) string {
	shown := shownLines(f)
	e := measured.Evidence
	if e == nil {
		e = &report.Evidence{}
	}
	length, seen := Length(f), 0
	if len(shown) > 0 {
		seen = shown[len(shown)-1].number
	}
	last := 0
	if n := len(measured.Lines); n > 0 {
		last = measured.Lines[n-1].To
	}
	switch {
	case length > 0 && last > length+1:
		return fmt.Sprintf("it has line %d of %s, which has %d lines", last, f.Path, length)
	case length > 0 && e.Lines > length+2:
		return fmt.Sprintf("it says that %s has %d lines, and it has %d", f.Path, e.Lines, length)
	case e.Whole && e.Lines > 0 && e.Lines+1 < max(length, seen):
		return fmt.Sprintf("it says that %s has %d lines, and line %d is there", f.Path, e.Lines, max(length, seen))
	}
	for _, why := range []string{otherText(e.Digests, shown, f.Path), tooWide(e, shown, f.Path), blank(measured, shown, f.Path)} {
		if why != "" {
			return why
		}
	}
	return ""
}

// shownLine is a line of the head that the diff shows.
type shownLine struct {
	number int
	text   string
}

func shownLines(f diff.File) []shownLine {
	var out []shownLine
	for _, h := range f.Hunks {
		n := h.NewStart
		for _, l := range h.Lines {
			if l.Op != diff.Delete {
				out = append(out, shownLine{n, strings.TrimSuffix(l.Text, "\r")})
				n++
			}
		}
	}
	return out
}

// plain is false for a line of which tools may see another text than the diff has: bytes that have several encodings,
// and what git puts in at the checkout.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 || text[i] == '\f' || text[i] == '\v' {
			return false
		}
	}
	return !strings.Contains(text, "$Id")
}

// digested reports whether a report's digest is of a text, however the tool takes spaces and line ends.
func digested(digest uint32, text string) bool {
	for _, t := range []string{text, text + "\r", strings.TrimRight(text, " \t"), strings.TrimSpace(text), text + "\n", text + "\r\n"} {
		if report.Digest([]byte(t)) == digest {
			return true
		}
	}
	return false
}

// otherText finds a line whose digest is of another text.
func otherText(digests []report.LineFact, shown []shownLine, file string) string {
	wrong := 0
	for line, digest := range paired(digests, shown) {
		if plain(line.text) && !digested(digest, line.text) {
			wrong = line.number
			break
		}
	}
	if wrong == 0 || path.Ext(file) == ".py" && pushed(digests, shown) {
		return ""
	}
	return fmt.Sprintf("line %d of %s has another text in it", wrong, file)
}

// pushed reports whether all digests are of the texts so many lines before: coverage.py takes a form feed for the end
// of a line where it makes them.
func pushed(digests []report.LineFact, shown []shownLine) bool {
	at := map[int]string{}
	for _, l := range shown {
		at[l.number] = l.text
	}
	for by := 1; by <= 20; by++ {
		same, other := 0, 0
		for line, digest := range paired(digests, shown) {
			before, known := at[line.number-by]
			switch {
			case !known || !plain(before):
			case digested(digest, before):
				same++
			default:
				other++
			}
		}
		if same > 0 && other == 0 {
			return true
		}
	}
	return false
}

// paired walks the lines that a report has a fact of and the diff shows.
func paired(facts []report.LineFact, shown []shownLine) func(yield func(shownLine, uint32) bool) {
	return func(yield func(shownLine, uint32) bool) {
		i := 0
		for _, l := range shown {
			for i < len(facts) && int(facts[i].Line) < l.number {
				i++
			}
			if i < len(facts) && int(facts[i].Line) == l.number && !yield(l, facts[i].Value) {
				return
			}
		}
	}
}

// columned are the languages of which columns are those of the source. What is a template (.vue, .svelte, .cshtml) may
// have those of what a compiler made of it.
var columned = strings.Fields(".go .js .jsx .mjs .cjs .ts .tsx .mts .cts .cs .c .cc .cpp .cxx .h .hh .hpp .m .mm .rs .swift")

// share is how many places may be seen for each that cannot be: fewer wrong ones are a tool's own fault.
const share = 20

// beyond is by how many columns a place may be behind the end of its line: some tools count tabs as several columns, or
// what they put in themselves.
const beyond = 8

// tooWide finds a line that has fewer columns than the report points at, or not as many as it says.
func tooWide(e *report.Evidence, shown []shownLine, file string) string {
	if !slices.Contains(columned, path.Ext(file)) {
		return ""
	}
	checked, wrong, why := 0, 0, ""
	for line, width := range paired(e.Widths, shown) {
		if !plain(line.text) {
			continue
		}
		checked++
		has := len(line.text)
		switch more := int(width) - has; {
		case more > beyond:
		case more != 0 && e.Exact:
		default:
			continue
		}
		if wrong++; wrong == 1 {
			why = fmt.Sprintf("it has column %d of line %d of %s, which has %d columns", width, line.number, file, has)
		}
	}
	if wrong*share < checked {
		return ""
	}
	return why
}

// comments begin the lines on which no statement begins, in the languages of which every tool counts statements alone.
// Others count whole blocks.
var comments = map[string]string{".py": "#", ".java": "//"}

// blank finds a measured line that has no code. A report that measures all lines that are shown, whatever they are, says nothing by that.
func blank(measured report.FileCoverage, shown []shownLine, file string) string {
	comment, ok := comments[path.Ext(file)]
	if !ok {
		return ""
	}
	checked, wrong, left, why := 0, 0, false, ""
	for _, l := range shown {
		text := strings.TrimSpace(l.text)
		what := "is blank"
		if strings.HasPrefix(text, comment) {
			what = "is a comment"
		}
		code := text != "" && what == "is blank"
		if measured.At(l.number) == report.Unmeasured {
			left = left || code
			continue
		}
		if checked++; code {
			continue
		}
		if wrong++; wrong == 1 {
			why = fmt.Sprintf("it measured line %d of %s, which %s", l.number, file, what)
		}
	}
	if !left || wrong*share < checked {
		return ""
	}
	return why
}
