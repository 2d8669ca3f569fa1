package survey

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/settings"
)

func TestChanges(t *testing.T) {
	for name, tc := range map[string]struct {
		c    Commit
		want string // landed number title|body author base..head; empty is no change
	}{
		"squash": {Commit{"c", []string{"p"}, "1+ann@users.noreply.github.com", "feat: x (#12)\n\nWhy.\n"},
			"squash 12 feat: x|Why. ann p..c"},
		"squash of a bot": {
			Commit{"c", []string{"p"}, "49699333+dependabot[bot]@users.noreply.github.com",
				"build: x (#1)",
			},
			"squash 1 build: x| dependabot[bot] p..c"},
		"a number inside": {Commit{"c", []string{"p"}, "a@example.com", "Revert \"x (#1)\" and y"},
			"direct 0 Revert \"x (#1)\" and y|  p..c"},
		"two numbers": {Commit{"c", []string{"p"}, "", "fix: x (#1) (#2)"}, "squash 2 fix: x (#1)|  p..c"},
		"pushed":      {Commit{"c", []string{"p"}, "", "fix: x\r\n\r\nWhy\r\n"}, "direct 0 fix: x|Why  p..c"},
		"merge by GitHub": {
			Commit{"m", []string{"p", "h"}, "1+eve@users.noreply.github.com", "Merge pull request #7 from ann/x\n\nAdd x\n\nbody"},
			"merge 7 Add x|body  p..h"},
		"merge without text": {
			Commit{"m", []string{"p", "h"}, "", "Merge pull request #7 from ann/x"},
			"merge 7 |  p..h",
		},
		"merge by its title": {
			Commit{"m", []string{"p", "h"}, "", "fix(x): y (#7)\n\n### Why\n"},
			"merge 7 fix(x): y|### Why  p..h",
		},
		"a merge by hand with a number": {
			Commit{"m", []string{"p", "h"}, "", "Merge branch 'x' (#8)"},
			"merge 0 |  p..h",
		},
		"a number in a merge's text": {
			Commit{"m", []string{"p", "h"}, "",
				"Merge pull request #7 from ann/x (#8)\n\nAdd x",
			},
			"merge 7 Add x|  p..h"},
		"merge by bors": {Commit{"m", []string{"p", "h"}, "", "Merge #81\n\n81: Add x r=ann a=bob\n"},
			"merge 81 81: Add x r=ann a=bob|  p..h"},
		"merge by hand": {Commit{"m", []string{"p", "h"}, "", "Merge branch 'x'\n"}, "merge 0 |  p..h"},
		"squash like a merge": {
			Commit{"c", []string{"p"}, "", "Merge pull request #7 from ann/x\n\nAdd x\n"},
			"squash 7 Add x|  p..c",
		},
		"octopus":             {Commit{"m", []string{"p", "h", "i"}, "", "Merge branches"}, ""},
		"a version":           {Commit{"c", []string{"p"}, "", "10.9.0"}, ""},
		"a version of npm":    {Commit{"c", []string{"p"}, "", "v1.2.3-rc.1\n"}, ""},
		"words and a version": {Commit{"c", []string{"p"}, "", "Bumped v1.2.3"}, ""},
		"a version of others": {
			Commit{"c", []string{"p"}, "", "Bump lodash to 1.2.3"},
			"direct 0 Bump lodash to 1.2.3|  p..c",
		},
		"a version by a pull": {
			Commit{"c", []string{"p"}, "", "Release 1.2.3 (#4)"},
			"squash 4 Release 1.2.3|  p..c",
		},
		"merged by GitLab": {
			Commit{"m", []string{"p", "c"}, "", "Merge branch 'x' into 'main'\n\nfeat: it\n\nWhy.\n\nSee merge request acme/tools/shop!12"},
			"merge 12 feat: it|Why.\n\nSee merge request acme/tools/shop!12  p..c",
		},
		"of an advisory": {Commit{"c", []string{"p"}, "", "Merge commit from fork\n\n* fix"}, ""},
		"root":           {Commit{"c", nil, "", "init"}, ""},
		"no message":     {Commit{"c", []string{"p"}, "", ""}, "direct 0 |  p..c"},
		"a huge number": {
			Commit{"c", []string{"p"}, "", "x (#99999999999)"},
			"direct 0 x (#99999999999)|  p..c",
		},
	} {
		got := ""
		for _, x := range Changes([]Commit{tc.c}) {
			got = fmt.Sprintf("%s %d %s|%s %s %s..%s", x.Landed, x.Number, x.Title, x.Body, x.Author, x.Base, x.Head)
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// A merge by hand is a change where most are merged so, and none where it is the exception.
func TestMergesByHand(t *testing.T) {
	hand := Commit{"m", []string{"p", "h"}, "", "Merge branch v3.7 into master"}
	pull := Commit{"p", []string{"o"}, "", "fix: x (#2)"}
	named := Commit{"n", []string{"m", "i"}, "", "Merge pull request #3 from ann/x\n\nAdd x"}
	for name, tc := range map[string]struct {
		log  []Commit
		want string
	}{
		"alone":               {[]Commit{hand}, "m"},
		"half of them":        {[]Commit{hand, pull}, "mp"},
		"fewer":               {[]Commit{named, hand, pull}, "np"},
		"not by its own text": {[]Commit{named, pull, {"q", []string{"o"}, "", "Merge branch handling"}}, "npq"},
	} {
		got := ""
		for _, c := range Changes(tc.log) {
			got += c.Commit
		}
		if got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

// years is a history of n changes with these headers in turn, all squashed.
func years(n int, headers ...string) History {
	var log []Commit
	for i := range n {
		log = append(log,
			Commit{
				ID:      fmt.Sprintf("%040d", n-i),
				Parents: []string{fmt.Sprintf("%040d", n-i-1)},
				Message: fmt.Sprintf("%s (#%d)\n", headers[i%len(headers)], i+1),
			})
	}
	changes := Changes(log)
	h := History{Branch: "main", Newest: "aaa", Oldest: "bbb", Changes: changes, Style: Style(changes, nil), Commits: n,
		Rules: []Rule{
			{"commits/header", "enforce"},
			{"commits/subject", "enforce"},
			{"size/too-large", "warn"},
			{"size/rare", "shadow"},
		}}
	for i, c := range changes {
		h.Replays = append(h.Replays, Replay{Change: c, Lines: i})
	}
	return h
}

func TestConclude(t *testing.T) {
	for name, tc := range map[string]struct {
		h             History
		style, squash string
	}{
		"conventional":     {years(100, "feat: a", "fix(x): b"), "conventional", "title"},
		"component":        {years(100, "net/http: a", "cmd/go: b"), "component", "title"},
		"gitmoji":          {years(100, ":bug: a", "✨ b"), "gitmoji", "title"},
		"ticket":           {years(100, "ABC-1 a", "[ABC-2] b"), "ticket", "title"},
		"none":             {years(100, "Add a", "Repair b", "fix: c"), "none", "title"},
		"too short":        {years(5, "feat: a"), "auto", "auto"},
		"nothing":          {History{}, "auto", "auto"},
		"merges and other": {func() History { h := years(100, "feat: a"); mix(&h, Merge, 50); return h }(), "conventional", "auto"},
		"few merges": {func() History { h := years(100, "feat: a"); mix(&h, Merge, 10); mix(&h, Direct, 35); return h }(),
			"conventional", "title"},
		"merges": {func() History { h := years(100, "feat: a"); mix(&h, Merge, 95); return h }(), "conventional", "commits"},
		"pushed": {func() History { h := years(100, "feat: a"); mix(&h, Direct, 100); return h }(), "conventional", "commits"},
	} {
		c := Conclude(tc.h, true)
		if c.Style != tc.style || c.Squash != tc.squash {
			t.Errorf(
				"%s: style %s, squash %s (%s; %s), want %s and %s",
				name,
				c.Style,
				c.Squash,
				c.StyleWhy,
				c.SquashWhy,
				tc.style,
				tc.squash,
			)
		}
	}
}

// Words that stand before a colon at least twice are types of the repository's own.
func TestOwnTypes(t *testing.T) {
	h := years(100, "feat: a", "fix(x): b", "feat: c", "release: v1", "dx(core): d", "Note: e")
	c := Conclude(h, false)
	own := c.Types[len(settings.Default().Commits.Types):]
	if strings.Join(own, " ") != "dx release" {
		t.Errorf("own types %v, want dx and release", own)
	}
}

func mix(h *History, l Landing, n int) {
	for i := range n {
		h.Changes[i].Landed = l
	}
}

// All enforced rules together stay below the budget, not each on its own; what refuses one in twenty is off.
func TestModes(t *testing.T) {
	h := years(300, "feat: a")
	refuse := func(id string, from, n int) {
		for i := from; i < from+n; i++ {
			h.Replays[i].Refusing = append(h.Replays[i].Refusing, id)
		}
	}
	h.Rules = []Rule{
		{"commits/a", "enforce"},
		{"commits/b", "warn"},
		{"commits/c", "warn"},
		{"commits/d", "enforce"},
		{"commits/e", "shadow"},
		{"commits/f", "off"},
		{"commits/g", "warn"},
	}
	refuse("commits/a", 0, 4)
	refuse("commits/b", 10, 3)
	refuse("commits/c", 10, 5) // three of them are refused by b already
	refuse("commits/d", 100, 15)
	refuse("commits/g", 200, 14)
	for i := range h.Replays {
		h.Replays[i].Lines = 1
	}
	c := Conclude(h, true)
	want := map[string]string{"commits/a": "warn", "commits/b": "enforce", "commits/c": "enforce", "commits/d": "off",
		"commits/e": "shadow", "commits/f": "off", "commits/g": "warn"}
	// b (3) first, then a would make 7 of 300, 2.3 %: no. c makes 5.
	for id, mode := range want {
		if c.Modes[id] != mode {
			t.Errorf("%s is %s with %d, want %s", id, c.Modes[id], c.Refused[id], mode)
		}
	}
	if c.Together != 5 {
		t.Errorf("together %d, want 5", c.Together)
	}
	for id, mode := range Conclude(h, false).Modes {
		if mode == "enforce" {
			t.Errorf("%s enforces though nobody asked for it", id)
		}
	}
	h.Replays = h.Replays[:29]
	for id, mode := range Conclude(h, true).Modes {
		if mode == "enforce" {
			t.Errorf("%s enforces on the word of 29 changes", id)
		}
	}
}

// Headers of a style that no standard describes are recorded and not shown.
func TestLooseStyles(t *testing.T) {
	for style, want := range map[string]string{"feat: a": "enforce", "net/http: a": "shadow", ":bug: a": "shadow", "ABC-1 a": "shadow",
		"Add a": "enforce"} {
		h := years(300, style)
		h.Rules = []Rule{{"commits/header", "enforce"}, {"commits/title", "enforce"}, {"commits/fixup", "enforce"}}
		for i := range h.Replays {
			h.Replays[i].Lines = 1
		}
		c := Conclude(h, true)
		if c.Modes["commits/header"] != want || c.Modes["commits/title"] != want ||
			c.Modes["commits/fixup"] != "enforce" {
			t.Errorf("%s: %v, want %s", style, c.Modes, want)
		}
	}
}

func TestSizes(t *testing.T) {
	h := years(300, "feat: a")
	for i := range h.Replays {
		h.Replays[i].Lines = 10 * i
	}
	c := Conclude(h, true)
	if n := Conclude(h, false).FailOver; n != 3000 {
		t.Errorf("a limit of %d that is shown, want 3000", n)
	}
	if c.P50 != 1490 || c.P90 != 2690 || c.P99 != 2960 || c.FailOver != 6000 || c.Refused["size/too-large"] != 0 {
		t.Errorf("%+v", c)
	}
	for n, want := range map[int]int{0: 0, 7: 7, 99: 99, 101: 110, 1365: 1400, 2960: 3000, 9999: 10000} {
		if got := rounded(n); got != want {
			t.Errorf("rounded(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestTools(t *testing.T) {
	paths := []string{
		"a/b/c/d/.golangci.yml",
		"web/eslint.config.mjs",
		"api/go.mod",
		"go.mod",
		".github/workflows/ci.yml",
		".github/CODEOWNERS",
		"codecov.yml",
		"CODEOWNERS",
		"x.go.mod",
	}
	var got []string
	for _, tool := range Tools(paths, "\n[tool.ruff.lint]\n[tool.other]") {
		got = append(got, tool.Name+" "+tool.Found)
	}
	want := "Codecov codecov.yml, Go go.mod, ESLint web/eslint.config.mjs, Ruff pyproject.toml, GitHub Actions .github/workflows"
	if strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
	if o := Owners(paths); o != ".github/CODEOWNERS" {
		t.Errorf("owners %q", o)
	}
}

// What is written is valid whatever the history holds.
func FuzzWrite(f *testing.F) {
	f.Add("feat: a\n", "main", ".golangci.yml", uint8(40), true)
	f.Add("ABC-1 x\n", "a\nrules: {}", "a/#: {}/go.mod", uint8(12), false)
	f.Add(":bug: x\n\nSigned-off-by: a <a@b>\n", "\u2028", "go.mod", uint8(99), true)
	f.Fuzz(func(t *testing.T, message, branch, path string, n uint8, enforce bool) {
		var log []Commit
		for i := range int(n) {
			parents := []string{"p", "q"}[:1+i%2*(len(branch)%2)]
			log = append(
				log,
				Commit{ID: fmt.Sprint(i), Parents: parents, Email: path, Message: strings.Repeat(message, 1+i%3)},
			)
		}
		h := History{
			Branch:  branch,
			Newest:  "a",
			Oldest:  "b",
			Changes: Changes(log),
			Owners:  Owners([]string{path, "CODEOWNERS"}),
			Tools:   Tools([]string{path}, message),
		}
		h.Style = Style(h.Changes, log)
		h.SignedOff, h.Commits = SignedOff(log)
		h.Rules = []Rule{{"commits/header", "enforce"}, {"size/too-large", "warn"}}
		for i, c := range h.Changes {
			h.Replays = append(h.Replays, Replay{Change: c, Lines: i * i, Refusing: []string{"commits/header"}[:i%2]})
		}
		for what, text := range map[string][]byte{"trial": Trial(h), "settings": Write(h, Conclude(h, enforce))} {
			if _, problems := settings.Parse(settings.Path, text, []string{"commits/header", "size/too-large"}); len(
				problems,
			) > 0 {
				t.Fatalf("the %s are not valid: %v\n%s", what, problems, text)
			}
			for i, l := range strings.Split(string(text), "\n") {
				if len(l) > 300 || hidden.MatchString(l) {
					t.Fatalf("line %d of the %s is %q", i+1, what, l)
				}
			}
		}
	})
}

var hidden = regexp.MustCompile(`[\x00-\x1f\x7f-\x{10ffff}]`)
