package github_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// wantBothSides wants both sides of every changed file.
func wantBothSides(files []diff.File, _ change.Controls, _ []change.Gap) (wants []change.Want) {
	for _, f := range files {
		wants = append(wants, change.WantSides(f, 1<<20, "tests")...)
	}
	return wants
}

// changed is a pull request that changes n files, and its record with true hints.
func (s *shop) changed(t *testing.T, n int) change.Record {
	t.Helper()
	before, after := fakehub.Files{}, fakehub.Files{}
	for i := range n {
		before[fmt.Sprintf("src/f%d.go", i)] = fmt.Sprintf("package src // %d\n", i)
		after[fmt.Sprintf("src/f%d.go", i)] = fmt.Sprintf("package src // %d, changed\n", i)
	}
	_, err := s.hub.Commit("acme/shop", fakehub.Commit{Branch: "main", Author: "olga", Message: "feat: sources", Files: before})
	must(t, err)
	number, head := s.topic(t, "wanted", after)
	r := s.record(number)
	r.Head.SHA, r.Base = head, change.Rev{Ref: "main", SHA: s.hub.Tip("acme/shop", "main")}
	return r
}

// TestWantsCostOneRoundTrip: wanted files cost requests that are under way together, and no more for another look at the
// same head. A look that wants nothing costs none.
func TestWantsCostOneRoundTrip(t *testing.T) {
	for _, c := range []struct {
		what    string
		files   int
		wants   change.WantsFunc
		queries int
	}{
		{"nothing", 25, func([]diff.File, change.Controls, []change.Gap) []change.Want { return nil }, 0},
		{"10 files", 5, wantBothSides, 1},
		{"50 files", 25, wantBothSides, 2},
		{"120 files, of unknown size", 60, wantBothSides, 2 + 2},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := newShop(t, fakehub.Options{})
			r := s.changed(t, c.files)
			// What the controls and their owners cost is read before.
			_, err := s.forge.Snapshot(t.Context(), r)
			must(t, err)
			s.hub.Reset()
			_, err = s.forge.Snapshot(t.Context(), r)
			must(t, err)
			without := len(s.hub.Requests())
			s.forge.Wants = c.wants
			s.hub.Reset()
			if c.queries > 0 && c.files <= 25 {
				s.meet(t, without, c.queries)
			}
			snap, err := s.forge.Snapshot(t.Context(), r)
			must(t, err)
			if got := len(s.hub.Requests()); got != without+c.queries {
				t.Errorf("%d requests, want %d:\n%+v", got, without+c.queries, s.hub.Requests())
			}
			for _, content := range snap.Contents {
				if !content.Read() || !strings.HasPrefix(string(content.Body), "package src //") {
					t.Errorf("%+v", content)
				}
			}
			if want := 2 * c.files * min(c.queries, 1); len(snap.Contents) != want || len(snap.Gaps) > 0 {
				t.Errorf("%d contents, want %d; gaps %v", len(snap.Contents), want, snap.Gaps)
			}
			s.hub.Reset()
			_, err = s.forge.Snapshot(t.Context(), r)
			must(t, err)
			if got := len(s.hub.Requests()); got != without {
				t.Errorf("another look at the same head took %d requests, want %d", got, without)
			}
		})
	}
}

// TestAddedFilesCostNoCall: the diff of an added file shows all of it, and the id of its blob proves that. By REST alone
// it is the same.
func TestAddedFilesCostNoCall(t *testing.T) {
	for _, rest := range []bool{false, true} {
		s := newShop(t, fakehub.Options{})
		s.forge.REST = rest
		files := fakehub.Files{"end.txt": "no newline\nat the end", "crlf.txt": "a\r\nb\r\n", "empty.txt": ""}
		for i := range 100 {
			files[fmt.Sprintf("src/f%d.go", i)] = fmt.Sprintf("package src // %d\n", i)
		}
		n, _ := s.topic(t, "added", files)
		s.read(t, n)
		s.hub.Reset()
		s.read(t, n)
		without := len(s.hub.Requests())
		s.forge.Wants = func(files []diff.File, _ change.Controls, _ []change.Gap) (wants []change.Want) {
			for _, f := range files {
				wants = append(wants, change.Want{Path: f.Path, Side: change.AtHead, Max: 1 << 20, Why: "tests"})
			}
			return wants
		}
		s.hub.Reset()
		snap := s.read(t, n)
		// The empty file has no lines that could show it.
		if got := len(s.hub.Requests()); got > without+2 {
			t.Errorf("%d requests, %d without wants:\n%+v", got, without, s.hub.Requests())
		}
		for path, want := range files {
			c, ok := snap.Content(change.AtHead, path)
			if !ok || !c.Read() || string(c.Body) != want || c.Blob == "" || c.Size != int64(len(want)) {
				t.Errorf("%s: %+v", path, c)
			}
		}
	}
}

// meet holds back the next requests after the first few, until so many have arrived together.
func (s *shop) meet(t *testing.T, after, together int) {
	t.Helper()
	var arrived atomic.Int32
	all := make(chan struct{})
	s.hub.Fault(traffic.Fault{Skip: after, Times: together, Wait: func(ctx context.Context) {
		if arrived.Add(1) == int32(together) {
			close(all)
		}
		select {
		case <-all:
		case <-ctx.Done(): // the client has a time limit
			t.Errorf("%d requests are under way together, want %d", arrived.Load(), together)
		}
	}})
}

// TestLargeWantsAreReadByThemselves: GraphQL cuts long texts, and gives others than those of the blob for what is not
// UTF-8. Neither is taken for the file.
func TestLargeWantsAreReadByThemselves(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	large := strings.Repeat("a long lock file\n", 50_000)
	n, _ := s.topic(t, "wanted", fakehub.Files{"large.lock": large, "latin.txt": "\xe9t\xe9\n", "small.txt": "1\n"})
	s.forge.Wants = wantBothSides
	snap := s.read(t, n)
	for path, want := range map[string]string{"large.lock": large, "latin.txt": "\xe9t\xe9\n", "small.txt": "1\n"} {
		c, ok := snap.Content(change.AtHead, path)
		if !ok || !c.Read() || string(c.Body) != want {
			t.Errorf("%s: %d bytes, %q", path, len(c.Body), c.Problem)
		}
	}
	if got := s.hub.Count("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}"); got < 2 {
		t.Errorf("%d blobs were read by themselves, want 2", got)
	}
}

// TestWantsThatAreNotShown: content that GitHub does not show is a gap that another try may fill, and no failure of the
// look; a rate limit is waited for.
func TestWantsThatAreNotShown(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault traffic.Fault
		want  string
	}{
		{"404", traffic.Fault{Status: 404}, "GitHub did not show its content"},
		{"500", traffic.Fault{Status: 500}, "GitHub did not show its content"},
		{"another content", traffic.Fault{Status: 200, Body: "half"}, "GitHub did not show its content"},
		{"a limit", traffic.Fault{Status: 429, Header: map[string]string{"Retry-After": "30"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, fakehub.Options{})
			n, _ := s.topic(t, "wanted", fakehub.Files{"latin.txt": "\xe9t\xe9\n", "small.txt": "1\n"})
			s.read(t, n) // the controls are kept
			s.forge.Wants = wantBothSides
			c.fault.Method, c.fault.Route = "GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}"
			s.hub.Fault(c.fault)
			snap, err := s.forge.Snapshot(t.Context(), s.record(n))
			if limited, ok := errors.AsType[*change.Limited](err); ok != (c.want == "") {
				t.Fatalf("%v, %v", limited, err)
			}
			if c.want == "" {
				return
			}
			must(t, err)
			if small, _ := snap.Content(change.AtHead, "small.txt"); string(small.Body) != "1\n" {
				t.Errorf("what was shown is not there: %+v", small)
			}
			latin, ok := snap.Content(change.AtHead, "latin.txt")
			if !ok || latin.Read() || latin.Problem != c.want {
				t.Errorf("%+v", latin)
			}
			if len(snap.Gaps) != 1 || snap.Gaps[0].Fact != "contents" || snap.Gaps[0].Path != "latin.txt" || !snap.Gaps[0].Passing {
				t.Errorf("%+v", snap.Gaps)
			}
		})
	}
}
