package server

import (
	"context"
	"io"
	"log/slog"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/processmemory"
)

// Serve runs the server until the context ends. Its log goes to a writer.
func Serve(ctx context.Context, c config.Config, log io.Writer) error {
	logger := newLog(c.Log, log)
	processmemory.Limit(logger)
	s, err := New(ctx, c, Options{Log: logger})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// newLog makes the log that the configuration asks for. Tokens, secrets, bodies and the capabilities of page links are never given to it.
func newLog(c config.Log, w io.Writer) *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn,
		"error": slog.LevelError}[c.Level]
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
