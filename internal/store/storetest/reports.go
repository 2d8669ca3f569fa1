package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/upload"
)

// Upload is a coverage report of a commit of the suite's repository; its hit line tells it from others.
func Upload(sha string, scope upload.Scope, flag string, hit int) upload.Upload {
	return upload.Upload{
		Slot:     upload.Slot{Forge: change.GitHub, RepoID: repoID, SHA: sha, Scope: scope, Kind: report.CoverageKind, Flag: flag},
		Measured: sha, Run: "100", Attempt: 1, Job: "test", By: "github-actions",
		Trust: report.FullTrust, Digest: fmt.Sprintf("sha256:%s-%s-%s-%d", sha, scope, flag, hit),
		Report: report.Report{Kind: report.CoverageKind, Format: "go", Coverage: &report.Coverage{
			Files:      []report.FileCoverage{{Path: "a.go", Lines: []report.LineRange{{From: hit, To: hit, State: report.Hit}}}},
			Unresolved: []string{}, Notes: []string{}}}}
}

// ForCommit is an admission that asks for looks at the open changes with a commit.
func (r *Rig) ForCommit(sha string) delivery.Admission {
	return delivery.Admission{
		Delivery: delivery.Delivery{Forge: change.GitHub, Name: "report", RepoID: repoID, ReceivedAt: r.Clock.Now()},
		Outcome:  delivery.Accepted,
		Requests: []delivery.ReviewRequest{
			{Forge: change.GitHub, RepoID: repoID, Commit: sha, Lane: delivery.Interactive, Why: "report: coverage"},
		}}
}

// MustKeep keeps an upload and checks what became of it.
func (r *Rig) MustKeep(u upload.Upload, once *upload.Nonce, want upload.Outcome) delivery.Receipt {
	r.t.Helper()
	got, receipt, err := r.KeepReport(ctx(), u, once, r.ForCommit(u.SHA))
	if err != nil || got != want {
		r.t.Fatalf("%s of %s %s: %q %v, want %q", u.Flag, u.SHA, u.Scope, got, err, want)
	}
	return receipt
}

// hits are the reports of a change's head as "flag:line".
func (r *Rig) hits(sha string, number int, fork bool) []string {
	r.t.Helper()
	set, err := r.HeadReports(ctx(), upload.Head{Forge: change.GitHub, RepoID: repoID, SHA: sha, Number: number, Fork: fork})
	r.fatal(err)
	return hitsOf(set.Reports)
}

func hitsOf(all []report.Report) []string {
	out := []string{}
	for _, x := range all {
		out = append(out, fmt.Sprintf("%s:%d", x.Flag, x.Coverage.Files[0].Lines[0].From))
	}
	return out
}

func (r *Rig) same(what string, got, want any) {
	r.t.Helper()
	if !reflect.DeepEqual(got, want) {
		r.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

var reportCases = map[string]func(t *testing.T, r *Rig){
	"a report comes back as it was kept, with its place": func(t *testing.T, r *Rig) {
		u := Upload("aaa", upload.ForPull(1), "unit", 7)
		u.Part, u.Trust = "2", report.AuthorTrust
		r.MustKeep(u, nil, upload.Stored)
		set, err := r.HeadReports(ctx(), upload.Head{Forge: change.GitHub, RepoID: repoID, SHA: "aaa", Number: 1})
		r.fatal(err)
		want := u.Report
		want.Flag, want.SHA, want.Trust, want.Source = "unit", "aaa", report.AuthorTrust, "job test, part 2"
		r.same("reports", set.Reports, []report.Report{want})
		if !set.First.Equal(r.Clock.Now()) || !set.Last.Equal(r.Clock.Now()) || !set.Finalised.IsZero() {
			t.Errorf("%+v", set)
		}
	},
	"the report, its use of the token and the looks are one": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb")))
		r.Queue.Take()
		once := &upload.Nonce{Issuer: "i", ID: "one", Expires: r.Clock.Now().Add(time.Minute)}
		r.Queue.Fail = errors.New("no queue")
		if _, _, err := r.KeepReport(ctx(), Upload("aaa", upload.Commit, "unit", 1), once, r.ForCommit("aaa")); err == nil {
			t.Error("kept without a look")
		}
		r.same("after the fault", r.hits("aaa", 1, false), []string{})
		r.Queue.Fail = nil
		got := r.MustKeep(Upload("aaa", upload.Commit, "unit", 1), once, upload.Stored)
		r.same("changes", got.Changes, []change.Key{Pull(1).Key})
		r.same("jobs", len(r.Queue.Take()), 1)
		lines, err := r.Lines(ctx(), Pull(1).Key, 1)
		r.fatal(err)
		if len(lines) != 1 || lines[0].Detail != "report: coverage" {
			t.Errorf("%+v", lines)
		}
	},
	"a token is used once": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		once := &upload.Nonce{Issuer: "i", ID: "one", Expires: r.Clock.Now().Add(time.Minute)}
		r.MustKeep(Upload("aaa", upload.Commit, "unit", 1), once, upload.Stored)
		r.Queue.Take()
		// What a client sends again because it did not hear the answer changes nothing and is no error.
		r.MustKeep(Upload("aaa", upload.Commit, "unit", 1), once, upload.Repeat)
		r.same("jobs", len(r.Queue.Take()), 0)
		for name, u := range map[string]upload.Upload{"other content": Upload("aaa", upload.Commit, "unit", 2),
			"other flag": Upload("aaa", upload.Commit, "e2e", 1)} {
			if _, _, err := r.KeepReport(ctx(), u, once, r.ForCommit("aaa")); !errors.Is(err, upload.ErrTokenUsed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		r.same("reports", r.hits("aaa", 1, false), []string{"unit:1"})
		r.MustKeep(Upload("aaa", upload.Commit, "unit", 2),
			&upload.Nonce{Issuer: "other", ID: "one", Expires: r.Clock.Now().Add(time.Minute)}, upload.Stored)
	},
	"the newest attempt of a run counts": func(t *testing.T, r *Rig) {
		second := Upload("aaa", upload.Commit, "unit", 2)
		second.Attempt = 2
		r.MustKeep(second, nil, upload.Stored)
		r.MustKeep(Upload("aaa", upload.Commit, "unit", 1), nil, upload.Older)
		r.same("after the older", r.hits("aaa", 1, false), []string{"unit:2"})
		again := second
		again.Report, again.Digest = Upload("aaa", upload.Commit, "unit", 3).Report, "sha256:again"
		r.MustKeep(again, nil, upload.Stored)
		r.same("the same attempt again", r.hits("aaa", 1, false), []string{"unit:3"})
		other := Upload("aaa", upload.Commit, "unit", 4)
		other.Run = "101"
		r.MustKeep(other, nil, upload.Stored)
		r.same("another run", r.hits("aaa", 1, false), []string{"unit:4"})
	},
	"flags and parts add up": func(t *testing.T, r *Rig) {
		r.MustKeep(Upload("aaa", upload.Commit, "unit", 1), nil, upload.Stored)
		part := Upload("aaa", upload.Commit, "unit", 2)
		part.Part = "2"
		r.MustKeep(part, nil, upload.Stored)
		r.MustKeep(Upload("aaa", upload.Commit, "e2e", 3), nil, upload.Stored)
		r.MustKeep(Upload("bbb", upload.Commit, "unit", 9), nil, upload.Stored)
		r.same("reports", r.hits("aaa", 1, false), []string{"e2e:3", "unit:1", "unit:2"})
	},
	"a scope speaks for its own changes": func(t *testing.T, r *Rig) {
		r.MustKeep(Upload("aaa", upload.ForPull(1), "one", 1), nil, upload.Stored)
		r.MustKeep(Upload("aaa", upload.ForPull(12), "twelve", 12), nil, upload.Stored)
		r.MustKeep(Upload("aaa", upload.Forks, "fork", 3), nil, upload.Stored)
		r.MustKeep(Upload("aaa", upload.Commit, "commit", 4), nil, upload.Stored)
		r.MustKeep(Upload("aaa", upload.ByToken, "token", 5), nil, upload.Stored)
		r.same("1", r.hits("aaa", 1, false), []string{"commit:4", "one:1", "token:5"})
		r.same("12", r.hits("aaa", 12, false), []string{"commit:4", "token:5", "twelve:12"})
		r.same("a fork's", r.hits("aaa", 1, true), []string{"commit:4", "fork:3", "token:5"})
	},
	"of two scopes the newest counts": func(t *testing.T, r *Rig) {
		r.MustKeep(Upload("aaa", upload.ForPull(1), "unit", 1), nil, upload.Stored)
		r.Clock.Add(time.Second)
		r.MustKeep(Upload("aaa", upload.Commit, "unit", 2), nil, upload.Stored)
		r.same("first", r.hits("aaa", 1, false), []string{"unit:2"})
		r.Clock.Add(time.Second)
		r.MustKeep(Upload("aaa", upload.ForPull(1), "unit", 3), nil, upload.Stored)
		r.same("then", r.hits("aaa", 1, false), []string{"unit:3"})
	},
	"base reports are those of commits": func(t *testing.T, r *Rig) {
		for _, scope := range []upload.Scope{upload.ByToken, upload.ForPull(1), upload.Forks} {
			r.MustKeep(Upload("aaa", scope, "unit", 1), nil, upload.Stored)
		}
		index, err := r.BaseIndex(ctx(), change.GitHub, repoID, 10)
		r.fatal(err)
		r.same("none", len(index), 0)
		r.MustKeep(Upload("aaa", upload.Commit, "unit", 2), nil, upload.Stored)
		r.Clock.Add(time.Second)
		r.MustKeep(Upload("bbb", upload.Commit, "e2e", 3), nil, upload.Stored)
		final := upload.Upload{
			Slot:   upload.Slot{Forge: change.GitHub, RepoID: repoID, SHA: "bbb", Scope: upload.Commit, Kind: upload.Final},
			Digest: "sha256:final",
		}
		r.MustKeep(final, nil, upload.Stored)
		index, err = r.BaseIndex(ctx(), change.GitHub, repoID, 10)
		r.fatal(err)
		r.same("index", index,
			[]upload.BaseAt{{SHA: "bbb", Kind: report.CoverageKind, Flag: "e2e"}, {SHA: "aaa", Kind: report.CoverageKind, Flag: "unit"}})
		base, err := r.BaseReports(ctx(), change.GitHub, repoID, "aaa")
		r.fatal(err)
		r.same("reports", hitsOf(base), []string{"unit:2"})
		if !base[0].Base || base[0].SHA != "aaa" {
			t.Errorf("%+v", base[0])
		}
	},
	"CI says that nothing more comes": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.MustKeep(Upload("aaa", upload.ForPull(1), "unit", 1), nil, upload.Stored)
		r.Clock.Add(time.Second)
		at := r.Clock.Now()
		got := r.MustKeep(
			upload.Upload{
				Slot:   upload.Slot{Forge: change.GitHub, RepoID: repoID, SHA: "aaa", Scope: upload.ForPull(1), Kind: upload.Final},
				Digest: "sha256:final",
			}, nil, upload.Stored)
		r.same("changes", got.Changes, []change.Key{Pull(1).Key})
		set, err := r.HeadReports(ctx(), upload.Head{Forge: change.GitHub, RepoID: repoID, SHA: "aaa", Number: 1})
		r.fatal(err)
		if !set.Finalised.Equal(at) || len(set.Reports) != 1 {
			t.Errorf("%+v", set)
		}
	},
	"what it was read from": func(t *testing.T, r *Rig) {
		u := Upload("aaa", upload.Commit, "unit", 1)
		u.Raw, u.Encoding = []byte("mode: set\n"), "gzip"
		r.MustKeep(u, nil, upload.Stored)
		body, encoding, err := r.RawReport(ctx(), u.Digest)
		if err != nil || string(body) != "mode: set\n" || encoding != "gzip" {
			t.Errorf("%q %s %v", body, encoding, err)
		}
		if _, _, err := r.RawReport(ctx(), "sha256:other"); !errors.Is(err, change.ErrNotFound) {
			t.Error(err)
		}
	},
	"what is old goes, what an open change rests on stays": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb")))
		ended := r.Admission("d2")
		ended.Ended, ended.EndState = []change.Ref{Pull(2)}, change.Merged
		r.MustAdmit(ended)
		for _, sha := range []string{"aaa", "bbb", "ccc"} {
			u := Upload(sha, upload.ByToken, "unit", 1)
			u.Raw = []byte("x")
			r.MustKeep(u, &upload.Nonce{Issuer: "i", ID: sha, Expires: r.Clock.Now()}, upload.Stored)
		}
		r.MustKeep(Upload("ccc", upload.Commit, "unit", 2), nil, upload.Stored)
		day := 24 * time.Hour
		keep := store.Retention{Reports: 30 * day, RawReports: 2 * day, UnseenReports: 7 * day}
		left := func() []string {
			out := []string{}
			for _, sha := range []string{"aaa", "bbb", "ccc"} {
				for _, h := range r.hits(sha, 1, false) {
					out = append(out, sha+" "+h)
				}
			}
			return out
		}
		prune := func(want int64) {
			t.Helper()
			if n, err := r.Prune(ctx(), keep); err != nil || n != want {
				t.Errorf("%d rows went, %v, want %d", n, err, want)
			}
		}
		prune(0)
		r.Clock.Add(3 * day)
		prune(6) // three raw reports and three used tokens
		r.same("parsed", left(), []string{"aaa unit:1", "bbb unit:1", "ccc unit:2"})
		r.Clock.Add(5 * day)
		prune(1) // a token's report of a commit that nobody knows
		r.Clock.Add(30 * day)
		prune(2)
		r.same("the open change's", left(), []string{"aaa unit:1"})
	},
	"runs whose artifacts are to be fetched": func(t *testing.T, r *Rig) {
		run := upload.Run{Forge: change.GitHub, RepoID: repoID, Connection: connection, ID: 5, Attempt: 1, Head: "aaa", Fork: true}
		a := r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa"), Opened(3, "bbb"))
		a.Runs = []upload.Run{run}
		r.MustAdmit(a)
		left := func() []upload.Run {
			all, err := r.RunsOf(ctx(), change.GitHub, repoID, "aaa")
			r.fatal(err)
			// A look learns with its record whether there are any.
			record, _, err := r.LookRecord(ctx(), Pull(1).Key)
			r.fatal(err)
			r.same("nothing is to be fetched", record.Fetched, len(all) == 0)
			return all
		}
		r.same("waiting", left(), []upload.Run{run})
		r.fatal(r.Collected(ctx(), run, Pull(1).Key))
		r.same("fetched", len(left()), 0)
		looks := []string{}
		for _, j := range r.Queue.Take()[3:] {
			looks = append(looks, j.Key)
		}
		r.same("looks at others with that head", looks, []string{Pull(2).Key.String()})
		again := r.Admission("d2")
		again.Runs = []upload.Run{run}
		r.MustAdmit(again)
		r.same("the same attempt", len(left()), 0)
		run.Attempt = 2
		again.ID, again.Runs = "d3", []upload.Run{run}
		r.MustAdmit(again)
		r.same("a newer attempt", left(), []upload.Run{run})
		run.Attempt = 1
		r.fatal(r.Collected(ctx(), run, Pull(1).Key))
		r.same("the older attempt's end is not the newer's", len(left()), 1)
		r.Clock.Add(40 * 24 * time.Hour)
		if _, err := r.Prune(ctx(), store.Retention{}); err != nil {
			t.Error(err)
		}
		r.same("forgotten", len(left()), 0)
	},
	"repositories with their owners": func(t *testing.T, r *Rig) {
		a := r.Admission("d1")
		a.Seen[0].Repository.OwnerID = 42
		r.MustAdmit(a)
		r.MustAdmit(r.Admission("d2")) // an event that does not say the owner
		for _, by := range []struct {
			id   int64
			name string
		}{{repoID, ""}, {0, "Acme/SHOP"}} {
			got, inst, err := r.Owned(ctx(), change.GitHub, by.id, by.name)
			if err != nil || got.ID != repoID || got.OwnerID != 42 || inst != connection || got.Name != "shop" {
				t.Errorf("%+v %d %v", got, inst, err)
			}
		}
		a = r.Admission("d3")
		a.Seen[0].Gone = true
		r.MustAdmit(a)
		if _, _, err := r.Owned(ctx(), change.GitHub, repoID, ""); !errors.Is(err, change.ErrNotFound) {
			t.Error(err)
		}
	},
}

var tokenCases = map[string]func(t *testing.T, r *Rig){
	"from creation to the end": func(t *testing.T, r *Rig) {
		now := r.Clock.Now()
		one := upload.Token{
			ID:        "one",
			Forge:     change.GitHub,
			RepoID:    repoID,
			Name:      "jenkins",
			Base:      true,
			CreatedAt: now,
			ExpiresAt: now.Add(48 * time.Hour),
		}
		r.fatal(r.AddToken(ctx(), one, "hash one", "olga"))
		if err := r.AddToken(ctx(), upload.Token{ID: "thief", Forge: change.GitHub, RepoID: repoID, CreatedAt: now},
			"hash one", "olga"); err == nil {
			t.Error("two tokens with one secret")
		}
		got, err := r.TokenBy(ctx(), "hash one")
		r.fatal(err)
		r.same("found", got, one)
		all, err := r.Tokens(ctx(), change.GitHub, repoID)
		r.fatal(err)
		one.UsedAt = now
		r.same("listed", all, []upload.Token{one})
		if _, err := r.TokenBy(ctx(), "hash"); !errors.Is(err, change.ErrNotFound) {
			t.Error(err)
		}
		two := upload.Token{ID: "two", Forge: change.GitHub, RepoID: repoID, Name: "jenkins", CreatedAt: now}
		if err := r.RotateToken(ctx(), "one", now, upload.Token{ID: "x", Forge: change.GitHub, RepoID: 8, CreatedAt: now},
			"hash x", "olga"); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("another repository's: %v", err)
		}
		r.fatal(r.RotateToken(ctx(), "one", now.Add(time.Hour), two, "hash two", "olga"))
		got, err = r.TokenBy(ctx(), "hash one")
		r.fatal(err)
		if !got.Alive(now) || got.Alive(now.Add(time.Hour)) {
			t.Errorf("%+v", got)
		}
		r.Clock.Add(2 * time.Hour)
		if err := r.RotateToken(ctx(), "one", now, upload.Token{ID: "three", Forge: change.GitHub, RepoID: repoID, CreatedAt: now},
			"hash three", "olga"); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("one that ended: %v", err)
		}
		if err := r.RevokeToken(ctx(), change.GitHub, 8, "two", "olga"); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("another repository's: %v", err)
		}
		r.fatal(r.RevokeToken(ctx(), change.GitHub, repoID, "two", "olga"))
		at := r.Clock.Now()
		r.Clock.Add(time.Hour)
		r.fatal(r.RevokeToken(ctx(), change.GitHub, repoID, "two", "olga"))
		got, err = r.TokenBy(ctx(), "hash two")
		r.fatal(err)
		if got.Alive(r.Clock.Now()) || !got.RevokedAt.Equal(at) || !got.UsedAt.IsZero() {
			t.Errorf("%+v", got)
		}
	},
}
