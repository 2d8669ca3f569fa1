package gitlab_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	gocmpopts "github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// shop is acme/tools/shop.web with one merge request of topic into main.
type shop struct {
	*stage
	id    int64
	clock *clock
	ref   change.Ref
}

// clock is GitLab's, which tests move while GitLab reads it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newShop(t *testing.T, opt fakelab.Options, files, topic map[string]string) *shop {
	t.Helper()
	s := &shop{clock: &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	opt.Now = s.clock.now
	s.stage = newStage(t, opt)
	must(t, s.SetMember("acme", s.bot.Bot, fakelab.Developer))
	var err error
	s.id, err = s.AddProject(fakelab.Project{Path: "acme/tools/shop.web", Files: files})
	must(t, err)
	s.push(t, "topic", topic)
	s.open(t, fakelab.Request{Source: "topic", Title: "feat: topic", By: "rita"})
	return s
}

func (s *shop) push(t *testing.T, branch string, files map[string]string) string {
	t.Helper()
	s.clock.add(10 * time.Second)
	sha, err := s.Commit(s.id, fakelab.Commit{Branch: branch, By: "rita", Message: "feat: " + branch + "\n", Files: files})
	must(t, err)
	return sha
}

func (s *shop) open(t *testing.T, r fakelab.Request) {
	t.Helper()
	s.clock.add(10 * time.Second)
	iid, err := s.Open(s.id, r)
	must(t, err)
	s.ref = change.Ref{
		Key:        change.Key{Forge: change.GitLab, RepoID: s.id, Number: int(iid)},
		Owner:      "acme/tools",
		Name:       "shop.web",
		Connection: 1,
	}
}

func (s *shop) options(o *gitlab.Options) {
	o.Now, o.Owners = s.clock.now, ownership.NamesOnGitLab
}

// read reads by REST and by GraphQL, with and without a hint where to look: all three read the same.
func (s *shop) read(t *testing.T) change.Snapshot {
	t.Helper()
	plain := s.readBy(t, change.Record{Ref: s.ref}, true)
	// By GraphQL files are compared between two commits.
	same := []gocmp.Option{gocmpopts.EquateEmpty(), gocmpopts.IgnoreFields(change.Snapshot{}, "TakenAt", "FilesUnpinned")}
	hinted := change.Record{Ref: s.ref, Head: change.Rev{Ref: plain.Head.Ref}, Base: change.Rev{Ref: plain.Base.Ref}}
	for _, hint := range []change.Record{{Ref: s.ref}, hinted} {
		quick := s.readBy(t, hint, false)
		if d := gocmp.Diff(plain, quick, same...); d != "" {
			t.Errorf("GraphQL (hint %q) reads something else than REST:\n%s", hint.Base.Ref, d)
		}
	}
	return plain
}

func (s *shop) readBy(t *testing.T, r change.Record, rest bool) change.Snapshot {
	t.Helper()
	r.State = change.Open
	snap, err := s.forge(t, func(o *gitlab.Options) { s.options(o); o.REST = rest }).Snapshot(t.Context(), r)
	must(t, err)
	return snap
}

func (s *shop) readError(t *testing.T) error {
	t.Helper()
	_, err := s.forge(t, s.options).Snapshot(t.Context(), change.Record{Ref: s.ref, State: change.Open})
	return err
}

func gaps(s change.Snapshot) string {
	var all []string
	for _, g := range s.Gaps {
		all = append(all, g.Fact+" "+g.Path+": "+g.Reason)
	}
	return strings.Join(all, "; ")
}

// TestRequest reads all that a merge request says, and its state alone once it is closed.
func TestRequest(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a.go": "package a\n"}, map[string]string{"b.go": "package b\n"})
	main := s.Tip(s.id, "main")
	next := s.push(t, "next", map[string]string{"n": "1\n"})
	s.open(
		t,
		fakelab.Request{
			Source:      "topic",
			Target:      "next",
			Title:       "Draft: [Draft] feat: more",
			Description: "because",
			By:          "dev",
			Labels:      []string{"ui"},
		},
	)
	snap := s.read(t)
	if *snap.Title != "feat: more" || *snap.Body != "because" || !snap.Draft || snap.Author.Login != "dev" ||
		!slices.Equal(snap.Labels, []string{"ui"}) || snap.Fork || snap.State != change.Open {
		t.Errorf("%+v", snap)
	}
	if snap.Repository.Owner != "acme/tools" || snap.Repository.Name != "shop.web" || !snap.Repository.Private ||
		snap.Repository.DefaultBranch != "main" || snap.MergeBase != main || snap.Base.SHA != next {
		t.Errorf("%+v from %s", snap.Repository, snap.MergeBase)
	}
	if len(snap.Siblings) != 1 || snap.Siblings[0].Number != 1 || len(snap.History) != 1 || len(snap.Gaps) != 0 {
		t.Errorf("siblings %v, history %v, gaps %s", snap.Siblings, snap.History, gaps(snap))
	}
	// Somebody else takes the path: the merge request is still the one of its project.
	must(t, s.Rename(s.id, "acme/tools/store"))
	s.Reset()
	// A folder is listed once, whoever looks into it when.
	if s.readBy(t, change.Record{Ref: s.ref}, true); len(s.Requests()) > 16 {
		t.Errorf("a reading by REST takes %d calls: %+v", len(s.Requests()), s.Requests())
	}
	_, err := s.AddProject(fakelab.Project{Path: "acme/tools/shop.web"})
	must(t, err)
	if snap = s.read(t); snap.Ref.Name != "store" || snap.Repository.ID != s.id {
		t.Errorf("it was read from %+v", snap.Repository)
	}
	closed := "closed"
	must(t, s.Edit(s.id, int64(s.ref.Number), "dev", fakelab.Edit{State: &closed}))
	if snap = s.read(t); snap.State != change.Closed || snap.Files == nil || len(snap.Files) != 0 {
		t.Errorf("a closed one: %s with %d files", snap.State, len(snap.Files))
	}
	must(t, s.DeleteProject(s.id))
	var gone *change.Gone
	if err := s.readError(t); !errors.As(err, &gone) {
		t.Errorf("a deleted project: %v", err)
	}
}

// TestFiles: the lines of files that GitLab leaves out come from their blobs, whatever the reason was.
func TestFiles(t *testing.T) {
	long := strings.Repeat("a line of a file that has many of them\n", 700) // 27 KB
	huge := strings.Repeat(strings.Repeat("x", 79)+"\n", 14000)             // 1.1 MB
	s := newShop(
		t,
		fakelab.Options{},
		map[string]string{"old.sh": long, "gone.go": "package gone\n", "run.sh": "ls\n", "long.txt": long},
		map[string]string{
			"long.txt": long + "one more\n",
			"new.txt":  long,
			"huge.txt": huge,
			"empty":    "",
			"b.bin":    "a\x00b",
		},
	)
	_, err := s.Commit(
		s.id,
		fakelab.Commit{Branch: "topic", By: "rita", Message: "fix: move\n", Delete: []string{"old.sh", "gone.go"},
			Files: map[string]string{
				"new.sh": long,
				"run.sh": "ls\n",
			}, Modes: map[string]string{"new.sh": "100755", "run.sh": "100755"}},
	)
	must(t, err)
	snap := s.read(t)
	got := map[string]string{}
	for _, f := range snap.Files {
		got[f.Path] = fmt.Sprintf(
			"%s %s +%d -%d %s>%s",
			f.Status,
			f.State,
			f.Additions,
			f.Deletions,
			cmp.Or(f.OldMode, "-"),
			cmp.Or(f.Mode, "-"),
		)
	}
	want := map[string]string{
		"long.txt": "modified text +1 -0 100644>100644", "new.txt": "added text +700 -0 ->100644",
		"huge.txt": "added too_large +0 -0 ->100644", "empty": "added empty +0 -0 ->100644", "b.bin": "added binary +0 -0 ->100644",
		"new.sh": "renamed pure_rename +0 -0 100644>100755", "gone.go": "removed text +0 -1 100644>-",
		"run.sh": "modified mode_only +0 -0 100644>100755",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if g := gaps(snap); !strings.HasPrefix(g, "diff.lines huge.txt: ") || len(snap.Gaps) != 1 {
		t.Errorf("gaps: %s", g)
	}
}

// TestManyFiles: the list is whole over pages, without totals, and what GitLab leaves out is a gap.
func TestManyFiles(t *testing.T) {
	files := map[string]string{}
	for i := range 65 {
		files[fmt.Sprintf("f%03d", i)] = "1\n"
	}
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, files)
	s.HideTotals(true)
	if snap := s.read(t); len(snap.Files) != 65 || snap.FilesTotal != 65 || len(snap.Gaps) != 0 {
		t.Errorf("%d files of %d, gaps %s", len(snap.Files), snap.FilesTotal, gaps(snap))
	}
	f := s.forge(t, func(o *gitlab.Options) { s.options(o); o.Transport, o.REST = forgetful{}, true })
	snap, err := f.Snapshot(t.Context(), change.Record{Ref: s.ref, State: change.Open})
	must(t, err)
	if len(snap.Files) != 30 || !strings.Contains(gaps(snap), "GitLab lists 30 of 65 changed files") {
		t.Errorf("a page that is lost: %d files, gaps %s", len(snap.Files), gaps(snap))
	}
	s = newShop(t, fakelab.Options{DiffFiles: 20}, map[string]string{"a": "1\n"}, files)
	if snap := s.read(t); len(snap.Files) >= 65 || !strings.HasPrefix(gaps(snap), "diff.files : ") {
		t.Errorf("%d files, gaps %s", len(snap.Files), gaps(snap))
	}
}

// forgetful is a network that loses all pages of files but the first.
type forgetful struct{}

func (forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/diffs") || r.URL.Query().Get("page") == "" {
		return http.DefaultTransport.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	_, _ = w.WriteString("[]")
	return w.Result(), nil
}

// TestBaseThatMoved: the diff starts at the merge base with the tip of the target as it is now. GitLab's own list is of no
// commit, so it names no result of a check; the comparison of two commits may.
func TestBaseThatMoved(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	half := s.Tip(s.id, "topic")
	s.push(t, "topic", map[string]string{"c": "1\n"})
	if snap := s.read(t); !snap.FilesUnpinned {
		t.Error("GitLab's list is taken for that of the head")
	}
	must(t, s.Push(s.id, "main", half, "rita"))
	if snap := s.read(t); snap.MergeBase != half || len(snap.Files) != 1 || snap.Files[0].Path != "c" ||
		snap.Files[0].State != diff.Text || snap.FilesUnpinned {
		t.Errorf("it starts at %s with %+v", snap.MergeBase, snap.Files)
	}
}

// TestVersionThatIsLate: until GitLab made the version of a push, nothing is read of the one before.
func TestVersionThatIsLate(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	s.HoldVersions()
	s.push(t, "topic", map[string]string{"c": "1\n"})
	s.Reset()
	if err := s.readError(t); !errors.Is(err, change.ErrMoved) ||
		len(s.Requests()) != 2 { // GraphQL's answer, and the project
		t.Errorf("read too early: %v after %d calls", err, len(s.Requests()))
	}
	s.ReleaseVersions()
	if snap := s.read(t); len(snap.Files) != 2 || len(snap.Gaps) != 0 {
		t.Errorf("%d files, gaps %s", len(snap.Files), gaps(snap))
	}
}

// pushing is a network on which somebody pushes once, just before a given request goes out.
type pushing struct {
	before string
	push   func()
	mu     sync.Mutex
	pushed bool
}

func (p *pushing) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	now := !p.pushed && strings.HasSuffix(r.URL.Path, p.before)
	p.pushed = p.pushed || now
	p.mu.Unlock()
	if now {
		p.push()
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestHeadThatMoves: a push between two reads makes another reading, never a mixture of two heads.
func TestHeadThatMoves(t *testing.T) {
	for _, before := range []string{"/merge_base", "/user", "/merge_requests/1/diffs"} {
		s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
		p := &pushing{before: before, push: func() { s.push(t, "topic", map[string]string{"c": "1\n"}) }}
		f := s.forge(t, func(o *gitlab.Options) { s.options(o); o.Transport, o.REST = p, true })
		snap, err := f.Snapshot(t.Context(), change.Record{Ref: s.ref, State: change.Open})
		must(t, err)
		if !p.pushed || len(snap.Files) != 2 || len(snap.Commits) != 2 || snap.Head.SHA != s.Tip(s.id, "topic") {
			t.Errorf("before %s: %d files, %d commits at %s", before, len(snap.Files), len(snap.Commits), snap.Head.SHA)
		}
	}
}

// TestApprovals: GitLab tells when, and the versions tell which head that was. One of the same second counts for none.
func TestApprovals(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	must(t, s.Configure(s.id, func(_ *fakelab.Settings, a *fakelab.ApprovalSettings) { a.KeepOnPush = true }))
	must(t, s.SetMember("acme/tools/shop.web", "ann", fakelab.Reporter))
	first := s.Tip(s.id, "topic")
	s.clock.add(time.Minute)
	must(t, s.Approve(s.id, 1, "dev"))
	s.push(t, "topic", map[string]string{"c": "1\n"})
	snap := s.read(t)
	if len(snap.Reviews) != 1 || snap.Reviews[0].Commit != first || snap.Reviews[0].State != change.Approved ||
		!*snap.Reviews[0].CanWrite {
		t.Errorf("an approval of the first head: %+v", snap.Reviews)
	}
	// What it was about is known, so that the approval can hold for what is the same.
	if old := snap.Reviewed[first]; !old.Complete || len(old.Files) != 1 || old.Files[0].Path != "b" || old.MergeBase != snap.MergeBase {
		t.Errorf("the first head was %+v", old)
	}
	must(t, s.Unapprove(s.id, 1, "dev"))
	second := s.push(t, "topic", map[string]string{"d": "1\n"})
	must(t, s.Approve(s.id, 1, "dev"))
	if snap = s.read(t); len(snap.Reviews) != 1 || snap.Reviews[0].Commit != "" {
		t.Errorf("an approval in the second of a push: %+v", snap.Reviews)
	}
	must(t, s.Unapprove(s.id, 1, "dev"))
	s.clock.add(time.Second)
	must(t, s.Approve(s.id, 1, "dev"))
	must(t, s.SetUser("dev", "blocked", false))
	if snap = s.read(t); len(snap.Reviews) != 1 || snap.Reviews[0].Commit != second || *snap.Reviews[0].CanWrite {
		t.Errorf("an approval by somebody who was blocked since: %+v", snap.Reviews)
	}
}

// TestOwners: of a group its direct members count who may approve here, and of a role those who have just that one.
func TestOwners(t *testing.T) {
	s := newShop(
		t,
		fakelab.Options{},
		map[string]string{"CODEOWNERS": "* @acme/tools @acme @ann @nobody @@maintainer @@developers\n"},
		map[string]string{"b": "1\n"},
	)
	must(t, s.SetMember("acme/tools", "ann", fakelab.Developer))
	must(t, s.SetMember("acme/tools", "rita", fakelab.Reporter))
	must(t, s.SetMember("acme/tools/shop.web", "dev", fakelab.Owner))
	snap := s.read(t)
	members := func(team string) string { return strings.Join(snap.Teams[team].Members, " ") }
	if got := members("acme/tools"); got != "ann" || !*snap.Teams["acme/tools"].CanWrite {
		t.Errorf("direct members of acme/tools: %q", got)
	}
	if got := members("acme"); !strings.Contains(got, "dev") || !strings.Contains(got, "rita") ||
		strings.Contains(got, "ann") {
		t.Errorf("members of acme: %q", got)
	}
	if got := members("@maintainer"); got != "" {
		t.Errorf("maintainers of the project: %q, who are its owner or only the group's", got)
	}
	if a := snap.Owners["ann"]; !a.Exists || !*a.CanWrite || snap.Owners["nobody"].Exists {
		t.Errorf("accounts: %+v", snap.Owners)
	}
	if snap.Teams["nobody"].Exists || snap.Controls.Files["CODEOWNERS"].Content == nil {
		t.Errorf("teams %+v", snap.Teams)
	}
}

// TestControls: a branch that anybody may push to brings no rules of its own, and two settings files are none.
func TestControls(t *testing.T) {
	s := newShop(
		t,
		fakelab.Options{},
		map[string]string{".gitlab/lintel.yml": "version: 1\n"},
		map[string]string{"b": "1\n"},
	)
	s.push(t, "lax", map[string]string{".gitlab/lintel.yml": "version: 1\nlax: true\n"})
	s.open(t, fakelab.Request{Source: "topic", Target: "lax", Title: "feat: around", By: "rita"})
	settings := func(snap change.Snapshot) string { return string(snap.Controls.Files[".github/lintel.yml"].Content) }
	if snap := s.read(t); settings(snap) != "version: 1\n" || snap.Controls.Substituted == "" ||
		snap.Controls.SHA != s.Tip(s.id, "main") {
		t.Errorf("rules of %s: %q", snap.Controls.Ref, settings(snap))
	}
	must(t, s.Protect(s.id, "la*", &fakelab.Protection{Push: fakelab.Maintainer, Merge: fakelab.Maintainer}))
	if snap := s.read(t); !strings.Contains(settings(snap), "lax") || snap.Controls.Substituted != "" {
		t.Errorf("a protected branch has rules of %s: %q", snap.Controls.Ref, settings(snap))
	}
	s.push(t, "lax", map[string]string{".lintel.yml": "version: 1\n"})
	if snap := s.read(t); !strings.Contains(gaps(snap), "settings .lintel.yml: there is a second settings file") {
		t.Errorf("two settings files: %s", gaps(snap))
	}
}

// TestHowItLands: whether commits are squashed is the merge request's, and a template that is not known is a gap.
func TestHowItLands(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	yes := true
	must(t, s.Edit(s.id, 1, "rita", fakelab.Edit{Squash: &yes}))
	for _, c := range []struct{ option, template, want, gap string }{
		{"default_off", "", "true false false PR_TITLE BLANK", ""},
		{"default_off", "%{title}\n\n%{description}", "true false false PR_TITLE PR_BODY", ""},
		{"default_off", "%{title} %{issues}", "true false false  ", "merge_settings : the message of the squashed commit"},
		{"never", "%{title} %{issues}", "false true false  ", ""},
	} {
		must(t, s.Configure(s.id, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) {
			p.SquashOption, p.SquashCommitTemplate = c.option, c.template
		}))
		snap := s.read(t)
		m := snap.Repository.Merges
		m.PerChange = false // which says only that they are this one's
		if got := m.String(); got != c.want || !strings.HasPrefix(gaps(snap), c.gap) ||
			(c.gap == "") != (gaps(snap) == "") {
			t.Errorf("%s with %q: %s, gaps %s", c.option, c.template, got, gaps(snap))
		}
	}
}

// TestForks: the head of a fork is read from the target, also when the fork is gone.
func TestForks(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	fork, err := s.Fork(s.id, "ann/shop.web")
	must(t, err)
	_, err = s.Commit(
		fork,
		fakelab.Commit{Branch: "patch", By: "ann", Message: "fix: it\n", Files: map[string]string{"c": "1\n"}},
	)
	must(t, err)
	s.open(t, fakelab.Request{Source: "patch", SourceProject: fork, Title: "fix: it", By: "ann"})
	for _, when := range []string{"there", "gone"} {
		if snap := s.read(t); !snap.Fork || len(snap.Files) != 1 || snap.Files[0].Path != "c" || len(snap.Gaps) != 0 {
			t.Errorf("fork %s: %+v, gaps %s", when, snap.Files, gaps(snap))
		}
		if when == "there" {
			must(t, s.DeleteProject(fork))
		}
	}
}

// TestUnrelated: GitLab answers that there is no merge base as it answers what is missing; the commit itself is there.
func TestUnrelated(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	f := s.forge(t, func(o *gitlab.Options) { s.options(o); o.Transport, o.REST = noBase{}, true })
	_, err := f.Snapshot(t.Context(), change.Record{Ref: s.ref, State: change.Open})
	var unrelated *change.Unrelated
	if !errors.As(err, &unrelated) {
		t.Errorf("%v", err)
	}
}

// noBase is a network on which no two commits have an ancestor in common.
type noBase struct{}

func (noBase) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/merge_base") {
		return http.DefaultTransport.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	w.WriteHeader(http.StatusNotFound)
	return w.Result(), nil
}
