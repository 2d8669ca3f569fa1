package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestCopyGoesOn interrupts a copy: no server opens half of it, it goes on when it is run again, and what SQLite alone can
// keep arrives as PostgreSQL can.
func TestCopyGoesOn(t *testing.T) {
	to := postgrestest.New(t)
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, from := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	r.Save(r.Verdict(1, "failure", "one"))
	if _, err := from.Writer().Exec(`UPDATE verdict SET title = $1`, "a\x00b\xffc"); err != nil {
		t.Fatal(err)
	}
	for i := range 1500 {
		if _, err := from.Writer().Exec(`INSERT INTO history (id, change_id, at, kind, detail, delivery, sha, actor)
			VALUES ($1, 'x', 0, 'k', $2, '', '', '')`, i, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	stop, cancel := context.WithCancel(ctx())
	_, err := store.Copy(stop, "sqlite://"+path, to, time.Now, func(table string, done, total int64) {
		if table == "history" && done < total {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the copy was not interrupted: %v", err)
	}
	if _, err := store.Open(ctx(), to, time.Now, &storetest.Queue{}); err == nil ||
		!strings.Contains(err.Error(), "holds half of a copy of "+path+": run lintel database copy again") {
		t.Errorf("half of a copy was opened: %v", err)
	}
	var again []string
	all, err := store.Copy(ctx(), "sqlite://"+path, to, time.Now, func(table string, _, _ int64) { again = append(again, table) })
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range again {
		if table == "change" || table == "effect" {
			t.Errorf("%s was copied a second time", table)
		}
	}
	rows := map[string]int64{}
	for _, table := range all {
		rows[table.Name] = table.Rows
	}
	if rows["history"] < 1500 || rows["change"] != 1 || rows["verdict"] != 1 {
		t.Errorf("copied %v", rows)
	}
	copied := openOn(t, to, time.Now, &storetest.Queue{})
	record, err := copied.Find(ctx(), storetest.Pull(1).Forge, "acme", "shop", 1)
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := copied.Verdicts(ctx(), record, 5)
	if err != nil || len(verdicts) != 1 || verdicts[0].Title != "a\uFFFDb\uFFFDc" {
		t.Errorf("%+v, %v", verdicts, err)
	}
	if body, err := copied.Evidence(ctx(), verdicts[0].Facts); err != nil || len(body) == 0 {
		t.Errorf("the evidence is %q, %v", body, err)
	}
	if _, err := store.Copy(ctx(), "sqlite://"+path, to, time.Now, func(string, int64, int64) {}); err == nil ||
		!strings.Contains(err.Error(), "it is not empty") {
		t.Errorf("a second copy: %v", err)
	}
}

// TestCopyThatDiffers: a copy of which a row became another is refused, opened by no server, and whole when it is run again,
// with what changed in between.
func TestCopyThatDiffers(t *testing.T) {
	to := postgrestest.New(t)
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, from := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	r.Save(r.Verdict(1, "failure", "one"))
	if err := closed(store.Open(ctx(), to, time.Now, &storetest.Queue{})); err != nil {
		t.Fatal(err)
	}
	db := postgrestest.Open(t, to)
	if _, err := db.Exec(`CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN NEW.title := NEW.title || '!'; RETURN NEW; END $$;
		CREATE TRIGGER other BEFORE INSERT ON verdict FOR EACH ROW EXECUTE FUNCTION other()`); err != nil {
		t.Fatal(err)
	}
	copied := func() error {
		_, err := store.Copy(ctx(), "sqlite://"+path, to, time.Now, func(string, int64, int64) {})
		return err
	}
	if err := copied(); err == nil || !strings.Contains(err.Error(), "verdict") ||
		!strings.Contains(err.Error(), "the copy differs: 1 rows with digest ") {
		t.Errorf("got %v", err)
	}
	err := closed(store.Open(ctx(), to, time.Now, &storetest.Queue{}))
	if err == nil || !strings.Contains(err.Error(), "holds half of a copy") {
		t.Errorf("it was opened: %v", err)
	}
	if _, err := db.Exec(`DROP TRIGGER other ON verdict`); err != nil {
		t.Fatal(err)
	}
	// Of a large table each of these statements takes longer than a server's may.
	if _, err := db.Exec(`CREATE FUNCTION patient() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
			IF current_setting('statement_timeout') <> '0' THEN RAISE EXCEPTION 'it would be cancelled'; END IF;
			RETURN TRUE; END $$;
		ALTER TABLE change RENAME TO large; CREATE VIEW change AS SELECT * FROM large WHERE patient()`); err != nil {
		t.Fatal(err)
	}
	// A server ran on the old database between the two.
	if _, err := from.Writer().Exec(`UPDATE change SET head_ref = 'moved'`); err != nil {
		t.Fatal(err)
	}
	if err := copied(); err != nil {
		t.Errorf("run again: %v", err)
	}
	if _, err := db.Exec(`DROP VIEW change; ALTER TABLE large RENAME TO change`); err != nil {
		t.Fatal(err)
	}
	if err := closed(store.Open(ctx(), to, time.Now, &storetest.Queue{})); err != nil {
		t.Errorf("after it was run again: %v", err)
	}
	var ref, title string
	if err := db.QueryRow(`SELECT c.head_ref, v.title FROM change c JOIN verdict v ON v.change_id = c.id`).Scan(&ref, &title); err != nil ||
		ref != "moved" || title != "feat: sell" {
		t.Errorf("copied %q and %q, %v", ref, title, err)
	}
}

// TestHostileTextsAreKept holds that what PostgreSQL cannot keep in a text fails nothing.
func TestHostileTextsAreKept(t *testing.T) {
	s := openOn(t, postgres(t), time.Now, &storetest.Queue{})
	if err := s.SetMark(ctx(), "hostile", "a\x00b\xff"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Mark(ctx(), "hostile"); err != nil || got != "a\uFFFDb\uFFFD" {
		t.Errorf("%q %v", got, err)
	}
}
