package github

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
)

// chooseControls says which commit rules the change: the tip of the base branch, if that branch is the default one, protected or
// listed by the operator; else the tip of the default branch, so that a stack of branches cannot bring its own rules.
func (rd *reading) chooseControls(repo *graphRepository) *graphCommit {
	base := repo.PullRequest.BaseRef
	s := &rd.s
	if s.Base.Ref == s.Repository.DefaultBranch || rd.trusts(s.Base.Ref, base) {
		s.Controls.Rev = s.Base
		return base.Target
	}
	s.Controls.Substituted = fmt.Sprintf(
		"the base branch %q is neither the default branch nor protected, so anybody who may push could write its rules", s.Base.Ref)
	if repo.DefaultBranchRef == nil || repo.DefaultBranchRef.Target == nil {
		rd.addGap("settings", controls.SettingsPath, "the repository has no default branch")
		rd.addGap("owners.file", "CODEOWNERS", "the repository has no default branch")
		return nil
	}
	s.Controls.Rev = change.Rev{Ref: repo.DefaultBranchRef.Name, SHA: repo.DefaultBranchRef.Target.OID}
	return repo.DefaultBranchRef.Target
}

// trusts reports whether a branch that is not the default one supplies its own controls.
func (f *Forge) trusts(branch string, ref *graphRef) bool {
	return protected(ref) || slices.Contains(f.TrustedBranches, branch)
}

// protected reports whether not everybody who may push can change the branch at will. A ruleset that only forbids deletion or asks for a
// pattern protects no content.
func protected(ref *graphRef) bool {
	if ref == nil {
		return false
	}
	if ref.RefUpdateRule != nil {
		return true
	}
	if ref.Rules == nil {
		return false
	}
	for _, rule := range ref.Rules.Nodes {
		if rule.Type == "PULL_REQUEST" || rule.Type == "UPDATE" || rule.Type == "MERGE_QUEUE" || rule.Type == "REQUIRED_STATUS_CHECKS" {
			return true
		}
	}
	return false
}

// readControls reads the control files of the chosen commit by blob id.
func (rd *reading) readControls(ctx context.Context, c *graphCommit) error {
	if c == nil {
		return nil
	}
	g, gctx := errgroup.WithContext(ctx)
	for i, place := range controls.Fixed() {
		if e := *c.fixed()[i]; e != nil {
			g.Go(func() error { return rd.control(gctx, place, *e) })
		}
	}
	g.Go(func() error { return rd.nestedAttributes(gctx, c.OID) })
	if err := g.Wait(); err != nil {
		return err
	}
	if f, ok := rd.s.Controls.Files[controls.SettingsPath]; ok && f.Content != nil && !rd.ValidSettings(f.Content) {
		return rd.settingsHistory(ctx, c.OID, f.Blob)
	}
	return nil
}

// control reads one control file; what keeps it from being used is a gap.
func (rd *reading) control(ctx context.Context, place controls.Place, e graphEntry) error {
	f, problem, err := rd.controlFile(ctx, place, e)
	if err != nil {
		return err
	}
	if problem != "" {
		rd.addGap(place.Fact, place.Path, problem)
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Controls.Files[place.Path] = f
	return nil
}

// controlFile reads what stands at a place. Without content, problem says why it cannot be used.
func (rd *reading) controlFile(ctx context.Context, place controls.Place, e graphEntry) (f change.File, problem string, err error) {
	f = change.File{Path: place.Path, Blob: e.OID, Size: e.Size}
	if problem = place.Problem(e.plain(), e.Size); problem != "" {
		return f, problem, nil
	}
	if f.Content, err = rd.blob(ctx, e.OID, place.Max); err != nil {
		return f, "", err
	}
	if f.Content == nil {
		problem = fmt.Sprintf("it has more than %d bytes", place.Max)
	}
	return f, problem, nil
}

// nestedAttributes reads the .gitattributes of every folder above a changed file, at the commit of the controls.
func (rd *reading) nestedAttributes(ctx context.Context, commit string) error {
	places, problem := controls.Attributes(changedPaths(rd.s.Files))
	if problem != "" {
		rd.addGap("attributes", "", problem)
	}
	if len(places) == 0 {
		return nil
	}
	var paths []string
	for _, p := range places {
		paths = append(paths, p.Path)
	}
	found, err := rd.stat(ctx, map[string][]string{commit: paths})
	if err != nil {
		return err
	}
	var there []graphEntry
	for _, st := range found[commit] {
		there = append(there, st.graphEntry)
	}
	if err := rd.prefetchBlobs(ctx, there); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, place := range places {
		if st := found[commit][place.Path]; st != nil {
			g.Go(func() error { return rd.control(gctx, place, st.graphEntry) })
		}
	}
	return g.Wait()
}

// historyQuery reads one commit's settings file and those of nine first parents before it.
var historyQuery = func() string {
	inner := "oid file(path: $path) { oid size type mode }"
	text := inner
	for range historyStep - 1 {
		text = inner + " parents(first: 1) { nodes { " + text + " } }"
	}
	return "query LintelHistory($owner: String!, $name: String!, $oid: GitObjectID!, $path: String!) { " +
		"repository(owner: $owner, name: $name) { object(oid: $oid) { ... on Commit { " + text + " } } } }"
}()

const historyStep = 10

type historyCommit struct {
	OID     string          `json:"oid"`
	File    *graphEntry     `json:"file"`
	Parents *historyParents `json:"parents"`
}

type historyParents struct {
	Nodes []*historyCommit `json:"nodes"`
}

func (c *historyCommit) parent() *historyCommit {
	if c == nil || c.Parents == nil || len(c.Parents.Nodes) == 0 {
		return nil
	}
	return c.Parents.Nodes[0]
}

// settingsHistory walks the first-parent history for the newest valid version of the settings, over at most
// controls.MaxHistory commits before the tip.
func (rd *reading) settingsHistory(ctx context.Context, tip, invalid string) error {
	place, last, at := controls.Settings(), invalid, tip
	for read := 0; ; {
		c, err := rd.history(ctx, at)
		if err != nil {
			return err
		}
		for step := 1; step < historyStep; step++ {
			if read++; read > controls.MaxHistory+1 {
				rd.s.Controls.HistoryCut = true
				return nil
			}
			if e := c.File; e != nil && e.OID != last && place.Problem(e.plain(), e.Size) == "" {
				last = e.OID
				f, _, err := rd.controlFile(ctx, place, *e)
				if err != nil {
					return err
				}
				rd.s.Controls.SettingsHistory = append(rd.s.Controls.SettingsHistory, f)
				if rd.ValidSettings(f.Content) {
					return nil
				}
			}
			if c = c.parent(); c == nil {
				return nil // the root commit was reached
			}
		}
		at = c.OID // read again as the first of the next query, which knows its parent
	}
}

// history reads a commit and first parents before it, historyStep in all.
func (rd *reading) history(ctx context.Context, at string) (*historyCommit, error) {
	if rd.REST {
		return rd.restHistory(ctx, at)
	}
	var data struct {
		Repository *struct {
			Object *historyCommit `json:"object"`
		} `json:"repository"`
	}
	if err := rd.query(ctx, rd.r.Connection, historyQuery,
		map[string]any{"owner": rd.r.Owner, "name": rd.r.Name, "oid": at, "path": controls.SettingsPath}, &data); err != nil {
		return nil, err
	}
	if data.Repository == nil || data.Repository.Object == nil {
		return nil, fmt.Errorf("read settings history at %s: %w", change.Short(at), errNoCommit)
	}
	return data.Repository.Object, nil
}

// proposals reads the control files that the change itself wants to replace.
func (rd *reading) proposals(ctx context.Context) error {
	touched := changedPaths(rd.s.Files)
	touches := func(place controls.Place) bool { return slices.Contains(touched, place.Path) }
	settings, owners := touches(controls.Settings()), slices.ContainsFunc(controls.Owners(), touches)
	var ask []string
	if settings {
		ask = append(ask, controls.SettingsPath)
	}
	if owners {
		for _, place := range controls.Owners() {
			ask = append(ask, place.Path)
		}
	}
	organised := strings.EqualFold(rd.r.Name, rd.OrganisationRepository) && slices.Contains(touched, rd.OrganisationPath)
	if organised {
		ask = append(ask, rd.OrganisationPath)
	}
	if len(ask) == 0 {
		return nil
	}
	stats, err := rd.stat(ctx, map[string][]string{rd.s.Head.SHA: ask})
	if err != nil {
		return err
	}
	found := stats[rd.s.Head.SHA]
	if settings {
		if rd.s.Proposed, err = rd.proposal(ctx, controls.Settings(), found); err != nil {
			return err
		}
		if rd.s.Proposed == nil { // the change removes it
			rd.s.Proposed = &change.File{Path: controls.SettingsPath}
		}
	}
	if organised {
		place := controls.Place{Path: rd.OrganisationPath, Fact: "settings", Max: controls.MaxSettings}
		if rd.s.ProposedOrganisation, err = rd.proposal(ctx, place, found); err != nil {
			return err
		}
		if rd.s.ProposedOrganisation == nil {
			rd.s.ProposedOrganisation = &change.File{Path: rd.OrganisationPath}
		}
	}
	if !owners {
		return nil
	}
	return rd.proposedOwners(ctx, found)
}

// proposal reads what a change puts at a place; nil when no file is there. What cannot be used has no content.
func (rd *reading) proposal(ctx context.Context, place controls.Place, found map[string]*stat) (*change.File, error) {
	st := found[place.Path]
	if st == nil || st.Type != "blob" {
		return nil, nil
	}
	f, _, err := rd.controlFile(ctx, place, st.graphEntry)
	return &f, err
}

// proposedOwners reads the CODEOWNERS file that would be in force, and the tree that its patterns are held against.
func (rd *reading) proposedOwners(ctx context.Context, found map[string]*stat) error {
	for _, place := range controls.Owners() {
		f, err := rd.proposal(ctx, place, found)
		if err != nil {
			return err
		}
		if f != nil {
			rd.s.ProposedOwners = f
			break
		}
	}
	paths, complete, err := rd.tree(ctx, rd.s.Head.SHA)
	if err != nil {
		return err
	}
	if !complete {
		rd.addGap("owners.tree", "", "GitHub cut the list of the repository's files, so unmatched patterns cannot be told")
		return nil
	}
	rd.s.Tree = paths
	return nil
}

// groupQuery reads a merge group's branch as it stands.
const groupQuery = `query LintelGroup($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { name target { oid } }
  }
}`

// checkGroup proves that the group is what its event said: its branch stands at its head, it goes into the pull request's base, and it
// carries the pull request's files and no others.
func (rd *reading) checkGroup(ctx context.Context) error {
	group := rd.s.Group
	if group.Problem != "" {
		return nil
	}
	rd.unpinnedRead()
	ref, err := rd.groupRef(ctx, group.Ref)
	if err != nil {
		return err
	}
	switch {
	case ref == nil || ref.Target == nil:
		group.Problem = fmt.Sprintf("the group's branch %q is gone", group.Ref)
		rd.addPassingGap("group", group.Ref, "GitHub knows no such branch")
	case ref.Target.OID != group.Head:
		group.Problem = fmt.Sprintf("the group's branch %q stands at %s, not at %s", group.Ref, change.Short(ref.Target.OID),
			change.Short(group.Head))
	case !strings.HasPrefix(group.Ref, queuePrefix+rd.s.Base.Ref+"/"):
		group.Problem = fmt.Sprintf("the group's branch %q is not for the base branch %q of pull request #%d", group.Ref, rd.s.Base.Ref,
			rd.number)
	}
	if group.Problem != "" {
		return nil
	}
	c, err := rd.compare(ctx, group.Base, group.Head)
	var unrelated *change.Unrelated
	if errors.As(err, &unrelated) {
		group.Problem = fmt.Sprintf("the group's commits %s..%s have no common ancestor", change.Short(group.Base),
			change.Short(group.Head))
		return nil
	}
	if err != nil {
		return err
	}
	group.Problem = rd.foreignFile(c)
	return nil
}

// groupRef reads where a group's branch stands; it is nil when the branch is gone.
func (rd *reading) groupRef(ctx context.Context, branch string) (*graphRef, error) {
	if rd.REST {
		return rd.restGroupRef(ctx, branch)
	}
	var data struct {
		Repository *struct {
			Ref *graphRef `json:"ref"`
		} `json:"repository"`
	}
	err := rd.query(ctx, rd.r.Connection, groupQuery,
		map[string]any{"owner": rd.r.Owner, "name": rd.r.Name, "ref": "refs/heads/" + branch}, &data)
	if err != nil {
		return nil, err
	}
	if data.Repository == nil {
		return nil, emptyAnswer("read branch " + branch)
	}
	return data.Repository.Ref, nil
}

// foreignFile says which file the group carries that the pull request does not.
func (rd *reading) foreignFile(c *comparison) string {
	if c.Cut {
		return "the group has too many files to be compared with its pull request"
	}
	own := map[string]bool{}
	for _, f := range rd.s.Files {
		own[f.Path] = true
		own[f.OldPath] = true
	}
	own[""] = true // the old path of a file that was not renamed
	for _, e := range c.Entries {
		for _, p := range []string{e.Path, e.OldPath} {
			if !own[p] {
				return fmt.Sprintf("the group changes %q, which pull request #%d does not", p, rd.number)
			}
		}
	}
	return ""
}
