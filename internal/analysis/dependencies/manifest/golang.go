package manifest

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/gomod"
)

// readGoMod reads a go.mod. What it requires is what a build gets at least, so it is manifest and lock at once.
func readGoMod(s *set) error {
	f, err := gomod.Read(s.path, s.content)
	if err != nil {
		return err
	}
	s.Listed = true
	s.toolchain(f.Go, f.Toolchain)
	if strings.Contains(f.Module, "/") {
		s.Own = f.Module
	}
	for _, r := range f.Requires {
		p := Package{Name: r.Path, Version: r.Version, Requirement: r.Version, Direct: !r.Indirect, Line: r.Line}
		for _, with := range f.Replaces {
			if with.Path != r.Path || with.Version != "" && with.Version != r.Version {
				continue
			}
			p.Line = with.Line
			if with.NewVersion == "" {
				p.Source, p.Location = "path", with.NewPath
			} else if p.Version = with.NewVersion; with.NewPath != r.Path {
				// Another module in the place of this one: a fork.
				p.Source, p.Location, p.Host = "fork", with.NewPath, host("https://"+with.NewPath)
			}
		}
		if err := s.add(p); err != nil {
			return err
		}
	}
	return nil
}

// readGoWork reads a go.work: which folders are its modules, and what stands in the place of a module for all of them. It
// is a lock, as what it says is what a build gets; what it leaves out the modules say.
func readGoWork(s *set) error {
	f, err := gomod.ReadWork(s.path, s.content)
	if err != nil {
		return err
	}
	s.toolchain(f.Go, f.Toolchain)
	for _, u := range f.Uses {
		s.Uses = append(s.Uses, Use{Kind: "Go workspace", Name: u.Value, Line: u.Line})
	}
	for _, r := range f.Replaces {
		p := Package{Name: r.Path, Version: r.NewVersion, Line: r.Line}
		switch {
		case r.NewVersion == "":
			p.Source, p.Location = "path", r.NewPath
		case r.NewPath != r.Path:
			p.Source, p.Location, p.Host = "fork", r.NewPath, host("https://"+r.NewPath)
		}
		if err := s.add(p); err != nil {
			return err
		}
	}
	return nil
}

// toolchain adds the version of the language and the tool chain.
func (s *set) toolchain(language, chain gomod.Line) {
	for _, u := range []Use{
		{Kind: "Go toolchain", Name: "go", Version: language.Value, Line: language.Line},
		{Kind: "Go toolchain", Name: "toolchain", Version: strings.TrimPrefix(chain.Value, "go"), Line: chain.Line},
	} {
		if u.Version != "" {
			s.Uses = append(s.Uses, u)
		}
	}
}

// readGoSum reads the checksums of a go.sum.
func readGoSum(s *set) error {
	return s.lines(func(n int, line string) error {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			return nil
		}
		if len(fields) != 3 {
			return fmt.Errorf("%d fields, and a checksum has 3", len(fields))
		}
		algorithm, sum, ok := strings.Cut(fields[2], ":")
		if !ok {
			return fmt.Errorf("no checksum")
		}
		version, mod := strings.CutSuffix(fields[1], "/go.mod")
		if mod {
			algorithm += " of go.mod"
		}
		return s.add(Package{Name: fields[0], Version: version, Sums: map[string]string{algorithm: sum}, Line: n})
	})
}
