package commits

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

func TestStyles(t *testing.T) {
	custom := `^(?P<scope>[a-z]+)/(?P<type>[a-z]+) - (?P<subject>.+)$`
	for _, c := range []struct {
		style, in, kind, want, scope, subject string
	}{
		{"component", "net/http: add a page", "", "", "net/http", "add a page"},
		{"component", "cmd/go, cmd/link: read less", "", "", "cmd/go, cmd/link", "read less"},
		{"component", "nixos/foo: init", "", "", "nixos/foo", "init"},
		{"component", "python3Packages.foo: 1.0 -> 1.1", "", "", "python3Packages.foo", "1.0 -> 1.1"},
		{"component", "{foo,bar}: drop", "", "", "{foo,bar}", "drop"},
		{"component", "nixos/{a, b}: drop", "no_component", "", "", ""},
		{"component", "net: ethernet: mtk: Fix a leak", "", "", "net", "ethernet: mtk: Fix a leak"},
		{"component", "drm/amd/display: Fix a leak", "", "", "drm/amd/display", "Fix a leak"},
		{"component", "x86/cpu, kvm: Add Zen", "", "", "x86/cpu, kvm", "Add Zen"},
		{"component", "perf tools: Read less", "", "", "perf tools", "Read less"},
		{"component", "builtin/gc.c: read less", "", "", "builtin/gc.c", "read less"},
		{"component", "git-log(1): a word", "", "", "git-log(1)", "a word"},
		{"component", "libstdc++: x", "", "", "libstdc++", "x"},
		{"component", "all: read less", "", "", "all", "read less"},
		{"component", "[3.13] gh-12: x", "", "", "[3.13] gh-12", "x"},
		{"component", "cart!: x", "", "", "cart", "x"},
		{"component", "кошик: тема", "", "", "кошик", "тема"},
		{"component", "net:add a page", "component_space", "net: add a page", "", ""},
		{"component", "net : add a page", "component_space", "net: add a page", "", ""},
		{"component", "Add a page", "no_component", "", "", ""},
		{"component", "Fix crash: a page", "no_component", "", "", ""},
		{"component", "Note to self: x", "no_component", "", "", ""},
		{"component", "https://example.org is down", "no_component", "", "", ""},
		{"component", "std::string is gone", "no_component", "", "", ""},
		{"component", "net:", "no_component", "", "", ""},
		{"component", "", "empty", "", "", ""},
		{"gitmoji", ":sparkles: Add a page", "", "", "", "Add a page"},
		{"gitmoji", "✨ Add a page", "", "", "", "Add a page"},
		{"gitmoji", "⚡️ (cart): read less", "", "", "cart", "read less"},
		{"gitmoji", ":bug: (cart) read less", "", "", "cart", "read less"},
		{"gitmoji", "Add a page", "no_emoji", "", "", ""},
		{"gitmoji", ":sparkles:", "empty_subject", "", "", ""},
		{"gitmoji", "feat: x", "no_emoji", "", "", ""},
		{"ticket", "ABC-12 add a page", "", "", "ABC-12", "add a page"},
		{"ticket", "[ABC-12] add a page", "", "", "[ABC-12]", "add a page"},
		{"ticket", "[ABC-12]add a page", "", "", "[ABC-12]", "add a page"},
		{"ticket", "ABC-12: add a page", "", "", "ABC-12", "add a page"},
		{"ticket", "ABC-12 - add a page", "", "", "ABC-12", "add a page"},
		{"ticket", "(ABC-12) add a page", "", "", "(ABC-12)", "add a page"},
		{"ticket", "ABC-12, AB2-3: add a page", "", "", "ABC-12, AB2-3", "add a page"},
		{"ticket", "[ABC-12][ABC-13] add a page", "", "", "[ABC-12][ABC-13]", "add a page"},
		{"ticket", "add a page (ABC-12)", "no_ticket", "", "", ""},
		{"ticket", "ABC-12", "no_ticket", "", "", ""},
		{"ticket", "UTF-8 names", "no_ticket", "", "", ""},
		{"ticket", "SHA-256 sums", "no_ticket", "", "", ""},
		{"ticket", "ABC-012 x", "no_ticket", "", "", ""},
		{"ticket", "ABC-12x y", "no_ticket", "", "", ""},
		{"none", "anything. at all", "", "", "", "anything. at all"},
		{"none", "", "", "", "", ""},
		{"custom", "cart/fix - read less", "", "", "cart", "read less"},
		{"custom", "fix: read less", "no_match", "", "", ""},
	} {
		h, fault := readHeader(c.in, settings.Commits{Style: c.style, Pattern: custom})
		got := Fault{}
		if fault != nil {
			got = *fault
		}
		if d := cmp.Diff([]any{Fault{c.kind, c.want}, c.scope, c.subject}, []any{got, h.Scope, h.Subject}); d != "" {
			t.Errorf("%s %q: %s", c.style, c.in, d)
		}
	}
}

func TestTicketsOfListedProjects(t *testing.T) {
	opt := settings.Commits{Style: settings.StyleTicket, Tickets: []string{"SHOP", "UTF"}}
	for in, want := range map[string]string{"SHOP-1 x": "", "UTF-8 x": "", "OPS-1 x": "other_project", "shop-1 x": "ticket_case",
		"[Shop-1] x": "ticket_case", "fix shop-1 x": "no_ticket"} {
		_, fault := readHeader(in, opt)
		if got := kindOf(fault); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func kindOf(f *Fault) string {
	if f == nil {
		return ""
	}
	return f.Kind
}

func TestEmojiBeforeTheType(t *testing.T) {
	opt := defaults()
	opt.Style, opt.Emoji = settings.StyleConventional, true
	for in, want := range map[string]string{"✨ feat: x": "", ":sparkles: feat(a)!: x": "", "feat: x": "", "✨ feat:x": "no_space",
		"✨ x": "no_type"} {
		_, fault := readHeader(in, opt)
		if got := kindOf(fault); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	_, fault := readHeader("✨ feat:x", opt)
	if fault.Want != "✨ feat: x" {
		t.Errorf("the emoji is lost: %q", fault.Want)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"api/*", "api/x", true}, {"api/*", "api/x/y", false}, {"api/*", "api/", true}, {"api/*", "api", false},
		{"api/**", "api/x/y", true}, {"*", "", true}, {"*", "a/b", false}, {"**", "a/b", true},
		{"*-service", "cart-service", true}, {"*-service", "cart-services", false}, {"a*b*c", "aXbYc", true},
		{"a*b*c", "aXbY/c", false}, {"a*b**c", "aXbY/c", true}, {"[a-z]", "b", false}, {"a?c", "abc", false},
		{strings.Repeat("*a", 20), strings.Repeat("a", 999) + "b", false}, {"**", strings.Repeat("a", 1001), false}, {"é*", "état", true},
	} {
		if got := glob(c.pattern, c.s); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

// past makes a history: each text so many times, of one parent.
func past(of ...any) []change.Past {
	var out []change.Past
	for i := 0; i < len(of); i += 2 {
		for n := range of[i].(int) {
			out = append(out, change.Past{Header: strings.ReplaceAll(of[i+1].(string), "%d", fmt.Sprint(n)), Parents: 1})
		}
	}
	return out
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		name   string
		past   []change.Past
		found  string
		squash bool
	}{
		{"nothing", nil, "", false},
		{"too few", past(9, "feat: x"), "", false},
		{"conventional", past(60, "feat(cart): x (#%d)", 40, "Whatever (#%d)"), "conventional", true},
		{"exactly half", past(10, "fix: x", 10, "Whatever"), "conventional", false},
		{"less than half", past(9, "fix: x", 11, "Whatever"), "none", false},
		{"types of one's own in front of a scope", past(20, "types(dom): x"), "conventional", false},
		{"emoji first", past(20, "✨ feat: x"), "conventional", false},
		{"go", past(20, "net/http: x", 10, "cmd/go: x", 5, "doc: x", 2, "Whatever"), "component", false},
		{"kernel", past(20, "drm/amd: Fix x", 10, "net: ethernet: x"), "component", false},
		{"nix", past(20, "python3Packages.foo: 1.0 -> 1.%d", 4, "nixos/x: init"), "component", false},
		{"gitmoji", past(20, ":bug: Fix x", 4, "✨ Add"), "gitmoji", false},
		{"tickets", past(20, "ABC-%d1 x", 9, "x"), "ticket", false},
		{"prose", past(50, "Fix the cart (#%d)"), "none", true},
		{"reverts say nothing", past(10, "feat: x", 90, `Revert "x"`), "conventional", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Detect(c.past)
			if got.Found != c.found || got.SquashOnly != c.squash || len(got.Counts) != len(styles) {
				t.Errorf("%+v", got)
			}
		})
	}
	merged := append(past(40, "feat: x (#%d)"), change.Past{Header: "Merge pull request #1 from a/b", Parents: 2})
	if got := Detect(merged); got.SquashOnly || got.Merges != 1 || got.Judged != 40 {
		t.Errorf("a merge shows that there are other ways than a squash: %+v", got)
	}
	if got := Detect(past(40, "feat: x (#%d)", 20, "feat: a long header that the forge has…")); !got.SquashOnly || got.Longest != 7 {
		t.Errorf("a header that is cut hides its number and its length: %+v", got)
	}
	got := Detect(past(3, "feat(b): x", 5, "fix(a): x", 2, "ABC-1 x"))
	want := [][]Seen{{{"fix", 5}, {"feat", 3}}, {{"a", 5}, {"b", 3}}, {{"ABC", 2}}}
	if d := cmp.Diff(want, [][]Seen{got.Types, got.Scopes, got.Projects}); d != "" || got.Longest != 10 {
		t.Errorf("longest %d: %s", got.Longest, d)
	}
}

func TestDefaultsFollowTheHistory(t *testing.T) {
	long := "feat: " + strings.Repeat("x", 120)
	for _, c := range []struct {
		name, header string
		past         []change.Past
		style        string
		habits       string
		silent       bool
	}{
		{"no history", "Whatever", nil, "conventional", "", false},
		{"a short one", "Whatever", past(9, "Whatever"), "conventional", "", false},
		{"another style", "Whatever", past(50, "Whatever", 49, "feat: x"), "none", "style", true},
		{"three in four", "Whatever", past(25, "Whatever", 75, "feat: x"), "none", "style", true},
		{"nineteen in twenty", "Whatever", past(5, "Whatever", 95, "feat: x"), "conventional", "", false},
		{"fewer", "Whatever", past(6, "Whatever", 94, "feat: x"), "none", "style", true},
		{"a type without a scope", "release: v2", past(60, "feat: x", 3, "release: v1"), "conventional", "", true},
		{"emoji", "✨ feat: x", past(40, "feat: x", 10, "✨ feat: x"), "conventional", "emoji", true},
		{"no emoji", "✨ feat: x", past(40, "feat: x"), "conventional", "", false},
		{"capitals", "feat: Add x", past(40, "feat: x", 15, "feat: Add x"), "conventional", "subject_case", true},
		{"few capitals", "feat: Add x", past(40, "feat: x", 5, "feat: Add x"), "conventional", "", false},
		{"full stops", "feat: x.", past(40, "feat: x", 15, "feat: x."), "conventional", "subject", true},
		{"long ones", long, past(40, "feat: x", 15, long), "conventional", "header_length", true},
		{"types in capitals", "Feat: x", past(40, "feat: x", 15, "Fix: x"), "conventional", "type", true},
		{"a type of one's own", "deps: x", past(40, "feat: x", 3, "deps(a): x"), "conventional", "", true},
		{"seen twice", "deps: x", past(40, "feat: x", 2, "deps(a): x"), "conventional", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := snapshot(c.header)
			s.History = c.past
			f := Analyse(s, defaults())
			rules := []string{}
			for _, h := range f.Habits {
				rules = append(rules, h.Rule)
			}
			p := f.Problems
			silent := len(p.Header)+len(p.Type)+len(p.Subject)+len(p.SubjectCase)+len(p.HeaderLength) == 0
			if f.Style != c.style || strings.Join(rules, " ") != c.habits || silent != c.silent || f.StyleBecause == "" {
				t.Errorf("style %q, habits %v, silent %v: %+v", f.Style, f.Habits, silent, p)
			}
			opt := defaults()
			opt.Style = settings.StyleConventional
			if f := Analyse(s, opt); len(f.Habits) != 0 || f.Style != "conventional" {
				t.Errorf("the settings name the style, and history does not change it: %+v", f.Habits)
			}
		})
	}
}

func TestHistoryShowsTheSquash(t *testing.T) {
	s := snapshot("stuff", "more stuff")
	s.History = past(60, "feat: x (#%d)")
	title := "feat: x"
	s.Title = &title
	if f := Analyse(s, defaults()); f.Judged != "title" || len(f.Problems.Header) != 0 || f.LandingKnown {
		t.Errorf("two commits land as one, under the title: %+v", f)
	}
	s.Title = nil
	if f := Analyse(s, defaults()); f.Judged != "none" || !f.TitleWanted || f.TitleKnown {
		t.Errorf("the title counts and is not known: %+v", f)
	}
	s = snapshot("stuff")
	s.History = past(60, "feat: x (#%d)")
	if f := Analyse(s, defaults()); f.Judged != "commits" || len(f.Problems.Header) != 1 {
		t.Errorf("a single commit may give the message: %+v", f)
	}
	s.Title = &title
	if f := Analyse(s, defaults()); f.Judged != "both" || len(f.Problems.Header) != 1 {
		t.Errorf("and so may the title: %+v", f)
	}
	no := false
	s.Repository.Merges.Squash = &no
	if f := Analyse(s, defaults()); f.Judged != "commits" || !f.LandingKnown {
		t.Errorf("settings count for more than a guess: %+v", f)
	}
}

// TestUpdatedBranch is a single commit and a merge of the base: GitHub takes the commit's message.
func TestUpdatedBranch(t *testing.T) {
	yes, no := true, false
	s := snapshot("update stuff", "Merge branch 'main' into x")
	s.Commits[1].Parents = []string{"p", "q"}
	title := "feat: good"
	s.Title = &title
	s.Repository.Merges = change.MergeSettings{Squash: &yes, Merge: &no, Rebase: &no, SquashTitle: "COMMIT_OR_PR_TITLE"}
	if f := Analyse(s, defaults()); f.Judged != "commits" || len(f.Problems.Header) != 1 {
		t.Errorf("%+v", f)
	}
	s.CommitsTotal = 300 // and more that could not be read
	if f := Analyse(s, defaults()); f.Judged != "both" || len(f.Problems.Header) != 1 || len(f.Unread) != 1 {
		t.Errorf("%+v", f)
	}
	s.Commits[0].Parents, s.CommitsTotal = []string{"p", "q"}, 2
	if f := Analyse(s, defaults()); f.Judged != "title" {
		t.Errorf("merges alone leave the title: %+v", f)
	}
}

func FuzzStyles(f *testing.F) {
	for _, s := range []string{"net/http: add x", "{a,b}: x", ":bug: x", "✨ (a): x", "[ABC-12][ABC-13] x", "ABC-1 - x", "Fix typo.",
		"Feature(Cart) :Add X.", "✨feat:Fix x", "(((((", "a, b, c: d", "\xff: \xfe", "FEAT: ADD THE PAGE",
		"fix! typo", "doc(a):x", "bugfix: Remove the", "WIP: feat: x"} {
		f.Add(s, true, uint8(1))
	}
	f.Fuzz(func(t *testing.T, header string, emoji bool, set uint8) {
		header, _, _ = strings.Cut(header, "\n")
		for _, style := range []string{"conventional", "component", "gitmoji", "ticket", "none", "custom"} {
			opt := defaults()
			opt.Style, opt.Emoji, opt.Pattern = style, emoji, `^(?P<scope>[a-z]+)/(?P<type>[a-z]+) - (?P<subject>.+)$`
			if set&1 != 0 {
				opt.Scopes, opt.Tickets = []string{"api/*", "cart"}, []string{"ABC"}
			}
			if set&2 != 0 {
				opt.Types, opt.ScopeRequired, opt.TypeCase = []string{"feat", "bug-fix"}, true, "any"
			}
			p := none()
			judgeHeader(header, opt, Problem{Where: "commit"}, &p)
			for _, q := range p.Header {
				if q.Want == "" {
					continue
				}
				again := none()
				judgeHeader(q.Want, opt, Problem{Where: "commit"}, &again)
				if kind, _ := unfinished(q.Want); kind != "" || len(list(t, again)) > 0 {
					t.Errorf("%s: for %q is proposed %q, which is refused: %v %s", style, header, q.Want, list(t, again), kind)
				}
			}
			inStyle(header, style)
		}
		d := Detect(past(12, header))
		if d.Judged > 0 && d.Found == "" || len(d.Types) > maxSeen {
			t.Errorf("%+v", d)
		}
	})
}
