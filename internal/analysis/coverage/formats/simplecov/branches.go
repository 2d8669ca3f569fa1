package simplecov

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
)

// branches reads the branches of one file: by condition, "[:if, 0, 3, 4, 7, 7]": {"[:then, 1, 4, 6, 4, 9]": 1}, as Ruby
// names them with a kind, an id and a place; or a list of branches with their kind, lines and count, as the JSON
// formatter has it.
func branches(lines *report.LineSet, raw json.RawMessage) error {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] == '[':
		return listed(lines, raw)
	}
	var conditions map[string]map[string]json.Number
	if err := json.Unmarshal(raw, &conditions); err != nil {
		return err
	}
	for condition, list := range conditions {
		n, err := place(condition)
		if err != nil {
			return err
		}
		for name, count := range list {
			ran, err := report.Count(count.String())
			if err != nil {
				return err
			}
			if err := lines.Branch(n, []byte(condition+name), ran); err != nil {
				return err
			}
		}
	}
	return nil
}

// place is the first line of "[:if, 0, 3, 4, 7, 7]".
func place(name string) (int, error) {
	fields := strings.Split(strings.Trim(name, "[]"), ",")
	if len(fields) < 3 {
		return 0, errors.New("a condition is not named by its kind, id and place")
	}
	return report.LineNumber(strings.TrimSpace(fields[2]))
}

// listed reads the list of the JSON formatter. It does not say which branches belong to one condition: a "then" or the
// first branch of a run stands with the line of its condition, and an "else" of the same run goes there too.
func listed(lines *report.LineSet, raw json.RawMessage) error {
	var list []struct {
		Kind   string          `json:"type"`
		Start  int             `json:"start_line"`
		Inline bool            `json:"inline"`
		Count  json.RawMessage `json:"coverage"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	at := 0
	for i, b := range list {
		if b.Kind != "else" || i == 0 {
			if at = b.Start; !b.Inline {
				at--
			}
		}
		if text := string(b.Count); text == `"ignored"` || text == "null" || text == "" {
			continue
		}
		ran, err := report.Count([]byte(b.Count))
		if err != nil {
			return err
		}
		if err := lines.Branch(at, strconv.AppendInt([]byte(b.Kind), int64(i), 10), ran); err != nil {
			return err
		}
	}
	return nil
}
