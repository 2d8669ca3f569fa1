package web

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/family"
)

// readCoverage are the facts about the coverage of the added lines: the page shows the same table as the check.
type readCoverage struct {
	Reported  bool          `json:"reported"`
	Files     []readCovered `json:"files"`
	FilesMore int           `json:"files_more"`
	Patch     struct {
		Lines readRate `json:"lines"`
	} `json:"patch"`
	Project struct {
		Compared     bool     `json:"compared"`
		Change       string   `json:"change"`
		ComparedHead readRate `json:"compared_head"`
	} `json:"project"`
	Trust string `json:"trust"`
}

type readRate struct {
	Measured int    `json:"measured"`
	Hits     int    `json:"hits"`
	Percent  string `json:"percent"`
}

type readCovered struct {
	Path          string   `json:"path"`
	Added         int      `json:"added"`
	Lines         readRate `json:"lines"`
	UncoveredMore int      `json:"uncovered_more"`
	Uncovered     []struct {
		From    int  `json:"from"`
		To      int  `json:"to"`
		Partial bool `json:"partial"`
	} `json:"uncovered"`
}

// coverageView is the coverage of the added lines, file by file.
type coverageView struct {
	Line  string
	Trust string
	Files []coveredFile
	More  int
}

type coveredFile struct {
	Path, URL             string
	Added, Measured, Hits int
	Places                []coveredPlace
	More                  int
}

type coveredPlace struct{ Text, URL string }

// How many files and places the table lists.
const (
	maxCovered       = 50
	maxCoveredPlaces = 12
)

// coverage is nil without a report, and when the family's findings are not visible.
func (m material) coverage(sha string, l links) *coverageView {
	c := m.facts.Coverage
	if !c.Reported || m.decision == nil || !visible(m, family.Coverage) {
		return nil
	}
	v := &coverageView{Line: "No added line was measured.", More: c.FilesMore}
	if r := c.Patch.Lines; r.Measured > 0 {
		v.Line = fmt.Sprintf("Tests cover %d of %d measured lines that were added, %s.", r.Hits, r.Measured, r.Percent)
	}
	if p := c.Project; p.Compared && p.Change != "" {
		v.Line += fmt.Sprintf(" The project changes by %s points to %s.", p.Change, p.ComparedHead.Percent)
	}
	switch c.Trust {
	case "author":
		v.Trust = "Some of these numbers were made by the author's own code."
	case "reduced":
		v.Trust = "The change edits what makes these numbers."
	}
	for _, f := range c.Files {
		if f.Lines.Measured == 0 {
			continue
		}
		if len(v.Files) == maxCovered {
			v.More++
			continue
		}
		out := coveredFile{
			Path:     f.Path,
			URL:      l.lines(sha, f.Path, 0, 0),
			Added:    f.Added,
			Measured: f.Lines.Measured,
			Hits:     f.Lines.Hits,
			More:     f.UncoveredMore,
		}
		for _, r := range f.Uncovered {
			if len(out.Places) == maxCoveredPlaces {
				out.More++
				continue
			}
			text := itoa(r.From)
			if r.To > r.From {
				text += "–" + itoa(r.To)
			}
			if r.Partial {
				text += " in part"
			}
			out.Places = append(out.Places, coveredPlace{text, l.lines(sha, f.Path, r.From, r.To)})
		}
		v.Files = append(v.Files, out)
	}
	return v
}

// visible reports whether people may see the findings of a family: it is neither off nor in shadow mode.
func visible(m material, name string) bool {
	for _, f := range m.decision.Families {
		if f.Name == name && f.Conclusion == "off" {
			return false
		}
	}
	return m.settings == nil || m.settings.ModeOf(name, "", "") != "shadow"
}
