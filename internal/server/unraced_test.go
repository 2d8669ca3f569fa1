//go:build !race

package server_test

// raced is nil: every kind of answer is played.
var raced func(s spot, kind string) bool
