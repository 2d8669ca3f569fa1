package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestUnasked: a look reads what people asked and were granted as soon as there is any of it, and not before.
func TestUnasked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lintel.db")
	r := storetest.NewRig(t, func(t *testing.T, now func() time.Time, q *storetest.Queue) storetest.Store {
		seed(t, path)
		return openAt(t, path, now, q)
	})
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	key := storetest.Pull(1).Key
	unasked := func(want bool, when string) {
		t.Helper()
		if got := r.MustRecord(key).Unasked; got != want {
			t.Errorf("%s: unasked %t", when, got)
		}
		looked, _, err := r.LookRecord(t.Context(), key)
		if err != nil || looked.Unasked != want {
			t.Errorf("%s: a look reads unasked %t, %v", when, looked.Unasked, err)
		}
	}
	unasked(true, "nobody asked")
	db := openRaw(t, path)
	for table, over := range map[string]string{"command": "", "override": "ended_at", "mute": "ended_at", "release": "answered_at"} {
		names := column(t, db, 1, `SELECT name FROM pragma_table_info($1)`, table)
		kinds := column(t, db, 1, `SELECT type FROM pragma_table_info($1)`, table)
		var values []string
		for i, name := range names {
			switch {
			case name == "change_id":
				values = append(values, "'"+key.String()+"'")
			case strings.Contains(kinds[i], "INT"):
				values = append(values, "0")
			default:
				values = append(values, "''")
			}
		}
		do := func(text string, args ...any) {
			t.Helper()
			if _, err := db.Exec(fmt.Sprintf(text, args...)); err != nil {
				t.Fatal(err)
			}
		}
		do(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(names, ","), strings.Join(values, ","))
		unasked(false, table)
		if over != "" {
			do(`UPDATE %s SET %s = 1`, table, over)
			unasked(true, table+" that is over")
		}
		do(`DELETE FROM %s`, table)
	}
}
