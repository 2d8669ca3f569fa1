package dependencies

import (
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/dependencies/manifest"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/language/testfile"
	"github.com/lintel-review/lintel/internal/settings"
)

// maxFiles is how many changed files are read at most.
const maxFiles = 200

// Wants are the files whose content the analysis needs: changed manifests and lock files on both sides, and the files
// beside them that say the rest.
func Wants(files []diff.File, opt settings.Dependencies) []change.Want {
	exclude, _ := language.ParseIgnore(opt.Exclude)
	var wants []change.Want
	read := 0
	for _, f := range files {
		format, ok := manifest.Identify(f.Path)
		if !ok || ignored(f.Path, exclude) || read == maxFiles {
			continue
		}
		read++
		wants = append(wants, change.WantSides(f, manifest.MaxBytes, family.Dependencies)...)
		if f.Status == diff.Removed {
			continue
		}
		for _, name := range manifest.Beside(format) {
			beside := path.Join(path.Dir(f.Path), name)
			if slices.ContainsFunc(files, func(g diff.File) bool { return g.Path == beside || g.OldPath == beside }) {
				continue // wanted for itself
			}
			wants = append(wants, change.Want{Path: beside, Side: change.AtHead, Max: manifest.MaxBytes, Why: family.Dependencies})
		}
	}
	return wants
}

// WantsReview reports whether GitHub's dependency review is wanted: the settings ask for it, and a manifest or lock file changed.
func WantsReview(files []diff.File, opt settings.Dependencies) bool {
	exclude, _ := language.ParseIgnore(opt.Exclude)
	return opt.Advisories.GitHub && slices.ContainsFunc(files, func(f diff.File) bool {
		format, ok := manifest.Identify(f.Path)
		return ok && format.Ecosystem != "Docker" && !ignored(f.Path, exclude)
	})
}

// ignored reports whether a file belongs to others, or is what tests read.
func ignored(file string, exclude *language.Ignore) bool {
	for part := range strings.SplitSeq(path.Dir(file), "/") {
		switch part {
		case "node_modules", "vendor", "third_party", "third-party", "bower_components", "templates", "template":
			return true
		}
		if strings.HasPrefix(part, "template-") {
			return true
		}
		if testfile.Input(part) || strings.HasPrefix(part, "__") {
			return true
		}
	}
	return exclude.Match(file) != ""
}
