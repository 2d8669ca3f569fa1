package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// judgedBefore is how much older than what changed a deployment may be that it says something about: an incident is laid
// to the last deployment, and a revert may come late.
const judgedBefore = 90 * 24 * time.Hour

// fixes are the labels of pull requests that repair what an incident is about.
var fixes = []string{"hotfix", "incident"}

const deploymentColumns = `id, forge, repo_id, service, environment, production, source, sha, result, unplanned, started_at, ` +
	`finished_at, upto_at, failed_by, rework_by, recovered_at`

func scanDeployment(row sqldb.Row) (j dora.Judged, err error) {
	var production, finished int64
	var result string
	var started, upto, recovered sql.NullInt64
	err = row.Scan(&j.ID, &j.Forge, &j.RepoID, &j.Service, &j.Environment, &production, &j.Source, &j.SHA, &result, &j.Unplanned,
		&started, &finished, &upto, &j.FailedBy, &j.ReworkBy, &recovered)
	j.Production, j.Success = production == 1, result == "success"
	j.FinishedAt, j.StartedAt = sqldb.Time(finished), sqldb.Time(started.Int64)
	j.Upto, j.RecoveredAt = point(upto), point(recovered)
	return j, err
}

func point(ms sql.NullInt64) *time.Time {
	if !ms.Valid {
		return nil
	}
	t := sqldb.Time(ms.Int64)
	return &t
}

func deployments(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]dora.Judged, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+deploymentColumns+` FROM deployment WHERE `+where+` ORDER BY finished_at, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read deployments: %w", err)
	}
	defer rows.Close()
	var all []dora.Judged
	for rows.Next() {
		j, err := scanDeployment(rows)
		if err != nil {
			return nil, fmt.Errorf("read deployments: %w", err)
		}
		all = append(all, j)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// judge says anew what became of the deployments of a service about a time and since.
func (s *Store) judge(ctx context.Context, tx *sql.Tx, v service, at time.Time) error {
	since := sqldb.Millis(at.Add(-judgedBefore))
	stored, err := deployments(ctx, tx, `forge = $1 AND repo_id = $2 AND service = $3 AND finished_at >= $4`,
		v.forge, v.repoID, v.name, since)
	if err != nil {
		return err
	}
	all := make([]dora.Deployment, len(stored))
	for i, j := range stored {
		all[i] = j.Deployment
	}
	incidents, err := incidentsOf(ctx, tx, v, since)
	if err != nil {
		return err
	}
	brought, err := broughtSince(ctx, tx, v, since)
	if err != nil {
		return err
	}
	counted := map[string]dora.Judged{}
	for _, j := range dora.Judge(all, incidents, func(d dora.Deployment) []dora.Brought { return brought[d.FinishedAt] }) {
		counted[j.ID] = j
	}
	for _, d := range stored {
		j, counts := counted[d.ID]
		_, err := tx.ExecContext(ctx, `UPDATE deployment SET counted = $1, failed = $2, failed_by = $3, rework = $4, rework_by = $5,
			recovered_at = $6 WHERE id = $7 AND (counted <> $1 OR failed_by <> $3 OR rework_by <> $5
			OR COALESCE(recovered_at, -1) <> COALESCE(CAST($6 AS BIGINT), -1))`, sqldb.Flag(counts), sqldb.Flag(j.Failed()), j.FailedBy, sqldb.Flag(j.ReworkBy != ""),
			j.ReworkBy, millis(j.RecoveredAt), d.ID)
		if err != nil {
			return fmt.Errorf("say what became of deployment %s: %w", d.ID, err)
		}
	}
	return nil
}

func incidentsOf(ctx context.Context, q sqldb.Querier, v service, since int64) ([]dora.Incident, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, deployment, opened_at, resolved_at FROM incident WHERE forge = $1 AND repo_id = $2
		AND service = $3 AND opened_at >= $4 AND withdrawn = 0 ORDER BY opened_at, id`, v.forge, v.repoID, v.name, since)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	defer rows.Close()
	var all []dora.Incident
	for rows.Next() {
		var i dora.Incident
		var opened int64
		var resolved sql.NullInt64
		if err := rows.Scan(&i.ID, &i.Deployment, &opened, &resolved); err != nil {
			return nil, fmt.Errorf("read incidents: %w", err)
		}
		i.OpenedAt, i.ResolvedAt = sqldb.Time(opened), point(resolved)
		all = append(all, i)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// broughtSince are the pull requests that deployments brought, by the end of the deployment.
func broughtSince(ctx context.Context, q sqldb.Querier, v service, since int64) (map[time.Time][]dora.Brought, error) {
	rows, err := q.QueryContext(ctx, `SELECT number, first_commit_at, coding_s, reverts, labels, deployed_at FROM flow_fact
		WHERE deployed_at >= $3 AND deployed_at IS NOT NULL AND forge = $1 AND repo_id = $2`, v.forge, v.repoID, since)
	if err != nil {
		return nil, fmt.Errorf("read what was deployed: %w", err)
	}
	defer rows.Close()
	all := map[time.Time][]dora.Brought{}
	for rows.Next() {
		var b dora.Brought
		var first, coding sql.NullInt64
		var labels string
		var deployed int64
		if err := rows.Scan(&b.Number, &first, &coding, &b.Reverts, &labels, &deployed); err != nil {
			return nil, fmt.Errorf("read what was deployed: %w", err)
		}
		if coding.Valid { // else the time of the first commit cannot be believed
			b.FirstCommitAt = point(first)
		}
		b.Fix = slices.ContainsFunc(strings.Split(labels, "\n"), func(l string) bool { return slices.Contains(fixes, strings.ToLower(l)) })
		all[sqldb.Time(deployed)] = append(all[sqldb.Time(deployed)], b)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// Dora computes the five metrics of a repository over a period; of all repositories when its id is 0. Merges stand for
// deployments only where a repository has none at all.
func (s *Store) Dora(ctx context.Context, forge string, repoID int64, from, to time.Time) (dora.Report, error) {
	q := s.db.Reader()
	judged, err := deployments(ctx, q, `finished_at >= $1 AND finished_at < $2 AND counted = 1
		AND (CAST($4 AS BIGINT) = 0 OR forge = $3 AND repo_id = $4)`,
		sqldb.Millis(from), sqldb.Millis(to), forge, repoID)
	if err != nil {
		return dora.Report{}, err
	}
	brought := map[service]map[time.Time][]dora.Brought{}
	for i, j := range judged {
		v := service{forge: j.Forge, repoID: j.RepoID}
		if brought[v] == nil {
			if brought[v], err = broughtSince(ctx, q, v, sqldb.Millis(from)); err != nil {
				return dora.Report{}, err
			}
		}
		judged[i].Brought = brought[v][j.FinishedAt]
	}
	merges, err := s.merges(ctx, forge, repoID, from, to)
	if err != nil {
		return dora.Report{}, err
	}
	return dora.Measure(judged, merges, from, to), nil
}

// merges are when pull requests landed on the default branch.
func (s *Store) merges(ctx context.Context, forge string, repoID int64, from, to time.Time) ([]time.Time, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT merged_at FROM flow_fact WHERE merged_day BETWEEN $1 AND $2 AND base_is_default = 1
		AND (CAST($4 AS BIGINT) = 0 OR forge = $3 AND repo_id = $4)`, from.Unix()/86400, to.Unix()/86400, forge, repoID)
	if err != nil {
		return nil, fmt.Errorf("read merges: %w", err)
	}
	defer rows.Close()
	var all []time.Time
	for rows.Next() {
		var at int64
		if err := rows.Scan(&at); err != nil {
			return nil, fmt.Errorf("read merges: %w", err)
		}
		all = append(all, sqldb.Time(at))
	}
	return all, errors.Join(rows.Err(), rows.Close())
}
