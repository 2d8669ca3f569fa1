package gitlab_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

func ptr[T any](v T) *T { return &v }

func TestReadsAMergeRequest(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	base := w.Tip(w.project, "main")
	iid := w.open("topic", map[string]string{"a.go": "package a\n\nvar A = 1\n", "new.go": "package a\n"})
	head := w.Tip(w.project, "topic")
	m, _, err := w.client.MergeRequests.GetMergeRequest(shopPath, iid, nil)
	w.ok(err)
	if m.SHA != head || m.DiffRefs.HeadSha != head || m.DiffRefs.BaseSha != base || m.DiffRefs.StartSha != base ||
		m.ChangesCount != "2" ||
		m.PreparedAt == nil ||
		m.DetailedMergeStatus != "mergeable" ||
		m.Author.Username != "dev" ||
		m.SourceProjectID != w.project {
		t.Errorf("%+v", m)
	}
	diffs, _, err := w.client.MergeRequests.ListMergeRequestDiffs(w.project, iid, nil)
	w.ok(err)
	if len(diffs) != 2 || diffs[0].NewPath != "a.go" || diffs[0].Diff != "@@ -1 +1,3 @@\n package a\n+\n+var A = 1\n" ||
		!diffs[1].NewFile {
		t.Errorf("%+v", diffs)
	}
	versions, _, err := w.client.MergeRequests.GetMergeRequestDiffVersions(w.project, iid, nil)
	w.ok(err)
	if len(versions) != 1 || versions[0].HeadCommitSHA != head || versions[0].RealSize != "2" {
		t.Errorf("%+v", versions)
	}
	commits, _, err := w.client.MergeRequests.GetMergeRequestCommits(w.project, iid, nil)
	w.ok(err)
	if len(commits) != 1 || commits[0].ID != head || commits[0].AuthorEmail != "dev@example.com" {
		t.Errorf("%+v", commits)
	}
}

func TestAVersionIsMadeLater(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.HoldVersions()
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	look := func() *client.MergeRequest {
		m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
		w.ok(err)
		return m
	}
	if m := look(); m.PreparedAt != nil || m.DiffRefs.HeadSha != "" || m.SHA != w.Tip(w.project, "topic") ||
		m.DetailedMergeStatus != "preparing" {
		t.Errorf("before: %+v", m)
	}
	w.ReleaseVersions()
	first := look()
	if first.PreparedAt == nil || first.DiffRefs.HeadSha != first.SHA {
		t.Errorf("after: %+v", first)
	}
	w.HoldVersions()
	w.commit("topic", "more", map[string]string{"a.go": "package c\n"})
	if m := look(); m.SHA == first.SHA || m.DiffRefs.HeadSha != first.SHA {
		t.Errorf("between a push and its version: %+v", m)
	}
	w.ReleaseVersions()
	if m := look(); m.DiffRefs.HeadSha != m.SHA {
		t.Errorf("at the end: %+v", m)
	}
}

func TestStartStaysBehindTheTarget(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	base := w.Tip(w.project, "main")
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	moved := w.commit("main", "fix: main", map[string]string{"c.go": "package c\n"})
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
	w.ok(err)
	if m.DiffRefs.StartSha != base {
		t.Errorf("start_sha %s moved with the target %s", m.DiffRefs.StartSha, moved)
	}
	b, _, err := w.client.Branches.GetBranch(w.project, "main")
	w.ok(err)
	if b.Commit.ID != moved || !b.Protected || !b.Default {
		t.Errorf("%+v", b)
	}
	mb, _, err := w.client.Repositories.MergeBase(w.project, &client.MergeBaseOptions{Ref: ptr([]string{moved, m.SHA})})
	w.ok(err)
	if mb.ID != base {
		t.Errorf("merge base %s", mb.ID)
	}
}

func TestLargeDiffsComeEmpty(t *testing.T) {
	w := newWorld(t, fakelab.Options{DiffFiles: 31})
	files := map[string]string{
		"big.txt":    strings.Repeat("0123456789abcde\n", 1350),
		"bigger.txt": strings.Repeat("0123456789abcde\n", 14_000),
	}
	for i := range 32 {
		files["f"+strconv.Itoa(100+i)] = "x\n"
	}
	iid := w.open("topic", files)
	all := map[string]*client.MergeRequestDiff{}
	for page := int64(1); page <= 2; page++ {
		diffs, resp, err := w.client.MergeRequests.ListMergeRequestDiffs(w.project, iid,
			&client.ListMergeRequestDiffsOptions{ListOptions: client.ListOptions{Page: page, PerPage: 30}})
		w.ok(err)
		if resp.TotalItems != 31 || resp.TotalPages != 2 {
			t.Errorf("%d items on %d pages", resp.TotalItems, resp.TotalPages)
		}
		for _, d := range diffs {
			all[d.NewPath] = d
		}
	}
	if d := all["big.txt"]; d.Diff != "" || !d.Collapsed || d.TooLarge {
		t.Errorf("21 KB: %d bytes, %v, %v", len(d.Diff), d.Collapsed, d.TooLarge)
	}
	if d := all["bigger.txt"]; d.Diff != "" || d.Collapsed || !d.TooLarge {
		t.Errorf("224 KB: %d bytes, %v, %v", len(d.Diff), d.Collapsed, d.TooLarge)
	}
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
	w.ok(err)
	if len(all) != 31 || m.ChangesCount != "31+" {
		t.Errorf("%d files, changes_count %s", len(all), m.ChangesCount)
	}
	w.HideTotals(true)
	if _, resp, err := w.client.MergeRequests.ListMergeRequestDiffs(w.project, iid, nil); err != nil || resp.TotalItems != 0 ||
		resp.NextPage != 2 {
		t.Errorf("without totals: %+v, %v", resp, err)
	}
}

func TestTreeBlobsAndFiles(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.Protect(w.project, "release/*", &fakelab.Protection{Push: 0, Merge: fakelab.Developer}))
	var names []string
	opt := client.ListTreeOptions{ListOptions: client.ListOptions{Pagination: "keyset", PerPage: 2}, Recursive: ptr(true)}
	for {
		nodes, resp, err := w.client.Repositories.ListTree(w.project, &opt)
		w.ok(err)
		for _, n := range nodes {
			names = append(names, n.Path)
			if n.Path == "dir/b.txt" {
				raw, _, err := w.client.Repositories.RawBlobContent(w.project, n.ID)
				if err != nil || string(raw) != "one\ntwo\nthree\n" {
					t.Errorf("blob %q, %v", raw, err)
				}
			}
		}
		if resp.NextLink == "" {
			break
		}
		next, err := url.Parse(resp.NextLink)
		w.ok(err)
		opt.PageToken = next.Query().Get("page_token")
	}
	if strings.Join(names, " ") != "a.go dir dir/b.txt" {
		t.Errorf("tree %q", names)
	}
	raw, _, err := w.client.RepositoryFiles.GetRawFile(w.project, "dir/b.txt", &client.GetRawFileOptions{Ref: ptr("main")})
	if err != nil || string(raw) != "one\ntwo\nthree\n" {
		t.Errorf("file %q, %v", raw, err)
	}
	if _, _, err := w.client.RepositoryFiles.GetRawFile(w.project, "none", nil); status(err) != 404 {
		t.Errorf("a missing file: %v", err)
	}
	list, _, err := w.client.ProtectedBranches.ListProtectedBranches(w.project, nil)
	if err != nil || len(list) != 2 || list[1].Name != "release/*" ||
		list[1].PushAccessLevels[0].AccessLevel != client.NoPermissions {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestPeople(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	me, _, err := w.client.Users.CurrentUser()
	if err != nil || me.ID != w.bot.UserID || !me.Bot {
		t.Errorf("%+v, %v", me, err)
	}
	all, _, err := w.client.ProjectMembers.ListAllProjectMembers(w.project, nil)
	w.ok(err)
	levels := map[string]client.AccessLevelValue{}
	ids := map[string]int64{}
	for _, m := range all {
		levels[m.Username], ids[m.Username] = m.AccessLevel, m.ID
	}
	if levels["rita"] != 40 || levels["dev"] != 30 || levels["ann"] != 30 || levels[w.bot.Bot] != 30 || levels["eve"] != 0 {
		t.Errorf("levels %v", levels)
	}
	one, _, err := w.client.ProjectMembers.GetInheritedProjectMember(w.project, ids["rita"])
	if err != nil || one.AccessLevel != 40 {
		t.Errorf("%+v, %v", one, err)
	}
	direct, _, err := w.client.Groups.ListGroupMembers("acme/platform", nil)
	if err != nil || len(direct) != 1 || direct[0].Username != "dev" {
		t.Errorf("direct members %+v, %v", direct, err)
	}
	w.ok(w.SetUser("rita", "blocked", false))
	w.ok(w.Invite(shopPath, "ann"))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	for _, name := range []string{"rita", "ann", "eve"} {
		if w.Approve(w.project, iid, name) == nil {
			t.Errorf("%s could approve", name)
		}
	}
}

func TestPathsMoveAndAreTaken(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.Rename(w.project, "acme/store"))
	p, _, err := w.client.Projects.GetProject(shopPath, nil)
	if err != nil || p.ID != w.project || p.PathWithNamespace != "acme/store" {
		t.Errorf("the old path: %+v, %v", p, err)
	}
	other := w.id(w.AddProject(fakelab.Project{Path: shopPath}))
	if p, _, err = w.client.Projects.GetProject(shopPath, nil); err != nil || p.ID != other {
		t.Errorf("the old path, taken: %+v, %v", p, err)
	}
	if p, _, err = w.client.Projects.GetProject(w.project, nil); err != nil || p.PathWithNamespace != "acme/store" {
		t.Errorf("by id: %+v, %v", p, err)
	}
}

func TestTokens(t *testing.T) {
	now := newClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	w := newWorld(t, fakelab.Options{Now: now.Now})
	look := func(secret string) int {
		code, _, _ := w.send("GET", "/api/v4/projects/"+strconv.FormatInt(w.project, 10), "", secret)
		return code
	}
	read, err := w.AddToken(fakelab.Token{User: "dev", Scopes: []string{"read_repository"}, Expires: now.Now().Add(time.Hour)})
	w.ok(err)
	stranger, err := w.AddToken(fakelab.Token{User: "eve"})
	w.ok(err)
	if a, b, c, d := look(w.bot.Secret), look("glpat-none"), look(stranger.Secret), look(read.Secret); a != 200 || b != 401 ||
		c != 404 ||
		d != 403 {
		t.Errorf("bot %d, unknown %d, stranger %d, wrong scope %d", a, b, c, d)
	}
	if code, _, body := w.send("GET", "/api/v4/personal_access_tokens/self", "", read.Secret); code != 403 {
		t.Errorf("%d %s", code, body)
	}
	now.pass(2 * time.Hour)
	if code, _, body := w.send("GET", "/api/v4/user", "", read.Secret); code != 401 ||
		!strings.Contains(string(body), "Token is expired") {
		t.Errorf("expired: %d %s", code, body)
	}
	w.ok(w.Revoke(w.bot.Secret))
	if code, _, body := w.get("/api/v4/user"); code != 401 || !strings.Contains(string(body), "revoked") {
		t.Errorf("revoked: %d %s", code, body)
	}
}

func TestHistoriesWithNothingInCommon(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	_, err := w.Commit(w.project, fakelab.Commit{Branch: "island", Orphan: true, Message: "feat: island",
		Files: map[string]string{"x": "x\n"}})
	w.ok(err)
	iid := w.id(w.Open(w.project, fakelab.Request{Source: "island", By: "dev"}))
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
	if err != nil || m.DiffRefs.BaseSha != "" || m.ChangesCount != "1" {
		t.Errorf("%+v, %v", m, err)
	}
	_, _, err = w.client.Repositories.MergeBase(w.project, &client.MergeBaseOptions{Ref: ptr([]string{"main", "island"})})
	if status(err) != 404 {
		t.Errorf("merge base: %v", err)
	}
}

func TestForksShowTheirHead(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	fork := w.id(w.Fork(w.project, "eve/shop"))
	sha, err := w.Commit(
		fork,
		fakelab.Commit{Branch: "topic", Message: "feat: fork", By: "eve", Files: map[string]string{"x.go": "package x\n"}},
	)
	w.ok(err)
	iid := w.id(w.Open(w.project, fakelab.Request{SourceProject: fork, Source: "topic", By: "eve"}))
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
	if err != nil || m.SourceProjectID != fork || m.TargetProjectID != w.project || m.SHA != sha {
		t.Errorf("%+v, %v", m, err)
	}
	if c, _, err := w.client.Commits.GetCommit(w.project, sha, nil); err != nil || c.Stats.Additions != 1 {
		t.Errorf("the head in the target: %+v, %v", c, err)
	}
	w.ok(w.DeleteProject(fork))
	if m, _, err = w.client.MergeRequests.GetMergeRequest(w.project, iid, nil); err != nil || m.SourceProjectID != 0 ||
		m.SHA != sha {
		t.Errorf("a deleted fork: %+v, %v", m, err)
	}
}
