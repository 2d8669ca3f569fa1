package risk

import "testing"

func TestOfFile(t *testing.T) {
	for path, want := range map[string]struct {
		points int
		about  string
	}{
		"db/migrations/0001_init.py": {4, "Migration of stored data"},
		"pkg/userAuth/check.go":      {3, "File about secrets, access or payment"},
		"deploy/app.yaml":            {2, "File that builds, deploys or runs CI"},
		"CODEOWNERS":                 {2, "File that rules reviews"},
		"go.mod":                     {1, "File that says which packages are used"},
		"pkg/auth/check_test.go":     {},
		"src/a.go":                   {},
	} {
		if points, about := OfFile(path, ""); points != want.points || about != want.about {
			t.Errorf("%s: %d %q, want %d %q", path, points, about, want.points, want.about)
		}
	}
	if got := About("old/CODEOWNERS", "CODEOWNERS"); got != Rules {
		t.Errorf("a CODEOWNERS that is moved away is about %q", got)
	}
}
