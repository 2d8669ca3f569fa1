package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// problems collects what is wrong with the values, one line a problem.
type problems []string

func (p *problems) add(key, format string, args ...any) {
	*p = append(*p, key+": "+fmt.Sprintf(format, args...))
}

// check finds what the schema cannot express.
func (c Config) check() []string {
	var all problems
	add := all.add
	for key, addr := range map[string]string{"listen": c.Listen, "admin_listen": c.AdminListen} {
		if addr == "" && key == "admin_listen" {
			continue
		}
		if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
			add(key, "%q is not ADDRESS:PORT, such as 127.0.0.1:8080", addr)
		}
	}
	// Port 0 is any free one, so two of it are two ports.
	if c.AdminListen != "" && c.AdminListen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
		add("admin_listen", "it is the same as listen: pages and metrics would be public")
	}
	for key, address := range map[string]string{"public_url": c.PublicURL, "github.api_url": c.GitHub.APIURL,
		"github.web_url": c.GitHub.WebURL} {
		u, err := url.Parse(address)
		if key == "public_url" && address == "" {
			continue
		}
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" {
			add(key, "%q is not an address such as https://lintel.example.com", address)
		}
	}
	c.Traces.check(add)
	if problem := databaseProblem(c.Database); problem != "" {
		add("database", "%s", problem)
	}
	if c.GitHub.On() || !c.GitLab.On() {
		c.GitHub.check(add)
	}
	c.GitLab.check(add)
	for key, d := range map[string]Duration{"workers.gather": c.Workers.Gather, "workers.drain_timeout": c.Workers.DrainTimeout} {
		if !d.within(0, 10*time.Minute) {
			add(key, "%q is not a duration up to 10m, such as 1s", d)
		}
	}
	c.Model.check(add)
	c.Reports.check(add)
	c.Advice.check(add)
	c.Checks.check(add)
	if c.Checks.Backend != "off" && c.Checks.Folder == "" && !strings.HasPrefix(c.Database, "sqlite:") {
		add("checks.folder", "it is missing: with PostgreSQL there is no folder beside the database; name one for this process alone")
	}
	c.Objectives.check(add)
	c.checkRoles(add)
	c.SignIn.check(c.AdminListen, c.AdminProtected, add)
	c.Flow.check(add)
	slices.Sort(all)
	return all
}

// On reports whether an App on GitHub is served: any of its keys says so.
func (c GitHub) On() bool { return c.AppID != 0 || c.PrivateKeyFile != "" || c.WebhookSecretFile != "" }

func (c GitHub) check(add func(key, format string, args ...any)) {
	if c.AppID == 0 {
		add("github.app_id", "it is missing: take the number from the App's settings page")
	}
	if c.PrivateKeyFile == "" {
		add("github.private_key_file", "it is missing: make a key on the App's settings page and name its file")
	}
	if c.WebhookSecretFile == "" {
		add("github.webhook_secret_file", "it is missing: write the App's webhook secret into a file and name it")
	}
}

// databaseProblem says what is wrong with the address of a database. It never quotes a password.
func databaseProblem(address string) string {
	if path, ok := strings.CutPrefix(address, "sqlite://"); ok && path != "" {
		return ""
	}
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		scheme, _, _ := strings.Cut(address, "://")
		return fmt.Sprintf("it begins with %q: write sqlite://PATH or postgres://USER@HOST/NAME", scheme)
	}
	if _, err := url.Parse(address); err != nil {
		return "it is no address of PostgreSQL: write postgres://USER@HOST/NAME, with %XX for each special character of a name or password"
	}
	return ""
}
