package lcov

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

func BenchmarkRead(b *testing.B) {
	var in bytes.Buffer
	for f := range 5000 {
		fmt.Fprintf(&in, "TN:\nSF:/home/runner/work/shop/src/folder%d/file%d.ts\n", f%100, f)
		for i := range 1000 {
			fmt.Fprintf(&in, "DA:%d,%d\n", i+1, (i*f)%7)
		}
		in.WriteString("LF:1000\nLH:800\nend_of_record\n")
	}
	formattest.BenchCoverage(b, Read, in.Bytes(), 5000)
}
