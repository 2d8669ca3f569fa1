package controls

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestIs(t *testing.T) {
	for p, want := range map[string]bool{
		".github/lintel.yml": true, "CODEOWNERS": true, ".github/CODEOWNERS": true, "docs/CODEOWNERS": true, ".gitattributes": true,
		"src/deep/.gitattributes": true,
		"src/CODEOWNERS":          false, "lintel.yml": false, ".github/lintel.yaml": false, "x.gitattributes": false,
		"docs/codeowners": false,
		"":                false,
	} {
		if got := Is(p); got != want {
			t.Errorf("%q: %v", p, got)
		}
	}
}

// TestDigest: the digest names the branch, the merge settings and the files at the fixed places, and nothing that a
// sweep cannot see. Its value is stored beside every verdict: a new one would have every open change of every
// connection judged again.
func TestDigest(t *testing.T) {
	ids := map[string]string{SettingsPath: "a", "CODEOWNERS": "b", "src/.gitattributes": "c"}
	const merges = "hidden hidden hidden  "
	first := Digest("main", merges, ids)
	if want := "sha256:7117feaa5c9c6cbb8298812a3564b01fef03c09ea17a2ec1680dbda08a3158f4"; first != want {
		t.Errorf("%s, want %s", first, want)
	}
	ids["src/.gitattributes"] = "d"
	if Digest("main", merges, ids) != first {
		t.Error("a file that no sweep can see is in the digest")
	}
	if Digest("stable", merges, ids) == first || Digest("main", "false hidden hidden  ", ids) == first {
		t.Error("the branch or the merge settings are not in the digest")
	}
	ids["CODEOWNERS"] = "c"
	if Digest("main", merges, ids) == first {
		t.Error("CODEOWNERS is not in the digest")
	}
}

func TestProblem(t *testing.T) {
	place := Settings()
	for _, c := range []struct {
		plain bool
		size  int64
		want  string
	}{
		{true, 0, ""},
		{true, MaxSettings, ""},
		{true, MaxSettings + 1, "it has 262145 bytes, more than 262144"},
		{false, 3, "it is not a plain file (a symbolic link or a folder is not followed)"},
	} {
		if got := place.Problem(c.plain, c.size); got != c.want {
			t.Errorf("plain %v, %d bytes: %q, want %q", c.plain, c.size, got, c.want)
		}
	}
}

func TestAttributes(t *testing.T) {
	places, problem := Attributes([]string{"a/b/c.go", "a/d.go", "e.go", "", "a/b/f.go"})
	var got []string
	for _, p := range places {
		got = append(got, p.Path)
	}
	if want := []string{"a/.gitattributes", "a/b/.gitattributes"}; !slices.Equal(got, want) || problem != "" {
		t.Errorf("%v, %q, want %v", got, problem, want)
	}
	var many []string
	for i := range maxFolders + 1 {
		many = append(many, fmt.Sprintf("d%d/x", i))
	}
	if places, problem = Attributes(many[1:]); len(places) != maxFolders || problem != "" {
		t.Errorf("at the limit: %d places, %q", len(places), problem)
	}
	if places, problem = Attributes(many); len(places) != maxFolders || !strings.Contains(problem, "5001 folders") {
		t.Errorf("above the limit: %d places, %q", len(places), problem)
	}
}

func TestManifests(t *testing.T) {
	entries := func(n int, size int64) (all []Entry) {
		for i := range n {
			all = append(all, Entry{Path: fmt.Sprintf("m%d/go.mod", i), Size: size, Plain: true})
		}
		return all
	}
	odd := []Entry{
		{Path: "link/go.mod", Size: 9},
		{Path: "large/go.mod", Size: MaxManifest + 1, Plain: true},
		{Path: "full/go.mod", Size: MaxManifest, Plain: true},
	}
	for _, c := range []struct {
		what  string
		found []Entry
		read  int
		left  string
	}{
		{"none", nil, 0, ""},
		{"at the limit", entries(maxManifests, 10), maxManifests, ""},
		{"one too many", entries(maxManifests+1, 10), maxManifests,
			": 500 of 501 go.mod files were read (500 files, or 8388608 bytes in all, at most)"},
		{"too many bytes", entries(40, MaxManifest), 32, ": 32 of 40 go.mod files were read (500 files, or 8388608 bytes in all, at most)"},
		{"odd ones", odd, 1,
			"link/go.mod: it is not a plain file (a symbolic link or a folder is not followed); large/go.mod: it has " +
				"262145 bytes, more than 262144"},
	} {
		read, left := Manifests(c.found)
		var lines []string
		for _, o := range left {
			lines = append(lines, o.Path+": "+o.Reason)
		}
		if got := strings.Join(lines, "; "); len(read) != c.read || got != c.left {
			t.Errorf("%s: %d read, left %q, want %d and %q", c.what, len(read), got, c.read, c.left)
		}
	}
}
