package trace

import "github.com/lintel-review/lintel/internal/lazyregexp"

// Key names a fact of a span. These are all: nobody adds one with a text of others by chance.
type Key string

// The keys, each with what it counts or names.
const (
	Forge      Key = "lintel.forge"
	Event      Key = "lintel.event"
	Connection Key = "lintel.connection" // id
	Repository Key = "lintel.repository" // id
	Change     Key = "lintel.change"     // number
	Job        Key = "lintel.job"
	Attempt    Key = "lintel.attempt"
	Outcome    Key = "lintel.outcome"
	Effect     Key = "lintel.effect"
	Found      Key = "lintel.findings" // how many findings a verdict shows
	Method     Key = "http.request.method"
	Status     Key = "http.response.status_code"
)

// Fact is one fact of a span: a number, or a word of this program.
type Fact struct {
	Key    Key
	Number int64
	// Text is empty for a number.
	Text string
}

// Int is a number.
func Int[T ~int | ~int64](key Key, value T) Fact { return Fact{Key: key, Number: int64(value)} }

// Word is a word of this program, such as an outcome. Anything else becomes "other".
func Word[T ~string](key Key, value T) Fact {
	if !word.MatchString(string(value)) {
		return Fact{Key: key, Text: "other"}
	}
	return Fact{Key: key, Text: string(value)}
}

var word = lazyregexp.New(`^[A-Za-z][a-zA-Z0-9_]{0,31}(\.[a-z_]{1,32})?$`)
