package testfile

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// layout is where the tests of one language stand by custom.
type layout struct {
	exts []string
	// names are the names of a test: {} is the name of what it tests, {folder} that of its folder.
	names []string
	// beside are the folders of tests below a source's own; "." is its own.
	beside []string
	// roots are the pairs of a folder of sources and a folder of tests that mirrors it.
	roots [][2]string
	// ext is the extension of tests; empty for the source's own.
	ext string
}

var layouts = []layout{
	{exts: []string{".go"}, names: []string{"{}_test", "{folder}_test"}, beside: []string{"."}},
	{
		exts:   []string{".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"},
		names:  []string{"{}.test", "{}.spec"},
		beside: []string{".", "__tests__", "test", "tests"},
		roots:  [][2]string{{"src", "test"}, {"src", "tests"}, {"lib", "test"}},
	},
	{
		exts:   []string{".py"},
		names:  []string{"test_{}"},
		beside: []string{".", "tests", "test"},
		roots:  [][2]string{{"src", "tests"}, {"*", "tests"}, {"*", "test"}, {"*", "tests/unit"}, {"*", "tests/*"}},
	},
	{
		exts:  []string{".java", ".kt", ".scala", ".groovy"},
		names: []string{"{}Test", "{}Tests", "{}Spec"},
		roots: [][2]string{{"src/main", "src/test"}, {"src/commonMain", "src/commonTest"}, {"src/jvmMain", "src/jvmTest"}},
	},
	// Tests of C# stand in a project of their own, whose name no custom gives.
	{exts: []string{".cs"}},
	// Most tests of Rust stand in the source itself.
	{exts: []string{".rs"}, names: []string{"{}"}, beside: []string{"tests"}, roots: [][2]string{{"src", "tests"}}},
	{
		exts:   []string{".rb"},
		names:  []string{"{}_spec", "{}_test"},
		beside: []string{"."},
		roots:  [][2]string{{"lib", "spec"}, {"lib", "test"}, {"app", "spec"}, {"app", "test"}},
	},
	{
		exts:  []string{".php"},
		names: []string{"{}Test"},
		roots: [][2]string{{"src", "tests"}, {"app", "tests/Unit"}, {"app", "tests/Feature"}, {"src", "tests/Unit"}},
	},
	{exts: []string{".swift"}, names: []string{"{}Tests", "{}Test"}, roots: [][2]string{{"Sources", "Tests"}}},
	{
		exts:   []string{".c", ".cc", ".cpp", ".cxx"},
		names:  []string{"{}_test", "test_{}", "{}_unittest"},
		beside: []string{".", "test", "tests"},
		roots:  [][2]string{{"src", "test"}, {"src", "tests"}},
	},
	{exts: []string{".ex"}, names: []string{"{}_test"}, roots: [][2]string{{"lib", "test"}}, ext: ".exs"},
	{exts: []string{".dart"}, names: []string{"{}_test"}, roots: [][2]string{{"lib", "test"}, {"lib/src", "test"}}},
}

// maxPlaces is how many places Places names at most.
const maxPlaces = 10

// Places are where a test of a source file would stand by the customs of its language, the likeliest first; none when the
// language has no custom that is known, or the file is a test itself. Nothing says that a file stands there.
func Places(file string) []string {
	l := layoutOf(file)
	if l == nil || Is(file) {
		return nil
	}
	ext := path.Ext(file)
	stem := strings.TrimSuffix(path.Base(file), ext)
	if l.ext != "" {
		ext = l.ext
	}
	var dirs []string
	for _, b := range l.beside {
		dirs = append(dirs, path.Join(path.Dir(file), b))
	}
	for _, r := range l.roots {
		dirs = append(dirs, mirrored(path.Dir(file), r[0], r[1])...)
	}
	var out []string
	for _, d := range dirs {
		for _, n := range l.names {
			n = strings.ReplaceAll(strings.ReplaceAll(n, "{}", stem), "{folder}", path.Base(path.Dir(file)))
			if p := path.Join(d, n+ext); p != file && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out[:min(len(out), maxPlaces)]
}

// Expand fills in a place that settings name: {dir} is the source's folder, {sub} the folder without its first part,
// {name} the name without extension, {Name} the same with a capital, {ext} the extension with its dot.
func Expand(place, file string) string {
	ext := path.Ext(file)
	name := strings.TrimSuffix(path.Base(file), ext)
	first, size := utf8.DecodeRuneInString(name)
	dir := path.Dir(file)
	_, sub, _ := strings.Cut(dir, "/")
	return path.Clean(strings.NewReplacer("{dir}", dir, "{sub}", sub, "{name}", name, "{Name}",
		string(unicode.ToUpper(first))+name[size:], "{ext}", ext).Replace(place))
}

// Sources are where the source that a test file is for would stand, by the same customs; none when the name of the test
// does not say.
func Sources(test string) []string {
	l := layoutOf(test)
	subject, yes := ByName(test)
	if l == nil || !yes {
		return nil
	}
	dir := path.Dir(test)
	var dirs []string
	for _, b := range l.beside {
		if b == "." {
			dirs = append(dirs, dir)
		} else if up, ok := strings.CutSuffix("/"+dir, "/"+b); ok {
			dirs = append(dirs, strings.TrimPrefix(up, "/"))
		}
	}
	for _, r := range l.roots {
		if r[0] != "*" && !strings.Contains(r[1], "*") {
			dirs = append(dirs, mirrored(dir, r[1], r[0])...)
		}
	}
	var out []string
	for _, d := range dirs {
		for _, e := range l.exts {
			if len(l.exts) <= 4 || e == path.Ext(test) {
				if p := path.Join(d, subject+e); !slices.Contains(out, p) {
					out = append(out, p)
				}
			}
		}
	}
	return out[:min(len(out), maxPlaces)]
}

// Language groups the extensions whose tests are written together; empty for a file whose tests no custom places.
func Language(file string) string {
	switch l := layoutOf(file); {
	case l != nil:
		return l.exts[0]
	case path.Ext(file) == ".exs":
		return ".ex"
	}
	return ""
}

func layoutOf(file string) *layout {
	ext := path.Ext(file)
	for i := range layouts {
		if slices.Contains(layouts[i].exts, ext) || ext != "" && layouts[i].ext == ext {
			return &layouts[i]
		}
	}
	return nil
}

// mirrored puts a folder of tests in the place of a folder of sources: "a/src/b" of "src" and "test" is "a/test/b". A
// "*" as source is the first part of the path; as the last part of tests it is the same part again.
func mirrored(dir, from, to string) []string {
	if from == "*" {
		first, rest, _ := strings.Cut(dir, "/")
		if first == "src" || first == "." {
			return nil
		}
		return []string{path.Join(strings.ReplaceAll(to, "*", first), rest)}
	}
	d := "/" + dir + "/"
	at := strings.LastIndex(d, "/"+from+"/")
	if at < 0 {
		return nil
	}
	rest := strings.Trim(d[at+len(from)+1:], "/")
	out := []string{strings.TrimPrefix(path.Join(d[:at], to, rest), "/")}
	// Packages below a folder of sources are often left out of the mirror: src/pkg/a.py has tests/test_a.py.
	if _, below, _ := strings.Cut(rest, "/"); from == "src" && rest != "" {
		out = append(out, strings.TrimPrefix(path.Join(d[:at], to, below), "/"))
	}
	return out
}
