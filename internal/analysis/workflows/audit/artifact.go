package audit

import (
	"fmt"
	slashpath "path"
	"strings"

	"github.com/rhysd/actionlint"
)

// poisonedArtifact finds a job that fetches the artifact of the run before it, which strangers may have written, into its
// work folder, and then runs something from there. https://codeql.github.com/codeql-query-help/actions/actions-artifact-poisoning-critical/
func (a *auditor) poisonedArtifact(job *actionlint.Job) {
	if requires(job.If, ofOwnCode) {
		return
	}
	for i, step := range job.Steps {
		d := a.download(step)
		if d.line == 0 {
			continue
		}
		runs, _ := executes(job.Steps[i+1:], d.folder)
		if runs == "" {
			continue
		}
		a.add(Finding{
			Audit:   ArtifactPoisoning,
			Line:    d.line,
			Subject: value(job.ID),
			Message: fmt.Sprintf("The job %s is started by workflow_run, takes an artifact of the run before it into its work folder "+
				"(%s), and then runs something from there (%s). A pull request of a stranger decides what is in that artifact.",
				excerpt(value(job.ID)), d.what, excerpt(runs)),
			Remedy: "Take it into a folder outside of the work folder (path: ${{ runner.temp }}/artifact), only read it, and run " +
				"nothing of it.",
		})
	}
}

// download says what a step fetches of another run, and into which folder of the work folder.
func (a *auditor) download(step *actionlint.Step) taken {
	switch e := step.Exec.(type) {
	case *actionlint.ExecAction:
		action, _, _ := strings.Cut(strings.ToLower(value(e.Uses)), "@")
		others := action == "dawidd6/action-download-artifact" || action == "actions/download-artifact" && e.Inputs["run-id"] != nil
		if !others {
			return taken{}
		}
		folder := ""
		if in := e.Inputs["path"]; in != nil {
			folder = slashpath.Clean(value(in.Value))
		}
		if outside(folder) {
			return taken{}
		}
		return taken{line: lineOf(e.Uses), what: excerpt(value(e.Uses)), folder: folder}
	case *actionlint.ExecRun:
		for l := range strings.Lines(value(e.Run)) {
			if strings.Contains(l, "gh run download") && !isComment(l) && !outside(l) {
				return taken{line: a.file.within(lineOf(e.Run), strings.TrimSpace(l)), what: excerpt(l)}
			}
		}
	}
	return taken{}
}

// outside holds for a folder that is not in the work folder.
func outside(folder string) bool {
	low := strings.ToLower(folder)
	return strings.Contains(low, "runner.temp") || strings.Contains(low, "runner_temp") || strings.Contains(low, "/tmp") ||
		strings.HasPrefix(low, "../")
}
