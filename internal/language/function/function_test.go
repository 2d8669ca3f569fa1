package function

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// text writes what is known of a file as the golden files have it.
func text(file string, body []byte) string {
	found, err := Of(file, body)
	if err != nil {
		return fmt.Sprintf("unknown: %v\n", err)
	}
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "%s %d-%d parameters %d, nesting %d, cyclomatic %d, cognitive %d\n",
			f.Name, f.Line, f.EndLine, f.Parameters, f.Nesting, f.Cyclomatic, f.Cognitive)
	}
	return b.String()
}

// A file is split and parsed once, however often it is asked.
func TestAFileIsReadOnce(t *testing.T) {
	goFile := Read("a.go", []byte("package a\n\nfunc A() {}\n"))
	first, err := goFile.Functions()
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	_, syntax := goFile.Syntax()
	if _, again := goFile.Syntax(); syntax == nil || syntax != again {
		t.Error("a file of Go was parsed again")
	}
	script := Read("a.js", []byte("function a() {}\n"))
	if found, err := script.Functions(); err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	one, _ := script.Tokens()
	two, _ := script.Tokens()
	if len(one) == 0 || &one[0] != &two[0] {
		t.Error("a file was split again")
	}
	if _, syntax := script.Syntax(); syntax != nil {
		t.Error("JavaScript is no Go")
	}
	if _, syntax := Read("a.go", []byte("package")).Syntax(); syntax != nil {
		t.Error("what does not parse has no syntax")
	}
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) != 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			source, want := archive.Files[i], archive.Files[i+1]
			if want.Name != source.Name+" want" {
				t.Fatalf("%s: %s is followed by %s", file, source.Name, want.Name)
			}
			unix := string(source.Data)
			for name, body := range map[string]string{"LF": unix, "CRLF": strings.ReplaceAll(unix, "\n", "\r\n")} {
				if d := cmp.Diff(string(want.Data), text(source.Name, []byte(body))); d != "" {
					t.Errorf("%s: %s with %s: %s", file, source.Name, name, d)
				}
			}
		}
	}
}

// sources are the files of the golden archives.
func sources(tb testing.TB) []txtar.File {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	var all []txtar.File
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		for i := 0; i < len(archive.Files); i += 2 {
			all = append(all, archive.Files[i])
		}
	}
	return all
}

// Whatever a file holds: functions lie inside of it, their numbers make sense, and equal files give equal functions.
func FuzzOf(f *testing.F) {
	for _, s := range sources(f) {
		f.Add(s.Name, s.Data)
	}
	f.Fuzz(func(t *testing.T, file string, body []byte) {
		found, err := Of(file, body)
		if again, _ := Of(file, body); !cmp.Equal(found, again) {
			t.Fatal(cmp.Diff(found, again))
		}
		if err != nil && len(found) > 0 {
			t.Fatalf("%d functions of a file that is not known: %v", len(found), err)
		}
		lines := bytes.Count(body, []byte("\n")) + 1
		for _, x := range found {
			if x.Name == "" || x.Line < 1 || x.EndLine < x.Line || x.EndLine > lines || x.Body < x.Line || x.Body > x.EndLine {
				t.Errorf("%+v of %d lines", x, lines)
			}
			if x.Parameters < 0 || x.Nesting < 0 || x.Cyclomatic < 1 || x.Cognitive < 0 || x.Nesting > x.Cognitive {
				t.Errorf("%+v", x)
			}
		}
	})
}

// Files that are made to be slow are bounded: no piece of them is read once for each other piece.
func TestHostileFiles(t *testing.T) {
	for name, piece := range map[string]string{
		"slashes.js": "=(/[", "tags.tsx": "=<a>", "hashes.swift": "#", "hashes.rs": "#", "fences.cs": "$", "ifs.c": "if(a)",
		"blocks.c": "if(a){", "names.rb": "_ ", "begin.rb": "=begin", "heredocs.rb": "<<~A ", "defs.rb": "def a\n",
		"angles.rs": "fn a<", "calls.java": "a(", "brackets.py": "(", "lines.py": "if a:\n ", "deep.py": "",
		"templates.js": "`${", "fn.js": "function(){", "arrows.ts": "=>{", "open.php": "<?",
		"branches.c": "#else\n", "comments.kt": "/*",
	} {
		body := []byte(strings.Repeat(piece, 200_000/max(1, len(piece))))
		if name == "deep.py" {
			for i := range 1000 {
				body = append(body, strings.Repeat(" ", i)+"if a:\n"...)
			}
		}
		if _, err := Of(name, body); err == nil && strings.HasPrefix(name, "brackets") {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Of("a.js", make([]byte, 1<<20+1)); err == nil {
		t.Error("a file beyond the limit is known")
	}
	if _, err := Of("a.js", []byte(strings.Repeat("function a() {}\n", maxFunctions+1))); err == nil {
		t.Error("more functions than the limit are known")
	}
}

func TestReads(t *testing.T) {
	for file, want := range map[string]bool{"a.go": true, "a/B.KT": true, "a.h": true, "a.sh": false, "Makefile": false, "": false} {
		if Reads(file) != want {
			t.Errorf("%q", file)
		}
	}
}

// BenchmarkOf measures twenty files of 20 KB in ten languages.
func BenchmarkOf(b *testing.B) {
	var files []txtar.File
	size := 0
	for _, s := range sources(b) {
		if _, err := Of(s.Name, s.Data); err != nil || strings.HasSuffix(s.Name, ".go") {
			continue
		}
		body := bytes.Repeat(s.Data, 20_000/len(s.Data))
		if _, err := Of(s.Name, body); err == nil && len(files) < 20 {
			files, size = append(files, txtar.File{Name: s.Name, Data: body}), size+len(body)
		}
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for _, f := range files {
			if _, err := Of(f.Name, f.Data); err != nil {
				b.Fatal(err)
			}
		}
	}
}
