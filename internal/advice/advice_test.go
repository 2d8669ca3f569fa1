package advice

import (
	"encoding/json"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// deciding are words of what a model must never do.
var deciding = regexp.MustCompile(
	`(?i)conclusion|verdict|block|approve|pass(ed|es)?$|success|failure|label|merge$|allow|deny|gate$|enforce|mode$|command|setting`)

// ours are the packages whose types advice may hold.
var ours = regexp.MustCompile(`^(|time|github\.com/lintel-review/lintel/internal/(advice|llm))$`)

func TestAdviceCannotDecide(t *testing.T) {
	fields := 0
	var walk func(at string, of reflect.Type, seen map[reflect.Type]bool)
	walk = func(at string, of reflect.Type, seen map[reflect.Type]bool) {
		if !ours.MatchString(of.PkgPath()) {
			t.Errorf("%s is a %s: advice holds no type of a package that decides or acts", at, of)
		}
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			walk(at, of.Elem(), seen)
		case reflect.Map:
			walk(at, of.Key(), seen)
			walk(at, of.Elem(), seen)
		case reflect.Func, reflect.Interface, reflect.Chan, reflect.UnsafePointer:
			t.Errorf("%s is a %s: advice is plain data", at, of.Kind())
		case reflect.Struct:
			if seen[of] || of == reflect.TypeFor[time.Time]() {
				return
			}
			seen[of] = true
			for f := range of.Fields() {
				fields++
				if deciding.MatchString(f.Name) {
					t.Errorf("%s.%s is named as if it decided something", at, f.Name)
				}
				walk(at+"."+f.Name, f.Type, seen)
			}
		}
	}
	walk("Advice", reflect.TypeFor[Advice](), map[reflect.Type]bool{})
	if fields < 50 {
		t.Errorf("only %d fields were looked at", fields)
	}
}

func TestAdviceIsStoredWhole(t *testing.T) {
	text := "x := 1\n"
	price := int64(12)
	in := Advice{
		Version: Version, Extent: Partial, Models: []string{"m"}, Gates: map[Gate]int{GateQuote: 2},
		Drafts: []Draft{{Key: "sha256:1", Category: Security, Suggestion: &text, Facts: []string{"F1"}, State: Open}},
		Ledger: []Entry{{Path: "a.go", Status: Read}}, Cost: Cost{Calls: 1, MicroDollars: &price},
		Problems: []Problem{{Kind: "limited", RetryAfter: 3, Resets: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}},
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out Advice
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in, out); d != "" {
		t.Error(d)
	}
}

func TestReviewedIsTheSameAfterARebase(t *testing.T) {
	a := Reviewed{Head: "1", MergeBase: "2", Patch: "p", Config: "c", Prompt: "1"}
	moved := a
	moved.Head, moved.MergeBase = "3", "4"
	if !a.Same(moved) {
		t.Error("a rebase makes another look")
	}
	for _, other := range []Reviewed{
		{Patch: "q", Config: "c", Prompt: "1"},
		{Patch: "p", Config: "d", Prompt: "1"},
		{Patch: "p", Config: "c", Prompt: "2"},
	} {
		if a.Same(other) {
			t.Errorf("%+v is taken for the same", other)
		}
	}
	if (Reviewed{}).Same(Reviewed{}) {
		t.Error("two unknown patches are taken for the same")
	}
}
