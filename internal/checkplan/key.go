package checkplan

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// Input is one file that a check may look at: its path and its object id.
type Input struct {
	Path, Blob string
}

// keyVersion changes when equal keys would no longer mean equal results.
const keyVersion = 1

// Key names the result of an item: equal keys, equal results. The digest of the tool is that of the image, or of the
// program with what belongs to it. The inputs are those of Inputs, in any order. Time, memory and processors are not in
// it: a result that they brought about is never kept. Nor
// is the name of the check.
func Key(i Item, toolDigest string, inputs []Input) string {
	sorted := slices.Clone(inputs)
	slices.SortFunc(sorted, func(a, b Input) int { return strings.Compare(a.Path+"\x00"+a.Blob, b.Path+"\x00"+b.Blob) })
	c := i.Check
	return text.DigestJSON(struct {
		Version             int
		Tool, Image, Digest string
		Argv, Files         []string
		Inputs              string
		Report              settings.CheckReport
		Cache               string
		Seen                []Input
	}{keyVersion, c.Tool, i.Image, toolDigest, i.argv(), i.given(sorted), c.Inputs, c.Report, c.Cache, sorted})
}

// Inputs are those files of a tree that the result may depend on: for a tool that works by file the files that it is
// given and its own settings, else all.
func (i Item) Inputs(tree []Input) []Input {
	if !i.tool.PerFile {
		return tree
	}
	var out []Input
	for _, f := range tree {
		if i.givenFile(f.Path) || i.reads.Match(f.Path) != "" {
			out = append(out, f)
		}
	}
	return out
}

// PerFile reports whether what the check says of one file depends on that file and the tool's settings alone.
func (i Item) PerFile() bool { return i.tool.PerFile }

func (i Item) givenFile(path string) bool {
	if i.Check.Inputs == settings.InputsChanged {
		_, found := slices.BinarySearch(i.Files, path)
		return found
	}
	return i.For(path)
}

// given are the files behind the arguments, as the tree has them.
func (i Item) given(tree []Input) []string {
	var out []string
	if i.Check.Inputs == settings.InputsChanged {
		return i.Files
	}
	if i.tool.TakesFiles {
		for _, f := range tree {
			if i.For(f.Path) {
				out = append(out, f.Path)
			}
		}
	}
	return out
}

// argv is the program and its arguments, without files.
func (i Item) argv() []string {
	argv := i.Check.Run
	if i.Check.Tool != "" {
		argv = i.tool.Argv
	}
	out := slices.Clone(argv)
	for k, a := range out {
		out[k] = strings.ReplaceAll(a, catalogue.ReportPath, sandbox.WorkFolder+"/"+i.Check.Report.Path)
	}
	return out
}

// stderrReport is the most bytes of a report on standard error.
const stderrReport = 1 << 20

// Job is one run of the item on a folder that holds the tree. The files of the tree are needed for tools that are given
// all of them; others take nil. The caller sets limits that are the machine's: processes, disk, output.
func (i Item) Job(folder string, tree []Input) sandbox.Job {
	job := sandbox.Job{
		Image:  i.Image,
		Argv:   i.argv(),
		Tree:   folder,
		Report: i.Check.Report.Path,
		Limits: sandbox.DefaultLimits(),
	}
	for _, path := range i.given(tree) {
		job.Argv = append(job.Argv, "./"+path) // no name begins with a dash
	}
	job.Limits.Deadline, job.Limits.CPU = i.Check.Deadline(), i.Check.CPU
	job.Limits.Memory = int64(i.Check.Memory) << 20
	switch catalogue.Place(i.Check.Report.Path) {
	case catalogue.Stdout:
		job.Report = sandbox.Stdout
	case catalogue.Stderr:
		job.Report, job.Limits.Tail = "", stderrReport
	}
	return job
}
