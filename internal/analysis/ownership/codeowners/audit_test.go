package codeowners

import (
	"fmt"
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
	got, complete := AuditOf(f,
		[]string{"README.md", "cart/cart.go", "cart/sum.go", "docs/a/b/c.md", "docs/a/d.md", "pay/pay.go", "vendor/x.go"})
	want := Audit{
		Lines: 8, Files: 7, Unowned: 3, UnownedShare: 3.0 / 7, Waived: 1, Twins: []Twin{},
		Folders: []Folder{{"docs/a", 2}, {".", 1}},
		Faults: []Fault{
			{Line: 1, Kind: shadowed, Source: "/cart/",
				Message: "2 later lines take every file that it matches, most of them line 8 (/cart/sum.go), then line 6 (/cart/*.go)",
				Fix:     "move it below line 8, or remove it", Matched: 2, By: []int{8, 6}},
			{
				Line:    2,
				Kind:    dead,
				Source:  "/gone/",
				Message: "it matches no file",
				Fix:     "remove it, or correct the pattern if the files were renamed",
			},
			{Line: 3, Kind: invalid, Source: "@docs!"},
			{
				Line:    4,
				Kind:    shadowed,
				Source:  "/pay/",
				Message: "line 5 (/pay/) has the same reach, and the last one counts",
				Fix:     "keep one of the two, with the owners that are meant",
				Matched: 1,
				By:      []int{5},
			},
		},
	}
	for i := range got.Faults {
		if got.Faults[i].Kind == invalid {
			if got.Faults[i].Message == "" || got.Faults[i].Fix == "" {
				t.Errorf("an invalid line without words: %+v", got.Faults[i])
			}
			got.Faults[i].Message, got.Faults[i].Fix = "", ""
		}
	}
	for i := range want.Faults {
		want.Faults[i].By, want.Faults[i].Lines = append([]int{}, want.Faults[i].By...), []int{}
	}
	if d := cmp.Diff(want, got); d != "" || !complete {
		t.Errorf("complete %v:\n%s", complete, d)
	}
}

// A dead line says where its files are now when only one place has the name; a line that misses files by their form
// says so, not that it is dead.
func TestAuditHints(t *testing.T) {
	f, err := Parse([]byte(
		"/old/wrapping.py @a\n/Docs/ @a\n/old/both.py @a\n/old/new\\ name/ @a\n/x/caf\u00e9.md @a\n/gone/* @a\n" +
			"wrapping.go @a\n/old/c.h @a\n"))
	if err != nil {
		t.Fatal(err)
	}
	a, complete := AuditOf(f,
		[]string{"src/wrapping.py", "a/both.py", "b/both.py", "lib/new name/a", "x/cafe\u0301.md", "y/\u00e9", "y/e\u0301", "z/c.h"})
	want := []string{
		"dead write /src/wrapping.py if it is meant, or remove the line", "dead remove it,", "dead remove it,", "dead remove it,",
		"form copy the name",
		"dead remove it,", "dead remove it,", "dead remove it,",
	}
	if !complete || len(a.Faults) != len(want) || len(a.Twins) != 1 || a.Twins[0].Spelled != [2]string{`"y/\u00e9"`, `"y/e\u0301"`} {
		t.Fatalf("%+v", a)
	}
	for i, w := range want {
		if got := a.Faults[i].Kind + " " + a.Faults[i].Fix; !strings.HasPrefix(got, w) {
			t.Errorf("line %d: %s, want %s", a.Faults[i].Line, got, w)
		}
	}
}

func TestDeadOwners(t *testing.T) {
	f, err := Parse([]byte("* @ann @gone @Gone\n/a/ @gone @acme/gone\n/b/ @acme/api x@y.zz old@y.zz new@y.zz\n/c/\n"))
	if err != nil {
		t.Fatal(err)
	}
	if all := f.DeadOwners(Known{}); len(all) != 0 {
		t.Errorf("nobody said who there is: %+v", all)
	}
	known := Known{
		Teams:  map[string][]string{"acme/api": {"Ann"}},
		Emails: map[string][]string{"old@y.zz": {"gone"}, "new@y.zz": {"ann"}},
		People: map[string]bool{"ann": true},
	}
	var got []string
	for _, d := range f.DeadOwners(known) {
		got = append(got, fmt.Sprint(d.Source, d.Lines, d.Message))
	}
	want := []string{
		"@gone[1 2]it is not among the people; nobody else is left on 1 of its lines",
		"@acme/gone[2]it is not among the teams; nobody else is left on 1 of its lines",
		"old@y.zz[3]nobody who has the address is among the people",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// BenchmarkAudit is a whole tree of 10,000 files held to 300 lines.
func BenchmarkAudit(b *testing.B) {
	var lines strings.Builder
	var paths []string
	for i := range 10_000 {
		paths = append(paths, fmt.Sprintf("pkg/%d/%d/file%d.go", i%100, i%10, i))
	}
	for i := range 300 {
		fmt.Fprintf(&lines, "/pkg/%d/*/file*%d.go @a%d\n", i%100, i%10, i)
	}
	f, err := Parse([]byte(lines.String()))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, complete := AuditOf(f, paths); !complete {
			b.Fatal("not followed")
		}
	}
}
