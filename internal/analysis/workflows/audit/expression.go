package audit

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rhysd/actionlint"
)

// expressions are the texts between "${{" and "}}", without the marks.
func expressions(s string) []string {
	var all []string
	for {
		_, after, ok := strings.Cut(s, "${{")
		if !ok {
			return all
		}
		inside, rest, ok := strings.Cut(after, "}}")
		if !ok {
			return all
		}
		all, s = append(all, inside), rest
	}
}

// maxExpression is the longest expression that GitHub takes, in characters: ExpressionConstants.MaxLength of its runner.
const maxExpression = 21_000

// parse reads an expression; nil when it is none, or longer than GitHub takes: then no workflow runs.
func parse(expression string) actionlint.ExprNode {
	if utf8.RuneCountInString(strings.TrimSpace(expression)) > maxExpression {
		return nil
	}
	tree, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(expression + "}}"))
	if err != nil {
		return nil
	}
	return tree
}

// flowing are the contexts whose value can become the value of the expression, as dotted paths in lower case. What a
// comparison or a test reads does not flow.
func flowing(n actionlint.ExprNode) []string { return flow(nil, n) }

func flow(all []string, n actionlint.ExprNode) []string {
	switch e := n.(type) {
	case *actionlint.VariableNode, *actionlint.ObjectDerefNode, *actionlint.IndexAccessNode, *actionlint.ArrayDerefNode:
		if p := path(n); p != "" {
			return append(all, p)
		}
	case *actionlint.LogicalOpNode:
		if e.Kind == actionlint.LogicalOpNodeKindAnd {
			return flow(all, e.Right)
		}
		return flow(flow(all, e.Left), e.Right)
	case *actionlint.FuncCallNode:
		switch strings.ToLower(e.Callee) {
		case "format", "join", "tojson", "fromjson":
			for _, arg := range e.Args {
				all = flow(all, arg)
			}
		}
	}
	return all
}

// path is "github.event.issue.title"; an index is "*". It is empty for what is no chain of names.
func path(n actionlint.ExprNode) string {
	var parts []string // the last one first
	for {
		switch e := n.(type) {
		case *actionlint.VariableNode:
			parts = append(parts, e.Name)
			slices.Reverse(parts)
			return strings.ToLower(strings.Join(parts, "."))
		case *actionlint.ObjectDerefNode:
			parts, n = append(parts, e.Property), e.Receiver
		case *actionlint.ArrayDerefNode:
			parts, n = append(parts, "*"), e.Receiver
		case *actionlint.IndexAccessNode:
			part := "*"
			if s, ok := e.Index.(*actionlint.StringNode); ok {
				part = s.Value
			}
			parts, n = append(parts, part), e.Operand
		default:
			return ""
		}
	}
}

// untrusted are the contexts that whoever opens an issue, a pull request or a discussion fills with text of their own.
// https://docs.github.com/en/actions/reference/security/secure-use#good-practices-for-mitigating-script-injection-attacks
var untrusted = []string{
	"github.event.issue.title", "github.event.issue.body",
	"github.event.pull_request.title", "github.event.pull_request.body",
	"github.event.pull_request.head.ref", "github.event.pull_request.head.label",
	"github.event.pull_request.head.repo.default_branch", "github.event.pull_request.head.repo.description",
	"github.event.pull_request.head.repo.homepage",
	"github.event.comment.body", "github.event.review.body", "github.event.review_comment.body",
	"github.event.pages.*.page_name",
	"github.event.commits.*.message", "github.event.commits.*.author.email", "github.event.commits.*.author.name",
	"github.event.commits.*.committer.email", "github.event.commits.*.committer.name",
	"github.event.head_commit.message", "github.event.head_commit.author.email", "github.event.head_commit.author.name",
	"github.event.head_commit.committer.email", "github.event.head_commit.committer.name",
	"github.event.discussion.title", "github.event.discussion.body",
	"github.event.workflow_run.head_branch", "github.event.workflow_run.display_title",
	"github.event.workflow_run.head_commit.message", "github.event.workflow_run.head_commit.author.email",
	"github.event.workflow_run.head_commit.author.name", "github.event.workflow_run.head_repository.description",
	"github.event.workflow_run.pull_requests.*.head.ref",
	"github.event.changes.title.from", "github.event.changes.body.from",
	"github.head_ref",
}

// isUntrusted holds for an untrusted context, and for an object that has one in it.
func isUntrusted(p string) bool {
	return slices.ContainsFunc(untrusted, func(u string) bool { return u == p || wide(p) && strings.HasPrefix(u, p+".") })
}

// wide holds for objects whose text is taken whole, as by toJSON. "github" and "github.event" are dumped for debugging
// so often, into logs and by environment, that they are left to actionlint's readers.
func wide(p string) bool { return strings.Count(p, ".") >= 2 }
