// Package toolcall is one call of a tool of the catalogue: the job that a sandbox runs, and the report that its result is.
//
// Callers may rely on: a tool that crashed, was killed or left no report is a tool that failed, with its last lines, and
// never one without findings; no name of a file is an option of the tool.
package toolcall

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
)

// Call is one run of a tool on a tree.
type Call struct {
	Tool catalogue.Tool
	// Image is as in sandbox.Job.
	Image string
	// Path are folders that come before the usual ones in the tool's PATH, Env its other variables.
	Path []string
	Env  map[string]string
	// Tree is an absolute folder. Files are paths in it, for a tool that takes files.
	Tree   string
	Files  []string
	Limits sandbox.Limits
}

// stderrTail is how much of a report on standard error is kept, and of what may stand there that makes another one void.
const stderrTail = 1 << 20

// Job is what a sandbox runs.
func (c Call) Job() sandbox.Job {
	env := maps.Clone(c.Env)
	if env == nil {
		env = map[string]string{}
	}
	if len(c.Path) > 0 {
		env["PATH"] = strings.Join(append(slices.Clone(c.Path), "/usr/local/bin", "/usr/bin", "/bin"), ":")
	}
	job := sandbox.Job{
		Image:  c.Image,
		Argv:   slices.Clone(c.Tool.Argv),
		Env:    env,
		Tree:   c.Tree,
		Report: sandbox.Stdout,
		Limits: c.Limits,
	}
	for i, a := range job.Argv {
		job.Argv[i] = strings.ReplaceAll(a, catalogue.ReportPath, sandbox.WorkFolder+"/"+string(c.Tool.Report))
	}
	if c.Tool.TakesFiles {
		for _, f := range c.Files {
			job.Argv = append(job.Argv, "./"+f) // no name begins with a dash
		}
	}
	switch c.Tool.Report {
	case catalogue.Stdout:
	case catalogue.Stderr:
		job.Report = ""
	default:
		job.Report = string(c.Tool.Report)
	}
	if c.Tool.Report == catalogue.Stderr || c.Tool.MayHalt() {
		job.Limits.Tail = stderrTail
	}
	return job
}

// Meant are the paths of the changed files that a tool is for, as they are named at the head.
func Meant(tool catalogue.Tool, files []diff.File) []string {
	match, _ := language.ParseIgnore(tool.Paths) // the catalogue's own patterns are right
	var out []string
	for _, f := range files {
		if f.Blob != "" && match.Match(f.Path) != "" {
			out = append(out, f.Path)
		}
	}
	return out
}

// Read makes a report of a run; source says where it comes from.
func Read(tool catalogue.Tool, source string, r sandbox.Result) report.Report {
	out := report.Report{
		Kind:   report.LintKind,
		Format: tool.Format,
		Flag:   strings.ReplaceAll(tool.Name, " ", "-"),
		Source: source,
		Trust:  report.FullTrust,
	}
	got, why := read(tool, report.LintKind, r)
	if why == "" {
		out.Lint = got.Lint
		return out
	}
	c := report.NewLintCollector()
	if err := c.Fail(tool.Name, fmt.Sprintf("%s (%s)%s", why, r.Ended, lastLines(r))); err != nil {
		out.Problem = err.Error()
		return out
	}
	failed := c.Finish()
	out.Lint = &failed
	return out
}

// read gives what a run found, or why it found nothing that counts.
func read(tool catalogue.Tool, kind report.Kind, r sandbox.Result) (got report.Report, why string) {
	if r.Ended != sandbox.Finished {
		return got, cmp.Or(r.Why, string(r.Ended))
	}
	written := r.Report
	if tool.Report == catalogue.Stderr {
		written = r.Stderr
	}
	got, err := formats.Parser{}.Parse(kind, tool.Format, bytes.NewReader(written), report.MaxBytes)
	switch {
	case tool.Report == catalogue.Stderr && len(written) >= stderrTail:
		return got, "its report is longer than what is kept of standard error"
	case r.ReportState == sandbox.Truncated || r.ReportState == sandbox.Missing:
		return got, fmt.Sprintf("its report is %s", r.ReportState)
	case err != nil && tool.Crashed(r.Exit, 0) || err == nil && tool.Crashed(r.Exit, findings(got)):
		return got, fmt.Sprintf("it ended with status %d", r.Exit)
	case err != nil:
		return got, "its report cannot be read: " + err.Error()
	case tool.Partial(written), tool.Halted(r.Stderr), tool.MayHalt() && len(r.Stderr) >= stderrTail:
		return got, "it could not look at everything"
	}
	placed(got.Lint)
	return got, ""
}

// findings counts those of a lint report; a report of coverage finds nothing, so any other status than 0 is a crash.
func findings(r report.Report) int {
	if r.Lint == nil {
		return 0
	}
	return len(r.Lint.Findings) + r.Lint.More
}

// placed names files from the root of the tree, as tools do not that print absolute names.
func placed(l *report.Lint) {
	if l == nil {
		return
	}
	for i := range l.Findings {
		l.Findings[i].Path = strings.TrimPrefix(strings.TrimPrefix(l.Findings[i].Path, sandbox.TreeFolder+"/"), "./")
	}
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
