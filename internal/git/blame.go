package git

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Span is lines of a file, the first and the last, counted from 1.
type Span struct{ First, Last int }

// maxBlame bounds what git says of the lines of one file.
const maxBlame = 32 << 20

// Blame says of each line of the spans of a file, as it is at a commit, when the commit was made that wrote it. White
// space is no writing.
func (r *Repo) Blame(ctx context.Context, commit, path string, spans []Span) ([]time.Time, error) {
	// A file of commits to ignore would bend the answer: the empty name forgets those that the configuration names.
	args := []string{"blame", "-w", "--no-textconv", "--ignore-revs-file=", "--porcelain"}
	for _, s := range spans {
		args = append(args, fmt.Sprintf("-L%d,%d", s.First, s.Last))
	}
	out, err := r.output(ctx, maxBlame, nil, append(args, commit, "--", path)...)
	if err != nil {
		return nil, fmt.Errorf("ask who wrote lines of %s: %w", path, because(err))
	}
	// A commit's header comes with its first line alone; a line of the file follows a tab.
	made, current := map[string]time.Time{}, ""
	var all []time.Time
	for line := range bytes.Lines(out) {
		text := strings.TrimSuffix(string(line), "\n")
		id, rest, _ := strings.Cut(text, " ")
		switch {
		case strings.HasPrefix(text, "\t"):
			all = append(all, made[current])
		case IsID(id):
			current = id
		case id == "committer-time":
			seconds, err := strconv.ParseInt(rest, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("ask who wrote lines of %s: unexpected output of git blame: %w", path, err)
			}
			made[current] = time.Unix(seconds, 0).UTC()
		}
	}
	return all, nil
}
