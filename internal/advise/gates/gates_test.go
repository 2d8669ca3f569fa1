package gates

import (
	"errors"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
)

const patch = `@@ -10,9 +10,8 @@ func (s *Shop) Pay(ctx context.Context, order Order) error {
 	if order.Empty() {
 		return ErrEmpty
 	}
-	if order.Total > s.limit {
-		return ErrLimit
-	}
-	return s.bank.Charge(ctx, order.Total)
+	total := order.Total
+	s.bank.Charge(ctx, total)
+	return nil
 }
 
@@ -40,3 +39,4 @@ func (s *Shop) Refund(ctx context.Context) error {
 	a := 1
 	return nil
+	return nil
 }
`

const content = `package shop

import "context"

type Shop struct{ bank Bank; limit int }

// Pay charges an order.
//
func (s *Shop) Pay(ctx context.Context, order Order) error {
	if order.Empty() {
		return ErrEmpty
	}
	total := order.Total
	s.bank.Charge(ctx, total)
	return nil
}

`

func contextOf(t testing.TB) *Context {
	t.Helper()
	file := func(path, old, patch string) diff.File {
		hunks, err := diff.ParsePatch(patch)
		if err != nil {
			t.Fatal(err)
		}
		f := diff.File{Path: path, OldPath: old, Status: diff.Modified, State: diff.Text, OldMode: "100644", Mode: "100644"}
		if old != "" {
			f.Status = diff.Renamed
		}
		return f.With(hunks)
	}
	c := excerpt.Read([]diff.File{
		file("shop/pay.go", "shop/charge.go", patch),
		file("conf/app.yml", "", "@@ -1,2 +1,3 @@\n a: 1\n+b: 2\n c: 3\n"),
		file("conf/app.json", "", "@@ -1,3 +1,4 @@\n {\n+ \"b\": 2,\n  \"c\": 3\n }\n"),
		file("web/app.ts", "", "@@ -1,2 +1,3 @@\n export const a = 1;\n+export const b = load(a);\n export const c = 3;\n"),
	}, nil)
	return &Context{
		Hunks: c.Hunks, OldPaths: c.OldPaths,
		Facts: []advice.Fact{
			{
				ID:     "F1",
				Kind:   advice.Uncovered,
				Path:   "shop/pay.go",
				Start:  13,
				End:    14,
				Text:   "no test reaches lines 13 to 14",
				Source: "coverage report",
			},
			{ID: "F2", Kind: advice.CISays, Text: "the check build failed", Source: "ci"},
			{ID: "F3", Kind: advice.RuleSays, Path: "go.mod", Text: "version v9 is not in the index", Source: "dependencies/unknown"},
			{ID: "F4", Kind: advice.LintSays, Path: "shop/pay.go", Start: 14, Text: "errcheck", Source: "lint/new"},
		},
		Names:  []string{"internal/bank/bank.go", "Reverse"},
		Beside: map[string]string{"shop/audit.go": "package shop\n\nfunc audit() {}\n"},
		Contents: map[string]string{
			"shop/pay.go": content, "conf/app.yml": "a: 1\nb: 2\nc: 3\n", "conf/app.json": "{\n \"b\": 2,\n \"c\": 3\n}\n",
			"web/app.ts": "export const a = 1;\nexport const b = load(a);\nexport const c = 3;\n",
		},
		Findings: []finding.Finding{
			{Rule: "secrets/token", Family: "secrets", Path: "shop/pay.go", Line: 15, EndLine: 15, Fingerprint: "sha256:rule"},
		},
		Redact: func(path, text string) (string, int, error) {
			if strings.Contains(text, "unsearchable") {
				return "", 0, errors.New("no")
			}
			return strings.ReplaceAll(text, "hunter2hunter2", "<SECRET_1>"), strings.Count(text, "hunter2hunter2"), nil
		},
	}
}

const block = "\t}\n\ttotal := order.Total\n\ts.bank.Charge(ctx, total)"

func good() Raw {
	return Raw{
		File: "P1", StartID: "R0014", EndID: "R0014", Code: "\ts.bank.Charge(ctx, total)", Category: "error_handling", Level: "high",
		Claim:   "none",
		Message: "The error of `Charge` is dropped, so a failed payment counts as paid.",
	}
}

func with(change func(*Raw)) Raw {
	r := good()
	change(&r)
	return r
}

func text(s string) *string { return &s }

func TestGates(t *testing.T) {
	for name, c := range map[string]struct {
		raw     Raw
		dropped advice.Gate
		folded  advice.Gate
		check   func(Result) bool
	}{
		"passes": {
			raw:   good(),
			check: func(r Result) bool { return r.Draft.Start == 14 && r.Draft.Symbol == "Pay" && !r.Draft.Relocated },
		},
		"G1: another category":         {raw: with(func(r *Raw) { r.Category = "style" }), dropped: advice.GateSchema},
		"G1: another severity":         {raw: with(func(r *Raw) { r.Level = "critical" }), dropped: advice.GateSchema},
		"G1: another claim":            {raw: with(func(r *Raw) { r.Claim = "sure" }), dropped: advice.GateSchema},
		"G2: a file that is not there": {raw: with(func(r *Raw) { r.File = "P9" }), dropped: advice.GatePath},
		"G2: a path outside":           {raw: with(func(r *Raw) { r.File = "../shop/pay.go" }), dropped: advice.GatePath},
		"G2: by its path":              {raw: with(func(r *Raw) { r.File = "shop/pay.go" })},
		"G2: by its old path": {
			raw:   with(func(r *Raw) { r.File = "shop/charge.go" }),
			check: func(r Result) bool { return r.Draft.Path == "shop/pay.go" },
		},
		"G3: an id that is not there": {
			raw: with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0099", "R0099", "\treturn nil" }), dropped: advice.GateIDs},
		"G3: an id that is not there, invented code": {
			raw: with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0099", "R0099", "s.bank.Refund(ctx)" }), dropped: advice.GateIDs},
		"G3: an id that is not there, one word": {
			raw: with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0099", "R0099", "\t}" }), dropped: advice.GateIDs},
		"G3: an id that is not there, and code that stands once": {
			raw:   with(func(r *Raw) { r.StartID, r.EndID = "R0099", "R0099" }),
			check: func(r Result) bool { return r.Draft.Relocated && r.Draft.Start == 14 && r.Draft.End == 14 },
		},
		"G3: a number for an id": {raw: with(func(r *Raw) { r.StartID, r.EndID = "14", "14" }), dropped: advice.GateIDs},
		"G3: two sides":          {raw: with(func(r *Raw) { r.StartID = "L0013" }), dropped: advice.GateIDs},
		"G3: two hunks":          {raw: with(func(r *Raw) { r.EndID, r.Code = "R0040", "\treturn nil" }), dropped: advice.GateIDs},
		"G3: the wrong way round": {
			raw: with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0015", "R0014", "\treturn nil" }), dropped: advice.GateIDs},
		"G3: an id without its zeros": {raw: with(func(r *Raw) { r.StartID, r.EndID = "R14", "R14" })},
		"G4: invented code":           {raw: with(func(r *Raw) { r.Code = "\ts.bank.Refund(ctx)" }), dropped: advice.GateQuote},
		"G4: no code":                 {raw: with(func(r *Raw) { r.Code = " \n" }), dropped: advice.GateQuote},
		"G4: lost indentation": {
			raw: with(func(r *Raw) { r.Code = "s.bank.Charge(ctx, total)" }),
			check: func(r Result) bool {
				return r.Draft.Code == "\ts.bank.Charge(ctx, total)" && !r.Draft.Relocated
			},
		},
		"G4: tabs as spaces":       {raw: with(func(r *Raw) { r.Code = "    s.bank.Charge(ctx,  total)" })},
		"G4: the diff's sign":      {raw: with(func(r *Raw) { r.Code = "+\ts.bank.Charge(ctx, total)" })},
		"G4: signs of three lines": {raw: with(func(r *Raw) { r.EndID, r.Code = "R0015", "+ s.bank.Charge(ctx, total)\n+return nil" })},
		"G4: signs and context": {
			raw: with(func(r *Raw) {
				r.StartID, r.Code = "R0012", " \t}\n+\ttotal := order.Total\n+\ts.bank.Charge(ctx, total)"
			})},
		"G4: dots at the end": {
			raw:   with(func(r *Raw) { r.EndID, r.Code = "R0015", "\ts.bank.Charge(ctx, total)\n..." }),
			check: func(r Result) bool { return r.Draft.Start == 14 && r.Draft.End == 15 },
		},
		"G4: dots alone":            {raw: with(func(r *Raw) { r.Code = "..." }), dropped: advice.GateQuote},
		"G4: one word another":      {raw: with(func(r *Raw) { r.Code = "s.bank.Charge(ctx, sum)" }), dropped: advice.GateQuote},
		"G4: a word split by space": {raw: with(func(r *Raw) { r.Code = "s.bank.Char ge(ctx, total)" }), dropped: advice.GateQuote},
		"G4: trailing space":        {raw: with(func(r *Raw) { r.Code += "  \r\n" })},
		"G4: ids copied along":      {raw: with(func(r *Raw) { r.Code = "R0014 + " + r.Code })},
		"G4: elsewhere, once": {
			raw:   with(func(r *Raw) { r.StartID, r.EndID = "R0013", "R0013" }),
			check: func(r Result) bool { return r.Draft.Relocated && r.Draft.Start == 14 },
		},
		"G4: elsewhere, twice": {
			raw: Raw{
				File:     "P1",
				StartID:  "R0039",
				EndID:    "R0039",
				Code:     "\treturn nil",
				Category: "correctness",
				Level:    "low",
				Claim:    "none",
				Message:  "m",
			},
			dropped: advice.GateQuote,
		},
		"G4: in another hunk": {
			raw:   with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0039", "R0039", "\ttotal := order.Total" }),
			check: func(r Result) bool { return r.Draft.Relocated && r.Draft.Start == 13 && r.Draft.Symbol == "Pay" },
		},
		"G5: context alone": {
			raw: with(func(r *Raw) {
				r.StartID, r.EndID, r.Code = "R0010", "R0011", "\tif order.Empty() {\n\t\treturn ErrEmpty"
			}),
			folded: advice.GateChanged,
		},
		"G5: context before a changed line": {
			raw: with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0012", "R0012", "\t}" }),
		},
		"G5: context after a changed line": {
			raw: with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0016", "R0016", "}" }),
		},
		"G5: context and a changed line": {
			raw: with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0012", "R0013", "\t}\n\ttotal := order.Total" })},
		"G5: deleted lines": {raw: with(func(r *Raw) {
			r.StartID, r.EndID, r.Code = "L0013", "L0015", "\tif order.Total > s.limit {\n\t\treturn ErrLimit\n\t}"
		}), check: func(r Result) bool { return r.Draft.Side == advice.Left && r.Draft.Start == 13 && r.Draft.End == 15 }},
		"G6: an invented function": {
			raw: with(func(r *Raw) { r.Message = "`bank.Rollback` is not called." }), dropped: advice.GateNames,
		},
		"G6: a proposed function": {
			raw:    with(func(r *Raw) { r.Message = "The limit is gone. Call `bank.Rollback` here." }),
			folded: advice.GateNames,
			check:  func(r Result) bool { return r.Draft.Message == "The limit is gone. Call bank.Rollback here." },
		},
		"G6: a proposed name": {
			raw:   with(func(r *Raw) { r.Message = "Rename `total` to `sumOfAll`." }),
			check: func(r Result) bool { return r.Draft.Message == "Rename `total` to sumOfAll." },
		},
		"G6: proposed and invented": {
			raw: with(func(r *Raw) { r.Message = "Call `Undo`, as `bank.Rollback` does." }), dropped: advice.GateNames,
		},
		"G6: proposed by example": {
			raw: with(func(r *Raw) { r.Message = "The limit is gone (e.g., `bank.Rollback`, `bank.Undo`)." }),
		},
		"G6: proposed in a sentence that advises": {
			raw: with(func(r *Raw) { r.Message = "The limit is gone. Consider undoing it when `total` equals `Ceiling`." }),
		},
		"G6: a dot inside of a name ends no sentence": {
			raw: with(func(r *Raw) {
				r.Message = "It is gone. Consider, e.g. for `order.Total`, what covers `Ceiling`."
			}),
		},
		"G6: another sentence advises": {
			raw: with(func(r *Raw) { r.Message = "Consider a limit. The `Ceiling` bounds it." }), dropped: advice.GateNames,
		},
		"G6: said to be there in a sentence that advises": {
			raw: with(func(r *Raw) { r.Message = "Consider that what `Ceiling` has is more." }), dropped: advice.GateNames,
		},
		"G6: an invented file":            {raw: with(func(r *Raw) { r.Message = "See `shop/ledger.go`." }), dropped: advice.GateNames},
		"G6: a name of the repository":    {raw: with(func(r *Raw) { r.Message = "`Reverse` in `internal/bank/bank.go` undoes it." })},
		"G6: a name of the file alone":    {raw: with(func(r *Raw) { r.Message = "`Shop` has a `limit`." })},
		"G6: a name of an unchanged file": {raw: with(func(r *Raw) { r.Message = "`audit` writes it down." })},
		"G6: a name for any name":         {raw: with(func(r *Raw) { r.Message = "The original `$VAR` is lost." })},
		"G6: words of the language":       {raw: with(func(r *Raw) { r.Message = "It is `nil` or `err`." })},
		"facts that are not there": {
			raw:   with(func(r *Raw) { r.Facts = []string{"F9", "F4", "F4"} }),
			check: func(r Result) bool { return len(r.Draft.Facts) == 1 },
		},
		"G9: a rule said it": {
			raw:    with(func(r *Raw) { r.StartID, r.EndID, r.Code, r.Category = "R0015", "R0015", "\treturn nil", "security" }),
			folded: advice.GateOverlap,
			check:  func(r Result) bool { return r.Draft.Explains == "sha256:rule" },
		},
		"G9: another matter":      {raw: with(func(r *Raw) { r.StartID, r.EndID, r.Code = "R0015", "R0015", "\treturn nil" })},
		"G11: nothing left":       {raw: with(func(r *Raw) { r.Message = "<img src=x>" }), dropped: advice.GateOutput},
		"G11: cannot be searched": {raw: with(func(r *Raw) { r.Message = "unsearchable" }), dropped: advice.GateOutput},
		"G11: a secret": {
			raw:   with(func(r *Raw) { r.Message = "It is hunter2hunter2." }),
			check: func(r Result) bool { return r.Draft.Message == "It is <SECRET_1>." },
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := contextOf(t).Check(c.raw)
			fate(t, got, c.dropped, c.folded)
			if c.check != nil && !c.check(got) {
				t.Errorf("%+v", got.Draft)
			}
		})
	}
}

// TestFix is G8: a suggestion applies, is not context said twice, keeps its indentation, and parses; else the finding stays without it.
func TestFix(t *testing.T) {
	ts := Raw{
		File:     "P4",
		StartID:  "R0002",
		EndID:    "R0002",
		Code:     "export const b = load(a);",
		Category: "correctness",
		Level:    "high",
		Claim:    "none",
		Message:  "m",
	}
	yml := Raw{
		File:     "P2",
		StartID:  "R0002",
		EndID:    "R0002",
		Code:     "b: 2",
		Category: "correctness",
		Level:    "high",
		Claim:    "none",
		Message:  "m",
	}
	json := Raw{
		File:     "P3",
		StartID:  "R0002",
		EndID:    "R0002",
		Code:     ` "b": 2,`,
		Category: "correctness",
		Level:    "high",
		Claim:    "none",
		Message:  "m",
	}
	for name, c := range map[string]struct {
		raw  Raw
		fix  string
		want bool
		more func(*Context)
	}{
		"applies and parses":    {good(), "\tif err := s.bank.Charge(ctx, total); err != nil {\n\t\treturn err\n\t}", true, nil},
		"with a line end":       {good(), "\treturn s.bank.Charge(ctx, total)\n", true, nil},
		"deletes the lines":     {good(), "", true, nil},
		"no Go":                 {good(), "\tif err := s.bank.Charge(ctx, total) {", false, nil},
		"lost indentation":      {good(), "return s.bank.Charge(ctx, total)", false, nil},
		"spaces for tabs":       {good(), "    return s.bank.Charge(ctx, total)", false, nil},
		"the line before again": {good(), "\ttotal := order.Total\n\t_ = s.bank.Charge(ctx, total)", false, nil},
		"the line after again":  {good(), "\t_ = s.bank.Charge(ctx, total)\n\treturn nil", false, nil},
		"nothing new":           {good(), "\ts.bank.Charge(ctx, total)", false, nil},
		"a placeholder":         {good(), "\ts.bank.Charge(ctx, \"<SECRET_1>\")", false, nil},
		"a secret":              {good(), "\ts.bank.Charge(ctx, \"hunter2hunter2\")", false, nil},
		"what cannot be seen":   {good(), "\ts.bank.Charge(ctx,\u202e total+1)", false, nil},
		"too long":              {good(), "\t// " + strings.Repeat("x", maxFixBytes), false, nil},
		"the file is not known": {good(), "\treturn s.bank.Charge(ctx, total)", false,
			func(c *Context) { delete(c.Contents, "shop/pay.go") }},
		"the file is another": {good(), "\treturn s.bank.Charge(ctx, total)", false,
			func(c *Context) { c.Contents["shop/pay.go"] = "\n" + content }},
		"the file did not parse before": {good(), "\treturn s.bank.Charge(ctx, total)", false,
			func(c *Context) { c.Contents["shop/pay.go"] = content + "}}" }},
		"moved by its quote": {with(func(r *Raw) { r.StartID, r.EndID = "R0013", "R0013" }),
			"\treturn s.bank.Charge(ctx, total)", false, nil},
		"of deleted lines": {with(func(r *Raw) { r.StartID, r.EndID, r.Code = "L0015", "L0015", "\t}" }), "\t}\n\t}",
			false, nil},
		"YAML":                            {yml, "b: 3", true, nil},
		"no YAML":                         {yml, "b: [3", false, nil},
		"JSON":                            {json, ` "b": 3,`, true, nil},
		"no JSON":                         {json, ` "b": 3`, false, nil},
		"brackets balance":                {ts, "export const b = await load(a, {x: [1]});", true, nil},
		"a bracket too many":              {ts, "export const b = load(a));", false, nil},
		"a bracket in a literal":          {ts, "export const b = load(\"(\");", true, nil},
		"a literal that does not end":     {ts, "export const b = `load(a);", false, nil},
		"closed and opened the other way": {ts, "export const b = )load(;", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := contextOf(t)
			if c.more != nil {
				c.more(ctx)
			}
			c.raw.Suggestion = text(c.fix)
			got := ctx.Check(c.raw)
			if got.Dropped != "" {
				t.Fatalf("dropped by %s", got.Dropped)
			}
			if passed := got.Draft.Suggestion != nil; passed != c.want || got.Unfixed == passed {
				t.Errorf("suggestion passed: %v, unfixed: %v", passed, got.Unfixed)
			}
		})
	}
}

func TestCap(t *testing.T) {
	d := func(path string, line int, l advice.Level) advice.Draft {
		return advice.Draft{Path: path, Side: advice.Right, Start: line, End: line, Level: l, Message: "the error is lost"}
	}
	in, folded, repeated := Cap([]advice.Draft{
		d("a", 1, advice.Medium), d("a", 5, advice.High), d("a", 9, advice.High), d("b", 1, advice.Low), d("c", 1, advice.Medium),
		d("a", 5, advice.Medium), d("d", 1, advice.High), d("e", 7, advice.High),
	}, []advice.Draft{d("e", 7, advice.High)}, 3, 2, advice.Medium)
	names := func(list []advice.Draft) string {
		var out []string
		for _, x := range list {
			out = append(out, x.Path+":"+string(rune('0'+x.Start))+string(x.Level[0]))
		}
		return strings.Join(out, " ")
	}
	if got := names(in); got != "a:5h a:9h d:1h" {
		t.Errorf("in: %s", got)
	}
	if got := names(folded); got != "a:1m c:1m b:1l" {
		t.Errorf("folded: %s", got)
	}
	if got := names(repeated); got != "e:7h a:5m" {
		t.Errorf("repeated: %s", got)
	}
}

// Two defects at common lines are two: the second is folded. What says the same, or stood before, is said once.
func TestCapFoldsAnotherDefectAtTheSameLines(t *testing.T) {
	d := func(c advice.Category, message string) advice.Draft {
		return advice.Draft{Path: "a", Side: advice.Right, Start: 3, End: 5, Level: advice.High, Category: c, Message: message}
	}
	lost, race := d("error_handling", "The error of Charge is dropped."), d("concurrency", "Two goroutines write the map.")
	again, reworded := d("correctness", "Charge fails and its error is dropped."), d("error_handling", "Nobody looks at what comes back.")
	in, folded, repeated := Cap([]advice.Draft{lost, race, again}, nil, 5, 5, advice.Low)
	if len(in) != 1 || len(folded) != 1 || folded[0].Category != "concurrency" || len(repeated) != 1 {
		t.Errorf("%v\n%v\n%v", in, folded, repeated)
	}
	in, folded, repeated = Cap([]advice.Draft{reworded, race}, []advice.Draft{lost}, 5, 5, advice.Low)
	if len(in) != 0 || len(folded) != 1 || len(repeated) != 1 {
		t.Errorf("beside one that stands: %v\n%v\n%v", in, folded, repeated)
	}
}
