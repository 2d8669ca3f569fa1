package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Needs are the App's permissions, by GitHub's names, with the least level that everything Lintel does asks for.
// https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
func Needs() map[string]string {
	return map[string]string{
		"actions":       "read",  // artifacts with reports of forks; leave it out, and `workflow_run` with it, where nobody forks
		"checks":        "write", // the check `lintel`, its annotations, its Re-check button
		"contents":      "read",  // commits, diffs, settings, CODEOWNERS, `.gitattributes`
		"issues":        "write", // comments on a pull request are an issue's in GitHub's API; commands in them
		"members":       "read",  // who is in a team that owns files
		"merge_queues":  "read",  // merge groups
		"metadata":      "read",  // every App has it
		"pull_requests": "write", // titles, reviews, labels; the one comment; comments on lines
		"statuses":      "read",  // events about statuses of other tools; read only if a rule asks for checks
	}
}

// OnlyForForks reports whether a permission or event serves the reports of forks alone: without it all else works.
func OnlyForForks(name string) bool { return name == "actions" || name == "workflow_run" }

// Identity is the App as GitHub knows it.
type Identity struct {
	ID          int64
	Slug, Owner string
	Permissions map[string]string
	Events      []string
	// ClockSkew is how far this machine's clock is ahead of GitHub's; tokens that go by it are refused when it is a minute or more.
	ClockSkew time.Duration
}

// grants are the permissions and events of an App or an installation. They are read as a plain map: the client's struct
// lacks names that GitHub has added since (merge_queues), and would call those missing.
type grants struct {
	Permissions map[string]string `json:"permissions"`
	Events      []string          `json:"events"`
}

// Identity reads the App by its key.
func (f *Forge) Identity(ctx context.Context) (Identity, error) {
	var app struct {
		ID    int64  `json:"id"`
		Slug  string `json:"slug"`
		Owner struct {
			Login string `json:"login"`
		} `json:"owner"`
		grants
	}
	resp, err := f.getJSON(ctx, f.app, "app", &app)
	if err != nil {
		return Identity{}, f.answer("read the App", err)
	}
	id := Identity{ID: app.ID, Slug: app.Slug, Owner: app.Owner.Login, Permissions: app.Permissions, Events: app.Events}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		id.ClockSkew = f.Now().Sub(at).Truncate(time.Second)
	}
	return id, nil
}

// Hook is where the App's webhooks go.
type Hook struct {
	URL string
	// Signed is true when a secret is set; GitHub shows it only as stars.
	Signed, VerifiesTLS bool
}

// Hook reads the App's webhook settings.
func (f *Forge) Hook(ctx context.Context) (Hook, error) {
	c, _, err := f.app.Apps.GetHookConfig(ctx)
	if err != nil {
		return Hook{}, f.answer("read the App's webhook settings", err)
	}
	return Hook{URL: c.GetURL(), Signed: c.GetSecret() != "", VerifiesTLS: c.GetInsecureSSL() != "1"}, nil
}

// Budget is what is left of an installation's hourly requests.
type Budget struct {
	Limit, Remaining int
	Reset            time.Time
}

// Budget reads the rate limit, which costs nothing.
func (f *Forge) Budget(ctx context.Context, installation int64) (Budget, error) {
	limits, _, err := f.installation(installation).RateLimit.Get(ctx)
	if err != nil {
		return Budget{}, f.answer("read the rate limit", err)
	}
	core := limits.GetCore()
	return Budget{Limit: core.Limit, Remaining: core.Remaining, Reset: core.Reset.Time}, nil
}

// Required is a check that a branch asks for before a merge. App 0 means that any App or workflow may post it.
type Required struct {
	Name string
	App  int64
}

// RequiredChecks reads which checks a branch requires, from its protection and from rulesets.
func (f *Forge) RequiredChecks(ctx context.Context, installation int64, owner, name, branch string) ([]Required, error) {
	client := f.installation(installation)
	var all []Required
	var protected struct {
		Protection struct {
			RequiredStatusChecks struct {
				Contexts []string `json:"contexts"`
				Checks   []struct {
					Context string `json:"context"`
					AppID   *int64 `json:"app_id"`
				} `json:"checks"`
			} `json:"required_status_checks"`
		} `json:"protection"`
	}
	if _, err := f.getJSON(ctx, client, fmt.Sprintf("repos/%s/%s/branches/%s", owner, name, url.PathEscape(branch)),
		&protected); err != nil {
		return nil, f.answer(fmt.Sprintf("read branch %s of %s/%s", branch, owner, name), err)
	}
	seen := map[string]bool{}
	for _, c := range protected.Protection.RequiredStatusChecks.Checks {
		r := Required{Name: c.Context}
		if c.AppID != nil && *c.AppID > 0 {
			r.App = *c.AppID
		}
		seen[c.Context] = true
		all = append(all, r)
	}
	for _, c := range protected.Protection.RequiredStatusChecks.Contexts {
		if !seen[c] {
			all = append(all, Required{Name: c})
		}
	}
	var rules []struct {
		Type       string `json:"type"`
		Parameters struct {
			RequiredStatusChecks []struct {
				Context       string `json:"context"`
				IntegrationID *int64 `json:"integration_id"`
			} `json:"required_status_checks"`
		} `json:"parameters"`
	}
	if _, err := f.getJSON(ctx, client, fmt.Sprintf("repos/%s/%s/rules/branches/%s?per_page=100", owner, name, url.PathEscape(branch)),
		&rules); err != nil {
		if isStatus(err, http.StatusNotFound) { // Enterprise Server before rulesets
			return all, nil
		}
		return nil, f.answer(fmt.Sprintf("read rules of branch %s of %s/%s", branch, owner, name), err)
	}
	for _, rule := range rules {
		for _, c := range rule.Parameters.RequiredStatusChecks {
			r := Required{Name: c.Context}
			if c.IntegrationID != nil {
				r.App = *c.IntegrationID
			}
			all = append(all, r)
		}
	}
	return all, nil
}
