package trends_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// grafanaPanels holds that each panel of the board of delivery asks PostgreSQL what the views answer.
func grafanaPanels(t *testing.T) {
	r := filled(t)
	body, err := os.ReadFile("../../../deploy/boards/delivery.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct {
				RawSQL string `json:"rawSql"`
			}
		}
	}
	if err := json.Unmarshal(body, &board); err != nil {
		t.Fatal(err)
	}
	asked, answered := 0, 0
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			text := strings.NewReplacer("$__unixEpochFrom()", "0", "$__unixEpochTo()", "2000000000").Replace(target.RawSQL)
			rows, err := r.Reader().Query(text)
			if err != nil {
				t.Errorf("panel %q: %v\n%s", p.Title, err, text)
				continue
			}
			asked++
			for rows.Next() {
				answered++
			}
			if err := rows.Err(); err != nil {
				t.Errorf("panel %q: %v\n%s", p.Title, err, text)
			}
			_ = rows.Close()
		}
	}
	if asked < 8 || answered < 20 {
		t.Errorf("%d queries gave %d rows", asked, answered)
	}
}
