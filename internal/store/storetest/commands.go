package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/thread"
	"github.com/lintel-review/lintel/internal/verdict"
)

// comment admits a comment on the first change.
func (r *Rig) comment(id string, comment int64, body string) {
	r.t.Helper()
	a := r.Admission(id, Opened(1, "aaa"))
	a.Chat = &chat.Posted{Place: chat.OnIssue, ID: comment, At: r.Clock.Now(), Comment: chat.Parse(body)}
	r.MustAdmit(a)
}

// waiting are the lines of the commands without an answer.
func (r *Rig) waiting() []string {
	r.t.Helper()
	var all []string
	for _, c := range r.commands() {
		all = append(all, strings.TrimPrefix(c.Line, chat.Prefix+" "))
	}
	return all
}

func (r *Rig) commands() []delivery.Command { return r.commandsOf(Pull(1).Key) }

func (r *Rig) commandsOf(key change.Key) []delivery.Command {
	r.t.Helper()
	all, err := r.Waiting(ctx(), key)
	r.fatal(err)
	return all
}

// carryOut answers the only command that waits.
func (r *Rig) carryOut(a delivery.Answer, d override.Deed) delivery.Command {
	r.t.Helper()
	all := r.commands()
	if len(all) != 1 {
		r.t.Fatalf("%d commands wait", len(all))
	}
	r.fatal(r.SettleCommand(ctx(), all[0], a, d))
	return all[0]
}

// answer admits plain words that dismiss, as an answer in a thread of the first change.
func (r *Rig) answer(id string, comment int64, thread string) {
	r.t.Helper()
	a := r.Admission(id, Opened(1, "aaa"))
	a.Chat = &chat.Posted{Place: chat.OnLine, ID: comment, At: r.Clock.Now(), Thread: thread}
	a.Chat.Reply("Won't fix: it is meant.")
	r.MustAdmit(a)
}

var commandCases = map[string]func(t *testing.T, r *Rig){
	"plain words count below our own comment alone, and dismiss its finding": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("p1", 9)
		r.answer("d2", 5, "77")
		if got := r.commands(); len(got) != 0 {
			t.Fatalf("talk is a command: %+v", got)
		}
		r.answer("d3", 6, "9")
		if got := r.commands(); len(got) != 1 || !got[0].Plain || got[0].Thread != "9" {
			t.Fatalf("%+v", got)
		}
		done := override.Deed{Dismissed: &override.Dismissal{Fingerprint: "p1", Rule: "advice/x", Role: change.RoleWriter}}
		c := r.carryOut(delivery.Answer{Good: true}, done)
		r.fatal(r.SettleCommand(ctx(), c, delivery.Answer{Good: true}, done))
		wrong := 0
		for _, o := range r.outcomes() {
			if strings.HasPrefix(o, "p1 "+string(change.FeedbackWrong)+" ") {
				wrong++
			}
		}
		if got := r.byFingerprint()["p1"]; got.State != thread.Dismissed || got.Actor != c.Actor || wrong != 1 {
			t.Errorf("it is %s by %q, with %q", got.State, got.Actor, r.outcomes())
		}
	},
	"a command is kept once, and its first answer stands": func(t *testing.T, r *Rig) {
		r.comment("d1", 5, "/lintel why\n/lintel recheck\n/lintel why")
		r.comment("d2", 5, "/lintel recheck\n/lintel why")
		if got := r.waiting(); !slices.Equal(got, []string{"why", "recheck"}) {
			t.Errorf("%q", got)
		}
		first := r.commands()[0]
		r.fatal(r.SettleCommand(ctx(), first, delivery.Answer{Good: true, Words: "first"}, override.Deed{}))
		r.fatal(r.SettleCommand(ctx(), first, delivery.Answer{Words: "second"}, override.Deed{}))
		if all, err := r.Unreacted(ctx(), Pull(1).Key); err != nil || len(all) != 0 {
			t.Errorf("a reaction before all is answered: %+v %v", all, err)
		}
		r.fatal(r.SettleCommand(ctx(), r.commands()[0], delivery.Answer{}, override.Deed{}))
		replies, err := r.Replies(ctx(), Pull(1).Key)
		if r.fatal(err); len(replies) != 2 || replies[0].Words != "first" {
			t.Errorf("%+v", replies)
		}
		all, err := r.Unreacted(ctx(), Pull(1).Key)
		if r.fatal(err); len(all) != 1 || all[0].Good {
			t.Errorf("%+v", all)
		}
		r.fatal(r.Reacted(ctx(), Pull(1).Key, all[0]))
		if all, err := r.Unreacted(ctx(), Pull(1).Key); err != nil || len(all) != 0 {
			t.Errorf("a second reaction: %+v %v", all, err)
		}
	},
	"a command counts for the head that it was written on, by the forge's clock": func(t *testing.T, r *Rig) {
		for i, off := range []time.Duration{0, time.Hour, -time.Hour} {
			key, pushed := Pull(i+1).Key, r.Clock.Now().Add(off).Truncate(time.Second)
			told := func(head string, at time.Time) delivery.ReviewRequest {
				t := Opened(i+1, head)
				t.ToldAt = at
				return t
			}
			written := func(named string, at time.Time) string {
				id := len(r.commandsOf(key)) + 1
				about := delivery.ReviewRequest{Ref: new(Pull(i + 1)), Head: change.Rev{SHA: named}, ToldAt: at}
				a := r.Admission(fmt.Sprintf("c%d %d", i, id), about)
				a.Chat = &chat.Posted{Place: chat.OnIssue, ID: int64(id), At: at, Comment: chat.Parse("/lintel recheck"), Head: named}
				r.MustAdmit(a)
				return r.commandsOf(key)[id-1].Head
			}
			tick := time.Second
			r.MustAdmit(r.Admission(fmt.Sprintf("a%d", i), told("aaa", pushed.Add(-9*tick))))
			if got := written("", pushed.Add(-tick)); got != "aaa" {
				t.Errorf("%s: before the push it is of %q", off, got)
			}
			r.MustAdmit(r.Admission(fmt.Sprintf("b%d", i), told("bbb", pushed)))
			r.MustAdmit(r.Admission(fmt.Sprintf("l%d", i), told("bbb", pushed.Add(5*tick)))) // a label, say
			for _, c := range []struct {
				named string
				at    time.Duration
				want  string
			}{
				{"", -tick, ""}, {"bbb", -tick, ""}, {"aaa", -tick, "aaa"},
			} {
				if got := written(c.named, pushed.Add(c.at)); got != c.want {
					t.Errorf("%s: of %q at %s it is of %q, want %q", off, c.named, c.at, got, c.want)
				}
				r.MustAdmit(r.Admission(fmt.Sprintf("n%d %s %s", i, c.named, c.at), told("bbb", pushed)))
			}
			if got := written("", pushed); got != "bbb" {
				t.Errorf("%s: after the push it is of %q", off, got)
			}
			// Back to the first head, which is a push like any other.
			r.MustAdmit(r.Admission(fmt.Sprintf("f%d", i), told("aaa", pushed.Add(9*tick))))
			if got := written("", pushed.Add(8*tick)); got != "" {
				t.Errorf("%s: before the push back it is of %q", off, got)
			}
			if got := written("", pushed.Add(9*tick)); got != "aaa" {
				t.Errorf("%s: after the push back it is of %q", off, got)
			}
			// A sweep finds a head without a time; the look says the forge's.
			r.MustAdmit(r.Admission("", told("ccc", time.Time{})))
			if got := written("", pushed.Add(time.Minute)); got != "" {
				t.Errorf("%s: on a head of unknown age it is of %q", off, got)
			}
			look := r.Verdict(i+1, "failure", "one")
			look.Verdict.UpdatedAt = pushed.Add(2 * time.Minute)
			r.Save(look)
			if got := written("", pushed.Add(2*time.Minute-tick)); got != "" {
				t.Errorf("%s: before what the look saw it is of %q", off, got)
			}
			if got := written("", pushed.Add(2*time.Minute)); got != "ccc" {
				t.Errorf("%s: after what the look saw it is of %q", off, got)
			}
		}
	},
	"what nobody who is heard wrote is forgotten": func(t *testing.T, r *Rig) {
		r.comment("d1", 5, "/lintel recheck")
		r.fatal(r.Ignore(ctx(), r.commands()[0]))
		if got := r.waiting(); len(got) != 0 {
			t.Errorf("%q", got)
		}
	},
	"an override begins and ends with its record": func(t *testing.T, r *Rig) {
		r.comment("d1", 5, "/lintel override size/lines -- x")
		until := r.Clock.Now().Add(time.Hour)
		made := override.Override{Rule: "size/lines", State: override.Active, Actor: "mona", Head: "aaa",
			Lasting: override.Lasting{Pushes: true, Until: until}}
		command := r.carryOut(delivery.Answer{Good: true}, override.Deed{Made: &made})
		r.fatal(r.SettleCommand(ctx(), command, delivery.Answer{Good: true}, override.Deed{Made: &made})) // a look that is tried again
		all, err := r.Overrides(ctx(), Pull(1).Key)
		if r.fatal(err); len(all) != 1 || all[0].Actor != "mona" || !all[0].Holds("bbb", "base", r.Clock.Now()) {
			t.Fatalf("%+v", all)
		}
		if n, err := r.ExpireOverrides(ctx(), until.Add(-time.Second)); n != 0 || err != nil {
			t.Errorf("%d ended early: %v", n, err)
		}
		before := r.MustRecord(Pull(1).Key).Generation
		if n, err := r.ExpireOverrides(ctx(), until); n != 1 || err != nil {
			t.Errorf("%d ended: %v", n, err)
		}
		if got := r.MustRecord(Pull(1).Key).Generation; got != before+1 {
			t.Error("no look follows the end of an override")
		}
		if all, err := r.Overrides(ctx(), Pull(1).Key); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
		if got := r.acts(time.Time{}); !slices.Equal(got, []string{"override.made by mona", "override.expired by clock"}) {
			t.Errorf("%q", got)
		}
		r.verifies(2)
	},
	"an override that was given by a clock that was ahead ends as soon as it was meant to": func(t *testing.T, r *Rig) {
		const ahead = 60 * 24 * time.Hour
		r.comment("d1", 5, "/lintel override size/lines -- x")
		r.Clock.Add(ahead)
		made := override.Override{Rule: "size/lines", State: override.Active, Actor: "mona", Head: "aaa",
			Lasting: override.Lasting{Pushes: true, Until: r.Clock.Now().Add(time.Hour)}}
		r.carryOut(delivery.Answer{Good: true}, override.Deed{Made: &made})
		r.Clock.Add(-ahead)
		before := r.MustRecord(Pull(1).Key).Generation
		for range 2 {
			if n, err := r.ExpireOverrides(ctx(), r.Clock.Now()); n != 0 || err != nil {
				t.Errorf("%d ended early: %v", n, err)
			}
		}
		all, err := r.Overrides(ctx(), Pull(1).Key)
		if r.fatal(err); len(all) != 1 || !all[0].Until.Equal(r.Clock.Now().Add(time.Hour)) {
			t.Fatalf("%+v", all)
		}
		if got := r.MustRecord(Pull(1).Key).Generation; got != before+1 {
			t.Errorf("%d looks follow, want one: the check says when it ends", got-before)
		}
		r.Clock.Add(time.Hour)
		if n, err := r.ExpireOverrides(ctx(), r.Clock.Now()); n != 1 || err != nil {
			t.Errorf("%d ended: %v", n, err)
		}
		r.verifies(2)
	},
	"what ended is deleted after its retention, what stands is not, and the audit log keeps both": func(t *testing.T, r *Rig) {
		grant := func(n int) {
			r.comment(fmt.Sprint("d", n), int64(n), fmt.Sprintf("/lintel override size/lines -- reason %d", n))
			o := override.Override{Rule: "size/lines", State: override.Active, Actor: "mona", Head: "aaa"}
			m := override.Mute{Rule: "size/lines", Actor: "mona", Until: r.Clock.Now().Add(time.Hour)}
			f := override.FalseAlarm{Fingerprint: fmt.Sprint("f", n), Rule: "size/lines", Actor: "mona"}
			r.carryOut(delivery.Answer{Good: true}, override.Deed{Made: &o, Muted: &m, Wrong: &f})
		}
		granted := func() string {
			overrides, err := r.Overrides(ctx(), Pull(1).Key)
			r.fatal(err)
			mutes, err := r.Mutes(ctx(), Pull(1).Key)
			r.fatal(err)
			alarms, err := r.FalseAlarms(ctx(), Pull(1).Key)
			r.fatal(err)
			return fmt.Sprint(len(overrides), len(mutes), len(alarms))
		}
		grant(5)
		r.Clock.Add(48 * time.Hour)
		if _, err := r.Prune(ctx(), store.Retention{History: 24 * time.Hour}); err != nil || granted() != "1 1 1" {
			t.Errorf("what stands on an open change: %s %v", granted(), err)
		}
		r.ended("over", 1, change.Merged)
		if _, err := r.Prune(ctx(), store.Retention{History: 72 * time.Hour}); err != nil || granted() != "1 1 1" {
			t.Errorf("before its time: %s %v", granted(), err)
		}
		if _, err := r.Prune(ctx(), store.Retention{History: 24 * time.Hour}); err != nil || granted() != "0 0 0" {
			t.Errorf("after its time: %s %v", granted(), err)
		}
		if got := r.acts(time.Time{}); len(got) != 3 {
			t.Errorf("the audit log has %q", got)
		}
	},
	"a refused override is a record": func(t *testing.T, r *Rig) {
		r.comment("d1", 5, "/lintel override size/lines -- x")
		r.carryOut(delivery.Answer{Words: "no"}, override.Deed{})
		if got := r.acts(time.Time{}); !slices.Equal(got, []string{"override.refused by mona"}) {
			t.Errorf("%q", got)
		}
	},
	"mutes and false alarms stand until they are taken back": func(t *testing.T, r *Rig) {
		r.comment("d1", 5, "/lintel wrong 1 -- x")
		alarm := override.FalseAlarm{Fingerprint: "f1", Rule: "size/lines", Actor: "mona", Category: "other", Reason: "x", Head: "aaa"}
		mute := override.Mute{Rule: "size/lines", Actor: "mona", Until: r.Clock.Now().Add(time.Hour)}
		r.carryOut(delivery.Answer{Good: true}, override.Deed{Wrong: &alarm, Muted: &mute})
		mutes, err := r.Mutes(ctx(), Pull(1).Key)
		r.fatal(err)
		alarms, err := r.FalseAlarms(ctx(), Pull(1).Key)
		if r.fatal(err); len(mutes) != 1 || len(alarms) != 1 || alarms[0] != alarm {
			t.Fatalf("%+v %+v", mutes, alarms)
		}
		r.comment("d2", 6, "/lintel cancel")
		r.carryOut(delivery.Answer{Good: true}, override.Deed{Unmuted: mutes, Taken: alarms})
		mutes, err = r.Mutes(ctx(), Pull(1).Key)
		r.fatal(err)
		if alarms, err = r.FalseAlarms(ctx(), Pull(1).Key); err != nil || len(mutes)+len(alarms) != 0 {
			t.Errorf("%+v %+v %v", mutes, alarms, err)
		}
		want := []string{"rule.muted by mona", "finding.wrong by mona", "rule.unmuted by mona", "finding.wrong_taken_back by mona"}
		if got := r.acts(time.Time{}); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		records, err := r.AuditPage(ctx(), "github", repoID, "finding", 0, 10)
		if r.fatal(err); len(records) != 2 || records[0].Seq != 4 || records[1].Detail["reason"] != "x" {
			t.Errorf("%+v", records)
		}
		if older, err := r.AuditPage(ctx(), "github", repoID, "", 2, 10); err != nil || len(older) != 1 || older[0].Seq != 1 {
			t.Errorf("%+v %v", older, err)
		}
		if other, err := r.AuditPage(ctx(), "github", repoID+1, "", 0, 10); err != nil || len(other) != 0 {
			t.Errorf("another repository: %+v %v", other, err)
		}
	},
	"settings that took effect are a record with what changed": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		for _, document := range []string{`{"size":1}`, `{"size":1}`, `{"size":2}`} {
			look := r.Verdict(1, "success", document)
			look.Verdict.Settings = "sha256:" + document
			look.Evidence = append(look.Evidence, verdict.Evidence{Digest: look.Verdict.Settings, Kind: "settings", Body: []byte(document)})
			r.Save(look)
		}
		records, err := r.AuditPage(ctx(), "github", repoID, "settings", 0, 10)
		if r.fatal(err); len(records) != 1 || records[0].Detail["diff"] != "size: 1 -> 2" {
			t.Errorf("%+v", records)
		}
	},
}
