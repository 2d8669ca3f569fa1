package secrets

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	matcher "github.com/lintel-review/lintel/internal/secrets"
)

// Wants are the contents that the analysis needs: the head of each file with an added line on which a key block begins,
// and both sides of a file whose lines the forge does not show, as those of UTF-16.
func Wants(files []diff.File) (out []change.Want) {
	for _, f := range files {
		switch {
		case f.Status == diff.Removed:
		case beginsKey(f):
			out = append(out, change.Want{Path: f.Path, Side: change.AtHead, Max: maxText, Why: "secrets"})
		case f.State == diff.Binary && textByName(f.Path):
			f.State = diff.Unknown // it may be UTF-16, which git takes for binary
			out = append(out, change.WantSides(f, maxText, "secrets")...)
		case !f.Complete():
			out = append(out, change.WantSides(f, maxText, "secrets")...)
		}
	}
	return out
}

const (
	beginKey = "-----BEGIN"
	endKey   = "-----END"
	keyWord  = "PRIVATE KEY"
)

// beginsKey reports whether a key block begins on an added line and does not end in added lines that follow it.
func beginsKey(f diff.File) bool {
	for _, h := range f.Hunks {
		open := false
		for _, l := range h.Lines {
			switch {
			case l.Op == diff.Delete:
			case l.Op == diff.Add && strings.Contains(l.Text, beginKey) && strings.Contains(l.Text, keyWord) &&
				!strings.Contains(l.Text, endKey):
				open = true
			case open && l.Op != diff.Add:
				return true
			case strings.Contains(l.Text, endKey):
				open = false
			}
		}
		if open {
			return true
		}
	}
	return false
}

// fileSources are the texts of one file.
func (a *analysis) fileSources(f diff.File) []source {
	if f.Status == diff.Removed {
		return nil
	}
	switch {
	case !f.Complete(), f.State == diff.Binary && textByName(f.Path):
		return a.hiddenSources(f)
	}
	lines, bytes := addedTo(f)
	src := source{where: "line", path: f.Path, lines: make([]int, 0, lines+1)}
	var b strings.Builder
	b.Grow(bytes)
	for _, h := range f.Hunks {
		number := h.NewStart
		for _, l := range h.Lines {
			if l.Op == diff.Delete {
				continue
			}
			if l.Op == diff.Add {
				b.WriteString(l.Text)
				b.WriteByte('\n')
				src.lines = append(src.lines, number)
			}
			number++
		}
	}
	src.text = b.String()
	src.lines = append(src.lines, 0) // behind the last line's end
	if !beginsKey(f) {
		return []source{src}
	}
	return append([]source{src}, a.keySource(f, src.lines)...)
}

// addedTo counts the added lines of a file, and their bytes.
func addedTo(f diff.File) (lines, bytes int) {
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			if l.Op == diff.Add {
				lines++
				bytes += len(l.Text) + 1
			}
		}
	}
	return lines, bytes
}

// keySource is the head of a file in which a key block begins: the diff may show a part of it alone.
func (a *analysis) keySource(f diff.File, added []int) []source {
	head, why := a.content(change.AtHead, f.Path)
	if why != "" {
		reason := "a key block begins on an added line, and the file could not be read: " + why
		a.unread = append(a.unread, Unread{Path: f.Path, Reason: reason})
		return nil
	}
	return []source{{where: "key", path: f.Path, text: head, keep: func(x matcher.Finding, from, to int) bool {
		return x.Rule == "private-key" && slices.ContainsFunc(added, func(n int) bool { return n > from && n <= to+1 })
	}}}
}

// hiddenSources are the head of a file whose lines the forge does not show. What its base has too is not new.
func (a *analysis) hiddenSources(f diff.File) []source {
	head, why := a.content(change.AtHead, f.Path)
	base := ""
	if why == "" && f.Status != diff.Added && f.Status != diff.Copied {
		base, why = a.content(change.AtBase, cmp.Or(f.OldPath, f.Path))
	}
	if why != "" {
		a.unread = append(a.unread, Unread{Path: f.Path, Reason: "its changed lines are not known, and it could not be read: " + why})
		return nil
	}
	return []source{{where: "line", path: f.Path, text: head, keep: func(x matcher.Finding, _, _ int) bool {
		return !strings.Contains(base, x.Secret)
	}}}
}

// content is that of a file, or why there is none.
func (a *analysis) content(side change.Side, path string) (body, why string) {
	c, ok := a.snapshot.Content(side, path)
	switch {
	case !ok:
		return "", "nothing was read of it"
	case !c.Read():
		return "", cmp.Or(c.Problem, "there is no such file")
	}
	return string(c.Body), ""
}

// textByName reports whether the name of a file promises text that people and programs keep secrets in.
func textByName(name string) bool {
	base := strings.ToLower(path.Base(name))
	if strings.HasPrefix(base, ".env") || base == "dockerfile" || base == "makefile" {
		return true
	}
	switch path.Ext(base) {
	case ".env", ".txt", ".json", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".xml", ".sh", ".ps1", ".py", ".js",
		".ts", ".go", ".rb", ".php", ".java", ".cs", ".tf", ".tfvars", ".sql", ".md", ".ipynb", ".pem", ".csv":
		return true
	}
	return false
}
