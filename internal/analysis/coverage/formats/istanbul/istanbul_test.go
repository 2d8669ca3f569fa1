package istanbul

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"statements", "{\"/w/a.js\":{\"path\":\"/w/a.js\",\"statementMap\":{\"0\":{\"start\":{\"line\":1,\"column\":0},\"en" +
		"d\":{\"line\":3,\"column\":1}},\"1\":{\"start\":{\"line\":2,\"column\":0},\"end\":{\"line\":2,\"column\":9}},\"" +
		"2\":{\"start\":{\"line\":2,\"column\":10},\"end\":{\"line\":2,\"column\":19}},\"3\":{\"start\":{\"line\":4,\"co" +
		"lumn\":0},\"end\":{\"line\":4,\"column\":1}}},\"fnMap\":{},\"branchMap\":{},\"s\":{\"0\":1,\"1\":0,\"2\":5,\"3" +
		"\":0},\"f\":{},\"b\":{}}}", "/w/a.js: 1-2 hit, 4 miss", ""},
	{"branches", "{\"a.js\":{\"statementMap\":{\"0\":{\"start\":{\"line\":1}},\"1\":{\"start\":{\"line\":2}},\"2\":{\"st" +
		"art\":{\"line\":3}}},\"s\":{\"0\":1,\"1\":1,\"2\":0},\"branchMap\":{\"0\":{\"loc\":{\"start\":{\"line\":1}},\"t" +
		"ype\":\"if\"},\"1\":{\"loc\":{\"start\":{\"line\":2}},\"line\":9},\"2\":{\"line\":3}},\"b\":{\"0\":[1,0],\"1\":" +
		"[0,0],\"2\":[0,0]}}}", "a.js: 1-2 partial, 3 miss", ""},
	{"data, skip, no place",
		"{\"a.js\":{\"data\":{\"path\":\"b.js\",\"statementMap\":{\"0\":{\"start\":{\"line\":1},\"skip\":true},\"1\":{\"" +
			"start\":{\"line\":null}},\"2\":{\"start\":{\"line\":3}}},\"s\":{\"0\":0,\"1\":1,\"2\":2}}}}", "b.js: 3 hit", ""},
	{"a default argument",
		`{"a.js":{"statementMap":{"0":{"start":{"line":1}}},"s":{"0":3},"branchMap":{"0":{"loc":{"start":{"line":1}},` +
			`"type":"default-arg"}},"b":{"0":[0]}}}`, "a.js: 1 partial", ""},
	{"nothing", "{}", "", "no file"},
	{"another JSON", "{\"a\":{\"x\":1}}", "", "no statementMap"},
	{"a negative line", "{\"a\":{\"statementMap\":{\"0\":{\"start\":{\"line\":-1}}},\"s\":{\"0\":1}}}", "", "the line number"},
	{"half a line", "{\"a\":{\"statementMap\":{\"0\":{\"start\":{\"line\":1.5}}},\"s\":{\"0\":1}}}", "", "the line number"},
	{"NaN", "{\"a\":{\"statementMap\":{\"0\":{\"start\":{\"line\":1}}},\"s\":{\"0\":NaN}}}", "", "byte"},
	{"cut", "{\"a\":{", "", "byte"},
}

// TestRead holds the reader to each report of the table.
func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }
