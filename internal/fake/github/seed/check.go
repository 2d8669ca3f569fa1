package seed

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
)

// The forms of names. GitHub's are of this shape; a stricter rule here only refuses names that no seed needs.
var (
	loginForm  = regexp.MustCompile(`^[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}$`)
	slugForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)
	repoForm   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	branchForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)
	tokenForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{4,255}$`)
)

// account is a user or an organisation of the file.
type account struct {
	login string
	teams map[string]bool // nil for a user
	repos map[string]bool
}

// checker finds what a schema cannot express: names that are taken or lead nowhere, words in places that take any text.
type checker struct {
	doc      *document.Document
	seed     *Seed
	accounts map[string]account // by lower login
	tokens   map[string]bool
	problems []document.Problem
}

func (c *checker) say(at []string, format string, args ...any) {
	c.problems = append(c.problems, c.doc.Problem(fmt.Sprintf(format, args...), at...))
}

func at(steps ...any) []string {
	out := make([]string, len(steps))
	for i, s := range steps {
		out[i] = fmt.Sprint(s)
	}
	return out
}

func (c *checker) run() []document.Problem {
	for i, u := range c.seed.Users {
		c.login(u.Login, at("users", i, "login"), nil)
		if u.Token != "" && !tokenForm.MatchString(u.Token) {
			c.say(at("users", i, "token"), "a token is 4 to 255 letters, digits, \"_\" or \"-\"")
		} else if u.Token != "" && c.tokens[u.Token] {
			c.say(at("users", i, "token"), "two users cannot have the same token")
		}
		c.tokens[u.Token] = true
	}
	for i, o := range c.seed.Organizations {
		c.login(o.Login, at("organizations", i, "login"), map[string]bool{})
	}
	for i, o := range c.seed.Organizations {
		c.organization(i, o)
	}
	for i, r := range c.seed.Repositories {
		c.repository(i, r)
	}
	for i, n := range c.seed.Installations {
		c.installation(i, n)
	}
	return c.problems
}

func (c *checker) login(login string, where []string, teams map[string]bool) {
	key := strings.ToLower(login)
	_, taken := c.accounts[key]
	switch {
	case !loginForm.MatchString(login):
		c.say(where, "%q cannot be a login: it takes up to 39 letters, digits and single hyphens", login)
	case taken:
		c.say(where, "the login %q is taken", login)
	default:
		c.accounts[key] = account{login: login, teams: teams, repos: map[string]bool{}}
	}
}

// user wants the login of a person.
func (c *checker) user(login string, where []string) {
	a, ok := c.accounts[strings.ToLower(login)]
	switch {
	case !ok:
		c.say(where, "there is no user %q; add it under users", login)
	case a.teams != nil:
		c.say(where, "%q is an organization, a user is needed here", login)
	}
}

// words checks a mapping from names to one of a few words.
func (c *checker) words(m map[string]string, where []string, name func(string, []string), allowed ...string) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		here := append(slices.Clip(where), key)
		name(key, here)
		if !slices.Contains(allowed, m[key]) {
			c.say(here, "%q is not one of %s", m[key], strings.Join(allowed, ", "))
		}
	}
}

func (c *checker) organization(i int, o Organization) {
	c.words(o.Members, at("organizations", i, "members"), c.user, "member", "admin")
	teams := c.accounts[strings.ToLower(o.Login)].teams
	for j, t := range o.Teams {
		where := at("organizations", i, "teams", j)
		if !slugForm.MatchString(t.Slug) {
			c.say(append(where, "slug"), "%q cannot be a slug: it takes small letters, digits, \"-\" and \"_\"", t.Slug)
		} else if teams[t.Slug] {
			c.say(append(where, "slug"), "the team %q is there already", t.Slug)
		}
		if t.Parent != "" && !teams[t.Parent] {
			c.say(append(where, "parent"), "there is no team %q above this one; a parent stands before its children", t.Parent)
		}
		c.words(t.Members, append(slices.Clip(where), "members"), c.user, "member", "maintainer")
		if teams != nil {
			teams[t.Slug] = true
		}
	}
}

var roles = []string{"read", "triage", "write", "maintain", "admin"}

func (c *checker) repository(i int, r Repository) {
	where := func(steps ...any) []string { return append(at("repositories", i), at(steps...)...) }
	owner, known := c.accounts[strings.ToLower(r.Owner)]
	name := strings.ToLower(r.Name)
	switch {
	case !known:
		c.say(where("owner"), "there is no user or organization %q", r.Owner)
	case !repoForm.MatchString(r.Name) || strings.HasSuffix(name, ".git") || strings.Trim(r.Name, ".") == "":
		c.say(where("name"), "%q cannot be the name of a repository", r.Name)
	case owner.repos[name]:
		c.say(where("name"), "the repository %s/%s is there already", r.Owner, r.Name)
	default:
		owner.repos[name] = true
	}
	c.branch(r.DefaultBranch, where("default_branch"))
	c.words(r.Collaborators, where("collaborators"), c.user, roles...)
	c.words(r.Teams, where("teams"), func(slug string, here []string) {
		if !owner.teams[slug] {
			c.say(here, "%s has no team %q", r.Owner, slug)
		}
	}, roles...)
	for _, branch := range slices.Sorted(maps.Keys(r.Protection)) {
		c.branch(branch, where("protection", branch))
	}
	c.commits(i, r)
}

func (c *checker) branch(name string, where []string) {
	if name == "" {
		return
	}
	if !branchForm.MatchString(name) || strings.Contains(name, "..") || strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".") {
		c.say(where, "%q cannot be the name of a branch here", name)
	}
}

func (c *checker) commits(i int, r Repository) {
	branches := map[string]bool{}
	main := r.DefaultBranch
	if main == "" {
		main = DefaultBranch
	}
	for j, commit := range r.Commits {
		where := func(steps ...any) []string { return append(at("repositories", i, "commits", j), at(steps...)...) }
		branch := commit.Branch
		if branch == "" {
			branch = main
		}
		c.branch(branch, where("branch"))
		switch {
		case commit.From != "" && branches[branch]:
			c.say(where("from"), "the branch %q exists already, so it cannot start at %q", branch, commit.From)
		case commit.From != "" && !branches[commit.From]:
			c.say(where("from"), "no commit before this one is on a branch %q", commit.From)
		case !branches[branch] && branch != main && !branches[main] && commit.From == "":
			c.say(where("branch"), "the first commit must be on %q", main)
		}
		branches[branch] = true
		if commit.Author != "" {
			c.user(commit.Author, where("author"))
		}
		if strings.TrimSpace(commit.Message) == "" {
			c.say(where("message"), "a commit needs a message")
		}
		for _, file := range slices.Sorted(maps.Keys(commit.Files)) {
			c.file(file, where("files", file))
		}
		for k, file := range commit.Delete {
			c.file(file, where("delete", strconv.Itoa(k)))
			if _, ok := commit.Files[file]; ok {
				c.say(where("delete", strconv.Itoa(k)), "%q is written and deleted by the same commit", file)
			}
		}
	}
}

func (c *checker) file(name string, where []string) {
	if name == "" || len(name) > 1024 || path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name, "../") ||
		name == ".." || name == "." ||
		strings.ContainsAny(name, "\x00\n") ||
		slices.ContainsFunc(strings.Split(name, "/"), func(s string) bool { return strings.EqualFold(s, ".git") }) {
		c.say(where, "%q cannot be the path of a file: it is relative, without \"..\" and \".git\"", name)
	}
}

func (c *checker) installation(i int, n Installation) {
	a, ok := c.accounts[strings.ToLower(n.Account)]
	if !ok {
		c.say(at("installations", i, "account"), "there is no user or organization %q", n.Account)
		return
	}
	for j := range i {
		if sameLogin(c.seed.Installations[j].Account, n.Account) {
			c.say(at("installations", i, "account"), "the App is installed on %q already", n.Account)
		}
	}
	for j, name := range n.Repositories {
		if !a.repos[strings.ToLower(name)] {
			c.say(at("installations", i, "repositories", j), "%s has no repository %q", n.Account, name)
		}
	}
}

func sameLogin(a, b string) bool { return strings.EqualFold(a, b) }
