package git

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Glance is what one process of git says of a repository, of itself, and of two revisions. What it could not say is
// asked by the method of Repo that is for it.
type Glance struct {
	Info
	// Major and Minor are git's version; zero when it did not say.
	Major, Minor int
	// NoOriginHead is true when refs/remotes/origin/HEAD is known not to be there.
	NoOriginHead bool
	names        map[string]string
	// ends are the two revisions' ids and bases their merge bases, in git's order.
	ends  [2]string
	bases []string
}

// FullName is Repo.FullName, as far as it is known.
func (g Glance) FullName(rev string) (name string, known bool) {
	name, known = g.names[rev]
	return name, known
}

// MergeBases is Repo.MergeBases, as far as it is known. Only ids count: a branch may have moved since.
func (g Glance) MergeBases(a, b string) (bases []string, known bool) {
	if len(g.bases) == 0 || g.ends != [2]string{a, b} {
		return nil, false
	}
	return g.bases, true
}

// plainName is a revision that git rev-parse cannot take for an option, a range or several revisions.
var plainName = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_/~-]*(\.[A-Za-z0-9_/~-]+)*$`)

// questions are the lines of an Info. The last one is an error where there is no work tree.
func questions() []string {
	return []string{"rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--show-object-format",
		"--absolute-git-dir", "--show-toplevel"}
}

// glance asks everything at once. ok is false when git refused, as it does where there is no work tree or one of the
// revisions names nothing, or when a folder's name holds a line end: then Glance has the version alone.
func (r *Repo) glance(ctx context.Context, base, head string) (g Glance, ok bool) {
	revisions := slices.DeleteFunc([]string{base, head}, func(rev string) bool { return rev == "" })
	if slices.ContainsFunc(revisions, func(rev string) bool { return !plainName.MatchString(rev) }) {
		revisions = nil
	}
	args := append(questions(), "--path-format=absolute", "--git-path", "refs/heads", "--git-path", "refs/remotes/origin/HEAD")
	if len(revisions) == 2 {
		args = append(args, base+"..."+head)
	}
	args = append(args, "--symbolic-full-name")
	for _, rev := range revisions {
		// A revision without a name gives no line, so that a line which says nothing ends each.
		args = append(args, rev, "--is-bare-repository")
	}
	cmd := r.Command(ctx, args...)
	// The first line that git traces is its version.
	cmd.Env = append(cmd.Env, "GIT_TRACE2=2", "GIT_TRACE2_BRIEF=1")
	out, told := capped{limit: maxGlance, over: func() {}}, capped{limit: maxGlance, over: func() {}}
	cmd.Stdout, cmd.Stderr = &out, &told
	err := cmd.Run()
	if version, traced := strings.CutPrefix(told.buf.String(), "version "); traced {
		g.Major, g.Minor, _ = number(version)
	}
	lines := strings.Split(strings.TrimSuffix(out.buf.String(), "\n"), "\n")
	if err != nil || len(lines) < 8 || lines[1] != "true" {
		return g, false
	}
	info := Info{Shallow: lines[2] == "true", Format: lines[3], GitDir: lines[4], Root: lines[5]}
	heads, originHead, lines := lines[6], lines[7], lines[8:]
	if refs, is := strings.CutSuffix(heads, "heads"); !is || originHead != refs+"remotes/origin/HEAD" {
		return g, false
	}
	if len(revisions) == 2 {
		if lines, ok = g.ranged(lines); !ok {
			return g, false
		}
	}
	if !g.named(lines, revisions) {
		return g, false
	}
	g.Info, g.NoOriginHead = info, noFile(heads, originHead)
	return g, true
}

// maxGlance bounds what one glance may say.
const maxGlance = 1 << 20

// ranged takes the lines of base...head: the two ends and their merge bases.
func (g *Glance) ranged(lines []string) (rest []string, ok bool) {
	if len(lines) < 2 || !IsID(lines[0]) || !IsID(lines[1]) {
		return nil, false
	}
	g.ends = [2]string{lines[1], lines[0]}
	for lines = lines[2:]; len(lines) > 0; lines = lines[1:] {
		id, base := strings.CutPrefix(lines[0], "^")
		if !base {
			return lines, true
		}
		g.bases = append(g.bases, id)
	}
	return nil, false
}

// named takes the revisions' full names.
func (g *Glance) named(lines, revisions []string) bool {
	g.names = map[string]string{}
	for _, rev := range revisions {
		name := ""
		if len(lines) > 0 && lines[0] != "false" {
			name, lines = lines[0], lines[1:]
		}
		if len(lines) == 0 || lines[0] != "false" {
			return false
		}
		g.names[rev], lines = name, lines[1:]
	}
	return len(lines) == 0
}

// noFile reports whether a reference cannot be there for want of its file. Only a symbolic reference is always one, and
// only where references are files: elsewhere git keeps no folder for branches.
func noFile(heads, ref string) bool {
	folder, err := os.Stat(heads)
	if err != nil || !folder.IsDir() {
		return false
	}
	_, err = os.Lstat(ref)
	return errors.Is(err, fs.ErrNotExist)
}
