package churn

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func commit(daysAgo int, author, message string, paths ...string) Commit {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, -daysAgo)
	return Commit{At: at, Author: author, Message: message, Paths: paths}
}

func TestOf(t *testing.T) {
	line := []Commit{ // the newest first
		commit(0, "ann@example.com", "feat: a", "a.go", "b.go"),
		commit(3, "Ann@Example.com", "fix: a", "a.go"),
		commit(5, "bob@example.com", "Merge pull request #7 from x/y\n\nFix the cart", "a.go"),
		commit(200, "bob@example.com", "feat: long ago", "a.go", "old.go"),
		commit(60, "cy@example.com", "Revert \"b\"", "b.go"), // dates are not always in order
	}
	want := &History{Days: 90, Files: []File{
		{Path: "a.go", Changes: 3, Authors: 2, Fixes: 2, Age: 0},
		{Path: "b.go", Changes: 2, Authors: 2, Fixes: 1, Age: 0},
		{Path: "new.go", Age: -1},
		{Path: "old.go", Age: -1},
	}}
	if d := cmp.Diff(want, Of(line, []string{"old.go", "b.go", "new.go", "a.go", "b.go"})); d != "" {
		t.Error(d)
	}
	if h := Of(nil, []string{"a.go"}); h != nil {
		t.Errorf("of no commit: %+v", h)
	}
}

// A line that is cut says how far it goes.
func TestOfManyCommits(t *testing.T) {
	var line []Commit
	for i := range MaxCommits + 1 {
		line = append(line, commit(i/10, "a@example.com", "feat", "a.go"))
	}
	if h := Of(line, []string{"a.go"}); h.Days != (MaxCommits-1)/10 || h.Files[0].Changes != MaxCommits {
		t.Errorf("%+v", h)
	}
	if h := Of(line[:MaxCommits], []string{"a.go"}); h.Days != Days {
		t.Errorf("the whole branch: %d days", h.Days)
	}
	var paths []string
	for i := range 2 * maxFiles {
		paths = append(paths, fmt.Sprintf("%06d", i))
	}
	if h := Of(line, paths); len(h.Files) != maxFiles || h.Files[0].Path != "000000" {
		t.Errorf("%d files", len(h.Files))
	}
}

func TestFixes(t *testing.T) {
	for message, want := range map[string]bool{
		"fix: the cart":                                  true,
		"fix(cart)!: the cart":                           true,
		"bugfix: the cart":                               true,
		"Fixes a race":                                   true,
		"net/http: fix a race":                           true,
		"[core] Fixed a leak":                            true,
		"GH-12: [C++] Fix a leak":                        true,
		"[#12][cart] Fix a leak":                         true,
		"hotfix the deploy":                              true,
		"Correct the total":                              true,
		"Merge pull request #7 from x/y\n\nFix a race":   true,
		"Merge pull request #7 from x/fix\n\nAdd a cart": false,
		"feat: a prefix tree":                            false,
		"Add fixtures":                                   false,
		"docs: say what a fix is":                        false,
		"docs: fix the guide":                            false,
		"fix(ci): the runner":                            false,
		"Fix typo in a name":                             false,
		"Fix flaky test of the cart":                     false,
		"Revert \"fix: the cart\"":                       false,
		"Fix CS":                                         false,
		"Fix naming of the jobs":                         false,
		"Fix a few baselined errors of PHPStan":          false,
		"revert: fix of the cart":                        false,
		"Update the list of bugs fixed":                  false,
		"":                                               false,
	} {
		if got := Fixes(message); got != want {
			t.Errorf("%q: %t", message, got)
		}
	}
	for message, want := range map[string]bool{
		"Revert \"feat: a\"":        true,
		"cart: Revert \"feat\"":     true,
		"revert: feat a":            true,
		"Back out the cart":         true,
		"feat: add a way to revert": false,
	} {
		if got := Reverts(message); got != want {
			t.Errorf("%q reverts: %t", message, got)
		}
	}
}

func TestBringsBack(t *testing.T) {
	for title, want := range map[string]bool{
		"Revert \"cart: smaller\"": true, "fix: revert the cart": true, "Merge current v2.11 into v3.0": true,
		"[3.x] Backport the cart": true, "Allow revert of a cart": false, "Reverting is possible now": false, "feat: merge carts": false,
		"Merge pull request #7 from ann/cart\n\nfeat: add up the cart": false,
	} {
		if got := BringsBack(title); got != want {
			t.Errorf("%s: %v", title, got)
		}
	}
}
