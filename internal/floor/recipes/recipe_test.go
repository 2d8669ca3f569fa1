package recipes

import (
	"bytes"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// recipe is one archive of testdata. Its comment has a sentence, and then a line "WORD: NAME" for each name that the recipe invents.
type recipe struct {
	name  string
	words map[string]string // "command": "hello"
	parts []part
}

// part is a new file, or lines that go into a file that exists: the archive calls it "PATH after TEXT", and the lines
// go behind the one line that holds TEXT.
type part struct {
	path  string
	after string
	text  []byte
}

func load(t *testing.T) []recipe {
	t.Helper()
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var out []recipe
	for _, f := range files {
		archive, err := txtar.ParseFile("testdata/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		r := recipe{name: strings.TrimSuffix(f.Name(), ".txtar"), words: map[string]string{}}
		for line := range strings.Lines(string(archive.Comment)) {
			if word, name, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.Contains(word, " ") {
				r.words[word] = name
			}
		}
		for _, f := range archive.Files {
			name, after, _ := strings.Cut(f.Name, " after ")
			r.parts = append(r.parts, part{path: name, after: after, text: f.Data})
		}
		out = append(out, r)
	}
	if len(out) < 5 {
		t.Fatalf("only %d recipes were found, so little was tested", len(out))
	}
	return out
}

// general is a path with the recipe's words in the place of the names: internal/command/<command>/<command>.go.
func (r recipe) general(name string) string {
	var pairs []string
	for _, word := range slices.Sorted(maps.Keys(r.words)) {
		pairs = append(pairs, r.words[word], "<"+word+">")
	}
	return strings.NewReplacer(pairs...).Replace(name)
}

// files are the paths of the parts, in general form.
func (r recipe) files() []string {
	var out []string
	for _, p := range r.parts {
		out = append(out, r.general(p.path))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// put writes the parts into a copy of the tree and returns the paths that it wrote.
func (r recipe) put(t *testing.T, copied string) []string {
	t.Helper()
	var written []string
	for _, p := range r.parts {
		name := path.Join(copied, p.path)
		now, err := os.ReadFile(name)
		switch {
		case p.after == "" && err == nil:
			t.Fatalf("%s: %s exists, so say after which line the new lines go", r.name, p.path)
		case p.after == "":
			now = p.text
		case err != nil:
			t.Fatalf("%s: %v", r.name, err)
		default:
			if now, err = insert(now, p.after, p.text); err != nil {
				t.Fatalf("%s: %s: %v", r.name, p.path, err)
			}
		}
		if err := os.MkdirAll(path.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, now, 0o644); err != nil {
			t.Fatal(err)
		}
		written = append(written, p.path)
	}
	return written
}

type placeError string

func (e placeError) Error() string { return string(e) }

// insert puts text behind the one line that holds the mark.
func insert(file []byte, mark string, text []byte) ([]byte, error) {
	if n := bytes.Count(file, []byte(mark)); n != 1 {
		return nil, placeError("the text " + mark + " should be there once, and is there " +
			map[bool]string{true: "not at all", false: "more than once"}[n == 0])
	}
	at := bytes.Index(file, []byte(mark))
	end := at + bytes.IndexByte(file[at:], '\n') + 1
	return slices.Concat(file[:end], text, file[end:]), nil
}

var (
	heading = regexp.MustCompile(`(?m)^### Add an? ([a-z ]+)\n+`)
	named   = regexp.MustCompile("`((?:cmd|deploy|docs|internal|policies|scripts)/[^`]+)`")
)

// TestRecipesNameTheirFiles holds that each paragraph of ARCHITECTURE.md names exactly the files that its archive touches.
func TestRecipesNameTheirFiles(t *testing.T) {
	page, err := os.ReadFile("../../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	places := heading.FindAllSubmatchIndex(page, -1)
	for _, at := range places {
		name := strings.ReplaceAll(string(page[at[2]:at[3]]), " ", "-")
		paragraph, _, _ := strings.Cut(string(page[at[1]:]), "\n\n")
		said[name] = paragraph
	}
	for _, r := range load(t) {
		paragraph, ok := said[r.name]
		delete(said, r.name)
		if !ok {
			t.Errorf("ARCHITECTURE.md has no section \"### Add a %s\"", r.name)
			continue
		}
		var files []string
		for _, m := range named.FindAllStringSubmatch(paragraph, -1) {
			files = append(files, m[1])
		}
		slices.Sort(files)
		if files = slices.Compact(files); !slices.Equal(files, r.files()) {
			t.Errorf("the recipe %s names\n\t%s\nand needs\n\t%s", r.name, strings.Join(files, "\n\t"), strings.Join(r.files(), "\n\t"))
		}
	}
	for name := range said {
		t.Errorf("ARCHITECTURE.md has a recipe %s, and testdata has no archive of that name", name)
	}
}

func TestInsert(t *testing.T) {
	for _, c := range []struct{ file, mark, want string }{
		{"a\nb\nc\n", "b", "a\nb\nX\nc\n"},
		{"a\nb\nc\n", "d", "not at all"},
		{"a\nb\nb\n", "b", "more than once"},
	} {
		got, err := insert([]byte(c.file), c.mark, []byte("X\n"))
		if err == nil && string(got) != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q in %q gives %q, %v, want %q", c.mark, c.file, got, err, c.want)
		}
	}
}
