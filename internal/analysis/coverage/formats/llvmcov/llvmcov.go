// Package llvmcov reads what "llvm-cov export" writes for C, C++, Rust and Swift.
// The format: files with segments, places from which on a count holds, and branches with counts of true and false.
//
// Callers may rely on: a line has the count that llvm-cov shows beside it, the most of the regions that begin on it or
// the one that goes on from the line before; a line that ran is partial when a branch that begins there was never true
// or never false.
package llvmcov

import (
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
	found, kind := false, ""
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "type":
			return jsonscan.Value(dec, &kind)
		case "data":
			return jsonscan.Elements(dec, func() error {
				return jsonscan.Members(dec, func(name string) error {
					if name != "files" {
						return jsonscan.Skip(dec)
					}
					found = true
					return jsonscan.Elements(dec, func() error { return file(dec, c) })
				})
			})
		}
		return jsonscan.Skip(dec)
	})
	switch {
	case err != nil:
		return err
	case kind != "llvm.coverage.json.export":
		return errors.New(`its type is not "llvm.coverage.json.export"`)
	case !found:
		return errors.New(`there are no "files" in it`)
	}
	return jsonscan.Whole(dec)
}

// segment is [line, column, count, has a count, begins a region, is a gap]; older versions leave the last out.
type segment struct {
	line, column        int
	ran                 bool
	counted, entry, gap bool
}

func (s *segment) UnmarshalJSON(raw []byte) error {
	var v []json.RawMessage
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	if len(v) < 5 {
		return errors.New("a segment has fewer than five parts")
	}
	var err error
	if s.line, err = report.LineNumber([]byte(v[0])); err != nil {
		return err
	}
	if s.column, err = report.LineNumber([]byte(v[1])); err != nil {
		return err
	}
	if s.ran, err = report.Count([]byte(v[2])); err != nil {
		return err
	}
	truth := func(i int) bool { return i < len(v) && (string(v[i]) == "true" || string(v[i]) == "1") }
	s.counted, s.entry, s.gap = truth(3), truth(4), truth(5)
	return nil
}

func file(dec *json.Decoder, c *report.Collector) error {
	var e struct {
		Name     string          `json:"filename"`
		Segments []segment       `json:"segments"`
		Branches [][]json.Number `json:"branches"`
	}
	if err := jsonscan.Value(dec, &e); err != nil {
		return err
	}
	lines, err := c.File(e.Name)
	if err != nil {
		return err
	}
	if err := segments(lines, e.Segments); err != nil {
		return fmt.Errorf("%.200q: %w", e.Name, err)
	}
	for _, b := range e.Branches {
		if err := branch(lines, b); err != nil {
			return fmt.Errorf("%.200q: %w", e.Name, err)
		}
	}
	return nil
}

// segments gives each line the count that llvm-cov gives it.
func segments(lines *report.LineSet, all []segment) error {
	var before *segment
	for i := 0; i < len(all); {
		line, end := all[i].line, i
		starts, ran := 0, before != nil && before.ran
		for ; end < len(all) && all[end].line == line; end++ {
			lines.Width(line, all[end].column-2) // behind the last character, or the end of the line
			if s := all[end]; s.entry && s.counted && !s.gap {
				starts++
				ran = ran || s.ran
			}
		}
		if end < len(all) && all[end].line < line {
			return fmt.Errorf("line %d comes after line %d", all[end].line, line)
		}
		skipped := all[i].entry && !all[i].counted
		if !skipped && (before != nil && before.counted || starts > 0) {
			if err := lines.Set(line, stateOf(ran)); err != nil {
				return err
			}
		}
		before = &all[end-1]
		if end < len(all) && before.counted && all[end].line > line+1 {
			if err := lines.SetRange(line+1, all[end].line-1, stateOf(before.ran)); err != nil {
				return err
			}
		}
		i = end
	}
	return nil
}

func stateOf(ran bool) report.State {
	if ran {
		return report.Hit
	}
	return report.Miss
}

// branch reads [line, column, end line, end column, true count, false count, ...].
func branch(lines *report.LineSet, b []json.Number) error {
	if len(b) < 6 {
		return errors.New("a branch has fewer than six parts")
	}
	n, err := report.LineNumber(b[0].String())
	if err != nil {
		return err
	}
	for i, outcome := range []string{"true", "false"} {
		ran, err := report.Count(b[4+i].String())
		if err != nil {
			return err
		}
		if err := lines.Branch(n, []byte(b[1].String()+","+b[2].String()+","+b[3].String()+outcome), ran); err != nil {
			return err
		}
	}
	return nil
}
