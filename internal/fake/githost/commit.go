package githost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Signature is who did something to a commit, and when (to the second).
type Signature struct {
	Name, Email string
	When        time.Time
}

// Commit is a commit object, decoded. It must not be changed.
type Commit struct {
	SHA, Tree         string
	Parents           []string
	Author, Committer Signature
	Message           string
}

// Commit reads a commit by its full id; another kind of object is ErrNotFound.
func (r *Repo) Commit(sha string) (*Commit, error) {
	if c, ok := r.pool.commits.get(sha); ok {
		return c, nil
	}
	obj, err := r.pool.read(sha)
	if err != nil {
		return nil, err
	}
	if obj.Type != "commit" {
		return nil, fmt.Errorf("commit %s: %w", sha, ErrNotFound)
	}
	c, err := parseCommit(obj.Data)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", sha, err)
	}
	c.SHA = sha
	r.pool.commits.put(sha, c, len(obj.Data)+256)
	return c, nil
}

func parseCommit(data []byte) (*Commit, error) {
	head, message, _ := bytes.Cut(data, []byte("\n\n"))
	c := &Commit{Message: string(message)}
	for line := range strings.SplitSeq(string(head), "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "tree":
			c.Tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "author":
			c.Author = parseSignature(value)
		case "committer":
			c.Committer = parseSignature(value)
		}
	}
	if !IsID(c.Tree) {
		return nil, errors.New("malformed commit")
	}
	return c, nil
}

func parseSignature(s string) Signature {
	var sig Signature
	name, rest, _ := strings.Cut(s, "<")
	sig.Name = strings.TrimSpace(name)
	i := strings.LastIndex(rest, ">")
	if i < 0 {
		return sig
	}
	sig.Email = rest[:i]
	fields := strings.Fields(rest[i+1:])
	if len(fields) > 0 {
		if unix, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
			sig.When = time.Unix(unix, 0).UTC()
		}
	}
	return sig
}

func (s Signature) encode() string {
	clean := strings.NewReplacer("<", "", ">", "", "\n", " ", "\x00", "")
	return fmt.Sprintf("%s <%s> %d +0000", clean.Replace(s.Name), clean.Replace(s.Email), s.When.Unix())
}

// WriteCommit stores a commit object and returns its id. SHA of c is ignored; a message gets its final newline.
func (r *Repo) WriteCommit(c Commit) (string, error) {
	if !IsID(c.Tree) {
		return "", fmt.Errorf("write commit: %q is not a tree", c.Tree)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		if _, err := r.Commit(p); err != nil {
			return "", fmt.Errorf("write commit: parent: %w", err)
		}
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	message := strings.ReplaceAll(c.Message, "\x00", "")
	if !strings.HasSuffix(message, "\n") {
		message += "\n"
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", c.Author.encode(), c.Committer.encode(), message)
	return r.pool.write("commit", []byte(b.String()))
}

// Resolve turns what a user may write for a commit into its full id: an id, a branch, a tag, heads/x, refs/x, HEAD, an
// abbreviated id. Anything else is ErrNotFound: revision arithmetic is not offered.
func (r *Repo) Resolve(ctx context.Context, rev string) (string, error) {
	if IsID(rev) {
		if _, err := r.Commit(rev); err == nil {
			return rev, nil
		}
	}
	if rev == "HEAD" || rev == "" {
		rev = r.HEAD()
	}
	for _, prefix := range []string{"refs/heads/", "refs/tags/", "refs/", ""} {
		if sha, ok := r.Ref(prefix + rev); ok {
			return r.peel(sha)
		}
	}
	if len(rev) >= 4 && len(rev) < 40 && strings.Trim(rev, "0123456789abcdef") == "" {
		out, err := r.git.Run(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
		if err == nil {
			return strings.TrimSpace(string(out)), nil
		}
	}
	return "", fmt.Errorf("revision %q: %w", rev, ErrNotFound)
}

// peel follows annotated tags to the commit they name.
func (r *Repo) peel(sha string) (string, error) {
	for range 5 {
		obj, err := r.pool.read(sha)
		if err != nil {
			return "", err
		}
		if obj.Type != "tag" {
			return sha, nil
		}
		line, _, _ := bytes.Cut(obj.Data, []byte("\n"))
		sha = strings.TrimPrefix(string(line), "object ")
	}
	return "", fmt.Errorf("tag %s: %w", sha, ErrNotFound)
}
