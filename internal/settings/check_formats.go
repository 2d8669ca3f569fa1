package settings

// ReportFormats are the formats of reports of a kind, without "auto"; nil for a kind that there is not. The parsers are
// above this package; a test of theirs holds the lists together.
func ReportFormats(kind string) []string {
	switch kind {
	case "coverage":
		return coverageFormats
	case "lint":
		return lintFormats
	}
	return nil
}

// The formats that analysis/coverage and analysis/lint read.
var (
	coverageFormats = []string{
		"go", "lcov", "cobertura", "jacoco", "clover", "coveragepy", "simplecov", "istanbul", "opencover",
		"gcov", "gcovr", "llvm", "xccov", "coveralls", "sonar",
	}
	lintFormats = []string{
		"sarif", "rdjson", "rdjsonl", "checkstyle", "gitlab", "text", "github", "diff", "golangci", "eslint",
		"ruff", "cargo", "pylint", "pyright", "bandit", "rubocop", "stylelint", "biome", "deno",
		"shellcheck", "gosec", "tflint", "terraform", "pmd", "spotbugs", "cppcheck", "prettier",
	}
)
