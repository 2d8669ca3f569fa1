package goprofile

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/tools/cover"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

// sample is a profile of 5,000 files with 100 blocks each, as go test writes it: file by file.
func sample() []byte {
	var b bytes.Buffer
	b.WriteString("mode: set\n")
	for f := range 5000 {
		for i := range 100 {
			fmt.Fprintf(&b, "github.com/acme/shop/internal/pkg%d/file%d.go:%d.%d,%d.%d %d %d\n", f%200, f, 10+i*4, 20, 13+i*4, 3, 2,
				(i*f)%3)
		}
	}
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	in := sample()
	b.Run("lintel", func(b *testing.B) {
		formattest.BenchCoverage(b, Read, in, 5000)
	})
	b.Run("x-tools", func(b *testing.B) {
		b.SetBytes(int64(len(in)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := cover.ParseProfilesFromReader(bytes.NewReader(in)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
