package config

import (
	"io"
	"log/slog"
)

// Logger makes the log that the file asks for. Lintel never logs
// tokens, secrets, bodies or the capabilities of page links.
func (l Log) Logger(w io.Writer) *slog.Logger {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug,
		"info":  slog.LevelInfo,
		"warn":  slog.LevelWarn,
		"error": slog.LevelError,
	}
	options := &slog.HandlerOptions{Level: levels[l.Level]}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
