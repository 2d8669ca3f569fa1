package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/text"
)

// owners are the names that our own messages may call whole: those of the CODEOWNERS file that holds, and the logins of those who may approve. Written as code
// they call nobody. Whoever is not among them is text of others.
func owners(f *facts.Facts) map[string]bool {
	own := map[string]bool{}
	if f == nil {
		return own
	}
	for _, g := range f.Ownership.Groups {
		for _, o := range g.Owners {
			own[o.Name] = true
		}
		for _, login := range g.Candidates {
			own["@"+login] = true
		}
	}
	for _, o := range f.Ownership.Ineligible {
		own[o.Name] = true
	}
	for _, login := range f.Ownership.Unblock.People {
		own["@"+login] = true
	}
	return own
}

// forReviewers reports whether a rule is settled by reviews alone, so that its findings are no work of the author.
func forReviewers(in Input, rule string) bool {
	return slices.ContainsFunc(in.Rules, func(r policy.Rule) bool { return r.ID == rule && slices.Contains(r.Reads, "reviews") })
}

// divided gives the blocking findings that the author can mend, and those that wait for reviewers.
func divided(in Input) (author, reviewers []finding.Finding) {
	for _, f := range in.Decision.Blocking() {
		if forReviewers(in, f.Rule) {
			reviewers = append(reviewers, f)
		} else {
			author = append(author, f)
		}
	}
	return author, reviewers
}

// problemsTitle is the one way to count: check, comment and page say the same number of the same decision.
func problemsTitle(d policy.Decision) string {
	return text.Count(len(d.Blocking()), "problem") + " to solve before merging"
}

// left names what waits for reviewers, for the comment: whom to ask stands on the check.
func left(reviewers []finding.Finding) string {
	var titles []string
	for _, f := range reviewers {
		if t := escape(plain(f.Title, maxTitle)); !slices.Contains(titles, t) {
			titles = append(titles, t)
		}
	}
	if n := len(titles) - 3; n > 0 {
		titles = append(titles[:3], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(titles, "; ")
}

// quieted is what a comment becomes that has nothing left for the author. It never says that nothing blocks while something does.
func quieted(in Input) string {
	_, reviewers := divided(in)
	switch n := len(in.Decision.Blocking()); {
	case n == 0:
		return solved
	case n == len(reviewers):
		return fmt.Sprintf("**Lintel: nothing is left for the author.** %s for reviewers before merging: %s.", text.Count(n, "problem")+" "+remain(n), left(reviewers))
	case in.Snapshot.Draft:
		return "**Lintel is quiet while this is a draft.** What has to be solved before merging is on the check."
	}
	return "**Lintel comments here no more.** What has to be solved before merging is on the check."
}

func moreProblems(n int) string {
	return text.Count(n, "more problem") + " " + text.Plural(n, "is", "are")
}

func remain(n int) string { return text.Plural(n, "remains", "remain") }

// families is the table of the check: those that say something have a row each, those that pass share one, and so do those that were not measured and
// those that are off.
func families(d policy.Decision) string {
	var own []string
	together := map[string][]string{}
	for _, f := range d.Families {
		name := markdown.GitHub.Cell(f.Name)
		word := map[policy.Outcome]string{
			policy.FamilySuccess: passWord, policy.FamilyFailure: "**refused**", policy.FamilyAbstained: "partly judged",
			policy.FamilyUnmeasured: "not measured", policy.FamilyWaiting: "waits for reports of CI", policy.FamilyOff: "off",
		}[f.Conclusion]
		switch n := remarks(d, f.Name); {
		case n > 0 && f.Conclusion != policy.FamilyFailure:
			own = append(own, fmt.Sprintf("| %s | %s, %s |\n", name, word, text.Count(n, "remark")))
		case f.Conclusion == policy.FamilySuccess, f.Conclusion == policy.FamilyUnmeasured, f.Conclusion == policy.FamilyOff:
			together[word] = append(together[word], name)
		default:
			own = append(own, fmt.Sprintf("| %s | %s |\n", name, word))
		}
	}
	for _, word := range []string{passWord, "not measured", "off"} {
		if names := together[word]; len(names) > 0 {
			row := word
			if word == passWord && len(names) > 1 {
				row = "pass"
			}
			own = append(own, fmt.Sprintf("| %s | %s |\n", strings.Join(names, ", "), row))
		}
	}
	return "| Rules | Verdict |\n|---|---|\n" + strings.Join(own, "")
}

const passWord = "passes"
