//race:unwatched
package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// repository is a small world: a pull request with commits, reviews by a user and a bot, and a tree that is an interface.
func repository() graph.Object {
	user := graph.Typed("User", graph.Object{"login": graph.Value("olga"), "name": graph.Value(nil)}, "Actor", "Node")
	bot := graph.Typed("Bot", graph.Object{"login": graph.Value("lintel[bot]"), "databaseId": graph.Value(77)}, "Actor", "Node")
	commit := graph.Typed("Commit", graph.Object{
		"oid":           graph.Value("c0ffee"),
		"committedDate": graph.Value(time.Date(2026, 11, 22, 3, 4, 5, 678, time.FixedZone("x", 3600))),
		"messages":      graph.Value([]string{"a", "b"}),
	}, "Node", "GitObject")
	pull := graph.Typed("PullRequest", graph.Object{
		"number": graph.Value(7),
		"title":  graph.Value("say \"hi\" <b>&\n\u2028 é"),
		"locked": graph.Value(false),
		"head":   graph.Value(commit),
		"reviews": func(_ context.Context, args map[string]any) (any, error) {
			first, ok := graph.Int(args, "first")
			if !ok {
				return nil,
					&graph.Failure{
						Type:    "MISSING_PAGINATION_BOUNDARIES",
						Message: "You must provide a `first` or `last` value to properly paginate the `reviews` connection.",
					}
			}
			authors := []graph.Object{user, bot, nil}
			var nodes []any
			for i := range min(first, len(authors)) {
				nodes = append(nodes,
					graph.Typed("PullRequestReview", graph.Object{"author": graph.Value(authors[i]), "state": graph.Value("APPROVED")}))
			}
			return graph.Object{"nodes": graph.Value(nodes), "totalCount": graph.Value(len(authors))}, nil
		},
		"echo": func(_ context.Context, args map[string]any) (any, error) { return args, nil },
		"boom": func(context.Context, map[string]any) (any, error) { return nil, errors.New("disk is gone") },
		"bad":  graph.Value(func() {}),
		"none": graph.Value([]graph.Object(nil)),
	}, "Node")
	root := graph.Object{
		"repository": func(_ context.Context, args map[string]any) (any, error) {
			if name, _ := graph.Text(args, "name"); name != "shop" {
				return nil,
					&graph.Failure{Type: "NOT_FOUND", Message: fmt.Sprintf("Could not resolve to a Repository with the name '%s'.", name)}
			}
			return graph.Typed("Repository", graph.Object{
				"pullRequest": graph.Value(pull),
				"commit":      graph.Value(commit),
				"secret__":    graph.Value("x"),
			}), nil
		},
		graph.Mutation: graph.Value(graph.Object{
			"minimizeComment": func(_ context.Context, args map[string]any) (any, error) {
				input, _ := args["input"].(map[string]any)
				return graph.Object{"clientMutationId": graph.Value(input["clientMutationId"])}, nil
			},
		}),
	}
	return root
}

func run(t *testing.T, query, operation string, vars map[string]any) (string, []graph.Error) {
	t.Helper()
	got := graph.Execute(context.Background(), query, operation, vars, repository())
	if got.Data != nil && !json.Valid(got.Data) {
		t.Fatalf("data is not JSON: %s", got.Data)
	}
	return string(got.Data), got.Errors
}

func TestExecute(t *testing.T) {
	tests := []struct {
		name, query string
		vars        map[string]any
		want        string
	}{
		{"shorthand and alias", `{ r: repository(name:"shop") { p: pullRequest { n: number, number locked } } }`, nil,
			`{"r":{"p":{"n":7,"number":7,"locked":false}}}`},
		{"escapes", `{ repository(name:"shop") { pullRequest { title } } }`, nil,
			`{"repository":{"pullRequest":{"title":"say \"hi\" \u003cb\u003e\u0026\n\u2028 é"}}}`},
		{"leaves", `{ repository(name:"shop") { commit { committedDate messages } } }`, nil,
			`{"repository":{"commit":{"committedDate":"2026-11-22T02:04:05Z","messages":["a","b"]}}}`},
		{"variables and defaults",
			`query($name:String="shop",$n:Int!) { repository(name:$name) { pullRequest { reviews(first:$n) { totalCount ` +
				`nodes { state } } } } }`,
			map[string]any{"n": 2.0},
			`{"repository":{"pullRequest":{"reviews":{"totalCount":3,"nodes":[{"state":"APPROVED"},{"state":"APPROVED"}]}}}}`},
		{"typename, interfaces, null object",
			`{ repository(name:"shop") { pullRequest { reviews(first:9) { nodes { author { __typename login ... on Bot ` +
				`{ databaseId } ... on Node { login } ... on User { name } } } } } } }`, nil,
			`{"repository":{"pullRequest":{"reviews":{"nodes":[{"author":{"__typename":"User","login":"olga",` +
				`"name":null}},{"author":{"__typename":"Bot","login":"lintel[bot]","databaseId":77}},{"author":null}]}}}}`},
		{"a condition on another type",
			`{ repository(name:"shop") { commit { ... on Tree { entries } ... on Commit { oid } ...T ...C } } } ` +
				`fragment T on Tree { entries } fragment C on GitObject { id: oid }`, nil,
			`{"repository":{"commit":{"oid":"c0ffee","id":"c0ffee"}}}`},
		{"merged selections",
			`{ repository(name:"shop") { ...A pullRequest { number } ...A } } fragment A on Repository { pullRequest { ` +
				`locked head { oid } } pullRequest { head { __typename } } }`, nil,
			`{"repository":{"pullRequest":{"locked":false,"head":{"oid":"c0ffee","__typename":"Commit"},"number":7}}}`},
		{"include and skip",
			`query($on:Boolean!) { repository(name:"shop") { commit @skip(if:$on) { oid } pullRequest @include(if:$on) ` +
				`{ number @skip(if:true) locked @include(if:true) ... @include(if:false) { title } ...N @skip(if:true) ` +
				`} } } fragment N on PullRequest { none }`,
			map[string]any{"on": true}, `{"repository":{"pullRequest":{"locked":false}}}`},
		{"literals", `query($v:String,$gone:Int,$list:[Int!]) { repository(name:"shop") { pullRequest { ` +
			`echo(i:3,f:1.5,s:"a",b:true,e:OPEN,n:null,l:[1,[2]],o:{x:$v,y:$gone},gone:$gone,list:$list) } } }`,
			map[string]any{"v": "w", "list": 4.0, "undeclared": 1},
			`{"repository":{"pullRequest":{"echo":{"b":true,"e":"OPEN","f":1.5,"i":3,"l":[1,[2]],"list":[4],"n":null,` +
				`"o":{"x":"w"},"s":"a"}}}}`},
		{"root type", `{ __typename ...Q } fragment Q on Query { t: __typename }`, nil, `{"__typename":"Query","t":"Query"}`},
		{"mutation", `mutation($in:MinimizeCommentInput!) { minimizeComment(input:$in) { clientMutationId } }`,
			map[string]any{"in": map[string]any{"clientMutationId": "m1"}}, `{"minimizeComment":{"clientMutationId":"m1"}}`},
		{"a null list", `{ repository(name:"shop") { pullRequest { none { x } } } }`, nil, `{"repository":{"pullRequest":{"none":null}}}`},
		{"many keys", `{ repository(name:"shop") { pullRequest { ` + aliases(30) + ` a3: number } } }`, nil,
			`{"repository":{"pullRequest":{` + aliased(30) + `}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := run(t, tt.query, "", tt.vars)
			if len(problems) > 0 {
				t.Fatalf("errors: %+v", problems)
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func aliases(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: number ", i)
	}
	return b.String()
}

func aliased(n int) string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf(`"a%d":7`, i))
	}
	return strings.Join(keys, ",")
}

func TestExecutePartialAnswers(t *testing.T) {
	tests := []struct {
		name, query, want string
		err               graph.Error
	}{
		{"an unknown field", `{ repository(name:"shop") { pullRequest { numbr number } } }`,
			`{"repository":{"pullRequest":{"numbr":null,"number":7}}}`, graph.Error{
				Message:    "Field 'numbr' doesn't exist on type 'PullRequest'",
				Path:       []any{"repository", "pullRequest", "numbr"},
				Locations:  []graph.Location{{Line: 1, Column: 43}},
				Extensions: map[string]any{"code": "undefinedField", "typeName": "PullRequest", "fieldName": "numbr"},
			}},
		{"a failure with a type", `{ a: repository(name:"x") { id } }`, `{"a":null}`, graph.Error{
			Type: "NOT_FOUND", Message: "Could not resolve to a Repository with the name 'x'.", Path: []any{"a"},
			Locations: []graph.Location{{Line: 1, Column: 3}},
		}},
		{"a plain failure", `{ repository(name:"shop") { pullRequest { boom } } }`, `{"repository":{"pullRequest":{"boom":null}}}`,
			graph.Error{
				Message: "disk is gone", Path: []any{"repository", "pullRequest", "boom"},
				Locations: []graph.Location{{Line: 1, Column: 43}},
			}},
		{"a value that cannot be written", `{ repository(name:"shop") { pullRequest { bad } } }`,
			`{"repository":{"pullRequest":{"bad":null}}}`, graph.Error{
				Message: "write a value of type func(): json: unsupported type: func()", Path: []any{"repository", "pullRequest", "bad"},
				Locations: []graph.Location{{Line: 1, Column: 43}},
			}},
		{"an object without selections", `{ repository(name:"shop") { commit } }`, `{"repository":{"commit":null}}`, graph.Error{
			Message: "Field must have selections (field 'commit' returns Commit but has no selections. Did you mean 'commit { ... }'?)",
			Path:    []any{"repository", "commit"}, Locations: []graph.Location{{Line: 1, Column: 29}},
		}},
		{"selections on a scalar", `{ repository(name:"shop") { commit { oid { x } } } }`, `{"repository":{"commit":{"oid":null}}}`,
			graph.Error{
				Message: "Selections can't be made on scalars (field 'oid' on type 'Commit')", Path: []any{"repository", "commit", "oid"},
				Locations: []graph.Location{{Line: 1, Column: 38}},
			}},
		{"a path through a list", `{ repository(name:"shop") { pullRequest { reviews(first:1) { nodes { x: nope } } } } }`,
			`{"repository":{"pullRequest":{"reviews":{"nodes":[{"x":null}]}}}}`, graph.Error{
				Message:    "Field 'nope' doesn't exist on type 'PullRequestReview'",
				Path:       []any{"repository", "pullRequest", "reviews", "nodes", 0, "x"},
				Locations:  []graph.Location{{Line: 1, Column: 70}},
				Extensions: map[string]any{"code": "undefinedField", "typeName": "PullRequestReview", "fieldName": "nope"},
			}},
		{"an undefined fragment", `{ ...Nope }`, `{}`,
			graph.Error{Message: "Fragment Nope was used, but not defined", Locations: []graph.Location{{Line: 1, Column: 6}}}},
		{"an undeclared variable", `{ repository(name:$n) { id } }`, `{"repository":null}`, graph.Error{
			Message: "Variable $n is used but not declared", Path: []any{"repository"}, Locations: []graph.Location{{Line: 1, Column: 3}},
		}},
		{"a number that is too long", `{ repository(name:99999999999999999999) { id } }`, `{"repository":null}`, graph.Error{
			Message: "Argument 'name' on Field 'repository' has an invalid value (99999999999999999999)", Path: []any{"repository"},
			Locations: []graph.Location{{Line: 1, Column: 3}},
		}},
		{"a field conflict", `{ repository(name:"shop") { commit { x: oid x: messages } } }`,
			`{"repository":{"commit":{"x":"c0ffee"}}}`, graph.Error{
				Message: "Field 'x' has a field conflict: oid or messages?", Path: []any{"repository", "commit", "x"},
				Locations: []graph.Location{{Line: 1, Column: 45}},
			}},
		{"an unknown directive", `{ __typename @once }`, `{"__typename":"Query"}`,
			graph.Error{Message: "Directive @once is not defined", Locations: []graph.Location{{Line: 1, Column: 15}}}},
		{"a directive without its argument", `{ a: __typename @skip b: __typename }`, `{"b":"Query"}`, graph.Error{
			Message: "Directive 'skip' is missing required arguments: if", Locations: []graph.Location{{Line: 1, Column: 18}},
		}},
		{"a condition that is not a boolean", `{ a: __typename @include(if:"yes") b: __typename }`, `{"b":"Query"}`, graph.Error{
			Message:   `Argument 'if' on Directive 'include' has an invalid value ("yes"). Expected type 'Boolean!'.`,
			Locations: []graph.Location{{Line: 1, Column: 18}},
		}},
		{"the reserved names", `{ __mutation { x } }`, `{"__mutation":null}`, graph.Error{
			Message: "Field '__mutation' doesn't exist on type 'Query'", Path: []any{"__mutation"},
			Locations:  []graph.Location{{Line: 1, Column: 3}},
			Extensions: map[string]any{"code": "undefinedField", "typeName": "Query", "fieldName": "__mutation"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := run(t, tt.query, "", nil)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if diff := cmp.Diff([]graph.Error{tt.err}, problems); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExecuteRefusals(t *testing.T) {
	tests := []struct {
		name, query, operation string
		vars                   map[string]any
		want                   string
	}{
		{"not GraphQL", `{ repository(`, "", nil, "Expected Name, found <EOF>"},
		{"empty", ` `, "", nil, "A query attribute must be specified"},
		{"two operations, no name", `query A { a } query B { b }`, "", nil, "An operation name is required"},
		{"no such operation", `query A { a }`, "B", nil, `No operation named "B"`},
		{"subscription", `subscription { a }`, "", nil, "not configured for subscriptions"},
		{"missing variable", `query($n:Int!) { a }`, "", nil, "Variable $n of type Int! was provided invalid value"},
		{"null variable", `query($n:Int!) { a }`, "", map[string]any{"n": nil}, "Variable $n of type Int! was provided invalid value"},
		{"a string for a number", `query($n:Int) { a }`, "", map[string]any{"n": "7"}, "Variable $n of type Int was provided"},
		{"a number past 32 bits", `query($n:Int) { a }`, "", map[string]any{"n": 3e9}, "Variable $n of type Int was provided"},
		{"a fraction for a number", `query($n:[Int]) { a }`, "", map[string]any{"n": []any{1.0, 1.5}},
			"Variable $n of type [Int] was provided"},
		{"too long", `{ a` + strings.Repeat(" ", graph.MaxQueryBytes) + `}`, "", nil, "exceeds the limit"},
		{"too many tokens", `{ ` + strings.Repeat("a ", graph.MaxTokens) + `}`, "", nil, "exceeded token limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := run(t, tt.query, tt.operation, tt.vars)
			if got != "" {
				t.Errorf("executed all the same: %s", got)
			}
			if len(problems) != 1 || !strings.Contains(problems[0].Message, tt.want) {
				t.Errorf("errors %+v, want one with %q", problems, tt.want)
			}
		})
	}
}

func TestExecuteNamedOperation(t *testing.T) {
	got, problems := run(t, `query A { a: __typename } query B { b: __typename }`, "B", nil)
	if got != `{"b":"Query"}` || len(problems) > 0 {
		t.Errorf("got %s, %+v", got, problems)
	}
}

func TestExecuteWithoutMutations(t *testing.T) {
	got := graph.Execute(context.Background(), `mutation { x }`, "", nil, graph.Object{})
	if got.Data != nil || len(got.Errors) != 1 || got.Errors[0].Message != "Schema is not configured for mutations" {
		t.Errorf("got %+v", got)
	}
}

func TestExecuteStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	got := graph.Execute(ctx, `{ __typename }`, "", nil, graph.Object{})
	if got.Data != nil || len(got.Errors) != 1 || !strings.Contains(got.Errors[0].Message, "context canceled") {
		t.Errorf("got %+v", got)
	}
}

// bottomless is an object that holds itself, alone and many times.
func bottomless() graph.Object {
	o := graph.Object{}
	o["self"] = graph.Value(o)
	many := make([]graph.Object, 100)
	for i := range many {
		many[i] = o
	}
	o["many"] = graph.Value(many)
	return o
}

func TestExecuteBoundsHostileText(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString(`{ ...F0 }`)
	for i := range 40 {
		fmt.Fprintf(&doubling, " fragment F%d on X { ...F%d ...F%d a: self { ...F%d } b: self { ...F%d } }", i, i+1, i+1, i+1, i+1)
	}
	doubling.WriteString(` fragment F40 on X { __typename }`)
	tests := []struct{ name, query, want string }{
		{"depth", `{` + strings.Repeat("self {", graph.MaxDepth) + "__typename" + strings.Repeat("}", graph.MaxDepth) + `}`,
			"nests deeper than 25"},
		{"a fragment that contains itself", `{ ...F } fragment F on X { self { ...F } }`, "nests deeper than 25"},
		{"doubling fragments", doubling.String(), "nests deeper than 25"},
		{"lists in lists", `{` + strings.Repeat("many {", 10) + "__typename" + strings.Repeat("}", 10) + `}`, "more than 500000 fields"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := graph.Execute(context.Background(), tt.query, "", nil, bottomless())
			if got.Data != nil || len(got.Errors) != 1 || !strings.Contains(got.Errors[0].Message, tt.want) {
				t.Errorf("got %d bytes, errors %+v; want %q", len(got.Data), got.Errors, tt.want)
			}
		})
	}
}

func TestExecuteBoundsErrors(t *testing.T) {
	got := graph.Execute(context.Background(), `{ many { many { nope } } }`, "", nil, bottomless())
	if len(got.Errors) != 101 || got.Errors[100].Message != "9900 more errors are left out" {
		t.Errorf("%d errors, last %+v", len(got.Errors), got.Errors[len(got.Errors)-1])
	}
}

func TestResponseJSON(t *testing.T) {
	tests := []struct{ name, query, want string }{
		{"data", `{ __typename }`, `{"data":{"__typename":"Query"}}`},
		{"both", `{ x }`,
			`{"data":{"x":null},"errors":[{"message":"Field 'x' doesn't exist on type ` +
				`'Query'","path":["x"],"locations":[{"line":1,"column":3}],"extensions":{"code":"undefinedField",` +
				`"fieldName":"x","typeName":"Query"}}]}`},
		{"errors", `{`, `{"errors":[{"message":"Expected Name, found \u003cEOF\u003e","locations":[{"line":1,"column":2}]}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, err := json.Marshal(graph.Execute(context.Background(), tt.query, "", nil, graph.Object{}))
			if err != nil {
				t.Fatal(err)
			}
			if string(text) != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}

func TestExecutorIsSharedAndBounded(t *testing.T) {
	var x graph.Executor
	root := repository()
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 200 {
				n := (i + worker) % 100
				query := fmt.Sprintf(
					`query($n:Int=2) { r%d: repository(name:"shop") { ...R } } fragment R on Repository { pullRequest { `+
						`reviews(first:$n) { nodes { author { login } } } } }`, n)
				got := x.Execute(context.Background(), query, "", nil, root)
				want := fmt.Sprintf(
					`{"r%d":{"pullRequest":{"reviews":{"nodes":[{"author":{"login":"olga"}},{"author":{"login":"lintel[bot]"}}]}}}}`, n)
				if string(got.Data) != want || len(got.Errors) > 0 {
					t.Errorf("got %s %v, want %s", got.Data, got.Errors, want)
				}
			}
		})
	}
	wait.Wait()
}

func FuzzExecute(f *testing.F) {
	f.Add(`query($n:Int=3,$on:Boolean!) { repository(name:"shop") { pullRequest @include(if:$on) { reviews(first:$n) { `+
		`nodes { author { ...A } } } } } } fragment A on Actor { login ... on Bot { databaseId } }`, `{"on":true,"n":2}`)
	f.Add(`mutation { minimizeComment(input:{clientMutationId:"x"}) { clientMutationId } }`, `{}`)
	f.Add(`{ ...F } fragment F on Query { ...F __typename }`, `null`)
	f.Add("{ a(s:\"\"\"\n block \\\"\"\" \"\"\") @skip(if:$x) }", `{"x":[{"y":1e400}]}`)
	f.Add(`query($a:[[Int!]!]!=[[1]]) { repository(name:[$a,{b:$a}]) { pullRequest { echo(x:$a) } } }`, `{"a":7}`)
	f.Fuzz(func(t *testing.T, query, variables string) {
		var vars map[string]any
		if json.Unmarshal([]byte(variables), &vars) != nil {
			vars = nil
		}
		got := graph.Execute(context.Background(), query, "", vars, repository())
		if got.Data == nil && len(got.Errors) == 0 {
			t.Fatal("neither data nor errors")
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatalf("the answer cannot be written: %v\n%s", err, got.Data)
		}
		again, err := json.Marshal(graph.Execute(context.Background(), query, "", vars, repository()))
		if err != nil || string(text) != string(again) {
			t.Fatalf("two runs differ: %v\n%s\n%s", err, text, again)
		}
	})
}

func BenchmarkExecute(b *testing.B) {
	root := repository()
	query := `query($name:String!,$n:Int!) { repository(name:$name) { pullRequest { number title locked head { oid ` +
		`committedDate } reviews(first:$n) { totalCount nodes { state author { __typename login } } } } ` +
		`c1: commit { oid } c2: commit { oid } c3: commit { oid committedDate messages } } }`
	vars := map[string]any{"name": "shop", "n": 3}
	var x graph.Executor
	b.ReportAllocs()
	for b.Loop() {
		if got := x.Execute(context.Background(), query, "", vars, root); len(got.Errors) > 0 {
			b.Fatal(got.Errors)
		}
	}
}
