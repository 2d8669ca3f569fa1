package server_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/command/report"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/terminal"
)

// TestStoryGitLabCodeQuality: a job of GitLab CI hands in what it made for GitLab itself, a Code Quality report and a
// coverage report, with nothing but its id_token and the variables of its merge request's pipeline. Both come to findings on
// the merge request: the one on a line that it changes refuses it, the one elsewhere does not.
func TestStoryGitLabCodeQuality(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	must(t, r.lab.Configure(r.project, func(p *fakelab.Settings, _ *fakelab.ApprovalSettings) { p.NoJobs = false }))
	_, err := r.lab.Commit(r.project, fakelab.Commit{Branch: "main", By: "rita", Message: "ci: test\n", Files: map[string]string{
		".gitlab-ci.yml":     "test: {script: [true]}\n",
		".gitlab/lintel.yml": "version: 1\nlint: { mode: enforce }\ncoverage: { mode: enforce, patch: { min: 100, min_lines: 1 } }\n"}})
	must(t, err)
	head, number := r.faster("perf: make it faster\n", "perf: make it faster")
	pipeline, _, err := r.lab.StartPipeline(r.project, fakelab.Pipeline{IID: number, Jobs: []fakelab.Job{{Name: "test"}}})
	must(t, err)
	r.becomes(head, "success")
	token, err := r.lab.IDToken(r.project, pipeline, "test", r.url, nil)
	must(t, err)
	job := map[string]string{"GITLAB_CI": "true", "CI_COMMIT_SHA": head, "CI_PROJECT_PATH": "acme/tools/shop", "CI_JOB_NAME": "test",
		"CI_PIPELINE_ID": fmt.Sprint(pipeline), "CI_MERGE_REQUEST_IID": fmt.Sprint(number), "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head,
		"CI_PIPELINE_SOURCE": "merge_request_event", "LINTEL_ID_TOKEN": token, "LINTEL_SERVER": r.url}
	upload := func(kind, name, text string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(file, []byte(text), 0o600))
		u := report.Upload{Files: []string{file}, Kind: kind, Format: "auto", Measured: head}
		u.Getenv = func(name string) string { return job[name] }
		var said bytes.Buffer
		if err := u.Run(t.Context(), terminal.Terminal{Out: &said, Err: &said}); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, said.String())
		}
	}
	upload("lint", "gl-code-quality-report.json", `[
		{"description":"c is never used","check_name":"unused","fingerprint":"f1","severity":"major",
			"location":{"path":"cart/cart.go","lines":{"begin":5}}},
		{"description":"pay has no comment","check_name":"docs","fingerprint":"f2","severity":"major",
			"location":{"path":"pay/pay.go","lines":{"begin":1}}}]`)
	said := func(text string) func() bool {
		return func() bool { return strings.Contains(strings.Join(r.written(number), "\n"), text) }
	}
	r.becomes(head, "failed")
	r.until("the note has the finding of Code Quality", said("c is never used"))
	if said("pay has no comment")() {
		t.Error("the note has a finding of a line that nobody touched")
	}
	upload("coverage", "cobertura-coverage.xml", `<?xml version="1.0"?><coverage line-rate="0.5" version="1">
		<sources><source>.</source></sources><packages><package name="cart"><classes><class name="cart" filename="cart/cart.go"><lines>
		<line number="3" hits="1"/><line number="5" hits="0"/></lines></class></classes></package></packages></coverage>`)
	r.until("the note has the finding of coverage", said("coverage/patch"))
}
