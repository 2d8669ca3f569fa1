// Package output writes the report of a check where a person wants it, in the formats that they name.
package output

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/data"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/usage"
)

// Flags say how to report, and where.
type Flags struct {
	Format string   `enum:"${formats}" default:"text" help:"How to report: ${enum}."`
	Output string   `placeholder:"FILE" help:"Write the report to this file, whole or not at all, instead of standard output (-)."`
	Also   []string `placeholder:"FORMAT:FILE" sep:"none" help:"Also write the report in this format to this file; may be given again."`
}

// Writer writes reports.
type Writer struct {
	// format is that of the first report.
	format render.Format
	// file is empty for the terminal.
	file string
	also []further
}

// Writer reads the flags, before any work.
func (f Flags) Writer() (Writer, error) {
	format, err := render.ParseFormat(cmp.Or(f.Format, string(render.Text)))
	if err != nil {
		return Writer{}, err
	}
	also, err := furtherReports(f.Also)
	file := f.Output
	if file == "-" {
		file = ""
	}
	return Writer{format: format, file: file, also: also}, err
}

// ForPeople reports whether the report is text on standard output.
func (w Writer) ForPeople() bool { return w.format == render.Text && w.file == "" }

// Write writes a verdict where it is wanted. A report in a file leaves one line on the terminal, so that a job's log
// shows how it ended; so does one that has no place for the reason why nothing was judged.
func (w Writer) Write(v contract.Verdict, options data.Options, t terminal.Terminal) error {
	options.Version = reportVersion()
	for _, a := range w.also {
		if err := a.write(v, options); err != nil {
			return err
		}
	}
	if v.Conclusion == contract.Nothing && (w.file != "" || w.format == render.RDJSONL) {
		t.Notef("%s", v.Reason)
	}
	if w.file == "" {
		return render.Write(t.Out, w.format, v, render.Options{Color: t.Colour, Columns: t.Columns(), Data: options})
	}
	var b bytes.Buffer
	if err := render.Write(&b, w.format, v, render.Options{Data: options}); err != nil {
		return err
	}
	if err := terminal.WriteFile(w.file, b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	blocking := 0
	for _, f := range v.Findings {
		if f.Blocking {
			blocking++
		}
	}
	if v.Conclusion == contract.Nothing {
		return nil
	}
	if v.Conclusion == string(effect.Success) {
		t.Notef("passes; the report is in %q", w.file)
	} else {
		t.Notef("refused by %s; the report is in %q", text.Count(blocking, "finding"), w.file)
	}
	return nil
}

// reportVersion is the program's version for reports; a build that has none is named by its commit.
func reportVersion() string {
	v := build.Read()
	if v.Version == "(devel)" && v.Commit != "" {
		return "0.0.0-dev+" + change.Short(v.Commit)
	}
	return v.Version
}

// further is a report beside the one that was asked for first.
type further struct {
	format render.Format
	file   string
}

// furtherReports reads the values of --also, before any work.
func furtherReports(values []string) ([]further, error) {
	var all []further
	for _, value := range values {
		name, file, ok := strings.Cut(value, ":")
		format, err := render.ParseFormat(name)
		if !ok || err != nil || file == "" {
			return nil, &usage.Error{
				What:   fmt.Sprintf("--also %q names no format and file", value),
				Remedy: "write it as sarif:lintel.sarif; the formats are " + strings.Join(formatNames(), ", "),
			}
		}
		all = append(all, further{format, file})
	}
	return all, nil
}

func (f further) write(v contract.Verdict, o data.Options) error {
	var b bytes.Buffer
	if err := render.Write(&b, f.format, v, render.Options{Data: o}); err != nil {
		return err
	}
	if err := terminal.WriteFile(f.file, b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// formatNames are the names of the report's formats.
func formatNames() (all []string) {
	for _, f := range render.Formats() {
		all = append(all, string(f))
	}
	return all
}
