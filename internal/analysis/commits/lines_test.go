package commits

import (
	"strings"
	"testing"
)

// A title of several lines, which a forge does not send and a command line can, used to be put right for ever, until
// the stack was full and the process died. The first line is the header.
func TestHeaderOfSeveralLines(t *testing.T) {
	for line, want := range map[string]string{
		"feat: x\ny": "", "feat: x\r\ny": "", "feat:x\ny": "no_space", "feat:  x\n": "",
		"feat!(a): x\ny": "bang_before_scope", "feat : x\u2028y\nz": "space_before",
		"a\n: b": "no_type", "\nfeat: x": "empty", "\r": "empty", " \n x": "empty", "feat\n: x": "no_type", "feat(\n): x": "no_type",
		"feat: \n":     "empty_subject",
		"feat:\u2028x": "no_space", "feat: \x00\ny": "", "feat: \xff\ny": "", "feat()\n(): x": "no_type",
	} {
		_, f := ParseHeader(line)
		got := ""
		if f != nil {
			got = f.Kind
			if f.Want != "" {
				if _, again := ParseHeader(f.Want); again != nil || strings.Contains(f.Want, "\n") {
					t.Errorf("%q: %q is wanted, which is not right either", line, f.Want)
				}
			}
		}
		if got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}
