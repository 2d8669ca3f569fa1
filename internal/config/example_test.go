package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/document"
)

// TestExampleFile loads the example as it stands, and once more with everything in force that is commented out as a default.
func TestExampleFile(t *testing.T) {
	t.Parallel()
	const name = "deploy/server.example.yml"
	if _, err := Load("../../"+name, nil, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../" + name)
	must(t, err)
	commented := regexp.MustCompile(`(?m)^(\s*)# (\s*[a-z_]+:(?: |$))`)
	whole := commented.ReplaceAllString(string(text), "$1$2")
	path := filepath.Join(t.TempDir(), "whole.yaml")
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := document.Parse(name, []byte(whole), maxFile)
	for key := range descriptions {
		if !doc.Has(strings.Split(strings.ReplaceAll(key, "*", "0"), ".")...) {
			t.Errorf("%s does not show %s", name, key)
		}
	}
	want := Default()
	// These the example sets, or shows with a value that is no default.
	want.PublicURL, want.Database, want.GitHub = got.PublicURL, got.Database, got.GitHub
	want.Flow.Rollouts, want.Flow.Weekly = got.Flow.Rollouts, got.Flow.Weekly
	want.Model, want.SignIn.Groups, want.Checks.Tools = got.Model, got.SignIn.Groups, got.Checks.Tools
	if d := cmp.Diff(Default().Model.Budget, got.Model.Budget); d != "" {
		t.Errorf("%s shows as a default budget what is none (-default +example):\n%s", name, d)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s shows as a default what is none (-default +example):\n%s", name, d)
	}
}
