package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/git"
)

// OwnersRequest is one question about CODEOWNERS as it stands in a commit.
type OwnersRequest struct {
	// Repo is any folder of the repository, Rev the commit (empty: HEAD).
	Repo, Rev string
	// Paths are relative to the repository's root; the one path "-" reads them from the terminal's input, one a line.
	Paths []string
	JSON  bool
}

// maxPathList bounds the paths that are read from a stream.
const maxPathList = 64 << 20

// owned is CODEOWNERS and the tree of one commit.
type owned struct {
	// place is the file's path, empty when there is none.
	place string
	file  *codeowners.File
	paths []string
}

// OwnerOf is the answer about one path.
type OwnerOf struct {
	Path string `json:"path"`
	// Owners are as written; none with a Line means that the line leaves the path to nobody on purpose.
	Owners []string `json:"owners"`
	// File and Line are where it stands, Pattern what takes the path; empty and 0 when no line does.
	File    string `json:"file"`
	Line    int    `json:"line"`
	Pattern string `json:"pattern"`
}

// Owners says who owns paths, whether they exist or not.
func Owners(ctx context.Context, req OwnersRequest, t Terminal) error {
	o, err := readOwned(ctx, req, false)
	if err != nil {
		return err
	}
	paths := req.Paths
	if len(paths) == 1 && paths[0] == "-" {
		if paths, err = pathLines(t.In); err != nil {
			return err
		}
	}
	m := o.file.Matcher()
	all := []OwnerOf{}
	for _, p := range paths {
		a := OwnerOf{Path: cleanPath(p), Owners: []string{}}
		if i := m.Match(a.Path); i >= 0 {
			r := o.file.Rules[i]
			a.File, a.Line, a.Pattern = o.place, r.Line, r.Pattern
			for _, owner := range r.Owners {
				a.Owners = append(a.Owners, owner.String())
			}
		}
		all = append(all, a)
	}
	if req.JSON {
		return writeJSON(t.Out, all)
	}
	w := bufio.NewWriter(t.Out)
	for _, a := range all {
		switch {
		case a.Line == 0 && o.place == "":
			fmt.Fprintf(w, "%s: no owner (there is no CODEOWNERS file)\n", shown(a.Path))
		case a.Line == 0:
			fmt.Fprintf(w, "%s: no owner (no line of %s takes it)\n", shown(a.Path), o.place)
		case len(a.Owners) == 0:
			fmt.Fprintf(w, "%s: no owner, on purpose (%s:%d %s)\n", shown(a.Path), a.File, a.Line, shown(a.Pattern))
		default:
			fmt.Fprintf(w, "%s: %s (%s:%d %s)\n", shown(a.Path), shown(strings.Join(a.Owners, " ")), a.File, a.Line, shown(a.Pattern))
		}
	}
	return w.Flush()
}

// LintOwners holds CODEOWNERS to the whole tree. The answer is true when no line is at fault.
func LintOwners(ctx context.Context, req OwnersRequest, t Terminal) (bool, error) {
	o, err := readOwned(ctx, req, true)
	if err != nil {
		return false, err
	}
	if o.place == "" {
		return false, &local.UsageError{What: "there is no CODEOWNERS file in this commit", Remedy: "make one at " + strings.Join(codeowners.Locations(), ", ") + ", and commit it"}
	}
	a, complete := codeowners.AuditOf(o.file, o.paths)
	if !complete {
		t.remark("the patterns take too long to follow on this tree, so dead and shadowed lines are not named")
	}
	if req.JSON {
		return len(a.Faults) == 0, writeJSON(t.Out, struct {
			File string `json:"file"`
			// Complete is false when dead and shadowed lines could not be told.
			Complete bool `json:"complete"`
			codeowners.Audit
		}{o.place, complete, a})
	}
	w := bufio.NewWriter(t.Out)
	for _, f := range a.Faults {
		by := ""
		if f.By > 0 {
			by = fmt.Sprintf(" (line %d above all)", f.By)
		}
		fmt.Fprintf(w, "%s:%d  %s  %s: %s%s\n    fix: %s\n", o.place, f.Line, f.Kind, shown(f.Source), shown(f.Message), by, shown(f.Fix))
	}
	share := 0.0
	if a.Files > 0 {
		share = 100 * float64(a.Unowned) / float64(a.Files)
	}
	fmt.Fprintf(w, "%d lines, %d at fault; %d of %d files (%.1f %%) have no line, %d are left to nobody on purpose\n",
		len(o.file.Rules)+len(o.file.Problems), len(a.Faults), a.Unowned, a.Files, share, a.Waived)
	for _, f := range a.Folders {
		fmt.Fprintf(w, "    %6d without a line in %s\n", f.Unowned, shown(f.Path))
	}
	return len(a.Faults) == 0, w.Flush()
}

// readOwned reads CODEOWNERS where GitHub looks for it, and the tree's files when they are wanted.
func readOwned(ctx context.Context, req OwnersRequest, tree bool) (owned, error) {
	dir, rev := cmpOr(req.Repo, "."), cmpOr(req.Rev, "HEAD")
	repo := git.Open(dir)
	info, err := repo.Inspect(ctx)
	switch {
	case errors.Is(err, git.ErrNoRepository):
		return owned{}, &local.UsageError{What: fmt.Sprintf("%q is not in a git repository", dir), Remedy: "run this inside one, or name one with --repo", Err: err}
	case errors.Is(err, git.ErrOwner):
		return owned{}, &local.UsageError{What: fmt.Sprintf("the repository at %q belongs to another user, so git does not trust it", dir),
			Remedy: "if you do, run 'git config --global --add safe.directory DIR' with the repository's absolute path", Err: err}
	case err != nil:
		return owned{}, err
	}
	repo = repo.At(info.Root)
	tip, err := repo.Resolve(ctx, rev)
	if errors.Is(err, git.ErrNoCommit) {
		return owned{}, &local.UsageError{What: fmt.Sprintf("%.100q names no commit", rev), Remedy: "name a branch, a tag or a commit with --rev; CODEOWNERS is read as committed", Err: err}
	}
	if err != nil {
		return owned{}, err
	}
	entries, err := repo.ListTree(ctx, tip, maxTreeBytes)
	if err != nil {
		return owned{}, err
	}
	o := owned{}
	ids := map[string]string{}
	for _, e := range entries {
		if tree {
			o.paths = append(o.paths, e.Name)
		}
		if e.IsFile() {
			ids[e.Name] = e.ID
		}
	}
	var content []byte
	for _, place := range codeowners.Locations() {
		if id := ids[place]; id != "" {
			if content, err = readBlob(ctx, repo, id); err != nil {
				return owned{}, fmt.Errorf("read %s: %w", place, err)
			}
			o.place = place
			break
		}
	}
	if o.file, err = codeowners.Parse(content); errors.Is(err, codeowners.ErrTooLarge) {
		return owned{}, &local.UsageError{What: o.place + ": " + err.Error(), Remedy: "make it smaller: owners of whole folders, and fewer lines for single files", Err: err}
	}
	return o, err
}

func readBlob(ctx context.Context, repo *git.Repo, id string) ([]byte, error) {
	blobs, err := repo.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	defer blobs.Close()
	obj, err := blobs.Read(id, codeowners.MaxBytes)
	if err == nil && !obj.Whole() {
		return make([]byte, codeowners.MaxBytes), nil // Parse says that it is too large
	}
	return obj.Data, err
}

func pathLines(in io.Reader) ([]string, error) {
	var all []string
	lines := bufio.NewScanner(io.LimitReader(in, maxPathList))
	for lines.Scan() {
		if p := strings.TrimSuffix(lines.Text(), "\r"); p != "" {
			all = append(all, p)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read paths: %w", err)
	}
	return all, nil
}

// cleanPath makes a path as people type it one as git writes it.
func cleanPath(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }

// shown quotes what a terminal would not show as it is.
func shown(s string) string {
	if strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(s)
	}
	return s
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
