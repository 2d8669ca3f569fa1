package size

import (
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// prose reports whether a file is written in a language for documents, holds translations, or is one of those that
// projects write in plain text.
func prose(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".mdx", ".markdown", ".mkd", ".rst", ".adoc", ".asciidoc", ".textile", ".org", ".pod", ".rdoc", ".qmd", ".po", ".pot",
		".xlf", ".xliff":
		return true
	case ".json", ".yml", ".yaml", ".properties", ".strings":
		return translated(file)
	case ".html":
		// What documentation generators write, and pages that people wrote, are read as prose is.
		return under(file, "docs", "doc", "javadoc", "apidocs", "documentation")
	case "", ".txt":
		stem, _, _ := strings.Cut(strings.ToUpper(path.Base(file)), ".")
		stem, _, _ = strings.Cut(stem, "-")
		return slices.Contains(
			[]string{"LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "AUTHORS", "CONTRIBUTORS", "CHANGELOG", "CHANGES",
				"HISTORY", "NEWS", "README"}, stem)
	}
	return false
}

// translated reports whether a file lies in a folder of texts in several languages.
func translated(file string) bool {
	return under(file, "locale", "locales", "i18n", "l10n", "translations", "lang", "_locales")
}

// under reports whether one of the file's folders has one of the names, in whatever case.
func under(file string, names ...string) bool {
	for part := range strings.SplitSeq(strings.ToLower(path.Dir(file)), "/") {
		if slices.Contains(names, part) {
			return true
		}
	}
	return false
}

// pin is one exact version, as resolvers write it: name==1.2, name[extra]==1.2 ; marker, with hashes on lines of their own.
var pin = lazyregexp.New(`^\s*(?:[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])? ?== ?\S+.*|--hash=\S+.*)$`)

// resolved reports whether the shown lines of a requirements file are those of a resolver. pip-compile and uv write "#
// via NAME" below what they pin; where that is left out, all changed lines being exact pins says as much. The header
// that would say so is seldom among the lines of an edit.
func resolved(f diff.File) bool {
	lower := strings.ToLower(f.Path)
	if ext := path.Ext(lower); ext != ".txt" && ext != ".lock" {
		return false
	}
	pins, others := 0, 0
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			text := strings.TrimSpace(l.Text)
			if via, ok := strings.CutPrefix(text, "# via"); ok && (via == "" || via[0] == ' ') {
				return true
			}
			switch {
			case l.Op == diff.Context, text == "", text[0] == '#':
			case len(text) < maxPin && pin.MatchString(text):
				pins++
			default:
				others++
			}
		}
	}
	return pins > 0 && others == 0 && (strings.Contains(lower, "requirement") || strings.Contains(lower, "constraint"))
}

// maxPin is how long a line with a pin may be.
const maxPin = 500
