package local

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/usage"
)

// MaxTeams is the largest teams file, in bytes.
const MaxTeams = 1 << 20

// people takes over author, approvals and teams, which no git repository knows.
// Whether somebody may push is not known on a laptop: it stays nil, and the rules say that it was assumed.
func (r *reader) people(context.Context) error {
	o := r.options
	author, from, bot := o.Author, "--author", false
	if author == "" && o.Job != nil {
		author, from, bot = o.Job.Change.Author, "the author that "+o.Job.Name+" names", o.Job.Change.Bot
		// A verdict of CI may bind, and what a commit says of its author proves nothing there.
		r.unasked("commits.accounts", "no forge was asked who made the commits (lintel check --pull-request asks)")
	}
	if author != "" {
		login, err := login(author, from)
		if err != nil {
			return err
		}
		// No person's login has brackets: GitHub writes the accounts of Apps so, and nobody else's.
		r.s.Author = &change.Account{Login: login, Bot: bot || strings.HasSuffix(strings.ToLower(login), "[bot]")}
	}
	if o.TeamsFile != "" || o.Teams != nil {
		teams, emails, err := ParseTeams(o.TeamsFile, o.Teams)
		if err != nil {
			return err
		}
		r.s.Teams, r.s.Emails = teams, emails
	}
	return nil
}

// unasked states what nobody could be asked for.
func (r *reader) unasked(fact, why string) {
	if r.s.Unasked == nil {
		r.s.Unasked = map[string]string{}
	}
	r.s.Unasked[fact] = why
}

// approvals counts the given approvals for the head, once it is known.
func (r *reader) approvals() error {
	r.s.Reviews = []change.Review{}
	if r.options.Approvals == nil {
		r.unasked("reviews", "no forge was asked who has approved")
	}
	seen := map[string]bool{}
	for _, given := range r.options.Approvals {
		login, err := login(given, "--approvals")
		if err != nil {
			return err
		}
		if key := strings.ToLower(login); !seen[key] {
			seen[key] = true
			r.s.Reviews = append(r.s.Reviews,
				change.Review{ID: int64(len(seen)), Author: change.Account{Login: login}, State: change.Approved,
					Commit: r.s.Head.SHA, SubmittedAt: r.s.TakenAt})
		}
	}
	return nil
}

// login takes "@ann" for "ann" and refuses what no forge allows in a login.
func login(given, flag string) (string, error) {
	name := strings.TrimPrefix(strings.TrimSpace(given), "@")
	if name == "" || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune("/@,\"<>", c) }) {
		return "", &usage.Error{
			What:   fmt.Sprintf("%s: %q is not a login", flag, given),
			Remedy: "give logins without spaces, separated by commas: ann,bob",
		}
	}
	return name, nil
}

// ParseTeams reads a teams file: a YAML mapping of "org/team" or an email address to one login or a list of logins.
// It gives them by lower-case name, as a snapshot has them. All mistakes come in one *usage.Error, each with line and column.
func ParseTeams(file string, content []byte) (map[string]change.Team, map[string][]string, error) {
	if file == "" {
		file = "teams"
	}
	teams, emails := map[string]change.Team{}, map[string][]string{}
	doc, problems := document.Parse(file, content, MaxTeams)
	if doc != nil {
		problems = append(problems, fillTeams(doc, teams, emails)...)
	}
	if len(problems) == 0 {
		return teams, emails, nil
	}
	err := &usage.Error{
		What:   fmt.Sprintf("%s is not a valid teams file", file),
		Remedy: "map each team or address to logins, one a line: 'acme/backend: [ann, bob]' or 'ann@example.com: ann'",
	}
	for _, p := range document.Sort(problems) {
		err.Problems = append(err.Problems, p.String())
	}
	return nil, nil, err
}

func fillTeams(doc *document.Document, teams map[string]change.Team, emails map[string][]string) (problems []document.Problem) {
	all, ok := doc.Value().(map[string]any)
	if !ok {
		return []document.Problem{doc.Problem("the file must be a mapping of teams and addresses to logins")}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		members, wrong := logins(doc, key, all[key])
		problems = append(problems, wrong...)
		name := strings.ToLower(strings.TrimPrefix(key, "@"))
		org, team, slash := strings.Cut(name, "/")
		local, host, at := strings.Cut(name, "@")
		_, twice := teams[name]
		switch {
		case twice || emails[name] != nil:
			problems = append(problems, doc.KeyProblem(fmt.Sprintf("%q is given twice, but for its case or a leading @", key), key))
		case slash && !at && org != "" && team != "" && !strings.ContainsAny(team, "/ ") && !strings.Contains(org, " "):
			teams[name] = change.Team{Exists: true, Members: members}
		case at && !slash && local != "" && strings.Contains(host, ".") && !strings.ContainsAny(name, " ,"):
			emails[name] = members
		default:
			problems = append(problems, doc.KeyProblem(fmt.Sprintf("%q is neither a team, \"org/team\", nor an email address", key), key))
		}
	}
	return problems
}

// logins reads one login or a list of them.
func logins(doc *document.Document, key string, value any) (members []string, problems []document.Problem) {
	members = []string{}
	add := func(v any, path ...string) {
		given, ok := v.(string)
		if !ok {
			problems = append(problems, doc.Problem(fmt.Sprintf("a login must be text; put %v in quotes if it is one", v), path...))
			return
		}
		name, err := login(given, key)
		if err != nil {
			problems = append(problems, doc.Problem(fmt.Sprintf("%q is not a login", given), path...))
			return
		}
		if !slices.Contains(members, name) {
			members = append(members, name)
		}
	}
	switch v := value.(type) {
	case string:
		add(v, key)
	case []any:
		for i, item := range v {
			add(item, key, fmt.Sprint(i))
		}
	default:
		problems = append(problems, doc.Problem("want one login or a list of logins", key))
	}
	return members, problems
}
