package audit

import (
	"fmt"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/document"
)

// standIn is what stands before the steps of a composite action, so that they read as those of a job.
const standIn = "on: push\njobs:\n  action:\n    runs-on: ubuntu-latest\n    steps:\n"

// Action audits the steps of a composite action. An action of another kind has none, and no finding.
func Action(body []byte, o Options) ([]Finding, error) {
	f := newFile(body, 0)
	runs, kind := f.top("runs:"), ""
	if runs == 0 {
		return nil, ErrShape
	}
	steps := 0
	for n := runs + 1; n <= len(f.lines) && (isComment(f.line(n)) || indent(f.line(n)) != ""); n++ {
		key, rest, _ := strings.Cut(strings.TrimSpace(f.line(n)), ":")
		switch {
		case key == "using" && kind == "":
			kind = strings.Trim(strings.TrimSpace(rest), `"'`)
		case key == "steps" && strings.TrimSpace(rest) == "" && steps == 0:
			steps = n
		}
	}
	switch {
	case kind != "" && kind != "composite":
		return nil, nil
	case steps == 0:
		return nil, ErrShape
	}
	// The block goes on for as long as its lines stand deeper than its key, or as deep in the case of a list.
	deep, end := indent(f.line(steps)), steps+1
	for ; end <= len(f.lines); end++ {
		l := f.line(end)
		if !isComment(l) && len(indent(l)) <= len(deep) && !(indent(l) == deep && strings.HasPrefix(l[len(deep):], "- ")) {
			break
		}
	}
	var b strings.Builder
	b.WriteString(standIn)
	for n := steps + 1; n < end; n++ {
		if isComment(f.line(n)) {
			b.WriteString("\n")
			continue
		}
		b.WriteString("      " + f.line(n) + "\n")
	}
	if document.Expands([]byte(b.String()), maxValues) {
		return nil, ErrLarge
	}
	w, problems := actionlint.Parse([]byte(b.String()))
	if w == nil || w.Jobs["action"] == nil || len(w.Jobs["action"].Steps) == 0 {
		if len(problems) > 0 {
			return nil, fmt.Errorf("read the steps of the action: %s", excerpt(problems[0].Message))
		}
		return nil, ErrShape
	}
	shift := steps - strings.Count(standIn, "\n")
	a := &auditor{file: newFile([]byte(b.String()), shift), options: o, workflow: w, composite: true}
	a.all()
	for i := range a.found {
		if r := a.found[i].Rewrite; r != nil {
			r.Text = dedent(r.Text)
		}
	}
	return a.sorted(), nil
}

// dedent takes back the blanks that the stand-in needs.
func dedent(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		b.WriteString(strings.TrimPrefix(l, "      "))
	}
	return b.String()
}

// top is the line of a key that stands at the start of a line; 0 when there is none.
func (f file) top(key string) int {
	for n, l := range f.lines {
		if strings.HasPrefix(l, key) {
			return n + 1
		}
	}
	return 0
}
