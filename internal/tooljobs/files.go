package tooljobs

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/toolcall"
)

// FileStore keeps what tools that work by file said of a file, by the key of checkplan.FileKeys.
type FileStore interface {
	KeptAll(ctx context.Context, kind string, keys []string) (map[string][]byte, error)
	KeepAll(ctx context.Context, kind string, all map[string][]byte) error
}

// fileKind is the kind under which the record keeps them.
const fileKind = "check-file"

const (
	// maxByFile is the most files that are looked at one by one.
	maxByFile = 20_000
	// maxSettings and maxSetting bound the files of settings that are read to see whether they load others, and each.
	maxSettings = 200
	maxSetting  = 256 << 10
)

// byFile is an order by its files; nil where the tool does not work by file.
type byFile struct {
	paths []string
	keys  map[string]string
	known map[string][]report.LintFinding
}

// files looks up what is known of the files of an order. An order that names no tool's digest knows nothing: the tool of
// its key is not known either.
func (r *Runner) files(ctx context.Context, item checkplan.Item, o order) (*byFile, error) {
	if r.o.Files == nil || !item.Tool.ByFile(nil) || o.Tool == "" || len(o.Tree) == 0 || len(o.Tree) > maxByFile {
		return nil, nil //nolint:nilnil // nil is none
	}
	f := &byFile{keys: map[string]string{}, known: map[string][]report.LintFinding{}}
	keys := checkplan.FileKeys(item, o.Tool, o.Settings, o.Tree)
	for i, in := range o.Tree {
		if in.Blob == "" {
			return nil, nil //nolint:nilnil // it was prepared by a version that did not work by file
		}
		f.paths = append(f.paths, in.Path)
		f.keys[in.Path] = keys[i]
	}
	kept, err := r.o.Files.KeptAll(ctx, fileKind, keys)
	if err != nil {
		return nil, err
	}
	for path, key := range f.keys {
		var part []report.LintFinding
		if body, there := kept[key]; there && json.Unmarshal(body, &part) == nil && part != nil {
			f.known[path] = part
		}
	}
	return f, nil
}

// missing are the files of which nothing is known.
func (f *byFile) missing() (out []string) {
	for _, path := range f.paths {
		if _, there := f.known[path]; !there {
			out = append(out, path)
		}
	}
	return out
}

// names are the files that the sandbox shows, without those that are known and set nothing.
func (f *byFile) names(o order) []string {
	set := map[string]bool{}
	for _, s := range o.Settings {
		set[s.Path] = true
	}
	out := []string{}
	for _, name := range o.Names {
		if _, known := f.known[name]; !known || set[name] {
			out = append(out, name)
		}
	}
	return out
}

// report is the report of a run on all files, of whom these parts say what the tool said.
func (f *byFile) report(item checkplan.Item, parts map[string][]report.LintFinding) (report.Report, bool) {
	out := toolcall.Blank(item)
	lint, ok := toolcall.Join(item.Tool.Name, f.paths, parts)
	out.Lint, out.Files, out.Known = lint, len(f.paths), len(f.known)
	return out, ok
}

// join puts what a run on the missing files reports together with what is known; false where that cannot be told apart by
// files. What was found of each file is then in parts.
func (f *byFile) join(item checkplan.Item, l *report.Lint) (out report.Report, parts map[string][]report.LintFinding, ok bool) {
	parts, ok = toolcall.Split(l, f.missing())
	if !ok {
		return out, nil, false
	}
	all := map[string][]report.LintFinding{}
	for _, of := range []map[string][]report.LintFinding{f.known, parts} {
		for path, part := range of {
			all[path] = part
		}
	}
	out, ok = f.report(item, all)
	return out, parts, ok
}

// keep keeps what a run said of each file, unless the tool's settings could have loaded another one.
func (r *Runner) keep(ctx context.Context, item checkplan.Item, o order, folder string, f *byFile,
	parts map[string][]report.LintFinding) error {
	set, ok := settingsOf(folder, o.Settings)
	if !ok || !item.Tool.ByFile(set) {
		return nil
	}
	bodies := make(map[string][]byte, len(parts))
	for path, part := range parts {
		body, err := json.Marshal(part)
		if err != nil {
			return err
		}
		bodies[f.keys[path]] = body
	}
	return r.o.Files.KeepAll(ctx, fileKind, bodies)
}

// settingsOf reads the files by which a tool is set; false where they are too many, too large, or no plain files.
func settingsOf(folder string, of []checkplan.Input) (map[string][]byte, bool) {
	out := map[string][]byte{}
	if len(of) == 0 {
		return out, true
	}
	if len(of) > maxSettings {
		return nil, false
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, false
	}
	defer func() { _ = root.Close() }() // it was only read
	for _, in := range of {
		f, err := root.Open(in.Path)
		if err != nil {
			return nil, false
		}
		body, err := io.ReadAll(io.LimitReader(f, maxSetting+1))
		if err = errors.Join(err, f.Close()); err != nil || len(body) > maxSetting {
			return nil, false
		}
		out[in.Path] = body
	}
	return out, true
}
