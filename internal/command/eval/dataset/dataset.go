// Package dataset is lintel eval import: it makes cases of labelled pull requests and clones of their repositories.
package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/eval/cases"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
)

// Command is "lintel eval import".
type Command struct {
	Positive string `required:"" placeholder:"FILE" help:"Labelled pull requests (JSON) with comments that are right."`
	Negative string `placeholder:"FILE" help:"The same with comments that are known to be wrong."`
	Clones   string `required:"" placeholder:"DIR" help:"The folder of clones, as owner/name or name."`
	Output   string `required:"" placeholder:"DIR" help:"The folder that the cases are written to. Keep it outside of your repository: the code is that of others."`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Reads a JSON array of pull requests with githubPrUrl, source_commit (the base), target_commit (the head) and
comments of path, side, from_line, to_line and note, and the changed files from clones that have these commits. Nothing
is fetched. What cannot be made into a case is said and left out.

Examples:

    lintel eval import --positive positive_samples.json --negative negative_samples.json \
      --clones ~/clones --output ~/aacr
    lintel eval --suite ~/aacr --mode live --model-name qwen2.5-coder:14b \
      --model-endpoint http://127.0.0.1:11434/v1`
}

// Run makes cases of a labelled data set and clones of its repositories. It names what cannot be made, and leaves it out.
func (r Command) Run(ctx context.Context, t terminal.Terminal) error {
	read := func(path string) ([]cases.Imported, error) {
		if path == "" {
			return nil, nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the labelled data: %w", err)
		}
		all, without, err := cases.ReadImport(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if without > 0 {
			t.Notef("%s: %s without lines left out", path, text.Count(without, "comment"))
		}
		return all, nil
	}
	positive, err := read(r.Positive)
	if err != nil {
		return err
	}
	negative, err := read(r.Negative)
	if err != nil {
		return err
	}
	wrong := map[string][]cases.ImportedComment{}
	for _, n := range negative {
		wrong[n.Repo+"#"+n.Number+"@"+n.Head] = n.Comments
	}
	if err := os.MkdirAll(r.Output, 0o755); err != nil {
		return fmt.Errorf("make the folder of cases: %w", err)
	}
	made := 0
	for _, p := range positive {
		name := strings.ToLower(strings.ReplaceAll(p.Repo, "/", "-")) + "-" + p.Number
		raw, err := importOne(ctx, r.Clones, p, wrong[p.Repo+"#"+p.Number+"@"+p.Head])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			t.Notef("%s left out: %s", name, err)
			continue
		}
		if err := os.WriteFile(filepath.Join(r.Output, name+".txtar"), raw, 0o644); err != nil {
			return fmt.Errorf("write a case: %w", err)
		}
		made++
	}
	if made == 0 {
		return fmt.Errorf("none of %s could be made into a case", text.Count(len(positive), "pull request"))
	}
	_, err = fmt.Fprintf(t.Out, "%d of %s made into cases in %s\n", made, text.Count(len(positive), "pull request"), r.Output)
	return err
}

// importOne reads the changed files of a pull request from a clone.
func importOne(ctx context.Context, clones string, p cases.Imported, never []cases.ImportedComment) ([]byte, error) {
	_, name, _ := strings.Cut(p.Repo, "/")
	dir := filepath.Join(clones, filepath.FromSlash(p.Repo))
	if _, err := os.Stat(dir); err != nil {
		dir = filepath.Join(clones, name)
	}
	repo := git.Open(dir)
	info, err := repo.Inspect(ctx)
	if err != nil {
		return nil, err
	}
	if !git.IsID(p.Base) || !git.IsID(p.Head) {
		return nil, errors.New("its commits are no ids")
	}
	bases, err := repo.MergeBases(ctx, p.Base, p.Head)
	if err != nil {
		return nil, err
	}
	if len(bases) == 0 {
		return nil, errors.New("base and head have no common ancestor")
	}
	var files []diff.File
	err = repo.Diff(ctx, info, bases[0], p.Head, func(out io.Reader) (err error) {
		files, err = diff.Parse(out, diff.DefaultLimits())
		return err
	})
	if err != nil {
		return nil, err
	}
	blobs, err := repo.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	defer blobs.Close()
	base, head, renames := map[string]string{}, map[string]string{}, map[string]string{}
	take := func(tree map[string]string, path, id string) error {
		o, err := blobs.Read(id, diff.MaxBlobBytes)
		if err != nil {
			return err
		}
		tree[path] = string(o.Data)
		return nil
	}
	for _, f := range files {
		if f.State != diff.Text && f.State != diff.PureRename && f.State != diff.Empty {
			continue // there is nothing to read in it
		}
		from := f.Path
		if f.Status == diff.Renamed {
			from, renames[f.Path] = f.OldPath, f.OldPath
		}
		if f.Status != diff.Added && f.Status != diff.Copied {
			if err := take(base, from, f.OldBlob); err != nil {
				return nil, err
			}
		}
		if f.Status != diff.Removed {
			if err := take(head, f.Path, f.Blob); err != nil {
				return nil, err
			}
		}
	}
	raw, err := p.Archive(base, head, renames, never)
	if err != nil {
		return nil, err
	}
	entries, err := repo.ListTree(ctx, bases[0], maxNames)
	if err != nil {
		return nil, err
	}
	if err := addUnchanged(raw, base, head, entries, blobs); err != nil {
		return nil, err
	}
	return p.Archive(base, head, renames, never)
}

const (
	// maxNames bounds the names of a tree, in bytes.
	maxNames = 64 << 20
	// mostUnchanged is how many unchanged files are looked at, as many as "lintel check" does.
	mostUnchanged = 200
)

// addUnchanged adds to both trees what a model is shown of unchanged files, and the texts to reviewers.
func addUnchanged(archive []byte, base, head map[string]string, entries []git.Entry, blobs *git.Blobs) error {
	all, err := cases.Parse(map[string][]byte{"one": archive}, nil)
	if err != nil {
		return err
	}
	c := all["one"]
	set := settings.Default().Advise
	in, err := prepare.Input(c.Snapshot(1), nil, set)
	if err != nil {
		return err
	}
	for _, f := range prepare.Wanted(in) {
		if text, ok := c.Trees[1][f.Path]; ok {
			in.Contents[f.Path] = text
		}
	}
	tree, taken := change.Tree{Paths: []string{}}, map[string]string{}
	for _, e := range entries {
		blob := ""
		if e.IsFile() {
			blob = e.ID
		}
		tree.Paths, tree.Blobs = append(tree.Paths, e.Name), append(tree.Blobs, blob)
	}
	err = prepare.AddBeside(&in, set, prepare.Source{
		Tree: func() (change.Tree, error) { return tree, nil },
		Read: func(files []diff.File) (map[string]string, error) {
			for _, f := range files {
				o, err := blobs.Read(f.Blob, prepare.MaxContent)
				if err != nil {
					return nil, err
				}
				if o.Whole() {
					taken[f.Path] = string(o.Data)
				}
			}
			return taken, nil
		},
		Index: &prepare.Index{}, Most: mostUnchanged,
	})
	if err != nil {
		return err
	}
	for path, text := range in.Beside {
		base[path], head[path] = text, text
	}
	for _, g := range in.Guides {
		if text, ok := taken[g.Path]; ok && base[g.Path] == "" {
			base[g.Path], head[g.Path] = text, text
		}
	}
	return nil
}
