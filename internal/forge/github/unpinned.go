package github

import (
	"context"

	"github.com/lintel-review/lintel/internal/change"
)

// unpinnedRead notes that something was read which no commit pins, so that head and base must be read again.
func (rd *reading) unpinnedRead() {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.unpinned = true
}

// verifyUnchanged reads head and base again and returns change.ErrMoved when either differs.
func (rd *reading) verifyUnchanged(ctx context.Context) error {
	if rd.REST {
		return rd.restVerifyUnchanged(ctx)
	}
	var data struct {
		Repository *struct {
			PullRequest *struct {
				HeadRefOID  string    `json:"headRefOid"`
				BaseRefName string    `json:"baseRefName"`
				BaseRef     *graphRef `json:"baseRef"`
			} `json:"pullRequest"`
		} `json:"repository"`
	}
	if err := rd.query(ctx, rd.r.Connection, headQuery, map[string]any{"owner": rd.r.Owner, "name": rd.r.Name, "number": rd.number},
		&data); err != nil {
		return err
	}
	if data.Repository == nil || data.Repository.PullRequest == nil || data.Repository.PullRequest.BaseRef == nil ||
		data.Repository.PullRequest.BaseRef.Target == nil {
		return change.ErrMoved
	}
	pr := data.Repository.PullRequest
	if pr.HeadRefOID != rd.s.Head.SHA || pr.BaseRefName != rd.s.Base.Ref || pr.BaseRef.Target.OID != rd.s.Base.SHA {
		rd.s.Head.SHA, rd.s.Base = pr.HeadRefOID, change.Rev{Ref: pr.BaseRefName, SHA: pr.BaseRef.Target.OID}
		return change.ErrMoved
	}
	return nil
}
