package github_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what GitHub still sends and Lintel must not take
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fake/github/oracle"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

const secret, older = "a secret of enough length", "the secret that it replaces"

func headers(event, signature string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	h.Set("X-GitHub-Event", event)
	h.Set("X-GitHub-Delivery", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	if signature != "" {
		h.Set("X-Hub-Signature-256", signature)
	}
	return h
}

// TestSignatures: only an SHA-256 signature by one of our secrets is taken.
func TestSignatures(t *testing.T) {
	d, err := github.NewDecoder(secret, older)
	must(t, err)
	body := []byte(`{"zen":"Keep it logically awesome."}`)
	old := hmac.New(sha1.New, []byte(secret))
	old.Write(body)
	for _, c := range []struct {
		name, signature string
		good            bool
	}{
		{"the new secret", hooklog.Sign(secret, body), true},
		{"the old secret, while it is being replaced", hooklog.Sign(older, body), true},
		{"another secret", hooklog.Sign("another", body), false},
		{"an empty secret", hooklog.Sign("", body), false},
		{"another body", hooklog.Sign(secret, []byte("{}")), false},
		{"no signature", "", false},
		{"SHA-1", "sha1=" + hex.EncodeToString(old.Sum(nil)), false},
		{"SHA-1 called SHA-256", "sha256=" + hex.EncodeToString(old.Sum(nil)), false},
		{"half of it", hooklog.Sign(secret, body)[:40], false},
		{"no hex", "sha256=zz", false},
		{"nothing after the name", "sha256=", false},
	} {
		h := headers("ping", c.signature)
		h.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(old.Sum(nil)))
		_, err := d.Decode(h, body)
		if c.good != (err == nil) || (!c.good && !errors.Is(err, github.ErrSignature)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, secrets := range [][]string{{}, {""}, {"  \n"}, {secret, ""}} {
		if _, err := github.NewDecoder(secrets...); err == nil {
			t.Errorf("the secrets %q are taken", secrets)
		}
	}
}

// taker accepts what it is given.
type taker struct{ got []change.Event }

func (k *taker) Accept(_ context.Context, ev change.Event) (intake.Result, error) {
	k.got = append(k.got, ev)
	return intake.Result{}, nil
}

// TestRecordedPayloads sends all payloads that GitHub's SDK team recorded through the decoder and the whole HTTP
// handler: no panic, no 5xx, and none that GitHub sent is malformed.
func TestRecordedPayloads(t *testing.T) {
	d, err := github.NewDecoder(secret)
	must(t, err)
	acceptor := &taker{}
	hooks, err := inbound.NewHooks(
		inbound.HookOptions{
			Decoder:         d,
			Unsigned:        func(err error) bool { return errors.Is(err, github.ErrSignature) },
			SignatureHeader: "X-Hub-Signature-256",
			Intake:          acceptor,
			Log:             slog.New(slog.DiscardHandler),
		})
	if err != nil {
		t.Fatal(err)
	}
	n, kinds := 0, map[change.EventKind]int{}
	for e := range oracle.Examples(t) {
		n++
		h := headers(e.Event, hooklog.Sign(secret, e.Body))
		ev, err := d.Decode(h, e.Body)
		if err != nil {
			t.Errorf("%s %d: %v", e.Event, e.Index, err)
			continue
		}
		kinds[ev.Kind]++
		if ev.Kind != change.Ignored && ev.Connection == 0 {
			t.Errorf("%s %d: %s without an installation", e.Event, e.Index, ev.Kind)
		}
		if ev.Kind == change.Ignored && ev.Reason == "" {
			t.Errorf("%s %d is ignored without a reason", e.Event, e.Index)
		}
		req := httptest.NewRequest(http.MethodPost, "/hooks/github", bytes.NewReader(e.Body))
		req.Header = h
		w := httptest.NewRecorder()
		hooks.ServeHTTP(w, req)
		if w.Code/100 != 2 {
			t.Errorf("%s %d is answered %d %s", e.Event, e.Index, w.Code, w.Body)
		}
	}
	if n != 329 || len(acceptor.got) != n {
		t.Errorf("%d payloads, %d accepted; want 329", n, len(acceptor.got))
	}
	for _, k := range []change.EventKind{change.Updated, change.CommitUpdated, change.Ended, change.BasePushed, change.Rerequested,
		change.Installed, change.Uninstalled, change.AccessChanged, change.RepositoryChanged, change.Ignored} {
		if kinds[k] == 0 {
			t.Errorf("no payload is %s", k)
		}
	}
}

// FuzzDecode: no signed body makes the decoder panic, and what it takes for a change names one.
func FuzzDecode(f *testing.F) {
	for _, seed := range []struct{ event, body string }{
		{"pull_request", `{"action":"opened","repository":{"id":1,"full_name":"a/b"},"pull_request":{"number":1},"installation":{"id":2}}`},
		{"merge_group",
			`{"action":"checks_requested","repository":{"id":1},"merge_group":{"head_sha":"x",` +
				`"head_ref":"refs/heads/gh-readonly-queue/main/pr-1-0000000000000000000000000000000000000000",` +
				`"base_ref":"refs/heads/main"}}`},
		{"push", `{"ref":"refs/heads/main","repository":{"id":1},"commits":[{"added":["a"]}]}`},
		{"check_run", `{"action":"requested_action","check_run":{"app":{"id":1}},"requested_action":{"identifier":"recheck"}}`},
		{"installation", `{"action":"created","installation":{"id":1},"repositories":[{"id":1,"full_name":"a/b"}]}`},
		{"pull_request", `{"action":"edited","changes":[]}`},
		{"team", `null`},
	} {
		f.Add(seed.event, []byte(seed.body))
	}
	d, err := github.NewDecoder(secret)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		ev, err := d.Decode(headers(event, hooklog.Sign(secret, body)), body)
		if err != nil {
			return
		}
		if ev.Kind == "" || ev.Forge != change.GitHub {
			t.Errorf("%+v", ev)
		}
		if ev.Kind == change.Updated || ev.Kind == change.Ended {
			if _, err := change.ParseKey(ev.Ref.Key.String()); err != nil {
				t.Errorf("%+v: %v", ev.Ref, err)
			}
		}
	})
}
