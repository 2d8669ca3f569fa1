package oidc_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/oidc"
	"github.com/lintel-review/lintel/internal/upload"
)

// TestGitLab: a job of the GitLab that is served proves its project by id, whatever "sub" says; another instance proves nothing.
func TestGitLab(t *testing.T) {
	s, stranger, now := begin(t), begin(t), time.Now()
	v := oidc.New([]string{"https://token.actions.example"}, "us", nil, func() time.Time { return now }).
		BelieveGitLab(s.url)
	job := map[string]any{
		"iss": s.url, "aud": "us", "jti": "j", "exp": now.Add(time.Minute).Unix(), "project_id": "42", "project_path": "group/sub/shop",
		"sub": "anything", "ref": "topic", "sha": "abc", "pipeline_source": "merge_request_event", "pipeline_id": "7", "job_id": "9",
	}
	with := func(key string, value any) map[string]any {
		m := maps.Clone(job)
		m[key] = value
		return m
	}
	for name, c := range map[string]struct {
		by     *signer
		claims map[string]any
		ok     bool
	}{
		"as it is":         {s, job, true},
		"another instance": {stranger, with("iss", stranger.url), false},
		"another audience": {s, with("aud", "them"), false},
		"no project":       {s, with("project_id", ""), false},
		"a name for an id": {s, with("project_id", "group/shop"), false},
		"no id":            {s, with("jti", ""), false},
		"for a week":       {s, with("exp", now.Add(7*24*time.Hour).Unix()), false},
		"over":             {s, with("exp", now.Add(-time.Minute).Unix()), false},
		"claims of Actions": {s, map[string]any{"iss": s.url, "aud": "us", "jti": "j", "exp": now.Add(time.Minute).Unix(),
			"repository_id": "7"}, false},
	} {
		token, err := c.by.Sign(c.claims)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(t.Context(), token)
		var refusal *upload.Refusal
		if c.ok != (err == nil) || err != nil && !errors.As(err, &refusal) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if c.ok &&
			(got.Forge != change.GitLab || got.RepoID != 42 || got.Repository != "group/sub/shop" || got.SHA != "abc" || got.Run != "7" ||
				got.Event != "merge_request_event") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
