package manifest

import (
	"maps"
	"slices"
	"strings"
)

func asIs(name string) string { return name }

// readCargoToml reads a Cargo.toml, of a package or of a workspace.
func readCargoToml(s *set) error {
	type tables struct {
		Dependencies map[string]any `toml:"dependencies"`
		Dev          map[string]any `toml:"dev-dependencies"`
		Build        map[string]any `toml:"build-dependencies"`
	}
	var doc struct {
		tables
		Workspace *struct {
			Dependencies map[string]any `toml:"dependencies"`
		} `toml:"workspace"`
		Target  map[string]tables `toml:"target"`
		Package map[string]any    `toml:"package"`
		Lints   map[string]any    `toml:"lints"`
	}
	if err := s.toml(&doc); err != nil {
		return err
	}
	s.Listed = true
	take := func(t tables) {
		s.table(t.Dependencies, "", asIs)
		s.table(t.Dev, "dev", asIs)
		s.table(t.Build, "build", asIs)
	}
	take(doc.tables)
	if doc.Workspace != nil {
		s.table(doc.Workspace.Dependencies, "", asIs)
	}
	for _, target := range sortedKeys(doc.Target) {
		take(doc.Target[target])
	}
	root := doc.Workspace != nil
	s.Member = !root && (doc.Package["workspace"] != nil || inherits(doc.Package, doc.Lints) ||
		slices.ContainsFunc(s.Packages, func(p Package) bool { return p.Source == "workspace" }))
	return s.few()
}

// inherits reports whether a table of a manifest, or a field of one, is taken over from the workspace.
func inherits(fields, lints map[string]any) bool {
	all := append([]any{lints}, slices.Collect(maps.Values(fields))...)
	return slices.ContainsFunc(all, func(v any) bool {
		table, _ := v.(map[string]any)
		return table["workspace"] == true
	})
}

// readCargoLock reads a Cargo.lock.
func readCargoLock(s *set) error {
	var doc struct {
		Package []struct {
			Name         string   `toml:"name"`
			Version      string   `toml:"version"`
			Source       string   `toml:"source"`
			Checksum     string   `toml:"checksum"`
			Dependencies []string `toml:"dependencies"`
		} `toml:"package"`
	}
	if err := s.toml(&doc); err != nil {
		return err
	}
	s.Listed = true
	wanted := map[string]bool{}
	line := s.blocks("[[package]]")
	for i, e := range doc.Package {
		if e.Source == "" {
			for _, need := range e.Dependencies {
				name, _, _ := strings.Cut(need, " ")
				wanted[name] = true
			}
			if err := s.add(Package{Name: e.Name, Version: e.Version, Source: "workspace", Line: line(i)}); err != nil {
				return err
			}
			continue
		}
		p := Package{Name: e.Name, Version: e.Version, Line: line(i)}
		switch kind, address, _ := strings.Cut(e.Source, "+"); kind {
		case "git":
			p.at("git", address)
		case "registry", "sparse":
			p.Host = host(address)
		default:
			p.at("url", e.Source)
		}
		if e.Checksum != "" {
			p.Sums = map[string]string{"sha256": e.Checksum}
		}
		for _, need := range e.Dependencies {
			name, _, _ := strings.Cut(need, " ")
			p.Needs = append(p.Needs, name)
		}
		if err := s.add(p); err != nil {
			return err
		}
	}
	for i := range s.Packages {
		s.Packages[i].Direct = wanted[s.Packages[i].Name]
	}
	return nil
}
