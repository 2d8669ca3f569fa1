package settings

import (
	"reflect"
	"slices"
	"strings"
)

// order says which of two values of a key is stricter. meet gives the strictest that both allow: of an ordered pair the
// stricter, of two lists what both hold, or what either does. It is associative, commutative and idempotent, so the
// order of floors does not matter. Values are those of JSON.
type order struct {
	word string
	meet func(a, b any) any
}

var (
	higher = order{"higher", func(a, b any) any {
		if number(a) >= number(b) {
			return a
		}
		return b
	}}
	lower = order{"lower", func(a, b any) any {
		if b == nil || a != nil && number(a) <= number(b) {
			return a
		}
		return b
	}}
	// limit is lower, where 0 is no limit at all.
	limit = order{"lower, and 0 is no limit", func(a, b any) any {
		if number(b) == 0 || number(a) != 0 && number(a) <= number(b) {
			return a
		}
		return b
	}}
	demands = order{"true", func(a, b any) any { return truth(a) || truth(b) }}
	permits = order{"false", func(a, b any) any { return truth(a) && truth(b) }}
	// fewer is for lists of what is let off, more for lists of what is asked for.
	fewer = order{"fewer entries", func(a, b any) any {
		return entries(a, func(v any) bool { return holds(b, v) })
	}}
	more = order{"more entries", func(a, b any) any {
		added := entries(b, func(v any) bool { return !holds(a, v) })
		return append(slices.Clone(list(a)), added...)
	}}
)

// among is for a key whose values have names, the laxest first.
func among(values ...string) order {
	rank := func(v any) int { s, _ := v.(string); return slices.Index(values, s) }
	return order{strings.Join(values, " < "), func(a, b any) any {
		if rank(a) >= rank(b) {
			return a
		}
		return b
	}}
}

// orders are the keys that a floor may name beside the modes, with what is stricter. A key that is not here has no
// stricter value: a style is another one, and no better. Lists that allow anything while they are empty are not here
// either, for two of them may have nothing in common.
var orders = map[string]order{
	"commits.header_max":      limit,
	"commits.body_line_max":   limit,
	"commits.footer_line_max": limit,
	"commits.signed_off":      demands,
	"commits.remediation":     permits,
	"commits.scope_required":  demands,
	"commits.emoji":           permits,
	"commits.bots":            demands,
	"commits.type_case":       among("any", "lower"),
	"commits.subject_case":    more,
	"commits.ignore_authors":  fewer,

	"ownership.sole_owner":     among("waive", "fallback", "block"),
	"ownership.keep_approvals": permits,
	"ownership.require_owners": demands,
	"ownership.approvals":      higher,
	"ownership.require":        among("any", "each"),
	"ownership.teams":          higher,
	"ownership.by_risk.medium": higher,
	"ownership.by_risk.high":   higher,
	"ownership.count_pushers":  permits,
	"ownership.author_counts":  permits,
	"ownership.exempt_labels":  fewer,
	"ownership.waive.authors":  fewer,

	"size.fail_over":  limit,
	"size.files_over": limit,
	"size.large_file": limit,
	"size.binaries":   demands,
	"size.exclude":    fewer,

	"coverage.patch.min":             higher,
	"overrides.allow":                fewer,
	"overrides.bots":                 fewer,
	"overrides.four_eyes":            demands,
	"coverage.patch.threshold":       lower,
	"coverage.patch.min_lines":       lower,
	"coverage.patch.informational":   permits,
	"coverage.project.min":           higher,
	"coverage.project.max_drop":      lower,
	"coverage.project.informational": permits,
	"coverage.required":              demands,
	"coverage.unmatched_max":         lower,
	"coverage.ignore":                fewer,
	"coverage.flags.*.patch":         higher,
	"coverage.flags.*.project":       higher,
	"coverage.flags.*.max_drop":      lower,
	"coverage.flags.*.carry_forward": permits,
	"coverage.paths.*.patch":         higher,
	"coverage.paths.*.project":       higher,

	"lint.filter":   among("added", "diff_context", "file", "nofilter"),
	"lint.new_only": permits,
	"lint.required": more,
	"lint.ignore":   fewer,

	"lint.severity.*": among("off", "notice", "warning", "error"),

	"dependencies.deny":          more,
	"dependencies.licences.deny": more,
	"dependencies.hosts":         fewer,
	"dependencies.exclude":       fewer,

	"secrets.allow": fewer,

	"workflows.trusted": fewer,
}

// keyOf is the documented name of a path: names that a team chooses are "*".
func keyOf(path []string) string {
	for _, open := range []string{"rules", "coverage.flags", "coverage.paths", "lint.severity"} {
		n := strings.Count(open, ".") + 1
		if len(path) > n && strings.Join(path[:n], ".") == open {
			return strings.Join(slices.Concat(path[:n], []string{"*"}, path[n+1:]), ".")
		}
	}
	return strings.Join(path, ".")
}

func number(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case int64:
		return float64(n)
	}
	return 0
}

func truth(v any) bool { b, _ := v.(bool); return b }

func list(v any) []any { l, _ := v.([]any); return l }

// holds reports whether a list has an entry, which may be a mapping.
func holds(l, v any) bool {
	return slices.ContainsFunc(list(l), func(x any) bool { return reflect.DeepEqual(x, v) })
}

func entries(v any, keep func(any) bool) []any {
	out := []any{}
	for _, x := range list(v) {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}
