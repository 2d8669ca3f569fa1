package audit

import (
	"fmt"
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
		}
	}
}

// headRefs are what names the commit of a stranger.
var headRefs = []string{
	"github.event.pull_request.head.", "github.head_ref", "github.event.workflow_run.head_", "refs/pull/",
	"github.event.pull_request.merge_commit_sha", "github.event.number",
}

func (a *auditor) untrustedCheckout(job *actionlint.Job, events []string) {
	for i, step := range job.Steps {
		line, what := a.headCheckout(step)
		if line == 0 {
			continue
		}
		f := Finding{
			Audit:   HeadCheckout,
			Line:    line,
			Subject: value(job.ID) + " " + strings.Join(events, " "),
			Message: fmt.Sprintf(
				"The job %s is started by %s and takes code of strangers into its work folder (%s), where secrets and a token "+
					"that may write are at hand.", excerpt(value(job.ID)), strings.Join(events, " and "), what),
			Remedy: "Only read that code here, and never install, build or run anything of it. Write persist-credentials: false.",
		}
		if runs := executes(job.Steps[i+1:]); runs != "" {
			f.Audit = UntrustedCheckout
			f.Message = fmt.Sprintf(
				"The job %s is started by %s, checks out code of strangers (%s) and then runs it (%s), with secrets and a "+
					"token that may write at hand.", excerpt(value(job.ID)), strings.Join(events, " and "), what, excerpt(runs))
			f.Remedy = "Run that code in a workflow that pull_request starts, without secrets, and hand over its result as an artifact " +
				"that is only read."
		}
		a.add(f)
	}
}

// headCheckout is the line at which a step takes the head of a pull request into the work folder, and what it takes.
func (a *auditor) headCheckout(step *actionlint.Step) (line int, what string) {
	switch e := step.Exec.(type) {
	case *actionlint.ExecAction:
		if !strings.HasPrefix(strings.ToLower(value(e.Uses)), "actions/checkout@") {
			return 0, ""
		}
		for _, name := range []string{"ref", "repository"} {
			in := e.Inputs[name]
			if in == nil {
				continue
			}
			for _, h := range headRefs {
				if strings.Contains(strings.ToLower(in.Value.Value), h) &&
					!strings.HasSuffix(strings.TrimSpace(in.Value.Value), "base.sha }}") {
					return lineOf(in.Value), excerpt(in.Value.Value)
				}
			}
		}
	case *actionlint.ExecRun:
		for l := range strings.Lines(value(e.Run)) {
			low := strings.ToLower(l)
			if strings.Contains(low, "gh pr checkout") ||
				(strings.Contains(low, "git fetch") || strings.Contains(low, "git checkout")) && strings.Contains(low, "pull/") {
				return a.file.find(lineOf(e.Run), strings.TrimSpace(l)), excerpt(l)
			}
		}
	}
	return 0, ""
}

// builds are commands that run what stands in the work folder: scripts of a package, build files, tests.
var builds = lazyregexp.New(
	`(?m)(?:^|[\s;&|(])(?:\./[\w./-]+|(?:bash|sh|python3?|node|ruby|deno run|go run|tsx|bun) +[\w./-]*\.(?:sh|py|js|mjs|ts|rb|go)\b|` +
		`(?:npm|pnpm|yarn|bun)(?: +(?:ci|i|install|run|test|build|exec)\b|\s*$)|npx +|make\b|cmake\b|` +
		`pip3? +install +(?:-[re]\b|\.)|uv +(?:sync|run)\b|poetry +(?:install|run)\b|tox\b|pytest\b|` +
		`go +(?:build|test|generate|install|run)\b|cargo +(?:build|test|run|bench|clippy|check)\b|\.?/?(?:mvnw?|gradlew?)\b|` +
		`bundle +(?:install|exec)\b|rake\b|composer +(?:install|run)\b|dotnet +(?:build|test|run)\b|docker +(?:build|` +
		`compose)\b|terraform +(?:init|plan|apply)\b)`)

// executes names the first step that runs something of the work folder; empty when none does for certain.
func executes(steps []*actionlint.Step) string {
	for _, s := range steps {
		switch e := s.Exec.(type) {
		case *actionlint.ExecRun:
			for l := range strings.Lines(value(e.Run)) {
				if !isComment(l) && builds.MatchString(l) {
					return strings.TrimSpace(l)
				}
			}
		case *actionlint.ExecAction:
			if u := value(e.Uses); strings.HasPrefix(u, "./") {
				return u
			}
		}
	}
	return ""
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
