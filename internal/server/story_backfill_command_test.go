package server_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/flow/dora"
)

// lintelBackfill runs the command on the database of a process.
func lintelBackfill(t testing.TB, p *process, args ...string) (out string, err error) {
	t.Helper()
	cmd := program(t, append([]string{"backfill", "--config", p.config}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	t.Logf("%s%s", &stderr, &stdout)
	return stdout.String() + stderr.String(), err
}

// before is the database of a server that ran once, before the App was installed, and reads nothing by itself.
func before(t testing.TB, hub *fakehub.Hub) *process {
	t.Helper()
	p := newProcess(t, hub)
	text, err := os.ReadFile(p.config)
	must(t, err)
	must(t, os.WriteFile(p.config, append(text, "flow: { backfill_days: 0 }\n"...), 0o600))
	p.start()
	p.kill()
	_, err = hub.Install("acme")
	must(t, err)
	return p
}

// TestStoryBackfillInPlace: without a server the command finds the repositories on the forge and reads by itself.
//
//race:unwatched
func TestStoryBackfillInPlace(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	olden(t, hub, 60)
	addShop(t, hub, "till")
	deployedOnce(t, hub)
	p := before(t, hub)
	if out, err := lintelBackfill(t, p, "--org", "acme"); err == nil || !strings.Contains(out, "add --since") {
		t.Errorf("nobody says how far back: %v", err)
	}
	// A page that is too large, and a limit that passes, stop nothing.
	hub.SetLimits(traffic.Rules{NodesInTime: 15_000, RetryAfterSeconds: 1})
	out, err := lintelBackfill(t, p, "--org", "acme", "--since", time.Now().AddDate(-1, 0, 0).Format(time.DateOnly))
	must(t, err)
	for _, want := range []string{
		`(?m)^acme/shop: complete, 60 pull requests, complete since \d{4}-\d\d-\d\d$`,
		`(?m)^acme/till: complete, 0 pull requests, complete since`,
		`(?m)^2 of 2 repositories are complete: 60 changes, \d+ requests to the forge$`,
		`lintel: acme/shop: reading, 12 pull requests.*%`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("the output lacks %s", want)
		}
	}
	st := recordBeside(t, p)
	report, err := st.Dora(t.Context(), dora.Scope{}, time.Now().AddDate(0, -1, 0), time.Now().Add(time.Hour))
	if must(t, err); report.Source != dora.ByStatus || report.Deployments != 1 || report.FailedBy[dora.InTime] != 1 {
		t.Errorf("production before Lintel: %+v", report)
	}
	calls := hub.Count("POST", "/graphql")
	if _, err := lintelBackfill(t, p, "--org", "acme", "--since", time.Now().AddDate(0, -1, 0).Format(time.DateOnly)); err != nil ||
		hub.Count("POST", "/graphql") != calls {
		t.Errorf("what was read is read again: %v", err)
	}
	if out, err := lintelBackfill(t, p, "--repo", "acme/none", "--since", "2025-01-01"); err == nil ||
		!strings.Contains(out, "the App sees no repository acme/none") {
		t.Errorf("a repository that is not there: %v", err)
	}
	readsTheClone(t, hub, p)
}

// deployedOnce lets the shop have come to production before Lintel, where it failed.
func deployedOnce(t testing.TB, hub *fakehub.Hub) {
	t.Helper()
	at := time.Now().Add(-time.Hour)
	_, err := hub.Deploy(shop, "production", hub.Tip(shop, "main"), true, at, "in_progress", "success")
	must(t, err)
	_, err = hub.Issue(shop, "the shop is down", at.Add(10*time.Minute), at.Add(20*time.Minute), "incident")
	must(t, err)
	_, err = hub.Release(shop, "v1", "main", "", at)
	must(t, err)
}

// TestStoryBackfillAsksTheServer: the server on the database reads, and the command follows it.
//
//race:unwatched
func TestStoryBackfillAsksTheServer(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	olden(t, hub, 30)
	p := before(t, hub)
	p.start()
	out, err := lintelBackfill(t, p, "--repo", "acme/shop", "--since", time.Now().AddDate(-1, 0, 0).Format(time.DateOnly))
	must(t, err)
	if !strings.Contains(out, "the server on this database reads the past") ||
		!strings.Contains(out, "1 of 1 repositories are complete: 30") {
		t.Errorf("%s", out)
	}
}

// readsTheClone has a clone tell what the forge does not. Of the rewritten lines two are old and one is young.
func readsTheClone(t testing.TB, hub *fakehub.Hub, p *process) {
	t.Helper()
	now := time.Now().UTC()
	put := func(branch, from, content string, at time.Time) string {
		return commit(t, hub, shop, fakehub.Commit{Branch: branch, From: from, Author: "wendy", Message: "feat: " + branch,
			Files: fakehub.Files{"cart/lines.go": content}, When: at})
	}
	put("main", "", "one\ntwo\nthree\nfour\n", now.AddDate(0, 0, -60))
	put("main", "", "one\ntwo\nthree\nFOUR\n", now.AddDate(0, 0, -10))
	put("rewrite", "main", "ONE\nTWO\nthree\nfive\n", now.AddDate(0, 0, -1))
	n := open(t, hub, shop, fakehub.Pull{Head: "rewrite", Base: "main", Title: "feat: rewrite", Author: "wendy"})
	must(t, hub.MergePull(shop, n, "merge", "wendy"))
	landed := hub.Tip(shop, "main")
	commit(t, hub, shop, fakehub.Commit{
		Branch:  "main",
		Author:  "wendy",
		Message: fmt.Sprintf("Revert it\n\nThis reverts commit %s.\n", landed),
		Files:   fakehub.Files{"cart/lines.go": "one\ntwo\nthree\nFOUR\n"},
	})
	_, err := lintelBackfill(t, p, "--repo", shop, "--since", "2025-01-01", "--again")
	must(t, err)
	dir, err := hub.GitDir(shop)
	must(t, err)
	out, err := lintelBackfill(t, p, "--repo", shop, "--clone", dir)
	must(t, err)
	for _, want := range []string{"1 take back others", "3 replaced, of which 1 were no older than 21 days and 1 than 30"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	st := recordBeside(t, p)
	var lines, young, reverted int
	row := st.Reader().QueryRowContext(t.Context(),
		`SELECT replaced_lines, replaced_lines_21d, reverted FROM flow_fact WHERE number = $1`, n)
	must(t, row.Scan(&lines, &young, &reverted))
	if lines != 3 || young != 1 || reverted != 1 {
		t.Errorf("#%d replaced %d lines, %d of them young, reverted %d", n, lines, young, reverted)
	}
	// The history of files counts in the risk at once.
	git := exec.CommandContext(t.Context(), "git", "--git-dir", dir, "rev-list", "--first-parent", "--count", "main")
	count, err := git.Output()
	must(t, err)
	var kept, first int
	must(t, st.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*), SUM(CASE parent WHEN '' THEN 1 ELSE 0 END) FROM landing`).
		Scan(&kept, &first))
	if fmt.Sprint(kept) != strings.TrimSpace(string(count)) || first != 1 ||
		!strings.Contains(out, fmt.Sprintf("history of files: %d commits", kept)) {
		t.Errorf("%d commits are kept of %s, %d of them first", kept, count, first)
	}
	if out, err := lintelBackfill(t, p, "--repo", shop, "--clone", filepath.Join(dir, "nowhere")); err == nil ||
		!strings.Contains(out, "name the folder of a clone of acme/shop") {
		t.Errorf("a clone that is not there: %v", err)
	}
}
