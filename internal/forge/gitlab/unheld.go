package gitlab

import (
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

// unposted is what the note says where no other gate holds the merge. It stands there until the note changes, so it tells
// of the moment it was written in.
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

// loose is what the note says of a head whose status could not be posted, or that no rule holds; empty where all is well.
type loose struct{ head, says string }

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
