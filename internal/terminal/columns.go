package terminal

import (
	"io"
	"os"
	"strconv"
)

// narrowest is the least width that text is fitted to; what says less is no terminal that people read.
const narrowest = 20

// Columns is how many characters a line of the output may have: COLUMNS, or what the terminal says. It is 0 where
// neither is known, as in a file or a pipe: nothing is folded there.
func (t Terminal) Columns() int {
	if n, err := strconv.Atoi(t.Getenv("COLUMNS")); err == nil && n >= narrowest {
		return n
	}
	if n := windowColumns(t.Out); n >= narrowest {
		return n
	}
	return 0
}

func windowColumns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	return window(f)
}
