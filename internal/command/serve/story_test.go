//go:build unix

package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/terminal"
)

// ports are addresses that stay the test's from its begin to its end, whoever listens there meanwhile.
type ports map[string]*net.TCPListener

func (p ports) take(t *testing.T) (address string) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	address = l.Addr().String()
	p[address] = l
	return address
}

// listen gives a listener of its own on an address that was taken. Who connects before there is one waits.
func (p ports) listen(address string) (net.Listener, error) {
	l := p[address]
	if l == nil {
		return nil, fmt.Errorf("nobody took %s", address)
	}
	file, err := l.File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return net.FileListener(file)
}

// until reads lines up to the one that a pattern matches, and gives its first group.
func until(t *testing.T, lines *bufio.Scanner, pattern string) string {
	t.Helper()
	re, seen := regexp.MustCompile(pattern), ""
	for lines.Scan() {
		if m := re.FindStringSubmatch(lines.Text()); m != nil {
			return m[len(m)-1]
		}
		seen += lines.Text() + "\n"
	}
	t.Fatalf("it ended without %q:\n%s", pattern, seen)
	return ""
}

func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(name + `="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no %s:\n%s", name, page)
	}
	return html.UnescapeString(m[1])
}

func send(t *testing.T, client *http.Client, address string, form url.Values) string {
	t.Helper()
	resp, err := client.PostForm(address, form) //nolint:noctx // the test's own servers
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d (%v):\n%s", address, resp.StatusCode, err, body)
	}
	return string(body)
}

// TestStorySetup: a stranger starts a server that has no file. The operators' listener registers the App on a GitHub
// (here an Enterprise Server's addresses), under a umask that takes nothing away; the doctor speaks; the server serves
// under its new file, and a signed delivery of the new App's installation is taken.
func TestStorySetup(t *testing.T) { //nolint:paralleltest // the umask is the whole process's
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	hub, err := fakehub.New(fakehub.Options{Dir: t.TempDir(), Key: testkey.RSA()})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(hub.Start(), hub.AddUser(fakehub.User{Login: "ann"}), hub.AddOrg(fakehub.Org{Login: "acme"})); err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	folder := filepath.Join(t.TempDir(), "etc")
	taken := ports{}
	listen := taken.take(t)
	c := Command{Setup: true, listen: taken.listen, Flags: config.Flags{
		Config: filepath.Join(folder, "lintel.yml"), Listen: listen, AdminListen: taken.take(t),
		Database: "sqlite://" + filepath.Join(t.TempDir(), "lintel.db"),
	}}
	out, write := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		err := c.Run(ctx, terminal.Terminal{Out: write, Err: write})
		fmt.Fprintln(write, err)
		ended <- err
		_ = write.Close()
	}()
	lines := bufio.NewScanner(out)
	address := until(t, lines, `^Open (http://\S+) and`)
	if !strings.HasPrefix(address, "http://"+c.AdminListen+"/?token=") {
		t.Errorf("the page is at %s", address)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	resp, err := browser.Get(address) //nolint:noctx // see send
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	page := send(t, browser, "http://"+c.AdminListen+"/",
		url.Values{"public-url": {"http://" + listen}, "organisation": {"acme"}, "web-url": {hub.URL()}})
	// GitHub sends the browser back; it follows.
	page = send(
		t,
		browser,
		hidden(t, page, "action"),
		url.Values{"manifest": {hidden(t, page, `name="manifest" value`)}},
	)
	if !strings.Contains(page, "The App Lintel acme is registered") {
		t.Errorf("the last page:\n%s", page)
	}
	for _, want := range []string{"^ok    key: GitHub knows the App lintel-acme", "^FAIL  installations: the App is installed nowhere",
		"Install the App: +" + regexp.QuoteMeta(hub.URL()), `"msg":"serving"`} {
		until(t, lines, want)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 3 {
		t.Errorf("%d files in the folder: %v", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
	cfg, err := config.Load(c.Config, nil, nil)
	if err != nil || cfg.GitHub.WebURL != hub.URL() || cfg.Database != c.Database {
		t.Fatalf("%v, %+v", err, cfg)
	}
	if _, err := hub.InstallApp(cfg.GitHub.AppID, "acme"); err != nil {
		t.Fatal(err)
	}
	if err := hub.WaitDelivered(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := hub.Webhooks().Deliveries(cfg.GitHub.AppID)
	if len(sent) == 0 || sent[0].StatusCode != http.StatusAccepted || sent[0].Event.Name != "installation" {
		t.Errorf("the deliveries of the new App: %+v", sent)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}

	// The file exists now: setting up once more changes nothing, and says what to do.
	err = c.Run(t.Context(), terminal.Terminal{Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "lintel.yml exists, and nothing is overwritten") ||
		!strings.Contains(err.Error(), "lintel serve --config FILE") {
		t.Errorf("%v", err)
	}
}

// TestSetupIsRefused before anything happens, where it could not end well.
func TestSetupIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags config.Flags
		env   []string
		want  string
	}{
		{config.Flags{}, []string{"LINTEL_GITHUB_APP_ID=12"}, "the environment names a forge already"},
		{config.Flags{AdminListen: "0.0.0.0:8081"}, nil, "is reached from other machines, and nobody signs in there"},
		{config.Flags{Gate: "sometimes"}, nil, "enforce"},
	} {
		folder := filepath.Join(t.TempDir(), "new")
		c.flags.Config = filepath.Join(folder, "server.yml")
		err := Command{
			Setup: true,
			Flags: c.flags,
		}.Run(
			t.Context(),
			terminal.Terminal{Out: io.Discard, Err: io.Discard, Env: c.env},
		)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "to fix it: ") {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
		if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder is left behind: %v", err)
		}
	}
}
