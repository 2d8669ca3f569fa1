package sandbox

import "context"

// Off is the backend of a machine that runs no checks. It refuses every job and says so.
type Off struct{}

// Name is "off".
func (Off) Name() string { return "off" }

// Run refuses the job.
func (Off) Run(context.Context, Job) Result {
	return Refuse("no sandbox is set up here, so no check can run: set checks.backend to bwrap, docker or kubernetes")
}
