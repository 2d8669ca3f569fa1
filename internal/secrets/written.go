package secrets

import (
	_ "embed"
	"encoding/binary"
)

// anchorsFile has the anchors of the table's expressions, in its order, as a test writes them and holds them to anchorsOf:
// to parse two hundred expressions at each start took most of the time that the rules take.
//
//go:embed anchors.bin
var anchorsFile []byte

// reading takes numbers and texts off the file, which is part of the program and whole.
type reading struct{ rest []byte }

func (r *reading) number() int {
	n, size := binary.Uvarint(r.rest)
	r.rest = r.rest[max(size, 0):]
	return int(n)
}

func (r *reading) bytes(n int) []byte {
	n = min(n, len(r.rest))
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// writtenAnchors reads them: sets of bytes, then each expression's anchors, which name sets by their place.
func writtenAnchors() []anchoring {
	r := &reading{anchorsFile}
	sets := make([]byteSet, r.number())
	for i := range sets {
		for k := range sets[i] {
			sets[i][k] = binary.LittleEndian.Uint64(r.bytes(8))
		}
	}
	all := make([]anchoring, r.number())
	for i := range all {
		a := &all[i]
		a.before, a.after.chars, a.after.open = r.number(), r.number(), sets[r.number()]
		if n := r.number(); n > 0 {
			a.anchors = make([]anchor, n)
		}
		for k := range a.anchors {
			w := &a.anchors[k]
			w.word, w.assigned = string(r.bytes(r.number())), r.number() == 1
			if n := r.number(); n > 0 {
				w.shape = make([]byteSet, n)
			}
			for j := range w.shape {
				w.shape[j] = sets[r.number()]
			}
		}
	}
	return all
}
