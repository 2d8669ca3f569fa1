package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
)

// MinKey is the least number of bytes of a Capability's key.
const MinKey = 32

// capabilityVersion begins every capability and is part of what is signed, so that a later form can differ.
const capabilityVersion = "v1"

// Capability signs the links to pages. Whoever has the link from a change's check can read that change's page and
// no other. A link does not expire: the page shows what the check shows, and whoever could read the check had it. A new
// key ends every link made with the old one.
type Capability struct{ keys [][]byte }

// NewCapability takes the keys, newest first. It signs links with the first and accepts links of any, so that a key can be
// rotated. Each has at least MinKey bytes. A key may have another use, too: Capability derives a key of its own from
// it.
func NewCapability(keys ...[]byte) (Capability, error) {
	var c Capability
	for _, k := range keys {
		if len(k) < MinKey {
			return Capability{}, errors.New("the key that signs the links to pages is shorter than 32 bytes: make one of 32 random bytes")
		}
		mac := hmac.New(sha256.New, k)
		mac.Write([]byte("lintel: links to pages"))
		c.keys = append(c.keys, mac.Sum(nil))
	}
	if len(c.keys) == 0 {
		return Capability{}, errors.New("no key is given that signs the links to pages")
	}
	return c, nil
}

// Sign gives the capability for a change: letters, digits, ".", "-" and "_".
func (c Capability) Sign(k change.Key) string { return capabilityFor(c.keys[0], k) }

func capabilityFor(key []byte, k change.Key) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(capabilityVersion + "\x00page\x00" + k.String()))
	return capabilityVersion + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Valid reports whether s is the capability for that change. It takes the same time for every s of the right shape.
func (c Capability) Valid(k change.Key, s string) bool {
	good := false
	for _, key := range c.keys {
		good = hmac.Equal([]byte(capabilityFor(key, k)), []byte(s)) || good
	}
	return good
}

// shaped reports whether s looks like a capability, so that anything else costs no query.
func shaped(s string) bool {
	rest, ok := strings.CutPrefix(s, capabilityVersion+".")
	if !ok || len(rest) != base64.RawURLEncoding.EncodedLen(sha256.Size) {
		return false
	}
	_, err := base64.RawURLEncoding.DecodeString(rest)
	return err == nil
}

// URL is the address of a change's page with its capability, under a public address such as
// "https://lintel.example.com"; empty when that is empty.
func (c Capability) URL(public string, r change.Ref) string {
	if public == "" {
		return ""
	}
	return strings.TrimSuffix(public, "/") + pagePath(r) + "?c=" + c.Sign(r.Key)
}

// pagePath is the path of a change's page: /pr/{forge}/{owner}/{repo}/{number}, or /group/{forge}/{owner}/{repo}/{sha} for a merge
// group. An owner may have several segments.
func pagePath(r change.Ref) string {
	kind, last := "pr", itoa(r.Number)
	if r.Group != "" {
		kind, last = "group", r.Group
	}
	return "/" + strings.Join(
		[]string{kind, url.PathEscape(string(r.Forge)), escaped(r.Owner), url.PathEscape(r.Name), url.PathEscape(last)}, "/")
}

// escaped is an owner in a path: its slashes stay, so that browsers, proxies and the server count the same segments.
func escaped(owner string) string { return strings.ReplaceAll(url.PathEscape(owner), "%2F", "/") }

// marks stores small texts by name; an unknown name has an empty text.
type marks interface {
	Mark(ctx context.Context, name string) (string, error)
	// FirstMark stores a text unless there is one, and returns the one that stands.
	FirstMark(ctx context.Context, name, text string) (string, error)
}

// keyMark is the name of the mark that holds the key of page links.
const keyMark = "page-key"

// ReadCapability makes a Capability with the key in the record, so that links outlive restarts. The first time, it
// makes the key.
func ReadCapability(ctx context.Context, record marks) (Capability, error) {
	text, err := record.Mark(ctx, keyMark)
	if err != nil {
		return Capability{}, err
	}
	if text == "" {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return Capability{}, fmt.Errorf("make the key of page links: %w", err)
		}
		// Another process may make one at the same moment.
		if text, err = record.FirstMark(ctx, keyMark, hex.EncodeToString(key)); err != nil {
			return Capability{}, err
		}
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		return Capability{}, fmt.Errorf("read the key of page links: %w", err)
	}
	return NewCapability(key)
}
