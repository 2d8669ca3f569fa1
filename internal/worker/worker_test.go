package worker

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/metrics"
)

// TestRoutes: "lintel healthcheck --address" and a cluster's probe ask a worker what they ask a server.
func TestRoutes(t *testing.T) {
	t.Parallel()
	handler := routes(metrics.New(func(context.Context) (int, time.Duration, error) { return 0, 0, nil }))
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/metrics": http.StatusOK, "/": http.StatusNotFound} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if answer.Code != want {
			t.Errorf("GET %s answers %d, want %d", path, answer.Code, want)
		}
	}
}
