package history_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/command/demo/history"
	"github.com/lintel-review/lintel/internal/flow"
)

func year(t *testing.T, seed uint64) (all [][]flow.Event) {
	t.Helper()
	y := history.Year{Forge: "github", Seed: seed, End: time.Date(2026, 3, 18, 15, 0, 0, 0, time.UTC),
		Repositories: []history.Repository{
			{ID: 1, Owner: "acme", Name: "shop", Team: "shop", PerWeek: 20},
			{ID: 2, Owner: "acme", Name: "till", Team: "till", PerWeek: 5},
		}}
	if err := y.Each(func(events []flow.Event) error { all = append(all, slices.Clone(events)); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// The same seed gives the same year, and another one another.
func TestSeeded(t *testing.T) {
	if one, two := year(t, 1), year(t, 1); !reflect.DeepEqual(one, two) {
		t.Error("the same seed gives another year")
	}
	if one, two := year(t, 1), year(t, 2); reflect.DeepEqual(one, two) {
		t.Error("another seed gives the same year")
	}
}

// Deployments fail less often as the team uses Lintel, and each incident names the one that caused it.
func TestDeployments(t *testing.T) {
	y := history.Year{Forge: "github", Seed: 1, End: time.Date(2026, 3, 18, 15, 0, 0, 0, time.UTC),
		Repositories: []history.Repository{{ID: 1}}}
	all, incidents := y.Deployments()
	if again, _ := y.Deployments(); !reflect.DeepEqual(all, again) {
		t.Error("the same seed gives others")
	}
	late := map[string]bool{}
	deployed, failed := [2]int{}, [2]int{}
	half := func(id string) int { return map[bool]int{true: 1}[late[id]] }
	for _, d := range all {
		late[d.ID] = d.FinishedAt.After(y.End.AddDate(0, 0, -170))
		deployed[half(d.ID)]++
	}
	for _, i := range incidents {
		if _, ok := late[i.Deployment]; !ok || !i.ResolvedAt.After(i.OpenedAt) {
			t.Errorf("%+v", i)
		}
		failed[half(i.Deployment)]++
	}
	if deployed[0] < 30 || deployed[1] < 30 || failed[0]*deployed[1] <= failed[1]*deployed[0] {
		t.Errorf("%d of %d failed, then %d of %d", failed[0], deployed[0], failed[1], deployed[1])
	}
}

// A year tells a story: no event happens twice or in the future, every pull request has facts, and the team becomes
// quicker as it uses Lintel.
func TestStory(t *testing.T) {
	end := time.Date(2026, 3, 18, 15, 0, 0, 0, time.UTC)
	keys := map[string]bool{}
	var early, late []int64
	waiting := 0
	for _, events := range year(t, 1) {
		for _, e := range events {
			if keys[e.Key] || e.At.After(end) {
				t.Fatalf("%s happens twice or at %s", e.Key, e.At)
			}
			keys[e.Key] = true
		}
		f, ok := flow.Derive(events, flow.Given{})
		if !ok || !f.Complete || !f.BaseIsDefault {
			t.Fatalf("%+v", f)
		}
		switch {
		case f.Life == flow.LifeOpen:
			waiting++
		case f.Cycle == nil || f.AuthorKind != flow.Human:
		case f.OpenedAt.Before(end.AddDate(0, 0, -270)):
			early = append(early, *f.Cycle)
		case f.OpenedAt.After(end.AddDate(0, 0, -90)):
			late = append(late, *f.Cycle)
		}
	}
	slices.Sort(early)
	slices.Sort(late)
	if len(early) < 50 || len(late) < 50 || late[len(late)/2]*2 > early[len(early)/2] || waiting == 0 || waiting > 60 {
		t.Errorf("%d early and %d late ones, medians of %d and %d s, %d wait", len(early), len(late), early[len(early)/2],
			late[len(late)/2], waiting)
	}
}
