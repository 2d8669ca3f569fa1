package audit

import (
	"fmt"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/document"
)

// Widened finds jobs whose token may write what it could not before, wherever the permission is written. A job that was
// renamed keeps what it had, and nothing is said where it is not known what the token could do before: no permissions were
// named, or all.
func Widened(before, after []byte) []Finding {
	was, now := mayWrite(before), mayWrite(after)
	if was == nil {
		return nil
	}
	given := map[string]bool{} // by jobs that are gone
	for id, scopes := range was {
		for scope := range scopes {
			if _, stays := now[id]; !stays {
				given[scope] = true
			}
		}
	}
	var found []Finding
	for _, id := range sortedKeys(now) {
		had, known := was[id]
		if known && had == nil {
			continue
		}
		for _, scope := range sortedKeys(now[id]) {
			if had[scope] != 0 || !known && given[scope] {
				continue
			}
			line := now[id][scope]
			found = append(found, Finding{
				Audit:   WidenedPermission,
				Line:    line,
				EndLine: line,
				Subject: id + " " + scope,
				Message: fmt.Sprintf(
					"The token of the job %s may write %s now, and could not before.",
					excerpt(id),
					excerpt(scope),
				),
				Remedy: "Look at what in the job needs it; if it is one step of several, give that step a job of its own.",
			})
		}
	}
	return found
}

// mayWrite gives by job what its token may write, with the line that says so. A job of which that is not known has nil; so
// has a text that is no workflow.
func mayWrite(body []byte) map[string]map[string]int {
	if document.Expands(body, maxValues) {
		return nil
	}
	w, _ := actionlint.Parse(body)
	if w == nil || len(w.Jobs) == 0 {
		return nil
	}
	a := &auditor{workflow: w}
	all := map[string]map[string]int{}
	for _, job := range a.jobs() {
		p := job.Permissions
		if p == nil {
			p = w.Permissions
		}
		id := value(job.ID)
		if all[id] = nil; p == nil || p.All != nil && value(p.All) != "read-all" {
			continue
		}
		all[id] = map[string]int{}
		for scope, s := range p.Scopes {
			if s != nil && value(s.Value) == "write" {
				all[id][scope] = lineOf(s.Name)
			}
		}
	}
	return all
}
