package language

import (
	"path"
	"strings"
	"unicode"
)

// Test reports whether a file is a test, or serves tests or measurements only, by the names that the test tools of the
// common languages look for and by the folders that hold tests by custom: "cart_test.go", "test_cart.py",
// "cart.spec.ts", "CartTests.swift", "src/test/java/", "Shop.UnitTests/".
func Test(file string) bool {
	dir, base := path.Split(file)
	for part := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if testPlaces[strings.ToLower(part)] || endsInWord(part, "Test", "Tests", "Specs", "Benchmarks") {
			return true
		}
	}
	stem := strings.TrimSuffix(base, path.Ext(base))
	if inner := path.Ext(stem); inner == ".test" || inner == ".spec" || inner == ".e2e" || inner == ".bench" || inner == ".stories" {
		return true
	}
	lower := strings.ToLower(stem)
	return lower == "conftest" || strings.HasPrefix(lower, "test_") || strings.HasSuffix(lower, "_test") ||
		strings.HasSuffix(lower, "_tests") ||
		strings.HasSuffix(lower, "_spec") || strings.HasSuffix(lower, "-test") || strings.HasSuffix(lower, "-spec") ||
		endsInWord(stem, "Test", "Tests", "Spec", "IT") || path.Ext(base) == ".t"
}

// endsInWord reports whether a name in camel case or with dots ends in one of the words: "CartTest", "Shop.UnitTests";
// "Latest" does not end in "Test".
func endsInWord(name string, words ...string) bool {
	for _, w := range words {
		rest, ok := strings.CutSuffix(name, w)
		if !ok || rest == "" {
			continue
		}
		switch last := rune(rest[len(rest)-1]); {
		case last == '.', last == '_', last == '-', unicode.IsLower(last), unicode.IsDigit(last):
			return true
		}
	}
	return false
}

var testPlaces = set(
	"test", "tests", "testing", "testdata", "test-data", "test_data", "testutil", "testutils", "test-utils", "spec", "specs",
	"__tests__", "__mocks__", "__fixtures__",
	"fixtures", "e2e", "integrationtest", "integration-tests", "integration_tests", "bench", "benches", "benchmark", "benchmarks",
	"benchmarking", "playground",
	"androidtest", "commontest", "jvmtest", "jmh", "jmh-benchmarks", "cypress", "baselines", "fuzz", "fuzzing", "corpus",
)
