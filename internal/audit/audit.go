// Package audit is the log of what people and operators did that changes what Lintel lets pass or what it keeps: as a
// chain of records, each sealed with the hash of the one before.
//
// Callers may rely on this: Verify finds a record that was changed, lost or put in another place. What it cannot find is
// a chain that somebody with write access to the database made anew from the first changed record to the last; an
// exported copy elsewhere can. No record holds a secret or the text of a file.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Act is what somebody did.
type Act string

// The acts. Their names are part of the exported format and do not change. The comments are the table of docs/audit.md: who
// did it, then what the detail holds.
const (
	// Whoever pressed Re-check or ran `lintel recheck`. `why`.
	Rechecked Act = "recheck.asked"
	// Whoever pressed the button or ran `lintel release`. `via`; `comments`, how many.
	DraftsReleased Act = "drafts.released"
	// Who was not let. `via`; `reason`.
	DraftsRefused Act = "drafts.refused"
	// Whoever ran `lintel suppressions lift`. `rule`, `path`.
	Lifted Act = "suppression.lifted"

	// Whoever wrote the command. `override`, its id; `rule`, `category`, `reason`, `ends`, `finding`; `first` and `second`
	// where two people were needed.
	OverrideMade Act = "override.made"
	// The first of two people. As made.
	OverrideProposed Act = "override.proposed"
	// Who was not let. As made; `refused`, why not.
	OverrideRefused Act = "override.refused"
	// Whoever took it back. As made.
	OverrideRevoked Act = "override.revoked"
	// `clock`, when its time was over. As made.
	OverrideExpired Act = "override.expired"

	// `lintel`, by the counts and the settings in force. `rule`; `decided` and `unwanted`, the findings of 28 days.
	DemotionProposed Act = "demotion.proposed"
	// `lintel`. As proposed.
	DemotionWithdrawn Act = "demotion.withdrawn"
	// `lintel`, when a verdict first rested on it. As proposed.
	RuleDemoted Act = "rule.demoted"
	// `lintel`. As proposed.
	DemotionUndone Act = "demotion.undone"

	// The branch whose settings took effect for its changes; `sha` is the commit. `branch`; `diff`, key by key.
	SettingsChanged Act = "settings.changed"

	// Whoever called a finding a false alarm. `rule`; `finding`, its fingerprint; `category`, `reason`.
	FalseAlarm Act = "finding.wrong"
	// Whoever took that back. As called.
	AlarmTaken Act = "finding.wrong_taken_back"
	// Whoever muted a rule on a change. `rule`, `until`.
	RuleMuted Act = "rule.muted"
	// Whoever took that back. As muted.
	Unmuted Act = "rule.unmuted"
	// Whoever wrote `/lintel assign`. `of`, the people.
	Assigned Act = "reviews.requested"

	// Whoever switched a gate. `switch`, its number; `state`; `of`, whose gate; `reason`; `until`.
	GateOpened Act = "gate.opened"
	// Whoever switched it. As opened.
	GateClosed Act = "gate.closed"
	// Whoever ended it, or `clock`, when its time was over. As opened.
	GateEnded Act = "gate.ended"
	// The switch that let a red verdict pass. `switch`; `problems`, how many findings would block; 0 when the change could
	// not be judged.
	GatePassed Act = "gate.passed"

	// Whoever pressed the button on the page of the queue. `job`, its number; `kind`; `of`, the change as the queue names it.
	JobRetried Act = "job.retried"
	// The same. As retried.
	JobDiscarded Act = "job.discarded"

	// Whoever ran `lintel flow erase`. `account`, its number; never the name.
	AccountErased Act = "account.erased"

	// The person, as way:login (id) of the sign-in. `role`.
	SignedIn Act = "signin.done"
	// The same. `why`.
	SignInRefused Act = "signin.refused"
	// The same. `role`.
	SignedOut Act = "signin.ended"

	// Whoever ran `lintel token`. `token`, its id; `name`; `base`.
	TokenCreated Act = "token.created"
	// The same. Also `replaces`; `old_ends`.
	TokenRotated Act = "token.rotated"
	// The same. As created.
	TokenRevoked Act = "token.revoked"
)

// Entry is one act, before it has its place in the chain.
type Entry struct {
	At    time.Time `json:"at"`
	Act   Act       `json:"act"`
	Actor string    `json:"actor"`
	// Forge and RepoID name the repository; empty and 0 when the act concerns none.
	Forge  string `json:"forge,omitempty"`
	RepoID int64  `json:"repo_id,omitempty"`
	// Change is the key of the change, SHA the commit that the act concerns.
	Change string `json:"change,omitempty"`
	SHA    string `json:"sha,omitempty"`
	// Detail is what the act was about, by names that each act fixes.
	Detail map[string]string `json:"detail,omitempty"`
}

// Record is an entry with its place in the chain.
type Record struct {
	// Seq counts from 1 without gaps.
	Seq int64 `json:"seq"`
	Entry
	// Prev is the hash of the record before, empty for the first.
	Prev string `json:"prev"`
	// Hash is that of this record with all that stands above, as "sha256:hex".
	Hash string `json:"hash"`
}

// Link is the end of a chain, to which the next record is sealed.
type Link struct {
	Seq  int64
	Hash string
}

// Link is the end of a chain whose last record is r.
func (r Record) Link() Link { return Link{r.Seq, r.Hash} }

// Seal gives an entry the place after a link. The time is kept to the millisecond, in UTC.
func Seal(e Entry, after Link) Record {
	e.At = e.At.UTC().Truncate(time.Millisecond)
	e.Actor = strings.ToValidUTF8(e.Actor, "\uFFFD")
	detail := map[string]string{}
	for name, value := range e.Detail {
		detail[name] = strings.ToValidUTF8(value, "\uFFFD") // or the record would read otherwise than it was sealed
	}
	if e.Detail = detail; len(detail) == 0 {
		e.Detail = nil
	}
	r := Record{Seq: after.Seq + 1, Entry: e, Prev: after.Hash}
	r.Hash = r.digest()
	return r
}

// digest is the hash of everything but the hash. encoding/json sorts the keys of a map, so equal records have equal hashes.
func (r Record) digest() string {
	r.Hash = ""
	body, err := json.Marshal(r)
	if err != nil {
		panic("audit: a record of strings and numbers always encodes: " + err.Error())
	}
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Verify says whether a record follows a link and is as it was sealed.
func Verify(r Record, after Link) error {
	switch {
	case r.Seq > after.Seq+1:
		return &Broken{r.Seq, fmt.Sprintf("%s before it %s missing", missing(after.Seq+1, r.Seq-1), isAre(r.Seq-after.Seq-1))}
	case r.Seq != after.Seq+1:
		return &Broken{r.Seq, fmt.Sprintf("it stands where record %d belongs", after.Seq+1)}
	case r.Prev != after.Hash:
		return &Broken{r.Seq, "it was not sealed to the record before it: one of the two was changed or replaced"}
	case r.Hash != r.digest():
		return &Broken{r.Seq, "it was changed after it was sealed"}
	}
	return nil
}

// VerifyEnd says whether a chain that was read up to got ends where the record says that it ends.
func VerifyEnd(got, want Link) error {
	switch {
	case got.Seq < want.Seq:
		return &Broken{want.Seq, fmt.Sprintf("%s at the end %s missing", missing(got.Seq+1, want.Seq), isAre(want.Seq-got.Seq))}
	case got != want:
		return &Broken{got.Seq, "it is not the record that was sealed last"}
	}
	return nil
}

// Broken says at which record a chain is broken, and how.
type Broken struct {
	Seq    int64
	Reason string
}

func (b *Broken) Error() string { return fmt.Sprintf("record %d: %s", b.Seq, b.Reason) }

func missing(from, to int64) string {
	if from == to {
		return fmt.Sprintf("record %d", from)
	}
	return fmt.Sprintf("records %d to %d", from, to)
}

func isAre(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
