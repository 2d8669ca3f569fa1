package server_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakemodel "github.com/lintel-review/lintel/internal/fake/model"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/worker"
)

// workerFile is a worker's file that asks an endpoint about what a server on a database prepared.
func workerFile(t *testing.T, database, endpoint, more string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "worker.yml")
	must(t, os.WriteFile(path,
		[]byte("database: "+database+"\nadmin_listen: \"\"\nmodel: { endpoint: \""+endpoint+"\", name: lintel-scripted }\n"+more), 0o600))
	return path
}

// TestStoryAdviceByAWorker has a server without a model and a worker without a forge, on one database: the advice arrives.
//
//race:unwatched
func TestStoryAdviceByAWorker(t *testing.T) {
	t.Parallel()
	hub := advisedWorld(t, "")
	model, url := endpoint(t, opinion("")...)
	r := advised(t, hub, "", func(c *config.Config, _ *server.Options) {
		c.Model.Endpoint, c.Model.Name, c.Advice.Run = "", "", "worker"
	})
	c, err := config.LoadWorker(workerFile(t, r.config.Database, url, ""), []string{"PATH=/bin"}, nil)
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	var log bytes.Buffer
	go func() { done <- worker.Run(ctx, c, &log) }()
	n, sha := offer(t, hub)
	r.run(sha, "success")
	body := r.comment(n, "Advice of a language model")
	if !strings.Contains(body, "A coupon becomes a share of hundred.") {
		t.Errorf("the comment is\n%s", body)
	}
	if len(model.Asked()) != 3 {
		t.Errorf("%d questions, want three", len(model.Asked()))
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
}

// TestStoryQuestionOfAKilledWorker kills a worker while it asks and another one lives: the next one that starts asks again.
func TestStoryQuestionOfAKilledWorker(t *testing.T) {
	t.Parallel()
	hub := advisedWorld(t, "")
	model := fakemodel.New(fakemodel.Script{Turns: opinion("")})
	var asked atomic.Int64
	hangs := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 1 {
			model.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // else nobody hears that the connection is gone
		close(hangs)
		<-r.Context().Done()
	}))
	t.Cleanup(srv.Close)
	r := advised(t, hub, "", func(c *config.Config, _ *server.Options) {
		c.Model.Endpoint, c.Model.Name, c.Advice.Run = "", "", "worker"
	})
	file := workerFile(t, r.config.Database, srv.URL+"/v1", "")
	killed, log := program(t, "worker", "--queue", "advise", "--config", file), &logbook{}
	killed.Stdout, killed.Stderr = log, log
	must(t, killed.Start())
	n, _ := offer(t, hub)
	<-hangs
	for range 2 {
		c, err := config.LoadWorker(file, []string{"PATH=/bin"}, nil)
		must(t, err)
		ctx, stop := context.WithCancel(context.Background())
		done, log := make(chan error, 1), &logbook{}
		go func() { done <- worker.Run(ctx, c, log) }()
		t.Cleanup(func() {
			stop()
			if err := <-done; err != nil {
				t.Errorf("%v\n%s", err, log)
			}
		})
		for !strings.Contains(log.String(), "working") {
			time.Sleep(pace)
		}
		_ = killed.Process.Kill() // before the second one starts
		_ = killed.Wait()
	}
	// The question that was cut off counts, so the third of the three that a head may have is not asked.
	r.comment(n, "2 questions")
}

// TestWorkerRefusesForgeKeys starts a worker where a key of the forge can be seen: it does not start, says where, and repeats no key.
//
//race:unwatched
func TestWorkerRefusesForgeKeys(t *testing.T) {
	t.Parallel()
	const token = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
	plain := workerFile(t, "sqlite://x.db", "http://127.0.0.1:1/v1", "")
	for name, c := range map[string]struct {
		file    string
		environ []string
		want    string
	}{
		"key in the file": {
			workerFile(t, "sqlite://x.db", "http://127.0.0.1:1/v1", "github: { private_key_file: /etc/lintel/key.pem }\n"), nil,
			"github.private_key_file"},
		"secret in the file": {
			workerFile(t, "sqlite://x.db", "http://127.0.0.1:1/v1", "github: { webhook_secret_file: /etc/lintel/secret }\n"), nil,
			"github.webhook_secret_file"},
		"key by the environment": {plain, []string{"LINTEL_GITHUB_PRIVATE_KEY_FILE=/etc/lintel/key.pem"}, "github.private_key_file"},
		"GITHUB_TOKEN":           {plain, []string{"GITHUB_TOKEN=x"}, "GITHUB_TOKEN"},
		"a token by any name":    {plain, []string{"DEPLOY=" + token}, "DEPLOY"},
		"a private key":          {plain, []string{"PEM=-----BEGIN RSA PRIVATE KEY-----\nabc"}, "PEM"},
	} {
		_, err := config.LoadWorker(c.file, c.environ, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := config.LoadWorker(plain, []string{"PATH=/bin", "GITHUB_TOKEN="}, nil); err != nil {
		t.Errorf("a worker without a key: %v", err)
	}
}
