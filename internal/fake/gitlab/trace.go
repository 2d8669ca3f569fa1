package gitlab

import "strings"

// trace moves the remarks of a merge request to a version that a push made: to the same line where it still stands in
// the diff, as GitLab's position tracer does. A remark whose line was changed stays where it was, outdated.
func (l *Lab) trace(m *request, v *version) error {
	for _, n := range m.notes {
		at := n.position
		if at == nil || at.Kind != "text" || at.Head == v.head {
			continue
		}
		moved, err := l.traced(m, v, at)
		if err != nil {
			return err
		}
		if moved != nil {
			n.position = moved
		}
	}
	return nil
}

func (l *Lab) traced(m *request, v *version, at *position) (*position, error) {
	out := *at
	out.Base, out.Start, out.Head, out.Range = v.base, v.start, v.head, nil
	var ok bool
	var err error
	if at.NewLine != nil {
		if out.NewLine, ok, err = m.target.follow(at.Head, v.head, at.NewPath, *at.NewLine); err != nil || !ok {
			return nil, err
		}
	}
	if at.OldLine != nil {
		if out.OldLine, ok, err = m.target.follow(at.Base, v.base, at.OldPath, *at.OldLine); err != nil || !ok {
			return nil, err
		}
	}
	files, err := m.target.files(v.base, v.head)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Path == at.NewPath && stands(f.Patch, out.OldLine, out.NewLine) {
			return &out, nil
		}
	}
	return nil, nil
}

// follow is the number of a line of a file at a later commit; false when the line was changed or removed.
func (p *project) follow(from, to, path string, number int) (*int, bool, error) {
	if from == to {
		return &number, true, nil
	}
	files, err := p.files(from, to)
	if err != nil {
		return nil, false, err
	}
	for _, f := range files {
		if f.Path != path && f.OldPath != path {
			continue
		}
		if f.Path != path || f.Status == "removed" {
			return nil, false, nil
		}
		now, kept := mapped(f.Patch, number)
		return &now, kept, nil
	}
	return &number, true, nil
}

// mapped is the new number of an old line by a patch.
func mapped(patch string, number int) (now int, kept bool) {
	a, b := 1, 1 // the next lines on both sides
	for line := range strings.SplitSeq(patch, "\n") {
		switch {
		case strings.HasPrefix(line, "@@ "):
			from, to, err := header(line)
			if err != nil || number < from {
				return number - a + b, err == nil
			}
			a, b = from, to
		case strings.HasPrefix(line, "+"):
			b++
		case strings.HasPrefix(line, "-"):
			if a == number {
				return 0, false
			}
			a++
		case strings.HasPrefix(line, " "):
			if a == number {
				return b, true
			}
			a, b = a+1, b+1
		}
	}
	return number - a + b, true
}
