package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/server"
)

// ledger is a log that several goroutines write.
type ledger struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *ledger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// ATTACK: somebody who can read the server's log (a log collector, a support ticket) looks in it for what opens doors:
// tokens of the App, the webhook secret, the capabilities of page links, and for what is private: the bodies of
// deliveries.
//
// STEPS: the server runs with its log at debug; pull requests are opened, refused and approved; the forge fails,
// refuses and limits; a forged delivery comes.
//
// WHAT MUST HOLD: none of it is in the log, and the log did tell of the failures, so it was really written.
//
//race:unwatched
func TestStoryNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	connection, err := hub.Install("acme")
	must(t, err)
	var log ledger
	r := start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	r.quiet()
	const private = "the-private-words-of-a-description"
	remove := hub.SecondaryLimit(compare, 403, 1, 1)
	sha := badCoupon(t, hub)
	open(t, hub, shop, fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: coupons", Body: private, Author: "wendy"})
	run := r.run(sha, "failure")
	remove()
	r.quiet()
	// From here on the forge takes no token, nor a new one, so a look that is asked for never ends well: nothing waits for one.
	hub.ExpireTokens()
	hub.Fault(traffic.Fault{Method: "POST", Route: "/graphql", Status: http.StatusUnauthorized})
	must(t, hub.RequestAction(shop, run.ID, "recheck", "wendy"))
	for refused := false; !refused; {
		select {
		case e := <-r.ended:
			refused = e.Outcome == "retry"
		case <-time.After(patience):
			t.Fatal("no look failed")
		}
	}
	forged := hub.App().WebhookSecret + "-guessed"
	hub.SetWebhook("http://"+r.config.Listen+"/hooks/github", forged)
	hub.Ping()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(t, hub.WaitDelivered(ctx))
	_, capability, ok := strings.Cut(run.Details, "?c=")
	if !ok {
		t.Fatalf("the check has no link with a capability: %q", run.Details)
	}
	token, err := hub.InstallationToken(connection)
	must(t, err)
	prefix, _, ok := strings.Cut(token, "_") // every installation token begins alike
	if !ok {
		t.Fatalf("tokens of the fake have no prefix: %q", token)
	}
	text := log.String()
	for name, secret := range map[string]string{
		"a token": prefix + "_", "an authorization": "Bearer ", "a signed App token": "eyJ",
		"the webhook secret": strings.TrimSuffix(forged, "-guessed"),
		"a capability":       capability, "a private key": "PRIVATE KEY", "a body": private,
	} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s is in the log: ...%q...", name, text[max(0, at-60):min(len(text), at+60)])
		}
	}
	if !strings.Contains(text, "limits our requests") {
		t.Errorf("the log does not tell of the rate limit:\n%s", text)
	}
	if !strings.Contains(text, "does not accept our token") {
		t.Errorf("the log does not tell of the refusal:\n%s", text)
	}
}
