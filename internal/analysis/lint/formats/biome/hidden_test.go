package biome

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

// TestHidden holds that what Biome found and did not print is not taken for nothing.
func TestHidden(t *testing.T) {
	c := report.NewLintCollector()
	in := `{"summary":{"errors":7,"diagnosticsNotPrinted":9},"diagnostics":[{"category":"x","severity":"error",` +
		`"message":"m","location":{"path":"a"}}]}`
	if err := Read(strings.NewReader(in), c); err != nil {
		t.Fatal(err)
	}
	if l := c.Finish(); fmt.Sprint(l.More, l.Rest) != "9 [{biome  error 6} {biome  warning 3}]" || len(l.Notes) != 1 {
		t.Errorf("%d %v %v", l.More, l.Rest, l.Notes)
	}
}
