package business_test

import (
	"testing"
	"testing/quick"
	"time"

	"github.com/lintel-review/lintel/internal/flow/business"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func calendar(t *testing.T, zoneName string, from, to int, weekend []time.Weekday, holidays ...string) *business.Calendar {
	t.Helper()
	hours := business.Hours{From: time.Duration(from) * time.Hour, To: time.Duration(to) * time.Hour}
	c, err := business.New(zone(t, zoneName), hours, weekend, holidays)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var satSun = []time.Weekday{time.Saturday, time.Sunday}

// TestBetween holds the golden vectors: each was worked out by hand on the wall clock of its zone.
func TestBetween(t *testing.T) {
	for _, tt := range []struct {
		name     string
		zone     string
		from, to int
		weekend  []time.Weekday
		holidays []string
		a, b     string
		want     time.Duration
	}{
		{"Friday evening to Monday morning, whole days without the weekend", "UTC", 0, 24, satSun, nil,
			"2026-03-06 20:00", "2026-03-09 08:00", 12 * time.Hour},
		{"Friday evening to Monday morning, every day", "UTC", 0, 24, nil, nil, "2026-03-06 20:00", "2026-03-09 08:00", 60 * time.Hour},
		{"Friday evening to Monday morning in 08-18", "UTC", 8, 18, satSun, nil, "2026-03-06 20:00", "2026-03-09 08:00", 0},
		{"asked at 19:00, answered 10:10 next day, 10-18", "UTC", 10, 18, satSun, nil,
			"2026-03-03 19:00", "2026-03-04 10:10", 10 * time.Minute},
		{"inside one day", "UTC", 8, 18, satSun, nil, "2026-03-03 09:15", "2026-03-03 10:45", 90 * time.Minute},
		{"one working week", "UTC", 8, 18, satSun, nil, "2026-03-02 00:00", "2026-03-09 00:00", 50 * time.Hour},
		{"a holiday is no day of work", "UTC", 8, 18, satSun, []string{"2026-12-25"},
			"2026-12-24 17:00", "2026-12-28 09:00", 2 * time.Hour},
		{"a weekend of Friday and Saturday", "UTC", 8, 18, []time.Weekday{time.Friday, time.Saturday}, nil,
			"2026-03-05 17:00", "2026-03-08 09:00", 2 * time.Hour},
		{"Berlin's short night: whole days", "Europe/Berlin", 0, 24, nil, nil, "2026-03-29 00:00", "2026-03-30 00:00", 23 * time.Hour},
		{"Berlin's long night: whole days", "Europe/Berlin", 0, 24, nil, nil, "2026-10-25 00:00", "2026-10-26 00:00", 25 * time.Hour},
		{"the short night does not touch 08-18", "Europe/Berlin", 8, 18, nil, nil, "2026-03-28 12:00", "2026-03-30 12:00", 20 * time.Hour},
		{"New York's gap inside the hours", "America/New_York", 1, 4, nil, nil, "2026-03-08 00:00", "2026-03-09 00:00", 2 * time.Hour},
		{"midnight does not exist in Beirut", "Asia/Beirut", 0, 24, nil, nil, "2026-03-28 12:00", "2026-03-29 12:00", 23 * time.Hour},
		{"Samoa skipped 30 December 2011", "Pacific/Apia", 8, 18, nil, nil, "2011-12-29 00:00", "2012-01-01 00:00", 20 * time.Hour},
		{"Samoa, whole days", "Pacific/Apia", 0, 24, nil, nil, "2011-12-29 00:00", "2012-01-01 00:00", 48 * time.Hour},
		{"backwards", "UTC", 0, 24, nil, nil, "2026-03-09 08:00", "2026-03-06 20:00", 0},
		{"no time", "UTC", 0, 24, nil, nil, "2026-03-09 08:00", "2026-03-09 08:00", 0},
	} {
		c := calendar(t, tt.zone, tt.from, tt.to, tt.weekend, tt.holidays...)
		at := func(s string) time.Time {
			parsed, err := time.ParseInLocation("2006-01-02 15:04", s, zone(t, tt.zone))
			if err != nil {
				t.Fatal(err)
			}
			return parsed.UTC()
		}
		if got := c.Between(at(tt.a), at(tt.b)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestZoneDecides gives one span two calendars: people in Tokyo work while those in Los Angeles sleep.
func TestZoneDecides(t *testing.T) {
	a := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	b := a.Add(9 * time.Hour)
	if got := calendar(t, "Asia/Tokyo", 9, 18, satSun).Between(a, b); got != 9*time.Hour {
		t.Errorf("Tokyo: %s", got)
	}
	if got := calendar(t, "America/Los_Angeles", 9, 18, satSun).Between(a, b); got != 2*time.Hour {
		t.Errorf("Los Angeles: %s", got)
	}
}

// TestAdditive cuts random spans in two, in a zone with odd days.
func TestAdditive(t *testing.T) {
	c := calendar(t, "Europe/Berlin", 8, 18, satSun, "2026-05-01")
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	property := func(x, y, z uint32) bool {
		at := func(n uint32) time.Time { return start.Add(time.Duration(n%(366*86400)) * time.Second) }
		p := at(x)
		q := p.Add(time.Duration(y%9000000) * time.Second)
		r := q.Add(time.Duration(z%9000000) * time.Second)
		whole := c.Between(p, r)
		return whole == c.Between(p, q)+c.Between(q, r) && whole <= r.Sub(p) && whole >= 0
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	hours := business.Hours{From: 8 * time.Hour, To: 18 * time.Hour}
	for name, f := range map[string]func() (*business.Calendar, error){
		"no zone":       func() (*business.Calendar, error) { return business.New(nil, hours, nil, nil) },
		"no hours":      func() (*business.Calendar, error) { return business.New(time.UTC, business.Hours{}, nil, nil) },
		"a bad holiday": func() (*business.Calendar, error) { return business.New(time.UTC, hours, nil, []string{"25.12."}) },
		"a day too long": func() (*business.Calendar, error) {
			return business.New(time.UTC, business.Hours{To: 25 * time.Hour}, nil, nil)
		},
		"hours backwards": func() (*business.Calendar, error) {
			return business.New(time.UTC, business.Hours{From: 2, To: 1}, nil, nil)
		},
	} {
		if _, err := f(); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
