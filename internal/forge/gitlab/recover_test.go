package gitlab_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// TestRecovery: a sweep lists what webhooks may not have told, and by what rules a branch is as a snapshot is.
func TestRecovery(t *testing.T) {
	s := newStage(t, fakelab.Options{})
	id, err := s.AddProject(fakelab.Project{Path: "acme/sub/shop", Files: map[string]string{
		".gitlab/CODEOWNERS": "* @rita\n", ".lintel.yml": "version: 1\n", ".gitattributes": "*.pb.go linguist-generated\n"}})
	must(t, err)
	_, err = s.Commit(id, fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "feat: topic",
		Files: map[string]string{"a.go": "package a\n"}})
	must(t, err)
	number, err := s.Open(id, fakelab.Request{Source: "topic", Title: "Draft: feat: topic", By: "dev"})
	must(t, err)
	f := s.forge(t, nil)

	repositories, err := f.Repositories(t.Context(), 1)
	must(t, err)
	if len(repositories) != 1 || repositories[0].ID != id || repositories[0].Owner != "acme/sub" ||
		repositories[0].Name != "shop" {
		t.Fatalf("%+v", repositories)
	}
	// A thousand projects are several pages, and one without merge requests has nothing to list.
	s.Fault(traffic.Fault{Route: "/projects", Times: 1, Status: http.StatusOK, Header: map[string]string{"X-Next-Page": "2"},
		Body: `[{"id": 8, "path_with_namespace": "acme/off", "merge_requests_access_level": "disabled"},
		{"id": 9, "path_with_namespace": "acme/on", "merge_requests_access_level": "private"}]`})
	repositories, err = f.Repositories(t.Context(), 1)
	must(t, err)
	if len(repositories) != 1 || repositories[0].Name != "on" || s.Count("GET", "/projects") != 3 {
		t.Fatalf("%+v", repositories)
	}
	ref := change.Ref{
		Key:        change.Key{Forge: change.GitLab, RepoID: id, Number: int(number)},
		Owner:      "acme/sub",
		Name:       "shop",
		Connection: 1,
	}
	snap, err := f.Snapshot(t.Context(), change.Record{Ref: ref, State: change.Open})
	must(t, err)
	listed, err := f.OpenPulls(t.Context(), 1, "acme/sub", "shop", "", time.Time{})
	must(t, err)
	if len(listed) != 1 || listed[0].Number != int(number) || listed[0].Head.SHA != snap.Head.SHA || !listed[0].Draft ||
		!listed[0].UpdatedAt.Equal(snap.UpdatedAt) || listed[0].Base.Ref != "main" {
		t.Errorf("%+v, the snapshot says %s at %s", listed, snap.Head.SHA, snap.UpdatedAt)
	}
	if none, err := f.OpenPulls(t.Context(), 1, "acme/sub", "shop", "other", time.Time{}); err != nil ||
		len(none) != 0 {
		t.Errorf("into another branch: %+v, %v", none, err)
	}
	ruled, err := f.RuledAt(t.Context(), 1, "acme/sub", "shop", "main")
	must(t, err)
	blobs := map[string]string{}
	for path, file := range snap.Controls.Files {
		blobs[path] = file.Blob
	}
	now, then := controls.Digest(ruled.Ref, ruled.Merges.String(), ruled.Files),
		controls.Digest(snap.Controls.Ref, snap.Repository.Merges.String(), blobs)
	if now != then || len(ruled.Files) != 3 || ruled.Tip != snap.Base.SHA || ruled.Default != "main" {
		t.Errorf("%+v is not what the snapshot was ruled by: %v", ruled, blobs)
	}
	// A branch that nobody protects is ruled by the default one.
	if topic, err := f.RuledAt(t.Context(), 1, "acme/sub", "shop", "topic"); err != nil || topic.Ref != "main" ||
		topic.Tip != snap.Head.SHA {
		t.Errorf("%+v, %v", topic, err)
	}
	if gone, err := f.RuledAt(t.Context(), 1, "acme/sub", "shop", "gone"); err != nil || gone.Ref != "main" ||
		gone.Tip != "" {
		t.Errorf("%+v, %v", gone, err)
	}
	if missed, err := f.Missed(t.Context(), time.Time{}); err != nil || len(missed) != 0 {
		t.Errorf("%v, %v", missed, err)
	}
}
