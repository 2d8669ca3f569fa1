//race:unwatched
package setup

import (
	"bufio"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/terminal"
)

// TestGitHub runs the command against a fake GitHub, without starting the server: the doctor speaks, and what is left to
// do is said.
func TestGitHub(t *testing.T) {
	t.Parallel()
	hub, err := fakehub.New(fakehub.Options{Dir: t.TempDir(), Key: testkey.RSA()})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(hub.Start(), hub.AddUser(fakehub.User{Login: "ann"}), hub.AddOrg(fakehub.Org{Login: "acme"})); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hub.Close() })
	c := GitHub{
		Folder: filepath.Join(
			t.TempDir(),
			"etc",
		), PublicURL: "https://lintel.acme.example", Organisation: "acme", WebURL: hub.URL(),
		Listen: "127.0.0.1:0", Wait: time.Hour,
	}
	out, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- c.Run(t.Context(), terminal.Terminal{Out: write, Err: write})
		_ = write.Close()
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("it prints nothing")
	}
	address := regexp.MustCompile(`http://\S+`).FindString(lines.Text())
	resp, err := http.Get(address) //nolint:gosec,noctx // the test's own
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?s)action="([^"]+)".*name="manifest" value="([^"]+)"`).FindSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no form:\n%s", page)
	}
	// GitHub sends the browser back, which follows.
	back, err := http.PostForm(html.UnescapeString(string(found[1])), //nolint:noctx // the test's own
		url.Values{"manifest": {html.UnescapeString(string(found[2]))}})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Body.Close()
	if back.StatusCode != http.StatusOK {
		t.Errorf("the last page has status %d", back.StatusCode)
	}
	printed, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"ok    key: GitHub knows the App lintel-acme", "installed nowhere", "/apps/lintel-acme/installations/new",
	} {
		if !strings.Contains(string(printed), want) {
			t.Errorf("%q is not said:\n%s", want, printed)
		}
	}
	if _, err := os.Stat(filepath.Join(c.Folder, serverFile)); err != nil {
		t.Error(err)
	}
}

// TestGitHubOfNoDatabase: an address that no server can use is refused before an App is made for it.
func TestGitHubOfNoDatabase(t *testing.T) {
	t.Parallel()
	c := GitHub{Folder: filepath.Join(t.TempDir(), "etc"), PublicURL: "https://lintel.acme.example", Database: "mysql://db/lintel",
		Listen: "127.0.0.1:0", Wait: time.Nanosecond}
	err := c.Run(t.Context(), terminal.Terminal{Out: new(strings.Builder), Err: new(strings.Builder)})
	if err == nil || !strings.Contains(err.Error(), `it begins with "mysql"`) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(c.Folder); err == nil {
		t.Error("the folder is made")
	}
}
