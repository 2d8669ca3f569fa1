package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
)

// Waves say how a landed change of an organisation's file takes effect.
type Waves struct {
	// Shares are the parts of the repositories, in percent, rising to 100.
	Shares []float64
	// Minutes lie between two waves.
	Minutes int
	// Factor is how much larger the share of refused changes may become before the waves stop.
	Factor float64
}

const (
	maxWaves       = 10
	maxWaveMinutes = 7 * 24 * 60
)

// WavesOf reads the waves of an organisation's file that is valid. Without any, all repositories come at once.
func WavesOf(name string, data []byte) Waves {
	doc, _ := document.Parse(name, data, MaxOrganisation)
	if doc == nil {
		return Waves{Shares: []float64{100}, Minutes: 10, Factor: 2}
	}
	w, _ := wavesOf(doc)
	return w
}

func wavesOf(doc *document.Document) (Waves, []document.Problem) {
	w := Waves{Minutes: 10, Factor: 2}
	var problems []document.Problem
	last := 0.0
	for i, v := range list(doc.Value("waves")) {
		share, ok := percent(v)
		if !ok || share <= last || share > 100 {
			problems = append(problems, doc.Problem("a wave is a part of all repositories, larger than the one before, such as 10 %",
				"waves", strconv.Itoa(i)))
		}
		last = share
		w.Shares = append(w.Shares, share)
	}
	switch {
	case doc.Has("waves") && len(w.Shares) == 0:
		problems = append(problems, doc.Problem("waves must be a list, as in [1 %, 10 %, 100 %]", "waves"))
	case len(w.Shares) > maxWaves:
		problems = append(problems, doc.Problem(fmt.Sprintf("there are %d waves, the limit is %d", len(w.Shares), maxWaves), "waves"))
	case len(w.Shares) > 0 && last != 100 && len(problems) == 0:
		problems = append(problems, doc.Problem("the last wave must be 100 %, or the change never holds for all", "waves"))
	}
	if len(w.Shares) == 0 {
		w.Shares = []float64{100}
	}
	if doc.Has("wave_minutes") {
		n := number(doc.Value("wave_minutes"))
		if w.Minutes = int(n); n != float64(w.Minutes) || n < 1 || n > maxWaveMinutes {
			what := fmt.Sprintf("wave_minutes is a whole number from 1 to %d", maxWaveMinutes)
			problems = append(problems, doc.Problem(what, "wave_minutes"))
		}
	}
	if doc.Has("stop_factor") {
		if w.Factor = number(doc.Value("stop_factor")); w.Factor < 1 || w.Factor > 100 {
			problems = append(problems, doc.Problem("stop_factor is a number from 1 to 100: how much larger the share of refused pull "+
				"requests may become", "stop_factor"))
		}
	}
	return w, problems
}

// percent reads 10, "10%" and "10 %".
func percent(v any) (float64, bool) {
	if s, ok := v.(string); ok {
		n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%")), 64)
		return n, err == nil && n > 0
	}
	n := number(v)
	return n, n > 0
}
