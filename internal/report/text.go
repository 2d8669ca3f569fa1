package report

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxText is the most bytes of one line of a text report.
const MaxText = 64 << 10

// EachLine gives the lines of a text report without their ends, LF or CRLF, and without a byte order mark. The bytes are valid until the next line. An
// error of the function ends the walk and is given the line's number.
func EachLine(r io.Reader, take func(line []byte) error) error {
	b := bufio.NewReaderSize(r, MaxText)
	for n := 1; ; n++ {
		line, err := b.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = fmt.Errorf("line %d: it has more than %d bytes", n, MaxText)
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
			return nil
		}
	}
}
