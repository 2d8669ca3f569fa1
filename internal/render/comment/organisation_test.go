package comment

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
)

func TestOrganisationFloorIsNamed(t *testing.T) {
	v := Verdict{Snapshot: &change.Snapshot{}, Facts: &facts.Facts{}}
	if got := v.organisation(); got != "" {
		t.Errorf("without an organisation the check says %q", got)
	}
	v.Facts.Controls.Organisation = &facts.Organisation{File: "acme.yml"}
	if got := v.organisation(); got != "" {
		t.Errorf("with a floor that holds nothing the check says %q", got)
	}
	v.Facts.Controls.Organisation.Raised = []facts.Raised{
		{Key: "size.fail_over", Value: "1000", Line: 7},
		{Key: "coverage.flags.`@all`.patch", Value: `["<b>"]`, Line: 9},
	}
	v.Facts.Controls.Organisation.RaisedMore = 3
	got := v.organisation()
	want := "**The organisation's floor holds** 5 settings, by `acme.yml`: `size.fail_over` at `1000` (line 7), "
	if !strings.HasPrefix(got, want) || !strings.Contains(got, ", 3 more.") || strings.Contains(got, "`@all`") {
		t.Errorf("the check says %q, want it to begin with %q", got, want)
	}
}
