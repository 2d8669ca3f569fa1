package trends

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/daily"
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

// Pulls hands over the changes that a filter lists, in its order, from the one after skip, at most limit, and returns
// how many it lists. It holds the names of all that come before the last one, and few more.
func (s *Store) Pulls(ctx context.Context, f filter.Filter, skip, limit int, use func(figure.Pull) error) (total int64, err error) {
	if f.Show == filter.Unclosed {
		return s.openPulls(ctx, f, skip, limit, use)
	}
	var page []flow.Pull
	err = s.scan(ctx, f, func(scope daily.Scope, days func(func(*daily.Day)) error) error {
		list := daily.NewList(scope, daily.Order{Sort: f.Sort, Unreviewed: f.Show == filter.Unreviewed, Skip: skip, Most: limit})
		if err := days(list.Add); err != nil {
			return err
		}
		page, total = list.Page()
		return nil
	})
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(page, atOnce) {
		if err := s.named(ctx, part, use); err != nil {
			return total, err
		}
	}
	return total, nil
}

// atOnce is how many changes are read by their names in one query.
const atOnce = 200

// named hands over changes in the order of their names. One that is gone meanwhile is left out.
func (s *Store) named(ctx context.Context, pulls []flow.Pull, use func(figure.Pull) error) error {
	q := &query{}
	marks := make([]string, len(pulls))
	for i, p := range pulls {
		q.args = append(q.args, p.String())
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	q.where = []string{"f.change_id IN (" + strings.Join(marks, ",") + ")"}
	found := make(map[flow.Pull]figure.Pull, len(pulls))
	err := s.each(ctx, pullQuery(q), q.args, func(p figure.Pull) error {
		found[flow.Pull{Forge: p.Forge, RepoID: p.RepoID, Number: p.Number}] = p
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range pulls {
		if p, ok := found[name]; ok {
			if err := use(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// openPulls lists open changes.
func (s *Store) openPulls(ctx context.Context, f filter.Filter, skip, limit int, use func(figure.Pull) error) (total int64, err error) {
	q := scope(f)
	q.and("f.state = 'open'")
	if err := s.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM flow_fact f WHERE `+q.text(), q.args...).Scan(&total); err != nil {
		return 0, fmt.Errorf("count changes: %w", err)
	}
	order := "f.opened_at DESC, f.change_id"
	switch f.Sort {
	case filter.Slowest:
		order = "f.opened_at, f.change_id"
	case filter.Largest:
		const size = "COALESCE(f.size_effective, f.additions + f.deletions)"
		order = "CASE WHEN " + size + " IS NULL THEN 1 ELSE 0 END, " + size + " DESC, f.change_id"
	}
	return total, s.page(ctx, q, order, skip, limit, use)
}

// WaitingPulls hands over the open changes of a filter that wait for a person, the one that has waited longest first.
func (s *Store) WaitingPulls(ctx context.Context, f filter.Filter, limit int, use func(figure.Pull) error) error {
	q := scope(f)
	q.and("f.state = 'open'")
	q.and("f.draft = 0")
	return s.page(ctx, q, "COALESCE(f.waiting_since, f.opened_at), f.change_id", 0, limit, use)
}

// PullNamed is one change by the name that addresses use; ok is false when there is none.
func (s *Store) PullNamed(ctx context.Context, forge, owner, name string, number int) (p figure.Pull, ok bool, err error) {
	ids, err := s.list(ctx, `SELECT CAST(id AS TEXT) FROM repository WHERE forge = $1 AND lower(owner) = $2 AND lower(name) = $3`, 2,
		forge, strings.ToLower(owner), strings.ToLower(name))
	if err != nil {
		return p, false, fmt.Errorf("find repository %s/%s: %w", owner, name, err)
	}
	for _, text := range ids {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return p, false, fmt.Errorf("find repository %s/%s: %w", owner, name, err)
		}
		// By its name in the record: there is no other index of numbers.
		if err := s.named(ctx, []flow.Pull{{Forge: forge, RepoID: id, Number: number}}, func(found figure.Pull) error {
			p, ok = found, true
			return nil
		}); err != nil {
			return p, false, err
		}
	}
	return p, ok, nil
}

// page hands over a page of what a query finds. It is chosen first: what is joined is joined to few rows.
func (s *Store) page(ctx context.Context, q *query, order string, skip, limit int, use func(figure.Pull) error) error {
	chosen := &query{args: q.args, where: []string{"f.change_id IN (SELECT f.change_id FROM flow_fact f WHERE " + q.text() + " ORDER BY " +
		order + fmt.Sprintf(" LIMIT %d OFFSET %d)", limit, skip)}}
	return s.each(ctx, pullQuery(chosen)+" ORDER BY "+order, q.args, use)
}

func pullQuery(q *query) string { return "SELECT " + pullColumns + pullTables + q.text() }

func (s *Store) each(ctx context.Context, text string, args []any, use func(figure.Pull) error) error {
	rows, err := s.db.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return fmt.Errorf("list changes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		p, err := scan(rows)
		if err != nil {
			return fmt.Errorf("list changes: %w", err)
		}
		if err := use(p); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("list changes: %w", err)
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
