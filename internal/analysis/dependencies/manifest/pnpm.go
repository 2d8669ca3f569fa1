package manifest

import (
	"fmt"
	"maps"
	"strings"
)

// readPnpm reads pnpm-lock.yaml of versions 5 to 9, of one document or two.
func readPnpm(s *set) error {
	s.Listed = true
	again := map[string]bool{} // keys that another document had already
	at := map[string]int{}     // where a package of the list stands, by its key
	wanted := map[string]string{}
	dep := ""
	var from origin
	settle := func() {
		i, ok := at[from.key]
		if from.fields == nil || !ok {
			from = origin{}
			return
		}
		p := &s.Packages[i]
		if from.document > 0 && again[from.key] {
			var other Package
			other.resolution(from.fields)
			if !maps.Equal(p.Sums, other.Sums) || p.Location != other.Location {
				s.Notes = append(s.Notes, fmt.Sprintf("it names %q in two documents that differ", from.key))
			}
		} else {
			p.resolution(from.fields)
		}
		from = origin{}
	}
	err := s.indented(func(e entry) error {
		if len(e.above) >= 3 && e.above[0] == "packages" && e.above[2] == "resolution" {
			if len(e.above) == 3 && from.fields != nil {
				from.fields[e.key] = e.value
			}
			return nil
		}
		settle()
		switch {
		case e.is("packages") && !e.item:
			name, version := pnpmKey(e.key)
			if name == "" {
				return nil
			}
			// From version 11 a document before the lock file's own has pnpm itself, and may name what that names too.
			s.once(fmt.Sprintf("packages %d", e.document), e.key)
			if _, there := at[e.key]; there && e.document > 0 {
				again[e.key] = true
				return nil
			}
			at[e.key] = len(s.Packages)
			return s.add(Package{Name: name, Version: version, Line: e.line})
		case e.key == "resolution" && e.is("packages", "*") && !e.item:
			from = origin{e.above[1], e.document, map[string]string{}}
		case len(e.above) >= 2 && (e.above[0] == "packages" || e.above[0] == "snapshots"):
			if i, ok := at[e.above[1]]; ok {
				s.Packages[i].pnpm(e)
			} else if i, ok := at[bare(e.above[1])]; ok {
				s.Packages[i].pnpm(e)
			}
		case e.is("importers", "*", "*") && !e.item:
			dep = e.key
			wanted[dep+"@"+bare(e.value)] = npmSections[e.above[2]]
		case e.is("importers", "*", "*", "*") && e.key == "version":
			wanted[dep+"@"+bare(e.value)] = npmSections[e.above[2]]
			wanted[bare(strings.TrimPrefix(e.value, "/"))] = npmSections[e.above[2]] // an alias has the real name here
		case len(e.above) == 1 && isSection(e.above[0]) && !e.item:
			dep = e.key
			wanted[dep+"@"+bare(e.value)] = npmSections[e.above[0]]
		case len(e.above) == 2 && isSection(e.above[0]) && e.key == "version":
			wanted[dep+"@"+bare(e.value)] = npmSections[e.above[0]]
		}
		return nil
	})
	settle()
	for i := range s.Packages {
		p := &s.Packages[i]
		scope, ok := wanted[p.Name+"@"+p.Version]
		if p.Direct = ok; ok && scope != "" {
			p.Scope = scope
		}
	}
	return err
}

func isSection(key string) bool { _, ok := npmSections[key]; return ok }

// bare is a version or a key without the peers that pnpm puts behind it.
func bare(v string) string {
	v, _, _ = strings.Cut(v, "(")
	return v
}

// pnpmKey reads "/name/1.0.0_peer", "/name@1.0.0(peer)" and "name@1.0.0".
func pnpmKey(key string) (name, version string) {
	key = strings.TrimPrefix(bare(key), "/")
	// Before version 6 the version stands behind a slash, and peers behind an underscore.
	if slash := strings.LastIndex(key, "/"); slash >= 0 && slash+1 < len(key) && key[slash+1] >= '0' && key[slash+1] <= '9' {
		if old, _, _ := strings.Cut(key[slash+1:], "_"); !strings.ContainsAny(old, "@:") && !strings.Contains(key[:slash], "://") {
			return key[:slash], old
		}
	}
	if at := strings.LastIndex(key, "@"); at > 0 && (!strings.Contains(key[at:], "/") || strings.Contains(key[at:], ":")) {
		return key[:at], key[at+1:]
	}
	return "", ""
}

// origin is where a package comes from, as its fields follow each other.
type origin struct {
	key      string
	document int
	fields   map[string]string
}

// resolution takes where a package comes from.
func (p *Package) resolution(fields map[string]string) {
	p.Sums = npmSums(fields["integrity"])
	switch {
	case fields["type"] == "git" || fields["repo"] != "":
		p.at("git", fields["repo"])
	case fields["type"] == "directory" || fields["directory"] != "":
		p.Source = "path"
	case fields["tarball"] != "":
		p.Host, p.Location = host(fields["tarball"]), clean(fields["tarball"])
		if strings.Contains(fields["tarball"], "codeload.") {
			p.Source = "git"
		} else if !registryTarball(p.Location) {
			p.Source = "url"
		}
	}
}

// pnpm takes one field of a package.
func (p *Package) pnpm(e entry) {
	switch {
	case e.key == "requiresBuild" && e.value == "true":
		p.Script = true
	case e.key == "name" && len(e.above) == 2:
		p.Name = e.value
	case e.key == "version" && len(e.above) == 2:
		p.Version = e.value
	case e.key == "dev" && e.value == "true":
		p.Scope = "dev"
	case e.key == "optional" && e.value == "true":
		// pnpm writes requiresBuild for every package that it did not unpack, as one for another system.
		p.Script = false
		if p.Scope == "" {
			p.Scope = "optional"
		}
	case len(e.above) == 3 && (e.above[2] == "dependencies" || e.above[2] == "optionalDependencies") && !e.item:
		p.Needs = append(p.Needs, e.key)
	}
}
