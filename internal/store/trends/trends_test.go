package trends_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/storetest"
	"github.com/lintel-review/lintel/internal/store/trends"
)

var now = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)

// fact is a row of flow_fact: what is not named here is 0 or empty.
type fact map[string]any

// record is an open record with facts.
type record struct {
	*store.Store
	t     *testing.T
	facts []fact
	tx    *sql.Tx // while rows are written together
}

func open(t *testing.T) *record {
	t.Helper()
	st, err := store.Open(context.Background(), database(t),
		func() time.Time { return now },
		&storetest.Queue{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	r := &record{Store: st, t: t}
	r.exec(`INSERT INTO repository (forge, id, installation, owner, name, private, default_branch, gone, scanned_at, updated_at)
		VALUES ('github', 7, 1, 'acme', 'Shop', 0, 'main', 0, 0, 0), ('github', 8, 1, 'acme', 'till', 0, 'main', 0, 0, 0)`)
	r.exec(`INSERT INTO actor VALUES ('github', 1, 'ann', 'human', 'api', 0)`)
	return r
}

func (r *record) exec(query string, args ...any) {
	r.t.Helper()
	run := r.Writer().Exec
	if r.tx != nil {
		run = r.tx.Exec
	}
	if _, err := run(query, args...); err != nil {
		r.t.Fatal(err)
	}
}

// together has what write executes in one transaction.
func (r *record) together(write func()) {
	r.t.Helper()
	var err error
	if r.tx, err = r.Writer().Begin(); err != nil {
		r.t.Fatal(err)
	}
	write()
	err = r.tx.Commit()
	if r.tx = nil; err != nil {
		r.t.Fatal(err)
	}
}

// add stores a merged change of a person into the default branch, unless f says otherwise.
func (r *record) add(f fact) {
	r.t.Helper()
	row := fact{"forge": "github", "repo_id": 7, "author_id": 1, "author_kind": "human", "state": "merged",
		"base_is_default": 1,
		"base":            "main", "number": len(r.facts) + 1}
	for _, text := range []string{"team", "branch", "head_sha", "merge_sha", "labels", "reviewers", "waits_for"} {
		row[text] = ""
	}
	for _, number := range []string{"draft", "fork", "opened_at", "last_event_at", "opened_day", "rounds", "reviews",
		"human_comments",
		"bot_comments", "force_pushes", "reopens", "merged_unreviewed", "self_merged", "stacked", "reverts", "reverted_by",
		"reverted",
		"complete", "def_version"} {
		row[number] = 0
	}
	for k, v := range f {
		row[k] = v
	}
	if at, ok := row["merged_at"].(int64); ok {
		row["merged_day"] = at / 86_400_000
	}
	row["change_id"] = fmt.Sprintf("github:%v#%v", row["repo_id"], row["number"])
	var names, places []string
	var args []any
	for _, k := range slices.Sorted(maps.Keys(row)) { // equal texts are prepared once
		names, args = append(names, k), append(args, row[k])
		places = append(places, fmt.Sprintf("$%d", len(args)))
	}
	r.exec("INSERT INTO flow_fact ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(places, ", ")+")", args...)
	r.facts = append(r.facts, row)
}

func parse(t *testing.T, query string) filter.Filter {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	f, problems := filter.Parse(q, now)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return f
}

// selected are the facts that a filter means, by brute force.
func selected(f filter.Filter, facts []fact) (all []fact) {
	for _, x := range facts {
		at, ok := x["merged_at"].(int64)
		kind := x["author_kind"].(string)
		if kind == "ghost" {
			kind = "human"
		}
		size, sized := x["size_effective"].(int64)
		least, most := f.Size.Bounds()
		switch {
		case !ok || x["state"] != "merged" || at < f.From.UnixMilli() || at >= f.To.UnixMilli():
		case f.Author != filter.Everyone && string(f.Author) != kind:
		case !f.AllBases && x["base_is_default"] != 1:
		case f.Team != "" && x["team"] != f.Team:
		case f.Repo != "" && (!strings.EqualFold(f.Repo, "acme/shop") || x["repo_id"] != 7):
		case f.Size != filter.AnySize && (!sized || size < least || most >= 0 && size > most):
		default:
			all = append(all, x)
		}
	}
	return all
}

// percentilesOf are those of facts by definition: sort all, and take the smallest with enough at or below it.
func percentilesOf(facts []fact, column string) (p figure.Percentiles) {
	var values []int64
	for _, x := range facts {
		if v, ok := x[column].(int64); ok {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	p.Of, p.N = int64(len(facts)), int64(len(values))
	if p.N < 5 {
		return p
	}
	at := func(percent float64) *int64 {
		for i, v := range values {
			if float64(i+1) >= percent/100*float64(len(values))-1e-9 {
				return &v
			}
		}
		return nil
	}
	p.P50, p.P75, p.P90 = at(50), at(75), at(90)
	if low, high, ok := figure.MedianRanks(p.N); ok {
		p.Low, p.High = &values[low-1], &values[high-1]
	}
	return p
}

func say(p figure.Percentiles) string {
	show := func(v *int64) string {
		if v == nil {
			return "-"
		}
		return fmt.Sprint(*v)
	}
	return fmt.Sprintf("%d/%d %s %s %s (%s-%s)", p.N, p.Of, show(p.P50), show(p.P75), show(p.P90), show(p.Low), show(p.High))
}

// Percentiles agree with brute force for no, one, two, an even and an odd number of values, with unknown ones between.
//
//race:unwatched
func TestPercentiles(t *testing.T) {
	for _, n := range []int{0, 1, 2, 4, 5, 6, 7, 20, 21, 100, 101} {
		r := open(t)
		random := rand.New(rand.NewSource(int64(n)))
		r.together(func() {
			for range n {
				r.add(fact{"merged_at": now.Add(-30 * time.Hour).UnixMilli(), "cycle_s": random.Int63n(1000), "pickup_s": nil})
				r.add(fact{"merged_at": now.Add(-30 * time.Hour).UnixMilli(), "cycle_s": nil})
			}
		})
		f := parse(t, "")
		for _, state := range r.states() {
			got, err := r.Count(t.Context(), f, nil, nil)
			if want := percentilesOf(r.facts, "cycle_s"); err != nil || say(got.Cycle) != say(want) {
				t.Errorf("%s, %d values: %s, want %s (%v)", state, n, say(got.Cycle), say(want), err)
			}
			if got.Pickup.N != 0 || got.Pickup.P50 != nil {
				t.Errorf("%s: nothing is known, and the median is %s", state, say(got.Pickup))
			}
			if asked := r.asked(t, "cycle_s"); n >= figure.Fewest && asked != fmt.Sprint(*got.Cycle.P50, *got.Cycle.P75, *got.Cycle.P90) {
				t.Errorf("%d values: the database itself says %s, not %s", n, asked, say(got.Cycle))
			}
		}
	}
}

// filled is a record of many changes of all kinds.
func filled(t *testing.T) *record {
	r := open(t)
	r.together(func() { fill(r) })
	return r
}

func fill(r *record) {
	random := rand.New(rand.NewSource(3))
	pick := func(words ...string) string { return words[random.Intn(len(words))] }
	for i := range 600 {
		at := now.Add(-time.Duration(random.Int63n(int64(200 * 24 * time.Hour)))).Truncate(time.Second)
		x := fact{"merged_at": at.UnixMilli(), "team": pick("", "payments", "web"), "repo_id": 7 + random.Intn(2),
			"author_kind": pick("human", "human", "bot", "ai", "ghost"), "base_is_default": min(1, random.Intn(5)),
			"opened_at": at.Add(-time.Hour).UnixMilli(), "cycle_s": random.Int63n(400_000),
			"human_comments":    random.Intn(3),
			"merged_unreviewed": random.Intn(2), "reverted": random.Intn(2), "size_effective": random.Int63n(900),
			"coding_s": random.Int63n(9999), "rounds": random.Intn(3)}
		if i%2 == 0 {
			x["commits_after_review"], x["replaced_lines"] = random.Int63n(2), random.Int63n(50)
			x["replaced_lines_21d"], x["replaced_lines_30d"] = random.Int63n(9), random.Int63n(20)
		}
		if random.Intn(3) > 0 {
			x["pickup_s"], x["pickup_bh_s"], x["cycle_bh_s"] = random.Int63n(90_000), random.Int63n(9000),
				random.Int63n(20_000)
		}
		if i%9 == 0 {
			x["state"], x["merged_at"], x["cycle_s"] = "open", nil, nil
			x["waits_for"], x["waiting_since"] = pick("review", "author"), at.UnixMilli()
		}
		r.add(x)
	}
}

var queries = []string{"", "author=all", "author=bot&base=all", "author=ai&base=all", "repo=acme/shop",
	"repo=ACME/shop&team=web", "repo=acme/nothing",
	"team=payments&author=all&base=all", "size=m", "size=xl&author=all", "clock=business",
	"from=2026-02-01&to=2026-02-28&bucket=day",
	"from=2025-11-01&bucket=month&author=all&base=all", "tz=Asia/Kathmandu&from=2025-10-20&to=2025-11-10&bucket=day",
	"tz=America/New_York&from=2025-10-20&to=2025-11-10"}

// Every figure agrees with brute force, whatever the filter, and whatever is packed.
//
//race:unwatched
func TestFiguresByBruteForce(t *testing.T) {
	r := filled(t)
	for _, state := range r.states() {
		for _, query := range queries {
			r.compare(t, state+": "+query, parse(t, query))
		}
	}
}

func (r *record) compare(t *testing.T, name string, f filter.Filter) {
	t.Helper()
	want, spans := selected(f, r.facts), f.Spans(now)
	edges := []int64{5000, 90_000}
	got, err := r.Count(t.Context(), f, spans, edges)
	if err != nil || len(got.Cycles) != len(spans) || len(got.Pickups) != len(spans) {
		t.Fatalf("%s: %d of %d spans: %v", name, len(got.Cycles), len(spans), err)
	}
	clock := map[bool]string{true: "_bh_s", false: "_s"}[f.Business]
	for _, m := range []struct {
		column string
		whole  figure.Percentiles
		each   []figure.Percentiles
	}{{"cycle" + clock, got.Cycle, got.Cycles}, {"pickup" + clock, got.Pickup, got.Pickups}} {
		if should := percentilesOf(want, m.column); say(m.whole) != say(should) {
			t.Errorf("%s: %s: %s, want %s", name, m.column, say(m.whole), say(should))
		}
		for i, s := range spans {
			should := percentilesOf(selected(f.Within(s.From, s.To), r.facts), m.column)
			should.Low, should.High = nil, nil
			if say(m.each[i]) != say(should) {
				t.Errorf("%s: %s in %s: %s, want %s", name, m.column, s.From, say(m.each[i]), say(should))
			}
		}
	}
	spread := make([]int64, 3)
	for _, x := range want {
		if v, ok := x["cycle"+clock].(int64); ok {
			spread[map[bool]int{true: 1}[v >= 5000]+map[bool]int{true: 1}[v >= 90_000]]++
		}
	}
	if !slices.Equal(got.Took, spread) {
		t.Errorf("%s: spread %v, want %v", name, got.Took, spread)
	}
	if sum := totalsOf(want); got.Totals != sum {
		t.Errorf("%s: %+v, want %+v", name, got.Totals, sum)
	}
}

func totalsOf(facts []fact) (sum figure.Totals) {
	for _, x := range facts {
		sum.Merged++
		sum.Unreviewed += int64(x["merged_unreviewed"].(int))
		sum.Reverted += int64(x["reverted"].(int))
		sum.HumanComments += int64(x["human_comments"].(int))
		sum.Commented += min(1, int64(x["human_comments"].(int)))
		sum.Sized++
		sum.Lines += x["size_effective"].(int64)
		sum.Rounds += int64(x["rounds"].(int))
		if after, ok := x["commits_after_review"].(int64); ok {
			sum.ReworkKnown++
			sum.Reworked += after
			sum.Rewritten.Known++
			sum.Rewritten.Lines += x["replaced_lines"].(int64)
			sum.Rewritten.Within21 += x["replaced_lines_21d"].(int64)
			sum.Rewritten.Within30 += x["replaced_lines_30d"].(int64)
		}
		for i, column := range map[figure.Stage]string{figure.Coding: "coding_s", figure.Pickup: "pickup_s"} {
			if v, ok := x[column].(int64); ok {
				sum.Stages[i].N++
				sum.Stages[i].Seconds += v
			}
		}
	}
	return sum
}

// The list has exactly the changes of its filter, in its order, page by page.
//
//race:unwatched
func TestPulls(t *testing.T) {
	r := filled(t)
	for _, state := range r.states() {
		for _, query := range append(queries, "sort=slowest", "sort=largest&author=all", "show=unreviewed") {
			r.list(t, state, query)
		}
	}
}

func (r *record) list(t *testing.T, state, query string) {
	t.Helper()
	f := parse(t, query)
	var total int64
	var want []string
	for _, x := range selected(f, r.facts) {
		if f.Show != filter.Unreviewed || x["merged_unreviewed"] == 1 {
			want = append(want, fmt.Sprintf("%v#%v", map[int]string{7: "Shop", 8: "till"}[x["repo_id"].(int)],
				x["number"]))
		}
	}
	var got []string
	var all []figure.Pull
	for skip := 0; ; skip += 40 {
		n := 0
		n64, err := r.Pulls(t.Context(), f, skip, 40, func(p figure.Pull) error {
			n++
			got, all = append(got, fmt.Sprintf("%s#%d", p.Name, p.Number)), append(all, p)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		total = n64
		if n < 40 {
			break
		}
	}
	sorted := slices.IsSortedFunc(all, func(a, b figure.Pull) int {
		switch f.Sort {
		case filter.Slowest:
			return cmp.Compare(*b.Cycle, *a.Cycle)
		case filter.Largest:
			return cmp.Compare(*b.Size, *a.Size)
		}
		return b.MergedAt.Compare(*a.MergedAt)
	})
	slices.Sort(got)
	slices.Sort(want)
	if total != int64(len(want)) || !slices.Equal(got, want) || !sorted {
		t.Errorf("%s, %s: %d listed, %d counted, %d wanted, in order: %t", state, query, len(got), total, len(want), sorted)
	}
}

//race:unwatched
func TestWaiting(t *testing.T) {
	r := filled(t)
	r.add(fact{"state": "open", "draft": 1, "waits_for": "draft", "opened_at": 5})
	var last time.Time
	n := 0
	err := r.WaitingPulls(t.Context(), parse(t, "author=all&base=all"), 1000, func(p figure.Pull) error {
		if n++; p.State != "open" || p.WaitsFor == "draft" || p.Since.Before(last) {
			t.Errorf("%+v", p)
		}
		last = *p.Since
		return nil
	})
	if err != nil || n != 67 {
		t.Errorf("%d wait: %v", n, err)
	}
	stop := errors.New("enough")
	if err := r.WaitingPulls(t.Context(), parse(t, ""), 10, func(figure.Pull) error { return stop }); !errors.Is(err,
		stop) {
		t.Errorf("the caller's error is %v", err)
	}
}

func TestPull(t *testing.T) {
	r := open(t)
	r.add(fact{"merged_at": now.UnixMilli(), "opened_at": now.Add(-time.Hour).UnixMilli(), "cycle_s": int64(3600),
		"pickup_s": nil})
	p, ok, err := r.PullNamed(t.Context(), "github", "ACME", "shop", 1)
	if err != nil || !ok || p.Author != "ann" || p.Name != "Shop" || *p.Cycle != 3600 || p.Stages[figure.Pickup] != nil ||
		!p.MergedAt.Equal(now) {
		t.Errorf("%+v %v", p, err)
	}
	if _, ok, err := r.PullNamed(t.Context(), "github", "acme", "shop", 2); ok || err != nil {
		t.Errorf("there is none: %v", err)
	}
}

func TestAgeAndChoices(t *testing.T) {
	r := open(t)
	if a, err := r.Age(t.Context()); err != nil || !a.First.IsZero() || !a.Last.IsZero() {
		t.Errorf("%+v %v", a, err)
	}
	r.exec(`INSERT INTO flow_event VALUES ('k', 'github:7#1', 'github', 7, 'opened', 1, 5000, 6000, 'webhook', '', '{}')`)
	r.add(fact{"team": "web"})
	a, err := r.Age(t.Context())
	if err != nil || a.First.UnixMilli() != 5000 || !a.Last.Equal(a.First) {
		t.Errorf("%+v %v", a, err)
	}
	c, err := r.Choices(t.Context(), nil)
	if err != nil || !slices.Equal(c.Repositories, []string{"acme/Shop"}) || !slices.Equal(c.Teams, []string{"web"}) {
		t.Errorf("%+v %v", c, err)
	}
}

// What gauges show is what the pages show of the same days.
//
//race:unwatched
func TestRecent(t *testing.T) {
	r := filled(t)
	got, err := r.RecentFigures(t.Context(), now)
	if err != nil || len(got.Scopes) != 3 || got.Scopes[0].Team != "" {
		t.Fatalf("%+v %v", got, err)
	}
	for _, scope := range got.Scopes {
		f := parse(t, url.Values{"team": {scope.Team}}.Encode())
		f.From, f.To = now.AddDate(0, 0, -28), now
		want := selected(f, r.facts)
		if say(scope.Cycle) != say(percentilesOf(want, "cycle_s")) || scope.Totals.Merged != int64(len(want)) {
			t.Errorf("team %q: %s of %d", scope.Team, say(scope.Cycle), scope.Totals.Merged)
		}
	}
	open := int64(0)
	for _, x := range r.facts {
		if x["state"] == "open" && x["base_is_default"] == 1 && (x["author_kind"] == "human" || x["author_kind"] == "ghost") {
			open++
		}
	}
	if got.Open["review"]+got.Open["author"] != open || got.Open["review"] == 0 || !got.Newest.IsZero() {
		t.Errorf("%d open, want %d: %+v", got.Open["review"]+got.Open["author"], open, got)
	}
}

// Days that are not packed are read by an index, and never by a scan of the table.
func TestDaysUseIndexes(t *testing.T) {
	r := filled(t)
	r.exec("ANALYZE")
	rows, err := r.Reader().Query("EXPLAIN QUERY PLAN "+trends.UnpackedDays, 20_000, 20_100)
	if err != nil {
		t.Fatal(err)
	}
	if plan := lines(t, rows); !strings.Contains(plan, "USING INDEX flow_fact_day (merged_day>? AND merged_day<?)") {
		t.Error(plan)
	}
}

func lines(t *testing.T, rows *sql.Rows) string {
	t.Helper()
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		b.WriteString(detail + "\n")
	}
	return b.String()
}
