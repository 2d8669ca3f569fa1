package manifest

import (
	"fmt"
	"strings"
)

// readYarn reads yarn.lock, of version 1 and of those after it. Neither says what the project asks for.
func readYarn(s *set) error {
	var p *Package
	section := ""
	flush := func() error {
		if p == nil || p.Name == "__metadata" {
			return nil
		}
		if p.Version == "" {
			return fmt.Errorf("%q has no version", p.Name)
		}
		return s.add(*p)
	}
	err := s.lines(func(n int, line string) error {
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' {
			return nil
		}
		switch indent := len(line) - len(strings.TrimLeft(line, " ")); {
		case indent == 0:
			if err := flush(); err != nil {
				return err
			}
			head, ok := strings.CutSuffix(text, ":")
			if !ok {
				return fmt.Errorf("the name of a package is meant to stand here")
			}
			s.once("", head)
			p, section = &Package{Name: yarnName(head), Line: n}, ""
		case p == nil:
			return fmt.Errorf("the file does not begin with a package")
		case indent == 2:
			key, value := yarnKey(text)
			section = key
			p.yarn(key, value)
		case indent > 2 && (section == "dependencies" || section == "optionalDependencies"):
			name, _ := yarnKey(text)
			p.Needs = append(p.Needs, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// yarnName is the name in `"@a/b@^1.0.0", "@a/b@npm:^1.1.0"`.
func yarnName(head string) string {
	first, _, _ := strings.Cut(strings.Trim(head, `"`), `, `)
	first = strings.Trim(first, `"`)
	if at := strings.Index(first[min(1, len(first)):], "@"); at >= 0 {
		name, req := first[:at+1], first[at+2:]
		if real, ok := strings.CutPrefix(req, "npm:"); ok {
			if at := strings.LastIndex(real, "@"); at > 0 {
				return real[:at]
			}
		}
		return name
	}
	return first
}

func yarnKey(text string) (key, value string) {
	if k, v, ok := keyed(text); ok {
		return k, unquoted(v)
	}
	if text[0] == '"' {
		if end := strings.IndexByte(text[1:], '"'); end >= 0 {
			return text[1 : 1+end], unquoted(strings.TrimSpace(text[end+2:]))
		}
	}
	k, v, _ := strings.Cut(text, " ")
	return k, unquoted(strings.TrimSpace(v))
}

// yarn takes one field of a package.
func (p *Package) yarn(key, value string) {
	switch key {
	case "version":
		p.Version = value
	case "resolved":
		p.Host = host(value)
		p.Location = clean(value)
		switch {
		case strings.HasPrefix(value, "git"), strings.HasSuffix(p.Location, ".git"), strings.Contains(value, "codeload."):
			p.Source = "git"
		case !registryTarball(p.Location):
			p.Source = "url"
		}
		if _, sum, ok := strings.Cut(value, "#"); ok && p.Source == "" && p.Sums == nil {
			p.Sums = map[string]string{"sha1-hex": sum}
		}
	case "integrity":
		for algorithm, sum := range npmSums(value) {
			if p.Sums == nil {
				p.Sums = map[string]string{}
			}
			p.Sums[algorithm] = sum
		}
	case "checksum":
		// What stands before the slash is the version of yarn's cache, which changes the sum.
		if cache, sum, ok := strings.Cut(value, "/"); ok {
			p.Sums = map[string]string{"cache " + cache: sum}
		}
	case "resolution":
		at := strings.Index(value[min(1, len(value)):], "@")
		if at < 0 {
			return
		}
		name, where := value[:at+1], value[at+2:]
		p.Name = name
		switch scheme, rest, _ := strings.Cut(where, ":"); {
		case scheme == "npm" || scheme == "patch" || scheme == "virtual":
		case scheme == "workspace":
			p.Source = "workspace"
		case scheme == "file" || scheme == "portal" || scheme == "link":
			p.Source = "path"
		case strings.Contains(where, "git") && strings.Contains(where, "commit="), strings.HasPrefix(scheme, "git"):
			p.at("git", where)
		default:
			p.at("url", scheme+":"+rest)
		}
	}
}
