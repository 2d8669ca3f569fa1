package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/forge/github"
)

// asks are the calls of GitHub's client that the adapter makes, and the addresses that they ask.
var asks = map[string]address{
	"Actions.DownloadArtifact":         rest("GET", anyRepo+"/actions/artifacts/{artifact_id}/{archive_format}"),
	"Actions.ListWorkflowRunArtifacts": rest("GET", anyRepo+"/actions/runs/{run_id}/artifacts"),
	"Apps.FindRepositoryInstallation":  rest("GET", anyRepo+"/installation"), "Apps.Get": rest("GET", "/app"),
	"Apps.GetHookConfig": rest("GET", "/app/hook/config"), "Apps.ListRepos": repositories,
	"Apps.RedeliverHookDelivery": attempts, "Checks.CreateCheckRun": makesChecks,
	"Checks.ListCheckRunsForRef": rest("GET", anyRepo+"/commits/{ref}/check-runs"),
	"Checks.UpdateCheckRun":      rest("PATCH", anyRepo+"/check-runs/{check_run_id}"), "Git.GetCommit": commits,
	"Git.GetRef": rest("GET", anyRepo+"/git/ref/{ref}"), "Git.GetTree": trees,
	"Issues.CreateComment":       rest("POST", anyRepo+"/issues/{issue_number}/comments"),
	"Issues.EditComment":         rest("PATCH", anyRepo+"/issues/comments/{comment_id}"),
	"Issues.GetComment":          rest("GET", anyRepo+"/issues/comments/{comment_id}"),
	"Issues.ListComments":        rest("GET", anyRepo+"/issues/{issue_number}/comments"),
	"PullRequests.CreateComment": rest("POST", anyPull+"/comments"),
	"PullRequests.EditComment":   rest("PATCH", anyRepo+"/pulls/comments/{comment_id}"), "PullRequests.Get": rest("GET", anyPull),
	"PullRequests.GetComment": rest("GET", anyRepo+"/pulls/comments/{comment_id}"), "PullRequests.List": listed,
	"PullRequests.ListComments": rest("GET", anyPull+"/comments"),
	"PullRequests.ListFiles":    filesOf, "PullRequests.ListPullRequestsWithCommit": pullsOf, "PullRequests.ListReviews": reviewsOf,
	"RateLimit.Get":               rest("GET", "/rate_limit"),
	"repos/%s/%s/compare/%s...%s": compared, "Repositories.Get": rest("GET", anyRepo),
	"Repositories.GetByID":            rest("GET", "/repositories/{repository_id}"),
	"Repositories.GetCombinedStatus":  rest("GET", anyRepo+"/commits/{ref}/status"),
	"Repositories.GetPermissionLevel": permission, "Repositories.ListCommits": histories, "Repositories.ListTeams": teamsOf,
	"Teams.GetTeamBySlug": theTeam, "Teams.IsTeamRepoBySlug": teamRepos,
	"Teams.ListTeamMembersBySlug": membersOf, "Users.Get": users,
	"Teams.GetTeamMembershipBySlug":                membership,
	"repos/%s/%s/dependency-graph/compare/%s...%s": reviewed,
	"app": rest("GET", "/app"), "app/installations": rest("GET", "/app/installations"), "app/hook/deliveries": deliveriesOf,
	"repos/%s/%s/branches/%s":       branches,
	"repos/%s/%s/contents/%s":       rest("GET", anyRepo+"/contents/{path}"),
	"repos/%s/%s/rules/branches/%s": rulesOf, "repos/%s/%s/git/blobs/%s": blobs,
}

// elsewhere are addresses whose faults no table plays, with what they are asked for. None of them bears on the verdict of a look.
var elsewhere = map[address]string{
	rest("GET", "/app/hook/config"):              "lintel doctor, whose answer is for who sits before it",
	rest("GET", "/app/installations"):            "lintel doctor",
	rest("GET", "/rate_limit"):                   "lintel doctor",
	rest("GET", anyRepo+"/installation"):         "lintel recheck, which says what went wrong",
	rest("GET", anyRepo+"/commits/{ref}/status"): "rules that read checks; none is shipped",
	rest("GET", "/repositories/{repository_id}"): "the past of releases, for figures: without an answer its page is asked for again",
	membership: "commands that override a rule: without an answer the refusal stands, and the look is tried again",
}

// service matches the calls that begin with the client of an App, an installation or a person.
var service = regexp.MustCompile(`^[A-Z][A-Za-z]*$`)

// addressesAsked finds every address that the adapter's source can ask: calls of the client's services, and paths that are spelled out.
func addressesAsked(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	names, err := filepath.Glob("../forge/github/*.go")
	must(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		must(t, err)
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if on, ok := method.X.(*ast.SelectorExpr); ok && service.MatchString(on.Sel.Name) && service.MatchString(method.Sel.Name) &&
				client(on.X) {
				all[on.Sel.Name+"."+method.Sel.Name] = true
			}
			if method.Sel.Name == "NewRequest" || method.Sel.Name == "getJSON" {
				ast.Inspect(call, func(n ast.Node) bool {
					if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						if path, err := strconv.Unquote(lit.Value); err == nil &&
							(strings.HasPrefix(path, "app") || strings.HasPrefix(path, "repos/")) {
							path, _, _ = strings.Cut(path, "?")
							all[path] = true
						}
					}
					return true
				})
			}
			return true
		})
	}
	return all
}

// client reports whether an expression is a client of GitHub's API, as the adapter names them.
func client(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "client"
	case *ast.SelectorExpr:
		return x.Sel.Name == "app" || x.Sel.Name == "personal"
	case *ast.CallExpr:
		f, ok := x.Fun.(*ast.SelectorExpr)
		return ok && f.Sel.Name == "installation"
	}
	return false
}

// TestEveryAddressIsPlayed holds the tables of faults to the adapter's source: an address that it can ask, by REST or
// as an operation of GraphQL, is played in a scene or stands among those that bear on no verdict.
func TestEveryAddressIsPlayed(t *testing.T) {
	t.Parallel()
	var played []address
	for _, s := range scenes() {
		for _, at := range s.spots {
			played = append(played, at.address)
		}
	}
	for _, s := range slices.Concat(clockSpots(false), clockSpots(true), at(deliveriesOf, attempts), postedSpots(), artifactSpots(),
		organisationSpots(), pastSpots()) {
		played = append(played, s.address)
	}
	found := addressesAsked(t)
	for call := range found {
		to, known := asks[call]
		switch {
		case !known:
			t.Errorf("the adapter calls %s: say here what that asks", call)
		case !slices.Contains(played, to) && elsewhere[to] == "":
			t.Errorf("no table plays the faults of %s", to)
		}
	}
	for call := range asks {
		if !found[call] {
			t.Errorf("the adapter does not call %s", call)
		}
	}
	for name := range github.Queries() {
		if !slices.Contains(played, graph(name)) {
			t.Errorf("no table plays the faults of the query %s", name)
		}
	}
}
