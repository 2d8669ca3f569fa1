//go:build race

package server_test

// raced: the race detector makes the tables of answers eight times as slow and finds nothing new in their hundredth
// row, so it plays two kinds at each address; "make test" plays all of them without it.
var raced = map[string]bool{"404": true, "cut": true}
