package github

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/fake/graph"
	"github.com/lintel-review/lintel/internal/sorting"
)

// maxText is the size from which GitHub cuts a blob's text short.
const maxText = 512_000

func (q *asked) repository(r *repository) graph.Object {
	h := q.h
	visibility := "PUBLIC"
	if r.private {
		visibility = "PRIVATE"
	}
	return graph.Typed("Repository", graph.Object{
		"id": graph.Value(nodeID("R", r.id)), "databaseId": graph.Value(r.id), "name": graph.Value(r.name),
		"nameWithOwner": graph.Value(r.fullName()),
		"owner":         field(func() any { return q.actor(r.owner) }), "isPrivate": graph.Value(r.private),
		"isFork":     graph.Value(r.fork != nil),
		"isArchived": graph.Value(r.archived), "isEmpty": field(func() any { return len(r.git.RefNames("refs/heads/")) == 0 }),
		"visibility": graph.Value(visibility), "description": graph.Value(orNull(r.description)),
		"url":       graph.Value(h.URL() + "/" + r.fullName()),
		"createdAt": graph.Value(r.created), "updatedAt": graph.Value(r.updated), "pushedAt": graph.Value(r.pushed),
		"squashMergeAllowed": graph.Value(r.merge.Squash), "mergeCommitAllowed": graph.Value(r.merge.Merge),
		"rebaseMergeAllowed": graph.Value(r.merge.Rebase),
		"autoMergeAllowed":   graph.Value(r.merge.AutoMerge), "deleteBranchOnMerge": graph.Value(r.merge.DeleteBranch),
		"squashMergeCommitTitle": graph.Value(r.merge.SquashTitle), "squashMergeCommitMessage": graph.Value(r.merge.SquashMessage),
		"mergeCommitTitle": graph.Value(r.merge.MergeTitle), "mergeCommitMessage": graph.Value(r.merge.MergeMessage),
		"parent": field(func() any {
			if r.fork == nil || !h.sees(q.c.who, r.fork) {
				return nil
			}
			return q.repository(r.fork)
		}),
		"defaultBranchRef": field(func() any { return q.ref(r, "refs/heads/"+r.defaultBranch) }),
		"ref": func(_ context.Context, args map[string]any) (any, error) {
			if err := q.may(r, "contents:read"); err != nil {
				return nil, err
			}
			name, _ := graph.Text(args, "qualifiedName")
			if !strings.HasPrefix(name, "refs/") {
				name = "refs/heads/" + name
			}
			return q.ref(r, name), nil
		},
		"object": func(ctx context.Context, args map[string]any) (any, error) {
			if err := q.may(r, "contents:read"); err != nil {
				return nil, err
			}
			return q.namedObject(ctx, r, args)
		},
		"pullRequest": func(_ context.Context, args map[string]any) (any, error) {
			if err := q.may(r, "pull_requests:read"); err != nil {
				return nil, err
			}
			n, _ := graph.Int(args, "number")
			p := r.pulls[n]
			if p == nil {
				return nil, notFound("Could not resolve to a PullRequest with the number of %d.", n)
			}
			return q.pull(p), nil
		},
		"pullRequests": func(_ context.Context, args map[string]any) (any, error) {
			if err := q.may(r, "pull_requests:read"); err != nil {
				return nil, err
			}
			return connection[*pull]{name: "pullRequests", all: choose(r.sortedPulls(), args), node: q.pullAny}.resolve(args)
		},
	}, "Node", "RepositoryInfo")
}

// choose filters and orders pull requests by the arguments of a pullRequests connection.
func choose(all []*pull, args map[string]any) []*pull {
	states := texts(args, "states")
	base, hasBase := graph.Text(args, "baseRefName")
	head, hasHead := graph.Text(args, "headRefName")
	all = slices.DeleteFunc(all, func(p *pull) bool {
		return (states != nil && !slices.Contains(states, p.graphState())) || (hasBase && p.baseRef != base) ||
			(hasHead && p.headRef != head)
	})
	order, _ := args["orderBy"].(map[string]any)
	if order == nil {
		return all
	}
	sorting.StableBy(all, func(a, b *pull) int {
		n := a.created.Compare(b.created)
		if order["field"] == "UPDATED_AT" {
			n = a.updated.Compare(b.updated)
		}
		n = cmp.Or(n, cmp.Compare(a.number, b.number))
		if order["direction"] == "DESC" {
			return -n
		}
		return n
	})
	return all
}

func (p *pull) graphState() string {
	switch {
	case p.merged:
		return "MERGED"
	case p.state == "closed":
		return "CLOSED"
	}
	return "OPEN"
}

// ref is a reference, nil (null) if it does not exist.
func (q *asked) ref(r *repository, name string) graph.Object {
	sha, ok := r.git.Ref(name)
	if !ok {
		return nil
	}
	short := name
	for _, prefix := range []string{"refs/heads/", "refs/tags/"} {
		short = strings.TrimPrefix(short, prefix)
	}
	return graph.Typed("Ref", graph.Object{
		"id": graph.Value(nodeID("REF", r.id) + shortHash(name)), "name": graph.Value(short),
		"prefix": graph.Value(strings.TrimSuffix(name, short)),
		"target": func(context.Context, map[string]any) (any, error) { return q.object(r, sha) },
		"refUpdateRule": field(func() any {
			p := r.protected[short]
			if p == nil || p.Ruleset || !strings.HasPrefix(name, "refs/heads/") {
				return nil
			}
			contexts := []any{}
			for _, c := range p.Checks {
				contexts = append(contexts, c.Context)
			}
			return graph.Typed("RefUpdateRule",
				graph.Object{"pattern": graph.Value(short), "requiredStatusCheckContexts": graph.Value(contexts),
					"requiredApprovingReviewCount": graph.Value(p.Reviews), "requiresCodeOwnerReviews": graph.Value(p.CodeOwners),
					"allowsDeletions":   graph.Value(false),
					"allowsForcePushes": graph.Value(false), "blocksCreations": graph.Value(false),
					"requiresLinearHistory": graph.Value(false), "requiresSignatures": graph.Value(false),
					"requiresConversationResolution": graph.Value(false), "viewerCanPush": graph.Value(false),
					"viewerAllowedToDismissReviews": graph.Value(false)})
		}),
		"rules": connection[object]{name: "rules", all: q.h.rules(r, short), node: func(o object) any {
			return graph.Typed("RepositoryRule", graph.Object{"type": graph.Value(strings.ToUpper(o["type"].(string)))})
		}}.resolver(),
		"statusCheckRollup": func(context.Context, map[string]any) (any, error) {
			if err := q.may(r, "checks:read"); err != nil {
				return nil, err
			}
			return q.rollup(r, sha), nil
		},
		"associatedPullRequests": func(_ context.Context, args map[string]any) (any, error) {
			all := slices.DeleteFunc(r.sortedPulls(), func(p *pull) bool { return p.headRepo != r || p.headRef != short })
			return connection[*pull]{name: "associatedPullRequests", all: choose(all, args), node: q.pullAny}.resolve(args)
		},
	}, "Node")
}

// namedObject resolves object(oid) and object(expression), where an expression is a revision or revision:path.
func (q *asked) namedObject(ctx context.Context, r *repository, args map[string]any) (any, error) {
	if oid, ok := graph.Text(args, "oid"); ok {
		out, err := q.object(r, oid)
		if err != nil {
			return nil, nil //nolint:nilerr // an object that does not exist is null without an error, as GitHub answers
		}
		return out, nil
	}
	expression, _ := graph.Text(args, "expression")
	rev, name, hasPath := strings.Cut(expression, ":")
	sha, err := r.git.Resolve(ctx, rev)
	if err != nil {
		if out, err := q.object(r, rev); err == nil && !hasPath {
			return out, nil
		}
		return nil, nil // so is a revision
	}
	if !hasPath {
		return q.object(r, sha)
	}
	e, err := r.git.Lookup(sha, name)
	if err != nil {
		return nil, nil //nolint:nilerr // and a path
	}
	return q.object(r, e.SHA)
}

// object is any git object under its type.
func (q *asked) object(r *repository, sha string) (any, error) {
	obj, err := r.git.Object(sha)
	if err != nil {
		return nil, err
	}
	common := graph.Object{"oid": graph.Value(sha), "id": graph.Value(nodeID("G", r.id) + sha[:12]), "abbreviatedOid": graph.Value(sha[:7]),
		"repository": field(func() any { return q.repository(r) }),
		"commitUrl":  graph.Value(q.h.URL() + "/" + r.fullName() + "/commit/" + sha)}
	switch obj.Type {
	case "commit":
		return q.commit(r, sha, common)
	case "tree":
		common["entries"] = func(context.Context, map[string]any) (any, error) { return q.entries(r, sha, "") }
		return graph.Typed("Tree", common, "GitObject", "Node"), nil
	case "blob":
		binary := bytes.IndexByte(obj.Data[:min(len(obj.Data), 8000)], 0) >= 0
		var text any
		if !binary {
			cut := obj.Data[:min(len(obj.Data), maxText)]
			for len(cut) > 0 && len(cut) == maxText && !utf8.Valid(cut[max(0, len(cut)-utf8.UTFMax):]) {
				cut = cut[:len(cut)-1]
			}
			text = string(cut)
		}
		maps.Copy(common, graph.Object{"byteSize": graph.Value(len(obj.Data)), "isBinary": graph.Value(binary), "text": graph.Value(text),
			"isTruncated": graph.Value(len(obj.Data) > maxText)})
		return graph.Typed("Blob", common, "GitObject", "Node"), nil
	}
	return graph.Typed("Tag", common, "GitObject", "Node"), nil
}

func (q *asked) entries(r *repository, sha, below string) (any, error) {
	list, err := r.git.Tree(sha)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = q.entry(r, e, path.Join(below, e.Name))
	}
	return out, nil
}

// entry is a TreeEntry. GraphQL gives its mode as a number and no size for folders.
func (q *asked) entry(r *repository, e githost.Entry, full string) graph.Object {
	mode, _ := strconv.ParseInt(e.Mode, 8, 32) // git wrote it: six octal digits
	return graph.Typed("TreeEntry", graph.Object{
		"name": graph.Value(path.Base(full)), "path": graph.Value(full), "oid": graph.Value(e.SHA), "mode": graph.Value(mode),
		"type": graph.Value(e.Type),
		"size": func(context.Context, map[string]any) (any, error) {
			if e.Type != "blob" {
				return 0, nil
			}
			data, err := r.git.Blob(e.SHA)
			return len(data), err
		},
		"extension": graph.Value(path.Ext(full)),
		"object": func(context.Context, map[string]any) (any, error) {
			if e.Type == "commit" {
				return nil, nil // a submodule's commit is elsewhere
			}
			return q.object(r, e.SHA)
		},
	})
}

func (q *asked) commit(r *repository, sha string, o graph.Object) (any, error) {
	c, err := r.git.Commit(sha)
	if err != nil {
		return nil, err
	}
	headline, body, _ := strings.Cut(message(c), "\n")
	maps.Copy(o, graph.Object{
		"message": graph.Value(message(c)), "messageHeadline": graph.Value(headline), "messageBody": graph.Value(strings.TrimSpace(body)),
		"additions":     diffSum(r, c, func(f githost.FileDiff) int { return f.Added }),
		"deletions":     diffSum(r, c, func(f githost.FileDiff) int { return f.Removed }),
		"committedDate": graph.Value(c.Committer.When), "authoredDate": graph.Value(c.Author.When),
		"url":    graph.Value(q.h.URL() + "/" + r.fullName() + "/commit/" + sha),
		"author": field(func() any { return q.gitActor(c.Author) }), "committer": field(func() any { return q.gitActor(c.Committer) }),
		"parents": connection[string]{name: "parents", all: c.Parents, node: func(p string) any {
			out, err := q.object(r, p)
			if err != nil {
				return nil
			}
			return out
		}}.resolver(),
		"history": func(ctx context.Context, args map[string]any) (any, error) {
			where, _ := graph.Text(args, "path")
			list, err := r.git.Log(ctx, sha, strings.Trim(where, "/"), maxHistory)
			if err != nil {
				return nil, err
			}
			return connection[string]{name: "history", all: list, node: func(p string) any {
				out, err := q.object(r, p)
				if err != nil {
					return nil
				}
				return out
			}}.resolve(args)
		},
		"file": func(_ context.Context, args map[string]any) (any, error) {
			where, _ := graph.Text(args, "path")
			e, err := r.git.Lookup(sha, where)
			if err != nil || where == "" {
				return nil, nil //nolint:nilerr // a path that does not exist is null without an error
			}
			return q.entry(r, e, strings.Trim(where, "/")), nil
		},
		"tree": func(context.Context, map[string]any) (any, error) { return q.object(r, c.Tree) },
		"statusCheckRollup": func(context.Context, map[string]any) (any, error) {
			if err := q.may(r, "checks:read"); err != nil {
				return nil, err
			}
			return q.rollup(r, sha), nil
		},
		"associatedPullRequests": func(_ context.Context, args map[string]any) (any, error) {
			if err := q.may(r, "pull_requests:read"); err != nil {
				return nil, err
			}
			all, err := q.h.pullsWith(r, sha)
			if err != nil {
				return nil, err
			}
			return connection[*pull]{name: "associatedPullRequests", all: choose(all, args), node: q.pullAny}.resolve(args)
		},
	})
	return graph.Typed("Commit", o, "GitObject", "Node"), nil
}

// diffSum counts lines of a commit against its first parent.
func diffSum(r *repository, c *githost.Commit, count func(githost.FileDiff) int) graph.Resolver {
	return func(context.Context, map[string]any) (any, error) {
		if len(c.Parents) == 0 {
			return 0, nil
		}
		files, err := r.git.Diff(c.Parents[0], c.SHA)
		n := 0
		for _, f := range files {
			n += count(f)
		}
		return n, err
	}
}

// maxHistory bounds a history connection.
const maxHistory = 10_000

func (q *asked) gitActor(s githost.Signature) graph.Object {
	return graph.Typed("GitActor", graph.Object{"name": graph.Value(s.Name), "email": graph.Value(s.Email), "date": graph.Value(s.When),
		"user": field(func() any { return q.actor(q.h.byEmail(s.Email)) })})
}
