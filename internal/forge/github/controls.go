package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
)

// Limits of control files. A CODEOWNERS file of 3 MB and more is not loaded by GitHub either.
const (
	settingsPath  = ".github/lintel.yml"
	maxSettings   = 256 << 10
	maxOwners     = 3<<20 - 1
	maxAttributes = 512 << 10
	maxHistory    = 50
	// maxAttributeDirs bounds how many folders are searched for .gitattributes.
	maxAttributeDirs = 2000
)

var ownersPaths = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}

// chooseControls says which commit rules the change: the tip of the base branch, if that branch is the default one, protected or
// listed by the operator; else the tip of the default branch, so that a stack of branches cannot bring its own rules.
func (rd *reading) chooseControls(repo *graphRepository) *graphCommit {
	base := repo.PullRequest.BaseRef
	s := &rd.s
	if s.Base.Ref == s.Repository.DefaultBranch || rd.believed(s.Base.Ref, base) {
		s.Controls.Rev = s.Base
		return base.Target
	}
	s.Controls.Substituted = fmt.Sprintf("the base branch %q is neither the default branch nor protected, so anybody who may push could write its rules", s.Base.Ref)
	if repo.DefaultBranchRef == nil || repo.DefaultBranchRef.Target == nil {
		rd.gap("settings", settingsPath, "the repository has no default branch")
		rd.gap("owners.file", "CODEOWNERS", "the repository has no default branch")
		return nil
	}
	s.Controls.Rev = change.Rev{Ref: repo.DefaultBranchRef.Name, SHA: repo.DefaultBranchRef.Target.OID}
	return repo.DefaultBranchRef.Target
}

// believed reports whether the controls of a branch that is not the default one are taken from it.
func (f *Forge) believed(branch string, ref *graphRef) bool {
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
	wanted := []struct {
		path, fact string
		entry      *graphEntry
		limit      int64
	}{
		{settingsPath, "settings", c.Settings, maxSettings},
		{ownersPaths[0], "owners.file", c.Owners1, maxOwners},
		{ownersPaths[1], "owners.file", c.Owners2, maxOwners},
		{ownersPaths[2], "owners.file", c.Owners3, maxOwners},
		{".gitattributes", "attributes", c.Attributes, maxAttributes},
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, w := range wanted {
		if w.entry != nil {
			g.Go(func() error { return rd.control(gctx, w.path, w.fact, *w.entry, w.limit) })
		}
	}
	g.Go(func() error { return rd.nestedAttributes(gctx, c.OID) })
	if err := g.Wait(); err != nil {
		return err
	}
	if f, ok := rd.s.Controls.Files[settingsPath]; ok && f.Content != nil && !rd.ValidSettings(f.Content) {
		return rd.settingsHistory(ctx, c.OID, f.Blob)
	}
	return nil
}

func (rd *reading) control(ctx context.Context, p, fact string, e graphEntry, limit int64) error {
	f := change.File{Path: p, Blob: e.OID, Size: e.Size}
	switch {
	case e.Type != "blob" || e.Mode == 0o120000:
		rd.gap(fact, p, "it is not a plain file (a symbolic link or a folder is not followed)")
	case e.Size > limit:
		rd.gap(fact, p, fmt.Sprintf("it has %d bytes, more than %d", e.Size, limit))
	default:
		body, err := rd.blob(ctx, e.OID, limit)
		if err != nil {
			return err
		}
		if body == nil {
			rd.gap(fact, p, fmt.Sprintf("it has more than %d bytes", limit))
		}
		f.Content = body
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.s.Controls.Files[p] = f
	return nil
}

// nestedAttributes reads the .gitattributes of every folder above a changed file, at the commit of the controls.
func (rd *reading) nestedAttributes(ctx context.Context, commit string) error {
	dirs := map[string]bool{}
	for _, f := range rd.s.Files {
		for _, p := range []string{f.Path, f.OldPath} {
			for dir := path.Dir(p); dir != "." && dir != "/" && p != ""; dir = path.Dir(dir) {
				dirs[dir+"/.gitattributes"] = true
			}
		}
	}
	paths := slices.Sorted(maps.Keys(dirs))
	if len(paths) > maxAttributeDirs {
		rd.gap("attributes", "", fmt.Sprintf("the change touches %d folders; .gitattributes was looked for in %d", len(paths), maxAttributeDirs))
		paths = paths[:maxAttributeDirs]
	}
	if len(paths) == 0 {
		return nil
	}
	found, err := rd.stat(ctx, map[string][]string{commit: paths})
	if err != nil {
		return err
	}
	for _, p := range paths {
		st := found[commit][p]
		if st == nil || st.Type != "blob" || st.Mode == 0o120000 {
			continue
		}
		if err := rd.control(ctx, p, "attributes", st.graphEntry, maxAttributes); err != nil {
			return err
		}
	}
	return nil
}

// historyQuery reads one commit's settings file and those of nine first parents before it.
var historyQuery = func() string {
	inner := "oid file(path: $path) { oid size type mode }"
	text := inner
	for range historyStep - 1 {
		text = inner + " parents(first: 1) { nodes { " + text + " } }"
	}
	return "query LintelHistory($owner: String!, $name: String!, $oid: GitObjectID!, $path: String!) { repository(owner: $owner, name: $name) { object(oid: $oid) { ... on Commit { " + text + " } } } }"
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

// settingsHistory walks the first-parent history for the newest valid version of the settings, over at most maxHistory commits.
func (rd *reading) settingsHistory(ctx context.Context, tip, invalid string) error {
	last, at := invalid, tip
	for read := 0; read < maxHistory; {
		chain, err := rd.history(ctx, at)
		if err != nil {
			return err
		}
		step := 0
		for c := chain; c != nil; c = c.parent() {
			if step++; step == historyStep {
				at = c.OID // read again as the first of the next query, which knows its parent
				break
			}
			read++
			if c.File == nil || c.File.OID == last || c.File.Type != "blob" || c.File.Size > maxSettings {
				continue
			}
			last = c.File.OID
			body, err := rd.blob(ctx, last, maxSettings)
			if err != nil {
				return err
			}
			rd.s.Controls.SettingsHistory = append(rd.s.Controls.SettingsHistory, change.File{Path: settingsPath, Blob: last, Size: c.File.Size, Content: body})
			if rd.ValidSettings(body) {
				return nil
			}
		}
		if step < historyStep {
			return nil // the root commit was reached
		}
	}
	rd.s.Controls.HistoryCut = true
	return nil
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
	if err := rd.query(ctx, rd.r.Installation, historyQuery, map[string]any{"owner": rd.r.Owner, "name": rd.r.Name, "oid": at, "path": settingsPath}, &data); err != nil {
		return nil, err
	}
	if data.Repository == nil || data.Repository.Object == nil {
		return nil, fmt.Errorf("read settings history at %s: %w", change.Short(at), errNoCommit)
	}
	return data.Repository.Object, nil
}

// proposals reads the control files that the change itself wants to replace.
func (rd *reading) proposals(ctx context.Context) error {
	touched := map[string]string{}
	for _, f := range rd.s.Files {
		touched[f.Path] = f.Blob
		if f.OldPath != "" {
			if _, ok := touched[f.OldPath]; !ok {
				touched[f.OldPath] = ""
			}
		}
	}
	if blob, ok := touched[settingsPath]; ok {
		f := change.File{Path: settingsPath, Blob: blob}
		if blob != "" {
			body, err := rd.blob(ctx, blob, maxSettings)
			if err != nil {
				return err
			}
			f.Content, f.Size = body, int64(len(body))
		}
		rd.s.Proposed = &f
	}
	if !slices.ContainsFunc(ownersPaths, func(p string) bool { _, ok := touched[p]; return ok }) {
		return nil
	}
	return rd.proposedOwners(ctx)
}

// proposedOwners reads the CODEOWNERS file that would be in force, and the tree that its patterns are held against.
func (rd *reading) proposedOwners(ctx context.Context) error {
	head := rd.s.Head.SHA
	found, err := rd.stat(ctx, map[string][]string{head: ownersPaths})
	if err != nil {
		return err
	}
	for _, p := range ownersPaths {
		st := found[head][p]
		if st == nil || st.Type != "blob" {
			continue
		}
		f := change.File{Path: p, Blob: st.OID, Size: st.Size}
		if st.Size <= maxOwners {
			if f.Content, err = rd.blob(ctx, st.OID, maxOwners); err != nil {
				return err
			}
		}
		rd.s.ProposedOwners = &f
		break
	}
	paths, complete, err := rd.tree(ctx, head)
	if err != nil {
		return err
	}
	if !complete {
		rd.gap("owners.tree", "", "GitHub cut the list of the repository's files, so unmatched patterns cannot be told")
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
		rd.unsure("group", group.Ref, "GitHub knows no such branch")
	case ref.Target.OID != group.Head:
		group.Problem = fmt.Sprintf("the group's branch %q stands at %s, not at %s", group.Ref, change.Short(ref.Target.OID), change.Short(group.Head))
	case !strings.HasPrefix(group.Ref, queuePrefix+rd.s.Base.Ref+"/"):
		group.Problem = fmt.Sprintf("the group's branch %q is not for the base branch %q of pull request #%d", group.Ref, rd.s.Base.Ref, rd.number)
	}
	if group.Problem != "" {
		return nil
	}
	c, err := rd.compare(ctx, group.Base, group.Head)
	var unrelated *change.Unrelated
	if errors.As(err, &unrelated) {
		group.Problem = fmt.Sprintf("the group's commits %s..%s have no common ancestor", change.Short(group.Base), change.Short(group.Head))
		return nil
	}
	if err != nil {
		return err
	}
	group.Problem = rd.foreign(c)
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
	err := rd.query(ctx, rd.r.Installation, groupQuery, map[string]any{"owner": rd.r.Owner, "name": rd.r.Name, "ref": "refs/heads/" + branch}, &data)
	if err != nil {
		return nil, err
	}
	if data.Repository == nil {
		return nil, blank("read branch " + branch)
	}
	return data.Repository.Ref, nil
}

// foreign says which file the group carries that the pull request does not.
func (rd *reading) foreign(c *comparison) string {
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
