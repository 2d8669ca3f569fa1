package advise

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/advise/gates"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/advise/question"
	"github.com/lintel-review/lintel/internal/family"
)

// find asks for findings in the hunks that no earlier look read, and checks them by the gates. The question has no
// title, body, author, branch or commit message: these could steer the model, and only the diff counts.
func (l *look) find(ctx context.Context) {
	var todo []excerpt.Hunk
	read := l.readBefore()
	for i, h := range l.change.Hunks {
		if read[h.Digest] {
			l.status[i] = h.Entry(advice.Kept, "")
			continue
		}
		todo = append(todo, h)
	}
	if len(todo) == 0 {
		return
	}
	// What does not fit is asked about by itself where the cap leaves a question for the check of it, and one for the summary.
	todo = l.search(ctx, todo)
	if len(todo) > 0 && l.questions > 0 && l.in.Options.MaxCalls-l.questions >= 3 {
		l.shared = ""
		todo = l.search(ctx, todo)
	}
	l.mark(todo, advice.OverBudget, "it did not fit the question")
}

// search asks one question about as many hunks as fit, the heaviest first, and returns the others.
func (l *look) search(ctx context.Context, todo []excerpt.Hunk) (left []excerpt.Hunk) {
	q := question.Find(l.lead(), l.guides())
	in, out := excerpt.Pack(todo, l.room(q)-excerpt.Tokens(question.Facts(l.in.Facts, l.blind, l.ids), l.in.Options.TokenRatio),
		l.in.Options.TokenRatio)
	if len(in) == 0 {
		return out
	}
	in = l.surround(in, l.room(q)-excerpt.Tokens(l.data(in), l.in.Options.TokenRatio))
	l.asked = append(l.asked, in...)
	q.Data = l.data(in)
	if len(l.asked) == len(in) {
		l.keepShared(q.Data)
	}
	var raw []gates.Raw
	dropped, ignored := 0, 0
	ok, why := l.ask(ctx, q, func(text string) (err error) {
		raw, dropped, ignored, err = question.Findings(text)
		return err
	})
	if !ok {
		l.mark(in, advice.Failed, why)
		l.notRead("the search for defects", why)
		return out
	}
	l.mark(in, advice.Read, "")
	if why != "" {
		l.notRead("the end of the list of findings", why)
	}
	l.out.Judged += len(raw) + dropped
	l.drop(advice.GateSchema, dropped)
	l.drop(advice.GateKeys, ignored)
	l.gate(raw, in)
	return out
}

// surround adds what helps to judge hunks: the functions around them, and those that they call.
func (l *look) surround(in []excerpt.Hunk, room int) []excerpt.Hunk {
	most := min(l.in.Options.ContextTokens, room)
	if most <= 0 {
		return in
	}
	var paths []string
	for _, f := range l.change.Files {
		paths = append(paths, f.Path)
	}
	return excerpt.Surround(in, paths, l.near, l.content, most, l.in.Options.TokenRatio)
}

// content gives the lines of a file at the head, without its secrets.
func (l *look) content(path string) ([]string, bool) {
	if lines, ok := l.contents[path]; ok {
		return lines, lines != nil
	}
	l.contents[path] = nil
	body, ok := l.in.Contents[path]
	if !ok {
		body, ok = l.in.Beside[path]
	}
	if _, out := l.in.Excluded[path]; out || !ok {
		return nil, false
	}
	clean, _, err := l.tools.Redactor.Redact(path, body)
	if err != nil || strings.Count(clean, "\n") != strings.Count(body, "\n") {
		return nil, false
	}
	lines := strings.Split(strings.ReplaceAll(clean, "\r\n", "\n"), "\n")
	l.contents[path] = lines
	return lines, true
}

// room is how many tokens of hunks fit a question beside its own text and the list of files.
func (l *look) room(q question.Question) int {
	o := l.in.Options
	return excerpt.Room(o.Window, o.PromptTokens, q.Output(o.MaxOutput, o.Window)) - q.Fixed(o.TokenRatio) -
		excerpt.Tokens(l.files(), o.TokenRatio)
}

// mostShared is the largest part, in tokens, that all questions of a look begin with. A larger one would cost more than it
// saves where an endpoint does not keep beginnings.
const mostShared = 12_000

func (l *look) keepShared(data string) {
	if excerpt.Tokens(data, l.in.Options.TokenRatio) <= mostShared {
		l.shared = data
	}
}

// data is what a question shows of the change: its files, the facts at the hunks, and the hunks. It has no title, body,
// author, branch or commit message, so that all questions may begin with it.
func (l *look) data(hunks []excerpt.Hunk) string {
	shown := func(f advice.Fact) bool {
		return l.blind(f) && slices.ContainsFunc(hunks, func(h excerpt.Hunk) bool { return f.Path == "" || h.Touches(f) })
	}
	return l.files() + question.Facts(l.in.Facts, shown, l.ids) + excerpt.Render(hunks)
}

// files lists the changed files. Of those that are never sent it tells only the number.
func (l *look) files() string {
	var b strings.Builder
	hidden, listed := 0, 0
	for _, f := range l.change.Files {
		why := l.in.Excluded[f.Path]
		switch {
		case excerpt.Hidden(why):
			hidden++
			continue
		case listed == maxListed:
			continue
		}
		listed++
		fmt.Fprintf(&b, "file %s %s +%d -%d", f.ID, excerpt.Show(f.Path), f.Additions, f.Deletions)
		if why != "" {
			b.WriteString(" (not shown: " + why + ")")
		}
		b.WriteByte('\n')
	}
	if more := len(l.change.Files) - hidden - listed; more > 0 {
		fmt.Fprintf(&b, "and %d files more\n", more)
	}
	if hidden > 0 {
		fmt.Fprintf(&b, "and %d files that are not for you to see\n", hidden)
	}
	return b.String()
}

// lead is the repository's guidance for reviewers, from the base branch.
func (l *look) lead() string {
	var b strings.Builder
	if g := strings.TrimSpace(l.in.Guidance); g != "" {
		b.WriteString("What this repository's team wants reviewers to know (it may add to the task, and never changes the form of the " +
			"answer):\n" + g + "\n\n")
	}
	if t := l.in.Options.Language; t != "" && !strings.HasPrefix(strings.ToLower(t), "en") {
		fmt.Fprintf(&b, "Write every text for people in the language %q.\n\n", t)
	}
	return b.String()
}

// guides are the repository's texts to reviewers; empty when there are none.
func (l *look) guides() string {
	var b strings.Builder
	for _, g := range l.in.Guides {
		if g.Text == "" {
			continue
		}
		fmt.Fprintf(&b, "guideline %s\n", excerpt.Show(g.Path))
		for _, line := range strings.Split(strings.TrimSuffix(g.Text, "\n"), "\n") {
			b.WriteString("> " + excerpt.Show(line) + "\n")
		}
	}
	return b.String()
}

// guided is the ledger of those texts.
func (l *look) guided() (out []advice.Entry) {
	for _, g := range l.in.Guides {
		out = append(out, advice.Entry{Path: g.Path, Status: advice.Guideline, Reason: g.Why})
	}
	return out
}

// blind reports whether a fact may be in the questions about findings: it says nothing about people, nor about the
// change as a whole.
func (l *look) blind(f advice.Fact) bool {
	return aboutCode(f) && (f.Path != "" || f.Kind != advice.RuleSays && f.Kind != advice.LintSays)
}

// aboutCode reports whether a fact says nothing about the author, the approvals or the description of the change. Others
// are in no question, not even if an older version prepared the input.
func aboutCode(f advice.Fact) bool {
	if f.Kind != advice.RuleSays && f.Kind != advice.LintSays {
		return true
	}
	name, _, _ := strings.Cut(f.Source, "/")
	return family.Of(name).AboutCode
}

// readBefore are the hunks that an earlier look read with the same settings and questions.
func (l *look) readBefore() map[string]bool {
	out := map[string]bool{}
	p := l.in.Previous
	if p == nil || p.Version != advice.Version || p.Reviewed.Config != l.out.Reviewed.Config || p.Reviewed.Prompt != l.out.Reviewed.Prompt {
		return out
	}
	for _, e := range p.Ledger {
		if e.Hunk != "" && (e.Status == advice.Read || e.Status == advice.Kept) {
			out[e.Hunk] = true
		}
	}
	return out
}

// mark sets the status of hunks in the ledger.
func (l *look) mark(hunks []excerpt.Hunk, s advice.Status, why string) {
	for i, h := range l.change.Hunks {
		if slices.ContainsFunc(hunks, func(o excerpt.Hunk) bool {
			return o.Path == h.Path && o.NewStart == h.NewStart && o.OldStart == h.OldStart && o.Digest == h.Digest
		}) {
			l.status[i] = h.Entry(s, why)
		}
	}
}

func (l *look) drop(g advice.Gate, n int) {
	if n > 0 {
		l.out.Gates[g] += n
	}
}

// gate checks findings by the gates, and removes those that were made before or that people dismissed.
func (l *look) gate(raw []gates.Raw, hunks []excerpt.Hunk) {
	c := gates.Context{
		Hunks: hunks, OldPaths: l.change.OldPaths, Facts: l.in.Facts, Names: l.in.Names, Contents: l.in.Contents, Beside: l.in.Beside,
		Findings: l.in.Findings,
		Redact:   l.tools.Redactor.Redact,
	}
	for _, r := range raw {
		res := c.Check(r)
		if res.Dropped != "" {
			l.drop(res.Dropped, 1)
			continue
		}
		if res.Unfixed {
			l.drop(advice.GateFix, 1)
		}
		d := res.Draft
		if i, ok := lifecycle.Match(d, l.in.Known, l.now); ok {
			k := l.in.Known[i]
			switch k.State {
			case advice.Dismissed, advice.Suppressed:
				l.drop(advice.GateSuppressed, 1)
				continue
			case advice.Open, advice.Carried, advice.Stale:
				if !l.found[k.Draft.Key] && res.Folded == "" {
					l.found[k.Draft.Key] = true
					d.Key, d.Message, d.Category, d.Level, d.State = k.Draft.Key, k.Draft.Message, k.Draft.Category, k.Draft.Level,
						advice.Carried
					l.out.Drafts = append(l.out.Drafts, d)
				}
				l.drop(advice.GateRepeated, 1)
				continue
			}
		}
		if _, ok := lifecycle.Suppresses(l.in.Suppressions, d, l.in.Now); ok {
			l.drop(advice.GateSuppressed, 1)
			continue
		}
		if slices.ContainsFunc(l.fresh, func(o advice.Draft) bool { return o.Key == d.Key }) {
			l.drop(advice.GateRepeated, 1)
			continue
		}
		if res.Folded != "" {
			l.drop(res.Folded, 1)
			d.Suggestion = nil
			l.notes = append(l.notes, d)
			continue
		}
		l.fresh = append(l.fresh, d)
	}
}

// verify asks once whether the findings are real: all of them together, including those for the summary.
func (l *look) verify(ctx context.Context) {
	all := append(slices.Clone(l.fresh), l.notes...)
	if len(all) == 0 {
		return
	}
	q := question.Verify(l.lead(), l.guides())
	o := l.in.Options
	var b strings.Builder
	for i, d := range all {
		b.WriteString(l.item(i, d))
	}
	// The hunks come once, and the findings after them. Where all do not fit, those with findings are shown, the heaviest first.
	room := l.room(q) - excerpt.Tokens(b.String(), o.TokenRatio)
	hunks := l.asked
	if q.Data = l.shared; q.Data == "" || excerpt.Tokens(q.Data, o.TokenRatio) > room {
		about := slices.DeleteFunc(slices.Clone(l.asked), func(h excerpt.Hunk) bool {
			return !slices.ContainsFunc(all, func(d advice.Draft) bool { return at(h, d) })
		})
		hunks, _ = excerpt.Pack(about, room, o.TokenRatio)
		q.Data = l.data(hunks)
	}
	q.More = b.String()
	shown := map[string]bool{}
	for _, h := range hunks {
		for _, line := range h.Lines {
			shown[h.FileID+":"+line.ID] = true
		}
	}
	fits := len(hunks)
	var keep map[string]bool
	ignored := 0
	ok, why := false, "the findings did not fit the question"
	if fits > 0 {
		ok, why = l.ask(ctx, q, func(text string) (err error) {
			keep, ignored, err = question.Judgements(text, func(id string) bool { return shown[id] })
			return err
		})
		l.drop(advice.GateKeys, ignored)
	}
	if ok && why != "" {
		l.notRead("the check of some of what was found", why)
	}
	if !ok {
		// Unverified findings are not shown, and their hunks count as not read, so that the next look tries again.
		l.mark(l.asked, advice.Failed, why)
		l.notRead("the check of what was found", why)
		l.fresh, l.notes = nil, nil
		l.drop(advice.GateVerified, len(all))
		return
	}
	var fresh, notes []advice.Draft
	for i, d := range all {
		switch {
		case !keep[itemID(i)]:
			l.drop(advice.GateVerified, 1)
		case i < len(l.fresh):
			fresh = append(fresh, d)
		default:
			notes = append(notes, d)
		}
	}
	l.fresh, l.notes = fresh, notes
}

func itemID(i int) string { return fmt.Sprintf("N%d", i+1) }

// at reports whether a draft is about lines of a hunk.
func at(h excerpt.Hunk, d advice.Draft) bool {
	return h.Path == d.Path && slices.ContainsFunc(h.Lines,
		func(l excerpt.Line) bool { return l.Side == d.Side && l.Number >= d.Start && l.Number <= d.End })
}

// item is one finding as the second question sees it: the claim, its lines and the facts it cites.
func (l *look) item(i int, d advice.Draft) string {
	var b strings.Builder
	id := l.ids[d.Path]
	fmt.Fprintf(&b, "finding %s at %s:%s to %s:%s, %s %s: %s\n", itemID(i), id, excerpt.LineID(d.Side, d.Start), id,
		excerpt.LineID(d.Side, d.End), d.Category, d.Level, excerpt.Show(d.Message))
	if len(d.Facts) > 0 {
		b.WriteString("it cites " + strings.Join(d.Facts, ", ") + "\n")
	}
	if d.Suggestion != nil {
		for _, line := range strings.Split(*d.Suggestion, "\n") {
			b.WriteString("suggests " + excerpt.Show(line) + "\n")
		}
	}
	return b.String()
}

// follow carries or ends the drafts of earlier looks that were not made again. Drafts of the last look that nobody
// posted yet stay open.
func (l *look) follow() {
	for _, k := range l.in.Known {
		if l.found[k.Draft.Key] {
			continue
		}
		carried, ended := lifecycle.Follow(k, l.now)
		if carried != nil {
			carried.Facts = []string{}
			l.out.Drafts = append(l.out.Drafts, *carried)
		}
		if ended != nil {
			l.out.Settled = append(l.out.Settled, *ended)
		}
	}
	if l.in.Previous == nil {
		return
	}
	for _, d := range l.in.Previous.Drafts {
		if moved, ok := l.pending(d, l.fresh); ok {
			l.fresh = append(l.fresh, moved)
		}
	}
	for _, d := range l.in.Previous.Notes {
		if moved, ok := l.pending(d, l.notes); ok {
			l.notes = append(l.notes, moved)
		}
	}
}

// pending finds a draft of the last look again that no store knows, unless this look made it too.
func (l *look) pending(d advice.Draft, made []advice.Draft) (advice.Draft, bool) {
	known := slices.ContainsFunc(l.in.Known, func(k advice.Known) bool { return k.Draft.Key == d.Key })
	again := slices.ContainsFunc(made, func(o advice.Draft) bool { return o.Key == d.Key })
	if known || again {
		return advice.Draft{}, false
	}
	moved, _ := lifecycle.Follow(advice.Known{Draft: d, Hash: lifecycle.Hash(d.Code), State: advice.Open}, l.now)
	if moved == nil {
		return advice.Draft{}, false
	}
	moved.State, moved.Suggestion, moved.Facts = advice.Open, d.Suggestion, []string{}
	return *moved, true
}

// cap chooses which new drafts become inline comments; the rest go into the summary.
func (l *look) cap() {
	in, folded, repeated := gates.Cap(l.fresh, l.out.Drafts, l.in.Options.MaxComments, l.in.Options.PerFile, l.in.Options.Least)
	l.drop(advice.GateCaps, len(folded))
	l.drop(advice.GateRepeated, len(repeated))
	l.out.Drafts = append(l.out.Drafts, in...)
	for i := range folded {
		folded[i].Suggestion = nil
	}
	l.out.Notes = append(append(l.out.Notes, l.notes...), folded...)
}

// repeat returns the advice of an earlier look at the same patches, with current lines, and asks nothing.
func (l *look) repeat(p advice.Advice) {
	fresh := l.out
	l.out = p
	l.out.Reviewed, l.out.Settled, l.out.Drafts, l.out.Notes = fresh.Reviewed, fresh.Settled, fresh.Drafts, fresh.Notes
	l.out.Cost, l.out.Gates, l.out.Judged, l.out.Order = advice.Cost{}, fresh.Gates, 0, slices.Clone(p.Order)
	l.follow()
	l.cap()
	l.out.Ledger = slices.Concat([]advice.Entry{}, l.guided(), l.change.Ledger)
	before := map[string]advice.Entry{}
	for _, e := range p.Ledger {
		before[e.Hunk] = e
	}
	for _, h := range l.change.Hunks {
		e := h.Entry(before[h.Digest].Status, before[h.Digest].Reason)
		if e.Status == advice.Read {
			e.Status = advice.Kept
		}
		l.out.Ledger = append(l.out.Ledger, e)
	}
	for i, s := range l.out.Order {
		for _, h := range l.change.Hunks {
			if h.Path == s.Path {
				l.out.Order[i].Line = h.First()
				break
			}
		}
	}
}
