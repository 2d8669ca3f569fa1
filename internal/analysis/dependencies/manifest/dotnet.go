package manifest

import (
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
)

// readProject reads what a project file, Directory.Packages.props or packages.config asks for.
func readProject(s *set) error {
	s.Listed = true
	version := ""
	return s.element(func(above []string, attributes map[string]string, text string, line int) error {
		name := above[len(above)-1]
		if name == "Version" && len(above) > 1 && above[len(above)-2] == "PackageReference" {
			version = text
			return nil
		}
		p := Package{Direct: true, Line: line}
		switch name {
		case "PackageReference", "PackageVersion", "GlobalPackageReference":
			p.Name, p.Requirement = attributes["Include"], attributes["Version"]+attributes["VersionOverride"]
			if p.Requirement == "" {
				p.Requirement = version
			}
			version = ""
		case "package":
			p.Name, p.Requirement = attributes["id"], attributes["version"]
		default:
			return nil
		}
		p.Name = strings.ToLower(p.Name)
		if !strings.ContainsAny(p.Requirement, "$*[](),") {
			p.Version = p.Requirement
		}
		return s.add(p)
	})
}

// readNuGetLock reads a packages.lock.json.
func readNuGetLock(s *set) error {
	r := s.json()
	s.Listed = true
	seen := map[string]bool{}
	return jsonscan.Members(r.Decoder, func(section string) error {
		if section != "dependencies" {
			return jsonscan.Skip(r.Decoder)
		}
		return jsonscan.Members(r.Decoder, func(framework string) error {
			return jsonscan.Members(r.Decoder, func(name string) error {
				s.once(framework, name)
				line := r.here()
				var e struct {
					Type         string            `json:"type"`
					Resolved     string            `json:"resolved"`
					ContentHash  string            `json:"contentHash"`
					Dependencies map[string]string `json:"dependencies"`
				}
				if err := jsonscan.Value(r.Decoder, &e); err != nil {
					return err
				}
				if e.Type == "Project" || seen[name+" "+e.Resolved] {
					return nil
				}
				seen[name+" "+e.Resolved] = true
				p := Package{Name: strings.ToLower(name), Version: e.Resolved, Direct: e.Type == "Direct", Line: line}
				if e.ContentHash != "" {
					p.Sums = map[string]string{"sha512": e.ContentHash}
				}
				for _, need := range sortedKeys(e.Dependencies) {
					p.Needs = append(p.Needs, strings.ToLower(need))
				}
				return s.add(p)
			})
		})
	})
}
