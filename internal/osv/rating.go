package osv

import (
	"math"
	"strconv"
	"strings"
)

// rate is how bad a record says its fault is: by the word of its database, else by the base score of CVSS 3. Vectors of
// other versions of CVSS have no score here.
func rate(stated []severity, word string) (rating, score string) {
	for _, s := range stated {
		if n, ok := cvss3(s.Score); ok && s.Type == "CVSS_V3" {
			rating, score = ratingOf(n), strconv.FormatFloat(n, 'f', 1, 64)
		}
	}
	switch w := strings.ToLower(word); w {
	case "low", "medium", "high", "critical":
		rating = w
	case "moderate":
		rating = "medium"
	}
	return rating, score
}

// ratingOf is the word for a score, by the table of CVSS 3.1.
func ratingOf(score float64) string {
	switch {
	case score == 0:
		return ""
	case score < 4:
		return "low"
	case score < 7:
		return "medium"
	case score < 9:
		return "high"
	}
	return "critical"
}

// weights are those of CVSS 3.1's metrics.
var weights = map[string]map[string]float64{
	"AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
	"AC": {"L": 0.77, "H": 0.44},
	"PR": {"N": 0.85, "L": 0.62, "H": 0.27},
	"UI": {"N": 0.85, "R": 0.62},
	"C":  {"H": 0.56, "L": 0.22, "N": 0},
	"I":  {"H": 0.56, "L": 0.22, "N": 0},
	"A":  {"H": 0.56, "L": 0.22, "N": 0},
}

// cvss3 is the base score of a vector "CVSS:3.1/AV:N/AC:L/...".
func cvss3(vector string) (float64, bool) {
	rest, ok := strings.CutPrefix(vector, "CVSS:3.")
	if !ok {
		return 0, false
	}
	metrics := map[string]string{}
	for part := range strings.SplitSeq(rest, "/") {
		if name, value, found := strings.Cut(part, ":"); found {
			metrics[name] = value
		}
	}
	w := map[string]float64{}
	for name, values := range weights {
		value, known := values[metrics[name]]
		if !known {
			return 0, false
		}
		w[name] = value
	}
	changed := metrics["S"] == "C"
	if !changed && metrics["S"] != "U" {
		return 0, false
	}
	if changed && metrics["PR"] == "L" {
		w["PR"] = 0.68
	}
	if changed && metrics["PR"] == "H" {
		w["PR"] = 0.5
	}
	missed := 1 - (1-w["C"])*(1-w["I"])*(1-w["A"])
	impact := 6.42 * missed
	if changed {
		impact = 7.52*(missed-0.029) - 3.25*math.Pow(missed-0.02, 15)
	}
	if impact <= 0 {
		return 0, true
	}
	total := impact + 8.22*w["AV"]*w["AC"]*w["PR"]*w["UI"]
	if changed {
		total *= 1.08
	}
	return roundUp(min(total, 10)), true
}

// roundUp gives one decimal, as CVSS 3.1 rounds.
func roundUp(n float64) float64 {
	whole := int(math.Round(n * 100_000))
	if whole%10_000 == 0 {
		return float64(whole) / 100_000
	}
	return (math.Floor(float64(whole)/10_000) + 1) / 10
}
