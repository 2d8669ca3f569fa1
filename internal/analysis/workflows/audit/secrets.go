package audit

import (
	"fmt"
	"strings"

	"github.com/rhysd/actionlint"
)

// call audits a job that calls a reusable workflow.
func (a *auditor) call(job *actionlint.Job) {
	c := job.WorkflowCall
	if c == nil || c.Uses == nil {
		return
	}
	a.uses(c.Uses)
	a.veiledPath(c.Uses)
	if !c.InheritSecrets {
		return
	}
	owner, _, _ := strings.Cut(value(c.Uses), "/")
	if owner == "." || owner == "$" || strings.EqualFold(owner, a.options.Owner) {
		return // the callee is under the same owner's review
	}
	a.add(Finding{
		Audit:   SecretsInherit,
		Line:    a.file.find(lineOf(c.Uses), "inherit"),
		Subject: strings.ToLower(name(value(c.Uses))),
		Message: fmt.Sprintf(
			"secrets: inherit hands every secret of this repository and its organisation to %s.",
			excerpt(value(c.Uses)),
		),
		Remedy: "Name the secrets that it needs under secrets:, one line each.",
	})
}

// name is a reference without its version.
func name(ref string) string {
	n, _, _ := strings.Cut(ref, "@")
	return n
}

// handsOverAll finds secrets that are handed over as one text.
func (a *auditor) handsOverAll(line int, call *actionlint.FuncCallNode) {
	if !strings.EqualFold(call.Callee, "toJSON") || len(call.Args) != 1 || path(call.Args[0]) != "secrets" {
		return
	}
	a.add(Finding{
		Audit:   AllSecrets,
		Line:    line,
		Subject: "toJSON(secrets)",
		Message: "toJSON(secrets) hands over every secret, needed or not, and a value that JSON has to escape " +
			"is no longer masked in logs.",
		Remedy: "Name each secret that is needed: ${{ secrets.NAME }}.",
	})
}

// keptCredentials finds a checkout that leaves its token in .git, in a job that then publishes the work folder.
func (a *auditor) keptCredentials(job *actionlint.Job) {
	var checkout *actionlint.ExecAction
	for _, step := range job.Steps {
		e, ok := step.Exec.(*actionlint.ExecAction)
		if !ok {
			continue
		}
		uses := strings.ToLower(value(e.Uses))
		if strings.HasPrefix(uses, "actions/checkout@") && checkout == nil && keeps(e) {
			checkout = e
		}
		if checkout == nil || !strings.HasPrefix(uses, "actions/upload-artifact@") || !publishesAll(e) {
			continue
		}
		a.add(Finding{
			Audit:   KeptCredentials,
			Line:    lineOf(checkout.Uses),
			Subject: value(job.ID),
			Message: fmt.Sprintf(
				"This checkout leaves the job's token in .git, and line %d uploads the whole folder as an artifact that "+
					"everybody who may read the repository can fetch.",
				lineOf(e.Uses)+a.file.shift,
			),
			Remedy:  "Write persist-credentials: false under with: of the checkout, and upload only what is needed.",
			Rewrite: a.dropCredentials(checkout),
		})
		return
	}
}

func keeps(checkout *actionlint.ExecAction) bool {
	in := checkout.Inputs["persist-credentials"]
	return in == nil || value(in.Value) == "true"
}

// publishesAll holds for an upload that takes the .git folder along. Hidden files are left out unless they are asked for,
// since version 4.4 of the action; older versions take them.
func publishesAll(upload *actionlint.ExecAction) bool {
	in := upload.Inputs["path"]
	if in == nil {
		return false
	}
	hidden := upload.Inputs["include-hidden-files"]
	asked := hidden != nil && value(hidden.Value) == "true"
	_, version, _ := strings.Cut(value(upload.Uses), "@")
	old := strings.HasPrefix(version, "v1") || strings.HasPrefix(version, "v2") || strings.HasPrefix(version, "v3")
	for p := range strings.Lines(value(in.Value)) {
		switch strings.TrimSuffix(strings.TrimSpace(p), "/") {
		case ".", "./.", "", "${{ github.workspace }}", "*", "**", "./**":
			return asked || old
		case ".git", "./.git":
			return true
		}
	}
	return false
}

func (a *auditor) dropCredentials(checkout *actionlint.ExecAction) *Rewrite {
	first := lineOf(checkout.Uses)
	l := a.file.line(first)
	if !strings.Contains(l, "uses:") {
		return nil
	}
	key := keyIndent(l)
	if len(checkout.Inputs) == 0 {
		return &Rewrite{
			First: first,
			Last:  first,
			Text:  l + "\n" + key + "with:\n" + key + "  persist-credentials: false\n",
		}
	}
	with := a.file.find(first, "with:")
	if with-first > 10 || strings.TrimSpace(a.file.line(with)) != "with:" {
		return nil
	}
	return &Rewrite{
		First: with,
		Last:  with,
		Text:  a.file.line(with) + "\n" + indent(a.file.line(with)) + "  persist-credentials: false\n",
	}
}

func (a *auditor) insecureCommands(env *actionlint.Env) {
	if env == nil {
		return
	}
	if v := env.Vars["actions_allow_unsecure_commands"]; v != nil && value(v.Value) == "true" {
		a.add(Finding{
			Audit:   InsecureCommands,
			Line:    lineOf(v.Name),
			Subject: "ACTIONS_ALLOW_UNSECURE_COMMANDS",
			Message: "ACTIONS_ALLOW_UNSECURE_COMMANDS lets whatever a step prints set variables and paths of later steps.",
			Remedy:  "Remove it, and write to GITHUB_ENV or GITHUB_OUTPUT in place of ::set-env and ::add-path.",
		})
	}
}
