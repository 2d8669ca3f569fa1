package review

import "testing"

// TestNewNamesWhatIsMissing: a reviewer is never made of parts of which one was forgotten.
func TestNewNamesWhatIsMissing(t *testing.T) {
	const all = "Source, Store, Outbox, Engine, Waits, Drafts, People, Control, Switches, Reports, Log, Now, " +
		"Page, Slow, ExplainFrom, UnreadFrom, GroupDeadline"
	if v, err := New(Options{}); v != nil || err == nil || err.Error() != "make reviewer: missing "+all {
		t.Errorf("%v, %v", v, err)
	}
	o := newWorld(t, always(snapshot("feat: x"))).options
	o.Store, o.UnreadFrom = nil, 0
	if v, err := New(o); v != nil || err == nil || err.Error() != "make reviewer: missing Store, UnreadFrom" {
		t.Errorf("%v, %v", v, err)
	}
}

func TestValidSettings(t *testing.T) {
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	valid := ValidSettings(e)
	if !valid([]byte(rules)) || valid([]byte("version: 1\nno: {}\n")) || valid([]byte("version: 1\nrules: {commits/none: {mode: off}}\n")) {
		t.Error("settings are taken for what they are not")
	}
}

// TestValidSettingsOfEachFile: what is kept of one file says nothing of another.
func TestValidSettingsOfEachFile(t *testing.T) {
	t.Parallel()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	valid := ValidSettings(e)
	for _, c := range []struct {
		file string
		want bool
	}{{"version: 1\n", true}, {"version: 1\n", true}, {"version: one\n", false}, {"version: 1\nsize: {mode: warn}\n", true},
		{"version: one\n", false}, {"", false}} {
		if got := valid([]byte(c.file)); got != c.want {
			t.Errorf("%q: %v", c.file, got)
		}
	}
}
