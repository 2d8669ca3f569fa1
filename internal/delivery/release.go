package delivery

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// ReleaseRequest asks to post the drafts of a change. The next look checks whether the person who asked may do so.
type ReleaseRequest struct {
	ID    int64      `json:"id"`
	Key   change.Key `json:"key"`
	SHA   string     `json:"sha"`
	Actor string     `json:"actor"`
	// Via is how the release was requested: "button" or "command".
	Via string    `json:"via"`
	At  time.Time `json:"at"`
}
