package policy

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/lintel-review/lintel/policies"
)

var updateFormat = flag.Bool("format", false, "format the policies")

// Policies are formatted as "opa fmt" does; -format formats them.
func TestFormatted(t *testing.T) {
	files, err := fs.Glob(policies.Tree(), "*/*.rego")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join("../../policies", name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := format.SourceWithOpts(name, text, format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Error(err)
			continue
		}
		if string(want) == string(text) {
			continue
		}
		if !*updateFormat {
			t.Errorf("policies/%s is not formatted; run go test ./internal/policy -run Formatted -format", name)
			continue
		}
		if err := os.WriteFile(filepath.Join("../../policies", name), want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
