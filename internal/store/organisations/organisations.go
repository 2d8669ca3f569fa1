// Package organisations keeps what is remembered of organisations' files, and the texts of their versions. It alone
// writes the tables organisation and organisation_file.
//
// Callers may rely on: a state is saved with the audit records of what happened to it, or neither is; of two saves of
// one revision the second is refused.
package organisations

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/organisation"
	auditlog "github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *auditlog.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, log *auditlog.Store) *Store { return &Store{db: db, log: log} }

// ErrChanged means that somebody else saved the state meanwhile: read it and decide again.
var ErrChanged = errors.New("the organisation's state changed meanwhile")

// Organisations returns the states of all organisations.
func (s *Store) Organisations(ctx context.Context, forge change.Forge) ([]organisation.State, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT revision, body FROM organisation WHERE forge = $1 ORDER BY owner_id`, forge)
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	defer rows.Close()
	var all []organisation.State
	for rows.Next() {
		st, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list organisations: %w", err)
		}
		all = append(all, st)
	}
	return all, rows.Err()
}

func scan(row sqldb.Row, more ...any) (organisation.State, error) {
	var st organisation.State
	var body sql.NullString
	var revision sql.NullInt64
	if err := row.Scan(append([]any{&revision, &body}, more...)...); err != nil {
		return st, err
	}
	if body.String != "" {
		if err := json.Unmarshal([]byte(body.String), &st); err != nil {
			return st, err
		}
	}
	st.Revision = revision.Int64
	return st, nil
}

// Above returns what holds above a repository: the state of its owner, which is empty when nothing is known of one, and
// the repository's traits. On GitLab the groups above it count, the nearest first: of several that have a file, the
// topmost. Without groups those count that the last look found, or else its owner alone.
func (s *Store) Above(
	ctx context.Context, forge change.Forge, repo int64, groups []int64,
) (st organisation.State, t change.Traits, err error) {
	var traits, above string
	var private, owner int64
	err = s.db.Reader().QueryRowContext(ctx, `SELECT traits, private, owner_id, above FROM repository WHERE forge = $1 AND id = $2`,
		forge, repo).Scan(&traits, &private, &owner, &above)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err == nil && traits != "" {
		err = json.Unmarshal([]byte(traits), &t)
	}
	if err != nil {
		return st, t, fmt.Errorf("read what holds above repository %d: %w", repo, err)
	}
	if t.Visibility == "" && private == 0 {
		t.Visibility = "public"
	}
	if groups == nil {
		groups = parseGroups(above)
	}
	if groups == nil && owner != 0 {
		groups = []int64{owner}
	}
	var states []organisation.State
	for _, id := range slices.Backward(groups) {
		st, err := scan(s.db.Reader().QueryRowContext(ctx, `SELECT revision, body FROM organisation WHERE forge = $1 AND owner_id = $2`,
			forge, id))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return st, t, fmt.Errorf("read what holds above repository %d: %w", repo, err)
		}
		states = append(states, st)
	}
	return organisation.Speaks(states, repo), t, nil
}

// parseGroups reads what NoteAbove kept; nil when nothing is known.
func parseGroups(above string) (groups []int64) {
	if !strings.HasPrefix(above, ",") {
		return nil
	}
	groups = []int64{}
	for _, part := range strings.Split(strings.Trim(above, ","), ",") {
		if id, err := strconv.ParseInt(part, 10, 64); err == nil {
			groups = append(groups, id)
		}
	}
	return groups
}

// SaveOrganisation saves a state and the audit records of what happened to it. It is ErrChanged when the state is not
// the one that was read.
func (s *Store) SaveOrganisation(ctx context.Context, st organisation.State, entries ...audit.Entry) error {
	body, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("encode state of organisation %d: %w", st.OwnerID, err)
	}
	return s.db.Transact(ctx, "save organisation "+st.Login, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO organisation (forge, owner_id, revision, body) VALUES ($1,$2,0,'')
			ON CONFLICT (forge, owner_id) DO NOTHING`, st.Forge, st.OwnerID); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE organisation SET revision = revision + 1, body = $1
			WHERE forge = $2 AND owner_id = $3 AND revision = $4`, string(body), st.Forge, st.OwnerID, st.Revision)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrChanged)
		}
		for _, e := range entries {
			e, err := withDiff(ctx, tx, st, e)
			if err != nil {
				return err
			}
			if err := s.log.AppendTx(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeepOrganisationFile keeps the text of a version. It never changes: a blob's id names its content.
func (s *Store) KeepOrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string, body []byte) error {
	_, err := s.db.Writer().ExecContext(ctx, `INSERT INTO organisation_file (forge, owner_id, blob, body, seen_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (forge, owner_id, blob) DO NOTHING`, forge, owner, blob, body, sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("keep version %s of organisation %d: %w", change.Short(blob), owner, err)
	}
	return nil
}

// OrganisationFile returns the text of a version.
func (s *Store) OrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string) ([]byte, error) {
	var body []byte
	err := s.db.Reader().QueryRowContext(ctx, `SELECT body FROM organisation_file WHERE forge = $1 AND owner_id = $2 AND blob = $3`,
		forge, owner, blob).Scan(&body)
	if err != nil {
		return nil, fmt.Errorf("read version %s of organisation %d: %w", change.Short(blob), owner, err)
	}
	return body, nil
}
