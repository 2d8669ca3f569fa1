package manifest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// readBun reads bun.lock, which is JSON with commas behind last elements.
func readBun(s *set) error {
	var doc struct {
		Workspaces map[string]map[string]any `json:"workspaces"`
		Packages   map[string][]any          `json:"packages"`
	}
	if err := json.Unmarshal(withoutLastCommas(s.content), &doc); err != nil {
		return fmt.Errorf("it is no JSON as bun writes it: %w", err)
	}
	s.Listed = true
	wanted := map[string]string{}
	for _, w := range doc.Workspaces {
		for section, scope := range npmSections {
			names, _ := w[section].(map[string]any)
			for name := range names {
				wanted[name] = scope
			}
		}
	}
	for _, key := range sortedKeys(doc.Packages) {
		fields := doc.Packages[key]
		if len(fields) == 0 {
			continue
		}
		id, _ := fields[0].(string)
		at := strings.LastIndex(id, "@")
		if at <= 0 {
			return fmt.Errorf("the package %q has no version", key)
		}
		if i := strings.Index(id[1:], "@"); i >= 0 && strings.ContainsAny(id[i+2:], ":/") {
			at = i + 1
		}
		p := Package{Name: id[:at], Version: id[at+1:]}
		if strings.HasPrefix(p.Version, "workspace:") {
			continue
		}
		p.Scope, p.Direct = wanted[key], false
		_, p.Direct = wanted[key]
		p.bun(fields)
		if err := s.add(p); err != nil {
			return err
		}
	}
	return nil
}

func (p *Package) bun(fields []any) {
	switch v := p.Version; {
	case strings.HasPrefix(v, "github:"):
		p.at("git", "https://github.com/"+strings.TrimPrefix(v, "github:"))
	case strings.HasPrefix(v, "git"):
		p.at("git", v)
	case strings.HasPrefix(v, "http"):
		p.at("url", v)
	case strings.ContainsAny(v, "/:"):
		p.Source = "path"
	}
	for _, f := range fields[1:] {
		switch f := f.(type) {
		case string:
			if sums := npmSums(f); strings.HasPrefix(f, "sha") && len(sums) > 0 {
				p.Sums = sums
			} else if strings.HasPrefix(f, "http") && p.Source == "" {
				p.Host = host(f)
			}
		case map[string]any:
			needs, _ := f["dependencies"].(map[string]any)
			p.Needs = sortedKeys(needs)
		}
	}
}

// withoutLastCommas takes out the commas before a closing bracket, outside of texts.
func withoutLastCommas(content []byte) []byte {
	out := make([]byte, 0, len(content))
	text, escaped := false, false
	comma := -1
	for _, c := range content {
		switch {
		case escaped:
			escaped = false
		case text && c == '\\':
			escaped = true
		case c == '"':
			text, comma = !text, -1
		case text:
		case c == ',':
			comma = len(out)
		case (c == ']' || c == '}') && comma >= 0:
			out[comma] = ' '
			comma = -1
		case c != ' ' && c != '\n' && c != '\r' && c != '\t':
			comma = -1
		}
		out = append(out, c)
	}
	return out
}
