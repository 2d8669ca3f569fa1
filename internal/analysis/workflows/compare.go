package workflows

import (
	"github.com/lintel-review/lintel/internal/analysis/workflows/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// compared are the findings that only both sides together give: what a token may do more, and pins whose comment was left
// behind. Equal ones of the head alone are among the fresh ones already.
func compared(s *change.Snapshot, changed *diff.File, kind string, head []byte, fresh []audit.Finding) []audit.Finding {
	was, ok := s.Content(change.AtBase, before(changed))
	if !ok || !was.Read() || changed.Status == diff.Added || changed.Status == diff.Copied ||
		kindOf(before(changed)) != kind {
		return fresh
	}
	both := audit.Stale(was.Body, head)
	if kind == workflow {
		both = append(both, audit.Widened(was.Body, head)...)
	}
	listed := map[string]bool{}
	for _, f := range fresh {
		listed[f.Audit+"\x00"+f.Subject] = true
	}
	for _, f := range both {
		if !listed[f.Audit+"\x00"+f.Subject] {
			fresh = append(fresh, f)
		}
	}
	return fresh
}

// before is the path of a file at the base.
func before(f *diff.File) string {
	if f.OldPath != "" {
		return f.OldPath
	}
	return f.Path
}
