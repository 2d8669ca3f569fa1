package function

import (
	"strings"

	"github.com/lintel-review/lintel/internal/language/lexer"
)

// body is a function that was found: the indexes of its first token and of its brackets.
type body struct {
	name          string
	first, params int
	open, closing int
	parameters    int
}

// scope is what an open bracket belongs to.
type scope struct {
	class bool
	name  string
}

// finder finds the functions of a language that has braces.
type finder struct {
	*source
	bodies []body
	// byOpen are the bodies by the index of their opening brace.
	byOpen map[int]int
	scopes []scope
	// pending is the name of a class whose opening brace is yet to come.
	pending string
	awaits  bool
}

// leads are the words that begin a function.
var leads = map[lexer.Language]map[string]bool{
	"rust":   {"fn": true},
	"swift":  {"func": true, "init": true, "subscript": true},
	"kotlin": {"fun": true},
	"scala":  {"def": true},
	"php":    {"function": true},
	"js":     {"function": true},
	"ts":     {"function": true},
	"tsx":    {"function": true},
}

// holders are the words that begin a scope of functions.
var holders = map[string]bool{
	"class": true, "interface": true, "struct": true, "enum": true, "trait": true, "impl": true, "namespace": true,
	"object": true, "extension": true, "record": true, "union": true, "protocol": true, "actor": true, "mod": true, "module": true,
}

// braces finds and measures the functions of a language that has braces.
func braces(s *source) []Function {
	f := &finder{source: s, byOpen: map[int]int{}}
	for i := range s.tokens {
		f.step(i)
	}
	found := make([]Function, 0, len(f.bodies))
	for _, b := range f.bodies {
		if b.name == "" {
			continue
		}
		m := f.measure(b)
		found = append(found, Function{
			Name:       b.name,
			Line:       s.line(b.first),
			EndLine:    s.line(b.closing),
			Body:       s.line(b.open),
			Parameters: b.parameters,
			Nesting:    m.deepest,
			Cyclomatic: m.cyclomatic,
			Cognitive:  m.cognitive,
		})
	}
	return found
}

// step looks at one token on the way through the file.
func (f *finder) step(i int) {
	switch {
	case f.is(i, "{"):
		f.enter(i)
	case f.is(i, "}"):
		if len(f.scopes) > 0 {
			f.scopes = f.scopes[:len(f.scopes)-1]
		}
	case f.is(i, ";"):
		f.awaits = false
	case f.is(i, "=>") && f.script():
		f.arrow(i)
	case f.word(i):
		f.atWord(i)
	}
}

func (f *finder) script() bool {
	return f.language == "js" || f.language == "ts" || f.language == "tsx"
}

func (f *finder) cLike() bool {
	switch f.language {
	case "java", "csharp", "c", "cpp":
		return true
	}
	return false
}

func (f *finder) enter(i int) {
	sc := scope{}
	switch b, isBody := f.byOpen[i]; {
	case isBody:
		sc.name = f.bodies[b].name
	case f.awaits:
		sc.class = true
		if f.pending != "" {
			sc.name = f.qualified(f.pending)
		}
	case f.cLike() && (f.newObject(i) || f.what(i-2) == "extern"):
		sc.class = true
	}
	f.awaits = false
	if sc.name == "" && len(f.scopes) > 0 {
		sc.name = f.scopes[len(f.scopes)-1].name
	}
	f.scopes = append(f.scopes, sc)
}

// newObject reports whether the brace begins the body of an anonymous class: new Thing(...) {.
func (f *finder) newObject(i int) bool {
	if !f.is(i-1, ")") {
		return false
	}
	for j := int(f.partner[i-1]) - 1; j > max(0, i-60); j-- {
		switch {
		case f.is(j, "new"):
			return true
		case f.word(j), f.is(j, "."), f.is(j, "<"), f.is(j, ">"), f.is(j, ","), f.is(j, "?"):
		default:
			return false
		}
	}
	return false
}

// qualified puts the name of the surrounding class or function before a name.
func (f *finder) qualified(name string) string {
	if n := len(f.scopes); n > 0 && f.scopes[n-1].name != "" {
		if outer := f.scopes[n-1].name; len(outer)+len(name) < 200 {
			return outer + "." + name
		}
	}
	return name
}

func (f *finder) inClass() bool { return len(f.scopes) > 0 && f.scopes[len(f.scopes)-1].class }

// atWord looks for a class, or for a function that begins here.
func (f *finder) atWord(i int) {
	w := f.what(i)
	if f.is(i-1, ".") || f.is(i-1, "?.") {
		return
	}
	switch {
	case holders[w] && !f.is(i+1, ":") && !f.is(i+1, "(") && !f.is(i+1, "=") && (f.word(i+1) || f.is(i+1, "<") || f.is(i+1, "{")):
		f.holder(i)
	case leads[f.language][w] && !f.is(i-1, "::"):
		f.led(i)
	case f.script() && (f.inClass() || f.is(i-1, ",") || f.is(i-1, "{") || f.is(i-1, "async")):
		f.method(i)
	case f.cLike() && (len(f.scopes) == 0 || f.inClass()):
		f.declared(i)
	}
}

// holder notes a class whose brace is to come, and its name: that after the word, or for Rust the last before the brace.
func (f *finder) holder(i int) {
	if f.is(i, "class") && f.is(i-1, "enum") { // enum class X
		return
	}
	f.awaits, f.pending = true, ""
	angle := 0
	for j := i + 1; j < min(len(f.tokens), i+60) && !f.is(j, "{") && !f.is(j, ";"); j++ {
		switch {
		case f.is(j, "<"):
			angle++
		case f.is(j, ">"):
			angle--
		case f.is(j, "where"):
			return
		case f.word(j) && angle == 0 && (f.pending == "" || f.is(i, "impl") && !f.is(j, "for")):
			f.pending = f.what(j)
		}
		if f.pending != "" && !f.is(i, "impl") {
			return
		}
	}
}

// add keeps a function whose parameters and opening brace were found.
func (f *finder) add(name string, first, params, open int) {
	if _, twice := f.byOpen[open]; twice {
		return
	}
	b := body{name: name, first: first, params: params, open: open, closing: int(f.partner[open])}
	if params >= 0 {
		b.parameters = f.parameters(params)
		for next := int(f.partner[params]) + 1; f.language == "scala" && f.is(next, "("); next = int(f.partner[next]) + 1 {
			b.parameters += f.parameters(next)
		}
	}
	f.byOpen[open] = len(f.bodies)
	f.bodies = append(f.bodies, b)
}

// led finds the function that a word such as "fn" begins.
func (f *finder) led(i int) {
	name, params := "", -1
	for j := i + 1; j < min(len(f.tokens), i+60); j++ {
		if f.is(j, "<") {
			end := f.skipAngles(j)
			if end == j {
				return
			}
			j = end
			continue
		}
		if f.is(j, "[") {
			j = int(f.partner[j])
			continue
		}
		if f.is(j, "(") {
			params = j
			break
		}
		if f.is(j, "{") || f.is(j, ";") || f.is(j, "}") || f.is(j, "=") {
			break
		}
		if f.word(j) {
			name = f.what(j)
		}
	}
	if params < 0 && (f.language != "scala" || name == "") {
		return
	}
	if f.language == "swift" && (f.is(i, "init") || f.is(i, "subscript")) {
		if !f.inClass() {
			return
		}
		name = f.what(i)
	}
	from := i + 1
	if params >= 0 {
		from = int(f.partner[params]) + 1
	}
	open := f.bodyAfter(from, f.line(i))
	if open < 0 {
		return
	}
	if name == "" && f.script() {
		name = f.assigned(i)
	}
	if name != "" {
		name = f.qualified(name)
	}
	f.add(name, i, params, open)
}

// skipAngles gives the index of the mark that closes <, or of its start when none does.
func (f *finder) skipAngles(i int) int {
	depth := 0
	for j := i; j < min(len(f.tokens), i+100); j = f.after(j) {
		switch {
		case f.is(j, "<"):
			depth++
		case f.is(j, ">"):
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return i
}

// goesOn are the tokens by which the head of a function goes on in another line.
const goesOn = " { -> where throws rethrows async : = , & | > < "

// bodyAfter finds the brace that opens the body behind the parameters; -1 when there is none.
func (f *finder) bodyAfter(from, line int) int {
	for j := from; j < min(len(f.tokens), from+80); {
		switch {
		case f.is(j, "{"):
			if !f.typeBrace(j, from) {
				return j
			}
		case f.is(j, ";"), f.is(j, "}"), f.is(j, ")"), f.is(j, "]"):
			return -1
		case f.is(j, "="):
			if f.language != "scala" || !f.is(j+1, "{") {
				return -1
			}
		case f.word(j) && leads[f.language][f.what(j)]:
			return -1
		case f.language != "rust" && f.line(j) > line && f.firstOfLine(j) && !f.continues(j-1) &&
			!strings.Contains(goesOn, " "+f.what(j)+" "):
			return -1
		}
		j = f.after(j)
		line = max(line, f.line(j-1))
	}
	return -1
}

// continues reports whether a line that ends with this token goes on.
func (f *finder) continues(i int) bool {
	return f.is(i, ",") || f.is(i, "|") || f.is(i, "&") || f.is(i, ":") || f.is(i, "->") || f.is(i, "where") || f.is(i, "<")
}

// typeBrace reports whether a brace in a script's head belongs to the type of what the function returns.
func (f *finder) typeBrace(j, from int) bool {
	if !f.script() || j == from {
		return false
	}
	for _, before := range []string{":", "<", ",", "|", "&", "=>"} {
		if f.is(j-1, before) {
			return true
		}
	}
	return false
}

// declared finds a function of C's family: a name, parameters, and a body behind them.
func (f *finder) declared(i int) {
	params := i + 1
	if f.is(params, "<") {
		params = f.skipAngles(params) + 1
	}
	if f.awaits { // the head of a class that takes parameters, or hands them to its base
		return
	}
	if !f.is(params, "(") || f.is(i-1, "@") || notNames[f.what(i)] || f.is(i-1, "new") || f.is(i-1, "=") || f.is(i-1, "->") {
		return
	}
	open := f.bodyOf(int(f.partner[params]) + 1)
	if open < 0 {
		return
	}
	first, name := i, f.what(i)
	for f.is(first-1, "::") && f.word(first-2) || f.is(first-1, "~") {
		if f.is(first-1, "~") {
			name = "~" + name
			first--
			continue
		}
		name = f.what(first-2) + "." + name
		first -= 2
	}
	f.add(f.qualified(name), i, params, open)
}

// notNames are the words before brackets and braces that name no function.
var notNames = map[string]bool{
	"if": true, "for": true, "while": true, "switch": true, "catch": true, "return": true, "sizeof": true, "synchronized": true,
	"using": true, "lock": true, "fixed": true, "foreach": true, "do": true, "else": true, "try": true, "throw": true,
	"function": true, "with": true, "await": true, "typeof": true, "super": true, "checked": true, "unsafe": true, "when": true,
	"noexcept": true, "requires": true, "alignas": true, "decltype": true, "__attribute__": true, "defined": true, "new": true,
	"delete": true, "case": true, "import": true, "yield": true, "assert": true, "static_assert": true, "record": true,
}

// groups are the words of a head that brackets of their own follow.
var groups = map[string]bool{
	"noexcept": true, "throw": true, "__attribute__": true, "alignas": true, "requires": true, "decltype": true, "base": true, "this": true,
}

// bodyOf finds the body behind the parameters of a function of C's family; -1 when there is none.
func (f *finder) bodyOf(from int) int {
	list := false // the members that a constructor of C++ sets
	for j := from; j < min(len(f.tokens), from+80); {
		switch {
		case f.is(j, "{"):
			if next := f.after(j); list && f.word(j-1) && (f.is(next, ",") || f.is(next, "{")) {
				break
			}
			return j
		case f.is(j, ":"):
			list = f.language == "cpp" || f.language == "c"
		case f.is(j, "("):
			if !list && !groups[f.what(j-1)] && !f.is(j-1, "(") {
				return -1
			}
		case f.is(j, "["), f.word(j), f.is(j, ","), f.is(j, "::"), f.is(j, "->"), f.is(j, "*"), f.is(j, "&"), f.is(j, "<"), f.is(j, ">"),
			f.is(j, "."), f.is(j, "&&"), f.is(j, "@"), f.is(j, "?"):
		default:
			return -1
		}
		j = f.after(j)
	}
	return -1
}

// method finds a method of a class or an object in a script.
func (f *finder) method(i int) {
	params := i + 1
	if f.is(params, "<") {
		params = f.skipAngles(params) + 1
	}
	if f.awaits { // the head of a class that takes parameters, or hands them to its base
		return
	}
	if !f.is(params, "(") || notNames[f.what(i)] {
		return
	}
	next := int(f.partner[params]) + 1
	open := -1
	switch {
	case f.is(next, "{"):
		open = next
	case f.inClass() && f.is(next, ":"):
		open = f.bodyAfter(next, f.line(next))
	}
	if open >= 0 {
		f.add(f.qualified(f.what(i)), i, params, open)
	}
}

// arrow finds the function of an arrow whose body has braces.
func (f *finder) arrow(i int) {
	if !f.is(i+1, "{") {
		return
	}
	first, params := i-1, -1
	if !f.is(i-1, ")") && !(f.word(i-1) && !f.returnType(i)) {
		for j := i - 1; j > max(0, i-40); j-- { // a type stands between
			if f.is(j, ")") && f.is(j+1, ":") {
				first = j
				break
			}
			if p := f.partner[j]; p >= 0 && int(p) < j {
				j = int(p)
			}
		}
	}
	if f.is(first, ")") {
		params = int(f.partner[first])
		first = params
	}
	if f.is(first-1, "async") {
		first--
	}
	name := f.assigned(first)
	if name != "" {
		name = f.qualified(name)
	}
	f.add(name, first, params, i+1)
}

// returnType reports whether the word before the arrow is a type behind parameters: (a): T => {.
func (f *finder) returnType(i int) bool { return f.is(i-2, ":") && f.is(i-3, ")") }

// assigned is the name that a function without one is given: name = , name: , const name: Type = .
func (f *finder) assigned(first int) string {
	switch {
	case f.is(first-1, ":") && f.word(first-2):
		return f.what(first - 2)
	case !f.is(first-1, "="):
		return ""
	case f.word(first-2) && !f.is(first-3, ":"):
		return f.what(first - 2)
	}
	for j := first - 2; j > max(0, first-30) && !f.is(j, ";"); j-- {
		if f.is(j, "const") || f.is(j, "let") || f.is(j, "var") {
			return f.what(j + 1)
		}
		if p := f.partner[j]; p >= 0 && int(p) < j {
			j = int(p)
		}
	}
	return ""
}
