package server_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/past"
)

// pastSpots are the queries by which the past of pull requests is read.
func pastSpots() []spot {
	return at(graph("LintelPast"), graph("LintelPastMore"), graph("LintelPastThread"))
}

// TestEveryAnswerAboutThePast plays every fault at every query of the back-fill.
//
// WHAT MUST HOLD: a page is whole or an error, never a page from which something is left out; the same page, asked for
// again, is what it was.
//
//race:unwatched
func TestEveryAnswerAboutThePast(t *testing.T) {
	t.Parallel()
	r := begin(t, noSweeps)
	r.quiet()
	n, _ := r.topic("long", "feat: long", "cart/long.go")
	var first int64
	for i := range 12 {
		_, err := r.hub.Comment(shop, n, "mika", "?")
		must(t, err)
		_, err = r.hub.Review(shop, n, fakehub.Review{Author: "mika", State: "COMMENT", Body: strings.Repeat("!", i+1)})
		must(t, err)
	}
	first, err := r.hub.InlineComment(shop, n, "mika", "cart/long.go", 1, "why?")
	must(t, err)
	for range 110 {
		_, err := r.hub.ReplyTo(shop, n, first, "wendy", "because")
		must(t, err)
	}
	r.quiet()
	ask := func() (past.Page, error) {
		return r.server.PastPulls(t.Context(), past.Query{
			Connection: r.connection(),
			Owner:      "acme",
			Name:       "shop",
			Size:       past.Size{Pulls: 5, Items: 10},
		})
	}
	want, err := ask()
	must(t, err)
	played := 0
	for _, s := range pastSpots() {
		for _, name := range sortedNames(faultsAt(s)) {
			played++
			remove := r.hub.Fault(faultsAt(s)[name])
			if got, err := ask(); err == nil {
				t.Errorf("%s %s: a page of %d events, of %d", s, name, len(got.Events), len(want.Events))
			}
			remove()
			got, err := ask()
			// A refusal pauses the connection for as long as the forge asked for.
			for deadline := time.Now().Add(patience); errors.As(err, new(*change.Limited)); time.Sleep(pace) {
				if time.Now().After(deadline) {
					break
				}
				got, err = ask()
			}
			if err != nil {
				t.Fatalf("after %s %s: %v", s, name, err)
			}
			if d := cmp.Diff(want.Events, got.Events); d != "" {
				t.Errorf("after %s %s: %s", s, name, d)
			}
		}
	}
	if played < len(pastSpots()) {
		t.Errorf("%d faults were played", played)
	}
}
