package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/publish"
)

// answered waits until Lintel reacted to a comment, and returns how, and what its own note says then.
func (r *labRig) answered(number, id int64) (emoji, note string) {
	r.t.Helper()
	var all []struct{ Name string }
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		r.get(fmt.Sprintf("merge_requests/%d/notes/%d/award_emoji", number, id), &all)
		for _, a := range all {
			if a.Name != "eyes" {
				return a.Name, strings.Join(r.notes(number), "\n")
			}
		}
	}
	r.t.Fatalf("comment %d of !%d is not answered", id, number)
	return "", ""
}

// TestStoryGitLabChat: every command is carried out from a note, answered by an emoji and, where there is something to say, in
// Lintel's one note; who may what is a matter of the role that GitLab says, and what was done stands in the audit log.
func TestStoryGitLabChat(t *testing.T) {
	t.Parallel()
	r := beginLab(t, fakelab.Options{Tier: fakelab.Free})
	_, err := r.lab.AddUser("rae")
	must(t, err)
	must(t, r.lab.SetMember("acme", "rae", fakelab.Reporter))
	head, err := r.lab.Commit(
		r.project,
		fakelab.Commit{Branch: "topic", From: "main", By: "dev", Message: "made it faster\n",
			Files: map[string]string{"pay/pay.go": "package pay // faster\n\n// more\n"}},
	)
	must(t, err)
	number, err := r.lab.Open(r.project, fakelab.Request{Source: "topic", Title: "perf: make it faster", By: "dev"})
	must(t, err)
	r.becomes(head, "failed")
	day := time.Now().UTC().AddDate(0, 0, 7).Format(time.DateOnly)
	done := map[string]bool{}
	for _, c := range []struct{ by, text, emoji, says string }{
		{"rae", "/lintel help", "thumbsup", "| command | what it does |"},
		{"rae", "/lintel why", "thumbsup", "commits/header"},
		{"rae", "/lintel why commits/header", "thumbsup", "`/lintel why commits/header` by rae"},
		{"rae", "/lintel rechek", "confused", "Did you mean `/lintel recheck`?"},
		{"rae", "Please.\n\n/lintel recheck", "thumbsup", ""},
		{"rae", "/lintel status", "thumbsup", "**Refused:**"},
		{"rae", "/lintel owners", "thumbsup", "rita"},
		{"rae", "/lintel assign", "confused", "write permission"},
		{"dev", "/lintel assign", "thumbsup", "rita"},
		{"rae", "/lintel advise", "confused", "named no language model"},
		{"rae", "/lintel wrong 1 -- false-positive: our style differs", "confused", "write permission"},
		{"dev", "/lintel wrong 1 -- false-positive: our style differs", "thumbsup", "is a false alarm. It lets nothing pass."},
		{"dev", "/lintel mute commits/header --until " + day, "confused", "what blocks is not hidden"},
		{"dev", "/lintel mute commits/title --until " + day, "thumbsup", ""},
		{"dev", "/lintel run-checks", "confused", ""},
		{"dev", overrideHeader, "confused", "by dev"},
	} {
		done[strings.Fields(c.text[strings.Index(c.text, "/lintel"):])[1]] = true
		id, err := r.lab.Say(r.project, number, c.by, c.text)
		must(t, err)
		if emoji, note := r.answered(number, id); emoji != c.emoji || !strings.Contains(note, c.says) {
			t.Errorf(
				"%s by %s is answered by %s, want %s; the note lacks %q:\n%s",
				c.text,
				c.by,
				emoji,
				c.emoji,
				c.says,
				note,
			)
		}
	}
	r.becomes(head, "failed")
	id, err := r.lab.Say(r.project, number, "rita", overrideHeader)
	must(t, err)
	if emoji, note := r.answered(number, id); emoji != "thumbsup" || !strings.Contains(note, "### Overridden") {
		t.Errorf("an override by a Maintainer: %s\n%s", emoji, note)
	}
	r.later()
	must(t, r.lab.Approve(r.project, number, "rita"))
	if says := r.becomes(head, "success"); !strings.Contains(says, "override") {
		t.Errorf("the status says %q", says)
	}
	id, err = r.lab.Say(r.project, number, "rita", "/lintel cancel")
	must(t, err)
	if emoji, _ := r.answered(number, id); emoji != "thumbsup" {
		t.Errorf("a cancel is answered by %s", emoji)
	}
	r.becomes(head, "failed")
	var reviewers []struct{ User struct{ Username string } }
	if r.get(fmt.Sprintf("merge_requests/%d/reviewers", number), &reviewers); len(reviewers) != 1 ||
		reviewers[0].User.Username != "rita" {
		t.Errorf("whose reviews were requested: %+v", reviewers)
	}
	r.votes(number, head)
	if len(r.written(number)) != 1 || len(done) < 11 {
		t.Errorf("%d notes, %d commands", len(r.written(number)), len(done))
	}
	want := "recheck.asked reviews.requested recheck.asked finding.wrong rule.muted override.refused override.made override.revoked " +
		"rule.unmuted finding.wrong_taken_back recheck.asked finding.wrong recheck.asked"
	if got := strings.Fields((&rig{t: t, server: r.server}).audited()); !slices.Equal(got, strings.Fields(want)) {
		t.Errorf("audited %q, want %q", got, want)
	}
}

// votes has people vote on a comment at a line: the emoji does not say what they may do, so the next look reads it, and
// whoever may write dismisses.
func (r *labRig) votes(number int64, head string) {
	r.t.Helper()
	store := r.server.Record()
	record, err := store.Find(context.Background(), change.GitLab, "acme/tools", "shop", int(number))
	must(r.t, err)
	_, err = store.SavePlan(context.Background(), plan.Look{Record: record, KeepRecord: true},
		func(st plan.Standing) ([]effect.Effect, error) {
			about := effect.About{Origin: effect.FromAdvice, Rule: "advice/correctness", Category: "correctness", Severity: "medium"}
			effects, _ := publish.Inline{Record: record, Standing: st, Head: head, Want: []effect.InlineComment{
				{Fingerprint: "sha256:pay", SHA: head, Path: "pay/pay.go", Side: effect.Right, StartLine: 1, Line: 1,
					Body: "It is slow.", About: about},
				{Fingerprint: "sha256:more", SHA: head, Path: "pay/pay.go", Side: effect.Right, StartLine: 3, Line: 3,
					Body: "It says nothing.", About: about},
			}}.Plan()
			return effects, nil
		})
	must(r.t, err)
	look := func() {
		r.t.Helper()
		id, err := r.lab.Say(r.project, number, "rita", "/lintel recheck")
		must(r.t, err)
		if emoji, _ := r.answered(number, id); emoji != "thumbsup" {
			r.t.Fatalf("a recheck is answered by %s", emoji)
		}
	}
	look() // it posts the comment
	var notes []struct {
		ID         int64
		Type, Body string
	}
	r.get(fmt.Sprintf("merge_requests/%d/notes?per_page=100", number), &notes)
	var at, more int64
	for _, n := range notes {
		switch {
		case n.Type == "DiffNote" && strings.Contains(n.Body, "It is slow."):
			at = n.ID
		case n.Type == "DiffNote":
			more = n.ID
		}
	}
	for _, who := range []string{"rae", "rita"} {
		must(r.t, r.lab.Award(r.project, number, at, who, "thumbsdown"))
	}
	for who, want := range map[string]string{"rae": "confused", "rita": "thumbsup"} {
		id, err := r.lab.Reply(r.project, number, more, who, "won't fix")
		must(r.t, err)
		if emoji, _ := r.answered(number, id); emoji != want {
			r.t.Errorf("won't fix by %s is answered by %s, want %s", who, emoji, want)
		}
	}
	outcomes := func(of string) (all []string) {
		list, err := store.Outcomes(context.Background(), record.Key)
		must(r.t, err)
		for _, o := range list {
			if o.Fingerprint == of {
				all = append(all, fmt.Sprintf("%s %s %s", o.Kind, o.Actor, o.Role))
			}
		}
		slices.Sort(all) // two deliveries come in any order
		return all
	}
	for deadline := time.Now().Add(patience); len(outcomes("sha256:pay")) < 2 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	look()
	for of, want := range map[string][]string{
		"sha256:pay":  {"dismissed rita writer", "thumbs_down rae reader", "thumbs_down rita writer"},
		"sha256:more": {"dismissed rita writer", "wrong rita writer"},
	} {
		if got := outcomes(of); !slices.Equal(got, want) {
			r.t.Errorf("what became of the comment %s: %q, want %q", of, got, want)
		}
	}
}
