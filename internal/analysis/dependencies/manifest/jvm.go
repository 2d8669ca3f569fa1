package manifest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// element reads XML elements one after another: the names that stand above, and the text inside. Entities of its own
// are not expanded, and other encodings than UTF-8 are errors.
func (s *set) element(take func(above []string, attributes map[string]string, text string, line int) error) error {
	dec := xml.NewDecoder(bytes.NewReader(s.content))
	var stack []string
	var attributes []map[string]string
	var starts []int
	var text strings.Builder
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("it is no XML that can be read: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(stack) >= maxIndent {
				return fmt.Errorf("more than %d elements stand inside each other", maxIndent)
			}
			stack = append(stack, t.Name.Local)
			text.Reset()
			of := map[string]string{}
			for _, a := range t.Attr {
				of[a.Name.Local] = a.Value
			}
			line, _ := dec.InputPos()
			attributes, starts = append(attributes, of), append(starts, line)
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			last := len(stack) - 1
			if err := take(stack, attributes[last], strings.TrimSpace(text.String()), starts[last]); err != nil {
				return err
			}
			stack, attributes, starts = stack[:last], attributes[:last], starts[:last]
			text.Reset()
		}
	}
}

// readPom reads a pom.xml. Properties of the same file are put in; those of a parent are not known, and stay as they are.
func readPom(s *set) error {
	properties := map[string]string{}
	group, artifact, version, scope, at := "", "", "", "", 0
	s.Listed = true
	err := s.element(func(above []string, _ map[string]string, text string, line int) error {
		n := len(above)
		switch name := above[n-1]; {
		case n == 3 && above[1] == "properties":
			properties[name] = text
		case n == 2 && name == "version":
			properties["project.version"] = text
		case n > 2 && above[n-2] == "dependency":
			switch name {
			case "groupId":
				group = text
			case "artifactId":
				artifact, at = text, line
			case "version":
				version = text
			case "scope":
				scope = text
			}
		case name == "dependency":
			p := Package{Name: group + ":" + artifact, Requirement: version, Direct: true, Line: at}
			switch scope {
			case "test", "provided":
				p.Scope = "dev"
			}
			group, artifact, version, scope = "", "", "", ""
			return s.add(p)
		}
		return nil
	})
	for i := range s.Packages {
		p := &s.Packages[i]
		p.Requirement = filledIn(p.Requirement, properties)
		p.Name = filledIn(p.Name, properties)
		if p.Requirement != "" && !strings.ContainsAny(p.Requirement, "$[](),") {
			p.Version = p.Requirement
		}
	}
	return err
}

// filledIn puts properties in, five times at most, so that those that name each other end.
func filledIn(text string, properties map[string]string) string {
	for range 5 {
		from := strings.Index(text, "${")
		to := strings.Index(text, "}")
		if from < 0 || to < from || len(text) > 400 {
			break
		}
		value, ok := properties[text[from+2:to]]
		if !ok {
			break
		}
		text = text[:from] + value + text[to+1:]
	}
	return text
}

var gradleLine = lazyregexp.New(
	`^\s*["']?(\w*(?:[iI]mplementation|[aA]pi|[cC]ompileOnly|[rR]untimeOnly|[cC]lasspath|[kK]apt|[kK]sp|annotationProcessor))["']?` +
		`\s*\(?\s*(?:platform\(|enforcedPlatform\()?["']([\w.-]+:[\w.-]+)(?::([^"'@]+))?(?:@\w+)?["']`)

// readGradle reads the lines of a build.gradle that name a module by text. It is a program: what it computes is not seen.
func readGradle(s *set) error {
	return s.lines(func(n int, line string) error {
		m := gradleLine.FindStringSubmatch(line)
		if m == nil {
			return nil
		}
		p := Package{Name: m[2], Requirement: m[3], Direct: true, Line: n}
		if strings.HasPrefix(m[1], "test") || strings.HasPrefix(m[1], "androidTest") {
			p.Scope = "dev"
		}
		if !strings.ContainsAny(m[3], "$+[](),") {
			p.Version = m[3]
		}
		return s.add(p)
	})
}

// readGradleLock reads a gradle.lockfile, "group:name:version=configurations".
func readGradleLock(s *set) error {
	return s.lines(func(n int, line string) error {
		head, _, ok := strings.Cut(line, "=")
		if line == "" || line[0] == '#' || head == "empty" {
			return nil
		}
		at := strings.LastIndex(head, ":")
		if !ok || at < 0 {
			return fmt.Errorf("no module is named")
		}
		return s.add(Package{Name: head[:at], Version: head[at+1:], Line: n})
	})
}

// readVersionCatalog reads the libraries and plugins of a libs.versions.toml.
func readVersionCatalog(s *set) error {
	var doc struct {
		Versions  map[string]any `toml:"versions"`
		Libraries map[string]any `toml:"libraries"`
		Plugins   map[string]any `toml:"plugins"`
	}
	if err := s.toml(&doc); err != nil {
		return err
	}
	s.Listed = true
	version := func(v any) string {
		switch v := v.(type) {
		case string:
			return v
		case map[string]any:
			if ref, ok := v["ref"].(string); ok {
				text, _ := doc.Versions[ref].(string)
				return text
			}
		}
		return ""
	}
	for _, entries := range []map[string]any{doc.Libraries, doc.Plugins} {
		for _, key := range sortedKeys(entries) {
			p := Package{Direct: true, Line: lineOf(s.content, key)}
			switch e := entries[key].(type) {
			case string:
				if at := strings.LastIndex(e, ":"); at > 0 {
					p.Name, p.Requirement = e[:at], e[at+1:]
				}
			case map[string]any:
				text := func(key string) string { t, _ := e[key].(string); return t }
				p.Name = text("module") + text("id")
				if text("group") != "" {
					p.Name = text("group") + ":" + text("name")
				}
				p.Requirement = version(e["version"])
			}
			if !strings.ContainsAny(p.Requirement, "+[](),") {
				p.Version = p.Requirement
			}
			if err := s.add(p); err != nil {
				return err
			}
		}
	}
	return nil
}
