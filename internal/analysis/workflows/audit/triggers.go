package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// privileged are the events of strangers that run with the base repository's secrets and a token that may write.
var privileged = map[string]string{
	"pull_request_target": "It runs for pull requests of strangers with this repository's secrets and a token that may write.",
	"workflow_run":        "It runs after workflows that strangers may start, with this repository's secrets and a token that may write.",
}

// triggered gives the privileged events of the workflow.
func (a *auditor) triggered() (names []string) {
	for _, e := range a.workflow.On {
		if privileged[e.EventName()] != "" {
			names = append(names, e.EventName())
		}
	}
	return names
}

func (a *auditor) triggers() {
	for _, e := range a.workflow.On {
		why := privileged[e.EventName()]
		if why == "" {
			continue
		}
		w, ok := e.(*actionlint.WebhookEvent)
		if !ok {
			continue
		}
		a.add(Finding{
			Audit:   DangerousTrigger,
			Line:    lineOf(w.Hook),
			Subject: e.EventName(),
			Message: fmt.Sprintf("This workflow is started by %s. %s", e.EventName(), why),
			Remedy: "Use pull_request where no secret is needed. If one is, keep code of the pull request out of this workflow: " +
				"no checkout of its head, no artifact of its jobs that is run.",
		})
	}
	if names := a.triggered(); len(names) > 0 {
		for _, job := range a.jobs() {
			a.untrustedCheckout(job, names)
			if slices.Contains(names, "workflow_run") {
				a.poisonedArtifact(job)
			}
		}
	}
}

// ownVariables are set by GitHub and by the machine.
var ownVariables = lazyregexp.New(`\$\{?(?:HOME|PWD|PATH|USER|RUNNER_\w+|GITHUB_\w+)\b\}?`)

// environmentWrite finds text of strangers that is written to GITHUB_ENV or GITHUB_PATH: it changes what later steps run.
func (a *auditor) environmentWrite(job *actionlint.Job, run *actionlint.ExecRun) {
	if a.composite || len(a.triggered()) == 0 {
		return
	}
	for l := range strings.Lines(value(run.Run)) {
		if !strings.Contains(l, "GITHUB_ENV") && !strings.Contains(l, "GITHUB_PATH") || !strings.Contains(l, "$") {
			continue
		}
		written, _, _ := strings.Cut(ownVariables.ReplaceAllString(l, ""), ">>")
		if !strings.ContainsAny(written, "$`") && !strings.HasPrefix(strings.TrimSpace(l), "cat ") {
			continue
		}
		a.add(Finding{
			Audit:   EnvironmentWrite,
			Line:    a.file.find(lineOf(run.Run), strings.TrimSpace(l)),
			Subject: value(job.ID),
			Message: fmt.Sprintf(
				"%s sets variables for all later steps, and %s lets strangers start this workflow. A line break in the text "+
					"sets others, such as LD_PRELOAD.", excerpt(l), strings.Join(a.triggered(), " and ")),
			Remedy: "Write the value to GITHUB_OUTPUT and read it as steps.ID.outputs.NAME, handed over by env: where a step needs it.",
		})
	}
}
