package licence

import "testing"

func TestKnown(t *testing.T) {
	for id, want := range map[string]bool{
		"MIT": true, "Apache-2.0": true, "GPL-3.0-only": true, "AGPL-3.0-only": true, "GPL-2.0+": true, "LicenseRef-Acme": true,
		"mit": false, "Apache 2": false, "MIT OR Apache-2.0": false, "GPLv3": false, "": false, "Acme": false,
	} {
		if got := Known(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
	if n := len(Listed()); n < 500 {
		t.Errorf("the list has %d ids", n)
	}
}
