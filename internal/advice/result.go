package advice

import (
	"encoding/json"
	"fmt"
)

// Result is what one request for advice came to, as it is stored.
type Result struct {
	Advice Advice `json:"advice"`
	// Known are all drafts ever made on the change and what became of them.
	Known []Known `json:"known"`
	// Comments is the setting that held: "off", "draft" or "post".
	Comments string `json:"comments"`
	// Took is how long the model and its checks took, in milliseconds.
	Took int64 `json:"took_ms"`
}

// ReadResult reads a stored result. What a newer version of Lintel wrote is refused: it may mean something else.
func ReadResult(body []byte) (Result, error) {
	var r Result
	if err := json.Unmarshal(body, &r); err != nil {
		return Result{}, fmt.Errorf("read stored advice: %w", err)
	}
	if v := r.Advice.Version; v < 1 || v > Version {
		return Result{}, fmt.Errorf("read stored advice: it has version %d, this program knows 1 to %d", v, Version)
	}
	return r, nil
}
