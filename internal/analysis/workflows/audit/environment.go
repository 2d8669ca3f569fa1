package audit

import (
	"fmt"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// environmentWrite finds text of strangers that is written to GITHUB_ENV or GITHUB_PATH: it changes what later steps run.
func (a *auditor) environmentWrite(job *actionlint.Job, step *actionlint.Step, run *actionlint.ExecRun) {
	if a.composite || len(a.triggered()) == 0 {
		return
	}
	script := &script{a: a, job: job, step: step, text: value(run.Run), asked: map[string]bool{}}
	at := lineOf(run.Run)
	end := 0 // is looked for once there is a finding
	lines := strings.Split(script.text, "\n")
	writes := script.sinks()
	for i, l := range lines {
		if !writes(l) || script.harmless(lines, i) {
			continue
		}
		if end == 0 {
			end = a.file.end(at)
		}
		line, _ := a.file.among(at, end, strings.TrimSpace(l))
		a.add(Finding{
			Audit:   EnvironmentWrite,
			Line:    line,
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
	// given are the values that the script assigns, by variable; nil until one is asked for.
	given map[string][]assigned
	// commands are the variables to which a command gives a value, and otherwise whether values come in ways that are not
	// written there.
	commands  map[string]bool
	otherwise bool
	// functions are the names of those that the script defines; nil until one is asked for.
	functions map[string]bool
	// written says whether the matrix of the job is written out; nil until it is asked for.
	written *bool
}

// maxFollowed is how many bytes of values are followed in one file, and oneFollowed what a variable counts beside them: a
// text whose variables stand for several others each, or for long values, is not settled.
const (
	maxFollowed = 128 << 10
	oneFollowed = 64
)

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
	assignment = lazyregexp.New(`(?m)(?:^|[^\w$.{-])([A-Za-z_]\w*)\+?=`)
	command    = lazyregexp.New(`(?m)(?:^|[;&|(]|\b(?:export|local|readonly|declare|then|do|else))[ \t]*([A-Za-z_]\w*)\+?=`)
	// otherwise are commands by which a variable gets a value that is not written there.
	otherwise = lazyregexp.New(`\b(?:read|mapfile|readarray|eval|source|for|select|getopts)\b|printf +-v|(?m)^\s*\. `)
)

// settled reports whether a text of the shell holds nothing that a stranger may have chosen: it is written out, or comes
// from what GitHub itself sets. What a command prints is not known.
func (s *script) settled(text string) bool {
	var rest strings.Builder // without its expressions
	for {
		before, after, ok := strings.Cut(text, "${{")
		inside, behind, closed := strings.Cut(after, "}}")
		if !ok || !closed {
			rest.WriteString(text)
			break
		}
		if tree := parse(inside); tree == nil || !s.own(tree) {
			return false
		}
		rest.WriteString(before)
		text = behind
	}
	text = day.ReplaceAllString(rest.String(), "")
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
	if s.written == nil {
		is := s.writtenOut()
		s.written = &is
	}
	return *s.written
}

func (s *script) writtenOut() bool {
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

// variable reports whether each environment that has it, and each assignment of the script, gives a variable such a text.
func (s *script) variable(name string) bool {
	if s.asked[name] {
		return true
	}
	if !s.follow("") {
		return false
	}
	s.asked[name] = true
	defer delete(s.asked, name)
	given, settled := s.assigned(name)
	if !settled {
		return false
	}
	for _, env := range []*actionlint.Env{s.step.Env, s.job.Env, s.a.workflow.Env} {
		if env == nil {
			continue
		}
		// A value may be made of that of an outer environment, so each counts.
		if v := env.Vars[strings.ToLower(name)]; v != nil {
			if text := value(v.Value); !s.follow(text) || !s.settled(text) {
				return false
			}
			given = true
		}
	}
	if ownVariables.MatchString(name) {
		return !strings.EqualFold(name, "GITHUB_HEAD_REF")
	}
	return given
}

// follow reports whether a value may still be looked at.
func (s *script) follow(text string) bool {
	s.a.followed += len(text) + oneFollowed
	return s.a.followed <= maxFollowed
}

// assigned says whether the script gives a variable a value, and whether all that it may give are settled.
func (s *script) assigned(name string) (given, settled bool) {
	if s.given == nil {
		s.given, s.commands, s.otherwise = map[string][]assigned{}, map[string]bool{}, otherwise.MatchString(s.text)
		for _, m := range command.FindAllStringSubmatch(s.text, -1) {
			s.commands[m[1]] = true
		}
		start, end := 0, -1 // of the line
		for _, m := range assignment.FindAllStringSubmatchIndex(s.text, -1) {
			if m[2] > end {
				start = strings.LastIndexByte(s.text[:m[2]], '\n') + 1
				line, _, _ := strings.Cut(s.text[start:], "\n")
				end = start + len(line)
			}
			variable := s.text[m[2]:m[3]]
			s.given[variable] = append(s.given[variable], assigned{s.text[m[1]:end], s.text[start:end]})
		}
	}
	for _, g := range s.given[name] {
		if !s.follow(g.line) || g.goesOn() || !s.settled(g.text) {
			return false, false
		}
		given = true
	}
	if given && s.otherwise {
		return false, false
	}
	return given && s.commands[name], true
}

// assigned is a value as far as its line goes, and that line from its start.
type assigned struct{ text, line string }

// goesOn reports whether the value may go on with the next line.
func (g assigned) goesOn() bool {
	return strings.HasSuffix(strings.TrimRight(g.line, "\r"), `\`) || strings.HasPrefix(g.text, "(") ||
		strings.Count(g.line, `"`)%2 > 0 || strings.Count(g.line, "'")%2 > 0
}
