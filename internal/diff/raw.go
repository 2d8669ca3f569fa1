package diff

import (
	"fmt"
	"strconv"
	"strings"
)

// listed is one file of the list that "git diff --raw --numstat" writes before the patches.
type listed struct {
	file File
	// typeChange is true when git writes the change as two patches, a removal and an addition.
	typeChange bool
	// binary is true when git counted no lines.
	binary bool
}

// list reads the raw lines and then the counts, and the empty line that parts them from the patches.
// The counts are matched by their order, as their renamed paths are ambiguous.
func (s *scanner) list(limit int) ([]listed, error) {
	var files []listed
	for s.at(":") {
		line := s.peek()
		if strings.HasPrefix(line, "::") {
			return nil, s.errorf("this is a merge's combined diff; ask git for the diff between two commits")
		}
		f, err := parseRaw(line)
		if err != nil {
			return nil, s.errorf("%w", err)
		}
		if len(files) == limit {
			return nil, s.errorf("%w: more than %d files changed", ErrTooLarge, limit)
		}
		files = append(files, f)
		s.next(line)
	}
	for i := 0; len(files) > 0 && !s.done() && s.peek() != "" && !s.at("diff "); i++ {
		line := s.peek()
		if i >= len(files) {
			return nil, s.errorf("%q is not part of git's diff", clip(line))
		}
		added, rest, _ := strings.Cut(line, "\t")
		deleted, _, ok := strings.Cut(rest, "\t")
		f := &files[i]
		if f.binary = added == "-" && deleted == "-"; !f.binary {
			var err1, err2 error
			f.file.Additions, err1 = strconv.Atoi(added)
			f.file.Deletions, err2 = strconv.Atoi(deleted)
			ok = ok && err1 == nil && err2 == nil
		}
		if !ok {
			return nil, s.errorf("%q is not a line of git diff --numstat", clip(line))
		}
		s.next(line)
	}
	if len(files) > 0 && !s.done() && s.peek() == "" {
		s.next("")
	}
	return files, nil
}

var rawStatus = map[byte]Status{'A': Added, 'M': Modified, 'D': Removed, 'R': Renamed, 'C': Copied, 'T': Modified}

// parseRaw reads ":oldmode newmode oldblob newblob status<TAB>path[<TAB>path]".
func parseRaw(line string) (listed, error) {
	bad := func() (listed, error) { return listed{}, fmt.Errorf("%q is not a line of git diff --raw", clip(line)) }
	meta, paths, ok := strings.Cut(strings.TrimPrefix(line, ":"), "\t")
	fields := strings.Split(meta, " ")
	if !ok || len(fields) != 5 || fields[4] == "" {
		return bad()
	}
	status, ok := rawStatus[fields[4][0]]
	if !ok {
		return bad()
	}
	f := File{Status: status, Size: -1, OldMode: blob(fields[0]), Mode: blob(fields[1]), OldBlob: blob(fields[2]), Blob: blob(fields[3])}
	first, second, two := strings.Cut(paths, "\t")
	if two != (status == Renamed || status == Copied) {
		return bad()
	}
	var err error
	if f.Path, err = unquote(first); err != nil {
		return listed{}, err
	}
	if two {
		f.OldPath = f.Path
		if f.Path, err = unquote(second); err != nil {
			return listed{}, err
		}
	}
	if f.Path == "" {
		return bad()
	}
	return listed{file: f, typeChange: fields[4][0] == 'T'}, nil
}
