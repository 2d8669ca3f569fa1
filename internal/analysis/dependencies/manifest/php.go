package manifest

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
)

// platform reports whether a name is PHP itself or an extension of it.
func platform(name string) bool { return !strings.Contains(name, "/") }

// readComposer reads a composer.json.
func readComposer(s *set) error {
	r := s.json()
	s.Listed = true
	return jsonscan.Members(r.Decoder, func(section string) error {
		if section == "name" {
			return s.own(r)
		}
		if section != "require" && section != "require-dev" {
			return jsonscan.Skip(r.Decoder)
		}
		return jsonscan.Members(r.Decoder, func(name string) error {
			s.once(section, name)
			p := Package{Name: strings.ToLower(name), Direct: true, Line: r.here()}
			if section == "require-dev" {
				p.Scope = "dev"
			}
			var req any
			if err := jsonscan.Value(r.Decoder, &req); err != nil {
				return err
			}
			if platform(name) {
				return nil
			}
			p.Requirement, _ = req.(string)
			p.Version = exact(p.Requirement)
			return s.add(p)
		})
	})
}

// composerEntry is one package of a composer.lock.
type composerEntry struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Type    string   `json:"type"`
	Licence any      `json:"license"`
	Require any      `json:"require"`
	Replace any      `json:"replace"`
	Provide any      `json:"provide"`
	Source  download `json:"source"`
	Dist    download `json:"dist"`
}

type download struct {
	Type      string `json:"type"`
	URL       string `json:"url"`
	Reference string `json:"reference"`
	Sum       string `json:"shasum"`
}

// readComposerLock reads a composer.lock.
func readComposerLock(s *set) error {
	r := s.json()
	return jsonscan.Members(r.Decoder, func(section string) error {
		if section != "packages" && section != "packages-dev" {
			return jsonscan.Skip(r.Decoder)
		}
		return jsonscan.Elements(r.Decoder, func() error {
			var e composerEntry
			line := r.next()
			if err := jsonscan.Value(r.Decoder, &e); err != nil {
				return err
			}
			p := Package{Name: strings.ToLower(e.Name), Version: strings.TrimPrefix(e.Version, "v"), Line: line}
			p.Licence = composerLicence(e.Licence)
			if section == "packages-dev" {
				p.Scope = "dev"
			}
			switch {
			case e.Dist.Type == "path":
				p.Source = "path"
			case e.Dist.URL != "":
				p.Host = host(e.Dist.URL)
			case e.Source.URL != "":
				p.at("git", e.Source.URL)
			}
			p.Sums = map[string]string{}
			if e.Dist.Reference != "" && !strings.Contains(e.Version, "dev") {
				p.Sums["reference"] = e.Dist.Reference
			}
			if e.Dist.Sum != "" {
				p.Sums["sha1"] = e.Dist.Sum
			}
			requires, _ := e.Require.(map[string]any)
			p.Needs = slices.DeleteFunc(sortedKeys(requires), platform)
			for _, names := range []any{e.Replace, e.Provide} {
				m, _ := names.(map[string]any)
				p.Replaces = append(p.Replaces, sortedKeys(m)...)
			}
			return s.add(p)
		})
	})
}

// composerLicence joins the licences of which one may be chosen.
func composerLicence(v any) string {
	list, _ := v.([]any)
	var names []string
	for _, x := range list {
		if name, ok := x.(string); ok {
			names = append(names, name)
		}
	}
	return strings.Join(names, " OR ")
}
