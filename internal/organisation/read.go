package organisation

import (
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// The acts that the audit log has of organisations. The comments are lines of the table of docs/audit.md.
const (
	// `lintel`, for what a push did; `sha` is the commit of the version. `organisation`; `file`; `blob` and `before`, the
	// versions.
	Landed audit.Act = "organisation.landed"
	// `lintel`, for what a wave did. As landed; `reached`, the part of the repositories; `diff`, key by key (targets by their
	// number), where another version holds from then on.
	InForce audit.Act = "organisation.in_force"
	// `lintel`. As in force; `why`.
	Stopped audit.Act = "organisation.stopped"
	// Whoever ran `lintel organisation resume`. As in force; `why`.
	Resumed audit.Act = "organisation.resumed"
	// Whoever ran `lintel organisation rollback`. As in force; `why`.
	RolledBack audit.Act = "organisation.rolled_back"
)

// Found is an organisation's file at the tip of its repository's default branch.
type Found struct {
	Repository change.Repository
	Commit     string
	// File is nil when the commit has no such file.
	File *change.File
}

// Moved is a repository of which something changed that targets go by: its name, visibility, topics or properties.
type Moved struct {
	RepoID, OwnerID, Connection int64
	// Times counts the changes that nobody acted on.
	Times int64
	// Elsewhere is true when it is at another path than at the last look, so that other groups may be above it.
	Elsewhere bool
}

// Judged is the newest verdict on one change of an organisation.
type Judged struct {
	Verdict int64
	Change  string
	RepoID  int64
	Name    string
	Open    bool
	Refused bool
	// Facts, Settings and Decision are the digests of its evidence.
	Facts, Settings, Decision string
}

// Reading is the file as it was read from the forge.
type Reading struct {
	Login  string
	Place  string
	Commit string
	// Blob is empty when the commit has no such file.
	Blob     string
	Problems []string
	Waves    settings.Waves
	// Newest is the newest verdict so far, Before what was refused lately.
	Newest int64
	Before Share
	At     time.Time
}

// Read takes what was read from the forge. It returns what the audit log has of it.
func (s *State) Read(r Reading) []audit.Entry {
	s.rename(r.Login)
	s.Unknown, s.Place, s.Unread, s.UnreadSince, s.Failures = false, r.Place, "", time.Time{}, 0
	if r.Blob == "" && s.Missing != r.Commit {
		// One answer that a file is not there may be wrong; the floor is not given up for it.
		s.Missing = r.Commit
		return nil
	}
	v := &Version{Commit: r.Commit, Blob: r.Blob, Waves: r.Waves}
	if r.Blob == "" {
		v.Waves = settings.Waves{Shares: []float64{100}, Minutes: 10, Factor: 2}
		if s.InForce != nil && s.InForce.Blob != "" {
			v.Waves = s.InForce.Waves
		}
	} else {
		s.Missing = ""
	}
	if s.Invalid, s.Problems = nil, nil; len(r.Problems) > 0 {
		s.Invalid, s.Problems = v, r.Problems
		return nil
	}
	switch {
	case same(s.Refused, v), same(s.Next, v), s.InForce == nil && v.Blob == "":
		return nil
	case same(s.InForce, v):
		return s.revert(v)
	}
	return s.land(v, r)
}

func same(a, b *Version) bool { return a != nil && a.Blob == b.Blob }

// revert ends the waves of a version because the file is again what is in force.
func (s *State) revert(v *Version) []audit.Entry {
	s.Refused, s.RefusedBy = nil, ""
	if s.Next == nil {
		return nil
	}
	e := s.entry(RolledBack, "lintel", s.Next, "a commit brought the version in force back: "+v.Commit)
	s.ask(0, s.reached())
	s.drop()
	return []audit.Entry{e}
}

// land makes a version the next. Where an older one was on its way, the newer takes over the part that it had reached.
func (s *State) land(v *Version, r Reading) []audit.Entry {
	reached := s.reached()
	if s.Next == nil {
		s.After, s.Before = r.Newest, r.Before
	}
	s.Next, s.Wave, s.Elapsed, s.Tick, s.Stopped = v, 0, 0, r.At, ""
	for s.Wave+1 < len(v.Waves.Shares) && v.Waves.Shares[s.Wave+1] <= reached {
		s.Wave++
	}
	s.Refused, s.RefusedBy = nil, ""
	s.ask(0, max(reached, s.reached()))
	entries := []audit.Entry{s.entry(Landed, "lintel", v, "")}
	return append(entries, s.settle()...)
}

// settle makes the next version the one in force when its last wave is reached.
func (s *State) settle() []audit.Entry {
	if s.Wave < len(s.Next.Waves.Shares)-1 {
		return nil
	}
	e := s.entry(InForce, "lintel", s.Next, "")
	s.Previous, s.InForce = s.InForce, s.Next
	s.drop()
	return []audit.Entry{e}
}

func (s *State) drop() {
	s.Next, s.Wave, s.Elapsed, s.Stopped, s.Before, s.After = nil, 0, 0, "", Share{}, 0
}

// ask widens the part of the repositories whose changes are to be looked at again.
func (s *State) ask(from, to float64) {
	if s.AskTo > s.AskFrom {
		from, to = min(from, s.AskFrom), max(to, s.AskTo)
	}
	s.AskFrom, s.AskTo = from, to
}

// Knows reports whether a blob is one of the versions already, so that nothing happens when it is read again.
func (s *State) Knows(blob string) bool {
	v := &Version{Blob: blob}
	return same(s.InForce, v) || same(s.Next, v) || same(s.Refused, v)
}

// passing is how many failures in a row are not worth a word: a forge fails for a minute now and then.
const passing = 2

// Doubt notes that there may be a file of which no version was ever read: then nobody knows what it asks for. there says
// whether its repository is.
func (s *State) Doubt(there bool) {
	s.Unknown = there && s.InForce == nil && s.Next == nil && s.Missing == "" && s.Invalid == nil
}

// Cannot notes that the file could not be read. What is in force stays. A failure that may pass is said when it lasts.
func (s *State) Cannot(why string, mayPass bool, now time.Time) {
	if s.Failures++; mayPass && s.Failures <= passing {
		return
	}
	if s.Unread == "" {
		s.UnreadSince = now
	}
	s.Unread = why
}

// rename notes the owner's name. The names that it had stay known: files may still have them.
func (s *State) rename(login string) {
	if s.Login != "" && !strings.EqualFold(s.Login, login) && !slices.Contains(s.Former, s.Login) {
		s.Former = append(s.Former, s.Login)
	}
	s.Former = slices.DeleteFunc(s.Former, func(old string) bool { return strings.EqualFold(old, login) })
	s.Login = login
}

// entry is a record of the audit log about a version.
func (s *State) entry(act audit.Act, actor string, v *Version, why string) audit.Entry {
	detail := map[string]string{"organisation": s.Login, "file": s.Place, "reached": Percent(s.reached())}
	if v != nil {
		detail["blob"] = v.Blob
	}
	if s.InForce != nil {
		detail["before"] = s.InForce.Commit + " " + s.InForce.Blob
	}
	if why != "" {
		detail["why"] = why
	}
	e := audit.Entry{Act: act, Actor: actor, Forge: string(s.Forge), Detail: detail}
	if v != nil {
		e.SHA = v.Commit
	}
	return e
}

// Traits adds to what is known of a repository what is known of its owner.
func (s State) Traits(t change.Traits) change.Traits {
	t.FormerOwners = s.Former
	return t
}
