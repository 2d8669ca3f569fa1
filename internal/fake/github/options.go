package github

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// Options say how a Hub behaves. The zero value is a quiet GitHub with one App, random secrets and git repositories in a
// temporary folder.
type Options struct {
	Dir            string // where git repositories live; "" is a temporary folder removed by Close
	Listen         string // address for Start; "" is 127.0.0.1 and a free port
	InsecureListen bool   // allows Listen beyond loopback, and any Host header
	Now            func() time.Time
	Log            *slog.Logger // one line per request, tokens redacted; nil is silent

	App  AppSpec         // the App under test; its fields left empty are made up
	Key  *rsa.PrivateKey // of the App, and the first of the OIDC issuer; nil makes one for each
	Seed uint64          // of faults with a probability

	Latency  time.Duration // every API call takes this much longer; others proceed meanwhile
	Limits   traffic.Rules
	Record   int  // how many requests to keep; 0 is 20,000, negative keeps the counts alone
	Stale    bool // remember answers, so that a Stale fault can repeat them
	Workers  int  // webhook senders; 0 is one, which keeps the order
	KeepHook int  // how many deliveries the log keeps at least; 0 is 3,000
	// HookTime is how long a delivery waits for its answer; 0 is ten seconds, as on GitHub. Tests that no delivery may
	// fail give it more, for a busy machine.
	HookTime time.Duration

	PatchBytes int // a file's patch longer than this is absent; 0 is 500,000
	PatchLines int // the same in lines; 0 is 20,000
	TreeLimit  int // a recursive tree stops here and says truncated; 0 is 100,000
}

// AppSpec describes a GitHub App.
type AppSpec struct {
	ID            int64
	Slug, Name    string
	Owner         string            // login of the organisation or user that owns it
	Key           *rsa.PrivateKey   // signs App tokens; nil makes one
	WebhookURL    string            // "" sends nothing
	WebhookSecret string            // "" makes one
	Permissions   map[string]string // nil is what a reviewing App asks for
	Events        []string          // nil is every event this package can send that GitHub's schemas know of Apps; see SetProperty
}

// PEM is the App's private key in the form GitHub gives it out (PKCS #1).
func (a AppSpec) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(a.Key)})
}

// AllEvents lists the webhook events an App can subscribe to here. GitHub sends installation, installation_repositories
// and ping to every App.
var allEvents = []string{
	"check_run", "check_suite", "issue_comment", "member", "membership", "merge_group", "organization", "pull_request",
	"pull_request_review", "pull_request_review_comment", "pull_request_review_thread", "push", "repository", "status", "team",
	"team_add", "workflow_run",
}

func defaultPermissions() map[string]string {
	return map[string]string{
		"actions": "read", "metadata": "read", "contents": "read", "pull_requests": "write", "issues": "write", "checks": "write",
		"statuses": "write", "members": "read", "administration": "read", "merge_queues": "read", "deployments": "read",
	}
}

func (o *Options) fill() error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	for _, d := range []struct {
		value     *int
		otherwise int
	}{
		{&o.Record, 20_000},
		{&o.Workers, 1},
		{&o.KeepHook, 3_000},
		{&o.PatchBytes, 500_000},
		{&o.PatchLines, 20_000},
		{&o.TreeLimit, 100_000},
	} {
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	o.Record = max(o.Record, 0)
	if o.App.ID == 0 {
		o.App.ID = 12345
	}
	if o.App.Slug == "" {
		o.App.Slug = "lintel"
	}
	if o.App.Name == "" {
		o.App.Name = o.App.Slug
	}
	o.App.Key = cmp.Or(o.App.Key, o.Key)
	return o.App.fill()
}

func (a *AppSpec) fill() error {
	if a.Slug == "" || a.ID == 0 {
		return errors.New("an App needs an id and a slug")
	}
	if a.Name == "" {
		a.Name = a.Slug
	}
	if a.Key == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return fmt.Errorf("make App key: %w", err)
		}
		a.Key = key
	}
	if a.WebhookSecret == "" {
		a.WebhookSecret = random(20)
	}
	if a.Permissions == nil {
		a.Permissions = defaultPermissions()
	}
	if a.Events == nil {
		a.Events = allEvents
	}
	return nil
}

// random is n random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}
