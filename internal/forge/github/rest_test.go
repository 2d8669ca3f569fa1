package github_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// pair is one fake GitHub that is read in both ways.
type pair struct {
	*shop
	t    *testing.T
	rest *github.Forge
	wire *wire
}

// wire counts what goes to GraphQL and lets a test change answers.
type wire struct {
	graph  int
	answer func(*http.Request, *http.Response)
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/graphql") {
		w.graph++
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && w.answer != nil {
		w.answer(r, resp)
	}
	return resp, err
}

// newPair makes the shop of the other tests. The App may push, so that REST shows it the merge settings, too.
func newPair(t *testing.T, change func(*fakehub.Options, *github.Options)) *pair {
	t.Helper()
	hubOptions := fakehub.Options{App: fakehub.AppSpec{ID: 7, Slug: "lintel", Permissions: map[string]string{
		"metadata": "read", "contents": "write", "pull_requests": "write", "issues": "write", "checks": "write", "statuses": "write",
		"members": "read", "administration": "read", "merge_queues": "read"}}}
	o := github.Options{}
	if change != nil {
		change(&hubOptions, &o)
	}
	p := &pair{t: t, shop: newShop(t, hubOptions), wire: &wire{}}
	spec := p.hub.App()
	o.AppID, o.PrivateKey, o.APIURL, o.Kept, o.Now, o.Log = spec.ID, spec.PEM(), p.hub.URL(), &memoryCache{kept: map[string][]byte{}},
		time.Now, slog.New(slog.DiscardHandler)
	o.Owners = func(file []byte, _ []string) (teams, users, emails []string) {
		for _, name := range regexp.MustCompile(`@[\w/-]+`).FindAllString(string(file), -1) {
			if name = name[1:]; strings.Contains(name, "/") {
				teams = append(teams, name)
			} else {
				users = append(users, name)
			}
		}
		return teams, users, nil
	}
	o.ValidSettings = func(b []byte) bool { return strings.HasPrefix(string(b), "version: 1\n") }
	var err error
	p.forge, err = github.New(o)
	must(t, err)
	o.REST, o.Transport, o.Kept = true, p.wire, &memoryCache{kept: map[string][]byte{}}
	p.rest, err = github.New(o)
	must(t, err)
	return p
}

func (p *pair) commit(c fakehub.Commit) string {
	p.t.Helper()
	if c.Author == "" {
		c.Author = "wendy"
	}
	if c.Message == "" {
		c.Message = "feat: more"
	}
	sha, err := p.hub.Commit("acme/shop", c)
	must(p.t, err)
	return sha
}

func (p *pair) open(pull fakehub.Pull) int {
	p.t.Helper()
	if pull.Author == "" {
		pull.Author = "wendy"
	}
	if pull.Title == "" {
		pull.Title = "feat: " + pull.Head
	}
	n, err := p.hub.OpenPull("acme/shop", pull)
	must(p.t, err)
	return n
}

func (p *pair) review(n int, login, state string) {
	p.t.Helper()
	_, err := p.hub.Review("acme/shop", n, fakehub.Review{Author: login, State: state, Body: "seen"})
	must(p.t, err)
}

// same reads in both ways, twice by REST (cold and warm), and wants the same. It returns the snapshot.
func (p *pair) same(r change.Record) change.Snapshot {
	p.t.Helper()
	want, err := p.forge.Snapshot(context.Background(), r)
	must(p.t, err)
	if want.State != change.Open {
		want.Base.SHA = "" // REST does not read the base of what is closed
	}
	for _, round := range []string{"cold", "warm"} {
		got, err := p.rest.Snapshot(context.Background(), r)
		must(p.t, err)
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(change.Snapshot{}, "TakenAt"), cmpopts.EquateEmpty()); d != "" {
			p.t.Errorf("%s: REST reads otherwise than GraphQL (-GraphQL +REST):\n%s", round, d)
		}
	}
	if p.wire.graph != 0 {
		p.t.Errorf("%d calls went to GraphQL", p.wire.graph)
	}
	return want
}

func TestRESTReadsTheSame(t *testing.T) {
	for name, world := range map[string]func(*pair) change.Record{
		"plain": func(p *pair) change.Record {
			p.commit(fakehub.Commit{
				Branch: "coupon",
				Files:  fakehub.Files{"pay/coupon.go": "package pay\n", "README.md": "# The shop\n", "cart/a/b.go": "package a\n"},
			})
			n := p.open(fakehub.Pull{Head: "coupon", Body: "why"})
			must(p.t, p.hub.Label("acme/shop", n, "olga", "bug", "big"))
			for _, v := range [][2]string{{"mika", "COMMENT"}, {"rita", "APPROVE"}, {"olga", "REQUEST_CHANGES"}, {"mika", "APPROVE"}} {
				p.review(n, v[0], v[1])
			}
			return p.record(n)
		},
		"hinted": func(p *pair) change.Record {
			sha := p.commit(fakehub.Commit{Branch: "coupon", Files: fakehub.Files{"pay/coupon.go": "package pay\n"}})
			r := p.record(p.open(fakehub.Pull{Head: "coupon"}))
			r.Head, r.Base = change.Rev{Ref: "coupon", SHA: sha}, change.Rev{Ref: "main", SHA: p.hub.Tip("acme/shop", "main")}
			return r
		},
		"draft that was closed": func(p *pair) change.Record {
			p.commit(fakehub.Commit{Branch: "coupon", Files: fakehub.Files{"a": "a\n"}})
			n := p.open(fakehub.Pull{Head: "coupon", Draft: true})
			must(p.t, p.hub.ClosePull("acme/shop", n, "olga"))
			return p.record(n)
		},
		"fork": func(p *pair) change.Record {
			_, err := p.hub.AddRepo(fakehub.Repo{Owner: "rita", Name: "shop", ForkOf: "acme/shop"})
			must(p.t, err)
			_, err = p.hub.Commit("rita/shop",
				fakehub.Commit{Branch: "idea", Author: "rita", Message: "feat: idea", Files: fakehub.Files{"pay/idea.go": "package pay\n"}})
			must(p.t, err)
			return p.record(p.open(fakehub.Pull{Head: "rita:idea", Author: "rita"}))
		},
		"nested attributes": func(p *pair) change.Record {
			p.commit(fakehub.Commit{Branch: "main", Author: "olga",
				Files: fakehub.Files{".gitattributes": "*.pb.go linguist-generated\n", "x/y/.gitattributes": "* linguist-vendored\n",
					"x/.gitattributes": "/away\n", "x/y/z/1": "1\n"},
				Modes: map[string]string{"x/.gitattributes": "120000"}})
			p.commit(fakehub.Commit{
				Branch: "deep",
				From:   "main",
				Files:  fakehub.Files{"x/y/z/1": "2\n", "gen/b.go": "package gen\n", "README.md/x": "not a folder before\n"},
				Delete: []string{"README.md"},
			})
			return p.record(p.open(fakehub.Pull{Head: "deep"}))
		},
		"CODEOWNERS changed": func(p *pair) change.Record {
			p.commit(fakehub.Commit{
				Branch: "own",
				Files: fakehub.Files{".github/CODEOWNERS": "* @olga @rita @nobody @acme/core @acme/ghosts @other/team\n",
					".github/lintel.yml": "version: 2\n"},
			})
			return p.record(p.open(fakehub.Pull{Head: "own"}))
		},
		"older approved heads": func(p *pair) change.Record {
			p.commit(fakehub.Commit{Branch: "fix", Files: fakehub.Files{"pay/run.sh": "a\n", "pay/pay.go": "package pay // 1\n"}})
			n := p.open(fakehub.Pull{Head: "fix"})
			p.review(n, "mika", "APPROVE")
			p.commit(fakehub.Commit{
				Branch: "fix",
				Files:  fakehub.Files{"pay/run.sh": "a\n"},
				Modes:  map[string]string{"pay/run.sh": "100755"},
			})
			p.review(n, "olga", "APPROVE")
			p.commit(fakehub.Commit{Branch: "fix", Files: fakehub.Files{"cart/x.go": "package cart\n"}, Delete: []string{"pay/run.sh"}})
			return p.record(n)
		},
		"teams": func(p *pair) change.Record {
			members := map[string]string{"mika": "member"}
			for i := range 130 {
				login := fmt.Sprintf("dev%d", i)
				must(p.t, p.hub.AddUser(fakehub.User{Login: login}))
				must(p.t, p.hub.SetOrgMember("acme", login, "member", "olga"))
				members[login] = "member"
			}
			must(p.t, p.hub.AddTeam(
				fakehub.Team{Org: "acme", Slug: "all", Members: members, Repos: map[string]string{"acme/shop": "pull"}}))
			must(p.t, p.hub.AddTeam(fakehub.Team{Org: "acme", Slug: "outside", Members: members}))
			p.commit(fakehub.Commit{
				Branch: "main",
				Author: "olga",
				Files:  fakehub.Files{"CODEOWNERS": "* @acme/all @acme/core @acme/outside @acme/none @wendy @rita\n"},
			})
			p.commit(fakehub.Commit{Branch: "t", From: "main", Files: fakehub.Files{"a": "a\n"}})
			return p.record(p.open(fakehub.Pull{Head: "t"}))
		},
		"settings history": func(p *pair) change.Record {
			set := func(branch, text string) {
				p.commit(
					fakehub.Commit{
						Branch:  branch,
						Author:  "olga",
						Message: "chore: " + text,
						Files:   fakehub.Files{".github/lintel.yml": text},
					})
			}
			set("main", "version: 1\nold: true\n")
			p.commit(fakehub.Commit{
				Branch: "side",
				From:   "main",
				Author: "olga",
				Files:  fakehub.Files{"s": "s\n", ".github/lintel.yml": "version: 1\nside: true\n"},
			})
			set("main", "broken 1")
			for i := range 14 {
				p.commit(fakehub.Commit{Branch: "main", Author: "olga", Files: fakehub.Files{"n": fmt.Sprint(i)}})
			}
			// A merge whose second parent held valid settings: only the first parents count.
			p.commit(fakehub.Commit{
				Branch:  "main",
				Author:  "olga",
				Parents: []string{p.hub.Tip("acme/shop", "main"), p.hub.Tip("acme/shop", "side")},
				Files:   fakehub.Files{".github/lintel.yml": "broken 2"},
			})
			set("main", "broken 3")
			p.commit(fakehub.Commit{Branch: "topic", From: "main", Files: fakehub.Files{"a": "a\n"}})
			return p.record(p.open(fakehub.Pull{Head: "topic"}))
		},
		"settings never valid": func(p *pair) change.Record {
			for i := range 55 {
				p.commit(
					fakehub.Commit{Branch: "main", Author: "olga", Files: fakehub.Files{".github/lintel.yml": fmt.Sprint("broken ", i/10)}})
			}
			p.commit(fakehub.Commit{Branch: "topic", From: "main", Files: fakehub.Files{"a": "a\n"}})
			return p.record(p.open(fakehub.Pull{Head: "topic"}))
		},
		"missing patches": func(p *pair) change.Record {
			p.commit(fakehub.Commit{
				Branch: "main",
				Author: "olga",
				Files: fakehub.Files{"old.bin": "\x00old", "gone.bin": "\x00gone", "run.sh": "x\n", "moved.bin": "\x00moved\x00moved",
					"link": "target"},
				Modes: map[string]string{"link": "120000"},
			})
			p.commit(fakehub.Commit{Branch: "big", From: "main",
				Files: fakehub.Files{"big.txt": strings.Repeat("line\n", 300), "new.bin": "\x00new", "old.bin": "\x00newer",
					"empty": "", "run.sh": "x\n", "late.bin": strings.Repeat("a", 9000) + "\x00", "link": "other"},
				Modes: map[string]string{"run.sh": "100755", "link": "120000"}, Delete: []string{"gone.bin"}})
			return p.record(p.open(fakehub.Pull{Head: "big"}))
		},
		"more than 300 files": func(p *pair) change.Record {
			files := fakehub.Files{}
			for i := range 350 {
				files[fmt.Sprintf("d%d/f%d.txt", i%7, i)] = "x\n"
			}
			p.commit(fakehub.Commit{Branch: "many", Files: files})
			return p.record(p.open(fakehub.Pull{Head: "many"}))
		},
		"many commits": func(p *pair) change.Record {
			for i := range 120 {
				p.commit(fakehub.Commit{Branch: "long", Message: fmt.Sprintf("feat: step %d", i), Files: fakehub.Files{"n": fmt.Sprint(i)}})
			}
			return p.record(p.open(fakehub.Pull{Head: "long"}))
		},
		"merge group": func(p *pair) change.Record {
			must(p.t, p.hub.Protect("acme/shop", "main", &fakehub.Protection{MergeQueue: true, Ruleset: true}))
			p.commit(fakehub.Commit{Branch: "q", Files: fakehub.Files{"a": "a\n"}})
			n := p.open(fakehub.Pull{Head: "q"})
			base := p.hub.Tip("acme/shop", "main")
			ref, sha, err := p.hub.Enqueue("acme/shop", n, "MERGE", "wendy")
			must(p.t, err)
			r := p.record(0)
			r.Key.Group = sha
			r.Group = &change.Group{Number: n, Head: sha, Base: base, Ref: strings.TrimPrefix(ref, "refs/heads/")}
			return r
		},
		"merge group whose branch is gone": func(p *pair) change.Record {
			p.commit(fakehub.Commit{Branch: "q", Files: fakehub.Files{"a": "a\n"}})
			n := p.open(fakehub.Pull{Head: "q"})
			r := p.record(0)
			r.Key.Group = strings.Repeat("a", 40)
			r.Group = &change.Group{
				Number: n,
				Head:   r.Key.Group,
				Base:   p.hub.Tip("acme/shop", "main"),
				Ref:    "gh-readonly-queue/main/pr-1-x",
			}
			return r
		},
		"siblings": func(p *pair) change.Record {
			sha := p.commit(fakehub.Commit{Branch: "one", Files: fakehub.Files{"a": "a\n"}})
			must(p.t, p.hub.Push("acme/shop", "two", sha, "wendy", false))
			must(p.t, p.hub.Push("acme/shop", "release", p.hub.Tip("acme/shop", "main"), "olga", false))
			p.commit(fakehub.Commit{Branch: "three", From: "one", Files: fakehub.Files{"b": "b\n"}}) // carries the commit, has another head
			n := p.open(fakehub.Pull{Head: "one"})
			p.open(fakehub.Pull{Head: "two"})
			p.open(fakehub.Pull{Head: "one", Base: "release"})
			p.open(fakehub.Pull{Head: "three"})
			closed := p.open(fakehub.Pull{Head: "two", Base: "release"})
			must(p.t, p.hub.ClosePull("acme/shop", closed, "olga"))
			return p.record(n)
		},
		"a stack brings its own rules": func(p *pair) change.Record {
			p.commit(fakehub.Commit{Branch: "lax", Files: fakehub.Files{".github/lintel.yml": "version: 1\nlax: true\n"}})
			p.commit(fakehub.Commit{Branch: "top", From: "lax", Files: fakehub.Files{"a": "a\n"}})
			return p.record(p.open(fakehub.Pull{Head: "top", Base: "lax"}))
		},
		"a protected base": func(p *pair) change.Record {
			p.commit(fakehub.Commit{Branch: "release/1", Files: fakehub.Files{".github/lintel.yml": "version: 1\nlax: true\n"}})
			must(p.t, p.hub.Protect("acme/shop", "release/1", &fakehub.Protection{Reviews: 1}))
			p.commit(fakehub.Commit{Branch: "top", From: "release/1", Files: fakehub.Files{"a": "a\n"}})
			return p.record(p.open(fakehub.Pull{Head: "top", Base: "release/1"}))
		},
		"a base ruled by a ruleset": func(p *pair) change.Record {
			p.commit(fakehub.Commit{Branch: "release/2", Files: fakehub.Files{".github/lintel.yml": "version: 1\nlax: true\n"}})
			must(p.t, p.hub.Protect("acme/shop", "release/2", &fakehub.Protection{Reviews: 1, Ruleset: true}))
			p.commit(fakehub.Commit{Branch: "top", From: "release/2", Files: fakehub.Files{"a": "a\n"}})
			return p.record(p.open(fakehub.Pull{Head: "top", Base: "release/2"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, func(h *fakehub.Options, _ *github.Options) {
				if name == "missing patches" {
					h.PatchBytes = 200
				}
			})
			p.same(world(p))
			for _, branch := range []string{"main", "lax", "release/1", "release/2", "nowhere"} {
				want, err := p.forge.RuledAt(context.Background(), p.installation, "acme", "shop", branch)
				must(t, err)
				got, err := p.rest.RuledAt(context.Background(), p.installation, "acme", "shop", branch)
				must(t, err)
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("what rules %s (-GraphQL +REST):\n%s", branch, d)
				}
			}
		})
	}
}

func TestRESTReadsChecksOfOthers(t *testing.T) {
	p := newPair(t, func(_ *fakehub.Options, o *github.Options) { o.ReadChecks = true })
	_, err := p.hub.AddApp(fakehub.AppSpec{ID: 99, Slug: "ci"})
	must(t, err)
	sha := p.commit(fakehub.Commit{Branch: "c", Files: fakehub.Files{"a": "a\n"}})
	n := p.open(fakehub.Pull{Head: "c"})
	for _, run := range []struct {
		name, conclusion string
		app              int64
	}{{"build", "failure", 99}, {"test", "success", 99}, {"build", "success", 99}, {"lintel", "failure", p.hub.App().ID}} {
		_, err := p.hub.PostRun("acme/shop", sha, run.name, run.conclusion, run.app)
		must(t, err)
	}
	must(t, p.hub.PostStatus("acme/shop", sha, "ci/old", "failure", "wendy"))
	must(t, p.hub.PostStatus("acme/shop", sha, "ci/wait", "pending", "wendy"))
	s, err := p.rest.Snapshot(context.Background(), p.record(n))
	must(t, err)
	want := []change.Check{{Name: "build", App: 99, Status: "completed", Conclusion: "success"},
		{Name: "ci/old", Status: "completed", Conclusion: "failure"},
		{Name: "ci/wait", Status: "in_progress"}, {Name: "test", App: 99, Status: "completed", Conclusion: "success"}}
	if d := cmp.Diff(want, s.Checks); d != "" {
		t.Errorf("checks, the newest of each and none of our own (-want +got):\n%s", d)
	}
}

// rewrite lets f change the JSON of answers whose path contains part.
func (p *pair) rewrite(part string, f func(map[string]any)) {
	p.wire.answer = func(r *http.Request, resp *http.Response) {
		if resp.StatusCode != http.StatusOK || !strings.Contains(r.URL.Path, part) {
			return
		}
		raw, err := io.ReadAll(resp.Body)
		must(p.t, err)
		must(p.t, resp.Body.Close())
		var doc map[string]any
		must(p.t, json.Unmarshal(raw, &doc))
		f(doc)
		raw, err = json.Marshal(doc)
		must(p.t, err)
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		resp.Header.Del("Content-Length")
	}
}

func TestRESTNeverTakesACutFolderForAbsence(t *testing.T) {
	p := newPair(t, nil)
	p.commit(fakehub.Commit{Branch: "coupon", Files: fakehub.Files{"pay/coupon.go": "package pay\n"}})
	n := p.open(fakehub.Pull{Head: "coupon"})
	p.rewrite("/git/trees/", func(doc map[string]any) {
		var kept []any
		for _, e := range doc["tree"].([]any) {
			if e.(map[string]any)["path"] != "CODEOWNERS" {
				kept = append(kept, e)
			}
		}
		doc["tree"], doc["truncated"] = kept, true
	})
	_, err := p.rest.Snapshot(context.Background(), p.record(n))
	var refused *change.Refused
	if !errors.As(err, &refused) || !strings.Contains(refused.Error(), "github.graphql") {
		t.Errorf("a folder that was cut and lacks CODEOWNERS gives %v, want a refusal that names github.graphql", err)
	}
}

func TestRESTStartsAgainWhenTheHeadMoves(t *testing.T) {
	p := newPair(t, nil)
	p.commit(fakehub.Commit{Branch: "coupon", Files: fakehub.Files{"pay/coupon.go": "package pay\n"}})
	n := p.open(fakehub.Pull{Head: "coupon"})
	moved := ""
	p.wire.answer = func(r *http.Request, _ *http.Response) {
		if moved == "" && strings.Contains(r.URL.Path, "/compare/") {
			moved = "now"
			moved = p.commit(fakehub.Commit{Branch: "coupon", Files: fakehub.Files{"late.go": "package late\n"}})
		}
	}
	s, err := p.rest.Snapshot(context.Background(), p.record(n))
	must(t, err)
	if s.Head.SHA != moved || len(s.Files) != 2 {
		t.Errorf("read head %s with %d files; the head moved to %s with 2 while it was read", s.Head.SHA, len(s.Files), moved)
	}
	p.wire.answer = func(r *http.Request, _ *http.Response) {
		if strings.Contains(r.URL.Path, "/commits/") {
			p.commit(fakehub.Commit{Branch: "main", Author: "olga", Files: fakehub.Files{"n": fmt.Sprint(time.Now().UnixNano())}})
		}
	}
	if _, err := p.rest.Snapshot(context.Background(), p.record(n)); !errors.Is(err, change.ErrMoved) {
		t.Errorf("a base that moves at every reading gives %v, want ErrMoved", err)
	}
}
