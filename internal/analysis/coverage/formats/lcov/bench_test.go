package lcov

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
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
	b.SetBytes(int64(in.Len()))
	b.ReportAllocs()
	for b.Loop() {
		c := report.NewCollector()
		err := Read(bytes.NewReader(in.Bytes()), c)
		got, tooMuch := c.Finish()
		if err != nil || tooMuch != nil || len(got.Files) != 5000 {
			b.Fatal(err, tooMuch)
		}
	}
}
