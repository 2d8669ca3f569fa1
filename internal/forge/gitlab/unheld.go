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

// notesHere is what notes say as far as this process wrote them.
type notesHere struct{ cache[string] }

// GateNote implements GateNotes.
func (s *notesHere) GateNote(_ context.Context, key change.Key) (says string, known bool, err error) {
	says, known = s.get(key.String())
	return says, known, nil
}

// KeepGateNote implements GateNotes.
func (s *notesHere) KeepGateNote(_ context.Context, key change.Key, says string, known bool) error {
	if !known {
		s.take(key.String())
		return nil
	}
	s.put(key.String(), says)
	return nil
}

// unheld is what the note says of a gate that does not hold. What was posted last says so, whichever process did; where none
// posted anything for the merge request, it looks: a note that is silent would be read as a gate that holds.
func (f *Forge) unheld(ctx context.Context, e effect.Effect, tried bool) (string, error) {
	if says, known, err := f.o.GateNotes.GateNote(ctx, e.Ref.Key); err != nil || known {
		return says, err
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
	return says, f.o.GateNotes.KeepGateNote(ctx, e.Ref.Key, says, true)
}

// tell has our note say what is so now of the gate; the verdict may be the same, and nothing else would write the note anew.
// Noted is false where nobody wrote anything yet. While the note is written nobody knows what it says, so that whoever comes
// after a crash looks.
func (f *Forge) tell(ctx context.Context, ref change.Ref, says string, noted bool) error {
	before, known, err := f.o.GateNotes.GateNote(ctx, ref.Key)
	if err != nil || known && before == says {
		return err
	}
	if known || noted {
		if err := f.o.GateNotes.KeepGateNote(ctx, ref.Key, "", false); err != nil {
			return err
		}
		if err := f.restate(ctx, ref, says); err != nil {
			return err
		}
	}
	return f.o.GateNotes.KeepGateNote(ctx, ref.Key, says, true)
}

// noted is the receipt of our note. Another process may have found another gate while it was written.
func (f *Forge) noted(ctx context.Context, e effect.Effect, id int64, says string, found bool) (effect.Receipt, error) {
	now, known, err := f.o.GateNotes.GateNote(ctx, e.Ref.Key)
	if err == nil && known && now != says {
		err = f.restate(ctx, e.Ref, now)
	}
	return f.receipt(e, effect.NumberID(id), "", found), err
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
func (f *Forge) foreign(ctx context.Context, ref change.Ref, by string) {
	f.alarm(ctx, ref, "something else has the name of our status, which it hides: it is by "+by,
		"see who it is; docs/gitlab.md says which gates cannot be forged")
}

func (f *Forge) alarm(ctx context.Context, ref change.Ref, what, remedy string) {
	if f.o.Alarm != nil {
		f.o.Alarm(ctx, ref, what, remedy)
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
