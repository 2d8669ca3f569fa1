// Package lcov reads the tracefiles of LCOV and of the many tools that write its format.
// The format is that of geninfo(1): records of SF, DA and BRDA lines, closed by end_of_record.
//
// Callers may rely on: several records of a file are one, a checksum behind a count is kept as the digest of the line's
// text, counts below zero are zero, and a line that ran is partial when one of its branches was not taken in any
// record.
package lcov

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/report"
)

type reader struct {
	c      *report.Collector
	file   *report.LineSet
	record bool
}

// Read reads a tracefile.
func Read(r io.Reader, c *report.Collector) error {
	p := &reader{c: c}
	if err := report.EachLine(r, p.line); err != nil {
		return err
	}
	if !p.record {
		return errors.New("there is no record in it; an LCOV tracefile has lines such as SF:src/a.js and DA:1,1")
	}
	return nil
}

func (p *reader) line(line []byte) error {
	// Most lines are counts of lines.
	if len(line) > 3 && line[0] == 'D' && line[1] == 'A' && line[2] == ':' {
		return p.count(line[3:])
	}
	kind, value, ok := bytes.Cut(line, []byte(":"))
	switch {
	case len(bytes.TrimSpace(line)) == 0 || line[0] == '#':
	case string(bytes.TrimSpace(line)) == "end_of_record":
		p.file = nil
	case ok && string(kind) == "SF":
		var err error
		p.file, err = p.c.File(string(bytes.TrimSpace(value)))
		p.record = true
		return err
	case ok && string(kind) == "BRDA":
		return p.branch(value)
	case ok && len(kind) <= 8 && bytes.Equal(bytes.ToUpper(kind), kind): // TN, FN, FNDA, LF, LH, BRF, BRH, VER and what comes later
	default:
		return fmt.Errorf("%.60q is no line of an LCOV tracefile", line)
	}
	return nil
}

func (p *reader) count(value []byte) error {
	if p.file == nil {
		return errors.New("DA stands outside of a record; SF must come first")
	}
	if n, ran, ok := plain(value); ok {
		return p.file.Set(n, stateOf(ran))
	}
	comma := bytes.IndexByte(value, ',')
	if comma < 0 {
		return fmt.Errorf("DA:%.60q has no count", value)
	}
	n, err := report.LineNumber(value[:comma])
	if err != nil || n == 0 {
		return err
	}
	count := value[comma+1:]
	if i := bytes.IndexByte(count, ','); i >= 0 {
		p.checksum(n, count[i+1:])
		count = count[:i]
	}
	ran, err := report.Count(count)
	if err != nil {
		return err
	}
	return p.file.Set(n, stateOf(ran))
}

func stateOf(ran bool) report.State {
	if ran {
		return report.Hit
	}
	return report.Miss
}

// plain reads what nearly all counts are, two whole numbers, in one go.
func plain(value []byte) (line int, ran, ok bool) {
	i := 0
	for ; i < len(value) && i < 7 && value[i]-'0' <= 9; i++ {
		line = line*10 + int(value[i]-'0')
	}
	if line == 0 || line > report.MaxLine || i+1 >= len(value) || i+19 < len(value) || value[i] != ',' {
		return 0, false, false
	}
	for _, c := range value[i+1:] {
		if c-'0' > 9 {
			return 0, false, false
		}
		ran = ran || c != '0'
	}
	return line, ran, true
}

// checksum reads the MD5 of a line in base64, with or without its padding. What else tools may write there is left alone.
func (p *reader) checksum(line int, text []byte) {
	var sum [18]byte
	text = bytes.TrimRight(text, "=")
	if len(text) != 22 {
		return
	}
	if n, err := base64.RawStdEncoding.Decode(sum[:], text); err == nil && n == 16 {
		p.file.Digest(line, report.FromMD5(sum[:n]))
	}
}

// branch reads "line,block,branch,taken". The name of a branch may hold commas; what was taken stands last.
func (p *reader) branch(value []byte) error {
	if p.file == nil {
		return errors.New("BRDA stands outside of a record; SF must come first")
	}
	first, last := bytes.IndexByte(value, ','), bytes.LastIndexByte(value, ',')
	if first == last {
		return fmt.Errorf("BRDA:%.60q is not line,block,branch,taken", value)
	}
	n, err := report.LineNumber(value[:first])
	if err != nil || n == 0 {
		return err
	}
	ran := false
	if taken := value[last+1:]; string(taken) != "-" {
		if ran, err = report.Count(taken); err != nil {
			return err
		}
	}
	return p.file.Branch(n, value[first+1:last], ran)
}
