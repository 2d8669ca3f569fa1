// Package xmlscan reads large XML reports as a stream of elements, several times faster than encoding/xml and in
// bounded memory. It reads what tools write: elements, attributes and text, in UTF-8, US-ASCII or Latin-1. It expands
// no entities but XML's own five and characters.
//
// Callers may rely on: tags are matched, a document that ends too early is an error, a DOCTYPE is skipped and one with
// declarations of its own refused, nothing is fetched, and each error says at which line it is.
package xmlscan

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

const (
	// maxTag is the most bytes of one tag, MaxText of the text that Text keeps, MaxDepth the most elements inside one another.
	maxTag   = 1 << 20
	maxText  = 4096
	maxDepth = 200
)

// Kind is what Next found.
type Kind int

// The kinds. An empty element is a Start and then an End.
const (
	Start Kind = iota + 1
	End
)

// Scanner reads one document.
type Scanner struct {
	r       *bufio.Reader
	line    int
	scratch []byte
	name    []byte
	attrs   []attr
	text    []byte
	stack   []string
	empty   bool // the last Start was of an empty element
	seen    bool
	first   bool
	latin1  bool
	names   map[string]string
}

type attr struct{ name, value []byte }

// New makes a scanner.
func New(r io.Reader) *Scanner {
	return &Scanner{r: bufio.NewReaderSize(r, 64<<10), line: 1, first: true, names: map[string]string{}}
}

// Line is where the scanner is, counted from 1.
func (s *Scanner) Line() int { return s.line }

// Name is the element's, without a prefix, after Next.
func (s *Scanner) Name() string { return s.intern(s.name) }

// Depth is how many elements are open, the current one included after Start and not after End.
func (s *Scanner) Depth() int { return len(s.stack) }

// Parent is the name of the element around the current one; empty for the root.
func (s *Scanner) Parent() string {
	n := len(s.stack) - 1
	if n < 1 {
		return ""
	}
	return s.stack[n-1]
}

// Text is what stood between the last tag and this one, cut at MaxText bytes.
func (s *Scanner) Text() (string, error) { return s.decode(s.text) }

// Attr is an attribute of the current Start, decoded.
func (s *Scanner) Attr(name string) (string, bool, error) {
	for _, a := range s.attrs {
		if string(a.name) == name {
			v, err := s.decode(a.value)
			return v, true, err
		}
	}
	return "", false, nil
}

// Bytes is Attr without a copy for what needs no decoding; nil when it is not there. It is valid until the next tag.
func (s *Scanner) Bytes(name string) ([]byte, error) {
	for _, a := range s.attrs {
		if string(a.name) == name {
			if bytes.IndexByte(a.value, '&') < 0 {
				return a.value, nil
			}
			v, err := s.decode(a.value)
			return []byte(v), err
		}
	}
	return nil, nil
}

// Next goes to the next tag. It gives io.EOF behind the root element.
func (s *Scanner) Next() (Kind, error) {
	if s.empty {
		s.empty = false
		s.stack = s.stack[:len(s.stack)-1]
		s.text = s.text[:0]
		return End, nil
	}
	for {
		if err := s.until('<', func(b []byte) {
			if n := maxText - len(s.text); n > 0 {
				s.text = append(s.text, b[:min(n, len(b))]...)
			}
		}); err != nil {
			return 0, err
		}
		kind, err := s.tag()
		if err != nil {
			return 0, fmt.Errorf("line %d: %w", s.line, err)
		}
		if kind != 0 {
			return kind, nil
		}
	}
}

// until reads text up to a "<".
func (s *Scanner) until(delim byte, keep func([]byte)) error {
	s.text = s.text[:0]
	for {
		b, err := s.r.ReadSlice(delim)
		s.line += bytes.Count(b, newline)
		done := err == nil
		if done {
			b = b[:len(b)-1]
		}
		if s.first {
			s.first = false
			if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
				b = b[3:]
			}
			if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) || bytes.IndexByte(b, 0) >= 0 {
				return errors.New("line 1: the encoding is UTF-16; write the report in UTF-8")
			}
		}
		if len(s.stack) == 0 && len(bytes.TrimSpace(b)) > 0 {
			return fmt.Errorf("line %d: text outside of the root element", s.line)
		}
		keep(b)
		switch {
		case done:
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(s.stack) > 0:
			return fmt.Errorf("line %d: the document ends inside <%s>", s.line, s.stack[len(s.stack)-1])
		case errors.Is(err, io.EOF) && !s.seen:
			return errors.New("there is no element in it")
		default:
			return err
		}
	}
}

var newline = []byte("\n")

// tag reads what stands behind a "<".
func (s *Scanner) tag() (Kind, error) {
	b, err := s.rest(nil)
	if err != nil {
		return 0, err
	}
	switch {
	case len(b) == 0:
		return 0, errors.New("an empty tag")
	case b[0] == '?':
		return 0, s.instruction(b)
	case b[0] == '!':
		return 0, s.declaration(b)
	case b[0] == '/':
		name := local(bytes.TrimSpace(b[1:]))
		if len(s.stack) == 0 || string(name) != s.stack[len(s.stack)-1] {
			return 0, fmt.Errorf("</%s> closes nothing", clip(name))
		}
		s.name, s.attrs = name, s.attrs[:0]
		s.stack = s.stack[:len(s.stack)-1]
		return End, nil
	}
	// A ">" is allowed inside of quotes.
	for quoted(b) {
		if b, err = s.rest(append(b, '>')); err != nil {
			return 0, err
		}
	}
	if len(s.stack) == 0 && s.seen {
		return 0, errors.New("a second root element")
	}
	if len(s.stack) == maxDepth {
		return 0, fmt.Errorf("more than %d elements inside one another", maxDepth)
	}
	if b[len(b)-1] == '/' {
		s.empty, b = true, b[:len(b)-1]
	}
	s.seen = true
	return Start, s.element(b)
}

// rest reads up to the next ">", behind what was read of the tag before. The result is valid until the next read.
func (s *Scanner) rest(before []byte) ([]byte, error) {
	joined := before != nil
	if joined {
		s.scratch = append(s.scratch[:0], before...)
	}
	for {
		b, err := s.r.ReadSlice('>')
		s.line += bytes.Count(b, newline)
		if err == nil && !joined {
			return b[:len(b)-1], nil
		}
		if !joined {
			s.scratch, joined = s.scratch[:0], true
		}
		s.scratch = append(s.scratch, b...)
		switch {
		case len(s.scratch) > maxTag:
			return nil, fmt.Errorf("a tag of more than %d bytes", maxTag)
		case err == nil:
			return s.scratch[:len(s.scratch)-1], nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("the document ends inside a tag")
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// quoted reports whether a tag ends inside of quotes.
func quoted(b []byte) bool {
	for {
		i := bytes.IndexAny(b, `"'`)
		if i < 0 {
			return false
		}
		j := bytes.IndexByte(b[i+1:], b[i])
		if j < 0 {
			return true
		}
		b = b[i+j+2:]
	}
}

func (s *Scanner) element(b []byte) error {
	i := 0
	for i < len(b) && !blank(b[i]) {
		i++
	}
	s.name, s.attrs = local(b[:i]), s.attrs[:0]
	if len(s.name) == 0 || bytes.ContainsAny(s.name, `"'=<&`) {
		return fmt.Errorf("<%s> is no element's name", clip(b[:i]))
	}
	s.stack = append(s.stack, s.intern(s.name))
	for {
		for i < len(b) && blank(b[i]) {
			i++
		}
		if i == len(b) {
			return nil
		}
		eq := bytes.IndexByte(b[i:], '=')
		if eq < 0 {
			return fmt.Errorf("<%s> has an attribute without a value", clip(s.name))
		}
		name := bytes.TrimSpace(b[i : i+eq])
		i += eq + 1
		for i < len(b) && blank(b[i]) {
			i++
		}
		if i == len(b) || b[i] != '"' && b[i] != '\'' {
			return fmt.Errorf("the attribute %s of <%s> has no quotes", clip(name), clip(s.name))
		}
		end := bytes.IndexByte(b[i+1:], b[i])
		if end < 0 || len(name) == 0 {
			return fmt.Errorf("<%s> has an attribute that cannot be read", clip(s.name))
		}
		s.attrs = append(s.attrs, attr{name, b[i+1 : i+1+end]})
		i += end + 2
	}
}

// instruction reads "<?xml version encoding?>" and leaves others out.
func (s *Scanner) instruction(b []byte) error {
	for !bytes.HasSuffix(b, []byte("?")) || len(b) < 2 {
		var err error
		if b, err = s.rest(append(b, '>')); err != nil {
			return err
		}
	}
	_, after, ok := bytes.Cut(b, []byte("encoding"))
	if !ok || !bytes.HasPrefix(b, []byte("?xml ")) {
		return nil
	}
	after = bytes.TrimLeft(after, " =\t\r\n")
	if len(after) < 2 {
		return nil
	}
	name, _, _ := bytes.Cut(after[1:], after[:1])
	switch strings.ToLower(string(name)) {
	case "utf-8", "utf8", "us-ascii", "ascii":
	case "iso-8859-1", "latin1", "latin-1", "iso-8859-15", "windows-1252", "cp1252":
		s.latin1 = true
	default:
		return fmt.Errorf("the encoding %q is not read; write the report in UTF-8", clip(name))
	}
	return nil
}

var emptySubset = lazyregexp.New(`\[\s*\]\s*$`)

// declaration reads comments, CDATA and DOCTYPE.
func (s *Scanner) declaration(b []byte) error {
	var end string
	switch {
	case bytes.HasPrefix(b, []byte("!--")):
		end = "--"
	case bytes.HasPrefix(b, []byte("![CDATA[")):
		end = "]]"
	case bytes.HasPrefix(b, []byte("!DOCTYPE")):
		// An empty subset, as Pester writes it, declares nothing.
		if bytes.ContainsAny(emptySubset.ReplaceAll(b, nil), "[]") {
			return errors.New("the DOCTYPE declares entities of its own; they are not read")
		}
		return nil
	default:
		return fmt.Errorf("<%s> is not read", clip(b))
	}
	// Comments and CDATA have no limit, but are not kept either.
	tail := append([]byte{}, b[min(len(b), 3):]...)
	for !bytes.HasSuffix(tail, []byte(end)) {
		b, err := s.rest(nil)
		if err != nil {
			return err
		}
		tail = append(append(tail[:0], '>'), b[max(0, len(b)-2):]...)
	}
	return nil
}

func (s *Scanner) intern(name []byte) string {
	if known, ok := s.names[string(name)]; ok {
		return known
	}
	text := string(name)
	if len(s.names) < 1000 {
		s.names[text] = text
	}
	return text
}

// entities are those that XML itself has.
var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

func (s *Scanner) decode(b []byte) (string, error) {
	if s.latin1 && bytes.ContainsFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }) {
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		b = []byte(string(runes))
	}
	if bytes.IndexByte(b, '&') < 0 {
		return string(b), nil
	}
	var out strings.Builder
	for {
		before, after, ok := bytes.Cut(b, []byte("&"))
		out.Write(before)
		if !ok {
			return out.String(), nil
		}
		name, rest, ok := bytes.Cut(after, []byte(";"))
		text, known := entities[string(name)]
		if !known && ok && len(name) > 1 && name[0] == '#' {
			digits, radix := string(name[1:]), 10
			if digits[0] == 'x' {
				digits, radix = digits[1:], 16
			}
			n, err := strconv.ParseUint(digits, radix, 21)
			known, text = err == nil && utf8.ValidRune(rune(n)) && n > 0, string(rune(n))
		}
		if !ok || !known {
			return "", fmt.Errorf("line %d: the entity &%s; is not known", s.line, clip(name))
		}
		out.WriteString(text)
		b = rest
	}
}

func local(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func clip(b []byte) string {
	if len(b) > 60 {
		b = b[:60]
	}
	return strings.ToValidUTF8(string(b), "?")
}
