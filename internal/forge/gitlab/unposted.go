package gitlab

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// pipelinesQuery reads the head pipelines of a project's open merge requests, and whether they show a status of ours.
const pipelinesQuery = `query LintelPipelines($path: ID!, $after: String) {
  project(fullPath: $path) { id mergeRequests(state: opened, first: 100, after: $after) {
    nodes { iid diffHeadSha sourceBranch targetBranch headPipeline { id createdAt project { id } job(name: "lintel") { id } } }
    pageInfo { hasNextPage endCursor }
  } }
}`

// settles is how old a pipeline is before it is missed: its event may be under way.
const settles = time.Minute

// maxPages bounds how many pages of open merge requests a sweep reads of one project.
const maxPages = 10

// Unposted are the open merge requests of a project whose head pipeline is there and shows no status of ours: the event of a
// pipeline may be lost, and nothing else tells of one. Each pipeline is told of by one delivery, however often it is seen.
// Without GraphQL none are found.
func (f *Forge) Unposted(ctx context.Context, r change.Repository) (events []change.Event, err error) {
	var after *string
	for range maxPages {
		var answer struct {
			Project *struct {
				ID            gid
				MergeRequests *struct {
					Nodes []struct {
						IID, DiffHeadSHA, SourceBranch, TargetBranch string
						HeadPipeline                                 *struct {
							ID        gid
							CreatedAt time.Time
							Project   *struct{ ID gid }
							Job       *struct{ ID gid }
						}
					}
					PageInfo struct {
						HasNextPage bool
						EndCursor   *string
					}
				}
			}
		}
		variables := map[string]any{"path": r.Owner + "/" + r.Name, "after": after}
		answered, err := f.graph(ctx, pipelinesQuery, variables, &answer)
		p := answer.Project
		if err != nil || !answered || p == nil || p.ID.number() != r.ID || p.MergeRequests == nil {
			return events, err
		}
		for _, m := range p.MergeRequests.Nodes {
			h := m.HeadPipeline
			iid, err := strconv.Atoi(m.IID)
			if err != nil || h == nil || h.Job != nil || h.Project == nil || h.Project.ID.number() != r.ID ||
				f.o.Now().Sub(h.CreatedAt) < settles {
				continue
			}
			ref := change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: r.ID, Number: iid}, Owner: r.Owner, Name: r.Name, Connection: 1}
			events = append(events, change.Event{Kind: change.Updated, Forge: change.GitLab, Again: true, Connection: 1,
				Delivery: fmt.Sprintf("sweep/pipeline/%d", h.ID.number()), Name: "Pipeline Hook", Action: "sweep",
				Repository: r, Ref: ref, Head: change.Rev{Ref: m.SourceBranch, SHA: m.DiffHeadSHA},
				Base: change.Rev{Ref: m.TargetBranch}})
		}
		if after = p.MergeRequests.PageInfo.EndCursor; !p.MergeRequests.PageInfo.HasNextPage || after == nil {
			break
		}
	}
	return events, nil
}
