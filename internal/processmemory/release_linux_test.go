package processmemory

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/policies"
)

// A test binary is a program like any other: what is released of it comes back when it runs on.
func TestRelease(t *testing.T) {
	resident := func() int {
		raw, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`(?m)^RssFile:\s+(\d+) kB`).FindSubmatch(raw)
		if m == nil {
			t.Fatal("no RssFile in /proc/self/status")
		}
		kb, err := strconv.Atoi(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		return kb
	}
	// Read much of the program's own code and tables, so that there is something to release.
	if _, err := policy.CompileTrusted(policies.Prebuilt(), policies.Tree()); err != nil {
		t.Fatal(err)
	}
	before := resident()
	if err := Release(); err != nil {
		t.Fatal(err)
	}
	if after := resident(); after >= before {
		t.Errorf("%d kB of files are resident, %d before", after, before)
	}
	if _, err := policy.CompileTrusted(policies.Prebuilt(), policies.Tree()); err != nil {
		t.Errorf("after the release: %v", err)
	}
}

func TestBounds(t *testing.T) {
	for in, want := range map[string][2]uintptr{
		"00400000-0192d000": {0x400000, 0x192d000},
		"x-1":               {},
		"1-x":               {},
		"":                  {},
	} {
		if from, to := bounds(in); from != want[0] || to != want[1] {
			t.Errorf("%q: %x to %x", in, from, to)
		}
	}
}
