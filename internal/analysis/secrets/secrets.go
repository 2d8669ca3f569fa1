// Package secrets says what looks like a secret in what a change adds: in its added lines with their numbers at the
// head, in a key block that begins on one, in new paths, the title, the body and the messages of its commits. It is
// pure: equal snapshots and settings give equal facts.
//
// Callers may rely on: no fact holds a secret, only its first four characters and a hash; nothing that the change says
// switches a rule off, and an entry that allows a finding comes from the settings at the base; a text that could not be
// looked at wholly is named; Cover puts a placeholder where a found secret stands in other facts.
package secrets

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	matcher "github.com/lintel-review/lintel/internal/secrets"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Bounds of what is looked at. They count bytes.
const (
	maxText = 8 << 20
	maxAll  = 64 << 20
)

// Result is the facts, and what must not be shown.
type Result struct {
	Facts Facts
	// secrets are the texts as they stand in the change.
	secrets []string
}

// detector serves all looks: its rules take 11 ms to read, and two megabytes when most of them were needed.
var detector matcher.Detector

// Prepare reads the rules, which the first analysis does otherwise.
func Prepare() { _, _ = detector.Find("x") }

// Analyse looks for secrets. Whether an entry that allows one has expired is asked of the day on which the snapshot was taken.
func Analyse(s *change.Snapshot, opt settings.Secrets) Result {
	a := &analysis{
		snapshot:   s,
		hash:       hasher(s.Repository.ID),
		allow:      allowances(opt.Allow, s.TakenAt),
		selfSigned: selfSigned(s.Files),
		facts: Facts{
			Found: []Found{}, Doubted: []Found{}, Fixtures: []Found{}, Allowed: []Found{}, Unread: []Unread{}, Expired: []Expired{},
			FilesComplete: s.FilesTotal <= len(s.Files), CommitsComplete: s.CommitsTotal <= len(s.Commits),
		},
	}
	a.complete()
	a.all()
	return a.finish()
}

// source is one text to look at, and how a place in it is a place of the change.
type source struct {
	where, path, commit, what string
	text                      string
	// lines are the numbers at the head of the text's lines; nil when they are the text's own.
	lines []int
	// keep decides about what was found between two lines of the text; nil keeps all.
	keep func(f matcher.Finding, from, to int) bool
}

type analysis struct {
	snapshot *change.Snapshot
	hash     func(string) string
	allow    []allowance
	// selfSigned are the public keys of certificates that the change adds and that vouch for themselves.
	selfSigned [][]byte
	facts      Facts
	secrets    []string
	found      []Found
	unread     []Unread
}

// sources are all texts of the change, in a fixed order, one after the other: together they are as long as the change.
func (a *analysis) sources() iter.Seq[source] {
	return func(yield func(source) bool) {
		files := slices.Clone(a.snapshot.Files)
		sorting.StableBy(files, func(x, y diff.File) int { return strings.Compare(x.Path, y.Path) })
		for _, src := range a.described(files) {
			if !yield(src) {
				return
			}
		}
		for _, f := range files {
			for _, src := range a.fileSources(f) {
				if !yield(src) {
					return
				}
			}
		}
	}
}

// described are the texts that describe the change, and the names of its new files.
func (a *analysis) described(files []diff.File) (out []source) {
	s := a.snapshot
	if s.Title != nil {
		out = append(out, source{where: "title", what: "the title", text: *s.Title})
	}
	if s.Body != nil {
		out = append(out, source{where: "body", what: "the description", text: *s.Body})
	}
	for _, c := range s.Commits {
		what := "the message of commit " + text.ClipBytes(c.SHA, 12)
		out = append(out, source{where: "commit", commit: c.SHA, what: what, text: c.Message})
	}
	var paths strings.Builder
	for _, f := range files {
		if f.Status == diff.Added || f.Status == diff.Renamed || f.Status == diff.Copied {
			paths.WriteString(f.Path + "\n")
		}
	}
	return append(out, source{where: "path", what: "the names of new files", text: paths.String()})
}

// complete says which lists of the snapshot have all entries.
func (a *analysis) complete() {
	for _, g := range a.snapshot.Gaps {
		switch g.Fact {
		case "diff.files":
			a.facts.FilesComplete = false
		case "commits":
			a.facts.CommitsComplete = false
		}
	}
}

// all looks at the texts, as far as their bytes are within the budget.
func (a *analysis) all() {
	left := maxAll
	for src := range a.sources() {
		limit := min(left, maxText)
		left -= min(limit, len(src.text))
		r := a.look(src, limit)
		a.found = append(a.found, r.found...)
		a.unread = append(a.unread, r.unread...)
		a.secrets = append(a.secrets, r.secrets...)
	}
}

// finish sorts the lists, divides what is allowed from what is not, and bounds them.
func (a *analysis) finish() Result {
	sorting.StableBy(a.found, func(x, y Found) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), cmp.Compare(x.Line, y.Line), strings.Compare(x.Where, y.Where),
			strings.Compare(x.Commit, y.Commit), strings.Compare(x.Format, y.Format), strings.Compare(x.Hash, y.Hash))
	})
	a.found = slices.CompactFunc(a.found, func(x, y Found) bool {
		if x.Where == "key" || y.Where == "key" {
			x.Where = y.Where // a key block that is whole in the added lines is found there too
		}
		return x == y
	})
	f := &a.facts
	for _, x := range a.found {
		if x.Doubt != "" {
			f.Doubted, f.DoubtedMore = listed(f.Doubted, f.DoubtedMore, x)
			continue
		}
		switch reason, allowed := a.allowed(x); {
		case allowed:
			x.Reason = reason
			f.Allowed, f.AllowedMore = listed(f.Allowed, f.AllowedMore, x)
		case x.Fixture:
			f.Fixtures, f.FixturesMore = listed(f.Fixtures, f.FixturesMore, x)
		case len(f.Found) < maxListed:
			f.Found = append(f.Found, x)
		default:
			f.FoundMore++
			if x.Specific {
				f.SpecificMore++
			}
		}
	}
	sorting.StableBy(a.unread, func(x, y Unread) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.What, y.What), strings.Compare(x.Reason, y.Reason))
	})
	a.unread = slices.Compact(a.unread)
	f.Unread = append(f.Unread, a.unread[:min(len(a.unread), maxListed)]...)
	f.UnreadMore = len(a.unread) - len(f.Unread)
	for _, e := range a.allow {
		if e.expired {
			f.Expired = append(f.Expired, Expired{Format: e.format, Path: e.pattern, Expires: e.expires, Matters: e.matters})
		}
	}
	slices.Sort(a.secrets)
	return Result{Facts: a.facts, secrets: slices.Compact(a.secrets)}
}

// listed adds a finding to a list, or to the number of those that are not in it.
func listed(list []Found, more int, x Found) ([]Found, int) {
	if len(list) == maxListed {
		return list, more + 1
	}
	return append(list, x), more
}

// allowance is one entry of secrets.allow.
type allowance struct {
	format, pattern, expires, reason string
	path                             pathMatcher
	expired, matters                 bool
}

func allowances(entries []settings.AllowedSecret, now time.Time) (out []allowance) {
	for _, e := range entries {
		out = append(out, allowance{
			format:  e.Format,
			pattern: e.Path,
			expires: e.Expires,
			reason:  text.ClipBytes(e.Reason, maxReason),
			path:    newPathMatcher(e.Path),
			// The day itself still counts.
			expired: now.UTC().Format(time.DateOnly) > e.Expires,
		})
	}
	return out
}

// allowed finds the first entry for a finding in a file. What stands in a title, a body or a message cannot be allowed.
func (a *analysis) allowed(f Found) (reason string, ok bool) {
	if f.Path == "" {
		return "", false
	}
	for i := range a.allow {
		e := &a.allow[i]
		if e.format != f.Format || !e.path(f.Path) {
			continue
		}
		if !e.expired {
			return e.reason, true
		}
		e.matters = true
	}
	return "", false
}
