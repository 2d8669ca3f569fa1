package ingest

import (
	"context"
	"strings"

	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/upload"
)

// branchSources are GitLab's words for pipelines that run on the tip of a branch, by the configuration of that very commit.
// https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable
var branchSources = map[string]bool{"push": true, "schedule": true, "web": true, "api": true}

// allowPipeline: the job of a merge request's pipeline may write for that merge request's current head, and never base
// reports; one of a branch for the commit that its token names. No claim names the merge request, so GitLab is asked.
//
// A job has one token, however many reports it sends, so each slot may be sent once with it.
func (v *Receiver) allowPipeline(ctx context.Context, req *upload.Request, g *grant) error {
	c := g.claims
	if !upload.IsSHA(c.SHA) {
		return upload.Refuse(upload.Forbidden, "send reports from jobs of a branch or a merge request",
			"the token names commit %q", clip(c.SHA))
	}
	nonce := c.Nonce
	nonce.ID = text.Digest(strings.Join([]string{nonce.ID, string(req.Kind), req.Flag, req.Part}, "\x00"))
	g.nonce = &nonce
	if c.Event != "merge_request_event" {
		return allowCommit(
			req,
			g,
			branchSources[c.Event] && c.Ref != "",
			"send reports from pipelines of merge requests, or of pushes to branches",
		)
	}
	n, sha, err := v.options.Forge.PipelineOf(ctx, g.ref(), c.Run)
	switch {
	case err != nil:
		return err
	case n == 0 || sha != c.SHA:
		return upload.Refuse(upload.Forbidden, "send the report from a job of the merge request's own pipeline",
			"pipeline %s did not run for a merge request on commit %s", clip(c.Run), clip(c.SHA))
	case req.Base:
		return upload.Refuse(upload.BaseForbidden, "send base reports from a pipeline of the default branch",
			"a merge request's pipeline may not write base reports")
	case req.SHA == "":
		return upload.Refuse(
			upload.Malformed,
			"send sha, which is CI_MERGE_REQUEST_SOURCE_BRANCH_SHA, or CI_COMMIT_SHA where that is empty",
			"the head of the merge request is missing",
		)
	}
	return v.allowHead(ctx, req, g, n)
}
