package change

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/diff"
)

func TestWantSides(t *testing.T) {
	both := []Want{{"old.go", AtBase, 9, "smells"}, {"new.go", AtHead, 9, "smells"}}
	for name, c := range map[string]struct {
		file diff.File
		want []Want
	}{
		"renamed":   {diff.File{Path: "new.go", OldPath: "old.go", Status: diff.Renamed, State: diff.Text}, both},
		"modified":  {diff.File{Path: "a", Status: diff.Modified}, []Want{{"a", AtBase, 9, "smells"}, {"a", AtHead, 9, "smells"}}},
		"added":     {diff.File{Path: "a", Status: diff.Added, State: diff.Text}, []Want{{"a", AtHead, 9, "smells"}}},
		"copied":    {diff.File{Path: "a", OldPath: "b", Status: diff.Copied}, []Want{{"a", AtHead, 9, "smells"}}},
		"removed":   {diff.File{Path: "a", Status: diff.Removed, State: diff.Text}, []Want{{"a", AtBase, 9, "smells"}}},
		"binary":    {diff.File{Path: "a", Status: diff.Modified, State: diff.Binary}, nil},
		"symlink":   {diff.File{Path: "a", Status: diff.Modified, State: diff.Symlink}, nil},
		"submodule": {diff.File{Path: "a", Status: diff.Added, State: diff.Submodule}, nil},
	} {
		if d := cmp.Diff(c.want, WantSides(c.file, 9, "smells")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// read settles wants as a forge does: by what the tree has, and then by the bodies of the blobs.
func read(wants []Want, found []Found, bodies map[string]string) *Snapshot {
	s := &Snapshot{}
	contents := PlanContents(wants, found)
	for i := range contents {
		if contents[i].Read() {
			contents[i].SetBody([]byte(bodies[contents[i].Blob]))
		}
	}
	s.AddContents(wants, contents)
	return s
}

func TestContents(t *testing.T) {
	wants := []Want{
		{"z.txt", AtHead, 3, "secrets"},
		{"a.lock", AtHead, 100, "dependencies"},
		{"a.lock", AtBase, 100, "dependencies"},
		{"large", AtBase, 2, "smells, tests"},
		{"link", AtHead, 9, "smells"},
		{"image", AtHead, 9, "secrets"},
		{"empty", AtHead, 9, "secrets"},
	}
	found := []Found{{"b1", 3, true}, {}, {"b2", 4, true}, {"b3", 3, true}, {"b4", 1, false}, {"b5", 2, true}, {"b6", 0, true}}
	s := read(wants, found, map[string]string{"b1": "one", "b2": "lock", "b5": "\x00x"})
	want := []Content{
		{Path: "a.lock", Side: AtBase, Blob: "b2", Size: 4, Body: []byte("lock")},
		{Path: "a.lock", Side: AtHead, Absent: true},
		{Path: "empty", Side: AtHead, Blob: "b6", Body: []byte{}},
		{Path: "image", Side: AtHead, Blob: "b5", Size: 2, Problem: "it is binary"},
		{Path: "large", Side: AtBase, Blob: "b3", Size: 3, Problem: "it has 3 bytes, more than 2"},
		{Path: "link", Side: AtHead, Blob: "b4", Size: 1,
			Problem: "it is not a plain file (a symbolic link or a folder is not followed)"},
		{Path: "z.txt", Side: AtHead, Blob: "b1", Size: 3, Body: []byte("one")},
	}
	if d := cmp.Diff(want, s.Contents); d != "" {
		t.Error(d)
	}
	gaps := []Gap{
		{Fact: "contents", Path: "large", Reason: "base of the change: it has 3 bytes, more than 2 (wanted by smells, tests)"},
		{Fact: "contents", Path: "link",
			Reason: "head of the change: it is not a plain file (a symbolic link or a folder is not followed) (wanted by smells)"},
		{Fact: "contents", Path: "image", Reason: "head of the change: it is binary (wanted by secrets)"},
	}
	if d := cmp.Diff(gaps, s.Gaps); d != "" {
		t.Error(d)
	}
	for _, w := range wants {
		if c, ok := s.Content(w.Side, w.Path); !ok || c.Path != w.Path || c.Side != w.Side {
			t.Errorf("what became of %+v is not found: %+v", w, c)
		}
	}
	if c, ok := s.Content(AtBase, "z.txt"); ok {
		t.Errorf("nobody wanted this: %+v", c)
	}
}

func TestContentsWithinTheBudget(t *testing.T) {
	const quarter = maxContentBytes / 4
	wants := make([]Want, MaxContents+2)
	found := make([]Found, MaxContents)
	for i := range wants {
		wants[i] = Want{Path: fmt.Sprintf("f%04d", i), Side: AtHead, Max: 2 * quarter, Why: []string{"smells", "tests"}[i%2]}
	}
	for i := range found {
		found[i] = Found{Blob: fmt.Sprint(i), Size: 1, Plain: true}
	}
	// The same blob costs once; the fifth of this size does not fit, and the small ones after it do.
	for i, blob := range []string{"a", "a", "b", "c", "d", "e"} {
		found[i] = Found{Blob: blob, Size: quarter - 200, Plain: true}
	}
	contents := PlanContents(wants, found)
	var spent []string
	for _, c := range contents {
		if !c.Read() {
			spent = append(spent, c.Path)
		}
	}
	if want := []string{"f0005", "f0500", "f0501"}; !slices.Equal(spent, want) {
		t.Errorf("not read: %q, want %q", spent, want)
	}
	s := &Snapshot{}
	s.AddContents(wants, contents)
	if len(s.Gaps) != 1 || s.Gaps[0].Path != "" || !strings.HasPrefix(s.Gaps[0].Reason, "3 of 502 files were not read: ") ||
		!strings.HasSuffix(s.Gaps[0].Reason, "(wanted by smells, tests)") {
		t.Errorf("%+v", s.Gaps)
	}
}

// Whatever stands in the trees, every want comes to one content, in the order in which Content finds it, and what is not
// read although something stands there is in a gap.
func FuzzContents(f *testing.F) {
	f.Add([]byte{3, 1, 2, 0, 4, 255, 9, 9, 9})
	f.Fuzz(func(t *testing.T, recipe []byte) {
		var wants []Want
		var found []Found
		bodies := map[string]string{}
		for i := 0; i+3 < len(recipe); i += 4 {
			w := Want{Path: fmt.Sprintf("p%02x", i), Side: []Side{AtBase, AtHead}[recipe[i]%2], Max: int64(recipe[i+1]), Why: "w"}
			wants = append(wants, w)
			if recipe[i]&64 != 0 {
				continue // beyond the budget of files
			}
			body := strings.Repeat(string(rune(recipe[i+3]%3)), int(recipe[i+2]))
			blob := fmt.Sprintf("b%d-%d", recipe[i+3]%3, len(body)) // one id, one content
			if recipe[i]&32 != 0 {
				blob, body = "", ""
			}
			found = append(found, Found{Blob: blob, Size: int64(len(body)), Plain: recipe[i]&16 == 0})
			bodies[blob] = body
		}
		found = found[:min(len(found), len(wants))]
		s := read(wants, found, bodies)
		if len(s.Contents) != len(wants) {
			t.Fatalf("%d wants came to %d contents", len(wants), len(s.Contents))
		}
		for _, w := range wants {
			c, ok := s.Content(w.Side, w.Path)
			if !ok {
				t.Fatalf("nothing became of %+v", w)
			}
			told := slices.ContainsFunc(s.Gaps, func(g Gap) bool { return g.Path == w.Path || g.Path == "" })
			if c.Problem != "" && !told {
				t.Fatalf("%+v is in no gap", c)
			}
			if c.Read() && int64(len(c.Body)) > w.Max {
				t.Fatalf("%+v is larger than %d", c, w.Max)
			}
		}
	})
}
