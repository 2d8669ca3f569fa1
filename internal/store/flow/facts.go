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

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// kept is what is known of a stored fact before it is derived anew.
type kept struct {
	merged, reverted, settled bool
	// day is that of its merge.
	day *int64
}

// derive derives the facts of changes and stores them. When a change that takes back another is taken back
// itself, or no longer, the other one's facts change, too.
func (s *Store) derive(ctx context.Context, tx *sql.Tx, pulls []flow.Pull) error {
	most := len(pulls) + 200 // of changes that take back each other, there are few
	for i := 0; i < len(pulls) && i < most; i++ {
		other, err := s.deriveOne(ctx, tx, pulls[i])
		if err != nil {
			return err
		}
		if other.Number > 0 && !slices.Contains(pulls[i+1:], other) {
			pulls = append(pulls, other)
		}
	}
	return nil
}

func (s *Store) deriveOne(ctx context.Context, tx *sql.Tx, p flow.Pull) (other flow.Pull, err error) {
	before, err := s.before(ctx, tx, p)
	if err != nil || before.settled {
		return other, err
	}
	events, err := eventsOf(ctx, tx, p)
	if err != nil {
		return other, err
	}
	by := s.by.Load()
	given := by.Given
	if err := undone(ctx, tx, p, events, &given); err != nil {
		return other, err
	}
	f, ok := flow.Derive(events, given)
	if !ok {
		return other, nil
	}
	if f.MergedAt != nil && f.BaseIsDefault {
		given.DeployedAt, err = deployedAt(ctx, tx, p, *f.MergedAt)
		if err != nil {
			return other, err
		}
		if !given.DeployedAt.IsZero() {
			f, _ = flow.Derive(events, given)
		}
	}
	if err := save(ctx, tx, f, by.version); err != nil {
		return other, err
	}
	if err := unpack(ctx, tx, before.day, day(f.MergedAt)); err != nil {
		return other, err
	}
	if f.MergedAt != nil && f.BaseIsDefault && !before.merged {
		// A deployment may have been told before the merge that it brings.
		if err := s.placeAll(ctx, tx, p, f.MergeSHA); err != nil {
			return other, err
		}
	}
	if f.Reverts > 0 && f.Reverts != p.Number && f.Reverted != before.reverted {
		other = flow.Pull{Forge: p.Forge, RepoID: p.RepoID, Number: f.Reverts}
	}
	return other, nil
}

// before reads the fact as it is stored. It is settled when its events are past their retention: what comes late cannot
// be told right without them.
func (s *Store) before(ctx context.Context, tx *sql.Tx, p flow.Pull) (k kept, err error) {
	var life string
	var last int64
	err = tx.QueryRowContext(ctx, `SELECT state, last_event_at, reverted, merged_day FROM flow_fact WHERE change_id = $1`,
		p.String()).Scan(&life, &last, &k.reverted, &k.day)
	if errors.Is(err, sql.ErrNoRows) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("read facts of %s: %w", p, err)
	}
	k.merged = life == flow.LifeMerged
	k.settled = life != flow.LifeOpen && sqldb.Time(last).Before(s.db.Now().Add(-EventsKept))
	return k, nil
}

// undone finds what took this one back and was taken back itself.
func undone(ctx context.Context, tx *sql.Tx, p flow.Pull, events []flow.Event, given *flow.Given) error {
	given.Undone, given.UndoneCommits = map[int]bool{}, map[string]bool{}
	for _, e := range events {
		if e.Kind != flow.Reverted {
			continue
		}
		var n int
		by := flow.Pull{Forge: p.Forge, RepoID: p.RepoID, Number: e.Detail.Other}
		query, args := `SELECT COUNT(*) FROM flow_fact WHERE change_id = $1 AND reverted = 1`, []any{by.String()}
		if e.Detail.Other == 0 {
			query, args = `SELECT COUNT(*) FROM flow_fact WHERE forge = $1 AND repo_id = $2 AND merge_sha = $3 AND merge_sha <> '' `+
				`AND reverted = 1`, []any{p.Forge, p.RepoID, e.Detail.Before}
		}
		if err := tx.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
			return fmt.Errorf("read what took back %s: %w", p, err)
		}
		if n > 0 && e.Detail.Other > 0 {
			given.Undone[e.Detail.Other] = true
		} else if n > 0 {
			given.UndoneCommits[e.Detail.Before] = true
		}
	}
	return nil
}

const factColumns = `change_id, forge, repo_id, number, team, author_id, author_kind, state, draft, fork, base, base_is_default, branch, ` +
	`head_sha, merge_sha, labels, reviewers, waits_for, first_commit_at, opened_at, ready_at, requested_at, first_response_at, ` +
	`first_review_at, approved_at, merged_at, closed_at, deployed_at, waiting_since, last_event_at, opened_day, closed_day, ` +
	`merged_day, deployed_day, coding_s, draft_s, pickup_s, review_s, merge_s, queue_s, unreviewed_s, redraft_s, closed_s, deploy_s, ` +
	`cycle_s, lead_s, pickup_bh_s, review_bh_s, cycle_bh_s, ` +
	`additions, deletions, size_effective, files, rounds, reviews, human_comments, bot_comments, commits_after_review, ` +
	`lines_after_review, force_pushes, reopens, merged_unreviewed, self_merged, stacked, reverts, reverted_by, reverted, ` +
	`complete, def_version`

// upsert stores a fact. What git knows of the lines stays: no event tells of it.
var upsert = func() string {
	names := strings.Split(factColumns, ", ")
	marks, sets := make([]string, len(names)), []string{}
	for i, name := range names {
		marks[i] = "$" + strconv.Itoa(i+1)
		if name != "change_id" {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	return `INSERT INTO flow_fact (` + factColumns + `) VALUES (` + strings.Join(marks, ",") + `) ON CONFLICT (change_id) DO UPDATE SET ` +
		strings.Join(sets, ", ")
}()

func save(ctx context.Context, tx *sql.Tx, f flow.Fact, version int64) error {
	p := f.Pull
	args := []any{
		p.String(), p.Forge, p.RepoID, p.Number, f.Team, f.Author.ID, f.AuthorKind, f.Life, sqldb.Flag(f.Draft), sqldb.Flag(f.Fork),
		f.Base, sqldb.Flag(f.BaseIsDefault), f.Branch, f.Head, f.MergeSHA, strings.Join(f.Labels, "\n"), words(f.Reviewers),
		f.Waits, millis(f.FirstCommitAt), sqldb.Millis(f.OpenedAt), millis(f.ReadyAt), millis(f.RequestedAt), millis(f.FirstResponseAt),
		millis(f.FirstReviewAt), millis(f.ApprovedAt), millis(f.MergedAt), millis(f.ClosedAt), millis(f.DeployedAt),
		millis(f.WaitingSince), sqldb.Millis(f.LastEventAt), day(&f.OpenedAt), day(f.ClosedAt), day(f.MergedAt), day(f.DeployedAt),
		f.Coding, f.Stages.Draft, f.Pickup, f.Review, f.MergeWait, f.Queue, f.Unreviewed, f.Redraft, f.ClosedTime, f.Deploy,
		f.Cycle, f.Lead, f.Business.Pickup, f.Business.Review, f.Business.Cycle,
		f.Additions, f.Deletions, f.Effective, f.Files, f.Rounds, f.Reviews,
		f.HumanComments, f.BotComments, f.CommitsAfterReview, f.LinesAfterReview, f.ForcePushes, f.Reopens,
		sqldb.Flag(f.MergedUnreviewed), sqldb.Flag(f.SelfMerged), sqldb.Flag(f.Stacked), f.Reverts, f.RevertedBy, sqldb.Flag(f.Reverted),
		sqldb.Flag(f.Complete), version,
	}
	if _, err := tx.ExecContext(ctx, upsert, args...); err != nil {
		return fmt.Errorf("store facts of %s: %w", p, err)
	}
	return nil
}

// words are ids as a column holds them, each between spaces, so that one is found by LIKE '% 7 %'.
func words(ids []int64) string {
	if len(ids) == 0 {
		return ""
	}
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(" " + strconv.FormatInt(id, 10))
	}
	return b.String() + " "
}

func millis(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func day(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	d := t.Unix() / 86400
	return &d
}
