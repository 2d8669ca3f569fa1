package registry

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func upper(r io.Reader, into *strings.Builder) error {
	text, err := io.ReadAll(r)
	into.WriteString(strings.ToUpper(string(text)))
	return err
}

func refuse(io.Reader, *strings.Builder) error { return errors.New("not like this") }

func finish(b *strings.Builder) (string, error) {
	if b.Len() == 0 {
		return "half", errors.New("nothing in it")
	}
	return b.String(), nil
}

var detector = Detector{
	Names: []string{"plain", "odd"},
	Format: func(head []byte) (string, error) {
		if strings.HasPrefix(string(Trim(head)), "plain") {
			return "plain", nil
		}
		return "", errors.New("begins like nothing")
	},
	Contradicts: func(format string, head []byte) string {
		if format == "plain" && head[0] == '{' {
			return "it is JSON"
		}
		return ""
	},
}

func TestParse(t *testing.T) {
	readers := map[string]Reader[*strings.Builder]{"plain": upper, "odd": refuse}
	all := New("shop", detector, readers, func() *strings.Builder { return &strings.Builder{} }, finish)
	for what, c := range map[string]struct{ format, in, want, is, problem string }{
		"by name":                    {"plain", "x", "X", "plain", ""},
		"by content":                 {Auto, "\n plain", "\n PLAIN", "plain", ""},
		"a byte order mark":          {Auto, "\ufeffplain", "PLAIN", "plain", ""},
		"a byte order mark, by name": {"plain", "\ufeffx", "X", "plain", ""},
		"unknown name":               {"html", "x", "", "", `there is no shop format "html"; it is one of plain, odd, auto`},
		"unknown content":            {Auto, "x", "", "", "begins like nothing"},
		"UTF-16":                     {Auto, "\xff\xfep\x00", "", "", "it is UTF-16"},
		"UTF-16, by name":            {"plain", "\xfe\xff\x00p", "", "plain", "it is UTF-16"},
		"contradicted":               {"plain", "{", "", "plain", "read it as plain: it is JSON"},
		"a reader's error":           {"odd", "x", "", "odd", "read it as odd: not like this"},
		"a reader of nothing":        {"odd", "", "", "odd", "read it as odd: not like this"},
		"too long for the beginning": {"plain", "0123456789a", "", "plain", "more than 10 bytes"},
	} {
		got, is, err := all.Parse(c.format, strings.NewReader(c.in), 10)
		if got != c.want || is != c.is || (c.problem == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %q, %q, %v", what, got, is, err)
		}
	}
	nothing := New("shop", Detector{Names: []string{"plain"}}, map[string]Reader[*strings.Builder]{"plain": upper},
		func() *strings.Builder { return &strings.Builder{} }, finish)
	if got, is, err := nothing.Parse("plain", strings.NewReader(""), 0); got != "" || is != "plain" || err == nil {
		t.Errorf("a report that does not finish: %q, %q, %v", got, is, err)
	}
	if _, is, err := all.Parse(Auto, iotest.ErrReader(io.ErrUnexpectedEOF), 0); is != "" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a reader that fails: %q, %v", is, err)
	}
	if got := strings.Join(all.Names(), " "); got != "plain odd auto" {
		t.Errorf("names: %s", got)
	}
}

func TestFormatWithoutReader(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a format that nothing reads is taken")
		}
	}()
	New("shop", detector, map[string]Reader[*strings.Builder]{"plain": upper}, func() *strings.Builder { return nil }, finish)
}
