package publish

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/verdict"
)

var update = flag.Bool("update", false, "write testdata/compose.txtar")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func pull(n int) change.Ref {
	return change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: n}, Owner: "acme", Name: "shop", Connection: 11}
}

// passed is a change that passes; edits make another of it.
func passed(edits ...func(*Input)) Input {
	in := Input{
		Record:   change.Record{Ref: pull(12), State: change.Open, Head: change.Rev{Ref: "cart", SHA: "aaa"}, Generation: 3, Evaluated: 2},
		Snapshot: &change.Snapshot{Ref: pull(12), State: change.Open, TakenAt: noon},
		Decision: policy.Decision{
			Conclusion: effect.Success,
			Families: []policy.FamilyVerdict{
				{Name: "commits", Conclusion: policy.FamilySuccess},
				{Name: "ownership", Conclusion: policy.FamilySuccess},
				{Name: "size", Conclusion: policy.FamilyOff},
			},
		},
		Report:   settings.Presentation{Checks: "combined", Comment: "auto"},
		Standing: plan.Standing{Sequence: 100, Checks: map[string]effect.Posted{}},
		Page:     "https://lintel.example/pr/github/acme/shop/12?key=k", Now: noon,
	}
	for _, e := range edits {
		e(&in)
	}
	return in
}

func onGitLab(in *Input) {
	in.Record.Forge, in.Record.Owner = change.GitLab, "acme/web"
	in.Snapshot.Ref = in.Record.Ref
}

func refused(in *Input) {
	in.Decision.Conclusion = effect.Failure
	in.Decision.Families[1].Conclusion = policy.FamilyFailure
	in.Decision.Findings = append(in.Decision.Findings,
		finding.Finding{Rule: "ownership/approval", Family: "ownership", Severity: finding.Error, Mode: finding.Enforce, Blocking: true,
			Path: "cart/total.go", Title: "An owner has not approved",
			Message: "cart/total.go belongs to @acme/shop, and nobody of them has approved it.",
			Remedy:  "Ask bob or cy of @acme/shop for a review.", Docs: "https://lintel.example/rules/ownership#approval"})
}

func withInlineComment(in *Input) {
	in.Decision.Findings = append(in.Decision.Findings,
		finding.Finding{Rule: "commits/subject-case", Family: "commits", Severity: finding.Warning, Mode: finding.Warn,
			Title: "A subject begins with a capital", Message: "The subject of 1a2b3c4 is \"Add cart\".",
			Remedy: "Write it as \"add cart\".", Docs: "https://lintel.example/rules/commits#subject-case"},
		finding.Finding{
			Rule:     "size/limits",
			Family:   "size",
			Severity: finding.Error,
			Mode:     finding.Shadow,
			Title:    "Shadow must not be seen",
			Message:  "shadow",
			Remedy:   "shadow",
		})
}

func sibling(number int, conclusion string, generation int64) func(*Input) {
	return func(in *Input) {
		p := verdict.Peer{Record: change.Record{Ref: pull(number), Generation: 4}}
		if conclusion != "" {
			p.Verdict = &verdict.Verdict{Conclusion: conclusion, Generation: generation}
		}
		in.Standing.Peers = append(in.Standing.Peers, p)
	}
}

// standing puts what an input composes onto its commit, with receipts.
func standing(from Input) func(*Input) {
	return func(in *Input) {
		for i, e := range Compose(from) {
			p := effect.Posted{Effect: e, Receipt: &effect.Receipt{Key: e.Key, RemoteID: effect.NumberID(int64(500 + i)), At: noon}}
			if e.Comment != nil {
				in.Standing.Comment = &p
			} else {
				in.Standing.Checks[e.Check.Name] = p
			}
		}
		in.Standing.Sequence = from.Standing.Sequence + 1
	}
}

func perFamily(in *Input) { in.Report.Checks = "per-family" }

const hostile = "<!-- --> <img src=x onerror=alert(1)> @mona fixes #1 closes acme/shop#2 | cell | [x](javascript:1) " +
	"`tick` \u202etxt.exe\u200b https://evil.example GH-3 **bold**\n# heading\n- item"

var scenes = []struct {
	name string
	in   Input
}{
	{"passes", passed()},
	{"passes with remarks", passed(withInlineComment)},
	{"refused", passed(refused, withInlineComment)},
	{"abstains", passed(func(in *Input) {
		in.Decision.Families[0].Conclusion = policy.FamilyAbstained
		in.Decision.Abstained = []policy.Abstention{
			{
				Rule:   "commits/squash-title",
				Family: "commits",
				Mode:   finding.Warn,
				Reason: "the repository's merge settings are hidden from Lintel",
			},
			{Rule: "size/x", Family: "size", Mode: finding.Shadow, Reason: "shadow"},
		}
	})},
	{"incomplete", passed(refused, func(in *Input) {
		in.Decision.Incomplete = []change.Gap{
			{Fact: "diff.files", Reason: "the forge lists 3,000 of 4,100 files"},
			{Fact: "patch", Path: "big.sql", Reason: "larger than 1 MB"},
		}
	})},
	{"draft", passed(refused, func(in *Input) { in.Snapshot.Draft = true })},
	{"merge group", passed(func(in *Input) {
		in.Snapshot.Group = &change.Group{Head: "fff", Number: 12}
		in.Record.Group, in.Record.Key = in.Snapshot.Group, change.Key{Forge: change.GitHub, RepoID: 7, Group: "fff"}
	}, refused)},
	{"operator's warn", passed(withInlineComment, func(in *Input) { in.Gate = finding.Warn })},
	{"a check for each family", passed(refused, withInlineComment, perFamily)},
	{"a family that is no longer asked for", passed(func(in *Input) {
		standing(passed(refused, perFamily))(in)
		in.Standing.Comment = nil
	})},
	{"a family that another pull request may ask for", passed(func(in *Input) {
		standing(passed(refused, perFamily))(in)
		in.Standing.Comment = nil
	}, sibling(13, "failure", 4))},
	{"another pull request waits", passed(sibling(13, "", 0), perFamily)},
	{"another pull request was raised since", passed(sibling(13, "success", 3))},
	{"another pull request is known to the forge alone", passed(func(in *Input) { in.Snapshot.Siblings = []change.Sibling{{Number: 14}} })},
	{"another pull request is refused", passed(sibling(13, "failure", 3), perFamily)},
	{"another pull request passes", passed(sibling(13, "success", 4))},
	{"unchanged", passed(refused, standing(passed(refused)))},
	{"unchanged, with another address of the page", passed(standing(passed(func(in *Input) { in.Page = "https://old.example" })))},
	{"unchanged, asked for again", passed(refused, standing(passed(refused)), func(in *Input) { in.Record.Forced = 3 })},
	{"asked for again, tried again",
		passed(refused, func(in *Input) { in.Record.Forced = 3 }, standing(passed(refused, func(in *Input) { in.Record.Forced = 3 })))},
	{"asked for again, another verdict at the second try",
		passed(func(in *Input) { in.Record.Forced = 3 }, standing(passed(refused, func(in *Input) { in.Record.Forced = 3 })))},
	{"another verdict on the same commit", passed(standing(passed(refused)))},
	{"in progress is continued", passed(func(in *Input) {
		e := Progress(in.Record, in.Standing, "", noon)
		in.Standing.Checks[CheckName] = effect.Posted{Effect: e, Receipt: &effect.Receipt{RemoteID: "9"}}
	})},
	{"comment edited", passed(refused, withInlineComment, func(in *Input) {
		standing(passed(refused, func(in *Input) { in.Decision.Findings[0].Title = "Another title" }))(in)
	})},
	{"comment edited after an edit that the forge refused", passed(refused, func(in *Input) {
		in.Standing.Comment = &effect.Posted{Effect: effect.Effect{Comment: &effect.Comment{Body: "b", Digest: "d", Edits: "77"}}}
	})},
	{"comment off", passed(refused, func(in *Input) { in.Report.Comment = "off" })},
	{"hostile text", passed(func(in *Input) {
		in.Decision.Conclusion = effect.Failure
		in.Decision.Findings = []finding.Finding{
			{
				Rule:     "commits/header",
				Family:   "commits",
				Severity: finding.Error,
				Mode:     finding.Enforce,
				Blocking: true,
				Path:     "a|b`c@mona.go",
				Line:     3,
				EndLine:  4,
				Title:    hostile,
				Message:  hostile,
				Remedy:   hostile,
				Docs:     "https://lintel.example/rules/commits#header",
			},
		}
		in.Decision.Abstained = []policy.Abstention{{Rule: "commits/x", Family: "commits", Mode: finding.Warn, Reason: hostile}}
		in.Decision.Incomplete = []change.Gap{{Fact: "patch", Path: hostile, Reason: hostile}}
		in.Decision.Families[0] = policy.FamilyVerdict{Name: "commits", Conclusion: policy.FamilyFailure}
	})},
	{"a forge whose checks have no text", passed(refused, withInlineComment, onGitLab)},
	{"a forge whose checks have no text, nothing to say", passed(onGitLab)},
	{"a forge whose checks have no text, another change is refused", passed(onGitLab, sibling(13, "failure", 3))},
	{"a forge whose checks have no text, reports are awaited", passed(refused, onGitLab, func(in *Input) {
		in.Decision.Conclusion = policy.Pending
		in.Decision.Findings[0].Blocking = false
	})},
	{"what a linter found", passed(func(in *Input) {
		in.Decision.Conclusion = effect.Failure
		in.Decision.Findings = []finding.Finding{
			linted("3 ``` could\n```\n@mona", &finding.Suggestion{Line: 3, EndLine: 4, Text: "if ok {\n```\n<img>@mona\n"}),
			linted("The formatter would remove 1 line.", &finding.Suggestion{Line: 9, EndLine: 9}),
			linted("A long one.", &finding.Suggestion{Line: 9, EndLine: 9, Text: strings.Repeat("x\n", 30)}),
		}
		in.Decision.Findings[1].Source = &finding.Source{Tool: hostile, Rule: hostile}
	})},
	{"without a page", passed(refused, func(in *Input) { in.Page = "" })},
}

func linted(message string, s *finding.Suggestion) finding.Finding {
	return finding.Finding{
		Rule: "lint/error", Family: "lint", Severity: finding.Error, Mode: finding.Enforce, Blocking: true, Path: "cart/total.go",
		Line: 3, EndLine: 4, Title: "A linter reports an error",
		Message: "ruff F401: " + message, Remedy: "Correct it.", Docs: "https://lintel.example/rules/lint#error", Suggestion: s,
		Source: &finding.Source{Tool: "ruff", Rule: "F401", Help: "https://docs.astral.sh/ruff/rules/unused-import"},
	}
}

func TestComposeGolden(t *testing.T) {
	const path = "testdata/compose.txtar"
	got := &txtar.Archive{Comment: []byte("What is published in each scene. Made by: go test ./internal/review -update\n")}
	for _, s := range scenes {
		first, second := show(Compose(s.in)), show(Compose(s.in))
		if first != second {
			t.Errorf("%s: equal inputs give other effects:\n%s", s.name, cmp.Diff(first, second))
		}
		got.Files = append(got.Files, txtar.File{Name: s.name, Data: []byte(first)})
	}
	// What a look that failed leaves in the note, and the ends of a note that was cut.
	failed := passed(onGitLab, standing(passed(refused, onGitLab)))
	cut := Compose(tooLong())[1].Comment.Body
	got.Files = append(got.Files,
		txtar.File{Name: "a forge whose checks have no text, no verdict",
			Data: []byte(show(Trouble(failed.Record, failed.Standing, errors.New("read: 502 "+hostile), "", noon, nil)))},
		txtar.File{Name: "a forge whose checks have no text, the ends of a long note",
			Data: []byte(fmt.Sprintf("%.600s\n[...]\n%s\n", cut, cut[len(cut)-600:]))})
	if *update {
		if err := os.WriteFile(path, txtar.Format(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range txtar.Parse(text).Files {
		want[f.Name] = string(f.Data)
	}
	for _, f := range got.Files {
		if diff := cmp.Diff(want[f.Name], string(f.Data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
	if len(want) != len(got.Files) {
		t.Errorf("%d scenes in %s, %d here", len(want), path, len(got.Files))
	}
}

// show writes effects as a person reads them. Digests are left out: they name what is shown.
func show(effects []effect.Effect) string {
	var b strings.Builder
	for _, e := range effects {
		fmt.Fprintf(&b, "==== %s\n", e.Key)
		if c := e.Comment; c != nil {
			fmt.Fprintf(&b, "comment, edits %d\n\n%s\n", c.Edits.Number(), c.Body)
			continue
		}
		c := e.Check
		fmt.Fprintf(&b, "%s: %s %s, continues %d, details %s, %d buttons\nTITLE %s\n", c.Name, c.Status, c.Conclusion, c.Continues.Number(),
			c.DetailsURL, len(c.Buttons), c.Title)
		fmt.Fprintf(&b, "SUMMARY\n%s\n", c.Summary)
		if c.Text != "" {
			fmt.Fprintf(&b, "TEXT\n%s\n", c.Text)
		}
		for _, a := range c.Annotations {
			fmt.Fprintf(&b, "ANNOTATION %s %s:%d-%d %q %q\n", a.Level, a.Path, a.Line, a.EndLine, a.Title, a.Message)
		}
	}
	if len(effects) == 0 {
		return "nothing\n"
	}
	return b.String()
}

func many(n int, message string) func(*Input) {
	return func(in *Input) {
		in.Decision.Conclusion = effect.Failure
		in.Decision.Families[0].Conclusion = policy.FamilyFailure
		for i := range n {
			in.Decision.Findings = append(in.Decision.Findings,
				finding.Finding{Rule: "commits/header", Family: "commits", Severity: finding.Error, Mode: finding.Enforce,
					Blocking: i%2 == 0, Path: fmt.Sprintf("f%d.go", i), Line: i + 1,
					Title: "T", Message: message, Remedy: "R", Docs: "https://x.example"})
		}
	}
}

// TestLimits fills every field beyond what the forge takes. https://docs.github.com/en/rest/checks/runs#create-a-check-run
func TestLimits(t *testing.T) {
	long := strings.Repeat("ä<@mona> |\n", 400)
	in := passed(many(700, long), perFamily, func(in *Input) {
		for i := range 500 {
			in.Decision.Abstained = append(in.Decision.Abstained,
				policy.Abstention{Rule: "commits/header", Family: "commits", Mode: finding.Warn, Reason: long})
			in.Decision.Incomplete = append(in.Decision.Incomplete, change.Gap{Fact: fmt.Sprint(i), Path: long, Reason: long})
		}
	})
	for _, e := range Compose(in) {
		if e.Comment != nil {
			if n := len(e.Comment.Body); n > 65_000 {
				t.Errorf("a comment of %d bytes", n)
			}
			continue
		}
		for name, text := range map[string]string{"summary": e.Check.Summary, "text": e.Check.Text, "title": e.Check.Title} {
			if len(text) > 65_535 {
				t.Errorf("%s: a %s of %d bytes", e.Check.Name, name, len(text))
			}
		}
		if e.Check.Name == CheckName {
			if n := len(e.Check.Annotations); n != 300 {
				t.Errorf("%d annotations", n)
			}
			if !slices.ContainsFunc(e.Check.Annotations, func(a effect.Annotation) bool { return a.Level == effect.LevelFailure }) ||
				e.Check.Annotations[0].Level != effect.LevelFailure {
				t.Error("what blocks does not come first")
			}
			for _, a := range e.Check.Annotations {
				if len(a.Title) > 255 || len(a.Message) > 64<<10 || a.EndLine < a.Line {
					t.Fatalf("annotation %+v", a)
				}
			}
		}
		for _, b := range e.Check.Buttons {
			if len(b.Label) > 20 || len(b.Description) > 40 || len(b.ID) > 20 {
				t.Errorf("%+v", b)
			}
		}
	}
	many60 := Compose(passed(many(120, "m")))[0].Check
	if !strings.Contains(many60.Summary, "and 10 more") || !strings.Contains(many60.Summary, "https://lintel.example") {
		t.Errorf("the rest is not counted:\n%s", many60.Summary[len(many60.Summary)-500:])
	}
}

// TestDigestIgnoresWhatNobodySees changes what is not said: nothing is published again. And what is said: it is.
func TestDigestIgnoresWhatNobodySees(t *testing.T) {
	first := passed(refused, withInlineComment)
	for name, c := range map[string]struct {
		edit func(*Input)
		want int
	}{
		"nothing":             {func(*Input) {}, 0},
		"the time":            {func(in *Input) { in.Now, in.Snapshot.TakenAt = in.Now.Add(time.Hour), in.Now }, 0},
		"the evidence":        {func(in *Input) { in.Decision.Facts, in.Decision.Policy, in.Decision.Base = "x", "y", "z" }, 0},
		"a finding in shadow": {func(in *Input) { in.Decision.Findings[2].Message = "another" }, 0},
		"the generation":      {func(in *Input) { in.Record.Generation = 99 }, 0},
		"a remark":            {func(in *Input) { in.Decision.Findings[1].Message = "another" }, 1},
		"what blocks":         {func(in *Input) { in.Decision.Findings[0].Message = "another" }, 2},
		"the gate":            {func(in *Input) { in.Gate = finding.Warn }, 1},
	} {
		in := passed(refused, withInlineComment, standing(first), c.edit)
		if got := Compose(in); len(got) != c.want {
			t.Errorf("%s: %d effects, want %d\n%s", name, len(got), c.want, show(got))
		}
	}
}

func TestTrouble(t *testing.T) {
	r := passed().Record
	st := plan.Standing{Sequence: 5, Checks: map[string]effect.Posted{}}
	cause := errors.New("read tree: 502 <b>@mona</b>")
	first := Trouble(r, st, cause, "", noon, nil)
	if len(first) != 1 || first[0].Check.Conclusion != effect.Failure || first[0].Check.Status != effect.Completed ||
		strings.Contains(first[0].Check.Summary, "502") {
		t.Fatalf("%s", show(first))
	}
	st.Checks[CheckName] = effect.Posted{Effect: first[0]}
	if again := Trouble(r, st, cause, "", noon.Add(time.Hour), nil); len(again) != 0 {
		t.Errorf("said twice: %s", show(again))
	}
	r.Forced = r.Generation
	if again := Trouble(r, st, cause, "", noon, nil); len(again) != 1 {
		t.Error("somebody asked, and hears nothing")
	}
	no := &change.Refused{What: "the App may not read contents <x>", Remedy: "grant it in the App's settings"}
	if got := Trouble(r, st, no, "", noon, nil); len(got) != 1 ||
		!strings.Contains(got[0].Check.Summary, "grant it in the App's settings") || strings.Contains(got[0].Check.Summary, "<x>") {
		t.Errorf("%s", show(got))
	}
	if strings.Contains(show(Trouble(r, st, &change.Limited{Until: noon}, "", noon, nil)), "could not be read or judged") {
		t.Error("a limit is told as a fault")
	}
}

// TestTroubleInTheNote: where a check shows a title alone, the comment that stands says why there is no verdict, and none
// is made for it. What to do is said as on that forge.
func TestTroubleInTheNote(t *testing.T) {
	refusal := passed(refused, onGitLab)
	for name, c := range map[string]struct {
		in   Input
		want int
	}{
		"GitLab":                    {passed(onGitLab, standing(refusal)), 2},
		"GitLab, without a comment": {passed(onGitLab), 1},
		"GitHub":                    {passed(standing(passed(refused))), 1},
	} {
		all := Trouble(c.in.Record, c.in.Standing, errors.New("read: 502 <b>@mona</b>"), "", noon, nil)
		if len(all) != c.want {
			t.Errorf("%s: %d effects, want %d:\n%s", name, len(all), c.want, show(all))
			continue
		}
		if c.want < 2 {
			continue
		}
		body := all[1].Comment.Body
		for _, part := range []string{"**Lintel: No verdict: the merge request could not be judged**",
			"Comment /lintel recheck to try at once", "lintel doctor gitlab", "A merge request that could not be judged does not pass."} {
			if !strings.Contains(body, part) {
				t.Errorf("%s: the note does not say %q:\n%s", name, part, body)
			}
		}
		if strings.Contains(body, "An owner has not approved") || strings.Contains(body, "502") || strings.Contains(body, "pull request") {
			t.Errorf("%s: the note says:\n%s", name, body)
		}
	}
}

// tooLong has more to say than a note may hold.
func tooLong() Input {
	return passed(refused, onGitLab, func(in *Input) {
		one := in.Decision.Findings[0]
		one.Message = strings.Repeat("long ", 1500)
		for i := range 60 {
			one.Path = fmt.Sprintf("cart/%d.go", i)
			in.Decision.Findings = append(in.Decision.Findings, one)
		}
	})
}

// TestLongNote: a note that is too long for a comment is cut, and says so.
func TestLongNote(t *testing.T) {
	all := Compose(tooLong())
	if len(all) != 2 || len(all[1].Comment.Body) > 65_536 || !strings.Contains(all[1].Comment.Body, "The rest was cut") {
		t.Errorf("%d effects, %d bytes:\n%.500s", len(all), len(all[1].Comment.Body), all[1].Comment.Body)
	}
}

// TestPendingPeerKeepsTheCommitWaiting: a change that waits holds the check of another with the same commit, and does not refuse it.
func TestPendingPeerKeepsTheCommitWaiting(t *testing.T) {
	in := passed(sibling(13, verdict.Pending, 4))
	check := Compose(in)[0].Check
	if check.Status != effect.InProgress || check.Conclusion != "" {
		t.Errorf("%+v", check)
	}
}
