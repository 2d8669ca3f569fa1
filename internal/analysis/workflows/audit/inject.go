package audit

import (
	"fmt"
	"strings"

	"github.com/rhysd/actionlint"
)

// inject finds text of strangers that is written into code before the code runs. run is nil for a script of
// actions/github-script.
func (a *auditor) inject(job *actionlint.Job, step *actionlint.Step, code *actionlint.String, run *actionlint.ExecRun) {
	if code == nil {
		return
	}
	where, from := "the shell", a.file.within(lineOf(code), "${{")
	if run == nil {
		where = "the script"
	}
	for _, expression := range expressions(code.Value) {
		tree := parse(expression)
		if tree == nil {
			continue
		}
		for _, p := range flowing(tree) {
			source := p
			if name, ok := strings.CutPrefix(p, "env."); ok {
				if source = a.origin(job, step, name); source == "" {
					continue
				}
			}
			if !isUntrusted(source) || strings.HasPrefix(source, "github.event.workflow_run.") && requires(job.If, ofOwnCode) {
				continue
			}
			line, _ := a.file.among(from, a.file.end(lineOf(code)), "${{"+expression+"}}")
			f := Finding{
				Audit:   TemplateInjection,
				Line:    line,
				Subject: p,
				Message: fmt.Sprintf("%s is written into %s before it runs, so whoever chooses that text chooses the commands.",
					excerpt("${{"+expression+"}}"), where),
				Remedy: "Hand it over by the environment: env: with a name, and that name in quotes in the code. " +
					"A variable's text is data there and never code.",
			}
			if run != nil && source == p {
				f.Rewrite = a.byEnvironment(job, step, run, expression, p, line)
			}
			a.add(f)
		}
	}
}

// origin is the untrusted context that a variable of the environment is filled from; empty when there is none.
func (a *auditor) origin(job *actionlint.Job, step *actionlint.Step, name string) string {
	for _, env := range []*actionlint.Env{step.Env, job.Env, a.workflow.Env} {
		if env == nil {
			continue
		}
		v := env.Vars[name]
		if v == nil {
			continue
		}
		for _, expression := range expressions(value(v.Value)) {
			if tree := parse(expression); tree != nil {
				for _, p := range flowing(tree) {
					if isUntrusted(p) {
						return p
					}
				}
			}
		}
		return ""
	}
	return ""
}

// maxRewritten is how many lines a rewrite may replace.
const maxRewritten = 20

// byEnvironment rewrites a step so that its shell reads the text from the environment. It is nil where that cannot be
// told for certain: another shell, a step that has an environment already, quotes that keep a variable from being read.
func (a *auditor) byEnvironment(job *actionlint.Job, step *actionlint.Step, run *actionlint.ExecRun, expression, source string,
	line int) *Rewrite {
	if step.Env != nil || run.RunPos == nil || !posix(job, run) {
		return nil
	}
	first := run.RunPos.Line
	if line < first || line-first >= maxRewritten || len(a.file.line(line)) > maxRewrittenLine {
		return nil
	}
	mark := "${{" + expression + "}}"
	head := a.file.line(first)
	key := keyIndent(head)
	if !strings.HasPrefix(strings.TrimPrefix(strings.TrimLeft(head, " "), "- "), "run:") || strings.Count(a.file.line(line), mark) != 1 {
		return nil
	}
	before, after, _ := strings.Cut(a.file.line(line), mark)
	if line == first {
		before = strings.TrimPrefix(strings.TrimLeft(before, " -"), "run:")
	}
	if strings.Count(before, "'")%2 == 1 || line == first &&
		strings.ContainsAny(strings.TrimSpace(before)[:min(1, len(strings.TrimSpace(before)))], `"'`) {
		return nil
	}
	name := variable(source)
	use := `"$` + name + `"`
	if strings.Count(before, `"`)%2 == 1 {
		use = "${" + name + "}"
	}
	lead := head[:len(key)]
	var b strings.Builder
	fmt.Fprintf(&b, "%senv:\n%s  %s: %s\n", lead, key, name, mark)
	for n := first; n <= line; n++ {
		l := a.file.line(n)
		if n == line {
			cut, _, _ := strings.Cut(l, mark)
			l = cut + use + after
		}
		if n == first {
			l = key + l[len(key):]
		}
		b.WriteString(l + "\n")
	}
	return &Rewrite{First: first, Last: line, Text: b.String()}
}

// posix holds when the step's shell is bash or sh for certain.
func posix(job *actionlint.Job, run *actionlint.ExecRun) bool {
	if run.Shell != nil {
		return run.Shell.Value == "bash" || run.Shell.Value == "sh"
	}
	if job.RunsOn == nil || job.RunsOn.LabelsExpr != nil || job.Defaults != nil || len(job.RunsOn.Labels) != 1 {
		return false
	}
	label := strings.ToLower(job.RunsOn.Labels[0].Value)
	return strings.HasPrefix(label, "ubuntu-") || strings.HasPrefix(label, "macos-")
}

// variable names the environment variable of a context: "github.event.issue.title" is ISSUE_TITLE.
func variable(p string) string {
	p = strings.TrimPrefix(strings.TrimPrefix(p, "github."), "event.")
	return strings.ToUpper(strings.NewReplacer(".*", "", ".", "_", "-", "_").Replace(p))
}
