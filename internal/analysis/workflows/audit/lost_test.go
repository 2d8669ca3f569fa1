package audit

import (
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// TestLostExpressions bounds how often a file is read for expressions that stand in it otherwise; they are judged all the same.
func TestLostExpressions(t *testing.T) {
	a := &auditor{file: newFile([]byte("a\n"), 0)}
	text := strings.Repeat("${{ 1 }}", 2*maxLost) + "${{ toJSON(secrets) }}"
	a.inTexts(&actionlint.String{Value: text, Pos: &actionlint.Pos{Line: 1}})
	if a.lost != maxLost || len(a.found) == 0 {
		t.Errorf("%d searches, %d findings", a.lost, len(a.found))
	}
}
