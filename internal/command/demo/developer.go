package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// developer is somebody with a clone, a git and a token.
type developer struct {
	login, token string
	// home holds the clone and nothing of the person who runs the demo: no configuration, no credentials.
	home, clone, api string
}

// hire gives somebody a token and an empty clone that knows the forge.
func (s *stage) hire(ctx context.Context, login, name string) (*developer, error) {
	token, err := s.forge.token(login)
	if err != nil {
		return nil, fmt.Errorf("make a token for %s: %w", login, err)
	}
	d := &developer{login: login, token: token, home: filepath.Join(s.dir, "people", login), api: s.forge.url()}
	d.clone = filepath.Join(d.home, "shop")
	if err := os.MkdirAll(d.clone, 0o700); err != nil {
		return nil, fmt.Errorf("make a clone for %s: %w", login, err)
	}
	remote, err := url.Parse(s.forge.url() + "/acme/shop.git")
	if err != nil {
		return nil, fmt.Errorf("read the forge's address: %w", err)
	}
	remote.User = url.UserPassword(login, token)
	steps := [][]string{
		{"init", "-q", "-b", "main"},
		{"config", "user.name", name},
		{"config", "user.email", login + "@" + s.forge.props().mail},
		{"remote", "add", "origin", remote.String()},
	}
	for _, args := range steps {
		if err := d.git(ctx, args...); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// git runs the real git in the clone, as this developer.
func (d *developer) git(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = d.clone
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + d.home, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
		"NO_PROXY=127.0.0.1,localhost"}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		text := strings.ReplaceAll(output.String(), d.token, "TOKEN")
		return fmt.Errorf("%s runs git %s: %w: %s", d.login, strings.ReplaceAll(strings.Join(args, " "), d.token, "TOKEN"), err,
			strings.TrimSpace(text))
	}
	return nil
}

// write puts files into the clone and stages them.
func (d *developer) write(ctx context.Context, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(d.clone, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return d.git(ctx, "add", "--all")
}

// start begins a branch at the newest main.
func (d *developer) start(ctx context.Context, branch string) error {
	if err := d.git(ctx, "fetch", "-q", "origin"); err != nil {
		return err
	}
	return d.git(ctx, "checkout", "-q", "-B", branch, "origin/main")
}

// ask calls the forge's API as this developer.
func (d *developer) ask(ctx context.Context, method, path string, body, into any) error {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, d.api+path, bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= 300 {
		var output struct {
			Message string `json:"message"`
		}
		if err := json.Unmarshal(answer, &output); err != nil {
			output.Message = string(answer)
		}
		return &refusal{status: resp.StatusCode, message: output.Message}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s: decode answer: %w", method, path, err)
	}
	return nil
}

// refusal is the forge's no.
type refusal struct {
	status  int
	message string
	// soon is true where the forge waits for something that is under way.
	soon bool
}

func (r *refusal) Error() string { return fmt.Sprintf("the forge answers %d: %s", r.status, r.message) }
