package audit

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// pinned is a reference by a commit id with a version in the comment behind it.
var pinned = lazyregexp.New(
	`^\s*(?:- +)?["']?uses["']?:\s*["']?([\w.-]+/[\w./-]+)@([0-9a-fA-F]{40})["']?\s+#\s*(?:tag=|pin@)?(v?\d[\w.+-]*)`,
)

type pin struct{ name, commit, version string }

func (f file) pins() (all []pin, lines []int) {
	for n, l := range f.lines {
		if m := pinned.FindStringSubmatch(l); m != nil {
			all = append(all, pin{strings.ToLower(m[1]), strings.ToLower(m[2]), m[3]})
			lines = append(lines, n+1)
		}
	}
	return all, lines
}

// versionComments finds pins that say two things of one commit, or one version of two.
func (a *auditor) versionComments() {
	pins, lines := a.file.pins()
	seen := index{}
	for i, p := range pins {
		if at, line := seen.contradicts(p); at != "" {
			a.add(mismatch(lines[i], p, fmt.Sprintf("%s, as line %d says", at, line+a.file.shift)))
		}
		seen.add(p, lines[i])
	}
}

// Stale finds pins of the text after that tell of the commit before, by the text before: the commit moved and the version in
// the comment did not, or the other way round. A comment of a version that moves (v4) fits every commit.
func Stale(before, after []byte) []Finding {
	pins, lines := newFile(before, 0).pins()
	seen, stays := index{}, map[pin]bool{}
	for i, p := range pins {
		seen.add(p, lines[i])
		stays[p] = true
	}
	var found []Finding
	pins, lines = newFile(after, 0).pins()
	for i, p := range pins {
		if at, _ := seen.contradicts(p); at != "" && !stays[p] {
			found = append(found, mismatch(lines[i], p, at+", as it was before this change"))
		}
	}
	return found
}

// index is the first pin of each commit of an action, with its most exact version, and of each version.
type index map[[2]string]placed

type placed struct {
	pin
	line int
}

func (x index) add(p pin, line int) {
	repository := repositoryOf(p.name)
	commit, version := [2]string{repository, p.commit}, [2]string{repository, p.version}
	if q, ok := x[commit]; !ok || sameVersion(q.version, p.version) && len(p.version) > len(q.version) {
		x[commit] = placed{p, line}
	}
	if _, ok := x[version]; !ok {
		x[version] = placed{p, line}
	}
}

// contradicts says how a pin before it speaks against a pin, and where that stands; empty when all can be true.
func (x index) contradicts(p pin) (how string, line int) {
	repository := repositoryOf(p.name)
	if q, ok := x[[2]string{repository, p.commit}]; ok && !sameVersion(q.version, p.version) {
		return "it is " + excerpt(q.version), q.line
	}
	q, ok := x[[2]string{repository, p.version}]
	if ok && q.commit != p.commit && strings.Count(p.version, ".") >= 2 {
		return fmt.Sprintf("%s is %s", excerpt(q.version), q.commit[:12]), q.line
	}
	return "", 0
}

func mismatch(line int, p pin, otherwise string) Finding {
	return Finding{
		Audit:   VersionComment,
		Line:    line,
		EndLine: line,
		Subject: p.name + " " + p.version,
		Message: fmt.Sprintf("The comment says that %s of %s is %s; %s. One of the two is wrong.",
			excerpt(p.commit[:12]), excerpt(p.name), excerpt(p.version), otherwise),
		Remedy: "Look up which commit the version is, and correct the commit or the comment; what updates actions goes by the comment.",
	}
}

func repositoryOf(action string) string {
	parts := strings.SplitN(action, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// sameVersion holds for v4 and v4.2.1: the one moves to the other.
func sameVersion(a, b string) bool {
	a, b = strings.TrimPrefix(a, "v"), strings.TrimPrefix(b, "v")
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || strings.HasPrefix(b, a+".")
}
