package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// workersDown: a process that takes webhooks answers 202 while no process judges, and stays ready, but says which roles are
// missing; what it took waits, and is judged once somebody comes who judges. So it is again when that one is gone.
func workersDown(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	dir := t.TempDir()
	with := func(roles ...string) func(*config.Config, *server.Options) {
		return func(c *config.Config, _ *server.Options) { c.Roles = roles }
	}
	web := start(t, hub, dir, with("web", "reports"))
	webhook := "http://" + web.config.Listen + "/hooks/github"
	db := postgrestest.Open(t, web.config.Database)
	push := func(branch string) string {
		t.Helper()
		head := commit(t, hub, shop, fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: "feat: topic",
			Files: fakehub.Files{"cart/" + branch + ".go": "package cart\n"}})
		open(t, hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "feat: topic", Author: "wendy"})
		must(t, hub.WaitDelivered(t.Context()))
		if got := web.lastStatus("pull_request", "opened"); got != http.StatusAccepted {
			t.Errorf("a delivery is answered %d while nobody judges, want 202", got)
		}
		var waits int
		must(t, db.QueryRow(`SELECT COUNT(*) FROM change WHERE generation > evaluated`).Scan(&waits))
		if waits != 1 || len(web.runs(head)) > 0 {
			t.Errorf("%d changes wait, and the commit has %+v", waits, web.runs(head))
		}
		return head
	}
	// ready waits until the process says that roles are missing, or that none is. It is ready all the time.
	ready := func(missing string) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(pace) {
			var said struct{ Ready, Degraded bool }
			status, body := answers(t, "http://"+web.config.AdminListen+"/readyz")
			if err := json.Unmarshal([]byte(body), &said); err != nil || status != http.StatusOK || !said.Ready {
				t.Fatalf("/readyz says %d %s: %v", status, body, err)
			}
			if said.Degraded == (missing != "") && strings.Contains(body, missing) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("/readyz does not say %q: %s", missing, body)
			}
		}
		status, body := answers(t, "http://"+web.config.Listen+"/readyz")
		if status != http.StatusOK || strings.Contains(body, `"degraded":true`) != (missing != "") || strings.Contains(body, "living") {
			t.Errorf("without signing in /readyz says %d %s", status, body)
		}
	}
	const nobody = "no living process has the role gate, advise, sweeps"
	first := push("first")
	ready(nobody)
	for i := range 2 {
		judge := start(t, hub, dir, with("web", "gate", "advise", "sweeps"))
		hub.SetWebhook(webhook, "")
		web.run(first, "success")
		ready("")
		judge.quiet() // the sweeps of its start may ask for another look, which would wait
		judge.stop()
		if i == 0 {
			first = push("second")
			ready(nobody)
		}
	}
}
