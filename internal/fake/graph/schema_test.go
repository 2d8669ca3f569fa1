package graph_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// small is a schema with the traits of GitHub's: a repeated field, an interface, a union, an enum and custom scalars.
const small = `
scalar DateTime
scalar GitObjectID
enum State { OPEN CLOSED }
interface Actor { login: String! }
type User implements Actor { login: String!, login: String!, name: String, id: ID!, id: ID! }
type Bot implements Actor { login: String!, databaseId: Int }
union Subject = User | Issue
type Issue { state: State!, author: Actor, at: DateTime!, oid: GitObjectID, score: Float, open: Boolean! tags: [String!]! }
type Query { issue(number: Int!): Issue, subject: Subject }
type Mutation { close(number: Int!): Issue! }
`

func load(t *testing.T) *graph.Schema {
	t.Helper()
	s, err := graph.LoadSchema(small)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemaCheck(t *testing.T) {
	s := load(t)
	for query, want := range map[string]string{
		`query($n:Int!) { issue(number:$n) { author { login ... on Bot { databaseId } } } }`: "",
		`mutation { close(number:1) { state } }`:                                             "",
		`{ issue(number:1) { stat } }`:                                                       `Cannot query field "stat" on type "Issue"`,
		`{ issue { state } }`: `argument "number" of type ` +
			`"Int!" is required`,
		`{ issue(number:"x") { state } }`:    `Int cannot represent non-integer value`,
		`{ issue(nr:1,number:2) { state } }`: `Unknown argument "nr"`,
		`{ issue(number:2) }`:                `must have a selection of subfields`,
		`{ issue(number:2) { `:               `Expected Name`,
	} {
		got := s.Check(query)
		switch {
		case want == "" && len(got) > 0:
			t.Errorf("%s: %q", query, got)
		case want != "" && (len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), want)):
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestSchemaCheckAnswer(t *testing.T) {
	s := load(t)
	const oid = "0123456789abcdef0123456789abcdef01234567"
	tests := []struct {
		name, query, data string
		want              []string
	}{
		{"right", `{ a: issue(number:1) { state at oid score open tags author { __typename login ...B } } } fragment B ` +
			`on Bot { databaseId }`,
			`{"a":{"state":"OPEN","at":"2026-11-22T03:04:05Z","oid":"` + oid +
				`","score":1,"open":true,"tags":["x"],"author":{"__typename":"Bot","login":"b","databaseId":3}}}`, nil},
		{"null where allowed", `{ issue(number:1) { oid author { login } } }`, `{"issue":{"oid":null,"author":null}}`, nil},
		{"every kind wrong", `{ issue(number:1) { state at oid score open tags author { __typename login ... on Bot { databaseId } } } }`,
			`{"issue":{"state":"open","at":"yesterday","oid":"abc","score":"1","open":null,"tags":[null,"x",3],` +
				`"author":{"__typename":"Bot","login":7,"databaseId":1.5}}}`,
			[]string{
				`data.issue.at: is "yesterday", the schema promises DateTime`,
				`data.issue.author.databaseId: is 1.5, the schema promises Int`,
				`data.issue.author.login: is 7, the schema promises String`,
				`data.issue.oid: is "abc", the schema promises GitObjectID`,
				`data.issue.open: is null, the schema promises Boolean!`,
				`data.issue.score: is "1", the schema promises Float`,
				`data.issue.state: is "open", the schema promises State`,
				`data.issue.tags[0]: is null, the schema promises String!`,
				`data.issue.tags[2]: is 3, the schema promises String`,
			}},
		{"keys", `{ issue(number:1) { state open @include(if:false) } }`, `{"issue":{"stat":"OPEN"}}`,
			[]string{`data.issue: has "stat", which was not asked for`, `data.issue: lacks "state"`}},
		{"shapes", `{ a: issue(number:1) { tags } b: issue(number:2) { state } }`, `{"a":{"tags":"x"},"b":[]}`,
			[]string{`data.a.tags: is string, the schema promises [String!]!`,
				`data.b: is a list, the schema promises an object of type Issue`}},
		{"a union told by its type", `{ subject { __typename ... on User { login } ... on Issue { state } } }`,
			`{"subject":{"__typename":"Issue","login":"x","state":"OPEN"}}`,
			[]string{`data.subject: has "login", which was not asked for`}},
		{"a union that cannot be told", `{ subject { ... on User { login } ... on Issue { state } } }`, `{"subject":{"state":"OPEN"}}`,
			nil},
		{"a type outside the union", `{ subject { __typename } }`, `{"subject":{"__typename":"Bot"}}`,
			[]string{`data.subject: __typename Bot is no Subject`}},
		{"a wrong type name", `{ issue(number:1) { __typename } }`, `{"issue":{"__typename":"Isue"}}`,
			[]string{`data.issue: __typename is Isue, want Issue`}},
		{"a mutation", `mutation { close(number:1) { state } }`, `{"close":null}`,
			[]string{`data.close: is null, the schema promises Issue!`}},
		{"a query that GitHub refuses", `{ isue }`, `{}`,
			[]string{`input:1:3: Cannot query field "isue" on type "Query". Did you mean "issue"?`}},
		{"no JSON", `{ issue(number:1) { state } }`, `{`, []string{`data is not JSON: unexpected end of JSON input`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, s.CheckAnswer(tt.query, "", []byte(tt.data))); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadSchemaRefusesNonsense(t *testing.T) {
	for _, text := range []string{"type {", "type Query { a: Nope }"} {
		if _, err := graph.LoadSchema(text); err == nil {
			t.Errorf("%q was loaded", text)
		}
	}
}
