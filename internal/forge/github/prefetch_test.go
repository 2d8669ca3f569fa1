package github_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// TestPushAfterApprovalIsOneRoundTrip holds the reading of a push after an approval to three calls that are under way
// together, whatever its truth: the modes that tell whether the approval still holds are asked for beside the change
// itself.
func TestPushAfterApprovalIsOneRoundTrip(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	push := func(c fakehub.Commit) string {
		c.Branch, c.Author = "coupon", "wendy"
		sha, err := s.hub.Commit("acme/shop", c)
		must(t, err)
		return sha
	}
	approved := push(fakehub.Commit{
		Message: "feat: coupon",
		Files:   fakehub.Files{"pay/coupon.go": "package pay\n", "pay/sub/x.go": "package sub\n", "README.md": "# Shop, with coupons\n"},
	})
	n, err := s.hub.OpenPull("acme/shop", fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: coupon", Author: "wendy"})
	must(t, err)
	_, err = s.hub.Review("acme/shop", n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	base := s.hub.Tip("acme/shop", "main")
	look := func(head string) change.Snapshot {
		t.Helper()
		r := s.record(n)
		r.Head.SHA, r.Base = head, change.Rev{Ref: "main", SHA: base}
		snap, err := s.forge.Snapshot(context.Background(), r)
		must(t, err)
		if snap.Head.SHA != head {
			t.Fatalf("read head %s, want %s", snap.Head.SHA, head)
		}
		return snap
	}
	look(approved)
	s.hub.Reset()
	look(approved)
	if n := len(s.hub.Requests()); n != 1 {
		t.Errorf("an approval of the head that was read before took %d calls to read, want 1", n)
	}
	// the old head's modes are read once
	look(push(fakehub.Commit{Message: "fix: name", Files: fakehub.Files{"README.md": "# Shop with coupons\n"}}))

	head := push(fakehub.Commit{
		Message: "fix: mode",
		Files:   fakehub.Files{"pay/coupon.go": "package pay\n"},
		Modes:   map[string]string{"pay/coupon.go": fakehub.ModeExec},
	})
	s.hub.Reset()
	s.meet(t, 0, 3)
	snap := look(head)
	if n := len(s.hub.Requests()); n != 3 {
		t.Errorf("%d calls, want 3\n%v", n, s.hub.Requests())
	}
	for _, f := range snap.Files {
		if f.Mode == "" || (f.OldMode == "" && f.Status != diff.Added) {
			t.Errorf("the modes of %s are not known: %q, %q", f.Path, f.OldMode, f.Mode)
		}
		if want := map[bool]string{true: fakehub.ModeExec, false: "100644"}[f.Path == "pay/coupon.go"]; f.Mode != want {
			t.Errorf("%s has mode %s, want %s", f.Path, f.Mode, want)
		}
	}
	old := snap.Reviewed[approved]
	if !old.Complete || len(old.Files) != 3 {
		t.Fatalf("the approved head is %+v", old)
	}
	for _, f := range old.Files {
		if f.Mode != "100644" {
			t.Errorf("at the approved head %s has mode %q", f.Path, f.Mode)
		}
	}

	// The prefetched paths may be wrong: another file changed, and the earlier ones are gone. The modes are read all the same.
	moved, err := s.hub.Commit("acme/shop",
		fakehub.Commit{
			Branch:  "coupon",
			Parents: []string{s.hub.Tip("acme/shop", "main")},
			Force:   true,
			Author:  "wendy",
			Message: "feat: voucher",
			Files:   fakehub.Files{"pay/voucher.go": "package pay\n"},
		})
	must(t, err)
	if snap := look(moved); len(snap.Files) != 1 || snap.Files[0].Mode != "100644" {
		t.Errorf("after a force push: %+v", snap.Files)
	}
}

// TestContentsComeTogether: the files that advice reads cost one query, however many; what that cannot give word for
// word is read by itself, and what is no text or too large stays out.
func TestContentsComeTogether(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	want := map[string]string{"latin.txt": "caf\xe9\n"}
	for i := range 14 {
		want[fmt.Sprintf("more/part%02d.go", i)] = fmt.Sprintf("package more // %d\n", i)
	}
	files := fakehub.Files{"bytes.bin": "a\x00b", "large.go": strings.Repeat("// long\n", 400)}
	maps.Copy(files, want)
	sha, err := s.hub.Commit("acme/shop", fakehub.Commit{Branch: "coupon", Author: "wendy", Message: "feat: parts", Files: files})
	must(t, err)
	ref := s.record(1).Ref
	tree, err := s.forge.Tree(t.Context(), ref, sha)
	must(t, err)
	var list []diff.File
	for i, p := range tree.Paths {
		if _, ok := files[p]; ok {
			list = append(list, diff.File{Path: p, Blob: tree.Blobs[i], State: diff.Text})
		}
	}
	s.hub.Reset()
	got, err := s.forge.Contents(t.Context(), ref, list, 2000)
	must(t, err)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// One query, and one call each for the file in another encoding and for the binary one.
	if n := len(s.hub.Requests()); n != 3 {
		t.Errorf("%d calls for %d files, want 3\n%v", n, len(list), s.hub.Requests())
	}
	s.hub.Reset()
	if _, err := s.forge.Contents(t.Context(), ref, list[:1], 2000); err != nil || len(s.hub.Requests()) != 1 {
		t.Errorf("one file: %v, %v", s.hub.Requests(), err)
	}
}
