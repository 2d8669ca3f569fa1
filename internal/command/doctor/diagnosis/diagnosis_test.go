//race:unwatched
package diagnosis

import (
	"bytes"
	"testing"

	"github.com/lintel-review/lintel/internal/terminal"
)

// TestHostileText: what a forge or a pod said steers no terminal, and is no line of ours.
func TestHostileText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	d := New(terminal.Terminal{Out: &out}, terminal.Format{})
	d.Note("pod", "a\x1b[2J\nok    network: closed")
	d.Wrong("pod", "b\u202e", "c\r\nok    d")
	want := "note  pod: a\\x1b[2J\n      ok    network: closed\n" + "FAIL  pod: b\\u202e\n      do: c\\r\n      ok    d\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
