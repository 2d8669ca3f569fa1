package manifest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
)

// npmSections are the members of a package.json that name dependencies, with their scope.
var npmSections = map[string]string{
	"dependencies": "", "devDependencies": "dev", "optionalDependencies": "optional", "peerDependencies": "peer",
}

// reader decodes JSON and knows the line it stands on.
type reader struct {
	*json.Decoder
	content []byte
	at      int64
	line    int
}

func (s *set) json() *reader {
	return &reader{Decoder: jsonscan.NewDecoder(bytes.NewReader(s.content)), content: s.content, line: 1}
}

// here is the line of what was read last.
func (r *reader) here() int {
	to := min(r.InputOffset(), int64(len(r.content)))
	r.line += bytes.Count(r.content[r.at:to], []byte("\n"))
	r.at = to
	return r.line
}

// next is the line of what is read next.
func (r *reader) next() int {
	line := r.here()
	for _, c := range r.content[r.at:] {
		switch c {
		case '\n':
			line++
		case ' ', '\t', '\r', ',':
		default:
			return line
		}
	}
	return line
}

func readPackageJSON(s *set) error {
	r := s.json()
	s.Listed = true
	if err := jsonscan.Members(r.Decoder, func(section string) error {
		scope, ok := npmSections[section]
		switch {
		case section == "name":
			return s.own(r)
		case !ok:
			return jsonscan.Skip(r.Decoder)
		}
		s.once("", section)
		return s.requirements(r, section, scope)
	}); err != nil {
		return err
	}
	return jsonscan.Whole(r.Decoder)
}

// own reads the name of the package itself.
func (s *set) own(r *reader) error {
	var name any
	err := jsonscan.Value(r.Decoder, &name)
	text, _ := name.(string)
	s.Own = strings.ToLower(text)
	return err
}

func (s *set) requirements(r *reader, section, scope string) error {
	return jsonscan.Members(r.Decoder, func(name string) error {
		s.once(section, name)
		p := Package{Name: name, Direct: true, Scope: scope, Line: r.here()}
		var req any
		if err := jsonscan.Value(r.Decoder, &req); err != nil {
			return err
		}
		text, _ := req.(string)
		npmRequirement(&p, text)
		return s.add(p)
	})
}

// npmEntry is one package of a package-lock.json.
type npmEntry struct {
	Name         string            `json:"name"`
	Version      string            `json:"version"`
	Resolved     any               `json:"resolved"`
	Integrity    string            `json:"integrity"`
	Link         bool              `json:"link"`
	Dev          bool              `json:"dev"`
	Optional     bool              `json:"optional"`
	Peer         bool              `json:"peer"`
	InBundle     bool              `json:"inBundle"`
	Bundled      bool              `json:"bundled"`
	Script       bool              `json:"hasInstallScript"`
	Licence      any               `json:"license"`
	Requires     any               `json:"requires"`
	Dependencies json.RawMessage   `json:"dependencies"`
	DevDeps      map[string]string `json:"devDependencies"`
	OptionalDeps map[string]string `json:"optionalDependencies"`
	PeerDeps     map[string]string `json:"peerDependencies"`
}

func (e npmEntry) scope() string {
	switch {
	case e.Dev:
		return "dev"
	case e.Optional:
		return "optional"
	case e.Peer:
		return "peer"
	}
	return ""
}

func readPackageLock(s *set) error {
	r := s.json()
	packages := false
	var old []Package // those of version 1, which a file of version 2 repeats
	wanted := map[string]bool{}
	err := jsonscan.Members(r.Decoder, func(section string) error {
		switch section {
		case "packages":
			packages = true
			return jsonscan.Members(r.Decoder, func(key string) error {
				s.once("packages", key)
				line := r.here()
				var e npmEntry
				if err := jsonscan.Value(r.Decoder, &e); err != nil {
					return err
				}
				return s.npmPackage(key, e, line, wanted)
			})
		case "dependencies":
			if packages {
				return jsonscan.Skip(r.Decoder)
			}
			return s.npmNested(r, 0, &old)
		}
		return jsonscan.Skip(r.Decoder)
	})
	if err != nil {
		return err
	}
	if !packages {
		for _, p := range old {
			if err := s.add(p); err != nil {
				return err
			}
		}
		return jsonscan.Whole(r.Decoder)
	}
	s.Listed = true
	for i := range s.Packages {
		s.Packages[i].Direct = s.Packages[i].Direct && wanted[s.Packages[i].Name]
	}
	return jsonscan.Whole(r.Decoder)
}

// npmPackage takes one member of "packages". Its key is the folder: that of the project, of a workspace, or below node_modules.
func (s *set) npmPackage(key string, e npmEntry, line int, wanted map[string]bool) error {
	var deps map[string]string
	if len(e.Dependencies) > 0 {
		if err := json.Unmarshal(e.Dependencies, &deps); err != nil {
			return err
		}
	}
	at := strings.LastIndex(key, "node_modules/")
	if at < 0 {
		for _, group := range []map[string]string{deps, e.DevDeps, e.OptionalDeps, e.PeerDeps} {
			for name := range group {
				wanted[name] = true
			}
		}
		return nil
	}
	if e.Link {
		return nil
	}
	folder := key[at+len("node_modules/"):]
	p := Package{Name: folder, Version: e.Version, Scope: e.scope(), Script: e.Script, Licence: npmLicence(e.Licence), Line: line}
	// A folder at the top of the project or of a workspace is what the project asks for, if it asks for that name.
	p.Direct = strings.Count(key, "node_modules/") == 1
	if e.Name != "" {
		if wanted[folder] {
			wanted[e.Name] = true
		}
		p.Name = e.Name
	}
	p.resolved(e, e.InBundle || e.Bundled)
	for name := range deps {
		p.Needs = append(p.Needs, name)
	}
	slices.Sort(p.Needs)
	return s.add(p)
}

// resolved says where npm found a package.
func (p *Package) resolved(e npmEntry, bundled bool) {
	address, _ := e.Resolved.(string)
	if address == "" {
		address = e.Version // version 1 has the address of what is in no registry here
	}
	switch {
	case bundled:
		p.Source = ""
	case strings.HasPrefix(address, "git"):
		p.at("git", address)
	case strings.HasPrefix(address, "file:"):
		p.Source = "path"
	case strings.HasPrefix(address, "http"):
		p.Host, p.Location = host(address), clean(address)
		if !registryTarball(p.Location) {
			p.Source = "url"
		}
	}
	p.Sums = npmSums(e.Integrity)
}

// registryTarball reports whether an address looks as a registry's do: ".../-/name-1.0.0.tgz", or a forge's package registry.
func registryTarball(address string) bool {
	return strings.Contains(address, "/-/") || strings.Contains(address, "/download/") || !strings.HasSuffix(address, "gz") &&
		!strings.Contains(address, "/archive/") && !strings.Contains(address, "codeload.")
}

func npmSums(integrity string) map[string]string {
	var sums map[string]string
	for sum := range strings.FieldsSeq(integrity) {
		algorithm, digest, ok := strings.Cut(sum, "-")
		if !ok {
			continue
		}
		if sums == nil {
			sums = map[string]string{}
		}
		digest, _, _ = strings.Cut(digest, "?")
		if sums[algorithm] == "" {
			sums[algorithm] = digest
		}
	}
	return sums
}

func npmLicence(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		name, _ := v["type"].(string)
		return name
	}
	return ""
}

// maxNesting bounds how deep folders of node_modules stand in each other.
const maxNesting = 50

// npmNested reads the "dependencies" of version 1, in which packages stand inside those that have them.
func (s *set) npmNested(r *reader, depth int, into *[]Package) error {
	return jsonscan.Members(r.Decoder, func(name string) error {
		if depth == 0 {
			s.once("dependencies", name)
		}
		line := r.here()
		var e npmEntry
		if err := jsonscan.Value(r.Decoder, &e); err != nil {
			return err
		}
		return s.npmOld(name, e, line, depth, into)
	})
}

func (s *set) npmOld(name string, e npmEntry, line, depth int, into *[]Package) error {
	p := Package{Name: name, Version: e.Version, Scope: e.scope(), Line: line}
	if real, ok := strings.CutPrefix(e.Version, "npm:"); ok {
		if at := strings.LastIndex(real, "@"); at > 0 {
			p.Name, p.Version, e.Version = real[:at], real[at+1:], real[at+1:]
		}
	}
	p.resolved(e, e.Bundled)
	requires, _ := e.Requires.(map[string]any)
	for need := range requires {
		p.Needs = append(p.Needs, need)
	}
	slices.Sort(p.Needs)
	*into = append(*into, p)
	if len(e.Dependencies) == 0 || depth == maxNesting || len(*into) > maxPackages {
		return nil
	}
	var inner map[string]npmEntry
	if err := json.Unmarshal(e.Dependencies, &inner); err != nil {
		return err
	}
	for _, name := range sortedKeys(inner) {
		if err := s.npmOld(name, inner[name], line, depth+1, into); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
