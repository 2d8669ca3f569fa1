package hook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
)

// decode says what the body of a delivery means. It is never an error: see the package.
func (d *Door) decode(header string, body []byte) change.Event {
	ev := change.Event{Kind: change.Ignored, Forge: change.GitLab, Name: header, Connection: d.o.Connection}
	var p payload
	// A field of another type than it should have is as good as missing.
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(body, &p); err != nil && (!errors.As(err, &mistyped) || mistyped.Field == "") {
		ev.Name = clip(header)
		ev.Reason = "the body cannot be read; does the webhook have a custom template? " + clip(err.Error())
		return ev
	}
	p.header = header
	ev.Name = clip(first(p.ObjectKind, p.EventName, header))
	if p.EventName == "expiring_access_token" {
		ev.Name = p.EventName
	}
	ev.Action = clip(first(p.Attributes.Action, p.EventType))
	read, ok := readers[ev.Name]
	if !ok {
		ev.Reason = "no rule reads " + ev.Name + " events"
		if p.ObjectKind == "" && p.EventName == "" {
			ev.Reason = "the body does not say what it is about: take the custom template out of the webhook's settings"
		}
		return ev
	}
	// The changes are an object for merge requests and a list for pushes of system hooks.
	if json.Unmarshal(p.RawChanges, &p.Changes) != nil {
		p.Changes = nil
	}
	if p.User != nil {
		ev.Sender = p.User.Username
		p.UserID = p.User.ID
	} else {
		ev.Sender = p.Username
	}
	ev.SenderBot = bot.MatchString(ev.Sender)
	d.readProject(p, &ev)
	read(d, p, &ev)
	if ev.Kind != change.Ignored {
		ev.Reason = ""
	}
	return ev
}

// readers says what each kind of payload means. Any other is ignored.
var readers = map[string]func(*Door, payload, *change.Event){
	"merge_request": (*Door).readMergeRequest,
	"note":          (*Door).readNote,
	"emoji":         (*Door).readEmoji,
	"push":          (*Door).readPush,
	"pipeline":      (*Door).readPipeline,
	"deployment":    (*Door).readDeployment,
	"release":       (*Door).readRelease,
	"issue":         (*Door).readIssue,

	"user_add_to_group":      (*Door).readAccess,
	"user_update_for_group":  (*Door).readAccess,
	"user_remove_from_group": (*Door).readAccess,
	"user_add_to_team":       (*Door).readAccess,
	"user_update_for_team":   (*Door).readAccess,
	"user_remove_from_team":  (*Door).readAccess,
	"user_destroy":           (*Door).readAccess,
	"user_rename":            (*Door).readAccess,
	"group_rename":           (*Door).readAccess,
	"group_destroy":          (*Door).readAccess,

	"project_create":   (*Door).readRepository,
	"project_destroy":  (*Door).readRepository,
	"project_rename":   (*Door).readRepository,
	"project_transfer": (*Door).readRepository,
	"project_update":   (*Door).readRepository,

	"expiring_access_token": (*Door).readExpiring,
}

func first(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

// clip bounds what an unknown payload brings into the log.
func clip(s string) string {
	if len(s) > maxID {
		return strings.ToValidUTF8(s[:maxID], "")
	}
	return s
}

// ignore says why nothing follows from an event.
func ignore(ev *change.Event, why string) { ev.Kind, ev.Reason = change.Ignored, why }

// lacks is the reason for a payload that does not say enough: GitLab always does, so it went through a custom template.
func lacks(ev *change.Event, what string) {
	ignore(ev, "the body lacks "+what+": take the custom template out of the webhook's settings")
}

// ours reports whether Lintel's own user did it.
func (d *Door) ours(id int64) bool { return id > 0 && d.o.Self != nil && d.o.Self() == id }

// readProject names the repository, where the payload does so in the common way.
func (d *Door) readProject(p payload, ev *change.Event) {
	named := p.Project
	if named == nil {
		named = &project{Path: first(p.ProjectPath, p.Path)}
	}
	id := named.ID
	if id == 0 {
		id = p.ProjectID
	}
	ev.Repository, _ = named.repository(id)
}

// about names the merge request. Its repository is the target's: that is where its hook stands.
func (d *Door) about(p payload, m *mergeRequest, ev *change.Event) bool {
	target := m.Target
	if target == nil {
		target = p.Project
	}
	if m.IID <= 0 || target == nil {
		lacks(ev, "the merge request or the project")
		return false
	}
	r, ok := target.repository(m.TargetProject)
	if !ok {
		lacks(ev, "target_project_id or path_with_namespace")
		return false
	}
	ev.Repository = r
	ev.Ref = change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: r.ID, Number: m.IID}, Owner: r.Owner, Name: r.Name,
		Connection: ev.Connection}
	ev.Head, ev.Base = m.head(), change.Rev{Ref: m.TargetBranch}
	ev.Draft, ev.UpdatedAt = m.Draft || m.InProgress, m.UpdatedAt.Time
	return true
}

func (d *Door) readMergeRequest(p payload, ev *change.Event) {
	a := p.Attributes
	if !d.about(p, &a.mergeRequest, ev) {
		return
	}
	ev.Kind = change.Updated
	switch a.Action {
	case "open", "reopen":
	case "approved", "unapproved", "approval", "unapproval":
		if !a.System && d.ours(p.UserID) {
			ignore(ev, "the approval is our own")
			return
		}
		ev.Facts = []string{"reviews"}
	case "close":
		ev.Kind, ev.EndState = change.Ended, change.Closed
	case "merge":
		ev.Kind, ev.EndState = change.Ended, change.Merged
	default: // "update", and what systems hooks and newer versions send
		d.readUpdate(p, ev)
	}
	if ev.Kind == change.Updated && (a.State == "closed" || a.State == "merged") {
		ignore(ev, "the merge request is "+a.State)
	}
	ev.Flow = readFlow(p, ev)
}

// facts says by the keys of an update which facts it may have changed. An empty text means none that a rule reads; a
// key that is not here may mean anything.
var facts = map[string]string{
	"title": "title", "description": "body", "labels": "labels", "draft": "draft", "work_in_progress": "draft",
	"reviewers": "reviews", "reviewer_ids": "reviews",
	"assignees": "", "assignee_id": "", "assignee_ids": "", "milestone_id": "", "time_estimate": "", "total_time_spent": "",
	"human_time_estimate": "", "human_total_time_spent": "", "time_change": "", "human_time_change": "",
	"discussion_locked": "",
}

// stamps are keys that come with every update and say nothing.
var stamps = []string{"updated_at", "updated_by_id", "last_edited_at", "last_edited_by_id"}

// readUpdate says what an update may have changed. One with oldrev brought commits; one that names nothing may have
// changed anything.
func (d *Door) readUpdate(p payload, ev *change.Event) {
	if ev.Before = p.Attributes.OldRev; ev.Before != "" {
		return
	}
	var known, idle []string
	for key := range p.Changes {
		fact, ok := facts[key]
		switch {
		case slices.Contains(stamps, key):
		case !ok:
			return
		case fact == "":
			idle = append(idle, key)
		default:
			known = append(known, fact)
		}
	}
	slices.Sort(known)
	slices.Sort(idle)
	if ev.Facts = slices.Compact(known); len(known) == 0 && len(idle) > 0 {
		ignore(ev, "no rule reads "+strings.Join(idle, " or "))
	}
}

// readNote reads the commands of a comment on a merge request that is open. What our own user writes is never one.
func (d *Door) readNote(p payload, ev *change.Event) {
	a := p.Attributes
	switch {
	case a.Noteable != "MergeRequest" || p.MergeRequest == nil:
		ignore(ev, "the comment is not on a merge request")
		return
	case a.System:
		ignore(ev, "GitLab itself wrote the comment")
		return
	case d.ours(p.UserID) || d.ours(a.Author):
		ignore(ev, "the comment is our own")
		return
	case !d.about(p, p.MergeRequest, ev):
		return
	}
	ignore(ev, "the comment has no command")
	ev.Flow = readComment(p, ev)
	if p.MergeRequest.State != "opened" || a.ID <= 0 || ev.Sender == "" {
		return
	}
	posted := chat.Posted{Place: chat.OnIssue, ID: a.ID, At: a.UpdatedAt.Time, Bot: ev.SenderBot, Head: ev.Head.SHA}
	if a.Type == "DiffNote" {
		posted.Place, posted.Thread = chat.OnLine, a.Discussion
	}
	posted.Reply(a.Text)
	if a.Action == "update" {
		// An edit asks in the name of whoever edited, and only for what the earlier text had not.
		var edit struct {
			Previous *string `json:"previous"`
		}
		if json.Unmarshal(p.Changes["note"], &edit) != nil || edit.Previous == nil {
			if !posted.Empty() {
				ignore(ev, "the edit does not say what the comment was before; commands of a new comment are carried out")
			}
			return
		}
		posted.Edited(a.Text, *edit.Previous)
	}
	if !posted.Empty() {
		ev.Kind, ev.Chat = change.CommandGiven, &posted
	}
}

// readEmoji reads what somebody thinks of a comment of ours. Whose comment it is, the record knows.
func (d *Door) readEmoji(p payload, ev *change.Event) {
	a := p.Attributes
	kind := map[string]change.FeedbackKind{"thumbsup": change.FeedbackThumbsUp, "thumbsdown": change.FeedbackThumbsDown}[a.Name]
	switch {
	case a.Awardable != "Note" || p.MergeRequest == nil || a.AwardedTo <= 0:
		ignore(ev, "the emoji is not on a comment on a merge request")
	case ev.Action != "award" || kind == "":
		ignore(ev, "nothing follows from this emoji")
	case d.ours(p.UserID) || ev.SenderBot:
		ignore(ev, "what a program thinks of a comment does not count")
	case !d.ours(noteAuthor(p)) && d.o.Self != nil && d.o.Self() > 0:
		ignore(ev, "the comment is not ours")
	case d.about(p, p.MergeRequest, ev):
		role := change.RoleUnknown
		if p.UserID > 0 && p.UserID == p.MergeRequest.AuthorID {
			role = change.RoleAuthor
		}
		ev.Kind, ev.Feedback = change.CommentFeedback,
			&change.Feedback{Comment: a.AwardedTo, Kind: kind, Actor: ev.Sender, Role: role, At: a.CreatedAt.Time}
	}
}

func noteAuthor(p payload) int64 {
	if p.Note == nil {
		return 0
	}
	return p.Note.Author
}

// readPush reads a push to a branch. GitLab lists twenty commits at most, and says nothing of those that a forced push
// takes away; a protected branch takes none unless somebody allowed it.
func (d *Door) readPush(p payload, ev *change.Event) {
	name, ok := strings.CutPrefix(p.Ref, "refs/heads/")
	if !ok || zero(p.After) || ev.Repository.ID == 0 {
		ignore(ev, "the push is not to a branch that lives on")
		return
	}
	ev.Kind, ev.Base, ev.Before = change.BasePushed, change.Rev{Ref: name, SHA: p.After}, p.Before
	if !p.RefProtected || zero(p.Before) || len(p.Commits) == 0 || p.TotalCommits != len(p.Commits) {
		return // not the whole story: anything may have changed
	}
	ev.Paths = []string{}
	for _, c := range p.Commits {
		touched := slices.Concat(c.Added, c.Removed, c.Modified)
		ev.Paths = append(ev.Paths, touched...)
		ev.Commits = append(ev.Commits, change.Pushed{ID: c.ID, At: c.Timestamp.Time, Author: c.Author.Email, Message: c.Message,
			Paths: touched})
	}
}

// zero reports whether an id is git's for "no commit".
func zero(id string) bool { return strings.Trim(id, "0") == "" }

// red are the states in which a pipeline holds a merge by itself.
var red = []string{"failed", "canceled"}

// readPipeline reads that a commit got a new pipeline, on which a verdict must stand, too, or that one ended. The event of
// its beginning may be lost, so one that ended well is asked about, too: without our verdict it frees the merge request.
func (d *Door) readPipeline(p payload, ev *change.Event) {
	a := p.Attributes
	ev.Action = clip(a.Status)
	switch {
	case ev.Repository.ID == 0 || a.SHA == "" || a.Tag:
		ignore(ev, "the pipeline is not one of a branch or a merge request")
		return
	case string(a.Source) == `"external"` && d.ours(p.UserID) &&
		(a.Status != "success" || d.o.Forged == nil || !d.o.Forged(a.ID, ev.Repository.ID, a.SHA)):
		ignore(ev, "the pipeline is our own")
		return
	}
	ev.Head = change.Rev{Ref: a.Ref, SHA: a.SHA}
	if slices.Contains(red, a.Status) {
		ev.Kind, ev.Facts = change.CommitUpdated, []string{"checks"}
		return
	}
	ev.Kind, ev.Again = change.CommitUpdated, true
	if !d.o.Pipelines {
		ev.Again, ev.Facts = false, []string{"checks"}
	}
	if p.MergeRequest != nil {
		// The commit may be one that GitLab made of the head and the target, which no record knows.
		source := ev.Head
		if d.about(p, p.MergeRequest, ev) {
			ev.Kind = change.Updated
		}
		ev.Head = change.Rev{Ref: source.Ref}
	}
}

// readAccess reads that somebody's membership changed. The path of a group is the last part of its name alone, so all
// that is kept of the connection is stale.
func (d *Door) readAccess(p payload, ev *change.Event) {
	ev.Kind = change.AccessChanged
	if ev.Repository.ID != 0 {
		ev.Subject = ev.Sender
	}
}

func (d *Door) readRepository(p payload, ev *change.Event) {
	if ev.Repository.ID == 0 {
		lacks(ev, "project_id or path_with_namespace")
		return
	}
	ev.Repository.Private = p.Visibility != "public" && !strings.HasSuffix(p.Visibility, "|public")
	switch ev.Name {
	case "project_create":
		if p.header == "System Hook" {
			// It tells of projects that our user may not see; one that it may is heard of by its first merge request.
			ignore(ev, "the hook tells of all projects of the instance")
			return
		}
		ev.Kind, ev.Repositories = change.Installed, []change.Repository{ev.Repository}
	case "project_destroy":
		ev.Kind, ev.Repositories = change.Uninstalled, []change.Repository{ev.Repository}
	default:
		ev.Kind = change.RepositoryChanged
	}
}

func (d *Door) readExpiring(p payload, ev *change.Event) {
	whose := "an access token"
	if d.ours(p.Attributes.User) {
		whose = "Lintel's own access token"
	}
	ignore(ev, fmt.Sprintf("%s ends on %s: rotate it, and do not make a new one, since that would be another user", whose,
		clip(first(p.Attributes.ExpiresAt, "an unknown day"))))
}
