// Package simplecov reads SimpleCov's .resultset.json and the JSON of its formatter.
// A result set holds suites, each with files and their lines as an array of counts; null is a line that was not measured.
//
// Callers may rely on: suites are merged, the older form with the bare array is read, "ignored" lines are not measured,
// and a line that ran is partial when a branch of a condition that begins there was not taken. simplecov-json's list of
// files is read too.
package simplecov

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	dec := jsonscan.NewDecoder(r)
	found := false
	files := func() error {
		return jsonscan.Members(dec, func(path string) error {
			var raw json.RawMessage
			if err := jsonscan.Value(dec, &raw); err != nil {
				return fmt.Errorf("%.200q: %w", path, err)
			}
			if len(raw) == 0 || raw[0] != '[' && raw[0] != '{' {
				return fmt.Errorf("%.200q: want the lines of a file", path)
			}
			found = true
			return file(c, path, raw)
		})
	}
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "coverage":
			return files()
		case "meta", "groups", "timestamp", "total", "errors", "metrics", "command_name":
			return jsonscan.Skip(dec)
		case "files":
			return list(dec, c, &found)
		}
		// A suite.
		return jsonscan.Members(dec, func(name string) error {
			if name == "coverage" {
				return files()
			}
			return jsonscan.Skip(dec)
		})
	})
	if err == nil && !found {
		err = errors.New(`there is no "coverage" with files in it`)
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

// list reads "files": [{"filename": ..., "coverage": ...}].
func list(dec *json.Decoder, c *report.Collector, found *bool) error {
	if token, err := dec.Token(); err != nil || token != json.Delim('[') {
		return fmt.Errorf("byte %d: want a list of files", dec.InputOffset())
	}
	for dec.More() {
		var e struct {
			Filename string          `json:"filename"`
			Coverage json.RawMessage `json:"coverage"`
		}
		if err := jsonscan.Value(dec, &e); err != nil {
			return err
		}
		*found = true
		if err := file(c, e.Filename, e.Coverage); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

func file(c *report.Collector, path string, raw json.RawMessage) error {
	lines, err := c.File(path)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(raw, []byte("[")) {
		var e struct {
			Lines    json.RawMessage `json:"lines"`
			Branches json.RawMessage `json:"branches"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("%.200q: %w", path, err)
		}
		raw = e.Lines
		if err := branches(lines, e.Branches); err != nil {
			return fmt.Errorf("%.200q: %w", path, err)
		}
	}
	// The list was checked as JSON, and only scalars may be in it: it is cut at its commas, as one value each costs ten times as much.
	inner, isList := bytes.CutPrefix(bytes.TrimSpace(raw), []byte("["))
	if inner = bytes.TrimSpace(bytes.TrimSuffix(inner, []byte("]"))); !isList || len(inner) == 0 {
		if isList || len(raw) == 0 || string(raw) == "null" {
			return nil
		}
		return fmt.Errorf("%.200q: the lines are no list", path)
	}
	n := 0
	for text := range bytes.SplitSeq(inner, []byte(",")) {
		n++
		text = bytes.TrimSpace(text)
		switch string(text) {
		case "null", `"ignored"`:
			continue
		}
		ran, err := report.Count(text)
		if err != nil {
			return fmt.Errorf("%.200q, line %d: %w", path, n, err)
		}
		state := report.Miss
		if ran {
			state = report.Hit
		}
		if err := lines.Set(n, state); err != nil {
			return err
		}
	}
	lines.Length(n, false) // less than the file has when data follow behind __END__
	return nil
}
