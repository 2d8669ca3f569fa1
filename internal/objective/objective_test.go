package objective_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/objective"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var promise = objective.Promise{Target: 0.99, Window: 28 * 24 * time.Hour, Within: map[objective.Name]time.Duration{
	objective.Ack: 10 * time.Second, objective.FirstStatus: 10 * time.Second, objective.RulesDone: time.Minute,
	objective.AdviceDone: 10 * time.Minute,
}}

// head was received so long ago, and its rules were done after that.
func head(ago, rules time.Duration) objective.Head {
	h := objective.Head{Change: "acme/shop#1", SHA: "a", ReceivedAt: now.Add(-ago), ToldAt: now.Add(-ago - time.Second),
		Done: map[objective.Name]time.Time{objective.Ack: now.Add(-ago)}}
	if rules > 0 {
		h.Done[objective.RulesDone] = h.ReceivedAt.Add(rules)
	}
	return h
}

func status(t *testing.T, r objective.Report, name objective.Name) objective.Status {
	t.Helper()
	for _, s := range r.Objectives {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no %s in %+v", name, r)
	return objective.Status{}
}

func TestResults(t *testing.T) {
	superseded := func(h objective.Head, after time.Duration) objective.Head {
		h.SupersededAt = h.ReceivedAt.Add(after)
		return h
	}
	lost := head(time.Hour, time.Second)
	lost.Lost = true
	for name, c := range map[string]struct {
		head                  objective.Head
		good, bad, superseded int
	}{
		"in time":                          {head(time.Hour, time.Minute), 1, 0, 0},
		"too late":                         {head(time.Hour, time.Minute+1), 0, 1, 0},
		"never":                            {head(time.Hour, 0), 0, 1, 0},
		"there is still time":              {head(30*time.Second, 0), 0, 0, 0},
		"superseded before it was due":     {superseded(head(time.Hour, 0), 20*time.Second), 0, 0, 1},
		"superseded, and done before":      {superseded(head(time.Hour, 10*time.Second), 20*time.Second), 1, 0, 0},
		"superseded when it was overdue":   {superseded(head(time.Hour, 0), 2*time.Minute), 0, 1, 0},
		"superseded, and done late":        {superseded(head(time.Hour, 3*time.Minute), 20*time.Second), 0, 0, 1},
		"lost, and quick when found":       {lost, 0, 1, 0},
		"received before the window began": {head(29*24*time.Hour, 0), 0, 0, 0},
	} {
		s := status(t, promise.Report([]objective.Head{c.head}, now), objective.RulesDone)
		if s.Good != c.good || s.Bad != c.bad || s.Superseded != c.superseded {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestReport is one report whose numbers were worked out by hand.
func TestReport(t *testing.T) {
	var heads []objective.Head
	for i := range 990 { // 20 to 29.89 s, days ago
		heads = append(heads, head(48*time.Hour, 20*time.Second+time.Duration(i)*10*time.Millisecond))
	}
	for i := range 10 {
		h := head(3*time.Minute, time.Duration(61+i)*time.Second) // bad within the last five minutes
		h.Change = fmt.Sprintf("acme/shop#%d", i)
		heads = append(heads, h)
	}
	r := promise.Report(heads, now)
	s := status(t, r, objective.RulesDone)
	if s.Good != 990 || s.Bad != 10 || s.BudgetLeft == nil || math.Abs(*s.BudgetLeft) > 1e-9 {
		t.Errorf("1 %% of heads are bad, and the budget is used up exactly: %+v", s)
	}
	for _, w := range objective.Windows() {
		if math.Abs(s.Burn[w.Name]-100) > 1e-9 {
			t.Errorf("all of %s were bad: %v", w.Name, s.Burn[w.Name])
		}
	}
	if *s.Took.P50 != 24.99 || *s.Took.P95 != 29.49 || *s.Took.P99 != 29.89 || s.Took.N != 1000 {
		t.Errorf("%v %v %v of %d", *s.Took.P50, *s.Took.P95, *s.Took.P99, s.Took.N)
	}
	if len(s.Worst) != 10 || s.Worst[0].Change != "acme/shop#9" || s.Worst[0].Seconds != 70 || !s.Worst[9].Done {
		t.Errorf("%+v", s.Worst)
	}
	if r.ProviderLag.N != 1000 || *r.ProviderLag.P50 != 1 {
		t.Errorf("%+v", r.ProviderLag)
	}
	if advice := status(t, r, objective.AdviceDone); advice.Good+advice.Bad != 0 || advice.BudgetLeft != nil {
		t.Errorf("nobody asked for advice: %+v", advice)
	}
	empty := status(t, promise.Report(nil, now), objective.Ack)
	if empty.BudgetLeft != nil || empty.Took.P50 != nil || empty.Burn["1h"] != 0 {
		t.Errorf("%+v", empty)
	}
}

// TestModelOutage: whatever a model does or does not do, only the objective about advice sees it.
func TestModelOutage(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var well, ill []objective.Head
		for i := range 1 + random.IntN(30) {
			h := head(time.Duration(random.IntN(7200))*time.Second, time.Duration(random.IntN(120))*time.Second)
			h.Lost = random.IntN(20) == 0
			if random.IntN(4) == 0 {
				h.SupersededAt = h.ReceivedAt.Add(time.Duration(random.IntN(300)) * time.Second)
			}
			h.SHA = fmt.Sprint(i)
			down := h
			down.AdviceAskedAt = h.ReceivedAt
			well, ill = append(well, h), append(ill, down)
		}
		a, b := promise.Report(well, now), promise.Report(ill, now)
		for _, name := range []objective.Name{objective.Ack, objective.FirstStatus, objective.RulesDone} {
			if x, y := status(t, a, name), status(t, b, name); !reflect.DeepEqual(x, y) {
				t.Fatalf("a model's outage changed %s:\n%+v\n%+v", name, x, y)
			}
		}
		advice := status(t, b, objective.AdviceDone)
		if advice.Good != 0 {
			t.Fatalf("%+v", advice)
		}
	}
}
