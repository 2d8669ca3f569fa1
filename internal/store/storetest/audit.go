package storetest

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/thread"
	"github.com/lintel-review/lintel/internal/upload"
)

// addTokens makes tokens, a minute apart; each is one audit record.
func (r *Rig) addTokens(from, n int) {
	r.t.Helper()
	for i := from; i < from+n; i++ {
		id := strconv.Itoa(i)
		token := upload.Token{ID: id, Forge: change.GitHub, RepoID: repoID, Name: "ci", CreatedAt: r.Clock.Now()}
		r.fatal(r.AddToken(ctx(), token, "hash "+id, "olga"))
		r.Clock.Add(time.Minute)
	}
}

// acts are the acts of the audit log since a time, each with its actor.
func (r *Rig) acts(since time.Time) []string {
	r.t.Helper()
	var all []string
	r.fatal(r.Audit(ctx(), since, func(a audit.Record) error {
		all = append(all, string(a.Act)+" by "+a.Actor)
		return nil
	}))
	return all
}

func (r *Rig) verifies(want int64) {
	r.t.Helper()
	if n, err := r.VerifyAudit(ctx()); n != want || err != nil {
		r.t.Errorf("verified %d records, want %d: %v", n, want, err)
	}
}

// damage runs a statement on the database behind the record's back.
func (r *Rig) damage(statement string) {
	r.t.Helper()
	_, err := r.Writer().ExecContext(ctx(), statement)
	r.fatal(err)
}

func (r *Rig) broken(what string) {
	r.t.Helper()
	_, err := r.VerifyAudit(ctx())
	if _, ok := errors.AsType[*audit.Broken](err); !ok {
		r.t.Errorf("%s was not found: %v", what, err)
	}
}

var auditCases = map[string]func(t *testing.T, r *Rig){
	"every act of a person is a record": func(t *testing.T, r *Rig) {
		a := r.Admission("d1", Opened(1, "aaa"))
		a.Requests[0].Force = true
		r.MustAdmit(a)
		r.MustAdmit(a) // a repeat is no second act
		r.addTokens(1, 1)
		two := upload.Token{ID: "two", Forge: change.GitHub, RepoID: repoID, Name: "ci", CreatedAt: r.Clock.Now()}
		r.fatal(r.RotateToken(ctx(), "1", r.Clock.Now(), two, "hash two", "otto"))
		r.fatal(r.RevokeToken(ctx(), change.GitHub, repoID, "two", "olga"))
		r.fatal(r.RevokeToken(ctx(), change.GitHub, repoID, "two", "late"))
		r.fatal(r.Lift(ctx(), []thread.Dismissal{{Key: Pull(1).Key, Fingerprint: "p1"}}, "otto"))
		want := []string{"recheck.asked by mona", "token.created by olga", "token.rotated by otto", "token.revoked by olga",
			"suppression.lifted by otto"}
		if got := r.acts(time.Time{}); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		r.verifies(5)
	},
	"an act that fails leaves no record": func(t *testing.T, r *Rig) {
		r.addTokens(1, 1)
		token := upload.Token{ID: "thief", Forge: change.GitHub, RepoID: repoID, CreatedAt: r.Clock.Now()}
		if err := r.AddToken(ctx(), token, "hash 1", "mallory"); err == nil {
			t.Error("two tokens with one secret")
		}
		if err := r.RevokeToken(ctx(), change.GitHub, repoID, "none", "mallory"); !errors.Is(err, change.ErrNotFound) {
			t.Error(err)
		}
		r.verifies(1)
	},
	"since, without gaps": func(t *testing.T, r *Rig) {
		r.addTokens(1, 2)
		since := r.Clock.Now()
		r.addTokens(3, 1)
		r.Clock.Add(-time.Hour) // the clock was set back
		r.addTokens(4, 1)
		if got := r.acts(since); len(got) != 2 {
			t.Errorf("got %q, want the last two", got)
		}
	},
	"a changed record is found": func(_ *testing.T, r *Rig) {
		r.addTokens(1, 3)
		r.damage(`UPDATE audit SET body = replace(body, 'olga', 'otto') WHERE seq = 2`)
		r.broken("the change")
	},
	"a lost record is found": func(_ *testing.T, r *Rig) {
		r.addTokens(1, 3)
		r.damage(`DELETE FROM audit WHERE seq = 2`)
		r.broken("the loss")
	},
	"the loss of the newest record is found": func(_ *testing.T, r *Rig) {
		r.addTokens(1, 3)
		r.damage(`DELETE FROM audit WHERE seq = 3`)
		r.broken("the loss")
	},
	"the loss of the oldest record is found": func(_ *testing.T, r *Rig) {
		r.addTokens(1, 3)
		r.damage(`DELETE FROM audit WHERE seq = 1`)
		r.broken("the loss")
	},
	"swapped records are found": func(_ *testing.T, r *Rig) {
		r.addTokens(1, 3)
		r.damage(`UPDATE audit SET seq = -seq WHERE seq > 1`)
		r.damage(`UPDATE audit SET seq = 5 + seq WHERE seq < 0`)
		r.broken("the swap")
	},
	"what is past its retention goes, and the rest verifies": func(t *testing.T, r *Rig) {
		r.addTokens(1, 4)
		r.Clock.Add(24 * time.Hour)
		r.addTokens(5, 2)
		n, err := r.Prune(ctx(), store.Retention{Audit: time.Hour})
		if r.fatal(err); n != 4 {
			t.Errorf("%d records went, want 4", n)
		}
		r.verifies(2)
		r.Clock.Add(24 * time.Hour)
		n, err = r.Prune(ctx(), store.Retention{Audit: time.Hour})
		if r.fatal(err); n != 1 {
			t.Errorf("%d records went, want 1: the newest stays", n)
		}
		r.addTokens(7, 1)
		r.verifies(2)
		r.damage(`DELETE FROM audit WHERE seq = 6`)
		r.broken("the loss of the oldest that is kept")
	},
	"without a retention nothing goes": func(_ *testing.T, r *Rig) {
		r.addTokens(1, 2)
		r.Clock.Add(10000 * time.Hour)
		_, err := r.Prune(ctx(), store.Retention{History: time.Hour})
		r.fatal(err)
		r.verifies(2)
	},
}
