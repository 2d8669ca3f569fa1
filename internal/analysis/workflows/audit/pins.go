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
	for i, p := range pins {
		for j, q := range pins[:i] {
			if at := contradicts(q, p); at != "" {
				a.add(mismatch(lines[i], p, fmt.Sprintf("%s, as line %d says", at, lines[j]+a.file.shift)))
				break
			}
		}
	}
}

// Stale finds pins of the text after that tell of the commit before, by the text before: the commit moved and the version in
// the comment did not, or the other way round. A comment of a version that moves (v4) fits every commit.
func Stale(before, after []byte) []Finding {
	was, _ := newFile(before, 0).pins()
	now, lines := newFile(after, 0).pins()
	var found []Finding
	for i, p := range now {
		stays := false
		for _, q := range was {
			stays = stays || p == q
		}
		for _, q := range was {
			if at := contradicts(q, p); at != "" && !stays {
				found = append(found, mismatch(lines[i], p, at+", as it was before this change"))
				break
			}
		}
	}
	return found
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

// contradicts says how one pin speaks against another of the same action; empty when both can be true.
func contradicts(q, p pin) string {
	if repositoryOf(q.name) != repositoryOf(p.name) {
		return ""
	}
	switch {
	case q.commit == p.commit && !sameVersion(q.version, p.version):
		return "it is " + excerpt(q.version)
	case q.commit != p.commit && q.version == p.version && strings.Count(p.version, ".") >= 2:
		return fmt.Sprintf("%s is %s", excerpt(q.version), q.commit[:12])
	}
	return ""
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
