package github

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-github/v66/github"
)

// TestHonestyOfMutations resolves a thread as GitHub lets people and Apps do it, with its schema watching.
func TestHonestyOfMutations(t *testing.T) {
	s := newScene(t)
	s.repositorySettings()
	s.gitData()
	n, head := s.pullRequest()
	made := ok[*github.PullRequestComment](s,
		"a comment on a line")(s.asInstallation.PullRequests.CreateComment(s.ctx, org, shop, n, &github.PullRequestComment{
		Body: github.String("there"), CommitID: &head, Path: github.String("three.txt"), Line: github.Int(1), Side: github.String("RIGHT"),
	}))
	send := func(client *github.Client, thread string) (resolved any, kind any) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"query": everyMutation, "variables": map[string]any{"thread": thread}})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Client().Post(s.hub.URL()+"/graphql", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		var answer struct {
			Data struct {
				Resolve *struct {
					Thread struct{ IsResolved bool }
				} `json:"resolveReviewThread"`
			}
			Errors []map[string]any
		}
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp.StatusCode, err)
		}
		if len(answer.Errors) > 0 {
			return nil, answer.Errors[0]["type"]
		}
		return answer.Data.Resolve.Thread.IsResolved, nil
	}
	thread := nodeID("PRRT", made.GetID())
	if resolved, kind := send(s.asOlga, thread); resolved != true || kind != nil {
		t.Errorf("a maintainer: %v %v", resolved, kind)
	}
	if _, kind := send(s.asRita, thread); kind != "FORBIDDEN" {
		t.Errorf("a reader: %v", kind)
	}
	if _, kind := send(s.asInstallation, thread); kind != "FORBIDDEN" {
		t.Errorf("an App that may only read contents: %v", kind)
	}
	if _, kind := send(s.asOlga, nodeID("PRRT", 1)); kind != "NOT_FOUND" {
		t.Errorf("a thread that is not there: %v", kind)
	}
	all, err := s.hub.Threads(org+"/"+shop, n)
	if err != nil || len(all) != 1 || all[0].Resolved || all[0].Line != 1 || all[0].Outdated {
		t.Errorf("%+v %v", all, err)
	}
}
