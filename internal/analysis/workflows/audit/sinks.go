package audit

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// The files of GitHub Actions that set variables and folders of programs for later steps, as scripts name them.
var (
	sinkUse = lazyregexp.New(
		`\$\{?(?:env:)?GITHUB_(?:ENV|PATH)\}?|%GITHUB_(?:ENV|PATH)%|\$\{\{\s*github\.(?:env|path)\s*\}\}`,
	)
	sinkName = lazyregexp.New(`\b(?:GITHUB_(?:ENV|PATH)|github\.(?:env|path))\b`)
	// printer is a command that prints what a file, a page or its input holds.
	printer = lazyregexp.New(
		`(?:^|[;&|({]|\b(?:then|do|else))[ \t]*(?:sudo[ \t]+)?(?:cat|head|tail|sed|awk|grep|egrep|jq|yq|cut|` +
			`tr|sort|curl|wget|unzip|base64|cp|mv|dd|gh)\b`,
	)
	// fed is an input that comes from a file, and no text that stands in the script.
	fed = lazyregexp.New(`(?:^|[^<&])<[ \t]*[^<&( \t]`)
	// hereText is the mark behind which a text stands that a command reads, to a line of that mark alone.
	hereText = lazyregexp.New(`<<-?[ \t]*(\\?["']?)([A-Za-z_][\w.-]*)["']?`)
	// plainly is a line that only gives a variable its value; head is the condition of a statement without what it does;
	// elsewhere is a line whose text goes to another file.
	plainly   = lazyregexp.New(`^[ \t]*(?:export|local|readonly|declare)?[ \t]*[A-Za-z_]\w*\+?=[^;&|]*$`)
	head      = lazyregexp.New(`^[ \t]*(?:if|elif|while|until|for|case)\b(?:[^;]*$|.*?;[ \t]*(?:then|do)\b)`)
	elsewhere = lazyregexp.New(`>[ \t]*(?:&2|/dev/)`)
	// function defines one; batch is a variable of the shell that Windows had before.
	function = lazyregexp.New(`(?m)(?:^|[;&|{])[ \t]*(?:function[ \t]+([A-Za-z_][\w-]*)|([A-Za-z_][\w-]*)[ \t]*\(\))`)
	batch    = lazyregexp.New(`%([A-Za-z_]\w*)[^%\s]*%`)
)

// A group of commands ends with a word, and its beginning is looked for in the lines above.
var groups = []struct {
	end   string
	opens *lazyregexp.Regexp
}{
	{"}", lazyregexp.New(`(?:^|[;&|)]|\s)\{[ \t]*(?:#.*)?$`)},
	{")", lazyregexp.New(`^[ \t]*\([ \t]*(?:#.*)?$`)},
	{"done", lazyregexp.New(`(?:^|[;&|])[ \t]*(?:for|while|until)\b`)},
	{"fi", lazyregexp.New(`(?:^|[;&|])[ \t]*if\b`)},
	{"esac", lazyregexp.New(`(?:^|[;&|])[ \t]*case\b`)},
}

// sinks are the names by which a script calls the files: GitHub's own, and variables that were given one of these.
func (s *script) sinks() func(line string) bool {
	users := map[string][]string{} // by a variable, those whose value uses it
	var named []string
	note := func(name, text string) {
		if sinkName.MatchString(text) {
			named = append(named, name)
		}
		for _, m := range variableUse.FindAllStringSubmatch(text, -1) {
			users[m[1]+m[2]] = append(users[m[1]+m[2]], name)
		}
	}
	// The value of a variable goes to the end of its line. Where others are given values behind it, each stretch is read
	// once: it counts for its own variable, and for the stretch before it.
	all := assignment.FindAllStringSubmatchIndex(s.text, -1)
	before := ""
	for i, m := range all {
		end := len(s.text)
		if i+1 < len(all) {
			end = all[i+1][2]
		}
		stretch := "#" + strconv.Itoa(i)
		text, _, ends := strings.Cut(s.text[m[1]:end], "\n")
		note(stretch, text)
		users[stretch] = append(users[stretch], s.text[m[2]:m[3]])
		if before != "" {
			users[stretch] = append(users[stretch], before)
		}
		if before = stretch; ends {
			before = ""
		}
	}
	if env := s.step.Env; env != nil {
		for _, name := range slices.Sorted(maps.Keys(env.Vars)) {
			note(env.Vars[name].Name.Value, value(env.Vars[name].Value))
		}
	}
	outer := []map[string]bool{s.a.sinksOf(s.job.Env), s.a.sinksOf(s.a.workflow.Env)}
	outside := func(name string) bool { return outer[0][name] || outer[1][name] }
	for _, name := range slices.Sorted(maps.Keys(users)) {
		if outside(name) {
			named = append(named, name)
		}
	}
	also := map[string]bool{}
	for len(named) > 0 {
		name := named[0]
		if named = named[1:]; !also[name] {
			also[name] = true
			named = append(named, users[name]...)
		}
	}
	return func(line string) bool {
		if sinkName.MatchString(line) {
			return strings.Contains(line, "$") || strings.Contains(line, "%")
		}
		return slices.ContainsFunc(variableUse.FindAllStringSubmatch(line, -1), func(m []string) bool {
			return also[m[1]+m[2]] || outside(m[1]+m[2])
		})
	}
}

// sinksOf are the variables of an environment around steps whose value names one of the files. Each is read once, however
// many steps it has.
func (a *auditor) sinksOf(env *actionlint.Env) map[string]bool {
	if env == nil {
		return nil
	}
	named, known := a.sinks[env]
	if !known {
		named = map[string]bool{}
		for _, v := range env.Vars {
			if sinkName.MatchString(value(v.Value)) {
				named[v.Name.Value] = true
			}
		}
		if a.sinks == nil {
			a.sinks = map[*actionlint.Env]map[string]bool{}
		}
		a.sinks[env] = named
	}
	return named
}

// harmless reports whether what the commands of one line write to a sink holds nothing that a stranger may have chosen.
func (s *script) harmless(lines []string, at int) bool {
	text := sinkUse.ReplaceAllString(lines[at], "")
	if plainly.MatchString(lines[at]) && !strings.Contains(lines[at], ">") {
		return true // a further name for the file
	}
	if strings.Contains(lines[at], "%GITHUB_") {
		for _, m := range batch.FindAllStringSubmatch(text, -1) {
			if !s.variable(m[1]) {
				return false
			}
		}
	}
	from := at
	// A quote or a command that began on lines above goes on here.
	for from > 0 && (strings.Count(text, `"`)%2 > 0 || goesOn(lines[from-1])) {
		from--
		if !s.follow(lines[from]) {
			return false
		}
		text = lines[from] + "\n" + text
	}
	first := strings.TrimSpace(text)
	for _, g := range groups {
		if rest, ok := strings.CutPrefix(first, g.end); ok && (rest == "" || !wordChar(rest[0])) {
			return s.group(lines, from, g.opens, g.end) && s.settled(text)
		}
	}
	word := strings.FieldsFunc(first, func(r rune) bool { return r == ' ' || r == '\t' })
	switch {
	case len(word) == 0:
		return true
	case word[0] == "exec":
		return s.body(lines[at+1:])
	case s.function(word[0]):
		return s.body(lines)
	}
	here, ends, quoted := s.here(lines, at)
	if quoted {
		here = strings.Join(onlyExpressions(here), " ")
	}
	if !s.settled(text) || !s.settled(here) {
		return false
	}
	return ends || !printer.MatchString(text) && !fed.MatchString(text)
}

// goesOn reports whether a command is not at its end with its line.
func goesOn(line string) bool {
	line = strings.TrimRight(line, " \t\r")
	return strings.HasSuffix(line, `\`) || strings.HasSuffix(line, "|") || strings.HasSuffix(line, "&&")
}

func wordChar(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// here is the text behind a mark of a line; quoted, when the shell leaves its variables alone.
func (s *script) here(lines []string, at int) (text string, found, quoted bool) {
	m := hereText.FindStringSubmatch(lines[at])
	if m == nil || strings.Contains(lines[at], "<<<") {
		return "", false, false
	}
	if !s.follow("") {
		return "", true, false // whoever asks follows no further, either
	}
	for i := at + 1; i < len(lines); i++ {
		if !s.follow(lines[i]) {
			return "$", true, false // a variable that nobody knows
		}
		if strings.TrimSpace(lines[i]) == m[2] {
			return strings.Join(lines[at+1:i], "\n"), true, m[1] != ""
		}
	}
	return strings.Join(lines[at+1:], "\n"), true, m[1] != ""
}

// onlyExpressions are the expressions of a text with their marks: they are filled in before a shell reads it.
func onlyExpressions(of string) (all []string) {
	for _, e := range expressions(of) {
		all = append(all, "${{"+e+"}}")
	}
	return all
}

// group judges the commands between the end of a group and its beginning; without one, all lines above.
func (s *script) group(lines []string, end int, opens *lazyregexp.Regexp, closes string) bool {
	depth, from := 1, end-1
	for ; from >= 0; from-- {
		if !s.follow(lines[from]) {
			return false
		}
		first, _, _ := strings.Cut(strings.TrimSpace(lines[from])+" ", " ")
		if strings.TrimRight(first, ";") == closes {
			depth++
		}
		if opens.MatchString(lines[from]) {
			if depth--; depth == 0 {
				break
			}
		}
	}
	return s.body(lines[max(from, 0):end])
}

// body judges commands that all write to a sink.
func (s *script) body(lines []string) bool {
	for i, l := range lines {
		if !s.follow(l) {
			return false
		}
		if plainly.MatchString(l) || elsewhere.MatchString(l) {
			continue
		}
		l = sinkUse.ReplaceAllString(l[len(head.FindString(l)):], "")
		_, here, _ := s.here(lines, i)
		if !s.settled(l) || s.a.followed > maxFollowed || !here && (printer.MatchString(l) || fed.MatchString(l)) {
			return false
		}
	}
	return true
}

// function reports whether the script defines a function of a name.
func (s *script) function(name string) bool {
	if s.functions == nil {
		s.functions = map[string]bool{}
		for _, m := range function.FindAllStringSubmatch(s.text, -1) {
			s.functions[m[1]+m[2]] = true
		}
	}
	return s.functions[strings.TrimRight(name, ";")]
}
