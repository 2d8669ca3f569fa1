package gitlabpart

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/fleet"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/web"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestProjectsAreWatched: which gate holds merges and how the webhook does is kept for all processes; a webhook that GitLab
// disabled is told of once, by whoever may see it.
func TestProjectsAreWatched(t *testing.T) {
	now := time.Now()
	lab, err := fakelab.New(fakelab.Options{Dir: t.TempDir(), Tier: fakelab.Free, AutoDisable: true,
		Now: func() time.Time { return now }})
	must(t, err)
	must(t, lab.Start())
	t.Cleanup(func() { must(t, lab.Close()) })
	_, err = lab.AddUser("rita")
	must(t, err)
	_, err = lab.AddGroup("acme")
	must(t, err)
	must(t, lab.SetMember("acme", "rita", fakelab.Maintainer))
	bot, err := lab.AddToken(fakelab.Token{Group: "acme"})
	must(t, err)
	person, err := lab.AddToken(fakelab.Token{User: "rita", Scopes: []string{"read_api"}})
	must(t, err)
	ill := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }),
	)
	t.Cleanup(ill.Close)
	var last int64
	for _, path := range []string{"acme/web", "acme/shop", "acme/none"} {
		last, err = lab.AddProject(fakelab.Project{Path: path, Files: map[string]string{"a": "1\n"}})
		must(t, err)
		if path != "acme/none" {
			_, err = lab.AddHook(fakelab.Hook{Project: last, URL: ill.URL + "/hooks/gitlab/"})
			must(t, err)
		}
		for i := range map[string]int{"acme/shop": 5}[path] {
			_, err := lab.Commit(last, fakelab.Commit{Branch: "main", By: "rita", Message: "feat: more\n",
				Files: map[string]string{"a": strings.Repeat("2\n", i+1)}})
			must(t, err)
			must(t, lab.Webhooks().Wait(t.Context()))
		}
	}

	served := func(maintainer string) (*Served, *bytes.Buffer) {
		dir, log := t.TempDir(), &bytes.Buffer{}
		c := config.Default().GitLab
		c.URL, c.TokenFile = lab.URL(), filepath.Join(dir, "token")
		must(t, os.WriteFile(c.TokenFile, []byte(bot.Secret), 0o600))
		if maintainer != "" {
			c.MaintainerTokenFile = filepath.Join(dir, "maintainer")
			must(t, os.WriteFile(c.MaintainerTokenFile, []byte(maintainer), 0o600))
		}
		l := &Served{}
		must(
			t,
			l.Open(
				c,
				ill.URL+"/",
				gitlab.Options{Now: func() time.Time { return now }},
				slog.New(slog.NewTextHandler(log, nil)),
			),
		)
		return l, log
	}
	l, log := served("")
	record := &looks{now: func() time.Time { return now }}
	must(t, l.Watch(t.Context(), record, record.again))
	if got, err := record.WatchesOf(t.Context(), change.GitLab); err != nil || len(got.Webhooks()) != 0 ||
		log.Len() > 0 {
		t.Errorf("a Developer sees %v: %s", got, log)
	}
	const logs = "/projects/:id/hooks/:hook_id/events"
	if must(t, l.Resend(t.Context(), record)); lab.Count(http.MethodGet, logs) != 0 {
		t.Error("a Developer asks for logs that are not shown to it")
	}
	must(
		t,
		lab.Configure(last, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfPipelineSucceeds = true }),
	)
	l, log = served(person.Secret)
	record = &looks{now: func() time.Time { return now }}
	for range 2 {
		must(t, l.Watch(t.Context(), record, record.again))
	}
	// Another process reads the same record.
	got, err := record.WatchesOf(t.Context(), change.GitLab)
	must(t, err)
	if d := gocmp.Diff(map[string]int{"executable": 1, "temporarily_disabled": 1, "missing": 1}, got.Webhooks()); d != "" {
		t.Errorf("a Maintainer sees %s", d)
	}
	if d := gocmp.Diff(map[string]int{"status": 1, "none": 2}, got.Gates()); d != "" {
		t.Errorf("the gates: %s", d)
	}
	const ofShop = "project=acme/shop state=temporarily_disabled"
	if text := log.String(); strings.Count(text, "does not send") != 2 || !strings.Contains(text, ofShop) {
		t.Errorf("the log says:\n%s", text)
	}
	// The log of the webhook that works is read, and of no other.
	if must(t, l.Resend(t.Context(), record)); lab.Count(http.MethodGet, logs) != 1 {
		t.Errorf("%d logs were read", lab.Count(http.MethodGet, logs))
	}
	// What fails for one project keeps nobody from the others.
	drop := lab.Fault(traffic.Fault{Path: fmt.Sprintf("/projects/%d/hooks", last), Status: 500})
	one := &looks{now: func() time.Time { return now }}
	if err := l.Watch(t.Context(), one, one.again); err == nil || !strings.Contains(err.Error(), "acme/none") || len(one.all) != 2 {
		t.Errorf("with a fault at one project %d are known: %v", len(one.all), err)
	}
	drop()
	degraded := new(*web.Degraded)
	if err := silent(record).Run(t.Context()); !errors.As(err, degraded) ||
		!strings.Contains(err.Error(), "acme/shop (temporarily_disabled)") {
		t.Errorf("the readiness of any process says %v", err)
	}
	// Another gate has the verdicts of the open merge requests published again, once.
	_, err = lab.Commit(last, fakelab.Commit{Branch: "topic", From: "main", By: "rita", Message: "feat: more\n",
		Files: map[string]string{"b": "1\n"}})
	must(t, err)
	_, err = lab.Open(last, fakelab.Request{Source: "topic", Title: "feat: more", By: "rita"})
	must(t, err)
	record.open = map[int64]int{last: 300}
	must(t, l.Watch(t.Context(), record, record.again))
	if len(record.admitted) != 0 {
		t.Errorf("the gates stayed, and looks were asked for: %v", record.admitted)
	}
	must(t, lab.Configure(last, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfPipelineSucceeds = false }))
	// Meanwhile GitLab does not show it, which makes no gate an unknown one.
	was := record.all[last]
	was.Gate = ""
	must(t, record.KeepWatches(t.Context(), change.GitLab, []fleet.Watched{was}))
	for range 2 {
		must(t, l.Watch(t.Context(), record, record.again))
	}
	want := []asked{{last, gateKept, gatePace, "merges are held by another gate: none instead of status"}}
	if !slices.Equal(record.admitted, want) {
		t.Errorf("for another gate was asked %+v, want %+v", record.admitted, want)
	}
	// The looks at another project begin behind the three hundred of this one, whichever process asks.
	later, _ := served(person.Secret)
	must(t, later.regate(t.Context(), change.Repository{ID: 7}, record, record.again, "none", "status"))
	if q := record.admitted[1]; q.repo != 7 || q.after != gateKept+300*gatePace {
		t.Errorf("behind another was asked %+v", q)
	}
	must(t, lab.Configure(last, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfPipelineSucceeds = true }))
	// Of a project that is deleted nothing is said any more.
	must(t, lab.DeleteProject(last))
	must(t, l.Watch(t.Context(), record, record.again))
	got, err = record.WatchesOf(t.Context(), change.GitLab)
	must(t, err)
	if d := gocmp.Diff(map[string]int{"none": 2}, got.Gates()); d != "" {
		t.Errorf("the gates without the project that had one: %s", d)
	}
	if err := silent(&looks{now: time.Now}).Run(t.Context()); err != nil {
		t.Errorf("where all is well, the readiness says %v", err)
	}
}

// TestProjectsThatFailStarveNoOther: projects that cannot be looked at have their turn, and the others have theirs.
func TestProjectsThatFailStarveNoOther(t *testing.T) {
	var all []change.Repository
	for id := range int64(7) {
		all = append(all, change.Repository{ID: id + 1})
	}
	now := time.Now()
	seen := map[int64]fleet.Watched{} // 1 to 4 always fail, so nobody ever sees them
	r := &rounds{most: 4}
	looks := map[int64]int{}
	for range 7 {
		now = now.Add(watched)
		for _, p := range r.next(all, seen, now) {
			if looks[p.ID]++; p.ID > 4 {
				seen[p.ID] = fleet.Watched{At: now}
			}
		}
	}
	for _, p := range all {
		if looks[p.ID] < 3 {
			t.Errorf("project %d had %d turns: %v", p.ID, looks[p.ID], looks)
		}
	}
	// What another process saw just now need not be looked at.
	for id := range int64(3) {
		seen[id+1] = fleet.Watched{At: now.Add(time.Second)}
	}
	for _, p := range r.next(all, seen, now.Add(2*time.Second)) {
		if p.ID <= 3 {
			t.Errorf("project %d was seen by another process", p.ID)
		}
	}
	if one := r.next(all[:1], seen, now); len(one) != 1 || len(r.had) != 1 {
		t.Errorf("%v; of projects that are gone is kept %v", one, r.had)
	}
}

// looks is the record of what was seen, as the store keeps it.
type looks struct {
	now   func() time.Time
	all   map[int64]fleet.Watched
	had   map[int64]string
	marks map[string]string
	// open counts the open merge requests of projects, whose looks were asked for by admitted.
	open     map[int64]int
	admitted []asked
}

// asked is a request for looks.
type asked struct {
	repo        int64
	after, pace time.Duration
	why         string
}

func (k *looks) again(_ context.Context, repo int64, after, pace time.Duration, why string) (looks int, err error) {
	k.admitted = append(k.admitted, asked{repo, after.Round(time.Second), pace, why})
	return k.open[repo], nil
}

func (k *looks) WatchOf(_ context.Context, _ change.Forge, repo int64) (fleet.Watched, error) {
	return k.all[repo], nil
}

func (k *looks) LastGates(context.Context, change.Forge) (map[int64]string, error) { return k.had, nil }

func (k *looks) Mark(_ context.Context, name string) (string, error) { return k.marks[name], nil }

func (k *looks) SetMark(_ context.Context, name, value string) error {
	if k.marks == nil {
		k.marks = map[string]string{}
	}
	k.marks[name] = value
	return nil
}

func (k *looks) KeepWatches(_ context.Context, _ change.Forge, all []fleet.Watched) error {
	if k.all == nil {
		k.all, k.had = map[int64]fleet.Watched{}, map[int64]string{}
	}
	for _, w := range all {
		w.At = k.now()
		k.all[w.RepoID], k.had[w.RepoID] = w, cmp.Or(w.Gate, k.had[w.RepoID])
	}
	return nil
}

func (k *looks) WatchesOf(context.Context, change.Forge) (fleet.Watches, error) {
	return fleet.Watches{All: slices.Collect(maps.Values(k.all))}, nil
}

// TestForgedByTheRecord: a pipeline in which this process posted nothing is judged by the record, which knows what other
// processes posted; what cannot be read is looked at.
func TestForgedByTheRecord(t *testing.T) {
	c := config.Default().GitLab
	c.URL, c.TokenFile = "http://127.0.0.1:1", filepath.Join(t.TempDir(), "token")
	l := &Served{}
	must(t, l.Open(c, "http://lintel.example/", gitlab.Options{Now: time.Now}, slog.New(slog.DiscardHandler)))
	broken := errors.New("broken")
	forged := l.forged(func(_ context.Context, forge change.Forge, repo int64, sha, name string) (bool, error) {
		if forge != change.GitLab || repo != 7 || name != "lintel" {
			t.Errorf("it asks for %s %d %s", forge, repo, name)
		}
		return sha == "failed", map[string]error{"unread": broken}[sha]
	})
	for sha, want := range map[string]bool{"failed": true, "passed": false, "unread": true} {
		if got := forged(1, 7, sha); got != want {
			t.Errorf("a success on a commit that we %s is forged: %v", sha, got)
		}
	}
}
