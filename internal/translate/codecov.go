package translate

import (
	"cmp"
	"strconv"
	"strings"
)

// codecovHints say what becomes of the keys that are not about judging.
var codecovHints = map[string]string{
	"codecov":                       "it is about Codecov's own service; in Lintel, reports.expect says which reports the check waits for",
	"coverage.precision":            "Lintel compares without rounding",
	"coverage.round":                "Lintel compares without rounding",
	"coverage.range":                "it colours Codecov's pages",
	"coverage.notify":               "Lintel notifies by the check and the comment alone",
	"coverage.status.changes":       "Lintel has no status for indirect changes",
	"coverage.status.patch":         "",
	"comment":                       "Lintel's comment has one layout; report.comment switches it off",
	"parsers":                       "Lintel reads reports as they are",
	"github_checks":                 "Lintel annotates the lines that tests miss; it needs no setting",
	"cli":                           "lintel report upload has flags of its own",
	"bundle_analysis":               "Lintel measures no bundles",
	"test_analytics":                "Lintel measures no tests",
	"slack_app":                     "Lintel notifies by the check and the comment alone",
	"beta_groups":                   "it is about Codecov's own service",
	"profiling":                     "it is about Codecov's own service",
	"flag_management.default_rules": "defaults of flags apply where a flag of the file is named, and nowhere else",
}

// Codecov translates codecov.yml.
func Codecov(name string, data []byte) (Result, error) {
	f, err := open(name, data)
	if err != nil {
		return Result{}, err
	}
	c := &codecov{file: f}
	c.status("project")
	c.status("patch")
	c.ignore()
	if fixes := c.texts("fixes"); len(fixes) > 0 {
		c.fixes(fixes)
	}
	c.flags()
	c.flagManagement()
	c.components()
	if v := c.doc.Value("comment"); v == false || v == "off" {
		c.get("comment")
		c.put(c.line("comment"), "off", "report", "comment")
		c.look(c.line("comment"), "comment", "Lintel's comment is about every family, not coverage alone; it is off now")
	}
	if c.blocks {
		c.put(0, "enforce", "coverage", "mode")
	} else if c.out.count > 0 {
		c.put(0, "warn", "coverage", "mode")
	}
	c.rest(codecovHints)
	return c.result(nil)
}

type codecov struct {
	*file
	// blocks is true when a status that is not informational was translated.
	blocks bool
}

// off are the ways to switch a status off: YAML 1.1 reads off as false, and this reader as text.
func off(v any) bool { return v == false || v == "off" || v == "no" }

// status translates coverage.status.project or .patch.
func (c *codecov) status(kind string) {
	at := []string{"coverage", "status", kind}
	if v := c.doc.Value(at...); off(v) {
		c.get(at...)
		c.none(kind, c.line(at...))
		return
	}
	for _, context := range c.keys(at...) {
		path := append(at[:len(at):len(at)], context)
		switch v := c.doc.Value(path...); {
		case off(v) || c.doc.Value(append(path[:len(path):len(path)], "enabled")...) == false:
			c.get(path...)
			if context == "default" {
				c.none(kind, c.line(path...))
			}
		case v == true, v == "on", v == "yes":
			c.get(path...)
		case context == "default":
			c.fallback(kind, path)
		default:
			c.named(kind, context, path)
		}
	}
}

// none asks for nothing of a kind.
func (c *codecov) none(kind string, line int) {
	c.put(line, 0, "coverage", kind, "min")
	if kind == "project" {
		c.put(line, 100, "coverage", kind, "max_drop")
	}
}

// fallback translates the status "default".
func (c *codecov) fallback(kind string, path []string) {
	below := func(name string) []string { return append(path[:len(path):len(path)], name) }
	threshold, _ := c.percent(below("threshold"))
	line := c.line(below("target")...)
	target, fixed := c.percent(below("target"))
	c.get(below("enabled")...)
	switch {
	case kind == "patch" && fixed:
		c.put(line, target, "coverage", "patch", "min")
		if threshold > 0 {
			c.put(c.line(below("threshold")...), threshold, "coverage", "patch", "threshold")
		}
	case kind == "patch":
		c.look(line, key(path)+".target", "auto compares the added lines with the project's coverage; Lintel compares them with "+
			"coverage.patch.min, 80 unless you set it")
	case fixed:
		c.put(line, max(target-threshold, 0), "coverage", "project", "min")
		c.put(line, 100, "coverage", "project", "max_drop")
	default:
		c.put(cmp.Or(c.line(below("threshold")...), line), threshold, "coverage", "project", "max_drop")
	}
	informational := c.get(below("informational")...)
	if informational == true || informational == "yes" {
		c.put(c.line(below("informational")...), true, "coverage", kind, "informational")
	} else {
		c.blocks = true
	}
}

// named translates a status with a name: of one flag, or of paths.
func (c *codecov) named(kind, context string, path []string) {
	below := func(name string) []string { return append(path[:len(path):len(path)], name) }
	flags, paths := c.texts(below("flags")...), c.texts(below("paths")...)
	target, fixed := c.percent(below("target"))
	threshold, _ := c.percent(below("threshold"))
	line := c.line(path...)
	switch {
	case len(flags) == 1 && len(paths) == 0:
		c.flag(flags[0], kind, target, threshold, fixed, line)
	case len(flags) == 0 && len(paths) > 0 && fixed:
		for _, p := range paths {
			if !c.usable(p, line) {
				continue
			}
			c.put(line, max(target-threshold, 0), "coverage", "paths", p, kind)
			c.blocks = true
		}
	default:
		c.note(line, key(path),
			"Lintel has numbers for all files, for one flag (coverage.flags) and for paths with a fixed target (coverage.paths)")
		c.get(path...)
	}
}

// flag puts the numbers of one flag.
func (c *codecov) flag(name, kind string, target, threshold float64, fixed bool, line int) {
	switch {
	case fixed:
		c.put(line, max(target-threshold, 0), "coverage", "flags", name, kind)
	case kind == "project":
		c.put(line, threshold, "coverage", "flags", name, "max_drop")
	default:
		c.note(line, "the patch status of flag "+name,
			"auto compares with the project's coverage; set coverage.flags."+name+".patch to a number")
		return
	}
	c.blocks = true
}

// percent reads 80, "80%" or 80.5. It is false for "auto", for nothing, and for what is no percentage.
func (c *codecov) percent(path []string) (float64, bool) {
	if !c.doc.Has(path...) {
		return 0, false
	}
	n := -1.0
	switch v := c.get(path...).(type) {
	case int64:
		n = float64(v)
	case float64:
		n = v
	case string:
		if v == "auto" {
			return 0, false
		}
		parsed, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(v, "%")), 64)
		if err != nil {
			parsed = -1
		}
		n = parsed
	}
	if !(n >= 0 && n <= 100) {
		c.note(c.line(path...), key(path), "this is no percentage from 0 to 100")
		return 0, false
	}
	return n, true
}

// usable reports whether a pattern of Codecov means the same in .gitignore's syntax; Codecov takes regular expressions, too.
func (c *codecov) usable(pattern string, line int) bool {
	for _, sign := range []string{`\`, "^", "$", ".*", "(", "|", "+"} {
		if strings.Contains(pattern, sign) {
			c.note(line, pattern, "this is a regular expression; Lintel's patterns are those of .gitignore")
			return false
		}
	}
	if strings.HasPrefix(pattern, "!") {
		c.note(line, pattern, "Lintel has no exceptions to what is ignored")
		return false
	}
	return pattern != ""
}

func (c *codecov) patterns(path ...string) (all []string) {
	for i, p := range c.texts(path...) {
		if c.usable(p, c.line(append(path[:len(path):len(path)], strconv.Itoa(i))...)) {
			all = append(all, p)
		}
	}
	return all
}

func (c *codecov) ignore() {
	for _, path := range [][]string{{"ignore"}, {"coverage", "ignore"}} {
		if all := c.patterns(path...); len(all) > 0 {
			c.put(c.line(path...), all, "coverage", "ignore")
		}
	}
}

func (c *codecov) fixes(fixes []string) {
	var all []string
	for i, fix := range fixes {
		line := c.line("fixes", strconv.Itoa(i))
		if before, _, ok := strings.Cut(fix, "::"); !ok || strings.ContainsAny(before, `\^$*(|+?[`) {
			c.note(line, fix, "Lintel replaces the beginnings of paths, as old::new, without regular expressions")
			continue
		}
		all = append(all, fix)
	}
	if len(all) > 0 {
		c.put(c.line("fixes"), all, "coverage", "fixes")
	}
}

// flags translates the older list of flags.
func (c *codecov) flags() {
	for _, name := range c.keys("flags") {
		c.about(name, "flags", name)
	}
}

// about translates paths and carrying forward of one flag.
func (c *codecov) about(name string, path ...string) {
	below := func(name string) []string { return append(path[:len(path):len(path)], name) }
	if paths := c.patterns(below("paths")...); len(paths) > 0 {
		c.put(c.line(below("paths")...), paths, "coverage", "flags", name, "paths")
	}
	if c.doc.Has(below("carryforward")...) {
		v := c.get(below("carryforward")...)
		c.put(c.line(below("carryforward")...), v == true || v == "yes" || v == "on", "coverage", "flags", name, "carry_forward")
	}
}

func (c *codecov) flagManagement() {
	for _, i := range c.items("flag_management", "individual_flags") {
		path := []string{"flag_management", "individual_flags", i}
		below := func(name ...string) []string { return append(path[:len(path):len(path)], name...) }
		name, _ := c.get(below("name")...).(string)
		if name == "" {
			continue
		}
		c.about(name, path...)
		for _, j := range c.items(below("statuses")...) {
			kind, _ := c.get(below("statuses", j, "type")...).(string)
			if kind != "project" && kind != "patch" {
				c.note(c.line(below("statuses", j)...), "the status of flag "+name, "Lintel has project and patch")
				c.get(below("statuses", j)...)
				continue
			}
			target, fixed := c.percent(below("statuses", j, "target"))
			threshold, _ := c.percent(below("statuses", j, "threshold"))
			c.get(below("statuses", j, "name_prefix")...)
			c.flag(name, kind, target, threshold, fixed, c.line(below("statuses", j)...))
		}
	}
}

// components are paths with a target each.
func (c *codecov) components() {
	for _, i := range c.items("component_management", "individual_components") {
		path := []string{"component_management", "individual_components", i}
		below := func(name ...string) []string { return append(path[:len(path):len(path)], name...) }
		id, _ := c.get(below("component_id")...).(string)
		c.get(below("name")...)
		paths := c.patterns(below("paths")...)
		if len(c.items(below("statuses")...)) == 0 {
			c.note(c.line(path...), "component "+id, "without a target of its own it is a view of Codecov's pages")
		}
		for _, j := range c.items(below("statuses")...) {
			kind, _ := c.get(below("statuses", j, "type")...).(string)
			target, fixed := c.percent(below("statuses", j, "target"))
			threshold, _ := c.percent(below("statuses", j, "threshold"))
			if kind != "project" && kind != "patch" || !fixed {
				c.note(c.line(below("statuses", j)...), "the status of component "+id,
					"Lintel asks a fixed target of paths (coverage.paths)")
				c.get(below("statuses", j)...)
				continue
			}
			for _, p := range paths {
				c.put(c.line(below("statuses", j)...), max(target-threshold, 0), "coverage", "paths", p, kind)
				c.blocks = true
			}
		}
	}
}
