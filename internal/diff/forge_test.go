package diff

import (
	"strings"
	"testing"
)

func TestFromForge(t *testing.T) {
	patch := func(s string) *string { return &s }
	const id, other = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222"
	for name, c := range map[string]struct {
		entry  Entry
		state  State
		reason string
	}{
		"text": {Entry{Status: Modified, Patch: patch("@@ -1 +1 @@\n-a\n+b"), Additions: 1, Deletions: 1}, Text, ""},
		"cut patch": {Entry{Status: Modified, Patch: patch("@@ -1 +1 @@\n-a\n+b"), Additions: 2, Deletions: 1}, TooLarge,
			"it holds +1 -1 of +2 -1 lines"},
		"cut in a hunk": {Entry{Status: Modified, Patch: patch("@@ -1,2 +1,2 @@\n-a\n+b"), Additions: 1, Deletions: 1}, TooLarge,
			"ends early"},
		"no patch":          {Entry{Status: Modified, Additions: 900, Deletions: 1}, TooLarge, "no patch for +900 -1 lines"},
		"empty patch":       {Entry{Status: Modified, Patch: patch(""), Additions: 900}, TooLarge, "no patch"},
		"no patch, renamed": {Entry{Status: Renamed, OldPath: "o", Additions: 900}, TooLarge, "no patch"},
		"renamed":           {Entry{Status: Renamed, OldPath: "o", Size: 5}, PureRename, ""},
		"renamed, edited binary": {Entry{Status: Renamed, OldPath: "o", OldBlob: id, Blob: other, Size: 5, Start: []byte("a\x00")},
			Binary, ""},
		"renamed, edited unseen": {Entry{Status: Renamed, OldPath: "o", OldBlob: id, Blob: other, Size: 5}, Unknown, "neither a patch"},
		"binary":                 {Entry{Status: Modified, Size: 2, Start: []byte("a\x00")}, Binary, ""},
		"late NUL": {Entry{Status: Modified, Size: 9001, Start: []byte(strings.Repeat("a", 8000) + "\x00")}, Unknown,
			"neither a patch"},
		"empty":                {Entry{Status: Added, Size: 0}, Empty, ""},
		"empty by its id":      {Entry{Status: Added, Size: -1, Blob: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"}, Empty, ""},
		"unseen":               {Entry{Status: Modified, Size: -1}, Unknown, "neither a patch"},
		"text without a patch": {Entry{Status: Modified, Size: 2, Start: []byte("ab")}, Unknown, "neither a patch"},
		"mode only": {Entry{Status: Modified, Size: 5, OldMode: "100644", Mode: "100755", OldBlob: id, Blob: id}, ModeOnly,
			""},
		"mode and binary":       {Entry{Status: Modified, Size: 5, OldMode: "100644", Mode: "100755", Start: []byte{0}}, Binary, ""},
		"mode and nothing else": {Entry{Status: Modified, Size: -1, OldMode: "100644", Mode: "100755"}, Unknown, "neither a patch"},
		"symlink": {Entry{
			Status:    Modified,
			OldMode:   "120000",
			Mode:      "120000",
			Patch:     patch("@@ -1 +1 @@\n-a\n+b"),
			Additions: 1,
			Deletions: 1,
		},
			Symlink, ""},
		"submodule by mode": {
			Entry{Status: Added, Mode: "160000", Patch: patch("@@ -0,0 +1 @@\n+Subproject commit " + id), Additions: 1}, Submodule, ""},
		"submodule by id": {
			Entry{
				Status:    Modified,
				Blob:      other,
				Patch:     patch("@@ -1 +1 @@\n-Subproject commit " + id + "\n+Subproject commit " + other),
				Additions: 1,
				Deletions: 1,
			},
			Submodule, ""},
		"removed submodule by id": {
			Entry{Status: Removed, OldBlob: id, Patch: patch("@@ -1 +0,0 @@\n-Subproject commit " + id), Deletions: 1}, Submodule, ""},
		"text that plays submodule": {
			Entry{
				Status:    Modified,
				Blob:      other,
				Patch:     patch("@@ -1 +1 @@\n-Subproject commit " + other + "\n+Subproject commit " + id),
				Additions: 1,
				Deletions: 1,
			},
			Text, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.entry.Path = "p"
			f, reason := FromForge(c.entry)
			if f.State != c.state || !strings.Contains(reason, c.reason) || (reason == "") != (c.reason == "") {
				t.Errorf("got %s, %q, want %s, %q", f.State, reason, c.state, c.reason)
			}
			if f.Complete() != (reason == "") {
				t.Errorf("complete is %v with reason %q", f.Complete(), reason)
			}
			if f.Additions != c.entry.Additions || f.Deletions != c.entry.Deletions {
				t.Errorf("counts are +%d -%d", f.Additions, f.Deletions)
			}
			if (len(f.Hunks) > 0) != (f.State == Text) {
				t.Errorf("%s with %d hunks", f.State, len(f.Hunks))
			}
		})
	}
}
