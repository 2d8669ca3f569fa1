package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/text"
)

// Imported is one change of a labelled data set in the shape of AACR-Bench. Base and Head are commits: in that
// data "source" is the base.
type Imported struct {
	Repo     string // owner/name
	Number   string
	Language string
	Base     string
	Head     string
	Comments []ImportedComment
}

// ImportedComment is one labelled comment, with lines in order.
type ImportedComment struct {
	Path, Note string
	// Category and Context are the data's own labels.
	Category, Context string
	Human, Left       bool
	Start, End        int
}

// maxImport bounds a data set.
const maxImport = 64 << 20

// ReadImport reads a data set: a JSON array. Comments without lines are left out and counted.
func ReadImport(data []byte) (all []Imported, without int, err error) {
	if len(data) > maxImport {
		return nil, 0, fmt.Errorf("the data has %d bytes, of at most %d", len(data), maxImport)
	}
	var list []struct {
		Language string `json:"project_main_language"`
		Source   string `json:"source_commit"`
		Target   string `json:"target_commit"`
		URL      string `json:"githubPrUrl"`
		Comments []struct {
			Note     string `json:"note"`
			Path     string `json:"path"`
			Side     string `json:"side"`
			From     *int   `json:"from_line"`
			To       *int   `json:"to_line"`
			Category string `json:"category"`
			Context  string `json:"context"`
			AI       *bool  `json:"is_ai_comment"`
		} `json:"comments"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, 0, fmt.Errorf("the data is not an array of labelled pull requests: %w", err)
	}
	for i, one := range list {
		u, err := url.Parse(one.URL)
		if err != nil {
			return nil, 0, fmt.Errorf("entry %d has no address of a pull request", i+1)
		}
		parts := strings.Split(strings.Trim(u.Path, "/"), "/")
		if len(parts) != 4 || parts[2] != "pull" ||
			slices.ContainsFunc(parts, func(p string) bool { return p == "" || strings.HasPrefix(p, ".") }) {
			return nil, 0, fmt.Errorf("entry %d: %q is no address of a pull request", i+1, text.Prefix(one.URL, 100))
		}
		p := Imported{
			Repo:     parts[0] + "/" + parts[1],
			Number:   parts[3],
			Language: language(one.Language),
			Base:     one.Source,
			Head:     one.Target,
		}
		for _, c := range one.Comments {
			from, to := c.From, c.To
			if from == nil {
				from = to
			}
			if to == nil {
				to = from
			}
			if to == nil || min(*from, *to) < 1 || c.Path == "" {
				without++
				continue
			}
			p.Comments = append(p.Comments,
				ImportedComment{
					Path:     c.Path,
					Note:     c.Note,
					Category: c.Category, Context: c.Context, Human: c.AI != nil && !*c.AI,
					Left:  strings.EqualFold(c.Side, "left"),
					Start: min(*from, *to),
					End:   max(*from, *to),
				})
		}
		all = append(all, p)
	}
	return all, without, nil
}

func language(name string) string {
	switch n := strings.ToLower(name); n {
	case "go", "typescript", "python":
		return n
	}
	return "other"
}

// errNotCase says that a change cannot be written as a case.
var errNotCase = errors.New("it cannot be written as a case")

// Archive writes a change as a case. The files are the changed ones, by path; never are the comments that are
// known to be wrong. Files that are no text, or hold a line that looks like a mark of the archive, cannot be in one.
func (p Imported) Archive(base, head map[string]string, renames map[string]string, never []ImportedComment) ([]byte, error) {
	wants := func(list []ImportedComment) []map[string]any {
		out := []map[string]any{}
		for _, c := range list {
			w := map[string]any{"path": c.Path, "lines": []int{c.Start, c.End}, "keywords": printableNote(c.Note)}
			if c.Left {
				w["side"] = "left"
			}
			if c.Human {
				w["human"] = true
			}
			for key, value := range map[string]string{"category": c.Category, "context": c.Context} {
				if value = printableNote(value); value != "" {
					w[key] = text.Prefix(value, 100)
				}
			}
			out = append(out, w)
		}
		return out
	}
	var gone, bare []string
	for path := range base {
		moved := false
		for _, from := range renames {
			moved = moved || from == path
		}
		if _, ok := head[path]; !ok && !moved {
			gone = append(gone, path)
		}
	}
	a := &txtar.Archive{}
	for _, part := range []struct {
		folder string
		tree   map[string]string
	}{{"base/", base}, {"head/", head}} {
		for _, path := range sortedKeys(part.tree) {
			content := part.tree[path]
			if !utf8.ValidString(content) || strings.Contains(content, "\x00") || len(txtar.Parse([]byte(content)).Files) > 0 ||
				strings.ContainsAny(path, "\n\r") || strings.TrimSpace(path) != path {
				return nil, fmt.Errorf("%s: %w", text.Prefix(path, 100), errNotCase)
			}
			if content != "" && !strings.HasSuffix(content, "\n") && !slices.Contains(bare, path) {
				bare = append(bare, path)
			}
			a.Files = append(a.Files, txtar.File{Name: part.folder + path, Data: []byte(content)})
		}
	}
	slices.Sort(gone)
	slices.Sort(bare)
	spec := map[string]any{
		"about": p.Repo + " " + p.Number, "language": p.Language, "kind": "imported", "gone": gone, "no_newline": bare, "renames": renames,
		"origin": Origin{URL: "https://github.com/" + p.Repo + "/pull/" + p.Number, Base: p.Base, Head: p.Head},
		"expect": map[string]any{"find": wants(p.Comments), "never": wants(never)},
	}
	for k, v := range spec {
		if l, ok := v.([]string); ok && len(l) == 0 {
			delete(spec, k)
		}
	}
	if len(renames) == 0 {
		delete(spec, "renames")
	}
	raw, err := json.MarshalIndent(spec, "", " ") // JSON is YAML
	if err != nil {
		return nil, fmt.Errorf("write case.yml: %w", err)
	}
	a.Files = slices.Insert(a.Files, 0, txtar.File{Name: "case.yml", Data: append(raw, '\n')})
	out := txtar.Format(a)
	if len(out) > maxCase {
		return nil, fmt.Errorf("%d bytes, of at most %d: %w", len(out), maxCase, errNotCase)
	}
	// One case that cannot be read would stop the whole suite.
	if _, err := parse("case", out); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotCase, err)
	}
	return out, nil
}

// printableNote is a note without what no reader sees. Its line ends stay: code in it has its own.
func printableNote(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(strings.ToValidUTF8(s[:min(len(s), 1000)], ""))
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
