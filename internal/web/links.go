package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/text"
)

// frame is what every page has.
type frame struct {
	// Tab is the title of the browser's tab; Root leads from the page to the site's root ("../../"), so that pages work below a path, too.
	Tab, Root string
	// Home is true when there is an overview to link to, Wide for a page of charts.
	Home    bool
	Wide    bool
	Version string
	Now     time.Time
	// words are those of a page of the whole server; a page of one change has the change's, and none here.
	words *change.Words
}

func (p *Pages) frame(tab, root string, operator bool) frame {
	return frame{Tab: tab, Root: root, Home: operator, Version: p.o.Version, Now: p.o.Now(), words: &p.words}
}

// frameOfOne is that of a page of one change, which has the words of its own forge.
func (p *Pages) frameOfOne(tab, root string, operator bool) frame {
	f := p.frame(tab, root, operator)
	f.words = nil
	return f
}

// say puts a page's own words into those of the forge that the server serves.
func (f frame) say(page []byte) []byte {
	if f.words == nil {
		return page
	}
	return inWords(page, *f.words)
}

// pageFrom is the path of a change's page from a page with this root.
func pageFrom(root string, r change.Ref) string { return root + strings.TrimPrefix(pagePath(r), "/") }

// manualFrom is the path of a rule's section in the manual from a page with this root.
func manualFrom(root, rule string) string {
	family, name, _ := strings.Cut(rule, "/")
	return root + "docs/rules/" + url.PathEscape(family) + "#" + url.PathEscape(name)
}

// links makes the addresses of things on the forge; they are empty when the forge's address is.
type links struct {
	sites change.Sites
	ref   change.Ref
}

// change is the change.
func (l links) change(number int) string { return l.sites.Change(l.ref, number) }

// repository is the repository itself.
func (l links) repository() string { return l.sites.Repository(l.ref) }

// commit is a commit.
func (l links) commit(sha string) string { return l.sites.Commit(l.ref, sha) }

// file is the place of a finding at a commit.
func (l links) file(sha string, f finding.Finding) string {
	return l.lines(sha, f.Path, f.Line, f.EndLine)
}

// lines is a file at a commit, at lines when from is not 0.
func (l links) lines(sha, path string, from, to int) string {
	return l.sites.Lines(l.ref, sha, path, from, to)
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

// exact is a time as HTML reads it in an element time.
func exact(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// clock is a time to the second, as people read it.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006, 15:04:05 UTC")
}

// ago is how long before now t was, rounded to the one unit that people would use.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	of := func(unit time.Duration, name string) string {
		return text.Count(int((d+unit/2)/unit), name) + " ago"
	}
	switch {
	case t.IsZero():
		return "at an unknown time"
	case d < 5*time.Second:
		return "just now"
	case d < 45*time.Second:
		return of(time.Second, "second")
	case d < 45*time.Minute:
		return of(time.Minute, "minute")
	case d < 22*time.Hour:
		return of(time.Hour, "hour")
	case d < 60*24*time.Hour:
		return of(24*time.Hour, "day")
	}
	return "on " + t.UTC().Format("2 January 2006")
}
