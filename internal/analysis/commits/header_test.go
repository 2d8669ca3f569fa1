package commits

import (
	"slices"
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
		{"feat:   x", Header{Type: "feat", Subject: "x"}},
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
		{"feat: \ta tab", "two_spaces", "feat: a tab"},
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

func TestCaseOf(t *testing.T) {
	all := []string{"sentence", "start", "pascal", "upper"}
	for _, c := range []struct{ in, kind, want string }{
		{"Add a page", "sentence", "add"}, {"Fixes the cart", "sentence", "fixes"}, {"Updated README", "sentence", "updated"},
		{"Don't crash", "sentence", "don't"},
		{"Add `Foo` bar", "sentence", "add"}, {"Use HTTP", "sentence", "use"}, {"Add A Page", "start", "add"},
		{"Remove", "sentence", "remove"}, {"The cart is empty", "sentence", "the"},
		{"FIX THE CART", "upper", "fix"}, {"ADD EVERYTHING", "upper", "add"}, {"AddCsvExport", "pascal", "addcsvexport"},
		{"ReturnJson", "pascal", "returnjson"}, {"Update: docs", "sentence", "update"},
	} {
		got, ok := caseOf(c.in, all)
		if !ok || got.Kind != c.kind || got.Want != c.want {
			t.Errorf("CaseOf(%q) = %+v %v, want %s %s", c.in, got, ok, c.kind, c.want)
		}
	}
	for _, in := range []string{
		"add a page", "US spelling", "HTTP hot path", "README wording", "XBackend keeps its state", "XBackend", "NPE in cart",
		"KYC controller", "iOS build", "`Add` button", "\"Add\" button", "'Add' button",
		"GitHub login", "Cargo.toml version", "TypeScript 5", "API returns JSON", "Set iteration order", "React 19", "Next.js",
		"Go 1.26", "Kubernetes 1.30", "Ada's cart", "München", "Ändere den Titel",
		"Ärger", "Добавить", "这是一次提交", "", " ", "1.0.0", "UTF-8 names", "SUBJECT", "A", "ADD", "NO", "IPv6", "macOS", "JSON API",
		"ADR 12", "HTTP/2 push", "Map.get", "Link component", "AddButton.tsx props",
		"FooBar", "USE-1 key", "Python 3.13", "Node.js", "mTLS", "kW and MB", "Windows paths", "Unicode", "Linux", "English text",
		"January totals", "Button", "PascalCaseThing", "eBPF", "D-Bus", "C++ 20", "I/O errors",
		"Make-based", "NPM_TOKEN", "@types/node", "#12", "Fix123", "x86 Add", "✨ Add a page", "Don Quixote",
	} {
		if got, ok := caseOf(in, all); ok {
			t.Errorf("CaseOf(%q) = %+v, and a native writer writes that", in, got)
		}
	}
	if got, ok := caseOf("Add a page", []string{"upper", "start"}); ok {
		t.Errorf("only the refused cases count, got %v", got)
	}
	if got, ok := caseOf("Add A Page", []string{"sentence"}); !ok || got.Kind != "sentence" {
		t.Errorf("what is in start case is in sentence case too, got %v", got)
	}
	if !slices.IsSorted(commonWords) {
		t.Error("the common words are not sorted, so they are not found")
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
		caseOf(s, []string{"sentence", "start", "pascal", "upper"})
		unfinished(s)
		exempt(parse(s), s)
	})
}
