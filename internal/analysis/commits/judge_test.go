package commits

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/settings"
)

// list gives the problems as "rule:kind" with what was got and wanted, in the order of the rules.
func list(t *testing.T, p Problems) []string {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var lists map[string][]Problem
	if err := json.Unmarshal(b, &lists); err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, rule := range []string{"header", "title", "type", "scope", "subject", "subject_case", "header_length", "body"} {
		for _, q := range lists[rule] {
			out = append(out, strings.Join(strings.Fields(rule+":"+q.Kind+" "+q.Got+" "+q.Want), " "))
		}
	}
	return out
}

func TestJudgeHeader(t *testing.T) {
	scopes := func(o *settings.Commits) { o.Scopes = []string{"cart", "api", "a/b"} }
	globs := func(o *settings.Commits) { o.Scopes = []string{"api/*", "web/**"} }
	anyCase := func(o *settings.Commits) { o.TypeCase = "any" }
	for _, c := range []struct {
		in   string
		set  func(*settings.Commits)
		want []string
	}{
		{"feat: x", nil, []string{}},
		{"Feat: x", nil, []string{"type:case Feat feat"}},
		{"Feat: x", anyCase, []string{}},
		{"feature: x", nil, []string{"type:unknown feature feat"}},
		{"Feature: x", anyCase, []string{"type:unknown Feature feat"}},
		{"fxi: x", nil, []string{"type:unknown fxi"}},
		{"refacotr: x", nil, []string{"type:unknown refacotr refactor"}},
		{"bugfix: x", nil, []string{"type:unknown bugfix fix"}},
		{"banana: x", nil, []string{"type:unknown banana"}},
		{"banana: x", func(o *settings.Commits) { o.Types = []string{} }, []string{}},
		{"Banana: x", func(o *settings.Commits) { o.Types = []string{} }, []string{"type:case Banana banana"}},
		{"deps: x", func(o *settings.Commits) { o.Types = []string{"deps"} }, []string{}},
		{"feat(anything): x", nil, []string{}},
		{"feat(cart): x", scopes, []string{}},
		{"feat(cart,api): x", scopes, []string{}},
		{"feat(cart, api): x", scopes, []string{}},
		{"feat(cart/api): x", scopes, []string{}},
		{"feat(cart\\api): x", scopes, []string{}},
		{"feat(a/b): x", scopes, []string{}},
		{"feat(a): x", scopes, []string{"scope:unknown a"}},
		{"feat(cart/a): x", scopes, []string{"scope:unknown cart/a"}},
		{"feat(Cart): x", scopes, []string{"scope:unknown Cart cart"}},
		{"feat(cart,crat): x", scopes, []string{"scope:unknown cart,crat"}},
		{"feat: x", scopes, []string{}},
		{"feat: x", func(o *settings.Commits) { o.ScopeRequired = true }, []string{"scope:missing"}},
		{"feat( cart): x", nil, []string{"scope:padded ( cart) (cart)"}},
		{"feat: x.", nil, []string{"subject:full_stop"}},
		{"feat: x...", nil, []string{}},
		{"feat: x..", nil, []string{"subject:full_stop"}},
		{"feat: X y", nil, []string{}},
		{"feat: Add y", nil, []string{"subject_case:sentence Add add"}},
		{"feat: Add y", func(o *settings.Commits) { o.SubjectCase = []string{} }, []string{}},
		{"feat: " + strings.Repeat("é", 94), nil, []string{}},
		{"feat: " + strings.Repeat("é", 95), nil, []string{"header_length:length"}},
		{"feat: " + strings.Repeat("é", 95), func(o *settings.Commits) { o.HeaderMax = 0 }, []string{}},
		{"feat:x", nil, []string{"header:no_space feat: x"}},
		{"Feature:Add a page.", nil, []string{"header:no_space feat: add a page"}},
		{"Fix lint", nil, []string{"header:no_colon fix: fix lint"}},
		{"fix typo", nil, []string{"header:no_colon fix: fix typo"}},
		{"fixed typo.", nil, []string{"header:no_type fix: fixed typo"}},
		{"Added coupon", nil, []string{"header:no_type feat: added coupon"}},
		{"Coupon field", nil, []string{"header:no_type"}},
		{"Docs stuff", nil, []string{"header:no_colon docs: stuff"}},
		{"feat(Cart):x", scopes, []string{"header:no_space"}},
		{"feat(api/v1): x", globs, []string{}},
		{"feat(api/v1/cart): x", globs, []string{"scope:unknown api/v1/cart"}},
		{"feat(web/v1/cart): x", globs, []string{}},
		{"feat(api): x", globs, []string{"scope:unknown api api/*"}},
	} {
		opt := defaults()
		opt.Style = settings.StyleConventional
		if c.set != nil {
			c.set(&opt)
		}
		p := none()
		judgeHeader(c.in, opt, Problem{Where: "commit"}, &p)
		if d := cmp.Diff(c.want, list(t, p)); d != "" {
			t.Errorf("%q: %s", c.in, d)
		}
	}
}

func TestJudgeBody(t *testing.T) {
	long := strings.Repeat("x ", 60)
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"good", "feat: x\n\nbody\n\nRefs: 1\nBREAKING CHANGE: y", []string{}},
		{"glued", "feat: x\nbody", []string{"body:body_glued"}},
		{"git reads a sign-off under a line of text", "feat: x\n\nbody\nSigned-off-by: A <a@b.co>", []string{}},
		{"but not under ten", "feat: x\n\n" + strings.Repeat("body\n", 10) + "Signed-off-by: A <a@b.co>",
			[]string{"body:footer_glued Signed-off-by: A <a@b.co>"}},
		{"a co-author under text", "feat: x\n\nbody\nCo-authored-by: A <a@b.co>", []string{"body:footer_glued Co-authored-by: A <a@b.co>"}},
		{"a co-author quoted in the middle", "feat: x\n\nbody\nCo-authored-by: A <a@b.co>\n\nmore", []string{}},
		{"closing words in a paragraph", "feat: x\n\nbody\nCloses: #1", []string{}},
		{"glued breaking change", "feat: x\n\nbody\nBREAKING CHANGE: y\nmore", []string{"body:footer_glued BREAKING CHANGE: y"}},
		{"prose with a colon", "feat: x\n\nbody\nNote: this is prose", []string{}},
		{"a paragraph that begins with a word and a colon", "feat: x\n\nrootcause: the cart\nwas read twice\n\nand more", []string{}},
		{"the last paragraph does", "feat: x\n\nrootcause: " + long, []string{}},
		{"lower case", "feat: x\n\nbreaking change: y", []string{"body:breaking_form breaking change: y"}},
		{"no space", "feat: x\n\nBREAKING CHANGE:y", []string{"body:breaking_form BREAKING CHANGE:y"}},
		{"plural", "feat: x\n\nBREAKING CHANGES: y", []string{"body:breaking_form BREAKING CHANGES: y"}},
		{"no breaking change", "feat: x\n\nBreaking changes: none.", []string{}},
		{"prose about breaking changes", "feat: x\n\nbreaking changes are listed elsewhere", []string{}},
		{"in a sentence", "feat: x\n\nthe list names one\nbreaking change: y", []string{}},
		{"long body", "feat: x\n\n" + long + "\n" + long, []string{"body:body_line 119"}},
		{"long trailer", "feat: x\n\nRefs: " + long, []string{}},
		{"many issues", "feat: x\n\nbody\n\nCloses: " + strings.Repeat("#123, ", 40), []string{}},
		{"long breaking change", "feat: x\n\nBREAKING CHANGE: y\n" + long, []string{"body:footer_line 119"}},
		{"long with a link", "feat: x\n\nsee https://example.org/ " + long, []string{}},
		{"a link of another kind", "feat: x\n\nssh://git@example.org/" + strings.Repeat("x", 120) + " y", []string{}},
		{"one long word", "feat: x\n\n" + strings.Repeat("x", 120), []string{}},
		{"code", "feat: x\n\n    " + long + "\n\t" + long + "\n```\n" + long + "\n```\n> " + long + "\n| " + long, []string{}},
		{"behind code", "feat: x\n\n```\n```\n" + long, []string{"body:body_line 119"}},
		{"a long co-author", "feat: x\n\nCo-authored-by: " + long + "\n\nmore", []string{}},
		{"99 wide characters", "feat: x\n\n" + strings.Repeat("é", 99), []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := none()
			judgeBody(parse(c.in), defaults(), Problem{Where: "commit"}, &p)
			if d := cmp.Diff(c.want, list(t, p)); d != "" {
				t.Error(d)
			}
		})
	}
}
