package change

import (
	"errors"
	"testing"
)

// TestOnForge: a name is found where it is; one that both forges have is never guessed, and a fault is no absence.
func TestOnForge(t *testing.T) {
	fault := errors.New("the database is gone")
	for what, c := range map[string]struct {
		named Forge
		on    map[Forge]error
		want  Forge
		err   error
	}{
		"on GitHub alone":           {"", map[Forge]error{GitHub: nil, GitLab: ErrNotFound}, GitHub, nil},
		"on GitLab alone":           {"", map[Forge]error{GitHub: ErrNotFound, GitLab: nil}, GitLab, nil},
		"on both, and GitLab named": {GitLab, map[Forge]error{GitHub: nil, GitLab: nil}, GitLab, nil},
		"on GitHub, GitLab named":   {GitLab, map[Forge]error{GitHub: nil, GitLab: ErrNotFound}, "", ErrNotFound},
		"nowhere":                   {"", map[Forge]error{GitHub: ErrNotFound, GitLab: ErrNotFound}, "", ErrNotFound},
		"a fault":                   {"", map[Forge]error{GitHub: nil, GitLab: fault}, "", fault},
	} {
		on, found, err := OnForge(c.named, "acme/shop", func(f Forge) (string, error) { return string(f), c.on[f] })
		if on != c.want || !errors.Is(err, c.err) || err == nil && found != string(c.want) {
			t.Errorf("%s: %q, %q, %v", what, on, found, err)
		}
	}
	_, _, err := OnForge("", "acme/shop", func(f Forge) (string, error) { return string(f), nil })
	if both, ok := errors.AsType[*Ambiguous](err); !ok || both.Name != "acme/shop" {
		t.Errorf("a name that both have: %v", err)
	}
}
