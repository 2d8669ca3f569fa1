package chart

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/template"
)

// Line is one series of a trend. Values has one for each column; nil is a gap.
type Line struct {
	Name   string
	Values []*float64
}

// Trend is up to three lines over time, such as three percentiles by week.
type Trend struct {
	Figure
	Unit    Unit
	Columns []Column
	Lines   []Line
	// Counted names what N counts, for the table: "changes".
	Counted string
}

// HTML draws the trend.
func (t Trend) HTML() template.HTML {
	box := t.size()
	w, h := box.inner()
	var all []float64
	for _, l := range t.Lines {
		for _, v := range l.Values {
			if v != nil {
				all = append(all, *v)
			}
		}
	}
	p := plot{Figure: t.Figure, Box: box, Empty: len(all) == 0, Table: t.table()}
	s := scaleOf(t.Unit, all)
	p.Log = s.log
	p.ticks(s)
	x := func(i int) float64 { return box.Left + (float64(i)+0.5)*w/float64(max(1, len(t.Columns))) }
	y := func(v float64) float64 { return box.Top + h*(1-s.at(v)) }
	p.columns(t.Columns, w)
	for i, c := range t.Columns {
		p.Hits[i].Label = c.Name + ": " + t.says(i)
	}
	if len(t.Lines) > 1 {
		p.Band = t.band(x, y)
	}
	for k, l := range t.Lines {
		p.Lines = append(p.Lines, trace(k, l, x, y))
	}
	p.labelEnds(len(t.Lines) > 1)
	return draw("plot", p)
}

// says reads one column aloud.
func (t Trend) says(i int) string {
	var words []string
	for _, l := range t.Lines {
		if v := l.Values[i]; v != nil {
			words = append(words, strings.TrimSpace(l.Name+" "+t.Unit.Format(*v)))
		}
	}
	if len(words) == 0 {
		words = []string{"no figure"}
	}
	if t.Counted != "" {
		words = append(words, fmt.Sprintf("%d %s", t.Columns[i].N, t.Counted))
	}
	if t.Columns[i].Partial {
		words = append(words, "not over")
	}
	return strings.Join(words, ", ")
}

func (t Trend) table() head {
	h := head{Columns: []string{"Period"}}
	for _, l := range t.Lines {
		h.Columns = append(h.Columns, l.Name)
	}
	if t.Counted != "" {
		h.Columns = append(h.Columns, t.Counted)
	}
	for i, c := range t.Columns {
		r := row{Name: c.Name, URL: c.URL}
		for _, l := range t.Lines {
			r.Cells = append(r.Cells, shown(t.Unit, l.Values[i]))
		}
		if t.Counted != "" {
			r.Cells = append(r.Cells, fmt.Sprint(c.N))
		}
		h.Rows = append(h.Rows, r)
	}
	return h
}

func shown(u Unit, v *float64) string {
	if v == nil {
		return "–"
	}
	return u.Format(*v)
}

// band is the area between the first and the last line, over each run of columns where both are known.
func (t Trend) band(x func(int) float64, y func(float64) float64) string {
	var b strings.Builder
	low, high := t.Lines[0].Values, t.Lines[len(t.Lines)-1].Values
	for from := 0; from < len(low); {
		to := from
		for to < len(low) && low[to] != nil && high[to] != nil {
			to++
		}
		if to > from+1 {
			for i := from; i < to; i++ {
				fmt.Fprintf(&b, "%s%.1f,%.1f", step(i == from), x(i), y(*high[i]))
			}
			for i := to - 1; i >= from; i-- {
				fmt.Fprintf(&b, "L%.1f,%.1f", x(i), y(*low[i]))
			}
			b.WriteString("Z")
		}
		from = max(to, from+1)
	}
	return b.String()
}

func step(first bool) string {
	if first {
		return "M"
	}
	return "L"
}

// drawn is a line as it is drawn: a path with gaps, and a marker at each value.
type drawn struct {
	Class, Path, Marks, Name string
	EndX, EndY               float64
	Known                    bool
}

func trace(k int, l Line, x func(int) float64, y func(float64) float64) drawn {
	d := drawn{Class: fmt.Sprintf("line%d", k+1), Name: l.Name}
	var path, marks strings.Builder
	before := false
	for i, v := range l.Values {
		if v != nil {
			fmt.Fprintf(&path, "%s%.1f,%.1f", step(!before), x(i), y(*v))
			marks.WriteString(marker(k, x(i), y(*v)))
			d.EndX, d.EndY, d.Known = x(i), y(*v), true
		}
		before = v != nil
	}
	d.Path, d.Marks = path.String(), marks.String()
	return d
}

// marker is a circle, a square or a triangle, as a path.
func marker(k int, x, y float64) string {
	switch k {
	case 0:
		return fmt.Sprintf("M%.1f,%.1fa3,3 0 1,0 6,0a3,3 0 1,0 -6,0", x-3, y)
	case 1:
		return fmt.Sprintf("M%.1f,%.1fh5v5h-5z", x-2.5, y-2.5)
	}
	return fmt.Sprintf("M%.1f,%.1fl3.5,6h-7z", x, y-3.5)
}
