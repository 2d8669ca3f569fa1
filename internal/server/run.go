package server

import (
	"context"
	"io"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/processmemory"
)

// Serve runs the server until the context ends. It writes its log to the writer.
func Serve(ctx context.Context, c config.Config, log io.Writer) error {
	logger := c.Log.Logger(log)
	processmemory.Limit(logger)
	s, err := New(ctx, c, Options{Log: logger})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}
