package settings

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
)

// TestDemote: only auto takes the power to block, an owner's one line gives it back, and a floor holds above both.
func TestDemote(t *testing.T) {
	noisy := []change.NoisyRule{{Rule: "size/too-large", Decided: 60, Unwanted: 30}}
	for name, c := range map[string]struct {
		file     string
		want     finding.Mode
		proposes bool
	}{
		"by default it is proposed": {"", finding.Enforce, true},
		"off":                       {"demote: off\n", finding.Enforce, false},
		"auto":                      {"demote: auto\n", finding.Warn, true},
		"auto, undone in one line":  {"demote: auto\nrules: { size/too-large: { demote: off } }\n", finding.Enforce, false},
		"auto, and another's line":  {"demote: auto\nrules: { size/too-many-files: { demote: off } }\n", finding.Warn, true},
		"auto, and it warns anyway": {"demote: auto\nrules: { size/too-large: { mode: shadow } }\n", finding.Shadow, true},
	} {
		content := []byte("version: 1\nsize: { mode: enforce }\n" + c.file)
		file := change.File{Path: Path, Blob: "b", Size: int64(len(content)), Content: content}
		r := Resolve(change.Controls{Files: map[string]change.File{Path: file}, Noisy: noisy}, nil, nil)
		if got := r.Settings.ModeOf("size", "size/too-large", ""); got != c.want || len(r.Errors) > 0 {
			t.Errorf("%s: %s, want %s; %v", name, got, c.want, r.Errors)
		}
		if got := r.Settings.Proposes("size/too-large"); got != c.proposes {
			t.Errorf("%s: proposes %t", name, got)
		}
		if got := r.Settings.ModeOf("size", "size/files", ""); got != finding.Enforce {
			t.Errorf("%s: another rule is in %s", name, got)
		}
		demoted := strings.Contains(string(Canonical(r.Settings)), `"demoted":["size/too-large"]`)
		if demoted != (strings.Contains(c.file, "auto") && c.proposes) {
			t.Errorf("%s: the evidence is %s", name, Canonical(r.Settings))
		}
		r.Settings.Least = map[string]finding.Mode{"size": finding.Enforce}
		if got := r.Settings.ModeOf("size", "size/too-large", ""); got != finding.Enforce {
			t.Errorf("%s: under a floor it is in %s", name, got)
		}
	}
}
