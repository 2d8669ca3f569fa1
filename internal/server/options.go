package server

import (
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/policy"
)

// Options are what the server needs besides its file. Log is required; the rest has defaults.
type Options struct {
	Log *slog.Logger
	Now func() time.Time
	// Machine is this machine's clock, for tests of machines whose clocks differ (nil: time.Now). Without Now the server goes by
	// it on SQLite, and on PostgreSQL only measures how far the database's is ahead of it.
	Machine func() time.Time
	// Listen opens the listener of an address (nil: net.Listen).
	Listen func(address string) (net.Listener, error)
	// Transport is the network to the forge (nil: GitHub's, with its limits).
	Transport http.RoundTripper
	// Engine holds the policies (nil: the built-in ones).
	Engine *policy.Engine
	// Later holds migrations of a later program, for tests that run one beside this (nil: none).
	Later fs.FS
	// TeamAge, MemberAge, GroupDeadline, SweepRepositories and ExplainFrom are for tests; zero takes the default.
	TeamAge           time.Duration
	MemberAge         time.Duration
	GroupDeadline     time.Duration
	SweepRepositories int
	ExplainFrom       int
	// Slow is how long a first verdict may take before the check is shown in progress, for tests; zero takes the default.
	Slow time.Duration
	// Pace is the wait before the first retry of a failed look, for tests; zero takes the default.
	Pace time.Duration
	// Poll is how often the queue looks for jobs that became due, for tests; zero takes the default.
	Poll time.Duration
	// Proof is how long a process with newer policies runs before it takes verdicts over, for tests; nil takes the default.
	Proof []time.Duration
	// WaitSweep is how often a sweep checks the heads that wait for reports, for tests; zero takes the default.
	WaitSweep time.Duration
	// ExpireSweep is how often a sweep ends overrides and gate switches by the clock, for tests; zero takes the default.
	ExpireSweep time.Duration
	// PageTime is how long a page for operators may read the record, for tests; zero takes the default.
	PageTime time.Duration
	// AdviceTries is how often the model is asked before advice fails, for tests; zero takes the default.
	AdviceTries int
	// NoSweeps runs no sweeps, for tests that count calls and must see only those that they cause.
	NoSweeps bool
	// Observe is called after every look (nil: nothing is).
	Observe func(lookjobs.Ended)
	// Started is called once all that is needed only at the start was done (nil: nothing is).
	Started func()
}

// withDefaults fills in the defaults.
func (o Options) withDefaults() Options {
	if o.Machine == nil {
		o.Machine = time.Now
	}
	if o.Now == nil {
		o.Now = o.Machine
	}
	if o.Listen == nil {
		o.Listen = func(address string) (net.Listener, error) { return net.Listen("tcp", address) }
	}
	if o.Started == nil {
		o.Started = func() {}
	}
	if o.Transport == nil {
		o.Transport = github.Transport()
	}
	return o
}
