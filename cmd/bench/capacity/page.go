package capacity

import (
	_ "embed" // the page's text
	"fmt"
	"math"
	"strings"
	"text/template"
	"time"
)

//go:embed scale.tmpl
var text string

// Page writes docs/scale.md.
func Page(m Measured) (string, error) {
	t, err := template.New("scale").Funcs(template.FuncMap{
		"n": grouped, "one": func(x float64) string { return fmt.Sprintf("%.1f", x) },
		"ms":  func(d time.Duration) string { return fmt.Sprintf("%.1f", inMS(d)) },
		"raw": inMS,
		"gb":  bytes,
		"off": func(p point) string { return fmt.Sprintf("%.0f %%", 100*p.Off()) },
		"alone": func(granted float64) string {
			byHour, byMinute := m.alone(granted)
			return grouped(round(min(byHour, byMinute)))
		},
		"far": func(trips float64, rtt int) string { return fmt.Sprintf("%.1f", trips*float64(rtt)/1000) },
	}).Parse(text)
	if err != nil {
		return "", fmt.Errorf("read the page's text: %w", err)
	}
	type sized struct {
		need
		Median, Slow time.Duration
	}
	var all []sized
	for _, pulls := range sizes {
		s := sized{need: m.needs(pulls)}
		if pulls < 1_000_000 {
			s.Median, s.Slow = m.waitsAt(pulls)
		}
		all = append(all, s)
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{
		"Needs": all, "Points": m.points(), "M": m, "F": m.Fleets[0], "PerPull": perPull, "Heard": heard, "Peak": peak,
		"Filled": filled * 100, "Writes": writes, "Least": least, "Most": most, "KeptDays": keptDays,
	})
	if err != nil {
		return "", fmt.Errorf("write the page: %w", err)
	}
	return b.String(), nil
}

// round keeps two digits: more would be more than the model knows.
func round(x float64) float64 {
	if x < 10 {
		return math.Round(x)
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	return math.Round(x/unit) * unit
}

// grouped writes 1234567 as 1,200,000.
func grouped(x float64) string {
	digits := fmt.Sprintf("%.0f", round(x))
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), ",")
}

// bytes writes GB so that it is as exact as the model.
func bytes(gb float64) string {
	switch {
	case gb < 1:
		return fmt.Sprintf("%.0f MB", round(gb*1024))
	case gb < 1024:
		return fmt.Sprintf("%.0f GB", round(gb))
	}
	return fmt.Sprintf("%.1f TB", gb/1024)
}
