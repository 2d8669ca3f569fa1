// Package console writes what people read on a terminal or in the log of a job: a verdict, and advice.
//
// Callers may rely on: equal input gives equal text; what others wrote cannot move the cursor, change a colour, or be a
// command to a CI runner.
package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/plain"
	"github.com/lintel-review/lintel/internal/text"
)

// The colours of the terminal (ECMA-48, SGR).
const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	dim    = "\x1b[2m"
	reset  = "\x1b[0m"
)

// textWriter writes the form that people read.
type textWriter struct {
	*strings.Builder
	color bool
	// unjudged are the rules that contract.Abstained, but for those of families that were not measured at all.
	unjudged []contract.Unjudged
}

func (t *textWriter) paint(color, s string) string {
	if !t.color {
		return s
	}
	return color + s + reset
}

// verdicts are the families' conclusions in plain words.
var verdicts = map[string]string{"success": "passes", "failure": "refused", "abstained": "partly judged", "off": "off"}

// Verdict writes a verdict; color lets it use the terminal's colours, and columns fits it to so many characters (0: none).
func Verdict(v contract.Verdict, color bool, columns int) string {
	t := &textWriter{Builder: &strings.Builder{}, color: color}
	t.verdict(v)
	var b strings.Builder
	for l := range strings.Lines(t.String()) {
		// What others wrote may stand at the beginning of a line only now.
		for part := range strings.Lines(fold(l, columns)) {
			b.WriteString(plain.Inert(part))
		}
	}
	return b.String()
}

func (t *textWriter) verdict(v contract.Verdict) {
	for _, u := range v.Abstained {
		if !slices.ContainsFunc(v.Families, func(f contract.Family) bool { return f.Name == u.Family && f.Unmeasured() }) {
			t.unjudged = append(t.unjudged, u)
		}
	}
	if v.Conclusion == contract.Nothing {
		t.WriteString(plain.Line(v.Reason) + "\n")
		return
	}
	all := v.Shown()
	if v.Conclusion == "success" && len(all) == 0 && len(v.Incomplete) == 0 &&
		(len(v.Abstained) > 0 || !concluded(v, contract.Abstained)) {
		what := plain.Commit(v.Base) + ".." + plain.Commit(v.Head)
		if v.Head == "" {
			// It is no commit yet.
			what = "the message"
		}
		fmt.Fprintf(t, "%s: %s by the rules of %s\n", t.paint(green, "passes"), what, families(v))
		t.abstentions("", t.unjudged)
		t.unmeasured(v)
		return
	}
	for _, f := range v.Families {
		t.family(f, of(all, f.Name))
	}
	var others []contract.Finding
	for _, f := range all {
		if !known(v, f.Family) {
			others = append(others, f)
		}
	}
	if len(others) > 0 {
		t.family(contract.Family{Name: "other", Conclusion: v.Conclusion}, others)
	}
	if len(v.Incomplete) > 0 {
		t.WriteString(t.paint(bold, "not read") + "\n")
		for _, g := range v.Incomplete {
			about := plain.Line(g.Fact)
			if g.Path != "" {
				about += " of " + plain.Line(g.Path)
			}
			fmt.Fprintf(t, "  %s: %s\n", about, plain.Line(g.Reason))
		}
		t.WriteString("\n")
	}
	if t.unmeasured(v) {
		t.WriteString("\n")
	}
	t.summary(v, all)
}

// unmeasured says which families had no input, those with one reason in one line. That is no pass, and no fault of the change.
func (t *textWriter) unmeasured(v contract.Verdict) (some bool) {
	for _, u := range v.Unmeasured() {
		some = true
		t.WriteString(t.paint(dim, "not measured") + ": " + u + "\n")
	}
	return some
}

// family writes one family with its findings; one that has none is written only when it did not pass.
func (t *textWriter) family(f contract.Family, findings []contract.Finding) {
	if len(findings) == 0 && (f.Conclusion == "success" || f.Conclusion == "off" || f.Unmeasured()) {
		return
	}
	words := verdicts[f.Conclusion]
	if words == "" {
		words = plain.Line(f.Conclusion)
	}
	switch f.Conclusion {
	case "failure":
		words = t.paint(red, words)
	case "success":
		words = t.paint(green, words)
	default:
		words = t.paint(yellow, words)
	}
	fmt.Fprintf(t, "%s: %s\n", t.paint(bold, plain.Line(f.Name)), words)
	for _, finding := range findings {
		t.finding(finding)
	}
	var own []contract.Unjudged
	for _, u := range t.unjudged {
		if u.Family == f.Name {
			own = append(own, u)
		}
	}
	t.abstentions("  ", own)
	t.WriteString("\n")
}

// abstentions say which rules could not be judged, and why.
func (t *textWriter) abstentions(indent string, unjudged []contract.Unjudged) {
	for _, u := range unjudged {
		t.WriteString(indent + t.paint(yellow, "not judged") + ": " + plain.Line(u.Rule) + ": " + plain.Line(u.Reason) + "\n")
	}
}

func (t *textWriter) finding(f contract.Finding) {
	label := map[string]string{"error": t.paint(red, "error"), "warning": t.paint(yellow, "warning"),
		"notice": t.paint(dim, "notice")}[f.Level()]
	place := "the whole change"
	if f.Path != "" {
		place = plain.Line(f.Path)
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d", place, f.Line)
		}
	}
	fmt.Fprintf(t, "  %s  %s  %s\n", t.paint(bold, place), label, plain.Line(f.Title))
	if strings.TrimSpace(f.Message) != "" && f.Message != f.Title {
		for _, l := range plain.Lines(f.Message) {
			t.WriteString(strings.TrimRight("      "+l, " ") + "\n")
		}
	}
	if strings.TrimSpace(f.Remedy) != "" {
		for i, l := range plain.Lines(f.Remedy) {
			lead := "      fix: "
			if i > 0 {
				lead = "           "
			}
			t.WriteString(strings.TrimRight(lead+l, " ") + "\n")
		}
	}
	t.suggestion(f.Suggestion)
	if f.Source != nil && f.Source.Help != "" {
		t.WriteString("      " + t.paint(dim, plain.Line(f.Source.Help)) + "\n")
	}
	about := plain.Line(f.Rule)
	if f.Docs != "" {
		about += "  " + plain.Line(f.Docs)
	}
	t.WriteString("      " + t.paint(dim, about) + "\n")
}

// maxShown is the most lines of a suggestion that Text shows.
const maxShown = 20

// suggestion shows what the lines could be instead.
func (t *textWriter) suggestion(s *contract.Suggestion) {
	if s == nil {
		return
	}
	what := fmt.Sprintf("line %d", s.Line)
	if s.EndLine > s.Line {
		what = fmt.Sprintf("lines %d to %d", s.Line, s.EndLine)
	}
	if s.Text == "" {
		t.WriteString("      suggestion: remove " + what + "\n")
		return
	}
	t.WriteString("      suggestion: make " + what + "\n")
	all := strings.Split(strings.TrimSuffix(s.Text, "\n"), "\n")
	for i, l := range all {
		if i == maxShown {
			t.WriteString(quoted + fmt.Sprintf("… and %s more", text.Count(len(all)-i, "line")) + "\n")
			break
		}
		t.WriteString(t.paint(green, strings.TrimRight(quoted+plain.Text(strings.TrimSuffix(l, "\r")), " ")) + "\n")
	}
}

// summary says how it ends and what to do next.
func (t *textWriter) summary(v contract.Verdict, all []contract.Finding) {
	errors, rest := 0, 0
	for _, f := range all {
		if f.Blocking {
			errors++
		} else {
			rest++
		}
	}
	besides := ""
	if rest > 0 {
		besides = fmt.Sprintf(", and %s that %s not block", text.Count(rest, "finding"), do(rest))
	}
	switch {
	case v.Conclusion == "success" && rest == 0:
		t.WriteString(t.paint(green, "passes") + ": nothing blocks this change\n")
	case v.Conclusion == "success":
		t.WriteString(t.paint(green, "passes") + ": nothing blocks this change; " +
			fmt.Sprintf("%s %s worth a look\n", text.Count(rest, "finding"), is(rest)))
	case errors == 0:
		t.WriteString(t.paint(red, "refused") + ": something that enforced rules need was not read, see above" + besides +
			"\nnext: make it readable and run lintel check again\n")
	default:
		t.WriteString(t.paint(red, "refused") + ": " + text.Count(errors, "finding") + " " + block(errors) + " this change" + besides +
			"\nnext: fix what is marked error, commit, and run lintel check again\n")
	}
}

func is(n int) string    { return text.Plural(n, "is", "are") }
func do(n int) string    { return text.Plural(n, "does", "do") }
func block(n int) string { return text.Plural(n, "blocks", "block") }

// families lists the names of those that judged, "commits, ownership and size".
func families(v contract.Verdict) string {
	var names []string
	for _, f := range v.Families {
		// The gate judges that the others could judge; it is named when nothing else is on.
		if f.Conclusion != "off" && !f.Unmeasured() && (f.Name != "gate" || len(v.Families) == 1) {
			names = append(names, plain.Line(f.Name))
		}
	}
	if len(names) == 0 {
		return "no family, as none is on"
	}
	return text.List(names)
}

func concluded(v contract.Verdict, conclusion string) bool {
	for _, f := range v.Families {
		if f.Conclusion == conclusion {
			return true
		}
	}
	return false
}

func known(v contract.Verdict, family string) bool {
	for _, f := range v.Families {
		if f.Name == family {
			return true
		}
	}
	return false
}

func of(all []contract.Finding, family string) []contract.Finding {
	var some []contract.Finding
	for _, f := range all {
		if f.Family == family {
			some = append(some, f)
		}
	}
	return some
}
