package data

import "github.com/lintel-review/lintel/internal/render/contract"

// A finding as GitLab's merge requests show it (docs.gitlab.com, "Code Quality report format").
type qualityIssue struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"`
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
	End   int `json:"end,omitempty"`
}

// GitLab is a Code Quality report: what blocks is a blocker, and every finding has a line, as GitLab shows no other.
func GitLab(v contract.Verdict, o Options) (string, error) {
	issues := []qualityIssue{}
	for _, f := range v.Shown() {
		at, whole := o.place(f)
		severity := map[string]string{"error": "major", "warning": "minor", "notice": "info"}[f.Level()]
		if f.Blocking {
			severity = "blocker"
		}
		issue := qualityIssue{
			Description: aboutWhole(whole, message(f)),
			CheckName:   f.Rule,
			Fingerprint: f.Fingerprint,
			Severity:    severity,
			Location:    qualityLocation{Path: at.Path, Lines: qualityLines{Begin: max(at.Line, 1)}},
		}
		if f.EndLine > at.Line {
			issue.Location.Lines.End = f.EndLine
		}
		issues = append(issues, issue)
	}
	return encode(issues, "  ")
}
