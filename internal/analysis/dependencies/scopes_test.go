package dependencies

import (
	"slices"
	"strings"
	"testing"
)

// TestOwnScope shows whose the project is where nobody says its owner, as in a plain clone.
func TestOwnScope(t *testing.T) {
	const asks = "\"dependencies\": {\"lodash\": \"1\""
	for name, tc := range map[string]struct {
		file, base, head string
		first            bool
	}{
		"its own": {
			"package.json",
			`{"name": "@acme/app", ` + asks + `}}`,
			`{"name": "@acme/app", ` + asks + `, "@acme/ui": "1"}}`,
			false,
		},
		"another's": {
			"package.json",
			`{"name": "@acme/app", ` + asks + `}}`,
			`{"name": "@acme/app", ` + asks + `, "@evil/ui": "1"}}`,
			true,
		},
		"taken just so": {
			"package.json",
			`{"name": "@acme/app", ` + asks + `}}`,
			`{"name": "@evil/app", ` + asks + `, "@evil/ui": "1"}}`,
			true,
		},
		"not known": {
			"package.json",
			`{"name": "app", ` + asks + `}}`,
			`{"name": "app", ` + asks + `, "@acme/ui": "1"}}`,
			false,
		},
		"Go": {"go.mod", "module example.org/acme/app\nrequire example.com/x/y v1.0.0\n",
			"module example.org/acme/app\nrequire (\nexample.com/x/y v1.0.0\nexample.org/acme/z v1.0.0\n)\n", false},
		"Composer": {"composer.json", `{"name": "Acme/app", "require": {"x/y": "1"}}`,
			`{"name": "Acme/app", "require": {"x/y": "1", "acme/z": "1", "php": ">=8"}}`, false},
	} {
		f := analyse(t, files{tc.file: tc.base}, files{tc.file: tc.head})
		if len(f.Changes) != 1 || f.Changes[0].FirstOfPublisher != tc.first {
			t.Errorf("%s: %+v", name, f.Changes)
		}
	}
}

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
		"both are well known": {
			[]string{"react"}, []string{"react", "preact"},
			"preact", said{},
		},
		"almost a well-known one": {
			[]string{"preact"}, []string{"preact", "preactt"},
			"preactt", said{"preact", false},
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
		s := snapshot(t, base, files{"package.json": asks(tc.after...)}, options())
		s.Repository.Owner = "someone"
		f := Analyse(s, options())
		i := slices.IndexFunc(f.Changes, func(c Change) bool { return c.Name == tc.of })
		if i < 0 {
			t.Errorf("%s: %+v", name, f.Changes)
		} else if got := (said{f.Changes[i].Resembles, f.Changes[i].FirstOfPublisher}); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
