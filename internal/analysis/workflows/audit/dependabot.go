package audit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
)

// cooldown is how many days a new version should be out before it is proposed. Most versions that were taken over are
// found and taken back within a week.
const cooldown = 7

// Dependabot audits its configuration.
// https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference
func Dependabot(body []byte, _ Options) ([]Finding, error) {
	doc, problems := document.Parse("dependabot.yml", body, len(body))
	if doc == nil || len(problems) > 0 {
		return nil, fmt.Errorf("it cannot be read: line %d, %s", problems[0].Line, excerpt(problems[0].Message))
	}
	updates, _ := doc.Value("updates").([]any)
	if updates == nil {
		return nil, ErrShape
	}
	a := &auditor{file: newFile(body, 0)}
	for i := range updates {
		a.update(doc, strconv.Itoa(i))
	}
	registries, _ := doc.Value("registries").(map[string]any)
	for _, name := range sortedKeys(registries) {
		a.registry(doc, name)
	}
	return a.sorted(), nil
}

// update audits one entry of the list.
func (a *auditor) update(doc *document.Document, i string) {
	ecosystem, _ := doc.Value("updates", i, "package-ecosystem").(string)
	line, _ := doc.At("updates", i, "package-ecosystem")
	where, _ := doc.Value("updates", i, "directory").(string)
	subject := strings.TrimSpace(ecosystem + " " + where)
	if doc.Value("updates", i, "insecure-external-code-execution") == "allow" {
		at, _ := doc.At("updates", i, "insecure-external-code-execution")
		a.add(Finding{
			Audit:   DependabotExecution,
			Line:    at,
			Subject: subject,
			Message: fmt.Sprintf(
				"Dependabot runs code of packages while it looks for updates of %s, with the passwords of private registries "+
					"at hand.",
				excerpt(ecosystem),
			),
			Remedy:  "Leave it out, or write deny.",
			Rewrite: a.replaced(at, "allow", "deny"),
		})
	}
	if doc.Value("updates", i, "open-pull-requests-limit") == int64(0) {
		return // security updates alone, which wait for nothing
	}
	if ecosystem != "github-actions" && waits(doc, i) || ignoresAll(doc, i) {
		return
	}
	days, named := doc.Value("updates", i, "cooldown", "default-days").(int64)
	f := Finding{Audit: DependabotCooldown, Line: line, Subject: subject,
		Remedy: fmt.Sprintf("Write cooldown: with default-days: %d; security updates wait for nothing.", cooldown)}
	switch {
	case named && days >= cooldown:
		return
	case named:
		f.Line, _ = doc.At("updates", i, "cooldown", "default-days")
		f.Message = fmt.Sprintf(
			"A new version for %s is proposed after %d days. Most that were taken over are found within a week.",
			excerpt(ecosystem),
			days,
		)
		f.Rewrite = a.replaced(f.Line, strconv.FormatInt(days, 10), strconv.Itoa(cooldown))
	case doc.Has("updates", i, "cooldown"):
		f.Message = fmt.Sprintf(
			"The cooldown of %s has no default-days, so other versions do not wait.",
			excerpt(ecosystem),
		)
	default:
		f.Message = fmt.Sprintf("No cooldown is named for %s, so a new version is proposed soon after it is out. "+
			"Most that were taken over are found within a week.", excerpt(ecosystem))
		if l := a.file.line(line); strings.Contains(l, "package-ecosystem:") && !strings.ContainsAny(l, "{}") {
			key := keyIndent(l)
			f.Rewrite = &Rewrite{
				First: line,
				Last:  line,
				Text:  fmt.Sprintf("%s\n%scooldown:\n%s  default-days: %d\n", l, key, key, cooldown),
			}
		}
	}
	a.add(f)
}

// kinds are those of versions that a cooldown and a list of what is ignored tell apart.
var kinds = []string{"major", "minor", "patch"}

// waits says that the cooldown is long enough for each kind of version. What has no such kinds, as actions, takes no such days.
func waits(doc *document.Document, i string) bool {
	for _, step := range kinds {
		if days, _ := doc.Value("updates", i, "cooldown", "semver-"+step+"-days").(int64); days < cooldown {
			return false
		}
	}
	return true
}

// ignoresAll says that no version of anything is proposed but what closes a vulnerability, for which nothing is ignored.
func ignoresAll(doc *document.Document, i string) bool {
	list, _ := doc.Value("updates", i, "ignore").([]any)
	for k := range list {
		if doc.Value("updates", i, "ignore", strconv.Itoa(k), "dependency-name") != "*" {
			continue
		}
		if doc.Has("updates", i, "ignore", strconv.Itoa(k), "versions") {
			continue
		}
		types, _ := doc.Value("updates", i, "ignore", strconv.Itoa(k), "update-types").([]any)
		if !slices.ContainsFunc(kinds, func(step string) bool {
			return !slices.Contains(types, any("version-update:semver-"+step))
		}) {
			return true
		}
	}
	return false
}

// registry finds a password that is written into the file.
func (a *auditor) registry(doc *document.Document, name string) {
	for _, field := range []string{"password", "token", "key"} {
		text, ok := doc.Value("registries", name, field).(string)
		if !ok || text == "" || strings.Contains(text, "${{") {
			continue
		}
		line, _ := doc.At("registries", name, field)
		a.add(Finding{
			Audit:   HardCodedCredentials,
			Line:    line,
			Subject: "registry " + name,
			Message: fmt.Sprintf("The %s of the registry %s is written into the file.", field, excerpt(name)),
			Remedy:  "Store it as a secret of Dependabot and write ${{secrets.NAME}}; then replace the one that is public now.",
		})
	}
}
