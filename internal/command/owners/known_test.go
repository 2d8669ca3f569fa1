//race:unwatched
package owners

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// FuzzPeople: a list of logins is read whole or refused with its line, and never names somebody who is not written in it.
func FuzzPeople(f *testing.F) {
	for _, seed := range []string{"ann\n@Bo # lead\r\n\n# none\n", "", "a b", "acme/api: [ann]\n", "\ufeffann", "an\u200bn",
		"\u202eann", strings.Repeat("a\n", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		people, err := parsePeople("people.txt", content)
		if err == nil && len(people) == 0 {
			t.Error("an empty list was taken")
		}
		for _, p := range slices.Collect(maps.Keys(people)) {
			if p != strings.ToLower(p) || !strings.Contains(strings.ToLower(content), p) || strings.ContainsAny(p, " /@#\n\r") {
				t.Errorf("%q was read", p)
			}
		}
	})
}
