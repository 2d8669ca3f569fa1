package policy_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/policies"
)

// The prebuilt policies in the program are those of its texts; with -update they are written anew.
//
//race:unwatched
func TestPublishedPrebuilt(t *testing.T) {
	now, err := policy.Prebuild(policies.Tree())
	if err != nil {
		t.Fatal(err)
	}
	again, err := policy.Prebuild(policies.Tree())
	if err != nil {
		t.Fatal(err)
	}
	if string(now) != string(again) {
		t.Error("equal texts gave different bytes")
	}
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile("../../policies/prebuilt.bin", now, 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
		return
	}
	if string(now) != policies.Prebuilt() {
		t.Error("policies/prebuilt.bin is not what the policies' texts give; run make generate")
	}
}

// Prebuilt policies decide as those that are compiled from their texts: every family, in whatever the fixtures hold.
//
//race:unwatched
func TestPrebuiltPoliciesDecideTheSame(t *testing.T) {
	compiled, err := policy.CompileTrusted("", policies.Tree())
	if err != nil {
		t.Fatal(err)
	}
	prebuilt, err := policy.CompileTrusted(policies.Prebuilt(), policies.Tree())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(compiled.Rules(), prebuilt.Rules()); d != "" {
		t.Errorf("rules differ: %s", d)
	}
	if d := cmp.Diff(compiled.Families(), prebuilt.Families()); d != "" {
		t.Errorf("families differ: %s", d)
	}
	if string(compiled.Archive()) != string(prebuilt.Archive()) || compiled.Digest() != prebuilt.Digest() {
		t.Error("the evidence differs")
	}
	r := settings.Resolution{Settings: enforcing(), Source: settings.FromFile}
	for _, good := range []bool{true, false} {
		_, want, err := compiled.Judge(t.Context(), large(50, good), r, policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := prebuilt.Judge(t.Context(), large(50, good), r, policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("good=%t: decisions differ: %s", good, d)
		}
	}
}

// What was made of other texts, by another engine or in another form is not taken, and what is cut off is an error,
// never a panic and never a policy that is missing.
//
//race:unwatched
func TestPrebuiltPoliciesFitOrAreNotTaken(t *testing.T) {
	whole := policies.Prebuilt()
	other := tree(map[string]string{"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", say("never")))})
	e, err := policy.CompileTrusted(whole, other)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range e.Rules() {
		if r.Family != "demo" && r.Family != policy.GateFamily {
			t.Errorf("other texts have the built-in rule %s", r.ID)
		}
	}
	for name, changed := range map[string]string{
		"engine": strings.Replace(whole, `"engine":"`, `"engine":"0.`, 1),
		"form":   strings.Replace(whole, `"form":`, `"form":9`, 1),
	} {
		e, err := policy.CompileTrusted(changed+"rest", policies.Tree())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if err := e.Prepare(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := policy.CompileTrusted(whole+"x", policies.Tree()); err == nil {
		t.Error("something is left over, and no error")
	}
	start := strings.IndexByte(whole, '\n') + 1
	if _, err := policy.CompileTrusted(whole[:start+100], policies.Tree()); err == nil {
		t.Error("the modules are cut off, and no error")
	}
	// Bytes that are changed give an error or other policies, as a text would, but no panic.
	for at := start; at < len(whole); at += len(whole) / 40 {
		e, err := policy.CompileTrusted(whole[:at]+"\xff"+whole[at+1:], policies.Tree())
		if err != nil {
			t.Fatal(err)
		}
		_ = e.Prepare()
	}
}
