// Package setup connects a server to its forge for the first time: it registers a GitHub App by one click on a page of
// its own, and writes a server's files.
//
// Callers may rely on: nothing is overwritten; the folder is tried before the App is made, so that no key is lost for
// want of a place; secrets are readable by their owner alone, whatever the umask, and reach no page and no log; the page
// answers only to whoever was sent there.
package setup

import (
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/usage"
)

const onWindows = runtime.GOOS == "windows"

// The files of an App's server, beside its own file.
const (
	keyFile    = "private-key.pem"
	secretFile = "webhook-secret"
)

// gitHub is the address of GitHub itself.
const gitHub = "https://github.com"

// App is a GitHub App that is to be made, and where the files of its server go.
type App struct {
	// File is the server's own file; the key and the secret go beside it.
	File string
	// PublicURL is where GitHub reaches the server; WebURL is GitHub or an Enterprise Server, APIURL its API.
	PublicURL, WebURL, APIURL string
	// Organisation owns the App (empty: whoever is signed in); Name is the App's.
	Organisation, Name string
	// Database is the server's, an address.
	Database string
}

// host is what an address may name: nothing of it has a meaning in a header.
var host = lazyregexp.New(`^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:]+\](:\d{1,5})?$`)

// Complete fills in the defaults and refuses what cannot work, before anything happens.
func (a App) Complete() (App, error) {
	var err error
	if a.File, err = filepath.Abs(a.File); err != nil {
		return a, fmt.Errorf("find the folder: %w", err)
	}
	if a.WebURL == "" {
		a.WebURL = gitHub
	}
	for name, value := range map[string]*string{"public-url": &a.PublicURL, "web-url": &a.WebURL, "api-url": &a.APIURL} {
		if name == "api-url" && *value == "" {
			continue
		}
		if *value, err = Address(name, *value); err != nil {
			return a, err
		}
	}
	if a.APIURL == "" {
		a.APIURL = a.WebURL + "/api/v3"
		if a.WebURL == gitHub {
			a.APIURL = "https://api.github.com"
		}
	}
	a.Organisation = strings.TrimSpace(a.Organisation)
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" {
		a.Name = strings.TrimSpace("Lintel " + a.Organisation)
	}
	if a.Database == "" {
		a.Database = "sqlite://" + filepath.ToSlash(filepath.Join(filepath.Dir(a.File), "lintel.db"))
	}
	if _, err := github.Manifest(a.Name, a.PublicURL, ""); err != nil {
		return a, &usage.Error{What: "--name: " + err.Error(), Remedy: "choose a shorter one with --name"}
	}
	return a, nil
}

// Surroundings are what flags and the environment say of a server whose file is not there yet. It refuses what would keep
// the server from starting, or would be taken instead of the new file, before anything is made.
func Surroundings(flags config.Flags, environ []string) (config.Config, error) {
	flags.Config = ""
	c, err := flags.Read(config.LoadDatabase, environ)
	if err == nil && (c.GitHub.On() || c.GitLab.On()) {
		err = &usage.Error{
			What:   "the environment names a forge already, and it would be taken instead of the new file",
			Remedy: "start it without setting anything up, or unset LINTEL_GITHUB_* and LINTEL_GITLAB_*",
		}
	}
	return c, err
}

// Address is the value of a flag as an address without a final slash, or what is wrong with it.
func Address(flag, value string) (string, error) {
	value = strings.TrimRight(strings.TrimSpace(value), "/")
	u, err := url.Parse(value)
	if err != nil || !host.MatchString(u.Host) || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" ||
		u.Fragment != "" ||
		u.User != nil {
		return "", &usage.Error{
			What: fmt.Sprintf(
				"--%s: %q is no address",
				flag,
				value,
			), Remedy: "write it like https://lintel.example.com",
		}
	}
	return value, nil
}

// Reserve is Reserve for the files of this App's server.
func (a App) Reserve() (Folder, error) {
	return Reserve(filepath.Dir(a.File), filepath.Base(a.File), keyFile, secretFile)
}

// Files are what the server needs, the secrets first: the server's own file is there only when all else is.
func (a App) Files(r github.Registration) []File {
	folder := filepath.Dir(a.File)
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"# The server's own file, written by lintel setup github for the App %s.\n",
		strconv.Quote(r.Name),
	)
	b.WriteString("# docs/server.md describes every key.\n")
	fmt.Fprintf(
		&b,
		"public_url: %s\ndatabase: %s\ngithub:\n  app_id: %d\n  private_key_file: %s\n  webhook_secret_file: %s\n",
		strconv.Quote(a.PublicURL),
		strconv.Quote(a.Database),
		r.ID,
		strconv.Quote(filepath.Join(folder, keyFile)),
		strconv.Quote(filepath.Join(folder, secretFile)),
	)
	if a.WebURL != gitHub || a.APIURL != "https://api.github.com" {
		fmt.Fprintf(&b, "  api_url: %s\n  web_url: %s\n", strconv.Quote(a.APIURL), strconv.Quote(a.WebURL))
	}
	return []File{{keyFile, r.Key}, {secretFile, r.WebhookSecret}, {filepath.Base(a.File), []byte(b.String())}}
}

// Quoted quotes a path for a shell when it has to.
func Quoted(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("/._-:\\", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') &&
			(r < 'a' || r > 'z')
	}) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
