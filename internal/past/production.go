package past

import (
	"time"

	"github.com/lintel-review/lintel/internal/flow/dora"
)

// ProductionQuery asks for one page of what came to production from a repository: deployments, releases and incidents.
type ProductionQuery struct {
	Connection, RepoID int64
	// Since is how far back to read.
	Since time.Time
	// After is Next of the page before; empty for the first.
	After string
}

// ProductionPage is what a forge tells of a few deployments, releases or incidents, under the ids of its webhooks.
type ProductionPage struct {
	Deployments []dora.Deployment
	Incidents   []dora.Incident
	// Next is where the next page begins; empty after the last one.
	Next string
	// Missing names what the forge does not show; empty when the page holds all that was asked for.
	Missing       string
	Calls, Points int
	Budget        Budget
}

// The places of a reading of production before its first page and after its last one. Between them stands the forge's own.
const (
	productionFirst = "first"
	productionRead  = "read"
)

// Pulling reports whether changes are what is read next; production is read after them.
func (b Bookmark) Pulling() bool { return b.Production == "" }

// ProductionAfter is where the next page of production begins, as a forge takes it.
func (b Bookmark) ProductionAfter() string {
	if b.Production == productionFirst {
		return ""
	}
	return b.Production
}

// Lost begins the list that is read from its start again; false when it stands there.
func (b *Bookmark) Lost() bool {
	switch {
	case !b.Pulling() && b.Production != productionFirst:
		b.Production, b.Unread = productionFirst, ""
	case b.Pulling() && b.Cursor != "":
		b.Cursor, b.Pulls = "", 0
	default:
		return false
	}
	return true
}

// ReadProduction takes a page of production in. The last one completes the reading.
func (b *Bookmark) ReadProduction(p ProductionPage) {
	b.State, b.Until = Reading, time.Time{}
	b.Calls += p.Calls
	b.Points += p.Points
	switch {
	case p.Missing == "":
	case b.Unread == "":
		b.Unread = p.Missing
	default:
		b.Unread += ", " + p.Missing
	}
	b.Production = p.Next
	if p.Next == "" {
		b.complete()
	}
}

// complete ends the reading. Why says what the forge does not show.
func (b *Bookmark) complete() {
	b.State, b.Production, b.Why = Complete, productionRead, ""
	if b.Unread != "" {
		b.Why = "not shown to us, so not read: " + b.Unread
	}
}
