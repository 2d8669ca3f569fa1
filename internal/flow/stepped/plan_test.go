package stepped_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/stepped"
)

// names is a record that knows one name on both forges, and others on one.
type names struct{ began []string }

func (n *names) Beginnings(context.Context) ([]stepped.Beginning, error) { return nil, nil }

func (n *names) Weeks(context.Context, time.Time, time.Time, func(stepped.Week)) error { return nil }

func (n *names) RepositoryNamed(_ context.Context, forge change.Forge, owner, name string) (change.Repository, error) {
	known := map[string]int64{"github acme/both": 1, "gitlab acme/both": 2, "gitlab acme/sub/lab": 3}
	id := known[string(forge)+" "+owner+"/"+name]
	if id == 0 {
		return change.Repository{}, change.ErrNotFound
	}
	n.began = append(n.began, stepped.Key(forge, id))
	return change.Repository{ID: id}, nil
}

// TestPlannedNames: a name is looked for on GitHub first, or on the forge that stands before it.
func TestPlannedNames(t *testing.T) {
	for name, want := range map[string]string{
		"acme/both":           stepped.Key(change.GitHub, 1),
		"github:acme/both":    stepped.Key(change.GitHub, 1),
		"gitlab:acme/both":    stepped.Key(change.GitLab, 2),
		"acme/sub/lab":        stepped.Key(change.GitLab, 3),
		"github:acme/sub/lab": "",
		"acme/none":           "",
	} {
		p, err := stepped.Plan("x", "2026-01-05", []string{name})
		if err != nil {
			t.Fatal(err)
		}
		record := &names{}
		r, err := stepped.Read(t.Context(), record, []stepped.Planned{p}, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(record.began) > 0 {
			got = record.began[0]
		}
		unknown := len(r.Rollouts) == 1 && slices.Equal(r.Rollouts[0].Unknown, []string{name})
		if got != want || unknown != (want == "") {
			t.Errorf("%s is %q, want %q: %+v", name, got, want, r.Rollouts)
		}
	}
}

func TestPlansThatCannotBeUsed(t *testing.T) {
	for _, c := range []struct{ name, day, repository string }{
		{"x", "5 January", "acme/shop"}, {"x", "2026-02-30", "acme/shop"}, {"<b>", "2026-01-05", "acme/shop"},
		{"x", "2026-01-05", "shop"}, {"x", "2026-01-05", "gitlab:shop"}, {"x", "2026-01-05", "gitea:acme/shop"},
		{"x", "2026-01-05", "gitlab:github:acme/shop"},
	} {
		if _, err := stepped.Plan(c.name, c.day, []string{c.repository}); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
