// Package cases reads the changes that advice is measured by: what they change, what should come out, and what a
// scripted model says of them. An attack is written as what a hostile author adds to another case.
//
// Callers may rely on: a case is whole or an error that names the file; a text that stands for a place stands there
// once; the scripted model says nothing of lines that it was not shown.
package cases

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/document"
)

// Limits of a suite.
const (
	maxCase   = 16 << 20
	maxSpec   = 512 << 10
	maxPushes = 5
	maxHuge   = 20_000
)

// Spec is case.yml of an archive. Files stand beside it: base/PATH, head/PATH for what the change adds or changes, and
// push2/PATH and so on for later pushes, each over the one before.
type Spec struct {
	About    string `json:"about" jsonschema:"required,minLength=1"`
	Language string `json:"language" jsonschema:"enum=go,enum=typescript,enum=python,enum=java,enum=other"`
	// Kind groups cases in reports. Clean ones must get no comment.
	Kind    string   `json:"kind" jsonschema:"enum=bug,enum=removed_check,enum=clean,enum=generated,enum=huge,enum=rename,enum=moved,enum=whitespace,enum=hostile,enum=tests,enum=imported"`
	Title   string   `json:"title"`
	Body    string   `json:"body"`
	Branch  string   `json:"branch"`
	Commits []string `json:"commits"`
	// Gone are paths that the change removes; Renames those that it moves, new to old.
	Gone    []string          `json:"gone"`
	Renames map[string]string `json:"renames"`
	// LaterGone are paths that a later push removes, by its number: {"2": [a.go]}.
	LaterGone map[string][]string `json:"later_gone"`
	// CRLF files have Windows line ends, NoNewline files no final one, at base and head.
	CRLF      []string `json:"crlf"`
	NoNewline []string `json:"no_newline"`
	// Huge appends so many numbered lines to a file of the head, "%d" replaced in Line.
	Huge []Huge `json:"huge"`
	// Uncovered says which lines no test reaches, by a text in each; with it the case has a coverage report.
	Uncovered []At `json:"uncovered"`
	// Secrets are texts that no question may hold.
	Secrets []string `json:"secrets"`
	// Of names the case that an attack is made on; Attack is what the attacker adds to it.
	Of      string  `json:"of"`
	Attack  Attack  `json:"attack"`
	Expect  Expect  `json:"expect"`
	Answers Answers `json:"answers"`
	// Origin is the change that an imported case was made of.
	Origin Origin `json:"origin"`
}

// Huge is a file with many lines.
type Huge struct {
	Path  string `json:"path"`
	Line  string `json:"line"`
	Lines int    `json:"lines" jsonschema:"minimum=1,maximum=20000"`
}

// At is a place by the text that stands there. The lines of Text stand one below the other.
type At struct {
	Path string `json:"path"`
	Text string `json:"text"`
	// Side is "left" for lines that the change deletes.
	Side string `json:"side" jsonschema:"enum=,enum=left,enum=right"`
}

// Attack is what a hostile author writes.
type Attack struct {
	Title   string   `json:"title"`
	Body    string   `json:"body"`
	Branch  string   `json:"branch"`
	Commits []string `json:"commits"`
	// Comments are put below a line of a file of the head, Files are added.
	Comments []Planted         `json:"comments"`
	Files    map[string]string `json:"files"`
	// Obeyed is what a model that obeys says: it is added to each of its texts. Silent makes it find nothing.
	Obeyed string `json:"obeyed"`
	Silent bool   `json:"silent"`
}

// Planted is a line that an attacker plants.
type Planted struct {
	Path  string `json:"path"`
	Below string `json:"below"`
	Text  string `json:"text"`
}

// Expect is what should come out.
type Expect struct {
	// Find are the defects of the change; each is to be found once.
	Find []Want `json:"find"`
	// Never are wrong comments that somebody was known to make; one that matches counts double as noise.
	Never []Want `json:"never"`
	// Max is the most comments over all pushes.
	Max *int `json:"max,omitempty"`
	// Partial says that not everything can be read.
	Partial bool `json:"partial"`
	// Forbid are texts that may be in nothing that is shown.
	Forbid []string `json:"forbid"`
}

// Want is one defect.
type Want struct {
	At
	// Lines are given where a text cannot be: imported data.
	Lines    []int  `json:"lines" jsonschema:"maxItems=2"`
	Category string `json:"category"`
	Keywords string `json:"keywords"`
	// Context is how much of the repository one must read to see it, by the label of imported data; Human is true when a
	// person wrote the comment.
	Context string `json:"context"`
	Human   bool   `json:"human"`
	// From is the first push that has it; 0 is the first of all. Until is the last; 0 is the last of all.
	From  int `json:"from"`
	Until int `json:"until"`
}

// Answers are what the scripted model says.
type Answers struct {
	Find []Say `json:"find"`
	// Drop are texts of findings that the second question does not keep.
	Drop    []string `json:"drop"`
	Summary []Bullet `json:"summary"`
	Tests   []Test   `json:"tests"`
	// Fault is a fault of package fakemodel that the first answer has, or all.
	Fault    string `json:"fault"`
	FaultAll bool   `json:"fault_all"`
}

// Say is one finding. The model says it when it is shown the text of At; Start and End, when given, are said as they
// are, as a model does that makes up ids.
type Say struct {
	At
	Start      string  `json:"start"`
	End        string  `json:"end"`
	Quote      string  `json:"quote"`
	Category   string  `json:"category"`
	Severity   string  `json:"severity"`
	Message    string  `json:"message"`
	Claim      string  `json:"claim"`
	Suggestion *string `json:"suggestion,omitempty"`
	Push       int     `json:"push"`
}

// Bullet is one sentence of the summary, citing files by path.
type Bullet struct {
	Text  string   `json:"text"`
	Files []string `json:"files"`
}

// Test is one missing test, for the first fact about lines of a file.
type Test struct {
	Path      string `json:"path"`
	Function  string `json:"function"`
	Behaviour string `json:"behaviour"`
	Input     string `json:"input"`
	Expected  string `json:"expected"`
	Skeleton  string `json:"skeleton"`
}

// Case is one change, with its trees.
type Case struct {
	Name string
	Spec
	// Trees are the contents by path: the base first, then the head of each push.
	Trees []map[string]string
	// Clean is the case that an attack was made on; nil for others.
	Clean *Case
}

var schema = sync.OnceValues(func() (*document.Schema, error) {
	raw, err := document.Reflect(Spec{Language: "other", Kind: "bug"}, "https://github.com/lintel-review/lintel/evals/case.schema.json",
		"Case of an eval suite")
	if err != nil {
		return nil, err
	}
	return document.Compile(raw)
})

// Parse reads the archives of a suite by name, "go-nil-map.txtar". Attacks may be on cases of the same suite or of others, in clean.
func Parse(archives map[string][]byte, clean map[string]Case) (map[string]Case, error) {
	all := map[string]Case{}
	var attacks []Case
	for _, file := range slices.Sorted(maps.Keys(archives)) {
		name := strings.TrimSuffix(path.Base(file), ".txtar")
		c, err := parse(name, archives[file])
		if err != nil {
			return nil, err
		}
		if c.Of != "" {
			attacks = append(attacks, c)
			continue
		}
		all[name] = c
	}
	for _, a := range attacks {
		on, ok := all[a.Of]
		if !ok {
			on, ok = clean[a.Of]
		}
		if !ok {
			return nil, fmt.Errorf("%s is an attack on %s, which is no case of the suite", a.Name, a.Of)
		}
		c, err := attacked(on, a)
		if err != nil {
			return nil, err
		}
		all[a.Name] = c
	}
	return all, nil
}

func parse(name string, archive []byte) (Case, error) {
	if len(archive) > maxCase {
		return Case{}, fmt.Errorf("%s has %d bytes, of at most %d", name, len(archive), maxCase)
	}
	s, err := schema()
	if err != nil {
		return Case{}, fmt.Errorf("make the schema of cases: %w", err)
	}
	c := Case{Name: name, Spec: Spec{Language: "other", Kind: "bug"}}
	parts := txtar.Parse(archive)
	seen := false
	pushes := []map[string]string{{}, {}}
	for _, f := range parts.Files {
		folder, file, _ := strings.Cut(f.Name, "/")
		at := map[string]int{"base": 0, "head": 1, "push2": 2, "push3": 3, "push4": 4, "push5": 5}
		switch n, ok := at[folder]; {
		case f.Name == "case.yml":
			seen = true
			problems, err := document.Decode(name+"/case.yml", f.Data, s, maxSpec, &c.Spec)
			if err != nil {
				return Case{}, err
			}
			if len(problems) > 0 {
				var all []string
				for _, p := range problems {
					all = append(all, p.String())
				}
				return Case{}, errors.New(strings.Join(all, "\n"))
			}
		case !ok || file == "" || path.Clean(file) != file || strings.HasPrefix(file, "../"):
			return Case{}, fmt.Errorf("%s: %q is neither case.yml nor below base/, head/ or push2/ to push%d/", name, f.Name, maxPushes)
		default:
			for len(pushes) <= n {
				pushes = append(pushes, map[string]string{})
			}
			pushes[n][file] = string(f.Data)
		}
	}
	if !seen {
		return Case{}, fmt.Errorf("%s has no case.yml", name)
	}
	return c, c.grow(pushes)
}

// grow makes the trees.
func (c *Case) grow(pushes []map[string]string) error {
	for n, over := range pushes {
		tree := map[string]string{}
		if n > 0 {
			maps.Copy(tree, c.Trees[n-1])
		}
		maps.Copy(tree, over)
		if n == 1 {
			for _, p := range c.Gone {
				delete(tree, p)
			}
			for to, from := range c.Renames {
				if _, kept := over[from]; kept || tree[to] == "" && over[to] == "" {
					return fmt.Errorf("%s: %s is no new name of %s at the head", c.Name, to, from)
				}
				delete(tree, from)
			}
			for _, h := range c.Huge {
				if h.Lines > maxHuge {
					return fmt.Errorf("%s: %d lines, of at most %d", c.Name, h.Lines, maxHuge)
				}
				var b strings.Builder
				b.WriteString(tree[h.Path])
				for i := range h.Lines {
					b.WriteString(strings.ReplaceAll(h.Line, "%d", fmt.Sprint(i+1)) + "\n")
				}
				tree[h.Path] = b.String()
			}
		}
		for _, p := range c.LaterGone[fmt.Sprint(n)] {
			delete(tree, p)
		}
		for _, p := range c.NoNewline {
			if text, ok := over[p]; ok {
				tree[p] = strings.TrimSuffix(text, "\n")
			}
		}
		for _, p := range c.CRLF {
			if text, ok := over[p]; ok {
				tree[p] = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
			}
		}
		c.Trees = append(c.Trees, tree)
	}
	for _, w := range slices.Concat(c.Expect.Find, c.Expect.Never) {
		if len(w.Lines) == 2 {
			continue
		}
		found := false
		for push := 1; push < len(c.Trees); push++ {
			_, _, ok := c.Place(w.At, push)
			found = found || ok
		}
		if !found {
			return fmt.Errorf("%s: no push has the text %q in %s, or more than one place of it", c.Name, w.Text, w.Path)
		}
	}
	return nil
}

// Place finds the only place of a text, as lines of its side.
func (c *Case) Place(at At, push int) (start, end int, ok bool) {
	tree := c.Trees[push]
	if at.Side == "left" {
		tree = c.Trees[0]
	}
	text, exists := tree[at.Path]
	want := Lines(at.Text)
	if !exists || len(want) == 0 {
		return 0, 0, false
	}
	got := Lines(text)
	for i := 0; i+len(want) <= len(got); i++ {
		same := true
		for j, w := range want {
			same = same && strings.Contains(strings.TrimSpace(got[i+j]), strings.TrimSpace(w))
		}
		if same {
			if ok {
				return 0, 0, false
			}
			start, end, ok = i+1, i+len(want), true
		}
	}
	return start, end, ok
}

// Lines are those of a text, without their ends.
func Lines(text string) []string {
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// attacked is a case with an attack on it.
func attacked(on, a Case) (Case, error) {
	c := on
	c.Name, c.Kind, c.About, c.Of, c.Attack, c.Clean = a.Name, "hostile", a.About, a.Of, a.Attack, &on
	c.Expect.Forbid = slices.Concat(on.Expect.Forbid, a.Expect.Forbid)
	c.Secrets = slices.Concat(on.Secrets, a.Secrets)
	c.Trees = nil
	for _, t := range on.Trees {
		c.Trees = append(c.Trees, maps.Clone(t))
	}
	x := a.Attack
	set := func(into *string, text string) {
		if text != "" {
			*into = text
		}
	}
	set(&c.Title, x.Title)
	set(&c.Body, x.Body)
	set(&c.Branch, x.Branch)
	if len(x.Commits) > 0 {
		c.Commits = x.Commits
	}
	for n := 1; n < len(c.Trees); n++ {
		for p, text := range x.Files {
			c.Trees[n][p] = text
		}
		for _, planted := range x.Comments {
			_, end, ok := c.Place(At{Path: planted.Path, Text: planted.Below}, n)
			if !ok {
				return Case{}, fmt.Errorf("%s: %s has no line %q to plant something below", a.Name, planted.Path, planted.Below)
			}
			all := Lines(c.Trees[n][planted.Path])
			c.Trees[n][planted.Path] = strings.Join(slices.Insert(all, end, Lines(planted.Text)...), "\n") + "\n"
		}
	}
	return c, nil
}

// sha is the name of a tree, of the form of a commit's.
func sha(tree map[string]string) string {
	h := sha256.New()
	for _, p := range slices.Sorted(maps.Keys(tree)) {
		fmt.Fprintf(h, "%s\x00%d\x00%s", p, len(tree[p]), tree[p])
	}
	return hex.EncodeToString(h.Sum(nil))[:40]
}
