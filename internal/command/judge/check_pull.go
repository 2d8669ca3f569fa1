package judge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/cijob"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// currentPull names the pull request that a CI job runs for.
const currentPull = "current"

// pullTries is how often a pull request is read when GitHub fails in passing.
const pullTries = 3

// readPull reads a pull request from GitHub as the server does, with what the token may see.
func readPull(ctx context.Context, req CheckRequest, t terminal.Terminal) (local.Reading, settings.Resolution, error) {
	none := func(err error) (local.Reading, settings.Resolution, error) {
		return local.Reading{}, settings.Resolution{}, err
	}
	for _, f := range []struct {
		flag  string
		given bool
	}{{"--base", req.Base != ""}, {"--head", req.Head != ""}, {"--title", req.Title != nil}, {"--body-file", req.BodyFile != ""},
		{"--author", req.Author != ""},
		{"--approvals", req.Approvals != nil}, {"--teams", req.TeamsFile != ""}, {"--squash", req.Squash != ""},
		{"--advise", req.Advise != nil}} {
		if f.given {
			return none(
				&usage.Error{
					What:   f.flag + " and --pull-request exclude each other: all of it is read from the pull request",
					Remedy: "leave one of them out",
				})
		}
	}
	name, err := req.pull(ctx)
	if err != nil {
		return none(err)
	}
	api, err := apiURL(name.Host, req.Getenv)
	if err != nil {
		return none(err)
	}
	token, err := personalToken(api, req.Getenv)
	if err != nil {
		return none(err)
	}
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return local.Reading{}, settings.Resolution{}, err
	}
	known := engine.Configurable()
	var given settings.Settings
	if req.SettingsFile != "" {
		if given, _, err = givenSettings(ctx, req.SettingsFile); err != nil {
			return none(err)
		}
	}
	reports, err := readReports(ctx, req.Reports)
	if err != nil {
		return none(err)
	}
	reader, err := github.NewReader(
		github.Options{APIURL: api, Transport: github.Transport(), Owners: ownership.Names, ValidSettings: review.ValidSettings(engine),
			ReadChecks: engine.ReadsFact("checks"), Now: time.Now}, token)
	if err != nil {
		return none(err)
	}
	s, err := pullOf(ctx, reader, name, t)
	if unrelated, ok := errors.AsType[*change.Unrelated](err); ok {
		return local.Reading{Snapshot: &s, Head: change.Short(s.Head.SHA), Base: s.Base.Ref}, settings.Resolution{}, unrelated
	}
	if err != nil {
		return none(forTerminal(err))
	}
	if s.State != change.Open {
		return none(&usage.Error{
			What:   fmt.Sprintf("%s is %s: nothing is left to judge", s.Ref, s.State),
			Remedy: "name a pull request that is open, or judge its commits in a clone with --base and --head",
		})
	}
	if s.Reports = reports; len(reports) > 0 {
		tree, err := reader.Tree(ctx, s.Ref, s.Head.SHA)
		if err != nil {
			return none(forTerminal(err))
		}
		s.AddTree(tree)
	}
	reading := local.Reading{
		Snapshot: &s,
		Head:     change.Short(s.Head.SHA),
		Base:     s.Base.Ref,
		Took:     fmt.Sprintf("%s: %s against %s, read from %s", s.Ref, change.Short(s.Head.SHA), s.Base.Ref, host(api)),
	}
	reading.Notes = unseen(s.Gaps)
	if req.SettingsFile != "" {
		return reading, settings.Resolution{Settings: given, Source: facts.Given}, nil
	}
	return reading, settings.Resolve(s.Controls, s.Gaps, known), nil
}

// pullOf reads the pull request, and again when GitHub failed in passing.
func pullOf(ctx context.Context, reader *github.Reader, name github.PullName, t terminal.Terminal) (change.Snapshot, error) {
	for try := 1; ; try++ {
		s, err := reader.Pull(ctx, name.Owner, name.Name, name.Number)
		var refused *change.Refused
		var limited *change.Limited
		var unrelated *change.Unrelated
		if err == nil || try == pullTries || ctx.Err() != nil || errors.As(err, &refused) || errors.As(err, &limited) ||
			errors.As(err, &unrelated) {
			return s, err
		}
		t.Notef("%s; again in %d s", err, try)
		select {
		case <-time.After(time.Duration(try) * time.Second):
		case <-ctx.Done():
			return s, ctx.Err()
		}
	}
}

// forTerminal says what a person can do about an error of the forge.
func forTerminal(err error) error {
	var refused *change.Refused
	var limited *change.Limited
	switch {
	case errors.As(err, &limited):
		return &usage.Error{
			What:   fmt.Sprintf("GitHub answers no more questions of this token until %s", limited.Until.UTC().Format("15:04:05 UTC")),
			Remedy: "wait until then, or give a token of another account",
			Err:    err,
		}
	case errors.As(err, &refused):
		return &usage.Error{What: refused.What, Remedy: refused.Remedy, Err: err}
	case errors.Is(err, change.ErrMoved):
		return &usage.Error{
			What:   "the pull request changed each time while it was read",
			Remedy: "run it again when the pushes have ended",
			Err:    err,
		}
	}
	return err
}

// pull finds which pull request is meant.
func (req CheckRequest) pull(ctx context.Context) (github.PullName, error) {
	if req.PullRequest == currentPull {
		job, err := cijob.Detect(ctx, req.Getenv)
		if err != nil {
			return github.PullName{}, err
		}
		owner, name, ok := strings.Cut(job.Repository, "/")
		if job.Pull == 0 || !ok {
			return github.PullName{},
				&usage.Error{
					What:   "--pull-request current: no CI says which pull request this job runs for",
					Remedy: "name it as owner/repo#12",
				}
		}
		return github.PullName{Owner: owner, Name: name, Number: job.Pull}, nil
	}
	name, ok := github.ParsePull(req.PullRequest)
	if !ok {
		return name, &usage.Error{
			What:   fmt.Sprintf("--pull-request: %.200q names no pull request", req.PullRequest),
			Remedy: "write it as owner/repo#12, or give the address of its page",
		}
	}
	return name, nil
}

// githubHost is where pull requests are when nobody says otherwise.
const githubHost = "github.com"

// apiURL is the address of the API for a host. A token is sent to a host that the environment names and to no other: an
// address that somebody pasted is no reason to show it to a stranger.
func apiURL(asked string, getenv func(string) string) (string, error) {
	api := strings.TrimSuffix(getenv("GITHUB_API_URL"), "/")
	own := getenv("GH_HOST")
	if own == "" && api != "" {
		own = host(getenv("GITHUB_SERVER_URL"))
	}
	if own == "" {
		own = githubHost
		if api != "" {
			own = host(api)
		}
	}
	if asked != "" && !strings.EqualFold(asked, own) {
		return "", &usage.Error{
			What:   fmt.Sprintf("--pull-request: the page is at %.100q and the token is for %s", asked, own),
			Remedy: "set GH_HOST to that host when the token is for it",
		}
	}
	switch {
	case api != "" && getenv("GH_HOST") == "":
	case own == githubHost:
		api = "https://api.github.com"
	default:
		api = "https://" + own + "/api/v3"
	}
	u, err := url.Parse(api)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", &usage.Error{
			What:   fmt.Sprintf("%.100q is no address of GitHub's API", api),
			Remedy: "set GITHUB_API_URL to one such as https://github.example/api/v3, or GH_HOST to the host",
		}
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return "", &usage.Error{
			What:   fmt.Sprintf("GITHUB_API_URL is %.100q: a token is sent to no other machine in clear text", api),
			Remedy: "use its https address",
		}
	}
	return api, nil
}

func loopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// host is the host of an address; "" when it has none.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// personalToken finds the token, by the names that GitHub's own command line and CI use.
func personalToken(api string, getenv func(string) string) (string, error) {
	names := []string{"GH_TOKEN", "GITHUB_TOKEN"}
	if host(api) != "api.github.com" {
		names = append([]string{"GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"}, names...)
	}
	for _, n := range names {
		token := strings.TrimSpace(getenv(n))
		if token == "" {
			continue
		}
		if len(token) > 4096 || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
			return "", &usage.Error{
				What:   n + " holds no token: there are characters in it that none has",
				Remedy: "set it to the one line that \"gh auth token\" prints",
			}
		}
		return token, nil
	}
	return "", &usage.Error{
		What:   "there is no token to read the pull request with",
		Remedy: "set GH_TOKEN, as by GH_TOKEN=$(gh auth token); in a workflow write env: { GH_TOKEN: ${{ github.token }} }",
	}
}

// unseen are sentences about the owners that the token may not see. What rests on them alone is not judged, so people
// must read that nobody has looked.
func unseen(gaps []change.Gap) []string {
	byReason := map[string][]string{}
	for _, g := range gaps {
		if strings.HasPrefix(g.Fact, "owners.") && g.Path != "" {
			byReason[g.Reason] = append(byReason[g.Reason], g.Path)
		}
	}
	var out []string
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		out = append(out, fmt.Sprintf("abstained about %s: %s", strings.Join(byReason[reason], ", "), reason))
	}
	return out
}
