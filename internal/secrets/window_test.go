package secrets

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

// everywhere finds what search finds, by every expression over all of the text.
func (s *ruleset) everywhere(l *layer) (out []match) {
	found := s.find(l.text)
	for _, r := range s.rules {
		if r.keyed && !found.seen[r] {
			continue
		}
		for _, at := range r.expr().FindAllStringIndex(l.text, -1) {
			if m, ok := s.judge(r, l, at[0], at[1], stepsFor(l.text)); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

// TestWindowsMissNothing: an expression near its anchors finds what it finds in the whole text, with many rules' texts
// beside each other, glued together, and with letters of several bytes.
//
//race:unwatched
func TestWindowsMissNothing(t *testing.T) {
	rules, err := shared.ready()
	if err != nil {
		t.Fatal(err)
	}
	var table file
	if err := json.Unmarshal(rulesTable(), &table); err != nil {
		t.Fatal(err)
	}
	s := source{rand.New(rand.NewPCG(9, 1))}
	glue := []string{"", " ", "\n", "\"", "é", ";\n", " = ", ": ", "_", "世", "\r\n", strings.Repeat("x9", 200), "password: ", "curl -u "}
	found := 0
	for round := range 600 {
		var b strings.Builder
		for range 1 + s.IntN(12) {
			re, err := syntax.Parse(quick(table.Rules[s.IntN(len(table.Rules))].Regex), syntax.Perl)
			if err != nil {
				t.Fatal(err)
			}
			text := s.text(re)
			if s.IntN(5) == 0 {
				text = text[:s.IntN(len(text)+1)]
			}
			b.WriteString(glue[s.IntN(len(glue))] + text)
		}
		l := &layer{text: b.String()}
		left := stepsFor(l.text)
		got, want := fmt.Sprintf("%+v", rules.search(l, left)), fmt.Sprintf("%+v", rules.everywhere(l))
		if left.over {
			t.Fatalf("round %d: no steps left for %d bytes", round, len(l.text))
		}
		found += strings.Count(want, "Rule:")
		if got != want {
			t.Fatalf("round %d: in %q\ngot\n%s\nwant\n%s", round, l.text, got, want)
		}
	}
	if found < 1000 {
		t.Errorf("only %d findings were compared", found)
	}
}

func rulesTable() []byte { return table }

// Every rule but a few can match near a word alone: one that has no anchor is read with the whole text.
func TestRulesHaveAnchors(t *testing.T) {
	rules, err := shared.ready()
	if err != nil {
		t.Fatal(err)
	}
	var without []string
	for _, r := range rules.rules {
		if len(r.where.anchors) == 0 {
			without = append(without, r.id)
		}
	}
	if want := []string{"facebook-access-token", "flyio-access-token", "sourcegraph-access-token"}; !slices.Equal(without, want) {
		t.Errorf("without an anchor: %q, want %q", without, want)
	}
}

// theirEncodings is gitleaks' expression for what may be encoded.
var theirEncodings = regexp.MustCompile(`(%[0-9A-Fa-f]{2}(?:.*%[0-9A-Fa-f]{2})?)|` +
	`((?:U\+[0-9A-Fa-f]{4}(?:\s|$))+|(?:\\{1,2}[uU][0-9A-Fa-f]{4})+)|([0-9A-Fa-f]{32,})|([\w/+-]{16,}={0,2})`)

func ourEncodings(text string) (out [][]int) {
	for e := (encodings{text: text}); ; {
		x, ok := e.next()
		if !ok {
			return out
		}
		out = append(out, []int{x.start, x.end})
		e.at = x.end
	}
}

//race:unwatched
func TestEncodingsAreThoseOfTheExpression(t *testing.T) {
	s := rand.New(rand.NewPCG(3, 4))
	pieces := []string{
		"%41", "%4", "%", "U+0041 ", "U+00", "U", "\\u0041", "\\\\U00e9", "\\", "0123456789abcdef", "xyz/+-_9", "=", "\n", " ", "é", "G",
	}
	for range 20000 {
		var b strings.Builder
		for range s.IntN(14) {
			b.WriteString(pieces[s.IntN(len(pieces))])
		}
		text := b.String()
		if got, want := fmt.Sprint(ourEncodings(text)), fmt.Sprint(theirEncodings.FindAllStringIndex(text, -1)); got != want {
			t.Fatalf("in %q\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// theirPieces is what Pieces finds, as an expression.
var theirPieces = regexp.MustCompile("[\"'`][ \\t]*(?:\\+|\\.\\.?|&|\\\\)?[ \\t\\r]*\\n?[ \\t]*(?:\\+|\\.\\.?|&)?[ \\t]*[\"'`]")

//race:unwatched
func TestPiecesAreThoseOfTheExpression(t *testing.T) {
	s := rand.New(rand.NewPCG(5, 6))
	pieces := []string{"\"", "'", "`", "+", ".", "..", "&", "\\", " ", "\t", "\r", "\n", "a"}
	for range 20000 {
		var b strings.Builder
		for range s.IntN(12) {
			b.WriteString(pieces[s.IntN(len(pieces))])
		}
		var want [][2]int
		for at := 0; ; {
			m := theirPieces.FindStringIndex(b.String()[at:])
			if m == nil {
				break
			}
			if m[1]-m[0] == 2 {
				at += m[0] + 1
				continue
			}
			want = append(want, [2]int{at + m[0], at + m[1]})
			at += m[1]
		}
		if got := Pieces(b.String()); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("in %q\ngot  %v\nwant %v", b.String(), got, want)
		}
	}
}

// Nothing between two percent signs hides another encoding.
func TestBetweenPercentSigns(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("token=" + pat + " ok"))
	text := "a%20 é " + b64 + " b%20\n"
	if got := found(t, text); got != "github-pat:"+b64 {
		t.Errorf("found %q", got)
	}
}

// A text that was made to take long ends with ErrTooMuch, and gives what was found until then; one that only repeats
// the words of dear rules is read to its end.
func TestTooMuch(t *testing.T) {
	for unit, over := range map[string]bool{
		"api_key=a1b2c3d4e5f6g7h8 ": true,
		"curl -u a ":                false,
		"kind: secret data: x ":     false,
		"%41é":                      false,
	} {
		fs, err := shared.Find(pat + "\n" + strings.Repeat(unit, 256<<10/len(unit)))
		if errors.Is(err, ErrTooMuch) != over || len(fs) == 0 {
			t.Errorf("%q: %d findings, %v", unit, len(fs), err)
		}
	}
}
