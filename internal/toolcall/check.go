package toolcall

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/text"
)

// maxProblem bounds why a check has no result, in bytes.
const maxProblem = 1000

// Of is the call of a check of the settings on a tree; the limits are those that the check does not set itself.
func Of(i checkplan.Item, folder string, tree []checkplan.Input, limits sandbox.Limits) Call {
	limits.Deadline, limits.CPU, limits.Memory = i.Check.Deadline(), i.Check.CPU, int64(i.Check.Memory)<<20
	return Call{Tool: i.Tool, Image: i.Image, Tree: folder, Files: i.Given(tree), Limits: limits}
}

// Result is the report of a check that ran. Without evidence its Problem says why, with the tool's last lines; what looks
// like a secret is not in them. Such a report is never kept for another change.
func Result(i checkplan.Item, r sandbox.Result, secrets *redact.Detector) report.Report {
	out := Blank(i)
	got, why := read(i.Tool, out.Kind, r)
	if why == "" {
		out.Lint, out.Coverage = got.Lint, got.Coverage
		return out
	}
	lines, _, err := secrets.Session().Redact("output", lastLines(r))
	if err != nil {
		lines = ""
	}
	out.Problem = text.ClipBytes(fmt.Sprintf("%s (%s)%s", why, r.Ended, lines), maxProblem)
	return out
}

// NotRun is the report of a check that may not or cannot run; nil for one that was skipped or has to be approved: the
// first is not expected, and the second still is.
func NotRun(i checkplan.Item) *report.Report {
	if i.State != checkplan.Unallowed && i.State != checkplan.Unable {
		return nil
	}
	out := Blank(i)
	out.Problem = i.Why
	return &out
}

// Blank is the report of a check without a result.
func Blank(i checkplan.Item) report.Report {
	return report.Report{
		Kind: report.Kind(i.Check.Report.Kind), Format: i.Check.Report.Format, Flag: i.Check.Name, Tool: i.Check.Tool,
		Source: "check " + i.Check.Name, Check: i.Check.Name, Trust: report.FullTrust,
	}
}
