package audit

import (
	"fmt"
	"slices"

	"github.com/rhysd/actionlint"
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
