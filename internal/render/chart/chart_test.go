package chart_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/render/chart"
)

var update = flag.Bool("update", false, "write the golden files anew")

func known(values ...float64) (all []*float64) {
	for _, v := range values {
		if v < 0 {
			all = append(all, nil)
			continue
		}
		all = append(all, &v)
	}
	return all
}

func weeks(n int) (all []chart.Column) {
	for i := range n {
		label := fmt.Sprintf("W%02d", i+1)
		all = append(all, chart.Column{Label: label, Name: "week " + label, URL: "/flow/pulls?week=" + label,
			N: int64(10 * i), Partial: i == n-1})
	}
	return all
}

const hostile = `"><script>alert(1)</script><img src=x onerror='x'>javascript:alert(2)`

// figures are one chart of each kind.
func figures() map[string]template.HTML {
	figure := func(id, title, sentence string) chart.Figure {
		return chart.Figure{ID: id, Title: title, Sentence: sentence, Definition: "/definitions#x",
			Notes: []string{"40 pull requests", "bots left out"}}
	}
	day := func(d int) time.Time { return time.Date(2026, 3, d, 12, 0, 0, 0, time.UTC) }
	small := figure("small", "Small", "One line.")
	small.Small, small.Badge = true, "merges (proxy)"
	return map[string]template.HTML{
		"trend": chart.Trend{Figure: figure("cycle", "Ready to merged", "The median fell."), Columns: weeks(5),
			Counted: "merged",
			Lines: []chart.Line{{"p50", known(3600, 4000, -1, 3000, 2000)}, {"p75", known(9e3, 1e4, -1, 9000, 8000)},
				{"p90", known(4e5, 3e5, -1, 2e5, 1e5)}}}.HTML(),
		"small": chart.Trend{Figure: small, Unit: chart.Share, Columns: weeks(3),
			Lines: []chart.Line{{"rate", known(0.1, 0, 0.05)}}}.HTML(),
		"bars": chart.Bars{Figure: figure("merged", "Merged", "Three a week."), Unit: chart.Count, Columns: weeks(4),
			Values: known(3, 0, -1, 7), Measured: "merged"}.HTML(),
		"stack": chart.Stack{Figure: figure("stages", "Where the time goes", "Half of it is waiting."),
			Segments: []chart.Segment{
				{Name: "Coding", Share: 0.25, Value: "40 h", URL: "/definitions#coding", Class: 1},
				{Name: "Pickup", Share: 0.75, Value: "120 h", Class: 2},
				{Name: "Deploy", Class: 7}}}.HTML(),
		"scatter": chart.Scatter{Figure: figure("each", "Each pull request", "Most are quick."), From: day(1), To: day(11),
			Value:  "time",
			Labels: []string{"1 Mar", "6 Mar"}, OtherName: "not reviewed",
			Dots: []chart.Dot{{At: day(2), Value: 600, Label: "#1, 10 min", URL: "/1"},
				{At: day(9), Value: 90000, Label: "#2, 25 h", Other: true}}}.HTML(),
		"nothing": chart.Trend{Figure: figure("none", "Nothing", "No pull request."), Columns: weeks(2),
			Lines: []chart.Line{{"p50", known(-1, -1)}}}.HTML(),
		"hostile": chart.Scatter{Figure: chart.Figure{ID: "h", Title: hostile, Sentence: hostile, Notes: []string{hostile},
			Definition: hostile,
			Badge:      hostile}, From: day(1), To: day(2), Value: hostile, Labels: []string{hostile},
			Dots: []chart.Dot{{At: day(1), Value: 1, Label: hostile, URL: "javascript:alert(1)"}}}.HTML(),
	}
}

func TestGolden(t *testing.T) {
	for name, got := range figures() {
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || string(want) != string(got) {
			t.Errorf("%s differs from %s (%v); look at it with -update:\n%s", name, file, err, got)
		}
	}
}

// Every chart is well-formed, and free of scripts, style attributes and addresses that run code.
func TestEveryChartIsSafe(t *testing.T) {
	for name, got := range figures() {
		d := xml.NewDecoder(strings.NewReader(string(got)))
		d.Strict, d.Entity = true, xml.HTMLEntity
		seen := map[string]int{}
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is not well-formed: %v\n%s", name, err, got)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			seen[e.Name.Local]++
			if e.Name.Local == "script" || e.Name.Local == "img" {
				t.Errorf("%s holds <%s>", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" ||
					a.Name.Local == "href" && strings.HasPrefix(a.Value, "javascript:") {
					t.Errorf("%s: <%s %s=%q>", name, e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
		if seen["figure"] != 1 || seen["figcaption"] != 1 || seen["details"] != 1 || seen["table"] != 1 {
			t.Errorf("%s lacks a part: %v", name, seen)
		}
	}
}

// A missing value breaks the line, and is neither drawn as zero nor shown as one.
func TestGaps(t *testing.T) {
	got := string(figures()["trend"])
	if strings.Count(got, "week W03: no figure") != 2 || !strings.Contains(got,
		"<td>–</td><td>–</td><td>–</td><td>20</td>") {
		t.Error(got)
	}
	_, rest, _ := strings.Cut(got, `<path class="line1" d="`)
	path, _, _ := strings.Cut(rest, `"`)
	if strings.Count(path, "M") != 2 || strings.Count(path, "L") != 2 {
		t.Errorf("the line is not broken once: %s", path)
	}
	bars := string(figures()["bars"])
	if strings.Count(bars, `<rect class="bar`) != 3 || !strings.Contains(bars, "week W02: 0 merged") ||
		!strings.Contains(bars, "week W03: no figure") {
		t.Errorf("a zero is a bar and a gap is none: %s", bars)
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		unit  chart.Unit
		value float64
		want  string
	}{
		{chart.Seconds, 0, "0 s"}, {chart.Seconds, 89, "89 s"}, {chart.Seconds, 90, "2 min"},
		{chart.Seconds, 5400, "1.5 h"},
		{chart.Seconds, 172800, "2 days"}, {chart.Seconds, 1e7, "116 days"}, {chart.Seconds, -5400, "-1.5 h"},
		{chart.Count, 1234, "1234"}, {chart.Count, 2.5, "2.5"}, {chart.Share, 0.125, "12.5 %"}, {chart.Share, 1, "100 %"},
	} {
		if got := c.unit.Format(c.value); got != c.want {
			t.Errorf("%v %v: %q, want %q", c.unit, c.value, got, c.want)
		}
	}
}

// Marks stay inside the drawing area, whatever the values.
func TestInside(t *testing.T) {
	for _, top := range []float64{0, 1, 59, 61, 3599, 86399, 1e6, 4e8} {
		for _, unit := range []chart.Unit{chart.Seconds, chart.Count, chart.Share} {
			got := string(chart.Trend{Unit: unit, Columns: weeks(2), Lines: []chart.Line{{"p50", known(0, top)}}}.HTML())
			_, rest, _ := strings.Cut(got, `<path class="line1" d="`)
			var x, y [2]float64
			if n, err := fmt.Sscanf(rest, "M%f,%fL%f,%f", &x[0], &y[0], &x[1], &y[1]); n != 4 {
				t.Fatalf("%v %v: %v %s", unit, top, err, rest)
			}
			for i := range y {
				if y[i] < 14 || y[i] > 220 || x[i] < 52 || x[i] > 476 {
					t.Errorf("%v of %v lies at %v,%v", unit, top, x[i], y[i])
				}
			}
			if n := strings.Count(got, `text-anchor="end"`); n < 2 || n > 6 {
				t.Errorf("%v of %v has %d ticks", unit, top, n)
			}
		}
	}
}
