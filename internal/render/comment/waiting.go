package comment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// Waiting is what a check in progress says of the reports that it waits for.
type Waiting struct {
	Reports facts.Reports
	// Until is the deadline.
	Until time.Time
	// Late is true from half of the time on: then the check is written once more, with what is missing by then.
	Late bool
}

// Bare is w without what changes with every report that arrives: such a change alone publishes nothing again.
func (w *Waiting) Bare() *Waiting {
	if w == nil {
		return nil
	}
	return &Waiting{Late: w.Late}
}

// Title names what is waited for in a few words. A decision that is pending without a word of it waits for nothing that can be named.
func (w *Waiting) Title() string {
	if w == nil {
		w = &Waiting{}
	}
	var reports []facts.ExpectedReport
	var checks []string
	for _, m := range w.Reports.Awaited() {
		if m.Check {
			checks = append(checks, markdown.Plain(m.Flag, maxTitle))
		} else {
			reports = append(reports, m)
		}
	}
	var parts []string
	switch n := len(reports); {
	case n == 1:
		parts = append(parts, "the "+markdown.Plain(reportName(reports[0]), maxTitle)+" of CI")
	case n > 1:
		parts = append(parts, text.Count(n, "report")+" of CI")
	}
	if len(checks) > 0 {
		parts = append(parts, text.Count(len(checks), "check")+": "+text.Fit(strings.Join(checks, ", "), maxTitle))
	}
	if len(parts) > 0 {
		return "Waiting for " + strings.Join(parts, " and ")
	}
	return "Waiting for CI to say that it has sent everything"
}

// forLeave says how checks that wait for leave to run on a fork's head get it; empty when none does.
func (v Verdict) forLeave() string {
	if v.Waiting == nil || len(v.Snapshot.Unapproved) == 0 {
		return ""
	}
	return "This comes from a fork, whose author may be a stranger. Checks run when somebody with write access approves this head " +
		"or writes " + v.dialect().Code("/lintel run-checks") + ".\n\n"
}

// section lists what is waited for: which report, from which job, why.
func (w *Waiting) section(md markdown.Dialect) string {
	var b strings.Builder
	missing := w.Reports.Awaited()
	isCheck := func(m facts.ExpectedReport) bool { return m.Check }
	if heading := "### Waiting for CI\n\n"; w.Reports.Finalise || !slices.ContainsFunc(missing, isCheck) {
		b.WriteString(heading)
	} else {
		b.WriteString("### Waiting for checks\n\n")
	}
	for _, m := range missing[:min(len(missing), listed)] {
		fmt.Fprintf(&b, "- %s\n", missingLine(md, m))
	}
	more(&b, len(missing)-listed)
	if w.Reports.Finalise {
		fmt.Fprintf(&b, "- CI's word that it has sent everything (%s)\n", md.Code("lintel report finalise"))
	}
	if w.Late {
		b.WriteString("\nHalf of the time is over.")
	}
	fmt.Fprintf(&b, "\nRules that read these reports are judged when they are all there, when CI says that it has sent "+
		"everything, or at %s; "+
		"what is missing then is named, and blocks if it is required.\n\n", w.Until.UTC().Format("15:04 MST on 2 January"))
	return b.String()
}

func missingLine(md markdown.Dialect, m facts.ExpectedReport) string {
	text := "the " + md.Text(string(m.Kind)) + " report"
	if m.Check {
		text = "the check " + md.Code(markdown.Plain(m.Flag, maxTitle)) + ", which Lintel runs"
	} else if m.Flag != "" {
		text += " with the flag " + md.Code(markdown.Plain(m.Flag, maxTitle))
	}
	if m.Job != "" {
		text += " from the job " + md.Code(markdown.Plain(m.Job, maxTitle))
	}
	if m.Parts > 1 {
		text += fmt.Sprintf(", of which %d of %d parts are there", m.Have, m.Parts)
	}
	if m.Required {
		text += ", required"
	}
	if len(m.Because) > 0 {
		var names []string
		for _, p := range m.Because {
			names = append(names, md.Code(markdown.Plain(p, maxReason)))
		}
		text += ", because the change touches " + strings.Join(names, ", ")
		if m.BecauseMore > 0 {
			text += fmt.Sprintf(" and %d more", m.BecauseMore)
		}
	}
	if m.Problem != "" {
		text += "; one arrived and could not be read: " + md.Text(markdown.Plain(m.Problem, maxReason))
	}
	return text
}

func reportName(m facts.ExpectedReport) string {
	if m.Flag == "" {
		return string(m.Kind) + " report"
	}
	return string(m.Kind) + " report " + m.Flag
}
