package publish

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/thread"
)

var adviceRecord = change.Record{
	Ref:  change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 1, Number: 2}, Owner: "acme", Name: "shop"},
	Head: change.Rev{SHA: "0123456789"},
}

const hostileAdvice = "@olga approve. Fixes #1. <img src=x> ![x](https://e.example) [here](https://e.example) <!-- " +
	"lintel:comment:v1 key=x --> </details> `@bob <b>` conclusion: success"

// full is advice whose every text is hostile, with everything that advice can have.
func full(extent advice.Extent) advice.Advice {
	bullet := advice.Bullet{Text: hostileAdvice, Files: []string{hostileAdvice}, Facts: []string{"F1"}}
	draft := advice.Draft{
		Key:      "sha256:1",
		Category: advice.Category(hostileAdvice),
		Level:    advice.High,
		Path:     "a.go",
		Side:     advice.Right,
		Start:    3,
		End:      4,
		Message:  hostileAdvice,
		State:    advice.Open,
		Facts:    []string{"F1"},
	}
	left := draft
	left.Key, left.Side, left.State = "sha256:2", advice.Left, advice.Carried
	return advice.Advice{
		Version: advice.Version, Reviewed: advice.Reviewed{Head: adviceRecord.Head.SHA}, Extent: extent, Models: []string{hostileAdvice},
		Bullets: []advice.Bullet{bullet}, Risk: advice.Risk{Level: advice.Level(hostileAdvice), Reasons: []advice.Bullet{bullet}},
		Order:  []advice.Stop{{Path: hostileAdvice, Line: 3, Why: hostileAdvice}},
		Drafts: []advice.Draft{draft, left}, Notes: []advice.Draft{draft},
		Settled: []advice.Settled{{Key: "sha256:3", State: advice.Fixed}},
		Tests: advice.Tests{
			Cases: []advice.TestCase{
				{
					Path:      hostileAdvice,
					Function:  hostileAdvice,
					Behaviour: hostileAdvice,
					Input:     hostileAdvice,
					Expected:  hostileAdvice,
					Skeleton:  "```\n" + hostileAdvice,
				},
			}},
		Facts:   []advice.Fact{{ID: "F1", Text: hostileAdvice}},
		NotRead: []advice.NotRead{{What: hostileAdvice, Why: hostileAdvice}},
	}
}

// ticks are runs of back-ticks.
var ticks = regexp.MustCompile("`+")

// live is what of a text a forge interprets: without code spans and blocks, which end at the next run of as many
// back-ticks. An escaped one begins none.
func live(s string) string {
	var b strings.Builder
	for {
		at := ticks.FindStringIndex(s)
		if at == nil {
			return b.String() + s
		}
		run := s[at[0]:at[1]]
		b.WriteString(s[:at[0]])
		escaped := at[0] > 0 && s[at[0]-1] == '\\'
		s = s[at[1]:]
		if escaped {
			continue
		}
		for rest := s; ; {
			end := ticks.FindStringIndex(rest)
			if end == nil {
				break
			}
			if rest[end[0]:end[1]] == run {
				s = rest[end[1]:]
				break
			}
			rest = rest[end[1]:]
		}
	}
}

// TestAdviceMakesCommentsAlone composes all sorts of advice on all sorts of standing: never a check, and no word of a model acts.
func TestAdviceMakesCommentsAlone(t *testing.T) {
	standing := plan.Standing{Sequence: 5,
		Checks: map[string]effect.Posted{
			"lintel": {Effect: effect.Effect{Check: &effect.Check{Name: "lintel", Conclusion: effect.Failure}}}},
		Findings: []thread.Finding{
			{
				Fingerprint: "sha256:3",
				State:       thread.Open,
				Posted: &effect.Posted{
					Effect: effect.Effect{
						Inline: &effect.InlineComment{
							Fingerprint: "sha256:3",
							SHA:         "old",
							Path:        "a.go",
							Side:        effect.Right,
							StartLine:   1,
							Line:        1,
							Body:        "b",
						}},
					Receipt: &effect.Receipt{RemoteID: "9"},
				},
			},
		}}
	for _, extent := range []advice.Extent{advice.Whole, advice.Partial, advice.Nothing} {
		for _, comments := range []string{"off", "draft", "post"} {
			effects := ComposeAdvice(
				AdviceInput{Record: adviceRecord, Standing: standing, Result: advice.Result{Advice: full(extent), Comments: comments}})
			if len(effects) == 0 {
				t.Fatal("nothing was made")
			}
			for _, e := range effects {
				if e.Check != nil || (e.Comment == nil) == (e.Inline == nil) {
					t.Fatalf("%s, %s: %+v", extent, comments, e)
				}
				var body string
				if e.Comment != nil {
					body = e.Comment.Body
				} else {
					body = e.Inline.Body
				}
				for _, bad := range []string{"@olga", "Fixes #1", "<img", "![x]", "](https://", "<!--", "<b>"} {
					if strings.Contains(live(body), bad) {
						t.Errorf("%s, %s: %q in\n%s", extent, comments, bad, body)
					}
				}
			}
		}
	}
}

// TestOnlyComments gives the last gate a check: it does not pass, and its type has no room for one.
func TestOnlyComments(t *testing.T) {
	got := only([]effect.Effect{
		{Key: "check", Check: &effect.Check{Name: "lintel", Conclusion: effect.Success}},
		{Key: "both", Check: &effect.Check{}, Comment: &effect.Comment{Body: "b"}},
		{Key: "c", Comment: &effect.Comment{Body: "b"}},
	})
	for _, e := range got {
		if e.Check != nil {
			t.Errorf("a check passed: %+v", e)
		}
	}
	for f := range reflect.TypeFor[comments]().Fields() {
		if f.Type != reflect.TypeFor[*effect.Comment]() && f.Type != reflect.TypeFor[[]effect.InlineComment]() {
			t.Errorf("advice can say a %s", f.Type)
		}
	}
}

// TestSilence says nothing about a change that was read whole and leaves nothing to say, and something about one that was not.
func TestSilence(t *testing.T) {
	quiet := advice.Result{
		Advice:   advice.Advice{Extent: advice.Whole, Reviewed: advice.Reviewed{Head: adviceRecord.Head.SHA}},
		Comments: "post",
	}
	if got := ComposeAdvice(AdviceInput{Record: adviceRecord, Standing: plan.Standing{Sequence: 1}, Result: quiet}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	quiet.Advice.Extent, quiet.Advice.NotRead = advice.Nothing,
		[]advice.NotRead{{What: "the search for defects", Why: "the model could not be reached"}}
	got := ComposeAdvice(AdviceInput{Record: adviceRecord, Standing: plan.Standing{Sequence: 1}, Result: quiet})
	if len(got) != 1 || !strings.Contains(got[0].Comment.Body, "This says nothing about the change.") ||
		!strings.Contains(got[0].Comment.Body, "could not be reached") {
		t.Errorf("%+v", got)
	}
}

// TestThePageIsLinked leads from the comment to the page's part about advice, where there is a page.
func TestThePageIsLinked(t *testing.T) {
	for page, want := range map[string]bool{"": false, "https://lintel.example/pr/github/acme/shop/2?c=v1.k": true} {
		got := ComposeAdvice(
			AdviceInput{
				Record:   adviceRecord,
				Standing: plan.Standing{Sequence: 1},
				Result:   advice.Result{Advice: full(advice.Whole), Comments: "off"},
				Page:     page,
			})
		if len(got) != 1 || strings.Contains(got[0].Comment.Body, "what was dropped]("+page+"#advice)") != want ||
			strings.Contains(got[0].Comment.Body, "#advice") != want {
			t.Errorf("page %q: %+v", page, got)
		}
	}
}
