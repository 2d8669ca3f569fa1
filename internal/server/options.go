package server

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/policy"
)

// Options are what the server needs beside its file. Log is needed; the rest has defaults.
type Options struct {
	Log *slog.Logger
	Now func() time.Time
	// Listen opens the listener of an address (nil: net.Listen).
	Listen func(address string) (net.Listener, error)
	// Transport is the network to the forge (nil: GitHub's, with its limits).
	Transport http.RoundTripper
	// Engine holds the policies (nil: the built-in ones).
	Engine *policy.Engine
	// TeamAge, MemberAge, GroupDeadline, SweepRepositories and ExplainFrom are for tests; zero takes the default.
	TeamAge           time.Duration
	MemberAge         time.Duration
	GroupDeadline     time.Duration
	SweepRepositories int
	ExplainFrom       int
	// Pace is the first wait before a failed look is tried again, for tests; zero takes the default.
	Pace time.Duration
	// Poll is how often the queue looks for jobs that became due by the clock, for tests; zero takes the default.
	Poll time.Duration
	// WaitSweep is how often heads that wait for reports are looked through; for tests.
	WaitSweep time.Duration
	// AdviceTries is how often a model is asked that may answer later, for tests; zero takes the default.
	AdviceTries int
	// NoSweeps leaves out the works of the clock, for measurements that must see no calls but those that they cause.
	NoSweeps bool
	// Observe is told of every look that ended (nil: nobody).
	Observe func(lookjobs.Ended)
}

// withDefaults fills in what was not given.
func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Listen == nil {
		o.Listen = func(address string) (net.Listener, error) { return net.Listen("tcp", address) }
	}
	if o.Transport == nil {
		o.Transport = github.Transport()
	}
	return o
}
