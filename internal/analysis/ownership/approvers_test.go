package ownership

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

// TestApprovers says whose approval counts for a whole change. No case has a CODEOWNERS file.
func TestApprovers(t *testing.T) {
	yes, no := true, false
	file := func(path, text string) diff.File {
		return diff.File{
			Path:    path,
			Status:  diff.Modified,
			State:   diff.Text,
			OldMode: "100644",
			Mode:    "100644",
			Hunks:   []diff.Hunk{{NewStart: 1, NewLines: 1, Lines: []diff.Line{{Op: diff.Add, Text: text}}}},
		}
	}
	approve := func(login, commit string, canWrite *bool) change.Review {
		return change.Review{Author: change.Account{Login: login}, State: change.Approved, Commit: commit, CanWrite: canWrite}
	}
	kept := settings.Ownership{KeepApprovals: true, CountPushers: true}
	older := func(files ...diff.File) map[string]change.Reviewed {
		return map[string]change.Reviewed{"h1": {Head: "h1", Complete: true, Files: files}}
	}
	for _, c := range []struct {
		name    string
		reviews []change.Review
		before  map[string]change.Reviewed
		set     settings.Ownership
		want    []Approver
	}{
		{"two of the head", []change.Review{approve("bob", "h2", &yes), approve("eve", "h2", &yes)}, nil, kept,
			[]Approver{{Login: "bob"}, {Login: "eve"}}},
		{"the author's own, however spelled", []change.Review{approve("ANN", "h2", &yes)}, nil, kept, []Approver{}},
		{"without write access", []change.Review{approve("bob", "h2", &no)}, nil, kept, []Approver{}},
		{"access not known", []change.Review{approve("bob", "h2", nil)}, nil, kept, []Approver{{Login: "bob", Assumed: true}}},
		{"a later request for changes", []change.Review{approve("bob", "h2", &yes), {Author: change.Account{Login: "bob"},
			State: change.ChangesRequested, Commit: "h2", CanWrite: &yes}}, nil, kept, []Approver{}},
		{"an older head with the same files", []change.Review{approve("bob", "h1", &yes)},
			older(file("a.go", "one"), file("b.go", "two")), kept, []Approver{{Login: "bob"}}},
		{"an older head, and approvals are not kept", []change.Review{approve("bob", "h1", &yes)},
			older(file("a.go", "one"), file("b.go", "two")), settings.Ownership{CountPushers: true}, []Approver{}},
		{"one file was changed since", []change.Review{approve("bob", "h1", &yes)},
			older(file("a.go", "one"), file("b.go", "other")), kept, []Approver{}},
		{"one file came since", []change.Review{approve("bob", "h1", &yes)}, older(file("a.go", "one")), kept, []Approver{}},
		{"one file is gone from the change since", []change.Review{approve("bob", "h1", &yes)},
			older(file("a.go", "one"), file("b.go", "two"), file("c.go", "three")), kept, []Approver{}},
		{"an older head that cannot be read", []change.Review{approve("bob", "h1", &yes)}, nil, kept, []Approver{}},
		{"who pushed does not count by the settings", []change.Review{approve("bob", "h2", &yes), approve("eve", "h2", &yes)}, nil,
			settings.Ownership{KeepApprovals: true}, []Approver{{Login: "eve"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &change.Snapshot{
				Author:       &change.Account{Login: "ann"},
				Head:         change.Rev{SHA: "h2"},
				Files:        []diff.File{file("a.go", "one"), file("b.go", "two")},
				Reviews:      c.reviews,
				Reviewed:     c.before,
				Commits:      []change.Commit{{SHA: "h2", AuthorAccount: &change.Account{Login: "bob"}}},
				CommitsTotal: 1,
			}
			if d := cmp.Diff(c.want, Analyse(s, c.set).Approvers); d != "" {
				t.Error(d)
			}
		})
	}
}
