package report

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func packed(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestUnpack holds that a packed bomb ends at a limit.
func TestUnpack(t *testing.T) {
	mixed := make([]byte, 4<<20)
	for i := range mixed {
		mixed[i] = byte(i * i >> 7)
	}
	for _, c := range []struct {
		name    string
		in      []byte
		size    int
		problem string
	}{
		{"plain", []byte("mode: set\n"), 10, ""},
		{"empty", nil, 0, ""},
		{"one byte", []byte{0x1f}, 1, ""},
		{"packed", packed(t, []byte("mode: set\n")), 10, ""},
		{"small and very even", packed(t, bytes.Repeat([]byte("DA:1,1\n"), 100_000)), 700_000, ""},
		{"a bomb", packed(t, make([]byte, 40<<20)), 0, "grows more than 100 times"},
		{"beyond the plain limit", packed(t, mixed), 0, "more than 3145728 bytes"},
		{"plain beyond the limit", mixed, 0, "more than 3145728 bytes"},
		{"cut", packed(t, mixed)[:100], 0, "unexpected EOF"},
		{"no gzip behind the mark", []byte{0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, 0, "unpack the gzip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text []byte
			r, err := Unpack(bytes.NewReader(c.in), 1<<20, 3<<20)
			if err == nil {
				text, err = io.ReadAll(r)
			}
			switch {
			case c.problem == "" && (err != nil || len(text) != c.size):
				t.Errorf("%d bytes, %v", len(text), err)
			case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
				t.Errorf("got %v, want %q", err, c.problem)
			}
		})
	}
	r, err := Unpack(bytes.NewReader(packed(t, mixed)), 100, 3<<20)
	if err == nil {
		_, err = io.ReadAll(r)
	}
	if err == nil || !strings.Contains(err.Error(), "more than 100 bytes") {
		t.Errorf("more packed bytes than allowed: %v", err)
	}
}
