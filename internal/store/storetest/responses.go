package storetest

import (
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/objective"
)

// heads are those of the last day by SHA.
func (r *Rig) heads() map[string]objective.Head {
	r.t.Helper()
	all, err := r.Heads(ctx(), r.Clock.Now().Add(-24*time.Hour))
	r.fatal(err)
	bySHA := map[string]objective.Head{}
	for _, h := range all {
		bySHA[h.SHA] = h
	}
	if len(bySHA) != len(all) {
		r.t.Errorf("a head is there twice: %+v", all)
	}
	return bySHA
}

var responseCases = map[string]func(t *testing.T, r *Rig){
	"a head has the times of its delivery, check, verdict and advice": func(t *testing.T, r *Rig) {
		start := r.Clock.Now()
		opened := Opened(1, "aaa")
		opened.ToldAt = start.Add(-2 * time.Second)
		r.MustAdmit(r.Admission("d1", opened))
		r.Clock.Add(time.Second)
		r.MustAdmit(r.Admission("d2", Opened(1, "aaa"))) // a label, say
		if h := r.heads()["aaa"]; h.Change != "acme/shop#1" || !h.ReceivedAt.Equal(start) || !h.ToldAt.Equal(opened.ToldAt) || h.Lost ||
			!h.Done[objective.Ack].Equal(start) || !h.Done[objective.RulesDone].IsZero() || !h.Done[objective.FirstStatus].IsZero() {
			t.Errorf("%+v", h)
		}
		r.Clock.Add(time.Second)
		check := Check("k1", 1, "aaa", effect.Success)
		r.Save(r.Verdict(1, "success", "one"), check)
		r.Clock.Add(time.Second)
		r.fatal(r.Receive(ctx(), check, effect.Receipt{Key: "k1", RemoteID: "5", At: r.Clock.Now()}, history.Line{Key: Pull(1).Key}))
		r.Clock.Add(time.Hour)
		r.Save(r.Verdict(1, "success", "two"))
		h := r.heads()["aaa"]
		if !h.Done[objective.RulesDone].Equal(start.Add(2*time.Second)) || !h.Done[objective.FirstStatus].Equal(start.Add(3*time.Second)) {
			t.Errorf("%+v", h)
		}
		if !h.AdviceAskedAt.IsZero() || !h.SupersededAt.IsZero() {
			t.Errorf("%+v", h)
		}
		r.MustAdmit(r.Admission("d3", Opened(1, "bbb")))
		if h := r.heads()["aaa"]; !h.SupersededAt.Equal(r.Clock.Now()) {
			t.Errorf("%+v", h)
		}
	},
	"a head that a sweep found is lost, unless its delivery was under way": func(t *testing.T, r *Rig) {
		for _, c := range []struct {
			head string
			late time.Duration
			lost bool
		}{{"aaa", 20 * time.Second, false}, {"bbb", 10 * time.Minute, true}} {
			found := Opened(1, c.head)
			found.Missed = true
			r.MustAdmit(r.Admission("", found))
			if !r.heads()[c.head].Lost {
				t.Error("it counts as told")
			}
			r.Clock.Add(c.late)
			r.MustAdmit(r.Admission("d"+c.head, Opened(1, c.head)))
			if got := r.heads()[c.head].Lost; got != c.lost {
				t.Errorf("its delivery came after %s: lost %t", c.late, got)
			}
		}
		r.MustAdmit(r.Admission("", Opened(2, "ccc"))) // the first listing of a repository
		if _, ok := r.heads()["ccc"]; ok {
			t.Error("Lintel's own request counts as news")
		}
	},
	"a model that is down leaves the times of the rules alone": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.Save(r.Verdict(1, "success", "one"))
		before := r.heads()["aaa"]
		id := r.want(1, "aaa", "s")
		r.fatal(r.EndConsult(ctx(), id, consult.Failed, "the model is down"))
		after := r.heads()["aaa"]
		if after.AdviceAskedAt.IsZero() || !after.Done[objective.AdviceDone].IsZero() {
			t.Errorf("%+v", after)
		}
		for _, name := range []objective.Name{objective.Ack, objective.FirstStatus, objective.RulesDone} {
			if !after.Done[name].Equal(before.Done[name]) {
				t.Errorf("%s: %s, and %s before", name, after.Done[name], before.Done[name])
			}
		}
	},
}
