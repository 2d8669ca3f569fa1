package audit

import (
	"fmt"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// actorIsBot is a comparison of the person who started the run with a bot.
var actorIsBot = lazyregexp.New(`(?i)github\.(?:triggering_)?actor\s*==\s*'([^']+\[bot\])'`)

// condition audits an "if:".
func (a *auditor) condition(s *actionlint.String) {
	if s == nil {
		return
	}
	if m := actorIsBot.FindStringSubmatch(s.Value); m != nil && a.startedByPullRequests() {
		line := a.file.within(lineOf(s), m[0])
		f := Finding{
			Audit:   SpoofableCondition,
			Line:    line,
			Subject: m[1],
			Message: fmt.Sprintf(
				"%s names who acted last, not who wrote the pull request: a stranger's pull request passes when %s acts on it.",
				excerpt(m[0]), m[1]),
			Remedy: fmt.Sprintf("Compare the author: github.event.pull_request.user.login == '%s'", m[1]),
		}
		if now := a.file.line(line); strings.Contains(now, m[0]) {
			f.Rewrite = &Rewrite{First: line, Last: line, Text: strings.Replace(now, m[0],
				"github.event.pull_request.user.login == '"+m[1]+"'", 1) + "\n"}
		}
		a.add(f)
	}
	a.unsoundContains(s)
}

func (a *auditor) startedByPullRequests() bool {
	for _, e := range a.workflow.On {
		if strings.HasPrefix(e.EventName(), "pull_request") {
			return true
		}
	}
	return false
}

// unsoundContains finds a list that is written as one text: a name that is part of another passes, too.
func (a *auditor) unsoundContains(s *actionlint.String) {
	texts := expressions(s.Value)
	if len(texts) == 0 {
		texts = []string{s.Value}
	}
	for _, expression := range texts {
		tree := parse(expression)
		if tree == nil {
			continue
		}
		actionlint.VisitExprNode(tree, func(n, _ actionlint.ExprNode, entering bool) {
			c, ok := n.(*actionlint.FuncCallNode)
			if !ok || !entering || !strings.EqualFold(c.Callee, "contains") || len(c.Args) != 2 {
				return
			}
			list, ok := c.Args[0].(*actionlint.StringNode)
			p := path(c.Args[1])
			if !ok || !chosenByOthers(p) || len(strings.FieldsFunc(list.Value, separator)) < 2 {
				return
			}
			words := strings.FieldsFunc(list.Value, separator)
			exact := `fromJSON('["` + strings.Join(words, `", "`) + `"]')`
			line := a.file.within(lineOf(s), "'"+list.Value+"'")
			f := Finding{
				Audit:   UnsoundContains,
				Line:    line,
				Subject: p + " in " + list.Value,
				Message: fmt.Sprintf("contains('%s', %s) looks for a part of the text, so a part of one of these names passes as well.",
					excerpt(list.Value), excerpt(p)),
				Remedy: "Look it up in a list: contains(" + excerpt(exact) + ", " + excerpt(p) + ")",
			}
			if now := a.file.line(line); strings.Contains(now, "'"+list.Value+"'") && !strings.ContainsAny(list.Value, `"\`) {
				f.Rewrite = &Rewrite{First: line, Last: line, Text: strings.Replace(now, "'"+list.Value+"'", exact, 1) + "\n"}
			}
			a.add(f)
		})
	}
}

func separator(r rune) bool { return r == ' ' || r == ',' || r == '|' || r == ';' || r == '\n' }

// chosenByOthers holds for names that whoever pushes or opens a pull request chooses.
func chosenByOthers(p string) bool {
	switch p {
	case "github.ref", "github.ref_name", "github.head_ref", "github.base_ref", "github.actor", "github.triggering_actor",
		"github.event.pull_request.user.login", "github.event.pull_request.head.ref":
		return true
	}
	return false
}

// runner finds machines of one's own that pull requests of strangers reach.
func (a *auditor) runner(job *actionlint.Job) {
	if !a.options.Public || job.RunsOn == nil || !a.startedByPullRequests() {
		return
	}
	for _, l := range append(job.RunsOn.Labels, ofMatrix(job)...) {
		if strings.EqualFold(l.Value, "self-hosted") {
			a.add(Finding{
				Audit:   SelfHosted,
				Line:    lineOf(l),
				Subject: value(job.ID),
				Message: fmt.Sprintf("The job %s runs code of pull requests on a machine of your own, in a public repository: what one "+
					"stranger leaves there meets the next job.", excerpt(value(job.ID))),
				Remedy: "Use a runner of GitHub for pull requests, or runners that are thrown away after one job and wait for approval.",
			})
			return
		}
	}
}

// ofMatrix are the values of the rows of a matrix that a job takes its machine from, as "runs-on: ${{ matrix.os }}" does.
func ofMatrix(job *actionlint.Job) (labels []*actionlint.String) {
	if job.Strategy == nil || job.Strategy.Matrix == nil {
		return nil
	}
	named := append([]*actionlint.String{job.RunsOn.LabelsExpr}, job.RunsOn.Labels...)
	for _, l := range named {
		for _, expression := range expressions(value(l)) {
			row := job.Strategy.Matrix.Rows[strings.TrimPrefix(strings.ToLower(strings.TrimSpace(expression)), "matrix.")]
			if row == nil {
				continue
			}
			for _, v := range row.Values {
				labels = append(labels, texts(v)...)
			}
		}
	}
	return labels
}

// texts are the texts of a value of a matrix: of itself, or of a list.
func texts(v actionlint.RawYAMLValue) (all []*actionlint.String) {
	switch v := v.(type) {
	case *actionlint.RawYAMLString:
		all = append(all, &actionlint.String{Value: v.Value, Pos: v.Pos()})
	case *actionlint.RawYAMLArray:
		for _, e := range v.Elems {
			all = append(all, texts(e)...)
		}
	}
	return all
}

// cacheInRelease finds a cache that is read by a job that publishes: what a pull request's job wrote there is shipped.
func (a *auditor) cacheInRelease(job *actionlint.Job) {
	if a.composite || !a.releases(job) {
		return
	}
	for _, step := range job.Steps {
		e, ok := step.Exec.(*actionlint.ExecAction)
		if !ok {
			continue
		}
		uses := strings.ToLower(name(value(e.Uses)))
		if uses != "actions/cache" && uses != "actions/cache/restore" && !strings.HasSuffix(uses, "/rust-cache") {
			continue
		}
		a.add(Finding{
			Audit:   CacheInRelease,
			Line:    lineOf(e.Uses),
			Subject: value(job.ID) + " " + uses,
			Message: fmt.Sprintf("The job %s publishes, and restores a cache that jobs of other branches may have written.",
				excerpt(value(job.ID))),
			Remedy: "Build what is published without a cache.",
		})
	}
}

// publishing are actions that hand something out to users.
var publishing = []string{"softprops/action-gh-release", "goreleaser/goreleaser-action", "pypa/gh-action-pypi-publish",
	"docker/build-push-action", "ncipollo/release-action", "actions/create-release", "js-devtools/npm-publish", "rubygems/release-gem"}

func (a *auditor) releases(job *actionlint.Job) bool {
	for _, step := range job.Steps {
		e, ok := step.Exec.(*actionlint.ExecAction)
		if !ok {
			continue
		}
		for _, p := range publishing {
			if strings.EqualFold(name(value(e.Uses)), p) {
				push := e.Inputs["push"]
				return p != "docker/build-push-action" || push != nil && value(push.Value) == "true"
			}
		}
	}
	return false
}
