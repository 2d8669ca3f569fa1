package ruff

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a safe fix", "[{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": " +
		"\"/w/a.py\", \"fix\": {\"applicability\": \"safe\", \"edits\": [{\"content\": \"\", \"end_location\": " +
		"{\"column\": 1, \"row\": 2}, \"location\": {\"column\": 1, \"row\": 1}}], \"message\": \"Remove\"}, " +
		"\"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, " +
		"\"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]",
		"/w/a.py:1:8-1:10 error ruff F401: `os` imported but unused [1:1-2:1 \"\"]", ""},
	{"an unsafe fix", "[{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, " +
		"\"filename\": \"/w/a.py\", \"fix\": {\"applicability\": \"unsafe\", \"edits\": [{\"content\": \"\", " +
		"\"end_location\": {\"column\": 1, \"row\": 2}, \"location\": {\"column\": 1, \"row\": 1}}], \"message\": " +
		"\"Remove\"}, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", " +
		"\"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]",
		"/w/a.py:1:8-1:10 error ruff F401: `os` imported but unused", ""},
	{"lines", "{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": " +
		"\"/w/a.py\", \"fix\": null, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but " +
		"unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}\n{\"cell\": null, " +
		"\"code\": \"E501\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": null, " +
		"\"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, " +
		"\"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}\n",
		"/w/a.py:1:8-1:10 error ruff F401: `os` imported but unused; /w/a.py:1:8-1:10 error ruff E501: `os` imported but unused", ""},
	{"syntax", `[{"cell": null, "code": null, "end_location": {"column": 10, "row": 1}, "filename": "/w/a.py", "fix": ` +
		`null, "location": {"column": 8, "row": 1}, "message": "SyntaxError: x", "noqa_row": 1, "url": ` +
		`"https://docs.astral.sh/ruff/rules/unused-import"}]`, "blind /w/a.py:1:8-1:10 error ruff invalid-syntax: SyntaxError: x", ""},
	{"syntax, newer", `[{"cell": null, "code": "invalid-syntax", "end_location": {"column": 10, "row": 1}, "filename": ` +
		`"/w/a.py", "fix": null, "location": {"column": 8, "row": 1}, "message": "Expected x", "noqa_row": 1, "url": null}]`,
		"blind /w/a.py:1:8-1:10 error ruff invalid-syntax: Expected x", ""},
	{"a notebook", "[{\"cell\": 3, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": " +
		"\"/w/a.py\", \"fix\": null, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but " +
		"unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]",
		"/w/a.py error ruff F401: `os` imported but unused", ""},
	{"nothing", "[]", "nothing of ruff", ""},
	{"no lines", " \n", "", "ruff did not run to its end"},
	{"empty", "", "", "ruff did not run to its end"},
	{"cfn-nag's", `[{"filename":"a.yml","file_results":{"failure_count":0,"violations":[]}}]`, "", "which each of ruff's has"},
	{"salt-lint's", `[{"id":"201","message":"m","filename":"a.sls","linenumber":3,"severity":"LOW"}]`, "", "which each of ruff's has"},
	{"an empty object", `{}`, "", "which each of ruff's has"},
	{"no filename", `[{"code":"F401"}]`, "", "without a filename"},
	{"a negative row", "[{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, " +
		"\"filename\": \"/w/a.py\", \"fix\": null, \"location\": {\"row\": -2, \"column\": 1}, \"message\": \"`os` " +
		"imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]", "",
		"the line or column -2"},
	{"behind", "[] []", "", "something follows"},
	{"cut", `[{"code":`, "", "ends too early"},
	{"text", "hello", "", "invalid character"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }
