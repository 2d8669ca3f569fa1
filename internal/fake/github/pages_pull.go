package github

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/fake/github/page"
	"github.com/lintel-review/lintel/internal/sorting"
)

// The pull request page shows so many files and lines of one; the API has the rest.
const (
	shownFiles = 200
	shownLines = 1500
)

func (h *Hub) pullPage(p *pull) (page.Pull, error) {
	c, err := p.comparison()
	if err != nil {
		return page.Pull{}, err
	}
	head := p.headRef
	if p.headRepo != nil && p.headRepo != p.repo {
		head = p.headRepo.owner.login + ":" + head
	}
	v := page.Pull{Repository: p.repo.fullName(), Title: p.title, Body: p.body, Author: p.user.login, Number: p.number,
		State: p.pageState(),
		Head:  head, Base: p.baseRef, HeadSHA: p.headSHA, Created: p.created, Events: p.events(), Merge: h.mergeBox(p),
		FileCount: len(c.Files)}
	for _, l := range p.labels {
		v.Labels = append(v.Labels, l.name)
	}
	for _, sha := range c.Ahead {
		commit, err := p.repo.git.Commit(sha)
		if err != nil {
			return page.Pull{}, err
		}
		title, _, _ := strings.Cut(commit.Message, "\n")
		v.Commits = append(v.Commits, page.Commit{SHA: sha, Title: title, Author: commit.Author.Name})
	}
	runs := p.repo.runs[p.headSHA]
	latest := latestRuns(runs)
	notes := map[string][]page.Note{}
	for _, run := range slices.Backward(runs) {
		r := h.runPage(p, run)
		if r.Old = !slices.Contains(latest, run); !r.Old {
			for _, n := range r.Notes {
				notes[n.Path] = append(notes[n.Path], n)
			}
		}
		v.Runs = append(v.Runs, r)
	}
	for _, t := range p.roots() {
		notes[t.path] = append(notes[t.path], p.threadPage(t))
	}
	sorting.StableBy(v.Runs, func(a, b page.Run) int { return cmp.Compare(urgency(a), urgency(b)) })
	anchors := map[string]bool{}
	for i, f := range c.Files {
		v.Added, v.Removed = v.Added+f.Added, v.Removed+f.Removed
		if i < shownFiles {
			v.Files = append(v.Files, filePage(f, notes[f.Path], anchors))
		}
	}
	for i := range v.Runs {
		for j := range v.Runs[i].Notes {
			n := &v.Runs[i].Notes[j]
			if at := anchor(n.Path, n.End); anchors[at] {
				n.Anchor = at
			} else if anchors[anchor(n.Path, 0)] {
				n.Anchor = anchor(n.Path, 0)
			}
		}
	}
	return v, nil
}

// threadPage is a review thread at its line. One that is outdated has no line any more and stands above the file.
func (p *pull) threadPage(t *reviewComment) page.Note {
	n := page.Note{
		Level:   "comment",
		Path:    t.path,
		Message: t.body,
		Start:   cmp.Or(t.startLine, t.line),
		End:     t.line,
		By:      t.user.login,
		ID:      fmt.Sprintf("discussion_r%d", t.id),
		Old:     t.side == "LEFT",
	}
	if t.resolved {
		n.Word = "resolved by " + t.resolvedBy.login
	}
	if p.outdated(t) {
		n.End, n.Word = 0, strings.TrimPrefix(n.Word+", outdated", ", ")
	}
	for _, answer := range p.talk(t)[1:] {
		n.Answers = append(n.Answers, page.Answer{By: answer.user.login, Message: answer.body})
	}
	return n
}

// urgency puts what stands against merging first and what was replaced last.
func urgency(r page.Run) int {
	if r.Old {
		return 4
	}
	return slices.Index([]string{"failure", "pending", "neutral", "success"}, r.State)
}

// anchor names a line of the new side of a file, or with 0 the file.
func anchor(path string, line int) string {
	if line == 0 {
		return "file-" + shortHash(path)
	}
	return fmt.Sprintf("L-%s-%d", shortHash(path), line)
}

func (h *Hub) runPage(p *pull, run *checkRun) page.Run {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	v := page.Run{ID: run.id, Name: run.name, App: run.suite.app.spec.Name, State: run.pageState(), Details: run.detailsURL,
		Word: strings.ReplaceAll(cmp.Or(run.conclusion, run.status), "_", " "), Title: text(run.title), Summary: text(run.summary),
		Text: text(run.text)}
	if !strings.HasPrefix(v.Details, "http://") && !strings.HasPrefix(v.Details, "https://") {
		v.Details = ""
	}
	if run.status == "completed" && !run.started.IsZero() && !run.completed.Before(run.started) {
		v.Took = "took " + run.completed.Sub(run.started).Round(time.Millisecond).String()
		if run.completed.Equal(run.started) {
			v.Took = "took less than a second"
		}
	}
	if rules := p.repo.protected[p.baseRef]; rules != nil {
		v.Required = slices.ContainsFunc(rules.Checks, func(c RequiredCheck) bool {
			return c.Context == run.name && (c.App == 0 || c.App == run.suite.app.spec.ID)
		})
	}
	for _, a := range run.actions {
		v.Actions = append(v.Actions, page.Action{Label: a.Label, Description: a.Description})
	}
	for _, a := range run.annotations {
		v.Notes = append(v.Notes,
			page.Note{
				Level:   a.Level,
				Path:    a.Path,
				Title:   text(a.Title),
				Message: a.Message,
				Start:   a.StartLine,
				End:     a.EndLine,
				Run:     run.name,
			})
	}
	return v
}

// events is the conversation in the order it happened.
func (p *pull) events() []page.Event {
	kinds := map[string]string{"APPROVED": "approved", "CHANGES_REQUESTED": "changes", "DISMISSED": "dismissed", "COMMENTED": "reviewed"}
	var out []page.Event
	for _, v := range p.reviews {
		if kinds[v.state] != "" {
			out = append(out,
				page.Event{Kind: kinds[v.state], Author: v.user.login, Bot: v.user.kind == "Bot", Body: v.body, When: v.submittedAt,
					ID: fmt.Sprintf("pullrequestreview-%d", v.id), Commit: v.commit})
		}
	}
	for _, c := range p.comments {
		out = append(out,
			page.Event{Kind: "comment", Author: strings.TrimSuffix(c.user.login, "[bot]"), Bot: c.user.kind == "Bot", Body: c.body,
				When:   c.created,
				Edited: c.updated.After(c.created), ID: fmt.Sprintf("issuecomment-%d", c.id)})
	}
	sorting.StableBy(out, func(a, b page.Event) int { return a.When.Compare(b.When) })
	return out
}

func (h *Hub) mergeBox(p *pull) page.Merge {
	v := page.Merge{}
	if rules := p.repo.protected[p.baseRef]; rules != nil {
		for _, c := range rules.Checks {
			v.Required = append(v.Required, c.Context)
		}
	}
	refusal := h.refusal(p)
	mergeable, known := p.repo.git.Mergeable(p.diffBase(), p.headSHA)
	switch {
	case p.merged:
		by := ""
		if p.mergedBy != nil {
			by = " by " + p.mergedBy.login
		}
		v.Good, v.Word, v.Detail = true, "Merged"+by, p.mergeSHA
	case p.state == "closed":
		v.Word = "Closed without merging"
	case p.draft:
		v.Pending, v.Word, v.Detail = true, "Draft", "This pull request is still a work in progress and cannot be merged."
	case known && !mergeable:
		v.Word, v.Detail = "This branch has conflicts that must be resolved",
			"Merge the base branch into this one and settle the conflicts."
	case refusal != "":
		v.Word, v.Detail = "Merging is blocked", refusal
		v.Pending = strings.Contains(refusal, "expected") || strings.Contains(refusal, "in progress")
	default:
		v.Good, v.Word, v.Detail = true, "Ready to merge", "Nothing that is required stands against it."
	}
	return v
}

// filePage is one file of the diff, with its notes at their lines. It notes the anchors it makes.
func filePage(f githost.FileDiff, notes []page.Note, anchors map[string]bool) page.File {
	v := page.File{Path: f.Path, OldPath: f.OldPath, Status: f.Status, Anchor: anchor(f.Path, 0), Added: f.Added, Removed: f.Removed}
	anchors[v.Anchor] = true
	at, before := map[int][]page.Note{}, map[int][]page.Note{}
	for _, n := range notes {
		if n.Old {
			before[n.End] = append(before[n.End], n)
		} else {
			at[n.End] = append(at[n.End], n)
		}
	}
	if f.Patch == "" {
		v.Why = missingPatch(f)
	}
	kinds := map[byte]string{'+': "add", '-': "del", ' ': "ctx", '@': "hunk", '\\': "end"}
	for _, l := range diffLines(f.Patch) {
		if len(v.Lines) == shownLines {
			v.Why = fmt.Sprintf("Only the first %d lines are shown.", shownLines)
			break
		}
		line := page.Line{Kind: kinds[l.kind], Old: l.old, New: l.new, Text: l.text}
		if l.new > 0 {
			line.Anchor, line.Notes = anchor(f.Path, l.new), at[l.new]
			anchors[line.Anchor] = true
			delete(at, l.new)
		}
		if l.old > 0 {
			line.Notes = append(line.Notes, before[l.old]...)
			delete(before, l.old)
		}
		v.Lines = append(v.Lines, line)
	}
	for _, n := range notes {
		shown := at
		if n.Old {
			shown = before
		}
		if _, left := shown[n.End]; left {
			v.Outside = append(v.Outside, n)
		}
	}
	return v
}

func missingPatch(f githost.FileDiff) string {
	switch {
	case f.Binary:
		return "A binary file."
	case f.Status == "renamed":
		return "Renamed without changes."
	case f.OldMode != f.NewMode && f.Status == "modified":
		return "Mode changed from " + f.OldMode + " to " + f.NewMode + "."
	}
	return "An empty file."
}
