package gates

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/diff"
)

// TestClaims is G7: what code cannot prove needs a fact, what it refutes is dropped, and a question becomes a note.
func TestClaims(t *testing.T) {
	for name, c := range map[string]struct {
		raw     Raw
		dropped advice.Gate
		folded  advice.Gate
	}{
		"unused, and it is used": {
			raw: with(func(r *Raw) { r.Message = "`limit` is never used." }), dropped: advice.GateClaims,
		},
		"unused, and nothing uses it": {raw: with(func(r *Raw) { r.Message = "`Charge` is unused." })},
		"unused, without marks, and it is used": {
			raw: with(func(r *Raw) {
				r.StartID, r.EndID, r.Code, r.Message = "R0012", "R0014", block, "ErrEmpty is never referenced."
			}),
			dropped: advice.GateClaims,
		},
		"unused in one function": {raw: with(func(r *Raw) { r.Message = "The parameter `limit` is unused." })},
		"demands what stands there": {
			raw:     with(func(r *Raw) { r.Message = "The order is not charged; this should be `s.bank.Charge(ctx, total)`." }),
			dropped: advice.GateClaims,
		},
		"demands what stands there, for what stands there": {
			raw: with(func(r *Raw) { r.Message = "This should be `bank.Charge(ctx)` instead of `s.bank.Charge(ctx, total)`." }),
		},
		"demands what stands there beside what is to go": {
			raw: with(func(r *Raw) { r.Message = "This should be `bank.Charge(ctx, total)` instead of `s.bank`." }),
		},
		"demands something else": {
			raw: with(func(r *Raw) { r.Message = "This should be `s.bank.Charge(ctx, order)`." }),
		},
		"demands one word of what stands there": {raw: with(func(r *Raw) { r.Message = "This should be `Charge`." })},
		"a part that something else lacks": {
			raw:     with(func(r *Raw) { r.Message = "`ctx.Err` does not accept a `total` argument." }),
			dropped: advice.GateClaims,
		},
		"a part that something of the change lacks": {
			raw: with(func(r *Raw) { r.Message = "`Shop.Pay` does not accept a `limit` argument." }),
		},
		"lacks no part": {raw: with(func(r *Raw) { r.Message = "It does not have enough time, and does not support the case." })},
		"not there in all versions": {
			raw:     with(func(r *Raw) { r.Message = "`Charge` may not be available in all Go versions." }),
			dropped: advice.GateClaims,
		},
		"not there for all users": {raw: with(func(r *Raw) { r.Message = "`Charge` may not be available to all users." })},
		"an undefined method": {
			raw: with(func(r *Raw) { r.Message = "The method on the bank is undefined." }), dropped: advice.GateClaims,
		},
		"an undefined value": {
			raw: with(func(r *Raw) {
				r.File, r.StartID, r.EndID, r.Code = "P4", "R0002", "R0002", "export const b = load(a);"
				r.Message = "The property `a` is undefined when nobody loads it."
			}),
		},
		"an undeclared name of a language with undefined values": {
			raw: with(func(r *Raw) {
				r.File, r.StartID, r.EndID, r.Code = "P4", "R0002", "R0002", "export const b = load(a);"
				r.Message = "The function is not defined."
			}),
			dropped: advice.GateClaims,
		},
		"undefined behaviour": {raw: with(func(r *Raw) { r.Message = "A shift of a signed type is undefined behavior." })},
		"asks": {
			raw:    with(func(r *Raw) { r.Message = "The limit is gone. Please confirm that the bank has one." }),
			folded: advice.GateClaims,
		},
		"asks whether it is meant": {
			raw: with(func(r *Raw) { r.Message = "The limit is gone. Is this intentional?" }), folded: advice.GateClaims,
		},
		"asks to ensure": {
			raw: with(func(r *Raw) { r.Message = "Please ensure `total` has a limit." }), folded: advice.GateClaims,
		},
		"says what goes wrong otherwise": {
			raw: with(func(r *Raw) {
				r.Message = "Please ensure `total` has a limit; otherwise an order of any size is charged."
			}),
		},
		"a check is the fix": {
			raw: with(func(r *Raw) {
				r.Message = "Any caller is charged. Verify the signature of `order` and check `ctx` first."
			}),
		},
		"would prevent an error": {raw: with(func(r *Raw) { r.Message = "Rename it to avoid compilation errors." })},
		"a missing import": {
			raw: with(func(r *Raw) { r.Message = "There is a missing import." }), dropped: advice.GateClaims,
		},
		"a version, by its words": {
			raw:     with(func(r *Raw) { r.Message = "This version does not exist." }),
			dropped: advice.GateClaims,
		},
		"a version, by its class":   {raw: with(func(r *Raw) { r.Claim = "version" }), dropped: advice.GateClaims},
		"a version, with a fact":    {raw: with(func(r *Raw) { r.Message, r.Facts = "This version does not exist.", []string{"F3"} })},
		"does not compile":          {raw: with(func(r *Raw) { r.Message = "This will not compile." }), dropped: advice.GateClaims},
		"does not compile, says CI": {raw: with(func(r *Raw) { r.Message, r.Facts = "This will not compile.", []string{"F2"} })},
		"a method that is missing": {
			raw:     with(func(r *Raw) { r.Message = "The method on the bank does not exist." }),
			dropped: advice.GateClaims,
		},
		"no tests": {
			raw:     with(func(r *Raw) { r.Message = "There are no tests for this." }),
			dropped: advice.GateClaims,
		},
		"no tests, with coverage": {
			raw: with(func(r *Raw) { r.Message, r.Facts, r.Claim = "There are no tests for this.", []string{"F1"}, "no_tests" })},
		"the wrong kind of fact": {
			raw:     with(func(r *Raw) { r.Message, r.Facts = "There are no tests for this.", []string{"F2"} }),
			dropped: advice.GateClaims,
		},
	} {
		t.Run(name, func(t *testing.T) { fate(t, contextOf(t).Check(c.raw), c.dropped, c.folded) })
	}
}

// fate fails a test where a finding was not dropped or folded by these gates.
func fate(t *testing.T, got Result, dropped, folded advice.Gate) {
	t.Helper()
	if got.Dropped != dropped || got.Folded != folded {
		t.Fatalf("dropped by %q, folded by %q; want %q and %q\n%+v", got.Dropped, got.Folded, dropped, folded, got.Draft)
	}
}

// A range that begins in the function around the diff is cut to the diff, where a forge takes a comment; a place that is
// wholly around it becomes a note.
func TestRangesStayInTheDiff(t *testing.T) {
	c := contextOf(t)
	c.Hunks = around(c.Hunks[:1])
	if c.Hunks[0].Before == 0 {
		t.Fatal("nothing is shown around the diff")
	}
	whole := Raw{
		File: "P1", StartID: "R0009", EndID: "R0014", Category: "error_handling", Level: "high", Claim: "none", Message: "It is lost.",
		Code:       strings.Join(strings.Split(content, "\n")[8:14], "\n"),
		Suggestion: text("\tif order.Empty() {\n\t\treturn nil\n\t}\n\ttotal := order.Total\n\t_ = s.bank.Charge(ctx, total)"),
	}
	got := c.Check(whole)
	if got.Dropped+got.Folded != "" || got.Draft.Start != 10 || got.Draft.End != 14 || got.Draft.Suggestion != nil || !got.Unfixed ||
		!strings.HasPrefix(got.Draft.Code, "\tif order.Empty()") {
		t.Errorf("%+v", got)
	}
	c.Hunks = zeroContext(t)
	if got := c.Check(with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0012", "R0012", "\t}" })); got.Folded != advice.GateChanged {
		t.Errorf("the line before a diff without context: %+v", got)
	}
	c = contextOf(t)
	c.Hunks = around(c.Hunks[:1])
	above := whole
	above.EndID, above.Code, above.Suggestion = "R0009", strings.Split(content, "\n")[8], nil
	if got := c.Check(above); got.Folded != advice.GateChanged || got.Draft.Start != 9 {
		t.Errorf("%+v", got)
	}
}

func around(hunks []excerpt.Hunk) []excerpt.Hunk {
	return excerpt.Surround(hunks, []string{"shop/pay.go"}, nil, func(string) ([]string, bool) {
		return strings.Split(content, "\n"), true
	}, 1000, 1)
}

// zeroContext is a hunk that begins with its changed lines, and has lines shown before it.
func zeroContext(t *testing.T) []excerpt.Hunk {
	t.Helper()
	lines, err := diff.ParsePatch("@@ -13 +13 @@\n-\ttotal := 1\n+\ttotal := order.Total\n")
	if err != nil {
		t.Fatal(err)
	}
	f := diff.File{Path: "shop/pay.go", Status: diff.Modified, State: diff.Text, OldMode: "100644", Mode: "100644"}
	hunks := around(excerpt.Read([]diff.File{f.With(lines)}, nil).Hunks)
	if len(hunks) != 1 || hunks[0].Before == 0 {
		t.Fatalf("%+v", hunks)
	}
	return hunks
}
