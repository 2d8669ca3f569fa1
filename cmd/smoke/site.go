package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// appID is the App's id in the emulator.
const appID = 4711

// site is a folder, the addresses, and the two processes.
type site struct {
	dir, binary, config      string
	node, script, seed       string
	hub, hooks, admin        string
	emulator, server         *process
	emulatorPort, hooksPlace string
}

// process is a program that was started, with its output in a file.
type process struct {
	name, log string
	cmd       *exec.Cmd
	done      chan error
}

func newSite(binary, node, script string) (s *site, err error) {
	s = &site{node: node}
	if s.binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	if s.script, err = filepath.Abs(script); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "lintel-smoke-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	}()
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	s.emulatorPort = ports[0]
	s.hub, s.hooksPlace, s.admin = "http://127.0.0.1:"+ports[0], "127.0.0.1:"+ports[1], "127.0.0.1:"+ports[2]
	s.hooks = "http://" + s.hooksPlace + "/hooks/github"
	return s, s.files()
}

// freePorts finds ports that nobody listens on now.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all are held until all are found, so that they differ
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}

// files writes the App's key and secret, the emulator's seed and the server's file.
func (s *site) files() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	secret := make([]byte, 20)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	keyText := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	seed, err := json.MarshalIndent(seedOf(keyText, hex.EncodeToString(secret), s.hooks), "", "  ")
	if err != nil {
		return err
	}
	server, err := json.MarshalIndent(map[string]any{
		"listen": s.hooksPlace, "admin_listen": s.admin, "public_url": "http://" + s.hooksPlace,
		"database": "sqlite://" + filepath.Join(s.dir, "lintel.db"),
		"github": map[string]any{"app_id": appID, "private_key_file": filepath.Join(s.dir, "key.pem"),
			"webhook_secret_file": filepath.Join(s.dir, "secret"),
			"api_url":             s.hub, "web_url": s.hub, "graphql": false},
		"log": map[string]any{"format": "text", "level": "debug"}, "workers": map[string]any{"gather": "50ms"},
	}, "", "  ")
	if err != nil {
		return err
	}
	// JSON is YAML.
	s.config, s.seed = filepath.Join(s.dir, "server.yml"), filepath.Join(s.dir, "seed.yaml")
	for name, text := range map[string]string{filepath.Join(s.dir, "key.pem"): keyText,
		filepath.Join(s.dir, "secret"): hex.EncodeToString(secret), s.seed: string(seed), s.config: string(server)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// seedOf is the emulator's world: olga owns acme, wendy and mika are its members, and the App is installed on it.
func seedOf(key, secret, hooks string) any {
	type object = map[string]any
	permissions := object{"metadata": "read", "contents": "read", "pull_requests": "write", "issues": "write", "checks": "write",
		"statuses": "read", "members": "read"}
	user := func(login string) object {
		return object{"login": login, "scopes": []string{"repo", "user", "admin:org"}}
	}
	return object{
		"tokens": object{"token-olga": user("olga"), "token-wendy": user("wendy"), "token-mika": user("mika")},
		"github": object{
			"users": []object{{"login": "olga"}, {"login": "wendy"}, {"login": "mika"}},
			"orgs": []object{
				{"login": "acme",
					"members": []object{
						{"login": "olga", "role": "admin"},
						{"login": "wendy", "role": "member"},
						{"login": "mika", "role": "member"},
					}},
			},
			"repos": []object{{"owner": "acme", "name": "shop", "default_branch": "main"}},
			"apps": []object{
				{"app_id": appID, "slug": "lintel", "name": "Lintel", "permissions": permissions, "events": []string{"*"},
					"webhook_url": hooks, "webhook_secret": secret, "private_key": key,
					"installations": []object{
						{"installation_id": 777, "account": "acme", "repository_selection": "all", "permissions": permissions,
							"events": []string{"*"}},
					}}},
		},
	}
}

// start runs a program in the site's folder until it is stopped. Its output goes to a file.
func (s *site) start(name, program string, args ...string) (*process, error) {
	p := &process{name: name, log: filepath.Join(s.dir, name+".log"), done: make(chan error, 1)}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	p.cmd = exec.Command(program, args...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = s.dir, out, out
	p.cmd.Env = environment()
	err = p.cmd.Start()
	if err := errors.Join(err, out.Close()); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	return p, nil
}

// environment is ours without what would configure Lintel or the emulator behind the story's back.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "LINTEL_") || strings.HasPrefix(pair, "EMULATE_") || strings.HasPrefix(pair, "AIMOCK_") ||
			strings.HasPrefix(pair, "PORTLESS_")
	})
}

// stop asks a process to end, and kills it when it does not. Its error says how it ended, if not well.
func (p *process) stop(wait time.Duration) error {
	if p == nil || p.cmd == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	defer func() { p.cmd = nil }()
	select {
	case err := <-p.done:
		return err
	case <-time.After(wait):
		if err := p.cmd.Process.Kill(); err != nil {
			return err
		}
		<-p.done //nolint:errcheck // it ends by our own signal
		return fmt.Errorf("%s did not end within %s of SIGTERM and was killed", p.name, wait)
	}
}

// ended is an error when a process is gone.
func (p *process) ended() error {
	select {
	case err := <-p.done:
		p.done <- err
		return fmt.Errorf("%s ended by itself: %w", p.name, errors.Join(err, errGone))
	default:
		return nil
	}
}

var errGone = errors.New("it should still run")

// close ends what still runs.
func (s *site) close() error {
	err := s.server.stop(10 * time.Second)
	// The emulator has no end of its own: a signal is how it always ends.
	var exit *exec.ExitError
	if e := s.emulator.stop(5 * time.Second); !errors.As(e, &exit) {
		err = errors.Join(err, e)
	}
	return err
}

// tails shows the end of the logs.
func (s *site) tails(w io.Writer) {
	for _, name := range []string{"emulate.log", "aimock.log", "lintel.log"} {
		raw, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			continue
		}
		fmt.Fprintf(w, "\n-- the end of %s\n%s\n", name, raw[max(0, len(raw)-4000):])
	}
}

// lintel runs one of the program's other commands to its end.
func (s *site) lintel(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir, cmd.Env = s.dir, environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("lintel %s: %w: %s", args[0], err, out)
	}
	return string(out), nil
}
