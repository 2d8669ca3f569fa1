package server_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/backfill"
	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// oldenOnGitLab gives the shop so many merge requests from before Lintel, one an hour: dev's, which rita approved.
func (r *labRig) oldenOnGitLab(n int) {
	r.t.Helper()
	must(
		r.t,
		r.lab.Configure(
			r.project,
			func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfPipelineSucceeds = false },
		),
	)
	_, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "old", From: "main", By: "dev", Message: "feat: old\n",
		Files: map[string]string{"cart/old.go": "package cart\n"}})
	must(r.t, err)
	iid, err := r.lab.Open(r.project, fakelab.Request{Source: "old", Title: "feat: old", By: "dev"})
	must(r.t, err)
	r.later()
	must(r.t, r.lab.Approve(r.project, iid, "rita"))
	must(r.t, r.lab.Merge(r.project, iid, "rita"))
	must(r.t, r.lab.Repeat(r.project, iid, n-1, time.Hour))
	_, err = r.lab.Deploy(
		r.project,
		fakelab.Deployment{Environment: "live", Tier: "production", SHA: r.lab.Tip(r.project, "main"),
			By: "rita", States: []string{"success"}, Quiet: true},
	)
	must(r.t, err)
}

// TestStoryGitLabPast: the command reads the past of a group in place, as far as GitLab's limit allows; a server on the
// record reads that of the projects which it finds by itself. What both keep is kept once.
func TestStoryGitLabPast(t *testing.T) {
	t.Parallel()
	ask := func(c *config.Config, more ...string) (string, error) {
		file := filepath.Join(t.TempDir(), "lintel.yml")
		must(
			t,
			os.WriteFile(
				file,
				fmt.Appendf(nil, "database: %s\ngitlab: { url: %s, token_file: %s, webhook_token_file: %s }\n",
					c.Database, c.GitLab.URL, c.GitLab.TokenFile, c.GitLab.WebhookTokenFile),
				0o600,
			),
		)
		var out bytes.Buffer
		command := backfill.Command{
			DatabaseFlags: config.DatabaseFlags{Config: file},
			Org:           "acme",
			Since:         time.Now().AddDate(0, 0, -60).Format(time.DateOnly),
		}
		for _, name := range more {
			command.Org, command.Repo, command.ForgeFlag = "", name, operator.ForgeFlag{Forge: "gitlab"}
		}
		err := command.Run(t.Context(), terminal.Terminal{Out: &out, Err: &out})
		return out.String(), err
	}
	var file *config.Config
	r := beginLabWith(t, fakelab.Options{Tier: fakelab.Free}, func(r *labRig, c *config.Config) {
		r.oldenOnGitLab(60)
		file = c
		jobs, err := queue.NewJobs(time.Now)
		must(t, err)
		st, err := store.Open(t.Context(), c.Database, time.Now, jobs)
		must(t, err)
		must(t, st.Close())
		out, err := ask(c)
		must(t, err)
		for _, want := range []string{
			`(?m)^acme/tools/shop: complete, 60 pull requests, complete since \d{4}-\d\d-\d\d$`,
			`(?m)^1 of 1 repositories are complete: 60 changes, 9 requests to the forge$`,
			`lintel: acme/tools/shop: reading, 25 pull requests.*%`,
		} {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("the output lacks %s:\n%s", want, out)
			}
		}
		_, err = r.lab.AddProject(fakelab.Project{Path: "acme/till", Files: map[string]string{"a": "1\n"}})
		must(t, err)
		c.Flow.BackfillDays = 90
	})
	st := r.server.Record()
	var all []past.Bookmark
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		var err error
		all, err = st.Bookmarks(context.Background(), change.GitLab)
		must(t, err)
		if len(all) == 2 && all[0].State == past.Complete && all[1].State == past.Complete {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the readings stand at %v", all)
		}
	}
	if all[0].Repository() != "acme/till" || all[1].Pulls != 60 {
		t.Errorf("%v", all)
	}
	if out, err := ask(file, "acme/tools/shop"); err != nil ||
		!strings.Contains(out, "1 of 1 repositories are complete: 60") {
		t.Errorf("the server is not followed: %v\n%s", err, out)
	}
	if out, err := ask(file, "acme/none"); err == nil ||
		!strings.Contains(err.Error(), "the App sees no repository acme/none") {
		t.Errorf("a project that is not there: %v\n%s", err, out)
	}
	var deployed int
	must(
		t,
		st.Reader().
			QueryRowContext(t.Context(), `SELECT COUNT(*) FROM deployment WHERE forge = 'gitlab' AND production = 1`).
			Scan(&deployed),
	)
	if deployed != 1 {
		t.Errorf("%d deployments to production are known, want that from before Lintel", deployed)
	}
	for kind, want := range map[string]int{"opened": 60, "merged": 60, "reviewed": 60, "commit": 60, "state": 60, "whole": 60} {
		var n int
		must(
			t,
			st.Reader().
				QueryRowContext(t.Context(), `SELECT COUNT(*) FROM flow_event WHERE kind = $1 AND forge = 'gitlab'`, kind).
				Scan(&n),
		)
		if n != want {
			t.Errorf("%d events of %s, want %d", n, kind, want)
		}
	}
}
