package locate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlace holds that the names of a report are placed together. Names of JaCoCo are "module|name".
func TestPlace(t *testing.T) {
	java := []string{"src/main/java", "src/main/kotlin", "src/test/java"}
	for _, c := range []struct {
		what             string
		tree, names      string
		want             string // what the names mean, in order; "-" is none
		sources, roots   []string
		packages, fixes  []string
		exact, noModules bool
	}{
		// One prefix, and folders of others.
		{
			what:  "an exact name takes its file from a dependency's",
			tree:  "lib/index.js",
			names: "lib/index.js node_modules/dep/lib/index.js",
			want:  "lib/index.js -",
		},
		{what: "a dependency alone", tree: "lib/index.js", names: "node_modules/dep/lib/index.js", want: "-"},
		{what: "Debian's Python", tree: "core/util.py", names: "/usr/lib/python3/dist-packages/dep/core/util.py", want: "-"},
		{
			what:  "a virtual environment",
			tree:  "core/util.py",
			names: "/app/venv/lib/python3.12/site-packages/dep/core/util.py /home/runner/work/r/r/.tox/py/core/util.py",
			want:  "- -",
		},
		{what: "system headers", tree: "bits/util.h src/a.cc", names: "/usr/include/c++/13/bits/util.h /app/src/a.cc", want: "- src/a.cc"},
		{what: "a system's folder alone", tree: "bits/util.h", names: "/usr/include/c++/13/bits/util.h", want: "-"},
		{
			what:  "a build's copy",
			tree:  "src/a.js",
			names: "build/tmp/src/a.js target/src/a.js dist/src/a.js out/src/a.js vendor/x/src/a.js",
			want:  "- - - - -",
		},
		{what: "a build's copy below a known folder", tree: "src/a.js", names: "/home/runner/work/r/r/build/src/a.js", want: "-"},
		{what: "a build's copy below a container's folder", tree: "src/a.js", names: "/app/dist/src/a.js", want: "-"},
		{what: "Go's module cache", tree: "store/db.go", names: "/root/go/pkg/mod/x.io/y/store/db.go", want: "-"},
		{
			what:  "Rust's registry",
			tree:  "src/lib.rs",
			names: "/root/.cargo/registry/src/x/dep-1.0/src/lib.rs /rustc/abc/library/src/lib.rs",
			want:  "- -",
		},
		{what: "a committed vendor folder", tree: "vendor/x/a.go b/a.go", names: "vendor/x/a.go", want: "vendor/x/a.go"},
		{what: "no guess into a vendored folder", tree: "vendor/x/src/a.js", names: "src/a.js", want: "-"},
		{
			what:  "the folder that explains most",
			tree:  "src/a.js src/b.js lib/index.js",
			names: "/srv/ci/shop/src/a.js /srv/ci/shop/src/b.js /srv/ci/dep/lib/index.js",
			want:  "src/a.js src/b.js -",
		},
		{what: "two folders that explain as much", tree: "src/a.js lib/b.js", names: "/x/src/a.js /y/lib/b.js", want: "- -"},
		{what: "a folder within the other", tree: "src/a.js web/src/a.js", names: "/x/web/src/a.js", want: "web/src/a.js"},
		{
			what:  "the checkout has the name of a folder in it",
			tree:  "main.py shop/main.py setup.py",
			names: "/srv/shop/main.py /srv/shop/shop/main.py /srv/shop/setup.py",
			want:  "main.py shop/main.py setup.py",
		},
		// Relative to a folder.
		{
			what:  "run below web",
			tree:  "index.js web/index.js web/src/x.js web/src/y.js",
			names: "index.js src/x.js src/y.js",
			want:  "web/index.js web/src/x.js web/src/y.js",
		},
		{what: "a generated file below web", tree: "web/src/x.js api/src/gen.js", names: "src/x.js src/gen.js", want: "- -"},
		{
			what:  "a generated file below web, by more",
			tree:  "web/src/x.js web/src/y.js api/src/gen.js",
			names: "src/x.js src/y.js src/gen.js",
			want:  "web/src/x.js web/src/y.js -",
		},
		{
			what:  "as it stands goes before a folder that explains as much",
			tree:  "src/a.js web/src/a.js",
			names: "src/a.js",
			want:  "src/a.js",
		},
		{what: "two folders", tree: "web/src/index.ts api/src/index.ts", names: "src/index.ts", want: "-"},
		{what: "the folder above the checkout", tree: "src/a.js lib/b.js", names: "shop/src/a.js shop/lib/b.js", want: "src/a.js lib/b.js"},
		{what: "case and Unicode form", tree: "src/Caf\u00e9.js", names: "SRC/Cafe\u0301.js", want: "src/Caf\u00e9.js"},
		{what: "two files but for their case", tree: "readme.md README.md", names: "Readme.md", want: "-"},
		// Settings and sources.
		{
			what:  "the settings' root",
			tree:  "src/index.js web/src/index.js",
			names: "src/index.js",
			roots: []string{"web"},
			want:  "web/src/index.js",
		},
		{
			what:  "the settings' root and a report of the whole",
			tree:  "src/index.js web/src/index.js lib/a.js",
			names: "src/index.js lib/a.js",
			roots: []string{"web"},
			want:  "src/index.js lib/a.js",
		},
		{
			what:  "two roots",
			tree:  "web/src/index.ts api/src/index.ts api/src/server.ts",
			names: "src/index.ts src/server.ts",
			roots: []string{"web", "api"},
			want:  "api/src/index.ts api/src/server.ts",
		},
		{
			what:    "a source below a CI's folder",
			tree:    "main.py shop/main.py",
			names:   "main.py",
			sources: []string{"/home/runner/work/r/r/shop"},
			want:    "shop/main.py",
		},
		{
			what:    "a source that is the CI's folder",
			tree:    "main.py shop/main.py",
			names:   "main.py",
			sources: []string{"/home/runner/work/r/r"},
			want:    "main.py",
		},
		{what: "a relative source", tree: "main.py shop/main.py", names: "main.py", sources: []string{"./shop"}, want: "shop/main.py"},
		{what: "a source in a container", tree: "shop/cart.py", names: "cart.py", sources: []string{"/app/shop"}, want: "shop/cart.py"},
		{
			what:    "a source in a container, two fit",
			tree:    "cart.py shop/cart.py shop/b.py",
			names:   "cart.py b.py",
			sources: []string{"/app/shop"},
			want:    "shop/cart.py shop/b.py",
		},
		{
			what:    "a source that is a checkout",
			tree:    "cart.py shop/cart.py b.py",
			names:   "cart.py b.py",
			sources: []string{"/app/shop"},
			want:    "cart.py b.py",
		},
		{
			what:    "two sources",
			tree:    "a/x.py b/x.py b/y.py",
			names:   "x.py y.py",
			sources: []string{"/builds/g/p/a", "/builds/g/p/b"},
			want:    "b/x.py b/y.py",
		},
		{
			what:    "a source on Windows",
			tree:    "main.cs Shop/main.cs",
			names:   `main.cs`,
			sources: []string{`D:\a\1\s\Shop\`},
			want:    "Shop/main.cs",
		},
		{what: "a fix", tree: "web/src/a.js src/a.js", names: "src/a.js", fixes: []string{"src/::web/src/"}, want: "web/src/a.js"},
		// Folders of CI services and containers.
		{what: "GitHub", tree: "index.js", names: "/home/runner/work/r/r/index.js", want: "index.js"},
		{what: "GitHub on a Mac", tree: "index.js", names: "/Users/runner/work/r/r/index.js", want: "index.js"},
		{what: "GitHub's containers", tree: "index.js a.js", names: "/github/workspace/index.js /__w/r/r/a.js", want: "index.js a.js"},
		{what: "runners that people keep", tree: "index.js", names: "/opt/actions-runner/_work/r/r/index.js", want: "index.js"},
		{
			what:  "a checkout below the workspace",
			tree:  "src/index.js",
			names: "/home/runner/work/r/r/code/src/index.js",
			want:  "src/index.js",
		},
		{what: "Azure", tree: "index.js", names: "/home/vsts/work/1/s/index.js", want: "index.js"},
		{what: "Azure on Windows", tree: "src/X.cs", names: `C:\agent\_work\1\s\src\X.cs`, want: "src/X.cs"},
		{what: "Azure on Windows, at the root", tree: "X.cs", names: `D:\a\1\s\X.cs`, want: "X.cs"},
		{what: "GitLab", tree: "index.js", names: "/builds/g/p/index.js", want: "index.js"},
		{
			what:  "GitLab's groups",
			tree:  "index.js src/a.js",
			names: "/builds/g/sub/p/index.js /builds/g/sub/p/src/a.js",
			want:  "index.js src/a.js",
		},
		{what: "GitLab's shell", tree: "index.js", names: "/home/gitlab-runner/builds/xY12_abc/0/g/p/index.js", want: "index.js"},
		{what: "a container", tree: "index.js src/b.js", names: "/app/index.js /app/src/b.js", want: "index.js src/b.js"},
		{what: "a container, at the root", tree: "index.js", names: "/app/index.js", want: "index.js"},
		{what: "Node's image", tree: "index.js", names: "/usr/src/app/index.js", want: "index.js"},
		{
			what:  "a container with a part of the repository",
			tree:  "web/src/a.ts api/src/b.ts",
			names: "/app/src/a.ts",
			want:  "web/src/a.ts",
		},
		{what: "a container with a folder of its name", tree: "app/index.js index.js", names: "/app/index.js", want: "app/index.js"},
		{what: "the settings' root in a container", tree: "web/a.ts a.py", names: "/app/a.ts", roots: []string{"web"}, want: "web/a.ts"},
		{what: "a bare name of nowhere", tree: "main.go", names: "/tmp/elsewhere/main.go", want: "-"},
		// How names are written.
		{
			what:  "a URL",
			tree:  "src/a b.js src/c.js",
			names: "file:///app/src/a%20b.js file://localhost/app/src/c.js",
			want:  "src/a b.js|src/c.js",
		},
		{what: "a URL on Windows", tree: "src/x.cs", names: "file:///C:/x/src/x.cs", want: "src/x.cs"},
		{what: "a percent sign", tree: "src/a%20b.js", names: "src/a%20b.js", want: "src/a%20b.js"},
		{what: "a long name on Windows", tree: "src/x.cs", names: `\\?\C:\x\src\x.cs`, want: "src/x.cs"},
		{
			what:  "a symbolic link",
			tree:  "current versions/2/src/a.js versions/2/b.js",
			names: "current/src/a.js current/b.js",
			want:  "versions/2/src/a.js versions/2/b.js",
		},
		{what: "a link to nowhere in sight", tree: "current versions/1/src/a.js versions/2/src/a.js", names: "current/src/a.js", want: "-"},
		{
			what:  "only changed files known",
			exact: true,
			tree:  "src/a.js",
			names: "/x/src/a.js src/a.js /builds/g/p/src/a.js",
			want:  "- src/a.js src/a.js",
		},
		// Packages.
		{
			what:     "a module's group",
			packages: java,
			tree:     "web/src/main/java/com/acme/A.java api/src/main/java/com/acme/A.java",
			names:    "web|com/acme/A.java api|com/acme/A.java",
			want:     "web/src/main/java/com/acme/A.java api/src/main/java/com/acme/A.java",
		},
		{
			what:     "a class of two modules",
			packages: java,
			tree:     "web/src/main/java/com/acme/A.java api/src/main/java/com/acme/A.java",
			names:    "com/acme/A.java",
			want:     "-",
		},
		{
			what:     "a class of two modules, one of which the report is of",
			packages: java,
			tree:     "web/src/main/java/c/A.java api/src/main/java/c/A.java api/src/main/java/c/B.java",
			names:    "c/A.java c/B.java",
			want:     "api/src/main/java/c/A.java api/src/main/java/c/B.java",
		},
		{
			what:     "modules without groups",
			packages: java,
			tree:     "web/src/main/java/c/A.java api/src/main/java/d/B.java",
			names:    "all|c/A.java all|d/B.java",
			want:     "web/src/main/java/c/A.java api/src/main/java/d/B.java",
		},
		{
			what:     "a root beside the root's own sources",
			packages: java,
			roots:    []string{"web"},
			tree:     "src/main/java/c/A.java web/src/main/java/c/A.java",
			names:    "c/A.java",
			want:     "web/src/main/java/c/A.java",
		},
		{
			what:     "sources before tests",
			packages: java,
			tree:     "src/test/java/c/A.java src/main/java/c/A.java",
			names:    "c/A.java",
			want:     "src/main/java/c/A.java",
		},
		{what: "no package", packages: java, tree: "src/main/java/A.java", names: "A.java", want: "src/main/java/A.java"},
		{
			what:     "Kotlin without the common package",
			packages: java,
			tree:     "app/src/main/kotlin/cart/Cart.kt app/src/main/kotlin/Main.kt",
			names:    "com/acme/shop/cart/Cart.kt com/acme/shop/Main.kt com/acme/shop/Gone.kt",
			want:     "app/src/main/kotlin/cart/Cart.kt app/src/main/kotlin/Main.kt -",
		},
		{
			what:     "generated sources",
			packages: java,
			tree:     "src/main/java/c/A.java",
			names:    "c/A.java c/AImpl.java",
			want:     "src/main/java/c/A.java -",
		},
		{
			what:  "the root before another root",
			tree:  "src/a.js svc/src/a.js",
			names: "src/a.js",
			roots: []string{".", "svc"},
			want:  "src/a.js",
		},
		{
			what:  "another root before the root",
			tree:  "src/a.js svc/src/a.js",
			names: "src/a.js",
			roots: []string{"svc", "./"},
			want:  "svc/src/a.js",
		},
		{
			what:  "more names are another root's",
			tree:  "src/a.js svc/src/a.js svc/src/b.js",
			names: "src/a.js src/b.js",
			roots: []string{".", "svc"},
			want:  "svc/src/a.js svc/src/b.js",
		},
		// What leads out of the folder that names are relative to.
		{
			what:    "up from a source",
			tree:    "shop/main.py lib/x.py",
			names:   "../lib/x.py",
			sources: []string{"/home/runner/work/r/r/shop"},
			want:    "lib/x.py",
		},
		{
			what:    "up from a relative source",
			tree:    "shop/main.py lib/x.py",
			names:   "main.py ../lib/x.py",
			sources: []string{"shop"},
			want:    "shop/main.py lib/x.py",
		},
		{
			what:    "up from a source in a container",
			tree:    "shop/main.py lib/x.py",
			names:   "main.py ../lib/x.py",
			sources: []string{"/app/shop"},
			want:    "shop/main.py lib/x.py",
		},
		{
			what:    "up from a container's root",
			tree:    "main.py lib/x.py",
			names:   "main.py ../lib/x.py",
			sources: []string{"/app/shop"},
			want:    "main.py -",
		},
		{
			what:    "up and nothing else, from a folder that is not there",
			tree:    "lib/x.py",
			names:   "../lib/x.py",
			sources: []string{"/app/shop"},
			want:    "-",
		},
		{
			what:  "up from the settings' root",
			tree:  "web/src/a.ts shared/b.ts",
			names: "../shared/b.ts",
			roots: []string{"web"},
			want:  "shared/b.ts",
		},
		{what: "up from Windows", tree: "web/src/a.ts shared/b.ts", names: `..\shared\b.ts`, roots: []string{"web"}, want: "shared/b.ts"},
		{
			what:  "up by two",
			tree:  "apps/web/src/a.ts shared/b.ts",
			names: "src/a.ts ../../shared/b.ts",
			roots: []string{"apps/web"},
			want:  "apps/web/src/a.ts shared/b.ts",
		},
		{
			what:  "up from a folder that other names show",
			tree:  "web/src/a.ts shared/b.ts",
			names: "src/a.ts ../shared/b.ts",
			want:  "web/src/a.ts shared/b.ts",
		},
		{what: "up and down again", tree: "web/src/a.ts", names: "../web/src/a.ts", roots: []string{"web"}, want: "web/src/a.ts"},
		{what: "up by a fix", tree: "web/src/a.ts shared/b.ts", names: "../shared/b.ts", fixes: []string{"../::"}, want: "shared/b.ts"},
		{what: "up from nowhere", tree: "web/src/a.ts shared/b.ts", names: "../shared/b.ts", want: "-"},
		{what: "up from the root", tree: "web/src/a.ts shared/b.ts", names: "web/src/a.ts ../shared/b.ts", want: "web/src/a.ts -"},
		{
			what:  "up by too many",
			tree:  "web/src/a.ts shared/b.ts",
			names: "src/a.ts ../../shared/b.ts",
			roots: []string{"web"},
			want:  "web/src/a.ts -",
		},
		{what: "up from a package", packages: java, tree: "src/main/java/c/A.java src/main/x.java", names: "../x.java", want: "-"},
		{
			what:  "up, only changed files known",
			exact: true,
			tree:  "shared/b.ts",
			names: "../shared/b.ts",
			roots: []string{"web"},
			want:  "shared/b.ts",
		},
		{what: "out of the repository", tree: "etc/passwd a/b", names: "../etc/passwd a/../../b / . ..", want: "- - - - -"},
	} {
		t.Run(c.what, func(t *testing.T) {
			split := func(text string) []string {
				if strings.Contains(text, " b.js") {
					return strings.FieldsFunc(strings.NewReplacer("b.js src", "b.js|src").Replace(text),
						func(r rune) bool { return r == '|' })
				}
				return strings.Fields(text)
			}
			r, err := New(
				Options{Tree: split(c.tree), Exact: c.exact, Sources: c.sources, Roots: c.roots, Packages: c.packages, Fixes: c.fixes})
			if err != nil {
				t.Fatal(err)
			}
			var names []Name
			for _, n := range strings.Fields(c.names) {
				module, path, ok := strings.Cut(n, "|")
				if !ok {
					module, path = "", n
				}
				names = append(names, Name{module, path})
			}
			got := r.Place(names)
			var said []string
			for _, n := range names {
				p := got[n]
				if p == "" {
					p = "-"
				}
				said = append(said, p)
			}
			if d := cmp.Diff(split(c.want), said); d != "" {
				t.Error(d)
			}
			slices.Reverse(names)
			if again := r.Place(names); !cmp.Equal(got, again) {
				t.Errorf("the order of the names matters: %v, %v", got, again)
			}
		})
	}
}

// FuzzPlace holds that names of one report, whatever they are, mean files of the tree, in any order the same.
func FuzzPlace(f *testing.F) {
	f.Add("/app/index.js\n/app/src/b.js\nC:\\a\\b", "/app\nsrc", "web")
	f.Add("lib/index.js\nnode_modules/dep/lib/index.js", ".", "")
	f.Fuzz(func(t *testing.T, names, sources, roots string) {
		for _, packages := range [][]string{nil, {"src/main/java"}} {
			r, err := New(
				Options{
					Tree:     append(tree, "current", "index.js"),
					Sources:  strings.Split(sources, "\n"),
					Roots:    strings.Split(roots, "\n"),
					Packages: packages,
				})
			if err != nil {
				t.Fatal(err)
			}
			list := strings.Split(names, "\n")
			got := r.All(list)
			for name, p := range got {
				if !r.exact[p] {
					t.Fatalf("%q is %q", name, p)
				}
			}
			slices.Reverse(list)
			if again := r.All(list); !cmp.Equal(got, again) {
				t.Fatalf("%v, %v", got, again)
			}
		}
	})
}

// TestManyNames holds that a hostile report of very many names that fit in very many folders ends.
func TestManyNames(t *testing.T) {
	var files, names []string
	for i := range 20_000 {
		files = append(files, fmt.Sprintf("m%d/src/f%d.js", i%1000, i%50))
		names = append(names, fmt.Sprintf("/x%d/src/f%d.js", i, i%50), fmt.Sprintf("y%d/src/f%d.js", i, i%50))
	}
	r, err := New(Options{Tree: files})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.All(names); len(got) > 0 {
		t.Errorf("%d names were guessed", len(got))
	}
}
