// Package chart draws charts as inline SVG for pages without JavaScript: trends, bars, a stacked bar, and a scatter of
// changes. It is pure: equal values give equal HTML.
//
// Callers may rely on this:
//   - every chart is a figure with a sentence that says what it shows, and a table with the same numbers;
//   - a missing value is a gap, never a zero;
//   - nothing is told by colour alone: lines differ by dash and marker, segments by number and pattern;
//   - colours come from the page's CSS variables; the HTML has no style attribute and no script;
//   - every mark with an address is a link with a name, in the order of the tab key while there are few of them; the
//     table always has the same links;
//   - text of others is escaped by package template alone.
package chart

import (
	"bytes"
	_ "embed"
	"strconv"

	"github.com/lintel-review/lintel/internal/template"
)

// Figure is what every chart has.
type Figure struct {
	// ID is unique on the page: lower-case letters, digits and dashes.
	ID    string
	Title string
	// Sentence says in words what the chart shows.
	Sentence string
	// Notes stand below: how many were counted, what is left out, how old the data is.
	Notes []string
	// Definition is the address of the figure's definition (empty: no link).
	Definition string
	// Badge names the source of the numbers, such as "merges (proxy)"; empty shows none.
	Badge string
	// Small draws a chart of a third of the width, Wide one of the whole width.
	Small, Wide bool
}

// Column is one place on the horizontal axis, a week for example.
type Column struct {
	// Label is short, for the axis; Name is whole, for the table and for screen readers.
	Label, Name string
	// URL leads to what is behind the column (empty: no link).
	URL string
	// N is how many values are behind it.
	N int64
	// Partial is true for a period that is not over.
	Partial bool
}

// head is the table of a chart.
type head struct {
	Columns []string
	Rows    []row
}

type row struct {
	Name, URL string
	Cells     []string
}

//go:embed chart.html
var source string

var templates = template.Text(source, template.Funcs{
	"f":      func(v float64) string { return trim(strconv.FormatFloat(v, 'f', 1, 64)) },
	"sub":    func(a, b float64) float64 { return a - b },
	"mid":    func(x, w float64) float64 { return x + w/2 },
	"top":    func(y float64) float64 { return y - 4 },
	"sample": sample,
}, template.Views{"plot": plot{}, "stack": stacked{}})

// sample is the marker of a line, for the key.
func sample(class string) string {
	return marker(int(class[len(class)-1]-'1'), 14, 5)
}

// draw executes one of the templates over values that are all ours in shape.
func draw(name string, data any) template.HTML {
	var b bytes.Buffer
	if err := templates.Execute(&b, name, data); err != nil {
		// Only a template that does not fit its data can fail: writing to memory does not.
		return template.HTML("<p>" + template.Escape("This chart could not be drawn: "+err.Error()) + "</p>")
	}
	return template.HTML(b.String())
}

// size is the drawing area of a figure in units of its view box.
type size struct{ W, H, Left, Right, Top, Bottom float64 }

func (f Figure) size() size {
	if f.Small {
		return size{W: 300, H: 150, Left: 46, Right: 14, Top: 12, Bottom: 24}
	}
	if f.Wide {
		return size{W: 1100, H: 300, Left: 60, Right: 14, Top: 14, Bottom: 30}
	}
	return size{W: 520, H: 250, Left: 52, Right: 44, Top: 14, Bottom: 30}
}

func (s size) inner() (w, h float64) { return s.W - s.Left - s.Right, s.H - s.Top - s.Bottom }

// maxStops is how many marks of one chart the tab key visits. Beyond it the table's links do.
const maxStops = 27
