package audit

import (
	"fmt"
	"strings"

	"github.com/rhysd/actionlint"
)

// permissions audits what the token may do in all jobs.
func (a *auditor) permissions(w *actionlint.Workflow) {
	if w.Permissions == nil {
		a.noPermissions(w)
		return
	}
	a.granted(w.Permissions, "all jobs of this workflow", "workflow")
}

func (a *auditor) jobPermissions(job *actionlint.Job) {
	if p := job.Permissions; p != nil && p.All != nil {
		a.granted(p, "the job "+excerpt(value(job.ID)), "job "+value(job.ID))
	}
}

// granted audits a block of permissions. Scopes that may write are only too wide where they hold for several jobs.
func (a *auditor) granted(p *actionlint.Permissions, who, subject string) {
	line := p.Pos.Line
	if p.All != nil {
		if all := p.All.Value; all == "write-all" || all == "read-all" {
			does := map[string]string{"write-all": "do everything", "read-all": "read everything"}[all]
			a.add(Finding{
				Audit:   ExcessivePermissions,
				Line:    lineOf(p.All),
				Subject: subject + " " + all,
				Message: fmt.Sprintf("%s gives the token of %s leave to %s in this repository.", all, who, does),
				Remedy:  "Name the scopes that are needed, contents: read first, and give more to the one job that needs it.",
				Rewrite: a.readContents(line, all),
			})
		}
		return
	}
	if len(a.workflow.Jobs) < 2 {
		return
	}
	var wide []string
	for _, name := range sortedKeys(p.Scopes) {
		if s := p.Scopes[name]; value(s.Value) == "write" {
			wide = append(wide, name)
		}
	}
	if len(wide) > 0 {
		a.add(Finding{
			Audit:   ExcessivePermissions,
			Line:    line,
			Subject: subject + " write " + strings.Join(wide, " "),
			Message: fmt.Sprintf("All %d jobs get a token that may write %s.", len(a.workflow.Jobs), strings.Join(wide, ", ")),
			Remedy:  "Give write scopes under the one job that needs them; the other jobs run with what stands here.",
		})
	}
}

// readContents rewrites a one-word permission; nil when it does not stand on a line of its own.
func (a *auditor) readContents(line int, all string) *Rewrite {
	l := a.file.line(line)
	key, rest, ok := strings.Cut(l, "permissions:")
	if !ok || strings.TrimSpace(key) != "" || strings.TrimSpace(rest) != all {
		return nil
	}
	return &Rewrite{First: line, Last: line, Text: key + "permissions:\n" + key + "  contents: read\n"}
}

// noPermissions audits a workflow that leaves its token to the repository's default, which may be to write everything.
func (a *auditor) noPermissions(w *actionlint.Workflow) {
	for _, job := range a.jobs() {
		if job.Permissions != nil || job.WorkflowCall != nil && len(w.Jobs) == 1 {
			continue
		}
		at := a.file.find(1, "jobs:")
		a.add(Finding{
			Audit:   ExcessivePermissions,
			Line:    at,
			Subject: "workflow without permissions",
			Message: "No permissions are named, so the token may do what the repository's default allows, which may be " +
				"to write everything.",
			Remedy:  "Write permissions: with contents: read above jobs:, and give more to the one job that needs it.",
			Rewrite: &Rewrite{First: at, Last: at, Text: "permissions:\n  contents: read\n\n" + a.file.line(at) + "\n"},
		})
		return
	}
}
