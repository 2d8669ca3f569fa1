package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/fakehub"
)

// TestStorySuppressions: three dismissals by two people keep their like silent, grave security findings never; it is listed, exported, and lifted by name.
func TestStorySuppressions(t *testing.T) {
	s := tell(t)
	commit(t, s.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "feat: more", Files: fakehub.Files{"cart/long.go": "package cart\n" + strings.Repeat("// x\n", 20)}})
	s.quiet()
	var want []effect.Remark
	for i := range 3 {
		for _, c := range []struct{ category, severity string }{{"clarity", "low"}, {"security", "high"}} {
			m := s.remark("cart/long.go", len(want)+2)
			m.Point, m.About.Category, m.About.Rule, m.About.Severity, m.About.Symbol = fmt.Sprintf("sha256:%s%d", c.category, i), c.category, "advice/"+c.category, c.severity, fmt.Sprint("f", i)
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
	ask := func(f func(app.Terminal) error) string {
		t.Helper()
		var out bytes.Buffer
		must(t, f(app.Terminal{Out: &out, Err: &out}))
		return out.String()
	}
	list := func() string {
		t.Helper()
		return ask(func(term app.Terminal) error { return app.Suppressions(t.Context(), term, s.config, shop) })
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
	if len(got) != 2 || !strings.Contains(got[1], "clarity") || !strings.Contains(got[1], "/cart/long.go") || !strings.Contains(got[1], "olga, wendy") {
		t.Fatalf("%q", got)
	}
	var data struct {
		Lintel struct {
			Advice struct {
				Suppressions []struct{ Category, Path string }
			}
		}
	}
	must(t, json.Unmarshal([]byte(ask(func(term app.Terminal) error { return app.ExportSuppressions(t.Context(), term, s.config, shop) })), &data))
	if len(data.Lintel.Advice.Suppressions) != 1 || data.Lintel.Advice.Suppressions[0].Category != "clarity" {
		t.Errorf("%+v", data)
	}
	id := strings.Fields(got[1])[0]
	if err := app.LiftSuppression(t.Context(), app.Terminal{Out: &bytes.Buffer{}}, s.config, shop, "12345678"); err == nil || !strings.Contains(err.Error(), "no suppression") {
		t.Errorf("%v", err)
	}
	if out := ask(func(term app.Terminal) error { return app.LiftSuppression(t.Context(), term, s.config, shop, id) }); !strings.Contains(out, "3 dismissals") {
		t.Error(out)
	}
	if got := list(); got != "No advice is kept silent in acme/shop.\n" {
		t.Error(got)
	}
	for _, name := range []string{"shop", "acme/none", "a/b/c"} {
		if err := app.Suppressions(t.Context(), app.Terminal{Out: &bytes.Buffer{}}, s.config, name); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestStoryReleaseByCommand: who runs Lintel can release drafts, and the history names the account.
func TestStoryReleaseByCommand(t *testing.T) {
	s := tell(t)
	var out bytes.Buffer
	release := func(name string) error { return app.Release(t.Context(), app.Terminal{Out: &out}, s.config, name) }
	must(t, release("acme/shop#1"))
	s.plan(true, []effect.Remark{s.remark("cart/sum.go", 3)})
	s.look()
	must(t, release("acme/shop#1"))
	s.look()
	if all := s.threads(); len(all) != 1 || !strings.HasSuffix(s.point().Actor, "(operator)") {
		t.Errorf("%+v %+v", all, s.point())
	}
	if diff := cmp.Diff("No drafts of comments wait on acme/shop#1.\n1 draft on acme/shop#1 will be posted within seconds.\n", out.String()); diff != "" {
		t.Error(diff)
	}
	if audit := s.audit(); len(audit) != 1 || !strings.HasSuffix(audit[0], "(operator): 1 comment released by command") {
		t.Errorf("%q", audit)
	}
	for _, name := range []string{"acme/shop", "acme/none#1"} {
		if err := release(name); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
