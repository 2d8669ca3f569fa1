// Package policy decides: it evaluates the Rego of the rule families over the facts of one change and applies the settings' modes.
// It is the only door to Open Policy Agent; no OPA type is in an exported signature.
package policy
