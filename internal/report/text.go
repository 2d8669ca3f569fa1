package report

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxText is the most bytes of one line of a text report.
const maxText = 64 << 10

// EachLine gives the lines of a text report without their ends, LF or CRLF, and without a byte order mark. The bytes
// are valid until the next line. An error of the function ends the walk and is given the line's number.
func EachLine(r io.Reader, take func(line []byte) error) error {
	b := bufio.NewReaderSize(r, maxText)
	for n := 1; ; n++ {
		line, err := b.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = fmt.Errorf("line %d: it has more than %d bytes", n, maxText)
			}
			return err
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if len(line) > 0 && line[len(line)-1] == '\n' {
			line = line[:len(line)-1]
		}
		if len(line) > 0 && line[len(line)-1] == '\r' {
			line = line[:len(line)-1]
		}
		if problem := take(line); problem != nil {
			return fmt.Errorf("line %d: %w", n, problem)
		}
		if err != nil {
			return nil //nolint:nilerr // the end of the report
		}
	}
}

// MaxBytes is the most bytes of one report, after unpacking.
const MaxBytes = 200 << 20

// Limited reads at most limit bytes and then fails, where io.LimitReader would make a report look as if it ended.
func Limited(r io.Reader, limit int64) io.Reader { return &limited{r, limit, limit} }

type limited struct {
	r           io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left == 0 {
		// What ends exactly at the limit is whole.
		var one [1]byte
		if n, err := io.ReadFull(l.r, one[:]); n == 0 {
			return 0, err
		}
		return 0, fmt.Errorf("the report has more than %d bytes", l.limit)
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
