package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// allowed names every built-in that a policy may call. It is a list of what is allowed, so a built-in that a new version of
// the engine brings is refused until somebody adds it here. What is left out, and why:
//   - http.send, net.*, json.match_schema, json.verify_schema (remote $ref), graphql.*, providers.*: the network;
//   - time.now_ns: the clock (a policy that needs a time reads it from its input);
//   - rand.intn, uuid.rfc4122: chance;
//   - opa.runtime: the environment of the process;
//   - io.jwt.*, crypto.x509.*, crypto.hmac.*, crypto.parse_private_keys: secrets have no place in a policy;
//   - rego.parse_module, trace, json.patch, strings.render_template, yaml.*: no rule needs them, and each is a way to burn memory.
var allowed = []string{
	// Operators and what the compiler itself writes.
	"and", "assign", "div", "eq", "equal", "gt", "gte", "internal.member_2", "internal.member_3", "internal.print",
	"internal.template_string",
	"internal.test_case", "lt", "lte", "minus", "mul", "neq", "or", "plus", "print", "rem", "rego.metadata.chain", "rego.metadata.rule",
	// Numbers and aggregates.
	"abs", "bits.and", "bits.lsh", "bits.negate", "bits.or", "bits.rsh", "bits.xor", "ceil", "count", "floor", "format_int", "max",
	"min", "numbers.range",
	"numbers.range_step", "product", "round", "sort", "sum", "to_number", "units.parse", "units.parse_bytes",
	// Arrays, sets, objects.
	"array.concat", "array.flatten", "array.reverse", "array.slice", "graph.reachable", "graph.reachable_paths", "intersection",
	"json.filter", "json.remove",
	"object.filter", "object.get", "object.keys", "object.remove", "object.subset", "object.union", "object.union_n", "union", "walk",
	// Strings and patterns. Regular expressions are RE2: linear in the text.
	"concat", "contains", "endswith", "glob.match", "glob.quote_meta", "indexof", "indexof_n", "lower",
	"regex.find_all_string_submatch_n", "regex.find_n",
	"regex.is_valid", "regex.match", "regex.replace", "regex.split", "regex.template_match", "replace", "semver.compare",
	"semver.is_valid", "split", "sprintf",
	"startswith", "strings.any_prefix_match", "strings.any_suffix_match", "strings.count", "strings.replace_n", "strings.reverse",
	"strings.split_n",
	"substring", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix", "upper",
	// Types and encodings.
	"base64.decode", "base64.encode", "base64.is_valid", "base64url.decode", "base64url.encode", "base64url.encode_no_pad",
	"crypto.md5", "crypto.sha1",
	"crypto.sha256", "hex.decode", "hex.encode", "is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string",
	"json.is_valid",
	"json.marshal", "json.marshal_with_options", "json.unmarshal", "type_name", "uri.is_valid", "uri.parse", "urlquery.decode",
	"urlquery.decode_object",
	"urlquery.encode", "urlquery.encode_object", "uuid.parse",
	// Arithmetic on times that the input gives.
	"time.add_date", "time.clock", "time.date", "time.diff", "time.format", "time.parse_duration_ns", "time.parse_ns",
	"time.parse_rfc3339_ns", "time.weekday",
}

// capabilities are what policies are compiled with: the allowed built-ins, no host to fetch from, and the language of Rego v1.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return !slices.Contains(allowed, b.Name) })
	c.AllowNet = []string{}
	c.Features = []string{ast.FeatureRegoV1, ast.FeatureKeywordsInRefs, ast.FeatureTemplateStrings}
	return c
}
