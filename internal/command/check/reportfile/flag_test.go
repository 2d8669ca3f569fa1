//race:unwatched
package reportfile

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseFlag(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"coverage:go:coverage.out":               "{coverage go coverage.out  false}",
		"coverage:lcov:unit.info,flag=unit,base": "{coverage lcov unit.info unit true}",
		"coverage:auto:a,b.info,base,flag=e2e":   "{coverage auto a,b.info e2e true}",
		`coverage:cobertura:C:\out\cov.xml`:      `{coverage cobertura C:\out\cov.xml  false}`,
		"lint:sarif:out,flag=.sarif":             "{lint sarif out .sarif false}",
		"lint:auto:-":                            "{lint auto -  false}",
		"coverage:go:":                           "is not KIND:FORMAT:PATH",
		"coverage:go":                            "is not KIND:FORMAT:PATH",
		"coverage:go:,base":                      "names no file",
		"smoke:go:x":                             `no kind of report "smoke"`,
		"lint:lcov:x":                            `no format "lcov" for lint`,
	} {
		got, err := parseFlag(value)
		if read := fmt.Sprint(got); err == nil && read != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %s, %v; want %s", value, read, err, want)
		}
	}
}
