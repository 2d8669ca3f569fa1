package oracle

import (
	"encoding/json"
	"fmt"
	"iter"
	"sync"
	"testing"
)

// Example is one payload that was recorded from GitHub.
type Example struct {
	// Event is the value of X-GitHub-Event; Index counts the examples of one event from 0.
	Event string
	Index int
	Body  []byte
}

// installationID is given to payloads that were recorded by a repository's webhook, which carries no installation.
const installationID = 1

var loadExamples = sync.OnceValues(func() ([]Example, error) {
	text, err := read(examplesFile)
	if err != nil {
		return nil, err
	}
	var events []struct {
		Name     string            `json:"name"`
		Examples []json.RawMessage `json:"examples"`
	}
	if err := json.Unmarshal(text, &events); err != nil {
		return nil, fmt.Errorf("decode %s: %w", examplesFile, err)
	}
	var out []Example
	for _, e := range events {
		for i, body := range e.Examples {
			whole, err := withInstallation(body)
			if err != nil {
				return nil, fmt.Errorf("decode %s: %s %d: %w", examplesFile, e.Name, i, err)
			}
			out = append(out, Example{Event: e.Name, Index: i, Body: whole})
		}
	}
	return out, nil
})

// withInstallation adds the installation that an App's delivery carries. Everything else stays as it is, byte for byte.
func withInstallation(body []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	if fields["installation"] != nil || len(fields) == 0 {
		return body, nil
	}
	for i := len(body) - 1; ; i-- {
		if body[i] == '}' {
			return fmt.Appendf(body[:i:i], `,"installation":{"id":%d,"node_id":"MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uMQ=="}}`,
				installationID), nil
		}
	}
}

// Examples yields all 329 payloads recorded from github.com, each with an installation. The bodies are shared: do not change them.
func Examples(t testing.TB) iter.Seq[Example] {
	t.Helper()
	all := must(t, loadExamples)
	return func(yield func(Example) bool) {
		for _, e := range all {
			if !yield(e) {
				return
			}
		}
	}
}
