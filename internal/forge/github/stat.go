package github

import (
	"context"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
)

// GitHub's limits. https://docs.github.com/en/rest/commits/commits#compare-two-commits and .../pulls/pulls#list-pull-requests-files
const (
	compareFiles   = 300
	listFiles      = 3000
	page           = 100
	compareCommits = 10000
)

// queryStats reads what each key's path is at its commit, nil where nothing is there, in one query for all commits. Keys of
// one commit stand together. With texts, the contents of text files come along.
func (rd *reading) queryStats(ctx context.Context, keys []statKey, texts bool) ([]*stat, error) {
	stats := make([]*stat, len(keys))
	variables := map[string]any{"owner": rd.r.Owner, "name": rd.r.Name}
	var commits []string
	var counts []int
	for i, key := range keys {
		if i == 0 || key.commit != keys[i-1].commit {
			variables[fmt.Sprintf("o%d", len(commits))] = key.commit
			commits, counts = append(commits, key.commit), append(counts, 0)
		}
		counts[len(counts)-1]++
		variables[fmt.Sprintf("p%d", i)] = key.path
	}
	if rd.REST {
		return stats, rd.restStats(ctx, keys, stats)
	}
	var data struct {
		Repository map[string]map[string]*statOrID `json:"repository"`
	}
	if err := rd.query(ctx, rd.r.Connection, filesQuery(texts, counts...), variables, &data); err != nil {
		return nil, err
	}
	n := 0
	for i, commit := range commits {
		object := data.Repository[fmt.Sprintf("c%d", i)]
		if object == nil {
			return nil, fmt.Errorf("read files at %s: %w", change.Short(commit), errNoCommit)
		}
		for range counts[i] {
			v, answered := object[fmt.Sprintf("f%d", n)]
			if !answered {
				return nil, emptyAnswer("read files at " + change.Short(commit))
			}
			if v != nil {
				stats[n] = v.stat
			}
			n++
		}
	}
	return stats, nil
}

// restStats is queryStats by REST, commit by commit.
func (rd *reading) restStats(ctx context.Context, keys []statKey, stats []*stat) error {
	for from := 0; from < len(keys); {
		to := from
		var paths []string
		for to < len(keys) && keys[to].commit == keys[from].commit {
			paths = append(paths, keys[to].path)
			to++
		}
		found := map[string]*stat{}
		if err := rd.restStat(ctx, keys[from].commit, paths, found); err != nil {
			return err
		}
		for i := from; i < to; i++ {
			stats[i] = found[keys[i].path]
		}
		from = to
	}
	return nil
}

// filesQuery asks for paths at commits, counts[i] of them at commit $o<i>; the paths are $p0, $p1 ..., so no path is ever part of the text.
func filesQuery(texts bool, counts ...int) string {
	blob := "isBinary"
	if texts {
		blob = "isBinary text"
	}
	var b strings.Builder
	b.WriteString("query LintelFiles($owner: String!, $name: String!")
	n := 0
	for i, count := range counts {
		fmt.Fprintf(&b, ", $o%d: GitObjectID!", i)
		for range count {
			fmt.Fprintf(&b, ", $p%d: String!", n)
			n++
		}
	}
	b.WriteString(") {\n  repository(owner: $owner, name: $name) {\n")
	n = 0
	for i, count := range counts {
		fmt.Fprintf(&b, "    c%d: object(oid: $o%d) {\n      ... on Commit {\n        oid\n", i, i)
		for range count {
			fmt.Fprintf(&b, "        f%d: file(path: $p%d) { oid mode size type object { ... on Blob { %s } } }\n", n, n, blob)
			n++
		}
		b.WriteString("      }\n    }\n")
	}
	b.WriteString("  }\n}")
	return b.String()
}
