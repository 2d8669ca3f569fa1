package github

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// mergePull merges by one of GitHub's three ways.
func (h *Hub) mergePull(p *pull, method, title, text, sha string, by *account) error {
	m := p.repo.merge
	switch {
	case p.state != "open" || p.draft:
		return fail(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	case sha != "" && sha != p.headSHA:
		return fail(http.StatusConflict, "Head branch was modified. Review and try the merge again.")
	case method == "merge" && !m.Merge:
		return fail(http.StatusMethodNotAllowed, "Merge commits are not allowed on this repository.")
	case method == "squash" && !m.Squash:
		return fail(http.StatusMethodNotAllowed, "Squash merges are not allowed on this repository.")
	case method == "rebase" && !m.Rebase:
		return fail(http.StatusMethodNotAllowed, "Rebase merges are not allowed on this repository.")
	}
	if why := h.refusal(p); why != "" {
		return fail(http.StatusMethodNotAllowed, "%s", why)
	}
	tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef)
	if !ok {
		return fail(http.StatusMethodNotAllowed, "Base branch does not exist")
	}
	commit, err := h.landing(p, tip, method, title, text, by)
	if err != nil {
		return err
	}
	if err := p.repo.git.SetRef("refs/heads/"+p.baseRef, commit); err != nil {
		return err
	}
	if err := h.merged(p, commit, by); err != nil {
		return err
	}
	return h.pushed(p.repo, githost.RefChange{Name: "refs/heads/" + p.baseRef, Old: tip, New: commit}, by)
}

// landing makes the commit that puts a pull request on top of a base, by one of the three ways.
func (h *Hub) landing(p *pull, tip, method, title, text string, by *account) (string, error) {
	g := p.repo.git
	m, err := g.MergeTree(context.Background(), tip, p.headSHA)
	if err != nil {
		return "", err
	}
	if m.Conflicts {
		return "", fail(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	}
	who := h.signature(by)
	c := githost.Commit{
		Tree:      m.Tree,
		Parents:   []string{tip},
		Author:    who,
		Committer: githost.Signature{Name: "GitHub", Email: forgeEmail, When: who.When},
	}
	switch method {
	case "squash":
		c.Author = h.signature(p.user)
		defaultTitle, defaultText, err := h.squashText(p)
		if err != nil {
			return "", err
		}
		c.Message = joinMessage(title, defaultTitle, text, defaultText)
	case "rebase":
		return h.replay(p, tip)
	default:
		c.Parents = append(c.Parents, p.headSHA)
		owner := p.user.login
		if p.headRepo != nil {
			owner = p.headRepo.owner.login
		}
		c.Message = joinMessage(title, fmt.Sprintf("Merge pull request #%d from %s/%s", p.number, owner, p.headRef), text, p.title)
	}
	return g.WriteCommit(c)
}

func joinMessage(title, otherTitle, text, otherText string) string {
	if title == "" {
		title = otherTitle
	}
	if text == "" {
		text = otherText
	}
	return strings.TrimSpace(title + "\n\n" + text)
}

// squashText is the title and text GitHub proposes for a squash merge under the repository's settings.
func (h *Hub) squashText(p *pull) (title, text string, err error) {
	c, err := p.comparison()
	if err != nil {
		return "", "", err
	}
	var messages []string
	for _, sha := range c.Ahead {
		commit, err := p.repo.git.Commit(sha)
		if err != nil {
			return "", "", err
		}
		if len(commit.Parents) < 2 { // merges of the base do not count
			messages = append(messages, message(commit))
		}
	}
	title = p.title
	var body string
	if len(messages) == 1 && p.repo.merge.SquashTitle == "COMMIT_OR_PR_TITLE" {
		title, body, _ = strings.Cut(messages[0], "\n")
	}
	title += fmt.Sprintf(" (#%d)", p.number)
	switch p.repo.merge.SquashMessage {
	case "PR_BODY":
		text = p.body
	case "COMMIT_MESSAGES":
		if text = strings.TrimSpace(body); len(messages) > 1 {
			text = "* " + strings.Join(messages, "\n\n* ")
		}
	}
	return title, text, nil
}

// replay puts each commit of a pull request on top of tip, one by one, as a rebase merge does.
func (h *Hub) replay(p *pull, tip string) (string, error) {
	g := p.repo.git
	c, err := p.comparison()
	if err != nil {
		return "", err
	}
	for _, sha := range c.Ahead {
		old, err := g.Commit(sha)
		if err != nil {
			return "", err
		}
		m, err := g.MergeTree(context.Background(), tip, sha)
		if err != nil {
			return "", err
		}
		if m.Conflicts {
			return "", fail(http.StatusMethodNotAllowed, "This branch can't be rebased")
		}
		if tip, err = g.WriteCommit(githost.Commit{Tree: m.Tree, Parents: []string{tip}, Author: old.Author,
			Committer: githost.Signature{Name: "GitHub", Email: forgeEmail, When: h.now()}, Message: old.Message}); err != nil {
			return "", err
		}
	}
	return tip, nil
}

// signature is a user as author of a commit.
func (h *Hub) signature(u *account) githost.Signature {
	s := githost.Signature{Name: "ghost", Email: "ghost@users.noreply.github.com", When: h.now()}
	if u != nil {
		s.Name, s.Email = u.name, u.email
		if s.Name == "" {
			s.Name = u.login
		}
		if s.Email == "" {
			s.Email = fmt.Sprintf("%d+%s@users.noreply.github.com", u.id, u.login)
		}
	}
	return s
}
