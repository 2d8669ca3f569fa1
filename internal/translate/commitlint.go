package translate

import (
	"slices"
	"strconv"
	"strings"
)

// commitlintHints say what becomes of the keys that are not rules.
var commitlintHints = map[string]string{
	"parserPreset":   "Lintel has styles of its own (commits.style)",
	"formatter":      "it is about commitlint's output",
	"helpUrl":        "it is about commitlint's output",
	"prompt":         "it is about commitlint's prompt",
	"plugins":        "Lintel runs no code of others; look at the rules that come from the plugin",
	"ignores":        "functions cannot be read; commits.ignore_authors leaves people out",
	"defaultIgnores": "Lintel always leaves out merges and reverts that git wrote",
}

// ofRule names Lintel's rule for each of commitlint's that another key does not express; it takes the level.
var ofRule = map[string]string{
	"type-enum":              "commits/type",
	"type-case":              "commits/type",
	"type-empty":             "commits/header",
	"scope-enum":             "commits/scope",
	"scope-empty":            "commits/scope",
	"subject-case":           "commits/subject-case",
	"subject-empty":          "commits/header",
	"subject-full-stop":      "commits/subject",
	"header-max-length":      "commits/header-length",
	"body-leading-blank":     "commits/body",
	"body-max-line-length":   "commits/body",
	"footer-leading-blank":   "commits/body",
	"footer-max-line-length": "commits/body",
	"signed-off-by":          "commits/sign-off",
}

// Commitlint translates a configuration of commitlint as YAML or JSON, and as "commitlint --print-config json" prints it.
// A package.json is read at its key "commitlint".
func Commitlint(name string, data []byte) (Result, error) {
	f, err := open(name, data)
	if err != nil {
		return Result{}, err
	}
	c := &commitlint{file: f, levels: map[string][]int64{}}
	if f.doc.Has("commitlint") {
		c.at = []string{"commitlint"}
		for _, k := range f.keys() {
			if k != "commitlint" {
				f.used[k] = true
			}
		}
	}
	c.extends()
	for _, rule := range f.keys(c.path("rules")...) {
		c.rule(rule)
	}
	c.put(0, "enforce", "commits", "mode")
	c.modes()
	hints := map[string]string{}
	for k, why := range commitlintHints {
		hints[key(c.path(k))] = why
	}
	f.rest(hints)
	return f.result(nil)
}

type commitlint struct {
	*file
	at []string
	// levels are commitlint's levels of the rules that one of Lintel's stands for.
	levels map[string][]int64
}

func (c *commitlint) path(below ...string) []string { return append(slices.Clone(c.at), below...) }

// extends knows the shared configurations that nearly everybody uses.
func (c *commitlint) extends() {
	path := c.path("extends")
	for _, name := range c.texts(path...) {
		line := c.line(path...)
		switch name {
		case "@commitlint/config-conventional", "@commitlint/config-angular":
			c.put(line, "conventional", "commits", "style")
		default:
			c.note(line, "extends "+name,
				"other packages are not read: run 'npx commitlint --print-config json' and import what it prints")
		}
	}
	if !c.doc.Has(path...) && c.doc.Has(c.path("rules")...) {
		c.put(0, "conventional", "commits", "style")
	}
}

// rule translates "name: [level, applicable, value]".
func (c *commitlint) rule(name string) {
	path := c.path("rules", name)
	line := c.line(path...)
	item := func(i int) any { return c.doc.Value(append(slices.Clone(path), strconv.Itoa(i))...) }
	c.get(path...)
	level, ok := item(0).(int64)
	if !ok {
		if level, ok = c.doc.Value(path...).(int64); !ok {
			c.note(line, name, "its first element is no level")
			return
		}
	}
	never := item(1) == "never"
	number, _ := item(2).(int64)
	if level == 0 {
		c.off(name, line)
		return
	}
	if rule := ofRule[name]; rule != "" {
		c.levels[rule] = append(c.levels[rule], level)
	}
	list := c.texts(append(slices.Clone(path), "2")...)
	switch name {
	case "type-enum":
		c.listed(line, list, never, name, "types")
	case "scope-enum":
		c.listed(line, list, never, name, "scopes")
	case "type-case", "scope-case", "subject-case":
		c.letters(name, list, never, line)
	case "scope-empty":
		if never {
			c.put(line, true, "commits", "scope_required")
		} else {
			c.note(line, name, "Lintel cannot forbid scopes")
		}
	case "header-max-length":
		c.put(line, number, "commits", "header_max")
	case "body-max-line-length":
		c.put(line, number, "commits", "body_line_max")
	case "footer-max-line-length":
		c.put(line, number, "commits", "footer_line_max")
	case "signed-off-by", "trailer-exists":
		if slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, "Signed-off-by:") }) && !never {
			c.put(line, true, "commits", "signed_off")
			return
		}
		c.note(line, name, "of trailers, Lintel knows Signed-off-by (commits.signed_off) and tickets (commits.tickets)")
	case "type-empty", "subject-empty", "subject-full-stop", "body-leading-blank", "footer-leading-blank":
		if never != strings.HasSuffix(name, "-blank") {
			return // the style asks for it
		}
		c.note(line, name, "Lintel judges it the other way round")
	case "references-empty":
		c.note(line, name, "name the projects whose tickets are wanted: commits.tickets: [SHOP]")
	default:
		c.note(line, name, "Lintel has no such rule")
	}
}

// listed takes a list of what is allowed.
func (c *commitlint) listed(line int, list []string, never bool, name, setting string) {
	if never {
		c.note(line, name, "Lintel lists what is allowed, not what is forbidden")
		return
	}
	c.put(line, append([]string{}, list...), "commits", setting)
}

// letters translates the rules about letter case.
func (c *commitlint) letters(name string, list []string, never bool, line int) {
	switch {
	case name == "type-case" && !never && slices.Contains([]string{"lower-case", "lowerCase", "lowercase"}, first(list)):
		c.put(line, "lower", "commits", "type_case")
		return
	case name == "subject-case" && !never && len(list) == 1 && strings.HasPrefix(list[0], "lower"):
		c.put(line, []string{"sentence", "start", "pascal", "upper"}, "commits", "subject_case")
		c.look(line, name, "names and acronyms are never refused")
		return
	case name != "subject-case" || !never:
		c.note(line, name,
			"of letter case, Lintel asks for lower-case types (commits.type_case) and refuses cases of subjects (commits.subject_case)")
		return
	}
	known := map[string]string{"sentence-case": "sentence", "start-case": "start", "pascal-case": "pascal", "upper-case": "upper"}
	refused := []string{}
	for _, letters := range list {
		if k := known[letters]; k != "" {
			refused = append(refused, k)
			continue
		}
		c.note(line, name+" "+letters, "Lintel refuses sentence, start, pascal and upper case")
	}
	c.put(line, refused, "commits", "subject_case")
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// off switches off what a disabled rule asked for.
func (c *commitlint) off(name string, line int) {
	switch name {
	case "type-enum":
		c.put(line, []string{}, "commits", "types")
	case "scope-enum":
		c.put(line, []string{}, "commits", "scopes")
	case "scope-empty":
		c.put(line, false, "commits", "scope_required")
	case "type-case":
		c.put(line, "any", "commits", "type_case")
	case "subject-case":
		c.put(line, []string{}, "commits", "subject_case")
	case "header-max-length":
		c.put(line, 0, "commits", "header_max")
	case "body-max-line-length":
		c.put(line, 0, "commits", "body_line_max")
	case "footer-max-line-length":
		c.put(line, 0, "commits", "footer_line_max")
	case "subject-full-stop":
		c.put(line, entry{{"mode", "off"}}, "rules", "commits/subject")
	case "type-empty", "subject-empty":
		c.look(line, name, "a conventional header has both; commits.style: none or a pattern of your own asks for less")
	}
}

// modes let the rules of which every part is a warning warn.
func (c *commitlint) modes() {
	for _, rule := range []string{
		"commits/header", "commits/type", "commits/scope", "commits/subject", "commits/subject-case", "commits/header-length",
		"commits/body", "commits/sign-off",
	} {
		levels := c.levels[rule]
		if len(levels) > 0 && !slices.ContainsFunc(levels, func(level int64) bool { return level != 1 }) {
			c.put(0, entry{{"mode", "warn"}}, "rules", rule)
		}
	}
}
