package server_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/server"
)

// answers reports the status and body of a GET.
func answers(t testing.TB, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url) //nolint:noctx // a test against loopback
	must(t, err)
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	return resp.StatusCode, string(body)
}

// lastStatus is how the last attempt to deliver an event was answered.
func (r *rig) lastStatus(event, action string) int { return r.sent(event, action).StatusCode }

// TestFullDisk: a delivery that cannot be stored is answered 503 with nothing half kept, and comes again when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	r := begin(t)
	pragma := func(text string) {
		_, err := r.server.Writer().ExecContext(context.Background(), text)
		must(t, err)
	}
	sha := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "feat: topic",
			Files:   fakehub.Files{"cart/x.go": "package cart\n"},
		})
	r.quiet()
	pragma("PRAGMA max_page_count = 1") // no page beyond those in use
	full := false
	for i := 0; i < 3000 && !full; i++ { // use up what is free inside the file
		full = r.send("label", fmt.Sprintf("filler-%d", i), map[string]any{}) == http.StatusServiceUnavailable
	}
	if !full {
		t.Fatal("the disk does not get full")
	}
	var before int
	count := func() (n int) {
		must(t, r.server.Writer().QueryRowContext(context.Background(),
			`SELECT (SELECT COUNT(*) FROM delivery) + (SELECT COUNT(*) FROM change) + (SELECT COUNT(*) FROM river_job `+
				`WHERE kind = 'look')`).Scan(&n))
		return n
	}
	before = count()
	open(t, r.hub, shop, into("main"))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(t, r.hub.WaitDelivered(ctx))
	if status := r.lastStatus("pull_request", "opened"); status != http.StatusServiceUnavailable {
		t.Errorf("a full disk is answered %d, want 503", status)
	}
	if after := count(); after != before {
		t.Errorf("%d rows of a delivery that was refused were kept", after-before)
	}
	pragma("PRAGMA max_page_count = 1073741823")
	redeliver(t, r, "pull_request", "opened")
	r.run(sha, "success")
}

// redeliver asks the forge to send an event again, as the sweep does.
func redeliver(t testing.TB, r *rig, event, action string) {
	t.Helper()
	d := r.sent(event, action)
	app := r.hub.App()
	if !r.hub.Webhooks().Redeliver(
		hooklog.Hook{AppID: app.ID, URL: "http://" + r.config.Listen + "/hooks/github", Secret: app.WebhookSecret}, d.ID) {
		t.Fatal("the log does not have the delivery")
	}
}

// TestLockedDatabase: while another program holds the database, deliveries are answered 503 before the forge gives up, and nothing is lost.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	r := begin(t)
	_, err := r.server.Writer().ExecContext(context.Background(), "PRAGMA busy_timeout = 100")
	must(t, err)
	db, err := sql.Open("sqlite", filepath.Join(r.dir, "lintel.db"))
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(context.Background(), "PRAGMA busy_timeout = 5000")
	must(t, err)
	_, err = db.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	must(t, err)
	// Each delivery is answered late, so only the one that matters is sent.
	r.hub.Webhooks().SetFate(func(e hooklog.Event) hooklog.Fate { return hooklog.Fate{Lose: e.Name != "pull_request"} })
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(t, r.hub.WaitDelivered(ctx))
	if status := r.lastStatus("pull_request", "opened"); status != http.StatusServiceUnavailable {
		t.Errorf("a locked database is answered %d, want 503", status)
	}
	_, err = db.ExecContext(context.Background(), "ROLLBACK")
	must(t, err)
	redeliver(t, r, "pull_request", "opened")
	r.run(sha, "success")
}

// TestForgeDownThenUp: looks that fail are tried again until the forge is back, and each verdict is published once.
func TestForgeDownThenUp(t *testing.T) {
	t.Parallel()
	r := begin(t)
	remove := r.hub.Fault(traffic.Fault{Drop: true})
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	for failed := 0; failed < 2; {
		select {
		case e := <-r.ended:
			if e.Outcome == "retry" {
				failed++
			}
		case <-time.After(patience):
			t.Fatal("no look failed")
		}
	}
	remove()
	r.run(sha, "success")
	r.quiet()
	if got := len(r.runs(sha)); got != 1 {
		t.Errorf("%d runs, want 1", got)
	}
}

// compare is the route that a look reads the diff from, and nothing else.
const compare = "/repos/{owner}/{repo}/compare/{basehead}"

// TestForgeRefusesWithAReason: a permission that is missing ends the look, is said on the check, and heals by a re-check.
//
//race:unwatched
func TestForgeRefusesWithAReason(t *testing.T) {
	t.Parallel()
	r := begin(t)
	remove := r.hub.Fault(
		traffic.Fault{
			Method: http.MethodGet,
			Route:  compare,
			Status: http.StatusForbidden,
			Body:   `{"message":"Resource not accessible by integration"}`,
		})
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	run := r.run(sha, "failure")
	for _, want := range []string{"refuses this to the App", "lintel doctor github"} {
		if !strings.Contains(run.Summary, want) {
			t.Errorf("the summary does not say %q:\n%s", want, run.Summary)
		}
	}
	remove()
	must(t, r.hub.RequestAction(shop, run.ID, "recheck", "wendy"))
	r.run(sha, "success")
}

// TestLimitedThenFree: a secondary limit postpones the look until the forge answers again; nothing is published before.
//
//race:unwatched
func TestLimitedThenFree(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 429} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			r := begin(t)
			// Only a look compares: the sweeps of the start must not use the one refusal up.
			r.hub.SecondaryLimit(compare, status, 1, 1)
			_, sha := r.topic("topic", "feat: topic", "cart/x.go")
			r.run(sha, "success")
			limited := false
			for len(r.ended) > 0 {
				limited = (<-r.ended).Outcome == "limited" || limited
			}
			if !limited {
				t.Error("no look was postponed by the limit")
			}
		})
	}
}

// TestWrongKeyIsNotReady: /readyz says what is wrong and what to do.
//
//race:unwatched
func TestWrongKeyIsNotReady(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	dir := t.TempDir()
	path := filepath.Join(dir, "other.pem")
	must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), 0o600))
	r := start(t, hub, dir, func(c *config.Config, _ *server.Options) { c.GitHub.PrivateKeyFile = path })
	status, body := answers(t, "http://"+r.config.AdminListen+"/readyz")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "forge") {
		t.Errorf("/readyz says %d %s", status, body)
	}
}

// TestTwoServersOnOneDatabase: the second is refused with a reason, and the first goes on.
func TestTwoServersOnOneDatabase(t *testing.T) {
	t.Parallel()
	r := begin(t)
	second, err := server.New(context.Background(), r.config,
		server.Options{Engine: shippedPolicies(t), Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		must(t, second.Close())
		t.Fatal("a second server runs on the database")
	}
	if !strings.Contains(err.Error(), "another lintel serve runs on this database") {
		t.Errorf("the error is %q", err)
	}
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	r.run(sha, "success")
}

// TestFailedDeliveriesAreAskedForAgain: GitHub never sends a delivery again by itself; the sweep at the next start asks
// for those that failed while nothing listened.
//
//race:unwatched
func TestFailedDeliveriesAreAskedForAgain(t *testing.T) {
	t.Parallel()
	r := begin(t)
	r.stop()
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(t, r.hub.WaitDelivered(ctx))
	second := start(t, r.hub, r.dir, nil)
	second.run(sha, "success")
	second.quiet()
	if n := r.hub.Count("POST", "/app/hook/deliveries/{delivery_id}/attempts"); n == 0 {
		t.Error("no delivery was asked for again")
	}
}

// TestMergeSettingsAreSwept: GitHub sends no event when a repository changes how it merges, so the sweep finds out.
//
//race:unwatched
func TestMergeSettingsAreSwept(t *testing.T) {
	t.Parallel()
	r := begin(t)
	n, sha := r.topic("topic", "feat: topic", "cart/x.go")
	must(t, r.hub.EditPull(shop, n, fakehub.Edit{Title: new("Not conventional")}, "wendy"))
	r.run(sha, "success")
	r.quiet()
	must(t, r.hub.SetMerge(shop, fakehub.MergeSettings{Squash: true, SquashTitle: "PR_TITLE", SquashMessage: "PR_BODY"}))
	must(t, r.server.Sweep(t.Context()))
	r.run(sha, "failure")
}
