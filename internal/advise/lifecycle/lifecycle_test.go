package lifecycle

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/diff"
)

// at is a change of one file as it stands at a push.
func at(t testing.TB, path, old string, status diff.Status, patch string) Now {
	t.Helper()
	hunks, err := diff.ParsePatch(patch)
	if err != nil {
		t.Fatal(err)
	}
	f := diff.File{Path: path, OldPath: old, Status: status, State: diff.Text}.With(hunks)
	c := excerpt.Read([]diff.File{f}, nil)
	return Now{
		Head:      "head",
		MergeBase: "base",
		Before:    "base",
		Hunks:     c.Hunks,
		Contents:  map[string]string{},
		Listed:    map[string]bool{path: true},
		Whole:     true,
		OldPaths:  c.OldPaths,
	}
}

func draftIn(t testing.TB, n Now, code string) advice.Draft {
	t.Helper()
	places := Find(n.Hunks, advice.Right, code)
	if len(places) == 0 {
		t.Fatalf("%q is not in the diff", code)
	}
	p := places[0]
	return advice.Draft{
		Key: Key(advice.Errors, p), Category: advice.Errors, Level: advice.High, Path: p.Path, Side: p.Side, Start: p.Start, End: p.End,
		Symbol: p.Symbol, Code: p.Code, Message: "The error of the charge is dropped, so a failed payment counts as paid.",
		State: advice.Open,
	}
}

const (
	first = "@@ -10,3 +10,4 @@ func Pay() error {\n a()\n b()\n+charge(ctx)\n c()\n"
	line  = "charge(ctx)"
)

func TestADraftOutlivesPushes(t *testing.T) {
	before := at(t, "a.go", "", diff.Modified, first)
	d := draftIn(t, before, line)
	known := []advice.Known{{Draft: d, Hash: Hash(d.Code), State: advice.Open}}
	for name, c := range map[string]struct {
		now   Now
		state advice.State
		line  int
	}{
		"the same push again": {before, advice.Carried, 12},
		"moved down by a rebase": {at(t, "a.go", "", diff.Modified, strings.ReplaceAll(first, "-10,3 +10,4", "-110,3 +110,4")),
			advice.Carried, 112},
		"moved within the file": {
			at(t, "a.go", "", diff.Modified, "@@ -50,2 +50,3 @@ func Pay() error {\n x()\n+charge(ctx)\n y()\n"), advice.Carried, 51},
		"to another function": {
			at(t, "a.go", "", diff.Modified, "@@ -50,2 +50,3 @@ func Other() error {\n x()\n+charge(ctx)\n y()\n"), advice.Carried, 51},
		"indented": {at(t, "a.go", "", diff.Modified, strings.ReplaceAll(first, "+charge", "+\t\tcharge")),
			advice.Carried, 12},
		"renamed against base": {at(t, "b.go", "a.go", diff.Renamed, first), advice.Carried, 12},
		"renamed within": {at(t, "b.go", "", diff.Added, "@@ -0,0 +1,3 @@\n+func Pay() error {\n+charge(ctx)\n+c()\n"),
			advice.Carried, 2},
		"a neighbour was added": {
			at(t, "a.go", "", diff.Modified, "@@ -10,3 +10,5 @@ func Pay() error {\n a()\n b()\n+log()\n+charge(ctx)\n c()\n"),
			advice.Carried, 13},
		"like code in another file": {at(t, "z.go", "", diff.Modified, "@@ -1,1 +1,2 @@ func Other() {\n a\n+charge(ctx)\n"),
			advice.Fixed, 0},
		"corrected": {
			at(t, "a.go", "", diff.Modified, strings.ReplaceAll(first, "+charge(ctx)", "+return charge(ctx)")), advice.Fixed, 0},
		"taken back": {at(t, "z.go", "", diff.Modified, "@@ -1,1 +1,2 @@\n a\n+b\n"), advice.Fixed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			carried, ended := Follow(known[0], c.now)
			switch {
			case c.state == advice.Carried &&
				(carried == nil || carried.Start != c.line || carried.Key != d.Key || carried.State != advice.Carried):
				t.Errorf("carried %+v, ended %+v", carried, ended)
			case c.state != advice.Carried && (ended == nil || ended.State != c.state || carried != nil):
				t.Errorf("carried %+v, ended %+v", carried, ended)
			}
			// The model says the same again, in other words: nothing is said twice.
			if c.state == advice.Carried {
				again := draftIn(t, c.now, line)
				again.Message, again.Category = "Return what it returns.", advice.Correctness
				if i, ok := Match(again, known, c.now); !ok || i != 0 {
					t.Error("the repeated finding is taken for a new one")
				}
			}
		})
	}
}

func TestWhatCannotBeKnownIsNotCalledFixed(t *testing.T) {
	before := at(t, "a.go", "", diff.Modified, first)
	k := advice.Known{Draft: draftIn(t, before, line), State: advice.Carried}
	gone := at(t, "a.go", "", diff.Modified, "@@ -1,1 +1,2 @@\n a\n+b\n")
	for name, c := range map[string]struct {
		change func(*Now)
		want   advice.State
	}{
		"wholly read":                       {func(*Now) {}, advice.Fixed},
		"not wholly read":                   {func(n *Now) { n.Whole = false }, advice.Stale},
		"the base moved":                    {func(n *Now) { n.MergeBase = "other" }, advice.Stale},
		"the base moved, the file is known": {func(n *Now) { n.MergeBase, n.Contents["a.go"] = "other", "a()\nc()\n" }, advice.Fixed},
		"still in the file":                 {func(n *Now) { n.Contents["a.go"] = "x()\n  charge(ctx)\ny()\n" }, advice.Stale},
		"part of another line":              {func(n *Now) { n.Contents["a.go"] = "return charge(ctx)\n" }, advice.Fixed},
	} {
		n := gone
		n.Contents = map[string]string{}
		c.change(&n)
		if carried, ended := Follow(k, n); carried != nil || ended == nil || ended.State != c.want {
			t.Errorf("%s: %+v, %+v", name, carried, ended)
		}
	}
	for _, s := range []advice.State{advice.Dismissed, advice.Fixed, advice.Suppressed, advice.Stale} {
		k.State = s
		if carried, ended := Follow(k, before); carried != nil || ended != nil {
			t.Errorf("a draft that is %s comes to life again", s)
		}
	}
}

func TestMatchByWordsWhenTheCodeChanged(t *testing.T) {
	before := at(t, "a.go", "", diff.Modified, first)
	known := []advice.Known{{Draft: draftIn(t, before, line), State: advice.Open}}
	known[0].Hash = Hash(known[0].Draft.Code)
	after := at(t, "a.go", "", diff.Modified, strings.ReplaceAll(first, "+charge(ctx)", "+charge(ctx, 2)"))
	d := draftIn(t, after, "charge(ctx, 2)")
	d.Message = "The dropped error lets a failed payment pass as paid."
	if _, ok := Match(d, known, after); !ok {
		t.Error("the same point on changed code is taken for a new one")
	}
	d.Message = "Amounts are rounded down, cents get lost."
	if _, ok := Match(d, known, after); ok {
		t.Error("another point is taken for the same")
	}
	d.Message, d.Symbol = known[0].Draft.Message, "Other"
	if _, ok := Match(d, known, after); ok {
		t.Error("another function is taken for the same")
	}
}

func TestKeys(t *testing.T) {
	p := Place{Path: "a.go", Symbol: "Pay", Side: advice.Right, Start: 1, End: 1, Code: "x := 1"}
	same := p
	same.Start, same.End, same.Code = 90, 90, "\tx  :=  1 \n\n"
	if Key(advice.Errors, p) != Key(advice.Errors, same) {
		t.Error("a line number or white space is in the key")
	}
	renamed := p
	renamed.Path, renamed.OldPath = "b.go", "a.go"
	if Key(advice.Errors, p) != Key(advice.Errors, renamed) {
		t.Error("a rename changes the key")
	}
	for name, other := range map[string]Place{
		"path":       {Path: "b.go", Symbol: "Pay", Side: advice.Right, Code: "x := 1"},
		"symbol":     {Path: "a.go", Symbol: "B", Side: advice.Right, Code: "x := 1"},
		"side":       {Path: "a.go", Symbol: "Pay", Side: advice.Left, Code: "x := 1"},
		"code":       {Path: "a.go", Symbol: "Pay", Side: advice.Right, Code: "x := 2"},
		"occurrence": {Path: "a.go", Symbol: "Pay", Side: advice.Right, Code: "x := 1", Nth: 1},
	} {
		if Key(advice.Errors, p) == Key(advice.Errors, other) {
			t.Errorf("another %s, the same key", name)
		}
	}
	twice := at(t, "a.go", "", diff.Modified, "@@ -1,1 +1,4 @@\n a\n+charge(ctx)\n+b\n+charge(ctx)\n")
	places := Find(twice.Hunks, advice.Right, line)
	if len(places) != 2 || Key(advice.Errors, places[0]) == Key(advice.Errors, places[1]) {
		t.Errorf("%+v", places)
	}
}

func TestSuppressionsAreLearnedAndEnd(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	no := func(by, path, symbol string, c advice.Category, l advice.Level, days int) advice.Dismissal {
		return advice.Dismissal{
			Key:      advice.Fingerprint(by + path + symbol),
			By:       by,
			Reason:   "we mean it",
			At:       day.AddDate(0, 0, days),
			Category: c,
			Symbol:   symbol,
			Path:     path,
			Level:    l,
		}
	}
	now := day.AddDate(0, 0, 10)
	for name, c := range map[string]struct {
		in           []advice.Dismissal
		symbol, path string
		want         int
	}{
		"three by two, at one function": {
			[]advice.Dismissal{no("a", "x/a.go", "F", advice.Errors, advice.High, 1),
				no("b", "x/a.go", "F", advice.Errors, advice.High, 2), no("a", "x/a.go", "F", advice.Errors, advice.High, 3)}, "F",
			"/x/a.go", 1},
		"three by two, in one file": {
			[]advice.Dismissal{no("a", "x/a.go", "F", advice.Errors, advice.High, 1),
				no("b", "x/a.go", "G", advice.Errors, advice.High, 2), no("a", "x/a.go", "H", advice.Errors, advice.High, 3)}, "",
			"/x/a.go", 1},
		"three by two, in one folder": {
			[]advice.Dismissal{no("a", "x/a.go", "F", advice.Errors, advice.High, 1),
				no("b", "x/b.go", "G", advice.Errors, advice.High, 2), no("a", "x/c.go", "H", advice.Errors, advice.High, 3)}, "",
			"/x/**", 1},
		"three by one": {
			[]advice.Dismissal{no("a", "x/a.go", "F", advice.Errors, advice.High, 1),
				no("a", "x/a.go", "F", advice.Errors, advice.High, 2), no("a", "x/a.go", "F", advice.Errors, advice.High, 3)}, "", "", 0},
		"two": {
			[]advice.Dismissal{no("a", "x/a.go", "F", advice.Errors, advice.High, 1),
				no("b", "x/a.go", "F", advice.Errors, advice.High, 2)}, "", "", 0},
		"too long ago": {
			[]advice.Dismissal{no("a", "x/a.go", "F", advice.Errors, advice.High, -100),
				no("b", "x/a.go", "F", advice.Errors, advice.High, 2), no("a", "x/a.go", "F", advice.Errors, advice.High, 3)}, "", "", 0},
		"grave and about security": {
			[]advice.Dismissal{no("a", "x/a.go", "F", advice.Security, advice.High, 1),
				no("b", "x/a.go", "F", advice.Security, advice.High, 2), no("a", "x/a.go", "F", advice.Security, advice.High, 3)}, "",
			"", 0},
		"the whole repository": {
			[]advice.Dismissal{no("a", "a.go", "F", advice.Errors, advice.High, 1), no("b", "b.go", "G", advice.Errors, advice.High, 2),
				no("a", "c.go", "H", advice.Errors, advice.High, 3)}, "", "", 0},
		"different things": {
			[]advice.Dismissal{no("a", "x/a.go", "F", advice.Errors, advice.High, 1),
				no("b", "x/a.go", "F", advice.Clarity, advice.High, 2), no("a", "y/a.go", "F", advice.Errors, advice.High, 3)}, "", "", 0},
	} {
		got := Learn(c.in, now)
		if len(got) != c.want || c.want == 1 &&
			(got[0].Symbol != c.symbol || got[0].Path != c.path || !got[0].Expires.Equal(day.AddDate(0, 0, 3).Add(Lasts)) ||
				len(got[0].By) != 2) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	list := []advice.Suppression{
		{Category: advice.Errors, Path: "/x/**", Since: day, Expires: day.Add(Lasts)},
		{Category: advice.Security, Since: day, Expires: day.Add(Lasts)},
	}
	d := advice.Draft{Category: advice.Errors, Path: "x/y/a.go", Level: advice.High}
	if _, ok := Suppresses(list, d, now); !ok {
		t.Error("a suppression does not hold")
	}
	if _, ok := Suppresses(list, d, day.Add(Lasts)); ok {
		t.Error("a suppression does not end")
	}
	d.Path = "y/a.go"
	if _, ok := Suppresses(list, d, now); ok {
		t.Error("a suppression holds elsewhere")
	}
	if _, ok := Suppresses(list, advice.Draft{Category: advice.Security, Level: advice.High}, now); ok {
		t.Error("a grave finding about security is suppressed")
	}
	if _, ok := Suppresses(list, advice.Draft{Category: advice.Security, Level: advice.Low}, now); !ok {
		t.Error("a light one is not")
	}
	data, err := PolicyData(list)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Lintel struct {
			Advice struct {
				Suppressions []advice.Suppression `json:"suppressions"`
			} `json:"advice"`
		} `json:"lintel"`
	}
	if err := json.Unmarshal(data, &doc); err != nil || len(doc.Lintel.Advice.Suppressions) != 2 {
		t.Errorf("%v: %s", err, data)
	}
}

func TestAPathWithSpecialCharactersSuppressesItselfAlone(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var all []advice.Dismissal
	for i, by := range []string{"a", "b", "c"} {
		all = append(all,
			advice.Dismissal{
				By:       by,
				At:       day.Add(time.Duration(i) * time.Hour),
				Category: advice.Errors,
				Path:     "app/[id]/*.ts",
				Level:    advice.Low,
			})
	}
	list := Learn(all, day.AddDate(0, 0, 1))
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	for path, want := range map[string]bool{"app/[id]/*.ts": true, "app/i/x.ts": false, "app/[id]/x.ts": false} {
		if _, ok := Suppresses(list, advice.Draft{Category: advice.Errors, Path: path}, day.AddDate(0, 0, 1)); ok != want {
			t.Errorf("%s: %v by %q", path, ok, list[0].Path)
		}
	}
}
