package owners

import (
	"context"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// maxPeople bounds the file of logins.
const maxPeople = 4 << 20

// knownOwners reads who exists.
func knownOwners(ctx context.Context, req lint) (known ownership.Known, err error) {
	if req.Teams != "" {
		content, err := terminal.ReadFile(ctx, "--teams", req.Teams, local.MaxTeams)
		if err != nil {
			return known, err
		}
		teams, emails, err := local.ParseTeams(req.Teams, content)
		if err != nil {
			return known, err
		}
		known.Teams, known.Emails = map[string][]string{}, emails
		for name, t := range teams {
			known.Teams[name] = t.Members
		}
	}
	if req.People != "" {
		content, err := terminal.ReadFile(ctx, "--people", req.People, maxPeople)
		if err != nil {
			return known, err
		}
		if known.People, err = parsePeople(req.People, string(content)); err != nil {
			return known, err
		}
	}
	return known, nil
}

// parsePeople reads one login a line, with or without "@"; "#" begins a comment. An empty list would call everybody dead, so it is refused.
func parsePeople(name, content string) (map[string]bool, error) {
	people := map[string]bool{}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(content, "\ufeff")) {
		n++
		login, _, _ := strings.Cut(line, "#")
		login = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(login), "@"))
		if login == "" {
			continue
		}
		if strings.ContainsFunc(login, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune("/@,:\"<>", c) }) {
			return nil, &usage.Error{
				What:   fmt.Sprintf("%s:%d: %.100q is not a login", name, n, login),
				Remedy: "write one login a line, as gh api prints them: ann",
			}
		}
		people[login] = true
	}
	if len(people) == 0 {
		return nil, &usage.Error{
			What:   name + " names nobody, and every owner would be called gone",
			Remedy: "write one login a line, as gh api prints them: ann",
		}
	}
	return people, nil
}
