package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// The verdicts of a row; one without a bar has none.
const (
	ok     = "ok"
	miss   = "MISS"
	broken = "FAILED"
)

// row is one line of the table.
type row struct {
	What     string `json:"what"`
	Measured string `json:"measured"`
	Bar      string `json:"bar,omitempty"`
	Verdict  string `json:"verdict,omitempty"`
	Peer     string `json:"peer,omitempty"`
	// Values are the numbers in Measured, by name with unit.
	Values map[string]float64 `json:"values,omitempty"`
	// Notes are printed below the row: lists of calls, critical paths.
	Notes []string `json:"notes,omitempty"`
}

// table prints its rows as they come.
type table struct {
	out   io.Writer
	quiet bool
	rows  []row
}

const layout = "%-58s %-46s %-24s %-6s %s\n"

func (t *table) head(text string) {
	if t.quiet {
		return
	}
	fmt.Fprintf(t.out, "Lintel benchmarks: %s\n\n", text)
	fmt.Fprintf(t.out, layout, "WHAT", "MEASURED", "BAR", "", "PEER")
}

func (t *table) add(r row) {
	t.rows = append(t.rows, r)
	if t.quiet {
		return
	}
	fmt.Fprintf(t.out, layout, r.What, r.Measured, r.Bar, r.Verdict, r.Peer)
	for _, n := range r.Notes {
		fmt.Fprintf(t.out, "    %s\n", n)
	}
}

func (t *table) foot(text string) {
	if !t.quiet {
		fmt.Fprintf(t.out, "\n%s\n", text)
	}
}

func (t *table) missed() bool {
	return slices.ContainsFunc(t.rows, func(r row) bool { return r.Verdict == miss || r.Verdict == broken })
}

// judge is ok when a bar holds.
func judge(holds bool) string {
	if holds {
		return ok
	}
	return miss
}

// sample is a list of times.
type sample []time.Duration

// at is the nearest-rank percentile: the smallest time that p per cent of all do not exceed.
func (s sample) at(p float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	rank := int(float64(len(sorted))*p/100 + 0.999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func (s sample) String() string {
	return fmt.Sprintf("p50 %s, p95 %s, p99 %s, max %s (n=%d)", ms(s.at(50)), ms(s.at(95)), ms(s.at(99)), ms(s.at(100)), len(s))
}

func (s sample) values() map[string]float64 {
	return map[string]float64{"p50_ms": inMS(s.at(50)), "p95_ms": inMS(s.at(95)), "p99_ms": inMS(s.at(99)), "n": float64(len(s))}
}

func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ms writes a time so that it is as exact as it can be read.
func ms(d time.Duration) string {
	switch v := inMS(d); {
	case v < 10:
		return fmt.Sprintf("%.2f ms", v)
	case v < 1000:
		return fmt.Sprintf("%.0f ms", v)
	default:
		return fmt.Sprintf("%.2f s", v/1000)
	}
}

func mb(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/1e6) }

// grouped writes 1234567 as 1,234,567.
func grouped(n int) string {
	text := fmt.Sprint(n)
	var parts []string
	for len(text) > 3 {
		parts = append([]string{text[len(text)-3:]}, parts...)
		text = text[:len(text)-3]
	}
	return strings.Join(append([]string{text}, parts...), ",")
}
