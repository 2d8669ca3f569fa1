package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/flow/stepped"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/web/fleet"
	"github.com/lintel-review/lintel/internal/web/queues"
	"github.com/lintel-review/lintel/internal/web/rollouts"
)

// hostile is text that would be markup, script, a link or a reversed name if anything let it.
const hostile = `<script>alert(1)</script><img src=x onerror="alert(2)">" onmouseover='x' javascript:alert(3) {{.}} ` +
	"\u202egnp.exe\u202c\x00\x1b[31m"

var fine = factsText("", "file")

// gallery fills a record with one change of each kind.
func gallery(s *scene) {
	refusedScene(s, pull(12))
	s.deliver(pull(13), sha("d"), nil, "pull_request.opened")
	s.verdict(pull(13), judgement{title: "fix: round prices half to even", findings: []finding.Finding{
		warns("size/binary-added", "assets/logo.png", 0, "assets/logo.png (48 kB) is a binary file.",
			"Check that it is meant to be here."),
		warns("commits/body", "", 0, "Commit d0d0d0d: a line of the body has 131 characters, and 100 are allowed.",
			"Wrap it with git commit --amend."),
	}})
	s.deliver(pull(14), sha("e"), nil, "pull_request.opened")
	s.verdict(pull(14), judgement{
		title: "chore: bump the linter",
		lost:  true,
		facts: factsText(`{"people":["nobody else"]}`, "file"),
		cap:   finding.Enforce,
	})
	var many []finding.Finding
	for i := range 400 {
		many = append(many,
			blocks("ownership/unowned", fmt.Sprintf("services/payments/internal/very/deep/folder/number_%03d/handler.go", i), 0,
				fmt.Sprintf("No line of CODEOWNERS matches number_%03d/handler.go.", i),
				"Add a line for it to .github/CODEOWNERS on main."))
	}
	var gaps []change.Gap
	for i := range 320 {
		gaps = append(gaps,
			change.Gap{Fact: "diff.lines", Path: fmt.Sprintf("data/part-%03d.csv", i), Reason: "the forge sends no patch for it"})
	}
	s.deliver(pull(15), sha("f"), nil, "pull_request.opened")
	s.verdict(pull(15), judgement{
		title:    "feat: move payments into services",
		findings: many,
		gaps:     gaps,
		facts:    strings.Replace(fine, `"schema":1`, `"schema":1,"pad":"`+strings.Repeat("0123456789", 30000)+`"`, 1),
	})
	s.deliver(pull(16), sha("1"), nil, hostile)
	s.verdict(pull(16), judgement{title: hostile, findings: []finding.Finding{
		blocks("commits/title", "", 0, "The title is not a conventional header: "+hostile, hostile),
		blocks("size/large-file", "a/"+hostile+"/../x?y#z", 3, hostile, hostile), warns("commits/gone", hostile, 1, hostile, ""),
	}, abstained: []policy.Abstention{{Rule: "ownership/approval", Family: "ownership", Mode: finding.Enforce, Reason: hostile}},
		gaps: []change.Gap{{Fact: "reviews", Path: hostile, Reason: hostile}},
		facts: strings.NewReplacer(`"ann"`, `"<b>ann</b>"`, `"checkout"`, `"</code><script>alert(4)</script>"`, `"reason":""`,
			`"reason":"</p><script>alert(5)</script>"`, `"file"`, `"last_good"`, `"errors":[]`,
			`"errors":[{"line":3,"column":1,"message":"<script>alert(6)</script>"}]`).Replace(fine)})
	s.advise(pull(16), adviceScene{result: fullAdvice(s, pull(16), hostile, "post")})
	group := &change.Group{Number: 12, Head: sha("2"), Base: sha("b"), Ref: "gh-readonly-queue/main/pr-12"}
	ref := pull(12)
	ref.Number, ref.Group = 0, group.Head
	s.deliver(ref, sha("a"), group, "merge_group.checks_requested")
	s.verdict(ref, judgement{title: "feat(checkout): add gift cards"})
	s.deliver(pull(17), sha("3"), nil, "pull_request.opened")
	s.deliver(pull(18), sha("d"), nil, "pull_request.opened")
	s.verdict(pull(18), judgement{
		title:    "fix: round prices, for the release branch",
		findings: []finding.Finding{blocks("size/too-large", "", 0, "The change has 2,310 lines to read; 1,000 are allowed.", "Split it.")},
	})
}

// refusedScene is a change that was refused, fixed in part, and is refused for less.
func refusedScene(s *scene, ref change.Ref) {
	title := "feat(checkout): add gift cards"
	approval := blocks("ownership/approval", "internal/payments/card.go", 0,
		"3 files wait for an owner: internal/payments/card.go, internal/payments/gift.go, internal/payments/refund.go.\n"+
			"Owners: @acme/payments (.github/CODEOWNERS:14). bo approved 1a2b3c4, and internal/payments/card.go has changed since.",
		"Ask one owner for a review; nothing needs to be pushed.")
	header := func(at string) finding.Finding {
		return blocks("commits/header", "", 0, "Commit "+at+": \"add gift cards\" has no type. It reads as no conventional header.",
			"Reword it: git rebase -i c0ffee0, mark the commit with \"reword\", and begin the message with a type, as "+
				"in \"feat: add gift cards\".")
	}
	large := warns("size/large-file", "testdata/cards.json", 0, "testdata/cards.json has 1.4 MB; 1 MB is allowed.",
		"Make it smaller, or name its path under size.exclude.")
	tried := finding.Finding{
		Rule:     "size/too-many-files",
		Severity: finding.Error,
		Mode:     finding.Shadow,
		Message:  "61 files changed; 50 are allowed.",
		Remedy:   "Split it.",
		Subject:  "files",
	}
	conf := settings.Default()
	conf.Cap = finding.Enforce
	conf.Rules = map[string]settings.Rule{"size/too-many-files": {Mode: finding.Shadow}, "commits/ticket": {Mode: finding.Off}}
	unblock := factsText(`{"people":["bo","cleo"],"more":0,"smallest":true,"stuck":0}`, "file")
	off := []string{"commits/ticket"}
	s.deliver(ref, sha("0"), nil, "pull_request.opened")
	s.verdict(ref, judgement{
		title:    title,
		settings: conf,
		off:      off,
		findings: []finding.Finding{header("0000000"), header("4444444"), approval, blocks("commits/title", "", 0, "x", "y")},
		facts:    unblock,
	})
	s.deliver(ref, sha("a"), nil, "pull_request.synchronize")
	s.verdict(ref, judgement{title: title, settings: conf, off: off, facts: unblock, findings: []finding.Finding{
		approval, header("0000000"), large, tried,
		warns("ownership/ineligible-owner", ".github/CODEOWNERS", 14,
			"@acme/cards cannot approve: the team has no write access to acme/shop.",
			"Give the team write access, or take it off the line."),
		blocks("commits/invisible", "", 0, "The message of a1b2c3d holds U+202E (right-to-left override) at character 12.",
			"Type the message anew; do not paste it."),
	}, abstained: []policy.Abstention{
		{Rule: "size/unknown", Family: "size", Mode: finding.Warn, Reason: "the lines of data/big.csv are not known"},
	}, gaps: []change.Gap{{Fact: "diff.lines", Path: "data/big.csv", Reason: "the forge sends no patch for a file of 31 MB"}}})
}

// TestGallery renders every page of the gallery, and writes them to the folder named by LINTEL_GALLERY, to be looked at.
func TestGallery(t *testing.T) {
	for name, page := range galleryPages(t) {
		if dir := os.Getenv("LINTEL_GALLERY"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".html"), page, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// manyRepositories makes more repositories than a page lists. The second has changes of every kind.
func manyRepositories(s *scene) {
	of := func(repo int64, number int) change.Ref {
		return change.Ref{
			Key:   change.Key{Forge: change.GitHub, RepoID: repo, Number: number},
			Owner: "acme", Name: fmt.Sprintf("service-%02d", repo-1000), Connection: 3,
		}
	}
	for repo := range int64(60) {
		s.deliver(of(1000+repo, 1), sha("a"), nil, "pull_request.opened")
		s.verdict(of(1000+repo, 1), judgement{title: "fix: round prices half to even"})
	}
	refused := of(1002, 2)
	s.deliver(refused, sha("b"), nil, "pull_request.opened")
	s.verdict(refused, judgement{title: "feat: pay by " + hostile, findings: []finding.Finding{
		blocks("ownership/unowned", "a.go", 0, "No line of CODEOWNERS matches a.go.", "Add a line for it."),
	}})
	s.deliver(of(1002, 3), sha("c"), nil, "pull_request.opened")
	failing := of(1002, 4)
	s.deliver(failing, sha("d"), nil, "pull_request.opened")
	look := plan.Look{Record: change.Record{Ref: failing}, KeepRecord: true, Lines: []history.Line{
		{Key: failing.Key, At: s.now, Kind: history.Failed, Detail: "read pull request: GitHub answers 502 " + hostile, SHA: sha("d")},
	}}
	if _, err := s.Store.SavePlan(s.t.Context(), look, nothing); err != nil {
		s.t.Fatal(err)
	}
}

// shownRepositories are some of another organisation with what an operator looks for: what fails, is refused, and waits.
func shownRepositories(s *scene) {
	reasons := []string{"size/too-large", "secrets/leaked", "commits/header"}
	for i, name := range []string{"storefront", "payments", "search", "mobile-api", "billing", "identity", "infrastructure", "docs"} {
		for number := range 2 + (i*5)%4 {
			ref := change.Ref{
				Key:   change.Key{Forge: change.GitHub, RepoID: int64(2000 + i), Number: number + 1},
				Owner: "globex", Name: name, Connection: 3,
			}
			s.deliver(ref, sha("a"), nil, "pull_request.opened")
			var found []finding.Finding
			for k := range number % 3 {
				found = append(found, blocks(reasons[(i+k)%3], "a.go", 0, "It is refused.", "Fix it."))
			}
			if (i+number)%5 != 4 {
				s.verdict(ref, judgement{title: "feat: round prices half to even", findings: found})
			}
			if i == 2 && number == 2 {
				look := plan.Look{Record: change.Record{Ref: ref}, KeepRecord: true, Lines: []history.Line{{Key: ref.Key, At: s.now,
					Kind: history.Failed, Detail: "read pull request: GitHub answers 502 Bad Gateway", SHA: sha("a")}}}
				if _, err := s.Store.SavePlan(s.t.Context(), look, nothing); err != nil {
					s.t.Fatal(err)
				}
			}
		}
	}
}

// queueScene has a queue that waits, one that is idle, and jobs that failed.
func queueScene(context.Context) (queue.Survey, error) {
	return queue.Survey{Leader: "web-1 (pid 4711)", Queues: []queue.Waiting{
		{Queue: "look", Ready: 12, OldestSeconds: 95, Running: 8, Later: 3, GivenUp: 1}, {Queue: "sweep", Later: 2},
	}, Failing: []queue.Failing{
		{ID: 812, Queue: "look", Kind: "look", Args: `{"key":"github:7:12"}`, State: "discarded", Attempt: 10, Error: hostile},
		{ID: 815, Queue: "look", Kind: "look", Args: `{"key":"github:7:13"}`, State: "retryable", Attempt: 2,
			Error: "the forge answered 502"},
	}}, nil
}

// rolloutsScene has an estimate of each kind: clear, unclear with sides that went apart before, and none.
func rolloutsScene(context.Context) (stepped.Report, error) {
	few := stepped.Estimate{Begun: 2, Of: 8, Others: 9, Why: "2 repositories that began, and 9 that had not, can be compared"}
	return stepped.Report{Method: "Estimates by difference in differences.", Rollouts: []stepped.Rollout{
		{
			Name: "advice", First: start, Last: start.AddDate(0, 1, 0), Unknown: []string{"acme/" + hostile},
			Cycle: stepped.Estimate{Begun: 6, Of: 8, Others: 9, Pulls: 412, Change: &stepped.Range{By: -0.25, Low: -0.4, High: -0.06},
				Before: &stepped.Range{By: 0.02, Low: -0.1, High: 0.15}},
			Pickup: stepped.Estimate{Begun: 6, Of: 8, Others: 9, Pulls: 400, Change: &stepped.Range{By: -0.1, Low: -0.3, High: 0.15},
				Before: &stepped.Range{By: -0.2, Low: -0.3, High: -0.1}},
			Merged: few,
		},
		{Name: "size-enforced", Planned: true, Cycle: few, Pickup: few, Merged: few},
	}}, nil
}

// galleryPages are all kinds of pages by a name of theirs.
func galleryPages(t *testing.T) map[string][]byte {
	t.Helper()
	g := newGate(t)
	s := g.scene
	noisyScene(s, 100, 60)
	gallery(s)
	decidedScene(s, pull(19))
	look := plan.Look{
		Record:     change.Record{Ref: pull(17)},
		KeepRecord: true,
		Lines: []history.Line{
			{Key: pull(17).Key, At: s.now, Kind: history.Failed, Detail: "read pull request: GitHub answers 502", SHA: sha("3")},
		},
	}
	if _, err := s.Store.SavePlan(t.Context(), look, nothing); err != nil {
		t.Fatal(err)
	}
	repositories, err := fleet.New(s.Store, s.Pages, func() time.Time { return s.now })
	if err != nil {
		t.Fatal(err)
	}
	figures := figuresScene(s)
	manyRepositories(s)
	shownRepositories(s)
	organisationsScene(s)
	admin := Admin(s.Pages.o.Log, s.overview(), s.health(), s.Pages, nil, figures, repositories.Route, func(mux *http.ServeMux) {
		s.Pages.RouteOrganisations(mux, s.Store)
		rollouts.Pages{Report: rolloutsScene, Shell: s.Pages}.Route(mux)
		queues.Pages{Survey: queueScene, Shell: s.Pages}.Route(mux)
	})
	out := map[string][]byte{}
	for name, path := range map[string]string{
		"refused": "/pr/github/acme/shop/12", "remarks": "/pr/github/acme/shop/13", "lost": "/pr/github/acme/shop/14",
		"long": "/pr/github/acme/shop/15", "hostile": "/pr/github/acme/shop/16",
		"waiting": "/pr/github/acme/shop/17", "shared": "/pr/github/acme/shop/18", "decided": "/pr/github/acme/shop/19",
		"group": "/group/github/acme/shop/" + sha("2"), "overview": "/", "scorecards": "/rules",
		"flow": "/flow?from=2025-09-01&bucket=month", "flow-list": "/flow/pulls?author=all&base=all&from=2026-02-20",
		"flow-pull": "/flow/pull/github/acme/shop/903", "flow-dora": "/flow/dora", "flow-wrong": "/flow?from=soon",
		"flow-rollouts": "/flow/rollouts", "definitions": "/definitions", "organisations": "/organisations",
		"repositories": "/repositories", "repositories-shown": "/repositories?q=globex",
		"repositories-none":  "/repositories?q=nothing&state=failing",
		"repositories-wrong": "/repositories?state=x", "repository": "/repositories/acme/service-02",
		"objectives": "/objectives", "queue": "/queue", "manual": "/docs/rules/ownership",
		"manuals": "/docs/rules/", "missing": "/x", "welcome": "/",
	} {
		handler, status := admin, http.StatusOK
		switch name {
		case "welcome":
			handler = g.Handler
		case "flow-wrong", "repositories-wrong":
			status = http.StatusBadRequest
		case "missing":
			handler, status = g.Handler, http.StatusNotFound
		}
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		r.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		out[name] = w.Body.Bytes()
	}
	if s.log.Len() > 0 {
		t.Error(s.log)
	}
	return out
}
