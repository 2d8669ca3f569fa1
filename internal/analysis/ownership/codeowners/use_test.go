package codeowners

import "testing"

// The line that takes most of the files is the one that is named, not the last of them.
func TestUsesNamesWhoTakesMost(t *testing.T) {
	f, err := Parse([]byte("/src/ @a\n/src/lib/ @b\n/src/main.go @c\n"))
	if err != nil {
		t.Fatal(err)
	}
	uses := f.Uses([]string{"src/lib/a", "src/lib/b", "src/main.go"}, 1000)
	if u := uses[0]; u.By != 1 || !u.Several || u.Matched != 3 || u.Won != 0 {
		t.Errorf("%+v", u)
	}
	if u := uses[1]; u.Won != 2 || u.By != -1 {
		t.Errorf("%+v", u)
	}
}
