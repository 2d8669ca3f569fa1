package codeowners

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// bigFile has a fifth of its rules with wildcards.
func bigFile(rules int) string {
	r := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	b.WriteString("* @acme/everyone\n")
	for i := 1; i < rules; i++ {
		switch {
		case i%5 != 0:
			fmt.Fprintf(&b, "/services/s%03d/pkg%d/ @acme/team-%d\n", i%400, i, i%90)
		case i%4 == 0:
			fmt.Fprintf(&b, "*.kind%d @acme/team-%d\n", i, i%90)
		case i%4 == 1:
			fmt.Fprintf(&b, "/services/s%03d/**/gen%d.go @acme/team-%d\n", i%400, i, i%90)
		case i%4 == 2:
			fmt.Fprintf(&b, "**/mod%d/*_test.go @u%d\n", i, r.IntN(200))
		default:
			fmt.Fprintf(&b, "/services/s*/x%d*/ @u%d\n", i, r.IntN(200))
		}
	}
	return b.String()
}

// bigTree has paths of which about 60 in a hundred fall to the first rule; in no useful order.
func bigTree(paths int) []string {
	r := rand.New(rand.NewPCG(7, 8))
	out := make([]string, paths)
	for i := range out {
		svc, n := r.IntN(400), r.IntN(5000)
		switch r.IntN(10) {
		case 0, 1, 2:
			out[i] = fmt.Sprintf("services/s%03d/pkg%d/internal/deep/file%d.go", n%400, n, i)
		case 3:
			out[i] = fmt.Sprintf("lib/mod%d/a/b/file%d.kind%d", n, i, n-n%20)
		default:
			out[i] = fmt.Sprintf("services/s%03d/other%d/internal/deep/file%d.go", svc, r.IntN(3000), i)
		}
	}
	return out
}

func BenchmarkMatch(b *testing.B) {
	f := parse(b, bigFile(5000))
	paths := bigTree(100_000)
	first := 0
	b.ReportAllocs()
	for b.Loop() {
		m := f.Matcher()
		first = 0
		for _, p := range paths {
			if m.Match(p) == 0 {
				first++
			}
		}
	}
	b.ReportMetric(float64(len(paths))*float64(len(f.Rules))*float64(b.N)/b.Elapsed().Seconds(), "files*rules/s")
	b.ReportMetric(100*float64(first)/float64(len(paths)), "%first")
}

func BenchmarkParse(b *testing.B) {
	text := []byte(bigFile(5000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
