package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// environmentWrite finds text of strangers that is written to GITHUB_ENV or GITHUB_PATH: it changes what later steps run.
func (a *auditor) environmentWrite(job *actionlint.Job, step *actionlint.Step, run *actionlint.ExecRun) {
	if a.composite || len(a.triggered()) == 0 {
		return
	}
	script := &script{a, job, step, value(run.Run), map[string]bool{}, maxFollowed}
	for l := range strings.Lines(script.text) {
		if !strings.Contains(l, "GITHUB_ENV") && !strings.Contains(l, "GITHUB_PATH") || !strings.Contains(l, "$") {
			continue
		}
		written, _, _ := strings.Cut(l, ">>")
		if script.settled(written) && !strings.HasPrefix(strings.TrimSpace(l), "cat ") {
			continue
		}
		a.add(Finding{
			Audit:   EnvironmentWrite,
			Line:    a.file.within(lineOf(run.Run), strings.TrimSpace(l)),
			Subject: value(job.ID),
			Message: fmt.Sprintf(
				"%s sets variables for all later steps, and %s lets strangers start this workflow. A line break in the text "+
					"sets others, such as LD_PRELOAD.", excerpt(l), strings.Join(a.triggered(), " and ")),
			Remedy: "Write the value to GITHUB_OUTPUT and read it as steps.ID.outputs.NAME, handed over by env: where a step needs it.",
		})
	}
}

// script is the commands of one step.
type script struct {
	a    *auditor
	job  *actionlint.Job
	step *actionlint.Step
	text string
	// asked are the variables that are being followed: what is made of itself is settled by its other values.
	asked map[string]bool
	// left is how many variables may still be followed: a text whose variables stand for several others each is not.
	left int
}

// maxFollowed is how many variables of one script are followed.
const maxFollowed = 100

var (
	// ownVariables are set by GitHub and by the machine, and hold no text of strangers: GITHUB_HEAD_REF does.
	ownVariables = lazyregexp.New(`^(?:HOME|PWD|PATH|USER|RUNNER_\w+|GITHUB_\w+)$`)
	// ownContexts are filled by GitHub, the machine or people of the repository: names of people and repositories, numbers,
	// commits, secrets. No text of a stranger is in them, and no line break.
	ownContexts = lazyregexp.New(`^(?:runner\.\w+|secrets\.\w+|vars\.\w+|job\.[\w.]+|strategy\.[\w-]+|` +
		`github\.(?:action|action_path|action_ref|action_repository|actor|actor_id|api_url|base_ref|event_name|graphql_url|job|ref|` +
		`ref_name|ref_type|repository|repository_id|repository_owner|repository_owner_id|run_attempt|run_id|run_number|server_url|sha|` +
		`token|triggering_actor|workflow|workflow_ref|workflow_sha|workspace)|` +
		`github\.event\.(?:action|number|sender\.login|repository\.[\w.]+|(?:[\w.]+\.)?(?:id|node_id|number|sha|head_sha|run_number|` +
		`run_attempt|conclusion|merge_commit_sha|created_at|updated_at|run_started_at|user\.login)))$`)
	variableUse = lazyregexp.New(`\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)([^{}$]*)\})`)
	// day is the time of the machine in a form that is written out.
	day = lazyregexp.New("\\$\\(date(?: +[^$`()]*)?\\)|`date(?: +[^$`()]*)?`")
	// assignment is what may give a variable its value, command what does.
	assignment = lazyregexp.New(`(?m)(?:^|[^\w$.{-])([A-Za-z_]\w*)\+?=([^\n]*)`)
	command    = lazyregexp.New(`(?m)(?:^|[;&|(]|\b(?:export|local|readonly|declare|then|do|else))[ \t]*([A-Za-z_]\w*)\+?=`)
	// otherwise are commands by which a variable gets a value that is not written there.
	otherwise = lazyregexp.New(`\b(?:read|mapfile|readarray|eval|source|for|select|getopts)\b|printf +-v|(?m)^\s*\. `)
)

// settled reports whether a text of the shell holds nothing that a stranger may have chosen: it is written out, or comes
// from what GitHub itself sets. What a command prints is not known.
func (s *script) settled(text string) bool {
	for _, e := range expressions(text) {
		tree := parse(e)
		if tree == nil || !s.own(tree) {
			return false
		}
		text = strings.Replace(text, "${{"+e+"}}", "", 1)
	}
	text = day.ReplaceAllString(text, "")
	for _, m := range variableUse.FindAllStringSubmatch(text, -1) {
		if !s.variable(m[1] + m[2]) {
			return false
		}
	}
	return !strings.ContainsAny(variableUse.ReplaceAllString(text, ""), "$`")
}

// own reports whether all that an expression can become is written out, or set by GitHub.
func (s *script) own(tree actionlint.ExprNode) bool {
	for _, p := range flowing(tree) {
		name, environment := strings.CutPrefix(p, "env.")
		_, matrix := strings.CutPrefix(p, "matrix.")
		switch {
		case ownContexts.MatchString(p), matrix && s.matrix(), environment && s.variable(name):
		default:
			return false
		}
	}
	return true
}

// matrix reports whether the matrix of the job is written out.
func (s *script) matrix() bool {
	if s.job.Strategy == nil || s.job.Strategy.Matrix == nil || s.job.Strategy.Matrix.Expression != nil {
		return false
	}
	m := s.job.Strategy.Matrix
	for _, r := range m.Rows {
		if r.Expression != nil {
			return false
		}
		for _, v := range r.Values {
			if strings.Contains(v.String(), "${{") {
				return false
			}
		}
	}
	return m.Include == nil
}

// variable reports whether the environment of the step, or each assignment of its script, gives a variable such a text.
func (s *script) variable(name string) bool {
	if s.asked[name] {
		return true
	}
	if s.left--; s.left < 0 {
		return false
	}
	s.asked[name] = true
	defer delete(s.asked, name)
	given, settled := s.assigned(name)
	if !settled {
		return false
	}
	if ownVariables.MatchString(name) {
		return !strings.EqualFold(name, "GITHUB_HEAD_REF")
	}
	for _, env := range []*actionlint.Env{s.step.Env, s.job.Env, s.a.workflow.Env} {
		if env == nil {
			continue
		}
		if v := env.Vars[strings.ToLower(name)]; v != nil {
			return s.settled(value(v.Value))
		}
	}
	return given
}

// assigned says whether the script gives a variable a value, and whether all that it may give are settled.
func (s *script) assigned(name string) (given, settled bool) {
	for _, m := range assignment.FindAllStringSubmatch(s.text, -1) {
		if m[1] != name {
			continue
		}
		if !s.settled(m[2]) {
			return false, false
		}
		given = true
	}
	if !given {
		return false, true
	}
	if otherwise.MatchString(s.text) {
		return false, false
	}
	return slices.ContainsFunc(command.FindAllStringSubmatch(s.text, -1), func(m []string) bool { return m[1] == name }), true
}
