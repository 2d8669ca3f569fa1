package github

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/fake/graph"
)

func (q *asked) pullAny(p *pull) any { return q.pull(p) }

func (q *asked) pull(p *pull) graph.Object {
	h, r := q.h, p.repo
	numbers := func(f func(*githost.Comparison) any) graph.Resolver {
		return func(context.Context, map[string]any) (any, error) {
			c, err := p.comparison()
			if err != nil {
				return nil, err
			}
			return f(c), nil
		}
	}
	sum := func(count func(githost.FileDiff) int) graph.Resolver {
		return numbers(func(c *githost.Comparison) any {
			n := 0
			for _, f := range c.Files {
				n += count(f)
			}
			return n
		})
	}
	o := graph.Object{
		"id": graph.Value(nodeID("PR", p.id)), "databaseId": graph.Value(p.id), "fullDatabaseId": graph.Value(strconv.FormatInt(p.id, 10)),
		"number": graph.Value(p.number), "title": graph.Value(p.title), "body": graph.Value(p.body), "state": graph.Value(p.graphState()),
		"isDraft": graph.Value(p.draft), "isCrossRepository": graph.Value(p.headRepo != r), "url": graph.Value(p.webURL(h)),
		"locked":    graph.Value(false),
		"createdAt": graph.Value(p.created), "updatedAt": graph.Value(p.updated), "closed": graph.Value(p.state != "open"),
		"merged":   graph.Value(p.merged),
		"closedAt": graph.Value(stampOrNull(p.closedAt)), "mergedAt": graph.Value(stampOrNull(p.mergedAt)),
		"baseRefName": graph.Value(p.baseRef), "baseRefOid": graph.Value(p.baseSHA), "headRefName": graph.Value(p.headRef),
		"headRefOid":          graph.Value(p.headSHA),
		"maintainerCanModify": graph.Value(p.maintainerCanEdit),
		"repository":          field(func() any { return q.repository(r) }),
		"baseRepository":      field(func() any { return q.repository(r) }),
		"headRepository": field(func() any {
			if p.headRepo == nil || !h.sees(q.c.who, p.headRepo) {
				return nil
			}
			return q.repository(p.headRepo)
		}),
		"headRepositoryOwner": field(func() any {
			if p.headRepo == nil {
				return nil
			}
			return q.actor(p.headRepo.owner)
		}),
		"author":  field(func() any { return q.actor(p.user) }),
		"baseRef": field(func() any { return q.ref(r, "refs/heads/"+p.baseRef) }),
		"headRef": field(func() any {
			if p.headRepo == nil {
				return nil
			}
			return q.ref(p.headRepo, "refs/heads/"+p.headRef)
		}),
		"mergeCommit": func(context.Context, map[string]any) (any, error) {
			if p.mergeSHA == "" {
				return nil, nil
			}
			return q.object(r, p.mergeSHA)
		},
		"mergeable": field(func() any {
			ok, known := r.git.Mergeable(p.diffBase(), p.headSHA)
			switch {
			case !known || p.state != "open":
				return "UNKNOWN"
			case ok:
				return "MERGEABLE"
			}
			return "CONFLICTING"
		}),
		"labels":       connection[*label]{name: "labels", all: p.labels, node: func(l *label) any { return q.label(l) }}.resolver(),
		"mergedBy":     field(func() any { return q.actor(p.mergedBy) }),
		"changedFiles": numbers(func(c *githost.Comparison) any { return len(c.Files) }),
		"additions":    sum(func(f githost.FileDiff) int { return f.Added }),
		"deletions":    sum(func(f githost.FileDiff) int { return f.Removed }),
	}
	maps.Copy(o, q.pullLists(p))
	return graph.Typed("PullRequest", o, "Node", "Assignable", "Comment")
}

// pullLists are a pull request's longer connections.
func (q *asked) pullLists(p *pull) graph.Object {
	return graph.Object{
		"timelineItems": q.timelineItems(p),
		"commits": func(_ context.Context, args map[string]any) (any, error) {
			c, err := p.comparison()
			if err != nil {
				return nil, err
			}
			return connection[string]{name: "commits", all: c.Ahead, node: func(sha string) any {
				return graph.Typed("PullRequestCommit",
					graph.Object{"commit": func(context.Context, map[string]any) (any, error) { return q.object(p.repo, sha) }}, "Node")
			}}.resolve(args)
		},
		"files": func(_ context.Context, args map[string]any) (any, error) {
			c, err := p.comparison()
			if err != nil {
				return nil, err
			}
			return connection[githost.FileDiff]{name: "files", all: c.Files[:min(len(c.Files), maxFiles)],
				node: func(f githost.FileDiff) any {
					kind := map[string]string{"removed": "DELETED"}[f.Status]
					if kind == "" {
						kind = strings.ToUpper(f.Status)
					}
					return graph.Typed("PullRequestChangedFile",
						graph.Object{"path": graph.Value(f.Path), "additions": graph.Value(f.Added),
							"deletions": graph.Value(f.Removed), "changeType": graph.Value(kind)})
				}}.resolve(args)
		},
		"reviews": func(_ context.Context, args map[string]any) (any, error) {
			states := texts(args, "states")
			all := slices.DeleteFunc(slices.Clone(p.reviews), func(v *review) bool {
				return (v.state == "PENDING" && v.user != q.c.who.account()) || (states != nil && !slices.Contains(states, v.state))
			})
			return connection[*review]{name: "reviews", all: all, node: func(v *review) any { return q.review(p, v) }}.resolve(args)
		},
		"latestReviews": func(_ context.Context, args map[string]any) (any, error) {
			return connection[*review]{
				name: "latestReviews",
				all:  latestReviews(p),
				node: func(v *review) any { return q.review(p, v) },
			}.resolve(args)
		},
		"reviewThreads": connection[*reviewComment]{
			name: "reviewThreads",
			all:  p.roots(),
			node: func(t *reviewComment) any { return q.thread(p, t) },
		}.resolver(),
		"comments": connection[*issueComment]{name: "comments", all: p.comments, node: func(c *issueComment) any {
			return graph.Typed("IssueComment",
				graph.Object{"id": graph.Value(nodeID("IC", c.id)), "databaseId": graph.Value(c.id),
					"fullDatabaseId": graph.Value(strconv.FormatInt(c.id, 10)),
					"body":           graph.Value(c.body), "author": field(func() any { return q.actor(c.user) }),
					"createdAt": graph.Value(c.created), "updatedAt": graph.Value(c.updated),
					"viewerDidAuthor": graph.Value(c.user == q.c.who.account()), "isMinimized": graph.Value(false)}, "Node", "Comment")
		}}.resolver(),
	}
}

func (q *asked) review(p *pull, v *review) graph.Object {
	return graph.Typed("PullRequestReview", graph.Object{
		"id": graph.Value(nodeID("PRR", v.id)), "databaseId": graph.Value(v.id),
		"fullDatabaseId": graph.Value(strconv.FormatInt(v.id, 10)), "state": graph.Value(v.state),
		"body": graph.Value(v.body), "submittedAt": graph.Value(v.submittedAt),
		"url":                       graph.Value(p.webURL(q.h) + "#pullrequestreview-" + strconv.FormatInt(v.id, 10)),
		"authorCanPushToRepository": graph.Value(q.h.role(p.repo, v.user) >= rank("write")),
		"author":                    field(func() any { return q.actor(v.user) }),
		"commit": func(context.Context, map[string]any) (any, error) {
			if out, err := q.object(p.repo, v.commit); err == nil {
				return out, nil
			}
			return nil, nil
		},
	}, "Node", "Comment")
}

func (q *asked) team(o *account, t *team) graph.Object {
	members := o.org.teamMembers(t)
	return graph.Typed("Team", graph.Object{
		"id": graph.Value(nodeID("T", t.id)), "databaseId": graph.Value(t.id), "slug": graph.Value(t.slug), "name": graph.Value(t.name),
		"combinedSlug": graph.Value(o.login + "/" + t.slug),
		"privacy":      graph.Value(map[string]string{"closed": "VISIBLE", "secret": "SECRET"}[t.privacy]),
		"members": func(_ context.Context, args map[string]any) (any, error) {
			all := members
			if kind, _ := graph.Text(args, "membership"); kind == "IMMEDIATE" {
				all = t.members
			}
			return connection[string]{name: "members", all: slices.Sorted(maps.Keys(all)),
				node: func(login string) any { return q.actor(q.h.accounts[login]) },
				extra: func(login string) graph.Object {
					return graph.Object{"role": graph.Value(strings.ToUpper(all[login]))}
				}}.resolve(args)
		},
		"repositories": func(_ context.Context, args map[string]any) (any, error) {
			query, _ := graph.Text(args, "query")
			var all []*repository
			for _, r := range q.h.sortedRepositories() {
				if t.permission(r) > 0 && strings.Contains(lower(r.name), lower(query)) && q.h.sees(q.c.who, r) {
					all = append(all, r)
				}
			}
			return connection[*repository]{name: "repositories", all: all, node: func(r *repository) any { return q.repository(r) },
				extra: func(r *repository) graph.Object {
					return graph.Object{"permission": graph.Value(strings.ToUpper(rankRole[t.permission(r)]))}
				}}.resolve(args)
		},
	}, "Node")
}
