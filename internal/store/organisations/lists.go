package organisations

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

const repositoryColumns = `SELECT id, installation, owner, owner_id, name, private, default_branch, traits FROM repository `

// OrganisationHomes lists the repositories of a name that Lintel sees, one for each owner: those that hold organisations' files.
// Webhooks of GitLab name no group by its number, so the owner may be 0 there.
func (s *Store) OrganisationHomes(ctx context.Context, forge change.Forge, name string) ([]drift.Repository, error) {
	return s.repositories(ctx, `WHERE forge = $1 AND lower(name) = $2 AND gone = 0 AND `+
		`(owner_id <> 0 OR forge = 'gitlab') ORDER BY owner_id, id`,
		forge, strings.ToLower(name))
}

// OwnedBy lists the repositories of an owner that Lintel sees.
func (s *Store) OwnedBy(ctx context.Context, forge change.Forge, owner int64) ([]drift.Repository, error) {
	return s.repositories(ctx, `r WHERE forge = $1 AND `+sqldb.OwnedBy("$2")+` AND gone = 0 ORDER BY id`, forge, owner)
}

func (s *Store) repositories(ctx context.Context, where string, args ...any) ([]drift.Repository, error) {
	rows, err := s.db.Reader().QueryContext(ctx, repositoryColumns+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	defer rows.Close()
	var all []drift.Repository
	for rows.Next() {
		var r drift.Repository
		var private int64
		var traits string
		if err := rows.Scan(&r.ID, &r.Connection, &r.Owner, &r.OwnerID, &r.Name, &private, &r.DefaultBranch, &traits); err != nil {
			return nil, fmt.Errorf("list repositories: %w", err)
		}
		r.Private = private != 0
		if traits != "" {
			r.Traits = new(change.Traits)
			if err := json.Unmarshal([]byte(traits), r.Traits); err != nil {
				return nil, fmt.Errorf("read traits of %s/%s: %w", r.Owner, r.Name, err)
			}
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// NewestVerdicts lists the newest verdict on each change of an owner's repositories, of those above after: open ones
// first, then the newest.
func (s *Store) NewestVerdicts(ctx context.Context, forge change.Forge, owner, after int64, limit int) ([]organisation.Judged, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT v.id, v.change_id, c.repo_id, r.owner || '/' || r.name,
		CASE WHEN c.state = 'open' THEN 1 ELSE 0 END, CASE WHEN v.conclusion = 'failure' THEN 1 ELSE 0 END, v.facts, v.settings, v.decision
		FROM repository r JOIN change c ON c.forge = r.forge AND c.repo_id = r.id AND c.merge_group = 'null'
		JOIN verdict v ON v.change_id = c.id AND v.id = (SELECT MAX(n.id) FROM verdict n WHERE n.change_id = c.id)
		WHERE r.forge = $1 AND `+sqldb.OwnedBy("$2")+` AND v.id > $3 ORDER BY CASE WHEN c.state = 'open' THEN 0 ELSE 1 END, v.id DESC LIMIT $4`,
		forge, owner, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list verdicts of organisation %d: %w", owner, err)
	}
	defer rows.Close()
	var all []organisation.Judged
	for rows.Next() {
		var j organisation.Judged
		var open, refused int64
		if err := rows.Scan(&j.Verdict, &j.Change, &j.RepoID, &j.Name, &open, &refused, &j.Facts, &j.Settings, &j.Decision); err != nil {
			return nil, fmt.Errorf("list verdicts of organisation %d: %w", owner, err)
		}
		j.Open, j.Refused = open != 0, refused != 0
		all = append(all, j)
	}
	return all, rows.Err()
}

// Refused counts what was refused of the newest verdicts on an owner's changes: of those above after, in the
// repositories that count. It returns the newest verdict as well.
func (s *Store) Refused(ctx context.Context, forge change.Forge, owner, after int64, counts func(repo int64) bool) (
	share organisation.Share, newest int64, err error) {
	all, err := s.NewestVerdicts(ctx, forge, owner, after, maxVerdicts)
	for _, j := range all {
		newest = max(newest, j.Verdict)
		if !counts(j.RepoID) {
			continue
		}
		share.Judged++
		if j.Refused {
			share.Refused++
		}
	}
	return share, newest, err
}

// maxVerdicts bounds how many verdicts are counted.
const maxVerdicts = 1000

// maxMoved bounds how many repositories are acted on at once.
const maxMoved = 500

// Retargeted lists repositories of which something changed that targets go by.
func (s *Store) Retargeted(ctx context.Context, forge change.Forge) ([]organisation.Moved, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT id, owner_id, installation, moved, CASE WHEN above = '?' THEN 1 ELSE 0 END FROM repository
		WHERE forge = $1 AND moved > 0 AND gone = 0 ORDER BY id LIMIT $2`, forge, maxMoved)
	if err != nil {
		return nil, fmt.Errorf("list what changed of repositories: %w", err)
	}
	defer rows.Close()
	var all []organisation.Moved
	for rows.Next() {
		var m organisation.Moved
		var elsewhere int64
		if err := rows.Scan(&m.RepoID, &m.OwnerID, &m.Connection, &m.Times, &elsewhere); err != nil {
			return nil, fmt.Errorf("list what changed of repositories: %w", err)
		}
		m.Elsewhere = elsewhere != 0
		all = append(all, m)
	}
	return all, rows.Err()
}
