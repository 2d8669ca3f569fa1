package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/server"
)

// site is a fake GitHub with a server beside it, both in this process and speaking HTTP over loopback.
type site struct {
	// turn is how many events took turns.
	turn  int
	hub   *fakehub.Hub
	mail  *mailbox
	post  *poster
	trace *tracer
	ended chan lookjobs.Ended
	// server is for waiting until nothing waits.
	server *server.Server
	stop   func() error
}

// newHub makes a fake GitHub whose webhooks go to a mailbox.
func newHub(o fakehub.Options) (*fakehub.Hub, *mailbox, error) {
	hub, err := fakehub.New(o)
	if err != nil {
		return nil, nil, err
	}
	if err := hub.Start(); err != nil {
		return nil, nil, errors.Join(err, hub.Close())
	}
	mail, err := newMailbox()
	if err != nil {
		return nil, nil, errors.Join(err, hub.Close())
	}
	hub.SetWebhook(mail.address, "")
	return hub, mail, addPeople(hub)
}

// serverConfig is the server's configuration for a hub, with its defaults but for addresses and secrets.
func serverConfig(hub *fakehub.Hub, dir string) (config.Config, error) {
	spec, c := hub.App(), config.Default()
	c.Flow.BackfillDays = 0 // it has a row of its own
	c.Database = "sqlite://" + filepath.Join(dir, "lintel.db")
	c.GitHub.AppID, c.GitHub.APIURL, c.GitHub.WebURL = spec.ID, hub.URL(), hub.URL()
	c.GitHub.PrivateKeyFile, c.GitHub.WebhookSecretFile = filepath.Join(dir, "key.pem"), filepath.Join(dir, "secret")
	var err error
	for _, address := range []*string{&c.Listen, &c.AdminListen} {
		if *address, err = freePort(); err != nil {
			return c, err
		}
	}
	c.PublicURL = "http://" + c.Listen
	return c, errors.Join(os.WriteFile(c.GitHub.PrivateKeyFile, spec.PEM(), 0o600),
		os.WriteFile(c.GitHub.WebhookSecretFile, []byte(spec.WebhookSecret), 0o600))
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// open starts hub and server. change alters the server's configuration and options.
func (b *bench) open(ctx context.Context, o fakehub.Options, change func(*config.Config, *server.Options)) (*site, error) {
	dir, err := os.MkdirTemp(b.dir, "site-")
	if err != nil {
		return nil, err
	}
	s := &site{trace: newTracer(), ended: make(chan lookjobs.Ended, 100_000)}
	if s.hub, s.mail, err = newHub(o); err != nil {
		return nil, err
	}
	c, err := serverConfig(s.hub, dir)
	if err != nil {
		return nil, err
	}
	options := server.Options{
		Log:       slog.New(slog.NewTextHandler(b.errs, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Transport: s.trace,
		Observe:   func(e lookjobs.Ended) { s.ended <- e },
	}
	if change != nil {
		change(&c, &options)
	}
	server, err := server.New(ctx, c, options)
	if err != nil {
		return nil, errors.Join(err, s.hub.Close(), s.mail.close())
	}
	s.server = server
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- server.Run(running) }()
	s.stop = func() error { cancel(); return <-done }
	s.post = newPoster("http://" + c.Listen + "/hooks/github")
	if _, err := awaitHTTP(ctx, "http://"+c.Listen+"/healthz", time.Millisecond); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *site) close() error {
	return errors.Join(s.stop(), s.hub.Close(), s.mail.close())
}

// awaitHTTP asks until the address answers 200, and returns how long that took.
func awaitHTTP(ctx context.Context, url string, every time.Duration) (time.Duration, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	var last error
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, fmt.Errorf("ask %s: %w", url, err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return time.Since(start), nil
			}
			err = fmt.Errorf("it answers %s", resp.Status)
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%s is not ready: %w", url, last)
		case <-time.After(every):
		}
	}
}

// letters waits until the hub has sent everything, and takes the events named.
func (s *site) letters(ctx context.Context, events ...string) ([]letter, error) {
	if err := s.hub.WaitDelivered(ctx); err != nil {
		return nil, err
	}
	return s.mail.take(events...), nil
}

// only is letters for exactly one.
func (s *site) only(ctx context.Context, event string) (letter, error) {
	all, err := s.letters(ctx, event)
	if err != nil {
		return letter{}, err
	}
	if len(all) != 1 {
		return letter{}, fmt.Errorf("the fake GitHub sent %d webhooks %s, one was expected", len(all), event)
	}
	return all[0], nil
}

// quiet waits until nothing has waited for a look for a second: the sweeps of the start are over, and a next event is
// not gathered with one before.
func (s *site) quiet(ctx context.Context) error {
	for {
		if err := s.server.WaitIdle(ctx); err != nil {
			return err
		}
		if len(s.ended) == 0 {
			time.Sleep(1200 * time.Millisecond)
			if len(s.ended) == 0 {
				return s.server.WaitIdle(ctx)
			}
		}
		for len(s.ended) > 0 {
			<-s.ended
		}
	}
}

// look posts a letter and waits for the look at its change to end.
func (s *site) look(ctx context.Context, l letter) (posted time.Time, acked time.Duration, err error) {
	posted = time.Now()
	if acked, err = s.post.post(ctx, l); err != nil {
		return posted, acked, err
	}
	return posted, acked, s.settle(ctx, l.repo, l.number)
}

// settle waits for the next look at a change to end well.
func (s *site) settle(ctx context.Context, repo int64, number int) error {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	for {
		select {
		case e := <-s.ended:
			if e.Key.RepoID != repo || e.Key.Number != number {
				continue
			}
			switch e.Outcome {
			case "done":
				return nil
			case "again": // a sweep touched it meanwhile; the next look follows
			default:
				return fmt.Errorf("the look at %s ended with %q", e.Key, e.Outcome)
			}
		case <-ctx.Done():
			return fmt.Errorf("pull request #%d: %w", number, errNoAnswer)
		}
	}
}

// concludes posts a letter and waits for the look that concludes the check on the head. A sweep may look at the change
// just before the letter comes: that look knows nothing of the new head, and the next one follows.
func (s *site) concludes(ctx context.Context, l letter, p *pull, conclusion string) (posted time.Time, err error) {
	posted, _, err = s.look(ctx, l)
	for err == nil {
		if err = s.concluded(p.repo, p.head, conclusion); !errors.Is(err, errNoCheck) {
			return posted, err
		}
		err = s.settle(ctx, l.repo, l.number)
	}
	return posted, err
}

var errNoCheck = errors.New("there is no check")

// concluded proves that the newest check on a commit is what it should be: a fast wrong answer is no answer.
func (s *site) concluded(repo, sha, conclusion string) error {
	runs := s.hub.Runs(repo, sha)
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].Name == "lintel" {
			if runs[i].Status == "completed" && runs[i].Conclusion == conclusion {
				return nil
			}
			return fmt.Errorf("the check on %s is %s %q, not %q: %s\n%s", sha, runs[i].Status, runs[i].Conclusion, conclusion,
				runs[i].Title, runs[i].Summary)
		}
	}
	return fmt.Errorf("%w on %s", errNoCheck, sha)
}

// writeConfig writes the server's file. JSON is YAML.
func writeConfig(path string, c config.Config) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return os.WriteFile(path, raw, 0o600)
}
