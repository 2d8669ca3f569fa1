// Package catalogue is what Lintel knows of tools that it may run on a change: how to call one, which report it writes,
// and what its exit status means.
//
// Callers may rely on: a tool is called without a shell, with the files of the change behind its arguments where it
// takes files; an exit status that the tool does not document, and one that promises findings beside a report without
// any, mean that it crashed. Nothing here runs a tool.
package catalogue

import (
	"slices"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// ReportPath stands in arguments for the place where the tool must leave its report: whoever runs the tool knows the folder.
const ReportPath = "{report}"

// Tool is one entry of the catalogue.
type Tool struct {
	// Name is the word by which people choose it.
	Name string
	// Argv is the program and its arguments, ReportPath among them where Report is a file.
	// With TakesFiles the paths of files come behind them.
	Argv []string
	// TakesFiles is false for tools that read the tree on their own.
	TakesFiles bool
	// Sparse is true when the tool reads nothing but the files that it is given and its Settings.
	Sparse bool
	// Modes is true where such a tool also looks at whether files may be executed; one that is not Sparse may.
	Modes bool
	// Paths are gitignore-style patterns of the files that the tool is for.
	Paths []string
	// Settings are gitignore-style patterns of files of the tree by which the tool is set; for Sparse.
	Settings []string
	// Format is the report's, one of those of lint reports.
	Format string
	// Report is where the tool writes it.
	Report Place
	// clean are exit statuses of a run that did its work, whatever it found; found are those that promise findings.
	clean, found []int
	// findsAnyhow is true where every other exit status may stand for findings.
	findsAnyhow bool
	// byFile is as ByFile; nil is never.
	byFile func(settings map[string][]byte) bool
	// partial matches a report of a run that could not look at everything, whatever else it found.
	partial *lazyregexp.Regexp
	// halted matches what is left on standard error where the tool broke off, with the exit status of findings.
	halted *lazyregexp.Regexp
}

// Place is where a tool writes its report.
type Place string

// The places of reports. Any other Place is a path below the work folder.
const (
	Stdout Place = "stdout"
	Stderr Place = "stderr"
)

// Crashed reports whether a run that ended with this exit status, and with so many findings in its report, is no
// evidence: the tool did not do its work.
func (t Tool) Crashed(exit, findings int) bool {
	if slices.Contains(t.clean, exit) {
		return false
	}
	return !slices.Contains(t.found, exit) && !(t.findsAnyhow && exit > 0 && exit < 126) || findings == 0
}

// Program is a program that is not in the catalogue, called as its user says. Of its exit status only this is known: 0 is
// a run that did its work, another one is no evidence without findings in the report, and from 126 on it did not run or
// was killed.
func Program(name string, argv []string, takesFiles bool, format string, written Place) Tool {
	return Tool{
		Name: name, Argv: slices.Clone(argv), TakesFiles: takesFiles, Format: format, Report: written, clean: []int{0}, findsAnyhow: true,
	}
}

// Partial reports whether a report says that the tool could not look at everything, such as packages that do not
// compile. Its exit status is then that of findings, and those that it has prove nothing about the rest.
func (t Tool) Partial(report []byte) bool {
	return t.partial != nil && t.partial.Match(report)
}

// MayHalt reports whether standard error can say that the tool broke off. Then the whole of it counts.
func (t Tool) MayHalt() bool { return t.halted != nil }

// Halted reports whether the end of standard error is that of a tool that broke off. What it had found by then proves
// nothing about the files that it never reached.
func (t Tool) Halted(stderr []byte) bool {
	return t.halted != nil && t.halted.Match(stderr)
}

// Names are the names of all tools, sorted.
func Names() []string {
	out := make([]string, 0, len(tools))
	for _, t := range tools {
		out = append(out, t.Name)
	}
	slices.Sort(out)
	return out
}

// Find gives the tool of a name. The caller may change what it gets.
func Find(name string) (Tool, bool) {
	i := slices.IndexFunc(tools, func(t Tool) bool { return t.Name == name })
	if i < 0 {
		return Tool{}, false
	}
	t := tools[i]
	t.Argv, t.Paths, t.Settings = slices.Clone(t.Argv), slices.Clone(t.Paths), slices.Clone(t.Settings)
	return t, true
}
