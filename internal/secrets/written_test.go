package secrets

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

// What is written is what the expressions say: an anchor that is not theirs would hide secrets.
func TestAnchorsAreWritten(t *testing.T) {
	var f file
	if err := json.Unmarshal(table, &f); err != nil {
		t.Fatal(err)
	}
	var want []anchoring
	for _, p := range f.Rules {
		want = append(want, anchorsOf(quick(p.Regex)))
	}
	if *update {
		if err := os.WriteFile("anchors.bin", write(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got := writtenAnchors()
	if len(got) != len(want) {
		t.Fatalf("%d expressions are written, want %d: go test ./internal/secrets -run AnchorsAreWritten -update", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s: %+v is written, want %+v: run this test with -update", f.Rules[i].ID, got[i], want[i])
		}
	}
}

func write(all []anchoring) []byte {
	places := map[byteSet]int{}
	var sets, out []byte
	number := func(n int) { out = binary.AppendUvarint(out, uint64(n)) }
	set := func(s byteSet) {
		at, ok := places[s]
		if !ok {
			at = len(places)
			places[s] = at
			for _, word := range s {
				sets = binary.LittleEndian.AppendUint64(sets, word)
			}
		}
		number(at)
	}
	number(len(all))
	for _, a := range all {
		number(a.before)
		number(a.after.chars)
		set(a.after.open)
		number(len(a.anchors))
		for _, w := range a.anchors {
			number(len(w.word))
			out = append(out, w.word...)
			assigned := 0
			if w.assigned {
				assigned = 1
			}
			number(assigned)
			number(len(w.shape))
			for _, s := range w.shape {
				set(s)
			}
		}
	}
	return append(append(binary.AppendUvarint(nil, uint64(len(places))), sets...), out...)
}
