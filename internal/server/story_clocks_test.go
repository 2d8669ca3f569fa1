package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/gateswitch"
)

// ATTACK: move the server's clock ahead and set it back, by hours and by months, while deliveries arrive, an override and
// a mute stand, and the gate is open.
//
// WHAT MUST HOLD: every change is judged; nothing waits for the clock to reach the old time again; what was allowed
// for a time by the clock that was ahead ends no later than that time after the clock was set right.
//
//race:unwatched
func TestStoryClocksSetBack(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{2 * time.Hour, 100 * 24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			t.Parallel()
			r, n, sha, ahead := moved(t, "overrides: { allow: [\"permission:maintain\"], expires: 24h }\n")
			pushed := 0
			push := func() string {
				pushed++
				return commit(t, r.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "More.",
					Files: fakehub.Files{"cart/more.go": fmt.Sprintf("package cart // %d\n", pushed)}})
			}
			other := func(branch string) string {
				at := commit(t, r.hub, shop, fakehub.Commit{Branch: branch, From: "main", Author: "rita", Message: "Other.",
					Files: fakehub.Files{"cart/" + branch + ".go": "package cart\n"}})
				open(t, r.hub, shop, fakehub.Pull{Title: "fix: other", Head: branch, Base: "main", Author: "rita"})
				return at
			}
			ahead.Store(int64(jump))
			// Deliveries and people at the clock that is ahead. A head that was seen before the jump is known.
			r.expectReply(n, r.write(n, "mika", "/lintel override commits/header --for 1h -- the shop is down"), "+1", "")
			r.expectReply(n, r.write(n, "mika", "/lintel mute ownership/approval --until "+
				time.Now().Add(jump).AddDate(0, 0, 2).Format(time.DateOnly)), "+1", "")
			r.run(sha, "success")
			r.run(other("early"), "failure")
			ahead.Store(0)
			// The same head is looked at again at once; a new one, another change, and a new head of it, too.
			r.write(n, "rita", "/lintel recheck")
			r.run(sha, "success")
			r.run(other("late"), "failure")
			r.run(push(), "success") // an override for a time survives a push
			r.endsBy(`SELECT until FROM override`, time.Hour)
			ahead.Store(int64(61 * time.Minute))
			r.run(push(), "failure")

			// The gate, opened by the clock that is ahead.
			ahead.Store(int64(61*time.Minute + jump))
			_, err := r.server.Record().SwitchGate(t.Context(), gateswitch.Request{State: gateswitch.Open, Org: "acme", For: 2 * time.Hour,
				Reason: "CI is down", Actor: "olga"})
			must(t, err)
			gated := push()
			r.run(gated, "success")
			ahead.Store(int64(61 * time.Minute))
			r.endsBy(`SELECT until FROM gate_switch`, 61*time.Minute+2*time.Hour)
			r.run(gated, "success")
			ahead.Store(int64(61*time.Minute + 2*time.Hour + time.Minute))
			r.run(gated, "failure")
			for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pace) {
				got := r.audited()
				if strings.Count(got, "override.expired") == 1 && strings.Count(got, "gate.ended") == 1 {
					return
				}
			}
			t.Errorf("audited %q", r.audited())
		})
	}
}

// A forge whose clock is an hour ahead of this machine's, or behind it, gets the same verdicts: GitHub takes no token of an
// App whose times are a minute off, so they go by GitHub's clock once it has said it. A token lasts for its hour on either.
// What was written just before a push does not count for what was pushed, whoever's clock is ahead and whichever delivery
// comes first; what is written after it does.
//
//race:unwatched
func TestStoryForgeClock(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			var later atomic.Int64
			hub := world(t, fakehub.Options{Now: func() time.Time { return time.Now().Add(off + time.Duration(later.Load())) }})
			must(t, hub.SetCollaborator(shop, "mika", "maintain", "olga"))
			_, err := hub.Install("acme")
			must(t, err)
			r := start(t, hub, t.TempDir())
			sha := badCoupon(t, hub)
			n := open(t, hub, shop, fakehub.Pull{Title: "feat: coupons", Head: "coupon", Base: "main", Author: "wendy"})
			r.run(sha, "failure")
			r.quiet()
			hub.Webhooks().SetFate(func(e hooklog.Event) hooklog.Fate { return hooklog.Fate{Hold: e.Name == "issue_comment"} })
			before := r.write(n, "mika", overrideHeader)
			later.Add(int64(2 * time.Second))
			sha = commit(t, hub, shop, fakehub.Commit{Branch: "coupon", Author: "wendy", Message: "More.",
				Files: fakehub.Files{"cart/more.go": "package cart\n"}})
			r.run(sha, "failure")
			hub.Webhooks().SetFate(nil)
			hub.Webhooks().Release(0)
			r.quiet()
			r.expectReply(n, before, "confused", "does not know on which commit this was written")
			r.neverGreen(sha)
			r.expectReply(n, r.write(n, "mika", overrideHeader), "+1", "")
			r.run(sha, "success")
			next := commit(t, hub, shop, fakehub.Commit{Branch: "coupon", Parents: []string{hub.Tip(shop, "main")}, Force: true,
				Author: "wendy", Message: "feat: coupons", Files: fakehub.Files{"cart/coupon.go": "package cart\n"}})
			r.run(next, "success")
			r.write(n, "rita", "/lintel recheck")
			r.quiet()
			made, refused := 0, 0
			for _, q := range hub.Requests() {
				switch {
				case q.Status == http.StatusUnauthorized:
					refused++
				case strings.HasSuffix(q.Path, "/access_tokens"):
					made++
				}
			}
			if made == 0 || made > 2 || refused == 0 {
				t.Errorf("%d tokens were made, %d requests refused", made, refused)
			}
		})
	}
}

// endsBy waits until a sweep has corrected a time.
func (r *rig) endsBy(query string, span time.Duration) {
	r.t.Helper()
	latest := time.Now().Add(span + time.Minute).UnixMilli()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pace) {
		var until int64
		if must(r.t, r.server.Reader().QueryRowContext(r.t.Context(), query).Scan(&until)); until <= latest {
			return
		}
	}
	r.t.Fatalf("%s: what was allowed for %s ends later", query, span)
}
