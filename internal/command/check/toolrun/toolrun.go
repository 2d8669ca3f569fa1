// Package toolrun runs tools of the catalogue on the files of a commit, in a sandbox of this machine, and reads their
// reports.
//
// Callers may rely on: nothing runs outside of the sandbox; a tool that crashed, was killed or left no report is a tool
// that failed, with its last lines, and never one without findings.
package toolrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/sandbox/installed"
	"github.com/lintel-review/lintel/internal/toolcall"
	"github.com/lintel-review/lintel/internal/usage"
)

// source stands before the name of a tool in the source of its report.
const source = "--run-tool "

// Tools are tools of the catalogue that this machine has, and the sandbox that they run in. Nil are none.
type Tools struct {
	tools   []tool
	backend sandbox.Backend
}

// tool is a tool and where it lies.
type tool struct {
	catalogue.Tool
	installed.Place
}

// Open finds the tools of some names on the person's PATH, and a sandbox that shows them. A name that the catalogue does
// not have, a tool that is not installed and a machine without a sandbox are each a *usage.Error.
func Open(names []string) (*Tools, error) {
	if len(names) == 0 {
		return nil, nil //nolint:nilnil // no tool is no fault
	}
	if err := sweep(os.TempDir()); err != nil {
		return nil, err
	}
	t := &Tools{}
	var shown []string
	for _, name := range names {
		known, ok := catalogue.Find(name)
		if !ok {
			return nil, &usage.Error{
				What:   fmt.Sprintf("--run-tool: there is no tool %q in the catalogue", name),
				Remedy: "name one of " + strings.Join(catalogue.Names(), ", ") + "; hand in reports of others with --report",
			}
		}
		at, err := locate(known, installed.Locate)
		if err != nil {
			return nil, notHere(name, err)
		}
		known.Argv[0] = at.Program
		t.tools = append(t.tools, tool{known, at})
		shown = append(shown, at.Shown...)
	}
	slices.Sort(shown) // a folder stands before what lies in it
	var err error
	if t.backend, err = bwrap.New(bwrap.Options{Shown: slices.Compact(shown)}); err != nil {
		return nil, &usage.Error{
			What:   "--run-tool: no sandbox runs here, so no tool does: " + err.Error(),
			Remedy: "install bubblewrap (docs/sandbox.md), or run the tool yourself and hand its report in with --report",
			Err:    err,
		}
	}
	return t, nil
}

// locate finds a tool on this machine, with the tools that it calls.
func locate(known catalogue.Tool, find func(name string) (installed.Place, error)) (installed.Place, error) {
	at, err := find(known.Argv[0])
	if err == nil && known.Name == "golangci-lint" {
		var goes installed.Place
		goes, err = find("go")
		at.Add(goes)
	}
	return at, err
}

// Run runs the tools, one after another, on the head of a snapshot that was read in the folder dir. A tool that none of
// the changed files is for does not run; a note says so.
func (t *Tools) Run(ctx context.Context, dir string, s *change.Snapshot) (out []report.Report, notes []string, err error) {
	if t == nil {
		return nil, nil, nil
	}
	var tree string
	for _, x := range t.tools {
		files := toolcall.Meant(x.Tool, s.Files)
		if len(files) == 0 {
			notes = append(notes, fmt.Sprintf("%s did not run: it is for %s, and the change has none", x.Name, strings.Join(x.Paths, ", ")))
			continue
		}
		if tree == "" {
			scratch, err := openScratch(os.TempDir())
			if err != nil {
				return nil, nil, err
			}
			defer func() { err = errors.Join(err, scratch.close()) }()
			if tree, _, err = write(ctx, dir, s.Head.SHA, scratch.folder); err != nil {
				return nil, nil, err
			}
		}
		call := toolcall.Call{Tool: x.Tool, Path: x.Path, Env: x.Env, Tree: tree, Files: files, Limits: sandbox.DefaultLimits()}
		out = append(out, toolcall.Read(x.Tool, source+x.Name, t.backend.Run(ctx, call.Job())))
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
	}
	return out, notes, nil
}

// Failed is the error of the tools that failed, for which no verdict is a pass; nil when all did their work.
func Failed(reports []report.Report) error {
	var failed []string
	for _, r := range reports {
		if !strings.HasPrefix(r.Source, source) {
			continue
		}
		why := r.Problem
		if r.Lint != nil {
			for _, ran := range r.Lint.Tools {
				if ran.Failed {
					why = ran.FailedWhy
				}
			}
		}
		if why != "" {
			failed = append(failed, strings.TrimPrefix(r.Source, source)+": "+why)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return &usage.Error{
		What:     "--run-tool: a tool failed, so there is no verdict",
		Problems: failed,
		Remedy:   "run the tool yourself to see more; what it cannot have in a sandbox is in docs/checks.md",
	}
}

// notHere is the error of a tool that cannot run on this machine.
func notHere(tool string, err error) error {
	return &usage.Error{
		What:   fmt.Sprintf("--run-tool: %s cannot run here: %v", tool, err),
		Remedy: "install it where everybody may read it, or run it yourself and hand its report in with --report (docs/checks.md)",
		Err:    err,
	}
}
