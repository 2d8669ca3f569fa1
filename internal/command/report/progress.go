package report

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/terminal"
)

// sleep waits unless the context ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// progress draws how much was sent, on a terminal alone.
func progress(t terminal.Terminal) func(sent, total int64) {
	if !terminal.Is(t.Err) {
		return nil
	}
	return func(sent, total int64) { drawProgress(t.Err, sent, total) }
}

func drawProgress(w io.Writer, sent, total int64) {
	if total == 0 {
		return
	}
	const width = 30
	done := int(width * sent / total)
	end := ""
	if sent == total {
		end = "\r\x1b[K"
	}
	fmt.Fprintf(w, "\r[%s%s] %d of %d kB%s", strings.Repeat("=", done), strings.Repeat(" ", width-done), sent>>10, total>>10, end)
}
