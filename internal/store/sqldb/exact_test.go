package sqldb

import (
	"encoding/json"
	"testing"
)

// TestOneValueOfJSON: an element of a list of JSON texts is one value, its numbers as they are written.
func TestOneValueOfJSON(t *testing.T) {
	for text, good := range map[string]bool{
		`{"id": 9007199254740993}`: true, " [1]\n": true, `{} {}`: false, `{"id": 1} x`: false, `1,2`: false, `{`: false, ``: false,
	} {
		var got any
		if err := asWritten([]byte(text), &got); (err == nil) != good {
			t.Errorf("%q gives %v, %v", text, got, err)
		}
	}
	var got map[string]any
	if err := asWritten([]byte(`{"id": 9007199254740993}`), &got); err != nil || got["id"] != json.Number("9007199254740993") {
		t.Errorf("%v, %v", got, err)
	}
}
