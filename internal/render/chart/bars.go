package chart

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/template"
)

// Bars are one value for each column: merged changes by week, or how many took how long.
type Bars struct {
	Figure
	Unit    Unit
	Columns []Column
	// Values has one for each column; nil is a gap, and zero is a bar of no height.
	Values []*float64
	// Measured names the values, for the table: "merged".
	Measured string
	// Axis names what the columns are; empty is "Period".
	Axis string
}

// HTML draws the bars.
func (b Bars) HTML() template.HTML {
	box := b.size()
	if !b.Small {
		box.Right = 14
	}
	w, h := box.inner()
	var all []float64
	for _, v := range b.Values {
		if v != nil {
			all = append(all, *v)
		}
	}
	s := scaleOf(b.Unit, all)
	if s.log { // the length of a bar means nothing on a logarithmic axis
		s = scale{unit: b.Unit}
		s.linear(timeStep(all[0]), largest(all))
	}
	axis := "Period"
	if b.Axis != "" {
		axis = b.Axis
	}
	p := plot{Figure: b.Figure, Box: box, Empty: len(all) == 0, Table: head{Columns: []string{axis, b.Measured}}}
	p.ticks(s)
	p.columns(b.Columns, w)
	each := w / float64(max(1, len(b.Columns)))
	gap := min(6, each*0.2)
	for i, c := range b.Columns {
		says := "no figure"
		if v := b.Values[i]; v != nil {
			tall := h * s.at(*v)
			says = b.Unit.Format(*v)
			label := ""
			if len(b.Columns) <= 8 && !b.Small {
				label = says
			}
			p.Bars = append(p.Bars, bar{box.Left + float64(i)*each + gap/2, box.Top + h - tall, each - gap, tall, label,
				c.Partial})
		}
		p.Table.Rows = append(p.Table.Rows, row{c.Name, c.URL, []string{says}})
		p.Hits[i].Label = fmt.Sprintf("%s: %s %s", c.Name, says, b.Measured)
		if c.Partial {
			p.Hits[i].Label += ", not over"
		}
	}
	return draw("plot", p)
}

func largest(all []float64) (most float64) {
	for _, v := range all {
		most = max(most, v)
	}
	return most
}
