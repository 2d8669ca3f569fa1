package manifest

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
)

// pythonName is a name as PyPI compares it.
func pythonName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return strings.Join(parts, "-")
}

// pythonRequirement reads one requirement of PEP 508, "name[extra]>=1,<2; python_version < '3.9'", or "name @ address".
func pythonRequirement(text string) (p Package, ok bool) {
	text, _, _ = strings.Cut(text, ";")
	if name, address, found := strings.Cut(text, "@"); found && !strings.ContainsAny(name, "=<>!~:/") {
		name, _, _ = strings.Cut(name, "[")
		p = Package{Name: pythonName(name), Direct: true}
		p.pythonAddress(strings.TrimSpace(address))
		return p, p.Name != ""
	}
	end := strings.IndexFunc(text, func(r rune) bool {
		return !(r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
	name, rest := text, ""
	if end >= 0 {
		name, rest = text[:end], strings.TrimSpace(text[end:])
	}
	if strings.HasPrefix(rest, "[") {
		if at := strings.IndexByte(rest, ']'); at >= 0 {
			rest = strings.TrimSpace(rest[at+1:])
		}
	}
	rest = strings.Trim(rest, "() ")
	if rest != "" && !strings.ContainsAny(rest[:1], "=<>!~") {
		return Package{}, false
	}
	p = Package{Name: pythonName(name), Requirement: rest, Direct: true}
	if v, found := strings.CutPrefix(rest, "=="); found && !strings.ContainsAny(v, ",*") {
		p.Version = strings.TrimSpace(strings.TrimPrefix(v, "="))
	}
	return p, p.Name != ""
}

func (p *Package) pythonAddress(address string) {
	switch {
	case strings.HasPrefix(address, "git+"), strings.HasPrefix(address, "hg+"), strings.HasPrefix(address, "svn+"):
		p.at("git", strings.TrimPrefix(address, "git+"))
	case strings.HasPrefix(address, "http"):
		p.at("url", address)
	default:
		p.Source = "path"
	}
}

// readRequirements reads a requirements file of pip. Other files that it names are not followed.
func readRequirements(s *set) error {
	scope := ""
	base := strings.ToLower(path.Base(s.path))
	for _, word := range []string{"dev", "test", "doc", "lint", "ci", "build"} {
		if strings.Contains(base, word) {
			scope = "dev"
		}
	}
	// What pip-compile wrote says of each package what needs it, and only the project's own inputs stand as "-r file".
	var open *Package
	flush := func() error {
		if open == nil {
			return nil
		}
		p := *open
		open = nil
		return s.add(p)
	}
	continued := ""
	err := s.lines(func(n int, line string) error {
		text := strings.TrimSpace(line)
		if strings.HasPrefix(text, "#") {
			if open != nil {
				open.via(text)
			}
			return nil
		}
		if rest, more := strings.CutSuffix(text, "\\"); more {
			continued += rest + " "
			if len(continued) > 1<<20 {
				return fmt.Errorf("it goes on over too many lines")
			}
			return nil
		}
		text, continued = continued+text, ""
		comment := ""
		if at := strings.Index(text, " #"); at >= 0 {
			text, comment = strings.TrimSpace(text[:at]), text[at+1:]
		}
		if text == "" {
			return nil
		}
		if err := flush(); err != nil {
			return err
		}
		p, ok := requirementLine(text)
		if !ok {
			return nil
		}
		p.Line, p.Scope = n, scope
		open = &p
		if comment != "" {
			open.via(comment)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// via takes a comment of pip-compile.
func (p *Package) via(comment string) {
	text := strings.TrimSpace(strings.TrimPrefix(comment, "#"))
	text = strings.TrimSpace(strings.TrimPrefix(text, "via"))
	if text == "" || strings.HasPrefix(text, "-") || strings.Contains(text, " ") {
		return
	}
	if strings.Contains(comment, "via") || strings.HasPrefix(comment, "#   ") {
		p.Direct = false
	}
}

func requirementLine(text string) (Package, bool) {
	for _, flag := range []string{"-e ", "--editable ", "--editable="} {
		if rest, ok := strings.CutPrefix(text, flag); ok {
			return pythonEditable(strings.TrimSpace(rest))
		}
	}
	if strings.HasPrefix(text, "-") {
		return Package{}, false
	}
	fields := strings.Split(text, "--hash=")
	if strings.HasPrefix(fields[0], "git+") || strings.Contains(fields[0], "://") && !strings.Contains(fields[0], "@ ") {
		return pythonEditable(strings.TrimSpace(fields[0]))
	}
	head, _, _ := strings.Cut(fields[0], " --")
	p, ok := pythonRequirement(strings.TrimSpace(head))
	for _, sum := range fields[1:] {
		if p.Sums == nil {
			p.Sums = map[string]string{}
		}
		p.Sums["any "+strings.TrimSpace(sum)] = strings.TrimSpace(sum)
	}
	return p, ok
}

// pythonEditable reads an address that stands without a name; "#egg=name" may give one.
func pythonEditable(address string) (Package, bool) {
	p := Package{Direct: true}
	p.pythonAddress(address)
	if _, egg, ok := strings.Cut(address, "#egg="); ok {
		egg, _, _ = strings.Cut(egg, "&")
		egg, _, _ = strings.Cut(egg, "[")
		p.Name = pythonName(egg)
	} else if p.Source != "path" {
		p.Name = strings.TrimSuffix(path.Base(strings.SplitN(p.Location, "@", 2)[0]), ".git")
	}
	return p, p.Name != ""
}

// readPipfileLock reads Pipfile.lock.
func readPipfileLock(s *set) error {
	r := s.json()
	return jsonscan.Members(r.Decoder, func(section string) error {
		if section == "_meta" {
			return jsonscan.Skip(r.Decoder)
		}
		return jsonscan.Members(r.Decoder, func(name string) error {
			s.once(section, name)
			line := r.here()
			var e struct {
				Version string   `json:"version"`
				Git     string   `json:"git"`
				Ref     string   `json:"ref"`
				File    string   `json:"file"`
				Path    string   `json:"path"`
				Hashes  []string `json:"hashes"`
			}
			if err := jsonscan.Value(r.Decoder, &e); err != nil {
				return err
			}
			p := Package{Name: pythonName(name), Version: strings.TrimPrefix(e.Version, "=="), Line: line}
			if section != "default" {
				p.Scope = "dev"
			}
			switch {
			case e.Git != "":
				p.Version = e.Ref
				p.at("git", e.Git)
			case e.Path != "":
				p.Source = "path"
			case e.File != "":
				p.at("url", e.File)
			}
			p.Sums = unnamedSums(e.Hashes)
			return s.add(p)
		})
	})
}

// unnamedSums are checksums of which it is not said what they are of: they can be added, and never change.
func unnamedSums(hashes []string) map[string]string {
	if len(hashes) == 0 {
		return nil
	}
	sums := map[string]string{}
	for _, h := range hashes {
		sums["any "+h] = h
	}
	return sums
}

// lineOf finds the line of a TOML file in which a name is given a value, or stands in quotes.
func lineOf(content []byte, name string) int {
	for _, want := range []string{"\n" + name + " ", "\n" + name + "=", "\n\"" + name + "\"", "\"" + name, "'" + name} {
		if at := bytes.Index(content, []byte(want)); at >= 0 {
			return 1 + bytes.Count(content[:at+1], []byte("\n"))
		}
	}
	return 0
}
