// Package lexer splits source text of the common languages into comments, literals, words and marks. It knows how each
// language writes strings, templates, regular expressions, here-documents and comments, and no grammar beyond that.
//
// Callers may rely on this: equal texts give equal tokens; work grows with the length of the text alone; the tokens are
// in order and inside of the text; and what it cannot read is an error, never a shorter list. Branches of a C-like
// preprocessor after the first one are left out, because their brackets do not balance with it.
package lexer

import (
	"fmt"
	"path"
	"strings"
)

// Kind is what a token is.
type Kind uint8

// The kinds. A Literal is a string, a character, a regular expression, a template with all that it interpolates, or text
// between the tags of JSX. A Word is a name or a keyword. A Mark is one operator or bracket.
const (
	Word Kind = iota
	Number
	Literal
	Comment
	Mark
)

// Token is a piece of the text from the byte Start to the byte End; Line is where it begins.
type Token struct {
	Start, End, Line int32
	Kind             Kind
}

// Language is how a text is written. The empty one is not known.
type Language string

// maxBytes is the largest text that is split, and maxDepth how deep literals may stand in each other.
const (
	maxBytes = 1 << 20
	maxDepth = 40
)

// extensions are the languages by the ends of names.
var extensions = map[string]Language{
	".go": "go", ".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "js", ".tsx": "tsx", ".ts": "ts", ".mts": "ts", ".cts": "ts",
	".py": "python", ".java": "java", ".kt": "kotlin", ".kts": "kotlin", ".cs": "csharp",
	".c": "c", ".h": "cpp", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hh": "cpp", ".hpp": "cpp", ".hxx": "cpp",
	".rs": "rust", ".rb": "ruby", ".php": "php", ".swift": "swift", ".scala": "scala",
}

// Of tells the language of a file by its name.
func Of(file string) Language { return extensions[strings.ToLower(path.Ext(file))] }

// Split reads the whole text. An error says what it cannot see, in words for people.
func Split(l Language, text []byte) ([]Token, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("it has %d bytes, more than %d", len(text), maxBytes)
	}
	if l == "" {
		return nil, fmt.Errorf("its language is not known")
	}
	s := &scanner{text: text, line: 1, language: l, out: make([]Token, 0, len(text)/5+8)}
	if l == "php" {
		s.page()
	}
	if err := s.code(0); err != nil {
		return nil, err
	}
	return s.out, nil
}

// scanner is the state of one reading.
type scanner struct {
	text     []byte
	at       int
	line     int32
	language Language
	out      []Token
	// depth is how many literals surround the place.
	depth int
	// heredocs are the here-documents of Ruby that begin after the line.
	heredocs []heredoc
	ended    bool
	// noRegexp is the place before which no regular expression begins, because one that was looked for did not end.
	noRegexp int
}

// code reads tokens to the end of the text, or to the bracket that closes an interpolation: closing is '}' or ')'.
func (s *scanner) code(closing byte) error {
	open := 0
	for s.at < len(s.text) && !s.ended {
		c := s.text[s.at]
		if closing != 0 {
			switch c {
			case closing:
				if open == 0 {
					return nil
				}
				open--
			case opening[closing]:
				open++
			}
		}
		if err := s.token(c); err != nil {
			return err
		}
	}
	if closing != 0 {
		return fmt.Errorf("what line %d interpolates does not end", s.line)
	}
	return nil
}

var opening = map[byte]byte{'}': '{', ')': '('}

// token reads one token, or skips white space.
func (s *scanner) token(c byte) error {
	switch {
	case c == '\n':
		s.at++
		s.line++
		return s.afterLine()
	case c <= ' ':
		s.at++
		return nil
	}
	if done, err := s.comment(c); done || err != nil {
		return err
	}
	if done, err := s.literal(c); done || err != nil {
		return err
	}
	start := s.at
	switch {
	case letter(c) || c == '$' || c == '@' && s.language == "ruby":
		s.word()
		s.add(Word, start)
	case digit(c):
		s.number()
		s.add(Number, start)
	default:
		s.at += s.mark()
		s.add(Mark, start)
	}
	return nil
}

// add appends the token from start to the present place, which is on the line where it began.
func (s *scanner) add(k Kind, start int) { s.addFrom(k, start, s.line) }

func (s *scanner) addFrom(k Kind, start int, line int32) {
	s.out = append(s.out, Token{Start: int32(start), End: int32(s.at), Line: line, Kind: k}) //nolint:gosec // at most maxBytes
}

func letter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// word steps over a name. In Ruby it may begin with @ or $ and end with ? or !.
func (s *scanner) word() {
	ruby := s.language == "ruby"
	if ruby && s.text[s.at] == '$' && s.peek(1) > ' ' && !letter(s.peek(1)) {
		s.at++ // a global variable of one mark: $' $" $/
	}
	s.at++
	for s.at < len(s.text) && (letter(s.text[s.at]) || digit(s.text[s.at]) || s.text[s.at] == '$' || s.text[s.at] == '@' && ruby) {
		s.at++
	}
	if ruby && s.at < len(s.text) && (s.text[s.at] == '?' || s.text[s.at] == '!') && s.peek(1) != '=' && letter(s.text[s.at-1]) {
		s.at++
	}
}

func (s *scanner) number() {
	for s.at++; s.at < len(s.text); s.at++ {
		c := s.text[s.at]
		separator := c == '\'' && s.language == "cpp" && (digit(s.peek(1)) || letter(s.peek(1)))
		if !letter(c) && !digit(c) && !separator && (c != '.' || !digit(s.peek(1))) {
			return
		}
	}
}

// pairs are the operators of two bytes that callers want whole.
var pairs = map[[2]byte]bool{
	{'=', '>'}: true, {'-', '>'}: true, {'&', '&'}: true, {'|', '|'}: true, {':', ':'}: true, {'?', '.'}: true, {'?', '?'}: true,
	{'?', ':'}: true, {'=', '='}: true, {'!', '='}: true, {'<', '='}: true, {'>', '='}: true, {'<', '-'}: true, {':', '='}: true,
	{'+', '='}: true, {'-', '='}: true, {'*', '='}: true, {'|', '='}: true, {'&', '='}: true,
}

func (s *scanner) mark() int {
	if pairs[[2]byte{s.text[s.at], s.peek(1)}] {
		return 2
	}
	return 1
}

// peek is the byte n further, 0 behind the end.
func (s *scanner) peek(n int) byte {
	if s.at+n < len(s.text) {
		return s.text[s.at+n]
	}
	return 0
}

// has reports whether the text goes on with this.
func (s *scanner) has(what string) bool {
	return len(s.text)-s.at >= len(what) && string(s.text[s.at:s.at+len(what)]) == what
}

// before is the last token that is no comment; ok is false when there is none.
func (s *scanner) before() (t Token, ok bool) {
	for i := len(s.out) - 1; i >= 0; i-- {
		if s.out[i].Kind != Comment {
			return s.out[i], true
		}
	}
	return Token{}, false
}
