package filter

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Parse reads an address. now is the time of asking.
func Parse(q url.Values, now time.Time) (f Filter, problems []Problem) {
	p := parser{q: q}
	for name, values := range q {
		switch {
		case !slices.Contains(names, name):
			p.problem(clean(name), "There is no such filter. There are: "+strings.Join(names, ", ")+".")
		case len(values) > 1:
			p.problem(name, "It is given more than once.")
		}
	}
	f = Filter{
		Zone:     p.zone(),
		Compare:  oneOf(&p, "compare", []string{"prev", "none"}) == "prev",
		Business: oneOf(&p, "clock", []string{"calendar", "business"}) == "business",
		Team:     p.text("team"),
		Repo:     p.repo(),
		Service:  p.text("service"),
		AllBases: oneOf(&p, "base", []string{"default", "all"}) == "all",
		Author:   oneOf(&p, "author", Authors),
		Size:     oneOf(&p, "size", Sizes),
		Stat:     oneOf(&p, "stat", Stats),
		Bucket:   oneOf(&p, "bucket", Buckets),
		Show:     oneOf(&p, "show", Shows),
		Sort:     oneOf(&p, "sort", Sorts),
		Page:     p.page(),
	}
	p.period(&f, now)
	if f.Bucket == Day && f.Days() > maxDaily {
		p.problem("bucket", fmt.Sprintf("Days are shown for at most %d days; choose weeks or months, or a shorter period.",
			maxDaily))
		f.Bucket = Week
	}
	sorting.By(p.problems, func(a, b Problem) int { return strings.Compare(a.Field+a.Text, b.Field+b.Text) })
	return f, p.problems
}

// names are the parameters that an address may have. The comments, the default first, are the table of docs/dashboard.md.
var names = []string{
	"from",    // the last 90 days; a day of the zone, such as `2026-03-31`; at most 1,100 days
	"to",      // today; the last day
	"compare", // `prev`, with as many days before; `none`
	"tz",      // `UTC`; a time zone, such as `Europe/Berlin`
	"clock",   // `calendar` counts all hours; `business` the server's business hours
	"team",    // all; a team whose review was asked for first
	"repo",    // all; `owner/name`
	"service", // of deployments: all; a service of the repository
	"base",    // `default` counts what went into default branches; `all`
	"author",  // `human`; `bot`, `ai`, `all`
	"size",    // `all`; `xs` (to 10 lines), `s` (to 50), `m` (to 200), `l` (to 500), `xl`
	"stat",    // `p50`; `p75`, `p90`: the large number of a figure
	"bucket",  // `week`; `day` (to 100 days), `month`
	"show",    // in the list: `merged`; `unreviewed` (merged without review), `open`
	"sort",    // in the list: `newest`; `slowest`, `largest`
	"page",    // in the list: `1`
}

type parser struct {
	q        url.Values
	problems []Problem
}

func (p *parser) problem(field, text string) { p.problems = append(p.problems, Problem{field, text}) }

// oneOf reads a word of a list; the first is the default.
func oneOf[T ~string](p *parser, name string, words []T) T {
	given := T(p.q.Get(name))
	if given == "" {
		return words[0]
	}
	if slices.Contains(words, given) {
		return given
	}
	var known []string
	for _, w := range words {
		known = append(known, string(w))
	}
	p.problem(name, fmt.Sprintf("%q is none of %s.", clean(string(given)), strings.Join(known, ", ")))
	return words[0]
}

var zoneName = lazyregexp.New(`^[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){0,2}$`)

func (p *parser) zone() *time.Location {
	name := p.q.Get("tz")
	if name == "" || name == "UTC" {
		return time.UTC
	}
	// "Local" would be the zone of this machine, which an address must not depend on.
	if len(name) <= maxText && zoneName.MatchString(name) && name != "Local" {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	p.problem("tz", fmt.Sprintf("%q is no time zone that is known here. Write it as Europe/Berlin.", clean(name)))
	return time.UTC
}

func (p *parser) text(name string) string {
	given := p.q.Get(name)
	if given == "" || given == clean(given) {
		return given
	}
	p.problem(name, fmt.Sprintf("It is longer than %d characters, or has characters that cannot be shown.", maxText))
	return ""
}

// repoName is owner/name. An owner may be a path of groups.
var repoName = lazyregexp.New(`^[A-Za-z0-9._-]{1,100}(/[A-Za-z0-9._-]{1,100})+$`)

// maxRepo bounds a repository's name with its groups, in bytes.
const maxRepo = 1000

func (p *parser) repo() string {
	given := p.q.Get("repo")
	if given == "" || len(given) <= maxRepo && repoName.MatchString(given) {
		return given
	}
	p.problem("repo", "A repository is written as owner/name.")
	return ""
}

func (p *parser) page() int {
	given := p.q.Get("page")
	if given == "" {
		return 1
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 || n > maxPage || strconv.Itoa(n) != given {
		p.problem("page", fmt.Sprintf("A page is a number from 1 to %d.", maxPage))
		return 1
	}
	return n
}

// period reads from and to, both days of the zone; to is the last one.
func (p *parser) period(f *Filter, now time.Time) {
	y, m, d := now.In(f.Zone).Date()
	end := time.Date(y, m, d+1, 0, 0, 0, 0, f.Zone)
	f.From, f.To, f.Open = end.AddDate(0, 0, -DefaultDays), end, true
	from, hasFrom := p.date("from", f.Zone)
	last, hasTo := p.date("to", f.Zone)
	if !hasFrom && !hasTo {
		return
	}
	to := end
	if hasTo {
		to = last.AddDate(0, 0, 1)
	}
	if !hasFrom {
		from = to.AddDate(0, 0, -DefaultDays)
	}
	switch n := days(from, to); {
	case n < 1:
		p.problem("from", "The period ends before it begins.")
	case n > MaxDays:
		p.problem("from", fmt.Sprintf("The period has %d days; at most %d are shown at once.", n, MaxDays))
	default:
		f.From, f.To, f.Open = from, to, false
	}
}

func (p *parser) date(name string, zone *time.Location) (time.Time, bool) {
	given := p.q.Get(name)
	if given == "" {
		return time.Time{}, false
	}
	t, err := time.ParseInLocation(dateForm, given, zone)
	if err != nil || t.Year() < 2005 || t.Year() > 2200 {
		p.problem(name, fmt.Sprintf("%q is no day. Write it as 2026-03-31.", clean(given)))
		return time.Time{}, false
	}
	return t, true
}

// clean is what of a text can be shown, at most maxText characters.
func clean(s string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if n >= maxText || r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		n++
		return r
	}, s)
}
