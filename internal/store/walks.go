package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// walk is a table of which most old rows stay for good reasons, so that a search for the others by their age would read
// more with each year. Each run of Prune looks at the next rows in the order of their keys instead, and the one after the
// end begins anew.
type walk struct {
	table string
	// key are the columns of the primary key, first is what no key is below.
	key   []string
	first []any
	// reads are the other columns that gone reads.
	reads string
	age   time.Duration
	// gone says which rows may go. $1 is the time before which they were kept, few the row.
	gone string
}

const (
	// walkRows is how many rows one look reads, and walkLooks how many looks one run has. In an hour that is a hundred
	// thousand rows, which a reader looks at in about a second.
	walkRows  = 1000
	walkLooks = 100
)

// olderThanNewest reports whether a row is not the newest one of its change.
func olderThanNewest(table string) string {
	return `few.id < (SELECT MAX(n.id) FROM ` + table + ` n WHERE n.change_id = few.change_id)`
}

// unneeded reports whether no verdict needs a document in one of its places: such a verdict is young, or the newest of its
// change. The first needed document from this one on stands in the order of the index, which both engines take for it;
// for a NOT EXISTS PostgreSQL reads all verdicts where it believes that most have the same document.
func unneeded(place string) string {
	return `COALESCE((SELECT v.` + place + ` FROM verdict v WHERE v.` + place + ` >= few.digest AND (v.decided_at >= $1 OR v.id = ` +
		`(SELECT MAX(n.id) FROM verdict n WHERE n.change_id = v.change_id)) ORDER BY v.` + place + ` LIMIT 1), '') <> few.digest`
}

func walks(keep Retention) []walk {
	return []walk{
		{
			"verdict", []string{"id"}, []any{int64(0)}, "change_id, decided_at", keep.Verdicts,
			`few.decided_at < $1 AND ` + olderThanNewest("verdict"),
		},
		{
			"effect", []string{"key"}, []any{""}, "change_id, done_at, created_at", keep.Verdicts,
			`few.done_at > 0 AND few.created_at < $1 AND (SELECT c.state FROM change c WHERE c.id = few.change_id) <> 'open'`,
		},
		{
			"consult", []string{"id"}, []any{int64(0)}, "change_id, ended_at", keep.Advice,
			`few.ended_at > 0 AND few.ended_at < $1 AND ` + olderThanNewest("consult"),
		},
		{
			"report", []string{"forge", "repo_id", "sha", "scope", "kind", "flag", "part"},
			[]any{"", int64(0), "", "", "", "", ""}, "received_at", keep.UnseenReports,
			`few.received_at < $1 AND few.scope <> 'commit' AND (SELECT 1 FROM change c WHERE c.forge = few.forge ` +
				`AND c.repo_id = few.repo_id AND c.target = few.sha LIMIT 1) IS NULL`,
		},
		{
			"evidence", []string{"digest"}, []any{""}, "created_at", keep.Evidence,
			`few.created_at < $1 AND ` + unneeded("facts") + ` AND ` + unneeded("decision") + ` AND ` + unneeded("settings") +
				` AND ` + unneeded("policy"),
		},
	}
}

// walk looks so many times at the next rows of a table, deletes those that may go, and returns how many went.
func (s *Store) walk(ctx context.Context, w walk, looks int) (total int64, err error) {
	name := "prune:" + w.table
	began, err := s.Mark(ctx, name)
	if err != nil {
		return 0, err
	}
	at := w.place(began)
	before := sqldb.Millis(s.db.Now().Add(-w.age))
	ended := false
	for look := 0; look < looks && !ended; look++ {
		to, read, some, err := s.look(ctx, w, at, before)
		if err != nil {
			return total, fmt.Errorf("look for what is to be pruned: %w", err)
		}
		ended = read < walkRows
		if some {
			n, err := s.remove(ctx, w.remove(), append(append([]any{before}, at...), to...)...)
			if total += n; err != nil {
				return total, err
			}
		}
		at = to
	}
	now := ""
	if !ended {
		if now, err = standsAt(at); err != nil {
			return total, err
		}
	}
	if now == began {
		return total, nil
	}
	return total, s.SetMark(ctx, name, now)
}

// place reads where the last run ended.
func (w walk) place(mark string) []any {
	text, ours := strings.CutPrefix(mark, markForm)
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil || !ours || len(raw) != len(w.key) {
		return w.first // another program wrote it: then it begins anew
	}
	at := slices.Clone(w.first)
	for i, v := range raw {
		var id int64
		var name []byte
		if _, number := at[i].(int64); number && json.Unmarshal(v, &id) == nil {
			at[i] = id
		} else if !number && json.Unmarshal(v, &name) == nil {
			at[i] = string(name)
		} else {
			return w.first
		}
	}
	return at
}

// markForm begins a mark whose texts are written as bytes: SQLite keeps names that are no UTF-8, which JSON's texts cannot
// say.
const markForm = "2:"

// standsAt writes where a run ended.
func standsAt(at []any) (mark string, err error) {
	all := slices.Clone(at)
	for i, v := range all {
		if name, ok := v.(string); ok {
			all[i] = []byte(name)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("write where pruning stands: %w", err)
	}
	return markForm + string(text), nil
}

// look reads the next rows by a reader, and reports up to which key, how many, and whether any of them may go.
func (s *Store) look(ctx context.Context, w walk, at []any, before int64) (to []any, read int, some bool, err error) {
	rows, err := s.db.Reader().QueryContext(ctx, w.search(), append([]any{before}, at...)...)
	if err != nil {
		return nil, 0, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var gone int
		to = make([]any, len(w.key))
		into := []any{&gone}
		for i := range to {
			into = append(into, &to[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, 0, false, err
		}
		read, some = read+1, some || gone == 1
	}
	for i, v := range to {
		if raw, ok := v.([]byte); ok {
			to[i] = string(raw)
		}
	}
	return to, read, some, rows.Err()
}

// marks are the places of a key's values in a statement, the first being $from.
func (w walk) marks(from int) string {
	all := make([]string, len(w.key))
	for i := range all {
		all[i] = fmt.Sprintf("$%d", from+i)
	}
	return "(" + strings.Join(all, ", ") + ")"
}

func (w walk) search() string {
	key := strings.Join(w.key, ", ")
	return fmt.Sprintf(`SELECT CASE WHEN %s THEN 1 ELSE 0 END, %s FROM (SELECT %s, %s FROM %s WHERE (%s) > %s ORDER BY %s LIMIT %d) few`,
		w.gone, key, key, w.reads, w.table, key, w.marks(2), key, walkRows)
}

// remove deletes what may go of the rows that a look read, after one key and up to another.
func (w walk) remove() string {
	key := strings.Join(w.key, ", ")
	return fmt.Sprintf(`DELETE FROM %s AS few WHERE (%s) > %s AND (%s) <= %s AND %s`, w.table, key, w.marks(2), key,
		w.marks(2+len(w.key)), w.gone)
}
