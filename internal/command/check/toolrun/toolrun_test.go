package toolrun

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/toolcall"
)

// TestFailed: a tool that failed is an error that says why, and one that did its work is none.
func TestFailed(t *testing.T) {
	t.Parallel()
	known, _ := catalogue.Find("shellcheck")
	clean := toolcall.Read(known, source+known.Name, sandbox.Result{Ended: sandbox.Finished, Report: []byte(`{"comments":[]}`)})
	crash := toolcall.Read(known, source+known.Name, sandbox.Refuse("no sandbox is set up"))
	if err := Failed([]report.Report{clean}); err != nil {
		t.Error(err)
	}
	if err := Failed([]report.Report{clean, crash}); err == nil || !strings.Contains(err.Error(), "no sandbox is set up") {
		t.Error(err)
	}
}

// TestUnknown: a name that the catalogue does not have is said to be none of its.
func TestUnknown(t *testing.T) {
	t.Parallel()
	if _, err := Open([]string{"rm"}); err == nil || !strings.Contains(err.Error(), `"rm"`) {
		t.Error(err)
	}
}
