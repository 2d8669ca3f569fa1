package review

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
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
	Report   settings.Report
	Standing history.Standing
	// Rules are those of the engine, for titles of families and links.
	Rules []policy.Rule
	// Page is the address of the page that explains the verdict; empty for none.
	Page string
	Gate finding.Mode
	Now  time.Time
}

// Compose says what shall be done outside about a decision. It is pure: equal inputs give equal effects.
// What stands already with the same digest is not done again, unless somebody asked for it.
func Compose(in Input) []effect.Effect {
	var effects []effect.Effect
	for _, c := range checks(in) {
		if e, ok := publish(in, c); ok {
			effects = append(effects, e)
		}
	}
	if e, ok := comment(in); ok {
		effects = append(effects, e)
	}
	return effects
}

// publish makes the effect of a check, if it is not what stands on the commit already.
func publish(in Input, c effect.Check) (effect.Effect, bool) {
	c.Digest = checkDigest(c)
	key := fmt.Sprintf("check/%d/%s/%s/%d", in.Record.RepoID, c.SHA, strings.ReplaceAll(c.Name, " ", ""), in.Standing.Sequence)
	stands, there := in.Standing.Checks[c.Name]
	same := there && stands.Effect.Check.Digest == c.Digest
	if in.Record.Forced > in.Record.Evaluated {
		// Asked for: publish in any case, and once. The generation is in the key, so that a look that is tried again does not do it twice.
		key = fmt.Sprintf("check/%d/%s/%s/asked-%d-%d", in.Record.RepoID, c.SHA, strings.ReplaceAll(c.Name, " ", ""), in.Record.Number, in.Record.Forced)
		same = same && stands.Effect.Key == key
	}
	if same {
		return effect.Effect{}, false
	}
	if there && stands.Effect.Check.Status == effect.InProgress && stands.Receipt != nil {
		c.Continues = stands.Receipt.RemoteID
	}
	return effect.Effect{Key: key, Ref: in.Record.Ref, Check: &c}, true
}

// checkDigest names what people see of a check; no time and no address is in it.
func checkDigest(c effect.Check) string {
	c.StartedAt, c.DetailsURL, c.Continues, c.Digest = time.Time{}, "", 0, ""
	b, err := json.Marshal(c)
	if err != nil {
		panic("review: a check is plain data: " + err.Error())
	}
	return digest(b)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// checks are the runs that shall stand on the commit: "lintel", and one for each family when the settings ask for it.
func checks(in Input) []effect.Check {
	all := []effect.Check{combined(in)}
	if in.Report.Checks != "per-family" {
		return all
	}
	for _, f := range in.Decision.Families {
		if f.Conclusion == policy.FamilyOff {
			continue
		}
		all = append(all, family(in, f))
	}
	return all
}

func blank(in Input, name string) effect.Check {
	return effect.Check{Name: name, SHA: in.Record.Target(), Status: effect.Completed, DetailsURL: in.Page, StartedAt: in.Snapshot.TakenAt, Buttons: []effect.Button{recheck}}
}

// combined is the required check. A check belongs to a commit, so it succeeds only if every open pull request with that commit does.
func combined(in Input) effect.Check {
	c := blank(in, CheckName)
	c.Annotations = annotations(in.Decision.Visible())
	waiting, failing := peers(in)
	switch {
	case in.Decision.Conclusion == effect.Failure:
		c.Conclusion = effect.Failure
		c.Title = count(len(in.Decision.Blocking()), "problem") + " to solve before merging"
		if len(in.Decision.Blocking()) == 0 {
			c.Title = "Not ready to merge"
		}
	case len(failing) > 0:
		c.Conclusion = effect.Failure
		c.Title = fmt.Sprintf("Another pull request with this commit is refused: %s", numbers(failing))
	case len(waiting) > 0:
		// The annotations come with the verdict: this run is continued by it, and what it has would stand there twice.
		c.Annotations = nil
		c.Status, c.Title = effect.InProgress, "Waiting for the verdict on "+numbers(waiting)+", which has the same commit"
	default:
		c.Conclusion = effect.Success
		c.Title = passTitle(in.Decision)
	}
	c.Summary, c.Text = summary(in, waiting, failing), text(in)
	return c
}

func passTitle(d policy.Decision) string {
	if n := len(d.Visible()); n > 0 {
		return "All rules that block pass; " + count(n, "remark")
	}
	return "All rules pass"
}

// peers sorts the other open pull requests with this commit into those without a verdict and those that are refused.
func peers(in Input) (waiting, failing []int) {
	judged := map[int]bool{}
	for _, p := range in.Standing.Peers {
		judged[p.Record.Number] = p.Verdict != nil
		if p.Verdict == nil {
			waiting = append(waiting, p.Record.Number)
		} else if p.Verdict.Conclusion != string(effect.Success) {
			failing = append(failing, p.Record.Number)
		}
	}
	for _, s := range in.Snapshot.Siblings {
		if _, known := judged[s.Number]; !known {
			waiting = append(waiting, s.Number)
		}
	}
	return waiting, failing
}

func numbers(list []int) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = fmt.Sprintf("pull request %d", n)
	}
	return strings.Join(parts, ", ")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
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
	c.Conclusion, c.Title = effect.Success, "Nothing to object"
	_, failing := peers(in)
	switch {
	case f.Conclusion == policy.FamilyFailure:
		c.Conclusion, c.Title = effect.Failure, "Refused"
	case len(failing) > 0:
		// Which of its families refused the other pull request is not known here; a check that is green for it would be a guess.
		c.Conclusion, c.Title = effect.Failure, "Another pull request with this commit is refused: "+numbers(failing)
	case f.Conclusion == policy.FamilyAbstained:
		c.Title = "Could not be judged in part"
	case len(own) > 0:
		c.Title = count(len(own), "remark")
	}
	c.Summary = findingList(own, in.Page)
	if c.Summary == "" {
		c.Summary = "The rules of this family have nothing to object."
	}
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
			a := effect.Annotation{Path: f.Path, Line: f.Line, EndLine: max(f.EndLine, f.Line), Level: effect.LevelNotice, Title: plain(f.Title, 250), Message: plain(f.Message+"\n\n"+f.Remedy+"\n"+f.Docs, 4000)}
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

// trouble is a failing check that says why there is no verdict. It never hides behind an older one: something changed, and nobody knows what.
func trouble(r change.Record, st history.Standing, cause error, page string, now time.Time) []effect.Effect {
	what, remedy := "The pull request could not be read or judged.", "Lintel tries again by itself. Press Re-check to try at once; if it stays, ask whoever runs Lintel to look at its log and at lintel doctor github."
	var refused *change.Refused
	var limited *change.Limited
	if errors.As(cause, &limited) {
		what = fmt.Sprintf("GitHub limits our requests until %s, and a merge queue does not wait that long.", limited.Until.UTC().Format("15:04 MST"))
		remedy = "Queue the pull request again after that."
	}
	if errors.As(cause, &refused) {
		what, remedy = refused.What+".", "This needs somebody who runs Lintel: "+refused.Remedy+". Then press Re-check."
	}
	c := effect.Check{Name: CheckName, SHA: r.Target(), Status: effect.Completed, Conclusion: effect.Failure, Title: "No verdict: the pull request could not be judged",
		Summary: "**" + escape(what) + "**\n\n" + escape(remedy) + "\n\nA pull request that could not be judged does not pass.", DetailsURL: page, StartedAt: now, Buttons: []effect.Button{recheck}}
	c.Digest = checkDigest(c)
	if stands, ok := st.Checks[CheckName]; ok {
		if stands.Effect.Check.Digest == c.Digest {
			return nil
		}
		if stands.Effect.Check.Status == effect.InProgress && stands.Receipt != nil {
			c.Continues = stands.Receipt.RemoteID
		}
	}
	return []effect.Effect{{Key: fmt.Sprintf("check/%d/%s/%s/%d", r.RepoID, c.SHA, c.Name, st.Sequence), Ref: r.Ref, Check: &c}}
}
