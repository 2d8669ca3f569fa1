package floor

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// unwatched stands above a test that "make test" runs without the race detector, though its package is watched.
const unwatched = "//race:unwatched"

// unwatchedTestsRunOnce: scripts/watched.sh and the Makefile find tests by their comment and leave them out of the half
// with the race detector by name, so a comment elsewhere and a name that two packages have would cost a test its run. Above
// the package clause of a test, the comment is for all tests of the package; whose code starts a goroutine is watched.
func unwatchedTestsRunOnce(tr tree, _ []line) (out []string) {
	places := map[string][]string{}
	marked := map[string]string{}
	for _, p := range tr.packages {
		whole := ""
		for _, f := range p.all() {
			above := false
			for text := range strings.Lines(string(f.text)) {
				text = strings.TrimSuffix(text, "\n")
				name, isTest := testOf(text)
				switch {
				case isTest:
					places[name] = append(places[name], f.name)
					if above {
						marked[name] = f.name
					}
				case above && strings.HasPrefix(text, "package ") && strings.HasSuffix(f.name, "_test.go"):
					whole = f.name
				case above:
					out = append(out, fmt.Sprintf(
						"%s: %s stands above no test: put it right above \"func Test\", or a test's \"package\"", f.name, unwatched))
				}
				above = strings.TrimSpace(text) == unwatched
			}
			if strings.HasPrefix(string(f.text), "//go:build") && strings.Contains(string(f.text), "\n"+unwatched+"\n") {
				out = append(out, fmt.Sprintf("%s: %s stands in a file with a build constraint, where a test may run in neither half",
					f.name, unwatched))
			}
		}
		for _, f := range p.files {
			if whole != "" && !slices.Contains(startsForOthers, p.path) && goroutine.Match(f.text) {
				out = append(out, fmt.Sprintf("%s: %s stands above a package that starts a goroutine in %s: take it away",
					whole, unwatched, f.name))
			}
		}
	}
	for name, where := range marked {
		if len(places[name]) > 1 {
			out = append(out, fmt.Sprintf("%s: %s is unwatched, and a test of this name stands in %s, too: give it a name of its own",
				where, name, strings.Join(places[name], " and ")))
		}
	}
	return out
}

// startsForOthers are packages whose goroutines their own tests do not start, or start in a program of its own.
var startsForOthers = []string{"builtin", "cmd/lintel"}

// goroutine is the start of one.
var goroutine = regexp.MustCompile(`(?m)^\s*(defer )?go (func|[\w.]+\()|\.Go\(|AfterFunc\(`)

// testOf is the name of the test that a line begins.
func testOf(text string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(text, "func Test")
	if !ok {
		return "", false
	}
	name, signature, ok := strings.Cut(rest, "(")
	return "Test" + name, ok && strings.Contains(signature, "*testing.T)") && name != "Main"
}
