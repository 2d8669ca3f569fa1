package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/effect"
)

// pointMark begins the hidden last line of a comment on a line.
const pointMark = "<!-- lintel:point:v1 "

// threadBody is the comment's text with the change that it suggests and its mark.
func threadBody(e effect.Effect) string {
	m := e.Inline
	body := inert(m.Body)
	if m.Suggestion != nil && m.AddressedIn == "" {
		body += "\n\n" + suggestion(*m.Suggestion, m.Line-m.StartLine)
	}
	return body + "\n\n" + pointMark + sum(m.Fingerprint) + " " + sum(e.Key) + " -->"
}

// maxSuggested is how many lines above the last one a suggestion may replace.
const maxSuggested = 100

// suggestion is GitLab's block that replaces the comment's line and those above it. The fence is longer than any in the code.
// https://docs.gitlab.com/user/project/merge_requests/reviews/suggestions/
func suggestion(code string, above int) string {
	if above > maxSuggested {
		return ""
	}
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	if len(fence) > 3 && slices.ContainsFunc(strings.FieldsFunc(code, lineEnd), quick.MatchString) {
		return "" // in older versions three back-ticks end any block, and a command behind them acts in our name
	}
	if code != "" && !strings.HasSuffix(code, "\n") {
		code += "\n"
	}
	return fmt.Sprintf("%ssuggestion:-%d+0\n%s%s", fence, above, code, fence)
}

func lineEnd(r rune) bool { return r == '\n' || r == '\r' }

func (f *Forge) applyThread(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	m := e.Inline
	if err := m.Check(); err != nil {
		return effect.Receipt{}, err
	}
	note, thread := m.Edits.Number(), string(m.Thread)
	if tried || note == 0 || thread == "" {
		d, err := f.findThread(ctx, e)
		if err != nil {
			return effect.Receipt{}, err
		}
		if d != nil {
			note, thread = d.Notes[0].ID, d.ID
			if strings.Contains(d.Notes[0].Body, " "+sum(e.Key)+" -->") {
				return f.threaded(e, note, thread, true), f.resolve(ctx, e, thread)
			}
		}
	}
	body := threadBody(e)
	if note != 0 {
		_, _, err := f.client.Discussions.UpdateMergeRequestDiscussionNote(e.Ref.RepoID, int64(e.Ref.Number), thread, note,
			&gitlab.UpdateMergeRequestDiscussionNoteOptions{Body: &body}, within(ctx))
		if isMissing(err) || thread == "" {
			// Somebody deleted it. That is an answer, so it is not made again.
			return effect.Receipt{}, &effect.InvalidPosition{Reason: "the comment was deleted on the forge", Err: err}
		}
		if err != nil {
			return effect.Receipt{}, f.answer("edit a comment on a line", err)
		}
		return f.threaded(e, note, thread, false), f.resolve(ctx, e, thread)
	}
	if m.AddressedIn != "" {
		return effect.Receipt{}, &effect.InvalidPosition{Reason: "what it is about was addressed before the comment was made"}
	}
	return f.beginThread(ctx, e, body)
}

func (f *Forge) threaded(e effect.Effect, note int64, thread string, found bool) effect.Receipt {
	r := f.receipt(e, effect.NumberID(note), "", found)
	r.Thread = effect.ID(thread)
	return r
}

// beginThread comments on a line. A position that is not in the diff is refused with 400, or ends as a note of no place,
// which is taken away again.
func (f *Forge) beginThread(ctx context.Context, e effect.Effect, body string) (effect.Receipt, error) {
	at, err := f.position(ctx, e)
	if err != nil {
		return effect.Receipt{}, err
	}
	outside := &effect.InvalidPosition{
		Reason: fmt.Sprintf("%s:%d is not part of the diff that the forge shows", e.Inline.Path, e.Inline.Line),
	}
	d, _, err := f.client.Discussions.CreateMergeRequestDiscussion(e.Ref.RepoID, int64(e.Ref.Number),
		&gitlab.CreateMergeRequestDiscussionOptions{Body: &body, Position: at}, within(ctx))
	if saying(err, http.StatusBadRequest, "line_code", "position") {
		outside.Err = err
		return effect.Receipt{}, outside
	}
	if err != nil {
		return effect.Receipt{}, f.answer("comment on a line", err)
	}
	if d.ID == "" || len(d.Notes) == 0 || d.Notes[0].ID == 0 {
		return effect.Receipt{}, emptyAnswer("comment on a line")
	}
	if d.Notes[0].Type != gitlab.DiffNote {
		_, err := f.client.Discussions.DeleteMergeRequestDiscussionNote(
			e.Ref.RepoID,
			int64(e.Ref.Number),
			d.ID,
			d.Notes[0].ID,
			within(ctx),
		)
		return effect.Receipt{}, errors.Join(outside, f.answer("take away a note of no place", err))
	}
	return f.threaded(e, d.Notes[0].ID, d.ID, false), nil
}

// position is where a comment stands: the three commits of the version that it is about, and the line on each side that
// has it. A line that did not change stands on both.
func (f *Forge) position(ctx context.Context, e effect.Effect) (*gitlab.PositionOptions, error) {
	m, doing := e.Inline, "find where a comment stands"
	versions, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.MergeRequestDiffVersion, *gitlab.Response, error) {
		return f.client.MergeRequests.GetMergeRequestDiffVersions(
			e.Ref.RepoID,
			int64(e.Ref.Number),
			&gitlab.GetMergeRequestDiffVersionsOptions{
				ListOptions: gitlab.ListOptions{PerPage: 100},
			},
			append(next, within(ctx))...)
	})
	if err != nil {
		return nil, f.answer(doing, err)
	}
	i := slices.IndexFunc(versions, func(v *gitlab.MergeRequestDiffVersion) bool { return v.HeadCommitSHA == m.SHA })
	if i < 0 {
		return nil, fmt.Errorf("%s: no version has the head %s: %w", doing, change.Short(m.SHA), change.ErrMoved)
	}
	v, _, err := f.client.MergeRequests.GetSingleMergeRequestDiffVersion(
		e.Ref.RepoID,
		int64(e.Ref.Number),
		versions[i].ID,
		nil,
		within(ctx),
	)
	if err != nil {
		return nil, f.answer(doing, err)
	}
	kind, line := "text", int64(m.Line)
	at := &gitlab.PositionOptions{
		PositionType: &kind,
		BaseSHA:      &v.BaseCommitSHA,
		StartSHA:     &v.StartCommitSHA,
		HeadSHA:      &v.HeadCommitSHA,
		OldPath:      &m.Path,
		NewPath:      &m.Path,
	}
	for _, d := range v.Diffs {
		if d.NewPath != m.Path && (m.Side != effect.Left || d.OldPath != m.Path) {
			continue
		}
		at.OldPath, at.NewPath = &d.OldPath, &d.NewPath
		if hunks, err := diff.ParsePatch(d.Diff); err == nil && m.Side == effect.Right {
			file := diff.File{Status: diff.Modified}.With(hunks)
			if old, ok := file.OldLine(m.Line); ok {
				both := int64(old)
				at.OldLine = &both
			}
		}
	}
	if m.Side == effect.Left {
		at.OldLine = &line
	} else {
		at.NewLine = &line
	}
	return at, nil
}

// findThread looks for our comment on the same finding: by our own user, with our mark for its point.
func (f *Forge) findThread(ctx context.Context, e effect.Effect) (*gitlab.Discussion, error) {
	self, err := f.Self(ctx)
	if err != nil {
		return nil, err
	}
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.Discussion, *gitlab.Response, error) {
		return f.client.Discussions.ListMergeRequestDiscussions(
			e.Ref.RepoID,
			int64(e.Ref.Number),
			&gitlab.ListMergeRequestDiscussionsOptions{
				ListOptions: gitlab.ListOptions{PerPage: 100},
			},
			append(next, within(ctx))...)
	})
	for _, d := range list {
		if len(d.Notes) > 0 && d.Notes[0].Author.ID == self &&
			strings.Contains(d.Notes[0].Body, pointMark+sum(e.Inline.Fingerprint)+" ") {
			return d, nil
		}
	}
	return nil, f.answer("look for a comment on a line", err)
}

// resolve closes the thread of a comment whose finding is addressed.
func (f *Forge) resolve(ctx context.Context, e effect.Effect, thread string) error {
	if e.Inline.AddressedIn == "" {
		return nil
	}
	yes := true
	_, _, err := f.client.Discussions.ResolveMergeRequestDiscussion(e.Ref.RepoID, int64(e.Ref.Number), thread,
		&gitlab.ResolveMergeRequestDiscussionOptions{Resolved: &yes}, within(ctx))
	return f.answer("resolve a thread", err)
}
