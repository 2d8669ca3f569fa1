// Package business is the clock of working hours: how much of a span of time lies in them.
//
// Callers may rely on: a span's business time is never longer than the span, and of two spans that touch it is the sum.
package business

import (
	"errors"
	"fmt"
	"time"
)

// Calendar says when people work. The zone's own history counts: a day may have 23, 24 or 25 hours, or be missing.
type Calendar struct {
	zone     *time.Location
	from, to time.Duration
	weekend  map[time.Weekday]bool
	holidays map[string]bool
}

// Hours are the working hours of a day, as time since midnight by the wall clock: 8h to 18h, or 0 to 24h for whole days.
type Hours struct{ From, To time.Duration }

// New checks that the hours make a day. Holidays are dates, "2026-12-25"; the weekend may be any days, or none.
func New(zone *time.Location, hours Hours, weekend []time.Weekday, holidays []string) (*Calendar, error) {
	if zone == nil {
		return nil, errors.New("make business calendar: no time zone")
	}
	if hours.From < 0 || hours.To > 24*time.Hour || hours.From >= hours.To {
		return nil, fmt.Errorf("make business calendar: the hours from %s to %s are no part of a day", hours.From, hours.To)
	}
	c := &Calendar{
		zone:     zone,
		from:     hours.From,
		to:       hours.To,
		weekend:  map[time.Weekday]bool{},
		holidays: map[string]bool{},
	}
	for _, day := range weekend {
		c.weekend[day] = true
	}
	for _, day := range holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, fmt.Errorf("make business calendar: the holiday %q is no date such as 2026-12-25", day)
		}
		c.holidays[day] = true
	}
	return c, nil
}

// Between is how much of the span from a to b is working time. It is 0 when b is not after a.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	total := time.Duration(0)
	if !b.After(a) {
		return total
	}
	first := a.In(c.zone)
	// The wall clock of noon exists on every day that exists; midnight does not.
	for i := 0; ; i++ {
		noon := time.Date(first.Year(), first.Month(), first.Day()+i, 12, 0, 0, 0, c.zone)
		start := c.at(noon, c.from)
		if !start.Before(b) {
			return total
		}
		if c.weekend[noon.Weekday()] || c.holidays[noon.Format(time.DateOnly)] || c.missing(first, i, noon) {
			continue
		}
		end := c.at(noon, c.to)
		if start.Before(a) {
			start = a
		}
		if end.After(b) {
			end = b
		}
		if end.After(start) {
			total += end.Sub(start)
		}
	}
}

// at is a time of a day by the wall clock. A time that the zone skips is the moment of the jump.
func (c *Calendar) at(noon time.Time, since time.Duration) time.Time {
	minutes := int(since / time.Minute)
	wall := func(zone *time.Location) time.Time {
		return time.Date(noon.Year(), noon.Month(), noon.Day(), minutes/60, minutes%60, 0, 0, zone)
	}
	t, want := wall(c.zone), wall(time.UTC)
	_, offset := t.Zone()
	shown := t.Add(time.Duration(offset) * time.Second)
	switch jump, end := t.ZoneBounds(); {
	case shown.Before(want):
		return end
	case shown.After(want):
		return jump
	}
	return t
}

// missing reports whether the i-th day is one that the zone skipped, as Samoa did with 30 December 2011.
func (c *Calendar) missing(first time.Time, i int, noon time.Time) bool {
	want := time.Date(first.Year(), first.Month(), first.Day()+i, 12, 0, 0, 0, time.UTC)
	return noon.Day() != want.Day()
}
