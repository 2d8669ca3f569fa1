package openai

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "0.5": 500 * time.Millisecond, "-1": 0, "soon": 0, "NaN": 0, "1e300": 0, "999999": maxWait,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	// The endpoint's clock is an hour ahead of this machine's.
	if got := retryAfter(http.Header{"Retry-After": {"Fri, 02 Jan 2026 04:05:05 GMT"}, "Date": {"Fri, 02 Jan 2026 04:04:05 GMT"}},
		now); got != time.Minute {
		t.Error(got)
	}
	if got := retryAfter(http.Header{"Retry-After-Ms": {"250"}, "Retry-After": {"1"}}, now); got != 250*time.Millisecond {
		t.Error(got)
	}
}

func TestJSONIn(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}`:                               `{"a":1}`,
		" \n{\"a\":1}\n":                        `{"a":1}`,
		"Sure:\n```json\n{\"a\":1}\n```\nDone.": `{"a":1}`,
		"```json\n{\"a\":\"```\"}\n```":         "{\"a\":\"```\"}",
		"<think>{no}</think>{\"a\":1}":          `{"a":1}`,
		"so {no}, or {x</think>\n{\"a\":1}":     `{"a":1}`,
		`{"a":"</think>"}`:                      `{"a":"</think>"}`,
		`Answer: {"a":{"b":2}} ok`:              `{"a":{"b":2}}`,
	} {
		if got, ok := jsonIn(text); !ok || got != want {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "no", "{", "}{", "<think>{\"a\":1}</think>", "```json\n{\n```"} {
		if got, ok := jsonIn(text); ok || got != text {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
}

// TestNamesAreJudgedWhenConnected: localhost is a name like any other; what matters is where it leads.
func TestNamesAreJudgedWhenConnected(t *testing.T) {
	client := connect(true)
	dial := client.Transport.(*http.Transport).DialContext
	if _, err := dial(t.Context(), "tcp", "192.0.2.1:443"); err == nil || err.Error() == "" || !isRemote(err) {
		t.Errorf("connects to a public address: %v", err)
	}
	if client.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy stands between")
	}
}

func FuzzJSONIn(f *testing.F) {
	for _, s := range []string{"{}", "```json\n{}\n```", "<think></think>{}", "{a}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, ok := jsonIn(text); !ok && got != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func FuzzRecording(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := Name(body)
		if b, err2 := Name(body); a != b || (err == nil) != (err2 == nil) {
			t.Error("a name is not stable")
		}
	})
}

func isRemote(err error) bool { return errors.Is(err, errRemote) }
