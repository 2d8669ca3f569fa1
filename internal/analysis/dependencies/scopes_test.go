package dependencies

import (
	"slices"
	"strings"
	"testing"
)

// TestScopes shows what is said of the publisher of a new direct dependency, as far as its name tells him.
func TestScopes(t *testing.T) {
	asks := func(names ...string) string {
		return `{"dependencies": {"` + strings.Join(names, `": "1", "`) + `": "1"}}`
	}
	type said struct {
		resembles string
		first     bool
	}
	for name, tc := range map[string]struct {
		before, after []string
		of            string
		want          said
	}{
		"a scope before the name": {
			[]string{"lodash"}, []string{"lodash", "@evil/lodash"},
			"@evil/lodash", said{"lodash", true},
		},
		"the scope is left out": {
			[]string{"@acme/billing"}, []string{"@acme/billing", "billing"},
			"billing", said{"@acme/billing", false},
		},
		"another scope in its place": {
			[]string{"@acme/button"}, []string{"@acne2/button"},
			"@acne2/button", said{"@acme/button", true},
		},
		"another scope beside it": {
			[]string{"@babel/parser"}, []string{"@babel/parser", "@angular/parser"},
			"@angular/parser", said{"", true},
		},
		"a scope that is known": {
			[]string{"@acme/ui", "lodash"}, []string{"@acme/ui", "lodash", "@acme/lodash"},
			"@acme/lodash", said{},
		},
		"types": {
			[]string{"lodash"}, []string{"lodash", "@types/lodash"},
			"@types/lodash", said{},
		},
		"a short name": {
			[]string{"core"}, []string{"core", "@x/core"},
			"@x/core", said{"", true},
		},
		"another of a known scope": {
			[]string{"@acme/ui"}, []string{"@acme/ui", "@acme/button"},
			"@acme/button", said{},
		},
		"the first of all": {
			nil, []string{"@acme/ui"},
			"@acme/ui", said{},
		},
		"a name without a scope": {
			[]string{"lodash"}, []string{"lodash", "rambda"},
			"rambda", said{},
		},
	} {
		base := files{"package.json": asks(tc.before...)}
		if tc.before == nil {
			base = files{}
		}
		f := analyse(t, base, files{"package.json": asks(tc.after...)})
		i := slices.IndexFunc(f.Changes, func(c Change) bool { return c.Name == tc.of })
		if i < 0 {
			t.Errorf("%s: %+v", name, f.Changes)
		} else if got := (said{f.Changes[i].Resembles, f.Changes[i].FirstOfPublisher}); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
