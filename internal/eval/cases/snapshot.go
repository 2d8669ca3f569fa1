package cases

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
)

// Taken is when every case happens.
var Taken = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Snapshot is the case as it is read at a push, from 1.
func (c *Case) Snapshot(push int) *change.Snapshot {
	base, head := c.Trees[0], c.Trees[push]
	s := &change.Snapshot{
		Ref:  change.Ref{Key: change.Key{Forge: change.Local, RepoID: 1, Number: 1}, Owner: "acme", Name: "shop"},
		Kind: change.Request, State: change.Open, Title: &c.Title, Body: &c.Body, Author: &change.Account{Login: "the-author"},
		Base: change.Rev{Ref: "main", SHA: sha(base)}, Head: change.Rev{Ref: c.Branch, SHA: sha(head)}, MergeBase: sha(base),
		TakenAt: Taken,
	}
	for _, m := range c.Commits {
		s.Commits = append(s.Commits,
			change.Commit{SHA: sha(map[string]string{"m": m}), Message: m, Author: change.Signature{Name: "the-author"}})
	}
	s.Files = c.Files(push)
	s.FilesTotal = len(s.Files)
	if len(c.Uncovered) > 0 {
		s.Reports = []report.Report{
			{Kind: report.CoverageKind, Format: "lcov", SHA: s.Head.SHA, Trust: report.FullTrust, Coverage: c.coverage(push)},
		}
	}
	return s
}

// Files is the diff of a push against the base.
func (c *Case) Files(push int) []diff.File {
	base, head := c.Trees[0], c.Trees[push]
	renamed := map[string]bool{}
	for to, from := range c.Renames {
		if _, ok := head[to]; ok {
			renamed[from] = true
		}
	}
	paths := map[string]bool{}
	for p := range base {
		if !renamed[p] {
			paths[p] = true
		}
	}
	for p := range head {
		paths[p] = true
	}
	var all []diff.File
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		before, had := base[p]
		after, has := head[p]
		f := diff.File{Path: p, Status: diff.Modified, State: diff.Text, OldMode: "100644", Mode: "100644", Size: int64(len(after))}
		switch from := c.Renames[p]; {
		case from != "" && has && !had:
			f.Status, f.OldPath = diff.Renamed, from
			before, had = base[from], true
		case !had:
			f.Status, f.OldMode = diff.Added, ""
		case !has:
			f.Status, f.Mode, f.Size = diff.Removed, "", -1
		case before == after:
			continue
		}
		f, _ = diff.FromBlobs(f, contents(before, had), contents(after, has))
		sections(f.Hunks, Lines(before))
		all = append(all, f)
	}
	return all
}

// sections are the lines that git names a hunk by: the last one before it, at the base, that begins with a letter.
func sections(hunks []diff.Hunk, base []string) {
	for i, h := range hunks {
		for n := min(h.OldStart-1, len(base)) - 1; n >= 0; n-- {
			if line := base[n]; line != "" && (unicode.IsLetter(rune(line[0])) || line[0] == '_' || line[0] == '$') {
				hunks[i].Section = text.Prefix(strings.TrimSpace(line), 80)
				break
			}
		}
	}
}

func contents(text string, there bool) []byte {
	if !there {
		return nil
	}
	return []byte(text)
}

// coverage says that the lines which the case names were not reached, and all others of those files were.
func (c *Case) coverage(push int) *report.Coverage {
	missed := map[string]map[int]bool{}
	for _, at := range c.Uncovered {
		start, end, ok := c.Place(at, push)
		if !ok {
			continue
		}
		if missed[at.Path] == nil {
			missed[at.Path] = map[int]bool{}
		}
		for n := start; n <= end; n++ {
			missed[at.Path][n] = true
		}
	}
	out := &report.Coverage{Unresolved: []string{}, Notes: []string{}}
	for _, p := range slices.Sorted(maps.Keys(missed)) {
		f := report.FileCoverage{Path: p}
		for i, text := range Lines(c.Trees[push][p]) {
			if strings.TrimSpace(text) == "" {
				continue
			}
			state := report.Hit
			if missed[p][i+1] {
				state = report.Miss
			}
			if last := len(f.Lines) - 1; last >= 0 && f.Lines[last].State == state && f.Lines[last].To == i {
				f.Lines[last].To = i + 1
				continue
			}
			f.Lines = append(f.Lines, report.LineRange{From: i + 1, To: i + 1, State: state})
		}
		out.Files = append(out.Files, f)
	}
	return out
}

// Base is the tree that a case changes. A blob has the name of its path.
func (c *Case) Base() (change.Tree, error) {
	paths := slices.AppendSeq([]string{}, maps.Keys(c.Trees[0]))
	slices.Sort(paths)
	return change.Tree{Paths: paths, Blobs: paths}, nil
}

// Read gives files of that tree.
func (c *Case) Read(files []diff.File) (map[string]string, error) {
	out := map[string]string{}
	for _, f := range files {
		if text, ok := c.Trees[0][f.Path]; ok {
			out[f.Path] = text
		}
	}
	return out, nil
}
