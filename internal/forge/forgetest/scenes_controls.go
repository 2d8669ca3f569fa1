package forgetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/sorting"
)

// touched is a change whose own files rule nothing.
var touched = []Commit{put("a/b.txt", "2\n")}

// touchedFacts are its facts.
const touchedFacts = `
	commit "feat: change 1"
	file "a/b.txt" added text +1 -0
`

// everyPlace are all places of control files that bear on touched.
func everyPlace() []controls.Place {
	nested, _ := controls.Attributes([]string{"a/b.txt"})
	places := slices.Concat(controls.Fixed(), nested)
	sorting.By(places, func(a, b controls.Place) int { return strings.Compare(a.Path, b.Path) })
	return places
}

// limitScenes have every control file below, at and above its limit.
func limitScenes() []Scene {
	var all []Scene
	for _, by := range []int64{-1, 0, 1} {
		s := Scene{
			Name:   fmt.Sprintf("control files of their limits %+d bytes", by),
			Base:   []Commit{put()},
			Change: touched,
			Want:   touchedFacts,
		}
		var gaps []string
		for _, place := range everyPlace() {
			size := place.Max + by
			s.Base[0].Put[place.Path] = File{Content: long(int(size))}
			if by > 0 {
				s.Want += fmt.Sprintf("control %s unread\n", place.Path)
				gaps = append(gaps, fmt.Sprintf("gap %s %q: it has %d bytes, more than %d\n", place.Fact, place.Path, size, place.Max))
			} else {
				s.Want += fmt.Sprintf("control %s %d bytes\n", place.Path, size)
			}
		}
		slices.Sort(gaps)
		s.Want += strings.Join(gaps, "")
		all = append(all, s)
	}
	return append(all, folderScene(5000), folderScene(5001))
}

// folderScene is a change in so many folders.
func folderScene(n int) Scene {
	s := Scene{
		Name:   fmt.Sprintf("a change in %d folders", n),
		Base:   []Commit{put("d1000/.gitattributes", "x\n")},
		Change: []Commit{many(n/2, "d%04d/e/x", "1\n")},
		Want:   "commit \"feat: change 1\"\n",
	}
	if n%2 == 1 {
		s.Change[0].Put["last/x"] = File{Content: "1\n"}
	}
	for i := range shown {
		s.Want += fmt.Sprintf("file \"d%04d/e/x\" added text +1 -0\n", i)
	}
	s.Want += fmt.Sprintf("file: %d more\ncontrol d1000/.gitattributes 2 bytes\n", n/2+n%2-shown)
	if n > 5000 {
		s.Want += fmt.Sprintf("gap attributes: the change touches %d folders; .gitattributes was looked for in 5000", n)
	}
	return s
}

// oddControlScenes have something else than a plain file in the place of every control file.
func oddControlScenes() []Scene {
	var all []Scene
	for _, c := range []struct {
		what string
		put  func(c Commit, place string)
	}{
		{"symbolic links", func(c Commit, place string) { c.Put[place] = File{Content: "other", Mode: Symlink} }},
		{"submodules", func(c Commit, place string) { c.Put[place] = File{Content: elsewhere, Mode: Submodule} }},
		{"folders", func(c Commit, place string) { c.Put[place+"/x"] = File{Content: "1\n"} }},
	} {
		s := Scene{
			Name:   "control files are " + c.what,
			Base:   []Commit{put("a/other", settings, "other", settings, ".github/other", settings, "docs/other", settings)},
			Change: touched,
			Want:   touchedFacts,
		}
		var gaps []string
		for _, place := range everyPlace() {
			c.put(s.Base[0], place.Path)
			s.Want += fmt.Sprintf("control %s unread\n", place.Path)
			gaps = append(gaps,
				fmt.Sprintf("gap %s %q: it is not a plain file (a symbolic link or a folder is not followed)\n", place.Fact, place.Path))
		}
		slices.Sort(gaps)
		s.Want += strings.Join(gaps, "")
		all = append(all, s)
	}
	return all
}

// historyScenes have settings that are not valid, and older ones.
func historyScenes() []Scene {
	const wrong = "version: 2\n"
	set := func(text string) Commit { return put(controls.SettingsPath, text) }
	rest := func(n int) []Commit { return slices.Repeat([]Commit{{}}, n) }
	// back has valid settings n commits before the tip.
	back := func(n int) []Commit {
		return slices.Concat([]Commit{set(settings + "# 10\n"), set(wrong + "# 1\n")}, rest(n-2), []Commit{set(wrong)})
	}
	scene := func(name, want string, base ...Commit) Scene {
		return Scene{Name: name, Base: base, Change: touched, Want: touchedFacts + "control .github/lintel.yml 11 bytes\n" + want}
	}
	return []Scene{
		scene("older settings that are valid", "older .github/lintel.yml 15 bytes", set(settings+"# 1\n"), set(wrong)),
		scene("older settings, some valid", `
			older .github/lintel.yml 15 bytes
			older .github/lintel.yml 16 bytes`, set(settings+"# too old\n"), set(settings+"# 11\n"), set(wrong+"# 1\n"), set(wrong)),
		scene("settings that were never valid", "older .github/lintel.yml 15 bytes", set(wrong+"# 1\n"), set(wrong)),
		scene("settings that came twice", `
			older .github/lintel.yml 15 bytes
			older .github/lintel.yml 11 bytes
			older .github/lintel.yml 15 bytes`, set(settings+"# 1\n"), set(wrong), put("x", "1\n"), set(wrong+"# 1\n"), set(wrong)),
		scene("settings that were removed for a while", "older .github/lintel.yml 15 bytes", set(settings+"# 1\n"),
			Commit{Delete: []string{controls.SettingsPath}}, set(wrong)),
		scene("older settings that are a symbolic link", "older .github/lintel.yml 15 bytes", set(settings+"# 1\n"),
			put("x", "1\n").with(controls.SettingsPath, Symlink, "x"), set(wrong)),
		scene("older settings that are too large", "older .github/lintel.yml 15 bytes", set(settings+"# 1\n"),
			set(long(controls.MaxSettings+1)), set(wrong)),
		scene("valid settings as far back as is read", `
			older .github/lintel.yml 15 bytes
			older .github/lintel.yml 16 bytes`, back(controls.MaxHistory)...),
		scene("valid settings one commit further back", `
			older .github/lintel.yml 15 bytes
			older: there are more`, back(controls.MaxHistory+1)...),
		scene("a history of exactly the limit", "older .github/lintel.yml 15 bytes",
			slices.Concat([]Commit{set(wrong + "# 1\n")}, rest(controls.MaxHistory-1), []Commit{set(wrong)})...),
	}
}

// proposalScenes change control files.
func proposalScenes() []Scene {
	ours := put(controls.SettingsPath, settings, "CODEOWNERS", "* @ann\n")
	const inForce = "control .github/lintel.yml 11 bytes\ncontrol CODEOWNERS 7 bytes\n"
	scene := func(name string, change Commit, want string) Scene {
		return Scene{Name: name, Base: []Commit{ours}, Change: []Commit{change}, Want: "commit \"feat: change 1\"\n" + want}
	}
	return []Scene{
		scene("settings are changed", put(controls.SettingsPath, "version: 2\n"),
			"file \".github/lintel.yml\" modified text +1 -1\n"+inForce+"proposed settings .github/lintel.yml 11 bytes"),
		scene("settings are removed", put("x", "1\n").without(controls.SettingsPath),
			"file \".github/lintel.yml\" removed text +0 -1\nfile \"x\" added text +1 -0\n"+inForce+
				"proposed settings .github/lintel.yml removed"),
		scene("settings become a symbolic link", put("x", "1\n").with(controls.SettingsPath, Symlink, "../x"),
			"file \".github/lintel.yml\" modified symlink\nfile \"x\" added text +1 -0\n"+inForce+
				"proposed settings .github/lintel.yml unread"),
		scene("settings become too large", put(controls.SettingsPath, long(controls.MaxSettings+1)),
			"file \".github/lintel.yml\" modified text +4096 -0\n"+inForce+"proposed settings .github/lintel.yml unread"),
		scene("CODEOWNERS is changed", put("CODEOWNERS", "* @bob\n"),
			"file \"CODEOWNERS\" modified text +1 -1\n"+inForce+
				"proposed owners CODEOWNERS 7 bytes\ntree \".github/lintel.yml\"\ntree \"CODEOWNERS\""),
		scene("another CODEOWNERS takes its place", put(".github/CODEOWNERS", "* @bobby\n"),
			"file \".github/CODEOWNERS\" added text +1 -0\n"+inForce+
				"proposed owners .github/CODEOWNERS 9 bytes\ntree \".github/CODEOWNERS\"\ntree \".github/lintel.yml\"\n"+
				"tree \"CODEOWNERS\""),
		scene("a CODEOWNERS that nobody reads is added", put("docs/CODEOWNERS", "* @bobby\n"),
			"file \"docs/CODEOWNERS\" added text +1 -0\n"+inForce+
				"proposed owners CODEOWNERS 7 bytes\ntree \".github/lintel.yml\"\ntree \"CODEOWNERS\"\ntree \"docs/CODEOWNERS\""),
		scene("CODEOWNERS is removed", Commit{Delete: []string{"CODEOWNERS"}},
			"file \"CODEOWNERS\" removed text +0 -1\n"+inForce+"tree \".github/lintel.yml\""),
		scene("CODEOWNERS becomes a symbolic link", put("x", "1\n").with("CODEOWNERS", Symlink, "x"),
			"file \"CODEOWNERS\" modified symlink\nfile \"x\" added text +1 -0\n"+inForce+
				"proposed owners CODEOWNERS unread\ntree \".github/lintel.yml\"\ntree \"CODEOWNERS\"\ntree \"x\""),
		scene("CODEOWNERS becomes too large", put("CODEOWNERS", long(controls.MaxOwners+1)),
			"file \"CODEOWNERS\" modified too_large\n"+inForce+
				"proposed owners CODEOWNERS unread\ntree \".github/lintel.yml\"\ntree \"CODEOWNERS\"\ngap diff.lines \"CODEOWNERS\""),
	}
}

// treeScenes have reports, so that the files of the head and its go.mod files are read.
func treeScenes() []Scene {
	scene := func(name, want string, base ...Commit) Scene {
		return Scene{Name: name, Base: base, Change: touched, Reports: true, Want: touchedFacts + want}
	}
	numbered := func(n int, path string) (lines string) {
		for i := range min(n, shown) {
			lines += fmt.Sprintf("tree %q\n", fmt.Sprintf(path, i))
		}
		return lines
	}
	manifests := func(n int, of string, size int) (lines string) {
		for i := range min(n, shown) {
			lines += fmt.Sprintf("manifest %s %d bytes\n", fmt.Sprintf(of, i), size)
		}
		return lines + fmt.Sprintf("manifest: %d more\n", n-shown)
	}
	many500 := func(n int) Scene {
		s := scene(fmt.Sprintf("%d go.mod files", n), "", many(n, "A%03d/go.mod", "module x\n"))
		s.Want += numbered(n, "A%03d/go.mod") + fmt.Sprintf("tree: %d more\n", n+1-shown) + manifests(min(n, 500), "A%03d/go.mod", 9)
		return s
	}
	beyond, wide := many500(501), many(33, "A%03d/go.mod", long(controls.MaxManifest))
	beyond.Want += "gap manifests: 500 of 501 go.mod files were read (500 files, or 8388608 bytes in all, at most)"
	proposal := scene("CODEOWNERS is changed and nobody reports", "", put("go.mod", "module x\n"))
	proposal.Change, proposal.Reports = []Commit{put("CODEOWNERS", "* @ann\n", "a/b.txt", "2\n")}, false
	proposal.Want = "commit \"feat: change 1\"\nfile \"CODEOWNERS\" added text +1 -0\nfile \"a/b.txt\" added text +1 -0\n" +
		"proposed owners CODEOWNERS 7 bytes\ntree \"CODEOWNERS\"\ntree \"a/b.txt\"\ntree \"go.mod\""
	return []Scene{
		proposal,
		scene("a tree with all kinds of files", `
			tree "a/b.txt"
			tree "go.mod"
			tree "link"
			tree "m/go.mod"
			tree "sub"
			tree "x.y/z"
			tree "x/y"
			manifest go.mod 9 bytes
			manifest m/go.mod 0 bytes`,
			put("go.mod", "module x\n", "m/go.mod", "", "x/y", "1\n", "x.y/z", "1\n").with("link", Symlink, "x").with("sub", Submodule,
				elsewhere)),
		scene("go.mod files that cannot be used", `
			tree "a/b.txt"
			tree "link/go.mod"
			tree "sub/go.mod"
			tree "wide/go.mod"
			manifest wide/go.mod 262144 bytes
			gap manifests "link/go.mod": it is not a plain file (a symbolic link or a folder is not followed)
			gap manifests "sub/go.mod": it is not a plain file (a symbolic link or a folder is not followed)`,
			put("wide/go.mod", long(controls.MaxManifest)).with("link/go.mod", Symlink, "x").with("sub/go.mod", Submodule, elsewhere)),
		scene("a go.mod file above its limit", `
			tree "a/b.txt"
			tree "wide/go.mod"
			gap manifests "wide/go.mod": it has 262145 bytes, more than 262144`, put("wide/go.mod", long(controls.MaxManifest+1))),
		many500(60), many500(500), beyond,
		scene("go.mod files of too many bytes",
			numbered(33, "A%03d/go.mod")+"tree: 26 more\n"+manifests(32, "A%03d/go.mod", controls.MaxManifest)+
				"gap manifests: 32 of 33 go.mod files were read (500 files, or 8388608 bytes in all, at most)", wide),
	}
}
