package function

import "github.com/lintel-review/lintel/internal/language/lexer"

// measured is what was counted of a function.
type measured struct{ cyclomatic, cognitive, deepest int }

// maxFrames is how many open blocks are told apart; deeper ones weigh as much as these.
const maxFrames = 200

// maxStatement is how many tokens a statement without braces may have.
const maxStatement = 2000

// frame is a block of a function, from one token to another.
type frame struct {
	from, end int
	control   bool
	// weighs is true where breaks inside weigh one more: control structures, and functions in a function.
	weighs bool
	arms   bool // of a match, whose arms are branches
}

// meter reads the body of one function.
type meter struct {
	*finder
	measured
	at     int
	frames []frame
	// loopEnds are the closing braces of do-loops, whose "while" is no loop of its own.
	loopEnds map[int]bool
	// logical is the last logical operator of each open bracket.
	logical []string
}

// measure counts what stands between the braces of a function, without the functions in it that have names.
func (f *finder) measure(b body) measured {
	m := &meter{finder: f, measured: measured{cyclomatic: 1}, logical: []string{""}}
	for i := b.open + 1; i < b.closing; i++ {
		m.at = i
		for len(m.frames) > 0 && m.frames[len(m.frames)-1].end < i {
			m.frames = m.frames[:len(m.frames)-1]
		}
		if inner, ok := f.byOpen[i]; ok {
			if f.bodies[inner].name != "" {
				i = f.bodies[inner].closing
				continue
			}
			m.push(frame{from: i, end: f.bodies[inner].closing, weighs: true})
		}
		i = m.step(i)
	}
	return m.measured
}

// step counts one token, and gives the index of the last one that it took.
func (m *meter) step(i int) int {
	t := m.tokens[i]
	switch t.Kind {
	case lexer.Word:
		if !m.member(i) {
			return m.keyword(i)
		}
	case lexer.Mark:
		m.operator(i)
	}
	return i
}

// member reports whether a word names a member or a key, whatever it is called: x.catch, { default: 1 }.
func (m *meter) member(i int) bool {
	switch m.language {
	case "c", "cpp", "php":
		if m.is(i-1, "->") {
			return true
		}
	}
	return m.is(i-1, ".") || m.is(i-1, "?.") || m.is(i-1, "::") || m.script() && m.is(i+1, ":")
}

func (m *meter) operator(i int) {
	switch w := m.what(i); w {
	case "&&", "||":
		if m.language == "rust" && w == "||" && !m.operand(i-1) || m.language == "cpp" && w == "&&" && m.typeMark(i) {
			return
		}
		m.cyclomatic++
		if top := &m.logical[len(m.logical)-1]; *top != w {
			*top = w
			m.cognitive++
		}
	case "(", "[":
		m.logical = append(m.logical, "")
	case ")", "]":
		if len(m.logical) > 1 {
			m.logical = m.logical[:len(m.logical)-1]
		}
	case ";", "{", "}", ",", "=>":
		m.logical[len(m.logical)-1] = ""
		if w == "=>" && m.language == "rust" && len(m.frames) > 0 && m.frames[len(m.frames)-1].arms {
			m.cyclomatic++
		}
	case "->":
		if m.language == "kotlin" && len(m.frames) > 0 && m.frames[len(m.frames)-1].arms {
			m.cyclomatic++
		}
	case "?":
		if m.ternary(i) {
			m.cyclomatic++
			m.cognitive += 1 + m.weight()
		}
	}
}

// operand reports whether a value ends with this token.
func (m *meter) operand(i int) bool {
	if i < 0 {
		return false
	}
	k := m.tokens[i].Kind
	return k == lexer.Number || k == lexer.Literal || k == lexer.Word && !m.is(i, "return") && !m.is(i, "move") ||
		m.is(i, ")") || m.is(i, "]") || m.is(i, "}") || m.is(i, "?")
}

// typeMark reports whether && is a reference to what moves: auto&& x, T&& x, &&x.
func (m *meter) typeMark(i int) bool {
	t := m.tokens[i]
	return t.Start > 0 && m.text[t.Start-1] > ' ' && m.text[t.Start-1] != ')'
}

// ternary reports whether the mark asks: white space stands on both sides of it, as formatters write it.
func (m *meter) ternary(i int) bool {
	switch m.language {
	case "rust", "kotlin", "scala":
		return false
	}
	t := m.tokens[i]
	return t.Start > 0 && m.text[t.Start-1] <= ' ' && int(t.End) < len(m.text) && m.text[t.End] <= ' '
}

func (m *meter) weight() int {
	n := 0
	for _, f := range m.frames {
		if f.weighs && f.from <= m.at {
			n++
		}
	}
	return n
}

func (m *meter) depth() int {
	n := 0
	for _, f := range m.frames {
		if f.control && f.from <= m.at {
			n++
		}
	}
	return n
}

// push opens a block. A control structure in it is one deeper.
func (m *meter) push(f frame) {
	if f.control {
		m.deepest = max(m.deepest, m.depth()+1)
	}
	if len(m.frames) < maxFrames {
		m.frames = append(m.frames, f)
	}
}

// keyword counts a word that governs the flow, and gives the index of the last token that it took.
func (m *meter) keyword(i int) int {
	switch w := m.what(i); w {
	case "if":
		m.branch(i, true)
	case "else":
		return m.otherwise(i)
	case "elseif", "elsif":
		m.cognitive++
		m.branch(i, false)
	case "for", "foreach":
		if !m.is(i+1, "<") {
			m.cyclomatic++
			m.control(i, 1+m.weight())
		}
	case "while":
		if !m.loopEnds[i-1] {
			m.cyclomatic++
			m.control(i, 1+m.weight())
		}
	case "guard":
		if m.language == "swift" {
			m.cyclomatic++
			m.cognitive += 1 + m.weight()
			m.skipElse(i)
		}
	case "do", "repeat", "loop":
		m.loop(i, w)
	case "catch":
		m.cyclomatic++
		m.control(i, 1+m.weight())
	case "switch", "match", "when", "select":
		m.choice(i, w)
	case "case":
		m.cyclomatic++
	}
	return i
}

// branch counts an if; breaks is false when its break was counted with an else.
func (m *meter) branch(i int, breaks bool) {
	m.cyclomatic++
	if m.guards(i) {
		m.cognitive++
		return
	}
	n := 0
	if breaks {
		n = 1 + m.weight()
	}
	m.control(i, n)
}

// guards reports whether an if belongs to an arm of a match: an arrow comes before the next brace.
func (m *meter) guards(i int) bool {
	if m.language != "rust" && m.language != "scala" {
		return false
	}
	for j := i + 1; j < min(len(m.tokens), i+60); j = m.after(j) {
		switch {
		case m.is(j, "=>"):
			return true
		case m.is(j, "{"), m.is(j, ";"), m.is(j, "}"), m.is(j, ")"):
			return false
		}
	}
	return false
}

func (m *meter) otherwise(i int) int {
	if m.is(i+1, "if") {
		m.cognitive++
		m.branch(i+1, false)
		return i + 1
	}
	if m.language == "swift" && !m.is(i-1, "}") || m.is(i+1, "->") || m.is(i+1, "=>") {
		return i // of a guard, or an arm of a when
	}
	m.cognitive++
	m.open(i + 1)
	return i
}

func (m *meter) loop(i int, w string) {
	loops := w == "do" && m.language != "swift" && m.language != "rust" || w == "repeat" && m.language == "swift" ||
		w == "loop" && m.language == "rust"
	if !loops || !m.is(i+1, "{") {
		return
	}
	m.cyclomatic++
	m.cognitive += 1 + m.weight()
	if m.loopEnds == nil {
		m.loopEnds = map[int]bool{}
	}
	if w != "loop" {
		m.loopEnds[int(m.partner[i+1])] = true
	}
	m.open(i + 1)
}

// choice counts a switch and its like, where the word is one in this language and a brace follows.
func (m *meter) choice(i int, w string) {
	switch m.language {
	case "rust", "scala", "php":
		if w == "when" || w == "select" || w == "switch" && m.language != "php" {
			return
		}
	case "kotlin":
		if w != "when" {
			return
		}
	default:
		if w != "switch" {
			return
		}
	}
	if open := m.braceOf(i); open >= 0 {
		m.cognitive += 1 + m.weight()
		m.push(frame{from: open, end: int(m.partner[open]), control: true, weighs: true, arms: true})
	}
}

// skipElse keeps the else of Swift's guard from being one of its own: otherwise sees that no brace stands before it.
func (m *meter) skipElse(i int) {
	if open := m.braceOf(i); open >= 0 {
		m.push(frame{from: open, end: int(m.partner[open])})
	}
}

// control counts a control structure and opens its block.
func (m *meter) control(i, cognitive int) {
	m.cognitive += cognitive
	start := i + 1
	if m.bracketed() {
		if m.word(start) && !m.is(start, "let") { // for await (, if constexpr (
			start++
		}
		if m.is(start, "(") {
			start = m.after(start)
		}
		m.open(start)
		return
	}
	if open := m.braceOf(i); open >= 0 {
		m.open(open)
	}
}

// bracketed are the languages in which conditions stand in brackets.
func (m *meter) bracketed() bool { return m.language != "rust" && m.language != "swift" }

// braceOf finds the brace that a keyword's block begins with; -1 when the statement ends before.
func (m *meter) braceOf(i int) int {
	for j := i + 1; j < min(len(m.tokens), i+200); j = m.after(j) {
		switch {
		case m.is(j, "{"):
			return j
		case m.is(j, ";"), m.is(j, "}"), m.is(j, ")"):
			return -1
		}
	}
	return -1
}

// open opens the block or the single statement that begins at i.
func (m *meter) open(i int) {
	if i >= len(m.tokens) {
		return
	}
	end := int(m.partner[i])
	if !m.is(i, "{") {
		end = m.statementEnd(i)
	}
	m.push(frame{from: i, end: end, control: true, weighs: true})
}

// statementEnd is the last token of a statement without braces.
func (m *meter) statementEnd(i int) int {
	lines := m.script() || m.language == "kotlin" || m.language == "scala"
	for j := i; j < min(len(m.tokens), i+maxStatement); j = m.after(j) {
		if m.is(j, ";") {
			return j
		}
		if m.is(j, "}") || m.is(j, ")") || m.is(j, "else") {
			return j - 1
		}
		last := m.after(j) - 1
		if m.is(last, "}") && m.word(last+1) && !m.is(last+1, "else") && !m.is(last+1, "catch") && !m.is(last+1, "finally") {
			return last
		}
		if lines && last+1 < len(m.tokens) && m.line(last+1) > m.line(last) && !m.is(last+1, ".") && !m.is(last+1, "?.") {
			return last
		}
	}
	return min(len(m.tokens), i+maxStatement) - 1
}
