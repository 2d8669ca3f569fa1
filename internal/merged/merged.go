// Package merged reads the changes that were merged into a branch of a clone, and judges them by settings of today.
//
// Callers may rely on: it reads git alone and fetches nothing; who approved a change, and what CI measured, is not
// known.
package merged

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/survey"
	"github.com/lintel-review/lintel/internal/usage"
)

// Flags say which part of a repository's history is looked at.
type Flags struct {
	Repo   string `placeholder:"DIR" default:"." help:"Any folder of the repository. Default: the current one."`
	Branch string `placeholder:"REV" help:"The branch that changes are merged into. Default: origin's default branch, else HEAD."`
	Last   int    `placeholder:"N" default:"300" help:"How many merged changes to look at, the newest first. Default: ${default}."`
	Skip   int    `placeholder:"N" default:"0" help:"How many of the newest changes to leave out."`
}

// maxBranchCommits bounds the commits of merged branches that are read for the style.
const maxBranchCommits = 3_000

// History is what git tells of a branch.
type History struct {
	Repo *git.Repo
	// Root is the folder of the work tree; of a bare repository, its own.
	Root   string
	Branch string
	// Tip is the branch's newest commit; empty in a repository without commits.
	Tip string
	// Changes are the newest first.
	Changes []survey.Change
	// Line are the commits of the branch itself, and Merged those that merges brought in.
	Line, Merged []survey.Commit

	// shared is the line with what its commits changed, for the churn of files.
	shared *local.Line
}

// Read reads the history of the branch that the flags name.
func (f Flags) Read(ctx context.Context) (History, error) {
	f.Last, f.Skip = max(f.Last, 1), max(f.Skip, 0)
	dir := cmp.Or(f.Repo, ".")
	repo := git.Open(dir)
	info, err := repo.Inspect(ctx)
	switch {
	case errors.Is(err, git.ErrNoRepository):
		return History{}, &usage.Error{
			What:   fmt.Sprintf("%q is not in a git repository", dir),
			Remedy: "run this inside one, or name one with --repo",
			Err:    err,
		}
	case errors.Is(err, git.ErrOwner):
		return History{}, &usage.Error{What: fmt.Sprintf("the repository at %q belongs to another user, so git does not trust it", dir),
			Remedy: "if you do, run 'git config --global --add safe.directory DIR' with the repository's absolute path", Err: err}
	case err != nil:
		return History{}, err
	case info.Shallow:
		return History{}, &usage.Error{What: "the repository is a shallow clone: its history is cut, so nothing can be concluded from it",
			Remedy: "run 'git fetch --unshallow'; with actions/checkout set 'fetch-depth: 0'"}
	}
	h := History{Repo: repo.At(info.Root), Root: info.Root, Branch: f.Branch}
	if h.Branch == "" {
		if h.Branch, err = h.Repo.SymbolicRef(ctx, "refs/remotes/origin/HEAD"); err != nil {
			return History{}, err
		}
		h.Branch = cmp.Or(h.Branch, "HEAD")
	}
	h.Tip, err = h.Repo.Resolve(ctx, h.Branch)
	switch {
	case errors.Is(err, git.ErrNoCommit) && f.Branch == "":
		// A repository that was just made.
		h.Branch = strings.TrimPrefix(h.Branch, "refs/remotes/")
		return h, nil
	case errors.Is(err, git.ErrNoCommit):
		return History{}, &usage.Error{
			What:   fmt.Sprintf("--branch: %q names no commit", f.Branch),
			Remedy: "name a branch, a tag or a commit of this clone",
			Err:    err,
		}
	case err != nil:
		return History{}, err
	}
	h.Branch = strings.TrimPrefix(h.Branch, "refs/remotes/")
	line, err := h.Repo.FirstParents(ctx, h.Tip, f.Skip+f.Last)
	if err != nil {
		return History{}, err
	}
	h.Line = commitsOf(line[min(f.Skip, len(line)):])
	h.Changes = survey.Changes(h.Line)
	if slices.ContainsFunc(h.Changes, func(c survey.Change) bool { return c.Landed == survey.Merge }) {
		from := h.Changes[len(h.Changes)-1].Base
		all, err := h.Repo.Log(ctx, from, h.Line[0].ID, maxBranchCommits)
		if err != nil {
			return History{}, err
		}
		on := map[string]bool{}
		for _, c := range h.Line {
			on[c.ID] = true
		}
		h.Merged = commitsOf(slices.DeleteFunc(all, func(c git.Commit) bool { return on[c.ID] }))
	}
	return h, nil
}

// Touching leaves the changes of which the commit on the branch changed a file of one of the patterns, each read as a line
// of a .gitignore in the root, and in these files a line that matches an extended regular expression. Without patterns, or
// without an expression, all do.
func (h History) Touching(ctx context.Context, patterns []string, expression string) (History, error) {
	match, problems := language.ParseIgnore(patterns)
	if len(problems) > 0 {
		return h, &usage.Error{
			What:   "--touching: " + errors.Join(problems...).Error(),
			Remedy: "name fewer or shorter patterns",
		}
	}
	if len(h.Changes) == 0 {
		return h, nil
	}
	line, err := local.ReadLine(ctx, h.Repo, h.Line[0].ID, len(h.Line))
	if err != nil {
		return h, err
	}
	h.shared = line
	all := map[string]bool{}
	touches := func(c survey.Change) bool {
		paths, ok := line.Paths(c.Commit)
		found := len(patterns) == 0 || !ok
		for _, p := range paths {
			if len(patterns) > 0 && match.Match(p) != "" {
				all[p], found = true, true
			}
		}
		return found
	}
	h.Changes = slices.DeleteFunc(slices.Clone(h.Changes), func(c survey.Change) bool { return !touches(c) })
	if match.Exhausted() {
		return h, &usage.Error{
			What:   "--touching: the patterns take too much work",
			Remedy: "write them with fewer wildcards",
		}
	}
	if expression == "" || len(h.Changes) == 0 {
		return h, nil
	}
	without := ""
	if oldest := h.Line[len(h.Line)-1]; len(oldest.Parents) > 0 {
		without = oldest.Parents[0]
	}
	matching, err := h.Repo.Matching(ctx, h.Line[0].ID, without, expression, slices.Sorted(maps.Keys(all)))
	if err != nil {
		return h, &usage.Error{
			What:   fmt.Sprintf("--matching: %v", err),
			Remedy: "give an extended regular expression, as git log -G reads it",
			Err:    err,
		}
	}
	h.Changes = slices.DeleteFunc(h.Changes, func(c survey.Change) bool { return !matching[c.Commit] })
	return h, nil
}

func commitsOf(all []git.Commit) []survey.Commit {
	var out []survey.Commit
	for _, c := range all {
		out = append(out, survey.Commit{ID: c.ID, Parents: c.Parents, Email: c.AuthorEmail, Message: c.Message})
	}
	return out
}
