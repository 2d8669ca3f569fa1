package outcome

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/text"
)

// Sighting is a finding as one look found it.
type Sighting struct {
	Fingerprint, Rule, Path string
	// Anchor names what is flagged, so that a later look can tell whether it was changed. It holds no text.
	Anchor string
	// Blocking and Overridden say whether it refuses, or would without an override.
	Blocking, Overridden bool
	// Hidden is true in shadow: nobody was shown it, so it is not posted.
	Hidden bool
}

// Look is what one look at a change says of the findings of rules.
type Look struct {
	Head     string
	Sighted  []Sighting
	Judged   []string // rules that were asked
	Unjudged []string // rules whose silence says nothing; "*" is all
	Unpushed []string // rules that can be met without a push: by a review, a label, the title
	// Demoted are the rules that a demotion keeps from blocking; nil when no settings could be established.
	Demoted []string
	files   map[string]diff.File
}

// NewLook begins the account of a look at a head with these changed files.
func NewLook(head string, files []diff.File) *Look {
	l := &Look{Head: head, files: make(map[string]diff.File, len(files))}
	for _, f := range files {
		if f.Status != diff.Removed {
			l.files[f.Path] = f
		}
	}
	return l
}

// Sight adds a finding.
func (l *Look) Sight(f finding.Finding, overridden bool) {
	l.Sighted = append(l.Sighted, Sighting{
		Fingerprint: string(f.Fingerprint),
		Rule:        f.Rule,
		Path:        f.Path,
		Anchor:      l.anchor(f),
		Blocking:    f.Blocking,
		Overridden:  overridden,
		Hidden:      f.Mode == finding.Shadow,
	})
}

// FateOf says why a finding that an earlier look sighted on a head is not among the sighted ones. It is false when
// nothing can be concluded, because the rule could not be judged.
func (l *Look) FateOf(s Sighting, head string) (Fate, bool) {
	switch {
	case slices.Contains(l.Unjudged, "*") || slices.Contains(l.Unjudged, s.Rule):
		return Found, false
	case !slices.Contains(l.Judged, s.Rule):
		return Left, true // the settings switched it off
	case s.Path == "" || slices.Contains(l.Unpushed, s.Rule):
		return Fixed, true
	case l.Head == head:
		return Left, true // nothing was pushed: the settings, a report or the base changed
	}
	if _, ok := l.files[s.Path]; !ok || l.stands(s.Path, s.Anchor) {
		return Left, true
	}
	return Fixed, true
}

// anchoredLines bounds the lines that an anchor is made of.
const anchoredLines = 20

// anchor is "lines:N:DIGEST" for lines that are in the diff, else "blob:ID" for the whole file. A secret's line is
// never digested: whoever reads the record could try guesses against it.
func (l *Look) anchor(f finding.Finding) string {
	file, ok := l.files[f.Path]
	if f.Path == "" || !ok {
		return ""
	}
	if f.Line > 0 && f.Family != "secrets" {
		n := min(max(f.EndLine, f.Line)-f.Line+1, anchoredLines)
		for _, run := range runs(file) {
			if at := f.Line - run.start; at >= 0 && at+n <= len(run.lines) {
				return fmt.Sprintf("lines:%d:%s", n, digest(run.lines[at:at+n]))
			}
		}
	}
	return "blob:" + file.Blob
}

// stands reports whether what an anchor names is in the file as it is now. A file without known content, and one that
// the anchor says nothing of, count as unchanged: nothing shows that somebody acted.
func (l *Look) stands(path, anchor string) bool {
	file := l.files[path]
	var n int
	var sum string
	if _, err := fmt.Sscanf(anchor, "lines:%d:%s", &n, &sum); err != nil {
		return !strings.HasPrefix(anchor, "blob:") || file.Blob == "" || anchor == "blob:" || anchor == "blob:"+file.Blob
	}
	if !file.Complete() {
		return true
	}
	for _, run := range runs(file) {
		for at := 0; at+n <= len(run.lines); at++ {
			if digest(run.lines[at:at+n]) == sum {
				return true
			}
		}
	}
	return false
}

// run is consecutive lines of a file at the head, as far as a hunk shows them.
type run struct {
	start int
	lines []string
}

func runs(f diff.File) []run {
	var all []run
	for _, h := range f.Hunks {
		r := run{start: h.NewStart}
		for _, line := range h.Lines {
			if line.Op != diff.Delete {
				r.lines = append(r.lines, strings.TrimSpace(line.Text))
			}
		}
		all = append(all, r)
	}
	return all
}

// digest is short: it is compared with the lines of one file only.
func digest(lines []string) string {
	_, hex, _ := strings.Cut(text.Digest(strings.Join(lines, "\n")), ":")
	return hex[:12]
}
