package document

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLayer(t *testing.T) {
	parse := func(name, text string) *Document {
		doc, problems := Parse(name, []byte(text), 1<<20)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return doc
	}
	low := parse("low", "defaults:\n  size: {fail_over: 500, exclude: [a, b]}\n  lint: {mode: warn}\n").Sub("defaults")
	high := parse("high", "size:\n  fail_over: 300\n  exclude: []\nsecrets: {mode: enforce}\n")
	doc := Layer(low, nil, high)
	want := map[string]any{
		"size":    map[string]any{"fail_over": int64(300), "exclude": []any{}},
		"lint":    map[string]any{"mode": "warn"},
		"secrets": map[string]any{"mode": "enforce"},
	}
	if d := cmp.Diff(want, doc.Value()); d != "" {
		t.Error(d)
	}
	var places []string
	for _, path := range doc.Leaves() {
		p := doc.Problem("", path...)
		places = append(places, fmt.Sprintf("%s %s:%d:%d", p.Path, p.File, p.Line, p.Column))
	}
	wantPlaces := []string{"lint.mode low:3:16", "secrets.mode high:4:17", "size.exclude high:3:12", "size.fail_over high:2:14"}
	if d := cmp.Diff(wantPlaces, places); d != "" {
		t.Errorf("the leaves stand elsewhere:\n%s", d)
	}
	if low.Sub("none") != nil {
		t.Error("Sub of what the file does not name is not nil")
	}
	if low.Has("secrets") || !low.Has("lint", "mode") {
		t.Error("Layer changed the document below")
	}
}
