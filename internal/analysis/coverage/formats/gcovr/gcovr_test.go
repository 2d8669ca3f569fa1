package gcovr

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"gcovr", `{"gcovr/format_version":"0.6","files":[{"file":"src/a.cc","lines":[{"line_number":1,"count":2,` +
		`"branches":[],"gcovr/noncode":false},{"line_number":2,"count":1,"branches":[{"count":1,"fallthrough":true,` +
		`"throw":false},{"count":0,"fallthrough":false,"throw":false}]},{"line_number":3,"count":0,"branches":[]},` +
		`{"line_number":4,"count":0,"gcovr/noncode":true},{"line_number":5,"count":1,"branches":[{"count":0,` +
		`"gcovr/excluded":true}]}],"functions":[]}]}`, "src/a.cc: 1 hit, 2 partial, " +
		"3 miss, 5 hit", ""},
	{"gcov's own",
		`{"format_version":"1","gcc_version":"12.2.0","current_working_directory":"/b","data_file":"a.gcda",` +
			`"files":[{"file":"a.c","functions":[],"lines":[{"line_number":3,"function_name":"f","count":7,` +
			`"unexecuted_block":false,"branches":[]}]}]}`, "a.c: 3 hit", ""},
	{"nothing of it", `{"files":[]}`, "", "gcovr/format_version"},
	{"empty", `{}`, "", "gcovr/format_version"},
	{"a line", `{"gcovr/format_version":"0.6","files":[{"file":"a","lines":[{"line_number":-1,"count":1}]}]}`, "", "a line is between"},
	{"a count", `{"gcovr/format_version":"0.6","files":[{"file":"a","lines":[{"line_number":1}]}]}`, "", "is no number"},
	{"more behind it", `{"gcovr/format_version":"0.6","files":[]} x`, "", "follows behind"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }
