package toolrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bare"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
	"github.com/lintel-review/lintel/internal/sandbox/installed"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/toolcall"
	"github.com/lintel-review/lintel/internal/usage"
)

// RunChecks runs the checks of the settings, one after another, on the head of a snapshot that was read in the folder
// dir, in a sandbox by its name (bwrap, docker or none). Each has a report: one that cannot run here has a problem that says so.
// A machine without the sandbox is a *usage.Error.
func RunChecks(ctx context.Context, box, dir string, s *change.Snapshot, checks []settings.Check) (
	out []report.Report, notes []string, err error) {
	if err := sweep(os.TempDir()); err != nil {
		return nil, nil, err
	}
	complete := len(s.Files) == s.FilesTotal
	var runs []run
	for _, item := range checkplan.Plan(checks, checkplan.Change{Files: s.Files, Complete: complete}, checkplan.Laptop(box)) {
		switch not := toolcall.NotRun(item); {
		case not != nil:
			out = append(out, *not)
		case item.State != checkplan.Run:
			notes = append(notes, fmt.Sprintf("%s did not run. %s", item.Check.Name, item.Why))
		case item.Check.Inputs == settings.InputsMerged:
			item.State, item.Why = checkplan.Unable, "It is given the merge of head and base, which only the server makes."
			out = append(out, *toolcall.NotRun(item))
		default:
			runs = append(runs, run{item: item})
		}
	}
	if len(runs) == 0 {
		return out, notes, nil
	}
	if box == bare.Name {
		notes = append(notes, bare.Warning)
	}
	backend, err := open(ctx, box, runs)
	if err != nil {
		return nil, nil, err
	}
	scratch, err := openScratch(os.TempDir())
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, scratch.close()) }()
	tree, files, err := write(ctx, dir, s.Head.SHA, scratch.folder)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range runs {
		result := sandbox.Refuse("%s", r.missing)
		if r.missing == "" {
			call := toolcall.Of(r.item, tree, files, sandbox.DefaultLimits())
			if r.item.Exhausted() {
				r.item.State, r.item.Why = checkplan.Unable, "Its patterns are too many to be held against all files."
				out = append(out, *toolcall.NotRun(r.item))
				continue
			}
			call.Path, call.Env = r.at.Path, r.at.Env
			if r.at.Program != "" {
				call.Tool.Argv[0] = r.at.Program
			}
			result = backend.Run(ctx, call.Job())
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		out = append(out, toolcall.Result(r.item, result, &redact.Detector{}))
	}
	return out, notes, nil
}

// run is a check that may run, and where its program lies on this machine.
type run struct {
	item checkplan.Item
	at   installed.Place
	// missing says why the program cannot run here.
	missing string
}

// open finds the programs of runs that are of this machine, and the sandbox.
func open(ctx context.Context, box string, runs []run) (backend sandbox.Backend, err error) {
	if box == "docker" {
		backend, err = docker.New(ctx, docker.Options{})
		return backend, noSandbox(err, "start Docker or podman, name its socket in DOCKER_HOST")
	}
	var shown []string
	find := installed.Locate
	if box == bare.Name {
		find = installed.Find
	}
	for i, r := range runs {
		at, err := locate(r.item.Tool, find)
		if err != nil {
			runs[i].missing = r.item.Tool.Name + " cannot run here: " + err.Error()
			continue
		}
		runs[i].at = at
		shown = append(shown, at.Shown...)
	}
	if box == bare.Name {
		return bare.Backend{}, nil
	}
	slices.Sort(shown) // a folder stands before what lies in it
	backend, err = bwrap.New(bwrap.Options{Shown: slices.Compact(shown)})
	return backend, noSandbox(err, "install bubblewrap")
}

func noSandbox(err error, remedy string) error {
	if err == nil {
		return nil
	}
	return &usage.Error{
		What:   "--run-checks: no sandbox runs here, so no check does: " + err.Error(),
		Remedy: strings.TrimSpace(remedy + " (docs/sandbox.md), or leave --run-checks out: the server runs them"),
		Err:    err,
	}
}
