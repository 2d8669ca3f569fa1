package outline

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestWalk(t *testing.T) {
	names := map[Event]string{Member: "member", Value: "value", End: "end"}
	for in, want := range map[string]string{
		`{"a":[1,{"b":"c"}],"d":{}}`: "value { at ; member a at a; value [ at a; value 1 at a[]; value { at a[]; " +
			"member b at a[]b; value c at a[]b; end } at a[]; end ] at a; member d at d; value { at d; end } at d; end } at ",
		`["x"`:             "value [ at ; value x at []",
		`{"a":1} {"b":2}`:  "value { at ; member a at a; value 1 at a; end } at ; value { at ; member b at b; value 2 at b; end } at ",
		`{"a" 1`:           "value { at ; member a at a",
		"":                 "",
		"hello":            "",
		`{"stop":1,"x":2}`: "value { at ; member stop at stop",
	} {
		var seen []string
		Walk([]byte(in), func(around []Level, event Event, token json.Token) bool {
			at := ""
			for _, l := range around {
				if at += l.Member; l.List {
					at += "[]"
				}
			}
			seen = append(seen, fmt.Sprint(names[event], " ", token, " at ", at))
			return token != "stop"
		})
		if got := strings.Join(seen, "; "); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
}
