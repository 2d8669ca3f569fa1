package trends_test

import (
	"database/sql"
	"encoding/json"
	"errors"
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
			n, err := countRows(r.Reader(), text)
			if err != nil {
				t.Errorf("panel %q: %v\n%s", p.Title, err, text)
				continue
			}
			asked++
			answered += n
		}
	}
	if asked < 8 || answered < 20 {
		t.Errorf("%d queries gave %d rows", asked, answered)
	}
}

func countRows(db *sql.DB, query string) (n int, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}
