package formattest

import (
	"slices"
	"testing"
)

// Detects holds a detector to its table: the format that each beginning of a report is of, "" for those of none. It
// names only the given formats.
func Detects(t *testing.T, format func(head []byte) (string, error), formats []string, table map[string]string) {
	t.Helper()
	for in, want := range table {
		got, err := format([]byte(in))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.100q is %q, %v; want %q", in, got, err, want)
		}
		if got != "" && !slices.Contains(formats, got) {
			t.Errorf("%q is not among the formats", got)
		}
	}
}

// FuzzDetects holds that nothing panics and that only known names come out.
func FuzzDetects(f *testing.F, format func(head []byte) (string, error), formats []string, seeds ...string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if got, err := format(in); err == nil && !slices.Contains(formats, got) {
			t.Fatalf("%q is %q", in, got)
		}
	})
}
