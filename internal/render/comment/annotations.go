package comment

import (
	"strings"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
)

// maxAnnotations bounds what is shown in the diff; the rest is counted in the text and shown on the page.
const maxAnnotations = 300

// Annotations are the findings as they are shown in the diff, as plain text; what blocks comes first.
func (v Verdict) Annotations() []effect.Annotation {
	var all []effect.Annotation
	for _, blocking := range []bool{true, false} {
		for _, f := range v.Decision.Visible() {
			if f.Blocking != blocking || f.Path == "" || len(all) == maxAnnotations {
				continue
			}
			all = append(all, annotation(f))
		}
	}
	return all
}

func annotation(f finding.Finding) effect.Annotation {
	title, links := f.Title, f.Docs
	if f.Source != nil {
		title = f.Source.Tool + " " + f.Source.Rule
		links = strings.TrimSpace(f.Source.Help + "\n" + f.Docs)
	}
	a := effect.Annotation{
		Path:    f.Path,
		Line:    f.Line,
		EndLine: max(f.EndLine, f.Line),
		Level:   effect.LevelNotice,
		Title:   markdown.Plain(strings.Join(strings.Fields(title), " "), maxTitle),
		Message: markdown.Plain(f.Message+"\n\n"+f.Remedy+"\n"+links, 4000),
	}
	switch {
	case f.Blocking:
		a.Level = effect.LevelFailure
	case f.Severity != finding.Notice:
		a.Level = effect.LevelWarning
	}
	return a
}

// Title is a finding's title as one bounded line of plain text.
func Title(f finding.Finding) string { return markdown.Plain(f.Title, maxTitle) }
