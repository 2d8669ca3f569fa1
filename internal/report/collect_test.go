package report

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestLimited(t *testing.T) {
	for n, want := range map[int64]string{4: "more than 4 bytes", 5: "", 6: ""} {
		text, err := io.ReadAll(Limited(strings.NewReader("hello"), n))
		if want == "" && (err != nil || string(text) != "hello") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("limit %d: %q, %v", n, text, err)
		}
	}
}

// TestLimits holds that a hostile report runs into a limit, not out of memory.
func TestLimits(t *testing.T) {
	c := NewCollector()
	for _, name := range []string{"", "  ", "a\nb", "a\x00", strings.Repeat("x", MaxName+1)} {
		if _, err := c.File(name); err == nil || len(err.Error()) > 400 {
			t.Errorf("the name %.20q is taken: %.100v", name, err)
		}
	}
	a, err := c.File("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][2]int{{-1, 1}, {1, MaxLine + 1}, {3, 2}} {
		if err := a.SetRange(r[0], r[1], Hit); err == nil {
			t.Errorf("the lines %v are taken", r)
		}
	}
	for i := 0; ; i++ {
		f, err := c.File(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Set(MaxLine, Hit); err != nil {
			if i < 60 || i > maxMemory/MaxLine {
				t.Errorf("%d files of %d lines: %v", i, MaxLine, err)
			}
			break
		}
	}
	many := NewCollector()
	for i := range maxFiles + 1 {
		if _, err := many.File(fmt.Sprint(i)); (err != nil) != (i == maxFiles) {
			t.Fatalf("file %d: %v", i, err)
		}
	}
	for i := range MaxNotes + 5 {
		many.Note("note %d", i)
		many.Note("note %d", i)
	}
	if notes := finished(t, many).Notes; len(notes) != MaxNotes+1 || notes[MaxNotes] != "and 10 notes more" {
		t.Errorf("%q", notes)
	}
}

func TestCollector(t *testing.T) {
	c := NewCollector()
	b, _ := c.File("b")
	for _, step := range []func() error{
		func() error { return b.Set(5, Miss) }, func() error { return b.SetRange(0, 2, Hit) }, func() error { return b.Set(2, Miss) },
		func() error { return b.Set(5, Partial) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []int{2, 9, -1, 0} {
		if err := b.Branch(line, []byte("else"), false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.File("a"); err != nil {
		t.Fatal(err)
	}
	c.Root(" /src ")
	c.Root("/src")
	if got, want := fmt.Sprint(c.Roots(), finished(t, c).Files), "[/src] [a: b: 1 hit, 2 partial, 5 partial]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"0": "false", "1": "true", "000": "false", "1e3": "true", "0.5": "true", "-1": "false", "18446744073709551615": "false",
		"9223372036854775807":       "false",
		"1000000000000000000000000": "false", "1e400": "error", "": "error", "NaN": "error", "Inf": "error", "-inf": "error",
		"0x1": "error", "1_0": "error", "x": "error",
	} {
		got, err := Count(text)
		if said := fmt.Sprint(got); err == nil && said != want || err != nil && want != "error" {
			t.Errorf("count %q: %v, %v; want %s", text, got, err, want)
		}
		if again, err2 := Count([]byte(text)); again != got || (err == nil) != (err2 == nil) {
			t.Errorf("count %q as bytes: %v, %v", text, again, err2)
		}
	}
	for text, want := range map[string]int{"0": 0, "7": 7, "1000000": MaxLine, "undefined": 0, "null": 0, "1000001": -1, "-1": -1,
		"": -1, "1.0": -1, " 1": -1, "99999999999999999999999": -1} {
		if got, err := LineNumber(text); err == nil && got != want || err != nil && want != -1 {
			t.Errorf("line %q: %d, %v; want %d", text, got, err, want)
		}
	}
}
