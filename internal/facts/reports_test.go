package facts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

func TestExpectReports(t *testing.T) {
	unit := settings.Expected{Kind: "coverage", Flag: "unit", Job: "test"}
	web := settings.Expected{Kind: "lint", Flag: "web", Paths: []string{"/web/", "*.css"}, Required: true}
	check := settings.Expected{Kind: "lint", Flag: "gofmt", Check: true}
	arrived := func(kind report.Kind, flag string) report.Report { return report.Report{Kind: kind, Flag: flag} }
	files := func(paths ...string) []diff.File {
		var out []diff.File
		for _, p := range paths {
			out = append(out, diff.File{Path: p})
		}
		return out
	}
	for name, tc := range map[string]struct {
		set     settings.Reports
		files   []diff.File
		total   int // 0: all
		reports []report.Report
		kind    change.Kind
		closed  string
		want    string // expected / missing / closed
	}{
		"nothing expected":               {want: " /  / complete"},
		"nothing expected, some arrived": {reports: []report.Report{arrived("coverage", "unit")}, want: " /  / complete"},
		"not there": {
			set:  settings.Reports{Expect: []settings.Expected{unit}},
			want: "coverage unit / coverage unit / ",
		},
		"there": {
			set:     settings.Reports{Expect: []settings.Expected{unit}},
			reports: []report.Report{arrived("coverage", "unit")},
			want:    "coverage unit /  / complete",
		},
		"another flag": {
			set:     settings.Reports{Expect: []settings.Expected{unit}},
			reports: []report.Report{arrived("coverage", "")},
			want:    "coverage unit / coverage unit / ",
		},
		"another kind": {
			set:     settings.Reports{Expect: []settings.Expected{unit}},
			reports: []report.Report{arrived("lint", "unit")},
			want:    "coverage unit / coverage unit / ",
		},
		"of the base": {
			set:     settings.Reports{Expect: []settings.Expected{unit}},
			reports: []report.Report{{Kind: "coverage", Flag: "unit", Base: true}},
			want:    "coverage unit / coverage unit / ",
		},
		"unreadable": {
			set:     settings.Reports{Expect: []settings.Expected{unit}},
			reports: []report.Report{{Kind: "coverage", Flag: "unit", Problem: "line 3"}},
			want:    "coverage unit / coverage unit (line 3) / ",
		},
		"unreadable, and then readable": {
			set:     settings.Reports{Expect: []settings.Expected{unit}},
			reports: []report.Report{{Kind: "coverage", Flag: "unit", Problem: "line 3"}, arrived("coverage", "unit")},
			want:    "coverage unit /  / complete",
		},
		"some of its parts": {
			set:     settings.Reports{Expect: []settings.Expected{{Kind: "coverage", Flag: "unit", Parts: 3}}},
			reports: []report.Report{arrived("coverage", "unit"), arrived("coverage", "unit")},
			want:    "coverage unit 2/3 / coverage unit 2/3 / ",
		},
		"all of its parts": {
			set:     settings.Reports{Expect: []settings.Expected{{Kind: "coverage", Flag: "unit", Parts: 2}}},
			reports: []report.Report{arrived("coverage", "unit"), arrived("coverage", "unit")},
			want:    "coverage unit 2/2 /  / complete",
		},
		"the deadline": {
			set:    settings.Reports{Expect: []settings.Expected{unit}},
			closed: Deadline,
			want:   "coverage unit / coverage unit / deadline",
		},
		"all there after the deadline": {
			set:     settings.Reports{Expect: []settings.Expected{unit}},
			closed:  Deadline,
			reports: []report.Report{arrived("coverage", "unit")},
			want:    "coverage unit /  / complete",
		},
		"CI is done, one is missing": {
			set:    settings.Reports{Expect: []settings.Expected{unit}},
			closed: Finalised,
			want:   "coverage unit / coverage unit / finalised",
		},
		"all there, CI's word is awaited": {
			set:     settings.Reports{Expect: []settings.Expected{unit}, Finalise: true},
			reports: []report.Report{arrived("coverage", "unit")},
			want:    "coverage unit /  / ",
		},
		"all there, CI gave its word": {
			set:     settings.Reports{Expect: []settings.Expected{unit}, Finalise: true},
			closed:  Finalised,
			reports: []report.Report{arrived("coverage", "unit")},
			want:    "coverage unit /  / complete",
		},
		"all there, CI never gave it": {set: settings.Reports{Finalise: true}, closed: Deadline, want: " /  / deadline"},
		"paths that are not touched": {
			set:   settings.Reports{Expect: []settings.Expected{web}},
			files: files("api/a.go", "websites/b.go"),
			want:  " /  / complete",
		},
		"paths that are touched": {
			set:   settings.Reports{Expect: []settings.Expected{web}},
			files: files("api/a.go", "web/b.ts", "x/y.css"),
			want:  "lint web because web/b.ts,x/y.css required / lint web because web/b.ts,x/y.css required / ",
		},
		"many files": {
			set:   settings.Reports{Expect: []settings.Expected{web}},
			files: files("web/1", "web/2", "web/3", "web/4", "web/5", "web/6", "web/7"),
			want: "lint web because web/1,web/2,web/3,web/4,web/5+2 required / lint web because " +
				"web/1,web/2,web/3,web/4,web/5+2 required / ",
		},
		"moved out of the paths": {
			set:   settings.Reports{Expect: []settings.Expected{web}},
			files: []diff.File{{Path: "api/a.go", OldPath: "web/a.go"}},
			want:  "lint web because web/a.go required / lint web because web/a.go required / ",
		},
		"files that were not read": {
			set:   settings.Reports{Expect: []settings.Expected{web}},
			files: files("api/a.go"),
			total: 2,
			want:  "lint web required / lint web required / ",
		},
		"a check that has not run": {
			set:  settings.Reports{Expect: []settings.Expected{check}},
			want: "lint gofmt check / lint gofmt check / ",
		},
		"a check that ran": {
			set:     settings.Reports{Expect: []settings.Expected{check}},
			reports: []report.Report{{Kind: "lint", Flag: "gofmt", Check: "gofmt"}},
			want:    "lint gofmt check /  / complete",
		},
		"a report of CI is no result of a check": {
			set:     settings.Reports{Expect: []settings.Expected{check}},
			reports: []report.Report{arrived("lint", "gofmt")},
			want:    "lint gofmt check / lint gofmt check / ",
		},
		"the result of a check is no report of CI": {
			set:     settings.Reports{Expect: []settings.Expected{{Kind: "lint", Flag: "gofmt"}}},
			reports: []report.Report{{Kind: "lint", Flag: "gofmt", Check: "gofmt"}},
			want:    "lint gofmt / lint gofmt / ",
		},
		"a check that failed is not waited for": {
			set:     settings.Reports{Expect: []settings.Expected{check}},
			reports: []report.Report{{Kind: "lint", Flag: "gofmt", Check: "gofmt", Problem: "status 2"}},
			want:    "lint gofmt check / lint gofmt check (status 2) / complete",
		},
		"a check that failed after it ran": {
			set: settings.Reports{Expect: []settings.Expected{check}},
			reports: []report.Report{{Kind: "lint", Flag: "gofmt", Check: "gofmt"},
				{Kind: "lint", Flag: "gofmt", Check: "gofmt", Problem: "x"}},
			want: "lint gofmt check / lint gofmt check (x) / complete",
		},
		"CI's word does not end a check": {
			set:    settings.Reports{Expect: []settings.Expected{unit, check}},
			closed: Finalised,
			want:   "coverage unit; lint gofmt check / coverage unit; lint gofmt check / ",
		},
		"CI's word, and the check has run": {
			set:     settings.Reports{Expect: []settings.Expected{unit, check}},
			closed:  Finalised,
			reports: []report.Report{{Kind: "lint", Flag: "gofmt", Check: "gofmt"}},
			want:    "coverage unit; lint gofmt check / coverage unit / finalised",
		},
		"the deadline ends a check": {
			set:    settings.Reports{Expect: []settings.Expected{check}},
			closed: Deadline,
			want:   "lint gofmt check / lint gofmt check / deadline",
		},
		"a merge group does not wait": {
			set:  settings.Reports{Expect: []settings.Expected{unit}},
			kind: change.MergeGroup,
			want: "coverage unit / coverage unit / deadline",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &change.Snapshot{Kind: tc.kind, Files: tc.files, FilesTotal: len(tc.files), Reports: tc.reports, ReportsClosed: tc.closed}
			if tc.total != 0 {
				s.FilesTotal = tc.total
			}
			got := ExpectReports(s, tc.set)
			if said := told(got.Expected) + " / " + told(got.Missing) + " / " + got.Closed; said != tc.want {
				t.Errorf("got  %s\nwant %s", said, tc.want)
			}
		})
	}
}

func told(list []ExpectedReport) string {
	var all []string
	for _, e := range list {
		text := fmt.Sprintf("%s %s", e.Kind, e.Flag)
		if e.Check {
			text += " check"
		}
		if e.Parts > 1 {
			text += fmt.Sprintf(" %d/%d", e.Have, e.Parts)
		}
		if len(e.Because) > 0 {
			text += " because " + strings.Join(e.Because, ",")
		}
		if e.BecauseMore > 0 {
			text += fmt.Sprintf("+%d", e.BecauseMore)
		}
		if e.Required {
			text += " required"
		}
		if e.Problem != "" {
			text += " (" + e.Problem + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}
