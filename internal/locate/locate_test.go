package locate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/report"
)

var tree = []string{
	"main.go", "cart/cart.go", "tools/gen/main.go", "web/src/index.ts", "api/src/index.ts", "web/src/Cart.tsx", "README.md", "readme.md",
	"core/src/main/java/com/acme/A.java", "core/src/test/java/com/acme/A.java", "shop/src/main/java/com/acme/B.java",
	"other/gen/com/acme/B.java", "lib/solo/only.py",
}

func TestResolve(t *testing.T) {
	r, err := New(Options{
		Tree: tree, Roots: []string{"src/main/java"}, Sources: []string{"/home/runner/work/shop/shop/lib", `D:\a\shop\shop\web`},
		Modules: map[string]string{"": "example.com/shop", "tools": "example.com/shop/tools"},
		Fixes:   []string{"/opt/build/::", "frontend/::web/"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"main.go":                                 "main.go",
		"./cart/cart.go":                          "cart/cart.go",
		"cart/../main.go":                         "main.go",
		"example.com/shop/cart/cart.go":           "cart/cart.go",
		"example.com/shop/tools/gen/main.go":      "tools/gen/main.go",
		"/home/runner/work/shop/shop/main.go":     "main.go",
		`D:\a\shop\shop\main.go`:                  "main.go",
		`C:\Users\ann\shop\web\src\index.ts`:      "web/src/index.ts",
		"file:///tmp/x/cart/cart.go":              "cart/cart.go",
		"/somewhere/else/api/src/index.ts":        "api/src/index.ts",
		"/opt/build/main.go":                      "main.go",
		"frontend/src/index.ts":                   "web/src/index.ts",
		"solo/only.py":                            "lib/solo/only.py",
		"com/acme/A.java":                         "core/src/main/java/com/acme/A.java", // the test's has no root of the report
		"com/acme/B.java":                         "shop/src/main/java/com/acme/B.java",
		"web/SRC/cart.tsx":                        "web/src/Cart.tsx",
		"src/Cart.tsx":                            "web/src/Cart.tsx",
		"Readme.md":                               "", // two files but for their case
		"/tmp/elsewhere/main.go":                  "", // a bare name is not enough
		"index.ts":                                "",
		"/x/lib/index.ts":                         "",
		"/x/mobile/src/index.ts":                  "", // web's and api's are others
		"/solo/only.py":                           "", // absolute: nothing can stand before it
		"../../etc/passwd":                        "",
		"../main.go":                              "main.go", // from lib or web, which are sources
		"cart/../../main.go":                      "main.go",
		"../../main.go":                           "",
		"/etc/passwd":                             "",
		"/":                                       "",
		".":                                       "",
		"example.com/shopping/cart.go":            "",
		strings.Repeat("a/", 2000) + "cart.go":    "",
		"/x/" + strings.Repeat("../", 50) + "a/b": "",
	} {
		got, ok := r.Resolve(name)
		if got != want && ok || ok != (want != "") {
			t.Errorf("%.80q is %q, %v; want %q", name, got, ok, want)
		}
	}
	// Without other roots the index of one folder is ambiguous.
	if got, ok := r.Resolve("src/other.ts"); ok {
		t.Errorf("a file that is not there is %q", got)
	}
}

func TestApply(t *testing.T) {
	r, err := New(Options{Tree: tree})
	if err != nil {
		t.Fatal(err)
	}
	got := r.Apply(report.Coverage{Files: []report.FileCoverage{
		{Path: "/x/cart/cart.go", Lines: []report.LineRange{{From: 1, To: 2, State: report.Miss}}},
		{Path: "cart/cart.go", Lines: []report.LineRange{{From: 2, To: 3, State: report.Hit}}},
		{Path: "src/index.ts", Lines: []report.LineRange{{From: 2, To: 3, State: report.Hit}}},
	}, Notes: []string{"n"}})
	if d := cmp.Diff("[cart/cart.go: 2-3 hit] [/x/cart/cart.go src/index.ts] [n]",
		fmt.Sprint(got.Files, got.Unresolved, got.Notes)); d != "" {
		t.Error(d)
	}
}

// TestAll holds that one folder stands above all of a report's names; another one that explains fewer is none.
func TestAll(t *testing.T) {
	r, err := New(Options{Tree: tree})
	if err != nil {
		t.Fatal(err)
	}
	known := r.All([]string{"/ci/build/cart/cart.go", "/ci/build/main.go", "/ci/other/main.go", "/ci/build/../main.go", "../x.go",
		`C:\x\web\src\index.ts`})
	if d := cmp.Diff(map[string]string{"/ci/build/cart/cart.go": "cart/cart.go", "/ci/build/main.go": "main.go"}, known); d != "" {
		t.Error(d)
	}
}

func TestFixes(t *testing.T) {
	for _, fix := range []string{"a", "a::a", ""} {
		if _, err := New(Options{Fixes: []string{fix}}); err == nil {
			t.Errorf("%q is taken for a fix", fix)
		}
	}
}

// FuzzResolve holds that whatever a report says, the answer is a file of the tree.
func FuzzResolve(f *testing.F) {
	r, err := New(Options{Tree: tree, Roots: []string{"src", "../.."}, Modules: map[string]string{"": "m"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("m/../../a")
	f.Add(`C:\src\index.ts`)
	f.Fuzz(func(t *testing.T, name string) {
		if got, ok := r.Resolve(name); ok && !r.exact[got] {
			t.Fatalf("%q is %q", name, got)
		}
	})
}
