package terminal

import (
	"encoding/json"
	"fmt"
)

// Format is the flag of a command that prints for people, and for programs with --format json.
type Format struct {
	Format string `enum:"text,json" default:"text" help:"How to print: ${enum}."`
}

// JSON reports whether a program reads what is printed.
func (f Format) JSON() bool { return f.Format == "json" }

// WriteJSON prints a value for programs, with line ends.
func (t Terminal) WriteJSON(v any) error {
	enc := json.NewEncoder(t.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
