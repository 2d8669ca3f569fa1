package server_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/checkworker"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// A server without a sandbox and a worker without a forge, on one database: the worker gets the files from the server, runs
// the check, and the verdict is red; the push with what it suggests is green. Nothing of the forge is in the worker's
// folder. Who has no token gets no files.
//
// Attack by whoever took over a check worker: Act as the App on the forge, or start with its keys: the worker has neither
// keys nor code of a forge, and does not start where it sees one; files come from the server by a token of five minutes for
// one run. It reads and writes the database, where the tokens' key is, too: it can lie about every result, and get the
// files of runs that wait. Also `internal/server/story_checks_worker_test.go` `TestCheckWorkerRefuses`;
// `internal/checkworker/checkworker_test.go` `TestNoForge`; `internal/treehttp/treehttp_test.go` `TestToken`,
// `TestRequests`.
//
//race:unwatched
func TestStoryChecksByAWorker(t *testing.T) {
	t.Parallel()
	r := checking(t, "never", func(c *config.Config, _ *server.Options) {
		c.Checks.Run, c.Checks.Folder = "worker", t.TempDir()
	})
	file := filepath.Join(t.TempDir(), "worker.yml")
	must(t, os.WriteFile(file, []byte("database: "+r.config.Database+"\nadmin_listen: \"\"\nchecks:\n  backend: bwrap\n"+
		"  tools: [ { name: gofmt } ]\n  server: "+r.config.PublicURL+"\n  folder: "+filepath.Join(r.dir, "worker")+"\n"), 0o600))
	c, err := config.LoadCheckWorker(file, []string{"PATH=/bin"}, nil)
	must(t, err)
	sha := r.push(shop, "topic", "wendy", "cart/price.go", ugly)
	open(t, r.hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: price", Author: "wendy"})
	r.quiet()
	if runs := r.runs(sha); len(runs) > 0 && runs[len(runs)-1].Conclusion == "success" {
		t.Error("the check is green before a worker ran anything")
	}

	c.AdminListen = freePort(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	var log bytes.Buffer
	go func() { done <- checkworker.Run(ctx, c, &log) }()
	red := r.run(sha, "failure")
	if text := red.Title + red.Summary + red.Text; !strings.Contains(text, "var price = 1") {
		t.Errorf("the red check does not say what to write:\n%s", text)
	}
	r.awaitMetrics(c.AdminListen, `lintel_process_role{role="checks"} 1`, `lintel_job_seconds_count{outcome="done",queue="checks"} 1`,
		`lintel_jobs_running{queue="checks"} 0`, `lintel_queue_age_seconds{queue="checks"} 0`)
	r.run(r.push(shop, "topic", "wendy", "cart/price.go", neat), "success")
	// Where the first was prepared before anybody knew which gofmt the worker has, its result is nobody else's.
	cached := make([]int, 0, 2)
	for _, branch := range []string{"again", "once-more"} {
		again := r.push(shop, branch, "wendy", "cart/price.go", ugly)
		open(t, r.hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "feat: " + branch, Author: "wendy"})
		r.run(again, "failure")
		cached = append(cached, r.count(`SELECT COUNT(*) FROM check_run WHERE cached = 1`))
	}
	if cached[1]-cached[0] != 1 {
		t.Errorf("of two equal checks, the second was not answered by the first: %d answered, then %d", cached[0], cached[1])
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
	r.noSecrets("worker")

	var key string
	must(t, r.server.Reader().QueryRowContext(t.Context(), `SELECT MAX(run_key) FROM check_run`).Scan(&key))
	for _, token := range []string{"", "v1.99999999999.AAAA"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			r.config.PublicURL+"/checks/trees/"+key+"/info/refs?service=git-upload-pack", http.NoBody)
		must(t, err)
		req.SetBasicAuth("worker", token)
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("the token %q is answered with %d", token, resp.StatusCode)
		}
	}
}

// A worker that runs checks does not start where a key of the forge can be seen, without a sandbox, or without the
// server's address.
func TestCheckWorkerRefuses(t *testing.T) {
	t.Parallel()
	const token = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
	for more, want := range map[string]string{
		"checks: { backend: bwrap, server: \"http://lintel:8080\" }\ngithub: { private_key_file: key.pem }\n": "github.private_key_file",
		"checks: { server: \"http://lintel:8080\" }\n":                                                        "checks.backend",
		"checks: { backend: bwrap }\n":                                                                        "checks.server",
		"checks: { backend: bwrap, server: \"http://" + "worker:secret@lintel\" }\n":                          "checks.server",
	} {
		file := filepath.Join(t.TempDir(), "worker.yml")
		must(t, os.WriteFile(file, []byte("database: sqlite://x.db\n"+more), 0o600))
		if _, err := config.LoadCheckWorker(file, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", more, err)
		}
	}
	file := filepath.Join(t.TempDir(), "worker.yml")
	must(t, os.WriteFile(file, []byte("database: sqlite://x.db\nchecks: { backend: bwrap, server: \"http://lintel:8080\" }\n"), 0o600))
	_, err := config.LoadCheckWorker(file, []string{"DEPLOY=" + token}, nil)
	if err == nil || !strings.Contains(err.Error(), "DEPLOY") || strings.Contains(err.Error(), token) {
		t.Errorf("a token by any name: %v", err)
	}
	if _, err := config.LoadCheckWorker(file, []string{"PATH=/bin"}, nil); err != nil {
		t.Errorf("a worker without a key: %v", err)
	}
}
