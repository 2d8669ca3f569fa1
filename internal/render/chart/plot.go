package chart

import (
	"cmp"

	"github.com/lintel-review/lintel/internal/sorting"
)

// plot is what the template of charts with two axes shows.
type plot struct {
	Figure
	Box   size
	Empty bool
	Log   bool
	Ticks []tick
	Names []tick
	Hits  []hit
	Band  string
	Lines []drawn
	Ends  []tick
	Bars  []bar
	Dots  []mark
	Table head
}

// tick is a text at a place of an axis.
type tick struct {
	X, Y  float64
	Label string
	Class string
}

// hit is the area of a column that can be clicked and focused.
type hit struct {
	X, Y, W, H float64
	URL, Label string
	Stop       bool
}

type bar struct {
	X, Y, W, H float64
	Label      string
	Partial    bool
}

type mark struct {
	X, Y       float64
	URL, Label string
	Stop       bool
	Other      bool
}

// ticks labels the vertical axis.
func (p *plot) ticks(s scale) {
	_, h := p.Box.inner()
	values := s.ticks
	if p.Small {
		values = thin(values, 3)
	}
	if p.Small && !s.log { // zero and what lies at even distances from it
		values = nil
		for i, each := 0, max(1, len(s.ticks)/2); i < len(s.ticks); i += each {
			values = append(values, s.ticks[i])
		}
	}
	for _, v := range values {
		p.Ticks = append(p.Ticks, tick{Y: p.Box.Top + h*(1-s.at(v)), Label: s.unit.Format(v)})
	}
}

// columns labels the horizontal axis, and makes the area of each column.
func (p *plot) columns(all []Column, w float64) {
	_, h := p.Box.inner()
	fit := 6
	if p.Small {
		fit = 3
	}
	if len(all) <= 8 && !p.Small {
		fit = len(all)
	}
	every := max(1, (len(all)+fit-1)/fit)
	each := w / float64(max(1, len(all)))
	for i, c := range all {
		left := p.Box.Left + float64(i)*each
		if i%every == 0 {
			p.Names = append(p.Names, tick{X: left + each/2, Label: c.Label})
		}
		p.Hits = append(p.Hits, hit{X: left, Y: p.Box.Top, W: each, H: h, URL: c.URL, Label: c.Name,
			Stop: len(all) < maxStops})
	}
}

// lineHeight is the room that a label at a line's end needs.
const lineHeight = 13

// labelEnds names each line at its end, apart from each other.
func (p *plot) labelEnds(wanted bool) {
	if !wanted || p.Small {
		return
	}
	for _, l := range p.Lines {
		if l.Known {
			p.Ends = append(p.Ends, tick{X: p.Box.W - p.Box.Right + 6, Y: l.EndY, Label: l.Name, Class: l.Class})
		}
	}
	sorting.By(p.Ends, func(a, b tick) int { return cmp.Compare(a.Y, b.Y) })
	for i := 1; i < len(p.Ends); i++ {
		p.Ends[i].Y = max(p.Ends[i].Y, p.Ends[i-1].Y+lineHeight)
	}
}
