package daily_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow/daily"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// day makes a day of n changes whose numbers are drawn by of; nil is not known.
func day(t testing.TB, n int, of func(column int) *int64) *daily.Day {
	t.Helper()
	d := &daily.Day{}
	for i := range n {
		err := d.Add(func(into ...any) error {
			*into[0].(*string), *into[1].(*int64) = "github", int64(i%3)
			*into[2].(*string), *into[3].(*string) = fmt.Sprint("t", i%4), []string{"human", "bot", "ghost", "ai"}[i%4]
			for c := 4; c < len(into); c++ {
				*into[c].(**int64) = of(c)
			}
			*into[4].(**int64) = ptr(int64(i + 1))
			*into[5].(**int64) = ptr(noon.UnixMilli() + int64(i))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func ptr(v int64) *int64 { return &v }

func everything(t testing.TB) filter.Filter {
	t.Helper()
	f, problems := filter.Parse(url.Values{"base": {"all"}, "author": {"all"}}, noon)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return f
}

// figures are all that can be asked of a day.
func figures(d *daily.Day, f filter.Filter) any {
	c := daily.NewCounter(daily.Scope{Filter: f}, f.Spans(noon), []int64{10, 1000})
	c.Add(d)
	l := daily.NewList(daily.Scope{Filter: f}, daily.Order{Sort: f.Sort, Most: 10})
	l.Add(d)
	page, total := l.Page()
	return []any{c.Counted(), page, total, d.Teams(), d.Len()}
}

// What was packed counts as before, for values of every size and none.
func TestDecodeGivesWhatWasEncoded(t *testing.T) {
	random := rand.New(rand.NewSource(5))
	draws := map[string]func(int) *int64{
		"nothing is known": func(int) *int64 { return nil },
		"all is one value": func(int) *int64 { return ptr(7) },
		"0 and 1":          func(int) *int64 { return ptr(random.Int63n(2)) },
		"below 0":          func(int) *int64 { return ptr(random.Int63n(100) - 50) },
		"up to the largest": func(int) *int64 {
			return ptr(random.Int63n(math.MaxInt64 >> uint(random.Intn(63))))
		},
		"some are not known": func(int) *int64 {
			if random.Intn(3) == 0 {
				return nil
			}
			return ptr(random.Int63n(1 << uint(1+random.Intn(40))))
		},
	}
	for width := 1; width < 8; width++ { // just below and above what so many bytes hold
		edge := int64(1) << (8 * width)
		draws[fmt.Sprint("around ", edge)] = func(int) *int64 { return ptr([]int64{0, edge - 2, edge - 1, edge}[random.Intn(4)]) }
	}
	for name, of := range draws {
		for _, n := range []int{0, 1, 2, 100} {
			d := day(t, n, of)
			packed := d.Encode()
			got, err := daily.Decode(packed)
			if err != nil {
				t.Errorf("%s, %d: %v", name, n, err)
				continue
			}
			for _, query := range []string{"base=all&author=all", "author=human&size=m", "clock=business&sort=slowest&team=t1&base=all",
				"sort=largest&base=all"} {
				q, _ := url.ParseQuery(query)
				f, _ := filter.Parse(q, noon)
				if a, b := figures(got, f), figures(d, f); !reflect.DeepEqual(a, b) {
					t.Errorf("%s, %d, %s:\n%+v\nwant\n%+v", name, n, query, a, b)
				}
			}
			if again := got.Encode(); !bytes.Equal(again, packed) {
				t.Errorf("%s, %d: packed again it differs", name, n)
			}
		}
	}
}

// A day that was cut off or is longer than it says is an error.
func TestDecodeRefuses(t *testing.T) {
	random := rand.New(rand.NewSource(6))
	packed := day(t, 20, func(int) *int64 { return ptr(random.Int63n(5000)) }).Encode()
	for n := range packed {
		if _, err := daily.Decode(packed[:n]); err == nil {
			t.Fatalf("%d of %d bytes are a day", n, len(packed))
		}
	}
	if _, err := daily.Decode(append(slices.Clone(packed), 0)); err == nil {
		t.Error("a byte too many")
	}
}

// FuzzDecode: no bytes make it panic, and what it takes can be counted.
func FuzzDecode(f *testing.F) {
	f.Add(day(f, 5, func(c int) *int64 { return ptr(int64(c * 1000)) }).Encode())
	f.Add((&daily.Day{}).Encode())
	all := everything(f)
	f.Fuzz(func(t *testing.T, packed []byte) {
		if len(packed) > 1<<12 {
			return
		}
		if d, err := daily.Decode(packed); err == nil && d.Len() < 1<<12 {
			figures(d, all)
		}
	})
}

// A day holds about forty bytes for each change.
func TestDaysAreSmall(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	n := 1000
	packed := day(t, n, func(int) *int64 { return ptr(random.Int63n(600_000)) }).Encode()
	if got := len(packed) / n; got > 90 {
		t.Errorf("%d bytes for a pull request whose every column has three", got)
	}
}

func TestAddPassesErrorsOn(t *testing.T) {
	broken := errors.New("no row")
	d := &daily.Day{}
	if err := d.Add(func(...any) error { return broken }); !errors.Is(err, broken) || d.Len() != 0 {
		t.Errorf("%v, and %d pull requests", err, d.Len())
	}
}

// A list keeps the first ones, whatever the order in which days come, and counts all.
func TestListKeepsFew(t *testing.T) {
	f := everything(t)
	for _, most := range []int{1, 7, 5000} {
		l := daily.NewList(daily.Scope{Filter: f}, daily.Order{Skip: 3, Most: most})
		for i := range 5 {
			random := rand.New(rand.NewSource(int64(i)))
			l.Add(day(t, 800, func(int) *int64 { return ptr(random.Int63n(9)) }))
		}
		page, total := l.Page()
		if total != 4000 || len(page) != min(most, 3997) {
			t.Fatalf("%d of %d", len(page), total)
		}
		// All five days have the same times: the newest are the last numbers, five of each, so three are left out of the last.
		if want := 800; page[0].Number != want {
			t.Errorf("the fourth is number %d, want %d", page[0].Number, want)
		}
	}
}

func TestOnlyTheGivenRepositories(t *testing.T) {
	f := everything(t)
	d := day(t, 90, func(int) *int64 { return ptr(1) })
	for _, tt := range []struct {
		only map[daily.Repo]bool
		want int64
	}{{nil, 90}, {map[daily.Repo]bool{}, 0}, {map[daily.Repo]bool{{Forge: "github", ID: 1}: true}, 30},
		{map[daily.Repo]bool{{Forge: "gitlab", ID: 1}: true}, 0}} {
		c := daily.NewCounter(daily.Scope{Filter: f, Only: tt.only}, nil, nil)
		c.Add(d)
		if got := c.Counted().Totals.Merged; got != tt.want {
			t.Errorf("%v: %d, want %d", tt.only, got, tt.want)
		}
	}
}

func TestOf(t *testing.T) {
	for at, want := range map[string]int64{"1970-01-01T00:00:00Z": 0, "1969-12-31T23:59:59Z": -1, "1970-01-01T23:59:59.999Z": 0,
		"2026-03-02T00:00:00Z": 20514, "2026-03-02T01:00:00+02:00": 20513} {
		parsed, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := daily.Of(parsed); got != want {
			t.Errorf("%s is day %d, want %d", at, got, want)
		}
	}
}
