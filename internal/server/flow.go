package server

import (
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/deployments"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/web/inbound"
	"github.com/lintel-review/lintel/internal/weekly"
)

// newFlow takes what CI tells of production, and derives facts anew when the business clock or a definition changed.
func newFlow(o Options, c config.Flow, st *store.Store, reporters deployments.Reporters) (part.Part, error) {
	clock, name, err := c.Clock()
	if err != nil {
		return part.Part{}, err
	}
	st.DeriveBy(clock, name, c.AILabels)
	production, err := deployments.New(reporters, st, o.Now)
	if err != nil {
		return part.Part{}, err
	}
	api, err := inbound.NewDeployments(production, o.Log)
	return part.Part{
		Name:   "flow",
		Routes: func(public, _ *http.ServeMux) { api.Route(public) },
		Sweeps: []queue.Sweep{
			{Name: "facts of pull requests", Every: time.Hour, AtStart: true, Run: st.ReplayStale},
			{Name: "beginnings of repositories", Every: time.Hour, AtStart: true, Run: st.NoteBeginnings},
			{Name: "days of pull requests", Every: time.Minute, AtStart: true, Run: st.PackDays},
		},
	}, err
}

// newWeekly tells teams of their weeks, where the server's file asks for it.
func newWeekly(o Options, c config.Flow, words change.Words, st *store.Store, forge *github.Forge) (part.Part, error) {
	if len(c.Weekly) == 0 {
		return part.Part{}, nil
	}
	w := weekly.Options{Figures: st, Record: st, Words: words, Log: o.Log, Now: o.Now}
	if forge != nil {
		w.Issues = forge
	}
	for _, d := range c.Weekly {
		digest := weekly.Digest{Team: d.Team}
		if d.Issue != "" {
			digest.Repository, digest.Issue, _ = d.IssueOf()
		} else {
			var err error
			if digest.Webhook, err = d.Webhook(); err != nil {
				return part.Part{}, err
			}
		}
		w.Digests = append(w.Digests, digest)
	}
	t, err := weekly.New(w)
	if err != nil {
		return part.Part{}, err
	}
	return part.Part{Name: "weekly", Sweeps: []queue.Sweep{{Name: "weekly digests", Every: time.Hour, AtStart: true, Run: t.Tell}}}, nil
}
