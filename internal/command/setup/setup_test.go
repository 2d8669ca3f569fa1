package setup

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"net/http"
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

// site is a fake GitHub with the organisation acme, and a command that runs against it.
type site struct {
	t       *testing.T
	hub     *fakehub.Hub
	command GitHub
	out     *printed
	ended   chan error
	stop    context.CancelFunc
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
	return &site{t: t, hub: hub, out: newPrinted(), command: GitHub{
		Folder:       filepath.Join(t.TempDir(), "a folder", "lintel"),
		PublicURL:    "https://lintel.acme.example/",
		Organisation: "acme",
		WebURL:       hub.URL(),
		Listen:       "127.0.0.1:0",
		Wait:         time.Hour,
	}}
}

// start runs the command and gives the address that it prints.
func (s *site) start() string {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	s.stop, s.ended = stop, make(chan error, 1)
	go func() { s.ended <- s.command.Run(ctx, terminal.Terminal{Out: s.out, Err: s.out}) }()
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

// TestSetup goes the whole way: page, form, GitHub, code, files. The files are a server's: its key works.
func TestSetup(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	address := s.start()
	_, body := get(t, address)
	back := press(t, body)
	status, body := get(t, back)
	if status != http.StatusOK || !strings.Contains(body, "The App Lintel acme is registered") ||
		!strings.Contains(body, "/apps/lintel-acme/installations/new") {
		t.Errorf("status %d:\n%s", status, body)
	}
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{serverFile, keyFile, secretFile} {
		info, err := os.Stat(filepath.Join(s.command.Folder, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	c, err := config.Load(filepath.Join(s.command.Folder, serverFile), nil, nil)
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
	forge, err := github.New(github.Options{AppID: c.GitHub.AppID, PrivateKey: key, APIURL: c.GitHub.APIURL, Now: time.Now})
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
	for _, want := range []string{"GitHub knows the App lintel-acme", "lintel serve --config '", "lintel doctor github --config"} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("%q is not said:\n%s", want, s.out.String())
		}
	}
	if secret, _ := os.ReadFile(c.GitHub.WebhookSecretFile); strings.Contains(s.out.String(), string(secret)) ||
		strings.Contains(body, string(secret)) {
		t.Error("the secret is shown")
	}

	// A second time, nothing is overwritten and no second App is made.
	err = s.command.Run(t.Context(), terminal.Terminal{Out: s.out, Err: s.out})
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
	address := s.start()
	_, body := get(t, address)
	back := press(t, body)
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	code, state := u.Query().Get("code"), u.Query().Get("state")
	for name, query := range map[string]string{
		"without a state":   "?code=" + code,
		"with another one":  "?code=" + code + "&state=x",
		"with no code":      "?state=" + state,
		"with a wrong code": "?code=abc&state=" + state,
		"with a path":       "?code=" + url.QueryEscape("../app") + "&state=" + state,
	} {
		if status, body := get(t, address+"created"+query); status < 400 || !strings.Contains(body, "There is no App yet") {
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
	if _, err := os.Stat(s.command.Folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left behind: %v", err)
	}
}

// TestSetupMistakes: what cannot work is refused before anything happens, with what to do.
func TestSetupMistakes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*GitHub){
		`--public-url: "lintel.example.com" is no address`: func(c *GitHub) { c.PublicURL = "lintel.example.com" },
		`--web-url: "ftp://x" is no address`:               func(c *GitHub) { c.WebURL = "ftp://x" },
		"the App's name has 47 characters":                 func(c *GitHub) { c.Organisation = strings.Repeat("a", 40) },
		`--listen: "0.0.0.0:80" is no address of this`:     func(c *GitHub) { c.Listen = "0.0.0.0:80" },
		"cannot be written":                                func(c *GitHub) { c.Folder = file },
	} {
		c := s.command
		spoil(&c)
		err := c.Run(t.Context(), terminal.Terminal{Out: io.Discard, Err: io.Discard})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "to fix it: ") {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestKeepAllOrNothing: when one file cannot be written, none is left.
func TestKeepAllOrNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := reserve(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, serverFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.keep([]file{{keyFile, []byte("k")}, {secretFile, []byte("s")}, {serverFile, []byte("y")}}); err == nil {
		t.Error("a folder in the place of a file was no trouble")
	}
	for _, name := range []string{keyFile, secretFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left behind", name)
		}
	}
}
