package manifest

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// toml fills into, and says by line what is wrong.
func (s *set) toml(into any) error {
	err := toml.Unmarshal(s.content, into)
	var at *toml.DecodeError
	if errors.As(err, &at) {
		row, _ := at.Position()
		return fmt.Errorf("line %d: %s", row, strings.TrimPrefix(at.Error(), "toml: "))
	}
	return err
}

// tomlFile is a file of a package that a Python lock lists.
type tomlFile struct {
	File string `toml:"file"`
	URL  string `toml:"url"`
	Hash string `toml:"hash"`
}

// readPythonLock reads poetry.lock, uv.lock and pdm.lock.
func readPythonLock(s *set) error {
	var doc struct {
		Package []struct {
			Name         string         `toml:"name"`
			Version      string         `toml:"version"`
			Category     string         `toml:"category"`
			Groups       []string       `toml:"groups"`
			Optional     bool           `toml:"optional"`
			Git          string         `toml:"git"`
			URL          string         `toml:"url"`
			Path         string         `toml:"path"`
			Source       map[string]any `toml:"source"`
			Files        []tomlFile     `toml:"files"`
			Sdist        tomlFile       `toml:"sdist"`
			Wheels       []tomlFile     `toml:"wheels"`
			Dependencies any            `toml:"dependencies"`
			Extras       map[string]any `toml:"optional-dependencies"`
			Dev          map[string]any `toml:"dev-dependencies"`
		} `toml:"package"`
		Metadata struct {
			Files map[string][]tomlFile `toml:"files"`
		} `toml:"metadata"`
	}
	if err := s.toml(&doc); err != nil {
		return err
	}
	uv := s.Format.Name == "uv.lock"
	s.Listed = uv
	wanted := map[string]string{}
	line := s.blocks("[[package]]")
	for i, e := range doc.Package {
		p := Package{Name: pythonName(e.Name), Version: e.Version, Line: line(i)}
		switch {
		case e.Category == "dev", len(e.Groups) > 0 && !contains(e.Groups, "main") && !contains(e.Groups, "default"):
			p.Scope = "dev"
		case e.Optional:
			p.Scope = "optional"
		}
		p.pythonSource(e.Source, e.Git, e.URL, e.Path)
		p.Needs = namesIn(e.Dependencies)
		if uv && p.Source == "path" {
			for _, name := range p.Needs {
				wanted[name] = ""
			}
			for scope, groups := range map[string]map[string]any{"optional": e.Extras, "dev": e.Dev} {
				for _, list := range groups {
					for _, name := range namesIn(list) {
						if _, ok := wanted[name]; !ok {
							wanted[name] = scope
						}
					}
				}
			}
			p.Source = "workspace"
			if err := s.add(p); err != nil {
				return err
			}
			continue
		}
		files := append(append(e.Files, e.Wheels...), e.Sdist)
		if len(e.Files) == 0 {
			files = append(files, doc.Metadata.Files[e.Name]...)
		}
		p.files(files)
		if err := s.add(p); err != nil {
			return err
		}
	}
	for i := range s.Packages {
		if scope, ok := wanted[s.Packages[i].Name]; ok {
			s.Packages[i].Direct = true
			if s.Packages[i].Scope == "" {
				s.Packages[i].Scope = scope
			}
		}
	}
	return nil
}

func (p *Package) pythonSource(source map[string]any, git, address, folder string) {
	text := func(key string) string { v, _ := source[key].(string); return v }
	switch kind := text("type"); {
	case git != "":
		p.at("git", git)
	case address != "":
		p.at("url", address)
	case folder != "":
		p.Source = "path"
	case kind == "git", text("git") != "":
		p.at("git", text("git")+text("url"))
	case kind == "directory", kind == "file", text("virtual") != "", text("editable") != "", text("path") != "", text("directory") != "":
		p.Source = "path"
	case kind == "url", kind == "" && text("url") != "":
		p.at("url", text("url"))
	case kind == "legacy":
		p.Host = host(text("url"))
	case text("registry") != "":
		p.Host = host(text("registry"))
	}
}

func (p *Package) files(files []tomlFile) {
	for _, f := range files {
		name := f.File
		if f.URL != "" {
			name = path.Base(clean(f.URL))
			if h := host(f.URL); h != "" && p.Source == "" {
				p.Host = h
			}
		}
		if name == "" || f.Hash == "" {
			continue
		}
		if p.Sums == nil {
			p.Sums = map[string]string{}
		}
		p.Sums[name] = f.Hash
	}
}

// namesIn are the names in a table of dependencies, or in a list of tables or texts.
func namesIn(v any) (names []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			names = append(names, pythonName(name))
		}
	case []any:
		for _, x := range v {
			switch x := x.(type) {
			case map[string]any:
				if name, ok := x["name"].(string); ok {
					names = append(names, pythonName(name))
				}
			case string:
				if p, ok := pythonRequirement(x); ok {
					names = append(names, p.Name)
				}
			}
		}
	}
	return names
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// blocks gives the line at which the table of a number begins, by the lines that hold a mark alone.
func (s *set) blocks(mark string) func(i int) int {
	var at []int
	n := 0
	for line := range strings.Lines(string(s.content)) {
		n++
		if strings.TrimSpace(line) == mark {
			at = append(at, n)
		}
	}
	return func(i int) int {
		if i < len(at) {
			return at[i]
		}
		return 0
	}
}

// readPyproject reads a pyproject.toml: PEP 621, PEP 735, and Poetry's tables.
func readPyproject(s *set) error {
	var doc struct {
		Project struct {
			Dependencies []string            `toml:"dependencies"`
			Optional     map[string][]string `toml:"optional-dependencies"`
		} `toml:"project"`
		Build struct {
			Requires []string `toml:"requires"`
		} `toml:"build-system"`
		Groups map[string][]any `toml:"dependency-groups"`
		Tool   struct {
			Poetry struct {
				Dependencies map[string]any `toml:"dependencies"`
				Dev          map[string]any `toml:"dev-dependencies"`
				Group        map[string]struct {
					Dependencies map[string]any `toml:"dependencies"`
				} `toml:"group"`
			} `toml:"poetry"`
		} `toml:"tool"`
	}
	if err := s.toml(&doc); err != nil {
		return err
	}
	s.Listed = true
	list := func(scope string, texts []string) {
		for _, text := range texts {
			if p, ok := pythonRequirement(text); ok {
				p.Scope, p.Line = scope, lineOf(s.content, strings.TrimSpace(text))
				s.Packages = append(s.Packages, p)
			}
		}
	}
	list("", doc.Project.Dependencies)
	for _, group := range sortedKeys(doc.Project.Optional) {
		list("optional", doc.Project.Optional[group])
	}
	for _, group := range sortedKeys(doc.Groups) {
		for _, v := range doc.Groups[group] {
			if text, ok := v.(string); ok {
				list("dev", []string{text})
			}
		}
	}
	list("build", doc.Build.Requires)
	poetry := doc.Tool.Poetry
	s.table(poetry.Dependencies, "", pythonName)
	s.table(poetry.Dev, "dev", pythonName)
	for _, group := range sortedKeys(poetry.Group) {
		s.table(poetry.Group[group].Dependencies, "dev", pythonName)
	}
	return s.few()
}

// few holds a set that was not made by add to its bound.
func (s *set) few() error {
	if len(s.Packages) > maxPackages {
		return fmt.Errorf("it names more than %d packages", maxPackages)
	}
	return nil
}

// table reads a table of requirements, whose values are texts or tables with "version", "git", "path" or "url".
func (s *set) table(deps map[string]any, scope string, name func(string) string) {
	for _, key := range sortedKeys(deps) {
		if key == "python" && s.Format.Ecosystem == "PyPI" {
			continue
		}
		p := Package{Name: name(key), Direct: true, Scope: scope, Line: lineOf(s.content, key)}
		switch v := deps[key].(type) {
		case string:
			p.Requirement = v
		case map[string]any:
			text := func(key string) string { t, _ := v[key].(string); return t }
			p.Requirement = text("version")
			if real := text("package"); real != "" {
				p.Name = name(real)
			}
			if optional, _ := v["optional"].(bool); optional && scope == "" {
				p.Scope = "optional"
			}
			inherited, _ := v["workspace"].(bool)
			switch {
			case inherited:
				p.Source = "workspace"
			case text("git") != "":
				p.at("git", text("git"))
			case text("path") != "":
				p.Source = "path"
			case text("url") != "":
				p.at("url", text("url"))
			}
		}
		p.Version = exact(strings.TrimPrefix(p.Requirement, "=="))
		if s.Format.Ecosystem == "crates.io" && !strings.HasPrefix(p.Requirement, "=") {
			p.Version = "" // a bare version is a range for Cargo
		}
		s.Packages = append(s.Packages, p)
	}
}

// readPipfile reads a Pipfile.
func readPipfile(s *set) error {
	var doc map[string]map[string]any
	var loose map[string]any
	if err := s.toml(&loose); err != nil {
		return err
	}
	doc = map[string]map[string]any{}
	for key, v := range loose {
		if t, ok := v.(map[string]any); ok {
			doc[key] = t
		}
	}
	s.Listed = true
	s.table(doc["packages"], "", pythonName)
	s.table(doc["dev-packages"], "dev", pythonName)
	return s.few()
}
