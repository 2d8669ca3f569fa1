package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v66/github"
)

// TestAnswersAreReadAsTheClientDoes: what an answer says, and which error one that is no JSON gives, decides whether a
// look is tried again. The memory of one answer serves the next, so nothing of it may stay.
func TestAnswersAreReadAsTheClientDoes(t *testing.T) {
	type answer struct {
		Text string
		Raw  json.RawMessage
		List []string
	}
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(body, "CUT ") {
			w.Header().Set("Content-Length", "1000")
		}
		fmt.Fprint(w, strings.TrimPrefix(body, "CUT "))
	}))
	defer server.Close()
	base, err := url.Parse(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	client := github.NewClient(server.Client())
	client.BaseURL = base
	read := func(do func(context.Context, *http.Request, any) (*github.Response, error)) (a answer, _ string) {
		req, err := client.NewRequest(http.MethodGet, "x", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = do(t.Context(), req, &a)
		return a, fmt.Sprintf("%T %v", err, err)
	}
	var before []answer
	for _, body = range []string{
		`{"text":"first","raw":{"a":[1,2]},"list":["one","two"]}`, `{"text":"later","raw":{"b":[3,4]},"list":["six","ten"]}`,
		``, ` `, `null`, `{"text":"cut`, `{"text":"a"`, `CUT {"text":"a"`, `{"text":"a"} `, `{"text":"a"}}`, `{"text":"a"} more`,
		`{"text":1,"list":["kept"]}`, `<html>`, `[]`,
	} {
		want, wrong := read(func(ctx context.Context, r *http.Request, into any) (*github.Response, error) {
			return client.Do(ctx, r, into)
		})
		got, fault := read(func(ctx context.Context, r *http.Request, into any) (*github.Response, error) {
			return doJSON(ctx, client, r, into)
		})
		if d := cmp.Diff(want, got); d != "" || fault != wrong {
			t.Errorf("%q: %s; it says %s, the client %s", body, d, fault, wrong)
		}
		before = append(before, got)
	}
	if before[0].Text != "first" || string(before[0].Raw) != `{"a":[1,2]}` || before[0].List[0] != "one" {
		t.Errorf("a later answer wrote over the first: %+v", before[0])
	}
}
