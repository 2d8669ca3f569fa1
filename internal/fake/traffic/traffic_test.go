package traffic

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRecord(t *testing.T) {
	r := NewRecord(3)
	for i, route := range []string{"/a", "/b", "/a", "/a", "/b", "/c", "/a", "/a"} {
		r.Add(Request{Method: "GET", Route: route, Status: 200 + i})
	}
	if got := r.Requests(); len(got) != 3 || got[0].Status != 205 || got[2].Status != 207 {
		t.Errorf("kept %+v", got)
	}
	if r.Count("GET", "/a") != 5 || r.Count("POST", "/a") != 0 || r.Count("", "") != 8 {
		t.Errorf("counts %d %d %d", r.Count("GET", "/a"), r.Count("POST", "/a"), r.Count("", ""))
	}
	if d := cmp.Diff([]Count{{"GET", "/a", 5}, {"GET", "/b", 2}, {"GET", "/c", 1}}, r.Counts()); d != "" {
		t.Error(d)
	}
	r.Reset()
	if len(r.Requests()) != 0 || r.Count("", "") != 0 {
		t.Error("reset left something")
	}
	none := NewRecord(0)
	none.Add(Request{Method: "GET", Route: "/a"})
	if len(none.Requests()) != 0 || none.Count("", "/a") != 1 {
		t.Error("counts alone")
	}
}

func TestFaultsMatchSkipAndEnd(t *testing.T) {
	f := NewFaults(1)
	f.Add(Fault{Method: "GET", Route: "/a", Skip: 1, Times: 2, Status: 500})
	var got []bool
	for range 5 {
		_, hit := f.Next("GET", "/a", "", "")
		got = append(got, hit)
	}
	if d := cmp.Diff([]bool{false, true, true, false, false}, got); d != "" {
		t.Error(d)
	}
	remove := f.Add(Fault{Status: 502})
	if _, hit := f.Next("POST", "/other", "", ""); !hit {
		t.Error("a fault for all routes missed one")
	}
	remove()
	if _, hit := f.Next("POST", "/other", "", ""); hit {
		t.Error("a fault that was ended hit")
	}
}

func TestFaultsByProbabilityRepeatWithTheSeed(t *testing.T) {
	draw := func(seed uint64) (out []bool) {
		f := NewFaults(seed)
		f.Add(Fault{Probability: 0.3, Status: 500})
		for range 1000 {
			_, hit := f.Next("GET", "/", "", "")
			out = append(out, hit)
		}
		return out
	}
	one := draw(7)
	hits := 0
	for _, h := range one {
		if h {
			hits++
		}
	}
	if hits < 240 || hits > 360 {
		t.Errorf("%d of 1000 at 30%%", hits)
	}
	if !cmp.Equal(one, draw(7)) || cmp.Equal(one, draw(8)) {
		t.Error("the draw does not follow the seed")
	}
}

func TestPrimaryLimit(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := NewLimits(Rules{PerHour: 3}, func() time.Time { return now })
	ask := func(who, resource string) (State, *Refusal) {
		s, r, done := l.Enter(Ask{Who: who, Resource: resource})
		done()
		return s, r
	}
	for i := range 3 {
		if s, r := ask("a", "core"); r != nil || s.Remaining != 2-i {
			t.Errorf("request %d: %+v %+v", i, s, r)
		}
	}
	s, r := ask("a", "core")
	if r == nil || r.Secondary || s.Remaining != 0 || !s.Reset.Equal(now.Add(time.Hour)) {
		t.Errorf("beyond the limit: %+v %+v", s, r)
	}
	if _, r := ask("b", "core"); r != nil {
		t.Error("somebody else pays")
	}
	if _, r := ask("a", "graphql"); r != nil {
		t.Error("another resource pays")
	}
	if l.Refund("a", "core").Remaining != 1 {
		t.Error("no refund")
	}
	now = now.Add(time.Hour)
	if s, r := ask("a", "core"); r != nil || s.Remaining != 2 {
		t.Errorf("after the reset: %+v %+v", s, r)
	}
	l.Spend("a", "core", 0, now.Add(time.Minute))
	if _, r := ask("a", "core"); r == nil {
		t.Error("spent, and yet answered")
	}
}

func TestSecondaryLimits(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rules := Rules{Secondary: true, Concurrent: 2, ContentPerMinute: 3, PointsPerMinute: 20, GraphQLPerMinute: 4, RetryAfterSeconds: 9}
	count := func(a Ask) int {
		l := NewLimits(rules, func() time.Time { return now })
		for n := 0; ; n++ {
			_, r, done := l.Enter(a)
			done()
			if r != nil {
				if !r.Secondary || r.RetryAfter != 9 {
					t.Errorf("refused with %+v", r)
				}
				return n
			}
		}
	}
	if n := count(Ask{Who: "a", Resource: "core"}); n != 20 {
		t.Errorf("%d reads, want 20", n)
	}
	if n := count(Ask{Who: "a", Resource: "core", Write: true}); n != 4 {
		t.Errorf("%d writes at 5 points, want 4", n)
	}
	if n := count(Ask{Who: "a", Resource: "core", Write: true, Creates: true}); n != 3 {
		t.Errorf("%d comments, want 3", n)
	}
	if n := count(Ask{Who: "a", Resource: "graphql"}); n != 4 {
		t.Errorf("%d queries, want 4", n)
	}
	l := NewLimits(rules, func() time.Time { return now })
	_, _, one := l.Enter(Ask{Who: "a", Resource: "core"})
	_, second, two := l.Enter(Ask{Who: "a", Resource: "core"})
	_, third, three := l.Enter(Ask{Who: "a", Resource: "core"})
	if second != nil || third == nil {
		t.Error("two at once are allowed, a third is not")
	}
	one()
	two()
	three()
	if _, r, _ := l.Enter(Ask{Who: "a", Resource: "core"}); r != nil {
		t.Error("nothing is under way any more")
	}
}

// TestFaultOfAnOperation: a fault can be of one GraphQL operation, whose requests all have one route.
func TestFaultOfAnOperation(t *testing.T) {
	f := NewFaults(1)
	f.Add(Fault{Route: "/graphql", Operation: "LintelChange", Status: 500})
	if _, hit := f.Next("POST", "/graphql", "LintelTeams", ""); hit {
		t.Error("another operation fails")
	}
	if _, hit := f.Next("POST", "/graphql", "LintelChange", ""); !hit {
		t.Error("the operation does not fail")
	}
}
