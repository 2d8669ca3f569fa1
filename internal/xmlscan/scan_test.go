package xmlscan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// walk writes a document's elements, attributes a and text.
func walk(r io.Reader) (string, error) {
	s := New(r)
	var b strings.Builder
	for {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		if kind == Start {
			a, ok, err := s.Attr("a")
			if err != nil {
				return b.String(), err
			}
			fmt.Fprintf(&b, "<%s", s.Name())
			if ok {
				fmt.Fprintf(&b, " %q", a)
			}
			b.WriteString(">")
			continue
		}
		text, err := s.Text()
		if err != nil {
			return b.String(), err
		}
		b.WriteString(text + "/")
	}
}

func TestScan(t *testing.T) {
	for _, c := range []struct{ in, want, problem string }{
		{`<r/>`, `<r>/`, ""},
		{"\ufeff<?xml version=\"1.0\"?>\n<!DOCTYPE r SYSTEM 'x.dtd'>\n<r a='1'><b x=\"2\" a=\"3\"/>t</r>\n", `<r "1"><b "3">/t/`, ""},
		{`<r a="x>y/>">&lt;&#65;&#x42;</r>`, `<r "x>y/>"><AB/`, ""},
		{`<r><!-- <x> a > b --><![CDATA[<y>]]><p:z/></r>`, `<r><z>//`, ""},
		{"<?xml version='1.0' encoding='ISO-8859-1'?><r a='\xe9'/>", `<r "é">/`, ""},
		{`<r a="` + strings.Repeat("x", 100_000) + `"/>`, `<r "` + strings.Repeat("x", 100_000) + `">/`, ""},
		{``, "", "no element"},
		{`<r>`, `<r>`, "ends inside <r>"},
		{`<r a="1`, "", "ends inside a tag"},
		{`<r></s>`, `<r>`, "</s> closes nothing"},
		{`<r/><s/>`, `<r>/`, "second root"},
		{`text <r/>`, ``, "outside of the root"},
		{`<r a=1/>`, ``, "no quotes"},
		{`<r a/>`, ``, "without a value"},
		{"<r>\n<b a='&bomb;'/></r>", `<r>`, "line 2: the entity &bomb; is not known"},
		{`<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><r>&c;</r>`, ``, "declares entities"},
		{`<?xml version="1.0" encoding="UTF-16"?><r/>`, ``, "UTF-16"},
		{"\xff\xfe<\x00r\x00", ``, "UTF-16"},
		{strings.Repeat("<r>", maxDepth+1), strings.Repeat("<r>", maxDepth), "inside one another"},
		{`<r a="` + strings.Repeat("x", 10<<20) + `"/>`, "", "a tag of more than"},
	} {
		got, err := walk(strings.NewReader(c.in))
		if got != c.want || c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%.80q: got %.80q, %v; want %.80q, %q", c.in, got, err, c.want, c.problem)
		}
	}
}

func TestParent(t *testing.T) {
	s := New(strings.NewReader("<a><b><c/></b></a>"))
	var got []string
	for {
		kind, err := s.Next()
		if err != nil {
			break
		}
		if kind == Start {
			got = append(got, fmt.Sprint(s.Parent(), s.Depth()))
		}
	}
	if want := "[1 a2 b3]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// FuzzScan holds that nothing panics, and that what encoding/xml reads with the same elements has the same number of them.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><r a='1'><b a="&lt;"/>t</r>`))
	f.Add([]byte(`<r><!-- > --><![CDATA[>]]></r>`))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := walk(bytes.NewReader(in))
		if err != nil {
			return
		}
		n, dec := 0, xml.NewDecoder(bytes.NewReader(in))
		for {
			token, err := dec.RawToken()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					return // stricter than we are
				}
				break
			}
			if _, ok := token.(xml.StartElement); ok {
				n++
			}
		}
		s, m := New(bytes.NewReader(in)), 0
		for {
			kind, err := s.Next()
			if err != nil {
				break
			}
			if kind == Start {
				m++
			}
		}
		if n != m {
			t.Fatalf("%q: %d elements, encoding/xml reads %d (%s)", in, m, n, got)
		}
	})
}

// TestWalk holds that a document is given whole, that its root is held to its name, and that errors say the line.
func TestWalk(t *testing.T) {
	var seen []string
	err := Walk(strings.NewReader("<a>\n<b x=\"1\" y=\"2\"/>\n<b/></a>"), "a", func(s *Scanner) error {
		text, err := s.Attrs("x", "z", "y")
		seen = append(seen, s.Name()+" "+strings.Join(text, ","))
		return err
	}, func(s *Scanner) error {
		seen = append(seen, "/"+s.Name())
		return nil
	})
	if got := strings.Join(seen, " "); err != nil || got != "a ,, b 1,,2 /b b ,, /b /a" {
		t.Errorf("%q, %v", got, err)
	}
	stop := errors.New("stop")
	for in, want := range map[string]string{
		"<b/>": "the root is <b>, not <a>", "<a>\n<b/></a>": "line 2: stop", "<a>\n\n<c></c></a>": "line 3: stop", "": "", "<a>": "",
	} {
		err := Walk(strings.NewReader(in), "a", func(s *Scanner) error {
			if s.Name() == "b" {
				return stop
			}
			return nil
		}, func(s *Scanner) error {
			if s.Name() == "c" {
				return stop
			}
			return nil
		})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

func TestRequired(t *testing.T) {
	for in, want := range map[string]string{
		`<a name="x"/>`: "x <nil>",
		`<a name=""/>`:  " line 1: a a without a name",
		`<a/>`:          " line 1: a a without a name",
	} {
		var got string
		err := Walk(strings.NewReader(in), "a", func(s *Scanner) (err error) {
			got, err = s.Required("name")
			return err
		}, nil)
		if got := fmt.Sprint(got, " ", err); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
