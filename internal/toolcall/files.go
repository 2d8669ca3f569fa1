package toolcall

import (
	"slices"

	"github.com/lintel-review/lintel/internal/report"
)

// Split has what a tool said of each of the files that it was given, by path; false where it said something of none or of
// another file, or not all that it found was kept, so that no file's part is known.
func Split(l *report.Lint, files []string) (map[string][]report.LintFinding, bool) {
	if l == nil || l.More > 0 || l.Skipped > 0 || len(l.Notes) > 0 || len(l.Tools) != 1 || l.Tools[0].Failed {
		return nil, false
	}
	out := make(map[string][]report.LintFinding, len(files))
	for _, f := range files {
		out[f] = []report.LintFinding{}
	}
	for _, f := range l.Findings {
		known, given := out[f.Path]
		if !given || f.Tool != l.Tools[0].Name {
			return nil, false
		}
		out[f.Path] = append(known, f)
	}
	return out, true
}

// Join is what one run on all files reports of whom each part says: by files in their order, in each as the tool had it.
// It is false where that is more than a report keeps, or a part is missing.
func Join(tool string, files []string, parts map[string][]report.LintFinding) (*report.Lint, bool) {
	l := &report.Lint{Tools: []report.LintTool{}, Findings: []report.LintFinding{}, Rest: []report.RuleCount{}, Unresolved: []string{},
		Notes: []string{}}
	size := 0
	for _, name := range files {
		part, there := parts[name]
		if !there {
			return nil, false
		}
		for _, f := range part {
			size += len(f.Path) + len(f.Message) + len(f.Help) + len(f.Source) + len(f.Rule)
			for _, e := range f.Fix {
				if size += len(e.Text); e.Was != nil {
					size += len(*e.Was)
				}
			}
			if !slices.ContainsFunc(l.Tools, func(t report.LintTool) bool { return t.Name == f.Tool }) {
				l.Tools = append(l.Tools, report.LintTool{Name: f.Tool})
			}
		}
		l.Findings = append(l.Findings, part...)
	}
	if len(l.Tools) == 0 {
		l.Tools = append(l.Tools, report.LintTool{Name: tool})
	}
	return l, len(l.Findings) <= report.MaxFindings && size <= report.MaxLintText && len(l.Tools) == 1
}
