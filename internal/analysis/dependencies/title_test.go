package dependencies

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

func TestWhatTheTitleAnnounces(t *testing.T) {
	for _, c := range []struct {
		title string
		is    Change
		want  bool
	}{
		{"chore(deps): update dependency lint-staged to v17", Change{Name: "lint-staged", New: "17.0.5"}, true},
		{"Bump isort from 6.1.0 to 7.0.0", Change{Name: "isort", New: "7.0.0"}, true},
		{"Update graalvm to v1 (major)", Change{Name: "org.graalvm.buildtools.native", New: "1.0.0"}, true},
		{"Upgrade draftjs_exporter to v7", Change{Name: "draftjs-exporter", New: "7.0.0"}, true},
		{"Update the gradle plugin to 9", Change{Name: "com.android.tools.build:gradle", New: "9.0.0"}, false},
		{"fix(deps): update all non-major dependencies", Change{Name: "vitepress", New: "5.0.2"}, false},
		{"Update pytest-cov", Change{Name: "pytest-cov", New: "7.0.0"}, false},
		{"Revert the bump of es-module-lexer", Change{Name: "es-module-lexer", New: "2.1.0", Kind: "downgraded"}, true},
		{"Update es-module-lexer", Change{Name: "es-module-lexer", New: "2.1.0", Kind: "downgraded"}, false},
	} {
		a := &analysis{snapshot: &change.Snapshot{Title: &c.title}}
		list := []Change{c.is}
		if a.announce(list); list[0].Announced != c.want {
			t.Errorf("%s, %s: %v", c.title, c.is.Name, list[0].Announced)
		}
	}
}

func TestPackagesOfTheOwner(t *testing.T) {
	for _, c := range []struct {
		owner, ecosystem, name string
		want                   bool
	}{
		{"acme", "npm", "@acme/cart", true}, {"Acme", "Maven", "org.acme.shop:cart", true}, {"acme", "Go", "github.com/acme/cart", true},
		{"acme", "Packagist", "acme/cart", true}, {"acme", "npm", "acme-cart", false}, {"acme", "npm", "@acme-shop/cart", false},
		{"", "npm", "@acme/cart", false},
	} {
		a := &analysis{snapshot: &change.Snapshot{Repository: change.Repository{Owner: c.owner}}}
		list := []Change{{Ecosystem: c.ecosystem, Name: c.name}}
		if a.announce(list); list[0].Own != c.want {
			t.Errorf("%s, %s: %v", c.owner, c.name, list[0].Own)
		}
	}
}

// Limits of what is asked for elsewhere ask for nothing, and neither do the templates of a generator.
func TestFilesThatAskForNothing(t *testing.T) {
	for path, want := range map[string]bool{
		"requirements.txt": true, "requirements/dev.txt": true, "requirements/constraints.txt": false, "build-constraints.txt": false,
		"create-shop/template-react/package.json": false, "templates/package.json": false, "template.d/package.json": true,
	} {
		f := analyse(t, nil, files{path: "{}"})
		if (len(f.Read)+len(f.Unread) > 0) != want {
			t.Errorf("%s: read %v, unread %v", path, f.Read, f.Unread)
		}
	}
}
