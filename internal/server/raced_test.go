//go:build race

package server_test

// raced chooses what is played under the race detector, which makes the tables of answers several times as slow and
// finds nothing new in their hundredth row: one kind at an address, an answer or a lost connection in turn. "make
// test" plays all of them without it.
var raced = func(s spot, kind string) bool {
	return kind == []string{"404", "cut"}[len(s.String())%2]
}
