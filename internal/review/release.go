package review

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/text"
)

// Drafts keeps requests to release drafts of remarks, and releases.
type Drafts interface {
	Asked(ctx context.Context, key change.Key) ([]history.ReleaseAsk, error)
	Refuse(ctx context.Context, a history.ReleaseAsk, why string) error
	Release(ctx context.Context, a history.ReleaseAsk) (int, error)
}

// People says what somebody may do, read from the forge now.
type People interface {
	Permission(ctx context.Context, ref change.Ref, login string) (write bool, err error)
}

// releaseButton is on a check while drafts wait. Its texts are within the forge's 20, 40 and 20 characters.
var releaseButton = effect.Button{Label: "Release comments", Description: "Post the comments that wait as drafts", ID: "release"}

// release answers those who asked for drafts to be posted. Whoever presses the button is asked about at the forge, at this moment: the
// forge shows the button to readers, too. An operator's command needs no such question; who can write the database can do anything.
func (v *Reviewer) release(ctx context.Context, r change.Record) error {
	if v.Drafts == nil || r.Group != nil {
		return nil
	}
	asks, err := v.Drafts.Asked(ctx, r.Key)
	if err != nil {
		return err
	}
	for _, a := range asks {
		why, err := v.mayRelease(ctx, r.Ref, a)
		if err != nil {
			return err
		}
		if why != "" {
			err = v.Drafts.Refuse(ctx, a, why)
		} else {
			_, err = v.Drafts.Release(ctx, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayRelease says why a request is refused; empty when it is not.
func (v *Reviewer) mayRelease(ctx context.Context, ref change.Ref, a history.ReleaseAsk) (string, error) {
	if a.Via == "command" {
		return "", nil
	}
	if a.Actor == "" || strings.HasSuffix(a.Actor, "[bot]") {
		return "a program cannot release comments", nil
	}
	write, err := v.People.Permission(ctx, ref, a.Actor)
	var refused *change.Refused
	if errors.As(err, &refused) {
		return "the permission of " + a.Actor + " could not be read: " + refused.What, nil
	}
	if err != nil {
		return "", fmt.Errorf("read whether %s may release comments: %w", a.Actor, err)
	}
	if !write {
		return a.Actor + " has no write permission", nil
	}
	return "", nil
}

// waitingDrafts are the drafts that nobody has released.
func waitingDrafts(st history.Standing) []effect.Remark {
	var all []effect.Remark
	for _, p := range st.Points {
		if p.State == history.Waiting && p.Posted != nil {
			all = append(all, *p.Posted.Effect.Remark)
		}
	}
	return all
}

// maxDraft bounds the text of one draft in the check; the page has it whole.
const maxDraft = 1200

// drafts is the part of the check that shows comments which wait. They say nothing about the verdict.
func drafts(st history.Standing) string {
	all := waitingDrafts(st)
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	verb := "wait"
	if len(all) == 1 {
		verb = "waits"
	}
	fmt.Fprintf(&b, "### Drafts\n\n%s by a language model %s to be released. They have no part in the verdict. Somebody with write permission can post them with the button *%s*.\n\n", text.Count(len(all), "comment"), verb, releaseButton.Label)
	for i, m := range all {
		if i == listed {
			break
		}
		place := fmt.Sprintf("%s:%d", plain(m.Path, maxReason), m.StartLine)
		if m.Side == effect.Left {
			place += " (deleted)"
		}
		fmt.Fprintf(&b, "- %s\n\n", markdown.GitHub.Code(place))
		for line := range strings.Lines(markdown.Truncate(m.Body, maxDraft)) {
			b.WriteString("  > " + strings.TrimSuffix(line, "\n") + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// maxFound bounds how many findings of one look are followed.
const maxFound = 300

// found are the findings that people see, to be followed across heads, and the rules of which this look cannot tell.
func found(d policy.Decision) (points []history.Point, unjudged []string) {
	for _, f := range d.Visible() {
		if len(points) == maxFound {
			return points, []string{"*"}
		}
		points = append(points, history.Point{Point: string(f.Fingerprint), Path: f.Path, About: effect.About{Origin: effect.FromRule, Rule: f.Rule, Category: f.Family, Severity: severity(f), Title: plain(f.Title, maxTitle)}})
	}
	for _, a := range d.Abstained {
		unjudged = append(unjudged, a.Rule)
	}
	if len(d.Incomplete) > 0 {
		unjudged = []string{"*"}
	}
	return points, unjudged
}

func severity(f finding.Finding) string {
	if f.Blocking {
		return "blocking"
	}
	return string(f.Severity)
}
