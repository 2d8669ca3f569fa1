package sarif

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
)

// The part of SARIF that is read. A pointer tells what is absent from zero.
type (
	tool struct {
		Driver     component   `json:"driver"`
		Extensions []component `json:"extensions"`
	}
	component struct {
		Name    string             `json:"name"`
		Rules   []descriptor       `json:"rules"`
		Strings map[string]message `json:"globalMessageStrings"`
	}
	descriptor struct {
		ID      string             `json:"id"`
		HelpURI string             `json:"helpUri"`
		Strings map[string]message `json:"messageStrings"`
		Default *struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
	}
	reference struct {
		ID        string `json:"id"`
		Index     *int   `json:"index"`
		Component *struct {
			Index *int `json:"index"`
		} `json:"toolComponent"`
	}
	invocation struct {
		Successful *bool  `json:"executionSuccessful"`
		ExitCode   *int   `json:"exitCode"`
		Exit       string `json:"exitCodeDescription"`
		Signal     string `json:"exitSignalName"`
		Start      string `json:"processStartFailureMessage"`
		Notices    []struct {
			Level   string  `json:"level"`
			Message message `json:"message"`
		} `json:"toolExecutionNotifications"`
		Overrides []struct {
			Descriptor    reference `json:"descriptor"`
			Configuration struct {
				Level string `json:"level"`
			} `json:"configuration"`
		} `json:"ruleConfigurationOverrides"`
	}
	message struct {
		Text      string   `json:"text"`
		Markdown  string   `json:"markdown"`
		ID        string   `json:"id"`
		Arguments []string `json:"arguments"`
	}
	artifact struct {
		Location location `json:"location"`
	}
	location struct {
		URI   string `json:"uri"`
		Base  string `json:"uriBaseId"`
		Index *int   `json:"index"`
	}
	region struct {
		StartLine   *int `json:"startLine"`
		StartColumn *int `json:"startColumn"`
		EndLine     *int `json:"endLine"`
		EndColumn   *int `json:"endColumn"`
		Snippet     *struct {
			Text string `json:"text"`
		} `json:"snippet"`
	}
	result struct {
		RuleID       string     `json:"ruleId"`
		RuleIndex    *int       `json:"ruleIndex"`
		Rule         *reference `json:"rule"`
		Kind         string     `json:"kind"`
		Level        string     `json:"level"`
		Message      message    `json:"message"`
		Baseline     string     `json:"baselineState"`
		Suppressions []struct {
			Status string `json:"status"`
		} `json:"suppressions"`
		Locations []struct {
			Physical struct {
				Artifact location `json:"artifactLocation"`
				Region   *region  `json:"region"`
			} `json:"physicalLocation"`
		} `json:"locations"`
		Fixes []struct {
			Changes []struct {
				Artifact     location `json:"artifactLocation"`
				Replacements []struct {
					Deleted  region   `json:"deletedRegion"`
					Inserted *message `json:"insertedContent"`
				} `json:"replacements"`
			} `json:"artifactChanges"`
		} `json:"fixes"`
	}
)

// counts tells a finding from what is none: a result of another kind than "fail", an old one, and one that is
// suppressed. A suppression that is still under review, or was rejected, suppresses nothing.
func (r *result) counts() bool {
	if r.Kind != "" && r.Kind != "fail" || r.Baseline == "unchanged" || r.Baseline == "absent" {
		return false
	}
	for _, s := range r.Suppressions {
		if s.Status != "" && s.Status != "accepted" {
			return true
		}
	}
	return len(r.Suppressions) == 0
}

// trim frees what is not used, and the ends of long texts.
func (r *result) trim() {
	const most = 4000
	for _, text := range []*string{&r.Message.Text, &r.Message.Markdown, &r.Message.ID} {
		if len(*text) > most {
			*text = strings.Clone((*text)[:most])
		}
	}
	r.Message.Arguments = r.Message.Arguments[:min(len(r.Message.Arguments), 20)]
	r.Locations = r.Locations[:min(len(r.Locations), 1)]
	r.Fixes = r.Fixes[:min(len(r.Fixes), 1)]
	r.Suppressions = nil
	for _, l := range r.Locations {
		if g := l.Physical.Region; g != nil && g.Snippet != nil && len(g.Snippet.Text) > most {
			g.Snippet.Text = strings.Clone(g.Snippet.Text[:most])
		}
	}
}

// size is about how many bytes are kept.
func (r *result) size() int {
	n := len(r.RuleID) + len(r.Message.Text) + len(r.Message.Markdown) + len(r.Message.ID)
	for _, a := range r.Message.Arguments {
		n += len(a)
	}
	for _, l := range r.Locations {
		n += len(l.Physical.Artifact.URI)
		if g := l.Physical.Region; g != nil && g.Snippet != nil {
			n += len(g.Snippet.Text)
		}
	}
	for _, f := range r.Fixes {
		for _, c := range f.Changes {
			n += len(c.Artifact.URI)
			for _, p := range c.Replacements {
				n += 100
				if p.Inserted != nil {
					n += len(p.Inserted.Text)
				}
			}
		}
	}
	return n
}

func (r *result) id() string {
	if r.RuleID == "" && r.Rule != nil {
		return r.Rule.ID
	}
	return r.RuleID
}

// index is that of the rule; -1 when it is absent, which the standard makes its default.
func (r *result) index() int {
	switch {
	case r.RuleIndex != nil:
		return *r.RuleIndex
	case r.Rule != nil && r.Rule.Index != nil:
		return *r.Rule.Index
	}
	return -1
}

// at is the rule of an index in the driver, or in the extension that the reference names.
func (t *tool) at(index *int, of *reference) *descriptor {
	rules := t.Driver.Rules
	if of != nil && of.Component != nil && of.Component.Index != nil {
		i := *of.Component.Index
		if i < 0 || i >= len(t.Extensions) {
			return nil
		}
		rules = t.Extensions[i].Rules
	}
	if index == nil || *index < 0 || *index >= len(rules) {
		return nil
	}
	return &rules[*index]
}

// named is the rule of an id. "CA1000/1" is a part of the rule CA1000.
func (r *run) named(id string) *descriptor {
	if r.byID == nil {
		r.byID = map[string]*descriptor{}
		for _, c := range append([]component{r.tool.Driver}, r.tool.Extensions...) {
			for i := range c.Rules {
				if known := c.Rules[i].ID; r.byID[known] == nil {
					r.byID[known] = &c.Rules[i]
				}
			}
		}
	}
	for id != "" {
		if d := r.byID[id]; d != nil {
			return d
		}
		id = id[:max(strings.LastIndexByte(id, '/'), 0)]
	}
	return nil
}

// rule finds the descriptor of a result, nil when there is none, and the rule's name. An index that says another rule
// than the id is not believed.
func (r *run) rule(one *result) (*descriptor, string) {
	id, index := one.id(), one.index()
	d := r.tool.at(&index, one.Rule)
	if d != nil && (id == "" || id == d.ID || strings.HasPrefix(id, d.ID+"/")) {
		return d, cmp.Or(id, d.ID)
	}
	return r.named(id), id
}

// level is the severity of a result.
func level(one *result, d *descriptor, overrides map[string]string) report.Severity {
	text := one.Level
	if text == "" && d != nil {
		text = overrides[d.ID]
		if text == "" && d.Default != nil {
			text = d.Default.Level
		}
	}
	switch text {
	case "error":
		return report.Error
	case "note", "none":
		return report.Notice
	}
	return report.Warning
}

func (r *run) finding(one *result, overrides map[string]string) (report.LintFinding, error) {
	d, id := r.rule(one)
	f := report.LintFinding{
		Tool:     r.tool.Driver.Name,
		Rule:     id,
		Severity: level(one, d, overrides),
		Unit:     report.UTF16,
		Message:  r.text(one.Message, d),
	}
	if r.columns == "unicodeCodePoints" {
		f.Unit = report.Characters
	}
	if d != nil {
		f.Help = d.HelpURI
	}
	if len(one.Locations) == 0 {
		return f, nil
	}
	at := one.Locations[0].Physical
	f.Path = r.path(at.Artifact)
	if g := at.Region; g != nil && g.StartLine != nil {
		f.Line, f.Column, f.EndLine, f.EndColumn = *g.StartLine, value(g.StartColumn), value(g.EndLine), value(g.EndColumn)
		if f.EndLine > f.Line && f.EndColumn == 1 {
			f.EndLine, f.EndColumn = f.EndLine-1, 0 // it ends before the first character of that line
		}
		if g.Snippet != nil {
			f.Source, _, _ = strings.Cut(g.Snippet.Text, "\n")
			f.Source = strings.TrimSuffix(f.Source, "\r")
		}
	}
	f.Fix = r.fix(one, f.Path)
	return f, nil
}

// fix is the first fix, when it is about the finding's own file alone.
func (r *run) fix(one *result, path string) []report.Edit {
	if len(one.Fixes) == 0 || len(one.Fixes[0].Changes) != 1 || r.path(one.Fixes[0].Changes[0].Artifact) != path {
		return nil
	}
	var out []report.Edit
	for _, p := range one.Fixes[0].Changes[0].Replacements {
		g := p.Deleted
		if g.StartLine == nil {
			return nil // offsets alone mean nothing without the file
		}
		e := report.Edit{
			Line:      *g.StartLine,
			Column:    max(value(g.StartColumn), 1),
			EndLine:   cmp.Or(value(g.EndLine), *g.StartLine),
			EndColumn: value(g.EndColumn),
		}
		if p.Inserted != nil {
			e.Text = p.Inserted.Text
		}
		out = append(out, e)
	}
	return out
}

// text is the message in words. A message may be kept by the rule, with places for arguments in it.
func (r *run) text(m message, d *descriptor) string {
	text := cmp.Or(m.Text, m.Markdown)
	if text == "" && m.ID != "" {
		if d != nil {
			text = cmp.Or(d.Strings[m.ID].Text, d.Strings[m.ID].Markdown)
		}
		if text == "" {
			text = cmp.Or(r.tool.Driver.Strings[m.ID].Text, m.ID)
		}
	}
	return fill(text, m.Arguments)
}

// fill puts arguments in the places of "{0}"; "{{" and "}}" are braces.
func fill(text string, arguments []string) string {
	if len(arguments) == 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text) && b.Len() < 8000; i++ {
		c := text[i]
		if (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c {
			b.WriteByte(c)
			i++
			continue
		}
		if c == '{' {
			if end := strings.IndexByte(text[i:], '}'); end > 1 && end < 5 {
				if n, err := strconv.Atoi(text[i+1 : i+end]); err == nil && n >= 0 && n < len(arguments) {
					b.WriteString(arguments[n])
					i += end
					continue
				}
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// why says why a run failed, in the words that it has.
func (i invocation) why() string {
	for _, n := range i.Notices {
		if n.Level == "error" && n.Message.Text != "" {
			return n.Message.Text
		}
	}
	code := ""
	if i.ExitCode != nil {
		code = fmt.Sprintf("it ended with status %d", *i.ExitCode)
	}
	return cmp.Or(i.Start, i.Exit, i.Signal, code)
}

func value(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
