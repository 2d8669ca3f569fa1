package detect

import (
	"bytes"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/language/lexer"
)

// call is a call as its tokens have it: "pdb . set_trace". The last one is followed by an opening bracket.
type call struct{ tokens, name string }

// breakpoints are the calls that only a person with a debugger wants.
var breakpoints = map[lexer.Language][]call{
	"python": {{"breakpoint (", "breakpoint()"}, {"pdb . set_trace", "pdb.set_trace()"}, {"ipdb . set_trace", "ipdb.set_trace()"}},
	"ruby":   {{"binding . pry", "binding.pry"}, {"binding . irb", "binding.irb"}, {"byebug", "byebug"}},
	"rust":   {{"dbg ! (", "dbg!()"}},
	"php":    {{"var_dump (", "var_dump()"}, {"dd (", "dd()"}},
	"go":     {{"spew . Dump (", "spew.Dump()"}, {"runtime . Breakpoint (", "runtime.Breakpoint()"}},
	"csharp": {{"Debugger . Launch (", "Debugger.Launch()"}, {"Debugger . Break (", "Debugger.Break()"}},
	"js":     {{"debugger", "debugger"}},
	"ts":     {{"debugger", "debugger"}},
	"tsx":    {{"debugger", "debugger"}},
}

// prints are the calls that write to the terminal.
var prints = map[lexer.Language][]call{
	"js":     {{"console . log (", "console.log()"}, {"console . debug (", "console.debug()"}, {"console . dir (", "console.dir()"}},
	"ts":     {{"console . log (", "console.log()"}, {"console . debug (", "console.debug()"}, {"console . dir (", "console.dir()"}},
	"tsx":    {{"console . log (", "console.log()"}, {"console . debug (", "console.debug()"}, {"console . dir (", "console.dir()"}},
	"go":     {{"fmt . Println (", "fmt.Println()"}, {"fmt . Printf (", "fmt.Printf()"}, {"println (", "println()"}},
	"python": {{"print (", "print()"}},
	"java":   {{"System . out . println (", "System.out.println()"}, {". printStackTrace ( )", "printStackTrace()"}},
	"kotlin": {{"println (", "println()"}, {". printStackTrace ( )", "printStackTrace()"}},
	"csharp": {{"Console . WriteLine (", "Console.WriteLine()"}},
	"swift":  {{"print (", "print()"}},
	"rust":   {{"println ! (", "println!()"}},
	"php":    {{"print_r (", "print_r()"}},
}

// Breaks tells, of lines of a file, whether one may hold a breakpoint: it has the words of one, wherever they stand.
func Breaks(file string) func(line string) bool {
	var words [][]string
	for _, c := range breakpoints[lexer.Of(file)] {
		words = append(words, strings.Fields(c.tokens))
	}
	return func(line string) bool {
		return slices.ContainsFunc(words, func(all []string) bool {
			return !slices.ContainsFunc(all, func(word string) bool { return !strings.Contains(line, word) })
		})
	}
}

// leftovers finds breakpoints. They stand at the start of a statement, and name no method of something else.
func (r *reader) leftovers() {
	for i := range r.code {
		if !r.Added[r.line(i)] {
			continue
		}
		for _, c := range breakpoints[r.language] {
			if r.statement(i, c.tokens) {
				r.add(Breakpoint, c.name, r.line(i), r.line(i))
			}
		}
	}
}

// statement reports whether a call begins here: in the middle of an expression, and behind what defines or qualifies a
// name, it does not. A single word is a statement of its own line.
func (r *reader) statement(i int, tokens string) bool {
	if !r.matches(i, tokens) {
		return false
	}
	switch r.text(i - 1) {
	case ".", "->", "::", "?.", "def", "func", "fn", "function", "new", "!", "fun":
		return false
	}
	if strings.Contains(tokens, " ") {
		return true
	}
	before := i == 0 || r.line(i-1) < r.line(i) || r.text(i-1) == "{" || r.text(i-1) == ";" || r.text(i-1) == ")"
	last := i+1 == len(r.code) || r.line(i+1) > r.line(i) || r.text(i+1) == ";" || r.text(i+1) == "}"
	return before && last
}

// matches reports whether these tokens, parted by blanks, begin here.
func (r *reader) matches(i int, tokens string) bool {
	for rest := tokens; rest != ""; i++ {
		word := rest
		if n := strings.IndexByte(rest, ' '); n >= 0 {
			word, rest = rest[:n], rest[n+1:]
		} else {
			rest = ""
		}
		if r.text(i) != word {
			return false
		}
	}
	return true
}

// manyPrints is how many calls of a new file make printing its job.
const manyPrints = 3

// prints finds calls that print, in files whose job that is not.
func (r *reader) prints() {
	if len(prints[r.language]) == 0 || r.printer() {
		return
	}
	var found []Finding
	for i := range r.code {
		if !r.Added[r.line(i)] {
			continue
		}
		for _, c := range prints[r.language] {
			if (c.tokens[0] == '.' && r.matches(i, c.tokens) || r.statement(i, c.tokens)) && !r.meant(i) {
				found = append(found, Finding{Kind: Print, What: c.name, Line: r.line(i), EndLine: r.line(i)})
			}
		}
	}
	if len(found) == 0 || r.Base == nil && len(found) >= manyPrints {
		return
	}
	for _, c := range prints[r.language] {
		if bytes.Contains(r.Base, []byte(strings.ReplaceAll(c.tokens, " ", ""))) {
			return
		}
	}
	r.found = append(r.found, found...)
}

// within is how many tokens of a call are looked through for where it prints to.
const within = 60

// meant reports whether a call prints on purpose: to the errors' stream, or with the linter's check switched off.
func (r *reader) meant(i int) bool {
	for j := r.code[i]; j < min(len(r.tokens), r.code[i]+within); j++ {
		t := r.comment(r.tokens[j])
		if t == "stderr" || r.tokens[j].Kind == lexer.Comment && (strings.Contains(t, "T201") || strings.Contains(t, "nolint")) {
			return true
		}
		if t == "}" || t == ";" {
			break
		}
	}
	return false
}
