// Package seed reads the file that fills a fake GitHub: people, their tokens, organisations, teams, repositories with
// commits, and where the App is installed. It is for cmd/fakehub; tests and the demo fill a fake GitHub by its methods.
//
// Callers may rely on this: Parse tells every problem of a file in one go, with line and column, unknown keys and names
// that lead nowhere included; a Seed that Parse returned can be applied to an empty hub without a conflict.
// docs/fakehub.md describes the keys.
package seed

import (
	"fmt"
	"sync"

	"github.com/lintel-review/lintel/internal/document"
)

// MaxBytes is how large a seed file may be.
const MaxBytes = 4 << 20

// Seed is what a file says. Defaults are filled in by Apply, not here.
type Seed struct {
	Users         []User         `json:"users"`
	Organizations []Organization `json:"organizations"`
	Repositories  []Repository   `json:"repositories"`
	// Installations is where the App is installed. When the file does not name it, that is every account that owns a repository.
	Installations []Installation `json:"installations"`
}

// User is a person. Without a token one is made up.
type User struct {
	Login string `json:"login" jsonschema:"required"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Token string `json:"token"`
}

// Organization has members (login to member or admin) and teams.
type Organization struct {
	Login string `json:"login" jsonschema:"required"`
	// BasePermission is what every member may do in every repository of the organisation; empty is read.
	BasePermission string            `json:"base_permission" jsonschema:"enum=none,enum=read,enum=write,enum=admin"`
	Members        map[string]string `json:"members"`
	Teams          []Team            `json:"teams"`
}

// Team has members (login to member or maintainer). A parent is named by its slug and stands before its children.
type Team struct {
	Slug    string            `json:"slug" jsonschema:"required"`
	Name    string            `json:"name"`
	Parent  string            `json:"parent"`
	Members map[string]string `json:"members"`
}

// Repository is a git repository with its settings and history. Collaborators (login) and Teams (slug) map to read,
// triage, write, maintain or admin.
type Repository struct {
	Owner         string            `json:"owner" jsonschema:"required"`
	Name          string            `json:"name" jsonschema:"required"`
	Description   string            `json:"description"`
	Private       bool              `json:"private"`
	DefaultBranch string            `json:"default_branch"`
	Collaborators map[string]string `json:"collaborators"`
	Teams         map[string]string `json:"teams"`
	// MergeMethods are the ways in; empty is all three.
	MergeMethods []string              `json:"merge_methods" jsonschema:"enum=merge,enum=squash,enum=rebase"`
	SquashTitle  string                `json:"squash_title" jsonschema:"enum=COMMIT_OR_PR_TITLE,enum=PR_TITLE"`
	Protection   map[string]Protection `json:"protection"`
	Commits      []Commit              `json:"commits"`
}

// Protection is what a protected branch asks of a pull request before it may be merged.
type Protection struct {
	Checks        []string `json:"checks"`
	Strict        bool     `json:"strict"`
	Reviews       int      `json:"reviews" jsonschema:"minimum=0,maximum=6"`
	CodeOwners    bool     `json:"code_owners"`
	EnforceAdmins bool     `json:"enforce_admins"`
	MergeQueue    bool     `json:"merge_queue"`
}

// Commit adds to a branch (empty: the default branch). A new branch starts at From, or at the default branch.
type Commit struct {
	Branch  string            `json:"branch"`
	From    string            `json:"from"`
	Author  string            `json:"author"`
	Message string            `json:"message" jsonschema:"required"`
	Files   map[string]string `json:"files"`
	Delete  []string          `json:"delete"`
}

// Installation is one account that has the App. Without Repositories it reaches all of them.
type Installation struct {
	Account      string   `json:"account" jsonschema:"required"`
	Repositories []string `json:"repositories"`
}

var schema = sync.OnceValues(func() (*document.Schema, error) {
	text, err := document.Reflect(Seed{}, "https://lintel.invalid/schema/fakehub-seed.json", "fakehub seed")
	if err != nil {
		return nil, err
	}
	return document.Compile(text)
})

// Parse reads a seed file. name is for the messages. The error tells of a mistake in this program, never of one in the file.
func Parse(name string, data []byte) (Seed, []document.Problem, error) {
	s, err := schema()
	if err != nil {
		return Seed{}, nil, fmt.Errorf("make the schema of seed files: %w", err)
	}
	doc, problems := document.Parse(name, data, MaxBytes)
	if doc == nil {
		return Seed{}, problems, nil
	}
	if problems = document.Sort(append(problems, doc.Check(s)...)); len(problems) > 0 {
		return Seed{}, problems, nil
	}
	var out Seed
	problems, err = doc.Into(&out)
	if err != nil || len(problems) > 0 {
		return Seed{}, problems, err
	}
	c := checker{doc: doc, seed: &out, accounts: map[string]account{}, tokens: map[string]bool{}}
	if problems = c.run(); len(problems) > 0 {
		return Seed{}, document.Sort(problems), nil
	}
	return out, nil, nil
}

// DefaultBranch is the default branch of a repository that names none.
const DefaultBranch = "main"
