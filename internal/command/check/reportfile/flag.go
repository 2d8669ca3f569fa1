package reportfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/formats"
	ci "github.com/lintel-review/lintel/internal/report"
)

// reportFlag is one "--report KIND:FORMAT:PATH[,flag=NAME][,base]".
type reportFlag struct {
	kind               ci.Kind
	format, path, flag string
	base               bool
}

// parseFlag reads a flag's value. Options are taken from its end, so that a path may have commas in it, and colons.
func parseFlag(value string) (reportFlag, error) {
	parts := strings.SplitN(value, ":", 3)
	if len(parts) < 3 || parts[2] == "" {
		return reportFlag{}, fmt.Errorf("%q is not KIND:FORMAT:PATH", value)
	}
	f := reportFlag{kind: ci.Kind(parts[0]), format: parts[1], path: parts[2]}
	known := formats.Names(f.kind)
	switch {
	case known == nil:
		return f, fmt.Errorf("%q: there is no kind of report %q; it is %s or %s", value, parts[0], ci.CoverageKind, ci.LintKind)
	case !slices.Contains(known, f.format):
		return f, fmt.Errorf("%q: there is no format %q for %s; it is one of %s", value, f.format, f.kind, strings.Join(known, ", "))
	}
	for {
		at := strings.LastIndexByte(f.path, ',')
		if at < 0 {
			return f, nil
		}
		option := f.path[at+1:]
		name, isFlag := strings.CutPrefix(option, "flag=")
		switch {
		case option == "base":
			f.base = true
		case isFlag && name != "":
			f.flag = name
		default:
			return f, nil
		}
		f.path = f.path[:at]
		if f.path == "" {
			return f, fmt.Errorf("%q names no file", value)
		}
	}
}
