package codeowners

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAudit(t *testing.T) {
	f, err := Parse([]byte(strings.Join([]string{
		"/cart/ @ann",       // 1: takes nothing, line 6 takes both of its files
		"/gone/ @ann",       // 2: dead
		"*.md @docs!",       // 3: invalid
		"/pay/ @bo",         // 4: the same as line 5
		"/pay/ @cy",         // 5: wins
		"/cart/*.go @cy",    // 6: wins
		"/vendor/",          // 7: waived
		"/cart/sum.go @ann", // 8: wins one
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	got, complete := AuditOf(f, []string{"README.md", "cart/cart.go", "cart/sum.go", "docs/a/b/c.md", "docs/a/d.md", "pay/pay.go", "vendor/x.go"})
	want := Audit{
		Files: 7, Unowned: 3, Waived: 1,
		Folders: []Folder{{"docs/a", 2}, {".", 1}},
		Faults: []Fault{
			{Line: 1, Kind: Shadowed, Source: "/cart/", Message: "later lines take every file that it matches", Fix: "move it below them, or remove it", Matched: 2, By: 8},
			{Line: 2, Kind: Dead, Source: "/gone/", Message: "it matches no file", Fix: "remove it, or correct the pattern if the files were renamed"},
			{Line: 3, Kind: Invalid, Source: "@docs!"},
			{Line: 4, Kind: Shadowed, Source: "/pay/", Message: "a later line has the same pattern, and the last one counts", Fix: "remove one of the two", Matched: 1, By: 5},
		},
	}
	for i := range got.Faults {
		if got.Faults[i].Kind == Invalid {
			if got.Faults[i].Message == "" || got.Faults[i].Fix == "" {
				t.Errorf("an invalid line without words: %+v", got.Faults[i])
			}
			got.Faults[i].Message, got.Faults[i].Fix = "", ""
		}
	}
	if d := cmp.Diff(want, got); d != "" || !complete {
		t.Errorf("complete %v:\n%s", complete, d)
	}
}
