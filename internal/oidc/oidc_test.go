package oidc_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/fake/issuer"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/oidc"
	"github.com/lintel-review/lintel/internal/upload"
)

// signer is an issuer that can be down, and counts who asks for its keys.
type signer struct {
	issuer.Issuer
	url   string
	down  atomic.Bool
	asked atomic.Int64
}

func begin(t *testing.T) *signer {
	t.Helper()
	s := &signer{Issuer: issuer.Issuer{First: testkey.RSA()}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.asked.Add(1); s.down.Load() || !s.Serve(w, r.URL.Path, s.url) {
			http.Error(w, "down", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *signer) token(t *testing.T, now time.Time) string {
	t.Helper()
	token, err := s.Sign(
		map[string]any{"iss": s.url, "aud": "us", "jti": "j", "exp": now.Add(time.Minute).Unix(), "repository_id": "7",
			"repository_owner_id": "3", "run_id": "5", "run_attempt": "2"})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestIssuerIsDown: a token that nobody can check is neither taken nor refused, and is taken when the issuer answers again.
func TestIssuerIsDown(t *testing.T) {
	s, now := begin(t), time.Now()
	s.down.Store(true)
	v := oidc.New([]string{s.url}, "us", nil, func() time.Time { return now })
	token := s.token(t, now)
	_, err := v.Verify(t.Context(), token)
	var refusal *upload.Refusal
	if err == nil || errors.As(err, &refusal) {
		t.Errorf("got %v, want a fault that is worth another try", err)
	}
	s.down.Store(false)
	now = now.Add(30 * time.Second)
	c, err := v.Verify(t.Context(), token)
	if err != nil || c.RepoID != 7 || c.OwnerID != 3 || c.Run != "5" || c.Attempt != 2 || c.ID != "j" || c.Issuer != s.url {
		t.Errorf("%+v %v", c, err)
	}
}

// TestUnknownKeysAskOnce: tokens of keys that do not exist must not make us ask the issuer without end.
func TestUnknownKeysAskOnce(t *testing.T) {
	s, now := begin(t), time.Now()
	v := oidc.New([]string{s.url}, "us", nil, func() time.Time { return now })
	if _, err := v.Verify(t.Context(), s.token(t, now)); err != nil {
		t.Fatal(err)
	}
	before := s.asked.Load()
	stranger := &signer{url: s.url}
	for range 50 {
		var refusal *upload.Refusal
		if _, err := v.Verify(t.Context(), stranger.token(t, now)); !errors.As(err, &refusal) {
			t.Fatalf("got %v", err)
		}
	}
	if n := s.asked.Load() - before; n > 1 {
		t.Errorf("the issuer was asked %d times for 50 forged tokens", n)
	}
}

func TestWithoutAudience(t *testing.T) {
	s, now := begin(t), time.Now()
	for name, v := range map[string]*oidc.Verifier{"no audience": oidc.New([]string{s.url}, "", nil, time.Now),
		"no issuer": oidc.New(nil, "us", nil, time.Now)} {
		var refusal *upload.Refusal
		if _, err := v.Verify(t.Context(), s.token(t, now)); !errors.As(err, &refusal) || s.asked.Load() != 0 {
			t.Errorf("%s: %v, %d questions", name, err, s.asked.Load())
		}
	}
}

// TestUnsignedTokensAskNobody: a token without a signature, or one by a key that is public, is refused before the
// issuer is asked for anything.
func TestUnsignedTokensAskNobody(t *testing.T) {
	s, now := begin(t), time.Now()
	v := oidc.New([]string{s.url}, "us", nil, func() time.Time { return now })
	_, rest, _ := strings.Cut(s.token(t, now), ".")
	for _, head := range []string{`{"alg":"none"}`, `{"alg":"None"}`, `{"alg":"HS256","typ":"JWT"}`, `{"alg":"rs256"}`, `{}`, `[]`,
		`not JSON`, ``} {
		var refusal *upload.Refusal
		if _, err := v.Verify(t.Context(), base64.RawURLEncoding.EncodeToString([]byte(head))+"."+rest); !errors.As(err, &refusal) {
			t.Errorf("%s: %v", head, err)
		}
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

// TestWhatIsWrongWithAToken: each fault of a token is told apart, and a fault of the issuer is none of the token's.
func TestWhatIsWrongWithAToken(t *testing.T) {
	s, now := begin(t), time.Now()
	sign := func(change func(claims map[string]any)) string {
		claims := map[string]any{"iss": s.url, "aud": "us", "jti": "j", "exp": now.Add(time.Minute).Unix(), "repository_id": "7",
			"repository_owner_id": "3"}
		change(claims)
		token, err := s.Sign(claims)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for what, token := range map[string]string{
		"another audience":    sign(func(c map[string]any) { c["aud"] = "them" }),
		"no audience":         sign(func(c map[string]any) { delete(c, "aud") }),
		"has expired":         sign(func(c map[string]any) { c["exp"] = now.Add(-time.Minute).Unix() }),
		"not signed by":       sign(func(c map[string]any) { c["nbf"] = now.Add(time.Hour).Unix() }),
		"not signed by its":   sign(func(map[string]any) {}) + "x",
		"by their ids":        sign(func(c map[string]any) { c["repository_id"] = "x" }),
		"not those of GitHub": sign(func(c map[string]any) { c["repository"] = 7 }),
	} {
		want := what
		if what == "no audience" {
			want = "another audience"
		}
		v := oidc.New([]string{s.url}, "us", nil, func() time.Time { return now })
		_, err := v.Verify(t.Context(), token)
		var refusal *upload.Refusal
		if !errors.As(err, &refusal) || !strings.Contains(refusal.What, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestKeysThatCannotBeRead: an issuer that says where its keys are and does not give them leaves the token as it is.
func TestKeysThatCannotBeRead(t *testing.T) {
	s, now := begin(t), time.Now()
	for _, answer := range []int{http.StatusNotFound, http.StatusServiceUnavailable, http.StatusOK} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
				s.Serve(w, r.URL.Path, "http://"+r.Host)
				return
			}
			w.WriteHeader(answer)
		}))
		v := oidc.New([]string{server.URL}, "us", nil, func() time.Time { return now })
		token, err := s.Sign(map[string]any{"iss": server.URL, "aud": "us", "jti": "j", "exp": now.Add(time.Minute).Unix()})
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Verify(t.Context(), token)
		var refusal *upload.Refusal
		if err == nil || errors.As(err, &refusal) || !strings.Contains(err.Error(), "fetch the issuer's keys") {
			t.Errorf("keys answered by %d: %v, want a fault that passes", answer, err)
		}
		server.Close()
	}
}
