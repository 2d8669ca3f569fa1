// Package reportfile reads the reports of CI that a person names by --report.
//
// Callers may rely on: a file that does not exist is an error of the person; a file that cannot be understood is a
// report with that problem, which the rules judge as they judge it on the server.
package reportfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/lintel-review/lintel/internal/formats"
	ci "github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Read reads the files of --report, each named as "KIND:FORMAT:PATH[,flag=NAME][,base]".
func Read(ctx context.Context, values []string) ([]ci.Report, error) {
	var out []ci.Report
	for _, value := range values {
		f, err := parseFlag(value)
		if err != nil {
			return nil, &usage.Error{
				What:   "--report " + err.Error(),
				Remedy: "write it as coverage:lcov:lcov.info, and ,flag=NAME or ,base behind it where needed",
			}
		}
		r, err := terminal.Await(ctx, func() (ci.Report, error) { return readOne(f) })
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func readOne(f reportFlag) (ci.Report, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return ci.Report{}, terminal.Unreadable("--report", f.path, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return ci.Report{}, terminal.Unreadable("--report", f.path, errors.New("it is a folder"))
	}
	var r ci.Report
	plain, err := ci.Unpack(file, ci.MaxPacked, ci.MaxBytes)
	if err == nil {
		r, err = formats.Parser{}.Parse(f.kind, f.format, plain, ci.MaxBytes)
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return ci.Report{}, terminal.Unreadable("--report", f.path, failed)
	}
	if err != nil {
		// What was read of it until then is not evidence.
		r = ci.Report{Format: f.format, Problem: err.Error()}
	}
	// Whoever runs the command made the numbers, and is the only one who reads the verdict.
	r.Kind, r.Flag, r.Base, r.Source, r.Trust = f.kind, f.flag, f.base, f.path, ci.FullTrust
	return r, nil
}

// Unusable is the error of the first report that could not be understood; nil when all could.
func Unusable(reports []ci.Report) error {
	for _, r := range reports {
		if r.Problem != "" && r.Check == "" { // of a check the verdict speaks
			return &usage.Error{
				What: fmt.Sprintf("--report: %q could not be understood, so the change was not judged by it: %.300s", r.Source,
					r.Problem),
				Remedy: "name the right file, and its format in the place of auto; see docs/reports.md"}
		}
	}
	return nil
}
