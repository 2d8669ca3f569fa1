package intake

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
)

// lastSettings knows the settings of a change's newest verdict, in their canonical form; nil when there are none.
type lastSettings interface {
	JudgedBy(ctx context.Context, key change.Key) ([]byte, error)
}

// UnreadLabels answers Options.Unread for rules that read labels only to exempt a change by the setting
// ownership.exempt_labels. Labels are unread when the settings of the change's last verdict name none there. Whatever
// is not known counts as read: a change without a verdict, one that waits for a look, settings that were deleted. When
// new settings are pushed, every change is looked at anyway.
func UnreadLabels(record lastSettings, log *slog.Logger) func(ctx context.Context, key change.Key, facts []string) bool {
	return func(ctx context.Context, key change.Key, facts []string) bool {
		if !slices.Equal(facts, []string{"labels"}) {
			return false
		}
		body, err := record.JudgedBy(ctx, key)
		if err != nil {
			log.WarnContext(ctx, "cannot read the settings of the last verdict; Lintel looks at the change again",
				"change", key.String(),
				"error", err.Error())
			return false
		}
		var judged struct {
			Ownership *struct {
				ExemptLabels *[]string `json:"exempt_labels"`
			} `json:"ownership"`
		}
		if body == nil || json.Unmarshal(body, &judged) != nil || judged.Ownership == nil || judged.Ownership.ExemptLabels == nil {
			return false
		}
		return len(*judged.Ownership.ExemptLabels) == 0
	}
}
