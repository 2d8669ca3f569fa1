package publish

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/traits"
)

// CheckName is the one required check.
const CheckName = "lintel"

// recheck is the button on every check: nobody is ever stuck.
// https://docs.github.com/en/rest/checks/runs#create-a-check-run limits its three texts to 20, 40 and 20 characters.
var recheck = effect.Button{Label: "Re-check", Description: "Look at this pull request again now", ID: "recheck"}

// why is the third button, and GitHub takes three: the one comment answers it.
var why = effect.Button{Label: "Why?", Description: "Say in a comment what blocks, and why", ID: "why"}

// runChecks is on a check while checks wait for somebody to let them run on a fork's head.
var runChecks = effect.Button{Label: "Run checks", Description: "I read it: run checks on this head", ID: "run-checks"}

// checks are the runs that shall stand on the commit: "lintel", and one for each family when the settings ask for it.
func checks(in Input) []effect.Check {
	words := in.words()
	all := []effect.Check{combined(in, words)}
	if in.Report.Checks == "per-family" {
		for _, f := range in.Decision.Families {
			if f.Conclusion != policy.FamilyOff {
				all = append(all, family(in, words, f))
			}
		}
	}
	if len(words.Pending)+len(words.Refused) == 0 {
		all = append(all, retired(in, all)...)
	}
	for i := range all {
		all[i] = shown(all[i], in.Record.Forge)
	}
	return all
}

// shown is what the forge has a place for of a check.
func shown(c effect.Check, f change.Forge) effect.Check {
	t := traits.Of(f)
	if t.CheckText == 0 {
		c.Summary, c.Text = "", ""
	}
	if !t.Annotations {
		c.Annotations = nil
	}
	if len(c.Buttons) > t.Buttons {
		// What somebody has to press comes before what only explains.
		c.Buttons = slices.DeleteFunc(slices.Clone(c.Buttons), func(b effect.Button) bool { return b == why })
	}
	c.Buttons = c.Buttons[:min(len(c.Buttons), t.Buttons)]
	return c
}

// combined is the required check. A check belongs to a commit, so it succeeds only if every open change with that commit does.
func combined(in Input, words comment.Verdict) effect.Check {
	c := blank(in, CheckName)
	if len(in.Snapshot.Unapproved) > 0 {
		c.Buttons = append(c.Buttons, runChecks)
	}
	if len(words.Drafts) > 0 {
		c.Buttons = append(c.Buttons, releaseButton)
	}
	switch {
	case in.Decision.Conclusion == effect.Failure:
		c.Conclusion, c.Title = effect.Failure, words.ProblemsTitle()
	case len(words.Refused) > 0:
		c.Conclusion, c.Title = effect.Failure, words.RefusedTitle()
	case len(words.Pending) > 0:
		c.Status, c.Title = effect.InProgress, words.PendingTitle()
	case in.Decision.Conclusion == effect.Success:
		c.Conclusion, c.Title = effect.Success, words.PassTitle()
	default:
		c.Status, c.Title = effect.InProgress, words.Waiting.Title()
	}
	if c.Status == effect.Completed {
		// A run in progress has no annotations: the verdict continues the run, and they would stand there twice.
		c.Annotations = words.Annotations()
	}
	c.Summary, c.Text = words.Summary(), words.Text()
	return c
}

// family is the additional check of one family.
func family(in Input, words comment.Verdict, f policy.FamilyVerdict) effect.Check {
	c := blank(in, CheckName+" / "+f.Name)
	switch {
	case in.Decision.Gate != nil && in.Decision.Gate.State == gateswitch.Closed:
		c.Conclusion, c.Title = effect.Failure, words.ProblemsTitle()
	case f.Conclusion == policy.FamilyFailure:
		c.Conclusion, c.Title = effect.Failure, words.FamilyProblemsTitle(f.Name)
	case len(words.Refused) > 0:
		// Which of its families refused the other change is not known here; a check that is green for it would be a guess.
		c.Conclusion, c.Title = effect.Failure, words.RefusedTitle()
	case len(words.Pending) > 0:
		c.Status, c.Title = effect.InProgress, words.PendingTitle()
	case f.Conclusion == policy.FamilyWaiting:
		c.Status, c.Title = effect.InProgress, words.Waiting.Title()
	default:
		c.Conclusion, c.Title = effect.Success, words.FamilyPassTitle(f)
	}
	c.Summary, c.Text = words.FamilySummary(f), words.FamilyText(f)
	return c
}

// retired are green checks in the place of those that stand on the commit and that nothing asks for any more: a red one
// would stay for good, and block where it is required. While another change with this commit is not through, they
// are left: they may be its own.
func retired(in Input, asked []effect.Check) []effect.Check {
	var all []effect.Check
	for _, name := range slices.Sorted(maps.Keys(in.Standing.Checks)) {
		stands := in.Standing.Checks[name].Effect.Check
		if stands.Conclusion == effect.Success || slices.ContainsFunc(asked, func(c effect.Check) bool { return c.Name == name }) {
			continue
		}
		c := blank(in, name)
		c.Conclusion = effect.Success
		all = append(all, written(c, comment.Retired(in.Record.Forge, CheckName)))
	}
	return all
}

func blank(in Input, name string) effect.Check {
	c := completed(in.Record, name, in.Page, in.Snapshot.TakenAt)
	c.Conclusion = ""
	return c
}

// completed is a check that fails, without words.
func completed(r change.Record, name, page string, began time.Time) effect.Check {
	return effect.Check{
		Name:       name,
		SHA:        r.Target(),
		Status:     effect.Completed,
		Conclusion: effect.Failure,
		DetailsURL: page,
		StartedAt:  began,
		Buttons:    []effect.Button{recheck, why},
	}
}

func written(c effect.Check, words comment.Output) effect.Check {
	c.Title, c.Summary = words.Title, words.Summary
	return c
}

// Progress shows the check in progress.
func Progress(r change.Record, st plan.Standing, page string, now time.Time) effect.Effect {
	c := written(effect.Check{Name: CheckName, SHA: r.Target(), Status: effect.InProgress, DetailsURL: page, StartedAt: now},
		comment.Reading(r.Forge))
	c = shown(c, r.Forge)
	c.Digest = checkDigest(c)
	return effect.Effect{Key: fmt.Sprintf("check/%d/%s/%s/%d", r.RepoID, c.SHA, c.Name, st.Sequence), Ref: r.Ref, Check: &c}
}

// LeftBehind concludes a check of a commit that nobody judges any more.
func LeftBehind(r change.Record, st plan.Standing, name string, now time.Time) []effect.Effect {
	return withoutDecision(r, st, written(completed(r, name, "", now), comment.LeftBehind(r.Forge)))
}

// Trouble is a failing check that says why there is no verdict. It never hides behind an older one: something changed,
// and nobody knows what. It passes where an open gate is in force (nil: none is). Where a check shows no text, the comment
// that stands says it, too.
func Trouble(r change.Record, st plan.Standing, cause error, page string, now time.Time, gate *gateswitch.Switch) []effect.Effect {
	words := comment.Trouble(r, cause, gate)
	c := written(completed(r, CheckName, page, now), words)
	if gate != nil && gate.State == gateswitch.Open {
		c.Conclusion = effect.Success
	}
	all := withoutDecision(r, st, c)
	if len(all) == 0 || st.Comment == nil || traits.Of(r.Forge).CheckText > 0 {
		return all
	}
	// The check shows a title alone, and the comment would go on with the verdict of before. None is made for this: whether
	// the settings want one is not known.
	parts := st.CommentParts()
	parts.Gate = "**Lintel: " + words.Title + "**\n\n" + words.Summary
	if e, ok := st.Rewrite(r.Ref, parts); ok {
		all = append(all, e)
	}
	return all
}

// withoutDecision publishes a check that no decision stands behind.
func withoutDecision(r change.Record, st plan.Standing, c effect.Check) []effect.Effect {
	c = shown(c, r.Forge)
	c.Digest = checkDigest(c)
	if e, ok := publish(r, st, c); ok {
		return []effect.Effect{e}
	}
	return nil
}

// publish makes the effect of a check, if it is not what stands on the commit already.
func publish(r change.Record, st plan.Standing, c effect.Check) (effect.Effect, bool) {
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
	c.StartedAt, c.DetailsURL, c.Continues, c.Digest = time.Time{}, "", "", ""
	return text.DigestJSON(c)
}
