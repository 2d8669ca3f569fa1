// Package issuer signs tokens as the OIDC issuer of GitHub Actions does, for the fake GitHub: discovery, keys that rotate, JSON Web Tokens.
// It signs whatever claims it is given, so that tests can play every kind of attacker.
package issuer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Issuer is safe for concurrent use. Its keys are made when they are first needed.
type Issuer struct {
	// First is the first key; nil makes one. It must be set before the Issuer is used.
	First *rsa.PrivateKey

	mu sync.Mutex
	// keys are published; the last one signs.
	keys []key
}

type key struct {
	id      string
	private *rsa.PrivateKey
}

func (i *Issuer) current() (key, error) {
	if len(i.keys) == 0 {
		if i.First != nil {
			i.add(i.First)
		} else if err := i.rotate(); err != nil {
			return key{}, err
		}
	}
	return i.keys[len(i.keys)-1], nil
}

func (i *Issuer) rotate() error {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("make a key of the issuer: %w", err)
	}
	i.add(private)
	return nil
}

func (i *Issuer) add(private *rsa.PrivateKey) {
	sum := sha256.Sum256(private.N.Bytes())
	i.keys = append(i.keys, key{strings.ToUpper(hex.EncodeToString(sum[:20])), private})
}

// Rotate makes a new key that signs from now on; the old ones stay published unless forget is true.
func (i *Issuer) Rotate(forget bool) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if forget {
		i.keys = nil
	}
	return i.rotate()
}

// Sign makes a token with these claims.
func (i *Issuer) Sign(claims map[string]any) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	k, err := i.current()
	if err != nil {
		return "", err
	}
	return sign(map[string]any{"typ": "JWT", "alg": "RS256", "kid": k.id}, claims, k.private)
}

func sign(header, claims map[string]any, private *rsa.PrivateKey) (string, error) {
	var parts []string
	for _, part := range []map[string]any{header, claims} {
		raw, err := json.Marshal(part)
		if err != nil {
			return "", fmt.Errorf("encode token: %w", err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(raw))
	}
	text := strings.Join(parts, ".")
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// Serve answers discovery and keys for an issuer that is reached at an address; false when the path is neither.
func (i *Issuer) Serve(w http.ResponseWriter, path, address string) bool {
	switch path {
	case "/.well-known/openid-configuration":
		answer(w, map[string]any{
			"issuer": address, "jwks_uri": address + "/.well-known/jwks", "subject_types_supported": []string{"public", "pairwise"},
			"response_types_supported": []string{"id_token"},
			"claims_supported": []string{
				"sub", "aud", "exp", "iat", "iss", "jti", "nbf", "ref", "sha", "repository", "repository_id", "repository_owner",
				"repository_owner_id", "run_id", "run_number", "run_attempt",
				"actor", "actor_id", "workflow", "workflow_ref", "workflow_sha", "head_ref", "base_ref", "event_name", "ref_type",
				"ref_protected", "repository_visibility", "job_workflow_ref",
				"job_workflow_sha", "runner_environment", "environment",
			},
			"id_token_signing_alg_values_supported": []string{"RS256"}, "scopes_supported": []string{"openid"},
		})
	case "/.well-known/jwks":
		i.mu.Lock()
		defer i.mu.Unlock()
		if _, err := i.current(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return true
		}
		keys := []any{}
		for _, k := range i.keys {
			exponent := binary.BigEndian.AppendUint32(nil, uint32(k.private.E))[1:]
			keys = append(keys, map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": k.id,
				"n": base64.RawURLEncoding.EncodeToString(k.private.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(exponent)})
		}
		answer(w, map[string]any{"keys": keys})
	default:
		return false
	}
	return true
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
