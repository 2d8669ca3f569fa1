package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/store/flow"
	"github.com/lintel-review/lintel/internal/store/landings"
	"github.com/lintel-review/lintel/internal/store/spending"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Retention says how long each kind of record is kept; zero keeps it for ever.
type Retention struct {
	Deliveries, History, Verdicts, Evidence, Kept, Advice time.Duration
	// Audit is for the audit log.
	Audit time.Duration
	// Checks is for the results of checks that Lintel ran, since they were last used.
	Checks time.Duration
	// Reports is for parsed reports, RawReports for what they were parsed from, UnseenReports for reports of commits
	// that are no change's head and no base.
	Reports, RawReports, UnseenReports time.Duration
}

const (
	// tokensKept is how long a used token is remembered beyond its end, for clocks that differ.
	tokensKept = time.Hour
	// runsKept is how long a run of CI is remembered. GitHub keeps logs and artifacts for longer, but no pull request
	// waits for them.
	runsKept = 30 * 24 * time.Hour
	// forgottenKept is longer than any process keeps what it read of people.
	forgottenKept = 24 * time.Hour
	// sessionsKept is longer than any session may live.
	sessionsKept = 31 * 24 * time.Hour
)

// inputKept is how long code waits in the database for a model that does not answer.
const inputKept = 24 * time.Hour

// Prune deletes what is older than its retention and returns how many rows went. The newest verdict of a change and its
// evidence always stay, and so do the receipts of open changes: without them a comment would be made twice. Of tables most
// of whose old rows stay, one run looks at a part, so what is past its time there may stay for some hours more.
func (s *Store) Prune(ctx context.Context, keep Retention) (int64, error) {
	total := int64(0)
	steps := []struct {
		age   time.Duration
		query string
	}{
		{keep.Deliveries, `DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE received_at < $1 ` +
			`ORDER BY received_at LIMIT 1000)`},
		{keep.History, `DELETE FROM history WHERE id IN (SELECT id FROM history WHERE at < $1 ORDER BY at LIMIT 1000)`},
		{keep.History, `DELETE FROM outcome WHERE id IN (SELECT id FROM outcome WHERE at < $1 ORDER BY at LIMIT 1000)`},
		{keep.History, `DELETE FROM command WHERE id IN (SELECT id FROM command WHERE written_at < $1 AND answered_at > 0 ` +
			`ORDER BY written_at LIMIT 1000)`},
		{keep.History, `DELETE FROM gate_verdict WHERE (switch_id, change_id, sha) IN (SELECT switch_id, change_id, sha FROM ` +
			`gate_verdict WHERE at < $1 ORDER BY at LIMIT 1000)`},
		// What ended is in the audit log, which has a retention of its own. What stands, and what is about an open change, stays.
		{keep.History, `DELETE FROM override WHERE id IN (SELECT o.id FROM override o JOIN change c ON c.id = o.change_id ` +
			`WHERE (o.ended_at > 0 OR c.state <> 'open') AND o.created_at < $1 AND o.ended_at < $1 ORDER BY o.created_at LIMIT 1000)`},
		{keep.History, `DELETE FROM mute WHERE id IN (SELECT m.id FROM mute m JOIN change c ON c.id = m.change_id ` +
			`WHERE (m.ended_at > 0 OR c.state <> 'open') AND m.until < $1 AND m.ended_at < $1 ORDER BY m.until LIMIT 1000)`},
		{keep.History, `DELETE FROM false_alarm WHERE (change_id, fingerprint) IN (SELECT f.change_id, f.fingerprint FROM ` +
			`false_alarm f JOIN change c ON c.id = f.change_id WHERE (f.ended_at > 0 OR c.state <> 'open') AND f.at < $1 ` +
			`AND f.ended_at < $1 ORDER BY f.at LIMIT 1000)`},
		{keep.History, `DELETE FROM gate_switch WHERE id IN (SELECT id FROM gate_switch WHERE ended_at > 0 AND ended_at < $1 ` +
			`ORDER BY ended_at LIMIT 1000)`},
		{keep.History, `DELETE FROM release WHERE id IN (SELECT id FROM release WHERE asked_at < $1 ORDER BY asked_at LIMIT 1000)`},
		// What was posted on an open change is not posted again, so it stays.
		{keep.History, `DELETE FROM point WHERE (change_id, point) IN (SELECT p.change_id, p.point FROM point p JOIN ` +
			`change c ON c.id = p.change_id WHERE c.state <> 'open' AND p.changed_at < $1 ORDER BY p.changed_at LIMIT 1000)`},
		{keep.History, `DELETE FROM posted WHERE (change_id, fingerprint) IN (SELECT p.change_id, p.fingerprint FROM posted p ` +
			`JOIN change c ON c.id = p.change_id WHERE c.state <> 'open' AND p.outcome_at < $1 ORDER BY p.outcome_at LIMIT 1000)`},
		{keep.History, `DELETE FROM response WHERE (change_id, head) IN (SELECT change_id, head FROM response ` +
			`WHERE received_at < $1 ORDER BY received_at LIMIT 1000)`},
		{keep.History, `DELETE FROM tally WHERE (forge, repo_id, day, rule, name) IN (SELECT forge, repo_id, day, rule, name ` +
			`FROM tally WHERE day < CAST($1 AS BIGINT) / 86400000 ORDER BY day LIMIT 1000)`},
		// The reports of an open change stay: its verdict rests on them.
		{keep.Reports,
			`DELETE FROM report WHERE (forge, repo_id, sha, scope, kind, flag, part) IN (SELECT forge, repo_id, sha, scope, kind, flag, part FROM report r WHERE received_at < $1
			AND NOT EXISTS (SELECT 1 FROM change c WHERE c.forge = r.forge AND c.repo_id = r.repo_id AND c.target = r.sha AND c.state = 'open')
			ORDER BY received_at LIMIT 500)`},
		{keep.RawReports, `DELETE FROM report_raw WHERE digest IN (SELECT digest FROM report_raw WHERE created_at < $1 ` +
			`ORDER BY created_at LIMIT 50)`},
		{tokensKept, `DELETE FROM token_used WHERE (issuer, id) IN (SELECT issuer, id FROM token_used WHERE expires_at < $1 ` +
			`ORDER BY expires_at LIMIT 1000)`},
		{runsKept, `DELETE FROM report_wait WHERE change_id IN (SELECT w.change_id FROM report_wait w JOIN change c ON ` +
			`c.id = w.change_id WHERE c.state <> 'open' AND w.since < $1 ORDER BY w.since LIMIT 1000)`},
		{runsKept, `DELETE FROM ci_run WHERE (forge, repo_id, id) IN (SELECT forge, repo_id, id FROM ci_run WHERE ` +
			`seen_at < $1 ORDER BY seen_at LIMIT 1000)`},
		// A change's events go together: facts that were derived from some of them would be wrong.
		{flow.EventsKept, `DELETE FROM flow_event WHERE event_key IN (SELECT e.event_key FROM flow_event e LEFT JOIN flow_fact f ` +
			`ON f.change_id = e.change_id WHERE e.at < $1 AND (f.change_id IS NULL OR f.last_event_at < $1 AND f.state <> 'open') ` +
			`ORDER BY e.at LIMIT 1000)`},
		// Of what is past its time the newest row stays: it shows that nothing is missing before the next one.
		{landings.Kept, `DELETE FROM landing WHERE (forge, repo_id, sha) IN (SELECT forge, repo_id, sha FROM landing l ` +
			`WHERE received_at < $1 AND EXISTS (SELECT 1 FROM landing n WHERE n.forge = l.forge AND n.repo_id = l.repo_id ` +
			`AND n.received_at < $1 AND n.received_at > l.received_at) ORDER BY received_at LIMIT 1000)`},
		{keep.History, `DELETE FROM spend WHERE id IN (SELECT id FROM spend WHERE reserved_at < $1 ORDER BY reserved_at LIMIT 1000)`},
		{spending.AnswersKept, `DELETE FROM answer WHERE (forge, installation, question) IN (SELECT forge, installation, ` +
			`question FROM answer WHERE made_at < $1 ORDER BY made_at LIMIT 1000)`},
		// The verdict of an open change rests on its runs.
		{keep.Checks, `DELETE FROM check_run WHERE id IN (SELECT n.id FROM check_run n LEFT JOIN change c ON c.id = n.change_id ` +
			`WHERE (c.state IS NULL OR c.state <> 'open' OR n.state = 'stale') AND n.changed_at < $1 ` +
			`ORDER BY n.changed_at LIMIT 1000)`},
		{keep.Checks, `DELETE FROM check_result WHERE id IN (SELECT id FROM check_result d WHERE used_at < $1 ` +
			`AND (SELECT n.id FROM check_run n WHERE n.result = d.id LIMIT 1) IS NULL ORDER BY used_at LIMIT 500)`},
		{inputKept, `UPDATE consult SET state = 'failed', reason = 'it waited too long for a model', input = '', ` +
			`ended_at = due_at WHERE id IN (SELECT id FROM consult WHERE ended_at = 0 AND due_at < $1 ORDER BY due_at LIMIT 100)`},
		{sessionsKept, `DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE began_at < $1 ORDER BY began_at LIMIT 1000)`},
		{forgottenKept, `DELETE FROM forgotten WHERE id IN (SELECT id FROM forgotten WHERE at < $1 ORDER BY at LIMIT 1000)`},
		{forgottenKept, `DELETE FROM forge_limit WHERE (forge, connection, resource) IN (SELECT forge, connection, resource ` +
			`FROM forge_limit WHERE reset_at < $1 AND paused_until < $1 ORDER BY reset_at LIMIT 1000)`},
		{keep.Kept, `DELETE FROM kept WHERE (kind, key) IN (SELECT kind, key FROM kept WHERE used_at < $1 ` +
			`ORDER BY used_at LIMIT 1000)`},
	}
	// A table that cannot be pruned keeps no other from it.
	var failed []error
	prune := func(age time.Duration, what string, f func() (int64, error)) {
		if age <= 0 || ctx.Err() != nil {
			return
		}
		n, err := f()
		if total += n; err != nil {
			failed = append(failed, fmt.Errorf("prune %s: %w", what, err))
		}
	}
	for _, step := range steps {
		prune(step.age, tableOf(step.query), func() (int64, error) { return s.step(ctx, step.query, step.age) })
	}
	prune(keep.Audit, "audit", func() (int64, error) { return s.PruneAudit(ctx, s.db.Now().Add(-keep.Audit)) })
	for _, w := range walks(keep) {
		prune(w.age, w.table, func() (int64, error) { return s.walk(ctx, w, walkLooks) })
	}
	return total, errors.Join(append(failed, ctx.Err())...)
}

// tableOf is the table of a step.
func tableOf(query string) string {
	table, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(query, "DELETE FROM "), "UPDATE "), " ")
	return table
}

// step deletes what is past an age, in small transactions: a webhook waits for the writer no longer than one of them takes.
func (s *Store) step(ctx context.Context, query string, age time.Duration) (total int64, err error) {
	for {
		before := sqldb.Millis(s.db.Now().Add(-age))
		some, err := s.finds(ctx, query, before)
		if err != nil || !some {
			return total, err
		}
		n, err := s.remove(ctx, query, before)
		if total += n; err != nil || n == 0 {
			return total, err
		}
	}
}

// finds reports whether a step of Prune has anything to do. A reader looks, as a writer would have all others wait for it.
// The search is in the order of its index: PostgreSQL takes that for its first row, and would read the whole table for an
// EXISTS that it believes to be true of a third of all rows.
func (s *Store) finds(ctx context.Context, step string, before int64) (some bool, err error) {
	_, search, ok := strings.Cut(step, " IN (")
	if !ok || !strings.Contains(search, "LIMIT ") {
		return false, fmt.Errorf("prune: no search stands in %s", step)
	}
	search = search[:strings.LastIndex(search, "LIMIT ")] + "LIMIT 1)"
	if err := s.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) > 0 FROM (`+search+` few`, before).Scan(&some); err != nil {
		return false, fmt.Errorf("look for what is to be pruned: %w", err)
	}
	return some, nil
}

func (s *Store) remove(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	// Alone: a verdict that is stored at the same time may need the document that goes.
	err := s.db.Transact(ctx, "prune", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}
