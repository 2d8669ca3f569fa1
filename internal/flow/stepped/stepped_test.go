package stepped_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/flow/stepped"
)

// flat gives a repository n changes a week, each with the same time: before the week at, and from then on.
func flat(name string, at int64, before, after float64) (cells []stepped.Cell) {
	for w := int64(0); w < 60; w++ {
		seconds := before
		if w >= at {
			seconds = after
		}
		cells = append(cells, stepped.Cell{Repository: name, Week: w, N: 2, Logs: 2 * math.Log(seconds)})
	}
	return cells
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-4 {
		t.Errorf("%s is %.5f, not %.5f", what, got, want)
	}
}

// TestByHand: five begin in week 30 and take 0.5, 0.5, 0.5, 0.5 and 0.8 of their time; meanwhile everything takes 1.2 times
// as long in the five that did not. The means of the logarithms are (4 ln 0.5 + ln 0.8)/5 = -0.599147 and ln 1.2 = 0.182322,
// so the change is exp(-0.781469) - 1 = -0.542267. Only the beginners spread: their contributions to the mean are
// (ln 0.5 + 0.599147)/5 = -0.0188 four times and (ln 0.8 + 0.599147)/5 = 0.0752, whose squares add up to 0.0070690; with
// 5/4 that is a standard error of 0.0940012, and t for four degrees of freedom is 2.7764 (2.7700 as computed here).
func TestByHand(t *testing.T) {
	var cells []stepped.Cell
	begun := map[string]int64{}
	for i, share := range []float64{0.5, 0.5, 0.5, 0.5, 0.8} {
		name := fmt.Sprint("on", i)
		begun[name] = 30
		cells = append(cells, flat(name, 30, 1000, 1000*share)...)
		cells = append(cells, flat(fmt.Sprint("off", i), 30, 500, 600)...)
	}
	e := stepped.Of(cells, begun, 59, stepped.Typical)
	if e.Begun != 5 || e.Others != 5 || e.Of != 5 || e.Pulls != 10*2*2*stepped.Window || e.Change == nil || e.Before == nil {
		t.Fatalf("%+v", e)
	}
	near(t, "the change", e.Change.By, -0.542267)
	half := (math.Log1p(e.Change.High) - math.Log1p(e.Change.Low)) / 2
	if math.Abs(half/0.0940012-2.7764) > 0.02 {
		t.Errorf("half the interval is %.4f standard errors", half/0.0940012)
	}
	near(t, "the change before", e.Before.By, 0)
	// How many were merged did not change.
	near(t, "the change of the number", stepped.Of(cells, begun, 59, stepped.Often).Change.By, 0)
}

// TestSteps: those that begin later stand in for the others until they begin, never afterwards. The effect halves times;
// a naive comparison with those that began earlier would find less.
func TestSteps(t *testing.T) {
	var cells []stepped.Cell
	begun := map[string]int64{}
	for i := range 12 {
		name := fmt.Sprint("on", i)
		begun[name] = 20 + int64(i%2)*20
		cells = append(cells, flat(name, begun[name], 1000, 500)...)
	}
	for i := range 6 {
		cells = append(cells, flat(fmt.Sprint("off", i), 0, 700, 700)...)
	}
	e := stepped.Of(cells, begun, 59, stepped.Typical)
	near(t, "the change", e.Change.By, -0.5)
	if e.Begun != 12 || e.Others != 12 {
		t.Errorf("%d began, %d others: the six of week 40 stand in until they begin", e.Begun, e.Others)
	}
}

// TestStepsThatOverlap: who begins in the other's window after the beginning is no other, the week after it one again.
func TestStepsThatOverlap(t *testing.T) {
	for _, c := range []struct {
		apart  int64
		others int
	}{{1, 6}, {stepped.Window, 6}, {stepped.Window + 1, 12}} {
		var cells []stepped.Cell
		begun := map[string]int64{}
		for i := range 12 {
			name := fmt.Sprint("on", i)
			begun[name] = 20 + int64(i%2)*c.apart
			cells = append(cells, flat(name, begun[name], 1000, 500)...)
			if i%2 == 0 {
				cells = append(cells, flat(fmt.Sprint("off", i), 0, 700, 700)...)
			}
		}
		e := stepped.Of(cells, begun, 59, stepped.Typical)
		near(t, "the change", e.Change.By, -0.5)
		if e.Begun != 12 || e.Others != c.others {
			t.Errorf("%d weeks apart: %d began, %d others, want %d", c.apart, e.Begun, e.Others, c.others)
		}
	}
}

// TestBothRoles: five that begin in week 40 are others of five that begin in week 20. Each adds a tenth of its own move b
// as beginner, and takes five times a hundredth of its move 2b as other: nothing is left, so the interval has no width.
func TestBothRoles(t *testing.T) {
	var cells []stepped.Cell
	begun := map[string]int64{}
	for i, b := range []float64{-0.2, -0.1, 0, 0.1, 0.2} {
		early, late := fmt.Sprint("early", i), fmt.Sprint("late", i)
		begun[early], begun[late] = 20, 40
		cells = append(cells, flat(early, 0, 700, 700)...)
		cells = append(cells, flat(fmt.Sprint("off", i), 0, 700, 700)...)
		for _, c := range flat(late, 0, 700, 700) {
			if c.Week >= 20 {
				c.Logs += float64(c.N) * 2 * b
			}
			if c.Week >= 40 {
				c.Logs += float64(c.N) * b
			}
			cells = append(cells, c)
		}
	}
	e := stepped.Of(cells, begun, 59, stepped.Typical)
	if e.Begun != 10 || e.Others != 10 {
		t.Fatalf("%+v", e)
	}
	near(t, "the low end", e.Change.Low, 0)
	near(t, "the high end", e.Change.High, 0)
}

func TestTooFew(t *testing.T) {
	var cells []stepped.Cell
	begun := map[string]int64{}
	for i := range 5 {
		name := fmt.Sprint("on", i)
		begun[name] = 30
		cells = append(cells, flat(name, 30, 1000, 500)...)
		if i > 0 {
			cells = append(cells, flat(fmt.Sprint("off", i), 0, 700, 700)...)
		}
	}
	e := stepped.Of(cells, begun, 59, stepped.Typical)
	if e.Change != nil || e.Before != nil || !strings.Contains(e.Why, "at least 5 of each") {
		t.Errorf("four others are enough: %+v", e)
	}
	cells = append(cells, flat("off5", 0, 700, 700)...)
	if e := stepped.Of(cells, begun, 59, stepped.Typical); e.Change == nil {
		t.Errorf("five are not enough: %+v", e)
	}
	// The window after the beginning must be over.
	if e := stepped.Of(cells, begun, 30+stepped.Window-1, stepped.Typical); e.Change != nil {
		t.Errorf("a window that is not over: %+v", e)
	}
	if e := stepped.Of(cells, begun, 30+stepped.Window, stepped.Typical); e.Change == nil {
		t.Errorf("a window that is over: %+v", e)
	}
	// A repository with four changes in a window is left out.
	sparse := slices.DeleteFunc(slices.Clone(cells), func(c stepped.Cell) bool {
		return c.Repository == "on3" && c.Week > 32
	})
	if e := stepped.Of(sparse, begun, 59, stepped.Typical); e.Begun != 4 || e.Change != nil {
		t.Errorf("four pull requests are enough: %+v", e)
	}
	if e := stepped.Of(nil, nil, 59, stepped.Typical); e.Change != nil || e.Why == "" {
		t.Errorf("nothing at all: %+v", e)
	}
}

// world makes up repositories that each go their own way, with a trend and a season that all share, and beginnings in
// three steps. drift is how much the beginners get longer by themselves, each week.
func world(r *rand.Rand, begin, never int, effect, drift float64) (cells []stepped.Cell, begun map[string]int64) {
	begun = map[string]int64{}
	for i := range begin + never {
		name := fmt.Sprint("r", i)
		level, wander, perWeek := 9+r.NormFloat64(), 0.0, 1+r.Float64()*8
		if i < begin {
			begun[name] = int64(24 + 8*(i%3))
		}
		for w := int64(0); w < 60; w++ {
			wander = 0.8*wander + 0.1*r.NormFloat64()
			mean := level + wander + 0.01*float64(w) + 0.2*math.Sin(float64(w)/6)
			if i < begin {
				mean += drift * float64(w)
				if w >= begun[name] {
					mean += effect
				}
			}
			c := stepped.Cell{Repository: name, Week: w}
			for range 1 + r.IntN(int(2*perWeek)) {
				c.N++
				c.Logs += mean + 1.5*r.NormFloat64()
			}
			cells = append(cells, c)
		}
	}
	return cells, begun
}

// TestCovers: where there is no effect, the interval of 95 % holds none about as often as it says, for few and for many
// repositories, with steps, a shared trend and weeks that resemble the ones before.
func TestCovers(t *testing.T) {
	const worlds = 200
	for _, of := range [][2]int{{5, 5}, {9, 20}, {30, 6}, {30, 30}} {
		r := rand.New(rand.NewPCG(11, uint64(of[0])))
		held, sum := 0, 0.0
		for range worlds {
			cells, begun := world(r, of[0], of[1], 0, 0)
			e := stepped.Of(cells, begun, 59, stepped.Typical)
			if e.Change == nil {
				t.Fatalf("%v: %s", of, e.Why)
			}
			if !e.Change.Sure() {
				held++
			}
			sum += math.Log1p(e.Change.By)
		}
		share := float64(held) / worlds
		t.Logf("%d began, %d others: held in %.1f %%, mean %.4f", of[0], of[1], 100*share, sum/worlds)
		if share < 0.93 || share > 0.99 {
			t.Errorf("%d began, %d others: the interval holds none in %.1f %% of worlds without an effect", of[0], of[1], 100*share)
		}
		if math.Abs(sum/worlds) > 0.02 {
			t.Errorf("%v: the estimate is off by %.3f", of, sum/worlds)
		}
	}
}

// TestFinds: an effect is found, and its true size lies in the interval about as often as it says.
func TestFinds(t *testing.T) {
	const worlds = 300
	r := rand.New(rand.NewPCG(12, 1))
	held, sure := 0, 0
	want := math.Expm1(-0.5)
	for range worlds {
		cells, begun := world(r, 15, 15, -0.5, 0)
		e := stepped.Of(cells, begun, 59, stepped.Typical)
		if e.Change.Low <= want && want <= e.Change.High {
			held++
		}
		if e.Change.Sure() {
			sure++
		}
	}
	if share := float64(held) / worlds; share < 0.93 || share > 0.99 {
		t.Errorf("the interval holds the true effect in %.1f %%", 100*share)
	}
	if sure < worlds*8/10 {
		t.Errorf("an effect of 39 %% is seen in %d of %d", sure, worlds)
	}
}

// TestDrift: when beginners were on their own way before, the windows before say so.
func TestDrift(t *testing.T) {
	cells, begun := world(rand.New(rand.NewPCG(13, 1)), 30, 30, 0, 0.06)
	if e := stepped.Of(cells, begun, 59, stepped.Typical); e.Parallel() {
		t.Errorf("%+v %+v", e.Before, e.Change)
	}
	cells, begun = world(rand.New(rand.NewPCG(13, 2)), 30, 30, 0, 0)
	if e := stepped.Of(cells, begun, 59, stepped.Typical); !e.Parallel() {
		t.Errorf("%+v", e.Before)
	}
}

// TestAlike: the order of cells, splitting them, and what all share change nothing.
func TestAlike(t *testing.T) {
	cells, begun := world(rand.New(rand.NewPCG(14, 1)), 9, 9, -0.2, 0)
	want := stepped.Of(cells, begun, 59, stepped.Typical)
	var other []stepped.Cell
	for _, c := range cells {
		half := c.N / 2
		other = append(other, stepped.Cell{Repository: c.Repository, Week: c.Week, N: half, Logs: c.Logs / 3},
			stepped.Cell{Repository: c.Repository, Week: c.Week, N: c.N - half, Logs: c.Logs * 2 / 3})
	}
	slices.Reverse(other)
	got := stepped.Of(other, begun, 59, stepped.Typical)
	near(t, "the change", got.Change.By, want.Change.By)
	near(t, "its end", got.Change.High, want.Change.High)
	if again := stepped.Of(cells, begun, 59, stepped.Typical); *again.Change != *want.Change || *again.Before != *want.Before {
		t.Errorf("asked again: %+v, %+v", again.Change, want.Change)
	}
	// Each repository's own level plays no part.
	levels := slices.Clone(cells)
	for i, c := range levels {
		levels[i].Logs += float64(c.N) * float64(len(c.Repository))
	}
	near(t, "with other levels, the change", stepped.Of(levels, begun, 59, stepped.Typical).Change.By, want.Change.By)
}
