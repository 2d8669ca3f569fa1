package cobertura

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

func BenchmarkRead(b *testing.B) {
	var in bytes.Buffer
	in.WriteString("<?xml version=\"1.0\" ?>\n<coverage><packages><package name=\"p\"><classes>\n")
	for f := range 1000 {
		fmt.Fprintf(&in, "<class name=\"c%d\" filename=\"pkg%d/file%d.py\" complexity=\"0\"><methods/><lines>\n", f, f%50, f)
		for i := range 1000 {
			fmt.Fprintf(&in, "\t\t\t\t\t\t<line number=\"%d\" hits=\"%d\"/>\n", i+1, (i*f)%3)
		}
		in.WriteString("</lines></class>\n")
	}
	in.WriteString("</classes></package></packages></coverage>\n")
	formattest.BenchCoverage(b, Read, in.Bytes(), 1000)
}
