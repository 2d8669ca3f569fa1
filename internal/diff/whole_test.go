package diff

import "testing"

func TestWhole(t *testing.T) {
	for _, c := range []struct {
		what, before, after string
		status              Status
		whole               bool
	}{
		{"a new file", "", "a\n\nb\n", Added, true},
		{"without a newline at its end", "", "a\nb", Added, true},
		{"of another line end", "", "a\r\nb\r\n", Added, true},
		{"a changed file", "a\n", "b\n", Modified, false},
	} {
		f, _ := FromBlobs(File{Path: "x", Status: c.status, State: Text}, []byte(c.before), []byte(c.after))
		got, ok := f.Whole()
		if ok != c.whole || ok && string(got) != c.after {
			t.Errorf("%s: %q, %v", c.what, got, ok)
		}
	}
	f, _ := FromBlobs(File{Path: "x", Status: Added, State: Text}, nil, []byte("a\nb\n"))
	f.Hunks[0].NewStart = 2
	if got, ok := f.Whole(); ok {
		t.Errorf("a part is taken for the whole: %q", got)
	}
	f.State = TooLarge
	if got, ok := f.Whole(); ok {
		t.Errorf("unknown lines are taken for the whole: %q", got)
	}
}
