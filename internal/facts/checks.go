package facts

import (
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// OwnCheck is one check of the settings that Lintel runs itself, and what became of it.
type OwnCheck struct {
	Name string `json:"name"`
	// Tool is the tool of the catalogue; empty for a program of an image.
	Tool string `json:"tool"`
	// State is "ran", "cached" (the result is that of an earlier run on the same files), "skipped" (the change has no file
	// that it is for), "failed" (it has no result) or "waiting".
	State string `json:"state" jsonschema:"enum=ran,enum=cached,enum=skipped,enum=failed,enum=waiting"`
	// Why is a sentence on failed and skipped, and on waiting where somebody has to let it run; empty otherwise. It may hold
	// what the tool wrote.
	Why      string       `json:"why"`
	Required bool         `json:"required"`
	Mode     finding.Mode `json:"mode" jsonschema:"enum=shadow,enum=warn,enum=enforce"`
	// Findings counts what a linter found in all it looked at, before anything is filtered.
	Findings int `json:"findings"`
	// Files counts the files that a tool was given that works by file, FilesCached those with the result of an earlier run.
	Files       int `json:"files"`
	FilesCached int `json:"files_cached"`
}

// The states of a check.
const (
	ranCheck     = "ran"
	cachedCheck  = "cached"
	skippedCheck = "skipped"
	failedCheck  = "failed"
	waitingCheck = "waiting"
)

// ownChecks says what became of the checks that Lintel runs itself, in the order of the settings.
func ownChecks(s *change.Snapshot, checks []settings.Check, reports Reports) []OwnCheck {
	out := []OwnCheck{}
	for _, c := range checks {
		if c.Mode == finding.Off {
			continue
		}
		o := OwnCheck{Name: c.Name, Tool: c.Tool, State: waitingCheck, Required: c.Required, Mode: c.Mode}
		r, arrived := resultOf(s, c.Name)
		_, _, touches := touched(s, c.Paths, c.Inputs == settings.InputsChanged)
		switch {
		case arrived && r.Problem != "":
			o.State, o.Why = failedCheck, clipped(r.Problem)
		case arrived:
			if o.State, o.Files, o.FilesCached = ranCheck, r.Files, r.Known; r.Cached || r.Files > 0 && r.Known == r.Files {
				o.State, o.FilesCached = cachedCheck, r.Files
			}
			if r.Lint != nil {
				o.Findings = len(r.Lint.Findings) + r.Lint.More
			}
		case !touches:
			o.State, o.Why = skippedCheck, "The change has no file that it is for."
		case slices.Contains(s.Unapproved, c.Name) && reports.Closed == "":
			// The button is named by itself, where the forge has one.
			o.Why = "The change comes from a fork. It runs when somebody with write access approves the head or writes /lintel run-checks."
		case reports.Closed != "":
			o.State, o.Why = failedCheck, "It had no result when the waiting was over."
		}
		out = append(out, o)
	}
	return out
}

// resultOf is the newest result of a check.
func resultOf(s *change.Snapshot, check string) (r report.Report, arrived bool) {
	for _, r := range slices.Backward(s.Reports) {
		if r.Check == check && check != "" && !r.Base {
			return r, true
		}
	}
	return report.Report{}, false
}

// counted is a snapshot without the reports of checks that have no say: those in shadow, those without a result, of which
// the gate's rules speak, and those of checks that the settings do not have. In warn their errors are warnings.
func counted(s *change.Snapshot, checks []settings.Check) *change.Snapshot {
	if !slices.ContainsFunc(s.Reports, func(r report.Report) bool { return r.Check != "" }) {
		return s
	}
	out := *s
	out.Reports = nil
	for _, r := range s.Reports {
		if r.Check == "" {
			out.Reports = append(out.Reports, r)
			continue
		}
		i := slices.IndexFunc(checks, func(c settings.Check) bool { return c.Name == r.Check })
		if i < 0 || r.Problem != "" || checks[i].Mode == finding.Off || checks[i].Mode == finding.Shadow {
			continue
		}
		if checks[i].Mode == finding.Warn && r.Lint != nil {
			r.Lint = warned(*r.Lint)
		}
		out.Reports = append(out.Reports, r)
	}
	return &out
}

// warned has the errors of a linter as warnings.
func warned(l report.Lint) *report.Lint {
	l.Findings, l.Rest = slices.Clone(l.Findings), slices.Clone(l.Rest)
	for i := range l.Findings {
		if l.Findings[i].Severity == report.Error {
			l.Findings[i].Severity = report.Warning
		}
		l.Findings[i].Blind = false
	}
	for i := range l.Rest {
		if l.Rest[i].Severity == report.Error {
			l.Rest[i].Severity = report.Warning
		}
	}
	return &l
}

// Awaited are those of Missing that may still come. A check that failed has come, and does not again by itself.
func (r Reports) Awaited() []ExpectedReport {
	return slices.DeleteFunc(slices.Clone(r.Missing), func(e ExpectedReport) bool { return e.Check && e.Problem != "" })
}

// label tells what was expected from others: a report of CI from the result of a check.
func label(kind report.Kind, flag string, check bool) string {
	return fmt.Sprintf("%s %s %t", kind, flag, check)
}
