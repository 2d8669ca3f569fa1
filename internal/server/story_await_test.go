package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// checkOf is the conclusion of the newest check on a commit.
func (u *uploads) checkOf(sha string) string {
	u.t.Helper()
	runs := u.runs(sha)
	if len(runs) == 0 {
		u.t.Fatalf("no check on %s", sha)
	}
	return runs[len(runs)-1].Conclusion
}

// verdict asks as "lintel await" does.
func (u *uploads) verdict(token, query string) (status int, state string) {
	u.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+u.config.Listen+"/api/v1/verdict?"+query, nil)
	must(u.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	must(u.t, err)
	defer resp.Body.Close()
	var a struct{ State, Change, URL string }
	must(u.t, json.NewDecoder(resp.Body).Decode(&a))
	return resp.StatusCode, a.State
}

// TestStoryAwait: a run on a pull request learns the verdict on its own head, again and again with one token, and of no
// other pull request; a run on a branch and a stranger learn nothing.
//
//race:unwatched
func TestStoryAwait(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, head := u.topic("topic", "feat: topic", "cart/x.go")
	bad, badHead := u.topic("other", "no conventional title", "cart/y.go")
	u.quiet()
	own, theirs := u.jwt(u.runOf(n), nil), u.jwt(u.runOf(bad), nil)
	push, err := u.hub.StartRun(shop, fakehub.Run{Event: "push"})
	must(t, err)
	for _, c := range []struct {
		what, token, query string
		status             int
		state              string
	}{
		{"its own head", own, "sha=" + head, http.StatusOK, u.checkOf(head)},
		{"the same token again", own, "sha=" + head, http.StatusOK, u.checkOf(head)},
		{"the other's head", theirs, "sha=" + badHead, http.StatusOK, u.checkOf(badHead)},
		{"an older head", own, "sha=" + badHead, http.StatusAccepted, "pending"},
		{"another pull request", own, "pull=999&sha=" + head, http.StatusForbidden, ""},
		{"no head", own, "", http.StatusBadRequest, ""},
		{"no number", own, "pull=x&sha=" + head, http.StatusBadRequest, ""},
		{"a run on a branch", u.jwt(push, nil), "sha=" + head, http.StatusForbidden, ""},
		{"a stranger", "nobody", "sha=" + head, http.StatusUnauthorized, ""},
	} {
		if status, state := u.verdict(c.token, c.query); status != c.status || state != c.state {
			t.Errorf("%s: %d %q, want %d %q", c.what, status, state, c.status, c.state)
		}
	}
	if u.checkOf(head) == u.checkOf(badHead) {
		t.Error("both heads have one verdict, so the answers tell nothing")
	}
}
