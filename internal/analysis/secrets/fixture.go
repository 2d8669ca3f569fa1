package secrets

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/language/testfile"
	matcher "github.com/lintel-review/lintel/internal/secrets"
)

// fixtureWords are the words of folders and files that hold what tests, examples and documents need, or what others wrote.
var fixtureWords = map[string]bool{
	"test": true, "tests": true, "testing": true, "testdata": true, "fixture": true, "fixtures": true, "mock": true, "mocks": true,
	"spec": true, "specs": true, "e2e": true, "golden": true, "example": true, "examples": true, "sample": true, "samples": true,
	"demo": true, "demos": true, "tutorial": true, "tutorials": true, "doc": true, "docs": true, "documentation": true,
	"vendor": true, "third_party": true, "node_modules": true,
}

// inFixture reports whether a finding was made for a test, an example or a document, or is another's, as far as its place
// says so. A token that proves itself by its provider's checksum was given out, wherever it stands.
func inFixture(src source, f matcher.Finding) bool {
	return src.path != "" && !f.Proven && fixture(src.path)
}

func fixture(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".mdx", ".rst", ".adoc":
		return true
	}
	if testfile.Is(file) {
		return true
	}
	file = strings.ToLower(file)
	if strings.HasPrefix(path.Base(file), ".env") {
		// People fill in .env.example and forget to copy it first, so its name excuses nothing; its folder may.
		file = path.Dir(file)
	}
	for part := range strings.SplitSeq(file, "/") {
		if fixtureWords[part] {
			return true
		}
		for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
			if fixtureWords[word] {
				return true
			}
		}
	}
	return false
}
