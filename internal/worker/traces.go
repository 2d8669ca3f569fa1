package worker

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/otlp"
)

// Traces sends traces to the collector that the file names, in the name of this process.
func Traces(c config.Config, log *slog.Logger) (*otlp.Traces, error) {
	header, err := c.Traces.Header()
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name this machine: %w", err)
	}
	return otlp.Open(otlp.Options{
		Endpoint: c.Traces.Endpoint, Share: c.Traces.Share, Header: header, Version: build.Read().Version,
		Process: fmt.Sprintf("%s-%d", host, os.Getpid()), Log: log, Now: time.Now,
	})
}
