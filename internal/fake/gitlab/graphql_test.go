package gitlab_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

const momentQuery = `query Moment($path: ID!, $iid: String!) { project(fullPath: $path) { id fullPath mergeRequest(iid: $iid) {
  id iid title draft state diffHeadSha diffRefs { baseSha startSha headSha } approvedBy { nodes { id username } }
  approvalState { invalidApproversRules { name allowMergeWhenInvalid } }
  headPipeline { id sha status } diffStatsSummary { fileCount additions } commitCount labels { nodes { title } }
  sourceProject { id } targetProject { id } commits(first: 100) { nodes { sha } } } } }`

func TestOneMomentByGraphQL(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	iid := w.open("topic", map[string]string{"a.go": "package b\n", "b.go": "package b\n"})
	w.ok(w.SetRules(w.project, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{"eve"}}))
	w.ok(w.Approve(w.project, iid, "ann"))
	w.ok(w.Edit(w.project, iid, "dev", fakelab.Edit{Labels: []string{"bug"}}))
	pipeline, _, err := w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, State: "running"})
	w.ok(err)
	type ref struct{ ID string }
	var got struct {
		Data struct {
			Project *struct {
				ID, FullPath string
				MergeRequest struct {
					Iid, Title, DiffHeadSha string
					DiffRefs                *struct{ BaseSha, StartSha, HeadSha string }
					ApprovedBy              struct{ Nodes []struct{ Username string } }
					ApprovalState           struct{ InvalidApproversRules []struct{ Name string } }
					HeadPipeline            struct{ ID, Sha, Status string }
					DiffStatsSummary        struct{ FileCount, Additions int }
					CommitCount             int
					Labels                  struct{ Nodes []struct{ Title string } }
					SourceProject           ref
				}
			}
		}
		Errors []struct{ Message string }
	}
	_, err = w.client.GraphQL.Do(client.GraphQLQuery{Query: momentQuery, Variables: map[string]any{"path": shopPath,
		"iid": fmt.Sprint(iid)}}, &got)
	if err != nil || len(got.Errors) > 0 || got.Data.Project == nil {
		t.Fatalf("%v, %+v", err, got)
	}
	m := got.Data.Project.MergeRequest
	head := w.Tip(w.project, "topic")
	if got.Data.Project.ID != fmt.Sprintf("gid://gitlab/Project/%d", w.project) || m.DiffHeadSha != head ||
		m.DiffRefs.HeadSha != head ||
		m.ApprovedBy.Nodes[0].Username != "ann" ||
		m.ApprovalState.InvalidApproversRules[0].Name != "Lintel" ||
		m.CommitCount != 1 ||
		m.HeadPipeline.ID != fmt.Sprintf("gid://gitlab/Ci::Pipeline/%d", pipeline) ||
		m.HeadPipeline.Status != "RUNNING" ||
		m.DiffStatsSummary.FileCount != 2 ||
		m.Labels.Nodes[0].Title != "bug" ||
		m.SourceProject.ID != got.Data.Project.ID {
		t.Errorf("%+v", got)
	}
	if w.Count("POST", "/graphql") != 1 || w.Requests()[len(w.Requests())-1].Operation != "Moment" {
		t.Errorf("the record: %+v", w.Requests())
	}
}

func TestGraphQLRefuses(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	ask := func(query, secret string) string {
		body, err := json.Marshal(map[string]any{"query": query})
		w.ok(err)
		_, _, raw := w.send("POST", "/api/graphql", string(body), secret)
		return string(raw)
	}
	stranger, err := w.AddToken(fakelab.Token{User: "eve"})
	w.ok(err)
	path := fmt.Sprintf("{ project(fullPath: %q) { id } }", shopPath)
	for name, c := range map[string]struct{ query, secret, want string }{
		"an unknown field": {"{ project(fullPath: \"x\") { invented } }", w.bot.Secret, `Cannot query field \"invented\"`},
		"a project unseen": {path, stranger.Secret, `{"data":{"project":null}}`},
		"a project seen":   {path, w.bot.Secret, "gid://gitlab/Project/"},
		"a complex text": {"{" + strings.Repeat(" currentUser { id name state }", 70) + "}", w.bot.Secret,
			"Query has complexity of 280, which exceeds max complexity of 250"},
		"a long text":           {path + strings.Repeat(" ", 10_000), w.bot.Secret, "Query too large"},
		"a token that is wrong": {path, "glpat-none", "401 Unauthorized"},
	} {
		if got := ask(c.query, c.secret); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	// The project is renamed, and another takes its path: the id tells.
	w.ok(w.Rename(w.project, "acme/store"))
	other := w.id(w.AddProject(fakelab.Project{Path: shopPath}))
	w.ok(w.SetMember(shopPath, "eve", fakelab.Developer))
	if got := ask(path, stranger.Secret); !strings.Contains(got, fmt.Sprintf("gid://gitlab/Project/%d", other)) {
		t.Errorf("a path taken over: %s", got)
	}
}

func TestAnOldAnswerIsGivenAgain(t *testing.T) {
	w := newWorld(t, fakelab.Options{Stale: true})
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	look := func() string {
		m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
		w.ok(err)
		return m.SHA
	}
	first := look()
	w.commit("topic", "more", map[string]string{"a.go": "package c\n"})
	end := w.Fault(traffic.Fault{Stale: true})
	if got := look(); got != first {
		t.Errorf("%s, want the old %s", got, first)
	}
	end()
	if got := look(); got == first {
		t.Error("still the old answer")
	}
}

func TestLimitsAndFaults(t *testing.T) {
	now := newClock(time.Date(2026, 3, 1, 12, 0, 20, 0, time.UTC))
	w := newWorld(t, fakelab.Options{Now: now.Now})
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	w.SetLimits(fakelab.Limits{Notes: 2})
	path := fmt.Sprintf("/api/v4/projects/%d/merge_requests/%d/notes", w.project, iid)
	talk := func() (int, http.Header, string) { // not by the client: it would wait by itself
		code, header, body := w.send("POST", path, `{"body":"x"}`, w.bot.Secret)
		return code, header, string(body)
	}
	for range 2 {
		if code, _, body := talk(); code != 201 {
			t.Fatal(code, body)
		}
	}
	code, header, body := talk()
	if code != 429 || header.Get("RateLimit-Limit") != "2" || header.Get("RateLimit-Remaining") != "0" ||
		header.Get(
			"RateLimit-Reset",
		) != fmt.Sprint(
			now.Now().Unix()+40,
		) || header.Get("Retry-After") != "40" || body != "Retry later\n" {
		t.Errorf("%d %v %q", code, header, body)
	}
	w.SetLimits(fakelab.Limits{Notes: 2, Silent: true})
	if code, header, _ = talk(); code != 429 || header.Get("RateLimit-Limit") != "" || header.Get("Retry-After") != "" {
		t.Errorf("silent: %d %v", code, header)
	}
	now.pass(time.Minute)
	w.Fault(traffic.Fault{Method: "POST", Route: "/projects/:id/merge_requests/:merge_request_iid/notes", Status: 502,
		Times: 1, After: true})
	if code, _, body := talk(); code != 502 {
		t.Errorf("an answer lost: %d %s", code, body)
	}
	notes, _, err := w.client.Notes.ListMergeRequestNotes(w.project, iid, nil)
	if err != nil || len(notes) != 3 {
		t.Errorf("%d notes, %v: what was asked first is done", len(notes), err)
	}
}
