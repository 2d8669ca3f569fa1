package git

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Remote is a repository that is reached by HTTP.
type Remote struct {
	// URL is its address, without a name and a password.
	URL string
	// User and Password are for HTTP's basic authentication; empty for a repository that everybody may read.
	User, Password string
}

// keptRefs is where commits that were fetched are named, so that they stay.
const keptRefs = "refs/lintel/"

// Init makes an empty bare repository in a folder, which is made where it does not exist.
func Init(ctx context.Context, dir string) (*Repo, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a repository: %w", err)
	}
	r := Open(dir)
	if _, err := r.Run(ctx, nil, "init", "--quiet", "--bare", "--template=", "--initial-branch=lintel", "."); err != nil {
		return nil, fmt.Errorf("make a repository: %w", because(err))
	}
	return r, nil
}

// Fetch brings commits with their files, and without their history, into a bare repository of our own. What the
// repository has already is not fetched again. Credentials go to git by its environment: they are in no file and in no
// argument. No redirect is followed, since git would send them along.
func (r *Repo) Fetch(ctx context.Context, from Remote, commits []string) error {
	reaching, err := r.reaching(from)
	if err != nil {
		return err
	}
	args := []string{"fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc",
		"--end-of-options", from.URL}
	for _, id := range commits {
		if !IsID(id) {
			return fmt.Errorf("fetch %q: not an object id", id)
		}
		args = append(args, "+"+id+":"+keptRefs+id)
	}
	if _, err := reaching.Run(ctx, nil, args...); err != nil {
		return fmt.Errorf("fetch from %s: %w", from.URL, because(err))
	}
	return nil
}

// throughProxies are the variables by which a machine says how its network is reached.
var throughProxies = []string{"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}

// reaching is the same repository, for commands that talk to one remote.
func (r *Repo) reaching(to Remote) (*Repo, error) {
	at, err := url.Parse(to.URL)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" || at.User != nil {
		return nil, errors.New("reach a repository: its address is no http(s) address without a name and a password")
	}
	out := *r
	out.config = append(slices.Clone(r.config), "http.followRedirects=false", "protocol.version=2", "fetch.unpackLimit=1",
		"http.lowSpeedLimit=1000", "http.lowSpeedTime=30")
	out.env = append(slices.Clone(r.env), "GIT_ALLOW_PROTOCOL="+at.Scheme)
	for _, name := range throughProxies {
		if value, ok := os.LookupEnv(name); ok {
			out.env = append(out.env, name+"="+value)
		}
	}
	if roots := os.Getenv("SSL_CERT_FILE"); roots != "" {
		out.env = append(out.env, "GIT_SSL_CAINFO="+roots)
	}
	if to.Password != "" {
		basic := base64.StdEncoding.EncodeToString([]byte(to.User + ":" + to.Password))
		out.env = append(out.env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraHeader",
			"GIT_CONFIG_VALUE_0=Authorization: Basic "+basic)
	}
	return &out, nil
}

// TreeOf gives the tree of a commit; ErrMissing when the repository does not have the commit.
func (r *Repo) TreeOf(ctx context.Context, commit string) (string, error) {
	if !IsID(commit) {
		return "", fmt.Errorf("find the tree of %q: %w", commit, ErrMissing)
	}
	out, err := r.Run(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", commit+"^{tree}")
	var failed *Error
	if errors.As(err, &failed) {
		return "", fmt.Errorf("find the tree of %s: %w", commit, ErrMissing)
	}
	if err != nil {
		return "", fmt.Errorf("find the tree of %s: %w", commit, because(err))
	}
	return strings.TrimSpace(string(out)), nil
}

// ErrConflict is a merge that only a person can make.
var ErrConflict = errors.New("the merge has conflicts")

// MergeTrees gives the tree that a merge of head into base would have, where the merge base is known and the history is
// not. The three are commits or trees of the repository, which gets the tree.
func (r *Repo) MergeTrees(ctx context.Context, mergeBase, base, head string) (string, error) {
	if mergeBase == base {
		return r.TreeOf(ctx, head)
	}
	// git wants commits to find the merge base itself, and 2.40 to be told.
	root, err := r.commitOf(ctx, mergeBase)
	if err != nil {
		return "", err
	}
	ours, err := r.commitOf(ctx, base, "-p", root)
	if err != nil {
		return "", err
	}
	theirs, err := r.commitOf(ctx, head, "-p", root)
	if err != nil {
		return "", err
	}
	out, err := r.Run(ctx, nil, "merge-tree", "--write-tree", "--no-messages", ours, theirs)
	var failed *Error
	if errors.As(err, &failed) && failed.Code == 1 {
		return "", fmt.Errorf("merge %s into %s: %w", head, base, ErrConflict)
	}
	if err != nil {
		return "", fmt.Errorf("merge %s into %s: %w", head, base, because(err))
	}
	tree, _, _ := strings.Cut(string(out), "\n")
	return tree, nil
}

// commitOf makes a commit with the tree of another.
func (r *Repo) commitOf(ctx context.Context, commit string, parents ...string) (string, error) {
	tree, err := r.TreeOf(ctx, commit)
	if err != nil {
		return "", err
	}
	writer := *r
	writer.config = append(slices.Clone(r.config), "user.name=lintel", "user.email=lintel@localhost")
	writer.env = append(slices.Clone(r.env), "GIT_AUTHOR_DATE=@0 +0000", "GIT_COMMITTER_DATE=@0 +0000")
	out, err := writer.Run(ctx, nil, append([]string{"commit-tree", tree, "-m", "lintel"}, parents...)...)
	if err != nil {
		return "", fmt.Errorf("make a commit to merge: %w", because(err))
	}
	return strings.TrimSpace(string(out)), nil
}

// Shrink packs what was fetched into few files and drops every commit but those of keep.
func (r *Repo) Shrink(ctx context.Context, keep []string) error {
	out, err := r.Run(ctx, nil, "for-each-ref", "--format=%(refname)", "--", keptRefs)
	if err != nil {
		return fmt.Errorf("list what was fetched: %w", because(err))
	}
	var drop strings.Builder
	for name := range strings.FieldsSeq(string(out)) {
		if !slices.Contains(keep, strings.TrimPrefix(name, keptRefs)) {
			drop.WriteString("delete " + name + "\n")
		}
	}
	if _, err := r.Run(ctx, strings.NewReader(drop.String()), "update-ref", "--stdin"); err != nil {
		return fmt.Errorf("drop what was fetched: %w", because(err))
	}
	if _, err := r.Run(ctx, nil, "gc", "--quiet", "--prune=now"); err != nil {
		return fmt.Errorf("pack what was fetched: %w", because(err))
	}
	return nil
}
