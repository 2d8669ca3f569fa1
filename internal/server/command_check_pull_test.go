package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/check"
	"github.com/lintel-review/lintel/internal/command/check/outcome"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	acme "github.com/lintel-review/lintel/internal/fake/github/shop"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/terminal"
)

// TestCheckPullIsTheServers holds that the command line judges a pull request as the server does: the same facts and
// the same verdict, byte for byte, at each of its states; and that it writes nothing. It stands here and not beside the
// command because it needs a whole server.
func TestCheckPullIsTheServers(t *testing.T) {
	t.Parallel()
	hub := acme.OpenOwned(t)
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), nil)
	token, err := hub.Token("olga")
	must(t, err)
	number := open(t, hub, shop, fakehub.Pull{Title: "Add both", Body: "Words.", Head: "topic", Base: "main", Author: "wendy"})
	id := int64(0)
	compare := func(state string, passes bool) {
		t.Helper()
		r.quiet()
		sha := hub.Tip(shop, "topic")
		if passes {
			r.run(sha, "success")
		} else {
			r.run(sha, "failure")
		}
		r.quiet()
		if id == 0 {
			must(t, r.server.Writer().QueryRow(`SELECT repo_id FROM change`).Scan(&id))
		}
		decision, err := r.server.Record().Decided(t.Context(), change.Key{Forge: change.GitHub, RepoID: id, Number: number}, sha)
		must(t, err)
		want, err := checkJSON(decision)
		must(t, err)
		hub.Reset()
		var out bytes.Buffer
		c := check.Command{Facts: filepath.Join(t.TempDir(), "facts.json")}
		c.Source.PullRequest, c.Output.Format = "acme/shop#1", "json"
		err = c.Run(t.Context(), terminal.Terminal{
			In:  strings.NewReader(""),
			Out: &out,
			Err: io.Discard,
			Env: []string{"GITHUB_API_URL=" + hub.URL(), "GH_TOKEN=" + token},
		})
		if refused := errors.Is(err, terminal.ErrRefused); refused == passes || err != nil && !refused {
			t.Errorf("%s: it ends with %v", state, err)
		}
		judged, err := os.ReadFile(c.Facts)
		must(t, err)
		if d := cmp.Diff(string(want), out.String()); d != "" {
			t.Errorf("%s: the verdict is not the server's (-server +check):\n%s", state, d)
		}
		var facts string
		must(t, r.server.Writer().QueryRow(`SELECT facts FROM verdict ORDER BY id DESC LIMIT 1`).Scan(&facts))
		body, err := r.server.Record().Evidence(t.Context(), facts)
		must(t, err)
		if d := cmp.Diff(string(body)+"\n", string(judged)); d != "" {
			t.Errorf("%s: the facts are not the server's (-server +check):\n%s", state, d)
		}
		for _, q := range hub.Requests() {
			if q.Method != http.MethodGet && (q.Method != http.MethodPost || q.Path != "/graphql") {
				t.Errorf("%s: it sent %s %s", state, q.Method, q.Path)
			}
		}
		if len(hub.Requests()) == 0 || hub.Count(http.MethodPost, "/graphql") == 0 {
			t.Errorf("%s: the record of requests is empty", state)
		}
	}
	compare("opened with a title that is refused", false)
	must(t, hub.EditPull(shop, number, fakehub.Edit{Title: ptr("feat: add both")}, "wendy"))
	compare("without approvals", false)
	_, err = hub.Review(shop, number, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	compare("approved", true)
	must(t, hub.Label(shop, number, "olga", "later"))
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			Author:  "wendy",
			Message: "more",
			Files:   fakehub.Files{"cart/cart.go": "package cart\n\nvar C int\n"},
		})
	compare("changed after the approval", false)
}

func ptr[T any](v T) *T { return &v }

// checkJSON is the report that "lintel check --format json" makes of a decision.
func checkJSON(decision []byte) ([]byte, error) {
	var d policy.Decision
	if err := json.Unmarshal(decision, &d); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err := render.Write(&b, render.JSON, outcome.Of(d), render.Options{})
	return b.Bytes(), err
}
