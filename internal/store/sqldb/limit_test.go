package sqldb

import "testing"

// TestLimitParameters holds that a limit given with each run still limits, in each way in which it is written.
func TestLimitParameters(t *testing.T) {
	db := openTest(t)
	for i := range 10 {
		if _, err := db.Exec(`INSERT INTO n (v) VALUES ($1)`, i); err != nil {
			t.Fatal(err)
		}
	}
	for text, compiled := range map[string]string{
		`SELECT COUNT(*) FROM (SELECT 1 FROM n LIMIT $1)`:             `SELECT COUNT(*) FROM (SELECT 1 FROM n LIMIT (0 + $1))`,
		`SELECT COUNT(*) FROM (SELECT 1 FROM n LIMIT ?1)`:             `SELECT COUNT(*) FROM (SELECT 1 FROM n LIMIT (0 + ?1))`,
		`SELECT COUNT(*) FROM (SELECT 1 FROM n LIMIT ?)`:              `SELECT COUNT(*) FROM (SELECT 1 FROM n LIMIT (0 + ?))`,
		"SELECT COUNT(*) FROM (SELECT 1 FROM n LIMIT\n\t$1 OFFSET 1)": `SELECT COUNT(*) FROM (SELECT 1 FROM n LIMIT (0 + $1) OFFSET 1)`,
	} {
		if got := limitParameter.ReplaceAllString(text, "LIMIT (0 + $1)"); got != compiled {
			t.Errorf("%s is compiled as %s", text, got)
		}
		for _, limit := range []int{3, 0, 7, 3} {
			var n int
			if err := db.QueryRow(text, limit).Scan(&n); err != nil || n != limit {
				t.Errorf("%s with %d gives %d, %v", text, limit, n, err)
			}
		}
	}
	fixed := `SELECT 1 FROM n LIMIT 1`
	if got := limitParameter.ReplaceAllString(fixed, "LIMIT (0 + $1)"); got != fixed {
		t.Errorf("a fixed limit is compiled as %s", got)
	}
}
