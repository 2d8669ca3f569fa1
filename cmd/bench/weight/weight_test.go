//race:unwatched
package weight

import (
	"math"
	"strings"
	"testing"
)

// TestShares: an addition weighs what goes with it, with what only it needs, and all of them sum up to the whole.
func TestShares(t *testing.T) {
	own := module + "internal/"
	linked := map[string]linkedPackage{}
	for name, imports := range map[string][]string{
		module + "cmd/lintel":       {own + "server", "runtime"},
		"runtime":                   nil,
		own + "server":              {own + "forge/gitlab", own + "sandbox", "example.com/both"},
		own + "forge/gitlab":        {"gitlab.com/client", own + "forge/gitlab/hook", "example.com/both"},
		own + "forge/gitlab/hook":   nil,
		"gitlab.com/client":         {"example.com/retry"},
		"example.com/retry":         nil,
		"example.com/both":          nil,
		own + "sandbox":             {"example.com/last"},
		"example.com/last":          {"gitlab.com/client"},
		own + "forge/gitlabbutmore": nil,
	} {
		linked[name] = linkedPackage{ImportPath: name, Imports: imports}
	}
	sizes := map[string]float64{}
	for name := range linked {
		sizes[name] = 1
	}
	got, err := shares(linked, sizes, 220, []addition{{"GitLab", []string{"forge/gitlab/"}}, {"checks", []string{"sandbox"}}})
	if err != nil {
		t.Fatal(err)
	}
	// Of eleven packages one is not reached. Two go with checks, which keep the client while GitLab is there.
	if want := []float64{80, 80, 40}; len(got) != 3 || math.Abs(got[0]-want[0])+math.Abs(got[1]-want[1])+math.Abs(got[2]-want[2]) > 1e-9 {
		t.Errorf("%v, want %v", got, want)
	}
	if _, err := shares(linked, sizes, 220, []addition{{"nothing", []string{"forge/bitbucket"}}}); err == nil {
		t.Error("an addition that the program does not link went unnoticed")
	}
}

func TestSymbolsHaveTheirPackage(t *testing.T) {
	got, err := sumSymbols(strings.NewReader(strings.Join([]string{
		"  1 10 T example.com/a/b.Do",
		"  1 10 T example.com/a/b.(*T).Do.func1",
		"  1 10 t gopkg.in/yaml%2ev3.(*parser).next",
		"  1 10 T example.com/a/b.Map[go.shape.string,example.com/x/y.Z]",
		"  1 10 T example.com/a/b.(*Map[go.shape.string,example.com/x/y.Z]).Get",
		"  1 10 R go:itab.*example.com/a/b.T,example.com/i/j.I",
		"  1 99 B example.com/a/b.zeroes",
		"  1 99 D example.com/a/b.zeroes",
		"    99 U elsewhere",
		"  1 10 T fmt.Println",
		" 1000 0 r runtime.pclntab",
		" 101e 0 r runtime.epclntab",
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	// 60 bytes are code, and the table of functions has 30.
	for name, want := range map[string]float64{"example.com/a/b": 70, "gopkg.in/yaml.v3": 15, "fmt": 15, "runtime": 0} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%v", got)
	}
}
