package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/release"
	"github.com/lintel-review/lintel/internal/command/suppressions"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/effect"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/thread"
)

// TestStorySuppressions: three dismissals by two people keep their like silent, grave security findings never; it is
// listed, exported, and lifted by name.
//
// Attack by anybody who may comment: Dismiss a grave security finding three times, so that similar ones are never
// posted: such findings are never suppressed; it takes the author or write permission, and two people.
func TestStorySuppressions(t *testing.T) {
	t.Parallel()
	s := tell(t)
	commit(t, s.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			Author:  "wendy",
			Message: "feat: more",
			Files:   fakehub.Files{"cart/long.go": "package cart\n" + strings.Repeat("// x\n", 20)},
		})
	s.quiet()
	var want []effect.InlineComment
	for i := range 3 {
		for _, c := range []struct{ category, severity string }{{"clarity", "low"}, {"security", "high"}} {
			m := s.inlineComment("cart/long.go", len(want)+2)
			m.Fingerprint, m.About.Category, m.About.Rule, m.About.Severity, m.About.Symbol = fmt.Sprintf("sha256:%s%d", c.category, i),
				c.category, "advice/"+c.category, c.severity, fmt.Sprint("f", i)
			want = append(want, m)
		}
	}
	s.plan(false, want)
	s.look()
	all := s.threads()
	if len(all) != 6 {
		t.Fatalf("%d threads", len(all))
	}
	slices.SortFunc(all, func(a, b fakehub.ThreadView) int { return a.Line - b.Line })
	ask := func(f func(terminal.Terminal) error) string {
		t.Helper()
		var out bytes.Buffer
		must(t, f(terminal.Terminal{Out: &out, Err: &out}))
		return out.String()
	}
	list := func() string {
		t.Helper()
		return ask(func(term terminal.Terminal) error { return listSuppressions(s.config, shop).Run(t.Context(), term) })
	}
	for i, th := range all {
		if got := list(); got != "No advice is kept silent in acme/shop.\n" {
			t.Fatalf("after %d dismissals: %s", i, got)
		}
		who := "wendy"
		if i >= 4 {
			who = "olga"
		}
		must(t, s.hub.ResolveThread(shop, s.n, th.ID, true, who))
		s.quiet()
		if i == 4 {
			break
		}
	}
	got := strings.Split(strings.TrimSpace(list()), "\n")
	if len(got) != 2 || !strings.Contains(got[1], "clarity") || !strings.Contains(got[1], "/cart/long.go") ||
		!strings.Contains(got[1], "olga, wendy") {
		t.Fatalf("%q", got)
	}
	var data struct {
		Lintel struct {
			Advice struct {
				Suppressions []struct{ Category, Path string }
			}
		}
	}
	must(t, json.Unmarshal([]byte(ask(func(term terminal.Terminal) error {
		var c suppressions.Export
		c.Repo, c.Database = shop, s.config.Database
		return c.Run(t.Context(), term)
	})), &data))
	if len(data.Lintel.Advice.Suppressions) != 1 || data.Lintel.Advice.Suppressions[0].Category != "clarity" {
		t.Errorf("%+v", data)
	}
	id := strings.Fields(got[1])[0]
	if err := liftSuppression(s.config, "12345678").Run(t.Context(), terminal.Terminal{Out: &bytes.Buffer{}}); err == nil ||
		!strings.Contains(err.Error(), "no suppression") {
		t.Errorf("%v", err)
	}
	if out := ask(func(term terminal.Terminal) error {
		return liftSuppression(s.config, id).Run(t.Context(), term)
	}); !strings.Contains(out, "3 dismissals") {
		t.Error(out)
	}
	if got := list(); got != "No advice is kept silent in acme/shop.\n" {
		t.Error(got)
	}
	for _, name := range []string{"shop", "acme/none", "a/b/c"} {
		if err := listSuppressions(s.config, name).Run(t.Context(), terminal.Terminal{Out: &bytes.Buffer{}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestStoryReleaseByCommand: who runs Lintel can release drafts, and the history names the account.
func TestStoryReleaseByCommand(t *testing.T) {
	t.Parallel()
	s := tell(t)
	var out bytes.Buffer
	ask := func(name string) error {
		var c release.Command
		c.Pull, c.Database = name, s.config.Database
		return c.Run(t.Context(), terminal.Terminal{Out: &out})
	}
	must(t, ask("acme/shop#1"))
	s.plan(true, []effect.InlineComment{s.inlineComment("cart/sum.go", 3)})
	s.look()
	must(t, ask("acme/shop#1"))
	s.look()
	if all := s.threads(); len(all) != 1 || !strings.HasSuffix(s.finding().Actor, "(operator)") {
		t.Errorf("%+v %+v", all, s.finding())
	}
	if diff := cmp.Diff("No drafts of comments wait on acme/shop#1.\n1 draft on acme/shop#1 will be posted within seconds.\n",
		out.String()); diff != "" {
		t.Error(diff)
	}
	if audit := s.audit(); len(audit) != 1 || !strings.HasSuffix(audit[0], "(operator): 1 comment released by command") {
		t.Errorf("%q", audit)
	}
	for _, name := range []string{"acme/shop", "acme/none#1"} {
		if err := ask(name); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestStorySuppressedAdviceIsSilent: what people said no to three times in a folder is not said in it again, and is once that is lifted.
//
//race:unwatched
func TestStorySuppressedAdviceIsSilent(t *testing.T) {
	t.Parallel()
	hub := advisedWorld(t, "")
	_, url := endpoint(t, opinion("")...)
	r := advised(t, hub, url)
	// What advice wants is in the record before its comment is there, so that nothing in it means that nothing is on its way.
	advise := func(name string) (number int, threads []fakehub.ThreadView) {
		t.Helper()
		sha := commit(t, hub, shop,
			fakehub.Commit{
				Branch:  name,
				From:    "main",
				Author:  "wendy",
				Message: "feat(cart): add " + name,
				Files:   fakehub.Files{"cart/" + name + ".go": coupon},
			})
		n := open(t, hub, shop, fakehub.Pull{Head: name, Base: "main", Title: "feat: " + name, Author: "wendy"})
		r.run(sha, "success")
		r.comment(n, "Advice of a language model")
		record, err := r.server.Record().Find(t.Context(), change.GitHub, "acme", "shop", n)
		must(t, err)
		points, err := r.server.Record().Findings(t.Context(), record.Key)
		must(t, err)
		if !slices.ContainsFunc(points, func(p thread.Finding) bool { return p.About.Origin == effect.FromAdvice }) {
			return n, nil
		}
		for deadline := time.Now().Add(patience); len(threads) == 0 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			threads, err = hub.Threads(shop, n)
			must(t, err)
		}
		return n, threads
	}
	// posted waits until the record knows the comment that the forge shows: a dismissal of an unknown comment is nobody's.
	posted := func(n int) {
		t.Helper()
		record, err := r.server.Record().Find(t.Context(), change.GitHub, "acme", "shop", n)
		must(t, err)
		for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
			findings, err := r.server.Record().Findings(t.Context(), record.Key)
			must(t, err)
			if slices.ContainsFunc(findings, func(f thread.Finding) bool { return f.Posted != nil && f.Posted.Receipt != nil }) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("#%d: the record knows no posted comment: %+v", n, findings)
			}
		}
	}
	for _, c := range []struct{ name, who string }{{"one", "wendy"}, {"two", "olga"}, {"three", "wendy"}} {
		n, threads := advise(c.name)
		if len(threads) != 1 {
			t.Fatalf("%s: %d comments", c.name, len(threads))
		}
		posted(n)
		must(t, hub.ResolveThread(shop, n, threads[0].ID, true, c.who))
	}
	// A look that waits for its gathering window counts the last dismissal, and no count of running jobs shows that look.
	var out bytes.Buffer
	id := ""
	for deadline := time.Now().Add(patience); id == ""; time.Sleep(5 * time.Millisecond) {
		out.Reset()
		must(t, listSuppressions(r.config, shop).Run(t.Context(), terminal.Terminal{Out: &out}))
		if lines := strings.Split(out.String(), "\n"); strings.HasPrefix(lines[0], "ID") {
			id = strings.Fields(lines[1])[0]
		} else if time.Now().After(deadline) {
			t.Fatalf("three dismissals suppress nothing: %s", &out)
		}
	}
	if _, threads := advise("four"); len(threads) != 0 {
		t.Errorf("posted again: %+v", threads)
	}
	must(t, liftSuppression(r.config, id).Run(t.Context(), terminal.Terminal{Out: &out}))
	if _, threads := advise("five"); len(threads) != 1 {
		t.Errorf("still silent: %+v", threads)
	}
}

func listSuppressions(c config.Config, repository string) (list suppressions.List) {
	list.Repo, list.Database = repository, c.Database
	return list
}

func liftSuppression(c config.Config, id string) suppressions.Lift {
	lift := suppressions.Lift{ID: id}
	lift.Repo, lift.Database = shop, c.Database
	return lift
}
