package server_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/store"
)

// olden gives the shop so many pull requests from before Lintel, one an hour.
func olden(t testing.TB, hub *fakehub.Hub, n int) {
	t.Helper()
	commit(t, hub, shop,
		fakehub.Commit{Branch: "old", From: "main", Author: "wendy", Message: "feat: old", Files: fakehub.Files{"cart/o": "o\n"}})
	number := open(t, hub, shop, fakehub.Pull{Head: "old", Base: "main", Title: "feat: old", Author: "wendy"})
	_, err := hub.Review(shop, number, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	must(t, hub.MergePull(shop, number, "squash", "wendy"))
	must(t, hub.Repeat(shop, number, n-1, time.Hour))
}

// bookmark waits until the shop's bookmark is as a story wants it.
func bookmark(t testing.TB, st *store.Store, want func(past.Bookmark) bool) past.Bookmark {
	t.Helper()
	var last past.Bookmark
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		all, err := st.Bookmarks(context.Background(), change.GitHub)
		must(t, err)
		if len(all) == 1 {
			if last = all[0]; want(last) {
				return last
			}
		}
	}
	t.Fatalf("the reading stands at %s", last)
	return last
}

// askForThePast asks for a year of the shop's past, as soon as the shop is known.
func askForThePast(t testing.TB, st *store.Store) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		fresh, err := st.Unread(context.Background(), change.GitHub)
		must(t, err)
		if len(fresh) > 0 {
			fresh[0].Want(time.Now().AddDate(-1, 0, 0), false)
			must(t, st.WantPast(context.Background(), fresh))
			return
		}
	}
	t.Fatal("the shop never became known")
}

// recordBeside opens the database of a process beside it.
func recordBeside(t testing.TB, p *process) *store.Store {
	t.Helper()
	jobs, err := queue.NewJobs(time.Now)
	must(t, err)
	st, err := store.Join(t.Context(), "sqlite://"+filepath.Join(filepath.Dir(p.config), "lintel.db"), time.Now, jobs)
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	return st
}

func isComplete(b past.Bookmark) bool { return b.State == past.Complete }

// besideThePast lists what was asked of the forge from the n-th request on, without what reads the past, and how many requests
// there were.
func besideThePast(hub *fakehub.Hub, n int) (all []string, total int) {
	requests := hub.Requests()
	for _, q := range requests[n:] {
		if !strings.HasPrefix(q.Operation, "LintelPast") {
			all = append(all, fmt.Sprint(q.Method, " ", q.Route, " ", q.Operation, " ", q.Status))
		}
	}
	slices.Sort(all) // a look reads in parallel
	return all, len(requests)
}

// TestStoryBackfillDelaysNoVerdict: while a page of the past hangs, a pull request is judged by the same calls as before.
func TestStoryBackfillDelaysNoVerdict(t *testing.T) {
	t.Parallel()
	r := begin(t, noSweeps)
	olden(t, r.hub, 80)
	r.quiet()
	judge := func(branch string) (calls []string) {
		_, from := besideThePast(r.hub, 0)
		_, sha := r.topic(branch, "feat: "+branch, "cart/"+branch+".go")
		r.run(sha, "success")
		r.quiet()
		calls, _ = besideThePast(r.hub, from)
		return calls
	}
	judge("warm")
	before := judge("before")

	hung, release := make(chan struct{}, 100), make(chan struct{})
	r.hub.Fault(traffic.Fault{Operation: "LintelPast", Skip: 1, Wait: func(context.Context) {
		hung <- struct{}{}
		<-release
	}})
	st := r.server.Record()
	askForThePast(t, st)
	<-hung
	during := judge("during")
	if b := bookmark(t, st, func(past.Bookmark) bool { return true }); b.Pulls != 25 || b.State != past.Reading {
		t.Errorf("the page does not hang: %s", b)
	}
	if d := cmp.Diff(before, during); d != "" {
		t.Errorf("a look asks otherwise while the past is read: %s", d)
	}
	close(release)
	// Four pages of pull requests, and the empty lists of deployments, releases and labels.
	if b := bookmark(t, st, isComplete); b.Pulls != 83 || b.Calls != 7 {
		t.Errorf("%s, %d calls", b, b.Calls)
	}
}

var completeRatio = regexp.MustCompile(`(?m)^lintel_backfill_complete_ratio (\S+)$`)

// TestStoryBackfillOnInstall: the past of a new repository is read without being asked for, as far as the limit allows,
// and the metrics say how far that is.
func TestStoryBackfillOnInstall(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	olden(t, hub, 60)
	connection, err := hub.Install("acme")
	must(t, err)
	// Two pages cost sixteen points; then a fifth of 5,000 is left.
	hub.SpendLimit(connection, 1015, time.Now().Add(patience))
	r := start(t, hub, t.TempDir(), func(c *config.Config, _ *server.Options) { c.Flow.BackfillDays = 90 })
	must(t, r.server.Discover(t.Context(), connection))
	st := r.server.Record()
	b := bookmark(t, st, func(b past.Bookmark) bool { return b.State == past.Paused })
	if b.Pulls == 0 || b.Pulls == 60 {
		t.Errorf("it stopped at %s", b)
	}
	_, text := answers(t, "http://"+r.config.AdminListen+"/metrics")
	if m := completeRatio.FindStringSubmatch(text); m == nil || m[1] == "0" || m[1] == "1" {
		t.Errorf("the metric says %q of a reading that is under way", m)
	}
	events := 0
	must(t, r.server.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM flow_event WHERE source = 'backfill'`).Scan(&events))
	if events < 5*b.Pulls {
		t.Errorf("%d events of %d pull requests", events, b.Pulls)
	}
}

// TestStoryBackfillKilled: a server that is killed again and again goes on from its bookmark, and keeps each event once.
//
//race:unwatched
func TestStoryBackfillKilled(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	olden(t, hub, 200)
	pages := make(chan struct{}, 1000)
	hub.Fault(traffic.Fault{Operation: "LintelPast", Wait: func(context.Context) { pages <- struct{}{} }})
	p := newProcess(t, hub)
	p.start()
	_, err := hub.Install("acme")
	must(t, err)
	st := recordBeside(t, p)
	askForThePast(t, st)
	const lives = 4
	for range lives - 1 {
		<-pages
		<-pages
		p.kill()
		p.start()
	}
	b := bookmark(t, st, isComplete)
	p.kill()
	calls := hub.Count("POST", "/graphql")
	if b.Pulls < 200 || calls > 8+2*lives+20 {
		t.Errorf("%s; %d queries", b, calls)
	}
	kinds := map[string]int{}
	rows, err := st.Reader().QueryContext(t.Context(), `SELECT kind, COUNT(*) FROM flow_event GROUP BY kind`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var kind string
		var n int
		must(t, rows.Scan(&kind, &n))
		kinds[kind] = n
	}
	must(t, rows.Err())
	for _, kind := range []string{"opened", "merged", "reviewed", "commit", "state", "whole"} {
		if kinds[kind] != 200 {
			t.Errorf("%d events of %s, want 200 (%v)", kinds[kind], kind, slices.Sorted(maps.Keys(kinds)))
		}
	}
}
