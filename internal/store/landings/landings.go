// Package landings keeps which files the commits of default branches touched, as pushes or a clone told of them, for
// the churn of later changes. It alone writes the table landing.
//
// Callers may rely on:
//   - the same commits give the same churn as a clone of them, or none: where a push is missing between a commit and the
//     beginning of the window, the line ends there, and the answer says since when it is known;
//   - deliveries may come twice and in any order, and a clone may be read between them;
//   - no name of a file and of no person is kept, only hashes that differ from repository to repository;
//   - a repository has a bounded number of rows.
//
// Methods that end in Tx work inside the caller's transaction. Only other rooms of the record call them.
package landings

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Bounds and windows.
const (
	// Kept is how long commits are kept: a window of churn before a merge base of three months ago.
	Kept = 180 * 24 * time.Hour
	// maxRows is how many commits of one repository are kept.
	maxRows = 2_000
	// window is a day longer than churn looks back, which counts whole days.
	window = (churn.Days + 1) * 24 * time.Hour
	// late is how much later than the next one a delivery may come.
	late = 24 * time.Hour
)

// Store is safe for concurrent use.
type Store struct{ db *sqldb.DB }

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db: db} }

// LandTx keeps commits that a push brought to a default branch, each with its parent on the line.
func (s *Store) LandTx(ctx context.Context, tx *sql.Tx, forge change.Forge, repo int64, at time.Time, commits []churn.Commit) error {
	if len(commits) == 0 {
		return nil
	}
	for _, c := range commits[max(0, len(commits)-maxRows):] {
		if c.At.IsZero() {
			c.At = at
		}
		if err := insert(ctx, tx, forge, repo, at, c, `DO NOTHING`); err != nil {
			return err
		}
	}
	return bound(ctx, tx, forge, repo)
}

// atOnce is how many commits are kept in one transaction: a webhook waits no longer than one takes.
const atOnce = 200

// Land keeps what a clone tells of the default branch: commits of its line, the newest first, each with its parent. What
// pushes told of the same commits is replaced. A commit counts as pushed when it was made, and never later than the next.
func (s *Store) Land(ctx context.Context, forge change.Forge, repo int64, line []churn.Commit) error {
	line = line[:min(len(line), maxRows)]
	var pushed time.Time
	for part := range slices.Chunk(line, atOnce) {
		err := s.db.Transact(ctx, "keep what a clone tells", func(tx *sql.Tx) error {
			for _, c := range part {
				if pushed.IsZero() || c.At.Before(pushed) {
					pushed = c.At
				}
				err := insert(ctx, tx, forge, repo, pushed, c, `DO UPDATE SET parent = excluded.parent,
					committed_at = excluded.committed_at, author = excluded.author, fix = excluded.fix, paths = excluded.paths`)
				if err != nil {
					return err
				}
			}
			return bound(ctx, tx, forge, repo)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func insert(ctx context.Context, tx *sql.Tx, forge change.Forge, repo int64, at time.Time, c churn.Commit, known string) error {
	salt := saltOf(forge, repo)
	_, err := tx.ExecContext(ctx,
		`INSERT INTO landing (forge, repo_id, sha, parent, committed_at, received_at, author, fix, paths)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (forge, repo_id, sha) `+known,
		forge, repo, c.ID, c.Parent, sqldb.Millis(c.At), sqldb.Millis(at), salt.author(c.Author), sqldb.Flag(c.IsFix()),
		salt.pack(c.Paths))
	if err != nil {
		return fmt.Errorf("keep what %s touched: %w", change.Short(c.ID), err)
	}
	return nil
}

// bound deletes the oldest commits of a repository that has too many.
func bound(ctx context.Context, tx *sql.Tx, forge change.Forge, repo int64) error {
	_, err := tx.ExecContext(ctx,
		`DELETE FROM landing WHERE forge = $1 AND repo_id = $2 AND received_at < (SELECT received_at FROM landing
		WHERE forge = $1 AND repo_id = $2 ORDER BY received_at DESC LIMIT 1 OFFSET $3)`, forge, repo, maxRows-1)
	if err != nil {
		return fmt.Errorf("bound what is kept of repository %d: %w", repo, err)
	}
	return nil
}

// AddChurn adds to a snapshot what the history before its merge base tells of the changed files, by their names there.
// Where not all of the window is known it adds since when it is, if the merge base is known at all.
func (s *Store) AddChurn(ctx context.Context, snap *change.Snapshot) error {
	if len(snap.Files) == 0 || snap.MergeBase == "" {
		return nil
	}
	rows, newest, err := s.read(ctx, snap.Ref.Forge, snap.Ref.RepoID, snap.MergeBase)
	if err != nil || len(rows) == 0 {
		return err
	}
	paths := make([]string, len(snap.Files))
	for i, f := range snap.Files {
		paths[i] = cmp.Or(f.OldPath, f.Path)
	}
	line, since, whole := lineOf(rows, snap.MergeBase, saltOf(snap.Ref.Forge, snap.Ref.RepoID), paths)
	if whole || newest.Sub(since) >= window {
		snap.Churn = churn.Of(line, paths)
	} else {
		snap.ChurnSince = since
	}
	return nil
}

// lineOf goes from a commit back from parent to parent, as far as churn looks and rows are there. Of the files that each
// touched it names those of the paths. Since is when the oldest was pushed; whole is true when churn needs no more.
func lineOf(rows map[string]row, commit string, salt salt, paths []string) (line []churn.Commit, since time.Time, whole bool) {
	wanted := map[uint64]string{}
	for _, p := range paths {
		wanted[salt.path(p)] = p
	}
	for next := commit; len(line) <= churn.MaxCommits; {
		r, ok := rows[next]
		if !ok {
			return line, since, false
		}
		delete(rows, next) // a row of a line is in it once
		since = r.received
		c := r.Commit
		for packed := r.paths; len(packed) >= 8; packed = packed[8:] {
			if p, ok := wanted[binary.BigEndian.Uint64(packed)]; ok {
				c.Paths = append(c.Paths, p)
			}
		}
		line = append(line, c)
		if next = c.Parent; next == "" {
			break
		}
	}
	return line, since, true
}

// row is one commit as it is kept.
type row struct {
	churn.Commit
	received time.Time
	paths    []byte
}

// read reads the commits that may be in the window before a commit, and one older one, which shows that nothing is
// missing at its beginning. Newest is when the commit was made.
func (s *Store) read(ctx context.Context, forge change.Forge, repo int64, commit string) (all map[string]row, newest time.Time, err error) {
	var committed, received int64
	err = s.db.Reader().QueryRowContext(ctx, `SELECT committed_at, received_at FROM landing WHERE forge = $1 AND repo_id = $2 AND sha = $3`,
		forge, repo, commit).Scan(&committed, &received)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, newest, nil
	}
	if err != nil {
		return nil, newest, fmt.Errorf("read what landed in repository %d: %w", repo, err)
	}
	newest = sqldb.Time(committed)
	from := min(committed, received) - window.Milliseconds()
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT sha, parent, committed_at, received_at, author, fix, paths FROM landing WHERE forge = $1 AND repo_id = $2
		AND received_at <= $3 AND received_at >= COALESCE((SELECT MAX(received_at) FROM landing
			WHERE forge = $1 AND repo_id = $2 AND received_at <= $4), 0)`,
		forge, repo, received+late.Milliseconds(), from)
	if err != nil {
		return nil, newest, fmt.Errorf("read what landed in repository %d: %w", repo, err)
	}
	defer rows.Close()
	all = map[string]row{}
	for rows.Next() {
		var r row
		var at, told, fix int64
		if err := rows.Scan(&r.ID, &r.Parent, &at, &told, &r.Author, &fix, &r.paths); err != nil {
			return nil, newest, fmt.Errorf("read what landed in repository %d: %w", repo, err)
		}
		r.At, r.received, r.Fix = sqldb.Time(at), sqldb.Time(told), fix != 0
		all[r.ID] = r
	}
	return all, newest, errors.Join(rows.Err(), rows.Close())
}

// salt makes hashes of one repository useless in another.
type salt string

func saltOf(forge change.Forge, repo int64) salt {
	return salt(fmt.Sprintf("%s\x00%d\x00", forge, repo))
}

func (s salt) sum(what, text string) [sha256.Size]byte {
	return sha256.Sum256([]byte(string(s) + what + "\x00" + text))
}

func (s salt) author(email string) string {
	sum := s.sum("author", strings.ToLower(email))
	return hex.EncodeToString(sum[:8])
}

func (s salt) path(name string) uint64 {
	sum := s.sum("path", name)
	return binary.BigEndian.Uint64(sum[:8])
}

// pack writes the hashes of names one behind the other. A commit that touches too many files tells of none of them.
func (s salt) pack(paths []string) []byte {
	if len(paths) > churn.MaxPaths {
		return []byte{}
	}
	var sums []uint64
	for _, p := range paths {
		sums = append(sums, s.path(p))
	}
	slices.Sort(sums)
	packed := make([]byte, 0, 8*len(sums))
	for _, sum := range sums {
		packed = binary.BigEndian.AppendUint64(packed, sum)
	}
	return packed
}
