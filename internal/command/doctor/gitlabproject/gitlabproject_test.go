//race:unwatched
package gitlabproject

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/doctor/diagnosis"
	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/terminal"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// clinic is a GitLab with one project, and the server's file for it.
type clinic struct {
	*fakelab.Lab
	id      int64
	bot     fakelab.Token
	config  config.Config
	command Command
	now     time.Time
}

func open(t *testing.T, tier string, edit func(*fakelab.Settings)) *clinic {
	t.Helper()
	return openAs(t, fakelab.Options{Tier: tier}, edit)
}

func openAs(t *testing.T, opt fakelab.Options, edit func(*fakelab.Settings)) *clinic {
	t.Helper()
	c := &clinic{config: config.Default(), now: time.Now()}
	opt.Dir, opt.AutoDisable, opt.Now = t.TempDir(), true, func() time.Time { return c.now }
	lab, err := fakelab.New(opt)
	must(t, err)
	must(t, lab.Start())
	t.Cleanup(func() { must(t, lab.Close()) })
	c.Lab = lab
	for _, name := range []string{"rita", "dev"} {
		_, err := lab.AddUser(name)
		must(t, err)
	}
	_, err = lab.AddGroup("acme")
	must(t, err)
	must(t, lab.SetMember("acme", "rita", fakelab.Maintainer))
	c.bot, err = lab.AddToken(fakelab.Token{Group: "acme", Expires: c.now.Add(100 * 24 * time.Hour)})
	must(t, err)
	s := fakelab.Settings{}
	edit(&s)
	c.id, err = lab.AddProject(fakelab.Project{Path: "acme/shop", Settings: s, Files: map[string]string{"a": "1\n"}})
	must(t, err)
	eye, err := lab.AddToken(fakelab.Token{User: "rita", Scopes: []string{"read_api"}})
	must(t, err)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	c.config.PublicURL = "https://lintel.example.com"
	c.config.GitLab.URL, c.config.GitLab.TokenFile = lab.URL(), write("token", c.bot.Secret)
	c.config.GitLab.WebhookTokenFile = write("secret", "a secret of the webhooks")
	c.command.MaintainerTokenFile = write("eye", eye.Secret)
	return c
}

func (c *clinic) hook(t *testing.T, h fakelab.Hook) {
	t.Helper()
	h.Project = c.id
	if h.URL == "" {
		h.URL = "https://lintel.example.com/hooks/gitlab"
	}
	_, err := c.AddHook(h)
	must(t, err)
}

// says runs the doctor and compares what it says.
func (c *clinic) says(t *testing.T, name string, well bool, want ...string) {
	t.Helper()
	var out bytes.Buffer
	d := diagnosis.New(terminal.Terminal{Out: &out, Err: &out}, terminal.Format{})
	err := d.End(c.command.examine(t.Context(), d, c.config, func() time.Time { return c.now }))
	if err != nil && !errors.Is(err, terminal.ErrRefused) || (err == nil) != well {
		t.Errorf("%s: well is %v, want %v: %v", name, err == nil, well, err)
	}
	for _, w := range want {
		if !strings.Contains(out.String(), w) {
			t.Errorf("%s: want %q in:\n%s", name, w, out.String())
		}
	}
}

// TestGroupsFiles: the doctor says which group's settings file counts.
func TestGroupsFiles(t *testing.T) {
	t.Parallel()
	c := open(t, fakelab.Free, func(s *fakelab.Settings) { s.OnlyIfPipelineSucceeds = true })
	c.hook(t, fakelab.Hook{})
	c.config.GitLab.SettingsProject, c.config.Organisation.Path = "lintel-settings", "lintel.yml"
	for _, path := range []string{"acme/lintel-settings", "acme/tools/lintel-settings"} {
		_, err := c.AddProject(fakelab.Project{Path: path, Settings: fakelab.Settings{OnlyIfPipelineSucceeds: true},
			Files: map[string]string{"lintel.yml": "version: 1\n"}})
		must(t, err)
	}
	c.says(t, "two files", false, "ok    acme: acme/lintel-settings:lintel.yml holds for the projects in it and below",
		"acme/tools: acme/tools/lintel-settings:lintel.yml does not count, as that of acme does")
	c.Fault(traffic.Fault{Route: "/projects/:id/repository/branches/:branch", Status: http.StatusForbidden})
	c.says(t, "not shown", false, "FAIL  acme: acme/lintel-settings:lintel.yml cannot be read")
}

// TestGates: on each tier the doctor names the gate in force, and what it leaves open.
func TestGates(t *testing.T) {
	t.Parallel()
	c := open(t, fakelab.Free, func(*fakelab.Settings) {})
	c.hook(t, fakelab.Hook{})
	c.says(t, "nothing", false, "FAIL  acme/shop, gate: nothing holds a merge into this project of tier Free")

	c = open(t, fakelab.Free, func(s *fakelab.Settings) { s.OnlyIfPipelineSucceeds = true })
	c.hook(t, fakelab.Hook{})
	c.says(t, "status", true, "the gate in force is status", "any Developer can post a commit status",
		"who may push can edit the pipeline's configuration", "ok    acme/shop, webhook: sends to")
	must(t, c.Configure(c.id, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.AllowSkippedPipeline = true }))
	c.says(t, "skipped", false, "skipped pipelines count as succeeded")
	must(t, c.Configure(c.id, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.AllowSkippedPipeline = false }))
	_, err := c.Commit(c.id, fakelab.Commit{Branch: "main", By: "rita", Message: "ci\n",
		Files: map[string]string{".gitlab-ci.yml": "gate: {script: lintel await}\n"}})
	must(t, err)
	c.says(t, "await", true, "a job in it asks for the verdict")

	c = open(t, fakelab.Premium, func(*fakelab.Settings) {})
	c.hook(t, fakelab.Hook{})
	rule := fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{c.bot.Bot}}
	must(t, c.SetRules(c.id, false, rule))
	c.says(
		t,
		"an approval rule that authors may edit",
		false,
		"the gate in force is approval",
		"authors can take the rule off",
	)
	must(t, c.Configure(c.id, func(_ *fakelab.Settings, a *fakelab.ApprovalSettings) { a.NoOverrideInMerge = true }))
	c.says(t, "an approval rule", true, "a push with an equal patch keeps Lintel's approval")
	must(t, c.Configure(c.id, func(_ *fakelab.Settings, a *fakelab.ApprovalSettings) { a.KeepOnPush = true }))
	c.says(t, "kept approvals", false, "approvals stay when commits are added")
	rule.Users = append(rule.Users, "rita")
	must(t, c.SetRules(c.id, false, rule))
	c.says(t, "two approvers", false, "others than Lintel's user can satisfy it", "nothing holds a merge")
	rule.Users = []string{c.bot.Bot}
	must(t, c.SetRules(c.id, true, rule))
	c.says(t, "a hidden group", false, "others than Lintel's user can satisfy it", "nothing holds a merge")
	few := rule
	few.Required = 0
	must(t, c.SetRules(c.id, false, few))
	c.says(t, "no approval", false, "it requires no approval", "nothing holds a merge")
	few.Required, few.Branches = 1, []string{"main"}
	must(t, c.SetRules(c.id, false, few))
	c.says(t, "one branch", false, "it applies to some branches alone", "nothing holds a merge")
	rule.Users = []string{"rita"}
	must(t, c.SetRules(c.id, false, rule))
	c.says(t, "another approver", false, "Lintel's user is not among its approvers")
	must(t, c.DeleteUser("rita"))
	c.command.MaintainerTokenFile = ""
	c.says(t, "a deleted approver", false, "GitLab takes it for approved", "--maintainer-token-file")
}

// TestExternalCheck: the strongest gate, which only Maintainers may see.
func TestExternalCheck(t *testing.T) {
	t.Parallel()
	c := open(t, fakelab.Ultimate, func(s *fakelab.Settings) { s.OnlyIfStatusChecksPassed = true })
	c.hook(t, fakelab.Hook{})
	_, err := c.AddStatusCheck(
		c.id,
		fakelab.StatusCheck{Name: "lintel", URL: "https://lintel.example.com/hooks/gitlab/status-check",
			Secret: "a secret of the check"},
	)
	must(t, err)
	c.says(t, "all is well", true, "the gate in force is external")
	must(t, c.Configure(c.id, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfStatusChecksPassed = false }))
	c.says(t, "not waited for", false, "a merge does not wait for it")
	c.config.GitLab.Gate = "status"
	must(t, c.Configure(c.id, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfStatusChecksPassed = true }))
	c.says(t, "another gate is configured", false, "gitlab.gate is status, and external is what the project has")
}

// TestExternalCheckDoesNotHold: a check that others could pass, that asks another address, that stands for some branches, or
// that nobody has seen is not said to be in force.
func TestExternalCheckDoesNotHold(t *testing.T) {
	t.Parallel()
	const address, secret = "https://lintel.example.com/hooks/gitlab/status-check", "a secret of the check"
	for want, check := range map[string]fakelab.StatusCheck{
		"it asks https://elsewhere.example":                  {Name: "lintel", URL: "https://elsewhere.example", Secret: secret},
		"it has no shared secret":                            {Name: "lintel", URL: address},
		"it applies to some branches alone":                  {Name: "lintel", URL: address, Secret: secret, Branches: []string{"main"}},
		"nothing holds a merge":                              {Name: "other", URL: address, Secret: secret},
		"which ones there are is shown to Maintainers alone": {Name: "lintel", URL: address, Secret: secret},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := open(t, fakelab.Ultimate, func(s *fakelab.Settings) { s.OnlyIfStatusChecksPassed = true })
			c.hook(t, fakelab.Hook{})
			_, err := c.AddStatusCheck(c.id, check)
			must(t, err)
			if strings.Contains(want, "Maintainers") {
				c.command.MaintainerTokenFile = ""
			}
			c.says(t, want, false, want, "nothing holds a merge")
		})
	}
}

// TestAccess: token, webhook, and a GitLab that is not there.
func TestAccess(t *testing.T) {
	t.Parallel()
	c := open(t, fakelab.Free, func(s *fakelab.Settings) { s.OnlyIfPipelineSucceeds = true })
	c.says(t, "no webhook", false, "FAIL  acme/shop, webhook: the project has none")
	c.hook(t, fakelab.Hook{Events: []string{"note_events"}})
	c.says(t, "a deaf webhook", false, "it does not send Merge request events, Pipeline events, Push events")
	c.command.Project = "acme/other"
	c.says(t, "another project", false, "Lintel's user is no Developer of acme/other")
	c.command.Project = "ACME/shop"
	c.now = c.now.Add(90 * 24 * time.Hour)
	c.says(t, "a token that ends", false, "FAIL  token: GitLab", "rotate it, which keeps its user")
	must(t, c.Revoke(c.bot.Secret))
	c.says(t, "a token that was revoked", false, "FAIL  token: ")
	c.config.GitLab = config.Default().GitLab
	var out bytes.Buffer
	d := diagnosis.New(terminal.Terminal{Out: &out, Err: &out}, terminal.Format{})
	if err := c.command.examine(t.Context(), d, c.config, time.Now); err == nil ||
		!strings.Contains(err.Error(), "gitlab.url") {
		t.Errorf("no GitLab: %v", err)
	}
}

// TestGroupHook: a webhook of the project's group is enough, and its Owners see it.
func TestGroupHook(t *testing.T) {
	t.Parallel()
	c := open(t, fakelab.Premium, func(s *fakelab.Settings) { s.OnlyIfPipelineSucceeds = true })
	_, err := c.AddHook(fakelab.Hook{Group: "acme", URL: "https://lintel.example.com/hooks/gitlab"})
	must(t, err)
	c.says(t, "as a Maintainer", false, "FAIL  acme/shop, webhook: the project has none", "which its Owners see, is enough")
	must(t, c.SetMember("acme", "rita", fakelab.Owner))
	c.says(t, "as an Owner", true, "ok    acme/shop, webhook: sends to https://lintel.example.com/hooks/gitlab",
		"log of the webhook: the Maintainer's token may not have deliveries sent again, which takes the scope api")
}

// TestLogOfTheWebhook: the doctor says whether what a webhook could not deliver is sent again.
func TestLogOfTheWebhook(t *testing.T) {
	t.Parallel()
	for _, h := range []struct{ version, scope, want string }{
		{"18.0", "api", "what did not arrive is sent again"},
		{"17.2", "api", "GitLab shows it from 17.4 on: changes that did not arrive are found by sweeps alone"},
		{"18.0", "", "it is shown to Maintainers alone"},
	} {
		c := openAs(t, fakelab.Options{Tier: fakelab.Free, Version: h.version},
			func(s *fakelab.Settings) { s.OnlyIfPipelineSucceeds = true })
		c.hook(t, fakelab.Hook{})
		c.command.MaintainerTokenFile = ""
		if h.scope != "" {
			eye, err := c.AddToken(fakelab.Token{User: "rita", Scopes: []string{h.scope}})
			must(t, err)
			c.command.MaintainerTokenFile = filepath.Join(t.TempDir(), "eye")
			must(t, os.WriteFile(c.command.MaintainerTokenFile, []byte(eye.Secret), 0o600))
		}
		c.says(t, h.version+h.scope, true, "ok    acme/shop, log of the webhook: "+h.want)
	}
	// What failed three times is asked for no more, which somebody must know.
	c := open(t, fakelab.Free, func(s *fakelab.Settings) { s.OnlyIfPipelineSucceeds = true })
	dead := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }),
	)
	t.Cleanup(dead.Close)
	c.config.PublicURL = dead.URL
	c.hook(t, fakelab.Hook{URL: dead.URL + "/hooks/gitlab"})
	_, err := c.Commit(c.id, fakelab.Commit{Branch: "main", By: "rita", Message: "feat: more\n", Files: map[string]string{"a": "2\n"}})
	must(t, err)
	must(t, c.Webhooks().Wait(t.Context()))
	eye, err := c.AddToken(fakelab.Token{User: "rita", Scopes: []string{"api"}})
	must(t, err)
	must(t, os.WriteFile(c.command.MaintainerTokenFile, []byte(eye.Secret), 0o600))
	f, err := gitlab.New(gitlab.Options{URL: c.URL(), Token: func() (string, error) { return eye.Secret, nil },
		Now: func() time.Time { return c.now }})
	must(t, err)
	marks := marks{}
	for range 3 {
		again := gitlab.Resends{Forge: f, Address: dead.URL + "/hooks/gitlab", Marks: marks}
		_, err := again.Of(t.Context(), change.Repository{ID: c.id, Owner: "acme", Name: "shop"})
		must(t, err)
		c.now = c.now.Add(5 * time.Minute)
	}
	c.says(t, "given up", false, "log of the webhook: 1 of the newest deliveries failed 3 times and are asked for no more")
}

type marks map[string]string

func (m marks) Mark(_ context.Context, name string) (string, error) { return m[name], nil }

func (m marks) SetMark(_ context.Context, name, value string) error {
	m[name] = value
	return nil
}

// TestDisabledHook: a webhook that failed too often is told of.
func TestDisabledHook(t *testing.T) {
	t.Parallel()
	c := open(t, fakelab.Free, func(s *fakelab.Settings) { s.OnlyIfPipelineSucceeds = true })
	dead := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }),
	)
	t.Cleanup(dead.Close)
	c.config.PublicURL = dead.URL
	c.hook(t, fakelab.Hook{URL: dead.URL + "/hooks/gitlab"})
	for i := range 5 {
		_, err := c.Commit(
			c.id,
			fakelab.Commit{
				Branch:  "main",
				By:      "rita",
				Message: "feat: more\n",
				Files:   map[string]string{"a": strings.Repeat("x", i+1)},
			},
		)
		must(t, err)
		must(t, c.Webhooks().Wait(t.Context()))
	}
	c.says(t, "disabled", false, "GitLab disabled it after failures")
}

// TestNames: a project that is not there is said to be that, and a Maintainer's token that GitLab does not know is never
// taken for none.
func TestNames(t *testing.T) {
	t.Parallel()
	c := open(t, fakelab.Free, func(s *fakelab.Settings) { s.OnlyIfPipelineSucceeds = true })
	c.command.Project = "acme/nope"
	c.says(t, "no such project", false, "Lintel's user is no Developer of acme/nope, or there is no such project")
	c.command.Project = ""
	must(t, os.WriteFile(c.command.MaintainerTokenFile, []byte("glpat-nobody"), 0o600))
	d := diagnosis.New(terminal.Terminal{Out: new(bytes.Buffer), Err: new(bytes.Buffer)}, terminal.Format{})
	err := c.command.examine(t.Context(), d, c.config, func() time.Time { return c.now })
	if err == nil || !strings.Contains(err.Error(), "check --maintainer-token-file") || strings.Contains(err.Error(), "gitlab.token_file") {
		t.Errorf("a token that ended: %v", err)
	}
}
