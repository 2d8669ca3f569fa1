package setup

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/setup"
	"github.com/lintel-review/lintel/internal/terminal"
)

// bench is a fake GitLab with a group and a project, and a command that sets a server up for it.
type bench struct {
	lab     *fakelab.Lab
	project int64
	command GitLab
	env     []string
}

func newBench(t *testing.T, opt fakelab.Options) *bench {
	t.Helper()
	opt.Dir = t.TempDir()
	lab, err := fakelab.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	b := &bench{lab: lab}
	if b.project, err = lab.AddProject(fakelab.Project{Path: "acme/shop"}); err != nil {
		t.Fatal(err)
	}
	b.command = GitLab{
		Folder: filepath.Join(
			t.TempDir(),
			"etc",
		), PublicURL: "https://lintel.acme.example/", URL: lab.URL() + "/", Project: "acme/shop",
		Token: "-",
	}
	return b
}

// token makes a token of a bot of the group.
func (b *bench) token(t *testing.T, level int, scopes ...string) string {
	t.Helper()
	token, err := b.lab.AddToken(fakelab.Token{Group: "acme", Level: level, Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return token.Secret
}

// file is a file with a token.
func file(t *testing.T, token string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(name, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// run sets up with a token on the standard input, and gives all that was printed.
func (b *bench) run(t *testing.T, token string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := b.command.Run(
		t.Context(),
		terminal.Terminal{In: strings.NewReader(token + "\n"), Out: &out, Err: &out, Env: b.env},
	)
	return out.String(), err
}

// nothingWritten fails when a folder is there.
func (b *bench) nothingWritten(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(b.command.Folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is left behind: %v", err)
	}
}

// TestGitLab goes the whole way with a Maintainer's token: the files are a server's, and the webhook sends what the
// server's secret opens.
func TestGitLab(t *testing.T) {
	t.Parallel()
	b := newBench(t, fakelab.Options{})
	token := b.token(t, fakelab.Maintainer)
	out, err := b.run(t, token)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{serverFile, tokenFile, hookFile} {
		info, err := os.Stat(filepath.Join(b.command.Folder, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	cfg, err := config.LoadServe(filepath.Join(b.command.Folder, serverFile), nil, nil)
	if err != nil {
		t.Fatalf("the server does not take its file: %v", err)
	}
	kept, err := cfg.GitLab.Token()
	if err != nil || kept != token || cfg.GitLab.URL != b.lab.URL() ||
		cfg.PublicURL != "https://lintel.acme.example" {
		t.Errorf("%v, %+v", err, cfg.GitLab)
	}
	secrets, err := cfg.GitLab.Secrets()
	if err != nil || len(secrets.WebhookToken) < 40 {
		t.Errorf("%v, %d characters", err, len(secrets.WebhookToken))
	}
	hooks := b.lab.Hooks()
	if len(hooks) != 1 || hooks[0].URL != "https://lintel.acme.example/hooks/gitlab" ||
		hooks[0].Token != secrets.WebhookToken ||
		hooks[0].Project != b.project {
		t.Fatalf("%+v", hooks)
	}
	for _, event := range []string{"push_events", "note_events", "merge_requests_events", "pipeline_events",
		"deployment_events", "releases_events", "issues_events", "emoji_events"} {
		if !strings.Contains(strings.Join(hooks[0].Events, " "), event) {
			t.Errorf("the webhook does not send %s: %v", event, hooks[0].Events)
		}
	}
	if strings.Contains(out, token) || strings.Contains(out, secrets.WebhookToken) {
		t.Errorf("a secret is shown:\n%s", out)
	}
	for _, want := range []string{"GitLab 19.5", "has no end", "ok    token", "It is made: acme/shop tells", "lintel serve --config"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	// A second time, nothing is overwritten; in another folder, no second webhook is made.
	if _, err = b.run(t, token); err == nil ||
		!strings.Contains(err.Error(), "server.yml exists, and nothing is overwritten") {
		t.Errorf("%v", err)
	}
	b.command.Folder = filepath.Join(t.TempDir(), "other")
	if _, err = b.run(t, token); err == nil ||
		!strings.Contains(err.Error(), "a webhook sends to this address already") {
		t.Errorf("%v", err)
	}
	b.nothingWritten(t)
}

// TestGitLabOfAGroup: the webhook is the group's, made by an Owner's token that is not kept.
func TestGitLabOfAGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t, fakelab.Options{})
	b.command.Project, b.command.Group = "", "acme"
	owner := b.token(t, fakelab.Owner)
	b.command.Hook = file(t, owner)
	out, err := b.run(t, b.token(t, fakelab.Developer))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "ok    acme/shop, webhook: sends to") {
		t.Errorf("the webhook that was made is not seen:\n%s", out)
	}
	if strings.Contains(out, owner) {
		t.Errorf("the Owner's token is shown:\n%s", out)
	}
	if hooks := b.lab.Hooks(); len(hooks) != 1 || hooks[0].Group != "acme" {
		t.Errorf("%+v", hooks)
	}
	err = filepath.WalkDir(b.command.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), owner) {
			t.Errorf("%s holds the Owner's token", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestGitLabByHand: a Developer's token may have no webhook. All else is done, and what to enter is said without the secret.
func TestGitLabByHand(t *testing.T) {
	t.Parallel()
	b := newBench(t, fakelab.Options{})
	out, err := b.run(t, b.token(t, fakelab.Developer))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(filepath.Join(b.command.Folder, hookFile))
	if err != nil || strings.Contains(out, strings.TrimSpace(string(secret))) {
		t.Errorf("%v; the secret is shown:\n%s", err, out)
	}
	again := newBench(t, fakelab.Options{})
	if _, err := again.run(t, again.token(t, fakelab.Developer)); err != nil {
		t.Fatal(err)
	}
	if other, err := os.ReadFile(filepath.Join(again.command.Folder, hookFile)); err != nil || bytes.Equal(other, secret) {
		t.Errorf("two servers have one secret: %v", err)
	}
	for _, want := range []string{"As a Maintainer, under Settings, Webhooks of acme/shop", "https://lintel.acme.example/hooks/gitlab",
		"push, comments, merge requests, pipelines"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	if len(b.lab.Hooks()) != 0 {
		t.Error("there is a webhook")
	}
}

// TestGitLabMistakes: what cannot work is refused with what to do, and leaves neither a file nor a webhook.
func TestGitLabMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		level  int
		scopes []string
		spoil  func(t *testing.T, b *bench)
		token  string // instead of one that is made
		want   string
	}{
		"a token that may only read": {scopes: []string{"read_api"}, want: "has the scopes read_api"},
		"a token that GitLab does not know": {
			token: "glpat-nobody", want: "check --token-file; a token that ended is rotated",
		},
		"no token":               {token: " ", want: "it holds no token on one line"},
		"two lines":              {token: "a\nb", want: "it holds no token on one line"},
		"a token with an accent": {token: "glpat-é", want: "it holds no token on one line"},
		"a token file that is not there": {
			spoil: func(_ *testing.T, b *bench) { b.command.Token = "/nope" }, want: `--token-file: "/nope" cannot be read`,
		},
		"a project that is not there": {
			spoil: func(_ *testing.T, b *bench) { b.command.Project = "acme/nope" }, want: "to fix it: check --project",
		},
		"a group that is not there": {
			spoil: func(_ *testing.T, b *bench) { b.command.Project, b.command.Group = "", "nope" }, want: "to fix it: check --group",
		},
		"an address below GitLab's": {
			spoil: func(_ *testing.T, b *bench) { b.command.URL += "nothing" }, want: "to fix it: check --url",
		},
		"another database than there is": {
			level: fakelab.Maintainer,
			spoil: func(_ *testing.T, b *bench) { b.command.Database = "mysql://db/lintel" }, want: `it begins with "mysql"`,
		},
		"a webhook token of a Developer": {
			spoil: func(t *testing.T, b *bench) { //nolint:thelper // it spoils, and fails as its test
				b.command.Hook = file(t, b.token(t, fakelab.Developer))
			},
			want: "use the token of a Maintainer",
		},
		"a variable of the environment that is none": {
			spoil: func(_ *testing.T, b *bench) { b.env = []string{"LINTEL_TYPO=1"} }, want: "LINTEL_TYPO",
		},
		"a forge in the environment": {
			spoil: func(_ *testing.T, b *bench) { b.env = []string{"LINTEL_GITHUB_APP_ID=7"} }, want: "names a forge already",
		},
		"another address": {
			spoil: func(_ *testing.T, b *bench) { b.command.URL = "gitlab" }, want: `--url: "gitlab" is no address`,
		},
		"a GitLab that fails while the webhook is made": {
			level: fakelab.Maintainer,
			spoil: func(_ *testing.T, b *bench) {
				b.lab.Fault(traffic.Fault{Method: http.MethodPost, Route: "/projects/:id/hooks", Status: http.StatusBadGateway})
			},
			want: "make the webhook of acme/shop",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, fakelab.Options{})
			token := c.token
			if token == "" {
				token = b.token(t, c.level, c.scopes...)
			}
			if c.spoil != nil {
				c.spoil(t, b)
			}
			_, err := b.run(t, token)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "to fix it: ") ||
				strings.Contains(err.Error(), "gitlab.token_file") {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			b.nothingWritten(t)
			if n := len(b.lab.Hooks()); n != 0 {
				t.Errorf("there are %d webhooks", n)
			}
		})
	}
}

// TestGitLabEndedMeanwhile: whoever presses Ctrl-C while the webhook is made has no webhook and no files.
func TestGitLabEndedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t, fakelab.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	real, err := url.Parse(b.lab.URL())
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(real) }}
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/hooks") {
			cancel()
		}
		pass.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	}))
	defer between.Close()
	b.command.URL = between.URL
	term := terminal.Terminal{In: strings.NewReader(b.token(t, fakelab.Maintainer)), Out: new(bytes.Buffer), Err: new(bytes.Buffer)}
	if err := b.command.Run(ctx, term); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	between.Close() // it waits for what is under way
	if n := len(b.lab.Hooks()); n != 0 {
		t.Errorf("there are %d webhooks", n)
	}
	b.nothingWritten(t)
}

// TestGitLabTakesTheWebhookBack when the files cannot be written.
func TestGitLabTakesTheWebhookBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, fakelab.Options{Latency: time.Millisecond})
	token := b.token(t, fakelab.Maintainer)
	c, err := b.command.complete()
	if err != nil {
		t.Fatal(err)
	}
	b.command = c
	place, err := setup.Reserve(b.command.Folder)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody else was quicker.
	other := filepath.Join(b.command.Folder, serverFile)
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := terminal.Terminal{In: strings.NewReader(token), Out: new(bytes.Buffer), Err: new(bytes.Buffer)}
	if _, err := c.connect(t.Context(), term, place); err == nil ||
		!strings.Contains(err.Error(), "the files could not be written") {
		t.Errorf("%v", err)
	}
	if n := len(b.lab.Hooks()); n != 0 {
		t.Errorf("there are %d webhooks", n)
	}
	left, err := os.ReadDir(b.command.Folder)
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}
