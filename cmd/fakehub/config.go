package main

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/seed"
)

// sample is the world of a run without --seed.
//
//go:embed sample.yaml
var sample []byte

type config struct {
	listen, data, seed string
	webhook, secret    string
	appID              int64
	privateKey         string
	latency            time.Duration
	insecureListen     bool
	quiet              bool
}

func parseFlags(args []string, stderr io.Writer) (config, error) {
	var c config
	f := flag.NewFlagSet("fakehub", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintln(stderr,
			"Usage: fakehub [flags]\n\nServes a GitHub for your laptop until it is interrupted. See docs/fakehub.md.\n\nFlags:")
		f.PrintDefaults()
	}
	f.StringVar(&c.listen, "listen", "127.0.0.1:0", "`address` to listen on; port 0 takes a free one")
	f.StringVar(&c.data, "data", "",
		"empty `folder` for git repositories, the App's key and secret; kept at the end (default: a temporary one, removed at the end)")
	f.StringVar(&c.seed, "seed", "", "seed `file` with users, organizations and repositories (default: a small sample)")
	f.StringVar(&c.webhook, "webhook", "", "`URL` that receives the App's webhooks (default: none are sent)")
	f.StringVar(&c.secret, "secret", "",
		"the App's webhook `secret`; other users of this machine can see it (default: made up, written to a file)")
	f.Int64Var(&c.appID, "app-id", 12345, "the App's `id`")
	f.StringVar(&c.privateKey, "private-key", "", "PEM `file` with the App's RSA key (default: made up, written to a file)")
	f.DurationVar(&c.latency, "latency", 0, "how much longer every API call takes, as 50ms")
	f.BoolVar(&c.insecureListen, "insecure-listen", false,
		"allow --listen beyond this machine and any Host header: anybody who reaches it can do anything")
	f.BoolVar(&c.quiet, "quiet", false, "no line per request")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	return c, c.check(f.Args())
}

func (c config) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("%q: fakehub takes flags only", rest[0])
	}
	if c.webhook != "" {
		u, err := url.Parse(c.webhook)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return fmt.Errorf("--webhook %q: want an http or https URL", c.webhook)
		}
	}
	if c.latency < 0 || c.latency > time.Minute {
		return fmt.Errorf("--latency %v: want 0 to 1m", c.latency)
	}
	if c.appID <= 0 {
		return fmt.Errorf("--app-id %d: want a positive number", c.appID)
	}
	return nil
}

// readSeed reads the world to serve. Problems of the file go to stderr, one line each.
func (c config) readSeed(stderr io.Writer) (seed.Seed, error) {
	name, data := "sample.yaml", sample
	if c.seed != "" {
		var err error
		if name, data, err = readSeedFile(c.seed); err != nil {
			return seed.Seed{}, err
		}
	}
	world, problems, err := seed.Parse(name, data)
	if err != nil {
		return seed.Seed{}, err
	}
	for _, p := range problems {
		fmt.Fprintln(stderr, p)
	}
	if len(problems) > 0 {
		return seed.Seed{}, fmt.Errorf("%s has %d problems; nothing was started", name, len(problems))
	}
	return world, nil
}

// readSeedFile reads one byte more than a seed may have, so that Parse can say that it is too large.
func readSeedFile(name string) (string, []byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", nil, fmt.Errorf("read seed: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(f, seed.MaxBytes+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return "", nil, fmt.Errorf("read seed: %w", err)
	}
	return name, data, nil
}

// openData makes the folder of a run. It must be empty: pull requests, checks and reviews live in memory, so a run
// cannot go on where another ended.
func openData(dir string) (string, func() error, error) {
	if dir == "" {
		dir, err := os.MkdirTemp("", "fakehub-")
		if err != nil {
			return "", nil, fmt.Errorf("make the data folder: %w", err)
		}
		return dir, func() error { return os.RemoveAll(dir) }, nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, fmt.Errorf("--data: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("--data: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, fmt.Errorf("--data: %w", err)
	}
	if len(entries) > 0 {
		return "", nil, fmt.Errorf("--data %s: the folder is not empty; a run cannot continue another one, so give an empty folder", dir)
	}
	return dir, func() error { return nil }, nil
}

func (c config) options(dir string) (fakehub.Options, error) {
	opt := fakehub.Options{
		Dir: filepath.Join(dir, "git"), Listen: c.listen, InsecureListen: c.insecureListen, Latency: c.latency,
		App: fakehub.AppSpec{ID: c.appID, WebhookURL: c.webhook, WebhookSecret: c.secret},
	}
	if err := os.Mkdir(opt.Dir, 0o700); err != nil {
		return opt, fmt.Errorf("make the folder for git: %w", err)
	}
	if c.privateKey != "" {
		key, err := readKey(c.privateKey)
		if err != nil {
			return opt, err
		}
		opt.App.Key = key
	}
	return opt, nil
}

// readKey reads an RSA key as GitHub hands it out (PKCS #1), or as other tools write it (PKCS #8).
func readKey(name string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the App's key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("read the App's key: %s has no PEM block", name)
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the App's key: %s: want an RSA key in PKCS #1 or PKCS #8: %w", name, err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read the App's key: %s: it is a %T, want an RSA key", name, parsed)
	}
	return key, nil
}
