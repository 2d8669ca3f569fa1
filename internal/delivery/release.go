package delivery

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// ReleaseRequest is somebody's wish to let the drafts of a change be posted. Whether that person may is read when the change is looked at.
type ReleaseRequest struct {
	ID    int64      `json:"id"`
	Key   change.Key `json:"key"`
	SHA   string     `json:"sha"`
	Actor string     `json:"actor"`
	// Via says how it was asked: "button" or "command".
	Via string    `json:"via"`
	At  time.Time `json:"at"`
}
