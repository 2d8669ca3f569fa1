package beside

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const goCode = `package pay

// Charge is called Refund in old code.
type Card struct {
	Number string
}

func (c *Card) Charge(sum int) error {
	return send("Refund(1)", Card{})
}

func Refund(
	sum int,
) {
	Charge(-sum)
}
`

const pyCode = `class Card:
    def charge(self, total):
        return send(total)

    def void(self):
        pass

def refund(card):
    # charge(card) is not called here
    card.charge(-1)
`

// TestRead: declarations with their ends, and uses outside of comments and literals.
func TestRead(t *testing.T) {
	for path, c := range map[string]struct{ body, want string }{
		"pay/card.go": {goCode, "Charge 8-10, Refund 12-16, Card 4-6; Card [8 9] Charge [15] Number [5] func [8] send [9]"},
		"card.py":     {pyCode, "charge 2-3, void 5-6, refund 8-10, Card 1-6; charge [10] send [3]"},
		"a.unknown":   {goCode, "; "},
		"broken.go":   {"func Pay( {\n\"", "; "},
	} {
		got := Read(path, c.body)
		var symbols, uses []string
		for _, s := range got.Symbols {
			symbols = append(symbols, fmt.Sprintf("%s %d-%d", s.Name, s.Line, s.End))
		}
		for name, lines := range got.Uses {
			uses = append(uses, fmt.Sprint(name, " ", lines))
		}
		slices.Sort(uses)
		if text := strings.Join(symbols, ", ") + "; " + strings.Join(uses, " "); text != c.want {
			t.Errorf("%s: got %q, want %q", path, text, c.want)
		}
	}
}

// TestNear: what is imported, named like a used name, or beside; not what the index knows to be of no interest.
func TestNear(t *testing.T) {
	var n Names
	n.Use("\tledger := NewLedger(check(total))")
	n.Change(Read("pay/card.go", goCode), []int{9})
	n.Remove("Void")
	if !n.Used["NewLedger"] || !n.Used["check"] || !n.Changed["Charge"] || !n.Changed["Void"] {
		t.Fatalf("%+v", n)
	}
	tree := []string{
		"docs/a.md", "far/away.go", "internal/bank/rates.go", "pay/card.go", "pay/card_test.go", "pay/other.go", "shop/new_ledger.go",
		"web/bank.ts",
	}
	changed := map[string]string{"pay/card.go": "package pay\n\nimport (\n\t\"example.com/shop/internal/bank\"\n)\n"}
	near := func(index *Index, most int) (out []string) {
		for _, i := range Near(tree, tree, changed, n, index, most) {
			out = append(out, tree[i])
		}
		return out
	}
	index := &Index{}
	want := []string{"internal/bank/rates.go", "shop/new_ledger.go", "pay/card_test.go", "pay/other.go"}
	if got := near(index, 9); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := near(index, 1); !slices.Equal(got, want[:1]) {
		t.Errorf("got %q, want the likeliest", got)
	}
	index.Read("internal/bank/rates.go", "internal/bank/rates.go", "package bank\n")
	index.Read("pay/other.go", "pay/other.go", "package pay\n\nfunc Sum() { Charge(1) }\n")
	if got := near(index, 9); !slices.Equal(got, []string{"pay/other.go", "shop/new_ledger.go", "pay/card_test.go"}) {
		t.Errorf("got %q: what was read before says which files to read", got)
	}
}

// TestIndex: a blob is split once, and the oldest make room.
func TestIndex(t *testing.T) {
	index := &Index{}
	first := index.Read("1", "a.go", goCode)
	if first != index.Read("1", "a.go", "other text of the same id") || index.Known("2") != nil {
		t.Error("it was read again")
	}
	for i := range 40 {
		index.Read(fmt.Sprint("big", i), "a.unknown", strings.Repeat("x", 1<<20))
	}
	if index.Known("1") != nil || index.Known("big39") == nil || index.size > mostKept || len(index.order) != len(index.files) {
		t.Errorf("%d bytes of %d files", index.size, len(index.files))
	}
}
