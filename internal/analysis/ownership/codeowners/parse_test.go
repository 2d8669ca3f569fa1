package codeowners

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each line alone: what is read from it, or why it is left out.
func TestLines(t *testing.T) {
	tests := []struct{ line, want string }{
		{"* @a", "* @a"},
		{"\t *\t@a   @b/c \t d@e.photography\t", "* @a @b/c d@e.photography"},
		{"*.go\t@a\r", "*.go @a"},
		{"/x", "/x"},
		{"/x # nobody", "/x"},
		{"/x @a # @b", "/x @a"},
		{"/x @a #c", "/x @a"},
		{"# only a comment", ""},
		{"   # indented", ""},
		{"", ""},
		{" \t ", ""},
		{"a#b @u", "a#b @u"},
		{"/x @u#c", `1:4 Invalid owner "@u#c"`},
		{"/x u", `1:4 Invalid owner "u"`},
		{"/x @a @bad! @c", `1:7 Invalid owner "@bad!"`},
		{"/größe @ä", `1:8 Invalid owner "@ä"`},
		{"/x @", `1:4 Invalid owner "@"`},
		{"/x @/t", `1:4 Invalid owner "@/t"`},
		{"/x @o/", `1:4 Invalid owner "@o/"`},
		{"/x @o/t/u", `1:4 Invalid owner "@o/t/u"`},
		{"*.txt docs@", `1:7 Invalid owner "docs@"`},
		{"/x @h", "/x @h"},
		{"/x a@b", `1:4 Invalid owner "a@b"`},
		{"/x a@b.c", `1:4 Invalid owner "a@b.c"`},
		{"/x a+b@c-d.example.technology", "/x a+b@c-d.example.technology"},
		{"/x @org/team.with.dot_2", "/x @org/team.with.dot_2"},
		{"/x @alice_acme", "/x @alice_acme"},
		{"!/x @a", `1:1 Invalid pattern "!/x"`},
		{"  !/x @a", `1:3 Invalid pattern "!/x"`},
		{"a!b @a", "a!b @a"},
		{`\#x @a`, `1:1 Invalid pattern "\\#x"`},
		{"/apps/[param]/f.ts @a", `1:1 Invalid pattern "/apps/[param]/f.ts"`},
		{"a]b @a", `1:1 Invalid pattern "a]b"`},
		{`\[x\] @a`, `\[x\] @a`},
		{"***/*.rb @a", `1:1 Invalid pattern "***/*.rb"`},
		{`a\`, `1:1 Invalid pattern "a\\"`},
		{`a\ b @a`, `a\ b @a`},
		{`a\ @a`, `a\ @a`},
		{"a\x00b @a", "a\x00b @a"},
		{"\xff\xfe @a", "\xff\xfe @a"},
		{"\u00a0 @a", "\u00a0 @a"},
	}
	for _, tt := range tests {
		if got := describe(parse(t, tt.line)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.line, got, tt.want)
		}
	}
}

func describe(f *File) string {
	var out []string
	for _, r := range f.Rules {
		s := r.Pattern
		for _, o := range r.Owners {
			s += " " + o.String()
		}
		out = append(out, s)
	}
	for _, p := range f.Problems {
		if p.Message == "" || p.Suggestion == "" {
			out = append(out, "unexplained")
		}
		out = append(out, fmt.Sprintf("%d:%d %s %q", p.Line, p.Column, p.Kind, p.Source))
	}
	return strings.Join(out, "\n")
}

func TestWholeFile(t *testing.T) {
	f := parse(t, "\xef\xbb\xbf# who owns what\r\n\r\n* @acme/all\r\n!x @a\n/docs/ # nobody\n/x @a\tb@example.org @c/d.e")
	want := []Rule{
		{Line: 3, Pattern: "*", Owners: []Owner{{Team, "acme/all", 3}}},
		{Line: 5, Pattern: "/docs/", Owners: []Owner{}},
		{Line: 6, Pattern: "/x", Owners: []Owner{{User, "a", 4}, {Email, "b@example.org", 7}, {Team, "c/d.e", 21}}},
	}
	if d := cmp.Diff(want, f.Rules); d != "" {
		t.Error(d)
	}
	if len(f.Problems) != 1 || f.Problems[0].Line != 4 {
		t.Errorf("problems: %+v", f.Problems)
	}
	if got := f.Matcher().Match("docs/a"); got != 1 {
		t.Errorf("a skipped line moved the others: rule %d", got)
	}
}

func TestLongLine(t *testing.T) {
	var b strings.Builder
	b.WriteString("* @first\n/long")
	for b.Len() < 70_000 {
		b.WriteString(" @someone")
	}
	b.WriteString("\n/after @last\n")
	f := parse(t, b.String())
	if len(f.Rules) != 3 || len(f.Problems) != 0 || f.Rules[2].Line != 3 || len(f.Rules[1].Owners) < 7000 {
		t.Fatalf("rules %d, problems %v", len(f.Rules), f.Problems)
	}
	last := f.Rules[1].Owners[len(f.Rules[1].Owners)-1]
	if want := 7 + 9*(len(f.Rules[1].Owners)-1); last.Column != want {
		t.Errorf("column of the last owner %d, want %d", last.Column, want)
	}
}

func TestSizeLimit(t *testing.T) {
	text := make([]byte, MaxBytes)
	for i := range text {
		text[i] = '\n'
	}
	if _, err := Parse(text); !errors.Is(err, ErrTooLarge) {
		t.Errorf("3 MB: %v", err)
	}
	if _, err := Parse(text[1:]); err != nil {
		t.Errorf("just below: %v", err)
	}
	if f := parse(t, ""); len(f.Rules) != 0 || f.Matcher().Match("a") != -1 {
		t.Error("an empty file owns something")
	}
}
