package survey

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Threshold is what a tool's configuration asks of coverage, in percent and points. Fields that it says nothing of are nil.
type Threshold struct {
	// Tool is the tool's name, Found the file.
	Tool, Found string
	// Project is the least rate of all lines, Patch that of the added ones.
	Project, Patch *float64
	// Drop is by how much the project may fall, PatchSlack by how much the patch may miss its rate.
	Drop, PatchSlack *float64
}

// MaxConfig is how large a file of Configs may be, in bytes; a larger one is not read.
const MaxConfig = 256 << 10

// configs read thresholds, by the names of the files that hold them, the most telling tool first.
var configs = []struct {
	tool, names string
	read        func(text []byte) Threshold
}{
	{"Codecov", "codecov.yml codecov.yaml .codecov.yml .codecov.yaml .github/codecov.yml .github/.codecov.yml dev/codecov.yml", codecov},
	{"coverage.py", ".coveragerc", func(text []byte) Threshold { return Threshold{Project: sectioned(text, "report")} }},
	{"coverage.py", "pyproject.toml", func(text []byte) Threshold { return Threshold{Project: sectioned(text, "tool.coverage.report")} }},
	{"coverage.py", "setup.cfg tox.ini", func(text []byte) Threshold { return Threshold{Project: sectioned(text, "coverage:report")} }},
	{"Jest", "jest.config.json", func(text []byte) Threshold { return Threshold{Project: jest(text, false)} }},
	{"Jest", "package.json", func(text []byte) Threshold { return Threshold{Project: jest(text, true)} }},
	{"Jest", "jest.config.js jest.config.ts jest.config.mjs jest.config.cjs", scripted("coverageThreshold")},
	{"nyc", ".nycrc .nycrc.json", func(text []byte) Threshold { return Threshold{Project: nyc(text, false)} }},
	{"nyc", "package.json", func(text []byte) Threshold { return Threshold{Project: nyc(text, true)} }},
	{"Vitest", "vitest.config.ts vitest.config.js vitest.config.mts vitest.config.mjs vite.config.ts vite.config.js",
		scripted("thresholds")},
	{"go-test-coverage", ".testcoverage.yml .testcoverage.yaml", func(text []byte) Threshold {
		return Threshold{Project: percent(value(text, "threshold", "total"))}
	}},
	{"SimpleCov", ".simplecov", func(text []byte) Threshold { return Threshold{Project: matched(simplecov, text)} }},
}

// IsConfig reports whether a file at the root of a repository, or in .github or dev, may hold a threshold.
func IsConfig(file string) bool {
	for _, c := range configs {
		if slices.Contains(strings.Fields(c.names), file) {
			return true
		}
	}
	return false
}

// Thresholds are what the configurations ask for, by the paths of their files; of several tools that say the same thing
// the first one counts.
func Thresholds(files map[string][]byte) (Threshold, bool) {
	for _, c := range configs {
		for _, name := range strings.Fields(c.names) {
			text, ok := files[name]
			if !ok || len(text) > MaxConfig {
				continue
			}
			if t := c.read(text); t.Project != nil || t.Patch != nil || t.Drop != nil {
				t.Tool, t.Found = c.tool, name
				return t, true
			}
		}
	}
	return Threshold{}, false
}

// value is the value at a path of a YAML file, nil when there is none.
func value(text []byte, steps ...string) any {
	d, _ := document.Parse("", text, MaxConfig)
	if d == nil {
		return nil
	}
	return d.Value(steps...)
}

// codecov reads coverage.status.project and .patch, each a map of named statuses of which "default" counts, else the only one.
// https://docs.codecov.com/docs/commit-status
func codecov(text []byte) Threshold {
	var t Threshold
	status, _ := value(text, "coverage", "status").(map[string]any)
	if s := defaultOf(status["project"]); s != nil {
		target, slack := percent(s["target"]), percent(s["threshold"])
		switch {
		case target != nil:
			least := *target
			if slack != nil {
				least = max(least-*slack, 0)
			}
			t.Project = &least
		case slack != nil:
			t.Drop = slack
		case s["target"] == "auto":
			t.Drop = new(float64)
		}
	}
	if s := defaultOf(status["patch"]); s != nil {
		if t.Patch = percent(s["target"]); t.Patch != nil {
			t.PatchSlack = percent(s["threshold"])
		}
	}
	return t
}

func defaultOf(v any) map[string]any {
	statuses, _ := v.(map[string]any)
	if d, ok := statuses["default"].(map[string]any); ok {
		if d["informational"] == true || d["enabled"] == false {
			return nil
		}
		return d
	}
	if len(statuses) == 1 {
		for _, only := range statuses {
			d, _ := only.(map[string]any)
			if d["informational"] == true || d["paths"] != nil || d["flags"] != nil {
				return nil
			}
			return d
		}
	}
	return nil
}

// percent reads 80, 80.5, "80%" and "80"; nil for all that is no rate.
func percent(v any) *float64 {
	text := strings.TrimSpace(fmt.Sprint(v))
	if v == nil || len(text) > 20 {
		return nil
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, "%")), 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 100 {
		return nil
	}
	n = math.Round(100*n) / 100
	return &n
}

var failUnder = lazyregexp.New(`^\s*fail_under\s*=\s*["']?([0-9.]+)["']?\s*(?:[#;].*)?$`)

// sectioned finds fail_under in a section of an INI or TOML file.
func sectioned(text []byte, section string) *float64 {
	inside := false
	for line := range strings.SplitSeq(string(text), "\n") {
		line = strings.TrimRight(line, " \t\r")
		if head := strings.TrimSpace(line); strings.HasPrefix(head, "[") {
			inside = strings.TrimSpace(strings.Trim(head, "[]")) == section
			continue
		}
		if m := failUnder.FindStringSubmatch(line); inside && m != nil {
			return percent(m[1])
		}
	}
	return nil
}

// jest reads coverageThreshold.global.lines of its own file, or of "jest" in package.json.
func jest(text []byte, within bool) *float64 {
	type configured struct {
		CoverageThreshold struct {
			Global map[string]any `json:"global"`
		} `json:"coverageThreshold"`
	}
	var pkg struct{ Jest configured }
	var own configured
	if within {
		if json.Unmarshal(text, &pkg) != nil {
			return nil
		}
		own = pkg.Jest
	} else if json.Unmarshal(text, &own) != nil {
		return nil
	}
	return lines(own.CoverageThreshold.Global)
}

// nyc reads "lines" where check-coverage is on, of its own file or of "nyc" in package.json.
func nyc(text []byte, within bool) *float64 {
	var own map[string]any
	if within {
		var pkg struct{ Nyc map[string]any }
		if json.Unmarshal(text, &pkg) != nil {
			return nil
		}
		own = pkg.Nyc
	} else if json.Unmarshal(text, &own) != nil {
		if own, _ = value(text).(map[string]any); own == nil {
			return nil
		}
	}
	if own["check-coverage"] != true && own["checkCoverage"] != true {
		return nil
	}
	if n := lines(own); n != nil {
		return n
	}
	least := 90.0 // nyc's own when it only says that coverage is checked
	return &least
}

// lines is the least rate of lines, else of statements, which is what most files that name one mean by coverage.
func lines(of map[string]any) *float64 {
	if n := percent(of["lines"]); n != nil {
		return n
	}
	return percent(of["statements"])
}

var (
	simplecov = lazyregexp.New(`(?m)^\s*(?:SimpleCov\.)?minimum_coverage\s*\(?\s*(?:line:\s*)?([0-9.]+)`)
	ofLines   = lazyregexp.New(`(?:^|[\s{,])["']?lines["']?\s*:\s*([0-9.]+)`)
)

func matched(pattern *lazyregexp.Regexp, text []byte) *float64 {
	if m := pattern.FindSubmatch(text); m != nil {
		return percent(string(m[1]))
	}
	return nil
}

// scripted looks for "lines: 80" behind a key of a configuration that is a program: such a file can only be read by its looks.
func scripted(key string) func([]byte) Threshold {
	start := regexp.MustCompile(`(?m)^[^/*\n]*\b` + key + `["']?\s*:\s*\{`)
	return func(text []byte) Threshold {
		at := start.FindIndex(text)
		if at == nil {
			return Threshold{}
		}
		return Threshold{Project: matched(ofLines, text[at[1]:min(len(text), at[1]+400)])}
	}
}
