package publish

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/flow"
)

// Happened is what a look's reading tells of the change as events: its commits, and the size of its head. A list of
// commits that was not read whole tells of none, since what it leaves out would count as not made; a size that is only
// the least it can be is none. A change that stands as it stood is told again, and the record keeps the newest.
func Happened(snap *change.Snapshot, f *facts.Facts) []flow.Event {
	var all []flow.Event
	add := func(e flow.Event) {
		e.Pull = flow.Pull{Forge: string(snap.Ref.Forge), RepoID: snap.Ref.RepoID, Number: snap.Ref.Number}
		e.Key = flow.Key(e)
		all = append(all, e)
	}
	if len(snap.Commits) >= snap.CommitsTotal {
		for _, c := range snap.Commits {
			if c.Author.When.IsZero() {
				continue
			}
			e := flow.Event{Kind: flow.Commit, At: c.Author.When, SHA: c.SHA, Detail: flow.Detail{Merge: len(c.Parents) > 1}}
			if a := c.AuthorAccount; a != nil {
				e.Actor = flow.NewActor(a.ID, a.Login, accountType(a))
			}
			if when := c.Committer.When; !when.IsZero() {
				e.Detail.CommittedAt = &when
			}
			add(e)
		}
	}
	if f.Size.Complete && snap.Head.SHA != "" {
		add(flow.Event{Kind: flow.Measured, At: snap.TakenAt, SHA: snap.Head.SHA,
			Detail: flow.Detail{Additions: f.Size.Additions, Deletions: f.Size.Deletions}})
		if snap.Ref.Forge == change.GitLab && !snap.UpdatedAt.IsZero() {
			add(flow.Event{Kind: flow.State, At: snap.UpdatedAt, SHA: snap.Head.SHA, Detail: state(snap)})
		}
	}
	return all
}

// state is what GitHub's deliveries say of a change as it is, and GitLab's do not.
func state(snap *change.Snapshot) flow.Detail {
	d := flow.Detail{
		Base:    snap.Base.Ref,
		Default: snap.Repository.DefaultBranch,
		Draft:   snap.Draft,
		Files:   len(snap.Files),
		Commits: snap.CommitsTotal,
		Labels:  snap.Labels,
	}
	for _, f := range snap.Files {
		d.Additions, d.Deletions = d.Additions+f.Additions, d.Deletions+f.Deletions
	}
	return d
}

// accountType is what the forge calls the kind of an account.
func accountType(a *change.Account) string {
	if a.Bot {
		return "Bot"
	}
	return "User"
}
