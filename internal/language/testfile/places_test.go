package testfile

import (
	"slices"
	"testing"
)

func TestPlaces(t *testing.T) {
	for file, want := range map[string]string{
		"cart/cart.go":                       "cart/cart_test.go",
		"src/cart.ts":                        "src/cart.test.ts",
		"src/shop/cart.tsx":                  "test/shop/cart.spec.tsx",
		"src/shop/cart.py":                   "tests/shop/test_cart.py",
		"src/shop/deep/cart.py":              "tests/deep/test_cart.py",
		"shop/deep/cart.py":                  "tests/deep/test_cart.py",
		"shop/cart/pay.py":                   "tests/shop/cart/test_pay.py",
		"core/src/main/java/a/Cart.java":     "core/src/test/java/a/CartTest.java",
		"core/src/commonMain/kotlin/Cart.kt": "core/src/commonTest/kotlin/CartTest.kt",
		"src/cart.rs":                        "tests/cart.rs",
		"lib/shop/cart.rb":                   "spec/shop/cart_spec.rb",
		"app/models/cart.rb":                 "test/models/cart_test.rb",
		"src/Shop/Cart.php":                  "tests/Shop/CartTest.php",
		"Sources/Shop/Cart.swift":            "Tests/Shop/CartTests.swift",
		"src/cart.cc":                        "test/cart_test.cc",
		"lib/shop/cart.ex":                   "test/shop/cart_test.exs",
		"lib/src/cart.dart":                  "test/cart_test.dart",
	} {
		if got := Places(file); !slices.Contains(got, want) || len(got) > maxPlaces {
			t.Errorf("%s: %q is not among %q", file, want, got)
		}
	}
	for _, file := range []string{"cart_test.go", "README.md", "a.yml", "tests/test_cart.py", "cart"} {
		if got := Places(file); got != nil {
			t.Errorf("%s: %q", file, got)
		}
	}
}

func TestSources(t *testing.T) {
	for test, want := range map[string]string{
		"cart/cart_test.go":                  "cart/cart.go",
		"web/__tests__/cart.test.ts":         "web/cart.ts",
		"test/shop/cart.spec.js":             "lib/shop/cart.js",
		"core/src/test/java/a/CartTest.java": "core/src/main/java/a/Cart.java",
		"spec/models/cart_spec.rb":           "app/models/cart.rb",
		"tests/deep/test_cart.py":            "src/deep/cart.py",
	} {
		if got := Sources(test); !slices.Contains(got, want) {
			t.Errorf("%s: %q is not among %q", test, want, got)
		}
	}
	if got := Sources("test/helper.rb"); got != nil {
		t.Errorf("%q", got)
	}
}

func TestExpand(t *testing.T) {
	const place = "tests/unit/{sub}/{Name}Check{ext}"
	if got, want := Expand(place, "src/shop/cart.py"), "tests/unit/shop/CartCheck.py"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Expand("{dir}/t/{name}.t", "lib/cart.pl"), "lib/t/cart.t"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever a path holds, places are bounded and none is the file itself.
func FuzzPlaces(f *testing.F) {
	f.Add("src/a.py")
	f.Add("*/src/../a.ts")
	f.Add(".go")
	f.Fuzz(func(t *testing.T, file string) {
		for _, p := range append(Places(file), Sources(file)...) {
			if p == file {
				t.Fatal(p)
			}
		}
		if len(Places(file)) > maxPlaces {
			t.Fatal(len(Places(file)))
		}
		Expand("{dir}/{Name}{ext}", file)
	})
}
