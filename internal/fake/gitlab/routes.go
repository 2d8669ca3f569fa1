package gitlab

// routes are the operations of the API, by GitLab's documented paths.
func routes() []route {
	const (
		project = "/projects/:id"
		request = project + "/merge_requests/:merge_request_iid"
		tree    = project + "/repository"
		group   = "/groups/:id"
	)
	return []route{
		{method: "GET", pattern: "/version", call: getVersionOfLab},
		{method: "GET", pattern: "/metadata", call: getMetadata},
		{method: "GET", pattern: "/user", call: getUser},
		{method: "GET", pattern: "/users", call: listUsers},
		{method: "GET", pattern: "/users/:user_id", call: getUserByID},
		{method: "GET", pattern: "/personal_access_tokens/self", call: tokenSelf},

		{method: "GET", pattern: group, call: getGroup},
		{method: "GET", pattern: group + "/members", call: listGroupMembers},
		{method: "GET", pattern: group + "/members/all", call: listAllGroupMembers},
		{method: "GET", pattern: group + "/members/all/:user_id", call: getAnyGroupMember},
		{method: "GET", pattern: group + "/projects", call: listGroupProjects},
		{method: "GET", pattern: group + "/merge_requests", call: listGroupRequests},

		{method: "GET", pattern: "/projects", open: true, call: listProjects},
		{method: "GET", pattern: project, open: true, call: getProject},
		{method: "GET", pattern: project + "/members", call: listMembers},
		{method: "GET", pattern: project + "/members/:user_id", call: getMember},
		{method: "GET", pattern: project + "/members/all", call: listAllMembers},
		{method: "GET", pattern: project + "/members/all/:user_id", call: getAnyMember},
		{method: "GET", pattern: project + "/labels", open: true, call: listLabels},
		{method: "GET", pattern: project + "/protected_branches", level: Developer, call: listProtected},
		{method: "GET", pattern: project + "/protected_branches/:name", level: Developer, call: getProtected},
		{method: "GET", pattern: project + "/approvals", tier: Premium, level: Developer, call: projectApprovals},
		{method: "GET", pattern: project + "/approval_rules", tier: Premium, level: Developer, call: listProjectRules},

		{method: "GET", pattern: tree + "/branches", open: true, call: listBranches},
		{method: "GET", pattern: tree + "/branches/:branch", open: true, call: getBranch},
		{method: "GET", pattern: tree + "/compare", open: true, call: compare},
		{method: "GET", pattern: tree + "/merge_base", open: true, call: mergeBase},
		{method: "GET", pattern: tree + "/blobs/:sha", open: true, call: getBlob},
		{method: "GET", pattern: tree + "/blobs/:sha/raw", open: true, call: rawBlob},
		{method: "GET", pattern: tree + "/tree", open: true, call: listTree},
		{method: "GET", pattern: tree + "/files/:file_path", open: true, call: getFile},
		{method: "GET", pattern: tree + "/files/:file_path/raw", open: true, call: rawFile},
		{method: "GET", pattern: tree + "/commits", open: true, call: listCommits},
		{method: "GET", pattern: tree + "/commits/:sha", open: true, call: getCommit},
		{method: "GET", pattern: tree + "/commits/:sha/statuses", level: Reporter, call: listStatuses},
		{method: "GET", pattern: tree + "/commits/:sha/merge_requests", open: true, call: commitRequests},

		{method: "GET", pattern: project + "/pipelines", open: true, call: listPipelines},
		{method: "GET", pattern: project + "/pipelines/:pipeline_id", open: true, call: getPipeline},
		{method: "GET", pattern: project + "/pipelines/:pipeline_id/jobs", open: true, call: listJobs},

		{method: "GET", pattern: project + "/merge_requests", open: true, call: listProjectRequests},
		{method: "GET", pattern: request, open: true, call: getRequest},
		{method: "GET", pattern: request + "/diffs", open: true, call: listDiffs},
		{method: "GET", pattern: request + "/raw_diffs", open: true, since: "17.10", call: rawDiffs},
		{method: "GET", pattern: request + "/versions", open: true, call: listVersions},
		{method: "GET", pattern: request + "/versions/:version_id", open: true, call: getVersion},
		{method: "GET", pattern: request + "/commits", open: true, call: listRequestCommits},
		{method: "GET", pattern: request + "/pipelines", open: true, call: listRequestPipelines},
		{method: "GET", pattern: request + "/reviewers", open: true, call: listReviewers},
		{method: "GET", pattern: request + "/resource_state_events", open: true, call: listStateEvents},
		{method: "GET", pattern: request + "/participants", open: true, call: listParticipants},
		{method: "GET", pattern: request + "/approvals", call: getApprovals},
		{method: "GET", pattern: request + "/approval_rules", tier: Premium, call: listRequestRules},
		{method: "GET", pattern: request + "/approval_state", tier: Premium, call: approvalState},
		{method: "GET", pattern: request + "/notes", open: true, call: listNotes},
		{method: "GET", pattern: request + "/notes/:note_id", open: true, call: getNote},
		{method: "GET", pattern: request + "/discussions", open: true, call: listDiscussions},
		{method: "GET", pattern: request + "/discussions/:discussion_id", open: true, call: getDiscussion},
	}
}

// writes are the operations that change something.
func writes() []route {
	const (
		project = "/projects/:id"
		request = project + "/merge_requests/:merge_request_iid"
		checks  = project + "/external_status_checks"
		thread  = request + "/discussions/:discussion_id"
	)
	return []route{
		{method: "POST", pattern: "/personal_access_tokens/self/rotate", since: "16.10", call: rotateSelf},
		{method: "PUT", pattern: project, level: Maintainer, call: updateProject},
		{method: "POST", pattern: project + "/labels", level: Reporter, call: createLabel},
		{method: "POST", pattern: project + "/statuses/:sha", level: Developer, call: createStatus},
		{method: "GET", pattern: project + "/jobs/:job_id", open: true, call: getJob},
		{method: "POST", pattern: project + "/jobs/:job_id/retry", level: Developer, call: retryJob},

		{method: "POST", pattern: project + "/merge_requests", level: Developer, call: createRequest},
		{method: "PUT", pattern: request, call: updateRequest},
		{method: "PUT", pattern: request + "/merge", call: mergeRequest},
		{method: "POST", pattern: request + "/approve", call: approveRequest},
		{method: "POST", pattern: request + "/unapprove", call: unapproveRequest},
		{method: "PUT", pattern: request + "/reset_approvals", call: resetRequestApprovals},
		{method: "POST", pattern: request + "/pipelines", level: Developer, call: createRequestPipeline},

		{method: "POST", pattern: request + "/notes", call: createNote},
		{method: "PUT", pattern: request + "/notes/:note_id", call: updateNote},
		{method: "DELETE", pattern: request + "/notes/:note_id", call: deleteNote},
		{method: "POST", pattern: request + "/discussions", call: createDiscussion},
		{method: "PUT", pattern: thread, call: resolveDiscussion},
		{method: "POST", pattern: thread + "/notes", call: replyDiscussion},
		{method: "PUT", pattern: thread + "/notes/:note_id", call: updateNote},
		{method: "DELETE", pattern: thread + "/notes/:note_id", call: deleteNote},
		{method: "GET", pattern: request + "/draft_notes", call: listDrafts},
		{method: "POST", pattern: request + "/draft_notes", call: createDraft},
		{method: "POST", pattern: request + "/draft_notes/bulk_publish", call: publishDrafts},
		{method: "DELETE", pattern: request + "/draft_notes/:draft_note_id", call: deleteDraft},
		{method: "PUT", pattern: request + "/draft_notes/:draft_note_id/publish", call: publishDraft},
		{method: "GET", pattern: request + "/award_emoji", open: true, call: listAwards},
		{method: "POST", pattern: request + "/award_emoji", call: createAward},
		{method: "DELETE", pattern: request + "/award_emoji/:award_id", call: deleteAward},
		{method: "GET", pattern: request + "/notes/:note_id/award_emoji", open: true, call: listAwards},
		{method: "POST", pattern: request + "/notes/:note_id/award_emoji", call: createAward},
		{method: "DELETE", pattern: request + "/notes/:note_id/award_emoji/:award_id", call: deleteAward},

		{method: "GET", pattern: checks, tier: Ultimate, level: Maintainer, call: listChecks},
		{method: "POST", pattern: checks, tier: Ultimate, level: Maintainer, call: createCheck},
		{method: "PUT", pattern: checks + "/:check_id", tier: Ultimate, level: Maintainer, call: updateCheck},
		{method: "DELETE", pattern: checks + "/:check_id", tier: Ultimate, level: Maintainer, call: deleteCheck},
		{method: "GET", pattern: request + "/status_checks", tier: Ultimate, call: listRequestChecks},
		{method: "POST", pattern: request + "/status_check_responses", tier: Ultimate, level: Developer, call: answerCheck},
		{method: "POST", pattern: request + "/status_checks/:check_id/retry", tier: Ultimate, level: Developer, call: retryCheck},
	}
}

// hookRoutes are those of webhooks: a project's, a group's (Premium) and the instance's.
func hookRoutes() (out []route) {
	for _, at := range []struct {
		prefix, tier string
		level        int
	}{{"/projects/:id/hooks", "", Maintainer}, {"/groups/:id/hooks", Premium, Owner}, {"/hooks", "", 0}} {
		for _, r := range []route{
			{method: "GET", call: listHooks},
			{method: "POST", call: createHook},
			{method: "GET", pattern: "/:hook_id", call: getHook},
			{method: "PUT", pattern: "/:hook_id", call: updateHook},
			{method: "DELETE", pattern: "/:hook_id", call: deleteHook},
			{method: "POST", pattern: "/:hook_id/test/:trigger", call: testHook},
			{method: "GET", pattern: "/:hook_id/events", since: "17.3", call: listHookEvents},
			{method: "POST", pattern: "/:hook_id/events/:event_id/resend", since: "17.4", call: resendEvent},
		} {
			if at.prefix == "/hooks" && r.since != "" {
				continue // a system hook has no such log
			}
			r.pattern, r.tier, r.level = at.prefix+r.pattern, at.tier, at.level
			out = append(out, r)
		}
	}
	return out
}
