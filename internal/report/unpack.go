package report

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// The limits of a packed report. The ratio counts only once unpackFree bytes have come out: a small report of equal lines packs very well.
const (
	MaxPacked  = 20 << 20
	maxRatio   = 100
	unpackFree = 1 << 20
)

// Unpack gives the bytes of a report, unpacked when they are gzip; a file's name says nothing. It reads at most packed
// bytes and gives at most plain bytes, and fails on what grows more than MaxRatio times.
func Unpack(r io.Reader, packed, plain int64) (io.Reader, error) {
	in := bufio.NewReaderSize(r, maxText)
	head, err := in.Peek(2)
	if err != nil || !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return Limited(in, plain), nil //nolint:nilerr // too short to be packed; reading it says what is wrong
	}
	counted := &counter{r: Limited(in, packed)}
	z, err := gzip.NewReader(counted)
	if err != nil {
		return nil, fmt.Errorf("unpack the gzip: %w", err)
	}
	return Ratio(Limited(z, plain), func() int64 { return counted.n }), nil
}

// Ratio passes on what an unpacker gives, and fails when it is more than MaxRatio times what the unpacker has read so far.
func Ratio(r io.Reader, read func() int64) io.Reader { return &ratio{r: r, read: read} }

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

type ratio struct {
	r    io.Reader
	read func() int64
	out  int64
}

func (b *ratio) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.out += int64(n); b.out > unpackFree && b.out > maxRatio*b.read() {
		return 0, fmt.Errorf("the packed report grows more than %d times when it is unpacked", maxRatio)
	}
	return n, err
}
