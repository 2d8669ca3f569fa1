package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
)

// patience is how long a test waits for something that takes milliseconds.
const patience = 3 * time.Minute

// hook is one webhook as it arrived.
type hook struct {
	event, action, signature string
	body                     []byte
}

func receive(t *testing.T) (string, <-chan hook) {
	t.Helper()
	got := make(chan hook, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the sender ended, or gave up: nothing arrived, and whoever waits for it goes on waiting
		}
		var v struct{ Action string }
		if err := json.Unmarshal(body, &v); err != nil {
			t.Errorf("decode webhook: %v", err)
		}
		got <- hook{r.Header.Get("X-GitHub-Event"), v.Action, r.Header.Get("X-Hub-Signature-256"), body}
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func await(t *testing.T, hooks <-chan hook, event, action string) hook {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case h := <-hooks:
			if h.event == event && h.action == action {
				return h
			}
		case <-deadline:
			t.Fatalf("no %s %s arrived", event, action)
		}
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Rita", "GIT_AUTHOR_EMAIL=rita@example.com", "GIT_COMMITTER_NAME=Rita", "GIT_COMMITTER_EMAIL=rita@example.com",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// buffer is a log that a process writes while the test reads it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestBinary is the whole story with the built program: clone, push, a pull request by API, and its signed webhook.
func TestBinary(t *testing.T) {
	program := filepath.Join(t.TempDir(), "fakehub")
	// Without cgo, as the Makefile builds all that runs without the race detector: then its packages are compiled already.
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	hookURL, hooks := receive(t)
	data := filepath.Join(t.TempDir(), "hub")
	log := &buffer{}
	cmd := exec.CommandContext(t.Context(), program, "--data", data, "--webhook", hookURL, "--app-id", "77", "--latency", "1ms")
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || !strings.Contains(line, "ready") {
		t.Fatalf("first line %q, %v\n%s", line, err, log)
	}
	var r runFile
	text, err := os.ReadFile(filepath.Join(data, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run.json", "app.pem", "webhook-secret"} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v; want it readable by its owner alone", name, info.Mode())
		}
	}
	secret, err := os.ReadFile(r.WebhookSecretFile)
	if err != nil {
		t.Fatal(err)
	}
	await(t, hooks, "installation", "created")

	remote, err := url.Parse(r.URL + "/acme/shop.git")
	if err != nil {
		t.Fatal(err)
	}
	remote.User = url.UserPassword("rita", r.Tokens["rita"])
	work := filepath.Join(t.TempDir(), "shop")
	git(t, t.TempDir(), "clone", "-q", remote.String(), work)
	git(t, work, "switch", "-q", "-c", "topic")
	if err := os.WriteFile(filepath.Join(work, "new.txt"), []byte("new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	git(t, work, "add", "new.txt")
	git(t, work, "commit", "-q", "-m", "feat: something new")
	git(t, work, "push", "-q", "origin", "topic")
	head := git(t, work, "rev-parse", "HEAD")

	req, err := http.NewRequestWithContext(t.Context(), "POST", r.URL+"/repos/acme/shop/pulls",
		strings.NewReader(`{"title":"feat: something new","head":"topic","base":"main"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.Tokens["rita"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("open a pull request: status %d", resp.StatusCode)
	}
	opened := await(t, hooks, "pull_request", "opened")
	mac := hmac.New(sha256.New, secret)
	mac.Write(opened.body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); opened.signature != want {
		t.Errorf("signature %s, want %s", opened.signature, want)
	}
	var payload struct {
		Installation struct{ ID int64 }
		PullRequest  struct{ Head struct{ SHA string } } `json:"pull_request"`
	}
	if err := json.Unmarshal(opened.body, &payload); err != nil {
		t.Fatal(err)
	}
	if payload.PullRequest.Head.SHA != head || payload.Installation.ID != r.Installations["acme"] {
		t.Errorf("webhook of head %s, installation %d; want %s, %d", payload.PullRequest.Head.SHA, payload.Installation.ID, head,
			r.Installations["acme"])
	}

	tr, err := ghinstallation.NewKeyFromFile(http.DefaultTransport, r.AppID, r.Installations["acme"], r.PrivateKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	tr.BaseURL = r.URL
	token, err := tr.Token(t.Context())
	if err != nil {
		t.Errorf("the App's key does not work: %v", err)
	}
	if body := get(t, r.URL+"/_fakehub/requests"); !strings.Contains(body, `"/repos/{owner}/{repo}/pulls"`) {
		t.Errorf("the requests page does not show the pull request: %s", body)
	}

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, log)
	}
	if !strings.Contains(log.String(), "/repos/acme/shop/pulls") {
		t.Errorf("the log does not have the request:\n%s", log)
	}
	for _, s := range []string{r.Tokens["rita"], string(secret), token} {
		if strings.Contains(log.String(), s) {
			t.Errorf("the log has the secret %s", s)
		}
	}
	if _, err := os.Stat(r.PrivateKeyFile); err != nil {
		t.Errorf("a given data folder is not kept: %v", err)
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get(address) //nolint:gosec,noctx // loopback
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// start runs the program in this process until stop is called, which returns its exit status.
func start(t *testing.T, args ...string) (printed string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	status := make(chan int, 1)
	log := &buffer{}
	go func() {
		status <- run(ctx, args, w, log)
		_ = w.Close()
	}()
	// What is printed comes in one write, after which the program serves.
	b := make([]byte, 64<<10)
	n, err := r.Read(b)
	if err != nil {
		t.Fatalf("nothing was printed: %v\n%s", err, log)
	}
	var once sync.Once
	code := -1
	stop = func() int {
		once.Do(func() {
			cancel()
			select {
			case code = <-status:
			case <-time.After(patience):
				t.Error("does not end")
			}
		})
		return code
	}
	t.Cleanup(func() { stop() })
	return string(b[:n]), stop
}

func field(t *testing.T, printed, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(name) + ` +(\S+)`).FindStringSubmatch(printed)
	if m == nil {
		t.Fatalf("%q is not printed:\n%s", name, printed)
	}
	return m[1]
}

func TestGivenKeySeedAndSecret(t *testing.T) {
	dir := t.TempDir()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	seedFile := filepath.Join(dir, "seed.yaml")
	if err := os.WriteFile(seedFile,
		[]byte("users: [ { login: zoe, token: tok_zoe } ]\nrepositories: [ { owner: zoe, name: notes, commits: [ { "+
			"message: m, files: { a: b } } ] } ]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, stop := start(t, "--seed", seedFile, "--private-key", keyFile, "--secret", "mine", "--quiet")
	if got := field(t, printed, "token of zoe"); got != "tok_zoe" {
		t.Errorf("token %q", got)
	}
	secretFile := field(t, printed, "webhook secret")
	if text, err := os.ReadFile(secretFile); err != nil || string(text) != "mine" {
		t.Errorf("secret %q, %v", text, err)
	}
	if strings.Contains(printed, "mine\n") {
		t.Error("the secret is printed")
	}
	tr, err := ghinstallation.NewAppsTransport(http.DefaultTransport, 12345,
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: tr}).Get(field(t, printed, "url") + "/app")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("GET /app with the given key: status %d", resp.StatusCode)
	}
	if status := stop(); status != exitOK {
		t.Errorf("exit status %d", status)
	}
	if _, err := os.Stat(filepath.Dir(secretFile)); !os.IsNotExist(err) {
		t.Errorf("the temporary folder is left: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	bad := write("bad.yaml", "users:\n  - { login: zoe, tokn: x }\nrepositories:\n  - { owner: nobody, name: x, privat: true }\n")
	noKey := write("key.pem", "no key")
	tests := []struct {
		name   string
		args   []string
		status int
		want   []string
	}{
		{"an unknown flag", []string{"--lsiten", "x"}, exitUsage, []string{"flag provided but not defined: -lsiten"}},
		{"an argument", []string{"serve"}, exitUsage, []string{`"serve": fakehub takes flags only`}},
		{"a webhook without a scheme", []string{"--webhook", "localhost:80"}, exitUsage, []string{"want an http or https URL"}},
		{"a negative latency", []string{"--latency", "-1s"}, exitUsage, []string{"--latency -1s: want 0 to 1m"}},
		{"no App id", []string{"--app-id", "0"}, exitUsage, []string{"--app-id 0: want a positive number"}},
		{"no seed file", []string{"--seed", filepath.Join(dir, "none")}, exitUsage, []string{"read seed:", "no such file"}},
		{"a seed with mistakes", []string{"--seed", bad}, exitUsage,
			[]string{bad + ":2:19: unknown key \"tokn\"", bad + ":4:31: unknown key \"privat\"", "has 2 problems; nothing was started"}},
		{"beyond this machine", []string{"--listen", "0.0.0.0:0"}, exitError, []string{"not a loopback address"}},
		{"a key that is none", []string{"--private-key", noKey}, exitError, []string{"has no PEM block"}},
		{"a data folder in use", []string{"--data", dir}, exitError, []string{"the folder is not empty"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if status := run(t.Context(), tt.args, &stdout, &stderr); status != tt.status {
				t.Errorf("exit status %d, want %d", status, tt.status)
			}
			if stdout.Len() > 0 {
				t.Errorf("printed %s", &stdout)
			}
			for _, want := range tt.want {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("stderr has no %q:\n%s", want, &stderr)
				}
			}
		})
	}
}

func TestHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"--help"}, &stdout, &stderr); status != exitOK {
		t.Errorf("exit status %d", status)
	}
	flags := regexp.MustCompile(`(?m)^  -([a-z-]+).*\n    \t(.+)`).FindAllStringSubmatch(stderr.String(), -1)
	if len(flags) < 10 {
		t.Fatalf("the help names %d flags:\n%s", len(flags), &stderr)
	}
	for _, f := range flags {
		if len(f[2]) < 10 {
			t.Errorf("the help says of -%s only %q", f[1], f[2])
		}
	}
}
