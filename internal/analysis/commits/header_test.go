package commits

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseHeader(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Header
	}{
		{"feat: add x", Header{Type: "feat", Subject: "add x"}},
		{"Feat: x", Header{Type: "Feat", Subject: "x"}},
		{"feat(a)!: x", Header{Type: "feat", Scope: "a", Breaking: true, Subject: "x"}},
		{"feat!: x", Header{Type: "feat", Breaking: true, Subject: "x"}},
		{"my-type_2(a/b, c): x: y", Header{Type: "my-type_2", Scope: "a/b, c", Subject: "x: y"}},
		{"fix(лавка): тема", Header{Type: "fix", Scope: "лавка", Subject: "тема"}},
		{"feat: x   ", Header{Type: "feat", Subject: "x"}},
		{"feat: x\r", Header{Type: "feat", Subject: "x"}},
		{"feat: ✨ x", Header{Type: "feat", Subject: "✨ x"}},
		{"feat(a:b): x", Header{Type: "feat", Scope: "a:b", Subject: "x"}},
	} {
		got, fault := ParseHeader(c.in)
		if fault != nil {
			t.Errorf("ParseHeader(%q): %v", c.in, *fault)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("ParseHeader(%q): %s", c.in, d)
		}
	}
}

func TestParseHeaderFaults(t *testing.T) {
	for _, c := range []struct{ in, kind, want string }{
		{"", "empty", ""},
		{"  \t", "empty", ""},
		{"feat:x", "no_space", "feat: x"},
		{"feat(a)!:x", "no_space", "feat(a)!: x"},
		{"feat:\tx", "no_space", "feat: x"},
		{"feat : x", "space_before", "feat: x"},
		{"feat (a): x", "space_before", "feat(a): x"},
		{"feat !: x", "space_before", "feat!: x"},
		{"feat(): x", "empty_scope", "feat: x"},
		{"feat( )!: x", "empty_scope", "feat!: x"},
		{"feat()!: x", "empty_scope", "feat!: x"},
		{"feat!(a): x", "bang_before_scope", "feat(a)!: x"},
		{"feat:  two spaces", "two_spaces", "feat: two spaces"},
		{"feat:", "empty_subject", ""},
		{"feat(a): ", "empty_subject", ""},
		{"feat((a)): x", "scope_form", ""},
		{"feat(a: x", "scope_form", ""},
		{"feat(a)b: x", "scope_form", ""},
		{" feat: x", "leading_space", "feat: x"},
		{"✨ feat: x", "emoji", "feat: x"},
		{"✨: x", "emoji", ""},
		{":sparkles: feat: x", "emoji", "feat: x"},
		{"✨feat :x", "emoji", "feat: x"},
		{"A：", "wide_colon", ""},
		{"👩‍💻 feat: x", "emoji", "feat: x"},
		{"❤️ x", "emoji", ""},
		{"feat：x", "wide_colon", "feat: x"},
		{"feat add x", "no_colon", "feat: add x"},
		{"feat(cart) add x", "no_colon", "feat(cart): add x"},
		{"Added coupon", "no_type", ""},
		{"Note to self: x", "no_type", ""},
		{"# comment", "no_type", ""},
		{"2fix: x", "bad_type", ""},
		{"функция: x", "bad_type", ""},
		{"feat/cart: x", "bad_type", ""},
		{": x", "bad_type", ""},
		{"`foo` x", "no_type", ""},
	} {
		_, fault := ParseHeader(c.in)
		if fault == nil {
			t.Errorf("ParseHeader(%q) is conventional, want %s", c.in, c.kind)
			continue
		}
		if *fault != (Fault{c.kind, c.want}) {
			t.Errorf("ParseHeader(%q) = %q, want %q", c.in, *fault, Fault{c.kind, c.want})
		}
	}
}

func TestCasesOf(t *testing.T) {
	all := []string{"sentence", "start", "pascal", "upper"}
	for _, c := range []struct{ in, want string }{
		{"subject", ""}, {"add CSV export", ""}, {"sUbJeCt", ""}, {"subJect", ""}, {"1.0.0", ""}, {"这是一次提交", ""}, {"тема", ""}, {"`Eslint` config", ""},
		{"\"Cart\" x", ""}, {"", ""}, {"✨ Foo", ""},
		{"Sub ject", "sentence"}, {"Add `Foo` bar", "sentence"}, {"Мав зуъ", "sentence"}, {"API returns JSON", "sentence"},
		{"Sub Ject", "sentence start"}, {"Add Oauth 2", "sentence start"}, {"Add CSV", "sentence start"},
		{"Add Oauth2", "sentence"},
		{"SubJect", "sentence pascal"}, {"Subject", "sentence start pascal"}, {"Add2", "sentence pascal"},
		{"SUBJECT", "sentence start upper"}, {"A", "sentence start pascal upper"}, {"FIX THE CART", "sentence start upper"}, {"FIX: IT!", "sentence upper"},
		{"ÛNDERWERP", "sentence upper"}, {"Äm Ne", "sentence"}, {"Don't Do", "sentence"}, {"ТақыРып", "sentence start"},
		{"X 'quoted' x", "sentence"},
	} {
		if got := strings.Join(CasesOf(c.in, all), " "); got != c.want {
			t.Errorf("CasesOf(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := CasesOf("Foo bar", []string{"upper", "start"}); len(got) != 0 {
		t.Errorf("only the refused cases count, got %v", got)
	}
}

func FuzzParseHeader(f *testing.F) {
	for _, s := range []string{"feat(a)!: x", "feat!(a): x", "✨ feat: x", ":a: :b: x", "feat：x", "feat( ): x", "\xff: x", "WIP"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, fault := ParseHeader(s)
		if fault == nil {
			if h.Type == "" || strings.TrimSpace(h.Subject) == "" || strings.ContainsAny(h.Scope, "()\r\n") {
				t.Errorf("ParseHeader(%q) = %+v", s, h)
			}
		} else if fault.Want != "" {
			if _, again := ParseHeader(fault.Want); again != nil {
				t.Errorf("the proposal %q for %q is not conventional: %s", fault.Want, s, again.Kind)
			}
		}
		CasesOf(s, []string{"sentence", "start", "pascal", "upper"})
		unfinished(s)
		exempt(s)
	})
}
