package commits

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// TestWhoIsLetOff is about accounts: what the forge says of them counts, what a commit says of its author does not.
func TestWhoIsLetOff(t *testing.T) {
	bot, ada := &change.Account{Login: "renovate[bot]", ID: 7, Bot: true}, &change.Account{Login: "ada", ID: 1}
	const botMail, adaMail = "7+renovate[bot]@users.noreply.github.com", "1+ada@users.noreply.github.com"
	for _, c := range []struct {
		name    string
		kind    change.Kind
		opened  *change.Account
		account *change.Account
		mail    string
		vouched bool
		bots    bool
		ignored string
		want    string
	}{
		{"a bot's pull request", change.Request, bot, bot, botMail, false, false, "", "bot"},
		{"its commit by nobody that the forge knows", change.Request, bot, nil, "bot@example.org", false, false, "", "bot"},
		{"its commit by a person", change.Request, bot, ada, adaMail, false, false, "", ""},
		{"its commit by another bot", change.Request, bot, &change.Account{Login: "ci[bot]", Bot: true}, "x@y.zz", false, false, "",
			"bot"},
		{"bots are to be judged", change.Request, bot, bot, botMail, true, true, "", ""},
		{"a person's pull request, the bot's name in a commit", change.Request, ada, bot, botMail, false, false, "", ""},
		{"the same in a merge group", change.MergeGroup, ada, bot, botMail, false, false, "", ""},
		{"a person's pull request, a commit that the forge vouches for", change.Request, ada, bot, botMail, true, false, "", "bot"},
		{"nobody knows who opened it, the bot's name in a commit", change.Request, nil, bot, botMail, false, false, "", ""},
		{"an ignored author's pull request", change.Request, ada, ada, adaMail, false, false, "ADA", "ignored_author"},
		{"his name in another's pull request", change.Request, &change.Account{Login: "eve"}, ada, adaMail, false, false, "ada", ""},
		{"his signed commit in another's pull request", change.Request, &change.Account{Login: "eve"}, ada, adaMail, true, false,
			"ada", "ignored_author"},
		{"another's commit in his", change.Request, ada, &change.Account{Login: "eve"}, "e@v.ee", true, false, "ada", ""},
		{"an ignored bot, bots are to be judged", change.Request, bot, bot, botMail, false, true, "Renovate", "ignored_author"},
		{"a person by the bot's name is no bot", change.Request, &change.Account{Login: "renovate"}, nil, "r@e.no", false, false,
			"renovate[bot]", ""},
		{"a laptop, the bot's address in a commit", change.LocalBranch, nil, nil, botMail, false, false, "", ""},
		{"a laptop, an ignored address in a commit", change.LocalBranch, nil, nil, adaMail, false, false, "ada", ""},
		{"a laptop with --author", change.LocalBranch, bot, nil, botMail, false, false, "", "bot"},
		{"a laptop with --author, no forge's address", change.LocalBranch, bot, nil, "bot@example.org", false, false, "", "bot"},
		{"a laptop with --author, a person's commit", change.LocalBranch, bot, nil, adaMail, false, false, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := snapshot("update stuff")
			s.Kind, s.Author = c.kind, c.opened
			s.Commits[0].AuthorAccount, s.Commits[0].Author.Email, s.Commits[0].Vouched = c.account, c.mail, c.vouched
			opt := defaults()
			opt.SignedOff, opt.Bots = true, c.bots
			if c.ignored != "" {
				opt.IgnoreAuthors = []string{c.ignored}
			}
			f := Analyse(s, opt)
			got := ""
			if len(f.Skipped) > 0 {
				got = f.Skipped[0].Reason
			}
			if judged := len(f.Problems.Header) == 1; got != c.want || judged != (c.want == "") {
				t.Errorf("let off as %q, want %q: %+v", got, c.want, f.Problems)
			}
		})
	}
}

func TestBotsNeverSignOff(t *testing.T) {
	opt := defaults()
	opt.SignedOff, opt.Bots = true, true
	s := snapshot("feat: x")
	s.Author = &change.Account{Login: "renovate[bot]", Bot: true}
	if f := Analyse(s, opt); len(f.Problems.SignOff) != 0 {
		t.Errorf("a bot cannot certify: %+v", f.Problems.SignOff)
	}
	s.Author = &change.Account{Login: "eve"}
	s.Commits[0].AuthorAccount = &change.Account{Login: "renovate[bot]", Bot: true}
	if f := Analyse(s, opt); len(f.Problems.SignOff) != 1 {
		t.Error("the bot's name in a person's commit saves no sign-off")
	}
}

// TestTitleOfBots: the title is the author's of the change, whoever wrote the commits.
func TestTitleOfBots(t *testing.T) {
	opt := defaults()
	opt.Squash = "title"
	s := snapshot("update stuff")
	title := "Update dependency x to v2"
	s.Title, s.Author = &title, &change.Account{Login: "renovate[bot]", Bot: true}
	s.Kind = change.LocalBranch
	if f := Analyse(s, opt); len(f.Problems.Title) != 0 || f.TitleWanted {
		t.Errorf("%+v", f.Problems.Title)
	}
	s.Author = &change.Account{Login: "eve"}
	if f := Analyse(s, opt); len(f.Problems.Title) != 1 {
		t.Errorf("%+v", f.Problems.Title)
	}
}
