// Package hook authenticates what GitLab sends and says what it means: webhooks of projects, groups and systems, and
// the requests of external status checks. It knows GitLab's payloads alone and asks GitLab nothing.
//
// Callers may rely on this: an authentic delivery is never an error, whatever its body holds, since GitLab disables a
// hook after four failures in a row; what cannot be read is Ignored, with the reason.
package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// ErrSignature means that a delivery does not prove that it comes from our GitLab. It says no more on purpose.
var ErrSignature = errors.New("the signature or token is missing or wrong")

// Options configure a Door. Instance, Now, and Tokens or Signing are needed.
type Options struct {
	// Instance is GitLab's address, such as https://gitlab.example.com. A delivery that names another is refused.
	Instance string
	// Tokens are the secret tokens of the webhooks, newest first; two at once let one be rotated. GitLab sends the token
	// itself, so it is worth no more than the TLS that it came by.
	Tokens []string
	// Signing are the signing tokens of the webhooks ("whsec_..."), newest first. With one, every delivery must be signed:
	// a token does not stand in for it.
	Signing []string
	// Connection is the number of the connection that deliveries come by.
	Connection int64
	// Self is the id of our own user; what Lintel itself writes is Ignored. 0 means that it is not known yet.
	Self func() int64
	// Pipelines is true when a verdict stands on pipelines: then a new one asks for it again.
	Pipelines bool
	// Forged reports whether a pipeline of a project's commit that succeeded holds a verdict of ours that did not (nil: none
	// does).
	Forged func(pipeline, project int64, sha string) bool
	Now    func() time.Time
}

// Door authenticates and decodes webhooks. It is safe for concurrent use.
type Door struct {
	o       Options
	signing [][]byte
}

// New checks the secrets. An empty one would let anybody in, so it is an error.
func New(o Options) (*Door, error) {
	if o.Now == nil {
		return nil, errors.New("open GitLab's door: a clock is needed")
	}
	instance, err := address(o.Instance)
	if err != nil {
		return nil, err
	}
	o.Instance = instance
	if len(o.Tokens)+len(o.Signing) == 0 {
		return nil, errors.New("neither a secret token nor a signing token of the webhook is given: anybody could send deliveries")
	}
	for _, t := range o.Tokens {
		if strings.TrimSpace(t) == "" {
			return nil, errors.New("the webhook's secret token is empty: write a random text of at least 16 characters into the " +
				"file and into the webhook's settings")
		}
	}
	d := &Door{o: o}
	for _, s := range o.Signing {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(s), "whsec_"))
		if err != nil || len(key) < 16 {
			return nil, errors.New("the webhook's signing token is not whsec_ and base64 of at least 16 bytes: copy it from the " +
				"webhook's settings as it is")
		}
		d.signing = append(d.signing, key)
	}
	return d, nil
}

// address is a GitLab's address in one form, so that two can be compared.
func address(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%q is not an http(s) address such as https://gitlab.example.com", text)
	}
	host := strings.ToLower(u.Host)
	if standard := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]; strings.HasSuffix(host, standard) {
		host = strings.TrimSuffix(host, standard)
	}
	return u.Scheme + "://" + host + strings.TrimRight(u.Path, "/"), nil
}

// Verify checks that a body, which may be held in several pieces, comes from our GitLab. The error is ErrSignature.
// https://docs.gitlab.com/user/project/integrations/webhooks/
func (d *Door) Verify(header http.Header, pieces ...[]byte) error {
	if instance, err := address(header.Get("X-Gitlab-Instance")); err != nil || instance != d.o.Instance {
		return ErrSignature
	}
	if len(d.signing) > 0 {
		if !d.signed(header, pieces) {
			return ErrSignature
		}
		return nil
	}
	given, good := []byte(header.Get("X-Gitlab-Token")), 0
	for _, token := range d.o.Tokens {
		good |= subtle.ConstantTimeCompare(given, []byte(token))
	}
	if good != 1 {
		return ErrSignature
	}
	return nil
}

// tolerance is how far the time of a signature may lie from ours.
const tolerance = 5 * time.Minute

// signed checks a signature by the rules of Standard Webhooks: "v1," and the base64 of an HMAC over id, time and body.
// There may be several, by keys that are being rotated.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func (d *Door) signed(header http.Header, pieces [][]byte) bool {
	id, at := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" || strings.Contains(id, ".") || d.o.Now().Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	good := false
	for _, key := range d.signing {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + at + ".")) // a hash never fails to write
		for _, piece := range pieces {
			mac.Write(piece)
		}
		want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		for _, given := range strings.Fields(header.Get("webhook-signature")) {
			good = hmac.Equal([]byte(given), want) || good
		}
	}
	return good
}

// Decode authenticates a delivery and says what it means. The error is ErrSignature.
func (d *Door) Decode(header http.Header, body []byte) (change.Event, error) {
	if err := d.Verify(header, body); err != nil {
		return change.Event{}, err
	}
	ev := d.decode(header.Get("X-Gitlab-Event"), body)
	ev.Delivery = d.delivery(header, ev.Name, body)
	return ev, nil
}

// maxID bounds the ids that GitLab gives.
const maxID = 100

// delivery is an id that is the same when GitLab sends a delivery again. X-Gitlab-Event-UUID is none: all deliveries of
// one request share it. What is signed goes before what is not; GitLab before 17.4 sends no id, and equal bodies are the
// same hint.
func (d *Door) delivery(header http.Header, name string, body []byte) string {
	id := header.Get("Idempotency-Key")
	if len(d.signing) > 0 {
		id = header.Get("webhook-id")
	}
	if id != "" && len(id) <= maxID {
		return id
	}
	return digest(strconv.FormatInt(d.o.Connection, 10), name, string(body))
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
