package manifest

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

var (
	gemLine   = lazyregexp.New(`^\s*gem[ (]\s*["']([^"']+)["'](.*)$`)
	gemText   = lazyregexp.New(`^\s*,\s*["']([^"']*)["']`)
	gemBlock  = lazyregexp.New(`^\s*(?:(if|unless|case)\b|.*\bdo\b(?:\s*\|[^|]*\|)?\s*(?:#.*)?$|(end)\b)`)
	gemQuoted = lazyregexp.New(`"[^"]*"|'[^']*'|#.*$`)
	gemUnless = lazyregexp.New(`\s(?:if|unless)\s`)
	gemOption = lazyregexp.New(`(?:\b(git|github|path)\b:|:(git|github|path)\s*=>)\s*["']([^"']+)["']`)
)

// readGemfile reads the lines of a Gemfile that name a gem. A Gemfile is a program: what it computes is not seen.
func readGemfile(s *set) error {
	var blocks []bool // the open ones, with whether a condition opens it
	return s.lines(func(n int, line string) error {
		m := gemLine.FindStringSubmatch(line)
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			return nil
		}
		if m == nil {
			switch b := gemBlock.FindStringSubmatch(line); {
			case b == nil:
			case b[2] == "":
				blocks = append(blocks, b[1] != "")
			case len(blocks) > 0:
				blocks = blocks[:len(blocks)-1]
			}
			return nil
		}
		p := Package{Name: m[1], Direct: true, Line: n}
		rest := m[2]
		p.Maybe = slices.Contains(blocks, true) || gemUnless.MatchString(gemQuoted.ReplaceAllString(rest, ""))
		for {
			t := gemText.FindStringSubmatch(rest)
			if t == nil {
				break
			}
			p.Requirement = strings.TrimPrefix(p.Requirement+", "+t[1], ", ")
			rest = rest[len(t[0]):]
		}
		p.Version = exact(p.Requirement)
		if o := gemOption.FindStringSubmatch(rest); o != nil {
			switch o[1] + o[2] {
			case "git":
				p.at("git", o[3])
			case "github":
				p.at("git", "https://github.com/"+o[3])
			default:
				p.Source = "path"
			}
		}
		return s.add(p)
	})
}

// readGemfileLock reads a Gemfile.lock.
func readGemfileLock(s *set) error {
	section, remote, inSpecs := "", "", false
	wanted := map[string]bool{}
	at := map[string]int{}
	err := s.lines(func(n int, line string) error {
		text := strings.TrimSpace(line)
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case text == "":
		case indent == 0:
			section, remote, inSpecs = text, "", false
		case strings.HasPrefix(text, "remote: "):
			remote = strings.TrimPrefix(text, "remote: ")
		case text == "specs:":
			inSpecs = true
		case inSpecs && indent == 4:
			name, version, _ := strings.Cut(text, " (")
			p := Package{Name: name, Version: strings.TrimSuffix(version, ")"), Line: n}
			switch section {
			case "GIT":
				p.at("git", remote)
			case "PATH":
				p.Source = "path"
			default:
				p.Host = host(remote)
			}
			at[name+" "+p.Version] = len(s.Packages)
			return s.add(p)
		case inSpecs && indent == 6 && len(s.Packages) > 0:
			name, _, _ := strings.Cut(text, " ")
			p := &s.Packages[len(s.Packages)-1]
			p.Needs = append(p.Needs, name)
		case section == "DEPENDENCIES":
			name, _, _ := strings.Cut(text, " ")
			wanted[strings.TrimSuffix(name, "!")] = true
		case section == "CHECKSUMS":
			head, sum, ok := strings.Cut(text, ") ")
			name, version, _ := strings.Cut(head, " (")
			if i, found := at[name+" "+version]; ok && found {
				algorithm, digest, _ := strings.Cut(sum, "=")
				s.Packages[i].Sums = map[string]string{algorithm: digest}
			}
		}
		return nil
	})
	s.Listed = true
	for i := range s.Packages {
		s.Packages[i].Direct = wanted[s.Packages[i].Name]
	}
	return err
}
