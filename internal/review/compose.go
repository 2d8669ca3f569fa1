package review

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// CheckName is the one required check.
const CheckName = "lintel"

// Recheck is the button on every check: nobody is ever stuck.
// https://docs.github.com/en/rest/checks/runs#create-a-check-run limits its three texts to 20, 40 and 20 characters.
var recheck = effect.Button{Label: "Re-check", Description: "Look at this pull request again now", ID: "recheck"}

// Input is all that a plan depends on.
type Input struct {
	Record   change.Record
	Snapshot *change.Snapshot
	Decision policy.Decision
	// Facts are those of the decision, for tables; nil shows none.
	Facts    *facts.Facts
	Report   settings.Report
	Standing history.Standing
	// Rules are those of the engine, for titles of families and links.
	Rules []policy.Rule
	// Page is the address of the page that explains the verdict; empty for none.
	Page string
	Gate finding.Mode
	Now  time.Time
	// Waiting is set while reports of CI are waited for.
	Waiting *Waiting
}

// Compose says what shall be done outside about a decision. It is pure: equal inputs give equal effects.
// What stands already with the same digest is not done again, unless somebody asked for it.
func Compose(in Input) []effect.Effect {
	var effects []effect.Effect
	// The address of the page is not part of what is said: a new one alone publishes nothing again.
	// Nor is what is missing of the reports that it waits for: the page says that, and the check once more at half of the time.
	bare := in
	bare.Page, bare.Waiting = "", in.Waiting.bare()
	said := checks(bare)
	for i, c := range checks(in) {
		c.Digest = checkDigest(said[i])
		if e, ok := publish(in.Record, in.Standing, c); ok {
			effects = append(effects, e)
		}
	}
	if e, ok := comment(in); ok {
		effects = append(effects, e)
	}
	return effects
}

// publish makes the effect of a check, if it is not what stands on the commit already.
func publish(r change.Record, st history.Standing, c effect.Check) (effect.Effect, bool) {
	key := fmt.Sprintf("check/%d/%s/%s/", r.RepoID, c.SHA, strings.ReplaceAll(c.Name, " ", ""))
	stands, there := st.Checks[c.Name]
	same := there && stands.Effect.Check.Digest == c.Digest
	if r.Forced > r.Evaluated {
		// Asked for: publish in any case, and once. What was asked is in the key, so that a look that is tried again knows its answer.
		key += fmt.Sprintf("asked-%d-%d/", r.Number, r.Forced)
		same = same && strings.HasPrefix(stands.Effect.Key, key)
	}
	if same {
		return effect.Effect{}, false
	}
	if there && stands.Effect.Check.Status == effect.InProgress && stands.Receipt != nil {
		c.Continues = stands.Receipt.RemoteID
	}
	return effect.Effect{Key: key + strconv.FormatInt(st.Sequence, 10), Ref: r.Ref, Check: &c}, true
}

// checkDigest names what people see of a check; no time and no address is in it.
func checkDigest(c effect.Check) string {
	c.StartedAt, c.DetailsURL, c.Continues, c.Digest = time.Time{}, "", 0, ""
	return text.DigestJSON(c)
}

// checks are the runs that shall stand on the commit: "lintel", and one for each family when the settings ask for it.
func checks(in Input) []effect.Check {
	all := []effect.Check{combined(in)}
	if in.Report.Checks == "per-family" {
		for _, f := range in.Decision.Families {
			if f.Conclusion != policy.FamilyOff {
				all = append(all, family(in, f))
			}
		}
	}
	return append(all, retired(in, all)...)
}

// retired are green checks in the place of those that stand on the commit and that nothing asks for any more: a red one would stay for good,
// and block where it is required. While another pull request with this commit is not through, they are left: they may be its own.
func retired(in Input, asked []effect.Check) []effect.Check {
	if waiting, failing := peers(in); len(waiting)+len(failing) > 0 {
		return nil
	}
	var all []effect.Check
	for _, name := range slices.Sorted(maps.Keys(in.Standing.Checks)) {
		stands := in.Standing.Checks[name].Effect.Check
		if stands.Conclusion == effect.Success || slices.ContainsFunc(asked, func(c effect.Check) bool { return c.Name == name }) {
			continue
		}
		c := blank(in, name)
		c.Conclusion, c.Title = effect.Success, "Not asked for any more"
		c.Summary = "The settings of this repository no longer ask for this check. What counts is in " + markdown.GitHub.Code(CheckName) + "."
		all = append(all, c)
	}
	return all
}

func blank(in Input, name string) effect.Check {
	return effect.Check{Name: name, SHA: in.Record.Target(), Status: effect.Completed, DetailsURL: in.Page, StartedAt: in.Snapshot.TakenAt, Buttons: []effect.Button{recheck}}
}

// waits is what is waited for; a decision that is pending without a word of it waits for nothing that can be named.
func (in Input) waits() *Waiting {
	if in.Waiting == nil {
		return &Waiting{}
	}
	return in.Waiting
}

// combined is the required check. A check belongs to a commit, so it succeeds only if every open pull request with that commit does.
func combined(in Input) effect.Check {
	c := blank(in, CheckName)
	c.Annotations = annotations(in.Decision.Visible())
	if len(waitingDrafts(in.Standing)) > 0 {
		c.Buttons = append(c.Buttons, releaseButton)
	}
	waiting, failing := peers(in)
	switch {
	case in.Decision.Conclusion == effect.Failure:
		c.Conclusion = effect.Failure
		c.Title = problemsTitle(in.Decision)
		if len(in.Decision.Blocking()) == 0 {
			c.Title = "Not ready to merge"
		}
	case len(failing) > 0:
		c.Conclusion = effect.Failure
		c.Title = refusedTitle(failing)
	case len(waiting) > 0:
		// The annotations come with the verdict: this run is continued by it, and what it has would stand there twice.
		c.Annotations = nil
		c.Status, c.Title = effect.InProgress, waitTitle(waiting)
	case in.Decision.Conclusion == effect.Success:
		c.Conclusion = effect.Success
		c.Title = passTitle(in.Decision)
	default:
		c.Annotations = nil
		c.Status, c.Title = effect.InProgress, in.waits().title()
	}
	c.Summary, c.Text = summary(in, waiting, failing), details(in)
	return c
}

func passTitle(d policy.Decision) string {
	unjudged := len(d.Unjudged())
	remarks := len(d.Visible())
	// What was not measured does not pass, so not all rules do.
	measured := !slices.ContainsFunc(d.Families, func(f policy.FamilyVerdict) bool { return f.Conclusion == policy.FamilyUnmeasured })
	if remarks+unjudged == 0 && measured {
		return "All rules pass"
	}
	title := "Passes"
	if remarks > 0 {
		title += ", with " + text.Count(remarks, "remark")
	}
	if unjudged > 0 {
		title += "; " + text.Count(unjudged, "rule") + " could not be judged"
	}
	return title
}

// peers sorts the other open pull requests with this commit into those without a verdict and those that are refused.
// A verdict from before something changed is none, unless it is a refusal: nothing turns green on what nobody has looked at again.
func peers(in Input) (waiting, failing []int) {
	known := map[int]bool{}
	for _, p := range in.Standing.Peers {
		known[p.Record.Number] = true
		switch {
		case p.Verdict != nil && p.Verdict.Conclusion == history.Pends:
			waiting = append(waiting, p.Record.Number)
		case p.Verdict != nil && p.Verdict.Conclusion != string(effect.Success):
			failing = append(failing, p.Record.Number)
		case p.Verdict == nil || p.Verdict.Generation < p.Record.Generation:
			waiting = append(waiting, p.Record.Number)
		}
	}
	for _, s := range in.Snapshot.Siblings {
		if !known[s.Number] {
			waiting = append(waiting, s.Number)
		}
	}
	return waiting, failing
}

// numbers names pull requests: "pull request 3", "pull requests 3 and 4", "pull requests 3, 4 and 5".
func numbers(list []int) string {
	if len(list) == 1 {
		return fmt.Sprintf("pull request %d", list[0])
	}
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = strconv.Itoa(n)
	}
	return "pull requests " + text.List(names)
}

func waitTitle(waiting []int) string {
	return "Waiting for the verdict on " + numbers(waiting) + " with the same commit"
}

func refusedTitle(failing []int) string {
	return "Blocked by " + numbers(failing) + " with the same commit"
}

// foreign counts what blocks in other families.
func foreign(d policy.Decision, family string) int {
	return len(slices.DeleteFunc(d.Blocking(), func(f finding.Finding) bool { return f.Family == family }))
}

// family is the additional check of one family.
func family(in Input, f policy.FamilyVerdict) effect.Check {
	c := blank(in, CheckName+" / "+f.Name)
	var own []finding.Finding
	for _, x := range in.Decision.Visible() {
		if x.Family == f.Name {
			own = append(own, x)
		}
	}
	c.Conclusion, c.Title = effect.Success, "Passes"
	waiting, failing := peers(in)
	switch {
	case f.Conclusion == policy.FamilyFailure:
		c.Conclusion, c.Title = effect.Failure, text.Count(len(in.Decision.Blocking())-foreign(in.Decision, f.Name), "problem")+" to solve before merging"
	case len(failing) > 0:
		// Which of its families refused the other pull request is not known here; a check that is green for it would be a guess.
		c.Conclusion, c.Title = effect.Failure, refusedTitle(failing)
	case len(waiting) > 0:
		c.Status, c.Conclusion, c.Title = effect.InProgress, "", waitTitle(waiting)
	case f.Conclusion == policy.FamilyWaiting:
		c.Status, c.Conclusion, c.Title = effect.InProgress, "", in.waits().title()
	case f.Conclusion == policy.FamilyUnmeasured:
		c.Title = "Not measured"
	case f.Conclusion == policy.FamilyAbstained:
		c.Title = "Partly judged"
	case len(own) > 0:
		c.Title = "Passes, with " + text.Count(len(own), "remark")
	}
	c.Summary = markdown.Truncate(findingList(in, own, 1), maxOutput)
	if f.Name == "coverage" {
		c.Text = coverageTable(in)
	}
	switch {
	case f.Conclusion == policy.FamilyUnmeasured:
		c.Summary += "Nothing was measured, so these rules say nothing. " + escape(plain(f.Reason, maxReason))
	case c.Summary == "":
		c.Summary = "These rules have no objection."
	}
	c.Summary = gateNote(in) + c.Summary
	return c
}

// maxAnnotations bounds what is shown in the diff; the rest is counted in the text and shown on the page.
const maxAnnotations = 300

func annotations(findings []finding.Finding) []effect.Annotation {
	var all []effect.Annotation
	for _, blocking := range []bool{true, false} {
		for _, f := range findings {
			if f.Blocking != blocking || f.Path == "" || len(all) == maxAnnotations {
				continue
			}
			title, links := f.Title, f.Docs
			if f.Source != nil {
				title = f.Source.Tool + " " + f.Source.Rule
				links = strings.TrimSpace(f.Source.Help + "\n" + f.Docs)
			}
			a := effect.Annotation{Path: f.Path, Line: f.Line, EndLine: max(f.EndLine, f.Line), Level: effect.LevelNotice, Title: plain(strings.Join(strings.Fields(title), " "), maxTitle), Message: plain(f.Message+"\n\n"+f.Remedy+"\n"+links, 4000)}
			switch {
			case f.Blocking:
				a.Level = effect.LevelFailure
			case f.Severity != finding.Notice:
				a.Level = effect.LevelWarning
			}
			all = append(all, a)
		}
	}
	return all
}

// progress shows the check in progress.
func progress(r change.Record, st history.Standing, title, page string, now time.Time) effect.Effect {
	c := effect.Check{Name: CheckName, SHA: r.Target(), Status: effect.InProgress, Title: title, Summary: "Lintel is looking at this pull request. The verdict follows.", DetailsURL: page, StartedAt: now}
	c.Digest = checkDigest(c)
	return effect.Effect{Key: fmt.Sprintf("check/%d/%s/%s/%d", r.RepoID, c.SHA, c.Name, st.Sequence), Ref: r.Ref, Check: &c}
}

// leftBehind concludes a check of a commit that nobody judges any more.
func leftBehind(r change.Record, st history.Standing, name string, now time.Time) []effect.Effect {
	c := effect.Check{Name: name, SHA: r.Target(), Status: effect.Completed, Conclusion: effect.Failure, Title: "Not judged: the pull request moved on or was closed",
		Summary: "This commit is the head of no open pull request any more. When it is one again, it is judged.", StartedAt: now, Buttons: []effect.Button{recheck}}
	c.Digest = checkDigest(c)
	if e, ok := publish(r, st, c); ok {
		return []effect.Effect{e}
	}
	return nil
}

// trouble is a failing check that says why there is no verdict. It never hides behind an older one: something changed, and nobody knows what.
func trouble(r change.Record, st history.Standing, cause error, page string, now time.Time) []effect.Effect {
	title, what, remedy := "No verdict: the pull request could not be judged", "The pull request could not be read or judged.", "Lintel tries again by itself. Press Re-check to try at once; if it stays, ask whoever runs Lintel to look at its log and at lintel doctor github."
	var refused *change.Refused
	var limited *change.Limited
	if errors.As(cause, &limited) {
		what = fmt.Sprintf("GitHub limits our requests until %s, and a merge queue does not wait that long.", limited.Until.UTC().Format("15:04 MST"))
		remedy = "Queue the pull request again after that."
	}
	if errors.As(cause, &refused) {
		what, remedy = refused.What+".", "This needs somebody who runs Lintel: "+refused.Remedy+". Then press Re-check."
	}
	var unread *change.Unread
	if errors.As(cause, &unread) {
		what, remedy = unread.What+".", "Lintel tries again by itself; press Re-check to try at once. For whoever runs Lintel: "+unread.Remedy+"."
	}
	var unrelated *change.Unrelated
	if errors.As(cause, &unrelated) {
		title, what, remedy = NoCommonHistory(cmp.Or(r.Base.Ref, change.Short(unrelated.Base)), r.Base.Ref != "")
	}
	c := effect.Check{Name: CheckName, SHA: r.Target(), Status: effect.Completed, Conclusion: effect.Failure, Title: title,
		Summary: "**" + escape(what) + "**\n\n" + escape(remedy) + "\n\nA pull request that could not be judged does not pass.", DetailsURL: page, StartedAt: now, Buttons: []effect.Button{recheck}}
	c.Digest = checkDigest(c)
	if e, ok := publish(r, st, c); ok {
		return []effect.Effect{e}
	}
	return nil
}

// NoCommonHistory says, as plain text, that a change and its base have no commit in common, and what to do. Server and command line say the same. Branch is
// true when the base is named as a branch, and not as a commit.
func NoCommonHistory(base string, branch bool) (title, what, remedy string) {
	base = plain(base, maxTitle)
	onto := base
	if branch {
		onto = "origin/" + base
	}
	return "No common history with " + base, "This branch and " + base + " have no commit in common, so there is nothing that one changes of the other.",
		"The branch was probably begun anew or replaced by another history. Put its commits onto " + base + " (git rebase --onto " + onto + " --root) and push, or open a pull request from a new branch that starts at " + base + "."
}
