package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
)

func TestWantsOf(t *testing.T) {
	both := func(why string, limit int64) func([]diff.File, settings.Settings) []change.Want {
		return func(files []diff.File, _ settings.Settings) (wants []change.Want) {
			for _, f := range files {
				wants = append(wants, change.WantSides(f, limit, why)...)
			}
			return wants
		}
	}
	families := []analysis{
		{name: "size", wants: both("size", 10)},
		{name: "lint", wants: func([]diff.File, settings.Settings) []change.Want {
			return []change.Want{
				{Path: "b.lock", Side: change.AtHead, Max: 99, Why: "lint"},
				{Path: "a.go", Side: change.AtBase, Max: 5, Why: "lint"},
			}
		}},
		{name: "commits"},
		{name: "ownership", wants: func([]diff.File, settings.Settings) []change.Want { panic("a fault") }},
		{name: "coverage", wants: both("coverage", 1000)},
	}
	files := []diff.File{
		{Path: "a.go", Status: diff.Modified, State: diff.Text},
		{Path: "n.go", Status: diff.Added, State: diff.Text},
		{Path: "i.png", Status: diff.Modified, State: diff.Binary},
	}
	set := settings.Default()
	set.Coverage.Mode = finding.Off
	want := []change.Want{
		{Path: "b.lock", Side: change.AtHead, Max: 99, Why: "lint"},
		{Path: "a.go", Side: change.AtBase, Max: 10, Why: "lint, size"},
		{Path: "a.go", Side: change.AtHead, Max: 10, Why: "size"},
		{Path: "n.go", Side: change.AtHead, Max: 10, Why: "size"},
	}
	if d := cmp.Diff(want, wantsOf(files, set, families)); d != "" {
		t.Error(d)
	}
	if got := wantsOf(files, set, []analysis{{name: "size"}}); len(got) != 0 {
		t.Errorf("a family without wants wants %+v", got)
	}
	if got := Wants(nil, set); len(got) != 0 {
		t.Errorf("a change without files wants %+v", got)
	}
}
