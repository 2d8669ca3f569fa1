package board

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// scopeView is what stands above every page of figures: what it is about, and the form to ask for other figures.
type scopeView struct {
	// Root leads to the site's root, Here is the page's own address without its query.
	Root, Here string
	Filter     filter.Filter
	Problems   []filter.Problem
	Choices    figure.Choices
	// Services are offered on the page of deployments alone.
	Services []string
	// About and Sentence say what the figures are about: About in our own words alone, Sentence with names of others.
	About    string
	Sentence string
	Age      string
	Listing  bool
	// Open is true when htmx asks: the choice that somebody makes stays open.
	Open bool
	// Query is the filter as the end of an address.
	Query string
	Zones []string
	// All is true when all repositories may be shown.
	All bool
	// From and Last are the first and the last day, as the form shows them.
	From, Last string
}

// zones are offered by the form; any other zone can be typed.
var zones = []string{"UTC", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "Europe/London",
	"Europe/Berlin",
	"Europe/Kyiv", "Africa/Nairobi", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland"}

func scopeOf(r *http.Request, f filter.Filter, problems []filter.Problem, root, here string) scopeView {
	return scopeView{Root: root, Here: here, Filter: f, Problems: problems, About: "Pull requests", Sentence: sentence(f),
		Query: f.Encode(), Zones: zones, Open: r.Header.Get("HX-Request") != "",
		All: f.Only == nil, From: f.From.Format(time.DateOnly), Last: f.LastDay().Format(time.DateOnly)}
}

// options are the choices of a field with the one that is chosen.
func options(s scopeView, field string) (all []option) {
	add := func(value, label, chosen string) { all = append(all, option{value, label, value == chosen}) }
	named := func(names []string, chosen string) {
		add("", "all", chosen)
		for _, n := range names {
			add(n, n, chosen)
		}
		if chosen != "" && !slices.Contains(names, chosen) {
			add(chosen, chosen, chosen)
		}
	}
	f := s.Filter
	switch field {
	case "author":
		names := map[filter.Author]string{filter.Human: "people", filter.Bot: "bots", filter.AI: "AI agents",
			filter.Everyone: "everyone"}
		for _, a := range filter.Authors {
			add(string(a), names[a], string(f.Author))
		}
	case "size":
		names := map[filter.Size]string{filter.AnySize: "any", filter.XS: "XS, to 10 lines", filter.S: "S, to 50",
			filter.M: "M, to 200",
			filter.L: "L, to 500", filter.XL: "XL, more"}
		for _, a := range filter.Sizes {
			add(string(a), names[a], string(f.Size))
		}
	case "bucket":
		for _, a := range filter.Buckets {
			add(string(a), string(a), string(f.Bucket))
		}
	case "stat":
		for _, a := range filter.Stats {
			add(string(a), string(a), string(f.Stat))
		}
	case "show":
		names := map[filter.Show]string{filter.Merged: "merged", filter.Unreviewed: "merged without review",
			filter.Unclosed: "open"}
		for _, a := range filter.Shows {
			add(string(a), names[a], string(f.Show))
		}
	case "sort":
		for _, a := range filter.Sorts {
			add(string(a), string(a), string(f.Sort))
		}
	case "clock":
		add("calendar", "all hours", clockWord(f))
		add("business", "business hours", clockWord(f))
	case "base":
		add("default", "default branch", baseWord(f))
		add("all", "any branch", baseWord(f))
	case "compare":
		add("prev", "period before", compareWord(f))
		add("none", "nothing", compareWord(f))
	case "team":
		named(s.Choices.Teams, f.Team)
	case "service":
		named(s.Services, f.Service)
	}
	return all
}

type option struct {
	Value, Label string
	Chosen       bool
}

func clockWord(f filter.Filter) string {
	if f.Business {
		return "business"
	}
	return "calendar"
}

func baseWord(f filter.Filter) string {
	if f.AllBases {
		return "all"
	}
	return "default"
}

func compareWord(f filter.Filter) string {
	if f.Compare {
		return "prev"
	}
	return "none"
}

// sentence says what a filter is about.
func sentence(f filter.Filter) string {
	who := map[filter.Author]string{filter.Human: "of people", filter.Bot: "of bots", filter.AI: "of AI agents",
		filter.Everyone: "of everyone"}
	parts := []string{who[f.Author]}
	if f.Team != "" {
		parts = append(parts, "of team "+f.Team)
	}
	if f.Size != filter.AnySize {
		parts = append(parts, "of size "+strings.ToUpper(string(f.Size)))
	}
	if f.AllBases {
		parts = append(parts, "into any branch")
	} else {
		parts = append(parts, "into default branches")
	}
	if f.Repo != "" {
		parts = append(parts, "of "+f.Repo)
	}
	s := strings.Join(parts, " ")
	s += fmt.Sprintf(", merged from %s to %s (%d days, %s)", day(f.From), day(f.LastDay()), f.Days(), f.Zone)
	if f.Business {
		s += ", by business hours"
	}
	return s + "."
}

// ageOf says how far the record reaches.
func ageOf(a figure.Age, f filter.Filter, now time.Time) string {
	if a.Last.IsZero() {
		return "No event of a pull request has come yet."
	}
	s := fmt.Sprintf("The newest event came %s; the record begins %s.", ago(now, a.Last), day(a.First.In(f.Zone)))
	s += pastOf(a, f)
	if a.First.After(f.From) {
		s += " The period begins before it, so its first figures are incomplete."
	}
	return s
}

// pastOf says since when the past of all repositories is known, and how many of them are still read.
func pastOf(a figure.Age, f filter.Filter) (s string) {
	if a.Asked == 0 {
		return ""
	}
	if !a.Whole.IsZero() {
		s = " It is complete since " + day(a.Whole.In(f.Zone)) + "."
	}
	if left := a.Asked - a.Read; left > 0 {
		s += fmt.Sprintf(" The past of %d of %d repositories is not read yet.", left, a.Asked)
	}
	return s
}

// with is the filter's address with some words changed: pairs of a name and a value; "" takes the default.
func with(f filter.Filter, pairs ...string) string {
	q := f.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if e := q.Encode(); e != "" {
		return "?" + e
	}
	return ""
}

// pullPath leads from the site's root to a change's page.
func pullPath(p figure.Pull) string {
	path := "flow/pull"
	for _, part := range []string{p.Forge, p.Owner, p.Name, fmt.Sprint(p.Number)} {
		path += "/" + url.PathEscape(part)
	}
	return strings.ReplaceAll(path, "%2F", "/") // an owner may be a path of groups
}
