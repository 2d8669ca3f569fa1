package gitlab

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// createRequest is POST /projects/:id/merge_requests of the source project.
func createRequest(l *Lab, c *call) (any, error) {
	spec := Request{Squash: c.flag("squash")}
	spec.Source, _ = c.text("source_branch")
	spec.Target, _ = c.text("target_branch")
	spec.Title, _ = c.text("title")
	spec.Description, _ = c.text("description")
	spec.Labels, _ = c.list("labels")
	target := c.project
	if id := c.number("target_project_id"); id != 0 {
		if target = l.projects[id]; target == nil || !l.sees(target, c.who) {
			return nil, missing("Project")
		}
	}
	if spec.Source == "" || spec.Target == "" || spec.Title == "" {
		return nil, failure{
			http.StatusBadRequest,
			object{"error": "title is missing, source_branch is missing, target_branch is missing"},
		}
	}
	if _, ok := target.branch(spec.Target); !ok {
		return nil, fail(http.StatusBadRequest, object{"target_branch": []string{"does not exist"}})
	}
	m, err := l.open(target, c.project, spec, c.who.user)
	if err != nil {
		return nil, fail(http.StatusConflict, []string{err.Error()})
	}
	return l.requestShape(m, c.who.user), nil
}

// updateRequest is PUT .../merge_requests/:iid.
//
// [?] A retarget keeps approvals.
func updateRequest(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	if c.who.user != m.author && l.level(m.target, c.who.user) < Developer {
		return nil, errForbidden
	}
	var e Edit
	for name, at := range map[string]**string{"title": &e.Title, "description": &e.Description, "target_branch": &e.Target} {
		if s, ok := c.text(name); ok {
			*at = &s
		}
	}
	if e.Target != nil {
		if _, ok := m.target.branch(*e.Target); !ok {
			return nil, fail(http.StatusBadRequest, object{"target_branch": []string{"does not exist"}})
		}
	}
	if s, ok := c.text("state_event"); ok {
		state := map[string]string{"close": "closed", "reopen": "opened"}[s]
		if state == "" {
			return nil, failure{http.StatusBadRequest, object{"error": "state_event does not have a valid value"}}
		}
		e.State = &state
	}
	if _, ok := c.values["squash"]; ok {
		squash := c.flag("squash")
		e.Squash = &squash
	}
	e.Labels = c.labels(m)
	if ids, ok := c.list("reviewer_ids"); ok {
		e.Reviewers = []string{}
		for _, u := range l.users {
			if slices.Contains(ids, fmt.Sprint(u.id)) {
				e.Reviewers = append(e.Reviewers, u.username)
			}
		}
	}
	if err := l.edit(m, c.who.user, e); err != nil {
		return nil, err
	}
	return l.requestShape(m, c.who.user), nil
}

// labels are what labels, add_labels and remove_labels make of a request's labels; nil leaves them.
func (c *call) labels(m *request) []string {
	names := []string{}
	for _, x := range m.labels {
		names = append(names, x.name)
	}
	set, replaced := c.list("labels")
	if replaced {
		names = append([]string{}, set...)
	}
	add, added := c.list("add_labels")
	for _, name := range add {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	remove, removed := c.list("remove_labels")
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(remove, name) })
	if !replaced && !added && !removed {
		return nil
	}
	return names
}

func createLabel(l *Lab, c *call) (any, error) {
	name, _ := c.text("name")
	color, _ := c.text("color")
	if name == "" || color == "" {
		return nil, failure{http.StatusBadRequest, object{"error": "name is missing, color is missing"}}
	}
	if slices.ContainsFunc(c.project.labels, func(x *label) bool { return x.name == name }) {
		return nil, fail(http.StatusConflict, "Label already exists")
	}
	x := l.label(c.project, name)
	x.color = color
	x.about, _ = c.text("description")
	return labelShape(x), nil
}

func labelShape(x *label) object {
	return object{"id": x.id, "name": x.name, "color": x.color, "text_color": "#FFFFFF", "description": orNull(x.about),
		"subscribed": false, "priority": nil, "is_project_label": true}
}

// mergeRequest is PUT .../merge.
func mergeRequest(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	if b := m.target.protection(m.targetRef); l.level(m.target, c.who.user) < Developer ||
		(b != nil && (b.merge == 0 || l.level(m.target, c.who.user) < b.merge)) {
		return nil, fail(http.StatusUnauthorized, "401 Unauthorized")
	}
	if sha, ok := c.text("sha"); ok && sha != m.head {
		return nil, fail(http.StatusConflict, "SHA does not match HEAD of source branch: "+m.head)
	}
	status, _ := l.obstacle(m)
	if (c.flag("auto_merge") || c.flag("merge_when_pipeline_succeeds")) && status != "mergeable" && m.state == "opened" {
		m.autoMerge, m.autoBy, m.updated = true, c.who.user, l.now()
		return l.requestShape(m, c.who.user), nil
	}
	switch status {
	case "mergeable":
	case "conflict":
		return nil, fail(http.StatusUnprocessableEntity, "Branch cannot be merged")
	default:
		return nil, fail(http.StatusMethodNotAllowed, "405 Method Not Allowed")
	}
	var squash *bool
	if _, ok := c.values["squash"]; ok {
		asked := c.flag("squash")
		squash = &asked
	}
	if err := l.merge(m, c.who.user, squash); err != nil {
		return nil, err
	}
	return l.requestShape(m, c.who.user), nil
}

// merge brings a request in by the project's merge method.
func (l *Lab) merge(m *request, by *user, squash *bool) error {
	if squash != nil {
		m.squash = *squash
	}
	repo := m.target.git
	tip, _ := m.target.branch(m.targetRef)
	result, err := repo.MergeTree(asking(), tip, m.head)
	if err != nil || result.Conflicts {
		return cmp.Or(err, fmt.Errorf("merge !%d: it has conflicts", m.iid))
	}
	who := githost.Signature{Name: by.name, Email: by.email, When: l.now()}
	write := func(parents []string, message string) (string, error) {
		return repo.WriteCommit(
			githost.Commit{Tree: result.Tree, Parents: parents, Author: who, Committer: who, Message: message},
		)
	}
	head := m.head
	if m.squashes() {
		if head, err = write([]string{tip}, m.title); err != nil {
			return err
		}
		m.squashSHA = head
	}
	if m.target.settings.MergeMethod != "ff" {
		message := fmt.Sprintf("Merge branch '%s' into '%s'\n\n%s\n\nSee merge request %s!%d", m.sourceRef,
			m.targetRef, m.title, m.target.path, m.iid)
		if head, err = write([]string{tip, head}, message); err != nil {
			return err
		}
		m.mergeSHA = head
	}
	now := l.now()
	m.state, m.mergedBy, m.mergedAt, m.updated, m.autoMerge = "merged", by, now, now, false
	l.moved(m, by, "merged")
	defer l.requestEvent(m, "merge", by, nil, nil)
	return l.move(m.target, m.targetRef, head, by)
}

// Merge merges a request as somebody who may, if GitLab would.
func (l *Lab) Merge(id, iid int64, by string) error {
	return l.onRequest(id, iid, by, func(m *request, u *user) error {
		if status, why := l.obstacle(m); status != "mergeable" {
			return fmt.Errorf("merge !%d: %s: %s", iid, status, why)
		}
		return l.merge(m, u, nil)
	})
}

// AutoMerge sets a request to merge by itself as soon as its pipeline succeeds.
func (l *Lab) AutoMerge(id, iid int64, by string) error {
	return l.onRequest(id, iid, by, func(m *request, u *user) error {
		m.autoMerge, m.autoBy = true, u
		return nil
	})
}

// approveRequest is POST .../approve. With sha it is refused when the head is another one.
//
// [?] `approve` with another head's `sha` answers 409, as `merge` does.
func approveRequest(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	if sha, ok := c.text("sha"); ok && sha != m.head {
		return nil, fail(http.StatusConflict, "SHA does not match HEAD of source branch: "+m.head)
	}
	if l.approve(m, c.who.user) != nil {
		return nil, fail(http.StatusUnauthorized, "401 Unauthorized")
	}
	return l.approvalsShape(m, c.who.user), nil
}

func unapproveRequest(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	if l.unapprove(m, c.who.user) != nil {
		return nil, missing("")
	}
	return l.approvalsShape(m, c.who.user), nil
}

// resetRequestApprovals is PUT .../reset_approvals, which bots of project and group tokens alone may do.
func resetRequestApprovals(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	if !c.who.user.bot {
		return nil, fail(http.StatusUnauthorized, "401 Unauthorized")
	}
	m.approvals, m.updated = nil, l.now()
	return answer{status: http.StatusAccepted}, nil
}

// updateProject is PUT /projects/:id, for the settings that bear on merging.
func updateProject(l *Lab, c *call) (any, error) {
	s := &c.project.settings
	for name, at := range map[string]*bool{"only_allow_merge_if_pipeline_succeeds": &s.OnlyIfPipelineSucceeds,
		"allow_merge_on_skipped_pipeline":                  &s.AllowSkippedPipeline,
		"only_allow_merge_if_all_discussions_are_resolved": &s.OnlyIfThreadsResolved,
		"only_allow_merge_if_all_status_checks_passed":     &s.OnlyIfStatusChecksPassed} {
		if _, ok := c.values[name]; ok {
			*at = c.flag(name)
		}
	}
	for name, at := range map[string]*string{"merge_method": &s.MergeMethod, "squash_option": &s.SquashOption,
		"ci_config_path": &s.CIConfigPath} {
		if value, ok := c.text(name); ok {
			*at = strings.TrimSpace(value)
		}
	}
	return l.projectShape(c.project, c.who.user), nil
}
