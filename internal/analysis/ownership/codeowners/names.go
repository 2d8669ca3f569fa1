package codeowners

import (
	"maps"
	"slices"
	"strings"
)

// Named are owners that a file names, in lower case, sorted, without the "@".
type Named struct {
	// Teams are "org/slug", Users logins, Emails addresses.
	Teams, Users, Emails []string
}

// Names gives the owners of the paths, those of all lines when paths is nil. It ends early once wildcards were tried
// more than maxTrials times.
func (f *File) Names(paths []string, maxTrials int) Named {
	used := map[int]bool{}
	if paths == nil {
		for i := range f.Rules {
			used[i] = true
		}
	}
	m := f.Matcher()
	for _, p := range paths {
		if m.Trials() > maxTrials {
			break
		}
		if i := m.Match(p); i >= 0 {
			used[i] = true
		}
	}
	by := map[Kind]map[string]bool{User: {}, Team: {}, Email: {}}
	for i := range used {
		for _, o := range f.Rules[i].Owners {
			by[o.Kind][strings.ToLower(o.Name)] = true
		}
	}
	return Named{
		Teams:  slices.Sorted(maps.Keys(by[Team])),
		Users:  slices.Sorted(maps.Keys(by[User])),
		Emails: slices.Sorted(maps.Keys(by[Email])),
	}
}
