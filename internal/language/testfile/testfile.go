// Package testfile tells by a path whether a file is a test. It is one table of names and folders, and a question for
// each use of it: Is for the size of a change, ByName and Unmeasured for coverage, Input for binary files.
//
// The questions differ on purpose. A test that is taken for product code makes a change look larger than it is; a source
// file that is taken for a test would never be missed in a coverage report.
package testfile

import (
	"path"
	"strings"
	"unicode"
)

// use is a set of questions that a name in the tables answers with yes.
type use uint8

const (
	// test: the file is a test or serves tests (Is).
	test use = 1 << iota
	// unmeasured: coverage tools do not measure the file (ByName, Unmeasured).
	unmeasured
	// input: a binary file in the folder is what tests read, no product of a build (Input).
	input
)

// kind says how a mark is compared with a file's name without its extension.
type kind uint8

const (
	prefix    kind = iota // at the start, in any case
	suffix                // at the end, in any case
	extension             // the inner extension: "cart.spec.ts"
	word                  // the last word in camel case: "CartTests"
)

// mark is what the name of a test has beside the name of what it tests.
type mark struct {
	text string
	kind kind
	uses use
}

// marks are the names that the test tools of the common languages look for.
var marks = []mark{
	{"test_", prefix, test | unmeasured},
	{"_test", suffix, test | unmeasured},
	{".test", extension, test | unmeasured},
	{".spec", extension, test | unmeasured},
	{"_spec", suffix, test | unmeasured},
	{"Test", word, test | unmeasured},
	{"Tests", word, test | unmeasured},
	{"Spec", word, test | unmeasured},
	{"_tests", suffix, test},
	{"-test", suffix, test},
	{"-spec", suffix, test},
	{"IT", word, test},
	{".e2e", extension, test},
	{".bench", extension, test},
	{".stories", extension, test},
}

// folders are the folders that hold tests, and what tests need, by custom. The names are in lower case.
var folders = folderUses(map[use]string{
	test | unmeasured | input: "test tests spec __tests__ testdata fixtures",
	test | unmeasured:         "__mocks__",
	test | input:              "testing test-data test_data specs __fixtures__ corpus",
	test: "testutil testutils test-utils e2e integrationtest integration-tests integration_tests bench benches " +
		"benchmark benchmarks benchmarking playground androidtest commontest jvmtest jmh jmh-benchmarks cypress baselines " +
		"fuzz fuzzing",
	input: "fixture samples seeds golden resources",
})

func folderUses(lists map[use]string) map[string]use {
	out := map[string]use{}
	for uses, list := range lists {
		for _, name := range strings.Fields(list) {
			out[name] = uses
		}
	}
	return out
}

// Is reports whether a file is a test, or serves tests or measurements only, by the names that the test tools of the
// common languages look for and by the folders that hold tests by custom: "cart_test.go", "test_cart.py",
// "cart.spec.ts", "CartTests.swift", "src/test/java/", "Shop.UnitTests/".
func Is(file string) bool {
	dir, base := path.Split(file)
	for part := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if folders[strings.ToLower(part)]&test != 0 || endsInWord(part, "Test", "Tests", "Specs", "Benchmarks") {
			return true
		}
	}
	stem := strings.TrimSuffix(base, path.Ext(base))
	for _, m := range marks {
		if m.uses&test != 0 && m.in(stem) {
			return true
		}
	}
	switch base {
	case "tests.py", "tests.rs": // of a Django app, and the module of tests of a Rust crate
		return true
	}
	return strings.ToLower(stem) == "conftest" || path.Ext(base) == ".t"
}

// in reports whether a name without its extension has the mark.
func (m mark) in(stem string) bool {
	switch m.kind {
	case prefix:
		return strings.HasPrefix(strings.ToLower(stem), m.text)
	case suffix:
		return strings.HasSuffix(strings.ToLower(stem), m.text)
	case extension:
		return path.Ext(stem) == m.text
	}
	return endsInWord(stem, m.text)
}

// ByName reports whether a file's name alone makes it a test, and gives the name of what it tests: "cart" of
// "cart_test.go", "test_cart.py" and "cart.spec.ts". It knows fewer names than Is and is exact about their case. For
// any other file, subject is its name without the extension.
func ByName(file string) (subject string, yes bool) {
	stem := strings.TrimSuffix(path.Base(file), path.Ext(file))
	subject = stem
	for _, m := range marks {
		switch {
		case m.uses&unmeasured == 0:
		case m.kind == prefix:
			subject, yes = strings.CutPrefix(stem, m.text)
		default:
			if rest, has := strings.CutSuffix(subject, m.text); has && rest != "" {
				return rest, true
			}
		}
	}
	return subject, yes
}

// Unmeasured reports whether coverage tools do not measure a file because it is a test, or stands in a folder of tests.
// It is narrower than Is.
func Unmeasured(file string) bool {
	if _, yes := ByName(file); yes {
		return true
	}
	for part := range strings.SplitSeq(path.Dir(file), "/") {
		if folders[part]&unmeasured != 0 {
			return true
		}
	}
	return false
}

// Input reports whether binary files in a folder of this name are what tests read.
func Input(folder string) bool { return folders[strings.ToLower(folder)]&input != 0 }

// endsInWord reports whether a name in camel case or with dots ends in one of the words: "CartTest", "XMLTest",
// "Shop.UnitTests"; "Latest" does not end in "Test", and "WAIT" not in "IT".
func endsInWord(name string, words ...string) bool {
	for _, w := range words {
		rest, ok := strings.CutSuffix(name, w)
		if !ok || rest == "" {
			continue
		}
		switch last := rune(rest[len(rest)-1]); {
		case last == '.', last == '_', last == '-', unicode.IsLower(last), unicode.IsDigit(last),
			unicode.IsUpper(last) && strings.ToUpper(w) != w:
			return true
		}
	}
	return false
}
