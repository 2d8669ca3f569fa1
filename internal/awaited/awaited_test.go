package awaited

import (
	"context"
	"errors"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/upload"
	"github.com/lintel-review/lintel/internal/verdict"
)

type world struct {
	record   change.Record
	known    error
	verdicts []verdict.Verdict
	refused  error
}

func (w world) Waiting(context.Context, string, string, string, int) (change.Key, error) {
	return w.record.Key, w.refused
}
func (w world) Record(context.Context, change.Key) (change.Record, error) { return w.record, w.known }
func (w world) Verdicts(context.Context, change.Record, int) ([]verdict.Verdict, error) {
	return w.verdicts, nil
}

func TestVerdict(t *testing.T) {
	judged := func(generation, evaluated int64, head string, state change.State) change.Record {
		return change.Record{Ref: change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 1, Number: 2}, Owner: "a", Name: "b"},
			State: state, Head: change.Rev{SHA: head}, Generation: generation, Evaluated: evaluated}
	}
	concluded := func(head, conclusion string) []verdict.Verdict {
		return []verdict.Verdict{{Head: head, Conclusion: conclusion}}
	}
	green, now := concluded("h2", "success"), judged(3, 3, "h2", change.Open)
	for name, c := range map[string]struct {
		w     world
		state string
		fault string
	}{
		"green":                         {world{record: now, verdicts: green}, "success", ""},
		"red":                           {world{record: now, verdicts: concluded("h2", "failure")}, "failure", ""},
		"reports are waited for":        {world{record: now, verdicts: concluded("h2", verdict.Pending)}, "pending", ""},
		"green before what came since":  {world{record: judged(4, 3, "h2", change.Open), verdicts: green}, "pending", ""},
		"another head is known":         {world{record: judged(3, 3, "h1", change.Open), verdicts: green}, "pending", ""},
		"the verdict is of another one": {world{record: now, verdicts: concluded("h1", "success")}, "pending", ""},
		"no verdict":                    {world{record: now}, "pending", ""},
		"no webhook yet":                {world{known: change.ErrNotFound}, "pending", ""},
		"closed":                        {world{record: judged(3, 3, "h2", "closed"), verdicts: green}, "pending", upload.HeadMoved},
		"a stranger":                    {world{refused: upload.Refuse(upload.Unauthorised, "", "no")}, "", upload.Unauthorised},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := New(c.w, c.w, func(change.Ref) string { return "https://lintel.example/p" })
			if err != nil {
				t.Fatal(err)
			}
			a, err := r.Verdict(t.Context(), "t", "", "h2", 2)
			var refusal *upload.Refusal
			if c.fault == "" && err != nil ||
				c.fault != "" && (!errors.As(err, &refusal) || refusal.Reason != c.fault) || a.State != c.state {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
}
