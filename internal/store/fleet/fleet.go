// Package fleet reads what operators ask about all repositories at once. It writes one table: what forges do for projects.
//
// Callers may rely on: the number of queries does not grow with the number of repositories.
package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fleet"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct{ db *sqldb.DB }

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db: db} }

// maxRepositories and maxChanges bound what is read at once.
const (
	maxRepositories = 20_000
	maxChanges      = 500
)

// id names a repository in the answers of several queries.
type id struct {
	forge change.Forge
	repo  int64
}

// newest joins the newest verdict and the newest line of the history of a change c.
const newest = `LEFT JOIN verdict v ON v.id = (SELECT MAX(id) FROM verdict WHERE change_id = c.id) ` +
	`LEFT JOIN history h ON h.id = (SELECT MAX(id) FROM history WHERE change_id = c.id) `

// Repositories are all that the server has heard of, by name. Money is that of the UTC month of now.
func (s *Store) Repositories(ctx context.Context) ([]fleet.Repository, error) {
	var all []fleet.Repository
	at := map[id]int{}
	err := s.each(ctx, "list the repositories", func(scan func(...any) error) error {
		var r fleet.Repository
		var owner, name string
		if err := scan(&r.Forge, &r.ID, &owner, &name, &r.Gone); err != nil {
			return err
		}
		r.Name = owner + "/" + name
		at[id{r.Forge, r.ID}] = len(all)
		all = append(all, r)
		return nil
	}, `SELECT forge, id, owner, name, gone <> 0 FROM repository ORDER BY owner, name, id LIMIT $1`, maxRepositories)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, all, at); err != nil {
		return nil, err
	}
	if err := s.failing(ctx, all, at); err != nil {
		return nil, err
	}
	if err := s.watched(ctx, all, at); err != nil {
		return nil, err
	}
	return all, s.spent(ctx, all, at)
}

// open adds the open changes and their verdicts.
func (s *Store) open(ctx context.Context, all []fleet.Repository, at map[id]int) error {
	return s.each(ctx, "count the open changes", func(scan func(...any) error) error {
		var key id
		var r fleet.Repository
		var since, judged int64
		if err := scan(&key.forge, &key.repo, &r.Open, &r.Waiting, &since, &r.Refused, &r.Passing, &r.Pending, &judged); err != nil {
			return err
		}
		if i, ok := at[key]; ok {
			all[i].Open, all[i].Waiting, all[i].WaitingSince = r.Open, r.Waiting, sqldb.Time(since)
			all[i].Refused, all[i].Passing, all[i].Pending, all[i].JudgedAt = r.Refused, r.Passing, r.Pending, sqldb.Time(judged)
		}
		return nil
	}, `SELECT c.forge, c.repo_id, COUNT(*), SUM(CASE WHEN c.generation > c.evaluated THEN 1 ELSE 0 END), `+
		`COALESCE(MIN(CASE WHEN c.generation > c.evaluated THEN c.waiting_since END), 0), `+
		`SUM(CASE WHEN v.conclusion = 'failure' THEN 1 ELSE 0 END), SUM(CASE WHEN v.conclusion = 'success' THEN 1 ELSE 0 END), `+
		`SUM(CASE WHEN v.conclusion = 'pending' THEN 1 ELSE 0 END), COALESCE(MAX(v.decided_at), 0) FROM change c `+
		`LEFT JOIN verdict v ON v.id = (SELECT MAX(id) FROM verdict WHERE change_id = c.id) `+
		`WHERE c.state = 'open' GROUP BY c.forge, c.repo_id`)
}

// failing adds the waiting changes whose last look failed.
func (s *Store) failing(ctx context.Context, all []fleet.Repository, at map[id]int) error {
	return s.each(ctx, "list the looks that failed", func(scan func(...any) error) error {
		var key id
		var when int64
		var why string
		if err := scan(&key.forge, &key.repo, &when, &why); err != nil {
			return err
		}
		if i, ok := at[key]; ok {
			if all[i].Failing++; all[i].Failing == 1 {
				all[i].Failure, all[i].FailedAt = why, sqldb.Time(when)
			}
		}
		return nil
	}, `SELECT c.forge, c.repo_id, h.at, h.detail FROM change c `+
		`JOIN history h ON h.id = (SELECT MAX(id) FROM history WHERE change_id = c.id) `+
		`WHERE c.state = 'open' AND c.generation > c.evaluated AND h.kind = $1 ORDER BY h.at DESC, h.id DESC`, string(history.Failed))
}

// spent adds what advice cost since the month began.
func (s *Store) spent(ctx context.Context, all []fleet.Repository, at map[id]int) error {
	now := s.db.Now().UTC()
	month := budget.Day(time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC))
	return s.each(ctx, "sum up what advice cost", func(scan func(...any) error) error {
		var key id
		var r fleet.Repository
		if err := scan(&key.forge, &key.repo, &r.Calls, &r.Tokens, &r.Micro); err != nil {
			return err
		}
		if i, ok := at[key]; ok {
			all[i].Calls, all[i].Tokens, all[i].Micro = r.Calls, r.Tokens, r.Micro
		}
		return nil
	}, `SELECT forge, repo_id, COUNT(*), SUM(tokens), SUM(micro) FROM spend WHERE day >= $1 GROUP BY forge, repo_id`, month)
}

// OpenOf are the open changes of a repository, what waits longest first.
func (s *Store) OpenOf(ctx context.Context, repository change.Repository, forge change.Forge) ([]fleet.Change, error) {
	var all []fleet.Change
	err := s.each(ctx, "list the open changes of a repository", func(scan func(...any) error) error {
		c := fleet.Change{Ref: change.Ref{
			Key: change.Key{Forge: forge, RepoID: repository.ID}, Owner: repository.Owner, Name: repository.Name,
		}}
		var judged, since, failed int64
		var kind string
		if err := scan(&c.Ref.Number, &c.Draft, &c.Title, &c.Conclusion, &judged, &since, &kind, &c.Failure, &failed); err != nil {
			return err
		}
		c.JudgedAt, c.WaitingSince = sqldb.Time(judged), sqldb.Time(since)
		if kind == string(history.Failed) && since > 0 {
			c.FailedAt = sqldb.Time(failed)
		} else {
			c.Failure = ""
		}
		all = append(all, c)
		return nil
	}, `SELECT c.number, c.draft <> 0, COALESCE(v.title, ''), COALESCE(v.conclusion, ''), COALESCE(v.decided_at, 0), `+
		`CASE WHEN c.generation > c.evaluated THEN c.waiting_since ELSE 0 END AS since, COALESCE(h.kind, ''), `+
		`COALESCE(h.detail, ''), COALESCE(h.at, 0) FROM change c `+newest+
		`WHERE c.forge = $1 AND c.repo_id = $2 AND c.state = 'open' AND c.merge_group = 'null' `+
		`ORDER BY CASE WHEN c.generation > c.evaluated THEN 0 ELSE 1 END, c.waiting_since, c.number LIMIT $3`,
		forge, repository.ID, maxChanges)
	return all, err
}

// RefusalsSince counts the findings that refused changes since a day, by rule, the most first; of one repository, or of
// all for 0; an empty forge is all of them.
func (s *Store) RefusalsSince(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]fleet.Refusals, error) {
	all := []fleet.Refusals{}
	err := s.each(ctx, "count refusals by rule", func(scan func(...any) error) error {
		var r fleet.Refusals
		if err := scan(&r.Rule, &r.Refused, &r.Repositories); err != nil {
			return err
		}
		all = append(all, r)
		return nil
	}, `SELECT rule, SUM(n) AS refused, COUNT(DISTINCT forge || ':' || repo_id) FROM tally `+
		`WHERE ($1 = '' OR forge = $1) AND repo_id <> 0 AND `+
		`($2 = 0 OR repo_id = $2) AND name = 'blocked' AND day >= $3 GROUP BY rule ORDER BY refused DESC, rule LIMIT 100`,
		forge, repo, scorecard.Day(since))
	return all, err
}

// each reads the rows of a query.
func (s *Store) each(ctx context.Context, what string, use func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := use(rows.Scan); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
