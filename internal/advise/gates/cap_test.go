package gates

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
)

// TestCapEdges: equal severity goes by path and line whatever the order of the answer, a cap of none folds all, the sides
// of a diff are different lines, and what a cap folds takes no other finding's place.
func TestCapEdges(t *testing.T) {
	d := func(path string, start, end int, l advice.Level, message string) advice.Draft {
		return advice.Draft{Path: path, Side: advice.Right, Start: start, End: end, Level: l, Message: message}
	}
	left := d("a", 1, 1, advice.High, "The check of the limit was removed.")
	left.Side = advice.Left
	for name, c := range map[string]struct {
		drafts, standing  []advice.Draft
		most, perFile     int
		in, folded, again string
	}{
		"ties": {
			drafts: []advice.Draft{d("b", 1, 1, advice.High, "one"), d("a", 9, 9, advice.High, "two"), d("a", 2, 2, advice.High, "three")},
			most:   2, perFile: 2, in: "a:2 a:9", folded: "b:1",
		},
		"none at all": {
			drafts: []advice.Draft{d("a", 1, 1, advice.High, "one")}, most: 0, perFile: 2, folded: "a:1",
		},
		"none in a file": {
			drafts: []advice.Draft{d("a", 1, 1, advice.High, "one")}, most: 5, perFile: 0, folded: "a:1",
		},
		"two sides of one line": {
			drafts: []advice.Draft{left, d("a", 1, 1, advice.High, "The new lines forget the tax.")}, most: 5, perFile: 2, in: "a:1 a:1",
		},
		"ranges that touch at one line": {
			drafts: []advice.Draft{d("a", 1, 4, advice.High, "The lock is held."), d("a", 4, 6, advice.High, "Nobody reads the tax.")},
			most:   5, perFile: 2, in: "a:1", folded: "a:4",
		},
		"ranges that stand side by side": {
			drafts: []advice.Draft{d("a", 1, 3, advice.High, "The lock is held."), d("a", 4, 6, advice.High, "Nobody reads the tax.")},
			most:   5, perFile: 2, in: "a:1 a:4",
		},
		"beside what was folded by the cap of its file": {
			drafts: []advice.Draft{
				d("a", 1, 1, advice.High, "one"), d("a", 3, 3, advice.High, "two"), d("a", 5, 5, advice.High, "three"),
				d("b", 5, 5, advice.Low, "four"),
			},
			most: 3, perFile: 2, in: "a:1 a:3 b:5", folded: "a:5",
		},
		"the same words at what was folded": {
			drafts: []advice.Draft{
				d("a", 1, 1, advice.High, "one"), d("a", 5, 5, advice.High, "The lock is held by two."),
				d("a", 5, 5, advice.Low, "The lock is held by two."),
			},
			most: 1, perFile: 1, in: "a:1", folded: "a:5", again: "a:5",
		},
		"another defect at lines that have a comment": {
			drafts:   []advice.Draft{d("a", 2, 2, advice.High, "Nobody reads the tax.")},
			standing: []advice.Draft{d("a", 1, 3, advice.Low, "The lock is held.")},
			most:     5, perFile: 2, again: "a:2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			names := func(list []advice.Draft) string {
				var out []string
				for _, x := range list {
					out = append(out, fmt.Sprintf("%s:%d", x.Path, x.Start))
				}
				return strings.Join(out, " ")
			}
			in, folded, repeated := Cap(c.drafts, c.standing, c.most, c.perFile, advice.Low)
			if names(in) != c.in || names(folded) != c.folded || names(repeated) != c.again {
				t.Errorf("in %q, folded %q, repeated %q", names(in), names(folded), names(repeated))
			}
		})
	}
}
