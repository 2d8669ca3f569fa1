package graph

import "testing"

// TestCost holds the reckoning to the example of GitHub's manual, and to pages of pull requests.
func TestCost(t *testing.T) {
	for _, c := range []struct {
		name, query string
		vars        map[string]any
		want        Cost
	}{
		// docs.github.com, "Calculating points for the query": 5,101 requests are 51 points.
		{"the manual's points", `{ viewer { login repositories(first: 100) { edges { node { id
			issues(first: 50) { edges { node { id labels(first: 60) { edges { node { id name } } } } } } } } } } }`, nil,
			Cost{51, 100 + 100*50 + 100*50*60}},
		{"no connection", `{ viewer { login } }`, nil, Cost{1, 0}},
		{"variables and fragments", `query Q($n: Int!) { repository { pullRequests(first: $n) { nodes { ...P } } } }
			fragment P on PullRequest { commits(first: 100) { totalCount } reviews(last: 100) { totalCount }
				... on Node { timelineItems(first: 100) { totalCount } } }`,
			map[string]any{"n": 25}, Cost{1, 7525}},
		{"not GraphQL", `{`, nil, Cost{1, 0}},
		{"fragments that use each other", `{ ...A } fragment A on Q { a(first: 2) { ...B } } fragment B on Q { ...A }`, nil, Cost{}},
	} {
		var x Executor
		got := x.Cost(c.query, "", c.vars)
		if c.want != (Cost{}) && got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}
