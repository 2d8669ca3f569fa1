// Package istanbul reads the coverage-final.json of Istanbul, nyc, Jest, Vitest and c8.
// The format is that of istanbul-lib-coverage: by file, maps of statements and branches with their places, and counts of them.
//
// Callers may rely on: a line's count is the most of the statements that start there, and a line that ran is partial
// when not all of the branches that start there were taken, as in the LCOV report of the same run. Functions are not
// lines.
package istanbul

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

type point struct {
	Line   *float64 `json:"line"`
	Column *float64 `json:"column"`
}

type place struct {
	Start point `json:"start"`
	End   point `json:"end"`
	Skip  bool  `json:"skip"`
}

type entry struct {
	Path       string                 `json:"path"`
	Statements map[string]place       `json:"statementMap"`
	S          map[string]json.Number `json:"s"`
	Branches   map[string]struct {
		Loc  *place   `json:"loc"`
		Line *float64 `json:"line"`
		Skip bool     `json:"skip"`
	} `json:"branchMap"`
	B map[string][]json.Number `json:"b"`
	// Data is where some versions keep all of this.
	Data *entry `json:"data"`
}

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	dec := jsonscan.NewDecoder(r)
	found := false
	err := jsonscan.Members(dec, func(name string) error {
		var e entry
		if err := jsonscan.Value(dec, &e); err != nil {
			return fmt.Errorf("%.200q: %w", name, err)
		}
		if e.Data != nil {
			e = *e.Data
		}
		if e.Statements == nil && e.S == nil {
			return fmt.Errorf("%.200q has no statementMap", name)
		}
		found = true
		if e.Path != "" {
			name = e.Path
		}
		if err := file(c, name, e); err != nil {
			return fmt.Errorf("%.200q: %w", name, err)
		}
		return nil
	})
	if err == nil && !found {
		err = errors.New("there is no file in it")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func file(c *report.Collector, name string, e entry) error {
	lines, err := c.File(name)
	if err != nil {
		return err
	}
	columns(lines, e)
	for id, p := range e.Statements {
		n, err := number(p.Start.Line)
		if err != nil {
			return err
		}
		if p.Skip || n == 0 {
			continue
		}
		ran, err := count(e.S[id])
		if err != nil {
			return err
		}
		state := report.Miss
		if ran {
			state = report.Hit
		}
		if err := lines.Set(n, state); err != nil {
			return err
		}
	}
	for id, b := range e.Branches {
		line := b.Line
		if b.Loc != nil && b.Loc.Start.Line != nil {
			line = b.Loc.Start.Line
		}
		n, err := number(line)
		if err != nil {
			return err
		}
		for i, text := range e.B[id] {
			ran, err := count(text)
			if err != nil {
				return err
			}
			if b.Skip {
				continue
			}
			if err := lines.Branch(n, strconv.AppendInt([]byte(id+","), int64(i), 10), ran); err != nil {
				return err
			}
		}
	}
	return nil
}

// minExact is how many lines a file must have before its statements show that V8 made them: each line of a short one may be a statement.
const minExact = 10

// columns keeps how far to the right statements begin and end. V8's reports have each line as a statement, from its
// first column to its last.
func columns(lines *report.LineSet, e entry) {
	whole, last := true, 0.0
	for _, p := range e.Statements {
		for _, at := range []point{p.Start, p.End} {
			if at.Line != nil && at.Column != nil && *at.Line >= 1 && *at.Line <= report.MaxLine && *at.Column >= 0 &&
				*at.Column < report.MaxLine {
				lines.Width(int(*at.Line), int(*at.Column))
				last = max(last, *at.Line)
			} else {
				whole = false
			}
		}
		whole = whole && *p.Start.Column == 0 && *p.Start.Line == *p.End.Line
	}
	lines.Exact(whole && len(e.Statements) >= minExact && int(last) == len(e.Statements))
}

// count reads a count; one that is not there is none.
func count(n json.Number) (bool, error) {
	if n == "" {
		return false, nil
	}
	return report.Count(n.String())
}

// number is 0 for code without a place.
func number(line *float64) (int, error) {
	if line == nil {
		return 0, nil
	}
	return report.LineNumber(strconv.FormatFloat(*line, 'f', -1, 64))
}
