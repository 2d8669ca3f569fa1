// Package outline walks through the beginning of a JSON document, to tell what it is.
//
// Callers may rely on: any bytes may be given; a document that is cut gives what stands before the cut.
package outline

import (
	"bytes"
	"encoding/json"
)

// Level is a list or an object around the place where a walk stands.
type Level struct {
	List bool
	// Member is the name that was read last in an object; a list has none.
	Member string
}

// Event is what a walk has come to.
type Event int

// The events. A list or an object is a value where it begins, and has an end behind its last element.
const (
	Member Event = iota
	Value
	End
)

// Walk visits the beginning of a JSON document, which may be cut anywhere, until visit returns false or the text ends
// or is no JSON. The levels are those around the event, the outermost first; token is the name, the value, or the bracket.
func Walk(head []byte, visit func(around []Level, event Event, token json.Token) bool) {
	dec := json.NewDecoder(bytes.NewReader(head))
	var open []Level
	wantName := false
	for {
		token, err := dec.Token()
		if err != nil {
			return
		}
		event := Value
		switch name, isText := token.(string); {
		case isText && wantName:
			event = Member
			open[len(open)-1].Member = name
		case token == json.Delim('}'), token == json.Delim(']'):
			event = End
			open = open[:len(open)-1]
		}
		if !visit(open, event, token) {
			return
		}
		if event == Value && (token == json.Delim('{') || token == json.Delim('[')) {
			open = append(open, Level{List: token == json.Delim('[')})
		}
		wantName = event != Member && len(open) > 0 && !open[len(open)-1].List
	}
}
