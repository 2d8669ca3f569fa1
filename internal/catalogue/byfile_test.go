package catalogue_test

import (
	"testing"

	"github.com/lintel-review/lintel/internal/catalogue"
)

// TestByFile: what a tool says of a file is kept only where no setting could have loaded another one.
func TestByFile(t *testing.T) {
	type set map[string]string
	for _, c := range []struct {
		tool string
		set  set
		want bool
	}{
		{"gofmt", set{}, true}, {"shellcheck", set{}, false}, {"ruff", set{}, false}, {"rubocop", set{}, false}, {"eslint", set{}, false},
		{"black", set{"pyproject.toml": "[tool.black]"}, true}, {"black", set{"a/pyproject.toml": ""}, false},
		{"yamllint", set{".yamllint": "extends: default\nrules: {}\n", ".gitignore": "!extends"}, true},
		{"yamllint", set{".yamllint.yml": "# mine\nextends: \"relaxed\" # as is\nignore: |\n  *.tpl.yml\n"}, true},
		{"yamllint", set{".yamllint": "extends: base.yml\n"}, false},
		{"yamllint", set{".yamllint": "extends: default.yml\n"}, false},
		{"yamllint", set{".yamllint": "? extends\n: base.yml\n"}, false},
		{"yamllint", set{".yamllint": "\"ext\\x65nds\": base.yml\n"}, false},
		{"yamllint", set{".yamllint": "{extends: base.yml}\n"}, false},
		{"yamllint", set{".yamllint": "ignore-from-file: a.yml\n"}, false},
		{"prettier", set{}, true},
		{"prettier", set{"package.json": `{"devDependencies": {"prettier": "3.1.0"}}`, ".editorconfig": "[*]\n"}, true},
		{"prettier", set{"package.json": `{"prettier": {"semi": false}}`}, true},
		{"prettier", set{"package.json": `{"prettier": "./a.js"}`}, false},
		{"prettier", set{"package.json": `{"prettier": {"plugins": ["./a.js"]}}`}, false},
		{"prettier", set{"package.json": `{"prettier": "./a.js", "Prettier": {}}`}, false},
		{"prettier", set{"package.json": `{"\u0070rettier": "./a.js"}`}, false},
		{"prettier", set{"package.json": `{`}, false},
		{"prettier", set{".prettierrc": "semi: false\noverrides:\n  - files: '*.js'\n    options:\n      parser: babel\n"}, true},
		{"prettier", set{".prettierrc": `{"semi":false,"overrides":[{"options":{"parser": "babel",` + "\n" + `"tabWidth":1}}]}`}, true},
		{"prettier", set{".prettierrc.toml": "semi = false\nparser = \"babel\"\n"}, true},
		{"prettier", set{".prettierrc": "\"./a.js\""}, false}, {"prettier", set{".prettierrc": "./a.js\n"}, false},
		{"prettier", set{".prettierrc.json": "\"./a: b.js\""}, false}, {"prettier", set{".prettierrc": "./a:b.js"}, false},
		{"prettier", set{".prettierrc": "parser: ./a.js\n"}, false}, {"prettier", set{"x/.prettierrc": "plugins: [./a.js]\n"}, false},
		{"prettier", set{".prettierrc": "\"plu\\u0067ins\": [./a.js]\n"}, false}, {"prettier", set{"prettier.config.mjs": ""}, false},
		{"prettier", set{".prettierrc.cjs": ""}, false}, {"prettier", set{".prettierrc": ">\n  ./a.js\n"}, false},
	} {
		tool, ok := catalogue.Find(c.tool)
		if !ok {
			t.Fatal(c.tool)
		}
		set := map[string][]byte{}
		for name, text := range c.set {
			set[name] = []byte(text)
		}
		if got := tool.ByFile(set); got != c.want {
			t.Errorf("%s with %q: %v", c.tool, c.set, got)
		}
	}
}
