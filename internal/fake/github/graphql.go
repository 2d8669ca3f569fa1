package github

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// GraphQL: the fields an App that reviews pull requests reads, under GitHub's names and types, and the two mutations that it sends.

func graphRoutes() []*route {
	return []*route{{method: "POST", pattern: "/graphql", call: (*Hub).postGraphQL}}
}

func (h *Hub) postGraphQL(c *call) (any, error) {
	if c.who.user == nil && c.who.inst == nil {
		return nil, fail(http.StatusUnauthorized, "This endpoint requires you to be authenticated.")
	}
	var in struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	q := &asked{h: h, c: c, cost: h.queries.Cost(in.Query, in.OperationName, in.Variables)}
	if refused := h.tooMuch(c, q.cost); refused != nil {
		return *refused, nil
	}
	answer := h.queries.Execute(c.r.Context(), in.Query, in.OperationName, in.Variables, q.root())
	if len(answer.Errors) > 0 || answer.Data == nil {
		return answer, nil
	}
	raw := append(append([]byte(`{"data":`), answer.Data...), '}') // it is JSON already
	return reply{raw: raw, kind: "application/json; charset=utf-8"}, nil
}

// asked is one query on its way; its methods make the objects of the answer.
type asked struct {
	h    *Hub
	c    *call
	cost graph.Cost
}

// field makes a resolver that needs neither context nor arguments.
func field(f func() any) graph.Resolver {
	return func(context.Context, map[string]any) (any, error) { return f(), nil }
}

func notFound(format string, args ...any) error {
	return &graph.Failure{Type: "NOT_FOUND", Message: fmt.Sprintf(format, args...)}
}

var errForbidden = &graph.Failure{Type: "FORBIDDEN", Message: "Resource not accessible by integration"}

func (q *asked) root() graph.Object {
	h := q.h
	return graph.Object{
		graph.Mutation: field(func() any { return q.mutations() }),
		"repository": func(_ context.Context, args map[string]any) (any, error) {
			owner, _ := graph.Text(args, "owner")
			name, _ := graph.Text(args, "name")
			r := h.names[lower(owner+"/"+name)]
			if r == nil || !h.sees(q.c.who, r) {
				return nil, notFound("Could not resolve to a Repository with the name '%s/%s'.", owner, name)
			}
			return q.repository(r), nil
		},
		"organization": func(_ context.Context, args map[string]any) (any, error) {
			login, _ := graph.Text(args, "login")
			o := h.accounts[lower(login)]
			if o == nil || o.org == nil {
				return nil, notFound("Could not resolve to an Organization with the login of '%s'.", login)
			}
			return q.organization(o), nil
		},
		"user": func(_ context.Context, args map[string]any) (any, error) {
			login, _ := graph.Text(args, "login")
			u := h.accounts[lower(login)]
			if u == nil || u.kind != "User" {
				return nil, notFound("Could not resolve to a User with the login of '%s'.", login)
			}
			return q.actor(u), nil
		},
		"node":   q.node,
		"nodes":  q.nodes,
		"viewer": field(func() any { return q.actor(q.c.who.account()) }),
		"rateLimit": field(func() any {
			s := h.limits.Look(q.c.who.key, "graphql")
			return graph.Typed("RateLimit",
				graph.Object{"cost": graph.Value(q.cost.Points), "limit": graph.Value(s.Limit), "remaining": graph.Value(s.Remaining),
					"used": graph.Value(s.Used), "nodeCount": graph.Value(q.cost.Nodes), "resetAt": graph.Value(s.Reset)})
		}),
	}
}

// may is the permission check of REST, as GraphQL says it.
func (q *asked) may(r *repository, need string) error {
	if q.h.may(q.c.who, r, need, "read") != nil {
		return errForbidden
	}
	return nil
}

// actor is a person, a bot or an organisation. GraphQL names bots without REST's suffix.
func (q *asked) actor(u *account) any {
	if u == nil {
		return nil
	}
	login := strings.TrimSuffix(u.login, "[bot]")
	return graph.Typed(u.kind, graph.Object{
		"login": graph.Value(login), "databaseId": graph.Value(u.id), "id": graph.Value(nodeID("U", u.id)), "email": graph.Value(u.email),
		"name": graph.Value(orNull(u.name)), "url": graph.Value(q.h.URL() + "/" + login),
		"avatarUrl": graph.Value(q.h.URL() + "/avatars/" + strconv.FormatInt(u.id, 10)),
	}, "Actor", "Node", "RepositoryOwner", "RequestedReviewer")
}

func (q *asked) organization(o *account) graph.Object {
	h := q.h
	return graph.Typed("Organization", graph.Object{
		"login": graph.Value(o.login), "databaseId": graph.Value(o.id), "id": graph.Value(nodeID("O", o.id)),
		"name": graph.Value(orNull(o.name)),
		"team": func(_ context.Context, args map[string]any) (any, error) {
			if q.c.who.inst != nil && (q.c.who.inst.account != o || rank(q.c.who.token.permissions["members"]) == 0) {
				return nil, errForbidden
			}
			slug, _ := graph.Text(args, "slug")
			t := o.org.teams[lower(slug)]
			if t == nil ||
				(t.privacy == "secret" && q.c.who.user != nil && !t.has(q.c.who.user.login) &&
					o.org.members[lower(q.c.who.user.login)] != "admin") {
				return nil, nil
			}
			return q.team(o, t), nil
		},
		"repository": func(_ context.Context, args map[string]any) (any, error) {
			name, _ := graph.Text(args, "name")
			if r := h.names[lower(o.login+"/"+name)]; r != nil && h.sees(q.c.who, r) {
				return q.repository(r), nil
			}
			return nil, notFound("Could not resolve to a Repository with the name '%s/%s'.", o.login, name)
		},
	}, "Actor", "Node", "RepositoryOwner")
}

// connection is one page of a list in GraphQL's manner. The list may be long: only the page is rendered.
type connection[T any] struct {
	name  string
	all   []T
	node  func(T) any
	extra func(T) graph.Object // further fields of an edge
}

const maxPage = 100

func (x connection[T]) resolve(args map[string]any) (any, error) {
	first, hasFirst := graph.Int(args, "first")
	last, hasLast := graph.Int(args, "last")
	if !hasFirst && !hasLast {
		return nil, &graph.Failure{
			Type:    "MISSING_PAGINATION_BOUNDARIES",
			Message: "You must provide a `first` or `last` value to properly paginate the `" + x.name + "` connection.",
		}
	}
	if first > maxPage || last > maxPage {
		return nil, &graph.Failure{Type: "EXCESSIVE_PAGINATION", Message: fmt.Sprintf(
			"Requesting %d records on the `%s` connection exceeds the `first` limit of %d records.", max(first, last), x.name, maxPage)}
	}
	from, to := 0, len(x.all)
	if after, ok := graph.Text(args, "after"); ok {
		n, err := place(after)
		if err != nil {
			return nil, err
		}
		from = min(n, to)
	}
	if before, ok := graph.Text(args, "before"); ok {
		n, err := place(before)
		if err != nil {
			return nil, err
		}
		to = max(from, min(n-1, to))
	}
	if hasFirst {
		to = min(to, from+first)
	}
	if hasLast {
		from = max(from, to-last)
	}
	shown := x.all[from:to]
	return graph.Object{
		"totalCount": graph.Value(len(x.all)),
		"nodes": field(func() any {
			out := make([]any, len(shown))
			for i, v := range shown {
				out[i] = x.node(v)
			}
			return out
		}),
		"edges": field(func() any {
			out := make([]any, len(shown))
			for i, v := range shown {
				edge := graph.Object{"node": field(func() any { return x.node(v) }), "cursor": graph.Value(cursor(from + i + 1))}
				if x.extra != nil {
					for k, f := range x.extra(v) {
						edge[k] = f
					}
				}
				out[i] = edge
			}
			return out
		}),
		"pageInfo": field(func() any {
			info := graph.Object{"hasNextPage": graph.Value(to < len(x.all)), "hasPreviousPage": graph.Value(from > 0),
				"startCursor": graph.Value(nil), "endCursor": graph.Value(nil)}
			if len(shown) > 0 {
				info["startCursor"], info["endCursor"] = graph.Value(cursor(from+1)), graph.Value(cursor(to))
			}
			return info
		}),
	}, nil
}

func (x connection[T]) resolver() graph.Resolver {
	return func(_ context.Context, args map[string]any) (any, error) { return x.resolve(args) }
}

// cursor names a place in a list, counted from one.
func cursor(n int) string {
	return base64.StdEncoding.EncodeToString([]byte("cursor:v2:" + strconv.Itoa(n)))
}

func place(cursor string) (int, error) {
	raw, err := base64.StdEncoding.DecodeString(cursor)
	text, ok := strings.CutPrefix(string(raw), "cursor:v2:")
	n, err2 := strconv.Atoi(text)
	if cmp.Or(err, err2) != nil || !ok || n < 0 {
		return 0, &graph.Failure{Type: "INVALID_CURSOR_ARGUMENTS", Message: "`" + cursor + "` does not appear to be a valid cursor."}
	}
	return n, nil
}

// texts reads an argument that is a list of words.
func texts(args map[string]any, name string) []string {
	var out []string
	switch v := args[name].(type) {
	case string: // GraphQL lets one value stand for a list of one
		out = append(out, v)
	case []any:
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}
