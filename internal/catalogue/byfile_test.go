package catalogue_test

import (
	"testing"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/language"
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
		{"yamllint", set{".yamllint": "\xff\xfee\x00x\x00t\x00e\x00n\x00d\x00s\x00:\x00 \x00b\x00.\x00y\x00m\x00l\x00"}, false},
		{"yamllint", set{".yamllint": "\x00e\x00x\x00t\x00e\x00n\x00d\x00s\x00:\x00 \x00b\x00.\x00y\x00m\x00l"}, false},
		{"black", set{".hg/a.py": ""}, false},
		{"prettier", set{}, true},
		{"prettier", set{"package.yaml": "name: a\n"}, true}, {"prettier", set{"package.yaml": "prettier: ./a.js\n"}, false},
		{"prettier", set{"package.yaml": "\"prett\\x69er\": ./a.js\n"}, false},
		{"prettier", set{".prettierrc": "parser: house\n"}, false}, {"prettier", set{".prettierrc": "parser: babel-ts\n"}, true},
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

// TestRoots: a folder that tools take for the root of a repository is a setting, wherever it lies, and so is every file by which
// prettier is set.
func TestRoots(t *testing.T) {
	for name, paths := range map[string][]string{
		"black":    {".hg/a.py", "x/.hg/a.py", "x/pyproject.toml"},
		"prettier": {"x/.hg/a.js", ".sl/a.js", "x/.jj/a.js", "package.yaml", "x/package.yaml", ".prettierrc.ts"},
	} {
		tool, _ := catalogue.Find(name)
		set, _ := language.ParseIgnore(tool.Settings)
		for _, path := range paths {
			if set.Match(path) == "" {
				t.Errorf("%s is not set by %s", name, path)
			}
		}
	}
}
