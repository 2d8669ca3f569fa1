// Package tooljobs runs the checks that repositories name, as background jobs beside the looks that want them: a look
// names them, one job finds the files and the key of each, another runs it in a sandbox, and its result asks for a look.
//
// Callers may rely on: what runs is named at the base and allowed by the operator; a Runner knows of a forge only what its
// Trees do; a result is that of the tool, or says why there is none, and never silence; a newer head ends what runs
// for an older one; each constructor names what is missing.
package tooljobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// version is that of the documents between the steps. One of another version is made again by the next look.
const version = 1

// spec is what a look knows of a check that it wants.
type spec struct {
	Version int              `json:"version"`
	Check   settings.Check   `json:"check"`
	Image   string           `json:"image"`
	Change  checkplan.Change `json:"change"`
	Commit  checkrun.Commit  `json:"commit"`
	// From is what the change is laid upon. It is no part of the scope.
	From checkplan.Origin `json:"from,omitzero"`
}

// order is a spec with what was found of its files.
type order struct {
	spec
	// Names are the files that the sandbox shows; nil are all.
	Names []string `json:"names"`
	// Tree are the files behind the arguments, for a check that is given them.
	Tree []checkplan.Input `json:"tree"`
	// Settings are the files by which a tool is set that sees no others.
	Settings []checkplan.Input `json:"settings,omitempty"`
	// Tool is the digest of the tool that is in the key.
	Tool string `json:"tool"`
}

// item is the check again: what was allowed when the look wanted it.
func (s spec) item() (checkplan.Item, error) {
	by := checkplan.Laptop("docker")
	if s.Image == "" {
		by.Backend = "bwrap"
	} else if s.Check.Tool != "" {
		by.Tools = map[string]string{s.Check.Tool: s.Image}
	}
	items := checkplan.Plan([]settings.Check{s.Check}, s.Change, by)
	switch {
	case len(items) == 0:
		return checkplan.Item{}, fmt.Errorf("plan check %s again: it is off", s.Check.Name)
	case items[0].State != checkplan.Run:
		return items[0], fmt.Errorf("plan check %s again: %s", s.Check.Name, items[0].Why)
	}
	return items[0], nil
}

func read[T spec | order](document []byte) (v T, ok bool) {
	if err := json.Unmarshal(document, &v); err != nil {
		return v, false
	}
	switch x := any(v).(type) {
	case spec:
		ok = x.Version == version
	case order:
		ok = x.Version == version
	}
	return v, ok
}

// Lists gives all files of a commit. A *checkrun.Refused error is final, any other passes.
type Lists interface {
	List(ctx context.Context, ref change.Ref, of checkrun.Commit) ([]checkplan.Input, error)
}

// Trees gives a folder with files of what a run is for, all where names is nil, and how to release it. A *checkrun.Refused
// error is final, any other passes.
type Trees interface {
	Get(ctx context.Context, run checkrun.Run, of checkrun.Commit, names []string) (folder string, release func(), err error)
}

// Commit is what a queued run runs on, by the document of its job; false when it cannot be read.
func Commit(document []byte) (checkrun.Commit, bool) {
	o, ok := read[order](document)
	return o.Commit, ok
}

// failed is the result of a check that has none, with the reason.
func failed(c settings.Check, ended, why string) checkrun.Result {
	return checkrun.Result{Ended: ended, Report: report.Report{
		Kind: report.Kind(c.Report.Kind), Format: c.Report.Format, Tool: c.Tool, Trust: report.FullTrust, Problem: why,
	}}
}

// need is one part of a job.
type need struct {
	name  string
	given bool
}

// check names the first part that is missing.
func check(job string, needs ...need) error {
	for _, n := range needs {
		if !n.given {
			return fmt.Errorf("make the %s of checks: it has no %s", job, n.name)
		}
	}
	return nil
}

// Ended is one check that ended, for metrics and the log.
type Ended struct {
	Run checkrun.Run
	// Outcome is "ran", "cached", "failed", "stale" or "retry".
	Outcome string
	Took    time.Duration
}
