// Package translate turns the configuration of other tools into settings of Lintel: policy-bot, Codecov, commitlint and
// the DCO app.
//
// Callers may rely on: equal files give equal results, in time and memory bounded by MaxBytes; every part of a file is
// either translated or named by a note with its line, so nothing is dropped silently; a rule whose condition cannot be
// translated is not translated at all, as it would judge other changes than before; the settings are valid.
package translate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// MaxBytes is the largest file that is read.
const MaxBytes = 256 << 10

// maxNotes bounds the notes of one file, maxRounds how often values that Lintel refuses are taken out: a problem may hide
// others, and a file with more than a few layers of them is no configuration.
const (
	maxNotes  = 200
	maxRounds = 50
)

// Result is what a file comes to.
type Result struct {
	// Settings is the text of .github/lintel.yml, with the line of origin behind each value.
	Settings string
	// Owners are lines for CODEOWNERS; only policy-bot's files have any.
	Owners []string
	// Translated counts the values that were taken over.
	Translated int
	// Notes are what was not translated, and what means something else here, in the order of the file.
	Notes []Note
}

// Note is one part of a file about which a person must decide.
type Note struct {
	// Line is 0 for the file as a whole.
	Line int `json:"line"`
	// What names the part, as the file does.
	What string `json:"what"`
	// Why says why it was not translated, or what is different, and what to do instead.
	Why string `json:"why"`
	// Translated is true when it was translated and means something else here.
	Translated bool `json:"translated"`
}

// String is a note as one line of text.
func (n Note) String() string {
	what := n.What + " is not translated"
	if n.Translated {
		what = n.What
	}
	if n.Line == 0 {
		return what + ": " + n.Why
	}
	return fmt.Sprintf("line %d: %s: %s", n.Line, what, n.Why)
}

// errFile is the beginning of the error about a file that cannot be read at all.
var errFile = errors.New("the file cannot be read")

// file is one configuration on its way.
type file struct {
	doc   *document.Document
	used  map[string]bool
	out   tree
	notes []Note
}

// open reads YAML or JSON. Problems that leave the rest readable become notes.
func open(name string, data []byte) (*file, error) {
	doc, problems := document.Parse(name, data, MaxBytes)
	if doc == nil {
		var lines []string
		for _, p := range problems {
			lines = append(lines, p.String())
		}
		return nil, fmt.Errorf("%w: %s", errFile, strings.Join(lines, "; "))
	}
	if _, ok := doc.Value().(map[string]any); !ok {
		return nil, fmt.Errorf("%w: it is no group of keys in YAML or JSON", errFile)
	}
	f := &file{doc: doc, used: map[string]bool{}}
	for _, p := range problems {
		if p.Code != "" || !strings.Contains(p.Message, "no value") {
			f.note(p.Line, cmp.Or(p.Path, "this"), p.Message)
		}
	}
	return f, nil
}

// line is the line of a key or an item.
func (f *file) line(path ...string) int { return f.doc.KeyProblem("", path...).Line }

// get is the value at a path, which counts as read with all that is below it.
func (f *file) get(path ...string) any {
	f.used[key(path)] = true
	return f.doc.Value(path...)
}

// keys are the keys below a path, in the order of the file.
func (f *file) keys(path ...string) []string {
	m, _ := f.doc.Value(path...).(map[string]any)
	return sorting.Sorted(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(f.line(append(slices.Clone(path), a)...), f.line(append(slices.Clone(path), b)...)), cmp.Compare(a, b))
	})
}

// items are the indexes of the list at a path, as steps of a path.
func (f *file) items(path ...string) (steps []string) {
	list, _ := f.doc.Value(path...).([]any)
	for i := range list {
		steps = append(steps, strconv.Itoa(i))
	}
	return steps
}

// texts is the list of texts at a path; a single text is a list of one.
func (f *file) texts(path ...string) (all []string) {
	switch v := f.get(path...).(type) {
	case string:
		all = []string{v}
	case []any:
		for _, item := range v {
			if s, ok := item.(string); ok {
				all = append(all, s)
			}
		}
	}
	return all
}

// put takes a value over.
func (f *file) put(line int, value any, path ...string) { f.out.put(path, value, line) }

// note says what was not translated, look what means something else.
func (f *file) note(line int, what, why string) {
	f.notes = append(f.notes, Note{Line: line, What: short(what), Why: why})
}

func (f *file) look(line int, what, why string) {
	f.notes = append(f.notes, Note{Line: line, What: short(what), Why: why, Translated: true})
}

// rest names everything that was not read. Hints say why, by the beginnings of paths; the longest that fits is used,
// and one note stands for all below it. An empty hint names each part with the general reason.
func (f *file) rest(hints map[string]string) {
	var walk func(value any, path []string)
	walk = func(value any, path []string) {
		name := key(path)
		if f.used[name] {
			return
		}
		if why := hints[name]; why != "" && len(path) > 0 {
			f.note(f.line(path...), strings.Join(path, "."), why)
			return
		}
		switch v := value.(type) {
		case map[string]any:
			for _, k := range f.keys(path...) {
				walk(v[k], append(slices.Clone(path), k))
			}
		case []any:
			for i, item := range v {
				walk(item, append(slices.Clone(path), strconv.Itoa(i)))
			}
		case nil:
		default:
			f.note(f.line(path...), strings.Join(path, "."), "Lintel has nothing like it")
		}
	}
	walk(f.doc.Value(), nil)
}

// result ends the work. What Lintel would refuse is taken out again and noted: the settings are always valid.
func (f *file) result(owners []string) (Result, error) {
	text := f.out.text()
	for round := 0; ; round++ {
		_, problems := settings.Parse("settings", []byte(text), nil)
		if len(problems) == 0 {
			break
		}
		if round == maxRounds {
			return Result{}, fmt.Errorf("%w: too much in it is not valid, as in %s", errFile, problems[0])
		}
		refused := map[int]string{}
		for _, p := range problems {
			refused[p.Line] = p.Message
		}
		dropped := false
		// From the end, so that the items of a list keep their places.
		for _, at := range slices.Backward(slices.Sorted(maps.Keys(refused))) {
			if path, value, line, ok := f.out.drop(at); ok {
				f.note(line, path+": "+value, "Lintel refuses it: "+refused[at])
				dropped = true
			}
		}
		if !dropped {
			return Result{}, fmt.Errorf("a fault of Lintel's own, please report it: the translation is not valid: %s", problems[0])
		}
		text = f.out.text()
	}
	sorting.StableBy(f.notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	f.notes = slices.Compact(f.notes)
	if more := len(f.notes) - maxNotes; more > 0 {
		f.notes = append(f.notes[:maxNotes], Note{What: fmt.Sprintf("%d more parts", more), Why: "the list ends here"})
	}
	return Result{Settings: text, Owners: owners, Translated: f.out.count, Notes: f.notes}, nil
}

func key(path []string) string { return strings.Join(path, ".") }

// short cuts names that people wrote, and takes line ends out of them: notes become comments.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 80 {
		s = string(r[:79]) + "…"
	}
	return s
}
