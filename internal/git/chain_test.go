package git

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const committed = "committer A <a@example.com> 1 +0000\n"

// oddCommits are commits that git writes, and that it does not write but reads.
var oddCommits = map[string]struct {
	// people replaces what stands behind the parent, empty for the usual; left is what git's walk alone reads.
	people, more, message string
	left                  bool
}{
	"plain":           {message: "feat: x\n\nbody\n"},
	"no message":      {message: ""},
	"not UTF-8":       {message: "raw \xff bytes"},
	"a NUL":           {message: "seen\x00unseen\n"},
	"blank lines":     {message: "\n  \n\t\n  one \r\ntwo\t\n   \nbody\n\n\n"},
	"carriage return": {message: "one\r\n\r\nbody\r\n"},
	"form feed":       {message: "one\n\f\nbody\n"},
	"signed":          {message: "signed\n", more: "gpgsig -----BEGIN\n abc\n \n author x\n -----END\n"},
	"an encoding":     {message: "caf\xe9\n", more: "encoding ISO-8859-1\n", left: true},
	"two authors":     {message: "x\n", more: "author B <b@example.com> 2 +0000\n", left: true},
	"brackets":        {people: "author A <b> <a@example.com> 1 +0000\n" + committed, message: "x\n", left: true},
	"spaces":          {people: "author  A  <a@example.com> 1 +0000\n" + committed, message: "x\n", left: true},
	"no name":         {people: "author <a@example.com> 1 +0000\n" + committed, message: "x\n", left: true},
	"no date":         {people: "author A <a@example.com>\n" + committed, message: "x\n", left: true},
	"a comma": {people: "author A, B Ü. <a+b@example.com> 1 +0000\ncommitter \"C\" <c@example.com> 99999999999 -1130\n",
		message: "x\n"},
}

// A chain is what git's walk says of it, or nothing.
func TestChain(t *testing.T) {
	for name, c := range oddCommits {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			from := s.git("rev-parse", "HEAD")
			people := c.people
			if people == "" {
				people = "author Ann <ann@example.com> 1767225600 +0000\ncommitter Bob Ö <bob@example.com> 1767225601 +0200\n"
			}
			header := "tree " + s.git("rev-parse", "HEAD^{tree}") + "\nparent " + from + "\n" + people + c.more
			s.write(filepath.Join(s.home, "raw"), header+"\n"+c.message)
			s.git("update-ref", "HEAD", s.git("hash-object", "-t", "commit", "-w", "--literally", filepath.Join(s.home, "raw")))
			s.commit("last", nil)
			head := s.git("rev-parse", "HEAD")
			want, err := s.repo().Log(t.Context(), from, head, 10)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := s.blobs().Chain(from, head)
			if ok == c.left {
				t.Fatalf("read: %v", ok)
			}
			if d := cmp.Diff(want, got); ok && d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			headers, err := s.repo().Headers(t.Context(), head, 2)
			if err != nil {
				t.Fatal(err)
			}
			if subject := Subject(want[0].Message); subject != headers[1].Header {
				t.Errorf("Subject is %q, git says %q", subject, headers[1].Header)
			}
		})
	}
}

func TestChainEnds(t *testing.T) {
	s := newScene(t)
	first, second := s.git("rev-parse", "HEAD~"), s.git("rev-parse", "HEAD")
	s.git("checkout", "-q", "-b", "side", first)
	side := s.commit("side", nil)
	s.git("merge", "-q", "-m", "merge", "main")
	merge := s.git("rev-parse", "HEAD")
	b := s.blobs()
	if commits, ok := b.Chain(second, second); !ok || len(commits) != 0 {
		t.Errorf("of a commit to itself: %v, %v", commits, ok)
	}
	for what, ends := range map[string][2]string{
		"to the first commit": {side, second}, "over a merge": {first, merge}, "backwards": {second, first},
		"of nothing": {strings.Repeat("1", 40), strings.Repeat("2", 40)},
	} {
		if commits, ok := b.Chain(ends[0], ends[1]); ok {
			t.Errorf("a chain %s: %v", what, commits)
		}
	}
	tip := second
	for range maxChain {
		tip = s.git("commit-tree", "-p", tip, "-m", "more", second+"^{tree}")
	}
	if commits, ok := b.Chain(second, tip); !ok || len(commits) != maxChain {
		t.Errorf("%d commits, %v; want %d", len(commits), ok, maxChain)
	}
	if _, ok := b.Chain(first, tip); ok {
		t.Error("a chain longer than its limit")
	}
}
