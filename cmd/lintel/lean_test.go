package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// buildLean is build. It fails when something that the program reaches asks reflection for a method by a name that is
// no constant: for one such function the linker keeps every exported method of every type, 12 MB that nobody calls.
// The tests need a program anyway, so this takes a second of the processor and no link of its own.
func buildLean(t *testing.T) (folder string) {
	t.Helper()
	folder = build(t)
	out, err := link()
	if err != nil {
		t.Fatal(err)
	}
	asked, lines := asksByName(out)
	if lines < 10_000 {
		t.Errorf("the linker lists %d uses, too few for the program: does its flag -dumpdep still list what reaches what?", lines)
	}
	if len(asked) > 0 {
		t.Errorf("the program looks methods up by names that are no constants, so the linker keeps all methods of all types. The first "+
			"of these functions is a cause, others may only be kept for it; docs/adr/0124 and 0126 have ways around those "+
			"that we met:\n%s", strings.Join(asked, "\n"))
	}
	return folder
}

// asksByName gives the functions that the linker marks in its list of what reaches what, in its order and each with what
// reaches it, and how many lines the list has.
func asksByName(list []byte) (asked []string, lines int) {
	for line := range bytes.Lines(list) {
		from, to, ok := bytes.Cut(bytes.TrimSpace(line), []byte(" -> "))
		if !ok {
			continue
		}
		lines++
		if name, marks, ok := bytes.Cut(to, []byte(" <")); ok && bytes.Contains(marks, []byte("ReflectMethod>")) {
			from, _, _ = bytes.Cut(from, []byte(" <"))
			asked = append(asked, string(name)+", reached by "+string(from))
		}
	}
	return slices.Compact(asked), lines
}
