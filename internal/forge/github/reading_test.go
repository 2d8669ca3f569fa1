package github_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/oracle"
	"github.com/lintel-review/lintel/internal/fake/graph"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// TestQueriesAreGitHubs: GitHub would run every GraphQL text we send.
func TestQueriesAreGitHubs(t *testing.T) {
	for name, text := range github.Queries() {
		for _, problem := range oracle.Query(t, text) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// TestALookCostsTwoPoints: as many as internal/ratelimit leases for a GraphQL query, by GitHub's published formula.
func TestALookCostsTwoPoints(t *testing.T) {
	var x graph.Executor
	dearest := 0
	for name, text := range github.Queries() {
		if strings.HasPrefix(name, "LintelPast") || name == "LintelTeams" {
			continue // the back-fill stops before anything is leased, and teams are asked for once an hour
		}
		cost := x.Cost(text, name, map[string]any{"owner": "acme", "name": "shop", "number": 1, "hint": "abc", "hinted": true,
			"checks": true, "remarks": true, "after": "x", "group": "abc", "ref": "r", "oid": "abc", "thread": "x"})
		if cost.Points > 2 {
			t.Errorf("%s costs %d points", name, cost.Points)
		}
		dearest = max(dearest, cost.Points)
	}
	if dearest != 2 {
		t.Errorf("the dearest query of a look costs %d points, and is leased as 2", dearest)
	}
}

func (s *shop) read(t testing.TB, n int) change.Snapshot {
	t.Helper()
	snap, err := s.forge.Snapshot(t.Context(), s.record(n))
	must(t, err)
	return snap
}

func gaps(s change.Snapshot, fact string) (found []change.Gap) {
	for _, g := range s.Gaps {
		if g.Fact == fact {
			found = append(found, g)
		}
	}
	return found
}

// TestManyFiles: the list beyond 300 files is whole up to GitHub's 3,000, and one file more is a gap.
func TestManyFiles(t *testing.T) {
	for _, c := range []struct{ files, read, gaps int }{{350, 350, 0}, {2999, 2999, 0}, {3001, 3000, 1}} {
		t.Run(fmt.Sprint(c.files), func(t *testing.T) {
			s := newShop(t, fakehub.Options{})
			files := fakehub.Files{}
			for i := range c.files {
				files[fmt.Sprintf("many/%04d.txt", i)] = "x\n"
			}
			n, _ := s.topic(t, "many", files)
			snap := s.read(t, n)
			if len(snap.Files) != c.read || snap.FilesTotal != c.files || len(gaps(snap, "diff.files")) != c.gaps {
				t.Errorf("%d of %d files, gaps %+v", len(snap.Files), snap.FilesTotal, snap.Gaps)
			}
			s.hub.Reset()
			again := s.read(t, n)
			if got := s.hub.Count("GET", ""); got != 0 {
				t.Errorf("another look at the same head lists the files again: %+v", s.hub.Requests())
			}
			again.TakenAt = snap.TakenAt
			if !reflect.DeepEqual(again, snap) {
				t.Error("another look at the same head shows another change")
			}
		})
	}
}

// TestALaggingListIsReadAgain: GitHub makes the list of changed files behind a push. One that does not agree with the
// comparison of the two commits is not kept.
func TestALaggingListIsReadAgain(t *testing.T) {
	s := newShop(t, fakehub.Options{Stale: true})
	many := func(text string) fakehub.Files {
		files := fakehub.Files{}
		for i := range 301 {
			files[fmt.Sprintf("many/%04d.txt", i)] = text
		}
		return files
	}
	n, _ := s.topic(t, "many", many("x\n"))
	s.read(t, n)
	_, err := s.hub.Commit("acme/shop", fakehub.Commit{Branch: "many", Author: "wendy", Message: "feat: more", Files: many("y\n")})
	must(t, err)
	current := s.hub.Fault(traffic.Fault{Method: "GET", Route: "/repos/{owner}/{repo}/pulls/{pull_number}/files", Stale: true})
	s.read(t, n)
	current()
	if snap := s.read(t, n); snap.Files[0].Hunks[0].Lines[0].Text != "y" || !snap.FilesUnpinned {
		t.Errorf("%+v is of the head before, or pinned: %v", snap.Files[0], snap.FilesUnpinned)
	}
	few, _ := s.topic(t, "few", fakehub.Files{"few.txt": "x\n"})
	if snap := s.read(t, few); snap.FilesUnpinned {
		t.Error("no commit pins what GitHub says between two")
	}
}

// TestManyCommits: commits are paged to the last.
//
//race:unwatched
func TestManyCommits(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, _ := s.topic(t, "many", fakehub.Files{"pay/x.go": "x\n"})
	for i := range 259 {
		_, err := s.hub.Commit("acme/shop",
			fakehub.Commit{
				Branch:  "many",
				Author:  "wendy",
				Message: fmt.Sprintf("feat: %d", i),
				Files:   fakehub.Files{"pay/x.go": fmt.Sprintf("%d\n", i)},
			})
		must(t, err)
	}
	snap := s.read(t, n)
	if len(snap.Commits) != 260 || snap.Commits[0].Message != "feat: many" || snap.Commits[259].Message != "feat: 258" ||
		len(snap.Gaps) != 0 {
		t.Errorf("%d commits, gaps %+v", len(snap.Commits), snap.Gaps)
	}
}

// TestEveryKindOfFile: where GitHub leaves the patch out, the file is known by what it is.
func TestEveryKindOfFile(t *testing.T) {
	s := newWatched(t, fakehub.Options{PatchBytes: 2000})
	large := strings.Repeat("a line of text\n", 300)
	_, err := s.hub.Commit("acme/shop",
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "feat: old",
			Files:   fakehub.Files{"old.txt": "one\ntwo\nthree\nfour\n", "run.sh": "#!/bin/sh\n", "gone.txt": "x\n", "big.txt": large},
		})
	must(t, err)
	_, err = s.hub.Commit("acme/shop",
		fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "feat: kinds", Delete: []string{"gone.txt", "old.txt"},
			Files: fakehub.Files{"new.txt": "one\ntwo\nthree\nfour\n", "run.sh": "#!/bin/sh\n", "empty": "", "binary": "\x00\x01\x02",
				"link": "run.sh", "big.txt": large + "more\n"},
			Modes: map[string]string{"run.sh": fakehub.ModeExec, "link": fakehub.ModeLink}})
	must(t, err)
	n, err := s.hub.OpenPull("acme/shop", fakehub.Pull{Head: "topic", Base: "main", Title: "feat: kinds", Author: "wendy"})
	must(t, err)
	snap := s.read(t, n)
	byPath := map[string]diff.File{}
	for _, f := range snap.Files {
		byPath[f.Path] = f
	}
	if len(snap.Gaps) != 0 {
		t.Errorf("gaps: %+v", snap.Gaps)
	}
	if f := byPath["new.txt"]; f.Status != diff.Renamed || f.OldPath != "old.txt" {
		t.Errorf("rename: %+v", f)
	}
	if f := byPath["run.sh"]; f.OldMode != "100644" || f.Mode != "100755" {
		t.Errorf("mode: %+v", f)
	}
	if f := byPath["link"]; f.State != diff.Symlink { // GitHub shows a link as a file that holds its target; its tree tells
		t.Errorf("link: %+v", f)
	}
	if f := byPath["binary"]; f.State != diff.Binary {
		t.Errorf("binary: %+v", f)
	}
	if f := byPath["big.txt"]; f.State == diff.TooLarge || f.Additions != 1 {
		t.Errorf("a patch that was left out: state %v, %d additions", f.State, f.Additions)
	}
	if f := byPath["gone.txt"]; f.Status != diff.Removed {
		t.Errorf("removed: %+v", f)
	}
}

// TestManyReviews: reviews are paged, oldest first.
func TestManyReviews(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	for range 130 {
		_, err := s.hub.Review("acme/shop", n, fakehub.Review{Author: "rita", State: "COMMENT", Body: "Read."})
		must(t, err)
	}
	_, err := s.hub.Review("acme/shop", n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	snap := s.read(t, n)
	if len(snap.Reviews) != 131 || snap.Reviews[130].State != change.Approved || len(snap.Gaps) != 0 {
		t.Errorf("%d reviews, gaps %+v", len(snap.Reviews), snap.Gaps)
	}
}

// TestOlderApprovedHeads: what an approver saw is read again, also when it was pushed away.
func TestOlderApprovedHeads(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, old := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	_, err := s.hub.Review("acme/shop", n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	_, err = s.hub.Commit("acme/shop",
		fakehub.Commit{
			Branch:  "topic",
			Parents: []string{s.hub.Tip("acme/shop", "main")},
			Force:   true,
			Author:  "wendy",
			Message: "feat: again",
			Files:   fakehub.Files{"pay/x.go": "x\n", "pay/y.go": "y\n"},
		})
	must(t, err)
	seen, ok := s.read(t, n).Reviewed[old]
	if !ok || !seen.Complete || len(seen.Files) != 1 || seen.Files[0].Path != "pay/x.go" || seen.Files[0].Mode != "100644" {
		t.Errorf("at the approved head: %+v", seen)
	}
}

// TestTeams: more members than one page are read, and a team that is not there is known not to be there.
func TestTeams(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	for i := range 140 {
		login := fmt.Sprintf("member-%d", i)
		must(t, s.hub.AddUser(fakehub.User{Login: login}))
		must(t, s.hub.SetOrgMember("acme", login, "member", "olga"))
		must(t, s.hub.SetTeamMember("acme", "core", login, "member", "olga"))
	}
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	snap := s.read(t, n)
	if team := snap.Teams["acme/core"]; len(team.Members) != 141 || !team.Exists || team.CanWrite == nil || !*team.CanWrite {
		t.Errorf("%d members, %+v", len(team.Members), team.Exists)
	}
	if team, ok := snap.Teams["acme/nobody"]; !ok || team.Exists {
		t.Errorf("a team that is not there: %+v", team)
	}
	if len(snap.Gaps) != 0 {
		t.Errorf("gaps: %+v", snap.Gaps)
	}
}

// late lets something happen between the forge's answer about teams and its arrival.
type late struct{ meanwhile func() }

func (l *late) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if bytes.Contains(body, []byte("LintelTeams")) && l.meanwhile != nil {
		act := l.meanwhile
		l.meanwhile = nil
		act()
	}
	return resp, err
}

// TestMembershipReadBeforeItChanged: what a reading that is under way learned before an event must not outlive the event.
func TestMembershipReadBeforeItChanged(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	spec, l := s.hub.App(), &late{}
	var err error
	s.forge, err = github.New(
		github.Options{AppID: spec.ID, PrivateKey: spec.PEM(), APIURL: s.hub.URL(), Kept: &memoryCache{kept: map[string][]byte{}},
			Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Transport:     withBody{l},
			Owners:        func([]byte, []string) (teams, users, emails []string) { return []string{"acme/core"}, nil, nil },
			ValidSettings: func([]byte) bool { return true }})
	must(t, err)
	l.meanwhile = func() {
		if err := s.hub.SetTeamMember("acme", "core", "mika", "member", "olga"); err != nil {
			t.Error(err)
		}
		s.forge.Forget(s.installation, "acme/core")
	}
	if team := s.read(t, n).Teams["acme/core"]; slices.Contains(team.Members, "mika") {
		t.Fatalf("members: %v; the answer was to be the old one", team.Members)
	}
	if team := s.read(t, n).Teams["acme/core"]; !slices.Contains(team.Members, "mika") {
		t.Errorf("members after the event: %v", team.Members)
	}
}

// withBody gives requests that have none an empty body.
type withBody struct{ next http.RoundTripper }

func (w withBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	return w.next.RoundTrip(r)
}

// TestControlsOfUntrustedBranches: the base branch's own rules hold only if not everybody can write them.
func TestControlsOfUntrustedBranches(t *testing.T) {
	for name, p := range map[string]*fakehub.Protection{"not protected": nil, "classic": {Reviews: 1},
		"ruleset": {Reviews: 1, Ruleset: true}} {
		t.Run(name, func(t *testing.T) {
			s := newWatched(t, fakehub.Options{})
			_, err := s.hub.Commit("acme/shop",
				fakehub.Commit{
					Branch:  "release",
					From:    "main",
					Author:  "wendy",
					Message: "feat: own rules",
					Files:   fakehub.Files{".github/lintel.yml": "version: 1\n# lax\n"},
				})
			must(t, err)
			if p != nil {
				must(t, s.hub.Protect("acme/shop", "release", p))
			}
			n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
			must(t, s.hub.EditPull("acme/shop", n, fakehub.Edit{Base: new("release")}, "wendy"))
			snap := s.read(t, n)
			own := strings.Contains(string(snap.Controls.Files[".github/lintel.yml"].Content), "lax")
			if own != (p != nil) || (snap.Controls.Substituted == "") != (p != nil) {
				t.Errorf("the branch's own rules: %v (%s)", own, snap.Controls.Substituted)
			}
			ruled, err := s.forge.RuledAt(t.Context(), s.installation, "acme", "shop", "release")
			must(t, err)
			if ruled.Ref != snap.Controls.Ref || ruled.Files[".github/lintel.yml"] != snap.Controls.Files[".github/lintel.yml"].Blob {
				t.Errorf("a sweep reads %+v, a snapshot %+v", ruled, snap.Controls.Rev)
			}
		})
	}
}

// TestSettingsHistory: the newest valid version on the first-parent history is found; one that only a merged side branch had is not.
func TestSettingsHistory(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	put := func(branch, text string, parents ...string) string {
		sha, err := s.hub.Commit("acme/shop",
			fakehub.Commit{
				Branch:  branch,
				Parents: parents,
				Author:  "olga",
				Message: "chore: rules",
				Files:   fakehub.Files{".github/lintel.yml": text},
			})
		must(t, err)
		return sha
	}
	put("main", "version: 1\n# good\n")
	main := s.hub.Tip("acme/shop", "main")
	side := put("side", "version: 1\n# never on main\n", main)
	put("main", "version: broken\n", main, side)
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	snap := s.read(t, n)
	if h := snap.Controls.SettingsHistory; len(h) != 1 || !strings.Contains(string(h[0].Content), "good") || snap.Controls.HistoryCut {
		t.Errorf("history: %+v, cut %v", h, snap.Controls.HistoryCut)
	}
	for i := range 55 {
		put("main", fmt.Sprintf("version: broken %d\n", i))
	}
	if snap = s.read(t, n); !snap.Controls.HistoryCut {
		t.Errorf("the walk over more than 50 commits was not cut: %d versions", len(snap.Controls.SettingsHistory))
	}
}

// before lets something happen before a list of files is asked for.
type before struct {
	mu  sync.Mutex
	act func()
}

func (b *before) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/files") {
		b.mu.Lock()
		b.act()
		b.mu.Unlock()
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestMovedWhileRead: a head that moves under the reading is read again, and one that keeps moving is given up for now.
func TestMovedWhileRead(t *testing.T) {
	for moves, moved := range map[int]bool{0: false, 1: false, 2: false, 1000: true} {
		t.Run(fmt.Sprint(moves), func(t *testing.T) {
			s := newShop(t, fakehub.Options{})
			files := fakehub.Files{}
			for i := range 310 {
				files[fmt.Sprintf("many/%d.txt", i)] = "x\n"
			}
			n, _ := s.topic(t, "many", files)
			done, spec := 0, s.hub.App()
			transport := &before{act: func() {
				if done < moves {
					done++
					if _, err := s.hub.Commit("acme/shop",
						fakehub.Commit{
							Branch:  "many",
							Author:  "wendy",
							Message: "feat: move",
							Files:   fakehub.Files{fmt.Sprintf("many/moved-%d.txt", done): "x\n"},
						}); err != nil {
						t.Error(err)
					}
				}
			}}
			var err error
			s.forge, err = github.New(
				github.Options{AppID: spec.ID, PrivateKey: spec.PEM(), APIURL: s.hub.URL(), Kept: &memoryCache{kept: map[string][]byte{}},
					Now: time.Now, Log: slog.New(slog.DiscardHandler),
					Transport: transport, Owners: func([]byte, []string) (teams, users, emails []string) { return nil, nil, nil },
					ValidSettings: func([]byte) bool { return true }})
			must(t, err)
			snap, err := s.forge.Snapshot(t.Context(), s.record(n))
			if moved != errors.Is(err, change.ErrMoved) {
				t.Fatalf("%v", err)
			}
			if !moved && (err != nil || snap.Head.SHA != s.hub.Tip("acme/shop", "many") || len(snap.Files) != len(files)+moves) {
				t.Errorf("%d files at %s: %v", len(snap.Files), snap.Head.SHA, err)
			}
		})
	}
}

// TestSiblings: every other open pull request with the commit is named, and no closed one.
func TestSiblings(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, sha := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	must(t, s.hub.Push("acme/shop", "copy", sha, "wendy", false))
	must(t, s.hub.Push("acme/shop", "closed", sha, "wendy", false))
	twin, err := s.hub.OpenPull("acme/shop", fakehub.Pull{Head: "copy", Base: "main", Title: "feat: twin", Author: "wendy"})
	must(t, err)
	over, err := s.hub.OpenPull("acme/shop", fakehub.Pull{Head: "closed", Base: "main", Title: "feat: over", Author: "wendy"})
	must(t, err)
	must(t, s.hub.ClosePull("acme/shop", over, "wendy"))
	if got := s.read(t, n).Siblings; len(got) != 1 || got[0].Number != twin {
		t.Errorf("siblings: %+v", got)
	}
}

// TestTruncatedTree: a list of files that GitHub cut is a gap, not the absence of what is missing.
func TestTruncatedTree(t *testing.T) {
	s := newWatched(t, fakehub.Options{TreeLimit: 3})
	n, _ := s.topic(t, "topic", fakehub.Files{"CODEOWNERS": "* @mika\n"})
	snap := s.read(t, n)
	if len(gaps(snap, "owners.tree")) != 1 || snap.Tree != nil {
		t.Errorf("tree %v, gaps %+v", snap.Tree, snap.Gaps)
	}
	if a := snap.Controls.Files[".github/lintel.yml"]; a.Content == nil {
		t.Error("the settings are lost in the cut")
	}
}
