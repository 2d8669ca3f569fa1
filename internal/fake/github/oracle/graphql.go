package oracle

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

var loadGraphQL = sync.OnceValues(func() (*graph.Schema, error) {
	text, err := read(graphQLFile)
	if err != nil {
		return nil, err
	}
	return graph.LoadSchema(string(text))
})

// Query returns what GitHub's schema has against a GraphQL text; nothing when GitHub would run it.
func Query(t testing.TB, text string) []string {
	t.Helper()
	return must(t, loadGraphQL).Check(text)
}

func isGraphQL(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == "/graphql" || r.URL.Path == "/api/graphql")
}

// graphQLExchange checks a text and the shape of its answer. An answer with errors is not held to the schema's
// promises, except that a field which GitHub has must not be unknown.
func graphQLExchange(sent, got []byte) []string {
	schema, err := loadGraphQL()
	if err != nil {
		return []string{err.Error()}
	}
	var request struct {
		Query         string `json:"query"`
		OperationName string `json:"operationName"`
	}
	if err := json.Unmarshal(sent, &request); err != nil {
		return []string{fmt.Sprintf("request body: is not JSON: %v", err)}
	}
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Errors []graph.Error   `json:"errors"`
	}
	if err := json.Unmarshal(got, &answer); err != nil {
		return []string{fmt.Sprintf("response body: is not a GraphQL answer: %v", err)}
	}
	if len(answer.Errors) == 0 {
		return schema.CheckAnswer(request.Query, request.OperationName, answer.Data)
	}
	problems := schema.Check(request.Query)
	for _, e := range answer.Errors {
		if len(problems) == 0 && e.Extensions["code"] == "undefinedField" {
			problems = append(problems,
				fmt.Sprintf("response body: %s (at %s), but GitHub has the field", e.Message, strings.Trim(fmt.Sprint(e.Path), "[]")))
		}
	}
	return problems
}
