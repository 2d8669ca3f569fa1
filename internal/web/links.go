package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
)

// frame is what every page has.
type frame struct {
	// Tab is the title of the browser's tab; Root leads from the page to the site's root ("../../"), so that pages work below a path, too.
	Tab, Root string
	// Home is true when there is an overview to link to.
	Home    bool
	Version string
	Now     time.Time
}

func (p *Pages) frame(tab, root string, operator bool) frame {
	return frame{Tab: tab, Root: root, Home: operator, Version: p.Version, Now: p.Now()}
}

// Page is the path of a change's page from this page.
func (f frame) Page(r change.Ref) string { return f.Root + strings.TrimPrefix(PagePath(r), "/") }

// Manual is the path of a rule's section in the manual from this page.
func (f frame) Manual(rule string) string {
	family, name, _ := strings.Cut(rule, "/")
	return f.Root + "docs/rules/" + url.PathEscape(family) + "#" + url.PathEscape(name)
}

// Ago says how long before the page was made something was.
func (f frame) Ago(t time.Time) string { return ago(f.Now, t) }

// links makes the addresses of things on the forge. They are empty without the forge's address.
type links struct {
	web string
	ref change.Ref
}

func (l links) repo() string {
	if l.web == "" || l.ref.Owner == "" || l.ref.Forge != change.GitHub {
		return ""
	}
	return strings.TrimSuffix(l.web, "/") + "/" + url.PathEscape(l.ref.Owner) + "/" + url.PathEscape(l.ref.Name)
}

// Change is the pull request.
func (l links) Change(number int) string {
	if r := l.repo(); r != "" && number > 0 {
		return fmt.Sprintf("%s/pull/%d", r, number)
	}
	return ""
}

// Commit is a commit.
func (l links) Commit(sha string) string {
	if r := l.repo(); r != "" && sha != "" {
		return r + "/commit/" + url.PathEscape(sha)
	}
	return ""
}

// File is the place of a finding at a commit.
func (l links) File(sha string, f finding.Finding) string {
	r := l.repo()
	if r == "" || sha == "" || f.Path == "" {
		return ""
	}
	parts := strings.Split(f.Path, "/")
	for i := range parts {
		// git has no such names in a tree, and a browser would climb by them.
		if parts[i] == ".." || parts[i] == "." || parts[i] == "" {
			return ""
		}
		parts[i] = url.PathEscape(parts[i])
	}
	to := r + "/blob/" + url.PathEscape(sha) + "/" + strings.Join(parts, "/")
	switch {
	case f.Line > 0 && f.EndLine > f.Line:
		to += fmt.Sprintf("#L%d-L%d", f.Line, f.EndLine)
	case f.Line > 0:
		to += fmt.Sprintf("#L%d", f.Line)
	}
	return to
}

// place is "path:line", "path:line-end" or "path".
func place(f finding.Finding) string {
	switch {
	case f.Line > 0 && f.EndLine > f.Line:
		return fmt.Sprintf("%s:%d-%d", f.Path, f.Line, f.EndLine)
	case f.Line > 0:
		return fmt.Sprintf("%s:%d", f.Path, f.Line)
	}
	return f.Path
}

// exact is a time to the second.
func exact(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// ago is how long before now t was, in one unit.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "at an unknown time"
	case d < 2*time.Second:
		return "just now"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds ago", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/(24*time.Hour))
}
