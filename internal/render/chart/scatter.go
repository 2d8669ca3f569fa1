package chart

import (
	"time"

	"github.com/lintel-review/lintel/internal/template"
)

// Dot is one change of a scatter.
type Dot struct {
	At    time.Time
	Value float64
	// Label reads it aloud: its name and its value.
	Label, URL string
	// Other draws it as a hollow diamond: it was not reviewed, say.
	Other bool
}

// Scatter has one dot for each change, by time.
type Scatter struct {
	Figure
	Unit     Unit
	From, To time.Time
	Dots     []Dot
	// Labels are those of the horizontal axis, at even distances.
	Labels []string
	// Value and OtherName name the values and the hollow dots.
	Value, OtherName string
}

// HTML draws the scatter.
func (s Scatter) HTML() template.HTML {
	box := s.size()
	w, h := box.inner()
	var all []float64
	for _, d := range s.Dots {
		all = append(all, d.Value)
	}
	p := plot{Figure: s.Figure, Box: box, Empty: len(all) == 0, Table: head{Columns: []string{"Pull request", s.Value}}}
	axis := scaleOf(s.Unit, all)
	p.Log = axis.log
	p.ticks(axis)
	for i, label := range s.Labels {
		p.Names = append(p.Names, tick{X: box.Left + (float64(i)+0.5)*w/float64(len(s.Labels)), Label: label})
	}
	span := max(1, s.To.Sub(s.From).Seconds())
	for _, d := range s.Dots {
		at := min(1, max(0, d.At.Sub(s.From).Seconds()/span))
		p.Dots = append(p.Dots, mark{box.Left + at*w, box.Top + h*(1-axis.at(d.Value)), d.URL, d.Label,
			len(s.Dots) < maxStops, d.Other})
		value := s.Unit.Format(d.Value)
		if d.Other {
			value += " (" + s.OtherName + ")"
		}
		p.Table.Rows = append(p.Table.Rows, row{d.Label, d.URL, []string{value}})
	}
	return draw("plot", p)
}
