package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/gitlab"
)

// world is what fakelab serves, and where.
type world struct {
	options                gitlab.Options
	data, webhook, signing string
}

// about describes a run to scripts. It stands in the data folder as run.json.
type about struct {
	URL          string            `json:"url"`
	Project      string            `json:"project"`
	ProjectID    int64             `json:"project_id"`
	Bot          string            `json:"bot"`
	Tokens       map[string]string `json:"tokens"` // by who holds them; the bot's is under lintel
	WebhookURL   string            `json:"webhook_url,omitempty"`
	WebhookToken string            `json:"webhook_token,omitempty"`
}

const project = "acme/shop"

const discount = "package cart\n\n// Discount is what a cart costs less, in percent.\nconst Discount = 5\n"

// files are those of the project.
var files = map[string]string{
	"README.md":      "# Shop\n",
	".gitlab-ci.yml": "test:\n  script: [\"true\"]\n",
	"cart/cart.go": "package cart\n\n// Total adds the prices of what is in the cart.\nfunc Total(prices ...int) int {\n\tsum := 0\n" +
		"\tfor _, p := range prices {\n\t\tsum += p\n\t}\n\treturn sum\n}\n",
	".gitlab/CODEOWNERS": "* @rita\n[Cart]\n/cart/ @olga\n",
}

// fill makes people, a project with a first merge request, a bot and its hook, writes run.json, and returns the text for
// the terminal.
func (w *world) fill(lab *gitlab.Lab) (string, error) {
	a := about{URL: lab.URL(), Project: project, Tokens: map[string]string{}, WebhookURL: w.webhook}
	for _, name := range []string{"olga", "rita", "dan"} {
		if _, err := lab.AddUser(name); err != nil {
			return "", err
		}
		token, err := lab.AddToken(gitlab.Token{User: name, Name: "laptop"})
		if err != nil {
			return "", err
		}
		a.Tokens[name] = token.Secret
	}
	id, err := lab.AddProject(gitlab.Project{Path: project, Files: files})
	if err != nil {
		return "", err
	}
	a.ProjectID = id
	for name, level := range map[string]int{"olga": gitlab.Owner, "rita": gitlab.Maintainer, "dan": gitlab.Developer} {
		if err := lab.SetMember("acme", name, level); err != nil {
			return "", err
		}
	}
	if _, err := lab.Commit(id, gitlab.Commit{Branch: "discount", Message: "feat(cart): give a discount", By: "dan",
		Files: map[string]string{"cart/discount.go": discount}}); err != nil {
		return "", err
	}
	if _, err := lab.Open(id, gitlab.Request{Source: "discount", Title: "feat(cart): give a discount", By: "dan"}); err != nil {
		return "", err
	}
	bot, err := lab.AddToken(gitlab.Token{Group: "acme", Name: "lintel"})
	if err != nil {
		return "", err
	}
	a.Bot, a.Tokens["lintel"] = bot.Bot, bot.Secret
	if w.webhook != "" {
		a.WebhookToken = "hook-" + bot.Secret[len(bot.Secret)-12:]
		if _, err := lab.AddHook(gitlab.Hook{Project: id, URL: w.webhook, Token: a.WebhookToken, Signing: w.signing}); err != nil {
			return "", err
		}
	}
	return w.describe(a)
}

// describe writes run.json, readable by its owner alone, and says in words where things are.
func (w *world) describe(a about) (string, error) {
	raw, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return "", fmt.Errorf("describe the run: %w", err)
	}
	name := filepath.Join(w.data, "run.json")
	if err := os.WriteFile(name+".new", append(raw, '\n'), 0o600); err != nil {
		return "", fmt.Errorf("describe the run: %w", err)
	}
	if err := os.Rename(name+".new", name); err != nil { // whole, for a script that waits for it
		return "", fmt.Errorf("describe the run: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "fakelab is ready. It protects nothing and forgets everything when it ends (Ctrl-C).\n")
	for _, line := range [][2]string{
		{"url", a.URL + "   REST at /api/v4, GraphQL at /api/graphql, git at /acme/shop.git"},
		{"plays", "GitLab " + w.options.Tier + " " + w.options.Version},
		{"project", fmt.Sprintf("%s (%d), with merge request !1", a.Project, a.ProjectID)},
		{"bot", a.Bot},
		{"webhooks to", cmp.Or(a.WebhookURL, "none; give --webhook URL to have them sent")},
		{"for scripts", name + "   tokens of olga (owner), rita (maintainer), dan (developer) and lintel (the bot)"},
	} {
		fmt.Fprintf(&b, "  %-12s %s\n", line[0], strings.TrimSpace(line[1]))
	}
	return b.String(), nil
}
