package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Uncommitted counts the paths of the work tree that differ from HEAD: staged, not staged and untracked.
//
// Comparing files with the index makes git run the clean filters that the repository's configuration names. They are
// switched off here, so a file that only its filter makes equal (large files stored elsewhere) may count when git's
// cache is stale. The number is for a remark, never for a verdict.
func (r *Repo) Uncommitted(ctx context.Context) (int, error) {
	quiet, err := r.withoutFilters(ctx)
	if err != nil {
		return 0, err
	}
	out, err := quiet.Run(ctx, nil, "status", "--porcelain=v1", "-z", "--untracked-files=normal", "--ignore-submodules=dirty",
		"--no-renames")
	if err != nil {
		return 0, fmt.Errorf("look for uncommitted work: %w", because(err))
	}
	return strings.Count(string(out), "\x00"), nil
}

// withoutFilters overrules every filter driver that any configuration of the repository names, included files too.
// The names go by the environment, not by -c: they may hold "=".
func (r *Repo) withoutFilters(ctx context.Context) (*Repo, error) {
	out, err := r.Run(ctx, nil, "config", "-z", "--name-only", "--includes", "--get-regexp", `^filter\.`)
	var failed *Error
	if errors.As(err, &failed) && failed.Code == 1 {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the filters of the repository: %w", because(err))
	}
	quiet := *r
	quiet.env = append([]string{}, r.env...)
	drivers := map[string]bool{}
	n := 0
	set := func(key, value string) {
		quiet.env = append(quiet.env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", n, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", n, value))
		n++
	}
	for key := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		driver := key[:strings.LastIndexByte(key, '.')]
		if drivers[driver] || driver == "filter" {
			continue
		}
		drivers[driver] = true
		set(driver+".clean", "")
		set(driver+".smudge", "")
		set(driver+".process", "")
		set(driver+".required", "false")
	}
	quiet.env = append(quiet.env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", n))
	return &quiet, nil
}
