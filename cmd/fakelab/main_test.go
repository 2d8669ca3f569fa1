package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serveIt runs fakelab in this process and returns what run.json says, and what ends it.
func serveIt(t *testing.T, args ...string) (about, func() (int, string)) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "lab")
	ctx, stop := context.WithCancel(t.Context())
	stdout, line := io.Pipe()
	var stderr bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"--data", data, "--quiet"}, args...), line, &stderr)
		_ = line.Close()
	}()
	text := make([]byte, 1<<12)
	n, err := stdout.Read(text)
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	raw, err := os.ReadFile(filepath.Join(data, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	var a about
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text[:n]), a.Tokens["lintel"]) {
		t.Error("the terminal shows a token")
	}
	return a, func() (int, string) { stop(); return <-done, stderr.String() }
}

func TestALaptopCanCloneAndIsTold(t *testing.T) {
	hooks := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		hooks <- r.Header.Get("X-Gitlab-Event") + " " + r.Header.Get("X-Gitlab-Token")
	}))
	defer receiver.Close()
	a, end := serveIt(t, "--tier", "free", "--webhook", receiver.URL, "--version-delay", "0s")
	work := filepath.Join(t.TempDir(), "shop")
	remote := strings.Replace(a.URL, "http://", "http://dan:"+a.Tokens["dan"]+"@", 1) + "/" + a.Project + ".git"
	for _, args := range [][]string{
		{"clone", "-q", remote, work},
		{"-C", work, "-c", "user.name=Dan", "-c", "user.email=dan@example.com", "commit", "-q", "--allow-empty", "-m", "feat: nothing"},
		{"-C", work, "push", "-q", "origin", "HEAD:refs/heads/topic"},
	} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null", "HOME="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	select {
	case got := <-hooks:
		if got != "Push Hook "+a.WebhookToken {
			t.Error(got)
		}
	case <-time.After(3 * time.Minute):
		t.Fatal("no webhook came")
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET",
		fmt.Sprintf("%s/api/v4/projects/%d/merge_requests/1/approval_rules", a.URL, a.ProjectID), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("PRIVATE-TOKEN", a.Tokens["lintel"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 404 {
		t.Errorf("approval rules on free: %d", resp.StatusCode)
	}
	if status, stderr := end(); status != 0 {
		t.Errorf("exit %d: %s", status, stderr)
	}
}

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"--help", 0, "--tier free --version 16.11"},
		{"--nonsense", 2, "nonsense"},
		{"extra", 2, "takes flags only"},
		{"--tier gold", 1, "want free, premium or ultimate"},
		{"--version x", 1, "want two numbers"},
		{"--listen 0.0.0.0:0", 1, "not a loopback address"},
	} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), strings.Fields(c.args), &stdout,
			&stderr); status != c.status || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%s: %d, %s", c.args, status, stderr.String())
		}
	}
}
