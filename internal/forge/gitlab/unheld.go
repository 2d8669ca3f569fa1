package gitlab

import (
	"context"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
)

// The receipts of a status that could not be posted.
const (
	noPipeline    effect.ID = "waiting"
	forksPipeline effect.ID = "unavailable"
	nameTaken     effect.ID = "taken"
)

// unposted is what the note says where no other gate holds the merge. It is taken back where a verdict is published after;
// until then it tells of the moment it was written in.
var unposted = map[effect.ID]string{
	noPipeline: "When this was written, the head had no pipeline, and GitLab looks at nothing else. The verdict is posted on " +
		"the first one that begins.",
	forksPipeline: "The pipeline of this merge request is the fork's, where Lintel may not post: **this verdict holds no " +
		"merge**. Run a pipeline in this project for that.",
	nameTaken: "A job of the pipeline has the name of Lintel's status, which cannot be posted beside it: **only a job that " +
		"asks Lintel holds the merge**.",
}

// What the note says where the approval rule holds nothing. GitLab shows such a rule as "Auto approved".
const (
	ruleOfNobody = "The approval rule Lintel has no approver any more, so GitLab shows it as **Auto approved**: it holds no merge."
	ruleOfOthers = "Lintel's user is not among the approvers of the approval rule Lintel, which therefore **does not hold this verdict**."
	ruleOfOurs   = "Lintel's own user opened this merge request and cannot approve it, so GitLab shows the approval rule Lintel as " +
		"**Auto approved**: it holds no merge."
)

// notHeld is what the note says where GitLab refuses to tell of the gate, or the project lacks the one that gitlab.gate asks for.
const notHeld = "When this was written, Lintel found no gate that holds this verdict: `lintel doctor gitlab` says why."

// loose is what the note says of a head whose status could not be posted, or that no rule holds; empty where all is well.
type loose struct{ head, says string }

// unheld is what the note says of a gate that does not hold. What this process posted last says so; one that posted nothing
// for the merge request, since it is new or another one did, looks: a note that is silent would be read as a gate that holds.
func (f *Forge) unheld(ctx context.Context, e effect.Effect, tried bool) (string, error) {
	if l, ok := f.loose.get(e.Ref.Key.String()); ok {
		return l.says, nil
	}
	g := f.glimpse(e, tried)
	if g == nil {
		m, _, err := f.client.MergeRequests.GetMergeRequest(e.Ref.RepoID, int64(e.Ref.Number), nil, within(ctx))
		if err != nil {
			return "", f.goneIfMissing("read "+e.Ref.String(), err)
		}
		g = &glimpse{request: m, row: true}
	}
	h, err := f.holder(ctx, e.Ref, g)
	if err != nil {
		return "", err
	}
	var missing effect.ID
	if h.by == "" {
		switch p, err := f.pipelineOf(ctx, e.Ref, g.request.SHA, g.request.HeadPipeline); {
		case err != nil:
			return "", err
		case p != nil && p.ProjectID != e.Ref.RepoID, p == nil && g.request.SourceProjectID != g.request.TargetProjectID:
			missing = forksPipeline
		case p == nil:
			bare, err := f.withoutCI(ctx, e.Ref, g.request.SHA, g)
			if err != nil {
				return "", err
			}
			if !bare {
				missing = noPipeline
			}
		}
	}
	says := strings.TrimSpace(h.broken + " " + unposted[missing])
	f.loose.put(e.Ref.Key.String(), loose{g.request.SHA, says})
	return says, nil
}

// restate lets our note say of the gate what is so now; what else it says stays. Without a note nothing is written.
func (f *Forge) restate(ctx context.Context, ref change.Ref, says string) error {
	note, err := f.findNote(ctx, ref)
	if err != nil || note == nil {
		return err
	}
	at := strings.LastIndex(note.Body, noteMark)
	text, mark := strings.TrimRight(note.Body[:at], "\n"), note.Body[at:]
	if end := strings.LastIndex(text, "\n\n"); end >= 0 && ofGates(text[end:]) {
		text = text[:end]
	}
	if says != "" {
		text += "\n\n" + says
	}
	if text += "\n\n" + mark; text == note.Body {
		return nil
	}
	_, _, err = f.client.Notes.UpdateMergeRequestNote(ref.RepoID, int64(ref.Number), note.ID,
		&gitlab.UpdateMergeRequestNoteOptions{Body: &text}, within(ctx))
	if isMissing(err) {
		return nil // somebody deleted it
	}
	return f.answer("say in our note what holds the merge", err)
}

// ofGates reports whether a paragraph of our note is what it says of gates, and nothing else.
func ofGates(paragraph string) bool {
	left := paragraph
	for _, says := range []string{ruleOfNobody, ruleOfOthers, ruleOfOurs, notHeld, unposted[noPipeline], unposted[forksPipeline],
		unposted[nameTaken]} {
		left = strings.ReplaceAll(left, says, "")
	}
	return left != paragraph && strings.TrimSpace(left) == ""
}

func unless(held bool, text string) string {
	if held {
		return ""
	}
	return text
}

// foreign tells that something else has the name of our status.
func (f *Forge) foreign(ref change.Ref, by string) {
	f.alarm(ref, "something else has the name of our status, which it hides: it is by "+by,
		"see who it is; docs/gitlab.md says which gates cannot be forged")
}

func (f *Forge) alarm(ref change.Ref, what, remedy string) {
	if f.o.Alarm != nil {
		f.o.Alarm(ref, what, remedy)
	}
}

// Forged reports whether a pipeline that succeeded holds a verdict of ours that did not. It may be a pipeline that we made,
// of which nothing else tells. It goes by what this process posted there; another may have posted since.
func (f *Forge) Forged(pipeline int64) bool {
	row := rowKey(pipeline, ruleName)
	before, known := f.posted.get(row)
	if !known {
		f.early.put(row, true)
		// The answer to a post may have come between these two lines.
		before, known = f.posted.get(row)
	}
	return known && !strings.HasPrefix(before, string(gitlab.Success)+"\n")
}
