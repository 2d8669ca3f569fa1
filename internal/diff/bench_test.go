package diff

import (
	"fmt"
	"strings"
	"testing"
)

// sample is a diff of the given number of files, each with two hunks, as git writes it with its list.
func sample(files int) (listed, patch string) {
	var hunks strings.Builder
	hunks.WriteString("@@ -1,20 +1,26 @@ func before() error {\n")
	for i := range 20 {
		fmt.Fprintf(&hunks, " \tcontext := compute(%d, \"some text of the usual length\")\n", i)
		if i%3 == 0 && i < 18 {
			fmt.Fprintf(&hunks, "+\tif err := added(%d); err != nil {\n", i)
		}
	}
	hunks.WriteString("@@ -100,7 +106,7 @@ func after() error {\n a\n b\n c\n-\told := call()\n+\tnew := call()\n d\n e\n f\n")
	var raw, counts, patches strings.Builder
	const from, to = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222"
	for i := range files {
		path := fmt.Sprintf("internal/pkg%d/file%d.go", i%50, i)
		fmt.Fprintf(&raw, ":100644 100644 %s %s M\t%s\n", from, to, path)
		fmt.Fprintf(&counts, "7\t1\t%s\n", path)
		fmt.Fprintf(&patches, "diff --git a/%s b/%s\nindex %s..%s 100644\n--- a/%s\n+++ b/%s\n%s", path, path, from, to, path, path,
			hunks.String())
	}
	return raw.String() + counts.String() + "\n" + patches.String(), hunks.String()
}

func BenchmarkParse(b *testing.B) {
	listed, _ := sample(3000)
	b.SetBytes(int64(len(listed)))
	b.ReportAllocs()
	for b.Loop() {
		files, err := Parse(strings.NewReader(listed), Limits{})
		if err != nil || len(files) != 3000 {
			b.Fatal(len(files), err)
		}
	}
}

func BenchmarkParsePatch(b *testing.B) {
	_, patch := sample(1)
	b.SetBytes(int64(len(patch)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParsePatch(patch); err != nil {
			b.Fatal(err)
		}
	}
}
