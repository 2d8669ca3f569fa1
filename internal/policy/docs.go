package policy

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/finding"
)

// Docs writes the manual of the rules: one Markdown page for each family, by file name ("commits.md"), and "README.md"
// as the index. Equal rules give equal bytes. A rule's anchor is the part of its id after the slash.
func Docs(families []Family, rules []Rule) map[string][]byte {
	out := map[string][]byte{"README.md": docsIndex(families, rules)}
	for _, f := range families {
		var own []Rule
		for _, r := range rules {
			if r.Family == f.Name {
				own = append(own, r)
			}
		}
		out[f.Name+".md"] = docsPage(f, own)
	}
	return out
}

const docsMark = "<!-- Written from the metadata of policies/ by \"lintel policy docs\". Edit the policies, not this file. -->\n\n"

func docsIndex(families []Family, rules []Rule) []byte {
	var b bytes.Buffer
	b.WriteString(docsMark + "# Rules\n\nEach family of rules has a page. A rule's default mode holds where the settings say nothing; " +
		"[the settings](../settings.md) say how to change it.\n")
	for _, f := range families {
		fmt.Fprintf(&b, "\n## [%s](%s.md): %s\n\n%s\n\n", f.Name, f.Name, oneLine(f.Title), prose(f.Description))
		docsTable(&b, f.Name, rules, f.Name+".md")
	}
	return b.Bytes()
}

func docsTable(b *bytes.Buffer, family string, rules []Rule, page string) {
	b.WriteString("| rule | says | severity | default mode |\n|---|---|---|---|\n")
	for _, r := range rules {
		if r.Family == family {
			fmt.Fprintf(b, "| [`%s`](%s#%s) | %s | %s | %s |\n", r.ID, page, r.Name(), cell(r.Title), r.Severity, docsMode(r))
		}
	}
}

// docsMode is the rule's default mode in words; the gate's is not its own.
func docsMode(r Rule) string {
	if r.Family == GateFamily {
		return "always on"
	}
	return string(r.Mode)
}

func docsPage(f Family, rules []Rule) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s# %s: %s\n\n%s\n\n", docsMark, f.Name, oneLine(f.Title), prose(f.Description))
	docsTable(&b, f.Name, rules, "")
	for _, r := range rules {
		docsRule(&b, r)
	}
	b.WriteString("\n## Modes\n\n")
	if f.Name == GateFamily {
		b.WriteString("The family `gate` has no key in the settings. Its rules enforce as soon as any rule of another " +
			"family is in mode enforce, or when no settings\n" +
			"could be established; otherwise they warn. The operator's `gate: warn` in the server's file lowers every rule, these too.\n")
		return b.Bytes()
	}
	example := ""
	if len(rules) > 0 {
		example = rules[0].ID
	}
	fmt.Fprintf(&b, "One line of `.github/lintel.yml` sets the mode of the whole family, and one below `rules` that of "+
		"a single rule:\n\n```yaml\nversion: 1\n%s: { mode: warn }   # off, shadow, warn or enforce\nrules:\n  %s: { "+
		"mode: shadow }   # severity: error, warning or notice may stand beside it\n```\n\n", f.Name, example)
	b.WriteString("`off` does not evaluate, `shadow` records without showing, `warn` shows without blocking, `enforce` " +
		"blocks the merge when the severity is error.\n" +
		"A rule's own mode goes before its family's, except that a family that is off is off. Without a settings file " +
		"every mode is capped at warn.\n" +
		"[The settings](../settings.md#modes) say more.\n")
	return b.Bytes()
}

// docsRule writes one rule's section. It has no headings within, so that the anchors of the page are the names of its
// rules and nothing else.
func docsRule(b *bytes.Buffer, r Rule) {
	fmt.Fprintf(b, "\n## %s\n\n**%s**\n\n%s\n\n", r.Name(), oneLine(r.Title), prose(r.Description))
	mode := fmt.Sprintf("`%s` unless the settings say otherwise", r.Mode)
	if r.Family == GateFamily {
		mode = "always on, see [Modes](#modes)"
	}
	fmt.Fprintf(b, "| `%s` | |\n|---|---|\n| severity | %s |\n| mode | %s |\n| reads | %s |\n| in a merge queue | %s |\n"+
		"| when input is missing | %s |\n", r.ID,
		severityWords(r), mode, strings.Join(r.Reads, ", "), queueWords(r), cell(r.Missing))
	if len(r.Options) > 0 {
		var links []string
		for _, o := range r.Options {
			section, _, _ := strings.Cut(o, ".")
			links = append(links, fmt.Sprintf("[`%s`](../settings.md#%s)", o, section))
		}
		fmt.Fprintf(b, "| settings | %s |\n", strings.Join(links, ", "))
	}
	if r.Measured != nil {
		fmt.Fprintf(b, "| measured | %s ([how](../field.md)) |\n", cell(r.Measured.String()))
	}
	if r.Passes != "" {
		fmt.Fprintf(b, "| when it passes | %s |\n", cell(r.Passes))
	}
	fmt.Fprintf(b, "\n**How to fix it.** %s\n", prose(r.Remedy))
	if r.Off != "" {
		fmt.Fprintf(b, "\n**When to switch this off.** %s\n", prose(r.Off))
	}
	examples(b, "Passes", r.Examples.Good)
	examples(b, "Does not pass", r.Examples.Bad)
}

func examples(b *bytes.Buffer, title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	fmt.Fprintf(b, "\n**%s:**\n", title)
	for _, t := range texts {
		fence := "```"
		for strings.Contains(t, fence) {
			fence += "`"
		}
		fmt.Fprintf(b, "\n%stext\n%s\n%s\n", fence, strings.TrimRight(t, "\n"), fence)
	}
}

func severityWords(r Rule) string {
	if r.Severity == finding.Error {
		return "error: blocks in mode enforce"
	}
	return string(r.Severity) + ": never blocks"
}

func queueWords(r Rule) string {
	switch r.MergeQueue {
	case Recheck:
		return because("judged anew for the merge group", r)
	case Carry:
		return "what was found on the pull request stands, unless the rule, its settings or the head changed; then it is judged anew"
	}
	return because("not judged", r)
}

func because(words string, r Rule) string {
	if r.QueueWhy == "" {
		return words
	}
	return words + ", " + cell(r.QueueWhy)
}

// prose keeps the paragraphs of a text and joins the lines in them.
func prose(s string) string {
	var out []string
	for _, p := range strings.Split(strings.TrimSpace(s), "\n\n") {
		out = append(out, oneLine(p))
	}
	return strings.Join(out, "\n\n")
}

// cell is text for a cell of a table.
func cell(s string) string { return strings.ReplaceAll(oneLine(s), "|", "\\|") }
