package board

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// single gives one change with what happened to it.
type single interface {
	PullNamed(ctx context.Context, forge, owner, name string, number int) (p figure.Pull, ok bool, err error)
	// Timeline are its events, the oldest first, at most limit.
	Timeline(ctx context.Context, p figure.Pull, limit int) ([]flow.Event, error)
}

// maxEvents is how many events a timeline shows.
const maxEvents = 1000

// pullView is one change's timeline.
type pullView struct {
	Root, Name, Title, State, Verdict, Forge, Zone string
	Incomplete, Cut                                bool
	Team, Author                                   string
	Events                                         []eventView
	Why                                            []reason
}

type eventView struct {
	At, Exact, Who, Kind, Did, Stage string
	// Whom names the team that was asked.
	Whom string
	// Class is the colour of the stage that the event is in; its name is beside it.
	Class int
}

// shows reports whether a change is of one of the repositories that may be shown; nil is any.
func shows(only map[filter.Repo]bool, p figure.Pull) bool {
	return only == nil || only[filter.Repo{Forge: p.Forge, ID: p.RepoID}]
}

// reason says where a number comes from.
type reason struct{ Name, Value, Text, Definition string }

// pull is the page of one change: what happened, and why it has its numbers.
func (b *Board) pull(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	full, last, _ := change.SplitName(r.PathValue("change")) // GitLab's groups nest
	owner, name, _ := change.SplitName(full)
	number, err := strconv.Atoi(last)
	if err != nil || number < 1 || strconv.Itoa(number) != last {
		b.o.Shell.Missing(w, r)
		return
	}
	p, ok, err := b.o.Record.PullNamed(ctx, r.PathValue("forge"), owner, name, number)
	if err == nil && (!ok || !shows(b.o.Only(r.Context()), p)) {
		b.o.Shell.Missing(w, r)
		return
	}
	var events []flow.Event
	if err == nil {
		events, err = b.o.Record.Timeline(ctx, p, maxEvents+1)
	}
	if err != nil {
		b.o.Shell.Trouble(w, r, err)
		return
	}
	// Only the zone of a filter means something here.
	f, _ := filter.Parse(url.Values{"tz": {r.URL.Query().Get("tz")}}, b.o.Now())
	root := strings.Repeat("../", strings.Count(r.URL.EscapedPath(), "/")-1)
	b.show(w, r, http.StatusOK, pullName(p), root, "pull", b.pullView(p, events, f.Zone, root))
}

func (b *Board) pullView(p figure.Pull, events []flow.Event, zone *time.Location, root string) pullView {
	path := strings.ReplaceAll(url.PathEscape(p.Owner), "%2F", "/") + "/" + url.PathEscape(p.Name)
	v := pullView{
		Root:       root,
		Name:       pullName(p),
		Title:      p.Title,
		State:      p.State,
		Zone:       zone.String(),
		Incomplete: !p.Complete,
		Team:       p.Team,
		Author:     p.Author,
		Why:        reasons(p, zone, root),
	}
	v.Verdict = v.Root + "pr/" + url.PathEscape(p.Forge) + "/" + path + "/" + strconv.Itoa(p.Number)
	v.Forge = b.o.Sites.Change(change.Ref{Key: change.Key{Forge: change.Forge(p.Forge)}, Owner: p.Owner, Name: p.Name}, p.Number)
	if v.Cut = len(events) > maxEvents; v.Cut {
		events = events[:maxEvents]
	}
	for _, e := range events {
		if e.Kind == flow.State || e.Kind == flow.Measured {
			continue // what the forge says of its size is no happening
		}
		row := eventView{
			At:    e.At.In(zone).Format("2 Jan 2006, 15:04:05"),
			Exact: e.At.UTC().Format(time.RFC3339),
			Who:   e.Actor.Login,
			Did:   did(e),
		}
		if e.Kind == flow.ReviewRequested {
			row.Whom = e.Detail.Team
		}
		if e.Actor.Kind == flow.Bot || e.Actor.Kind == flow.AI {
			row.Kind = string(e.Actor.Kind)
		}
		if stage, ok := stageAt(p, e.At); ok {
			row.Stage, row.Class = stage.Name(), stageClass[stage]
		}
		v.Events = append(v.Events, row)
	}
	return v
}

// did says what an event is.
func did(e flow.Event) string {
	switch e.Kind {
	case flow.Reviewed:
		return map[flow.Review]string{flow.Approved: "approved",
			flow.ChangesRequested: "asked for changes"}[e.Detail.State] +
			map[bool]string{true: "reviewed with comments"}[e.Detail.State == flow.ReviewCommented]
	case flow.Pushed:
		if e.Detail.Forced {
			return "pushed, by force"
		}
		return "pushed"
	case flow.ReviewRequested:
		if e.Detail.Team != "" {
			return "asked for a review of team"
		}
		return "asked for a review"
	case flow.Commented:
		if e.Detail.Inline {
			return "commented at a line"
		}
		return "commented"
	}
	if words, ok := happened[e.Kind]; ok {
		return words
	}
	return string(e.Kind)
}

var happened = map[flow.Kind]string{
	flow.Opened: "opened it", flow.Ready: "marked it ready", flow.Drafted: "made it a draft", flow.Commit: "wrote a commit",
	flow.ReviewRequestRemoved: "took a request for a review back", flow.ReviewDismissed: "dismissed a review",
	flow.Closed:   "closed it",
	flow.Reopened: "opened it again", flow.Merged: "merged it", flow.Retargeted: "changed the branch that it goes into",
	flow.Enqueued: "put it into the merge queue", flow.Dequeued: "took it out of the merge queue",
	flow.ThreadResolved:   "resolved a thread",
	flow.ThreadUnresolved: "opened a thread again", flow.Reverts: "takes back another one", flow.Reverted: "took it back",
}

// stageAt is the stage that a time lies in, by the clock points. The end of a stage belongs to it.
func stageAt(p figure.Pull, t time.Time) (figure.Stage, bool) {
	until := func(end *time.Time) bool { return end != nil && !t.After(*end) }
	switch {
	case t.Before(p.OpenedAt):
		return figure.Coding, true
	case p.ReadyAt == nil || t.Before(*p.ReadyAt):
		return figure.Draft, true
	case until(p.FirstResponseAt):
		return figure.Pickup, true
	case until(p.ApprovedAt) && p.FirstResponseAt != nil:
		return figure.Review, true
	case until(p.MergedAt) && p.ApprovedAt != nil:
		return figure.MergeWait, true
	case until(p.MergedAt):
		return figure.Unreviewed, true
	case p.MergedAt == nil && p.ClosedAt == nil:
		return figure.Pickup, p.FirstResponseAt == nil
	case p.MergedAt != nil && until(p.DeployedAt):
		return figure.Deploy, true
	}
	return 0, false
}

// reasons say of each number from when to when it is, or why there is none.
func reasons(p figure.Pull, zone *time.Location, root string) []reason {
	root += "definitions#"
	span := func(from, to string, a, b *time.Time) string {
		return fmt.Sprintf("From %s (%s) to %s (%s).", from, moment(a, zone), to, moment(b, zone))
	}
	opened := &p.OpenedAt
	var all []reason
	add := func(stage figure.Stage, known, unknown string) {
		r := reason{Name: stage.Name(), Value: duration(p.Stages[stage]), Definition: root + stage.ID(), Text: unknown}
		if p.Stages[stage] != nil {
			r.Text = known
		}
		all = append(all, r)
	}
	all = append(all, reason{"Ready to merged", duration(p.Cycle), "It is not merged.", root + "cycle"})
	if p.Cycle != nil {
		all[0].Text = span("ready", "merged", p.ReadyAt,
			p.MergedAt) + " The stages below, but coding, draft and deploy, add up to it."
	}
	if p.CycleBusiness != nil {
		all[0].Text += " By business hours: " + duration(p.CycleBusiness) + "."
	}
	add(figure.Coding, span("the first commit", "opened", p.FirstCommitAt, opened),
		"The time of the first commit is not known, or lies after the opening.")
	add(figure.Draft, "All spans as a draft, from "+moment(opened, zone)+".", "It is still a draft.")
	add(figure.Pickup, span("ready", "the first word of a person who is not the author", p.ReadyAt, p.FirstResponseAt),
		"No person but the author has said anything.")
	add(figure.Review, span("the first response", "the last approval that counted", p.FirstResponseAt, p.ApprovedAt),
		"No approval counted.")
	add(figure.MergeWait, span("that approval", "merged", p.ApprovedAt, p.MergedAt), "It was not merged after an approval.")
	add(figure.Unreviewed, "The time until merged in which no approval was on its way.",
		"Every hour until the merge was reviewed, or it is not merged.")
	for _, stage := range []figure.Stage{figure.Redraft, figure.Closed} {
		if s := p.Stages[stage]; s != nil && *s > 0 {
			add(stage, "Taken out of the stage that it fell in.", "")
		}
	}
	add(figure.Deploy, span("merged", "the first production deployment with it", p.MergedAt, p.DeployedAt),
		"No deployment with it is known. That is not zero.")
	return all
}
