package board

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/render/chart"
	"github.com/lintel-review/lintel/internal/template"
)

// Deliveries computes the five metrics of DORA.
type Deliveries interface {
	Dora(ctx context.Context, of dora.Scope, from, to time.Time) (dora.Report, error)
	// Services are those that the page offers to choose from.
	Services(ctx context.Context, of dora.Scope) ([]string, error)
	// RepositoryNamed is change.ErrNotFound for a repository that nobody has heard of.
	RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error)
}

// maxMultiples is how many weeks or months are computed apart.
const maxMultiples = 15

// sources say where deployments are known from.
var sources = map[dora.Source]string{dora.ByStatus: "deployment statuses", dora.ByAPI: "Lintel's API",
	dora.ByRelease: "releases",
	dora.ByMerge:   "merges (proxy)"}

type doraView struct {
	Scope    scopeView
	Unknown  bool
	Proxy    bool
	Tiles    []tile
	Charts   []template.HTML
	TooMany  bool
	Failures string
}

// dora is the page of the five metrics.
func (b *Board) dora(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	f, problems := b.parse(r)
	v := doraView{Scope: scopeOf(r, f, problems, "../", "./dora")}
	of := orAll(f.Repo)
	if f.Service != "" {
		of = "service " + f.Service + " of " + of
	}
	v.Scope.About = ""
	v.Scope.Sentence = fmt.Sprintf("Deployments to production of %s that ended from %s to %s (%d days, %s), whatever the team, author, "+
		"size and clock.", of, day(f.From), day(f.LastDay()), f.Days(), f.Zone)
	if f.Only != nil && f.Repo == "" {
		problems = append(problems, filter.Problem{Field: "repo", Text: "Choose one of the repositories that you may read."})
		v.Scope.Problems = problems
	}
	if len(problems) > 0 {
		v.Unknown = true
		b.show(w, r, http.StatusBadRequest, "DORA", "../", "dora", v)
		return
	}
	repository, err := repositoryOf(ctx, b.o.Record.RepositoryNamed, f)
	if errors.Is(err, change.ErrNotFound) {
		b.o.Shell.Missing(w, r)
		return
	} else if err != nil {
		b.o.Shell.Trouble(w, r, err)
		return
	}
	spans := f.Spans(b.o.Now())
	if v.TooMany = len(spans) > maxMultiples; v.TooMany {
		spans = nil
	}
	var whole dora.Report
	var age figure.Age
	each := make([]dora.Report, len(spans))
	scope := dora.Scope{Forge: repository.Forge, RepoID: repository.ID, Service: f.Service}
	measure := func(to *dora.Report, from, until time.Time) func(context.Context) error {
		return func(ctx context.Context) (err error) {
			*to, err = b.o.Record.Dora(ctx, scope, from, until)
			return err
		}
	}
	steps := []func(context.Context) error{
		measure(&whole, f.From, f.To),
		func(ctx context.Context) (err error) {
			v.Scope.Services, err = b.o.Record.Services(ctx, scope)
			return err
		},
		func(ctx context.Context) (err error) { age, err = b.o.Record.Age(ctx); return err },
		func(ctx context.Context) (err error) {
			v.Scope.Choices, err = b.o.Record.Choices(ctx, f.Only)
			return err
		},
	}
	for i, s := range spans {
		steps = append(steps, measure(&each[i], s.From, s.To))
	}
	if err := together(ctx, steps); err != nil {
		b.o.Shell.Trouble(w, r, err)
		return
	}
	v.Scope.Age = ageOf(age, f, b.o.Now())
	v.Proxy = whole.Source == dora.ByMerge && f.Service == ""
	v.Tiles, v.Failures = doraTiles(whole), failures(whole)
	if len(spans) > 0 {
		v.Charts = multiples(read{Filter: f, Spans: spans}, each, sources[whole.Source])
	}
	b.show(w, r, http.StatusOK, "DORA", "../", "dora", v)
}

// repositoryOf is the one repository that a filter names, on the first forge that has one which may be shown; zero for all.
// It is change.ErrNotFound when there is none, and when only some may be shown and none is named.
func repositoryOf(ctx context.Context, named func(context.Context, change.Forge, string, string) (change.Repository, error),
	f filter.Filter,
) (filter.Repo, error) {
	owner, name, ok := change.SplitName(f.Repo)
	if !ok && f.Only == nil {
		return filter.Repo{}, nil
	}
	for _, forge := range []change.Forge{change.GitHub, change.GitLab} {
		repository, err := named(ctx, forge, owner, name)
		if err != nil && !errors.Is(err, change.ErrNotFound) {
			return filter.Repo{}, err
		}
		r := filter.Repo{Forge: string(forge), ID: repository.ID}
		if err == nil && (f.Only == nil || f.Only[r]) {
			return r, nil
		}
	}
	return filter.Repo{}, change.ErrNotFound
}

func orAll(repo string) string {
	if repo == "" {
		return "all repositories"
	}
	return repo
}

// doraTiles are the five figures. Below it no tile has a list of changes: they are of deployments.
func doraTiles(r dora.Report) []tile {
	spread := func(title, id string, p figure.Percentiles, of string) tile {
		t := tile{Title: title, Definition: "../" + defined(id)[2:], Value: duration(p.P50), Unit: "p50",
			Note: fmt.Sprintf("%d of %d %s", p.N, p.Of, of)}
		if p.P90 != nil {
			t.Second = "p90 " + duration(p.P90)
		} else {
			t.Note += fmt.Sprintf(": too few, %d are needed", figure.Fewest)
		}
		return t
	}
	share := func(title, id string, rate *figure.Rate) tile {
		t := tile{Title: title, Definition: "../" + defined(id)[2:], Value: dash,
			Note: fmt.Sprintf("fewer than %d deployments", figure.FewestRate)}
		if rate != nil {
			t.Value, t.Unit = percent(rate.Share), fmt.Sprintf("%.0f to %.0f %%", 100*rate.Low, 100*rate.High)
			t.Note = fmt.Sprintf("%d of %d deployments", rate.K, rate.N)
		}
		return t
	}
	return []tile{
		spread("Change lead time", "lead_time", r.LeadTime, "pull requests"),
		{
			Title:      "Deployment frequency",
			Definition: "../" + defined("deployment_frequency")[2:],
			Value:      fmt.Sprintf("%.1f", r.PerWeek),
			Unit:       "a week",
			Second:     fmt.Sprintf("on %d of %d days", r.DaysWith, r.Days),
			Note:       fmt.Sprintf("%d, by %s", r.Deployments, sources[r.Source]),
		},
		spread("Time to recover", "recovery_time", r.Recovery, "failed deployments"),
		share("Change fail rate", "change_fail_rate", r.ChangeFail),
		share("Rework rate", "rework_rate", r.Rework),
	}
}

// failures say by what failed deployments are known.
func failures(r dora.Report) string {
	var parts []string
	for _, link := range []struct {
		by    dora.Link
		words string
	}{{dora.Told, "as somebody told"}, {dora.Reverted, "by a revert"}, {dora.RolledBack, "rolled back"},
		{dora.InTime, "by an incident soon after"}} {
		if n := r.FailedBy[link.by]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, link.words))
		}
	}
	s := strings.Join(parts, ", ")
	if r.Unrecovered > 0 {
		s += fmt.Sprintf("; %d are not known to have recovered", r.Unrecovered)
	}
	return s
}

// multiples are the five metrics over time, each as a small chart.
func multiples(all read, each []dora.Report, badge string) []template.HTML {
	cols := columns(all, func(i int) int64 { return each[i].Deployments })
	for i := range cols {
		cols[i].URL = ""
	}
	small := func(id, title, sentence string) chart.Figure {
		return chart.Figure{ID: id, Title: title, Sentence: sentence, Definition: "../" + defined(id)[2:], Badge: badge,
			Small: true}
	}
	line := func(id, title, sentence string, unit chart.Unit, of func(dora.Report) *float64) template.HTML {
		l := chart.Line{Name: title}
		for _, r := range each {
			l.Values = append(l.Values, of(r))
		}
		return chart.Trend{Figure: small(id, title, sentence), Unit: unit, Columns: cols, Lines: []chart.Line{l},
			Counted: "deployments"}.HTML()
	}
	share := func(r *figure.Rate) *float64 {
		if r == nil {
			return nil
		}
		return &r.Share
	}
	counts := chart.Bars{
		Figure:   small("deployment_frequency", "Deployments", "How many ended in each "+string(all.Filter.Bucket)+"."),
		Unit:     chart.Count,
		Columns:  cols,
		Measured: "deployments",
	}
	for _, r := range each {
		n := float64(r.Deployments)
		counts.Values = append(counts.Values, &n)
	}
	return []template.HTML{
		line("lead_time", "Change lead time, p50", "From the first commit to production.", chart.Seconds,
			func(r dora.Report) *float64 { return float(r.LeadTime.P50) }),
		counts.HTML(),
		line("recovery_time", "Time to recover, p50", "From a failed deployment to its recovery.", chart.Seconds,
			func(r dora.Report) *float64 { return float(r.Recovery.P50) }),
		line("change_fail_rate", "Change fail rate", "Deployments that needed immediate intervention.", chart.Share,
			func(r dora.Report) *float64 { return share(r.ChangeFail) }),
		line("rework_rate", "Rework rate", "Unplanned deployments because of an incident.", chart.Share,
			func(r dora.Report) *float64 { return share(r.Rework) }),
	}
}
