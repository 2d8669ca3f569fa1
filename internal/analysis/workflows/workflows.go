// Package workflows says what a change does to GitHub Actions and to Dependabot: which of their files it touches, and which
// broken or dangerous things it brings in. It judges the whole file at both ends of the diff, and counts only what the head
// has more of, so that nobody is asked about what was there before. What cannot be judged is said by name.
package workflows

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/workflows/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Bounds. GitHub refuses workflows that are larger.
const (
	maxFile     = 512 << 10
	maxFiles    = 100
	maxFindings = 200
)

// Kinds of files.
const (
	workflow   = "workflow"
	action     = "action"
	dependabot = "dependabot"
	other      = "other"
)

// Wants are both sides of every changed workflow and action, and of Dependabot's configuration.
func Wants(files []diff.File) []change.Want {
	var wants []change.Want
	for _, f := range files {
		if k := kindOf(f.Path); k != "" && k != other && f.Status != diff.Removed {
			wants = append(wants, change.WantSides(f, maxFile, family.Workflows)...)
		}
	}
	return wants
}

// kindOf tells what a path is to CI; empty when it is nothing.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#about-yaml-syntax-for-workflows
func kindOf(p string) string {
	base := path.Base(p)
	yaml := path.Ext(p) == ".yml" || path.Ext(p) == ".yaml"
	switch {
	case path.Dir(p) == ".github/workflows" && yaml:
		return workflow
	case base == "action.yml" || base == "action.yaml":
		return action
	case p == ".github/dependabot.yml" || p == ".github/dependabot.yaml":
		return dependabot
	case p == ".gitlab-ci.yml",
		p == "Jenkinsfile",
		p == "azure-pipelines.yml",
		p == ".circleci/config.yml",
		p == ".travis.yml",
		p == "bitbucket-pipelines.yml",
		p == ".drone.yml",
		strings.HasPrefix(p, ".buildkite/") && yaml:
		return other
	}
	return ""
}

// Analyse concludes the facts. It reads nothing but its arguments.
func Analyse(s *change.Snapshot, set settings.Workflows) Facts {
	f := Facts{Files: []File{}, Findings: []Finding{}}
	o := audit.Options{Owner: s.Repository.Owner, Public: !s.Repository.Private, Trusted: set.Trusted}
	for i := range s.Files {
		changed := &s.Files[i]
		kind := kindOf(changed.Path)
		if kind == "" || changed.Status == diff.Removed {
			continue
		}
		file, found, known := judge(s, changed, kind, o)
		f.Files = append(f.Files, file)
		f.Findings = append(f.Findings, found...)
		f.Known += known
	}
	sorting.By(f.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	sorting.StableBy(
		f.Findings,
		func(a, b Finding) int { return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line) },
	)
	if n := len(f.Files); n > maxFiles {
		f.Files, f.FilesMore = f.Files[:maxFiles], n-maxFiles
	}
	if n := len(f.Findings); n > maxFindings {
		f.Findings, f.More = worst(f.Findings), n-maxFindings
	}
	return f
}

// worst are as many findings as are listed, in their order. Habits give way to dangers, and every other danger to what
// blocks: nobody hides one behind a hundred lines that are only careless.
func worst(all []Finding) []Finding {
	weight := func(f Finding) int {
		switch {
		case f.Audit == audit.UntrustedCheckout:
			return 0
		case f.Minor:
			return 2
		}
		return 1
	}
	kept := slices.Clone(all)
	sorting.StableBy(kept, func(a, b Finding) int { return weight(a) - weight(b) })
	kept = slices.Clip(kept[:maxFindings])
	sorting.StableBy(kept, func(a, b Finding) int { return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line) })
	return kept
}

// judge audits one file at both ends of the diff.
func judge(s *change.Snapshot, changed *diff.File, kind string, o audit.Options) (file File, found []Finding, had int) {
	file = File{Path: changed.Path, Kind: kind}
	if kind == other {
		file.Why = "only GitHub Actions and Dependabot are judged"
		return file, nil, 0
	}
	head, ok := s.Content(change.AtHead, changed.Path)
	switch {
	case !ok || head.Absent:
		file.Why = "it was not read"
		return file, nil, 0
	case !head.Read():
		file.Why = head.Problem
		return file, nil, 0
	}
	now, err := run(kind, head.Body, o)
	if errors.Is(err, audit.ErrShape) {
		return file, nil, 0
	}
	if err != nil {
		file.Why = err.Error()
		return file, nil, 0
	}
	file.Judged = true
	old, known := base(s, changed, kind, o)
	file.Compared = known
	fresh := introduced(now, old, known, added(changed))
	had = len(now) - len(fresh)
	for _, f := range compared(s, changed, kind, head.Body, fresh) {
		found = append(found, findingOf(changed.Path, f))
	}
	return file, found, had
}

func run(kind string, body []byte, o audit.Options) ([]audit.Finding, error) {
	switch kind {
	case action:
		return audit.Action(body, o)
	case dependabot:
		return audit.Dependabot(body, o)
	}
	return audit.Workflow(body, o)
}

// base audits what the file was. known is false when that is not known.
func base(s *change.Snapshot, changed *diff.File, kind string, o audit.Options) (old []audit.Finding, known bool) {
	if changed.Status == diff.Added || changed.Status == diff.Copied {
		return nil, true
	}
	was := before(changed)
	c, ok := s.Content(change.AtBase, was)
	if !ok || !c.Read() && !c.Absent {
		return nil, false
	}
	if c.Absent || kindOf(was) != kind {
		return nil, true // it ran nothing before
	}
	old, err := run(kind, c.Body, o)
	return old, err == nil || errors.Is(err, audit.ErrShape)
}

// introduced are the findings of now that before does not have: of equal ones as many as there are more, those on added
// lines first.
func introduced(now, before []audit.Finding, compared bool, added map[int]bool) []audit.Finding {
	type same struct{ audit, subject string }
	had := map[same]int{}
	for _, f := range before {
		had[same{f.Audit, f.Subject}]++
	}
	old := make([]bool, len(now))
	for _, onAdded := range []bool{false, true} {
		for i, f := range now {
			k := same{f.Audit, f.Subject}
			if had[k] > 0 && !old[i] && added[f.Line] == onAdded {
				had[k]--
				old[i] = true
			}
		}
	}
	var fresh []audit.Finding
	for i, f := range now {
		if !old[i] && (compared || added[f.Line]) {
			fresh = append(fresh, f)
		}
	}
	return fresh
}

// added are the lines of the head that the change adds.
func added(f *diff.File) map[int]bool {
	lines := map[int]bool{}
	for _, n := range f.Added() {
		lines[n] = true
	}
	return lines
}

func findingOf(p string, f audit.Finding) Finding {
	out := Finding{
		Audit: f.Audit, Minor: audit.Minor(f.Audit), Path: p, Line: f.Line, EndLine: f.EndLine,
		Message: f.Message, Remedy: f.Remedy, Subject: f.Subject,
	}
	if f.Rewrite != nil {
		out.Suggestion = &Suggestion{Line: f.Rewrite.First, EndLine: f.Rewrite.Last, Text: f.Rewrite.Text}
	}
	return out
}
