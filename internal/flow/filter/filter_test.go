package filter_test

import (
	"math/rand"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow/filter"
)

var now = time.Date(2026, 3, 18, 15, 0, 0, 0, time.UTC) // a Wednesday

func parse(t *testing.T, query string) (filter.Filter, []filter.Problem) {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return filter.Parse(q, now)
}

func TestDefault(t *testing.T) {
	f, problems := parse(t, "")
	if len(problems) != 0 || f.Days() != 90 || !f.Open || !f.Compare || f.Business || f.AllBases ||
		f.Author != filter.Human ||
		f.Bucket != filter.Week || f.Page != 1 || f.Encode() != "" {
		t.Errorf("%+v %v", f, problems)
	}
	if want := time.Date(2026, 3, 19, 0, 0, 0, 0, time.UTC); !f.To.Equal(want) {
		t.Errorf("it ends at %s, want the end of today", f.To)
	}
}

func TestProblems(t *testing.T) {
	for query, field := range map[string]string{
		"from=2026-02-30": "from", "to=yesterday": "to", "from=2026-03-02&to=2026-03-01": "from", "from=2020-01-01": "from",
		"tz=Mars/Olympus": "tz", "tz=Local": "tz", "tz=../../etc/passwd": "tz", "clock=sidereal": "clock",
		"compare=1": "compare",
		"repo=shop": "repo", "repo=a//c": "repo", "team=a%00b": "team", "team=" + strings.Repeat("x", 200): "team",
		"base=main":  "base",
		"author=ann": "author", "size=7": "size", "stat=mean": "stat", "bucket=hour": "bucket",
		"bucket=day&from=2025-01-01": "bucket",
		"show=all":                   "show", "sort=worst": "sort", "page=0": "page", "page=01": "page", "page=x": "page",
		"nonsense=1":    "nonsense",
		"team=a&team=b": "team", "<script>=1": "<script>",
	} {
		f, problems := parse(t, query)
		if len(problems) != 1 || problems[0].Field != field || problems[0].Text == "" {
			t.Errorf("%s: %v", query, problems)
		}
		if again, more := filter.Parse(f.Query(), now); len(more) != 0 || !reflect.DeepEqual(again, f) {
			t.Errorf("%s: the default does not hold: %+v %v", query, again, more)
		}
	}
}

// Days are those of the zone, also where one has 23 or 25 hours.
func TestZones(t *testing.T) {
	f, problems := parse(t, "from=2026-03-28&to=2026-03-30&tz=Europe/Berlin&bucket=day")
	if len(problems) != 0 || f.Days() != 3 || f.To.Sub(f.From) != 71*time.Hour {
		t.Errorf("%+v %v", f, problems)
	}
	if spans := f.Spans(now); len(spans) != 3 || spans[1].To.Sub(spans[1].From) != 23*time.Hour {
		t.Errorf("%+v", spans)
	}
	f, _ = parse(t, "tz=Pacific/Auckland") // already the 19th there
	if y, m, d := f.LastDay().Date(); y != 2026 || m != 3 || d != 19 {
		t.Errorf("today is %s", f.LastDay())
	}
}

func TestSpans(t *testing.T) {
	f, _ := parse(t, "from=2026-03-04&to=2026-03-18")
	spans := f.Spans(now)
	if len(spans) != 3 || !spans[0].Cut || spans[0].Running || spans[1].Cut || spans[1].From.Weekday() != time.Monday ||
		!spans[2].Running {
		t.Errorf("%+v", spans)
	}
	f, _ = parse(t, "from=2026-01-01&to=2026-02-28&bucket=month")
	if spans := f.Spans(now); len(spans) != 2 || spans[0].Cut || spans[1].Cut || spans[1].Running {
		t.Errorf("%+v", spans)
	}
	before := f.Before()
	if !before.To.Equal(f.From) || before.Days() != f.Days() {
		t.Errorf("before it: %+v", before)
	}
}

// Whatever is chosen, its address leads back to it, and its spans cover the period without a hole.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	pick := func(words ...string) string { return words[r.Intn(len(words))] }
	for range 2000 {
		from := now.AddDate(0, 0, -r.Intn(1000))
		q := url.Values{
			"from": {from.Format("2006-01-02")}, "to": {from.AddDate(0, 0, r.Intn(90)).Format("2006-01-02")},
			"compare": {pick("prev", "none", "")},
			"tz": {pick("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham",
				"America/Sao_Paulo", "")},
			"clock": {pick("business", "calendar")}, "team": {pick("", "payments", "büro & co", `<b>"x"`, "=1+1")},
			"repo": {pick("", "acme/shop", "a.b/c-d", "acme/tools/shop")},
			"base": {pick("all", "default")}, "author": {pick("human", "bot", "ai", "all")},
			"size": {pick("all", "xs", "xl")},
			"stat": {pick("p50", "p90")}, "bucket": {pick("day", "week", "month")}, "show": {pick("merged", "open")},
			"sort": {pick("newest", "slowest")},
			"page": {pick("1", "7")},
		}
		f, problems := filter.Parse(q, now)
		if len(problems) != 0 {
			t.Fatalf("%v: %v", q, problems)
		}
		again, problems := filter.Parse(f.Query(), now)
		if len(problems) != 0 || !reflect.DeepEqual(f, again) {
			t.Fatalf("%v\nbecomes %v (%v)\n%+v\n%+v", q, f.Query(), problems, f, again)
		}
		at := f.From
		for _, s := range f.Spans(now) {
			if !s.From.Equal(at) || !s.To.After(s.From) {
				t.Fatalf("%v: a hole at %s: %+v", q, at, s)
			}
			at = s.To
		}
		if !at.Equal(f.To) {
			t.Fatalf("%v: the spans end at %s", q, at)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "from=2026-01-01&to=2026-02-01", "tz=Europe/Berlin&bucket=day", "team=%00&team=x",
		"repo=a/b&page=2", "%ff=%ff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query) // what can be read of it
		got, problems := filter.Parse(q, now)
		for _, p := range problems {
			if p.Text == "" || len(p.Field) > 4*140 {
				t.Errorf("%q: %+v", query, p)
			}
		}
		if again, more := filter.Parse(got.Query(), now); len(more) != 0 || !reflect.DeepEqual(got, again) {
			t.Errorf("%q: %+v becomes %+v (%v)", query, got, again, more)
		}
		if n := got.Days(); n < 1 || n > filter.MaxDays || len(got.Spans(now)) > filter.MaxDays {
			t.Errorf("%q: %d days", query, n)
		}
	})
}
