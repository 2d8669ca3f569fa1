package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxValue is the most bytes of one value that Members hands over, as the report of one file.
const MaxValue = 32 << 20

// Members gives the members of the JSON object that the decoder stands before, one after another and never all at once. The function must read the
// member's value with the decoder.
func Members(dec *json.Decoder, take func(name string) error) error {
	token, err := dec.Token()
	if err != nil {
		return explain(dec, err)
	}
	if token != json.Delim('{') {
		return fmt.Errorf("byte %d: want an object, got %v", dec.InputOffset(), short(token))
	}
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
	_, err = dec.Token()
	return explain(dec, err)
}

// Value reads one value.
func Value(dec *json.Decoder, into any) error {
	before := dec.InputOffset()
	err := dec.Decode(into)
	if n := dec.InputOffset() - before; err == nil && n > MaxValue {
		return fmt.Errorf("byte %d: a value of %d bytes; at most %d are read", before, n, MaxValue)
	}
	return explain(dec, err)
}

// Whole holds that nothing but white space follows.
func Whole(dec *json.Decoder) error {
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
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
	return fmt.Errorf("byte %d: %w", dec.InputOffset(), err)
}

func short(token json.Token) string { return clip(fmt.Sprintf("%v", token)) }
