package githost

import (
	"bytes"
	"compress/zlib"
	"io"
	"testing"
)

// Go's own reader, which checks lengths and the sum, reads what pack writes, at the limits of a block, too.
func TestPack(t *testing.T) {
	const header = "blob \x00"
	for _, size := range []int{0, 1, 1<<16 - 2, 1<<16 - 1, 1 << 16, 1<<17 - 2, 200_000} {
		data := bytes.Repeat([]byte("abc\x00\xff"), size/5+1)[:max(0, size-len(header))]
		z, err := zlib.NewReader(bytes.NewReader(pack(header, data)))
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		got, err := io.ReadAll(z)
		if err != nil || string(got) != header+string(data) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
	}
}
