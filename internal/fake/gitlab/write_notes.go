package gitlab

import (
	"crypto/sha1" //nolint:gosec // GitLab's line codes are SHA-1 sums
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxNote is the most characters that a note may have.
const maxNote = 1_000_000

// body is the text of a note that is to be written.
func (c *call) body() (string, error) {
	body, _ := c.text("body")
	if strings.TrimSpace(body) == "" {
		return "", failure{http.StatusBadRequest, object{"error": "body is missing"}}
	}
	if len(body) > maxNote {
		return "", fail(http.StatusBadRequest, object{"note": []string{"is too long (maximum is 1000000 characters)"}})
	}
	return body, nil
}

// canTalk reports whether somebody may write notes in a project that is seen.
func (l *Lab) canTalk(c *call) bool {
	return c.project.visibility != "private" || l.level(c.project, c.who.user) >= Guest
}

func createNote(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	if !l.canTalk(c) {
		return nil, errForbidden
	}
	rest, done, err := l.quickActions(m, c.who.user, body)
	if err != nil {
		return nil, err
	}
	if rest == "" {
		return answer{status: http.StatusAccepted, body: object{"commands_changes": object{}, "summary": done}}, nil
	}
	return l.noteShape(m, l.addNote(m, c.who.user, noteInput{body: rest})), nil
}

// quickActions carries out the lines of a note that begin with a slash and a command this Lab knows, as GitLab does for
// whoever writes them, and returns the rest.
func (l *Lab) quickActions(m *request, u *user, body string) (rest string, done []string, err error) {
	var kept []string
	fenced := false
	for line := range strings.SplitSeq(body, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		word, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
		if fenced || l.level(m.target, u) < Developer {
			kept = append(kept, line)
			continue
		}
		switch word {
		case "/close":
			closed := "closed"
			err = l.edit(m, u, Edit{State: &closed})
		case "/approve":
			_ = l.approve(m, u) // refused quietly, as GitLab does
		case "/unapprove":
			_ = l.unapprove(m, u)
		case "/merge":
			if status, _ := l.obstacle(m); status == "mergeable" {
				err = l.merge(m, u, nil)
			} else {
				m.autoMerge, m.autoBy = true, u
			}
		case "/label":
			name := strings.Trim(strings.TrimPrefix(argument, "~"), `"`)
			m.labels = append(m.labels, l.label(m.target, name))
		case "/title":
			m.title = argument
		default:
			kept = append(kept, line)
			continue
		}
		if err != nil {
			return "", nil, err
		}
		done = append(done, word)
	}
	return strings.TrimSpace(strings.Join(kept, "\n")), done, nil
}

// mayEdit reports whether somebody may change a note: its author, and Maintainers those of others.
func (l *Lab) mayEdit(c *call, n *note) bool {
	return !n.system && (n.author == c.who.user || l.level(c.project, c.who.user) >= Maintainer)
}

func updateNote(l *Lab, c *call) (any, error) {
	m, n, err := c.note()
	if err != nil {
		return nil, err
	}
	if s, ok := c.text("resolved"); ok {
		if err := l.resolve(c, m, []*note{n}, s == "true"); err != nil {
			return nil, err
		}
		return l.noteShape(m, n), nil
	}
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	if !l.mayEdit(c, n) {
		return nil, errForbidden
	}
	if body, _, err = l.quickActions(m, c.who.user, body); err != nil {
		return nil, err
	}
	n.body, n.updated = body, l.now()
	m.updated = n.updated
	l.noteEvent(m, n, "update", c.who.user)
	return l.noteShape(m, n), nil
}

// [?] Deletion of a note sends nothing.
func deleteNote(l *Lab, c *call) (any, error) {
	m, n, err := c.note()
	if err != nil {
		return nil, err
	}
	if !l.mayEdit(c, n) {
		return nil, errForbidden
	}
	m.notes = slices.DeleteFunc(m.notes, func(x *note) bool { return x == n })
	return answer{status: http.StatusNoContent}, nil
}

// createDiscussion begins a thread: at a position of the diff, or without one.
func createDiscussion(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	if !l.canTalk(c) {
		return nil, errForbidden
	}
	if body, _, err = l.quickActions(m, c.who.user, body); err != nil {
		return nil, err
	}
	in := noteInput{body: body, thread: true}
	if raw, ok := c.values["position"].(map[string]any); ok {
		if in.position, err = l.position(m, raw); err != nil {
			return nil, err
		}
	}
	n := l.addNote(m, c.who.user, in)
	return l.discussionShape(m, n.discussion, []*note{n}), nil
}

// discussion is the merge request and the notes of the thread that the path names.
func (c *call) discussion() (*request, []*note, error) {
	m, err := c.request()
	if err != nil {
		return nil, nil, err
	}
	_, threads := m.threads()
	if list := threads[c.params["discussion_id"]]; list != nil {
		return m, list, nil
	}
	return nil, nil, missing("Discussion")
}

func replyDiscussion(l *Lab, c *call) (any, error) {
	m, list, err := c.discussion()
	if err != nil {
		return nil, err
	}
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	if !l.canTalk(c) {
		return nil, errForbidden
	}
	if body, _, err = l.quickActions(m, c.who.user, body); err != nil {
		return nil, err
	}
	if list[0].individual { // an answer makes a thread of a comment
		list[0].individual, list[0].kind, list[0].resolvable = false, "DiscussionNote", true
	}
	return l.noteShape(
		m,
		l.addNote(m, c.who.user, noteInput{body: body, discussion: list[0].discussion, position: list[0].position}),
	), nil
}

func resolveDiscussion(l *Lab, c *call) (any, error) {
	m, list, err := c.discussion()
	if err != nil {
		return nil, err
	}
	if _, ok := c.text("resolved"); !ok {
		return nil, failure{http.StatusBadRequest, object{"error": "resolved is missing"}}
	}
	if err := l.resolve(c, m, list, c.flag("resolved")); err != nil {
		return nil, err
	}
	return l.discussionShape(m, list[0].discussion, list), nil
}

// resolve resolves notes, or opens them again: Developers and the request's author may.
func (l *Lab) resolve(c *call, m *request, list []*note, resolved bool) error {
	if l.level(c.project, c.who.user) < Developer && c.who.user != m.author {
		return errForbidden
	}
	for _, n := range list {
		if !n.resolvable {
			continue
		}
		n.resolved, n.resolvedBy, n.resolvedAt = resolved, nil, time.Time{}
		if resolved {
			n.resolvedBy, n.resolvedAt = c.who.user, l.now()
		}
	}
	m.updated = l.now()
	return nil
}

// outside is GitLab's answer to a position that is no line of the diff.
var outside = fail(http.StatusBadRequest,
	`400 Bad request - Note {:line_code=>["can't be blank", "must be a valid line code"], :position=>["is incomplete"]}`)

// position reads and checks a position: its three SHAs are of one version, and its line is one of the diff. An added line
// has its new number alone, a removed one its old number, one that both sides have has both.
func (l *Lab) position(m *request, raw map[string]any) (*position, error) {
	text := map[string]string{}
	for name, v := range raw {
		if s, ok := asText(v); ok {
			text[name] = s
		}
	}
	for _, name := range []string{"base_sha", "start_sha", "head_sha", "position_type"} {
		if text[name] == "" {
			return nil, failure{http.StatusBadRequest, object{"error": "position[" + name + "] is missing"}}
		}
	}
	at := &position{Base: text["base_sha"], Start: text["start_sha"], Head: text["head_sha"], OldPath: text["old_path"],
		NewPath: text["new_path"], Kind: text["position_type"], OldLine: line(text["old_line"]), NewLine: line(text["new_line"])}
	now := l.now()
	if !slices.ContainsFunc(m.versions, func(v *version) bool {
		return v.done(now) && v.base == at.Base && v.start == at.Start && v.head == at.Head
	}) {
		return nil, outside
	}
	if at.Kind == "file" && l.since("16.4") {
		return at, nil
	}
	if spans, ok := raw["line_range"]; ok {
		encoded, err := json.Marshal(spans)
		if err != nil {
			return nil, err
		}
		at.Range = &lineRange{}
		if err := json.Unmarshal(encoded, at.Range); err != nil {
			return nil, failure{http.StatusBadRequest, object{"error": "position[line_range] is invalid"}}
		}
	}
	files, err := m.target.files(at.Base, at.Head)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		old := f.Path
		if f.OldPath != "" {
			old = f.OldPath
		}
		if (at.NewPath == "" || at.NewPath == f.Path) && (at.OldPath == "" || at.OldPath == old) && at.NewPath+at.OldPath != "" {
			if !stands(f.Patch, at.OldLine, at.NewLine) {
				return nil, outside
			}
			at.NewPath, at.OldPath = f.Path, old
			sum := sha1.Sum([]byte(f.Path)) //nolint:gosec // as above
			at.lineCode = fmt.Sprintf("%s_%d_%d", hex.EncodeToString(sum[:]), orZero(at.OldLine), orZero(at.NewLine))
			return at, nil
		}
	}
	return nil, outside
}

func line(s string) *int {
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 {
		return nil
	}
	return &n
}

func orZero(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// stands reports whether a pair of line numbers is a line of a patch, or an unchanged line between its hunks, which
// GitLab unfolds.
//
// [?] A remark follows its line to the version of a push while the line stands in the diff; else it stays where
// it was.
func stands(patch string, old, new *int) bool {
	a, b := 1, 1 // the next lines on both sides
	for line := range strings.SplitSeq(patch, "\n") {
		if strings.HasPrefix(line, "@@ ") {
			from, to, err := header(line)
			if err != nil {
				return false
			}
			if old != nil && new != nil && *old-a == *new-b && *old >= a && *old < from {
				return true
			}
			a, b = from, to
			continue
		}
		if line == "" {
			continue
		}
		switch line[0] {
		case '+':
			if old == nil && new != nil && *new == b {
				return true
			}
			b++
		case '-':
			if new == nil && old != nil && *old == a {
				return true
			}
			a++
		case ' ':
			if old != nil && new != nil && *old == a && *new == b {
				return true
			}
			a, b = a+1, b+1
		}
	}
	return patch != "" && old != nil && new != nil && *old-a == *new-b && *old >= a
}

// header reads the first lines of a hunk; a side without lines starts after the line that it names.
func header(line string) (old, new int, err error) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return 0, 0, errors.New("no hunk header")
	}
	read := func(s string) (int, error) {
		first, count, counted := strings.Cut(s[1:], ",")
		n, err := strconv.Atoi(first)
		if counted && count == "0" {
			n++
		}
		return n, err
	}
	old, err = read(fields[1])
	if err != nil {
		return 0, 0, err
	}
	new, err = read(fields[2])
	return old, new, err
}

func (l *Lab) awardShape(a *award, kind string, id int64) object {
	return object{
		"id":             a.id,
		"name":           a.name,
		"user":           l.basicUser(a.user),
		"created_at":     stamp(a.created),
		"updated_at":     stamp(a.created),
		"awardable_id":   id,
		"awardable_type": kind,
	}
}

// awards is the list of emoji that the path names, on a note or on the request itself.
func (c *call) awards() (list *[]*award, kind string, id int64, err error) {
	if _, ok := c.params["note_id"]; ok {
		_, n, err := c.note()
		if err != nil {
			return nil, "", 0, err
		}
		return &n.emoji, "Note", n.id, nil
	}
	m, err := c.request()
	if err != nil {
		return nil, "", 0, err
	}
	return &m.emoji, "MergeRequest", m.id, nil
}

func listAwards(l *Lab, c *call) (any, error) {
	list, kind, id, err := c.awards()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, a := range *list {
		out = append(out, l.awardShape(a, kind, id))
	}
	return c.page(out), nil
}

func createAward(l *Lab, c *call) (any, error) {
	list, kind, id, err := c.awards()
	if err != nil {
		return nil, err
	}
	name, _ := c.text("name")
	if name == "" || slices.ContainsFunc(*list, func(a *award) bool { return a.name == name && a.user == c.who.user }) {
		return nil, fail(http.StatusNotFound, "404 Award Emoji Name has already been taken Not Found")
	}
	a := &award{id: l.id(), name: name, user: c.who.user, created: l.now()}
	*list = append(*list, a)
	if err := c.awarded(l, a, "award"); err != nil {
		return nil, err
	}
	return l.awardShape(a, kind, id), nil
}

// awarded tells of an emoji on what the path names.
func (c *call) awarded(l *Lab, a *award, action string) error {
	m, err := c.request()
	if err != nil {
		return err
	}
	_, n, err := c.note()
	if _, on := c.params["note_id"]; on && err != nil {
		return err
	}
	l.emojiEvent(m, n, a, action)
	return nil
}

func deleteAward(l *Lab, c *call) (any, error) {
	list, _, _, err := c.awards()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(*list, func(a *award) bool { return a.id == c.number("award_id") })
	if i < 0 {
		return nil, missing("")
	}
	a := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	if err := c.awarded(l, a, "revoke"); err != nil {
		return nil, err
	}
	return answer{status: http.StatusNoContent}, nil
}
