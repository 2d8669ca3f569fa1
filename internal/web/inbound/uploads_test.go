package inbound

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/upload"
)

// taker keeps what reached it.
type taker struct{ got []upload.Request }

func (t *taker) Receive(_ context.Context, req upload.Request, _ io.Reader) (upload.Answer, error) {
	t.got = append(t.got, req)
	return upload.Answer{Outcome: upload.Stored}, nil
}

// TestParametersAreStrict sends what is misspelt, doubled or broken, in both requests: each is refused, and nothing reaches the receiver.
func TestParametersAreStrict(t *testing.T) {
	for path, want := range map[string]int{
		"?sha=abc&kind=coverage": 202,
		"?sha=abc&kind=coverage&flag=unit&part=1&format=go&measured_sha=d&repository=a/b&run=1&attempt=2&job=test&base=true": 202,
		"/finalise?sha=abc&measured_sha=abc&repository=a/b&run=1&attempt=2&job=test&base=true":                               202,
		"?sha=abc&kind=coverage&Flag=unit":     400,
		"?sha=abc&kind=coverage&flags=unit":    400,
		"?sha=abc&kind=coverage&measured=abc":  400,
		"?sha=abc&kind=coverage&":              202,
		"?sha=abc&kind=coverage&=x":            400,
		"?sha=abc&kind=coverage&token=x":       400,
		"?sha=abc&kind=coverage&sha=abd":       400,
		"?sha=abc&kind=coverage&flag=%zz":      400,
		"?sha=abc&kind=coverage;flag=unit":     400,
		"?sha=abc&kind=coverage&base=yes!":     400,
		"?sha=abc&kind=coverage&attempt=first": 400,
		"/finalise?sha=abc&flag=unit":          400,
		"/finalise?sha=abc&kind=coverage":      400,
	} {
		taken := &taker{}
		mux := http.NewServeMux()
		reports, err := NewReports(taken, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		reports.Route(mux)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/reports"+path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
		}
		if reached := len(taken.got) == 1; reached != (want == 202) {
			t.Errorf("%s: it reached the receiver: %v", path, reached)
		}
		if want == 400 && !strings.Contains(w.Body.String(), `"remedy":"`) {
			t.Errorf("%s: no remedy: %s", path, w.Body)
		}
	}
}

func TestPartsAreChecked(t *testing.T) {
	if _, err := NewReports(nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("reports are taken without a receiver")
	}
	if _, err := NewHooks(HookOptions{Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("webhooks are taken without a decoder")
	}
}
