package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Unit is what the values of a chart are.
type Unit int

// The units.
const (
	Seconds Unit = iota
	Count
	// Share is a part of 1, shown in percent.
	Share
)

// Format writes a value for people: "45 s", "1.2 h", "3.4 days", "17", "42 %".
func (u Unit) Format(v float64) string {
	switch u {
	case Share:
		return trim(fmt.Sprintf("%.1f", 100*v)) + " %"
	case Count:
		if v == math.Trunc(v) {
			return strconv.FormatFloat(v, 'f', 0, 64)
		}
		return trim(fmt.Sprintf("%.1f", v))
	}
	return duration(v)
}

func duration(v float64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	switch {
	case v < 10 && v != math.Trunc(v):
		return sign + fmt.Sprintf("%.1f s", v)
	case v < 90:
		return sign + fmt.Sprintf("%.0f s", v)
	case v < 90*60:
		return sign + fmt.Sprintf("%.0f min", v/60)
	case v < 48*3600:
		return sign + trim(fmt.Sprintf("%.1f", v/3600)) + " h"
	case v < 100*86400:
		return sign + trim(fmt.Sprintf("%.1f", v/86400)) + " days"
	}
	return sign + fmt.Sprintf("%.0f days", v/86400)
}

func trim(s string) string { return strings.TrimSuffix(s, ".0") }

// scale maps values to heights.
type scale struct {
	low, high float64
	log       bool
	ticks     []float64
	unit      Unit
}

// wide is the ratio of the largest to the smallest duration above which the axis is logarithmic: on a linear one the
// medians would lie on the floor.
const wide = 25

// floor is the smallest duration that a logarithmic axis shows apart.
const floor = 60

// scaleOf chooses a scale for values, none of them negative.
func scaleOf(u Unit, values []float64) scale {
	least, most := math.Inf(1), 0.0
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	s := scale{unit: u}
	switch {
	case u == Seconds && most > floor && most > wide*max(least, floor):
		s.log = true
		s.low, s.high = lower(max(least, floor)), upper(most)
		for _, t := range roundTimes {
			if t >= s.low && t <= s.high {
				s.ticks = append(s.ticks, t)
			}
		}
		s.ticks = thin(s.ticks, 5)
	case u == Seconds:
		s.linear(timeStep(most), most)
	case u == Share:
		s.linear(decimalStep(max(most, 0.01)), max(most, 0.01))
	default:
		s.linear(max(1, decimalStep(max(most, 1))), max(most, 1))
	}
	return s
}

// linear makes three to five ticks from zero.
func (s *scale) linear(step, most float64) {
	s.high = math.Max(step, math.Ceil(most/step-1e-9)*step)
	for v := 0.0; v <= s.high+step/2; v += step {
		s.ticks = append(s.ticks, v)
	}
}

// at is the share of the height at which v lies.
func (s scale) at(v float64) float64 {
	if s.log {
		v = math.Max(v, s.low)
		return math.Log(v/s.low) / math.Log(s.high/s.low)
	}
	return v / s.high
}

// roundTimes are durations that people think in.
var roundTimes = []float64{60, 300, 900, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 86400, 2 * 86400, 4 * 86400, 7 * 86400,
	14 * 86400, 30 * 86400, 60 * 86400, 120 * 86400, 365 * 86400, 1000 * 86400}

// lower and upper are the round times around a value.
func lower(v float64) float64 {
	found := roundTimes[0]
	for _, t := range roundTimes {
		if t <= v {
			found = t
		}
	}
	return found
}

func upper(v float64) float64 {
	for _, t := range roundTimes {
		if t >= v {
			return t
		}
	}
	return v
}

// timeStep is a round time that divides most into three to five.
func timeStep(most float64) float64 {
	for _, step := range []float64{1, 5, 15, 30, 60, 300, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 86400,
		2 * 86400, 4 * 86400, 7 * 86400, 14 * 86400, 30 * 86400, 60 * 86400, 120 * 86400} {
		if most <= 5*step {
			return step
		}
	}
	return most / 4
}

// decimalStep is 1, 2 or 5 times a power of ten that divides most into three to five.
func decimalStep(most float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(most/4)))
	for _, m := range []float64{1, 2, 5} {
		if most <= 5*m*power {
			return m * power
		}
	}
	return 10 * power
}

// thin keeps at most n of the values, evenly, with the last.
func thin(values []float64, n int) []float64 {
	step := (len(values) + n - 1) / n
	if step < 2 {
		return values
	}
	var out []float64
	for i := (len(values) - 1) % step; i < len(values); i += step {
		out = append(out, values[i])
	}
	return out
}
