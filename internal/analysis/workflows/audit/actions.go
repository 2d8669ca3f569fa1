package audit

import (
	"fmt"
	slashpath "path"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// archived are actions whose repositories their owners have closed, and what stands in for them. An owner's name alone is all
// of his.
var archived = map[string]string{
	"actions-rs":                   "dtolnay/rust-toolchain, or rustup and cargo in a script",
	"actions/create-release":       "gh release create",
	"actions/upload-release-asset": "gh release upload",
	"actions/setup-ruby":           "ruby/setup-ruby",
	"actions/setup-elixir":         "erlef/setup-beam",
	"repo-sync/pull-request":       "gh pr create",
}

// latest are actions that fetch a program of no named version, unless the input "version" names one.
var latest = []string{"aquasecurity/setup-trivy", "1password/load-secrets-action"}

// action audits what is known of single actions.
func (a *auditor) action(e *actionlint.ExecAction) {
	a.veiledPath(e.Uses)
	ref := strings.ToLower(name(value(e.Uses)))
	owner, rest, ok := strings.Cut(ref, "/")
	if !ok || owner == "." || owner == ".." || strings.HasPrefix(ref, "docker:") {
		return
	}
	repository, _, _ := strings.Cut(rest, "/")
	full := owner + "/" + repository
	a.closed(e.Uses, owner, full)
	if v := input(e, "version"); slices.Contains(latest, full) && (v == "" || v == "latest") {
		a.add(Finding{
			Audit:   UnpinnedTool,
			Line:    lineOf(e.Uses),
			Subject: full,
			Message: fmt.Sprintf(
				"%s fetches whatever version of its program is the newest, also where the action itself is pinned.",
				full,
			),
			Remedy: "Name a version under with: version:.",
		})
	}
	if full == "actions/setup-python" && input(e, "pip-install") != "" {
		a.loose(lineOf(e.Inputs["pip-install"].Name), "pip-install: "+input(e, "pip-install"))
	}
	if full == "actions/create-github-app-token" {
		a.appToken(e)
	}
	a.publishesByToken(e, full)
}

func (a *auditor) closed(uses *actionlint.String, owner, full string) {
	instead, ok := archived[full]
	if !ok {
		instead, ok = archived[owner]
	}
	if ok {
		a.add(Finding{
			Audit:   ArchivedAction,
			Line:    lineOf(uses),
			Subject: full,
			Message: fmt.Sprintf("The repository of %s is closed: nobody corrects what is found in it.", full),
			Remedy:  "Use " + instead + ".",
		})
	}
}

func input(e *actionlint.ExecAction, name string) string {
	in := e.Inputs[name]
	if in == nil {
		return ""
	}
	return strings.TrimSpace(value(in.Value))
}

// appToken finds tokens of a GitHub App that reach further than they must.
func (a *auditor) appToken(e *actionlint.ExecAction) {
	say := func(line int, subject, message, remedy string, r *Rewrite) {
		a.add(Finding{Audit: AppToken, Line: line, Subject: subject, Message: message, Remedy: remedy, Rewrite: r})
	}
	if input(e, "skip-token-revoke") == "true" {
		line := lineOf(e.Inputs["skip-token-revoke"].Name)
		say(
			line,
			"skip-token-revoke",
			"The token of the App stays good for an hour, as the job does not take it back at its end.",
			"Leave out skip-token-revoke.",
			a.replaced(line, "true", "false"),
		)
	}
	if input(e, "owner") != "" && input(e, "repositories") == "" {
		say(lineOf(e.Inputs["owner"].Name), "owner without repositories",
			"The token of the App is good for every repository of that owner which the App is installed on.",
			"Name those that are needed under repositories:.", nil)
	}
	for in := range e.Inputs {
		if strings.HasPrefix(in, "permission-") {
			return
		}
	}
	say(lineOf(e.Uses), "all permissions", "The token of the App may do all that the App was given leave to.",
		"Name what is needed, such as permission-contents: read.", nil)
}

// publishing commands and actions that need no stored token: the registry takes the job's own identity.
var tokens = []struct {
	registry string
	command  *lazyregexp.Regexp
	// by are the variables that hand over a stored token.
	by []string
}{
	{
		"npm",
		lazyregexp.New(`(?:^|[\s;&|(])(?:npm|pnpm|yarn npm|bun) publish\b`),
		[]string{"node_auth_token", "npm_token", "npm_config_token"},
	},
	{"PyPI", lazyregexp.New(`\b(?:twine upload|uv publish|poetry publish|hatch publish|flit publish)\b`),
		[]string{
			"twine_password",
			"uv_publish_token",
			"uv_publish_password",
			"poetry_pypi_token_pypi",
			"hatch_index_auth",
			"flit_password",
		}},
	{"RubyGems", lazyregexp.New(`\bgem push\b`), []string{"gem_host_api_key", "rubygems_api_key"}},
	{"crates.io", lazyregexp.New(`\bcargo publish\b`), []string{"cargo_registry_token"}},
	{"NuGet", lazyregexp.New(`\bdotnet nuget push\b`), []string{"nuget_api_key", "nuget_token", "nuget_key"}},
}

func (a *auditor) byToken(line int, registry, what string) {
	a.add(Finding{
		Audit:   TrustedPublishing,
		Line:    line,
		Subject: registry,
		Message: fmt.Sprintf(
			"This publishes to %s with a token that is stored (%s). Whoever gets hold of it publishes in your name until "+
				"somebody takes it back.",
			registry,
			excerpt(what),
		),
		Remedy: fmt.Sprintf(
			"Enter this workflow at %s as a trusted publisher, write permissions: id-token: write, and delete the token.",
			registry,
		),
	})
}

func (a *auditor) publishesByToken(e *actionlint.ExecAction, full string) {
	switch full {
	case "pypa/gh-action-pypi-publish":
		host := input(e, "repository-url") + input(e, "repository_url")
		if input(e, "password") != "" && (host == "" || strings.Contains(host, "pypi.org")) {
			a.byToken(lineOf(e.Inputs["password"].Name), "PyPI", "password")
		}
	case "rubygems/release-gem":
		if input(e, "setup-trusted-publisher") == "false" {
			a.byToken(lineOf(e.Inputs["setup-trusted-publisher"].Name), "RubyGems", "setup-trusted-publisher: false")
		}
	}
}

// script audits the commands of a step.
func (a *auditor) script(job *actionlint.Job, step *actionlint.Step, run *actionlint.ExecRun) {
	at := lineOf(run.Run)
	end := a.file.end(at)
	for l := range strings.Lines(value(run.Run)) {
		l = strings.TrimSpace(l)
		if isComment(l) {
			continue
		}
		if m := unlocked(l); m != "" {
			at, _ = a.file.among(at, end, l)
			a.loose(at, m)
		}
		for _, t := range tokens {
			if !t.command.MatchString(l) || strings.Contains(l, "--registry") || strings.Contains(l, "--dry-run") ||
				strings.Contains(
					l,
					"--repository-url",
				) || strings.Contains(l, "--source") && !strings.Contains(l, "nuget.org") {
				continue
			}
			if by := a.stored(job, step, t.by, l); by != "" {
				at, _ = a.file.among(at, end, l)
				a.byToken(at, t.registry, by)
			}
		}
	}
}

// stored names the variable that hands a stored secret to a step; the job's own token is none.
func (a *auditor) stored(job *actionlint.Job, step *actionlint.Step, names []string, command string) string {
	for _, env := range []*actionlint.Env{step.Env, job.Env, a.workflow.Env} {
		if env == nil {
			continue
		}
		for _, n := range names {
			if v := env.Vars[n]; v != nil && isStored(value(v.Value)) {
				return strings.ToUpper(n)
			}
		}
	}
	if isStored(command) {
		return "in the command"
	}
	return ""
}

func isStored(s string) bool {
	low := strings.ToLower(s)
	return strings.Contains(low, "secrets.") && !strings.Contains(low, "secrets.github_token")
}

var (
	// adds are commands that fetch packages by name; what follows are options and the names.
	adds = lazyregexp.New(
		`(?:^|[\s;&|(])(?:sudo +)?((?:npm|pnpm) +(?:i|install|add)|yarn +(?:global +)?add|bun +add|gem +install|` +
			`bundle +add)((?: +[^\s;&|)<>]+)+)`,
	)
	// inserted is an expression, of whose value nothing is known.
	inserted = lazyregexp.New(`\$\{\{.*?\}\}`)
	// prints is a command that prints what stands behind it.
	prints = lazyregexp.New(`(?:^|[;&|({] *)(?:echo|printf)\s[^;&|]*$`)
	// exact is a name with one version.
	exact = lazyregexp.New(`@v?\d+\.\d+\.\d+[\w.+-]*$`)
)

// valued are options with a value behind them that is the name of no package.
var valued = []string{
	"--filter", "-F", "--prefix", "-C", "--dir", "--cwd", "--workspace", "--tag", "--registry", "--loglevel", "--reporter",
	"--network-concurrency", "--child-concurrency", "--network-timeout",
}

// unlocked is a command that fetches a package which no lock file and no version holds; empty when the line has none.
func unlocked(l string) string {
	l = inserted.ReplaceAllString(l, "$$")
	for _, at := range adds.FindAllStringSubmatchIndex(l, -1) {
		if isPrinted(l[:at[2]]) {
			continue
		}
		command, words := l[at[2]:at[3]], strings.Fields(l[at[4]:at[5]])
		versioned := slices.ContainsFunc(words, func(w string) bool {
			return w == "-v" || w == "--version" || strings.HasPrefix(w, "--version=") || w == "--frozen-lockfile"
		})
		for i, w := range words {
			if strings.HasPrefix(w, "#") {
				break
			}
			if strings.HasPrefix(w, "-") || versioned || i > 0 && slices.Contains(valued, words[i-1]) ||
				strings.ContainsAny(w, "$`*\\") || exact.MatchString(strings.Trim(w, `"'`)) || strings.HasPrefix(w, ".") ||
				strings.HasPrefix(w, "/") || strings.HasSuffix(w, ".gem") || strings.HasSuffix(w, ".tgz") {
				continue
			}
			return strings.Join(strings.Fields(command), " ") + " " + w
		}
	}
	return ""
}

// isPrinted says that what follows is text which echo or printf prints.
func isPrinted(before string) bool {
	quoted := strings.Count(before, `"`)%2 == 1 || strings.Count(before, "'")%2 == 1
	return quoted && prints.MatchString(before)
}

func (a *auditor) loose(line int, what string) {
	a.add(Finding{
		Audit:   LoosePackage,
		Line:    line,
		Subject: excerpt(what),
		Message: fmt.Sprintf(
			"%s fetches the newest version of the package and of all that it needs, whatever that is when the job runs.",
			excerpt(what),
		),
		Remedy: "Write the package into a manifest with a lock file, and install by that; or name one version.",
	})
}

// veiledPath finds a reference with steps in it that lead nowhere.
func (a *auditor) veiledPath(uses *actionlint.String) {
	ref, version, tagged := strings.Cut(value(uses), "@")
	if ref == "" || strings.Contains(ref, "${{") || strings.HasPrefix(ref, "docker:") {
		return
	}
	lead := ""
	for _, l := range []string{"./", "../", "$/"} {
		if strings.HasPrefix(ref, l) {
			lead, ref = l, strings.TrimPrefix(ref, l)
			break
		}
	}
	clean := slashpath.Clean(ref)
	if clean == ref || clean == strings.TrimSuffix(ref, "/") && lead != "" || ref == "" ||
		strings.HasPrefix(clean, "../") && lead == "../" {
		return
	}
	f := Finding{
		Audit:   Obfuscation,
		Line:    lineOf(uses),
		Subject: "path " + excerpt(lead+ref),
		Message: fmt.Sprintf(
			"The path %s has steps in it that lead nowhere. Written so, other tools do not see what it is.",
			excerpt(lead+ref),
		),
		Remedy: "Write " + excerpt(lead+clean) + ".",
	}
	if now := lead + clean; !strings.HasPrefix(clean, "..") && strings.Count(clean, "/") > 0 {
		old := lead + ref
		if tagged {
			old, now = old+"@"+version, now+"@"+version
		}
		f.Rewrite = a.replaced(lineOf(uses), old, now)
	}
	a.add(f)
}
