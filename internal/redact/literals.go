package redact

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// This file finds secrets by the name before them: no shape tells a password from a word, but its name does.

const (
	nameOf = `([A-Za-z_$][\w$.-]{0,80})`
	quoted = `\\?(?:"((?:[^"\\\r\n]|\\.)*)"?|'((?:[^'\\\r\n]|\\.)*)'?|` + "`([^`\r\n]*)`?" + `)`
)

var (
	// hint is in every line that may hold such a name; others are not looked at.
	hint = lazyregexp.New(`(?i)pass|pwd|secret|token|key|credential|authorization|bearer|basic|:[^\s:@]+@`)
	// assigned is a name, a sign of assignment, of comparison or of a list, and a literal in quotes.
	assigned = lazyregexp.New(nameOf + `(\\?["'` + "`" + `])?\s*[\])]?\s*` +
		`(\??:\s*[\w<>\[\]. ]{1,30}=|\s[\w\[\]]{1,20}\s*=|:=|=>|={1,3}|!==?|:|,)\s*(?:[A-Za-z@\[\]]{0,12}\(?\s*)?` + quoted)
	// setter is a call that takes a secret: setPassword("...").
	setter = lazyregexp.New(`(?i)\b((?:set|with|using)?_?[a-z_]{0,20}(?:password|passwd|passphrase|secret|token))\(\s*` + quoted)
	// plain is a value without quotes up to the line's end: YAML, .env, properties, shell, Dockerfile, an HTTP header.
	plain = lazyregexp.New(`^[ \t+>-]*(?:(?:export|set|setx|ENV|ARG|declare|readonly|local|\$env:)\s*(?:-x\s+)?)?` +
		`["']?` + nameOf + `["']?(\s*=\s*|\s*:\s+|\s*:\s*=\s*|\s+)([^\s"'` + "`" + `].*?)\s*$`)
	// parameter is name=value within a line: connection strings, queries, arguments of commands.
	parameter = lazyregexp.New(`(?:^|[;?&\s"'` + "`" + `]|--)([A-Za-z_][\w -]{0,40}?)=([^\s;&"'` + "`" + `,()<>{}\[\]$]{3,})`)
	// flag is --name value.
	flag = lazyregexp.New(`--?([A-Za-z][\w-]{1,40})[ \t]+([^\s"'` + "`" + `$-][^\s"'` + "`" + `]*|"[^"\r\n]*"|'[^'\r\n]*')`)
	// element is <password>value</password>.
	element = lazyregexp.New(`<([A-Za-z_][\w.-]{0,60})(?:\s[^<>]*)?>([^<>\r\n]{3,})</`)
	// headed is "Name: value" within quotes, as commands take headers.
	headed = lazyregexp.New(`["'` + "`" + `]([A-Za-z][\w-]{1,60}):[ \t]*([^\s"'` + "`" + `]{3,})["'` + "`" + `]`)
	// pair is an entry of a list of variables: name and value, in one line or two.
	pair = lazyregexp.New(`(?i)["']?name["']?\s*[:=]\s*["']?` + nameOf + `["']?\s*,?\s*(?:\n[ \t+-]*)?["']?value["']?\s*[:=]\s*` +
		`(?:"((?:[^"\\\r\n]|\\.)*)"|'([^'\r\n]*)'|([^\s"',}{$][^\r\n,}]*))`)
	// authorised is the value of an Authorization header, whatever its scheme.
	authorised = lazyregexp.New(`(?i)authorization\\?["'` + "`" + `]?\s*[\])]?\s*[:=,]\s*\\?["'` + "`" + `]?\s*` +
		`(?:(?:basic|bearer|token|digest|negotiate|apikey|key)[ \t]+)?([^\s"'` + "`" + `\\,;)]{3,})`)
	// bearing is such a value without the header's name.
	bearing = lazyregexp.New(`(?i)\b(?:basic|bearer)[ \t]+([a-z0-9+/_.~-]{12,}={0,2})`)
	// dialled is user:password@host without a scheme, as Go's MySQL driver takes it.
	dialled = lazyregexp.New(`[\w.-]+:([^\s:@/"'` + "`" + `<>{}$()]{3,})@(?:(?:tcp|unix|udp)\(|[\w.-]+:[0-9]{2,5}\b)`)
)

// literals are the values of names that say that they hold a secret, and of Authorization headers.
func literals(text string, starts []int) []span {
	var out []span
	for i, from := range starts {
		to := len(text)
		if i+1 < len(starts) {
			to = starts[i+1] - 1
		}
		line := strings.TrimSuffix(text[from:to], "\r")
		if !hint.MatchString(line) {
			continue
		}
		for _, s := range lineLiterals(line) {
			out = append(out, span{from + s.start, from + s.end})
		}
		end := len(text)
		if i+2 < len(starts) {
			end = starts[i+2] - 1
		}
		for _, m := range pair.FindAllStringSubmatchIndex(text[from:end], -1) {
			name := text[from+m[2] : from+m[3]]
			for g := 4; g < len(m); g += 2 {
				if m[g] >= 0 && worth(name, text[from+m[g]:from+m[g+1]], true) {
					out = append(out, span{from + m[g], from + m[g+1]})
				}
			}
		}
	}
	return out
}

func lineLiterals(line string) []span {
	var out []span
	take := func(name string, start, end int, sure bool) {
		if start >= 0 && worth(name, line[start:end], sure) {
			out = append(out, span{start, end})
		}
	}
	inQuotes := func(m []int, name string, group int) {
		for g := group; g < len(m); g += 2 {
			if m[g] < 0 {
				continue
			}
			end := m[g+1]
			if m[g] >= 2 && line[m[g]-2] == '\\' { // a text within a text ends at the next escaped quote
				if i := strings.Index(line[m[g]:end], `\`+line[m[g]-1:m[g]]); i >= 0 {
					end = m[g] + i
				}
			}
			take(name, m[g], end, true)
		}
	}
	for _, m := range assigned.FindAllStringSubmatchIndex(line, -1) {
		if line[m[6]:m[7]] != "," || m[4] >= 0 { // in a list, the name must be a literal itself
			inQuotes(m, line[m[2]:m[3]], 8)
		}
	}
	for _, m := range setter.FindAllStringSubmatchIndex(line, -1) {
		inQuotes(m, line[m[2]:m[3]], 4)
	}
	if m := plain.FindStringSubmatchIndex(line); m != nil {
		out = append(out, plainValue(line, m)...)
	}
	for _, m := range parameter.FindAllStringSubmatchIndex(line, -1) {
		// Between semicolons or in a query nothing is a variable.
		name := line[m[0]:m[3]]
		take(line[m[2]:m[3]], m[4], m[5], strings.ContainsAny(name[:1]+at(line, m[1]), ";?&\"'") || strings.Contains(name, "--"))
	}
	for _, m := range flag.FindAllStringSubmatchIndex(line, -1) {
		take(line[m[2]:m[3]], m[4], m[5], strings.HasPrefix(line[m[0]:], "--"))
	}
	for _, re := range []*lazyregexp.Regexp{element, headed} {
		for _, m := range re.FindAllStringSubmatchIndex(line, -1) {
			take(line[m[2]:m[3]], m[4], m[5], true)
		}
	}
	for _, m := range authorised.FindAllStringSubmatchIndex(line, -1) {
		if v := line[m[2]:m[3]]; !slices.Contains(schemes, strings.ToLower(v)) && !expression.MatchString(v) {
			take("password", m[2], m[3], true)
		}
	}
	for _, m := range bearing.FindAllStringSubmatchIndex(line, -1) {
		if v := line[m[2]:m[3]]; strings.ContainsAny(v, "0123456789=") {
			take("password", m[2], m[3], true)
		}
	}
	for _, m := range dialled.FindAllStringSubmatchIndex(line, -1) {
		take("password", m[2], m[3], true)
	}
	return out
}

// plainValue is the value without quotes of a line, unless it is an expression of a program.
func plainValue(line string, m []int) []span {
	name, sign, start, end := line[m[2]:m[3]], line[m[4]:m[5]], m[6], m[7]
	if i := strings.Index(line[start:end], " #"); i > 0 {
		end = start + i
	}
	value := strings.TrimRight(line[start:end], " \t")
	end = start + len(value)
	switch bare := strings.TrimSpace(sign); {
	case bare == "": // only a Dockerfile and a shell have a blank between them
		if !strings.HasPrefix(strings.TrimLeft(line, " \t+-"), "ENV ") {
			return nil
		}
	case strings.ContainsAny(value, "()[]{}\"'` ") && bare != "=" && sign != "=":
		return nil
	case expression.MatchString(value) && sign != "=" && !strings.ContainsAny(value, "0123456789") && bare != ":":
		return nil
	}
	if strings.ContainsAny(value, "()[]{}\"'`") || strings.HasSuffix(value, ",") || strings.HasSuffix(value, ";") ||
		strings.Contains(value, ".") && expression.MatchString(value) || types.MatchString(value) {
		return nil
	}
	if !worth(name, value, sign == "=" && strings.ToUpper(name) == name || strings.ContainsAny(value, "0123456789") ||
		strings.TrimSpace(sign) == ":" || strings.TrimSpace(sign) == "") {
		return nil
	}
	return []span{{start, end}}
}

var (
	schemes = []string{"basic", "bearer", "token", "digest", "negotiate", "apikey", "key"}
	// expression is a variable, a field or a constant of a program.
	expression = lazyregexp.New(`^[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)*$`)
	// types are what stands after a name and a colon in many languages.
	types = lazyregexp.New(`^(?:\??[A-Z][A-Za-z]*|` +
		`\*?(?:string|str|int|bool|any|bytes|byte|char|text|unknown|number|object|float|varchar)\b.*)$`)
	// stands is a value that stands for another one.
	stands = lazyregexp.New(`^(?:<[^<>]*>|\$\{.*\}|\$\(.*\)|\$[\w:.]+|\{\{.*\}\}|\{[\w.]*\}|#\{.*\}|` +
		`%[A-Za-z_]*%?|%\([\w.]+\)s|[*x.•-]+|@\w+@)$`)
	// called is a value that is the name of a secret, not one: access_token, DB_PASSWORD.
	called = lazyregexp.New(`^(?:[a-z]+(?:[_.-][a-z]+)+|[A-Z]+(?:[_.-][A-Z]+)+)$`)
	ours   = lazyregexp.New(`<SECRET_[0-9]+>`)
	parted = lazyregexp.New(`[A-Z]+[a-z]*|[a-z]+|[0-9]+`)
)

var (
	secretWords = []string{
		"password", "passwd", "passphrase", "passcode", "secret", "secrets", "token", "credential", "credentials", "pwd",
	}
	otherWords = strings.Fields(`url uri path file filename name id ids type field length len size count max min ttl expiry expires expiration
		endpoint header prefix suffix class label error message help hint regex pattern format policy required enabled index column table
		version algorithm manager provider service store reset placeholder title description text kind status state valid invalid`)
	noSecrets = strings.Fields(`true false null nil none undefined empty string str int bool any object number yes no on off optional required
		password passwd passphrase secret token key pass username user example changeit inherit env`)
)

// worth reports whether a value of a name is to be replaced. sure is false where the value may be a variable.
func worth(name, value string, sure bool) bool {
	value = strings.Trim(value, `"' `)
	if rest := ours.ReplaceAllString(value, ""); len(rest) < 3 || stands.MatchString(value) ||
		slices.Contains(noSecrets, strings.ToLower(value)) || strings.Contains(value, "://") {
		return false
	}
	if !sure && expression.MatchString(value) && !strings.ContainsAny(value, "0123456789") {
		return false
	}
	words := parted.FindAllString(name, -1)
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	if len(words) == 0 || slices.Contains(otherWords, words[len(words)-1]) {
		return false
	}
	if called.MatchString(value) && holdsSecret(parted.FindAllString(strings.ToLower(value), -1)) {
		return false
	}
	if holdsSecret(words) {
		return true
	}
	// "key" is a word of many meanings: its value must look like a key.
	last := words[len(words)-1]
	return (strings.HasSuffix(last, "key") || strings.HasSuffix(last, "keys")) && len(value) >= 12 && !strings.ContainsAny(value, " /") &&
		strings.ContainsAny(value, "0123456789") && strings.ContainsAny(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz")
}

func holdsSecret(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		return w == "pass" || w == "pw" || slices.ContainsFunc(secretWords, func(s string) bool { return strings.HasSuffix(w, s) })
	})
}

// at is the byte of a text at a place, if there is one.
func at(text string, i int) string {
	if i >= len(text) {
		return ""
	}
	return text[i : i+1]
}
