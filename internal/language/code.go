package language

import (
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/language/testfile"
)

// Code reports whether a file holds what a program does, by its name alone: no test, no prose, no data, nothing that
// tools write, and nothing that says which packages are used.
func Code(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".txt", ".csv", ".tsv", ".svg", ".snap", ".map", ".log", ".ipynb":
		return false
	}
	return byName(file) == Source && !Prose(file) && !LockFile(file) && !Manifest(file) && !testfile.Is(file)
}

// Prose reports whether a file is written in a language for documents, holds translations, or is one of those that
// projects write in plain text.
func Prose(file string) bool {
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
