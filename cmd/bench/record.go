package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
)

// recordIn writes rows into a file of rows, one a line, in the place of those of the same name. Others stay, and what the
// file does not have is not added.
func recordIn(path string, rows []row, note string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("record what was measured: %w", err)
	}
	lines := strings.Split(string(raw), "\n")
	for i, line := range lines {
		var old row
		text := strings.TrimSuffix(strings.TrimSpace(line), ",")
		if json.Unmarshal([]byte(text), &old) != nil || old.What == "" {
			continue // a bracket
		}
		for _, r := range rows {
			if r.What != old.What || r.Verdict == broken {
				continue
			}
			old.Measured, old.Verdict = r.Measured+" ("+note+")", r.Verdict
			old.Values = map[string]float64{}
			for name, v := range r.Values {
				old.Values[name] = math.Round(v*1000) / 1000
			}
			var now bytes.Buffer
			enc := json.NewEncoder(&now)
			enc.SetEscapeHTML(false) // people read the file, and bars have signs
			if err := enc.Encode(old); err != nil {
				return fmt.Errorf("record what was measured: %w", err)
			}
			lines[i] = strings.Replace(line, text, strings.TrimSpace(now.String()), 1)
		}
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil { //nolint:gosec // documentation is public
		return fmt.Errorf("record what was measured: %w", err)
	}
	return nil
}
