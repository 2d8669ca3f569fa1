package ownership

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/analysis/ownership/sections"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
)

// waiver lets files of a bot's own change off their owners. It rests on what the forge says: that a bot which the
// settings name opened the change, and that this bot made each of its commits. A name or an address in a commit
// is text that whoever writes the commit chooses.
type waiver struct {
	files           *language.Ignore
	locks, manifest bool
	// bot is the bot whose change it is; empty when the settings waive nothing for this author.
	bot string
	// broken says why the waiver does not hold all the same; empty when it does.
	broken string
}

// newWaiver reads the settings; why says what makes them unusable.
func newWaiver(s *change.Snapshot, opt settings.OwnershipWaive) (w waiver, why string) {
	if s.Author == nil || !s.Author.Bot ||
		!slices.ContainsFunc(opt.Authors, func(l string) bool { return strings.EqualFold(bare(l), bare(s.Author.Login)) }) {
		return waiver{}, ""
	}
	var patterns []string
	for _, f := range opt.Files {
		switch f {
		case settings.WaiveLockFiles:
			w.locks = true
		case settings.WaiveManifests:
			w.manifest = true
		default:
			patterns = append(patterns, f)
		}
	}
	files, errs := language.ParseIgnore(patterns)
	if len(errs) > 0 {
		return waiver{}, "a pattern of ownership.waive.files cannot be used"
	}
	w.files, w.bot, w.broken = files, excerpt(s.Author.Login), excerpt(foreign(s))
	return w, ""
}

// takes reports whether one name of a changed file is among the files that are waived. What is no plain file never is,
// and neither is a file that rules changes.
func (w waiver) takes(f diff.File, path string) bool {
	if w.bot == "" || !plain(f.Mode) || !plain(f.OldMode) || f.State == diff.Symlink || f.State == diff.Submodule ||
		slices.ContainsFunc(controls.GitLabSettings(), func(p controls.Place) bool { return p.Path == path }) ||
		slices.Contains(codeowners.Locations(), path) || slices.Contains(sections.Locations(), path) {
		return false
	}
	return w.locks && language.LockFile(path) || w.manifest && language.Manifest(path) || w.files.Match(path) != ""
}

// plain takes git's mode of a file that cannot be run; an unknown mode too, since not every answer of a forge has it.
func plain(mode string) bool { return mode == "" || mode == "100644" }

// foreign names the first commit of which it is not certain that the author of the change made it, and says why; empty when there is none.
func foreign(s *change.Snapshot) string {
	if reason := s.Unasked["commits.accounts"]; reason != "" {
		return reason
	}
	if len(s.Commits) == 0 || len(s.Commits) < s.CommitsTotal {
		return fmt.Sprintf("%d of its %d commits are known, and another's may be among the others", len(s.Commits),
			max(s.CommitsTotal, len(s.Commits)))
	}
	for _, c := range s.Commits {
		if who := stranger(s, c); who != "" {
			return fmt.Sprintf("commit %s %s", change.Short(c.SHA), who)
		}
	}
	return ""
}

// stranger says why a commit may not be the bot's; empty when it is.
func stranger(s *change.Snapshot, c change.Commit) string {
	if s.Kind == change.LocalBranch {
		// On a laptop whoever asks names the bot, nothing is decided, and the text of the commit is all there is.
		if p := noreply.FindStringSubmatch(c.Author.Email); p != nil && strings.EqualFold(bare(p[1]), bare(s.Author.Login)) ||
			strings.EqualFold(c.Author.Name, s.Author.Login) {
			return ""
		}
		return "names another author"
	}
	a := c.AuthorAccount
	switch {
	case a == nil:
		return "is by nobody whose account is known"
	case !a.Bot || !strings.EqualFold(bare(a.Login), bare(s.Author.Login)):
		return "is by " + a.Login
	case !c.Vouched:
		return "names the bot as its author without a signature that proves it, so anybody may have written it"
	}
	return ""
}

// bare is the login of a bot without "[bot]", which some of the forge's answers and many people leave out.
func bare(login string) string { return strings.TrimSuffix(strings.ToLower(login), "[bot]") }

// noreply is the address by which GitHub names an account without showing its mail.
var noreply = lazyregexp.New(`^(?i)(?:\d+\+)?([a-z0-9-]+\[bot\])@users\.noreply\.github\.com$`)
