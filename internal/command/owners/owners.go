// Package owners is lintel owners: who owns a path, and which lines of CODEOWNERS do nothing.
package owners

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are those of "lintel owners".
type Commands struct {
	Of   of   `cmd:"" default:"withargs" help:"Say who owns paths, and by which line."`
	Lint lint `cmd:"" help:"Name the lines that do nothing, and what nobody owns."`
}

type flags struct {
	Repo   string `placeholder:"DIR" default:"." help:"Any folder of the repository. Default: the current one."`
	Rev    string `placeholder:"REV" default:"HEAD" help:"The commit that is looked at. Default: ${default}."`
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

type of struct {
	flags
	Paths []string `arg:"" name:"path" help:"Paths from the root of the repository, which need not exist; - reads them from the input, one a line."`
}

// Help is shown below the flags' summary.
func (of) Help() string {
	return `CODEOWNERS is read as it is committed, where GitHub looks for it: .github, the root, docs. The last line that
matches counts.

Exit status: 0 answered, 2 no answer.

Examples:

    lintel owners internal/store/schema.sql
    lintel owners of lint/main.go   # a path that begins like a command
    git diff --name-only main | lintel owners -`
}

type lint struct {
	flags
	Teams  string `placeholder:"FILE" help:"A YAML file that maps org/team, and the email addresses of owners, to logins. Teams that it lacks, or has without members, are named as dead owners."`
	People string `placeholder:"FILE" help:"A file of logins, one a line: who may approve. Users who are not in it are named as dead owners, and teams without a member in it."`
}

// Help is shown below the flags' summary.
func (lint) Help() string {
	return `Holds every line to the whole tree: lines that GitHub skips, lines that match no file, lines that miss a file
by its Unicode form, and lines of which later ones take every file. Then it counts the files that no line takes, and
where most of them are. With --teams and --people it names the owners who are not there.

Exit status: 0 no line is at fault, 1 some are, 2 no answer.

Examples:

    lintel owners lint
    lintel owners lint --rev origin/main --format json
    lintel owners lint --people people.txt`
}

// maxTree is what the list of a tree may take; a repository of a million files has less.
const maxTree = 128 << 20

// maxPathList bounds the paths that are read from a stream.
const maxPathList = 64 << 20

// owned is CODEOWNERS and the tree of one commit.
type owned struct {
	// place is the file's path, empty when there is none.
	place   string
	content []byte
	paths   []string
}

// ownerOf is the answer about one path.
type ownerOf struct {
	Path string `json:"path"`
	// Owners are as written; none with a Line means that the line leaves the path to nobody on purpose.
	Owners []string `json:"owners"`
	// File and Line are where it stands, Pattern what takes the path; empty and 0 when no line does.
	File    string `json:"file"`
	Line    int    `json:"line"`
	Pattern string `json:"pattern"`
	// MissedBy is a line that would take the path if both were written in one Unicode form; 0 when there is none.
	MissedBy int `json:"missed_by"`
}

// Run says who owns paths, whether they exist or not.
func (req of) Run(ctx context.Context, t terminal.Terminal) error {
	o, err := readOwned(ctx, req.flags, false)
	if err != nil {
		return err
	}
	var paths []string
	for _, p := range req.Paths {
		more := []string{p}
		if p == "-" {
			if more, err = pathLines(t.In); err != nil {
				return err
			}
		}
		for _, p := range more {
			clean, err := cleanPath(p)
			if err != nil {
				return err
			}
			paths = append(paths, clean)
		}
	}
	taken, err := ownership.Taken(o.content, paths)
	if err != nil {
		return o.unreadable(err)
	}
	all := []ownerOf{}
	for i, p := range paths {
		a := ownerOf{Path: p, Owners: []string{}}
		if taken[i].Missed != nil {
			a.MissedBy = taken[i].Missed.Line
		}
		if r := taken[i].Taker; r != nil {
			a.File, a.Line, a.Pattern = o.place, r.Line, r.Pattern
			for _, owner := range r.Owners {
				a.Owners = append(a.Owners, owner.String())
			}
		}
		all = append(all, a)
	}
	if req.Format == "json" {
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
		if a.MissedBy > 0 {
			fmt.Fprintf(w, "    %s:%d looks as if it took it, but is written in another Unicode form; lintel owners lint shows both\n",
				o.place, a.MissedBy)
		}
	}
	return w.Flush()
}

// Run holds CODEOWNERS to the whole tree. The answer is true when no line is at fault.
func (req lint) Run(ctx context.Context, t terminal.Terminal) error {
	return terminal.Verdict(req.audit(ctx, t))
}

func (req lint) audit(ctx context.Context, t terminal.Terminal) (bool, error) {
	o, err := readOwned(ctx, req.flags, true)
	if err != nil {
		return false, err
	}
	if o.place == "" {
		return false, &usage.Error{
			What:   "there is no CODEOWNERS file in this commit",
			Remedy: "make one at " + strings.Join(ownership.Locations(), ", ") + ", and commit it",
		}
	}
	known, err := knownOwners(ctx, req)
	if err != nil {
		return false, err
	}
	a, complete, err := ownership.AuditFile(o.content, o.paths, known)
	if err != nil {
		return false, o.unreadable(err)
	}
	if !complete {
		return false, &usage.Error{What: o.place + ": its patterns take too long to follow on this tree, so nothing is said of its lines",
			Remedy: "use fewer stars in one pattern, and whole folders where they will do"}
	}
	if req.Format == "json" {
		return len(a.Faults) == 0, writeJSON(t.Out, struct {
			File string `json:"file"`
			ownership.Audit
		}{o.place, a})
	}
	return len(a.Faults) == 0, writeAudit(t.Out, o.place, a)
}

// maxFolders is how many folders without owners the text names; JSON has them all.
const maxFolders = 10

func writeAudit(out io.Writer, place string, a ownership.Audit) error {
	w := bufio.NewWriter(out)
	fix := ""
	say := func() {
		if fix != "" {
			fmt.Fprintf(w, "    fix: %s\n", shown(fix))
		}
	}
	for _, f := range a.Faults {
		// Lines with one remedy are told one after the other, and the remedy after the last of them.
		if f.Fix != fix {
			say()
			fix = f.Fix
		}
		also := ""
		if len(f.Lines) > 1 {
			also = fmt.Sprintf(" (on %d lines)", len(f.Lines))
		}
		fmt.Fprintf(w, "%s:%d  %s  %s: %s%s\n", place, f.Line, f.Kind, shown(f.Source), shown(f.Message), also)
	}
	say()
	for _, t := range a.Twins {
		fmt.Fprintf(w, "note: %s and %s are one name in two Unicode forms; rename one of them\n", t.Spelled[0], t.Spelled[1])
	}
	fmt.Fprintf(w, "%d lines, %d at fault; %d of %d files (%.1f %%) have no line, %d are left to nobody on purpose\n",
		a.Lines, len(a.Faults), a.Unowned, a.Files, 100*a.UnownedShare, a.Waived)
	for _, f := range a.Folders[:min(len(a.Folders), maxFolders)] {
		fmt.Fprintf(w, "    %6d without a line in %s\n", f.Unowned, shown(f.Path))
	}
	if more := len(a.Folders) - maxFolders; more > 0 {
		files := 0
		for _, f := range a.Folders[maxFolders:] {
			files += f.Unowned
		}
		fmt.Fprintf(w, "    %6d in %d more folders (--format json has all)\n", files, more)
	}
	return w.Flush()
}

// readOwned reads CODEOWNERS where GitHub looks for it, and the tree's files when they are wanted.
func readOwned(ctx context.Context, req flags, tree bool) (owned, error) {
	dir, rev := cmp.Or(req.Repo, "."), cmp.Or(req.Rev, "HEAD")
	repo := git.Open(dir)
	info, err := repo.Inspect(ctx)
	switch {
	case errors.Is(err, git.ErrNoRepository):
		return owned{}, &usage.Error{
			What:   fmt.Sprintf("%q is not in a git repository", dir),
			Remedy: "run this inside one, or name one with --repo",
			Err:    err,
		}
	case errors.Is(err, git.ErrOwner):
		return owned{}, &usage.Error{What: fmt.Sprintf("the repository at %q belongs to another user, so git does not trust it", dir),
			Remedy: "if you do, run 'git config --global --add safe.directory DIR' with the repository's absolute path", Err: err}
	case err != nil:
		return owned{}, err
	}
	repo = repo.At(info.Root)
	tip, err := repo.Resolve(ctx, rev)
	if errors.Is(err, git.ErrNoCommit) {
		return owned{}, &usage.Error{
			What:   fmt.Sprintf("%.100q names no commit", rev),
			Remedy: "name a branch, a tag or a commit with --rev; CODEOWNERS is read as committed",
			Err:    err,
		}
	}
	if err != nil {
		return owned{}, err
	}
	entries, err := repo.ListTree(ctx, tip, maxTree)
	if err != nil {
		return owned{}, err
	}
	o := owned{}
	found := map[string]git.Entry{}
	for _, e := range entries {
		if tree {
			o.paths = append(o.paths, e.Name)
		}
		found[e.Name] = e
	}
	for _, place := range ownership.Locations() {
		e, ok := found[place]
		if !ok {
			continue
		}
		if !e.IsFile() {
			return owned{}, notFollowed(ctx, repo, place, e)
		}
		if o.content, err = readBlob(ctx, repo, e.ID); err != nil {
			return owned{}, fmt.Errorf("read %s: %w", place, err)
		}
		o.place = place
		break
	}
	return o, nil
}

// notFollowed says that a link or a submodule stands where CODEOWNERS is looked for. GitHub follows neither, so nobody owns anything by it.
func notFollowed(ctx context.Context, repo *git.Repo, place string, e git.Entry) error {
	what := "a submodule"
	if e.Mode == git.ModeSymlink {
		what = "a symbolic link"
		if to, err := readBlob(ctx, repo, e.ID); err == nil && len(to) < 4096 {
			what += fmt.Sprintf(" to %.200q", to)
		}
	}
	return &usage.Error{
		What:   place + " is " + what + ", which GitHub does not follow: no line behind it owns anything",
		Remedy: "commit the file itself in its place",
	}
}

// unreadable says what is wrong with the whole file.
func (o owned) unreadable(err error) error {
	if errors.Is(err, ownership.ErrTooLarge) {
		return &usage.Error{
			What:   o.place + ": " + err.Error(),
			Remedy: "make it smaller: owners of whole folders, and fewer lines for single files",
			Err:    err,
		}
	}
	return fmt.Errorf("read %s: %w", o.place, err)
}

func readBlob(ctx context.Context, repo *git.Repo, id string) ([]byte, error) {
	blobs, err := repo.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	defer blobs.Close()
	obj, err := blobs.Read(id, ownership.MaxFile)
	if err == nil && !obj.Whole() {
		return make([]byte, ownership.MaxFile), nil // Parse says that it is too large
	}
	return obj.Data, err
}

// pathLines reads one path a line. Names that git quotes, as it does with those that are not ASCII, are read as git means them.
func pathLines(in io.Reader) ([]string, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxPathList+1))
	if err != nil {
		return nil, fmt.Errorf("read paths: %w", err)
	}
	if len(raw) > maxPathList {
		return nil, &usage.Error{What: fmt.Sprintf("the list of paths has more than %d bytes", maxPathList), Remedy: "ask in several parts"}
	}
	var all []string
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\r\n")
		if len(line) > 1 && strings.HasPrefix(line, `"`) && strings.HasSuffix(line, `"`) {
			// git's quotes are C's, and Go reads the octal and letter escapes of C.
			if plain, err := strconv.Unquote(line); err == nil {
				line = plain
			}
		}
		if line != "" {
			all = append(all, line)
		}
	}
	return all, nil
}

// cleanPath makes a path as people type it one as git writes it.
func cleanPath(p string) (string, error) {
	clean := strings.TrimPrefix(path.Clean(p), "/")
	if clean == ".." || strings.HasPrefix(clean, "../") || clean == "." || clean == "" {
		return "", &usage.Error{
			What:   fmt.Sprintf("%.200q is no file of the repository", p),
			Remedy: "name files from the root of the repository, as git ls-files prints them there",
		}
	}
	if strings.HasSuffix(p, "/") {
		return "", &usage.Error{
			What:   fmt.Sprintf("%.200q is a folder, and owners are of files", p),
			Remedy: "name files: git ls-files DIR | lintel owners - asks about all of a folder",
		}
	}
	return clean, nil
}

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
