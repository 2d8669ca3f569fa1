package gitlab

import (
	"cmp"
	"context"
	"slices"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
)

// notesSeen is how many of the newest notes momentQuery asks for.
const notesSeen = 20

// graphNote is what momentQuery says of a note: of one that GitLab wrote itself, what for.
type graphNote struct {
	ID                 gid
	System             bool
	SystemNoteIconName string
	CreatedAt          time.Time
	Author             *struct{ ID gid }
}

// The icons of the notes by which GitLab tells that somebody approved; which of the two depends on its version.
var approvedIcons = []string{"check", "approval"}

// stillIcons are those of further notes that tell of nothing that could have been a push or another target: an approval
// that was taken back, a reviewer or an assignee, a label. Any other, also one that is not known, may be one.
var stillIcons = []string{"unapproval", "user", "label"}

// sight is what a reading knew of the approvals of a merge request.
type sight struct {
	head string
	// at is when, by GitLab's clock in whole seconds, and note the newest note then.
	at   time.Time
	note int64
	// approved are the approvals of others than Lintel's user, by user.
	approved map[int64]change.Review
}

// sight remembers what this reading knows, for the next one.
func (rd *reading) sight() {
	now := sight{head: rd.s.Head.SHA, at: rd.answeredAt, approved: map[int64]change.Review{}}
	notes, ordered := rd.notes()
	if !ordered || now.at.IsZero() {
		return
	}
	for _, n := range notes {
		now.note = max(now.note, n.ID.number())
	}
	for _, v := range rd.s.Reviews {
		if v.State == change.Approved {
			now.approved[v.ID] = v
		}
	}
	rd.sights.put(rd.r.Key.String(), now)
}

// notes are the newest notes; not ordered when GitLab gave none, or not the oldest first.
func (rd *reading) notes() (notes []graphNote, ordered bool) {
	c := rd.graphed.MergeRequest.Notes
	if c == nil {
		return nil, false
	}
	return c.Nodes, slices.IsSortedFunc(c.Nodes, func(a, b graphNote) int { return cmp.Compare(a.ID.number(), b.ID.number()) })
}

// foretold reports whether it is known which heads the approvals are of, without asking for their times, if stayed will
// say so too. GraphQL says who approves, and never when. But a reading before saw the same head, and who approved it
// then; where nothing was pushed since, whoever approved since approved this head. They must have done so in a later
// second than that reading, so that the times would say the same. Who had approved an older head by then may not have
// approved anew, whatever a note says: a job of GitLab's writes the notes of approvals, and may be late.
func (rd *reading) foretold(self int64) bool {
	m := rd.graphed.MergeRequest
	others := slices.DeleteFunc(slices.Clone(m.ApprovedBy.Nodes), func(a graphUser) bool { return a.ID.number() == self })
	if len(others) == 0 {
		return true
	}
	before, ok := rd.sights.get(rd.r.Key.String())
	if !ok || before.head != rd.request.SHA {
		return false
	}
	since, ok := rd.since(before)
	if !ok {
		return false
	}
	told := map[int64]change.Review{}
	approvals := &gitlab.MergeRequestApprovals{}
	for _, u := range others {
		id := u.ID.number()
		v, known := before.approved[id]
		if at, again := since[id]; again {
			if known && v.Commit != before.head || !at.Truncate(time.Second).After(before.at) {
				return false
			}
			v, known = change.Review{SubmittedAt: at, Commit: before.head}, true
		}
		if !known || id == 0 || u.Username == "" {
			return false
		}
		told[id] = v
		approvals.ApprovedBy = append(approvals.ApprovedBy,
			&gitlab.MergeRequestApproverUser{User: &gitlab.BasicUser{ID: id, Username: u.Username}})
	}
	rd.told, rd.approvals, rd.seenAt = told, approvals, before.at
	return true
}

// stayed proves by the versions that nothing was pushed since the reading that foretold the approvals, and asks for their
// times otherwise. No note tells of a close and a reopening, which take over what was pushed between, and the note of a
// push may be late. Where GraphQL tells the versions it is no call more.
func (rd *reading) stayed(ctx context.Context) error {
	var made []time.Time
	if told := rd.graphed.MergeRequest.MergeRequestDiffs; told != nil && !told.PageInfo.HasNextPage {
		for _, v := range told.Nodes {
			made = append(made, v.CreatedAt)
		}
	}
	if len(made) == 0 {
		if err := rd.readVersions(ctx); err != nil {
			return err
		}
		for _, v := range rd.versions {
			made = append(made, when(v.CreatedAt))
		}
	}
	if len(made) > 0 && !pushedSince(rd.seenAt, made) {
		return nil
	}
	rd.told = nil
	steps := []func(context.Context) error{rd.readApprovals}
	if len(rd.versions) == 0 {
		steps = append(steps, rd.readVersions) // with them the times say which head each is of
	}
	return together(ctx, steps...)
}

// pushedSince reports whether one of the versions may have been made since a second.
func pushedSince(seen time.Time, made []time.Time) bool {
	sameSecond := 0
	for _, at := range made {
		switch at = at.Truncate(time.Second); {
		case at.IsZero() || at.After(seen):
			return true
		case at.Equal(seen):
			sameSecond++ // one is what was seen; to push another and back takes two
		}
	}
	return sameSecond > 1
}

// since is when people approved since an earlier reading, by user, as GitLab's own notes tell it; not ok when these tell of
// anything else, or do not reach back so far.
func (rd *reading) since(before sight) (approved map[int64]time.Time, ok bool) {
	notes, ordered := rd.notes()
	if !ordered || len(notes) >= notesSeen && notes[0].ID.number() > before.note {
		return nil, false
	}
	approved = map[int64]time.Time{}
	for _, n := range notes {
		switch {
		case n.ID.number() == 0:
			return nil, false
		case n.ID.number() <= before.note || !n.System || slices.Contains(stillIcons, n.SystemNoteIconName):
		case slices.Contains(approvedIcons, n.SystemNoteIconName) && n.Author != nil:
			approved[n.Author.ID.number()] = n.CreatedAt
		default:
			return nil, false
		}
	}
	return approved, true
}
