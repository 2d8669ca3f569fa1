package manifest

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

var pubSections = map[string]string{"dependencies": "", "dev_dependencies": "dev"}

// readPubspec reads a pubspec.yaml.
func readPubspec(s *set) error {
	s.Listed = true
	return s.indented(func(e entry) error {
		if len(e.above) == 0 {
			return nil
		}
		scope, ok := pubSections[e.above[0]]
		switch {
		case !ok || e.item:
		case len(e.above) == 1:
			s.once(e.above[0], e.key)
			p := Package{Name: e.key, Requirement: e.value, Direct: true, Scope: scope, Line: e.line}
			p.Version = exact(e.value)
			return s.add(p)
		case len(s.Packages) > 0:
			p := &s.Packages[len(s.Packages)-1]
			switch e.key {
			case "git":
				p.at("git", e.value)
			case "url":
				if p.Source == "git" {
					p.at("git", e.value)
				}
			case "path":
				if p.Source == "" {
					p.Source = "path"
				}
			case "sdk":
				p.Source = "workspace"
			}
		}
		return nil
	})
}

// readPubspecLock reads a pubspec.lock.
func readPubspecLock(s *set) error {
	s.Listed = true
	return s.indented(func(e entry) error {
		switch {
		case e.is("packages"):
			return s.add(Package{Name: e.key, Line: e.line})
		case len(s.Packages) == 0:
		case e.is("packages", "*") || e.is("packages", "*", "description"):
			p := &s.Packages[len(s.Packages)-1]
			switch e.key {
			case "dependency":
				p.Direct = strings.HasPrefix(e.value, "direct")
				if e.value == "direct dev" {
					p.Scope = "dev"
				}
			case "source":
				switch e.value {
				case "git", "path":
					p.Source = e.value
				case "sdk":
					p.Source = "workspace"
				}
			case "url":
				p.Host, p.Location = host(e.value), clean(e.value)
			case "sha256":
				p.Sums = map[string]string{"sha256": e.value}
			case "version":
				p.Version = e.value
			}
		}
		return nil
	})
}

var mixLine = lazyregexp.New(`^\s*"([^"]+)":\s*\{:(hex|git),\s*(?::\w+,\s*)?"([^"]+)"(?:,\s*"([0-9a-f]*)")?`)

// readMixLock reads a mix.lock, of which each package is one line.
func readMixLock(s *set) error {
	return s.lines(func(n int, line string) error {
		text := strings.TrimSpace(line)
		if text == "" || text == "%{" || text == "}" {
			return nil
		}
		m := mixLine.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("no package as mix writes it")
		}
		s.once("", m[1])
		p := Package{Name: m[1], Line: n}
		if m[2] == "git" {
			p.Version = m[4]
			p.at("git", m[3])
			return s.add(p)
		}
		p.Version = m[3]
		if m[4] != "" {
			p.Sums = map[string]string{"sha256": m[4]}
		}
		return s.add(p)
	})
}

// readDockerfile reads the images that a Dockerfile builds on. Stages of its own are none, and an image whose name is an
// argument is not known.
func readDockerfile(s *set) error {
	stages := map[string]bool{"scratch": true}
	continued := false
	return s.lines(func(n int, line string) error {
		text := strings.TrimSpace(line)
		inside := continued
		continued = strings.HasSuffix(text, "\\")
		fields := strings.Fields(text)
		if inside || len(fields) < 2 || !strings.EqualFold(fields[0], "FROM") {
			return nil
		}
		fields = fields[1:]
		for len(fields) > 0 && strings.HasPrefix(fields[0], "--") {
			fields = fields[1:]
		}
		if len(fields) == 0 {
			return fmt.Errorf("FROM names no image")
		}
		image := fields[0]
		if len(fields) > 2 && strings.EqualFold(fields[1], "AS") {
			stages[strings.ToLower(fields[2])] = true
		}
		if stages[strings.ToLower(image)] || strings.Contains(image, "$") {
			return nil
		}
		p := Package{Direct: true, Requirement: image, Line: n}
		p.image(image)
		return s.add(p)
	})
}
