package setup

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// printed is an output that can be read while the command writes it.
type printed struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func newPrinted() *printed { return &printed{wrote: make(chan struct{}, 1)} }

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.wrote <- struct{}{}:
	default:
	}
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// site is a fake GitHub with the organisation acme, and a registration that runs against it.
type site struct {
	t       *testing.T
	hub     *fakehub.Hub
	options Options
	out     *printed
	ended   chan error
	stop    context.CancelFunc
	made    github.Registration
}

func newSite(t *testing.T) *site {
	t.Helper()
	hub, err := fakehub.New(fakehub.Options{Dir: t.TempDir(), Key: testkey.RSA()})
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hub.Close() })
	if err := errors.Join(hub.AddUser(fakehub.User{Login: "ann"}), hub.AddOrg(fakehub.Org{Login: "acme"})); err != nil {
		t.Fatal(err)
	}
	return &site{t: t, hub: hub, out: newPrinted(), options: Options{
		App: App{
			File:         filepath.Join(t.TempDir(), "a folder", "lintel", "server.yml"),
			PublicURL:    "https://lintel.acme.example/",
			Organisation: "acme",
			WebURL:       hub.URL(),
		},
		Listen: "127.0.0.1:0",
		Wait:   time.Hour,
	}}
}

// run registers the App as a command does.
func (s *site) run(ctx context.Context) (err error) {
	if !s.options.Asks {
		if s.options.App, err = s.options.App.Complete(); err != nil {
			return err
		}
	}
	place, err := s.options.App.Reserve()
	if err != nil {
		return err
	}
	s.options.App, s.made, err = Register(ctx, terminal.Terminal{Out: s.out, Err: s.out}, place, s.options)
	if err != nil {
		return errors.Join(err, place.Release())
	}
	PrintNext(terminal.Terminal{Out: s.out}, s.options.App, s.made, "127.0.0.1:8080")
	return nil
}

func (s *site) folder() string { return filepath.Dir(s.options.App.File) }

// start runs the command and gives the address that it prints.
func (s *site) start() string {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	s.stop, s.ended = stop, make(chan error, 1)
	go func() { s.ended <- s.run(ctx) }()
	s.t.Cleanup(stop)
	address := regexp.MustCompile(`Open (http://\S+) and`)
	for {
		if m := address.FindStringSubmatch(s.out.String()); m != nil {
			return m[1]
		}
		select {
		case <-s.out.wrote:
		case err := <-s.ended:
			s.t.Fatalf("it ended before it had a page: %v", err)
		}
	}
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address) //nolint:gosec,noctx // the test's own
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// press sends the form of a page as a browser does, and gives the address to which GitHub sends the browser.
func press(t *testing.T, body string) string {
	t.Helper()
	form := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(body)
	manifest := regexp.MustCompile(`name="manifest" value="([^"]+)"`).FindStringSubmatch(body)
	if form == nil || manifest == nil {
		t.Fatalf("the page has no form:\n%s", body)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	values := url.Values{"manifest": {html.UnescapeString(manifest[1])}}
	resp, err := client.PostForm(html.UnescapeString(form[1]), values) //nolint:noctx // see get
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		why, _ := io.ReadAll(resp.Body)
		t.Fatalf("GitHub answers %d: %s", resp.StatusCode, why)
	}
	return resp.Header.Get("Location")
}

// created runs the command up to the moment at which GitHub has made the App: address is the command's page, back the
// address that GitHub sends the browser to, and came what stands in it.
func (s *site) created() (address, back string, came url.Values) {
	s.t.Helper()
	address = s.start()
	_, body := get(s.t, address)
	back = press(s.t, body)
	u, err := url.Parse(back)
	if err != nil {
		s.t.Fatal(err)
	}
	return address, back, u.Query()
}

// TestSetup goes the whole way: page, form, GitHub, code, files. The files are a server's: its key works.
func TestSetup(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, back, _ := s.created()
	status, body := get(t, back)
	if status != http.StatusOK || !strings.Contains(body, "The App Lintel acme is registered") ||
		!strings.Contains(body, "/apps/lintel-acme/installations/new") {
		t.Errorf("status %d:\n%s", status, body)
	}
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"server.yml", keyFile, secretFile} {
		info, err := os.Stat(filepath.Join(s.folder(), name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	c, err := config.Load(s.options.App.File, nil, nil)
	if err != nil {
		t.Fatalf("the server does not take its file: %v", err)
	}
	if c.PublicURL != "https://lintel.acme.example" || c.GitHub.APIURL != s.hub.URL()+"/api/v3" {
		t.Errorf("%+v", c)
	}
	key, err := os.ReadFile(c.GitHub.PrivateKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	forge, err := github.New(
		github.Options{AppID: c.GitHub.AppID, PrivateKey: key, APIURL: c.GitHub.APIURL, Now: time.Now},
	)
	if err != nil {
		t.Fatal(err)
	}
	id, err := forge.Identity(t.Context())
	if err != nil || id.Owner != "acme" {
		t.Fatalf("%+v, %v", id, err)
	}
	if d := cmp.Diff(github.Needs(), id.Permissions); d != "" {
		t.Errorf("the App's permissions (+) are not what Lintel needs (-):\n%s", d)
	}
	if d := cmp.Diff(github.Events(), id.Events); d != "" {
		t.Errorf("the App's events (+) are not what Lintel reads (-):\n%s", d)
	}
	for _, want := range []string{"/apps/lintel-acme/installations/new", "lintel serve --config '", "lintel doctor github --config"} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("%q is not said:\n%s", want, s.out.String())
		}
	}
	if secret, _ := os.ReadFile(c.GitHub.WebhookSecretFile); strings.Contains(s.out.String(), string(secret)) ||
		strings.Contains(body, string(secret)) {
		t.Error("the secret is shown")
	}

	// A second time, nothing is overwritten and no second App is made.
	err = s.run(t.Context())
	var mistake *usage.Error
	if !errors.As(err, &mistake) || !strings.Contains(err.Error(), "server.yml exists, and nothing is overwritten") {
		t.Errorf("%v", err)
	}
}

// TestSetupStrangers holds the page against whoever else can reach it: other pages in the browser, other names of the
// machine, codes that GitHub did not send.
func TestSetupStrangers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	address, back, came := s.created()
	code, state := came.Get("code"), came.Get("state")
	for name, query := range map[string]string{
		"without a state":   "?code=" + code,
		"with another one":  "?code=" + code + "&state=x",
		"with no code":      "?state=" + state,
		"with a wrong code": "?code=abc&state=" + state,
		"with a path":       "?code=" + url.QueryEscape("../app") + "&state=" + state,
	} {
		if status, body := get(t, address+"created"+query); status < 400 ||
			!strings.Contains(body, "There is no App yet") {
			t.Errorf("%s: status %d:\n%s", name, status, body)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another name of the machine gets status %d", resp.StatusCode)
	}
	// What strangers tried has used nothing up.
	if status, _ := get(t, back); status != http.StatusOK {
		t.Errorf("the right answer gets status %d", status)
	}
	// A reload shows the same, and asks GitHub for nothing: the code is used up.
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
}

// TestSetupWithoutAnApp leaves nothing behind when nobody presses the button.
func TestSetupWithoutAnApp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	s.stop()
	if err := <-s.ended; err == nil || !strings.Contains(err.Error(), "interrupted before there was an App") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(s.folder()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left behind: %v", err)
	}
}

// TestSetupMistakes: what cannot work is refused before anything happens, with what to do.
func TestSetupMistakes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	file, open := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "open")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Mkdir(open, 0o700), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Options){
		`--public-url: "lintel.example.com" is no address`: func(o *Options) { o.App.PublicURL = "lintel.example.com" },
		`--public-url: "" is no address`:                   func(o *Options) { o.App.PublicURL = "" },
		`--web-url: "ftp://x" is no address`:               func(o *Options) { o.App.WebURL = "ftp://x" },
		`--web-url: "https://a;b" is no address`:           func(o *Options) { o.App.WebURL = "https://a;b" },
		`--web-url: "https://a'b" is no address`:           func(o *Options) { o.App.WebURL = "https://a'b" },
		"the App's name has 47 characters":                 func(o *Options) { o.App.Organisation = strings.Repeat("a", 40) },
		`--listen: "0.0.0.0:80" is no address of this`:     func(o *Options) { o.Listen = "0.0.0.0:80" },
		"cannot be written":                                func(o *Options) { o.App.File = filepath.Join(file, "server.yml") },
		"can be written by every user of this machine":     func(o *Options) { o.App.File = filepath.Join(open, "server.yml") },
	} {
		c := &site{options: s.options, out: s.out}
		spoil(&c.options)
		err := c.run(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "to fix it: ") {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestACodeIsUsedOnce: when somebody else was quicker with GitHub's code, nothing is written, the words say so, and the
// button still works for another App.
func TestACodeIsUsedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, back, came := s.created()
	if _, err := github.Register(t.Context(), s.hub.URL()+"/api/v3", came.Get("code"), nil); err != nil {
		t.Fatal(err)
	}
	status, body := get(t, back)
	if status != http.StatusBadRequest || !strings.Contains(body, "it was used before") ||
		!strings.Contains(body, "Begin again") {
		t.Errorf("status %d:\n%s", status, body)
	}
	if left, err := os.ReadDir(s.folder()); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
	s.stop()
	if err := <-s.ended; err == nil {
		t.Error("it claims to have an App")
	}
}

// TestABrowserThatHangsUp does not lose the key: GitHub gives it for a code once.
func TestABrowserThatHangsUp(t *testing.T) {
	t.Parallel()
	kept := 0
	p := newPage(App{WebURL: gitHub}, false, func(App, github.Registration) error { kept++; return nil })
	p.exchange = func(ctx context.Context, _ App, _ string) (github.Registration, error) {
		return github.Registration{ID: 1}, ctx.Err()
	}
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/created?code=a&state="+p.state, nil))
	if kept != 1 {
		t.Errorf("the key was kept %d times", kept)
	}
}

// TestPolicyNamesAnOrigin: what follows a host in an address says nothing in the page's policy.
func TestPolicyNamesAnOrigin(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newPage(App{WebURL: "https://github.acme.example/x; script-src *"}, false, nil).
		ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, " form-action 'self' https://github.acme.example") {
		t.Error(policy)
	}
}

// TestAKeyThatCannotBeWritten: a file that came meanwhile is not overwritten, and the page and the command say that the
// App's key is lost and what to do.
func TestAKeyThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, back, _ := s.created()
	other := filepath.Join(s.folder(), "server.yml")
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, back); status != http.StatusInternalServerError ||
		!strings.Contains(body, "its key is lost") {
		t.Errorf("status %d:\n%s", status, body)
	}
	err := <-s.ended
	if err == nil || !strings.Contains(err.Error(), "its key could not be written") ||
		!strings.Contains(err.Error(), "delete the App under") {
		t.Errorf("%v", err)
	}
	if kept, err := os.ReadFile(other); err != nil || string(kept) != "mine" {
		t.Errorf("the file of somebody else is %q, %v", kept, err)
	}
	if left, err := os.ReadDir(s.folder()); err != nil || len(left) != 1 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// TestKeepAllOrNothing: when one file cannot be written, none is left.
func TestKeepAllOrNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := Reserve(dir, "server.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "server.yml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Keep(
		File{keyFile, []byte("k")}, File{secretFile, []byte("s")}, File{"server.yml", []byte("y")},
	); err == nil {
		t.Error("a folder in the place of a file was no trouble")
	}
	for _, name := range []string{keyFile, secretFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left behind", name)
		}
	}
}
