package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/token"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/terminal"
)

// A job of the repository's own pull request hands in a report: it is kept for that pull request, which is looked at
// again, and the run's second attempt replaces it.
//
//race:unwatched
func TestReportOfOwnPullRequest(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	u.quiet()
	run := u.runOf(n)
	u.hub.Reset()
	got := u.report(u.jwt(run, nil), coverage(sha), profile, "")
	u.expect("a report", got, 202, "stored")
	if got.Changes != 1 {
		t.Errorf("%d pull requests are looked at again", got.Changes)
	}
	u.quiet()
	if u.hub.Count("", "") == 0 {
		t.Error("nobody looked at the pull request")
	}
	u.has("the pull request", u.kept(sha, n, false), "unit full cart/x.go: 1 hit, 2 miss")
	again, err := u.hub.Rerun(run.ID)
	must(t, err)
	u.expect("the second attempt", u.report(u.jwt(again, nil), coverage(sha), "mode: set\ncart/x.go:1.1,1.9 1 0\n", ""), 202, "stored")
	u.expect("the first attempt, late",
		u.report(u.jwt(again, func(c map[string]any) { c["run_attempt"] = "1" }), coverage(sha), profile, ""), 200, "older")
	u.has("after both", u.kept(sha, n, false), "unit full cart/x.go: 1 miss")
}

// ATTACK: hand in numbers with a token that GitHub did not make for this server and this moment.
//
// WHAT MUST HOLD: each is refused with 401, nothing is kept, and the answer says what is wrong with it.
//
// Attack by anybody on the network: A forged, expired, borrowed or unsigned token with a report: checks of issuer,
// audience, expiry, and signature by RS256 alone with the issuer's keys; repository and owner by id. Also
// `internal/server/story_reports_test.go` `TestStoryTokenOfAnotherRepository`, `TestIssuerRotatesItsKeys`;
// `internal/oidc/oidc_test.go` `TestIssuerIsDown`, `TestUnknownKeysAskOnce`.
//
//race:unwatched
func TestStoryForgedTokens(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	u.quiet()
	run := u.runOf(n)
	other, err := fakehub.New(fakehub.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, other.Close()) })
	good := u.jwt(run, nil)
	parts := strings.Split(good, ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	symmetric := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2]
	swapped := parts[0] + "." + strings.Split(u.jwt(run, func(c map[string]any) { c["sha"] = sha }), ".")[1] + "." + parts[2]
	at := func(key string, after time.Duration) func(map[string]any) {
		return func(c map[string]any) { c[key] = time.Now().Add(after).Unix() }
	}
	set := func(key string, value any) func(map[string]any) { return func(c map[string]any) { c[key] = value } }
	for name, c := range map[string]struct{ token, says string }{
		"no token":                       {"", "no token"},
		"not a token":                    {"let-me-in", "neither an upload token nor an OIDC token"},
		"an issuer that is not believed": {u.jwt(run, set("iss", other.URL()+"/_services/token")), "issuer"},
		"an issuer that looks alike":     {u.jwt(run, set("iss", u.hub.Issuer()+"/")), "issuer"},
		"another audience":               {u.jwt(run, set("aud", "https://elsewhere.example")), "audience"},
		"no audience":                    {u.jwt(run, set("aud", "")), "audience"},
		"expired":                        {u.jwt(run, at("exp", -time.Second)), "expired"},
		"not valid yet":                  {u.jwt(run, at("nbf", time.Hour)), "not valid yet"},
		"for ever":                       {u.jwt(run, at("exp", 1000*time.Hour)), "too long"},
		"no id":                          {u.jwt(run, set("jti", "")), "no id"},
		"no repository":                  {u.jwt(run, set("repository_id", "")), "ids"},
		"not signed":                     {unsigned, "not signed"},
		"signed by a password":           {symmetric, "not signed"},
		"other claims under a signature": {swapped, "not signed"},
	} {
		got := u.report(c.token, coverage(sha), profile, "")
		u.expect(name, got, 401, "unauthorized")
		if !strings.Contains(got.Message, c.says) {
			t.Errorf("%s: it says %q, want something of %q", name, got.Message, c.says)
		}
	}
	u.has("after all of them", u.kept(sha, n, false))
	u.expect("the good one", u.report(good, coverage(sha), profile, ""), 202, "stored")
}

// ATTACK: use a token a second time. STEPS: a job's log or a proxy shows a token that brought a report; somebody sends
// other numbers with it.
//
// WHAT MUST HOLD: it is refused. The same report with the same token, as of a client that heard no answer, changes nothing.
//
// Attack by anybody who has seen a token: Send other numbers with it: a token brings one report, in the
// transaction that stores it; upload tokens are stored as digests, expire and can be revoked. Also
// `internal/server/story_reports_test.go` `TestStoryUploadTokens`.
//
//race:unwatched
func TestStoryReplayedToken(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	u.quiet()
	token := u.jwt(u.runOf(n), nil)
	u.expect("first", u.report(token, coverage(sha), profile, ""), 202, "stored")
	u.quiet()
	u.hub.Reset()
	u.expect("the same again", u.report(token, coverage(sha), profile, ""), 200, "repeat")
	u.expect("other numbers", u.report(token, coverage(sha), "mode: set\ncart/x.go:2.1,2.9 1 1\n", ""), 401, "token_used")
	u.expect("another flag", u.report(token, coverage(sha, "flag", "e2e"), profile, ""), 401, "token_used")
	u.quiet()
	if calls := u.hub.Count("", "/repos/{owner}/{repo}/pulls/{pull_number}"); calls != 0 {
		t.Errorf("a refused report cost %d looks", calls)
	}
	u.has("after all", u.kept(sha, n, false), "unit full cart/x.go: 1 hit, 2 miss")
}

// ATTACK: write for a repository that is not one's own: a repository that was made anew under the name of a deleted
// one, one that moved to another owner, one that the App is not installed on.
//
// WHAT MUST HOLD: repositories are known by their ids and their owners' ids; names count for nothing.
//
//race:unwatched
func TestStoryTokenOfAnotherRepository(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	u.quiet()
	run := u.runOf(n)
	set := func(key string, value any) string { return u.jwt(run, func(c map[string]any) { c[key] = value }) }
	u.expect("the same name, another id", u.report(set("repository_id", "424242"), coverage(sha), profile, ""), 404, "unknown_repository")
	u.expect("the same id, another owner", u.report(set("repository_owner_id", "424242"), coverage(sha), profile, ""), 404,
		"unknown_repository")
	u.expect("it asks for another", u.report(u.jwt(run, nil), coverage(sha, "repository", "acme/bank"), profile, ""), 403,
		"other_repository")
	// The subject, which GitHub writes in several ways, decides nothing.
	u.expect("another subject", u.report(set("sub", "repo:acme/bank:ref:refs/heads/main"), coverage(sha), profile, ""), 202, "stored")
	u.has("the pull request", u.kept(sha, n, false), "unit full cart/x.go: 1 hit, 2 miss")
}

// ATTACK: the author of a pull request, whose workflow runs on it, writes what others are judged by: a base report, the
// reports of another pull request's head, of a newer head that was not measured, of an older one.
//
// WHAT MUST HOLD: a token of refs/pull/N/merge writes for N's current head, measured there or on its merge, and for nothing else.
//
// Attack by the author: A report for another pull request, a base, a head that was not measured: the token's merge
// commit must merge the current head, and the report counts for that pull request alone. Also
// `internal/server/story_reports_test.go` `TestStorySharedHeadByAnotherWorkflow`.
//
//race:unwatched
func TestStoryPullRequestWritesElsewhere(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	_, victim := u.topic("victim", "feat: victim", "cart/y.go")
	main := commit(t, u.hub, shop,
		fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: move on", Files: fakehub.Files{"README.md": "# Shop 2\n"}})
	u.quiet()
	run := u.runOf(n)
	u.expect("a base report", u.report(u.jwt(run, nil), coverage(sha, "base", "true"), profile, ""), 403, "base_forbidden")
	u.expect("for another pull request's head", u.report(u.jwt(run, nil), coverage(victim), profile, ""), 409, "head_moved")
	u.expect("for the base branch", u.report(u.jwt(run, nil), coverage(main), profile, ""), 409, "head_moved")
	u.expect("measured elsewhere", u.report(u.jwt(run, nil), coverage(sha, "measured_sha", victim), profile, ""), 403, "not_the_head")
	u.expect("without saying which head", u.report(u.jwt(run, nil), coverage(""), profile, ""), 400, "bad_request")
	u.expect("in the name of pull_request_target",
		u.report(u.jwt(run, func(c map[string]any) { c["event_name"] = "pull_request_target" }), coverage(sha), profile, ""), 403,
		"forbidden")
	u.expect("in the name of a tag",
		u.report(u.jwt(run, func(c map[string]any) { c["event_name"], c["ref"] = "push", "refs/tags/v1" }), coverage(""), profile, ""),
		403, "forbidden")
	newer := commit(t, u.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			Author:  "wendy",
			Message: "feat: not measured",
			Files:   fakehub.Files{"cart/z.go": "package cart\n"},
		})
	u.quiet()
	u.expect("the old head", u.report(u.jwt(run, nil), coverage(sha), profile, ""), 409, "head_moved")
	u.expect("the new head by the old run", u.report(u.jwt(run, nil), coverage(newer), profile, ""), 403, "not_the_head")
	u.expect("the new head, said to be measured", u.report(u.jwt(run, nil), coverage(newer, "measured_sha", newer), profile, ""), 403,
		"not_the_head")
	for _, head := range []string{sha, newer, victim} {
		u.has("commit "+head, u.kept(head, n, false))
	}
	must(t, u.hub.ClosePull(shop, n, "wendy"))
	u.quiet()
	u.expect("a closed pull request", u.report(u.jwt(run, nil), coverage(newer), profile, ""), 409, "head_moved")
}

// ATTACK: speak for a pull request through another one with the same head. STEPS: the victim's pull request goes into
// main; the attacker opens one of the same commit into a branch of the attacker's own, where the workflow reports full
// coverage. It is a run on a current head, by the rules above.
//
// WHAT MUST HOLD: what it reports counts for the attacker's pull request alone.
//
//race:unwatched
func TestStorySharedHeadByAnotherWorkflow(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	victim, sha := u.topic("topic", "feat: topic", "cart/x.go")
	commit(t, u.hub, shop,
		fakehub.Commit{
			Branch:  "evil",
			From:    "main",
			Author:  "wendy",
			Message: "feat: evil",
			Files:   fakehub.Files{".github/workflows/ci.yml": "on: pull_request\n"},
		})
	attacker := open(t, u.hub, shop, fakehub.Pull{Head: "topic", Base: "evil", Title: "feat: evil", Author: "wendy"})
	u.quiet()
	u.expect("the attacker's", u.report(u.jwt(u.runOf(attacker), nil), coverage(sha), "mode: set\ncart/x.go:1.1,2.9 1 1\n", ""), 202,
		"stored")
	u.has("the attacker's own", u.kept(sha, attacker, false), "unit full cart/x.go: 1-2 hit")
	u.has("the victim's", u.kept(sha, victim, false))
	u.expect("the victim's", u.report(u.jwt(u.runOf(victim), nil), coverage(sha), profile, ""), 202, "stored")
	u.has("the victim's, then", u.kept(sha, victim, false), "unit full cart/x.go: 1 hit, 2 miss")
}

// Runs on branches write for their own commit, which others may be compared with.
//
//race:unwatched
func TestReportOfABranch(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	_, topic := u.topic("topic", "feat: topic", "cart/x.go")
	run, err := u.hub.StartRun(shop, fakehub.Run{Event: "push"})
	must(t, err)
	u.expect("another commit", u.report(u.jwt(run, nil), coverage(topic), profile, ""), 403, "not_the_head")
	u.expect("its own", u.report(u.jwt(run, nil), coverage(""), profile, ""), 202, "stored")
	base, err := u.server.Record().BaseReports(context.Background(), change.GitHub, u.repo, run.SHA)
	must(t, err)
	u.has("the base", described(base), "unit full cart/x.go: 1 hit, 2 miss")
	u.expect("of a fork's repository",
		u.report(u.jwt(run, func(c map[string]any) { c["repository_id"] = "99" }), coverage(""), profile, ""), 404, "unknown_repository")
}

// The base moved while the pull request was open, and CI measured the merge: its lines are those of the head again when they are kept.
func TestReportOfAMergeCommit(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	commit(t, u.hub, shop,
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "feat: z",
			Files:   fakehub.Files{"cart/z.go": "1\n2\n3\n4\n5\n6\n7\n8\n9\n"},
		})
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	commit(t, u.hub, shop,
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "feat: two lines above",
			Files:   fakehub.Files{"cart/z.go": "a\nb\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", "cart/new.go": "package cart\n"},
		})
	u.quiet()
	run := u.runOf(n)
	const merged = "mode: set\ncart/x.go:1.1,1.9 1 1\ncart/z.go:1.1,4.9 1 1\ncart/z.go:11.1,11.9 1 0\ncart/new.go:1.1,1.9 1 1\n"
	u.expect("the merge", u.report(u.jwt(run, nil), coverage(sha), merged, ""), 202, "stored")
	u.has("lines of the head", u.kept(sha, n, false), "unit full cart/x.go: 1 hit cart/z.go: 1-2 hit, 9 miss")
	u.expect("the head itself", u.report(u.jwt(run, nil), coverage(sha, "measured_sha", sha), "mode: set\ncart/z.go:9.1,9.9 1 1\n", ""),
		202, "stored")
	u.has("as it is", u.kept(sha, n, false), "unit full cart/z.go: 9 hit")
}

// ATTACK: guess, keep or borrow an upload token.
//
// WHAT MUST HOLD: a token opens its own repository until it ends or is revoked, and base reports only when it was made for them.
func TestStoryUploadTokens(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	addShop(t, u.hub, "bank")
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	u.quiet()
	id, secret := u.upToken(uploadToken(shop, token.Create{Name: "jenkins"}))
	_, baseSecret := u.upToken(uploadToken(shop, token.Create{Name: "jenkins main", Base: true, Days: 1}))
	_, bank := u.upToken(uploadToken("acme/bank", token.Create{Name: "jenkins"}))
	guess := strings.Map(func(r rune) rune { // no letter of it stands where it stood
		if r == 'x' {
			return 'y'
		}
		return 'x'
	}, secret[len(secret)-4:])
	u.expect("a guess", u.report(secret[:len(secret)-4]+guess, coverage(sha), profile, ""), 401, "unauthorized")
	u.expect("a base report", u.report(secret, coverage(sha, "base", "true"), profile, ""), 403, "base_forbidden")
	u.expect("another repository", u.report(bank, coverage(sha, "repository", shop), profile, ""), 403, "other_repository")
	u.expect("another repository's commit", u.report(bank, coverage(sha), profile, ""), 202, "stored")
	u.has("nothing came of that here", u.kept(sha, n, false))
	u.expect("its own", u.report(secret, coverage(sha, "repository", "ACME/shop"), profile, ""), 202, "stored")
	u.has("kept", u.kept(sha, n, false), "unit full cart/x.go: 1 hit, 2 miss")
	u.expect("a base report by a token that may", u.report(baseSecret, coverage(sha, "base", "true", "flag", "e2e"), profile, ""), 202,
		"stored")
	term := terminal.Terminal{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}
	rotate := token.Rotate{ID: id}
	rotate.Repository, rotate.Database = shop, u.config.Database
	must(t, rotate.Run(context.Background(), term))
	u.expect("after rotation", u.report(secret, coverage(sha), profile, ""), 401, "unauthorized")
	rotated := strings.TrimSpace(term.Out.(*bytes.Buffer).String())
	u.expect("the new one", u.report(rotated, coverage(sha), profile, ""), 202, "stored")
	var newID string
	_, err := fmt.Sscanf(term.Err.(*bytes.Buffer).String()[strings.Index(term.Err.(*bytes.Buffer).String(), "made token"):],
		"made token %s", &newID)
	must(t, err)
	revoke := token.Revoke{ID: newID}
	revoke.Repository, revoke.Database = shop, u.config.Database
	must(t, revoke.Run(context.Background(), term))
	u.expect("revoked", u.report(rotated, coverage(sha), profile, ""), 401, "unauthorized")
	var listed bytes.Buffer
	var list token.List
	list.Repository, list.Database = shop, u.config.Database
	must(t, list.Run(context.Background(), terminal.Terminal{Out: &listed, Err: &bytes.Buffer{}}))
	for _, line := range []string{id, newID} {
		if !regexp.MustCompile(`(?m)^` + line + ` +jenkins +no `).MatchString(listed.String()) {
			t.Errorf("the list does not show %s:\n%s", line, listed.String())
		}
	}
	if !strings.Contains(listed.String(), "jenkins main  yes") || strings.Contains(listed.String(), rotated) ||
		strings.Contains(listed.String(), secret) {
		t.Errorf("the list is wrong:\n%s", listed.String())
	}
	// A commit that nobody has heard of yet: kept until its pull request comes.
	early := commit(t, u.hub, shop,
		fakehub.Commit{Branch: "early", From: "main", Author: "wendy", Message: "feat: early", Files: fakehub.Files{"cart/x.go": "1\n2\n"}})
	u.quiet()
	got := u.report(baseSecret, coverage(early), profile, "")
	u.expect("an unknown commit", got, 202, "stored")
	if got.Changes != 0 {
		t.Errorf("%d looks for a commit of no pull request", got.Changes)
	}
	later := open(t, u.hub, shop, fakehub.Pull{Head: "early", Base: "main", Title: "feat: early", Author: "wendy"})
	u.quiet()
	u.has("the later pull request", u.kept(early, later, false), "unit full cart/x.go: 1 hit, 2 miss")
}

// ATTACK: exhaust the server by what is sent.
//
// WHAT MUST HOLD: each is refused with a reason, quickly, in bounded memory.
//
// Attack by the author: Reports that expand, break off or never end: limits on bytes, expansion, files, lines and
// time, and on uploads at once.
//
//race:unwatched
func TestStoryBombs(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	u.quiet()
	_, secret := u.upToken(uploadToken(shop, token.Create{Name: "jenkins"}))
	pack := func(plain string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(plain))
		must(t, err)
		must(t, z.Close())
		return b.String()
	}
	z, err := zstd.NewWriter(nil)
	must(t, err)
	line := "cart/x.go:1.1,1.9 1 1\n"
	huge := "mode: set\n" + strings.Repeat(line, 3<<20/len(line))
	random := make([]byte, 2<<20)
	for i := range random {
		random[i] = byte(i * i >> 3)
	}
	for _, c := range []struct {
		name, body, encoding string
		status               int
		word                 string
	}{
		{"a gzip bomb", pack(huge), "gzip", 422, "unreadable"},
		{"a zstd bomb", string(z.EncodeAll([]byte(huge), nil)), "zstd", 422, "unreadable"},
		{"too large as it is sent", string(random), "", 413, "too_large"},
		{"an encoding that is not read", profile, "br", 415, "bad_encoding"},
		{"not gzip", "\x1f\x8b not gzip", "gzip", 422, "unreadable"},
		{"cut off", pack(profile)[:30], "gzip", 422, "unreadable"},
		{"an image", "\x89PNG", "", 422, "unreadable"},
		{"nothing", "", "", 422, "unreadable"},
		{"a negative line", "mode: set\ncart/x.go:-1.1,1.9 1 1\n", "", 422, "unreadable"},
		{"gzip", pack(profile), "gzip", 202, "stored"},
		{"zstd", string(z.EncodeAll([]byte(profile), nil)), "zstd", 202, "stored"},
	} {
		u.expect(c.name, u.report(secret, coverage(sha), c.body, c.encoding), c.status, c.word)
	}
	u.has("what was good", u.kept(sha, n, false), "unit full cart/x.go: 1 hit, 2 miss")
	for name, q := range map[string]map[string]string{"kind": coverage(sha, "kind", "final"), "sha": coverage("main"),
		"flag": coverage(sha, "flag", "a b"), "attempt": coverage(sha, "attempt", "x")} {
		u.expect("a bad "+name, u.report(secret, q, profile, ""), 400, "bad_request")
	}
}

// The issuer's keys change while the server runs: new ones are fetched, withdrawn ones are refused.
//
//race:unwatched
func TestIssuerRotatesItsKeys(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	n, sha := u.topic("topic", "feat: topic", "cart/x.go")
	u.quiet()
	run := u.runOf(n)
	before := u.jwt(run, nil)
	must(t, u.hub.RotateKeys(true))
	u.expect("a token of the new key, the first that the server sees", u.report(u.jwt(run, nil), coverage(sha), profile, ""), 202, "stored")
	u.expect("a token of the withdrawn key", u.report(before, coverage(sha, "flag", "old"), profile, ""), 401, "unauthorized")
}

// A report changes the verdict like any other event: uncovered new lines refuse the pull request, the test that reaches them lets it pass.
//
//race:unwatched
func TestReportsChangeTheVerdict(t *testing.T) {
	t.Parallel()
	u := beginUploads(t)
	commit(t, u.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: gate coverage", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncoverage: { mode: enforce, patch: { min: 80, min_lines: 1 } }\n"}})
	sha := commit(t, u.hub, shop,
		fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "feat: topic", Files: fakehub.Files{
			"cart/x.go": "package cart\n\nfunc X() int {\n\ta := 1\n\tb := 2\n\treturn a + b\n}\n"}})
	n := open(t, u.hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: topic", Author: "wendy"})
	u.run(sha, "success")
	u.quiet()
	run := u.runOf(n)
	u.expect("uncovered", u.report(u.jwt(run, nil), coverage(sha), "mode: set\ncart/x.go:3.14,7.2 3 0\n", ""), 202, "stored")
	refused := u.run(sha, "failure")
	if !strings.Contains(refused.Summary+refused.Text, "cart/x.go") {
		t.Errorf("the check does not name the file:\n%s\n%s", refused.Summary, refused.Text)
	}
	u.expect("covered", u.report(u.jwt(run, nil), coverage(sha), "mode: set\ncart/x.go:3.14,7.2 3 1\n", ""), 202, "stored")
	u.run(sha, "success")
}
