package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// StatusChecks authenticates and decodes the requests of external status checks: GitLab asks for an answer whenever a
// merge request changes, and when somebody retries a check. They carry neither an id nor a time, so that anybody who has
// seen one can send it again: each is no more than a hint to look once more.
type StatusChecks struct {
	door    *Door
	secrets [][]byte
}

// StatusChecks is the door for requests that are signed with the shared secrets of external status checks, newest first.
func (d *Door) StatusChecks(secrets ...string) (*StatusChecks, error) {
	s := &StatusChecks{door: d}
	for _, secret := range secrets {
		if strings.TrimSpace(secret) == "" {
			return nil, errors.New("the external status check's shared secret is empty: anybody could send requests")
		}
		s.secrets = append(s.secrets, []byte(secret))
	}
	if len(s.secrets) == 0 {
		return nil, errors.New("no shared secret of the external status check is given")
	}
	return s, nil
}

// Verify checks the signature of a body that may be held in several pieces. The error is ErrSignature.
// https://docs.gitlab.com/user/project/merge_requests/status_checks/
func (s *StatusChecks) Verify(header http.Header, pieces ...[]byte) error {
	given, err := hex.DecodeString(header.Get("X-Gitlab-Signature"))
	if err != nil {
		return ErrSignature
	}
	good := false
	for _, secret := range s.secrets {
		mac := hmac.New(sha256.New, secret)
		for _, piece := range pieces {
			mac.Write(piece) // a hash never fails to write
		}
		good = hmac.Equal(given, mac.Sum(nil)) || good
	}
	if !good {
		return ErrSignature
	}
	return nil
}

// Decode authenticates a request and asks for the check again. The error is ErrSignature.
func (s *StatusChecks) Decode(header http.Header, body []byte) (change.Event, error) {
	if err := s.Verify(header, body); err != nil {
		return change.Event{}, err
	}
	ev := s.door.decode("Merge Request Hook", body)
	ev.Name = "external status check"
	if ev.Kind != change.Ignored {
		ev.Kind, ev.Facts, ev.Flow, ev.Again = change.Rerequested, nil, nil, true
	}
	// The same body may be asked for again, by a retry; within one minute it is one question.
	ev.Delivery = digest(ev.Name, s.door.o.Now().UTC().Truncate(time.Minute).Format(time.RFC3339), string(body))
	return ev, nil
}
