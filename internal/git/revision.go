package git

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// The reasons why a repository or a revision cannot be read, for errors.Is.
var (
	ErrNoGit        = errors.New("git is not installed")
	ErrNoRepository = errors.New("not a git repository")
	ErrOwner        = errors.New("the repository belongs to another user")
	ErrNoCommit     = errors.New("no such commit")
	ErrMissing      = errors.New("the object is missing")
)

// Info is what git says about a repository as a whole.
type Info struct {
	// GitDir is the absolute folder of the repository (of the linked work tree's own part, in one).
	GitDir string
	// Root is the top of the work tree, or GitDir when there is none.
	Root string
	// Bare is true when there is no work tree.
	Bare bool
	// Shallow is true when history was cut by a shallow clone.
	Shallow bool
	// Format is the kind of ids, "sha1" or "sha256".
	Format string
}

// EmptyTree is the id of the tree without entries.
func (i Info) EmptyTree() string {
	if i.Format == "sha256" {
		return "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
	}
	return "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
}

// Inspect finds the repository that Dir is in. Its errors are ErrNoGit, ErrNoRepository and ErrOwner.
func (r *Repo) Inspect(ctx context.Context) (Info, error) {
	g, err := r.Glance(ctx, "", "")
	return g.Info, err
}

// Glance is Inspect, and tells what else the same process can: of two revisions, which may be empty.
func (r *Repo) Glance(ctx context.Context, base, head string) (Glance, error) {
	g, ok := r.glance(ctx, base, head)
	if ok {
		return g, nil
	}
	asked := questions()
	asked = asked[:len(asked)-1]
	out, err := r.Run(ctx, nil, asked...)
	if err != nil {
		return g, fmt.Errorf("inspect %s: %w", r.Dir, because(err))
	}
	lines := strings.SplitN(string(out), "\n", 5)
	if len(lines) != 5 {
		return g, fmt.Errorf("inspect %s: unexpected answer of git rev-parse %q", r.Dir, out)
	}
	info := Info{Bare: lines[1] != "true", Shallow: lines[2] == "true", Format: lines[3], GitDir: strings.TrimSuffix(lines[4], "\n")}
	info.Root = info.GitDir
	if !info.Bare {
		if out, err = r.Run(ctx, nil, "rev-parse", "--show-toplevel"); err != nil {
			return g, fmt.Errorf("inspect %s: %w", r.Dir, because(err))
		}
		info.Root = strings.TrimSuffix(string(out), "\n")
	}
	return Glance{Info: info, Major: g.Major, Minor: g.Minor}, nil
}

// because puts one of the package's reasons before git's words. The words are stable because LC_ALL is C.
func because(err error) error {
	var failed *Error
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrNoGit, err)
	case !errors.As(err, &failed):
		return err
	case strings.Contains(failed.Stderr, "dubious ownership"):
		return fmt.Errorf("%w: %w", ErrOwner, err)
	case strings.Contains(failed.Stderr, "not a git repository"), strings.Contains(failed.Stderr, "cannot change to"):
		return fmt.Errorf("%w: %w", ErrNoRepository, err)
	case strings.Contains(failed.Stderr, "promisor remote"), strings.Contains(failed.Stderr, "bad object"),
		strings.Contains(failed.Stderr, "unable to read"):
		return fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return err
}

// Resolve gives the id of the commit that a revision names. A revision that looks like an option is only a name; a name
// of nothing is ErrNoCommit.
func (r *Repo) Resolve(ctx context.Context, rev string) (string, error) {
	if rev == "" || strings.ContainsRune(rev, 0) {
		return "", fmt.Errorf("resolve revision %q: %w", rev, ErrNoCommit)
	}
	out, err := r.Run(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	var failed *Error
	if errors.As(err, &failed) && (failed.Code == 1 || strings.Contains(failed.Stderr, "single revision")) {
		return "", fmt.Errorf("resolve revision %q: %w", rev, ErrNoCommit)
	}
	if err != nil {
		return "", fmt.Errorf("resolve revision %q: %w", rev, because(err))
	}
	id := strings.TrimSpace(string(out))
	if !IsID(id) {
		return "", fmt.Errorf("resolve revision %q: %w", rev, ErrNoCommit)
	}
	return id, nil
}

// FullName gives the reference that a revision names ("refs/heads/main"), or "" when it names a commit without one.
// HEAD gives the branch it is on, "HEAD" when detached.
func (r *Repo) FullName(ctx context.Context, rev string) (string, error) {
	out, err := r.Run(ctx, nil, "rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", rev)
	var failed *Error
	if errors.As(err, &failed) && failed.Code == 1 {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("name revision %q: %w", rev, because(err))
	}
	return strings.TrimSpace(string(out)), nil
}

// Existing says which of some references, by their full names, are there, also when what they point at is not. Other
// names are not in the answer.
func (r *Repo) Existing(ctx context.Context, names []string) (map[string]bool, error) {
	asked := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !strings.HasPrefix(name, "refs/") || !plainName.MatchString(name)
	})
	there := map[string]bool{}
	for _, name := range asked {
		there[name] = false
	}
	if len(asked) == 0 {
		return there, nil
	}
	out, err := r.Run(ctx, nil, append([]string{"for-each-ref", "--format=%(refname)", "--"}, asked...)...)
	if err != nil {
		return nil, fmt.Errorf("look for references: %w", because(err))
	}
	for name := range strings.FieldsSeq(string(out)) {
		if _, is := there[name]; is { // what is below a folder of that name is something else
			there[name] = true
		}
	}
	return there, nil
}

// SymbolicRef gives the reference that a symbolic one points at, also when that does not exist; "" when name is none.
func (r *Repo) SymbolicRef(ctx context.Context, name string) (string, error) {
	out, err := r.Run(ctx, nil, "symbolic-ref", "--quiet", "--end-of-options", name)
	var failed *Error
	if errors.As(err, &failed) && failed.Code == 1 {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, because(err))
	}
	return strings.TrimSpace(string(out)), nil
}

// MergeBases gives all best common ancestors of two commits, in git's order: its own three-dot diff takes the first. None is an empty list.
func (r *Repo) MergeBases(ctx context.Context, a, b string) ([]string, error) {
	out, err := r.Run(ctx, nil, "merge-base", "--all", "--end-of-options", a, b)
	var failed *Error
	if errors.As(err, &failed) && failed.Code == 1 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the merge base of %s and %s: %w", a, b, because(err))
	}
	return strings.Fields(string(out)), nil
}

// Version gives git's major and minor number.
func (r *Repo) Version(ctx context.Context) (major, minor int, err error) {
	cmd := Open(".").Command(ctx, "version")
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("ask git for its version: %w", because(err))
	}
	rest, _ := strings.CutPrefix(string(out), "git version ")
	if major, minor, ok := number(rest); ok {
		return major, minor, nil
	}
	return 0, 0, fmt.Errorf("ask git for its version: unexpected answer %q", out)
}

// number takes the first two numbers of a version, "2.39.5 (Apple Git-154)".
func number(version string) (major, minor int, ok bool) {
	line, _, _ := strings.Cut(version, "\n")
	line, _, _ = strings.Cut(line, " ")
	parts := strings.SplitN(line, ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	minor, _ = strconv.Atoi(parts[1])
	return major, minor, err == nil
}

// IsID reports whether s is a full object id, SHA-1 or SHA-256, in lower case.
func IsID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
