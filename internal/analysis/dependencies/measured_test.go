package dependencies

import (
	"fmt"
	"strings"
	"testing"
)

// TestMeasuredFalseAlarms are what the labels of real histories called wrong or of no consequence.
func TestMeasuredFalseAlarms(t *testing.T) {
	f := analyse(t, lockOf("lru 6.0.0", "a 1.0.0"), lockOf("lru 5.1.1", "a 1.0.0"))
	if f.Changes[0].Kind != "changed" {
		t.Errorf("an older major version that another package needs is %s", f.Changes[0].Kind)
	}
	f = analyse(t, lockOf("lru 6.1.0", "a 1.0.0"), lockOf("lru 6.0.0", "a 1.0.0"))
	if f.Changes[0].Kind != "downgraded" {
		t.Errorf("an older minor version is %s", f.Changes[0].Kind)
	}
	f = analyse(t, lockOf("left 1.0.0"), files{
		"package-lock.json": npm("left", "left 1.0.1"), "package.json": `{"dependencies": {"left": "*"}}`,
	})
	if !f.Changes[0].Held || !f.Changes[0].NewDirect {
		t.Errorf("a package that the base had: %+v", f.Changes[0])
	}
	for version, want := range map[string]bool{"dev-main": true, "6.3.x-dev": true, "1.0.0": false} {
		if branch("Packagist", version) != want {
			t.Errorf("%s is a branch: %t", version, !want)
		}
	}
}

// BenchmarkManyRequirements is a manifest of so many packages of which every version changes: time must grow in proportion.
func BenchmarkManyRequirements(b *testing.B) {
	for _, n := range []int{2_000, 8_000} {
		var before, after strings.Builder
		for i := range n {
			fmt.Fprintf(&before, "p%d==1.0.0\n", i)
			fmt.Fprintf(&after, "p%d==1.0.1\n", i)
		}
		s := snapshot(b, files{"requirements.txt": before.String()}, files{"requirements.txt": after.String()}, options())
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Analyse(s, options())
			}
		})
	}
}
