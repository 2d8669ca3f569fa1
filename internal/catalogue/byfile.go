package catalogue

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// ByFile reports whether what the tool says of one file depends on that file, its path and these settings alone, so that
// it may be kept for the next change with the same file. Settings are the files of Settings by path, with their content;
// nil asks whether it may be so at all. Where settings could load another file, one that the tool is given among them, it
// is not so: the next change may lack it.
func (t Tool) ByFile(settings map[string][]byte) bool { return t.byFile != nil && t.byFile(settings) }

// hidden reports whether a text in YAML or JSON may spell a word in another way: by an escape, an anchor, a tag, or in another
// encoding, which yamllint reads.
func hidden(text string) bool {
	return strings.ContainsAny(text, "\\&!\x00") || !utf8.ValidString(text)
}

func always(map[string][]byte) bool { return true }

// oneFolder is for a tool that looks for its settings from the folder on that all its files share: which folder that is
// makes no difference where they lie at the top.
func oneFolder(settings map[string][]byte) bool {
	for name := range settings {
		if strings.Contains(name, "/") {
			return false
		}
	}
	return true
}

var (
	extends = lazyregexp.New(`(?m)^extends: +["']?(default|relaxed|empty)["']?[ \r]*(#.*)?$`)
	// parser takes the names of prettier's own: prettier 2 loads any other as a file.
	parser = lazyregexp.New(`parser["']? *[:=] *["']?(acorn|angular|babel|babel-flow|babel-ts|css|espree|flow|glimmer|graphql|html|` +
		`json|json5|jsonc|json-stringify|less|lwc|markdown|mdx|meriyah|mjml|scss|typescript|vue|yaml)["']? *[,}\r]?(\n|$)`)
	oneKey = lazyregexp.New(`(?m)^[^#\n]*(:[ \r]|:$| ?= ?)`)
)

// plainYamllint: "extends" may name a file, and so may "ignore-from-file".
func plainYamllint(settings map[string][]byte) bool {
	for name, body := range settings {
		text := string(body)
		if strings.HasPrefix(path.Base(name), ".yamllint") && (hidden(text) || strings.Contains(text, "from-file") ||
			strings.Count(text, "extends") != len(extends.FindAllStringIndex(text, -1))) {
			return false
		}
	}
	return true
}

// plainPrettier: settings that are code, that are the name of a module, and that name plugins or a parser by path load files.
func plainPrettier(settings map[string][]byte) bool {
	for name, body := range settings {
		base, text := path.Base(name), string(body)
		switch {
		case base == "package.json":
			var keys map[string]json.RawMessage // a struct would take "Prettier" for it as well
			if json.Unmarshal(body, &keys) != nil {
				return false
			}
			if text = string(keys["prettier"]); text == "" {
				continue
			}
		case base == "package.yaml":
			if hidden(text) || strings.Contains(text, "prettier") {
				return false
			}
			continue
		case !strings.HasPrefix(base, ".prettierrc") && !strings.HasPrefix(base, "prettier.config."):
			continue
		case !slices.Contains([]string{".prettierrc", ".prettierrc.json", ".prettierrc.json5", ".prettierrc.yaml", ".prettierrc.yml",
			".prettierrc.toml"}, base):
			return false
		}
		if hidden(text) || strings.Contains(text, "plugin") || moduleName(strings.TrimSpace(text)) ||
			strings.Count(text, "parser") != len(parser.FindAllStringIndex(text, -1)) {
			return false
		}
	}
	return true
}

// moduleName reports whether settings are a lone text in JSON or YAML.
func moduleName(text string) bool {
	return text != "" && text[0] != '{' && (strings.ContainsAny(text[:1], `"'|>`) || !strings.ContainsAny(text, ":=") ||
		!oneKey.MatchString(text))
}
