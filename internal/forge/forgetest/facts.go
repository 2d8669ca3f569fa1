package forgetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/sorting"
)

// shown is how many lines of one kind of fact are written out; the rest is counted.
const shown = 8

// facts writes what a snapshot says of a change, in the words of Scene.Want.
func facts(s *change.Snapshot) string {
	var w strings.Builder
	section(&w, "commit", s.Commits, func(c change.Commit) string { return fmt.Sprintf("%q", strings.TrimRight(c.Message, "\n")) })
	section(&w, "file", s.Files, fileFact)
	paths := slices.Sorted(maps.Keys(s.Controls.Files))
	section(&w, "control", paths, func(p string) string { return controlFact(s.Controls.Files[p]) })
	section(&w, "older", s.Controls.SettingsHistory, controlFact)
	if s.Controls.HistoryCut {
		fmt.Fprintln(&w, "older: there are more")
	}
	proposed(&w, "settings", s.Proposed)
	proposed(&w, "owners", s.ProposedOwners)
	section(&w, "tree", s.Tree, func(p string) string { return fmt.Sprintf("%q", p) })
	section(&w, "manifest", s.Manifests, controlFact)
	section(&w, "content", s.Contents, contentFact)
	gaps := sorting.Sorted(slices.Values(s.Gaps), func(a, b change.Gap) int { return strings.Compare(a.Fact+a.Path, b.Fact+b.Path) })
	section(&w, "gap", gaps, gapFact)
	return w.String()
}

// section writes one kind of fact, a line each.
func section[T any](w *strings.Builder, kind string, all []T, line func(T) string) {
	for _, one := range all[:min(len(all), shown)] {
		fmt.Fprintf(w, "%s %s\n", kind, line(one))
	}
	if more := len(all) - shown; more > 0 {
		fmt.Fprintf(w, "%s: %d more\n", kind, more)
	}
}

func fileFact(f diff.File) string {
	line := fmt.Sprintf("%+q %s %s", f.Path, f.Status, f.State)
	if f.OldPath != "" {
		line += fmt.Sprintf(" from %+q", f.OldPath)
	}
	if f.Complete() && f.State != diff.Symlink {
		line += fmt.Sprintf(" +%d -%d", f.Additions, f.Deletions)
	}
	return line
}

// controlFact says whether a file was read: bytes and all, or by its size alone.
func controlFact(f change.File) string {
	switch {
	case f.Blob == "":
		return f.Path + " without a blob"
	case f.Content == nil:
		return f.Path + " unread"
	case int64(len(f.Content)) != f.Size:
		return fmt.Sprintf("%s %d bytes of %d", f.Path, len(f.Content), f.Size)
	}
	return fmt.Sprintf("%s %d bytes", f.Path, f.Size)
}

// contentFact says what became of a want. Bytes that were read must be the blob's.
func contentFact(c change.Content) string {
	line := fmt.Sprintf("%s %+q", c.Side, c.Path)
	switch {
	case c.Absent:
		return line + " absent"
	case c.Problem != "":
		return line + ": " + c.Problem
	case int64(len(c.Body)) != c.Size || c.Blob == "":
		return fmt.Sprintf("%s %d bytes of %d in blob %q", line, len(c.Body), c.Size, c.Blob)
	}
	first, _, _ := strings.Cut(string(c.Body), "\n")
	return fmt.Sprintf("%s %d bytes %.20q", line, c.Size, first)
}

func proposed(w *strings.Builder, what string, f *change.File) {
	switch {
	case f == nil:
	case f.Blob == "" && f.Content == nil:
		fmt.Fprintf(w, "proposed %s %s removed\n", what, f.Path)
	default:
		fmt.Fprintf(w, "proposed %s %s\n", what, controlFact(*f))
	}
}

func gapFact(g change.Gap) string {
	line := g.Fact
	if g.Path != "" {
		line += fmt.Sprintf(" %q", g.Path)
	}
	if g.Fact == "diff.lines" {
		return line
	}
	return line + ": " + g.Reason
}
