package weekly

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// message is what a webhook gets; chat services read its text.
type message struct {
	Text string `json:"text"`
	Team string `json:"team"`
	Week string `json:"week"`
	// Key is the same when a digest is sent again since the end of a try is not known.
	Key string `json:"key"`
}

// hookTime is how long a webhook may take, maxAnswer how much of its answer is read.
const (
	hookTime  = 15 * time.Second
	maxAnswer = 64 << 10
)

type hook struct{ client *http.Client }

func newHook() *hook {
	return &hook{client: &http.Client{
		Timeout: hookTime,
		// A digest goes to the address that the operator wrote, and to no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// post sends a message. Errors tell the host at most: the rest of the address is a secret.
func (h *hook) post(ctx context.Context, to string, m message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return errors.New("the webhook's address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", m.Key)
	resp, err := h.client.Do(req)
	if err != nil {
		if hidden, ok := errors.AsType[*url.Error](err); ok {
			err = hidden.Err
		}
		return fmt.Errorf("the webhook did not answer: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // so that the connection can be used again
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answered %d", resp.StatusCode)
	}
	return nil
}

// fingerprint stands for a text that may be secret or long.
func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
