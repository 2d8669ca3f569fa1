package commits

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
)

func TestExempt(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Merge pull request #12 from a/b", "merge_text"}, {"Merge branch 'main' into feature", "merge_text"}, {"Merge branch 'x'", "merge_text"}, {"Merge x into y", "merge_text"},
		{"Merge tag 'v1'", "merge_text"}, {"Merge remote-tracking branch 'origin/main'", "merge_text"}, {"Merged in feature (pull request #1)", "merge_text"},
		{"Merged PR 12: x", "merge_text"}, {"Automatic merge from CI", "merge_text"}, {"Auto-merged a into b", "merge_text"},
		{"Revert \"feat: x\"", "revert"}, {"Reapply \"feat: x\"", "revert"}, {"revert the thing", "revert"},
		{"1.2.3", "version"}, {"v1.2.3-rc.1+b7", "version"}, {"chore(release): 1.2.3", "version"}, {"chore: v1.0.0", "version"},
		{"revert: x", ""}, {"Merging things", ""}, {"Merge the carts", ""}, {"1.2", ""}, {"01.2.3", ""}, {"v1.2.3 release", ""}, {"feat: Merge branch 'x'", ""},
		{"fixup! feat: x", ""}, {"Reverting x", ""}, {"", ""},
	} {
		if got := exempt(c.in); got != c.want {
			t.Errorf("exempt(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestUnfinished(t *testing.T) {
	for _, c := range []struct{ in, kind, marker string }{
		{"fixup! feat: x", "fixup", "fixup!"}, {"squash! x", "fixup", "squash!"}, {"amend! x", "fixup", "amend!"}, {"fixup! fixup! x", "fixup", "fixup!"}, {"Fixup! x", "fixup", "Fixup!"},
		{"WIP", "wip", "WIP"}, {"wip", "wip", "wip"}, {"[WIP] x", "wip", "[WIP]"}, {"(wip) x", "wip", "(wip)"}, {"wip: x", "wip", "wip"}, {"WIP: x", "wip", "WIP"}, {"Wip x", "wip", "Wip"},
		{"wip(cart): x", "wip", "wip"}, {"feat: WIP", "wip", "WIP"}, {"feat(a): wip x", "wip", "wip"}, {"feat: x [WIP]", "wip", "[WIP]"}, {"feat: x ( wip )", "wip", "( wip )"},
		{"work in progress", "wip", "work in progress"}, {"Work-in-progress: x", "wip", "Work-in-progress"}, {"🚧 x", "wip", "🚧"}, {":construction: x", "wip", ":construction:"},
		{"Draft: x", "draft", "Draft:"}, {"[Draft] x", "draft", "[Draft]"}, {"(draft) x", "draft", "(draft)"}, {"draft: x", "draft", "draft:"},
		{"wipe the cache", "", ""}, {"feat: wiper blades", "", ""}, {"WIP-12 fix it", "", ""}, {"fix: WIP-12 x", "", ""}, {"feat: draft pull requests", "", ""}, {"Draft the text", "", ""},
		{"fix: show [wipe]", "", ""}, {"docs: what fixup! means", "", ""}, {"fix: the WIP label", "", ""}, {"", "", ""},
	} {
		if kind, marker := unfinished(c.in); kind != c.kind || marker != c.marker {
			t.Errorf("unfinished(%q) = %q %q, want %q %q", c.in, kind, marker, c.kind, c.marker)
		}
	}
}

func TestTickets(t *testing.T) {
	keys := []string{"PROJ", "AB"}
	for _, c := range []struct{ in, want string }{
		{"fix: x (PROJ-12)", "PROJ-12"}, {"PROJ-12", "PROJ-12"}, {"https://example.org/browse/PROJ-12?x", "PROJ-12"}, {"feature/PROJ-12-login", "PROJ-12"}, {"PROJ-1, AB-2 PROJ-1", "AB-2 PROJ-1"},
		{"[PROJ-12]x", "PROJ-12"}, {"PROJ-PROJ-12", ""}, {"XPROJ-12", ""}, {"MY-PROJ-12", ""}, {"PROJ-12a", ""}, {"PROJ-12_x", ""}, {"ЖPROJ-12", ""}, {"PROJ-0", ""}, {"PROJ-012", ""},
		{"PROJ-", ""}, {"PROJ 12", ""}, {"proj-12", ""}, {"UTF-8 SHA-256 CVE-2024-1 ISO-8601", ""}, {"PROJ-12.", "PROJ-12"}, {"PROJ-1234567890123", ""},
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
		{"mail differs", "x\n\nSigned-off-by: Ada Byron <ada@work.example.org>", ada, ada, "mismatch", "Ada Byron <ada@work.example.org>"},
		{"one of several", "x\n\nSigned-off-by: Eve <eve@example.org>\nSigned-off-by: Ada Byron <ada@example.org>", ada, ada, "", ""},
		{"none of several", "x\n\nSigned-off-by: Eve <eve@example.org>\nSigned-off-by: Mal <m@example.org>", ada, ada, "mismatch", "Eve <eve@example.org>"},
		{"co-author signs nothing", "x\n\nCo-authored-by: Ada Byron <ada@example.org>", ada, ada, "missing", ""},
		{"indented", "x\n\n Signed-off-by: Ada Byron <ada@example.org>", ada, ada, "missing", ""},
		{"no brackets", "x\n\nSigned-off-by: Ada Byron ada@example.org", ada, ada, "missing", ""},
		{"noreply", "x\n\nSigned-off-by: Ada <1+ada@users.noreply.github.com>", change.Signature{Name: "Ada", Email: "1+ada@users.noreply.github.com"}, ada, "", ""},
		{"invalid mail of the author", "x\n\nSigned-off-by: Ada <root@localhost>", change.Signature{Name: "Ada", Email: "root@localhost"}, ada, "email", "root@localhost"},
		{"author without mail, committer's counts", "x\n\nSigned-off-by: Bob <bob@example.org>", change.Signature{Name: "Ada"}, bob, "", ""},
		{"no mail at all", "x\n\nSigned-off-by: A <>", change.Signature{Name: "A"}, change.Signature{Name: "A"}, "email", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind, got := signOff(change.Commit{SHA: "1", Message: c.message, Author: c.author, Committer: c.committer}, nil)
			if kind != c.kind || got != c.got {
				t.Errorf("got %q %q, want %q %q", kind, got, c.kind, c.got)
			}
		})
	}
}

func TestRemediation(t *testing.T) {
	sha := strings.Repeat("a", 40)
	ada := change.Signature{Name: "Ada", Email: "ada@example.org"}
	eve := change.Signature{Name: "Eve", Email: "eve@example.org"}
	bad := change.Commit{SHA: sha, Message: "feat: x", Author: ada}
	line := "chore: sign off\n\nI, Ada <ada@example.org>, hereby add my Signed-off-by to this commit: " + sha + "\n\nSigned-off-by: Ada <ada@example.org>"
	for _, c := range []struct {
		name   string
		commit change.Commit
		want   bool
	}{
		{"same author", change.Commit{SHA: "b", Message: line, Author: ada}, true},
		{"another author writes it", change.Commit{SHA: "b", Message: line, Author: eve}, false},
		{"in another name", change.Commit{SHA: "b", Message: strings.ReplaceAll(line, "I, Ada <ada@", "I, Eve <eve@"), Author: ada}, false},
		{"for another's commit in one's own name", change.Commit{SHA: "b", Message: strings.ReplaceAll(line, "I, Ada <ada@", "I, Eve <eve@"), Author: eve}, false},
		{"third party", change.Commit{SHA: "b", Message: strings.ReplaceAll(line, "I, Ada", "On behalf of Ada <ada@example.org>, I, Ada"), Author: ada}, false},
		{"another commit", change.Commit{SHA: "b", Message: strings.ReplaceAll(line, sha, strings.Repeat("c", 40)), Author: ada}, false},
		{"short sha", change.Commit{SHA: "b", Message: strings.ReplaceAll(line, sha, sha[:7]), Author: ada}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind, _ := signOff(bad, remediations([]change.Commit{bad, c.commit}))
			if (kind == "") != c.want {
				t.Errorf("kind %q, want repaired %v", kind, c.want)
			}
		})
	}
}

func TestValidEmail(t *testing.T) {
	for in, want := range map[string]bool{
		"a@b.co": true, "a.b+c@x-y.example.org": true, "1+a[bot]@users.noreply.github.com": false, "a@b": false, "a@@b.co": false, "@b.co": false, "a@.co": false, "a.@b.co": false,
		"a b@c.de": false, "": false, "a@b.c": false, "a@b.1c": false, strings.Repeat("a", 65) + "@b.co": false, "a@" + strings.Repeat("b", 64) + ".co": false, "a@b--c.co": true, "a@-b.co": false,
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
		{"squash only, COMMIT_OR_PR_TITLE, one commit", change.MergeSettings{Squash: yes, Merge: no, Rebase: no, SquashTitle: "COMMIT_OR_PR_TITLE"}, 1, "auto", "commits"},
		{"squash only, COMMIT_OR_PR_TITLE, two commits", change.MergeSettings{Squash: yes, Merge: no, Rebase: no, SquashTitle: "COMMIT_OR_PR_TITLE"}, 2, "auto", "title"},
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
			s := &change.Snapshot{Repository: change.Repository{Merges: c.merges}, Commits: make([]change.Commit, c.commits)}
			l := lands(s, opt)
			if d := cmp.Diff(c.want, l.judged(true)); d != "" || l.because == "" {
				t.Errorf("%s because %q", d, l.because)
			}
		})
	}
}
