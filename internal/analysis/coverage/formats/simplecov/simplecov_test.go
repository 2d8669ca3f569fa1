package simplecov

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"suites", "{\"RSpec\":{\"coverage\":{\"/w/a.rb\":{\"lines\":[1,0,null,\"ignored\",0]}},\"timestamp\":1},\"Cucumber" +
		"\":{\"coverage\":{\"/w/a.rb\":{\"lines\":[0,0,null,1,3]}},\"timestamp\":1}}", "/w/a.rb: 1 hit, 2 miss, 4-5 hit", ""},
	{"the older form", "{\"RSpec\":{\"coverage\":{\"a.rb\":[null,2,0]}}}", "a.rb: 2 hit, 3 miss", ""},
	{"the formatter", "{\"meta\":{\"simplecov_version\":\"0.21\"},\"coverage\":{\"/w/a.rb\":{\"lines\":[null,1],\"branch" +
		"es\":[]}},\"groups\":{}}", "/w/a.rb: 2 hit", ""},
	{"a list of files", "{\"timestamp\":1,\"files\":[{\"filename\":\"a.rb\",\"covered_percent\":50.0,\"coverage\":[1,0]}" +
		",{\"filename\":\"b.rb\",\"coverage\":{\"lines\":[null]}}]}", "a.rb: 1 hit, 2 miss b.rb:", ""},
	{"branches", `{"RSpec":{"coverage":{"a.rb":{"lines":[1,0,4,null,null,0],"branches":{"[:if, 0, 1, 6, 5, ` +
		`10]":{"[:then, 1, 2, 1, 2, 9]":0,"[:else, 2, 4, 1, 4, 9]":3},"[:case, 3, 3, 1, 3, 9]":{"[:when, 4, 3, 1, 3, ` +
		`2]":1,"[:else, 5, 3, 1, 3, 2]":1}}}}}}`, "a.rb: 1 partial, 2 miss, 3 hit, 6 miss", ""},
	{"suites that take the other branch",
		`{"A":{"coverage":{"a.rb":{"lines":[1],"branches":{"[:if, 0, 1, 6, 5, 10]":{"[:then, 1, 2, 1, 2, 9]":0,"[:else, ` +
			`2, 4, 1, 4, 9]":3}}}}},"B":{"coverage":{"a.rb":{"lines":[1],"branches":{"[:if, 0, 1, 6, 5, 10]":{"[:then, ` +
			`1, 2, 1, 2, 9]":1,"[:else, 2, 4, 1, 4, 9]":0}}}}}}`, "a.rb: 1 hit", ""},
	{"the formatter's branches",
		`{"meta":{"simplecov_version":"0.22"},"coverage":{"a.rb":{"lines":[1,1,null,0],"branches":[{"type":"then",` +
			`"start_line":2,"end_line":2,"coverage":1,"inline":false},{"type":"else","start_line":4,"end_line":4,` +
			`"coverage":0,"inline":false},{"type":"when","start_line":2,"end_line":2,"coverage":"ignored","inline":true}]}}}`,
		"a.rb: 1 partial, 2 hit, 4 " +
			"miss", ""},
	{"simplecov-json",
		`{"timestamp":1,"command_name":"RSpec","files":[{"filename":"/w/a.rb","covered_percent":50.0,"coverage":[1,0,` +
			`null],"covered_strength":0.5,"covered_lines":1,"lines_of_code":2}],"metrics":{"covered_percent":50.0}}`,
		"/w/a.rb: 1 hit, 2 miss", ""},
	{"a condition without a place", `{"A":{"coverage":{"a.rb":{"lines":[1],"branches":{"[:if]":{"x":1}}}}}}`, "", "not named by"},
	{"nothing", "{}", "", "no \"coverage\""},
	{"a string", "{\"a\":{\"coverage\":{\"a.rb\":[1,\"x\"]}}}", "", "line 2: the count"},
	{"a number", "{\"a\":1}", "", "want an object"},
	{"NaN", "{\"a\":{\"coverage\":{\"a.rb\":[NaN]}}}", "", "byte"},
	{"cut", "{\"a\":{\"coverage\":{\"a.rb\":[1,", "", "too early"},
	{"negative", "{\"a\":{\"coverage\":{\"a.rb\":[-1,1e3]}}}", "a.rb: 1 miss, 2 hit", ""},
}

// TestRead holds the reader to each report of the table.
func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }
