package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// small are tables that stay small, or of which an index holds only what waits: PostgreSQL may read them whole.
var small = regexp.MustCompile(`^Seq Scan on (gate_switch|organisation|demotion|schema_version|audit_end|mark|actor)\b`)

// onPostgres reports which steps of PostgreSQL's plan of a statement read a whole table, although they are as dear as they can be made.
func onPostgres(t *testing.T, db *sql.DB, text string, args int) (scans []string) {
	t.Helper()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", args), ", ")
	if args > 0 {
		nulls = "(" + nulls + ")"
	}
	for _, setup := range []string{`SET enable_seqscan = off`, `SET plan_cache_mode = force_generic_plan`, `PREPARE planned AS ` + text} {
		if _, err := conn.ExecContext(ctx, setup); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	defer func() { _, _ = conn.ExecContext(ctx, `DEALLOCATE planned`) }()
	rows, err := conn.QueryContext(ctx, fmt.Sprintf(`EXPLAIN EXECUTE planned%s`, nulls))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	for rows.Next() {
		var step string
		if err := rows.Scan(&step); err != nil {
			t.Fatal(err)
		}
		step = strings.TrimLeft(step, " ->")
		if strings.HasPrefix(step, "Seq Scan on ") && !small.MatchString(step) {
			scans = append(scans, step)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return scans
}
