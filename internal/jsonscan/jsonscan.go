// Package jsonscan reads large JSON reports piece by piece, in bounded memory, and says in plain words where one is not
// as its format has it.
//
// Callers may rely on: no more than one value of MaxValue bytes is held; errors name the byte, and speak of no Go type.
package jsonscan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/lintel-review/lintel/internal/text"
)

// maxValue is the most bytes of one value that is held at once, as the report of one file. What it becomes takes four times as much.
const maxValue = 16 << 20

// maxQuoted is how many bytes of a report a message repeats.
const maxQuoted = 200

// NewDecoder makes a decoder that never holds more than one value's bytes: one that is longer is an error as soon as it shows.
func NewDecoder(r io.Reader) *json.Decoder {
	g := &guard{r: r}
	g.dec = json.NewDecoder(g)
	return g.dec
}

type guard struct {
	r    io.Reader
	dec  *json.Decoder
	read int64
}

func (g *guard) Read(p []byte) (int, error) {
	if at := g.dec.InputOffset(); g.read-at > maxValue {
		return 0, fmt.Errorf("a value of more than %d bytes", maxValue)
	}
	n, err := g.r.Read(p)
	g.read += int64(n)
	return n, err
}

// Members gives the members of the JSON object that the decoder stands before, one after another and never all at once.
// The function must read the member's value with the decoder.
func Members(dec *json.Decoder, take func(name string) error) error {
	token, err := dec.Token()
	if err != nil {
		return explain(dec, err)
	}
	if token != json.Delim('{') {
		return fmt.Errorf("byte %d: want an object, got %v", dec.InputOffset(), short(token))
	}
	return MoreMembers(dec, take)
}

// MoreMembers is Members for an object whose beginning was read.
func MoreMembers(dec *json.Decoder, take func(name string) error) error {
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return explain(dec, err)
		}
		name, ok := key.(string)
		if !ok {
			return fmt.Errorf("byte %d: want a name", dec.InputOffset())
		}
		if err := take(name); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return explain(dec, err)
}

// Elements gives the elements of the list that the decoder stands before, one after another; null is an empty list. The
// function must read the element.
func Elements(dec *json.Decoder, take func() error) error {
	token, err := dec.Token()
	switch {
	case err != nil:
		return explain(dec, err)
	case token == nil:
		return nil
	case token != json.Delim('['):
		return fmt.Errorf("byte %d: want a list, got %v", dec.InputOffset(), short(token))
	}
	return moreElements(dec, take)
}

func moreElements(dec *json.Decoder, take func() error) error {
	for dec.More() {
		if err := take(); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return explain(dec, err)
}

// Each is Elements that reads each element, a value of type T, before it gives it.
func Each[T any](dec *json.Decoder, take func(T) error) error {
	return Elements(dec, func() error {
		var v T
		if err := Value(dec, &v); err != nil {
			return err
		}
		return take(v)
	})
}

// ListOr is Elements for a document that is a list, or an object of which the other function reads the members with MoreMembers.
func ListOr(dec *json.Decoder, element, object func() error) error {
	token, err := dec.Token()
	switch {
	case err != nil:
		return explain(dec, err)
	case token == json.Delim('{'):
		return object()
	case token == json.Delim('['):
		return moreElements(dec, element)
	}
	return fmt.Errorf("byte %d: want a list or an object, got %v", dec.InputOffset(), short(token))
}

// Value reads one value.
func Value(dec *json.Decoder, into any) error { return explain(dec, dec.Decode(into)) }

// Whole holds that nothing but white space follows.
func Whole(dec *json.Decoder) error {
	_, err := dec.Token()
	if _, bad := errors.AsType[*json.SyntaxError](err); err != nil && !bad && !errors.Is(err, io.EOF) {
		return explain(dec, err)
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("byte %d: something follows behind the report", dec.InputOffset())
	}
	return nil
}

// Skip leaves one value out, without keeping it.
func Skip(dec *json.Decoder) error {
	for depth := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return explain(dec, err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func explain(dec *json.Decoder, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("byte %d: the report ends too early", dec.InputOffset())
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("byte %d: %s", dec.InputOffset(), otherType(wrong))
	}
	return fmt.Errorf("byte %d: %w", dec.InputOffset(), err)
}

// otherType says in a user's words that a value is of another type than the format's.
func otherType(err *json.UnmarshalTypeError) string {
	kinds := map[reflect.Kind]string{
		reflect.String: "a text", reflect.Bool: "true or false", reflect.Slice: "a list", reflect.Map: "an object",
		reflect.Struct: "an object",
		reflect.Int:    "a whole number", reflect.Int64: "a whole number", reflect.Float64: "a number",
	}
	want := kinds[err.Type.Kind()]
	if want == "" {
		want = "something else"
	}
	what, _, _ := strings.Cut(err.Value, " ")
	is := map[string]string{"string": "a text", "bool": "true or false", "array": "a list", "object": "an object",
		"number": "a number"}[what]
	if is == "" {
		is = text.ClipBytes(err.Value, maxQuoted)
	}
	if is == "a number" && what != err.Value {
		is = "the number " + text.ClipBytes(strings.TrimPrefix(err.Value, "number "), maxQuoted)
	}
	if err.Field == "" {
		return fmt.Sprintf("there is %s where the format has %s", is, want)
	}
	return fmt.Sprintf("%q is %s where the format has %s", text.ClipBytes(err.Field, maxQuoted), is, want)
}

func short(token json.Token) string { return text.ClipBytes(fmt.Sprintf("%v", token), maxQuoted) }
