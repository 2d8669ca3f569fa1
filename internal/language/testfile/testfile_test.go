package testfile

import "testing"

func TestIs(t *testing.T) {
	for _, path := range []string{
		"cart_test.go", "test_cart.py", "tests/cart.py", "src/test/java/org/x/Helper.java", "CartTest.java", "CartTests.swift",
		"CartIT.java", "XMLTest.java", "HTTPTests/A.swift", "cart.spec.ts", "cart.test.tsx", "cart.e2e.ts",
		"cart_spec.rb", "spec/models/cart_spec.rb", "web/__tests__/a.js", "web/__mocks__/a.js", "testdata/x.json", "conftest.py",
		"t/basic.t", "test/EFCore.Tests/Model.cs",
		"src/Shop.UnitTests/Cart.cs", "Tests/ShopTests/Cart.swift", "cart.bench.ts", "benches/cart.rs", "jmh-benchmarks/src/X.java",
		"playground/a/b.ts", "util/fuzzing/corpus.go",
		"Cart.stories.tsx", "cart-test.js", "app/src/androidTest/X.kt", "NIOPosixTests/A.swift", "CartSpec.scala",
		"shop/tests.py", "src/cart/tests.rs",
	} {
		if !Is(path) {
			t.Errorf("%s is no test", path)
		}
	}
	for _, path := range []string{
		"cart.go", "latest.go", "src/contest/a.go", "Contest.java", "attest.py", "testify.go", "protest/a.ts", "src/Latest/x.cs",
		"spectrum.ts", "test.go", "WAIT.java", "inspect.py", "EXIT.md", "a/testimony.rb",
		"Test.java", "Tests.swift", "tests.go", "Tests.py", "src/main/java/Cart.java", "AUDIT",
	} {
		if Is(path) {
			t.Errorf("%s is a test", path)
		}
	}
}

// TestNarrowerQuestions holds the narrower questions, whose answers decide what coverage misses.
func TestNarrowerQuestions(t *testing.T) {
	for file, want := range map[string]struct {
		subject            string
		byName, unmeasured bool
	}{
		"cart/cart_test.go":      {"cart", true, true},
		"test_cart.py":           {"cart", true, true},
		"test_cart_test.py":      {"cart", true, true},
		"web/Cart.spec.ts":       {"Cart", true, true},
		"lib/shop_spec.rb":       {"shop", true, true},
		"XMLTest.java":           {"XML", true, true},
		"CartTests.swift":        {"Cart", true, true},
		"spec/support/shop.rb":   {"shop", false, true},
		"web/__mocks__/Cart.js":  {"Cart", false, true},
		"Test.java":              {"Test", false, false},
		"_test.go":               {"_test", false, false},
		"Tests/Cart.swift":       {"Cart", false, false}, // folders count in this case alone
		"benches/cart.rs":        {"cart", false, false},
		"testing/fake.go":        {"fake", false, false},
		"resources/cart.go":      {"cart", false, false},
		"Cart_TEST.c":            {"Cart_TEST", false, false},
		"cart-test.js":           {"cart-test", false, false},
		"Cart.stories.tsx":       {"Cart.stories", false, false},
		"conftest.py":            {"conftest", false, false},
		"src/main/java/Cart.jsp": {"Cart", false, false},
	} {
		subject, byName := ByName(file)
		if subject != want.subject || byName != want.byName || Unmeasured(file) != want.unmeasured {
			t.Errorf("%s tests %q (%t), not measured: %t", file, subject, byName, Unmeasured(file))
		}
	}
}
