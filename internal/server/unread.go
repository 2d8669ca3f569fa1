package server

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
)

// exempting is the setting that makes rules read labels; without it those that name it among their options read none.
const exempting = "ownership.exempt_labels"

// unread reports whether the settings that a change was judged by last let no rule read any of these facts, so that an event about them alone costs no
// look. What is not known is read: a change without a verdict, one that is looked at, settings that are no longer kept. New settings look at every change
// by themselves, as they are pushed.
func (s *Server) unread(ctx context.Context, key change.Key, facts []string) bool {
	if !slices.Equal(facts, []string{"labels"}) || !s.onlyExempting() {
		return false
	}
	body, err := s.store.JudgedBy(ctx, key)
	if err != nil {
		s.log.Warn("the settings of the last verdict cannot be read; the change is looked at", "change", key.String(), "error", err.Error())
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

// onlyExempting reports whether every rule that reads labels does so for the one setting.
func (s *Server) onlyExempting() bool {
	for _, r := range s.engine.Rules() {
		if slices.Contains(r.Reads, "labels") && !slices.Contains(r.Options, exempting) {
			return false
		}
	}
	return true
}
