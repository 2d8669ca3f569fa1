package flow_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/business"
)

// randomLife makes up a life: any kinds, any order, several at one minute.
func randomLife(t testing.TB, r *rand.Rand) []flow.Event {
	t.Helper()
	who := []string{"ann", "bob", "cyd", "robot", "ghost"}
	kinds := []string{
		"ready", "drafted", "pushed sha=%d", "pushed sha=%d forced", "commit sha=%d committed=%d", "reviewed approved",
		"reviewed changes_requested", "reviewed commented", "review_dismissed review=%d", "commented", "commented inline review=%d",
		"closed", "reopened", "enqueued", "dequeued", "state sha=%d add=%d", "retargeted from=a base=b", "reverted other=%d",
	}
	story := []string{"opened@" + fmt.Sprint(r.IntN(50)) + " " + who[r.IntN(2)]}
	for range r.IntN(14) {
		kind, rest, _ := strings.Cut(kinds[r.IntN(len(kinds))], " ")
		for strings.Contains(rest, "%d") {
			rest = strings.Replace(rest, "%d", fmt.Sprint(r.IntN(20)), 1)
		}
		story = append(story, fmt.Sprintf("%s@%d %s %s", kind, r.IntN(3000), who[r.IntN(len(who))], rest))
	}
	if r.IntN(3) > 0 {
		story = append(story, fmt.Sprintf("merged@%d ann", r.IntN(4000)))
	}
	return life(t, strings.Join(story, ";"))
}

// TestStagesPartition holds the law of metrics: stages add up, by both clocks, and none is negative.
func TestStagesPartition(t *testing.T) {
	hours := business.Hours{From: 8 * time.Hour, To: 18 * time.Hour}
	clock, err := business.New(time.UTC, hours, []time.Weekday{time.Saturday, time.Sunday}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(11, 1))
	merged := 0
	for range 8000 {
		events := randomLife(t, r)
		f, _ := flow.Derive(events, flow.Given{Clock: clock})
		for name, s := range map[string]flow.Stages{"calendar": f.Stages, "business": f.Business} {
			sum := int64(0)
			for _, stage := range []*int64{s.Pickup, s.Review, s.MergeWait, s.Unreviewed, s.Redraft, s.ClosedTime} {
				if stage == nil {
					continue
				}
				sum += *stage
				if *stage < 0 {
					t.Fatalf("%s: a stage of %d seconds in %s\n%v", name, *stage, shown(s), events)
				}
			}
			if s.Cycle == nil {
				continue
			}
			merged++
			if sum != *s.Cycle {
				t.Fatalf("%s: %s adds up to %s\n%v", name, shown(s), minutes(&sum), events)
			}
			if s.Queue != nil && *s.Queue > *s.MergeWait+*s.Redraft+*s.ClosedTime {
				t.Fatalf("%s: %s in the queue of %s", name, minutes(s.Queue), minutes(s.MergeWait))
			}
		}
	}
	if merged < 2000 {
		t.Errorf("only %d lives have a cycle: the property says little", merged)
	}
}

// TestOrderIsNothing derives a life from its events in other orders, with repeats, and one after the other.
func TestOrderIsNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 2))
	for range 2000 {
		events := randomLife(t, r)
		want, _ := flow.Derive(events, flow.Given{})
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		again := append(events, events[r.IntN(len(events))], events[r.IntN(len(events))])
		if got, _ := flow.Derive(again, flow.Given{}); !reflect.DeepEqual(got, want) {
			t.Fatalf("in another order\n%+v\n%+v", got, want)
		}
	}
}

// FuzzDerive must bear any life.
func FuzzDerive(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		fact, _ := flow.Derive(randomLife(t, rand.New(rand.NewPCG(a, b))), flow.Given{})
		if fact.ApprovedAt != nil && fact.MergedAt != nil && fact.ApprovedAt.After(*fact.MergedAt) && fact.Cycle != nil {
			t.Errorf("approved after the merge counts: %+v", fact)
		}
	})
}

// TestBuckets holds the error of a bucket to 1 %, from a second to three years.
func TestBuckets(t *testing.T) {
	for v := int64(0); v < 3*366*86400; v += 1 + v/300 {
		b := flow.Bucket(&v)
		got := flow.BucketSeconds(*b)
		if diff := got - v; diff*100 > v+100 || -diff*100 > v+100 {
			t.Errorf("%d s are in bucket %d, which is %d s", v, *b, got)
		}
	}
	if flow.Bucket(nil) != nil {
		t.Error("nothing has a bucket")
	}
}
