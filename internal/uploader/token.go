package uploader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// ActionsToken asks GitHub Actions for an OIDC token for one audience. Such a token may be used once, so each request gets its own.
// https://docs.github.com/en/actions/reference/security/oidc
func ActionsToken(client *http.Client, address, key, audience string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		u, err := url.Parse(address)
		if err != nil {
			return "", &Refusal{What: "ACTIONS_ID_TOKEN_REQUEST_URL is no address"}
		}
		q := u.Query()
		q.Set("audience", audience)
		u.RawQuery = q.Encode()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return "", &Refusal{What: "ACTIONS_ID_TOKEN_REQUEST_URL is no address"}
		}
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Accept", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			return "", fmt.Errorf("ask GitHub Actions for a token: %w", bare(err))
		}
		text, readErr := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err := errors.Join(readErr, resp.Body.Close()); err != nil {
			return "", fmt.Errorf("ask GitHub Actions for a token: %w", err)
		}
		var answer struct {
			Value string `json:"value"`
		}
		if resp.StatusCode != http.StatusOK || json.Unmarshal(text, &answer) != nil || answer.Value == "" {
			return "", fmt.Errorf("ask GitHub Actions for a token: it answers %s", resp.Status)
		}
		return answer.Value, nil
	}
}
