package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Config is what the repository's configuration says that bears on a reading, all of it read by one process.
type Config struct {
	// Origin is the address of the remote origin as it is written there; empty when there is none.
	Origin string
	// quiet is the repository with its filters overruled.
	quiet *Repo
}

// Config reads it, included files too.
func (r *Repo) Config(ctx context.Context) (Config, error) {
	out, err := r.Run(ctx, nil, "config", "-z", "--includes", "--get-regexp", `^(filter\.|remote\.origin\.url$)`)
	var failed *Error
	if errors.As(err, &failed) && failed.Code == 1 {
		return Config{quiet: r}, nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("read the repository's configuration: %w", because(err))
	}
	var c Config
	var filters []string
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		// A name ends at the first line end, as the name of a filter cannot hold one.
		key, value, _ := strings.Cut(entry, "\n")
		if key == "remote.origin.url" {
			c.Origin = value // the last one counts
		} else {
			filters = append(filters, key)
		}
	}
	c.quiet = r.withoutFilters(filters)
	return c, nil
}

// Uncommitted counts the paths of the work tree that differ from HEAD: staged, not staged and untracked.
func (r *Repo) Uncommitted(ctx context.Context) (int, error) {
	c, err := r.Config(ctx)
	if err != nil {
		return 0, err
	}
	return c.Uncommitted(ctx)
}

// Uncommitted is Repo.Uncommitted.
//
// Comparing files with the index makes git run the clean filters that the repository's configuration names. They are
// switched off here, so a file that only its filter makes equal (large files stored elsewhere) may count when git's
// cache is stale. The number is for a remark, never for a verdict.
func (c Config) Uncommitted(ctx context.Context) (int, error) {
	out, err := c.quiet.Run(ctx, nil, "status", "--porcelain=v1", "-z", "--untracked-files=normal", "--ignore-submodules=dirty",
		"--no-renames")
	if err != nil {
		return 0, fmt.Errorf("look for uncommitted work: %w", because(err))
	}
	return strings.Count(string(out), "\x00"), nil
}

// withoutFilters overrules every filter driver that the keys name. The names go by the environment, not by -c: they may
// hold "=".
func (r *Repo) withoutFilters(keys []string) *Repo {
	quiet := *r
	quiet.env = append([]string{}, r.env...)
	drivers := map[string]bool{}
	n := 0
	set := func(key, value string) {
		quiet.env = append(quiet.env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", n, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", n, value))
		n++
	}
	for _, key := range keys {
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
	return &quiet
}
