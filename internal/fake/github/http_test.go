package github_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-github/v66/github"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

func TestConditionalRequests(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	one, err := w.InstallationToken(w.installation)
	must(t, err)
	two, err := w.InstallationToken(w.installation)
	must(t, err)
	ask := func(token, tag string) *http.Response {
		req, err := http.NewRequest("GET", w.URL()+"/repos/acme/shop", nil)
		must(t, err)
		req.Header.Set("Authorization", "token "+token)
		req.Header.Set("If-None-Match", tag)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		res.Body.Close()
		return res
	}
	first := ask(one, "")
	tag := first.Header.Get("ETag")
	same := ask(one, tag)
	if same.StatusCode != 304 || same.Header.Get("X-RateLimit-Remaining") != first.Header.Get("X-RateLimit-Remaining") {
		t.Errorf("again: %d, %s of the limit left, %s before", same.StatusCode, same.Header.Get("X-RateLimit-Remaining"),
			first.Header.Get("X-RateLimit-Remaining"))
	}
	if other := ask(two, tag); other.StatusCode != 200 || other.Header.Get("ETag") == tag {
		t.Errorf("with another token: %d; GitHub's tags are bound to the token", other.StatusCode)
	}
	must(t, w.SetPrivate("acme/shop", false, "olga"))
	if changed := ask(one, tag); changed.StatusCode != 200 {
		t.Errorf("after a change: %d", changed.StatusCode)
	}
	if len(first.Header.Get("X-GitHub-Request-Id")) == 0 {
		t.Error("no request id")
	}
}

func TestMovedRepository(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	n := w.open("topic", fakehub.Files{"x": "1"})
	must(t, w.RenameRepo("acme/shop", "store", "olga"))
	p, _, err := w.app.PullRequests.Get(context.Background(), "acme", "shop", n)
	must(t, err)
	if p.GetBase().GetRepo().GetFullName() != "acme/store" {
		t.Errorf("by its old name: %s", p.GetBase().GetRepo().GetFullName())
	}
	token, err := w.Token("wendy")
	must(t, err)
	if res := w.do("GET", "/repos/acme/shop/pulls?state=all", token, ""); res.StatusCode != 301 ||
		!strings.Contains(res.Header.Get("Location"), "/repositories/") ||
		!strings.HasSuffix(res.Header.Get("Location"), "/pulls?state=all") {
		t.Errorf("read: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res := w.do("POST", "/repos/acme/shop/issues/1/comments", token, `{"body":"x"}`); res.StatusCode != 307 {
		t.Errorf("write: %d", res.StatusCode)
	}
	if w.Count("GET", "/repos/{owner}/{repo}/pulls/{pull_number}") != 2 {
		t.Errorf("counted %+v", w.Record().Counts())
	}
}

func TestFaultsOnDemand(t *testing.T) {
	w := newWorld(t, fakehub.Options{Stale: true})
	ctx := context.Background()
	n := w.open("topic", fakehub.Files{"x": "1"})
	get := func() (*github.PullRequest, error) {
		p, _, err := w.app.PullRequests.Get(ctx, "acme", "shop", n)
		return p, err
	}
	const route = "/repos/{owner}/{repo}/pulls/{pull_number}"
	before, err := get()
	must(t, err)
	w.Fault(traffic.Fault{Method: "GET", Route: route, Times: 1, Status: 502})
	if _, err := get(); status(err) != 502 {
		t.Errorf("502: %v", err)
	}
	drop := w.Fault(traffic.Fault{Route: route, Drop: true}) // for good, since Go's client asks again by itself
	if _, err := get(); err == nil ||
		!(errors.Is(err, io.EOF) || strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "reset")) {
		t.Errorf("dropped: %v", err)
	}
	drop()
	_, err = w.Commit("acme/shop", fakehub.Commit{Branch: "topic", Author: "wendy", Message: "fix: x", Files: fakehub.Files{"x": "2"}})
	must(t, err)
	w.Fault(traffic.Fault{Route: route, Times: 1, Stale: true})
	if p, err := get(); err != nil || p.GetHead().GetSHA() != before.GetHead().GetSHA() {
		t.Errorf("stale: %v", err)
	}
	if p, err := get(); err != nil || p.GetHead().GetSHA() != w.Tip("acme/shop", "topic") {
		t.Errorf("fresh: %v", err)
	}
	w.Fault(traffic.Fault{
		Method: "POST",
		Route:  "/repos/{owner}/{repo}/issues/{issue_number}/comments",
		Times:  1,
		Status: 500,
		After:  true,
	})
	if _, _, err := w.app.Issues.CreateComment(ctx, "acme", "shop", n, &github.IssueComment{Body: github.String("x")}); status(err) != 500 {
		t.Errorf("500 after the work: %v", err)
	}
	if v, err := w.Pull("acme/shop", n); err != nil || len(v.Comments) != 1 {
		t.Errorf("the work was not done: %v %v", v.Comments, err)
	}
	// Held one after another, the requests would take half a minute at least.
	const latency, requests = 500 * time.Millisecond, 60
	w.SetLatency(latency)
	start := time.Now()
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			if _, err := get(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if took := time.Since(start); took < latency || took >= requests*latency {
		t.Errorf("%d requests at once with a latency of %s took %s", requests, latency, took)
	}
}

func TestLimitsOnDemand(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	fresh := func() *github.Client { return w.client(w.installation) }
	w.SpendLimit(w.installation, 0, time.Now().Add(time.Minute))
	_, _, err := fresh().Repositories.Get(ctx, "acme", "shop")
	var primary *github.RateLimitError
	if !errors.As(err, &primary) || primary.Rate.Remaining != 0 {
		t.Errorf("primary: %v", err)
	}
	w.SpendLimit(w.installation, 5000, time.Now().Add(time.Minute))
	remove := w.SecondaryLimit("", 403, 0, 7)
	token, err := w.InstallationToken(w.installation)
	must(t, err)
	_, _, err = w.github(nil).WithAuthToken(token).Repositories.Get(ctx, "acme", "shop")
	var secondary *github.AbuseRateLimitError
	if !errors.As(err, &secondary) || secondary.GetRetryAfter() != 7*time.Second {
		t.Errorf("secondary: %v", err)
	}
	remove()
	must(t, w.AddUser(fakehub.User{Login: "poster"}))
	must(t, w.SetCollaborator("acme/shop", "poster", "push", "olga"))
	n := w.open("topic", fakehub.Files{"x": "1"})
	w.SetLimits(traffic.Rules{Secondary: true})
	poster := w.as("poster")
	for i := range 81 {
		_, _, err = poster.Issues.CreateComment(ctx, "acme", "shop", n, &github.IssueComment{Body: github.String(fmt.Sprint(i))})
		if (err != nil) != (i == 80) {
			t.Fatalf("comment %d: %v", i+1, err)
		}
	}
	if !errors.As(err, &secondary) {
		t.Errorf("81 comments in a minute: %v", err)
	}
}

//race:unwatched
func TestLargeDiffs(t *testing.T) {
	w := newWorld(t, fakehub.Options{PatchLines: 100})
	ctx := context.Background()
	files := fakehub.Files{"big.txt": strings.Repeat("x\n", 150)}
	for i := range 3004 {
		files[fmt.Sprintf("src/f%04d.txt", i)] = fmt.Sprint(i)
	}
	n := w.open("large", files)
	p, _, err := w.app.PullRequests.Get(ctx, "acme", "shop", n)
	must(t, err)
	if p.GetChangedFiles() != 3005 {
		t.Errorf("changed_files %d", p.GetChangedFiles())
	}
	total, missing := 0, ""
	for opts := (&github.ListOptions{PerPage: 100}); ; {
		list, res, err := w.app.PullRequests.ListFiles(ctx, "acme", "shop", n, opts)
		must(t, err)
		total += len(list)
		for _, f := range list {
			if f.Patch == nil {
				missing += f.GetFilename()
			}
		}
		if res.NextPage == 0 {
			break
		}
		opts.Page = res.NextPage
	}
	if total != 3000 || missing != "big.txt" {
		t.Errorf("%d files, without patch: %q", total, missing)
	}
	c, _, err := w.app.Repositories.CompareCommits(ctx, "acme", "shop", "main", "large", nil)
	must(t, err)
	if len(c.Files) != 300 {
		t.Errorf("compare has %d files", len(c.Files))
	}
	second, _, err := w.app.Repositories.CompareCommits(ctx, "acme", "shop", "main", "large", &github.ListOptions{Page: 2, PerPage: 100})
	must(t, err)
	if len(second.Files) != 0 || second.GetTotalCommits() != 1 {
		t.Errorf("second page: %d files", len(second.Files))
	}
	if _, _, err := w.app.PullRequests.GetRaw(ctx, "acme", "shop", n, github.RawOptions{Type: github.Diff}); status(err) != 406 {
		t.Errorf("the raw diff of 3,005 files: %v", err)
	}
	lines := w.open("lines", fakehub.Files{"long.txt": strings.Repeat("y\n", 20_001)})
	if _, _, err := w.app.PullRequests.GetRaw(ctx, "acme", "shop", lines, github.RawOptions{Type: github.Diff}); status(err) != 406 {
		t.Errorf("the raw diff of 20,001 lines: %v", err)
	}
	small := w.open("small", fakehub.Files{"a.txt": "changed\n"})
	raw, _, err := w.app.PullRequests.GetRaw(ctx, "acme", "shop", small, github.RawOptions{Type: github.Diff})
	must(t, err)
	if !strings.HasPrefix(raw, "diff --git a/a.txt b/a.txt\n") {
		t.Errorf("raw diff %q", raw)
	}
}

func TestContentsAndTrees(t *testing.T) {
	w := newWorld(t, fakehub.Options{TreeLimit: 3})
	ctx := context.Background()
	_, err := w.Commit("acme/shop",
		fakehub.Commit{Author: "olga",
			Files: fakehub.Files{"run.sh": "#!/bin/sh\n", "ln": "run.sh", "big": strings.Repeat("z", 1<<20+1), "sp ace/ü.txt": "u"},
			Modes: map[string]string{"run.sh": fakehub.ModeExec, "ln": fakehub.ModeLink}, Delete: []string{"dir/b.txt"}})
	must(t, err)
	file, _, _, err := w.app.Repositories.GetContents(ctx, "acme", "shop", "sp ace/ü.txt",
		&github.RepositoryContentGetOptions{Ref: "heads/main"})
	must(t, err)
	if text, err := file.GetContent(); err != nil || text != "u" {
		t.Errorf("%q %v", text, err)
	}
	big, _, _, err := w.app.Repositories.GetContents(ctx, "acme", "shop", "big", nil)
	must(t, err)
	if big.GetEncoding() != "none" || big.GetSize() != 1<<20+1 {
		t.Errorf("a large file: encoding %s, size %d", big.GetEncoding(), big.GetSize())
	}
	blob, _, err := w.app.Git.GetBlob(ctx, "acme", "shop", big.GetSHA())
	must(t, err)
	if data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(blob.GetContent(), "\n", "")); err != nil || len(data) != 1<<20+1 {
		t.Errorf("blob: %d bytes, %v", len(data), err)
	}
	if _, _, _, err := w.app.Repositories.GetContents(ctx, "acme", "shop", "dir/b.txt", nil); status(err) != 404 {
		t.Errorf("a removed file: %v", err)
	}
	link, _, _, err := w.app.Repositories.GetContents(ctx, "acme", "shop", "ln", nil)
	must(t, err)
	if link.GetType() != "symlink" || link.GetTarget() != "run.sh" {
		t.Errorf("link %v", link)
	}
	tree, _, err := w.app.Git.GetTree(ctx, "acme", "shop", "main", true)
	must(t, err)
	if !tree.GetTruncated() || len(tree.Entries) != 3 {
		t.Errorf("tree: %d entries, truncated %v", len(tree.Entries), tree.GetTruncated())
	}
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	in := w.inbox()
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			branch := fmt.Sprintf("b%d", i)
			for j := range 5 {
				if _, err := w.Commit("acme/shop",
					fakehub.Commit{
						Branch:  branch,
						Author:  "wendy",
						Message: "feat: x",
						Files:   fakehub.Files{branch: fmt.Sprint(j)},
					}); err != nil {
					t.Error(err)
					return
				}
				if j == 0 {
					if _, err := w.OpenPull("acme/shop", fakehub.Pull{Head: branch, Title: "feat: x", Author: "wendy"}); err != nil {
						t.Error(err)
						return
					}
				}
				if _, _, err := w.app.PullRequests.List(ctx, "acme", "shop", nil); err != nil {
					t.Error(err)
				}
				if _, _, err := w.app.Checks.CreateCheckRun(ctx, "acme", "shop",
					github.CreateCheckRunOptions{
						Name:       "lintel",
						HeadSHA:    w.Tip("acme/shop", branch),
						Conclusion: github.String("success"),
					}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	names, _, _ := w.take(in)
	count := map[string]int{}
	for _, n := range names {
		count[n]++
	}
	if count["pull_request.opened"] != 6 || count["pull_request.synchronize"] != 24 || count["check_run.completed"] != 30 {
		t.Errorf("events %v", count)
	}
}
