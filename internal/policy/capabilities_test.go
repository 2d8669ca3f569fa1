package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The list of what is allowed has no typing error and nothing that depends on anything but its arguments, whatever a
// new engine version calls so.
//
// Attack by whoever writes policies: Reach the network, the clock, the environment: a list of allowed built-ins;
// any other does not compile. Also `internal/policy/compile_test.go` `TestRefusedBuiltins`.
func TestAllowedBuiltins(t *testing.T) {
	known := map[string]*ast.Builtin{}
	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		known[b.Name] = b
	}
	for _, name := range allowed {
		switch b := known[name]; {
		case b == nil:
			t.Errorf("%s is no built-in of this engine version", name)
		case b.Nondeterministic:
			t.Errorf("%s depends on more than its arguments", name)
		case b.IsDeprecated():
			t.Errorf("%s is deprecated", name)
		}
	}
	// Every built-in that is not allowed was looked at by somebody. A new engine version that brings more makes this list differ.
	want := []string{
		"all", "any", "cast_array", "cast_boolean", "cast_null", "cast_object", "cast_set", "cast_string", "crypto.hmac.",
		"crypto.parse_private_keys",
		"crypto.x509.", "graphql.", "http.send", "io.jwt.", "json.match_schema", "json.patch", "json.verify_schema", "net.",
		"opa.runtime", "providers.aws.",
		"rand.intn", "re_match", "regex.globs_match", "rego.parse_module", "set_diff", "strings.render_template", "time.now_ns",
		"trace", "uuid.rfc4122", "yaml.",
	}
	used := map[string]bool{}
	for name := range known {
		if slices.Contains(allowed, name) {
			continue
		}
		i := slices.IndexFunc(want, func(w string) bool { return name == w || strings.HasSuffix(w, ".") && strings.HasPrefix(name, w) })
		if i < 0 {
			t.Errorf("%s is neither allowed nor known to be refused: decide, and say why in capabilities.go", name)
			continue
		}
		used[want[i]] = true
	}
	for _, w := range want {
		if !used[w] {
			t.Errorf("%s is refused and does not exist", w)
		}
	}
}
