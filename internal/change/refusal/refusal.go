// Package refusal names why a forge refuses something for good. Logs and code tell refusals apart by it; the sentence
// in a change.Refused is for people.
package refusal

// Kind is why a forge refuses.
type Kind string

// The kinds of refusals.
const (
	// Credentials: the forge does not accept the token.
	Credentials Kind = "credentials"
	// Permission: the App or the token lacks a right.
	Permission Kind = "permission"
	// NotVisible: it does not exist, or the token may not see it. Forges do not tell which.
	NotVisible Kind = "not_visible"
	// BadRequest: the forge does not accept what we sent. That is a fault of Lintel.
	BadRequest Kind = "bad_request"
	// NotAvailable: the forge no longer has it, or does not give all of it.
	NotAvailable Kind = "not_available"
)
