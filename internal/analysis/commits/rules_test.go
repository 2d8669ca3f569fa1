package commits

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
)

func TestExempt(t *testing.T) {
	id := strings.Repeat("0a", 20)
	line := "\n\nThis reverts commit " + id + "."
	for _, in := range []string{
		"Revert \"feat: x\"" + line, "Reapply \"feat: x\"" + line, "Revert \"Revert \"feat: x\"\"" + line,
		"Revert \"feat: x\" (#12)" + line, "Revert \"x\"\r\n\r\nThis reverts commit " + id + ".\r\n",
		"Revert \"Merge branch 'x'\"\n\nThis reverts commit " + id + ", reversing\nchanges made to " + id + ".",
		"Revert \"x\"\n\nIt broke the cart.\n\nThis reverts commit " + id + id[:24] + ".",
		"Revert \"x\"\n\nReverts acme/shop#12", "Revert \"x\"\n\nReverts #12",
		"Revert \"x\"\n\nWhy.\n\nReverts #12 and restores tracking.", "Revert \"x\"\n\nThis reverts commit 0a0a0a0 (feat: x, 2026-01-02).",
	} {
		if got := exempt(parse(in), in); got != "revert" {
			t.Errorf("exempt(%q) = %q", in, got)
		}
	}
	for _, in := range []string{
		"Revert \"feat: x\"", "Revert feat: x" + line, "Revert to the old layout" + line, "Reapply x" + line, "revert \"x\"" + line,
		"Revert \"x\" and more" + line, "Revert \"x\"\n\nThis reverts commit abc.",
		"Revert \"x\"\n\nThis reverts commit " + id, "Revert \"x\"\n\nit says This reverts commit " + id + ".", "Reverts acme/shop#12",
		"Revert \"\"" + line, "Reverting \"x\"" + line,
		"Merge pull request #12 from a/b", "Merge branch 'main' into feature", "Merge carts into the checkout",
		"Merge branch of thought", "Merge tag 'v1'", "Merge remote-tracking branch 'origin/main'",
		"Merged in feature (pull request #1)", "Merged PR 12: x", "Automatic merge", "Automatic merge from CI", "Auto-merged a into b",
		"Merge commit '0a0a0a0' into x", "Merge x into y",
		"1.2.3", "v1.2.3-rc.1+b7", "chore(release): 1.2.3", "fixup! feat: x", "Initial commit", "",
	} {
		if got := exempt(parse(in), in); got != "" {
			t.Errorf("exempt(%q) = %q: neither git nor the forge wrote it", in, got)
		}
	}
}

func TestExemptTitles(t *testing.T) {
	line := "This reverts commit " + strings.Repeat("0a", 20) + "."
	body := func(s string) *string { return &s }
	for _, c := range []struct {
		name, title string
		body        *string
		commits     []string
		want        string
	}{
		{"the revert button", "Revert \"feat: x\"", body("Reverts acme/shop#12\r\n"), []string{"whatever"}, "revert"},
		{"a commit of git revert", "Revert \"feat: x\"", nil, []string{"Revert \"feat: x\"\n\n" + line}, "revert"},
		{"nothing names it", "Revert \"feat: x\"", body("because"), []string{"feat: y"}, ""},
		{"words", "Revert to the old layout", body("Reverts acme/shop#12"), []string{"Revert \"feat: x\"\n\n" + line}, ""},
		{"two from the field", "Merged PR 5: anything", nil, nil, ""},
		{"and the other", "Automatic merge", nil, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := snapshot(c.commits...)
			s.Title, s.Body = &c.title, c.body
			if got := exemptTitle(s); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestUnfinished(t *testing.T) {
	for _, c := range []struct{ in, kind, marker string }{
		{"fixup! feat: x", "fixup", "fixup!"}, {"squash! x", "fixup", "squash!"}, {"amend! x", "fixup", "amend!"},
		{"fixup! fixup! x", "fixup", "fixup!"}, {"fixup!", "fixup", "fixup!"},
		{"WIP", "wip", "WIP"}, {"wip", "wip", "wip"}, {"[WIP] x", "wip", "[WIP]"}, {"(wip) x", "wip", "(wip)"},
		{"wip: x", "wip", "wip"}, {"WIP: x", "wip", "WIP"}, {"Wip x", "wip", "Wip"}, {"WIP refunds", "wip", "WIP"},
		{"wip(cart): x", "wip", "wip"}, {"feat: WIP", "wip", "WIP"}, {"feat: wip: x", "wip", "wip"}, {"feat: [wip] x", "wip", "[wip]"},
		{"feat: x [WIP]", "wip", "[WIP]"}, {"feat: x ( wip )", "wip", "( wip )"},
		{"work in progress", "wip", "work in progress"}, {"Work-in-progress: x", "wip", "Work-in-progress"},
		{"[Work in progress] x", "wip", "[Work in progress]"}, {"WIP! x", "wip", "WIP"},
		{"Draft: x", "draft", "Draft:"}, {"[Draft] x", "draft", "[Draft]"}, {"(draft) x", "draft", "(draft)"},
		{"wipe the cache", "", ""}, {"feat: wiper blades", "", ""}, {"WIP-12 fix it", "", ""}, {"fix: WIP-12 x", "", ""},
		{"feat: draft pull requests", "", ""}, {"Draft the text", "", ""},
		{"feat: work in progress banner", "", ""}, {"feat: wip handler for carts", "", ""}, {"draft: rule editor", "", ""},
		{"feat: WIP limits on boards", "", ""}, {"WIP limits on boards", "", ""}, {"fix: wip-label", "", ""},
		{"Work in progress banner", "", ""}, {"docs: explain the [WIP] prefix", "", ""}, {"Fixup! x", "", ""},
		{"fixups for the cart", "", ""}, {"feat(wip): board", "", ""}, {"🚧 x", "", ""}, {":construction: x", "", ""},
		{"fix: show [wipe]", "", ""}, {"docs: what fixup! means", "", ""}, {"fix: the WIP label", "", ""}, {"fix: squash!", "", ""},
		{"drafts: list them", "", ""}, {"", "", ""},
	} {
		if kind, marker := unfinished(c.in); kind != c.kind || marker != c.marker {
			t.Errorf("unfinished(%q) = %q %q, want %q %q", c.in, kind, marker, c.kind, c.marker)
		}
	}
}

func TestTickets(t *testing.T) {
	keys := []string{"PROJ", "AB"}
	for _, c := range []struct{ in, want string }{
		{"fix: x (PROJ-12)", "PROJ-12"}, {"PROJ-12", "PROJ-12"}, {"https://example.org/browse/PROJ-12?x", "PROJ-12"},
		{"feature/PROJ-12-login", "PROJ-12"}, {"PROJ-1, AB-2 PROJ-1", "AB-2 PROJ-1"},
		{"[PROJ-12]x", "PROJ-12"}, {"PROJ-PROJ-12", ""}, {"XPROJ-12", ""}, {"MY-PROJ-12", ""}, {"PROJ-12a", ""}, {"PROJ-12_x", ""},
		{"ЖPROJ-12", ""}, {"PROJ-0", ""}, {"PROJ-012", ""},
		{"PROJ-", ""}, {"PROJ 12", ""}, {"proj-12", ""}, {"UTF-8 SHA-256 CVE-2024-1 ISO-8601", ""}, {"PROJ-12.", "PROJ-12"},
		{"PROJ-1234567890123", ""},
	} {
		if got := strings.Join(tickets(c.in, keys), " "); got != c.want {
			t.Errorf("tickets(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := tickets("UTF-8", []string{"UTF"}); len(got) != 1 {
		t.Errorf("a listed key counts whatever it is, got %v", got)
	}
	if got := miswritten("fix: proj-12", keys); got != "PROJ-12" {
		t.Errorf("miswritten = %q", got)
	}
}

func TestSignOff(t *testing.T) {
	ada := change.Signature{Name: "Ada Byron", Email: "ada@example.org"}
	bob := change.Signature{Name: "Bob", Email: "bob@example.org"}
	for _, c := range []struct {
		name, message     string
		author, committer change.Signature
		kind, got         string
	}{
		{"none", "feat: x", ada, ada, "missing", ""},
		{"author", "feat: x\n\nSigned-off-by: Ada Byron <ada@example.org>", ada, bob, "", ""},
		{"committer", "feat: x\n\nSigned-off-by: Bob <bob@example.org>", ada, bob, "", ""},
		{"any case", "feat: x\n\nsigned-OFF-by: ADA byron <Ada@Example.ORG>", ada, ada, "", ""},
		{"CRLF and trailing spaces", "feat: x\r\n\r\nSigned-off-by: Ada Byron <ada@example.org> \r\n", ada, ada, "", ""},
		{"middle of the body", "feat: x\n\ntext\nSigned-off-by: Ada Byron <ada@example.org>\ntext", ada, ada, "", ""},
		{"name of one, mail of the other", "x\n\nSigned-off-by: Ada Byron <bob@example.org>", ada, bob, "", ""},
		{"other person", "x\n\nSigned-off-by: Eve <eve@example.org>", ada, ada, "mismatch", "Eve <eve@example.org>"},
		{"mail differs", "x\n\nSigned-off-by: Ada Byron <ada@work.example.org>", ada, ada, "address", "Ada Byron <ada@work.example.org>"},
		{"one of several", "x\n\nSigned-off-by: Eve <eve@example.org>\nSigned-off-by: Ada Byron <ada@example.org>", ada, ada, "", ""},
		{"none of several", "x\n\nSigned-off-by: Eve <eve@example.org>\nSigned-off-by: Mal <m@example.org>", ada, ada, "mismatch",
			"Eve <eve@example.org>"},
		{"co-author signs nothing", "x\n\nCo-authored-by: Ada Byron <ada@example.org>", ada, ada, "missing", ""},
		{"indented", "x\n\n Signed-off-by: Ada Byron <ada@example.org>", ada, ada, "missing", ""},
		{"no brackets", "x\n\nSigned-off-by: Ada Byron ada@example.org", ada, ada, "missing", ""},
		{"noreply", "x\n\nSigned-off-by: Ada <1+ada@users.noreply.github.com>",
			change.Signature{Name: "Ada", Email: "1+ada@users.noreply.github.com"}, ada, "", ""},
		{"invalid mail of the author", "x\n\nSigned-off-by: Ada <root@localhost>",
			change.Signature{Name: "Ada", Email: "root@localhost"}, ada, "email", "root@localhost"},
		{"author without mail, committer's counts", "x\n\nSigned-off-by: Bob <bob@example.org>", change.Signature{Name: "Ada"}, bob, "",
			""},
		{"no mail at all", "x\n\nSigned-off-by: A <>", change.Signature{Name: "A"}, change.Signature{Name: "A"}, "email", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := signOff(change.Commit{SHA: "1", Message: c.message, Author: c.author, Committer: c.committer}, Problem{}, nil,
				accounts{})
			if kind, got := p.Kind, p.Got; kind != c.kind || got != c.got {
				t.Errorf("got %q %q, want %q %q", p.Kind, p.Got, c.kind, c.got)
			}
		})
	}
}

func TestRemediation(t *testing.T) {
	sha := strings.Repeat("a", 40)
	ada := change.Signature{Name: "Ada", Email: "ada@example.org"}
	eve := change.Signature{Name: "Eve", Email: "eve@example.org"}
	bad := change.Commit{SHA: sha, Message: "feat: x", Author: ada}
	line := "chore: sign off\n\nI, Ada <ada@example.org>, hereby add my Signed-off-by to this commit: " + sha +
		"\n\nSigned-off-by: Ada <ada@example.org>"
	for _, c := range []struct {
		name   string
		commit change.Commit
		want   bool
	}{
		{"same author", change.Commit{SHA: "b", Message: line, Author: ada}, true},
		{"another author writes it", change.Commit{SHA: "b", Message: line, Author: eve}, false},
		{"in another name", change.Commit{SHA: "b", Message: strings.ReplaceAll(line, "I, Ada <ada@", "I, Eve <eve@"), Author: ada}, false},
		{"for another's commit in one's own name",
			change.Commit{SHA: "b", Message: strings.ReplaceAll(line, "I, Ada <ada@", "I, Eve <eve@"), Author: eve}, false},
		{"on one's own behalf",
			change.Commit{
				SHA:     "b",
				Message: strings.ReplaceAll(line, "I, Ada", "On behalf of Ada <ada@example.org>, I, Ada"),
				Author:  ada,
			}, true},
		{"third party", change.Commit{
			SHA:     "b",
			Message: strings.ReplaceAll(line, "I, Ada <ada@", "On behalf of Ada <ada@example.org>, I, Eve <eve@"),
			Author:  eve,
		}, true},
		{"third party in another's name",
			change.Commit{
				SHA:     "b",
				Message: strings.ReplaceAll(line, "I, Ada <ada@", "On behalf of Ada <ada@example.org>, I, Ada <ada@"),
				Author:  eve,
			}, false},
		{"on behalf of somebody who did not write it",
			change.Commit{
				SHA:     "b",
				Message: strings.ReplaceAll(line, "I, Ada <ada@", "On behalf of Bob <bob@example.org>, I, Eve <eve@"),
				Author:  eve,
			}, false},
		{"another commit", change.Commit{SHA: "b", Message: strings.ReplaceAll(line, sha, strings.Repeat("c", 40)), Author: ada}, false},
		{"short sha", change.Commit{SHA: "b", Message: strings.ReplaceAll(line, sha, sha[:7]), Author: ada}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, refused := signOff(bad, Problem{}, remediations([]change.Commit{bad, c.commit}), accounts{})
			if refused == c.want {
				t.Errorf("kind %q, want repaired %v", p.Kind, c.want)
			}
		})
	}
}

func TestValidEmail(t *testing.T) {
	for in, want := range map[string]bool{
		"a@b.co": true, "a.b+c@x-y.example.org": true, "1+a[bot]@users.noreply.github.com": false, "a@b": false, "a@@b.co": false,
		"@b.co": false, "a@.co": false, "a.@b.co": false,
		"a b@c.de": false, "": false, "a@b.c": false, "a@b.1c": false, strings.Repeat("a", 65) + "@b.co": false,
		"a@" + strings.Repeat("b", 64) + ".co": false, "a@b--c.co": true, "a@-b.co": false,
	} {
		if got := validEmail(in); got != want {
			t.Errorf("validEmail(%q) = %v", in, got)
		}
	}
}

func TestLands(t *testing.T) {
	yes, no := new(bool), new(bool)
	*yes = true
	for _, c := range []struct {
		name    string
		merges  change.MergeSettings
		commits int
		squash  string
		want    string
	}{
		{"squash only, PR_TITLE", change.MergeSettings{Squash: yes, Merge: no, Rebase: no, SquashTitle: "PR_TITLE"}, 1, "auto", "title"},
		{"squash only, COMMIT_OR_PR_TITLE, one commit",
			change.MergeSettings{Squash: yes, Merge: no, Rebase: no, SquashTitle: "COMMIT_OR_PR_TITLE"}, 1, "auto", "commits"},
		{"squash only, COMMIT_OR_PR_TITLE, two commits",
			change.MergeSettings{Squash: yes, Merge: no, Rebase: no, SquashTitle: "COMMIT_OR_PR_TITLE"}, 2, "auto", "title"},
		{"squash only, title hidden, one commit", change.MergeSettings{Squash: yes, Merge: no, Rebase: no}, 1, "auto", "both"},
		{"squash only, title hidden, two commits", change.MergeSettings{Squash: yes, Merge: no, Rebase: no}, 2, "auto", "title"},
		{"several ways", change.MergeSettings{Squash: yes, Merge: yes, Rebase: no, SquashTitle: "PR_TITLE"}, 2, "auto", "commits"},
		{"squash and rebase, merge hidden", change.MergeSettings{Squash: yes, Rebase: yes}, 2, "auto", "commits"},
		{"no squash", change.MergeSettings{Squash: no}, 2, "auto", "commits"},
		{"hidden", change.MergeSettings{}, 2, "auto", "both"},
		{"squash, others hidden", change.MergeSettings{Squash: yes}, 2, "auto", "both"},
		{"rebase hidden", change.MergeSettings{Squash: yes, Merge: no}, 2, "auto", "both"},
		{"setting title", change.MergeSettings{Squash: no}, 2, "title", "title"},
		{"setting commits", change.MergeSettings{Squash: yes, Merge: no, Rebase: no, SquashTitle: "PR_TITLE"}, 2, "commits", "commits"},
		{"setting both", change.MergeSettings{Squash: no}, 2, "both", "both"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := defaults()
			opt.Squash = c.squash
			s := &change.Snapshot{
				Repository:   change.Repository{Merges: c.merges},
				Commits:      make([]change.Commit, c.commits),
				CommitsTotal: c.commits,
			}
			l := lands(s, opt, Style{})
			if d := cmp.Diff(c.want, l.judged(true)); d != "" || l.because == "" {
				t.Errorf("%s because %q", d, l.because)
			}
		})
	}
}
