// Package filter reads the part of an address that says which changes a page of figures is about: period, zone,
// clock, team, repository and so on. Pages and exports share this one parser, so that an address can be passed on, and
// an export has the rows of its page.
//
// Callers may rely on this:
//   - Parse never fails: what cannot be used is a Problem in words, and the field keeps its default;
//   - Parse(f.Query()) gives f again but for Only, without a problem, at the same time of asking;
//   - every text in a Filter has a bounded length and no control character; it is still text of strangers.
package filter

import (
	"net/url"
	"strconv"
	"time"
	_ "time/tzdata" // zones are known on machines without a zone database
)

// Filter says which changes are counted, and how. The zero value is not valid: use Parse.
type Filter struct {
	// From is the start of the first day, To the end of the last, in Zone. Open is true when no address named them: the
	// period then ends today.
	From, To time.Time
	Open     bool
	Zone     *time.Location
	// Compare asks for the equally long period before.
	Compare bool
	// Business counts business hours instead of all hours.
	Business   bool
	Team, Repo string
	// Service is whose deployments are measured, where a repository holds several.
	Service string
	// AllBases counts changes into any branch, not only into the default one.
	AllBases bool
	Author   Author
	Size     Size
	Stat     Stat
	Bucket   Bucket
	// Show, Sort and Page belong to the list of changes.
	Show Show
	Sort Sort
	Page int
	// Only are the repositories that may be counted; nil is any. It is no part of an address: whoever reads one for a person
	// sets it.
	Only map[Repo]bool
}

// Repo is a repository by what never changes.
type Repo struct {
	Forge string
	ID    int64
}

// Problem is a part of an address that cannot be used.
type Problem struct{ Field, Text string }

// The values that words in an address may take. The first of each list is the default.
type (
	Author string
	Size   string
	Stat   string
	Bucket string
	Show   string
	Sort   string
)

// Authors, sizes, statistics, buckets, and what a list shows and by which order.
const (
	Human, Bot, AI, Everyone Author = "human", "bot", "ai", "all"

	AnySize, XS, S, M, L, XL Size = "all", "xs", "s", "m", "l", "xl"

	P50, P75, P90 Stat = "p50", "p75", "p90"

	Week, Day, Month Bucket = "week", "day", "month"

	Merged, Unreviewed, Unclosed Show = "merged", "unreviewed", "open"

	Newest, Slowest, Largest Sort = "newest", "slowest", "largest"
)

// Lists of the words, for forms, in the order in which they are shown.
var (
	Authors = []Author{Human, Bot, AI, Everyone}
	Sizes   = []Size{AnySize, XS, S, M, L, XL}
	Stats   = []Stat{P50, P75, P90}
	Buckets = []Bucket{Week, Day, Month}
	Shows   = []Show{Merged, Unreviewed, Unclosed}
	Sorts   = []Sort{Newest, Slowest, Largest}
)

// Limits of a filter.
const (
	// DefaultDays is the length of a period that nobody chose, MaxDays the longest one.
	DefaultDays, MaxDays = 90, 1100
	// maxDaily is the longest period that is shown by days.
	maxDaily = 100
	maxText  = 140
	maxPage  = 100000
)

const dateForm = "2006-01-02"

// Days is how many days the period has.
func (f Filter) Days() int { return days(f.From, f.To) }

func days(from, to time.Time) int {
	// Days have 23 to 25 hours; half a day rounds.
	return int((to.Sub(from) + 12*time.Hour) / (24 * time.Hour))
}

// LastDay is the start of the last day of the period.
func (f Filter) LastDay() time.Time { return f.To.AddDate(0, 0, -1) }

// Query writes the filter as an address does, without what is the default.
func (f Filter) Query() url.Values {
	q := url.Values{}
	set := func(name, value, usual string) {
		if value != usual {
			q.Set(name, value)
		}
	}
	if !f.Open {
		q.Set("from", f.From.Format(dateForm))
		q.Set("to", f.LastDay().Format(dateForm))
	}
	set("tz", f.Zone.String(), "UTC")
	set("compare", word(f.Compare, "prev", "none"), "prev")
	set("clock", word(f.Business, "business", "calendar"), "calendar")
	set("team", f.Team, "")
	set("repo", f.Repo, "")
	set("service", f.Service, "")
	set("base", word(f.AllBases, "all", "default"), "default")
	set("author", string(f.Author), string(Human))
	set("size", string(f.Size), string(AnySize))
	set("stat", string(f.Stat), string(P50))
	set("bucket", string(f.Bucket), string(Week))
	set("show", string(f.Show), string(Merged))
	set("sort", string(f.Sort), string(Newest))
	set("page", strconv.Itoa(f.Page), "1")
	return q
}

func word(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// Encode is Query as the end of an address: "" or "?from=…".
func (f Filter) Encode() string {
	if q := f.Query().Encode(); q != "" {
		return "?" + q
	}
	return ""
}

// Within is the filter for a part of its period, of whole days.
func (f Filter) Within(from, to time.Time) Filter {
	f.From, f.To, f.Open = later(f.From, from), earlier(f.To, to), false
	return f
}

// Before is the filter of the equally long period before.
func (f Filter) Before() Filter {
	f.From, f.To, f.Open = f.From.AddDate(0, 0, -f.Days()), f.From, false
	return f
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Span is one bucket of the period: from From to before To, in whole days of the zone.
type Span struct {
	From, To time.Time
	// Cut is true when the period has only a part of the week or month; Running when it is not over.
	Cut, Running bool
}

// Spans splits the period into its buckets. Weeks begin on Monday.
func (f Filter) Spans(now time.Time) []Span {
	var all []Span
	at := f.From
	for at.Before(f.To) {
		begin, end := f.around(at)
		s := Span{From: later(begin, f.From), To: earlier(end, f.To)}
		s.Cut = begin.Before(f.From) || end.After(f.To)
		s.Running = s.To.After(now) || end.After(now)
		all = append(all, s)
		at = end
	}
	return all
}

// around is the bucket that a time is in.
func (f Filter) around(t time.Time) (begin, end time.Time) {
	y, m, d := t.In(f.Zone).Date()
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, f.Zone) }
	switch f.Bucket {
	case Day:
		return date(y, m, d), date(y, m, d+1)
	case Month:
		return date(y, m, 1), date(y, m+1, 1)
	}
	back := (int(t.In(f.Zone).Weekday()) + 6) % 7
	return date(y, m, d-back), date(y, m, d-back+7)
}

// Bounds are the smallest and the largest number of lines of a size; the largest is -1 for no limit.
func (s Size) Bounds() (least, most int64) {
	switch s {
	case XS:
		return 0, 10
	case S:
		return 11, 50
	case M:
		return 51, 200
	case L:
		return 201, 500
	case XL:
		return 501, -1
	}
	return 0, -1
}
