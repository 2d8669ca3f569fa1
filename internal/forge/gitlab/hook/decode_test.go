package hook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
)

const (
	head = "1111111111111111111111111111111111111111"
	tip  = "2222222222222222222222222222222222222222"

	project = `{"id": 7, "path_with_namespace": "acme/tools/shop.web", "default_branch": "main", "visibility_level": 0}`
)

// mergeRequest is a delivery about acme/tools/shop.web!12 by alice.
func mergeRequest(action, changes string, attributes ...string) string {
	more := ""
	for _, a := range attributes {
		more += ", " + a
	}
	return fmt.Sprintf(
		`{"object_kind": "merge_request", "event_type": "merge_request", "user": {"id": 5, "username": "alice"},
		"project": %s, "object_attributes": {"id": 99, "iid": 12, "state": "opened", "action": %q, "target_branch": "main",
		"source_branch": "topic", "target_project_id": 7, "source_project_id": 7, "author_id": 5, "draft": false,
		"created_at": "2026-03-01 10:00:00 UTC", "updated_at": "2026-03-01T11:00:00Z", "target": %s,
		"last_commit": {"id": %q}%s}, "changes": {%s}}`,
		project,
		action,
		project,
		head,
		more,
		changes,
	)
}

// note is a comment on acme/tools/shop.web!12.
func note(text, action, state string, more string) string {
	return fmt.Sprintf(
		`{"object_kind": "note", "event_type": "note", "user": {"id": 6, "username": "bob"}, "project_id": 7,
		"project": %s, "object_attributes": {"id": 77, "note": %q, "noteable_type": "MergeRequest", "author_id": 6,
		"action": %q, "created_at": "2026-03-01 11:00:00 UTC", "updated_at": "2026-03-01 11:30:00 UTC"%s},
		"merge_request": {"id": 99, "iid": 12, "state": %q, "target_branch": "main", "source_branch": "topic",
		"target_project_id": 7, "source_project_id": 7, "author_id": 5, "target": %s, "last_commit": {"id": %q}}}`,
		project,
		text,
		action,
		more,
		state,
		project,
		head,
	)
}

func pipeline(status, source, mr string) string {
	return fmt.Sprintf(
		`{"object_kind": "pipeline", "user": {"id": 5, "username": "alice"}, "project": %s, "merge_request": %s,
		"object_attributes": {"id": 31, "ref": "topic", "sha": %q, "source": %q, "status": %q}}`,
		project,
		mr,
		tip,
		source,
		status,
	)
}

const ofRequest = `{"id": 99, "iid": 12, "state": "opened", "target_branch": "main", "source_branch": "topic",
	"target_project_id": 7, "source_project_id": 7}`

func push(protected bool, total int, before string, paths ...string) string {
	commits := []string{}
	for _, p := range paths {
		commits = append(commits, fmt.Sprintf(`{"id": "c-%s", "message": "m", "timestamp": "2026-03-01T10:00:00+01:00",
			"author": {"email": "a@example.com"}, "added": [], "modified": [%q], "removed": ["old"]}`, p, p))
	}
	return fmt.Sprintf(
		`{"object_kind": "push", "event_name": "push", "before": %q, "after": %q, "ref": "refs/heads/main",
		"ref_protected": %t, "user_id": 5, "user_username": "alice", "project_id": 7, "project": %s, "total_commits_count": %d,
		"commits": [%s]}`,
		before,
		tip,
		protected,
		project,
		total,
		strings.Join(commits, ","),
	)
}

// says is what a delivery means, in one line.
func says(t *testing.T, body string, edits ...string) string {
	t.Helper()
	ev := decode(t, body, edits...)
	parts := []string{string(ev.Kind)}
	if ev.Ref.Number > 0 {
		parts = append(parts, fmt.Sprintf("%s by %s into %s", ev.Ref, ev.Sender, ev.Base.Ref))
	}
	for name, value := range map[string]string{"facts": strings.Join(ev.Facts, " "), "before": change.Short(ev.Before),
		"end": string(ev.EndState), "subject": ev.Subject, "reason": ev.Reason} {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	if ev.Again {
		parts = append(parts, "again")
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, "; ")
}

func decode(t *testing.T, body string, edits ...string) change.Event {
	t.Helper()
	ev, err := door(t, options()).Decode(headers(edits...), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if ev.Forge != change.GitLab || ev.Connection != 3 {
		t.Errorf("the event is of %s by connection %d", ev.Forge, ev.Connection)
	}
	return ev
}

const shop = "acme/tools/shop.web!12 by alice into main"

// TestWhatDeliveriesMean is the table of events.
func TestWhatDeliveriesMean(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"opened":   {mergeRequest("open", ""), "updated; " + shop},
		"reopened": {mergeRequest("reopen", ""), "updated; " + shop},
		"pushed to": {mergeRequest("update", `"updated_at": {
			}`, `"oldrev": "`+tip+`"`), "updated; " + shop + "; before 2222222",
		},
		"an empty update": {mergeRequest("update", ""), "updated; " + shop},
		"only stamps":     {mergeRequest("update", `"updated_at": {}, "last_edited_at": {}`), "updated; " + shop},
		"title and text": {mergeRequest("update", `"title": {
			}, "description": {}`), "updated; " + shop + "; facts body title",
		},
		"labels": {mergeRequest("update", `"labels": {
			}, "updated_at": {}`), "updated; " + shop + "; facts labels",
		},
		"labels and an assignee": {
			mergeRequest("update", `"labels": {}, "assignees": {}`),
			"updated; " + shop + "; facts labels",
		},
		"a draft": {mergeRequest("update", `"draft": {
			}, "title": {}`), "updated; " + shop + "; facts draft title",
		},
		"reviewers": {mergeRequest("update", `"reviewers": {}`), "updated; " + shop + "; facts reviews"},
		"assignees": {mergeRequest("update", `"assignees": {
			}`), "ignored; " + shop + "; reason no rule reads assignees",
		},
		"another target":    {mergeRequest("update", `"target_branch": {}, "labels": {}`), "updated; " + shop},
		"a key that is new": {mergeRequest("update", `"labels": {}, "brand_new": {}`), "updated; " + shop},
		"changes that are null": {strings.Replace(mergeRequest("update", ""), `"changes": {
			}`, `"changes": null`, 1), "updated; " + shop,
		},
		"an update when merged": {mergeRequest("update", `"labels": {
			}`, `"state": "merged"`), "ignored; " + shop + "; facts labels; reason the merge request is merged",
		},
		"approved":    {mergeRequest("approved", ""), "updated; " + shop + "; facts reviews"},
		"an approval": {mergeRequest("approval", ""), "updated; " + shop + "; facts reviews"},
		"unapproved":  {mergeRequest("unapproved", ""), "updated; " + shop + "; facts reviews"},
		"approvals fell": {
			mergeRequest("unapproval", "", `"system": true, "system_action": "approvals_reset_on_push"`),
			"updated; " + shop + "; facts reviews",
		},
		"our own approval": {
			strings.Replace(mergeRequest("approved", ""), `"id": 5, "username": "alice"`, `"id": 900, "username": "lintel"`, 1),
			"ignored; acme/tools/shop.web!12 by lintel into main; reason the approval is our own"},
		"our own push": {
			strings.Replace(mergeRequest("update", "", `"oldrev": "`+tip+`"`), `"id": 5, "username": "alice"`,
				`"id": 900, "username": "lintel"`, 1),
			"updated; acme/tools/shop.web!12 by lintel into main; before 2222222",
		},
		"closed": {mergeRequest("close", "", `"state": "closed"`), "ended; " + shop + "; end closed"},
		"merged": {mergeRequest("merge", "", `"state": "merged"`), "ended; " + shop + "; end merged"},

		"a push to main": {push(true, 2, head, "a", "b"), "base_pushed; before 1111111"},
		"a push of a tag": {
			strings.Replace(push(true, 1, head), "refs/heads/", "refs/tags/", 1),
			"ignored; reason the push is not to a branch that lives on",
		},
		"a branch deleted": {
			strings.Replace(push(true, 1, head), tip, strings.Repeat("0", 40), 1),
			"ignored; reason the push is not to a branch that lives on",
		},
		"a pipeline begins": {pipeline("pending", "push", "null"), "commit_updated; again"},
		"a pipeline of a request": {
			pipeline("running", "merge_request_event", ofRequest),
			"updated; " + shop + "; again",
		},
		"a pipeline ended well": {pipeline("success", "merge_request_event", ofRequest), "updated; " + shop + "; again"},
		"a pipeline ended": {
			pipeline("failed", "merge_request_event", ofRequest),
			"commit_updated; facts checks",
		},
		"a pipeline that we made": {
			strings.Replace(pipeline("running", "external", "null"), `"id": 5`, `"id": 900`, 1),
			"ignored; reason the pipeline is our own",
		},
		"a pipeline of another's CI": {pipeline("running", "external", "null"), "commit_updated; again"},
		"an emoji on a request": {
			emoji("thumbsup", "MergeRequest", 6, 900),
			"ignored; reason the emoji is not on a comment on a merge request",
		},
		"an emoji of no meaning":     {emoji("tada", "Note", 6, 900), "ignored; reason nothing follows from this emoji"},
		"an emoji on another's note": {emoji("thumbsup", "Note", 6, 5), "ignored; reason the comment is not ours"},
		"our own emoji": {
			emoji("thumbsup", "Note", 900, 900),
			"ignored; reason what a program thinks of a comment does not count",
		},
		"an emoji on our note": {
			emoji("thumbsdown", "Note", 6, 900),
			"comment_feedback; acme/tools/shop.web!12 by bob into main",
		},
		"somebody joined a group": {
			`{"event_name": "user_add_to_group", "user_username": "eve", "user_id": 8, "group_path": "core"}`,
			"access_changed",
		},
		"somebody joined a project": {
			`{"event_name": "user_add_to_team", "user_username": "eve", "user_id": 8, "project_id": 7,
			"project_path_with_namespace": "acme/shop"}`,
			"access_changed; subject eve",
		},
		"a project was made": {
			`{"event_name": "project_create", "project_id": 7, "path_with_namespace": "acme/shop"}`,
			"installed",
		},
		"a project is gone": {
			`{"event_name": "project_destroy", "project_id": 7, "path_with_namespace": "acme/shop"}`,
			"uninstalled",
		},
		"a project was renamed": {
			`{"event_name": "project_rename", "project_id": 7, "path_with_namespace": "acme/shop"}`,
			"repository_changed",
		},
		"our token ends": {
			`{"object_kind": "access_token", "event_name": "expiring_access_token", "project": ` + project + `,
				"object_attributes": {"user_id": 900, "expires_at": "2026-03-08"}}`,
			"ignored; reason Lintel's own access token ends on 2026-03-08: rotate it, and do not make a new one, " +
				"since that would be another user",
		},
		"an event that is new": {`{"object_kind": "work_item"}`, "ignored; reason no rule reads work_item events"},
		"a template without its kind": {
			`{"text": "hello"}`,
			"ignored; reason the body does not say what it is about: take the custom template out of the webhook's settings",
		},
		"a template without a project": {
			`{"object_kind": "merge_request", "object_attributes": {"iid": 12, "action": "open"}}`,
			"ignored; reason the body lacks the merge request or the project: take the custom template out of the " +
				"webhook's settings",
		},
		"a template without an id": {
			strings.Replace(mergeRequest("open", ""), `"target_project_id": 7`, `"target_project_id": null`, 1),
			"ignored; reason the body lacks target_project_id or path_with_namespace: take the custom template " +
				"out of the webhook's settings",
		},
	} {
		if got := says(t, c.body); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	if got := says(t, `not JSON`); !strings.HasPrefix(got, "ignored; reason the body cannot be read") {
		t.Errorf("no JSON: %s", got)
	}
	made := `{"event_name": "project_create", "project_id": 7, "path_with_namespace": "a/b"}`
	if got := says(t, made, "X-Gitlab-Event=System Hook"); !strings.HasPrefix(
		got,
		"ignored",
	) {
		t.Errorf("a project made anywhere on the instance: %s", got)
	}
}

func emoji(name, on string, by, author int) string {
	return fmt.Sprintf(`{"object_kind": "emoji", "event_type": "award", "user": {"id": %d, "username": "bob"}, "project_id": 7,
		"project": %s, "object_attributes": {"name": %q, "awardable_type": %q, "awardable_id": 790, "action": "award",
		"created_at": "2026-03-01 11:00:00 UTC"}, "note": {"id": 790, "author_id": %d}, "merge_request": %s}`,
		by, project, name, on, author, ofRequest)
}

// TestPipelinesOfNoMatter: where no verdict stands on a pipeline, a new one asks for nothing.
func TestPipelinesOfNoMatter(t *testing.T) {
	o := options()
	o.Pipelines = false
	ev, err := door(t, o).Decode(headers(), []byte(pipeline("running", "push", "null")))
	if err != nil || ev.Again || !slices.Equal(ev.Facts, []string{"checks"}) || ev.Head.SHA != tip {
		t.Errorf("%+v, %v", ev, err)
	}
}

// TestPushPaths: the list of paths is whole, or none is given.
func TestPushPaths(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"all commits are named":       {push(true, 2, head, "a", "b"), []string{"old", "a", "old", "b"}},
		"20 of 25":                    {push(true, 25, head, slices.Repeat([]string{"a"}, 20)...), nil},
		"a reset names no commit":     {push(true, 0, head), nil},
		"a new branch":                {push(true, 1, strings.Repeat("0", 40), "a"), nil},
		"a branch that may be forced": {push(false, 1, head, "a"), nil},
	} {
		ev := decode(t, c.body)
		if !slices.Equal(ev.Paths, c.want) || (len(ev.Commits) > 0) != (c.want != nil) {
			t.Errorf("%s: paths %q, %d commits", name, ev.Paths, len(ev.Commits))
		}
	}
}

// TestNotes: commands are those of people, of an open request, and of an edit only what it adds.
func TestNotes(t *testing.T) {
	for name, c := range map[string]struct {
		body     string
		commands []string
		place    chat.Place
	}{
		"a command": {note("/lintel recheck", "create", "opened", ""), []string{"/lintel recheck"}, chat.OnIssue},
		"on a line": {
			note("/lintel why", "create", "opened", `, "type": "DiffNote"`),
			[]string{"/lintel why"},
			chat.OnLine,
		},
		"of an old GitLab": {note("/lintel recheck", "", "opened", ""), []string{"/lintel recheck"}, chat.OnIssue},
		"no command":       {note("well done", "create", "opened", ""), nil, ""},
		"on a merged one":  {note("/lintel recheck", "create", "merged", ""), nil, ""},
		"by GitLab":        {note("/lintel recheck", "create", "opened", `, "system": true`), nil, ""},
		"by ourselves": {
			strings.Replace(note("/lintel recheck", "create", "opened", ""), `"author_id": 6`, `"author_id": 900`, 1),
			nil,
			"",
		},
		"on a commit": {
			strings.Replace(note("/lintel recheck", "create", "opened", ""), `"MergeRequest"`, `"Commit"`, 1),
			nil,
			"",
		},
		"an edit, untold": {note("/lintel recheck", "update", "opened", ""), nil, ""},
		"an edit that adds": {
			edit("/lintel why\n/lintel recheck", "/lintel why"),
			[]string{"/lintel recheck"},
			chat.OnIssue,
		},
		"an edit of a typo": {edit("/lintel recheck\nplease", "/lintel recheck\nplaese"), nil, ""},
	} {
		ev := decode(t, c.body)
		var got []string
		if ev.Chat != nil {
			for _, command := range ev.Chat.Commands {
				got = append(got, command.String())
			}
			if ev.Chat.Place != c.place || ev.Chat.ID != 77 || ev.Chat.Head != head || ev.Kind != change.CommandGiven ||
				!ev.Chat.At.Equal(noon.Add(-30*time.Minute)) || ev.Sender != "bob" || ev.Chat.Bot {
				t.Errorf("%s: %s %+v", name, ev.Kind, ev.Chat)
			}
		}
		if !slices.Equal(got, c.commands) {
			t.Errorf("%s: commands %q, want %q (%s)", name, got, c.commands, ev.Reason)
		}
		if (got == nil) != (ev.Kind == change.Ignored) {
			t.Errorf("%s: the kind is %s", name, ev.Kind)
		}
	}
	robot := strings.Replace(
		note("/lintel recheck", "create", "opened", ""),
		`"username": "bob"`,
		`"username": "project_7_bot_1f2e3d"`,
		1,
	)
	if ev := decode(t, robot); !ev.SenderBot || ev.Chat == nil || !ev.Chat.Bot {
		t.Errorf("an access token's user counts as a person: %+v", ev)
	}
}

func edit(now, before string) string {
	return strings.TrimSuffix(
		note(now, "update", "opened", ""),
		"}",
	) + fmt.Sprintf(
		`, "changes": {"note": {"previous": %q, "current": %q}}}`,
		before,
		now,
	)
}
