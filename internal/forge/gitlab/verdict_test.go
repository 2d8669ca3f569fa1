package gitlab_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/forgetest"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// twin is one change that both forges are given.
type twin struct {
	message, title string
	files          map[string]string
	draft          bool
	approves       string
	// reports are what CI and tools sent for the head, floor is what holds above the repository.
	reports []report.Report
	floor   string
	// queued is true for a change that its forge is about to merge: on GitHub the merge group is judged, while a car of
	// GitLab's train shows the verdict on its merge request.
	queued bool
	want   string // the conclusion, and the first rule that says something
}

// keptNowhere is a cache that keeps nothing.
type keptNowhere struct{}

func (keptNowhere) Kept(context.Context, string, string) ([]byte, error) { return nil, nil }
func (keptNowhere) Keep(context.Context, string, string, []byte) error   { return nil }

// measured are reports of CI on the one file: of its lines one is covered and one is not, and a linter has an error.
var measured = []report.Report{
	{Kind: report.CoverageKind, Format: "lcov", Trust: report.FullTrust, Source: "unit", Coverage: &report.Coverage{
		Files: []report.FileCoverage{{Path: "cart/cart.go", Lines: []report.LineRange{{From: 3, To: 3, State: report.Hit},
			{From: 4, To: 4, State: report.Miss}}}}}},
	{Kind: report.LintKind, Format: "sarif", Trust: report.FullTrust, Source: "lint", Lint: &report.Lint{
		Tools: []report.LintTool{{Name: "vet"}}, Findings: []report.LintFinding{{Tool: "vet", Rule: "shadow", Severity: report.Error,
			Path: "cart/cart.go", Line: 3, EndLine: 3, Message: "it hides another"}}}},
}

// TestVerdictsOfBothForges: the same change, with the same approvals, reports and floor, is the same verdict on either forge: facts and
// findings are equal byte for byte, after what differs by name: where a thing is, its number, commits, and what a forge
// calls it.
//
//race:unwatched
func TestVerdictsOfBothForges(t *testing.T) {
	t.Parallel()
	engine, err := builtin.Engine(t.Context())
	must(t, err)
	must(t, engine.Prepare())
	rules := "version: 1\ncommits: {mode: enforce, conventional: true}\nownership: {mode: enforce}\n" +
		"size: {mode: enforce, fail_over: 50}\n" +
		"secrets: {mode: enforce}\nworkflows: {mode: enforce}\nsmells: {mode: enforce}\n" +
		"tests: {mode: enforce}\ndependencies: {mode: enforce}\n" +
		"coverage: {mode: enforce, patch: {min: 80}}\nlint: {mode: enforce, new_only: true}\n"
	base := map[string]string{".github/lintel.yml": rules, "CODEOWNERS": "/pay/ @rita\n",
		"pay/pay.go": "package pay\n", "cart/cart.go": "package cart\n", "go.mod": "module example.org/shop\n\ngo 1.26\n"}
	ok := "feat: sell\n"
	cart := map[string]string{"cart/cart.go": "package cart\n\nfunc Sell() int { return 1 }\n", "cart/cart_test.go": "package cart\n"}
	pay := map[string]string{"pay/pay.go": "package pay\n\nfunc Pay() int { return 1 }\n"}
	for name, c := range map[string]twin{
		"clean":           {want: "success ", message: ok, files: cart},
		"a message":       {want: "failure commits/fixup", message: "WIP sell\n", title: "WIP sell", files: cart},
		"an owner":        {want: "failure ownership/approval", message: ok, files: pay},
		"approved":        {want: "success ", message: ok, files: pay, approves: "rita"},
		"not by an owner": {want: "failure ownership/approval", message: ok, files: pay, approves: "ann"},
		"a draft":         {want: "failure ownership/approval", message: ok, files: pay, draft: true},
		"large": {want: "failure size/too-large", message: ok, files: map[string]string{
			"cart/more.go": "package cart\n" + strings.Repeat("var _ = 1\n", 60),
		}},
		"a secret": {want: "success secrets/made-up", message: ok, files: map[string]string{
			"cart/key.go": "package cart\n\nconst key = \"ghp_" +
				"1A9zK3mQ7xR2vT5wY8bN4cL6dF0gH1jP5sUe" + "\"\n",
		}},
		"a workflow": {want: "success workflows/dangerous-trigger", message: ok, files: map[string]string{
			".github/workflows/ci.yml": "on: pull_request_target\njobs:\n  a:\n" +
				"    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@main\n" +
				"        with: {ref: \"${{ github.head_ref }}\"}\n",
		}},
		"a dependency": {want: "success dependencies/new-direct", message: ok, files: map[string]string{
			"go.mod": "module example.org/shop\n\ngo 1.26\n\nrequire example.org/x v1.0.0\n",
		}},
		"a leaked key": {want: "failure secrets/leaked", message: ok, files: map[string]string{
			"deploy/.env": "TOKEN=ghp_" + "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc" + "\n",
		}},
		"reports": {want: "failure coverage/below-target", message: ok, reports: measured, files: map[string]string{
			"cart/cart.go":      "package cart\n\nfunc Sell() int { return 1 }\nfunc Keep() int { return 2 }\n",
			"cart/cart_test.go": "package cart\n",
		}},
		"a floor": {want: "failure size/too-large", message: ok, floor: "version: 1\nfloor: {size: {mode: enforce, fail_over: 10}}\n",
			files: map[string]string{"cart/more.go": "package cart\n" + strings.Repeat("var _ = 1\n", 20)}},
		"queued":              {want: "success ", message: ok, files: cart, queued: true},
		"refused, and queued": {want: "failure commits/fixup", message: "WIP sell\n", title: "WIP sell", files: cart, queued: true},
		"an owner's file":     {want: "success ", message: ok, files: map[string]string{"CODEOWNERS": "/pay/ @dev\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.title == "" {
				c.title = "feat: sell"
			}
			hub, lab := c.onGitHub(t, engine, base), c.onGitLab(t, engine, base)
			gotHub, gotLab := c.verdict(t, engine, hub), c.verdict(t, engine, lab)
			if got := gotHub["decision.conclusion"] + " " + gotHub["decision.findings[0].rule"]; got != c.want {
				t.Errorf("the verdict is %q, want %q", got, c.want)
			}
			for _, path := range slices.Sorted(maps.Keys(union(gotHub, gotLab))) {
				// The hash of a secret is made by the repository's id.
				secret := strings.HasPrefix(gotHub["decision.findings[0].rule"], "secrets/") && hashed.MatchString(path)
				if c.queued && !grouped.MatchString(path) {
					continue
				}
				if !secret && !numbered.MatchString(path) && gotHub[path] != gotLab[path] {
					t.Errorf("%s\n  GitHub: %s\n  GitLab: %s", path, gotHub[path], gotLab[path])
				}
			}
		})
	}
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func (c twin) onGitHub(t *testing.T, engine *policy.Engine, base map[string]string) change.Snapshot {
	t.Helper()
	hub, err := fakehub.New(fakehub.Options{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, hub.Close()) })
	must(t, hub.Start())
	for _, login := range []string{"ann", "dev", "rita"} {
		must(t, hub.AddUser(fakehub.User{Login: login}))
	}
	must(t, hub.AddOrg(fakehub.Org{Login: "acme", Members: map[string]string{"rita": "admin"}}))
	id, err := hub.AddRepo(fakehub.Repo{Owner: "acme", Name: "shop", Private: true, Merge: &fakehub.MergeSettings{Merge: true},
		Collaborators: map[string]string{"rita": "maintain", "dev": "write", "ann": "write"}})
	must(t, err)
	connection, err := hub.Install("acme")
	must(t, err)
	_, err = hub.Commit("acme/shop", fakehub.Commit{Branch: "main", Author: "dev", Message: "chore: begin\n", Files: base})
	must(t, err)
	_, err = hub.Commit("acme/shop", fakehub.Commit{Branch: "topic", From: "main", Author: "dev", Message: c.message, Files: c.files})
	must(t, err)
	number, err := hub.OpenPull("acme/shop", fakehub.Pull{Head: "topic", Base: "main", Title: c.title, Author: "dev", Draft: c.draft})
	must(t, err)
	if c.approves != "" {
		_, err = hub.Review("acme/shop", number, fakehub.Review{Author: c.approves, State: "APPROVE"})
		must(t, err)
	}
	app := hub.App()
	forge, err := github.New(github.Options{AppID: app.ID, PrivateKey: app.PEM(), APIURL: hub.URL(), Kept: keptNowhere{}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), Wants: engine.Wants(nil), ValidSettings: forgetest.Valid, Owners: ownership.Names,
		Organisation: func(context.Context, change.Ref) (*change.Organisation, error) { return c.above(), nil }})
	must(t, err)
	ref := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: id, Number: number}, Owner: "acme", Name: "shop",
		Connection: connection}
	record := change.Record{Ref: ref, State: change.Open}
	if c.queued {
		must(t, hub.Protect("acme/shop", "main", &fakehub.Protection{MergeQueue: true, Ruleset: true}))
		base := hub.Tip("acme/shop", "main")
		branch, sha, err := hub.Enqueue("acme/shop", number, "MERGE", "rita")
		must(t, err)
		record.Number, record.Key.Group = 0, sha
		record.Group = &change.Group{Number: number, Head: sha, Base: base, Ref: strings.TrimPrefix(branch, "refs/heads/")}
	}
	s, err := forge.Snapshot(t.Context(), record)
	must(t, err)
	return s
}

// above is what holds above a repository.
func (c twin) above() *change.Organisation {
	if c.floor == "" {
		return nil
	}
	return &change.Organisation{Own: &change.File{Path: "acme/settings", Content: []byte(c.floor)}}
}

func (c twin) onGitLab(t *testing.T, engine *policy.Engine, base map[string]string) change.Snapshot {
	t.Helper()
	clock := &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w := newStage(t, fakelab.Options{Tier: fakelab.Premium, Now: clock.now})
	must(t, w.SetMember("acme", "ann", fakelab.Developer))
	id, err := w.AddProject(fakelab.Project{Path: "acme/shop", Files: map[string]string{"go.mod": ""}})
	must(t, err)
	_, err = w.Commit(id, fakelab.Commit{Branch: "main", Amend: true, By: "dev", Message: "chore: begin\n", Files: base})
	must(t, err)
	_, err = w.Commit(id, fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: c.message, Files: c.files})
	must(t, err)
	title := c.title
	if c.draft {
		title = "Draft: " + title
	}
	number, err := w.Open(id, fakelab.Request{Source: "topic", Title: title, By: "dev"})
	must(t, err)
	if clock.add(10 * time.Second); c.approves != "" {
		must(t, w.Approve(id, number, c.approves))
	}
	f := w.forge(t, func(o *gitlab.Options) {
		o.Wants, o.Owners, o.Now = engine.Wants(nil), ownership.NamesOnGitLab, clock.now
		o.Organisation = func(context.Context, change.Ref, []int64) (*change.Organisation, error) { return c.above(), nil }
	})
	ref := change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: id, Number: int(number)}, Owner: "acme", Name: "shop", Connection: 1}
	s, err := f.Snapshot(t.Context(), change.Record{Ref: ref, State: change.Open})
	must(t, err)
	return s
}

// numbered are the places of a verdict that differ by the forge alone: ids, how it writes a reference and calls a change,
// the dialect of its CODEOWNERS, texts of squash commits where none is made, and digests of these: those of secrets are
// made by the repository's id.
var numbered = regexp.MustCompile(`^(facts\.change\.(author\.id|noun|ref)|facts\.repository\.(id|merges\.squash_(title|message))|` +
	`facts\.ownership\.dialect|facts\.secrets\.(doubted|found)\[0\]\.hash|decision\.facts)$`)

// grouped is what a merge group has in common with the change that it merges: what is found, and what comes of it. The
// other facts are those of a merge.
var grouped = regexp.MustCompile(`^decision\.(conclusion|findings)`)

// hashed is where the hash of a secret stands.
var hashed = regexp.MustCompile(`^decision\.findings\[0\]\.(fingerprint|message)$`)

// named are the words of a verdict that differ by the forge alone, and what stands for them.
var named = regexp.MustCompile(`\b[0-9a-f]{40}\b|\b[0-9a-f]{7,12}\b|https?://[^ "]+|(?i)merge request|pull request`)

// verdict is the verdict JSON on a change: facts and decision, value by value, by their places.
func (c twin) verdict(t *testing.T, engine *policy.Engine, s change.Snapshot) map[string]string {
	t.Helper()
	s.Reports = slices.Clone(c.reports)
	r := settings.Resolve(s.Controls, s.Gaps, engine.Configurable())
	f, err := facts.Gather(t.Context(), &s, r)
	must(t, err)
	d, err := engine.Decide(t.Context(), f, r.Settings, policy.Options{})
	must(t, err)
	all := map[string]string{}
	for kind, of := range map[string]any{"facts": f, "decision": d} {
		raw, err := json.Marshal(of)
		must(t, err)
		var tree any
		must(t, json.Unmarshal(raw, &tree))
		flatten(kind, tree, all)
	}
	return all
}

func flatten(at string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			flatten(at+"."+key, item, into)
		}
	case []any:
		into[at+".length"] = fmt.Sprint(len(v))
		for i, item := range v {
			flatten(fmt.Sprintf("%s[%d]", at, i), item, into)
		}
	default:
		into[at] = named.ReplaceAllString(fmt.Sprint(v), "~")
	}
}
