package git

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// maxLog bounds the messages of all commits that are read.
const maxLog = 64 << 20

// Commit is one commit. Messages and names are in UTF-8 when git could convert them from the commit's encoding, else as they are;
// a message ends at its first NUL byte, as everywhere in git.
type Commit struct {
	ID                            string
	Parents                       []string
	AuthorName, AuthorEmail       string
	CommitterName, CommitterEmail string
	// Message is as written, line ends included.
	Message string
}

// logFormat has seven fields; git cannot print a NUL byte inside one.
const logFormat = "--format=%H%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%B"

// Log reads the commits that to has and from has not, oldest first, parents before children. Of more than limit it
// reads the newest. from may be empty.
func (r *Repo) Log(ctx context.Context, from, to string, limit int) ([]Commit, error) {
	return r.log(ctx, from, to, limit, "--topo-order", "--reverse")
}

// FirstParents reads a commit and those before it on its line of first parents, newest first, at most limit.
func (r *Repo) FirstParents(ctx context.Context, to string, limit int) ([]Commit, error) {
	return r.log(ctx, "", to, limit, "--first-parent")
}

func (r *Repo) log(ctx context.Context, from, to string, limit int, order ...string) ([]Commit, error) {
	args := append([]string{"log", "-z"}, order...)
	args = append(args, "--encoding=UTF-8", "--no-color", "--no-notes", "--no-mailmap", "--no-patch",
		"--max-count="+strconv.Itoa(limit), logFormat, "--end-of-options", to)
	if from != "" {
		args = append(args, "^"+from)
	}
	out, err := r.output(ctx, maxLog, nil, append(args, "--")...)
	if err != nil {
		return nil, fmt.Errorf("read the commits of %s: %w", to, because(err))
	}
	if len(out) == 0 {
		return nil, nil
	}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(fields)%7 != 0 {
		return nil, fmt.Errorf("read the commits of %s: unexpected output of git log", to)
	}
	commits := make([]Commit, 0, len(fields)/7)
	for f := fields; len(f) > 0; f = f[7:] {
		commits = append(commits,
			Commit{
				ID:             f[0],
				Parents:        strings.Fields(f[1]),
				AuthorName:     f[2],
				AuthorEmail:    f[3],
				CommitterName:  f[4],
				CommitterEmail: f[5],
				Message:        f[6],
			})
	}
	return commits, nil
}

// Header is the first line of a commit's message and how many parents the commit has.
type Header struct {
	Header  string
	Parents int
}

// Headers reads the newest commits of a history, newest first, at most limit of them. Git joins a header of several lines by spaces.
func (r *Repo) Headers(ctx context.Context, from string, limit int) ([]Header, error) {
	out, err := r.output(ctx, maxLog, nil, "log", "-z", "--encoding=UTF-8", "--no-color", "--no-notes", "--no-mailmap", "--no-patch",
		"--max-count="+strconv.Itoa(limit), "--format=%P%x00%s", "--end-of-options", from, "--")
	if err != nil {
		return nil, fmt.Errorf("read the headers of %s: %w", from, because(err))
	}
	if len(out) == 0 {
		return nil, nil
	}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(fields)%2 != 0 {
		return nil, fmt.Errorf("read the headers of %s: unexpected output of git log", from)
	}
	headers := make([]Header, 0, len(fields)/2)
	for f := fields; len(f) > 0; f = f[2:] {
		headers = append(headers, Header{Header: f[1], Parents: len(strings.Fields(f[0]))})
	}
	return headers, nil
}

// CountCommits counts the commits that to has and from has not. from may be empty.
func (r *Repo) CountCommits(ctx context.Context, from, to string) (int, error) {
	args := []string{"rev-list", "--count", "--end-of-options", to}
	if from != "" {
		args = append(args, "^"+from)
	}
	out, err := r.Run(ctx, nil, append(args, "--")...)
	if err != nil {
		return 0, fmt.Errorf("count the commits of %s: %w", to, because(err))
	}
	return strconv.Atoi(strings.TrimSpace(string(out)))
}

// Version is a path as it stood after one commit. ID is empty when it was not there.
type Version struct {
	Commit string
	Entry
}

// FirstParentHistory gives a path as it stood at a commit and at the first parents before it, newest first, at most limit of them.
// cut is true when there are more commits.
func (r *Repo) FirstParentHistory(ctx context.Context, b *Blobs, from, path string, limit int) (versions []Version, cut bool, err error) {
	out, err := r.Run(ctx, nil, "rev-list", "--first-parent", "--max-count="+strconv.Itoa(limit+1), "--end-of-options", from, "--")
	if err != nil {
		return nil, false, fmt.Errorf("read the history of %s: %w", path, because(err))
	}
	ids := strings.Fields(string(out))
	if len(ids) > limit {
		ids, cut = ids[:limit], true
	}
	for _, id := range ids {
		entry, _, err := b.Find(id, path)
		if err != nil {
			return nil, false, fmt.Errorf("read %s at %s: %w", path, id, err)
		}
		versions = append(versions, Version{Commit: id, Entry: entry})
	}
	return versions, cut, nil
}
