package gitlab_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

// TestJobsProveWhoTheyAre checks a job's token as any relying party does: by discovery and the published keys.
func TestJobsProveWhoTheyAre(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	pipeline, sha, err := w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, Merged: true,
		Jobs: []fakelab.Job{{Name: "lintel", State: "running"}}})
	w.ok(err)
	token, err := w.IDToken(w.project, pipeline, "lintel", "https://lintel.example", nil)
	w.ok(err)
	provider, err := oidc.NewProvider(t.Context(), w.URL())
	w.ok(err)
	verifier := provider.Verifier(&oidc.Config{ClientID: "https://lintel.example"})
	checked, err := verifier.Verify(t.Context(), token)
	w.ok(err)
	var claims map[string]json.RawMessage
	w.ok(checked.Claims(&claims))
	for name, want := range map[string]string{"project_id": strconv.Quote(strconv.FormatInt(w.project, 10)), "sha": strconv.Quote(sha),
		"pipeline_source": `"merge_request_event"`, "ref": `"topic"`, "ref_protected": `"false"`, "runner_id": "1"} {
		if string(claims[name]) != want {
			t.Errorf("%s is %s, want %s", name, claims[name], want)
		}
	}
	w.ok(w.RotateKeys(true))
	spoiled, err := w.IDToken(w.project, pipeline, "lintel", "https://lintel.example",
		func(c map[string]any) { c["aud"] = "https://other.example" })
	w.ok(err)
	if _, err := verifier.Verify(t.Context(), spoiled); err == nil {
		t.Error("a token for somebody else was taken")
	}
}
