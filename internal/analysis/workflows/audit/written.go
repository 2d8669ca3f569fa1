package audit

import (
	"fmt"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// written audits every expression between "${{" and "}}", wherever it stands: in environments of all levels, in inputs, in
// conditions, in names.
func (a *auditor) written() {
	for n, l := range a.file.lines {
		comment := commentOf(l)
		for at := 0; ; {
			open := strings.Index(l[at:], "${{")
			if open < 0 || comment >= 0 && at+open > comment {
				break
			}
			inside, after, ok := strings.Cut(l[at+open+len("${{"):], "}}")
			if !ok {
				break // it goes on in the next line
			}
			a.expression(n+1, inside)
			at = len(l) - len(after)
		}
	}
}

// maxLost is how many expressions are searched that stand nowhere as YAML gives them; each search reads the rest of a text.
const maxLost = 100

// inTexts audits the expressions of texts as YAML gives them: those that go on over several lines, stand behind a "#" of a
// script, or have quotes that YAML takes away. What written has found of them already is the same finding.
func (a *auditor) inTexts(texts ...*actionlint.String) {
	for _, s := range texts {
		line := lineOf(s)
		for _, e := range expressions(value(s)) {
			if a.lost < maxLost {
				at, found := a.file.among(line, a.file.end(lineOf(s)), "${{"+e+"}}")
				if line = at; !found {
					a.lost++
				}
			}
			a.expression(line, e)
		}
	}
}

func (a *auditor) inEnvironment(env *actionlint.Env) {
	if env == nil {
		return
	}
	for _, name := range sortedKeys(env.Vars) {
		a.inTexts(env.Vars[name].Value)
	}
}

// commentOf is where the comment of a line begins; -1 when it has none.
func commentOf(l string) int {
	if strings.HasPrefix(strings.TrimLeft(l, " "), "#") {
		return 0
	}
	return strings.Index(l, " #")
}

// expression audits one expression as it is written.
func (a *auditor) expression(line int, written string) {
	tree := parse(written)
	if tree == nil {
		return
	}
	actionlint.VisitExprNode(tree, func(n, _ actionlint.ExprNode, entering bool) {
		if !entering {
			return
		}
		switch e := n.(type) {
		case *actionlint.FuncCallNode:
			a.handsOverAll(line, e)
			a.unredacted(line, e)
			a.veiled(line, written, e)
		case *actionlint.IndexAccessNode:
			a.indexedSecrets(line, e)
		case *actionlint.LogicalOpNode:
			a.sameEitherWay(line, written, e)
		}
	})
}

// unredacted finds a field that is taken out of a secret: the runner masks the secret as a whole, and no part of it.
func (a *auditor) unredacted(line int, call *actionlint.FuncCallNode) {
	if !strings.EqualFold(call.Callee, "fromJSON") || len(call.Args) != 1 {
		return
	}
	for _, p := range flowing(call.Args[0]) {
		name, ok := strings.CutPrefix(p, "secrets.")
		if !ok {
			continue
		}
		a.add(Finding{
			Audit:   UnredactedSecret,
			Line:    line,
			Subject: p,
			Message: fmt.Sprintf(
				"fromJSON takes a field out of the secret %s. Logs mask the secret as a whole, and not its fields.",
				excerpt(strings.ToUpper(name)),
			),
			Remedy: "Store each field as a secret of its own, and name it: ${{ secrets.NAME }}.",
		})
	}
}

// indexedSecrets finds a secret whose name is made when the job runs: which one is not known before, so the job gets all.
func (a *auditor) indexedSecrets(line int, index *actionlint.IndexAccessNode) {
	if _, literal := index.Index.(*actionlint.StringNode); literal || path(index.Operand) != "secrets" {
		return
	}
	a.add(Finding{
		Audit:   IndexedSecrets,
		Line:    line,
		Subject: "secrets[]",
		Message: "The name of this secret is made when the job runs, so the machine is given every secret of the repository.",
		Remedy:  "Name each secret that is needed; a reusable workflow can take it by its own name under secrets:.",
	})
}

// veiled finds what is written in a way that hides what it is.
func (a *auditor) veiled(line int, written string, call *actionlint.FuncCallNode) {
	f := Finding{Audit: Obfuscation, Line: line, Subject: strings.ToLower(call.Callee)}
	switch strings.ToLower(call.Callee) {
	case "fromjson":
		inner, ok := onlyCall(call, "toJSON")
		if !ok {
			return
		}
		f.Subject = "fromjson of tojson " + path(inner)
		f.Message = "fromJSON(toJSON(x)) is x. Written so, other tools do not see what it is."
		f.Remedy = "Write x alone."
		if m := undone.FindStringSubmatch(written); m != nil {
			f.Rewrite = a.replaced(line, "${{"+written+"}}", "${{ "+strings.TrimSpace(m[1])+" }}")
		}
	case "format":
		text, ok := formatted(call)
		if !ok {
			return
		}
		f.Subject = "format " + text
		f.Message = fmt.Sprintf(
			"format() of texts alone is the text %s. Written so, other tools do not see what it is.",
			excerpt(text),
		)
		f.Remedy = "Write the text itself."
		if strings.HasPrefix(strings.TrimSpace(written), "format") && harmless.MatchString(text) &&
			wholeCall.MatchString(written) && !readOtherwise.MatchString(a.file.line(line)) && !yamlWord.MatchString(text) {
			f.Rewrite = a.replaced(line, "${{"+written+"}}", text)
		}
	default:
		return
	}
	a.add(f)
}

var (
	// undone is a value that is written as JSON and read again, without a bracket in it.
	undone = lazyregexp.New(`(?i)^\s*fromJSON\(\s*toJSON\(([^()]*)\)\s*\)\s*$`)
	// wholeCall is an expression that is one call, without another in it.
	wholeCall = lazyregexp.New(`^\s*\w+\([^()]*\)\s*$`)
	// readOtherwise is a line in which a text without its call is an expression: a condition.
	readOtherwise = lazyregexp.New(`\bif["']?\s*:`)
	// yamlWord is a text that YAML takes for another value than a text.
	yamlWord = lazyregexp.New(`^(?i:true|false|null|yes|no|on|off|y|n)$`)
	// harmless is text that means the same in YAML, a shell and an expression.
	harmless = lazyregexp.New(`^[A-Za-z][\w./-]*$`)
)

// onlyCall is the argument of a call that is the only argument of another.
func onlyCall(call *actionlint.FuncCallNode, name string) (actionlint.ExprNode, bool) {
	if len(call.Args) != 1 {
		return nil, false
	}
	inner, ok := call.Args[0].(*actionlint.FuncCallNode)
	if !ok || !strings.EqualFold(inner.Callee, name) || len(inner.Args) != 1 {
		return nil, false
	}
	return inner.Args[0], true
}

// formatted is the text that format() makes of texts alone.
func formatted(call *actionlint.FuncCallNode) (string, bool) {
	var texts []string
	for _, arg := range call.Args {
		s, ok := arg.(*actionlint.StringNode)
		if !ok {
			return "", false
		}
		texts = append(texts, s.Value)
	}
	if len(texts) == 0 {
		return "", false
	}
	var pairs []string
	for i, t := range texts[1:] {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), t)
	}
	return strings.NewReplacer(pairs...).Replace(texts[0]), true
}

// sameEitherWay finds a condition whose value for true counts as false, so that it is never the result.
func (a *auditor) sameEitherWay(line int, written string, or *actionlint.LogicalOpNode) {
	if or.Kind != actionlint.LogicalOpNodeKindOr {
		return
	}
	and, ok := or.Left.(*actionlint.LogicalOpNode)
	if !ok || and.Kind != actionlint.LogicalOpNodeKindAnd {
		return
	}
	falsy := ""
	switch v := and.Right.(type) {
	case *actionlint.StringNode:
		if v.Value == "" {
			falsy = "''"
		}
	case *actionlint.BoolNode:
		if !v.Value {
			falsy = "false"
		}
	case *actionlint.NullNode:
		falsy = "null"
	case *actionlint.IntNode:
		if v.Value == 0 {
			falsy = "0"
		}
	}
	if falsy == "" {
		return
	}
	f := Finding{
		Audit:   UnsoundTernary,
		Line:    line,
		Subject: excerpt(strings.TrimSpace(written)),
		Message: fmt.Sprintf(
			"%s counts as false, so what stands behind || is taken whether the condition holds or not.",
			falsy,
		),
		Remedy: "Turn the condition around, or use case(condition, value, other).",
	}
	if c, other, ok := arms(written, falsy); ok {
		f.Rewrite = a.replaced(line, "${{"+written+"}}", fmt.Sprintf("${{ !(%s) && %s || %s }}", c, other, falsy))
	}
	a.add(f)
}

// arms splits "condition && value || other" where it is nothing more.
func arms(written, value string) (condition, other string, ok bool) {
	if strings.Count(written, "&&") != 1 || strings.Count(written, "||") != 1 || strings.ContainsAny(written, `"`) {
		return "", "", false
	}
	condition, rest, _ := strings.Cut(written, "&&")
	then, other, ok := strings.Cut(rest, "||")
	condition, other = strings.TrimSpace(condition), strings.TrimSpace(other)
	ok = ok && strings.TrimSpace(then) == value && condition != "" && other != "" && balanced(condition) &&
		balanced(other)
	return condition, other, ok
}

func balanced(s string) bool { return strings.Count(s, "(") == strings.Count(s, ")") }

// maxRewrittenLine is the longest line that is rewritten, in bytes; nobody reads a suggestion for a longer one.
const maxRewrittenLine = 2000

// replaced rewrites one line by putting a text in the place of another; nil where that does not stand there once.
func (a *auditor) replaced(line int, old, now string) *Rewrite {
	l := a.file.line(line)
	if len(l) > maxRewrittenLine || strings.Count(l, old) != 1 {
		return nil
	}
	return &Rewrite{First: line, Last: line, Text: strings.Replace(l, old, now, 1) + "\n"}
}
