package report

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestValueOfAnotherType holds that a value of another type is said in a user's words, never in those of a library.
func TestValueOfAnotherType(t *testing.T) {
	for in, want := range map[string]string{
		`{"n":"x"}`:          `byte 9: "n" is a text where the format has a whole number`,
		`{"n":1.5}`:          `byte 9: "n" is the number 1.5 where the format has a whole number`,
		`{"s":{"a":1}}`:      `"s" is an object where the format has a text`,
		`{"l":true}`:         `"l" is true or false where the format has a list`,
		`{"o":{"b":[1]}}`:    `"o.b" is a list where the format has true or false`,
		`{"o":"x"}`:          `"o" is a text where the format has an object`,
		`["x"]`:              `there is a list where the format has an object`,
		`{"n":`:              `the report ends too early`,
		`{"n":1e99999999}`:   `a whole number`,
		`{"m":{"k":"text"}}`: `a number`,
	} {
		var v struct {
			N int    `json:"n"`
			S string `json:"s"`
			L []int  `json:"l"`
			O struct {
				B bool `json:"b"`
			} `json:"o"`
			M map[string]float64 `json:"m"`
		}
		err := Value(json.NewDecoder(strings.NewReader(in)), &v)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}
