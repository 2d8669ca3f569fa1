package jsonscan

import (
	"encoding/json"
	"strings"
	"testing"
)

// endless is a value that does not end, and counts what is read of it.
type endless struct {
	begin string
	read  int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.begin)
	e.begin = e.begin[n:]
	for i := n; i < len(p); i++ {
		p[i] = '1'
	}
	e.read += len(p)
	return len(p), nil
}

// TestLongValue holds that a value which is too long ends the reading before it is held, whichever way it is read.
func TestLongValue(t *testing.T) {
	for what, read := range map[string]func(*json.Decoder) error{
		"a value":   func(dec *json.Decoder) error { var v any; return Value(dec, &v) },
		"a skipped": func(dec *json.Decoder) error { return Skip(dec) },
		"a member":  func(dec *json.Decoder) error { return Members(dec, func(string) error { return nil }) },
	} {
		in := &endless{begin: `"x`}
		if what == "a member" {
			in.begin = `{"x`
		}
		err := read(NewDecoder(in))
		if err == nil || !strings.Contains(err.Error(), "a value of more than 16777216 bytes") || in.read > 3*maxValue {
			t.Errorf("%s: %v, after %d bytes", what, err, in.read)
		}
	}
	many := strings.Repeat(`{"a":"`+strings.Repeat("x", 10_000)+`"},`, maxValue/5_000)
	n := 0
	dec := NewDecoder(strings.NewReader("[" + many + "1]"))
	err := Elements(dec, func() error { n++; return Skip(dec) })
	if err != nil || n != maxValue/5_000+1 {
		t.Errorf("%d values, %v", n, err)
	}
}

// TestValueOfAnotherType holds that a value of another type is said in a user's words, never in those of a library.
func TestValueOfAnotherType(t *testing.T) {
	for in, want := range map[string]string{
		`{"n":"x"}`:          `byte 9: "n" is a text where the format has a whole number`,
		`{"n":1.5}`:          `byte 9: "n" is the number 1.5 where the format has a whole number`,
		`{"s":{"a":1}}`:      `"s" is an object where the format has a text`,
		`{"l":true}`:         `"l" is true or false where the format has a list`,
		`{"o":{"b":[1]}}`:    `"o.b" is a list where the format has true or false`,
		`{"o":"x"}`:          `"o" is a text where the format has an object`,
		`["x"]`:              `there is a list where the format has an object`,
		`{"n":`:              `the report ends too early`,
		`{"n":1e99999999}`:   `a whole number`,
		`{"m":{"k":"text"}}`: `a number`,
	} {
		var v struct {
			N int    `json:"n"`
			S string `json:"s"`
			L []int  `json:"l"`
			O struct {
				B bool `json:"b"`
			} `json:"o"`
			M map[string]float64 `json:"m"`
		}
		err := Value(json.NewDecoder(strings.NewReader(in)), &v)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

func TestEach(t *testing.T) {
	var got []int
	err := Each(NewDecoder(strings.NewReader(`[1, 2, 3]`)), func(n int) error { got = append(got, n); return nil })
	if err != nil || len(got) != 3 || got[2] != 3 {
		t.Errorf("got %v %v", got, err)
	}
	if err := Each(NewDecoder(strings.NewReader(`["x"]`)), func(int) error { return nil }); err == nil ||
		!strings.Contains(err.Error(), "there is a text where the format has a whole number") {
		t.Errorf("got %v", err)
	}
}
