package commits

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

var update = flag.Bool("update", false, "rewrite the expected facts in testdata")

func defaults() settings.Commits { return settings.Default().Commits }

// TestGolden runs every testdata/*.txtar: snapshot.json and settings.json (over the defaults) in, facts.json out.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var s change.Snapshot
			opt := defaults()
			decode(t, a, "snapshot.json", &s)
			decode(t, a, "settings.json", &opt)
			got, err := json.MarshalIndent(Analyse(&s, opt), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			if *update {
				put(a, "facts.json", got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if d := cmp.Diff(string(file(a, "facts.json")), string(got)); d != "" {
				t.Errorf("facts differ (-want +got); run with -update if that is meant:\n%s", d)
			}
			if bytes.Contains(got, []byte("null")) {
				t.Error("a list is null")
			}
		})
	}
}

func decode(t *testing.T, a *txtar.Archive, name string, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(file(a, name)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func file(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func put(a *txtar.Archive, name string, data []byte) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = data
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: data})
}

func snapshot(messages ...string) *change.Snapshot {
	s := &change.Snapshot{Kind: change.Request}
	for i, m := range messages {
		who := change.Signature{Name: "Ada", Email: "ada@example.org"}
		s.Commits = append(s.Commits,
			change.Commit{SHA: fmt.Sprintf("%040d", i), Parents: []string{"p"}, Message: m, Author: who, Committer: who})
	}
	s.CommitsTotal = len(messages)
	return s
}

func TestManyCommitsWithOneProblem(t *testing.T) {
	messages := make([]string, 1200)
	for i := range messages {
		messages[i] = "Added coupon"
		if i%2 == 1 {
			messages[i] = "feat:x"
		}
	}
	f := Analyse(snapshot(messages...), defaults())
	more := map[string]int{}
	for _, p := range f.Problems.Header {
		if p.Where == "more" {
			more[p.Kind] = p.Count
		}
	}
	if d := cmp.Diff(map[string]int{"no_type": 580, "no_space": 580}, more); d != "" || len(f.Problems.Header) != 42 {
		t.Errorf("%d entries, %s", len(f.Problems.Header), d)
	}
	if len(f.Summaries) != 1000 || f.SummariesMore != 200 {
		t.Errorf("%d summaries and %d more", len(f.Summaries), f.SummariesMore)
	}
}

func TestLongMessage(t *testing.T) {
	opt := defaults()
	opt.SignedOff = true
	s := snapshot("feat: x\n\n" + strings.Repeat("long line é ", 1<<20) + "\n\nSigned-off-by: Ada <ada@example.org>")
	f := Analyse(s, opt)
	if len(f.Unread) != 1 || f.Unread[0].Kind != "message" || f.Unread[0].Count != len(s.Commits[0].Message) {
		t.Errorf("unread: %+v", f.Unread)
	}
	if len(f.Problems.SignOff) != 0 {
		t.Errorf("a sign-off beyond the limit is not known to be missing: %+v", f.Problems.SignOff)
	}
	for _, header := range []string{strings.Repeat("é", 5<<20), "x" + strings.Repeat("é", 5<<20)} {
		f = Analyse(snapshot(header), opt)
		if len(f.Problems.Invisible) != 0 {
			t.Errorf("the limit cut a character in two: %+v", f.Problems.Invisible)
		}
	}
	if b, err := json.Marshal(f); err != nil || len(b) > 10_000 {
		t.Errorf("%d bytes of facts, %v", len(b), err)
	}
}

// TestHugeChange: what is shown stays small, whatever 300 commits hold.
func TestHugeChange(t *testing.T) {
	messages := make([]string, 300)
	for i := range messages {
		messages[i] = strings.Repeat("[ABC-12] `<b>\u202e", 300) + fmt.Sprint(i) + "\n\n" +
			strings.Repeat("BREAKING CHANGE: x\n\n", 50) + strings.Repeat("x ", 500)
	}
	for _, style := range []string{"conventional", "component", "gitmoji", "ticket", "custom", "none"} {
		opt := defaults()
		opt.Style, opt.SignedOff, opt.Tickets, opt.TicketsIn, opt.Pattern, opt.Scopes = style, true, []string{"SHOP"}, "commits", "^x",
			[]string{"**/**"}
		f := Analyse(snapshot(messages...), opt)
		if b, err := json.Marshal(f.Problems); err != nil || len(b) > 100_000 {
			t.Errorf("%s: %d bytes of problems, %v", style, len(b), err)
		}
		for _, list := range [][]Problem{f.Problems.SignOff, f.Problems.Ticket, f.Problems.Invisible} {
			if len(list) != maxSame+1 || list[maxSame].Count != 300-maxSame {
				t.Errorf("%s: %d entries", style, len(list))
			}
		}
	}
}

func TestIncomplete(t *testing.T) {
	yes, no := true, false
	s := snapshot("feat: x")
	s.CommitsTotal = 300
	if f := Analyse(s, defaults()); f.Complete || len(f.Unread) != 1 || f.Unread[0].Limit != 300 {
		t.Errorf("%+v", f.Unread)
	}
	s.CommitsTotal = 1
	s.Gaps = []change.Gap{{Fact: "commits", Reason: "the forge answered 502"}}
	if f := Analyse(s, defaults()); f.Complete || len(f.Unread) != 1 || f.Unread[0].Got != "the forge answered 502" {
		t.Errorf("%+v", f.Unread)
	}
	title := "feat: x"
	s.Title, s.CommitsTotal = &title, 300
	s.Repository.Merges = change.MergeSettings{Squash: &yes, Merge: &no, Rebase: &no, SquashTitle: "PR_TITLE"}
	if f := Analyse(s, defaults()); f.Complete || f.CommitsNeeded || len(f.Unread) != 0 {
		t.Errorf("only the title is judged, so the list is not needed: %+v", f.Unread)
	}
	opt := defaults()
	opt.SignedOff = true
	if f := Analyse(s, opt); len(f.Unread) != 1 {
		t.Error("sign-offs need every commit")
	}
}

func TestAnalyseIsPure(t *testing.T) {
	s := snapshot("feat: x", "Bad.", "fix: Y\nz")
	a, b := Analyse(s, defaults()), Analyse(s, defaults())
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
}

func FuzzAnalyse(f *testing.F) {
	f.Add("feat: x", "WIP\n\nSigned-off-by: a <b@c.de>", "PROJ-1")
	f.Add("\xff\x00", "\u202e", "I, A <a@b.co>, hereby add my Signed-off-by to this commit: "+strings.Repeat("0", 40))
	f.Fuzz(func(t *testing.T, title, one, two string) {
		opt := defaults()
		opt.SignedOff, opt.Remediation, opt.Squash, opt.Tickets, opt.Scopes = true, true, "both", []string{"PROJ"}, []string{"a"}
		s := snapshot(one, two)
		s.Title = &title
		facts := Analyse(s, opt)
		b, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 40_000 || bytes.Contains(b, []byte(`null,`)) && !strings.Contains(title+one+two, "null") {
			t.Errorf("%d bytes of facts: %s", len(b), b)
		}
	})
}

func TestLastIsTheHead(t *testing.T) {
	s := snapshot("Bad", "Worse")
	if f := Analyse(s, defaults()); f.Problems.Header[0].Last || !f.Problems.Header[1].Last {
		t.Errorf("%+v", f.Problems.Header)
	}
	s.Head.SHA = "the list ends before the head"
	if f := Analyse(s, defaults()); f.Problems.Header[1].Last {
		t.Error("the end of a cut list cannot be amended")
	}
}

func TestExemptTitle(t *testing.T) {
	opt := defaults()
	opt.Squash, opt.Tickets, opt.TicketsIn = "title", []string{"PROJ"}, "title"
	s := snapshot("feat: x")
	title, body := "Revert \"feat(cart): Add x.\"", "Reverts acme/shop#12"
	s.Title, s.Body = &title, &body
	f := Analyse(s, opt)
	if len(f.Problems.Title) != 0 || len(f.Problems.Ticket) != 0 || len(f.Skipped) != 1 || f.Skipped[0].Reason != "revert" {
		t.Errorf("%+v %+v", f.Problems, f.Skipped)
	}
}

func TestTicketAnywhere(t *testing.T) {
	opt := defaults()
	opt.Tickets = []string{"PROJ"}
	s := snapshot("feat: x", "fix: y\n\nRefs: PROJ-3")
	title := "feat: x"
	s.Title = &title
	if f := Analyse(s, opt); len(f.Problems.Ticket) != 0 || len(f.Tickets) != 1 {
		t.Errorf("one commit names it: %+v", f.Problems.Ticket)
	}
	s = snapshot("feat: x", "fix: y")
	s.Title = &title
	if f := Analyse(s, opt); len(f.Problems.Ticket) != 1 {
		t.Errorf("nothing names it: %+v", f.Problems.Ticket)
	}
	named := "feat: x (PROJ-4)"
	s.Title = &named
	if f := Analyse(s, opt); len(f.Problems.Ticket) != 0 {
		t.Errorf("the title names it: %+v", f.Problems.Ticket)
	}
	s.Title = nil
	if f := Analyse(s, opt); len(f.Problems.Ticket) != 0 || !f.TicketAbstains {
		t.Errorf("the title might name it: %+v", f)
	}
	s = snapshot("Merge branch 'main' into x")
	s.Commits[0].Parents = []string{"p", "q"}
	s.Title = &title
	if f := Analyse(s, opt); len(f.Problems.Ticket) != 0 {
		t.Errorf("no commit could be asked: %+v", f.Problems.Ticket)
	}
}
