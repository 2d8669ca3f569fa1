package commits

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// Analyse reads the commits and the title of a change. It never fails; what it could not read is in Facts.Unread and Facts.TitleKnown.
func Analyse(s *change.Snapshot, opt settings.Commits) Facts {
	past := Detect(s.History)
	opt, habits, why := adapt(opt, s.History, past)
	land := lands(s, opt, past)
	f := Facts{
		Judged: land.judged(s.Title != nil), Because: land.because, LandingKnown: land.known,
		TitleWanted: land.title && opt.Style != settings.StyleNone, TitleKnown: s.Title != nil,
		Style: opt.Style, StyleBecause: why, Habits: habits, Types: opt.Types, History: past,
		Total: total(s), Listed: len(s.Commits),
		Unread: []Problem{}, Tickets: []string{}, Summaries: []Summary{}, Skipped: []Skip{}, Problems: none(),
	}
	w := reader{s: s, opt: opt, land: land, trust: trusts(s, opt), facts: &f}
	w.title()
	var repaired remedied
	if opt.SignedOff && opt.Remediation {
		repaired = remediations(s.Commits)
	}
	people := known(s)
	for i, c := range s.Commits {
		// The end of a cut list is not the newest commit.
		last := i == len(s.Commits)-1 && (s.Head.SHA == "" || s.Head.SHA == c.SHA)
		w.commit(c, last, repaired, people)
	}
	w.ticketsAnywhere()
	w.completeness()
	if slices.ContainsFunc(habits, func(h Habit) bool { return h.Rule == "subject" }) {
		f.Problems.Subject = []Problem{}
	}
	slices.Sort(f.Tickets)
	f.Tickets = slices.Compact(f.Tickets)
	if len(f.Tickets) > maxTickets {
		f.Tickets = f.Tickets[:maxTickets]
	}
	return f
}

// reader is one run of Analyse.
type reader struct {
	s     *change.Snapshot
	opt   settings.Commits
	land  landing
	trust trust
	facts *Facts
	// asked is how many commits a ticket could be asked of; titleSkipped says that a bot's title is not judged.
	asked        int
	titleSkipped bool
	tooLong      []Problem
}

func (w *reader) title() {
	if reason := w.trust.change; reason != "" {
		w.titleSkipped = true
		w.facts.TitleWanted = false
		if w.s.Title != nil && (w.land.title || w.ticketsIn("title")) {
			w.skip("", *w.s.Title, reason, "all")
		}
	}
	if w.s.Title == nil {
		return
	}
	title := strings.TrimRight(*w.s.Title, " \t\r\n")
	at := Problem{Where: "title", Header: excerpt(title, maxExcerpt)}
	if h, ok := findHidden(title); ok {
		q := at.is(h.kind, h.char, "", 0, 0)
		q.Line = 1
		add(&w.facts.Problems.Invisible, q)
	}
	if w.titleSkipped {
		return
	}
	// A title that says the work is not ready is believed whichever way the change is merged.
	if kind, marker := unfinished(title); kind != "" {
		add(&w.facts.Problems.Unfinished, at.is(kind, marker, "", 0, 0))
	}
	reason := exemptTitle(w.s)
	if reason != "" {
		if w.land.title && w.opt.Style != settings.StyleNone {
			w.skip("", title, reason, "headers")
		}
	} else if w.facts.TitleWanted && !marked(title) {
		judgeHeader(title, w.opt, at, &w.facts.Problems)
	}
	found := tickets(title, w.opt.Tickets)
	w.facts.Tickets = append(w.facts.Tickets, found...)
	if w.ticketsIn("title") && len(found) == 0 && reason == "" {
		add(&w.facts.Problems.Ticket, at.is("title", miswritten(title, w.opt.Tickets), "", 0, 0))
	}
}

// titled reports whether a header is the title's own text, which is judged as the title: a problem in it is reported once.
func (w *reader) titled(header string) bool {
	return w.s.Title != nil && w.facts.TitleWanted && !w.titleSkipped &&
		pullNumber.ReplaceAllString(header, "") == strings.TrimRight(*w.s.Title, " \t\r\n")
}

func (w *reader) commit(c change.Commit, last bool, repaired remedied, people accounts) {
	text, long := clip(c.Message)
	at := Problem{Where: "commit", SHA: c.SHA, Last: last}
	m := parse(text)
	at.Header = excerpt(m.Header, maxExcerpt)
	w.summarise(c, m, at.Header)
	w.invisible(m, text, at)
	if reason := w.trust.skips(c); reason != "" {
		w.skip(c.SHA, m.Header, reason, "all")
		return
	}
	if long {
		w.tooLong = append(w.tooLong, at.is("message", "", "", len(c.Message), maxMessage))
	}
	if w.opt.SignedOff && !w.trust.bot(c) && !long {
		if p, bad := signOff(c, at, repaired, people); bad {
			add(&w.facts.Problems.SignOff, p)
		}
	}
	if w.land.commits {
		if kind, marker := unfinished(m.Header); kind != "" {
			add(&w.facts.Problems.Unfinished, at.is(kind, marker, "", 0, 0))
		}
	}
	if reason := exempt(m, text); reason != "" {
		w.skip(c.SHA, m.Header, reason, "headers")
		return
	}
	if w.opt.Style != settings.StyleNone && w.land.commits && !marked(m.Header) && !w.titled(m.Header) {
		judgeHeader(m.Header, w.opt, at, &w.facts.Problems)
		judgeBody(m, w.opt, at, &w.facts.Problems)
	}
	w.asked++
	found := tickets(text, w.opt.Tickets)
	w.facts.Tickets = append(w.facts.Tickets, found...)
	if w.ticketsIn("commits") && len(found) == 0 {
		add(&w.facts.Problems.Ticket, at.is("commit", miswritten(text, w.opt.Tickets), "", 0, 0))
	}
}

// invisible checks every commit, merges and bots too: hiding has no exemption.
func (w *reader) invisible(m Message, text string, at Problem) {
	h, ok := findHidden(m.Header)
	line := m.Line
	for n, l := 1, text; !ok && l != ""; n++ {
		var this string
		this, l, _ = strings.Cut(l, "\n")
		h, ok = findReordering(this)
		line = n
	}
	if ok {
		q := at.is(h.kind, h.char, "", 0, 0)
		q.Line = line
		add(&w.facts.Problems.Invisible, q)
	}
}

// ticketsAnywhere asks for one ticket in the title or in any commit.
func (w *reader) ticketsAnywhere() {
	if len(w.opt.Tickets) == 0 {
		return
	}
	switch {
	case w.ticketsIn("title"):
		w.facts.TicketAbstains = w.s.Title == nil && !w.titleSkipped
	case w.ticketsIn("any") && len(w.facts.Tickets) == 0 && w.asked > 0 && !w.titleSkipped:
		if w.s.Title == nil {
			w.facts.TicketAbstains = true
			return
		}
		if exemptTitle(w.s) == "" {
			at := Problem{Where: "change", Header: excerpt(*w.s.Title, maxExcerpt)}
			add(&w.facts.Problems.Ticket, at.is("any", miswritten(*w.s.Title, w.opt.Tickets), "", 0, 0))
		}
	}
}

// completeness says whether all commits were read, and names what was not if any rule had to read it.
func (w *reader) completeness() {
	f := w.facts
	reason := ""
	if f.Total > f.Listed {
		reason = "the list is cut"
	}
	for _, g := range w.s.Gaps {
		if g.Fact == "commits" {
			reason = g.Reason
		}
	}
	f.Complete = reason == ""
	ticketsOpen := w.ticketsIn("commits") || w.ticketsIn("any") && len(f.Tickets) == 0
	f.CommitsNeeded = w.land.commits || w.opt.SignedOff || ticketsOpen
	if !f.CommitsNeeded {
		return
	}
	if !f.Complete {
		add(&f.Unread, Problem{Where: "change"}.is("list", excerpt(reason, 200), "", f.Listed, f.Total))
	}
	for _, p := range w.tooLong {
		add(&f.Unread, p)
	}
}

func (w *reader) summarise(c change.Commit, m Message, header string) {
	h, _ := ParseHeader(read(m.Header))
	breaking := h.Breaking || m.Breaking()
	w.facts.Breaking = w.facts.Breaking || breaking
	if len(w.facts.Summaries) == maxList {
		w.facts.SummariesMore++
		return
	}
	footers := []string{}
	for _, f := range m.Footers {
		if t := excerpt(f.Token, maxExcerpt); len(footers) < maxSame && !slices.Contains(footers, t) {
			footers = append(footers, t)
		}
	}
	w.facts.Summaries = append(w.facts.Summaries, Summary{
		SHA: c.SHA, Header: header, Type: excerpt(h.Type, maxExcerpt), Scope: excerpt(h.Scope, maxExcerpt), Breaking: breaking,
		Footers: footers,
	})
}

func (w *reader) skip(sha, header, reason, rules string) {
	if len(w.facts.Skipped) == maxList {
		w.facts.SkippedMore++
		return
	}
	w.facts.Skipped = append(w.facts.Skipped, Skip{SHA: sha, Header: excerpt(header, maxExcerpt), Reason: reason, Rules: rules})
}

func (w *reader) ticketsIn(where string) bool {
	return len(w.opt.Tickets) > 0 && w.opt.TicketsIn == where
}

// marked says whether the header is refused as unfinished anyway, so that its form is not worth a second finding.
func marked(header string) bool {
	kind, _ := unfinished(header)
	return kind != ""
}

func (p Problem) is(kind, got, want string, count, limit int) Problem {
	p.Kind, p.Got, p.Want, p.Count, p.Limit = kind, got, want, count, limit
	return p
}

// add appends a problem unless MaxSame commits have it already; then the entry "more" of its kind counts it.
func add(list *[]Problem, p Problem) {
	same := 0
	for i := range *list {
		q := &(*list)[i]
		if q.Kind != p.Kind {
			continue
		}
		if q.Where == "more" {
			q.Count++
			return
		}
		same++
	}
	if same >= maxSame {
		p = Problem{Where: "more", Kind: p.Kind, Count: 1}
	}
	*list = append(*list, p)
}

func none() Problems {
	return Problems{
		Header: []Problem{}, Title: []Problem{}, Type: []Problem{}, Scope: []Problem{}, Subject: []Problem{}, SubjectCase: []Problem{},
		HeaderLength: []Problem{}, Body: []Problem{}, Unfinished: []Problem{}, SignOff: []Problem{}, Ticket: []Problem{},
		Invisible: []Problem{},
	}
}

// clip gives the part of a message that is read, and whether there is more. It does not cut a character in two.
func clip(message string) (read string, long bool) {
	return text.Prefix(message, maxMessage), len(message) > maxMessage
}
