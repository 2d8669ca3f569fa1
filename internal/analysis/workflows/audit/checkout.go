package audit

import (
	"fmt"
	slashpath "path"
	"regexp"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// headRefs are what names the commit of a stranger, and ofPullRequest those of them that are empty for a workflow_run.
var (
	headRefs = append([]string{"github.event.workflow_run.head_", "refs/pull/"}, ofPullRequest...)

	ofPullRequest = []string{
		"github.event.pull_request.head.", "github.head_ref", "github.event.pull_request.merge_commit_sha", "github.event.number",
	}
)

func (a *auditor) untrustedCheckout(job *actionlint.Job, events []string) {
	if requires(job.If, ofOwnCode) {
		return
	}
	refs := headRefs
	if !slices.Contains(events, "pull_request_target") {
		refs = slices.DeleteFunc(slices.Clone(refs), func(r string) bool { return slices.Contains(ofPullRequest, r) })
	}
	for i, step := range job.Steps {
		c := a.headCheckout(step, refs)
		if c.line == 0 {
			continue
		}
		by := strings.Join(events, " and ")
		f := Finding{
			Audit:   HeadCheckout,
			Line:    c.line,
			Subject: value(job.ID) + " " + strings.Join(events, " "),
			Message: fmt.Sprintf(
				"The job %s is started by %s and takes code of strangers into its work folder (%s), where secrets and a token "+
					"that may write are at hand.",
				excerpt(value(job.ID)),
				by,
				c.what,
			),
			Remedy: "Only read that code here, and never install, build or run anything of it. Write persist-credentials: false.",
		}
		runs, back := executes(job.Steps[i+1:], c.folder)
		if back || runs == "" && c.bare && onlyReads(job.Steps[i+1:]) {
			continue
		}
		switch {
		case runs == "":
		case job.Environment != nil || a.labelled(events) && c.fixed:
			f.Message += fmt.Sprintf(
				" It is run (%s), so whoever approves the run, or sets the label, must read it first.",
				excerpt(runs),
			)
		default:
			f.Audit = UntrustedCheckout
			f.Message = fmt.Sprintf(
				"The job %s is started by %s, checks out code of strangers (%s) and then runs it (%s), with secrets and a "+
					"token that may write at hand.",
				excerpt(value(job.ID)),
				by,
				c.what,
				excerpt(runs),
			)
			f.Remedy = "Run that code in a workflow that pull_request starts, without secrets, and hand over its result as an artifact " +
				"that is only read."
		}
		a.add(f)
	}
}

// labelled reports whether the workflow starts only when somebody of the repository sets a label.
func (a *auditor) labelled(events []string) bool {
	if !slices.Equal(events, []string{"pull_request_target"}) {
		return false
	}
	for _, e := range a.workflow.On {
		w, ok := e.(*actionlint.WebhookEvent)
		if ok && e.EventName() == "pull_request_target" && len(w.Types) == 1 && value(w.Types[0]) == "labeled" {
			return true
		}
	}
	return false
}

// ofOwnCode holds for a condition under which the code is the repository's own: it was merged, pushed there,
// or written by a bot that the condition names.
func ofOwnCode(n actionlint.ExprNode) bool {
	c, ok := n.(*actionlint.CompareOpNode)
	if !ok {
		return path(n) == "github.event.pull_request.merged"
	}
	if c.Kind != actionlint.CompareOpNodeKindEq {
		return false
	}
	for _, sides := range [][2]actionlint.ExprNode{{c.Left, c.Right}, {c.Right, c.Left}} {
		switch v := sides[1].(type) {
		case *actionlint.BoolNode:
			if v.Value && path(sides[0]) == "github.event.pull_request.merged" {
				return true
			}
		case *actionlint.StringNode:
			if v.Value == "push" && path(sides[0]) == "github.event.workflow_run.event" ||
				strings.HasSuffix(v.Value, "[bot]") && path(sides[0]) == "github.event.pull_request.user.login" {
				return true
			}
		}
	}
	return false
}

// requires reports whether an "if:" is true only where something holds.
func requires(s *actionlint.String, holds func(actionlint.ExprNode) bool) bool {
	if s == nil {
		return false
	}
	text := strings.TrimSpace(s.Value)
	if all := expressions(text); len(all) == 1 && strings.HasPrefix(text, "${{") && strings.HasSuffix(text, "}}") {
		text = all[0]
	}
	tree := parse(text)
	return tree != nil && implies(tree, holds)
}

func implies(n actionlint.ExprNode, holds func(actionlint.ExprNode) bool) bool {
	op, ok := n.(*actionlint.LogicalOpNode)
	switch {
	case !ok:
		return holds(n)
	case op.Kind == actionlint.LogicalOpNodeKindAnd:
		return implies(op.Left, holds) || implies(op.Right, holds)
	}
	return implies(op.Left, holds) && implies(op.Right, holds)
}

// taken is code of a stranger in the work folder: the line that takes it, what it takes, and into which folder; fixed
// says that it is named by the commit that somebody saw, and not by a branch that goes on.
type taken struct {
	line         int
	what, folder string
	fixed        bool
	// bare is true when no token stays in the folder.
	bare bool
}

// headCheckout says what a step takes of the head of a pull request.
func (a *auditor) headCheckout(step *actionlint.Step, refs []string) taken {
	switch e := step.Exec.(type) {
	case *actionlint.ExecAction:
		if !strings.HasPrefix(strings.ToLower(value(e.Uses)), "actions/checkout@") {
			return taken{}
		}
		if in := e.Inputs["repository"]; in != nil && !strings.Contains(value(in.Value), "${{") {
			return taken{} // of one repository that the workflow names
		}
		folder := ""
		if in := e.Inputs["path"]; in != nil {
			folder = slashpath.Clean(value(in.Value))
		}
		persist := e.Inputs["persist-credentials"]
		bare := persist != nil && strings.TrimSpace(value(persist.Value)) == "false"
		for _, name := range []string{"ref", "repository"} {
			in := e.Inputs[name]
			if in == nil || strings.HasSuffix(strings.TrimSpace(in.Value.Value), "base.sha }}") {
				continue
			}
			low := strings.ToLower(in.Value.Value)
			for _, h := range refs {
				if name == "ref" && e.Inputs["repository"] == nil && ownBranch.MatchString(low) {
					continue // a branch of this name in the repository itself
				}
				if strings.Contains(low, h) {
					return taken{lineOf(in.Value), excerpt(in.Value.Value), folder, strings.Contains(low, "sha"), bare}
				}
			}
		}
	case *actionlint.ExecRun:
		script := value(e.Run)
		for l := range strings.Lines(script) {
			low := strings.ToLower(l)
			if strings.Contains(low, "gh pr checkout") || strings.Contains(low, "git checkout") && strings.Contains(low, "pull/") ||
				strings.Contains(low, "git fetch") && strings.Contains(low, "pull/") && switches.MatchString(script) {
				return taken{line: a.file.within(lineOf(e.Run), strings.TrimSpace(l)), what: excerpt(l)}
			}
		}
	}
	return taken{}
}

// ownBranch is the name of a stranger's branch, and nothing that says in which repository it is.
var ownBranch = lazyregexp.New(
	`^\s*(?:refs/heads/)?\$\{\{\s*github\.(?:head_ref|event\.workflow_run\.head_branch|event\.pull_request\.head\.ref)\s*\}\}\s*$`,
)

// switches are commands of git that bring what was fetched into the work folder.
var switches = lazyregexp.New(
	`\bgit +(?:checkout|switch|merge|reset|worktree|rebase|cherry-pick|restore|pull|read-tree)\b`,
)

// builds are commands that run what stands in the work folder: scripts of a package, build files, tests.
var builds = lazyregexp.New(
	`(?m)(?:^|[\s;&|(])(?:\./[\w./-]+|(?:bash|sh|python3?|node|ruby|deno run|go run|tsx|bun) +[\w./-]*\.(?:sh|py|js|mjs|ts|rb|go)\b|` +
		`(?:npm|pnpm|yarn|bun)(?: +(?:ci|i|install|run|test|build|exec)\b|\s*$)|npx +|make\b|cmake\b|` +
		`pip3? +install +(?:-[re]\b|\.)|uv +(?:sync|run)\b|poetry +(?:install|run)\b|tox\b|pytest\b|` +
		`go +(?:build|test|generate|install|run)\b|cargo +(?:build|test|run|bench|clippy|check)\b|\.?/?(?:mvnw?|gradlew?)\b|` +
		`bundle +(?:install|exec)\b|rake\b|composer +(?:install|run)\b|dotnet +(?:build|test|run)\b|docker +(?:build|` +
		`compose)\b|terraform +(?:init|plan|apply)\b)`,
)

// returns is a command of git that puts the base's code in the place of a stranger's, unless ofHead names that, too.
var (
	returns = lazyregexp.New(
		`(?i)\bgit\b.*\b(?:checkout|switch)\b.*(?:\bupstream/|\borigin/|\s["']?\$?\{?)` +
			`(?:\w+_)?(?:base|ancestor|main|master)(?:_\w+)?["'}]*(?:\s|$)`,
	)
	ofHead = lazyregexp.New(`(?i)head|pull|\bpr\b|pr[-_/]|fork`)
)

// goesBack reports whether a script brings the base's code back.
func goesBack(script string) bool {
	for l := range strings.Lines(script) {
		if !isComment(l) && returns.MatchString(l) && !ofHead.MatchString(l) {
			return true
		}
	}
	return false
}

// onlyReads reports whether no step uses an action of others, which may build what it finds.
func onlyReads(steps []*actionlint.Step) bool {
	return !slices.ContainsFunc(steps, func(s *actionlint.Step) bool {
		e, ok := s.Exec.(*actionlint.ExecAction)
		return ok && !strings.HasPrefix(value(e.Uses), "actions/")
	})
}

// executes names the first step that runs something of a folder of the work folder, or of all of it; empty when none
// does for certain. Back is true when the base's code is there again before anything runs.
func executes(steps []*actionlint.Step, folder string) (runs string, back bool) {
	for _, s := range steps {
		switch e := s.Exec.(type) {
		case *actionlint.ExecRun:
			if runs := runsIn(e, folder); runs != "" {
				return runs, false
			}
			if goesBack(value(e.Run)) {
				return "", true
			}
		case *actionlint.ExecAction:
			if u := value(e.Uses); strings.HasPrefix(u, "./") && (folder == "" || within(u, folder)) {
				return u, false
			}
		}
	}
	return "", false
}

// runsIn is the line of a script that runs something of a folder.
func runsIn(run *actionlint.ExecRun, folder string) string {
	inside := folder == "" || folder == "." || within(value(run.WorkingDirectory), folder)
	var direct, enters *regexp.Regexp
	if !inside {
		name := `["']?(?:\./)?` + regexp.QuoteMeta(folder)
		direct = regexp.MustCompile(`(?:^|[;&|(])\s*(?:(?:bash|sh|python3?|node|ruby) +)?` + name + `/[\w./-]+`)
		enters = regexp.MustCompile(`\b(?:cd|pushd) +` + name + `\b|(?:-C|--prefix|--cwd|--dir)[ =]*` + name + `\b`)
	}
	for l := range strings.Lines(value(run.Run)) {
		switch {
		case isComment(l):
			continue
		case !inside && direct.MatchString(l):
			return strings.TrimSpace(l)
		case !inside:
			inside = enters.MatchString(l)
		}
		if inside && builds.MatchString(l) {
			return strings.TrimSpace(l)
		}
	}
	return ""
}

func within(file, folder string) bool {
	file = slashpath.Clean(file)
	return file == folder || strings.HasPrefix(file, folder+"/")
}
