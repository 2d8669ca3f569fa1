// Package toolrun runs tools of the catalogue on the files of a commit, in a sandbox of this machine, and reads their
// reports.
//
// Callers may rely on: nothing runs outside of the sandbox; a tool that crashed, was killed or left no report is a tool
// that failed, with its last lines, and never one without findings.
package toolrun

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
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
	place
}

// Open finds the tools of some names on the person's PATH, and a sandbox that shows them. A name that the catalogue does
// not have, a tool that is not installed and a machine without a sandbox are each a *usage.Error.
func Open(names []string) (*Tools, error) {
	if len(names) == 0 {
		return nil, nil //nolint:nilnil // no tool is no fault
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
		at, err := locate(known.Argv[0])
		if err == nil && name == "golangci-lint" {
			var goes place
			goes, err = locate("go")
			at.add(goes)
		}
		if err != nil {
			return nil, notHere(name, err)
		}
		known.Argv[0] = at.program
		t.tools = append(t.tools, tool{known, at})
		shown = append(shown, at.shown...)
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

// Run runs the tools, one after another, on the head of a snapshot that was read in the folder dir. A tool that none of
// the changed files is for does not run; a note says so.
func (t *Tools) Run(ctx context.Context, dir string, s *change.Snapshot) (out []report.Report, notes []string, err error) {
	if t == nil {
		return nil, nil, nil
	}
	var tree string
	for _, x := range t.tools {
		files := meant(x.Tool, s.Files)
		if len(files) == 0 {
			notes = append(notes, fmt.Sprintf("%s did not run: it is for %s, and the change has none", x.Name, strings.Join(x.Paths, ", ")))
			continue
		}
		if tree == "" {
			parent, err := os.MkdirTemp("", "lintel-tree-")
			if err != nil {
				return nil, nil, fmt.Errorf("make a folder for the tree: %w", err)
			}
			defer os.RemoveAll(parent)
			if tree, err = write(ctx, dir, s.Head.SHA, parent); err != nil {
				return nil, nil, err
			}
		}
		out = append(out, one(x.Tool, t.backend.Run(ctx, x.job(tree, files))))
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

// meant are the changed files that a tool is for, as they are named at the head.
func meant(tool catalogue.Tool, files []diff.File) []string {
	match, _ := language.ParseIgnore(tool.Paths) // the catalogue's own patterns are right
	var out []string
	for _, f := range files {
		if f.Blob != "" && match.Match(f.Path) != "" {
			out = append(out, "./"+f.Path) // no name begins with a dash
		}
	}
	return out
}

// job is one run of the tool.
func (x tool) job(tree string, files []string) sandbox.Job {
	env := maps.Clone(x.env)
	if env == nil {
		env = map[string]string{}
	}
	env["PATH"] = strings.Join(append(slices.Clone(x.path), "/usr/local/bin", "/usr/bin", "/bin"), ":")
	job := sandbox.Job{
		Argv:   slices.Clone(x.Argv),
		Env:    env,
		Tree:   tree,
		Report: sandbox.Stdout,
		Limits: sandbox.DefaultLimits(),
	}
	for i, a := range job.Argv {
		job.Argv[i] = strings.ReplaceAll(a, catalogue.ReportPath, sandbox.WorkFolder+"/"+string(x.Tool.Report))
	}
	if x.TakesFiles {
		job.Argv = append(job.Argv, files...)
	}
	switch x.Tool.Report {
	case catalogue.Stdout:
	case catalogue.Stderr:
		job.Report = ""
		job.Limits.Tail = 1 << 20
	default:
		job.Report = string(x.Tool.Report)
	}
	return job
}

// one makes a report of a run.
func one(tool catalogue.Tool, r sandbox.Result) report.Report {
	out := report.Report{
		Kind:   report.LintKind,
		Format: tool.Format,
		Flag:   strings.ReplaceAll(tool.Name, " ", "-"),
		Source: source + tool.Name,
		Trust:  report.FullTrust,
	}
	written := r.Report
	if tool.Report == catalogue.Stderr {
		written = r.Stderr
	}
	why := r.Why
	if r.Ended == sandbox.Finished {
		read, err := formats.Parser{}.Parse(report.LintKind, tool.Format, bytes.NewReader(written), report.MaxBytes)
		switch {
		case r.ReportState == sandbox.Truncated || r.ReportState == sandbox.Missing:
			why = fmt.Sprintf("its report is %s", r.ReportState)
		case err != nil && tool.Crashed(r.Exit, 0) || err == nil && tool.Crashed(r.Exit, len(read.Lint.Findings)):
			why = fmt.Sprintf("it ended with status %d", r.Exit)
		case err != nil:
			why = "its report cannot be read: " + err.Error()
		case tool.Partial(written):
			why = "it could not look at everything"
		default:
			out.Lint = placed(read.Lint)
			return out
		}
	}
	c := report.NewLintCollector()
	if err := c.Fail(tool.Name, fmt.Sprintf("%s (%s)%s", why, r.Ended, lastLines(r))); err != nil {
		out.Problem = err.Error()
		return out
	}
	lint := c.Finish()
	out.Lint = &lint
	return out
}

// placed names files from the root of the tree, as tools do not that print absolute names.
func placed(l *report.Lint) *report.Lint {
	for i := range l.Findings {
		l.Findings[i].Path = strings.TrimPrefix(strings.TrimPrefix(l.Findings[i].Path, sandbox.TreeFolder+"/"), "./")
	}
	return l
}

// lastLines are the last lines that a tool wrote, as one line.
func lastLines(r sandbox.Result) string {
	text := strings.TrimSpace(string(r.Stderr))
	if text == "" {
		text = strings.TrimSpace(string(r.Stdout))
	}
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	return "; its last lines: " + strings.ToValidUTF8(strings.Join(lines[max(0, len(lines)-5):], " / "), "?")
}
