package change

import "testing"

// TestNamesSplitFromTheRight: groups of GitLab are nested, and a repository's name holds no slash.
func TestNamesSplitFromTheRight(t *testing.T) {
	for full, want := range map[string][2]string{
		"acme/shop": {"acme", "shop"}, "group/sub/name": {"group/sub", "name"}, "acme": {"acme", ""}, "": {"", ""}, "acme/": {"acme", ""},
	} {
		if owner, name, _ := SplitName(full); owner != want[0] || name != want[1] {
			t.Errorf("%q gives %q and %q", full, owner, name)
		}
	}
}
