package churn

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFromPush(t *testing.T) {
	const zero = "0000000000000000000000000000000000000000"
	pushed := func(messages ...string) (commits []Commit) {
		for i, m := range messages {
			message, paths, _ := strings.Cut(m, " | ")
			commits = append(commits, Commit{ID: fmt.Sprint(i + 1), Message: message, Paths: strings.Fields(paths)})
		}
		return commits
	}
	for name, c := range map[string]struct {
		before string
		pushed []Commit
		want   string
	}{
		"nothing":         {"0a", nil, ""},
		"a squash":        {"0a", pushed("feat: a (#1) | b.go a.go b.go"), "0a-1:a.go b.go"},
		"rebased commits": {"0a", pushed("feat: a | a.go", "feat: b | b.go"), "0a-1:a.go; 1-2:b.go"},
		"a merge of what its event tells": {
			"0a", pushed("feat: a | a.go", "undo a | a.go b.go", "Merge pull request #7 from x/y\n\nfeat: b | b.go"), "0a-3:b.go",
		},
		"a merge of which nothing is told": {
			"0a", pushed("feat: a | a.go", "Merge branch 'main' into x | far.go", "feat: b | b.go a.go", "Merge pull request #7 from x/y"),
			"0a-4:a.go b.go",
		},
		"two merges and a commit": {
			"0a", pushed("feat: a | a.go", "Merge pull request #7 from x/y", "feat: b | b.go", "Merge pull request #8 from x/z",
				"fix: c | c.go"),
			"0a-2:a.go; 2-4:b.go; 4-5:c.go",
		},
		"a merge by hand":        {"0a", pushed("feat: a | a.go", "Merge branch 'x' | a.go"), "0a-2:a.go"},
		"a feature about merges": {"0a", pushed("Merge carts of two people | a.go", "feat: b | b.go"), "0a-1:a.go; 1-2:b.go"},
		"a new branch":           {zero, pushed("feat: begin | a.go", "feat: b | b.go"), "-1:; 1-2:b.go"},
	} {
		var got []string
		for _, x := range FromPush(c.before, c.pushed) {
			got = append(got, x.Parent+"-"+x.ID+":"+strings.Join(x.Paths, " "))
		}
		if d := cmp.Diff(c.want, strings.Join(got, "; ")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
