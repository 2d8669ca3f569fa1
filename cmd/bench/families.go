package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/secrets"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/policies"
)

// families measures what a verdict costs with every family of the table on, and the share of each.
func families(ctx context.Context, b *bench) error {
	if err := familiesKept(ctx, b); err != nil {
		return err
	}
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
				fmt.Sprintf(
					"%d files read whole, %.1f MB; %s",
					len(w.snapshot.Contents),
					w.bytes()/1e6,
					described(shares),
				),
			},
		}
		for _, s := range shares {
			r.Values[s.family+"_facts_ms"], r.Values[s.family+"_rego_ms"] = inMS(s.facts), inMS(s.rego)
		}
		b.table.add(r)
	}
	return nil
}

// later are the families that came last; what they add to a process that has nothing to do has a bar.
var later = []string{"secrets", "dependencies", "workflows", "smells", "tests"}

// familiesKept measures what an idle process keeps of these families: the live heap with the policies of the others
// compiled and a change judged by them, and then with all. Secrets are looked for in every change, as no text may show
// one, so what their matcher keeps is in both, and is measured by one more of it.
func familiesKept(ctx context.Context, b *bench) error {
	others := slices.DeleteFunc(family.Names(false), func(f string) bool { return slices.Contains(later, f) })
	without, err := kept(ctx, lacking{policies.Tree(), later}, others)
	if err != nil {
		return err
	}
	all, err := kept(ctx, policies.Tree(), family.Names(false))
	if err != nil {
		return err
	}
	matcher, err := matcherKept()
	if err != nil {
		return err
	}
	more := all - without + matcher
	b.table.add(row{
		What:     "what secrets, dependencies, workflows, smells and tests keep of an idle process",
		Measured: fmt.Sprintf("%.1f MB of heap", more),
		Bar:      "<= 8 MB",
		Verdict:  judge(more <= 8),
		Values:   map[string]float64{"mb": more, "without_mb": without, "all_mb": all, "matcher_mb": matcher},
		Notes: []string{
			fmt.Sprintf(
				"policies, facts and tables of the others alone %.1f MB, of all %.1f MB; the matcher of secrets %.1f MB",
				without,
				all,
				matcher,
			),
		},
	})
	return nil
}

// kept is the live heap, in megabytes, of a process that compiled some policies, judged a change by families and let it go.
func kept(ctx context.Context, tree fs.FS, on []string) (float64, error) {
	engine, err := policy.CompileTrusted("", tree) // what is compiled before is of all families
	if err != nil {
		return 0, fmt.Errorf("compile the policies: %w", err)
	}
	if err := engine.Prepare(on...); err != nil {
		return 0, fmt.Errorf("compile the policies: %w", err)
	}
	w := &work{engine: engine, snapshot: wholeChange(20), times: 1}
	w.all = w.resolve("enforce", on...)
	w.read(edits(20))
	if _, _, err := w.whole(ctx); err != nil {
		return 0, err
	}
	w.snapshot, w.all = nil, settings.Resolution{}
	live := liveHeap()
	runtime.KeepAlive(w)
	return live, nil
}

// matcherKept is what one matcher of secrets keeps that has read a change.
func matcherKept() (float64, error) {
	before := liveHeap()
	var d secrets.Detector
	for _, e := range edits(20) {
		if _, err := d.Find(e.after); err != nil {
			return 0, fmt.Errorf("look for secrets: %w", err)
		}
	}
	more := liveHeap() - before
	runtime.KeepAlive(&d)
	return more, nil
}

// liveHeap is the heap that is in use, in megabytes.
func liveHeap() float64 {
	runtime.GC() // what the first one only marks for its end goes with the second
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// lacking is a tree without some of its folders.
type lacking struct {
	fs.FS
	out []string
}

func (l lacking) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(l.FS, name)
	if name != "." {
		return entries, err
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return slices.Contains(l.out, e.Name()) }), err
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
	controls.Files[settings.Path] = change.File{
		Path:    settings.Path,
		Blob:    strings.Repeat("3", 40),
		Size:    int64(text.Len()),
		Content: []byte(text.String()),
	}
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
		bodies[i] = []byte(
			cmp.Or(map[change.Side]string{change.AtBase: e.before, change.AtHead: e.after}[want.Side], " "),
		)
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
