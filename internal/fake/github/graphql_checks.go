package github

import (
	"strings"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// rollup is a Commit's statusCheckRollup: the newest run of each name and App, then the newest status of each context.
// A commit without any has none. https://docs.github.com/en/graphql/reference/objects#statuscheckrollup
func (q *asked) rollup(r *repository, sha string) any {
	var all []any
	state := "SUCCESS"
	for _, run := range latestRuns(r.runs[sha]) {
		all = append(all, run)
		switch {
		case run.status != "completed":
			state = "PENDING"
		case !passing(run.conclusion) && state == "SUCCESS":
			state = "FAILURE"
		}
	}
	for _, s := range latestStatuses(r.statuses[sha]) {
		all = append(all, s)
		if s.state != "success" && state == "SUCCESS" {
			state = strings.ToUpper(s.state)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return graph.Typed("StatusCheckRollup", graph.Object{
		"state":    graph.Value(state),
		"contexts": connection[any]{name: "contexts", all: all, node: q.rollupContext}.resolver(),
	}, "Node")
}

func (q *asked) rollupContext(c any) any {
	if s, ok := c.(*status); ok {
		return graph.Typed("StatusContext",
			graph.Object{"context": graph.Value(s.context), "state": graph.Value(strings.ToUpper(s.state))}, "Node")
	}
	run := c.(*checkRun)
	return graph.Typed("CheckRun", graph.Object{
		"databaseId": graph.Value(run.id), "name": graph.Value(run.name), "status": graph.Value(strings.ToUpper(run.status)),
		"conclusion": graph.Value(upperOrNull(run.conclusion)),
		"checkSuite": graph.Value(graph.Typed("CheckSuite", graph.Object{
			"databaseId": graph.Value(run.suite.id),
			"app": graph.Value(
				graph.Typed("App",
					graph.Object{"databaseId": graph.Value(run.suite.app.spec.ID), "slug": graph.Value(run.suite.app.spec.Slug),
						"name": graph.Value(run.suite.app.spec.Name)}, "Node")),
		}, "Node")),
	}, "Node")
}

func upperOrNull(s string) any {
	if s == "" {
		return nil
	}
	return strings.ToUpper(s)
}
