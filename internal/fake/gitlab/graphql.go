package gitlab

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// maxQuery is how many characters a query may have.
const maxQuery = 10_000

// How complex a query may be: a field is one here, and often more on GitLab.
const (
	maxComplexity = 250
	maxAnonymous  = 200
)

//go:embed schema.graphql
var schemaText string

var schema = sync.OnceValues(func() (*graph.Schema, error) { return graph.LoadSchema(schemaText) })

// olderSchema is that of the Community Edition, and of instances before 16.2.
var olderSchema = sync.OnceValues(func() (*graph.Schema, error) {
	var kept []string
	for line := range strings.Lines(schemaText) {
		if !strings.HasSuffix(line, "# Enterprise Edition since 16.2\n") {
			kept = append(kept, line)
		}
	}
	return graph.LoadSchema(strings.Join(kept, ""))
})

func (l *Lab) schema() (*graph.Schema, error) {
	if l.opt.Community || !l.since("16.2") {
		return olderSchema()
	}
	return schema()
}

// operations is how a text names what it does.
var operations = regexp.MustCompile(`\A\s*(?:query|mutation)\s+(\w+)`)

// operation is the name of a GraphQL request.
func (c *call) operation() string {
	if name, ok := c.text("operationName"); ok && name != "" {
		return name
	}
	query, _ := c.text("query")
	if m := operations.FindStringSubmatch(query); m != nil {
		return m[1]
	}
	return ""
}

// graphql answers one query. GitLab refuses a text with an unknown name as a whole.
//
// [?] Every name in `schema.graphql`; complexity counts fields alone.
func (l *Lab) graphql(c *call) (answer, error) {
	query, _ := c.text("query")
	refuse := func(message string) (answer, error) {
		return answer{status: http.StatusOK, body: object{"errors": []any{object{"message": message}}}}, nil
	}
	if t := c.who.token; t != nil && !t.scope("api", "read_api") {
		return answer{}, fail(http.StatusForbidden, "403 Forbidden")
	}
	if len(query) > maxQuery {
		return refuse(fmt.Sprintf("Query too large: the limit is %d characters", maxQuery))
	}
	s, err := l.schema()
	if err != nil {
		return answer{}, err
	}
	if problems := s.Check(query); len(problems) > 0 {
		return refuse(strings.Join(problems, "; "))
	}
	name, _ := c.text("operationName")
	most := maxComplexity
	if c.who.user == nil {
		most = maxAnonymous
	}
	variables, _ := c.values["variables"].(map[string]any)
	if n := l.queries.Fields(query, name) + listed(variables); n > most {
		return refuse(fmt.Sprintf("Query has complexity of %d, which exceeds max complexity of %d", n, most))
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	response := l.queries.Execute(c.r.Context(), query, name, plain(variables), l.queryRoot(c))
	raw, err := json.Marshal(response)
	return answer{status: http.StatusOK, raw: raw, kind: "application/json"}, err
}

// listed counts what lists of a query's variables hold: each path of a file that is asked for costs one.
func listed(variables map[string]any) (n int) {
	for _, v := range variables {
		if list, ok := v.([]any); ok {
			n += len(list)
		}
	}
	return n
}

// plain turns the numbers of a JSON body into those that the executor takes.
func plain(variables map[string]any) map[string]any {
	for name, v := range variables {
		if n, ok := v.(json.Number); ok {
			variables[name] = float64(0)
			if f, err := n.Float64(); err == nil {
				variables[name] = f
			}
		}
	}
	return variables
}

// gid is a global id.
func gid(kind string, id int64) string { return fmt.Sprintf("gid://gitlab/%s/%d", kind, id) }

// fields makes an object of values that are known, and of resolvers.
func fields(values map[string]any) graph.Object {
	out := graph.Object{}
	for name, v := range values {
		switch v := v.(type) {
		case func() (any, error):
			out[name] = func(context.Context, map[string]any) (any, error) { return v() }
		case graph.Resolver:
			out[name] = v
		default:
			out[name] = graph.Value(v)
		}
	}
	return out
}

func (l *Lab) queryRoot(c *call) graph.Object {
	return fields(map[string]any{
		"project": graph.Resolver(func(_ context.Context, args map[string]any) (any, error) {
			path, _ := graph.Text(args, "fullPath")
			p := l.paths[strings.ToLower(path)]
			if p == nil || !l.sees(p, c.who) {
				return nil, nil
			}
			return l.projectNode(c, p), nil
		}),
		"mergeRequest": graph.Resolver(func(_ context.Context, args map[string]any) (any, error) {
			id, _ := graph.Text(args, "id")
			n, _ := strconv.ParseInt(strings.TrimPrefix(id, "gid://gitlab/MergeRequest/"), 10, 64)
			m := l.requests[n]
			if m == nil || !l.sees(m.target, c.who) {
				return nil, nil
			}
			return l.requestNode(c, m), nil
		}),
		"currentUser": func() (any, error) { return l.userNode(c.who.user), nil },
		"metadata": func() (any, error) {
			v, err := getVersionOfLab(l, c)
			about, _ := v.(object)
			return fields(map[string]any{"version": about["version"], "enterprise": !l.opt.Community}), err
		},
	})
}

func (l *Lab) userNode(u *user) graph.Object {
	if u == nil {
		return nil
	}
	return fields(
		map[string]any{"id": gid("User", u.id), "username": u.username, "name": u.name, "state": u.state, "bot": u.bot,
			"webUrl": l.URL() + "/" + u.username, "mergeRequestInteraction": nil},
	)
}

func (l *Lab) projectNode(c *call, p *project) graph.Object {
	if p == nil {
		return nil
	}
	s := p.settings
	return fields(map[string]any{
		"id": gid(
			"Project",
			p.id,
		), "fullPath": p.path, "path": last(p.path), "name": p.name, "webUrl": l.URL() + "/" + p.path,
		"visibility": p.visibility, "archived": p.archived, "onlyAllowMergeIfPipelineSucceeds": s.OnlyIfPipelineSucceeds,
		"allowMergeOnSkippedPipeline": s.AllowSkippedPipeline, "onlyAllowMergeIfAllDiscussionsAreResolved": s.OnlyIfThreadsResolved,
		"topics": []string{}, "jobsEnabled": !s.NoJobs, "mergeRequestsFfOnlyEnabled": s.MergeMethod == "ff",
		"ciConfigPathOrDefault": cmp.Or(s.CIConfigPath, ".gitlab-ci.yml"),
		"mergeRequests": graph.Resolver(
			func(ctx context.Context, args map[string]any) (any, error) { return l.requestNodes(ctx, c, p, args) },
		),
		"group": func() (any, error) {
			if p.group == nil {
				return nil, nil
			}
			return p.group.node(), nil
		},
		"repository": func() (any, error) {
			return fields(map[string]any{
				"rootRef": p.defaultBranch, "empty": len(p.git.RefNames("refs/heads/")) == 0,
				"blobs": graph.Resolver(
					func(_ context.Context, args map[string]any) (any, error) { return blobNodes(p, args) },
				),
				"tree": graph.Resolver(
					func(_ context.Context, args map[string]any) (any, error) { return l.treeNode(p, args) },
				),
			}), nil
		},
		"mergeRequest": graph.Resolver(func(_ context.Context, args map[string]any) (any, error) {
			iid, _ := graph.Text(args, "iid")
			n, _ := strconv.ParseInt(iid, 10, 64)
			if m := p.requests[n]; m != nil {
				return l.requestNode(c, m), nil
			}
			return nil, nil
		}),
	})
}

// node is a group with those above it.
func (g *group) node() graph.Object {
	return fields(map[string]any{"id": gid("Group", g.id), "fullPath": g.path, "name": g.name, "parent": func() (any, error) {
		if g.parent == nil {
			return nil, nil
		}
		return g.parent.node(), nil
	}})
}

// blobNodes are the files of a commit at the paths asked for; those that do not exist are left out.
func blobNodes(p *project, args map[string]any) (any, error) {
	ref, _ := graph.Text(args, "ref")
	sha, err := p.git.Resolve(asking(), ref)
	if err != nil {
		return nil, nil //nolint:nilerr // GitLab shows no files of a commit that it does not have
	}
	paths, _ := args["paths"].([]any)
	nodes := []graph.Object{}
	for _, v := range paths {
		path, _ := v.(string)
		e, err := p.git.Lookup(sha, path)
		if err != nil || e.Type != "blob" {
			continue
		}
		data, err := p.git.Blob(e.SHA)
		if err != nil {
			return nil, err
		}
		nodes = append(
			nodes,
			fields(map[string]any{"id": "gid://gitlab/Blob/" + e.SHA, "oid": e.SHA, "name": last(path), "path": path,
				"mode": e.Mode, "size": len(data), "rawSize": len(data), "rawTextBlob": textOf(data), "rawBlob": string(data)}),
		)
	}
	return fields(map[string]any{"nodes": nodes, "pageInfo": pageInfo(false, "")}), nil
}

func pageInfo(more bool, cursor string) graph.Object {
	return fields(map[string]any{"hasNextPage": more, "endCursor": orNull(cursor)})
}

// connection pages a list: 100 nodes at most.
func connection(nodes []graph.Object) graph.Resolver {
	return func(_ context.Context, args map[string]any) (any, error) {
		size := 100
		if n, ok := graph.Int(args, "first"); ok && n < size {
			size = n
		}
		nodes := nodes
		if n, ok := graph.Int(args, "last"); ok && n < len(nodes) {
			nodes = nodes[len(nodes)-n:]
		}
		after, _ := graph.Text(args, "after")
		from, _ := strconv.Atoi(after)
		from = min(max(from, 0), len(nodes))
		to := min(from+size, len(nodes))
		return fields(map[string]any{"nodes": nodes[from:to], "count": len(nodes),
			"pageInfo": pageInfo(to < len(nodes), strconv.Itoa(to))}), nil
	}
}

func (l *Lab) userNodes(list []*user) []graph.Object {
	out := []graph.Object{}
	for _, u := range list {
		out = append(out, l.userNode(u))
	}
	return out
}
