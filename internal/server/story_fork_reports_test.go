package server_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// fork opens a pull request from rita's fork.
func (u *uploads) fork(branch string) (n int, sha string) {
	u.t.Helper()
	const forked = "rita/shop"
	sha = commit(u.t, u.hub, forked,
		fakehub.Commit{
			Branch:  branch,
			From:    "main",
			Author:  "rita",
			Message: "feat: " + branch,
			Files:   fakehub.Files{"cart/x.go": "package cart // " + branch + "\n"},
		})
	return open(u.t, u.hub, shop, fakehub.Pull{Head: "rita:" + branch, Base: "main", Title: "feat: " + branch, Author: "rita"}), sha
}

// finish runs CI on a pull request and leaves artifacts behind.
func (u *uploads) finish(pull int, artifacts ...fakehub.Artifact) fakehub.RunStarted {
	u.t.Helper()
	run := u.runOf(pull)
	must(u.t, u.hub.FinishRun(run.ID, "success", artifacts...))
	u.quiet()
	return run
}

// manifest is what the client writes beside reports.
const manifest = `{"version":1,"reports":[{"file":"cover.out","kind":"coverage","format":"auto","flag":"unit","job":"test"}]}`

func artifact(files fakehub.Files) fakehub.Artifact {
	return fakehub.Artifact{Name: "lintel-report-unit", Files: files}
}

// A pull request from a fork gets no token; its run's artifacts are fetched, marked as the author's own numbers, and a
// second attempt replaces them.
//
//race:unwatched
func TestReportOfAFork(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	_, err := u.hub.AddRepo(fakehub.Repo{Owner: "rita", Name: "shop", ForkOf: shop})
	must(t, err)
	n, sha := u.fork("topic")
	u.quiet()
	run := u.finish(n, artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": profile}),
		fakehub.Artifact{Name: "screenshots", Files: fakehub.Files{"a.png": "x"}})
	if run.TokenURL != "" {
		t.Fatal("a fork's job may ask for a token")
	}
	u.has("the fork's", u.kept(sha, n, true), "unit author cart/x.go: 1 hit, 2 miss")
	u.has("a branch with the same head", u.kept(sha, n, false))
	again, err := u.hub.Rerun(run.ID)
	must(t, err)
	must(t, u.hub.FinishRun(again.ID, "success",
		artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": "mode: set\ncart/x.go:9.1,9.9 1 1\n"})))
	u.quiet()
	u.has("the second attempt", u.kept(sha, n, true), "unit author cart/x.go: 9 hit")
	// A branch of the repository hands in its reports by itself, so its runs cost nothing.
	own, _ := u.topic("own", "feat: own", "cart/y.go")
	u.quiet()
	u.hub.Reset()
	u.finish(own, artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": profile}))
	if calls := u.hub.Count("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts"); calls != 0 {
		t.Errorf("%d calls for the artifacts of an own branch", calls)
	}
}

// ATTACK: a fork's code writes into its artifacts whatever it likes: names that lead elsewhere, bombs, links, a
// manifest that names what is not there.
//
// WHAT MUST HOLD: nothing is written anywhere but into the database; an artifact that lies is refused whole; a report
// that cannot be read says so; the verdict comes all the same.
//
// Attack by the author of a fork: Artifacts with path traversal, links, bombs, lies: Lintel reads an artifact in
// memory and never unpacks it to disk; it refuses a lying one as a whole; it marks the numbers as the author's
// own. Also `internal/server/story_fork_reports_test.go` `TestReportOfAFork`.
//
//race:unwatched
func TestStoryHostileArtifacts(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	_, err := u.hub.AddRepo(fakehub.Repo{Owner: "rita", Name: "shop", ForkOf: shop})
	must(t, err)
	zipped := func(write func(z *zip.Writer)) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		write(z)
		must(t, z.Close())
		return b.Bytes()
	}
	add := func(z *zip.Writer, name, text string) {
		w, err := z.Create(name)
		must(t, err)
		_, err = w.Write([]byte(text))
		must(t, err)
	}
	const bomb = "cart/x.go:1.1,1.9 1 1\n"
	for _, c := range []struct {
		name string
		a    fakehub.Artifact
		want []string
	}{
		{"zip-slip", artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": profile, "../../escaped": "x"}), nil},
		{"absolute", artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": profile, "/tmp/escaped": "x"}), nil},
		{"backslashes", artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": profile, `..\escaped`: "x"}), nil},
		{"link", artifact(nil), nil},
		{"twice", artifact(nil), nil},
		{"bomb", artifact(
			fakehub.Files{"lintel-report.json": manifest, "cover.out": "mode: set\n" + strings.Repeat(bomb, 3<<20/len(bomb))}), nil},
		{"no-zip", fakehub.Artifact{Name: "lintel-report", Zip: []byte("PK, not a zip")}, nil},
		{"no-manifest", artifact(fakehub.Files{"cover.out": profile}), nil},
		{"later-manifest", artifact(fakehub.Files{"lintel-report.json": strings.Replace(manifest, "1", "2", 1), "cover.out": profile}),
			nil},
		{"names-nothing", artifact(fakehub.Files{"lintel-report.json": manifest}), []string{"unit author unreadable"}},
		{"no-report", artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": "hello"}), []string{"unit author unreadable"}},
		{"another-head",
			artifact(fakehub.Files{
				"lintel-report.json": strings.Replace(manifest, `"job"`,
					`"measured_sha":"0123456789012345678901234567890123456789","job"`, 1), "cover.out": profile}),
			[]string{"unit author unreadable"}},
		{"good", artifact(fakehub.Files{"lintel-report.json": manifest, "cover.out": profile}),
			[]string{"unit author cart/x.go: 1 hit, 2 miss"}},
	} {
		switch c.name {
		case "link":
			c.a.Zip = zipped(func(z *zip.Writer) {
				h := &zip.FileHeader{Name: "cover.out"}
				h.SetMode(0o777 | 1<<27) // a symbolic link
				w, err := z.CreateHeader(h)
				must(t, err)
				_, err = w.Write([]byte("/etc/passwd"))
				must(t, err)
				add(z, "lintel-report.json", manifest)
			})
		case "twice":
			c.a.Zip = zipped(func(z *zip.Writer) {
				add(z, "lintel-report.json", manifest)
				add(z, "cover.out", profile)
				add(z, "cover.out", "mode: set\ncart/x.go:1.1,2.9 1 1\n")
			})
		}
		n, sha := u.fork(c.name)
		u.finish(n, c.a)
		u.has(c.name, u.kept(sha, n, true), c.want...)
		if runs := u.runs(sha); len(runs) == 0 || runs[len(runs)-1].Status != "completed" {
			t.Errorf("%s: there is no verdict", c.name)
		}
	}
}
