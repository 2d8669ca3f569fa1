package server

import (
	"cmp"
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store/processes"
)

// judging is told what this process has to do with verdicts from now on. Where nobody judges by anything newer, it is
// told again and again, and open changes are looked at again when the last verdicts were of something else.
func (s *Server) judging(ctx context.Context, standing processes.Standing) error {
	by := s.judgesBy()
	switch standing {
	case processes.Leaves:
		s.log.InfoContext(ctx, "another process judges by newer policies; this one leaves verdicts to it", "policies", by)
		return nil
	case processes.Proves:
		s.log.InfoContext(ctx, "another process judges by older policies; this one takes verdicts over from it once it has run for a "+
			"minute, later when one like it was killed within the hour", "policies", by)
		return nil
	case processes.StandsIn:
		s.log.WarnContext(ctx, "the process with newer policies is gone; this one judges until it is back, or gone for an hour",
			"policies", by, "remedy", "start that version again, or take it off: lintel status shows both")
		return s.recovery.StandIn(ctx, s.config.Gate, by)
	case processes.Judges:
		return s.recovery.Rejudge(ctx, s.config.Gate, by)
	}
	return nil
}

// mine postpones a look that is another process's. It holds the member itself: a look may outlive Close.
func (s *Server) mine(member *processes.Member) func(context.Context) error {
	return func(ctx context.Context) error {
		standing, err := member.Standing(ctx)
		if err == nil && (standing == processes.Leaves || standing == processes.Proves) {
			return &job.Later{After: cmp.Or(s.options.Poll, time.Second)}
		}
		return err
	}
}
