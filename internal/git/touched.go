package git

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/churn"
)

// Touched reads a commit and those before it on its line of first parents, newest first, at most limit, each with the
// paths that it changed of its first parent's. A root commit changed nothing.
func (r *Repo) Touched(ctx context.Context, to string, limit int) ([]churn.Commit, error) {
	// A path is never empty, so an empty field begins a commit.
	out, err := r.output(ctx, maxLog, nil, "log", "-z", "--first-parent", "--diff-merges=first-parent", "--name-only",
		"--no-renames", "--no-relative", "--ignore-submodules=none", "--encoding=UTF-8", "--no-color", "--no-notes", "--no-mailmap",
		"--max-count="+strconv.Itoa(limit), "--format=%x00%H%x00%P%x00%ct%x00%ae%x00%B", "--end-of-options", to, "--")
	if err != nil {
		return nil, fmt.Errorf("read what the commits of %s changed: %w", to, because(err))
	}
	var commits []churn.Commit
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	for len(fields) >= 6 && fields[0] == "" {
		seconds, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			break
		}
		c := churn.Commit{ID: fields[1], At: time.Unix(seconds, 0).UTC(), Author: fields[4], Message: fields[5]}
		c.Parent, _, c.Merge = strings.Cut(fields[2], " ")
		root := fields[2] == ""
		fields = fields[6:]
		end := slices.Index(fields, "")
		if end < 0 {
			end = len(fields)
		}
		if end > 0 && !root {
			c.Paths = slices.Clone(fields[:end])
			c.Paths[0] = strings.TrimPrefix(c.Paths[0], "\n")
		}
		fields = fields[end:]
		commits = append(commits, c)
	}
	if len(fields) > 0 && len(out) > 0 {
		return nil, fmt.Errorf("read what the commits of %s changed: unexpected output of git log", to)
	}
	return commits, nil
}

// maxPathArguments is how many paths are handed to git; with more, it looks at all.
const maxPathArguments = 2_000

// Matching says which commits of a line of first parents, from one to the newest that is left out, have an added or a
// removed line that matches an extended regular expression, in one of the paths if any are given. It is an error of a
// person if git cannot read the expression.
func (r *Repo) Matching(ctx context.Context, to, without, expression string, paths []string) (map[string]bool, error) {
	args := []string{"--literal-pathspecs", "log", "--first-parent", "--diff-merges=first-parent", "--no-textconv", "--no-ext-diff",
		"--no-renames", "--no-color", "--no-patch", "-G" + expression, "--format=%H", "--end-of-options", to}
	if without != "" {
		args = append(args, "^"+without)
	}
	args = append(args, "--")
	if len(paths) <= maxPathArguments {
		args = append(args, paths...)
	}
	out, err := r.output(ctx, maxLog, nil, args...)
	if err != nil {
		return nil, fmt.Errorf("look for %q in what the commits of %s changed: %w", expression, to, because(err))
	}
	commits := map[string]bool{}
	for _, id := range strings.Fields(string(out)) {
		commits[id] = true
	}
	return commits, nil
}
