package control

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// settleRest keeps what a command came to beside overrides.
func (s *Store) settleRest(ctx context.Context, tx *sql.Tx, c delivery.Command, d override.Deed) error {
	if d.Muted != nil {
		if err := s.mute(ctx, tx, c, *d.Muted); err != nil {
			return err
		}
	}
	for _, m := range d.Unmuted {
		if err := s.unmute(ctx, tx, c, m); err != nil {
			return err
		}
	}
	if d.Wrong != nil {
		if err := s.keepFalseAlarm(ctx, tx, c.Key, *d.Wrong); err != nil {
			return err
		}
	}
	if p := d.Dismissed; p != nil {
		act := change.Feedback{Kind: change.FeedbackWrong, Actor: c.Actor, Role: p.Role, At: c.At,
			Source: fmt.Sprintf("answer:%s:%d", c.Place, c.Comment)}
		if err := s.threads.DismissTx(ctx, tx, c.Key, p.Fingerprint, act, c.Head); err != nil {
			return err
		}
		detail := map[string]string{"rule": p.Rule, "finding": p.Fingerprint, "category": c.Command.Category, "reason": c.Command.Reason}
		return s.note(ctx, tx, c.Key, audit.FalseAlarm, c.Actor, c.Head, detail)
	}
	for _, f := range d.Taken {
		if err := s.takeBack(ctx, tx, c, f); err != nil {
			return err
		}
	}
	if len(d.Assigned) > 0 {
		return s.note(ctx, tx, c.Key, audit.Assigned, c.Actor, c.Head, map[string]string{"of": strings.Join(d.Assigned, " ")})
	}
	return nil
}

func (s *Store) mute(ctx context.Context, tx *sql.Tx, c delivery.Command, m override.Mute) error {
	id, err := s.db.NextID(ctx, tx)
	if err != nil {
		return err
	}
	m.ID, m.At = id, s.db.Now()
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode mute: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO mute (id, change_id, rule, body, until, ended_at, ended_by) VALUES ($1,$2,$3,$4,$5,0,'')`,
		m.ID, c.Key.String(), m.Rule, string(body), sqldb.Millis(m.Until))
	if err != nil {
		return fmt.Errorf("keep mute of %s: %w", m.Rule, err)
	}
	return s.note(ctx, tx, c.Key, audit.RuleMuted, c.Actor, c.Head, aboutMute(m))
}

func aboutMute(m override.Mute) map[string]string {
	return map[string]string{"rule": m.Rule, "until": m.Until.UTC().Format(time.DateOnly)}
}

func (s *Store) unmute(ctx context.Context, tx *sql.Tx, c delivery.Command, m override.Mute) error {
	res, err := tx.ExecContext(ctx, `UPDATE mute SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at = 0`,
		sqldb.Millis(s.db.Now()), c.Actor, m.ID)
	if err != nil {
		return fmt.Errorf("end mute of %s: %w", m.Rule, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return s.note(ctx, tx, c.Key, audit.Unmuted, c.Actor, c.Head, aboutMute(m))
}

// Mutes returns the mutes of a change that were not taken back, oldest first. The time of some may be over.
func (s *Store) Mutes(ctx context.Context, key change.Key) ([]override.Mute, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT body FROM mute WHERE change_id = $1 AND ended_at = 0 ORDER BY id`, key.String())
	if err != nil {
		return nil, fmt.Errorf("read mutes of %s: %w", key, err)
	}
	defer rows.Close()
	var all []override.Mute
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read mutes of %s: %w", key, err)
		}
		var m override.Mute
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			return nil, fmt.Errorf("read mutes of %s: %w", key, err)
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// keepFalseAlarm keeps a false alarm, and lets the outcome of the finding follow.
func (s *Store) keepFalseAlarm(ctx context.Context, tx *sql.Tx, key change.Key, f override.FalseAlarm) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO false_alarm (change_id, fingerprint, rule, actor, category, reason, head, at, ended_at, ended_by)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,'') ON CONFLICT (change_id, fingerprint) DO UPDATE SET actor = excluded.actor,
		category = excluded.category, reason = excluded.reason, head = excluded.head, at = excluded.at, ended_at = 0, ended_by = ''`,
		key.String(), f.Fingerprint, f.Rule, f.Actor, f.Category, f.Reason, f.Head, sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("keep false alarm of %s: %w", f.Rule, err)
	}
	if err := s.became.FalseAlarmTx(ctx, tx, key, f.Fingerprint, true); err != nil {
		return err
	}
	return s.note(ctx, tx, key, audit.FalseAlarm, f.Actor, f.Head, aboutAlarm(f))
}

func aboutAlarm(f override.FalseAlarm) map[string]string {
	return map[string]string{"rule": f.Rule, "finding": f.Fingerprint, "category": f.Category, "reason": f.Reason}
}

func (s *Store) takeBack(ctx context.Context, tx *sql.Tx, c delivery.Command, f override.FalseAlarm) error {
	res, err := tx.ExecContext(ctx,
		`UPDATE false_alarm SET ended_at = $1, ended_by = $2 WHERE change_id = $3 AND fingerprint = $4 AND ended_at = 0`,
		sqldb.Millis(s.db.Now()), c.Actor, c.Key.String(), f.Fingerprint)
	if err != nil {
		return fmt.Errorf("take a false alarm of %s back: %w", f.Rule, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := s.became.FalseAlarmTx(ctx, tx, c.Key, f.Fingerprint, false); err != nil {
		return err
	}
	return s.note(ctx, tx, c.Key, audit.AlarmTaken, c.Actor, c.Head, aboutAlarm(f))
}

// FalseAlarms returns the false alarms of a change that were not taken back, oldest first.
func (s *Store) FalseAlarms(ctx context.Context, key change.Key) ([]override.FalseAlarm, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT fingerprint, rule, actor, category, reason, head FROM false_alarm WHERE change_id = $1 AND ended_at = 0 ORDER BY at`,
		key.String())
	if err != nil {
		return nil, fmt.Errorf("read false alarms of %s: %w", key, err)
	}
	defer rows.Close()
	var all []override.FalseAlarm
	for rows.Next() {
		var f override.FalseAlarm
		if err := rows.Scan(&f.Fingerprint, &f.Rule, &f.Actor, &f.Category, &f.Reason, &f.Head); err != nil {
			return nil, fmt.Errorf("read false alarms of %s: %w", key, err)
		}
		all = append(all, f)
	}
	return all, rows.Err()
}

// SettingsChangedTx notes in the audit log that a branch has other settings now.
func (s *Store) SettingsChangedTx(ctx context.Context, tx *sql.Tx, r change.Record, branch, sha string, before, after []byte) error {
	detail := map[string]string{"branch": branch, "diff": audit.Diff(before, after)}
	if before == nil {
		detail["diff"] = "the settings before are past their retention"
	}
	return s.log.AppendTx(ctx, tx, audit.Entry{Act: audit.SettingsChanged, Actor: "branch " + branch, Forge: string(r.Forge),
		RepoID: r.RepoID, SHA: sha, Detail: detail})
}
