package chart

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/template"
)

// Segment is one part of a stacked bar.
type Segment struct {
	Name string
	// Share is its part of 1.
	Share float64
	// Value is shown beside the share: the hours, say.
	Value string
	// URL leads to what is behind it or to its definition (empty: no link).
	URL string
	// Class chooses its colour among 1 to 8.
	Class int
}

// Stack is one bar that is split into shares of 1.
type Stack struct {
	Figure
	Segments []Segment
}

// HTML draws the bar. Segments without a share are only in the key.
func (s Stack) HTML() template.HTML {
	const width, height, tall = 920, 56, 44
	v := stacked{Figure: s.Figure, W: width, H: height, Tall: tall, Empty: true,
		Table: head{Columns: []string{"Stage", "Share", "Total"}}}
	x := 0.0
	for i, g := range s.Segments {
		share := Share.Format(g.Share)
		piece := piece{
			X:     x,
			W:     g.Share * width,
			Name:  g.Name,
			Share: share,
			Value: g.Value,
			URL:   g.URL,
			Class: fmt.Sprintf("stage%d", g.Class),
			Hatch: i%2 == 1,
		}
		piece.Label = fmt.Sprintf("%s: %s, %s", g.Name, share, g.Value)
		x += piece.W
		v.Empty = v.Empty && g.Share == 0
		v.Pieces = append(v.Pieces, piece)
		v.Table.Rows = append(v.Table.Rows, row{g.Name, g.URL, []string{share, g.Value}})
	}
	return draw("stack", v)
}

type stacked struct {
	Figure
	W, H, Tall int
	Empty      bool
	Pieces     []piece
	Table      head
}

type piece struct {
	Name, Share, Value, URL, Class, Label string
	X, W                                  float64
	Hatch                                 bool
}
