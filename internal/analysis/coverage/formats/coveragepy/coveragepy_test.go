package coveragepy

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, in, want, problem string }{
		{"a file", "{\"meta\":{\"version\":\"7.6\",\"format\":3},\"files\":{\"pkg/a.py\":{\"executed_lines\":[1,2,5],\"summary\":{\"percent_covered\":66.6},\"missing_lines\":[3],\"excluded_lines\":[4],\"missing_branches\":[[5,7],[3,-1]]}},\"totals\":{}}", "pkg/a.py: 1-2 hit, 3 miss, 5 partial", ""},
		{"no lines", "{\"files\":{\"a.py\":{}}}", "", "no executed_lines"},
		{"no files", "{\"meta\":{}}", "", "no \"files\""},
		{"a list", "[]", "", "want an object"},
		{"cut", "{\"files\":{\"a.py\":{\"executed_lines\":[1", "", "ends too early"},
		{"NaN", "{\"files\":{\"a.py\":{\"executed_lines\":[NaN]}}}", "", "byte"},
		{"a negative line", "{\"files\":{\"a.py\":{\"executed_lines\":[-1]}}}", "", "a line is between"},
		{"more behind it", "{\"files\":{\"a.py\":{\"executed_lines\":[]}}} x", "", "follows behind"},
		{"a huge line", "{\"files\":{\"a.py\":{\"executed_lines\":[2000000000]}}}", "", "a line is between"},
		{"deep", strings.Repeat("[", 100000), "", "want an object"},
		{"deep inside", `{"files":{"a":` + strings.Repeat("[", 100000), "", "byte"},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := report.NewCollector()
			err := Read(strings.NewReader(c.in), collector)
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) || len(err.Error()) > 600 {
					t.Fatalf("got %.600v, want %q", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Trim(fmt.Sprint(collector.Finish().Files), "[]")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"{\"meta\":{\"version\":\"7.6\",\"format\":3},\"files\":{\"pkg/a.py\":{\"executed_lines\":[1,2,5],\"summary\":{\"percent_covered\":66.6},\"missing_lines\":[3],\"excluded_lines\":[4],\"missing_branches\":[[5,7],[3,-1]]}},\"totals\":{}}", "{\"files\":{\"a.py\":{}}}", "{\"meta\":{}}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		collector := report.NewCollector()
		if err := Read(bytes.NewReader(in), collector); err != nil {
			return
		}
		for _, file := range collector.Finish().Files {
			last := 0
			for _, l := range file.Lines {
				if l.From <= last || l.To < l.From || l.To > report.MaxLine || l.State == report.Unmeasured {
					t.Fatalf("%v", file)
				}
				last = l.To
			}
		}
	})
}
