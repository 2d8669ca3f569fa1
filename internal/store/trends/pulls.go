package trends

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

const pullColumns = `f.forge, COALESCE(o.owner, ''), COALESCE(o.name, ''), f.repo_id, f.number,
	COALESCE((SELECT v.title FROM verdict v WHERE v.change_id = f.change_id ORDER BY v.id DESC LIMIT 1), ''),
	COALESCE(a.login, ''), f.author_kind, f.team, f.base, f.state, f.opened_at, f.first_commit_at,
	f.ready_at, f.first_response_at, f.approved_at, f.merged_at, f.closed_at, f.deployed_at, f.waiting_since,
	f.coding_s, f.draft_s, f.pickup_s, f.review_s, f.merge_s, f.unreviewed_s,
	f.redraft_s, f.closed_s, f.deploy_s, f.cycle_s, f.cycle_bh_s, f.pickup_bh_s, f.additions, f.deletions,
	COALESCE(f.size_effective, f.additions + f.deletions), f.rounds, f.reviews, f.human_comments, f.bot_comments,
	f.force_pushes, f.reopens, f.merged_unreviewed, f.reverted, f.stacked, f.complete, f.waits_for`

const pullTables = ` FROM flow_fact f LEFT JOIN repository o ON o.forge = f.forge AND o.id = f.repo_id
	LEFT JOIN actor a ON a.forge = f.forge AND a.id = f.author_id WHERE `

// listed is the condition and the order of the list that a filter asks for.
func listed(f filter.Filter) (*query, string) {
	q := merged(f)
	newest := "f.merged_at DESC, f.change_id"
	switch f.Show {
	case filter.Unreviewed:
		q.and("f.merged_unreviewed = 1")
	case filter.Unclosed:
		q = scope(f)
		q.and("f.state = 'open'")
		newest = "f.opened_at DESC, f.change_id"
	}
	cycle, _ := columnOf(figure.CycleTime, f.Business)
	slow := "f." + cycle
	if f.Show == filter.Unclosed {
		slow = "-f.opened_at"
	}
	switch f.Sort {
	case filter.Slowest:
		return q, "CASE WHEN " + slow + " IS NULL THEN 1 ELSE 0 END, " + slow + " DESC, f.change_id"
	case filter.Largest:
		const size = "COALESCE(f.size_effective, f.additions + f.deletions)"
		return q, "CASE WHEN " + size + " IS NULL THEN 1 ELSE 0 END, " + size + " DESC, f.change_id"
	}
	return q, newest
}

// CountPulls counts the pull requests that a filter lists.
func (s *Store) CountPulls(ctx context.Context, f filter.Filter) (n int64, err error) {
	q, _ := listed(f)
	if err := s.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM flow_fact f WHERE `+q.text(),
		q.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count pull requests: %w", err)
	}
	return n, nil
}

// Pulls hands over the pull requests that a filter lists, in its order, from the one after skip, at most limit. It holds
// one at a time.
func (s *Store) Pulls(ctx context.Context, f filter.Filter, skip, limit int, use func(figure.Pull) error) error {
	q, order := listed(f)
	return s.each(ctx, q, order, skip, limit, use)
}

// WaitingPulls hands over the open pull requests of a filter that wait for a person, the one that has waited longest first.
func (s *Store) WaitingPulls(ctx context.Context, f filter.Filter, limit int, use func(figure.Pull) error) error {
	q := scope(f)
	q.and("f.state = 'open'")
	q.and("f.draft = 0")
	return s.each(ctx, q, "COALESCE(f.waiting_since, f.opened_at), f.change_id", 0, limit, use)
}

// PullNamed is one pull request by the name that addresses use; ok is false when there is none.
func (s *Store) PullNamed(ctx context.Context, forge, owner, name string, number int) (p figure.Pull, ok bool, err error) {
	q := &query{}
	q.and("f.forge = ?", forge)
	q.and("f.number = ?", number)
	q.and("f.repo_id IN (SELECT r.id FROM repository r WHERE r.forge = f.forge AND lower(r.owner) = ? AND lower(r.name) = ?)",
		strings.ToLower(owner), strings.ToLower(name))
	err = s.each(ctx, q, "f.change_id", 0, 1, func(found figure.Pull) error {
		p, ok = found, true
		return nil
	})
	return p, ok, err
}

func (s *Store) each(ctx context.Context, q *query, order string, skip, limit int, use func(figure.Pull) error) error {
	// The page of rows is chosen first: what is joined is joined to few rows.
	text := "SELECT " + pullColumns + pullTables + "f.change_id IN (SELECT f.change_id FROM flow_fact f WHERE " + q.text() +
		" ORDER BY " + order + fmt.Sprintf(" LIMIT %d OFFSET %d", limit, skip) + ") ORDER BY " + order
	rows, err := s.db.Reader().QueryContext(ctx, text, q.args...)
	if err != nil {
		return fmt.Errorf("list pull requests: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		p, err := scan(rows)
		if err != nil {
			return fmt.Errorf("list pull requests: %w", err)
		}
		if err := use(p); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("list pull requests: %w", err)
	}
	return nil
}

func scan(row sqldb.Row) (p figure.Pull, err error) {
	var opened int64
	var times [8]sql.NullInt64
	var unreviewed, reverted, stacked, complete int64
	into := []any{&p.Forge, &p.Owner, &p.Name, &p.RepoID, &p.Number, &p.Title, &p.Author, &p.AuthorKind, &p.Team, &p.Base,
		&p.State,
		&opened}
	for i := range times {
		into = append(into, &times[i])
	}
	for i := range p.Stages {
		into = append(into, &p.Stages[i])
	}
	into = append(into, &p.Cycle, &p.CycleBusiness, &p.PickupBusiness, &p.Additions, &p.Deletions, &p.Size, &p.Rounds,
		&p.Reviews,
		&p.HumanComments, &p.BotComments, &p.ForcePushes, &p.Reopens, &unreviewed, &reverted, &stacked, &complete,
		&p.WaitsFor)
	if err := row.Scan(into...); err != nil {
		return p, err
	}
	p.OpenedAt = sqldb.Time(opened)
	for i, to := range []**time.Time{&p.FirstCommitAt, &p.ReadyAt, &p.FirstResponseAt, &p.ApprovedAt, &p.MergedAt,
		&p.ClosedAt,
		&p.DeployedAt, &p.Since} {
		if times[i].Valid {
			t := sqldb.Time(times[i].Int64)
			*to = &t
		}
	}
	p.Unreviewed, p.Reverted, p.Stacked, p.Complete = unreviewed != 0, reverted != 0, stacked != 0, complete != 0
	return p, nil
}
