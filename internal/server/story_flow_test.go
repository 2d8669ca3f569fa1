package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/flow/dora"
)

// tell posts a deployment or an incident.
func (u *uploads) tell(path, token, body string) int {
	u.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+u.config.Listen+"/api/v1/"+path, strings.NewReader(body))
	must(u.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	must(u.t, err)
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	must(u.t, err)
	return resp.StatusCode
}

// TestStoryFlow follows a pull request from its opening to production: webhooks tell of it, a job tells of the deployment,
// and a run on a pull request may not.
func TestStoryFlow(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, _ := u.topic("topic", "feat: topic", "cart/x.go")
	_, err := u.hub.Review(shop, n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	pull := u.runOf(n)
	must(t, u.hub.MergePull(shop, n, "squash", "wendy"))
	u.quiet()
	landed := u.hub.Tip(shop, "main")
	push, err := u.hub.StartRun(shop, fakehub.Run{Event: "push"})
	must(t, err)

	body := `{"sha":"` + landed + `"}`
	for _, c := range []struct {
		what, token string
		status      int
	}{
		{"a run on a pull request", u.jwt(pull, nil), http.StatusForbidden},
		{"a stranger", "nobody", http.StatusUnauthorized},
		{"a run on the branch", u.jwt(push, nil), http.StatusAccepted},
		{"the same again", u.jwt(push, nil), http.StatusAccepted},
	} {
		if got := u.tell("deployments", c.token, body); got != c.status {
			t.Errorf("%s is answered %d, want %d", c.what, got, c.status)
		}
	}
	begun := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	if got := u.tell("incidents", u.jwt(push, nil), `{"id":"INC-1","opened_at":"`+begun+`"}`); got != http.StatusAccepted {
		t.Errorf("an incident is answered %d", got)
	}
	record := u.server.Record()
	var state, cycle, deploy, complete string
	must(t, record.Reader().QueryRow(`SELECT state, cycle_s >= 0, deploy_s >= 0, complete FROM v_pr_v1 WHERE number = $1`, n).Scan(
		&state, &cycle, &deploy, &complete))
	if state != "merged" || cycle != "1" || deploy != "1" || complete != "1" {
		t.Errorf("%s, cycle %s, deployment %s, complete %s", state, cycle, deploy, complete)
	}
	m, err := record.Dora(t.Context(), "github", u.repo, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	must(t, err)
	if m.Deployments != 1 || m.Source != dora.ByAPI || m.LeadTime.Of != 1 {
		t.Errorf("%+v", m)
	}
}
