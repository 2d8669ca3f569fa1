//race:unwatched
package operator

import (
	"context"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// TestNamesOfChanges reads what people write on each forge: the sigil says which, and groups of GitLab are nested.
func TestNamesOfChanges(t *testing.T) {
	for name, want := range map[string]Pull{
		"acme/shop#12":        {change.GitHub, "acme", "shop", 12},
		"group/sub/name!12":   {change.GitLab, "group/sub", "name", 12},
		"group/name.x_y-z!1":  {change.GitLab, "group", "name.x_y-z", 1},
		"a/b/c/d/e/f/g/h/i!9": {change.GitLab, "a/b/c/d/e/f/g/h", "i", 9},
	} {
		got, err := parsePull(name)
		if err != nil || got != want || got.String() != name {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for address, want := range map[string]Pull{
		"https://github.com/acme/shop/pull/12":                              {change.GitHub, "acme", "shop", 12},
		"https://github.com/acme/shop/pull/12/files#diff-1":                 {change.GitHub, "acme", "shop", 12},
		"http://git.example.com:8080/group/sub/name/-/merge_requests/3?x=1": {change.GitLab, "group/sub", "name", 3},
	} {
		if got, err := parsePull(address); err != nil || got != want {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	for _, name := range []string{"https://github.com/acme/shop/issues/12", "https://github.com/shop/pull/12",
		"https://github.com/acme/shop/pull/0",
		"https://github.com/acme/sh%6fp/pull/1", "", "acme/shop", "acme/sub/shop#12", "shop!1", "group//name!1",
		"group/name!0", "/group/name!1", "a/b!1x", "../b!1"} {
		if got, err := parsePull(name); err == nil {
			t.Errorf("%q names %+v", name, got)
		}
	}
}

// inMemory are the names of repositories on each forge.
type inMemory map[change.Forge]string

func (m inMemory) RepositoryNamed(_ context.Context, forge change.Forge, owner, name string) (change.Repository, error) {
	if m[forge] != owner+"/"+name {
		return change.Repository{}, change.ErrNotFound
	}
	return change.Repository{Owner: owner, Name: name}, nil
}

// TestRepositoriesByName: a name is found on the forge that has it, nested groups included; where both have it a person
// is asked to say which, and is told what to do where neither has.
func TestRepositoriesByName(t *testing.T) {
	record := inMemory{change.GitHub: "acme/shop", change.GitLab: "group/sub/name"}
	for name, want := range map[string]change.Forge{"acme/shop": change.GitHub, "group/sub/name": change.GitLab} {
		if err := CheckRepository(name); err != nil {
			t.Error(err)
		}
		if forge, _, err := (ForgeFlag{}).Repository(t.Context(), record, name); err != nil || forge != want {
			t.Errorf("%s: %q %v", name, forge, err)
		}
	}
	record[change.GitLab] = "acme/shop"
	_, _, err := (ForgeFlag{}).Repository(t.Context(), record, "acme/shop")
	if err == nil || !strings.Contains(err.Error(), "--forge gitlab") {
		t.Errorf("a name that both have: %v", err)
	}
	if forge, _, err := (ForgeFlag{Forge: "gitlab"}).Repository(t.Context(), record, "acme/shop"); err != nil || forge != change.GitLab {
		t.Errorf("%q %v", forge, err)
	}
	_, _, err = (ForgeFlag{}).Repository(t.Context(), record, "acme/cart")
	if err == nil || !strings.Contains(err.Error(), "spelling") {
		t.Errorf("a name that neither has: %v", err)
	}
	for _, name := range []string{"", "shop", "/shop", "acme/", "acme//shop", "../shop", "a b/shop", "acme/shop#1"} {
		if CheckRepository(name) == nil {
			t.Errorf("%q names a repository", name)
		}
	}
}
