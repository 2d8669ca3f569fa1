package review

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// Waits remembers since when heads wait for reports of CI.
type Waits interface {
	// WaitingSince is when a head of a change began to wait; zero when it never did.
	WaitingSince(ctx context.Context, key change.Key, sha string) (time.Time, error)
}

// Waiting is what a check in progress says of the reports that it waits for.
type Waiting struct {
	Reports facts.Reports
	// Until is the deadline.
	Until time.Time
	// Late is true from half of the time on: then the check is written once more, with what is missing by then.
	Late bool
}

// wait says in the snapshot whether the waiting for reports is over, as far as the clock and CI's word decide that. It returns what to keep of it (nil when
// the settings wait for nothing), and what the check says while it lasts. A merge group does not wait; its facts say so themselves.
func (v *Reviewer) wait(ctx context.Context, r change.Record, snap *change.Snapshot, set settings.Reports) (*history.Wait, *Waiting, error) {
	snap.ReportsClosed = ""
	if !set.Any() || snap.Group != nil || snap.Head.SHA == "" {
		return nil, nil, nil
	}
	since := v.Now()
	if v.Waits != nil {
		began, err := v.Waits.WaitingSince(ctx, r.Key, snap.Head.SHA)
		if err != nil {
			return nil, nil, err
		}
		if !began.IsZero() {
			since = began
		}
	}
	w := &history.Wait{SHA: snap.Head.SHA, Since: since}
	until, half := since.Add(set.Wait()), since.Add(set.Wait()/2)
	now := v.Now()
	switch {
	case !snap.Arrivals.Finalised.IsZero():
		snap.ReportsClosed = facts.Finalised
	case !now.Before(until):
		snap.ReportsClosed = facts.Deadline
	}
	reports := facts.ExpectReports(snap, set)
	if snap.ReportsClosed = reports.Closed; !reports.Open() {
		return w, nil, nil
	}
	out := &Waiting{Reports: reports, Until: until, Late: !now.Before(half)}
	if w.Due = half; out.Late {
		w.Due = until
	}
	return w, out, nil
}

// bare is without what changes with every report that arrives: that alone publishes nothing again.
func (w *Waiting) bare() *Waiting {
	if w == nil {
		return nil
	}
	return &Waiting{Late: w.Late}
}

// title names what is waited for in a few words.
func (w *Waiting) title() string {
	switch n := len(w.Reports.Missing); {
	case n == 1:
		return "Waiting for the " + plain(reportName(w.Reports.Missing[0]), maxTitle) + " of CI"
	case n > 1:
		return "Waiting for " + text.Count(n, "report") + " of CI"
	}
	return "Waiting for CI to say that it has sent everything"
}

// section lists what is waited for: which report, from which job, why.
func (w *Waiting) section() string {
	var b strings.Builder
	b.WriteString("### Waiting for CI\n\n")
	for i, m := range w.Reports.Missing {
		if i == listed {
			fmt.Fprintf(&b, "- and %d more\n", len(w.Reports.Missing)-listed)
			break
		}
		fmt.Fprintf(&b, "- %s\n", missingLine(m))
	}
	if w.Reports.Finalise {
		fmt.Fprintf(&b, "- CI's word that it has sent everything (%s)\n", markdown.GitHub.Code("lintel report finalise"))
	}
	if w.Late {
		b.WriteString("\nHalf of the time is over.")
	}
	fmt.Fprintf(&b, "\nRules that read these reports are judged when they are all there, when CI says that it has sent everything, or at %s; what is missing then is named, and blocks if it is required.\n\n", w.Until.UTC().Format("15:04 MST on 2 January"))
	return b.String()
}

func missingLine(m facts.ExpectedReport) string {
	text := "the " + escape(string(m.Kind)) + " report"
	if m.Flag != "" {
		text += " with the flag " + markdown.GitHub.Code(plain(m.Flag, maxTitle))
	}
	if m.Job != "" {
		text += " from the job " + markdown.GitHub.Code(plain(m.Job, maxTitle))
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
			names = append(names, markdown.GitHub.Code(plain(p, maxReason)))
		}
		text += ", because the change touches " + strings.Join(names, ", ")
		if m.BecauseMore > 0 {
			text += fmt.Sprintf(" and %d more", m.BecauseMore)
		}
	}
	if m.Problem != "" {
		text += "; one arrived and could not be read: " + escape(plain(m.Problem, maxReason))
	}
	return text
}

func reportName(m facts.ExpectedReport) string {
	if m.Flag == "" {
		return string(m.Kind) + " report"
	}
	return string(m.Kind) + " report " + m.Flag
}
