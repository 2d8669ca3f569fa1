package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// judgedBefore is how much older than what changed a deployment may be that it says something about: an incident is laid
// to the last deployment, and a revert may come late.
const judgedBefore = 90 * 24 * time.Hour

// fixes are the labels of changes that repair what an incident is about.
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
	brought, err := broughtBy(ctx, tx, v, since)
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
			OR COALESCE(recovered_at, -1) <> COALESCE(CAST($6 AS BIGINT), -1))`,
			sqldb.Flag(counts), sqldb.Flag(j.Failed()), j.FailedBy, sqldb.Flag(j.ReworkBy != ""), j.ReworkBy, millis(j.RecoveredAt), d.ID)
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

// broughtSince are the changes that deployments brought first, whatever the service, by the end of the deployment.
func broughtSince(ctx context.Context, q sqldb.Querier, v service, since int64) (map[time.Time][]dora.Brought, error) {
	return brought(ctx, q, `SELECT number, first_commit_at, coding_s, reverts, labels, deployed_at FROM flow_fact
		WHERE deployed_at >= $3 AND deployed_at IS NOT NULL AND forge = $1 AND repo_id = $2`, v.forge, v.repoID, since)
}

// broughtBy are the changes that deployments of one service brought to it, by the end of the deployment. Another
// service of the repository may have had them before.
func broughtBy(ctx context.Context, q sqldb.Querier, v service, since int64) (map[time.Time][]dora.Brought, error) {
	return brought(ctx, q, `SELECT DISTINCT f.number, f.first_commit_at, f.coding_s, f.reverts, f.labels, d.finished_at FROM deployment d
		JOIN flow_fact f ON f.forge = d.forge AND f.repo_id = d.repo_id AND f.base_is_default = 1
		AND f.merged_day BETWEEN d.from_at / 86400000 AND d.upto_at / 86400000 AND f.merged_at > d.from_at AND f.merged_at <= d.upto_at
		WHERE d.forge = $1 AND d.repo_id = $2 AND d.service = $4 AND d.finished_at >= $3 AND d.production = 1 AND d.result = 'success'`,
		v.forge, v.repoID, since, v.name)
}

func brought(ctx context.Context, q sqldb.Querier, query string, args ...any) (map[time.Time][]dora.Brought, error) {
	rows, err := q.QueryContext(ctx, query, args...)
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

// Dora computes the five metrics over a period. A change counts when it came to production first; of one service,
// when it came to that. Merges stand for deployments only where there are none at all, and for none of a service.
func (s *Store) Dora(ctx context.Context, of dora.Scope, from, to time.Time) (dora.Report, error) {
	q := s.db.Reader()
	judged, err := deployments(ctx, q, `finished_at >= $1 AND finished_at < $2 AND counted = 1
		AND (CAST($4 AS BIGINT) = 0 OR forge = $3 AND repo_id = $4) AND (CAST($5 AS TEXT) = '' OR service = $5)`,
		sqldb.Millis(from), sqldb.Millis(to), of.Forge, of.RepoID, of.Service)
	if err != nil {
		return dora.Report{}, err
	}
	read := broughtSince
	if of.Service != "" {
		read = broughtBy
	}
	brought := map[service]map[time.Time][]dora.Brought{}
	for i, j := range judged {
		v := service{forge: j.Forge, repoID: j.RepoID, name: of.Service}
		if brought[v] == nil {
			if brought[v], err = read(ctx, q, v, sqldb.Millis(from)); err != nil {
				return dora.Report{}, err
			}
		}
		judged[i].Brought = brought[v][j.FinishedAt]
		delete(brought[v], j.FinishedAt) // of those that ended in one second, the first brought it all
	}
	var merges []time.Time
	if of.Service == "" {
		if merges, err = s.merges(ctx, of.Forge, of.RepoID, from, to); err != nil {
			return dora.Report{}, err
		}
	}
	return dora.Measure(judged, merges, from, to), nil
}

// maxServices is how many services are offered to choose from.
const maxServices = 200

// Services are the names of those that were deployed to production, of a repository or of all.
func (s *Store) Services(ctx context.Context, of dora.Scope) ([]string, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT DISTINCT service FROM deployment WHERE counted = 1 AND service <> ''
		AND (CAST($2 AS BIGINT) = 0 OR forge = $1 AND repo_id = $2) ORDER BY service LIMIT `+strconv.Itoa(maxServices), of.Forge, of.RepoID)
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list services: %w", err)
		}
		all = append(all, name)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// merges are when changes landed on the default branch.
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
