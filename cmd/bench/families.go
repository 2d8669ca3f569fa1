package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/policies"
)

// families measures what a verdict costs with every family of the table on, and the share of each.
func families(ctx context.Context, b *bench) error {
	engine, err := policy.Compile(ctx, policies.Tree())
	if err != nil {
		return fmt.Errorf("compile the policies: %w", err)
	}
	for _, m := range []struct {
		files, times int
		seconds, mb  float64
		bar          string
	}{{20, 9, 0.35, 0, "< 0.35 s of CPU"}, {3000, 1, 20, 500, "< 20 s, < 500 MB"}} {
		w := work{engine: engine, snapshot: wholeChange(m.files), times: m.times}
		w.all = w.resolve("enforce", family.Names(false)...)
		w.read(edits(m.files))
		cpu, most, err := w.whole(ctx)
		if err != nil {
			return err
		}
		shares, err := w.shares(ctx)
		if err != nil {
			return err
		}
		holds := cpu.Seconds() < m.seconds && (m.mb == 0 || most < m.mb)
		r := row{
			What: fmt.Sprintf("all families, %s changed files, facts and Rego", grouped(m.files)),
			Measured: fmt.Sprintf("%s of CPU, heap grows by %.0f MB at most", ms(cpu),
				most),
			Bar:     m.bar,
			Verdict: judge(holds),
			Values:  map[string]float64{"cpu_ms": inMS(cpu), "heap_mb": most},
			Notes: []string{
				fmt.Sprintf("%d files read whole, %.1f MB; %s", len(w.snapshot.Contents), w.bytes()/1e6, described(shares)),
			},
		}
		for _, s := range shares {
			r.Values[s.family+"_facts_ms"], r.Values[s.family+"_rego_ms"] = inMS(s.facts), inMS(s.rego)
		}
		b.table.add(r)
	}
	return nil
}

// work is one change that is judged again and again.
type work struct {
	engine   *policy.Engine
	snapshot *change.Snapshot
	all      settings.Resolution
	times    int
}

// wholeChange is a pull request with everything but its files.
func wholeChange(files int) *change.Snapshot {
	s := snapshotOf(0)
	s.FilesTotal = files
	return s
}

// resolve is a settings file that gives some families a mode. Families that it does not name are off.
func (w *work) resolve(mode string, on ...string) settings.Resolution {
	var text strings.Builder
	text.WriteString("version: 1\n")
	for _, name := range family.Names(false) {
		if slices.Contains(on, name) {
			fmt.Fprintf(&text, "%s: { mode: %s }\n", name, mode)
		} else {
			fmt.Fprintf(&text, "%s: { mode: off }\n", name)
		}
	}
	controls := w.snapshot.Controls
	controls.Files = maps.Clone(controls.Files)
	controls.Files[settings.Path] = change.File{Path: settings.Path, Blob: strings.Repeat("3", 40), Size: int64(text.Len()),
		Content: []byte(text.String())}
	return settings.Resolve(controls, nil, w.engine.Configurable())
}

// read adds the files, and those that the families want whole, as a forge would.
func (w *work) read(all []edited) {
	at := map[string]edited{}
	for i, e := range all {
		f, _ := e.file(i)
		w.snapshot.Files, at[e.path] = append(w.snapshot.Files, f), e
	}
	wants := facts.Wants(w.snapshot.Files, w.all.Settings)
	found, bodies := make([]change.Found, len(wants)), make([][]byte, len(wants))
	for i, want := range wants {
		e, ok := at[want.Path]
		if !ok {
			continue
		}
		bodies[i] = []byte(cmp.Or(map[change.Side]string{change.AtBase: e.before, change.AtHead: e.after}[want.Side], " "))
		found[i] = change.Found{Blob: fmt.Sprintf("%040x", 10_000+i), Size: int64(len(bodies[i])), Plain: true}
	}
	contents := change.PlanContents(wants, found[:min(len(found), change.MaxContents)])
	for i := range contents {
		if contents[i].Read() {
			contents[i].SetBody(bodies[i])
		}
	}
	w.snapshot.AddContents(wants, contents)
}

func (w *work) bytes() (n float64) {
	for _, c := range w.snapshot.Contents {
		n += float64(len(c.Body))
	}
	return n
}

// whole is the processor time from the snapshot to the decision, and by how much the heap grows at most.
func (w *work) whole(ctx context.Context) (cpu time.Duration, most float64, err error) {
	most, err = heapGrows(func() (err error) {
		cpu, err = w.cost(func() error {
			f, err := facts.Gather(ctx, w.snapshot, w.all)
			if err != nil {
				return err
			}
			if len(f.Failed) > 0 {
				return fmt.Errorf("the analysis of %s failed: %s", f.Failed[0].Family, f.Failed[0].Reason)
			}
			_, err = w.engine.Decide(ctx, f, w.all.Settings, policy.Options{Limit: time.Minute})
			return err
		})
		return err
	})
	return cpu, most, err
}

// cost is the least processor time of a few runs. The collector's is part of it.
func (w *work) cost(run func() error) (time.Duration, error) {
	var least time.Duration
	for i := range w.times {
		before := processor()
		if err := run(); err != nil {
			return 0, err
		}
		if took := processor() - before; i == 0 || took < least {
			least = took
		}
	}
	return least, nil
}

// share is what one family takes of a verdict.
type share struct {
	family      string
	facts, rego time.Duration
}

// shares measures each family's analysis alone, and what judging the family adds to judging none.
func (w *work) shares(ctx context.Context) ([]share, error) {
	f, err := facts.Gather(ctx, w.snapshot, w.all)
	if err != nil {
		return nil, err
	}
	decide := func(r settings.Resolution) (time.Duration, error) {
		return w.cost(func() error {
			_, err := w.engine.Decide(ctx, f, r.Settings, policy.Options{Limit: time.Minute})
			return err
		})
	}
	none, err := decide(w.resolve("off"))
	if err != nil {
		return nil, err
	}
	out := []share{{family: "input, evidence and " + family.Gate, rego: none}}
	for _, name := range family.Names(false) {
		s := share{family: name}
		if s.facts, err = w.cost(func() error {
			if !facts.Alone(name, w.snapshot, w.all.Settings) {
				return errors.New("no analysis of " + name)
			}
			return nil
		}); err != nil {
			return nil, err
		}
		judged, err := decide(w.resolve("enforce", name))
		if err != nil {
			return nil, err
		}
		s.rego = max(judged-none, 0)
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b share) int { return cmp.Compare(b.facts+b.rego, a.facts+a.rego) })
	return out, nil
}

func described(shares []share) string {
	var parts []string
	for _, s := range shares {
		if s.facts == 0 {
			parts = append(parts, fmt.Sprintf("%s %s", s.family, ms(s.rego)))
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s + %s", s.family, ms(s.facts), ms(s.rego)))
	}
	return "by family, facts + Rego: " + strings.Join(parts, "; ")
}
