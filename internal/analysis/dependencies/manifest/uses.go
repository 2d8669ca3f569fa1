package manifest

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// usesLine is the key of a step or of a job, with a comment behind it. Text blocks of a script that hold such a line are
// not told apart: nothing but a row of a table follows from it.
var usesLine = lazyregexp.New(`^\s*(?:-\s+)?["']?uses["']?\s*:\s*["']?([^\s"'#]+)["']?\s*(?:#\s*(\S+))?`)

// isWorkflow reports whether a path is that of a workflow or of an action.
func isWorkflow(name string) bool {
	ext := path.Ext(name)
	return (ext == ".yml" || ext == ".yaml") &&
		(path.Dir(name) == ".github/workflows" || strings.TrimSuffix(path.Base(name), ext) == "action")
}

// readUses reads the actions and workflows of other repositories that a workflow runs. Those of its own repository, and
// those whose name is an expression, are left out. Version is what the reference names; of a commit id, the version in
// the comment behind it is the Requirement.
func readUses(s *set) error {
	return s.lines(func(n int, line string) error {
		m := usesLine.FindStringSubmatch(line)
		if m == nil || strings.Contains(m[1], "${{") || strings.HasPrefix(m[1], ".") {
			return nil
		}
		p := Package{Direct: true, Line: n}
		if image, ok := strings.CutPrefix(m[1], "docker://"); ok {
			p.image(image)
			p.Name = "docker://" + p.Name
			return s.add(p)
		}
		name, version, ok := strings.Cut(m[1], "@")
		if !ok || !strings.Contains(name, "/") {
			return nil // GitHub refuses it, and workflows/syntax says so
		}
		p.Name, p.Version = name, version
		if len(version) == 40 && strings.ContainsAny(m[2], "0123456789") {
			p.Requirement = m[2]
		}
		return s.add(p)
	})
}

// image takes the reference of an image apart.
func (p *Package) image(reference string) {
	name, digest, pinned := strings.Cut(reference, "@")
	if at := strings.LastIndex(name, ":"); at > strings.LastIndex(name, "/") {
		p.Version = name[at+1:]
		name = name[:at]
	}
	p.Name = name
	if pinned {
		p.Sums = map[string]string{"digest": digest}
	}
}
