// Package controls says which files rule a change: where they stand, how much of each is read, and what keeps one from being used.
// It imports nothing. Every forge reads by these places and limits, so that a laptop and a server reach the same verdict.
//
// Callers may rely on this: a limit is stated here and nowhere else, and what lies beyond one is a gap with the same words on every forge.
package controls

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/text"
)

const (
	// SettingsPath is Lintel's settings file.
	SettingsPath = ".github/lintel.yml"
	// MaxSettings is the most bytes of a settings file: a hundred times what a long one has.
	MaxSettings = 256 << 10
	// MaxOwners is the most bytes of a CODEOWNERS file: GitHub loads none of 3 MB or more.
	MaxOwners = 3<<20 - 1
	// MaxAttributes is the most bytes of one .gitattributes file.
	MaxAttributes = 1 << 20
	// MaxHistory is how many older commits are searched for a valid settings file.
	MaxHistory = 50

	// attributesName is git's file of attributes; any folder may have one.
	attributesName = ".gitattributes"
	// maxFolders bounds the folders whose .gitattributes is looked for: 50 requests to GitHub's GraphQL. GitHub lists
	// 3,000 files of a change at most.
	maxFolders = 5000
)

// Place is where a file that rules a change is looked for.
type Place struct {
	Path string
	// Fact is what is missing when the file cannot be used, by the name that gaps have.
	Fact string
	// Max is the most bytes of it that are read.
	Max int64
}

// Problem says why a file that stands at the place cannot be used; empty when it can. plain is false for a symbolic
// link, a folder and a submodule: what they lead to may be a file that the change itself writes.
func (p Place) Problem(plain bool, size int64) string {
	switch {
	case !plain:
		return "it is not a plain file (a symbolic link or a folder is not followed)"
	case size > p.Max:
		return fmt.Sprintf("it has %d bytes, more than %d", size, p.Max)
	}
	return ""
}

// Settings is the place of the settings file.
func Settings() Place { return Place{Path: SettingsPath, Fact: "settings", Max: MaxSettings} }

// GitLabSettings are the places of the settings file on GitLab, in the order in which it is looked for.
func GitLabSettings() (all []Place) {
	for _, p := range []string{".gitlab/lintel.yml", ".lintel.yml", SettingsPath} {
		place := Settings()
		place.Path = p
		all = append(all, place)
	}
	return all
}

// Owners are the places of CODEOWNERS, in the order in which GitHub looks for it: the first one that is there rules.
func Owners() []Place { return owners(".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS") }

// GitLabOwners are the places of CODEOWNERS, in the order in which GitLab looks for it.
func GitLabOwners() []Place { return owners("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS") }

func owners(paths ...string) (all []Place) {
	for _, p := range paths {
		all = append(all, Place{Path: p, Fact: "owners.file", Max: MaxOwners})
	}
	return all
}

// Fixed are the places that are the same for every change: the settings, CODEOWNERS and the root's .gitattributes.
func Fixed() []Place {
	return slices.Concat([]Place{Settings()}, Owners(), []Place{attributesIn(".")})
}

// Attributes are the places of .gitattributes in the folders above the changed paths, but for the root's, sorted.
// problem says that some were left out, because the change touches too many folders; it is empty when none were.
func Attributes(changed []string) (places []Place, problem string) {
	folders := map[string]bool{}
	for _, p := range changed {
		for dir := path.Dir(p); dir != "." && dir != "/" && p != "" && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(folders))
	if len(sorted) > maxFolders {
		problem = fmt.Sprintf("the change touches %d folders; .gitattributes was looked for in %d", len(sorted), maxFolders)
		sorted = sorted[:maxFolders]
	}
	for _, dir := range sorted {
		places = append(places, attributesIn(dir))
	}
	return places, problem
}

// RootAttributes is the place of the root's .gitattributes.
func RootAttributes() Place { return attributesIn(".") }

func attributesIn(dir string) Place {
	return Place{Path: path.Join(dir, attributesName), Fact: "attributes", Max: MaxAttributes}
}

// Is reports whether a path is one of the files that rule a change: the settings, CODEOWNERS in any of its places, any .gitattributes.
func Is(p string) bool {
	return path.Base(p) == attributesName ||
		slices.ContainsFunc(slices.Concat(Fixed(), GitLabOwners(), GitLabSettings()), func(place Place) bool { return place.Path == p })
}

// Digest names what rules a change, as far as no event is sure to tell of it: the branch that its controls come from,
// how the repository merges (as the forge's adapter writes it), and the blob ids of the files at the fixed places. A
// recovery sweep compares it.
func Digest(branch, merges string, blobs map[string]string) string {
	lines := []string{"branch " + branch, "merges " + merges}
	known := map[string]bool{}
	for _, place := range append(Fixed(), GitLabOwners()...) {
		if known[place.Path] {
			continue
		}
		known[place.Path] = true
		if id := blobs[place.Path]; id != "" {
			lines = append(lines, place.Path+" "+id)
		}
	}
	return text.Digest(strings.Join(lines, "\n"))
}
