package render

import (
	"fmt"
	"slices"
	"strings"

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
	// unjudged are the rules that abstained, but for those of families that were not measured at all.
	unjudged []Unjudged
}

func (t *textWriter) paint(color, s string) string {
	if !t.color {
		return s
	}
	return color + s + reset
}

// verdicts are the families' conclusions in plain words.
var verdicts = map[string]string{"success": "passes", "failure": "refused", "abstained": "partly judged", "off": "off"}

func writeText(b *strings.Builder, v Verdict, o Options) {
	t := &textWriter{Builder: b, color: o.Color}
	for _, u := range v.Abstained {
		if !slices.ContainsFunc(v.Families, func(f Family) bool { return f.Name == u.Family && f.unmeasured() }) {
			t.unjudged = append(t.unjudged, u)
		}
	}
	if v.Conclusion == Nothing {
		t.WriteString(line(v.Reason) + "\n")
		return
	}
	all := shown(v)
	if v.Conclusion == "success" && len(all) == 0 && len(v.Incomplete) == 0 && (len(v.Abstained) > 0 || !concluded(v, abstained)) {
		t.WriteString(t.paint(green, "passes") + ": " + short(v.Base) + ".." + short(v.Head) + " by the rules of " + families(v) + "\n")
		t.abstentions("", t.unjudged)
		t.unmeasured(v)
		return
	}
	for _, f := range v.Families {
		t.family(f, of(all, f.Name))
	}
	var others []Finding
	for _, f := range all {
		if !known(v, f.Family) {
			others = append(others, f)
		}
	}
	if len(others) > 0 {
		t.family(Family{Name: "other", Conclusion: v.Conclusion}, others)
	}
	if len(v.Incomplete) > 0 {
		t.WriteString(t.paint(bold, "not read") + "\n")
		for _, g := range v.Incomplete {
			about := line(g.Fact)
			if g.Path != "" {
				about += " of " + line(g.Path)
			}
			fmt.Fprintf(t, "  %s: %s\n", about, line(g.Reason))
		}
		t.WriteString("\n")
	}
	if t.unmeasured(v) {
		t.WriteString("\n")
	}
	t.summary(v, all)
}

// unmeasured says which families had no input, those with one reason in one line. That is no pass, and no fault of the change.
func (t *textWriter) unmeasured(v Verdict) (some bool) {
	for _, u := range unmeasured(v) {
		some = true
		t.WriteString(t.paint(dim, "not measured") + ": " + u + "\n")
	}
	return some
}

// unmeasured are lines such as "coverage, lint: no report was handed in"; a reason that names its own family is the same for both.
func unmeasured(v Verdict) []string {
	var reasons []string
	names := map[string][]string{}
	whole := map[string]string{}
	for _, f := range v.Families {
		if !f.unmeasured() {
			continue
		}
		reason := strings.Join(strings.Fields(strings.ReplaceAll(f.Reason, f.Name, "")), " ")
		if names[reason] == nil {
			reasons, whole[reason] = append(reasons, reason), f.Reason
		}
		names[reason] = append(names[reason], line(f.Name))
	}
	var out []string
	for _, reason := range reasons {
		text := reason
		if len(names[reason]) == 1 {
			text = whole[reason]
		}
		out = append(out, strings.Join(names[reason], ", ")+": "+line(text))
	}
	return out
}

// family writes one family with its findings; one that has none is written only when it did not pass.
func (t *textWriter) family(f Family, findings []Finding) {
	if len(findings) == 0 && (f.Conclusion == "success" || f.Conclusion == "off" || f.unmeasured()) {
		return
	}
	words := verdicts[f.Conclusion]
	if words == "" {
		words = line(f.Conclusion)
	}
	switch f.Conclusion {
	case "failure":
		words = t.paint(red, words)
	case "success":
		words = t.paint(green, words)
	default:
		words = t.paint(yellow, words)
	}
	fmt.Fprintf(t, "%s: %s\n", t.paint(bold, line(f.Name)), words)
	for _, finding := range findings {
		t.finding(finding)
	}
	var own []Unjudged
	for _, u := range t.unjudged {
		if u.Family == f.Name {
			own = append(own, u)
		}
	}
	t.abstentions("  ", own)
	t.WriteString("\n")
}

// abstentions say which rules could not be judged, and why.
func (t *textWriter) abstentions(indent string, unjudged []Unjudged) {
	for _, u := range unjudged {
		t.WriteString(indent + t.paint(yellow, "not judged") + ": " + line(u.Rule) + ": " + line(u.Reason) + "\n")
	}
}

func (t *textWriter) finding(f Finding) {
	label := map[string]string{"error": t.paint(red, "error"), "warning": t.paint(yellow, "warning"),
		"notice": t.paint(dim, "notice")}[level(f)]
	place := "the whole change"
	if f.Path != "" {
		place = line(f.Path)
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d", place, f.Line)
		}
	}
	fmt.Fprintf(t, "  %s  %s  %s\n", t.paint(bold, place), label, line(f.Title))
	if strings.TrimSpace(f.Message) != "" && f.Message != f.Title {
		for _, l := range lines(f.Message) {
			t.WriteString(strings.TrimRight("      "+l, " ") + "\n")
		}
	}
	if strings.TrimSpace(f.Remedy) != "" {
		for i, l := range lines(f.Remedy) {
			lead := "      fix: "
			if i > 0 {
				lead = "           "
			}
			t.WriteString(strings.TrimRight(lead+l, " ") + "\n")
		}
	}
	t.suggestion(f.Suggestion)
	if f.Source != nil && f.Source.Help != "" {
		t.WriteString("      " + t.paint(dim, line(f.Source.Help)) + "\n")
	}
	about := line(f.Rule)
	if f.Docs != "" {
		about += "  " + line(f.Docs)
	}
	t.WriteString("      " + t.paint(dim, about) + "\n")
}

// maxShown is the most lines of a suggestion that Text shows.
const maxShown = 20

// suggestion shows what the lines could be instead.
func (t *textWriter) suggestion(s *Suggestion) {
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
			t.WriteString("        | " + fmt.Sprintf("… and %s more", text.Count(len(all)-i, "line")) + "\n")
			break
		}
		t.WriteString(t.paint(green, strings.TrimRight("        | "+plain(strings.TrimSuffix(l, "\r"), true), " ")) + "\n")
	}
}

// summary says how it ends and what to do next.
func (t *textWriter) summary(v Verdict, all []Finding) {
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
func families(v Verdict) string {
	var names []string
	for _, f := range v.Families {
		// The gate judges that the others could judge; it is named when nothing else is on.
		if f.Conclusion != "off" && !f.unmeasured() && (f.Name != "gate" || len(v.Families) == 1) {
			names = append(names, line(f.Name))
		}
	}
	if len(names) == 0 {
		return "no family, as none is on"
	}
	return text.List(names)
}

func concluded(v Verdict, conclusion string) bool {
	for _, f := range v.Families {
		if f.Conclusion == conclusion {
			return true
		}
	}
	return false
}

func known(v Verdict, family string) bool {
	for _, f := range v.Families {
		if f.Name == family {
			return true
		}
	}
	return false
}

func of(all []Finding, family string) []Finding {
	var some []Finding
	for _, f := range all {
		if f.Family == family {
			some = append(some, f)
		}
	}
	return some
}

func short(sha string) string { return line(sha[:min(len(sha), 7)]) }
