package chat

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func commands(body string) []string {
	all := []string{}
	for _, c := range Parse(body).Commands {
		all = append(all, c.String())
	}
	return all
}

func TestWhatIsACommand(t *testing.T) {
	recheck := []string{"/lintel recheck"}
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"alone", "/lintel recheck", recheck},
		{"with blanks", "/lintel \t recheck  ", recheck},
		{"windows lines", "hello\r\n/lintel recheck\r\n", recheck},
		{"a telephone's capital", "/Lintel Recheck", recheck},
		{"in a paragraph", "please\n/lintel recheck\nthanks", recheck},
		{"twice is once", "/lintel recheck\n/lintel  recheck", recheck},
		{"a false alarm", "/lintel wrong 3 -- false-positive: an example\n/lintel wrong 0123abcd -- x",
			[]string{"/lintel wrong 3 -- false-positive: an example", "/lintel wrong 0123abcd -- other: x"}},
		{"a mute", "/lintel mute size/lines --until=2026-03-01", []string{"/lintel mute size/lines --until 2026-03-01"}},
		{"two", "/lintel why size/lines\n/lintel recheck", []string{"/lintel why size/lines", "/lintel recheck"}},
		{"not at the line's start", "please /lintel recheck", nil},
		{"indented", " /lintel recheck", nil},
		{"indented code", "    /lintel recheck", nil},
		{"a list", "- /lintel recheck", nil},
		{"another word", "/lintels recheck\n/lintel.yml\n/lintel-recheck", nil},
		{"quoted", "> /lintel recheck", nil},
		{"a quote goes on", "> he wrote\n/lintel recheck", nil},
		{"after a quote", "> he wrote\n\n/lintel recheck", recheck},
		{"a quoted e-mail", "On Monday X wrote:\n> > /lintel recheck\n>\n> yours", nil},
		{"fenced", "```\n/lintel recheck\n```", nil},
		{"fenced by more", "````\n```\n/lintel recheck\n````", nil},
		{"fenced by tildes", "~~~ sh\n/lintel recheck\n~~~", nil},
		{"a fence that never ends", "```\n/lintel recheck", nil},
		{"a fence is not closed by the other", "```\n~~~\n/lintel recheck\n```", nil},
		{"after a fence", "```\nx\n```\n/lintel recheck", recheck},
		{"a fence with a backtick is none", "```a`\n/lintel recheck", recheck},
		{"inline code", "`/lintel recheck`", nil},
		{"inline code over lines", "see `a\n/lintel recheck\nb`", nil},
		{"inline code of two", "see ``a ` \n/lintel recheck\nb``", nil},
		{"a backtick alone", "see ` this\n/lintel recheck", recheck},
		{"a code span ends with its paragraph", "see ` this\n\n/lintel recheck\n\n`", recheck},
		{"an escaped backtick opens nothing", "see \\` this\n/lintel recheck\n`", recheck},
		{"an escaped backtick closes", "`a\\` `b\n/lintel recheck\n`", nil},
		{"commented", "<!-- \n/lintel recheck\n-->", nil},
		{"commented in a line", "text <!-- hidden\n\n/lintel recheck\n\n--> x", nil},
		{"a comment that never ends", "<!--\n/lintel recheck", nil},
		{"after a comment", "<!-- a -->\n/lintel recheck", recheck},
		{"a comment in code is none", "`<!--`\n/lintel recheck", recheck},
		{"two comments", "<!-- a --><!-- b\n/lintel recheck\n-->\n/lintel help", []string{"/lintel help"}},
		{"raw HTML", "<pre>\n/lintel recheck\n</pre>", nil},
		{"upper case HTML", "<PRE>\n/lintel recheck\n</PRE>", nil},
		{"a comment in a quote hides what follows", "> <!--\n\n/lintel recheck", nil},
	} {
		if diff := cmp.Diff(append([]string{}, c.want...), commands(c.body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestWhatIsNoCommandSaysWhy(t *testing.T) {
	for _, c := range []struct{ line, what, hint string }{
		{"/lintel", "the command is missing", "/lintel help"},
		{"/lintel rechek", "there is no such command", "/lintel recheck"},
		{"/lintel frobnicate", "there is no such command", "/lintel help"},
		{"/lintel why sizе/lines", "a rule is named as family/name, in a-z, 0-9 and -", "/lintel why [RULE]"}, // a Cyrillic е
		{"/lintel why size/lines now", `"now" is one word too many`, "/lintel why [RULE]"},
		{"/lintel recheck now", `"now" is one word too many`, "/lintel recheck"},
		{"/lintel recheck -- please", "recheck takes no reason", "/lintel recheck"},
		{"/lintel recheck --in x", "recheck has no option --in", "/lintel recheck"},
		{"/lintel rech\u202eeck", "the line holds invisible characters or ones that change the direction of the text", ""},
		{"/lintel recheck\u200b", "the line holds invisible characters or ones that change the direction of the text", ""},
		{"/lintel wrong -- it is not", "it must name a finding", "/lintel wrong N -- reason"},
		{"/lintel wrong size/lines -- x", "a finding is named by its number in the check, or by at least 8 digits of its fingerprint",
			"/lintel wrong N -- reason"},
		{"/lintel wrong 0 -- x", "a finding is named by its number in the check, or by at least 8 digits of its fingerprint",
			"/lintel wrong N -- reason"},
		{"/lintel wrong 3", "it must say why, after two dashes that stand alone", "/lintel wrong N -- reason"},
		{"/lintel mute size/lines", "it must say --until", "/lintel mute RULE --until 2026-03-01"},
		{"/lintel mute size/lines --until tomorrow", "--until takes a day such as 2026-03-01", "/lintel mute RULE --until 2026-03-01"},
		{"/lintel override size/lines --in " + strings.Repeat("*", 11) + " -- x", "a pattern has at most 200 bytes and 10 wildcards",
			"/lintel override RULE [--in PATTERN] [--finding FINGERPRINT] [--for push|base|24h|2026-03-01] -- reason"},
		{"/lintel why " + strings.Repeat("x", maxLine), "the line is longer than 1000 bytes", ""},
	} {
		got := Parse(c.line)
		if len(got.Commands) != 0 || len(got.Problems) != 1 || got.Problems[0].What != c.what || got.Problems[0].Hint != c.hint {
			t.Errorf("%q: %+v", c.line, got)
		}
	}
}

func TestBounds(t *testing.T) {
	var many strings.Builder
	for i := range 10_000 {
		many.WriteString("/lintel why size/lines" + strings.Repeat("x", i%50) + "\n")
	}
	for name, body := range map[string]string{
		"too many": many.String(),
		"too long": "/lintel recheck\n" + strings.Repeat("x", MaxBytes),
	} {
		if got := Parse(body); len(got.Commands) != 0 || len(got.Problems) != 1 {
			t.Errorf("%s: %d commands, %+v", name, len(got.Commands), got.Problems)
		}
	}
	if got := Parse(strings.Repeat("/lintel nonsense\n", 10_000)); len(got.Problems) != MaxCommands {
		t.Errorf("%d problems", len(got.Problems))
	}
}

// TestTimeGrowsWithTheText has no clock: a text that took the square of its length would end the test by its time limit.
func TestTimeGrowsWithTheText(t *testing.T) {
	n := MaxBytes/2 - 100
	for _, part := range []string{"`", "` ``", "<!--", "<!-- -->", "\n>", "```\n", "\\`", "/lintel why\n", "a`\n"} {
		Parse("/lintel x\n" + strings.Repeat(part, n/len(part)))
	}
}

func TestAnEditOnlyAdds(t *testing.T) {
	before := Parse("/lintel recheck\n/lintel nonsense")
	now := Parse("/lintel recheck\n/lintel nonsense\n/lintel help\n/lintel rubbish")
	got := New(now, before)
	if len(got.Commands) != 1 || got.Commands[0].Name != "help" || len(got.Problems) != 1 {
		t.Errorf("%+v", got)
	}
	if got := New(before, now); !got.Empty() {
		t.Errorf("taking lines out adds %+v", got)
	}
}

// TestReply: in an answer to a comment on a line the finding is that of the thread, and plain words say no.
func TestReply(t *testing.T) {
	for body, want := range map[string]string{
		"Won't fix: the list is never empty here.": "/lintel wrong -- accepted-risk: Won't fix: the list is never empty here.",
		"won\u2019t fix":                                 "/lintel wrong -- accepted-risk: won\u2019t fix",
		"\n\nWontfix.\nThanks":                           "/lintel wrong -- accepted-risk: Wontfix.",
		"**False positive**, `n` is checked above":       "/lintel wrong -- false-positive: **False positive**, `n` is checked above",
		"This is a false positive":                       "/lintel wrong -- false-positive: This is a false positive",
		"/lintel wrong -- false-positive: n is checked":  "/lintel wrong -- false-positive: n is checked",
		"/lintel wrong 3 -- no":                          "/lintel wrong 3 -- other: no",
		"/lintel why":                                    "/lintel why",
		"/lintel why\nwon't fix":                         "/lintel why",
		"False positives are rare here":                  "",
		"This is not a false positive":                   "",
		"I won't fix this now, but in the next one":      "",
		"> won't fix":                                    "",
		"```\nwon't fix\n```":                            "",
		"won't fixate on it":                             "",
		"thanks, done\n\nwon't fix the other one though": "",
		"won't fix \u202e":                               "",
	} {
		p := Posted{Thread: "7"}
		p.Reply(body)
		got := ""
		if len(p.Commands) > 0 {
			got = p.Commands[0].String()
		}
		if got != want || len(p.Problems) > 0 || p.Plain != (want != "" && !strings.Contains(body, "/lintel")) {
			t.Errorf("%q: %q %v %+v", body, got, p.Plain, p.Problems)
		}
		alone := Posted{}
		if alone.Reply(body); alone.Plain || strings.Contains(body, "/lintel wrong --") && len(alone.Problems) != 1 {
			t.Errorf("outside of a thread, %q is %+v", body, alone)
		}
	}
}

// TestEditedReply: an edit asks for what is new, and says no once.
func TestEditedReply(t *testing.T) {
	for _, c := range []struct {
		before, now string
		commands    int
		plain       bool
	}{
		{"hm", "won't fix", 1, true},
		{"won't fix", "won't fix, as said", 0, false},
		{"won't fix", "/lintel wrong -- no", 1, false},
		{"/lintel why", "/lintel why\n/lintel wrong -- no", 1, false},
	} {
		p := Posted{Thread: "7"}
		if p.Edited(c.now, c.before); len(p.Commands) != c.commands || p.Plain != c.plain {
			t.Errorf("%q to %q: %+v", c.before, c.now, p)
		}
	}
}

func FuzzReply(f *testing.F) {
	for _, seed := range []string{"won't fix", "false positive: x", "/lintel wrong -- a", "> won't fix", "*won\u2019t fix*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		p := Posted{Thread: "1"}
		p.Reply(body)
		if p.Plain && (len(p.Commands) != 1 || p.Commands[0].Name != "wrong" || len(p.Problems) > 0 || p.Commands[0].Reason == "") {
			t.Errorf("%q: %+v", body, p)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"/lintel recheck", "> a\n/lintel why", "`a\n/lintel help`", "<!--\n/lintel status -->",
		"```\n/lintel x\n```",
		"/lintel why size/lines -- x", "\r/lintel recheck\r", "/lintel override size/lines --in 'a' -- b: c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		began := time.Now()
		c := Parse(body)
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%d bytes took %s", len(body), time.Since(began))
		}
		if len(c.Commands) > MaxCommands || len(c.Problems) > MaxCommands {
			t.Fatalf("%d commands, %d problems", len(c.Commands), len(c.Problems))
		}
		for _, command := range c.Commands {
			again := Parse(command.String())
			if len(again.Commands) != 1 || again.Commands[0] != command {
				t.Fatalf("%+v reads again as %+v", command, again)
			}
		}
		// Behind a quote, in a fence or in a comment the same text asks for nothing.
		quoted := "> " + strings.NewReplacer("\r\n", "\n> ", "\n", "\n> ", "\r", "\n> ").Replace(body)
		if got := Parse(quoted); len(got.Commands) > 0 {
			t.Fatalf("quoted: %+v", got)
		}
		if hidden := "<!--\n" + strings.ReplaceAll(body, "-->", "") + "\n-->"; len(Parse(hidden).Commands) > 0 {
			t.Fatalf("commented: %q", hidden)
		}
	})
}
