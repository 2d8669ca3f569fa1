package gitlab_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// asked lists what was asked of GitLab since the last time.
func (s *shop) asked() []string {
	var all []string
	for _, q := range s.Requests() {
		name := q.Method + " " + q.Route
		if q.Operation != "" {
			name = q.Operation
		}
		all = append(all, name)
	}
	s.Reset()
	return all
}

// hinted is a record as an event leaves it.
func (s *shop) hinted() change.Record {
	return change.Record{Ref: s.ref, State: change.Open, Head: change.Rev{Ref: "topic"}, Base: change.Rev{Ref: "main"}}
}

// TestCalls: of a project that was read before, a merge request that opened takes two calls to read, or three where it
// touches new folders, and one each for its status and its note; an approval takes one and two, and one more where GraphQL
// tells no versions. That is asked once in an hour.
func TestCalls(t *testing.T) {
	for edition, community := range editions {
		t.Run(edition, func(t *testing.T) { calls(t, community) })
	}
}

func calls(t *testing.T, community bool) {
	approval := 3
	if community {
		approval++
	}
	s := newShop(
		t,
		fakelab.Options{Tier: fakelab.Free, Community: community},
		map[string]string{"a.go": "package a\n", ".lintel.yml": "version: 1\n", "CODEOWNERS": "* @dev\n"},
		map[string]string{"b.go": "package b\n"},
	)
	must(t, s.Configure(s.id, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) {
		p.NoJobs, p.OnlyIfPipelineSucceeds = true, true
	}))
	f := s.forge(t, s.options)
	source := "topic"
	look := func(verdict effect.Conclusion, note effect.ID) effect.ID {
		t.Helper()
		r := s.hinted()
		r.Head.Ref = source
		snap, err := f.Snapshot(t.Context(), r)
		must(t, err)
		key := snap.Head.SHA + string(verdict)
		check := &effect.Check{
			Name:       "lintel",
			SHA:        snap.Head.SHA,
			Status:     effect.Completed,
			Conclusion: verdict,
			Title:      "it is " + string(verdict),
		}
		_, err = f.Apply(t.Context(), effect.Effect{Key: "c" + key, Ref: s.ref, Check: check}, false)
		must(t, err)
		done, err := f.Apply(t.Context(), effect.Effect{Key: "n" + key, Ref: s.ref,
			Comment: &effect.Comment{Body: "it is " + string(verdict), Edits: note}}, false)
		must(t, err)
		return done.RemoteID
	}
	look(effect.Failure, "")
	source = "again"
	s.push(t, source, map[string]string{"pkg/c.go": "package c\n"})
	s.open(t, fakelab.Request{Source: source, Title: "feat: again", By: "rita"})
	s.asked()
	note := look(effect.Failure, "")
	if all := s.asked(); len(all) > 5 {
		t.Errorf("opened takes %d calls:\n%s", len(all), strings.Join(all, "\n"))
	}
	s.clock.add(time.Minute)
	must(t, s.Approve(s.id, int64(s.ref.Number), "dev"))
	s.asked()
	look(effect.Success, note)
	if all := s.asked(); len(all) > approval {
		t.Errorf("an approval takes %d calls:\n%s", len(all), strings.Join(all, "\n"))
	}
	s.holds(t, "")
}

// TestPlaceIsAFolder: where a folder or a submodule has the name of a file that rules, GraphQL says no more than that the
// file is not there, which must not mean that there are no rules.
func TestPlaceIsAFolder(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n", "CODEOWNERS/x": "1\n", ".gitlab/lintel.yml/x": "1\n",
		"docs/CODEOWNERS/x": "1\n"}, map[string]string{"b": "1\n"})
	if g := gaps(s.read(t)); strings.Count(g, "not a plain file") != 3 {
		t.Errorf("gaps: %s", g)
	}
}

// TestCommitThatIsNotFound: of a commit that GitLab does not find, its lists are empty, which must not mean that nothing
// rules.
func TestCommitThatIsNotFound(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n", "CODEOWNERS": "* @dev\n"}, map[string]string{"b": "1\n"})
	s.Fault(traffic.Fault{Operation: "LintelPlaces", Status: http.StatusOK, Body: fmt.Sprintf(
		`{"data":{"project":{"id":"gid://gitlab/Project/%d",`+
			`"repository":{"blobs":{"nodes":[]},"root":{"trees":{},"submodules":{}}}}}}`, s.id)})
	if rules := s.readBy(t, s.hinted(), false).Controls.Files; string(rules["CODEOWNERS"].Content) != "* @dev\n" {
		t.Errorf("the rules are %+v", rules)
	}
}

// TestProjectThatMoved: a project that was read just now and moved since is its new owner's.
func TestProjectThatMoved(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	f := s.forge(t, s.options)
	before, err := f.Snapshot(t.Context(), s.hinted())
	must(t, err)
	must(t, s.Rename(s.id, "acme/shop.web"))
	now, err := f.Snapshot(t.Context(), s.hinted())
	must(t, err)
	if now.Repository.Owner != "acme" || now.Repository.OwnerID == before.Repository.OwnerID {
		t.Errorf("%s has owner %d, as before", now.Ref, now.Repository.OwnerID)
	}
}

// TestRuleThatIsNotShown: an approval of ours goes with the next failure, also where GitLab does not show the rule just then.
func TestRuleThatIsNotShown(t *testing.T) {
	s, f, _ := gated(t, func(p *fakelab.Settings) { p.OnlyIfPipelineSucceeds = false })
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	s.mustPost(t, f, effect.Success)
	s.holds(t, "")
	s.clock.add(10 * time.Minute)
	s.Fault(traffic.Fault{Route: "/projects/:id/approval_rules", Status: http.StatusForbidden})
	_, err := f.Snapshot(t.Context(), s.hinted())
	must(t, err)
	s.mustPost(t, f, effect.Failure)
	s.ClearFaults()
	s.holds(t, "not_approved")
}

// nameless is a network whose GitLab leaves the modes of files out.
type nameless struct{}

func (nameless) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.URL.Path != "/api/graphql" {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), `"mode":"100644"`, `"mode":null`)))
	resp.ContentLength = -1
	return resp, err
}

// TestFileThatIsNotDescribed: what GitLab shows in part is there, and rules.
func TestFileThatIsNotDescribed(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n", "CODEOWNERS": "* @dev\n"}, map[string]string{"b": "1\n"})
	f := s.forge(t, func(o *gitlab.Options) { s.options(o); o.Transport = nameless{} })
	snap, err := f.Snapshot(t.Context(), s.hinted())
	must(t, err)
	if string(snap.Controls.Files["CODEOWNERS"].Content) != "* @dev\n" {
		t.Errorf("the rules are %+v", snap.Controls.Files)
	}
}

// TestRuleThatIsNew: an approval rule that is made after a verdict holds for the next one.
func TestRuleThatIsNew(t *testing.T) {
	s, f, _ := gated(t, func(p *fakelab.Settings) { p.OnlyIfPipelineSucceeds = false })
	s.mustPost(t, f, effect.Success)
	must(t, s.SetRules(s.id, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{s.bot.Bot}}))
	s.holds(t, "not_approved")
	s.mustPost(t, f, effect.Success)
	s.holds(t, "")
}

// TestManyEmptyDiffs: a thousand files whose lines GitLab leaves out are read by fifty from their blobs, and counted.
//
//race:unwatched
func TestManyEmptyDiffs(t *testing.T) {
	before, after := map[string]string{}, map[string]string{}
	for i := range 1000 {
		name := fmt.Sprintf("d%d/f%03d", i%7, i)
		before[name], after[name] = "1\n2\n", "1\n3\n"
	}
	s := newShop(t, fakelab.Options{DiffFiles: 1000, CollapseBytes: 1}, before, after)
	s.asked()
	snap := s.readBy(t, s.hinted(), false)
	if len(snap.Files) != 1000 || len(snap.Gaps) != 0 || snap.Files[999].Additions != 1 || snap.Files[0].Deletions != 1 {
		t.Errorf("%d files, gaps %s", len(snap.Files), gaps(snap))
	}
	if all := s.asked(); len(all) > 52 {
		t.Errorf("%d calls", len(all))
	}
	s = newShop(t, fakelab.Options{DiffFiles: 999, CollapseBytes: 1}, before, after)
	if g := gaps(s.readBy(t, s.hinted(), false)); !strings.Contains(g, "GitLab lists 999") {
		t.Errorf("a list that is cut: gaps %q", g)
	}
}

// proxy is a network whose proxy answers GraphQL in its own way.
type proxy struct {
	code int
	body string
}

func (p proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/api/graphql" {
		return http.DefaultTransport.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	w.WriteHeader(p.code)
	_, _ = w.WriteString(p.body)
	return w.Result(), nil
}

// TestWithoutGraphQL: an old GitLab, a proxy and an answer in part are read by REST, and GraphQL is left alone for a while.
func TestWithoutGraphQL(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	for name, p := range map[string]proxy{
		"no such address":     {http.StatusNotFound, "404"},
		"a gateway's error":   {http.StatusBadGateway, "<html>"},
		"kept back":           {http.StatusForbidden, "no"},
		"a page of the proxy": {http.StatusOK, "<html>"},
		"an unknown field":    {http.StatusOK, `{"errors":[{"message":"Field 'preparedAt' doesn't exist on type 'MergeRequest'"}]}`},
		"an answer in part":   {http.StatusOK, `{"data":{"project":{"id":"gid://gitlab/Project/1"}},"errors":[{"message":"Timeout"}]}`},
		"nothing":             {http.StatusOK, `{"data":{"project":null}}`},
		"another project":     {http.StatusOK, `{"data":{"project":{"id":"gid://gitlab/Project/99","repository":{},"mergeRequest":{}}}}`},
		"too much":            {http.StatusOK, strings.Repeat(" ", 17<<20)},
	} {
		f := s.forge(t, func(o *gitlab.Options) { s.options(o); o.Transport = p })
		snap, err := f.Snapshot(t.Context(), s.hinted())
		if err != nil || len(snap.Files) != 1 || len(snap.Commits) != 1 || len(snap.Gaps) != 0 {
			t.Errorf("%s: %d files, %v, gaps %s", name, len(snap.Files), err, gaps(snap))
		}
	}
	// A rate limit is one.
	s.Fault(
		traffic.Fault{Route: "/graphql", Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "7"}},
	)
	if err := s.readError(t); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("a rate limit: %v", err)
	}
}

// TestPathOfAnother: a project under the old path is not ours, and the renamed one is found by its number.
func TestPathOfAnother(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	must(t, s.Rename(s.id, "acme/tools/store"))
	other, err := s.AddProject(fakelab.Project{Path: "acme/tools/shop.web", Files: map[string]string{"a": "1\n"}})
	must(t, err)
	_, err = s.Commit(
		other,
		fakelab.Commit{Branch: "topic", By: "rita", Message: "feat: theirs\n", Files: map[string]string{"z": "1\n"}},
	)
	must(t, err)
	_, err = s.Open(other, fakelab.Request{Source: "topic", Title: "feat: theirs", By: "rita"})
	must(t, err)
	if snap := s.readBy(t, s.hinted(), false); snap.Ref.Name != "store" || len(snap.Files) != 1 ||
		snap.Files[0].Path != "b" {
		t.Errorf("read %s with %+v", snap.Ref, snap.Files)
	}
}

// TestGroupsAbove: by GraphQL and by REST, the groups above a project are those of this moment, by their numbers.
func TestGroupsAbove(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	number := map[string]int64{}
	group := func(path string) {
		id, err := s.AddGroup(path)
		must(t, err)
		number[path] = id
	}
	for _, path := range []string{"acme", "acme/tools", "acme/tools/a", "acme/tools/a/b", "acme/tools/a/b/c", "acme/tools/a/b/c/d"} {
		group(path)
	}
	must(t, s.SetMember("acme/tools", s.bot.Bot, fakelab.Developer)) // it stays one when that group leaves acme
	for _, rest := range []bool{false, true} {
		var got []int64
		f := s.forge(t, func(o *gitlab.Options) {
			s.options(o)
			o.REST = rest
			o.Organisation = func(_ context.Context, _ change.Ref, groups []int64) (*change.Organisation, error) {
				got = groups
				return nil, nil
			}
		})
		look := func(paths ...string) {
			t.Helper()
			_, err := f.Snapshot(t.Context(), s.hinted())
			must(t, err)
			var want []int64
			for _, path := range paths {
				want = append(want, number[path])
			}
			if !slices.Equal(got, want) {
				t.Errorf("REST %v: the groups %v, want %v of %v", rest, got, want, paths)
			}
		}
		look("acme/tools", "acme")
		must(t, s.Rename(s.id, "acme/tools/a/b/c/d/shop.web"))
		look("acme/tools/a/b/c/d", "acme/tools/a/b/c", "acme/tools/a/b", "acme/tools/a", "acme/tools", "acme")
		must(t, s.MoveGroup("acme/tools", "umbrella"))
		look("acme/tools/a/b/c/d", "acme/tools/a/b/c", "acme/tools/a/b", "acme/tools/a", "acme/tools")
		must(t, s.MoveGroup("umbrella", "acme/tools"))
		// A group that is not shown at this moment is no reason to leave its rules out.
		s.Fault(traffic.Fault{Route: "/groups/:id", Status: http.StatusBadGateway, Times: 1})
		if _, err := f.Snapshot(t.Context(), s.hinted()); err == nil {
			t.Errorf("REST %v: a group that could not be read is left out", rest)
		}
		must(t, s.Rename(s.id, "acme/tools/shop.web"))
	}
}

// TestUnposted: a head pipeline without a status of ours is told of once it has been there for a while.
func TestUnposted(t *testing.T) {
	s, f, _ := gated(t, nil)
	repos, err := f.Repositories(t.Context(), 1)
	must(t, err)
	count := func() int {
		t.Helper()
		events, err := f.Unposted(t.Context(), repos[0])
		must(t, err)
		for _, ev := range events {
			if ev.Ref.Number != 1 || !ev.Again || ev.Head.SHA != s.Tip(s.id, "topic") || ev.Base.Ref != "main" {
				t.Errorf("%+v", ev)
			}
		}
		return len(events)
	}
	if n := count(); n != 0 {
		t.Errorf("no pipeline: %d", n)
	}
	_, _, err = s.StartPipeline(s.id, fakelab.Pipeline{IID: 1, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	if n := count(); n != 0 {
		t.Errorf("a pipeline of now: %d", n)
	}
	s.clock.add(2 * time.Minute)
	if n := count(); n != 1 {
		t.Errorf("a pipeline without our status: %d", n)
	}
	s.mustPost(t, f, effect.Failure)
	if n := count(); n != 0 {
		t.Errorf("a pipeline with our status: %d", n)
	}
}

// TestClone: git reads a project by the path that it has now, also where another project took the old one, with our token
// as the password and nowhere in the address.
func TestClone(t *testing.T) {
	t.Parallel()
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	f := s.forge(t, nil)
	must(t, s.Rename(s.id, "acme/tools/store"))
	_, err := s.AddProject(fakelab.Project{Path: "acme/tools/shop.web", Files: map[string]string{"a": "1\n"}})
	must(t, err)
	url, user, password, err := f.Clone(t.Context(), s.ref)
	must(t, err)
	if url != s.URL()+"/acme/tools/store.git" || user == "" || password != s.bot.Secret {
		t.Errorf("it is cloned from %q as %q, with our token: %v", url, user, password == s.bot.Secret)
	}
	must(t, s.DeleteProject(s.id))
	if _, _, password, err := f.Clone(t.Context(), s.ref); !errors.As(err, new(*change.Gone)) || password != "" {
		t.Errorf("a project that is gone: %v", err)
	}
}
