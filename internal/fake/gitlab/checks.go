package gitlab

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// statusCheck is an external status check of a project (Ultimate).
type statusCheck struct {
	id                int64
	name, url, secret string
	branches          []*protectedBranch // none is all
}

// statusAnswer is what somebody answered to a check for a commit.
type statusAnswer struct {
	check      int64
	sha, state string
	at         time.Time
}

// pendingTime is how long a check that was answered "pending" waits before it counts as failed (16.6).
const pendingTime = 2 * time.Minute

// checksOf are the checks that apply to a merge request's target.
func (l *Lab) checksOf(m *request) []*statusCheck {
	if !l.has(Ultimate) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(m.target.checks), func(k *statusCheck) bool {
		return len(k.branches) > 0 &&
			!slices.ContainsFunc(k.branches, func(b *protectedBranch) bool { return wildcard(b.pattern, m.targetRef) })
	})
}

// state is a check's state for the head as it is: the newest answer wins; without one it is pending.
//
// [?] An external status check that nobody answered never ages into failed.
func (l *Lab) state(k *statusCheck, m *request) string {
	for _, a := range slices.Backward(m.answers) {
		if a.check == k.id && a.sha == m.head {
			if a.state == "pending" && l.since("16.6") && l.now().Sub(a.at) > pendingTime {
				return "failed"
			}
			return a.state
		}
	}
	return "pending"
}

// unpassed says which check has not passed for the head, "" when all have.
func (l *Lab) unpassed(m *request) string {
	for _, k := range l.checksOf(m) {
		if s := l.state(k, m); s != "passed" {
			return fmt.Sprintf("the status check %s is %s", k.name, s)
		}
	}
	return ""
}

func (l *Lab) checkShape(p *project, k *statusCheck) object {
	branches := []any{}
	for _, b := range k.branches {
		branches = append(branches, object{"id": b.id, "project_id": p.id, "name": b.pattern, "created_at": stamp(p.created),
			"updated_at": stamp(p.created), "code_owner_approval_required": b.codeOwners})
	}
	return object{"id": k.id, "name": k.name, "project_id": p.id, "external_url": k.url, "hmac": k.secret != "",
		"protected_branches": branches}
}

func listChecks(l *Lab, c *call) (any, error) {
	out := []any{}
	for _, k := range c.project.checks {
		out = append(out, l.checkShape(c.project, k))
	}
	return c.page(out), nil
}

func createCheck(l *Lab, c *call) (any, error) {
	k := &statusCheck{}
	k.name, _ = c.text("name")
	k.url, _ = c.text("external_url")
	k.secret, _ = c.text("shared_secret")
	if k.name == "" || k.url == "" {
		return nil, failure{http.StatusBadRequest, object{"error": "name is missing, external_url is missing"}}
	}
	for _, other := range c.project.checks {
		if other.name == k.name || other.url == k.url {
			return nil, fail(http.StatusUnprocessableEntity, object{"external_url": []string{"has already been taken"}})
		}
	}
	if err := c.setCheck(k); err != nil {
		return nil, err
	}
	k.id = l.id()
	c.project.checks = append(c.project.checks, k)
	return l.checkShape(c.project, k), nil
}

func (c *call) setCheck(k *statusCheck) error {
	ids, ok := c.list("protected_branch_ids")
	if !ok {
		return nil
	}
	k.branches = nil
	for _, id := range ids {
		i := slices.IndexFunc(c.project.protected, func(b *protectedBranch) bool { return fmt.Sprint(b.id) == id })
		if i < 0 {
			return fail(http.StatusUnprocessableEntity, "422 Protected branch not found")
		}
		k.branches = append(k.branches, c.project.protected[i])
	}
	return nil
}

// check is the one that the path or the parameters name.
func (c *call) check(name string) (*statusCheck, error) {
	for _, k := range c.project.checks {
		if k.id == c.number(name) {
			return k, nil
		}
	}
	return nil, missing("")
}

func updateCheck(l *Lab, c *call) (any, error) {
	k, err := c.check("check_id")
	if err != nil {
		return nil, err
	}
	if s, ok := c.text("name"); ok {
		k.name = s
	}
	if s, ok := c.text("external_url"); ok {
		k.url = s
	}
	if s, ok := c.text("shared_secret"); ok {
		k.secret = s
	}
	return l.checkShape(c.project, k), c.setCheck(k)
}

func deleteCheck(_ *Lab, c *call) (any, error) {
	k, err := c.check("check_id")
	if err != nil {
		return nil, err
	}
	c.project.checks = slices.DeleteFunc(c.project.checks, func(other *statusCheck) bool { return other == k })
	return answer{status: http.StatusNoContent}, nil
}

func listRequestChecks(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, k := range l.checksOf(m) {
		out = append(out, object{"id": k.id, "name": k.name, "external_url": k.url, "status": l.state(k, m)})
	}
	return c.page(out), nil
}

// answerCheck is POST .../status_check_responses. An answer for another commit than the head is refused.
func answerCheck(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	k, err := c.check("external_status_check_id")
	if err != nil {
		return nil, err
	}
	sha, _ := c.text("sha")
	state, ok := c.text("status")
	if !ok {
		state = "passed"
	}
	if !slices.Contains([]string{"passed", "failed", "pending"}, state) || sha == "" {
		return nil, failure{http.StatusBadRequest, object{"error": "status does not have a valid value"}}
	}
	if sha != m.head {
		return nil, fail(http.StatusConflict, "409 Conflict - 'sha' does not match HEAD of the merge request: "+m.head)
	}
	m.answers = append(m.answers, statusAnswer{k.id, sha, state, l.now()})
	return object{"id": l.id(), "merge_request": l.basicRequest(m), "external_status_check": l.checkShape(c.project, k)}, nil
}

// retryCheck sends the payload of a failed check again.
func retryCheck(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	k, err := c.check("check_id")
	if err != nil {
		return nil, err
	}
	if l.state(k, m) != "failed" {
		return nil, fail(http.StatusUnprocessableEntity, "External status check must be failed")
	}
	l.dispatchTo(k, l.requestPayload(m, c.who.user, nil))
	return answer{status: http.StatusAccepted, body: object{"message": "202 Accepted"}}, nil
}

// StatusCheck is an external status check of a project (Ultimate).
type StatusCheck struct {
	Name, URL, Secret string
	Branches          []string // patterns of protected branches; nil is all branches
}

// AddStatusCheck adds an external status check to a project and returns its id.
func (l *Lab) AddStatusCheck(id int64, s StatusCheck) (check int64, err error) {
	err = l.locked(id, func(p *project) error {
		k := &statusCheck{id: l.id(), name: s.Name, url: s.URL, secret: s.Secret}
		for _, b := range p.protected {
			if slices.Contains(s.Branches, b.pattern) {
				k.branches = append(k.branches, b)
			}
		}
		check = k.id
		p.checks = append(p.checks, k)
		return nil
	})
	return check, err
}
