//race:unwatched
package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/checkplan"
)

const someDigest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestChecksProblems: what an operator may get wrong is said, all at once.
func TestChecksProblems(t *testing.T) {
	t.Parallel()
	// Files that others of the machine may put there, or take away, would be believed.
	named := map[string]string{"database": "postgres://lintel@db/lintel", "checks.backend": "bwrap", "github.app_id": "1",
		"github.private_key_file": "k", "github.webhook_secret_file": "s"}
	if _, err := Load("", nil, named); err == nil || !strings.Contains(err.Error(), "checks.folder") {
		t.Errorf("PostgreSQL without a folder: %v", err)
	}
	named["checks.folder"] = "/var/lib/lintel/trees"
	if _, err := Load("", nil, named); err != nil {
		t.Error(err)
	}
	var got problems
	c := defaultChecks()
	c.check(got.add)
	if len(got) > 0 {
		t.Errorf("the defaults: %s", got)
	}
	for _, x := range []struct {
		backend string
		change  func(*Checks)
		want    string
	}{
		{"kubernetes", func(c *Checks) { c.Socket = "unix:///s" }, "checks.backend: it is kubernetes, and socket is of docker alone"},
		{"docker", func(c *Checks) { c.Kubernetes.Namespace = "n" },
			"checks.backend: it is docker, and checks.kubernetes is of kubernetes alone"},
		{"kubernetes", func(c *Checks) { c.Kubernetes.Nodes = []string{"a=b", "c"} },
			`checks.kubernetes.nodes[1]: "c" is no label, as KEY=VALUE`},
		{"kubernetes", func(c *Checks) { c.Kubernetes.StartTimeout = "1s" },
			`checks.kubernetes.start_timeout: "1s" is not a duration from 10s to 1h, such as 5m`},
		{"kubernetes", func(c *Checks) {
			c.Runtime, c.Images, c.Kubernetes.Namespace = "gvisor", []string{"ghcr.io/acme/"}, "n"
		}, ""},
	} {
		c, got := defaultChecks(), problems(nil)
		c.Backend = x.backend
		x.change(&c)
		c.check(got.add)
		if text := strings.Join(got, "\n"); text != x.want {
			t.Errorf("%q, want %q", text, x.want)
		}
	}
	c = Checks{Backend: "bwrap", Runtime: "runsc", Timeout: "2h", Kubernetes: defaultPods(),
		Images: []string{"ghcr.io/acme", "ghcr.io/acme/", "x" + someDigest},
		Tools:  []CheckTool{{Name: "gofmt"}, {Name: "gofmt"}, {Name: "esLint"}, {Name: "zzz"}, {Name: "ruff", Image: "ruff:1"}}}
	c.check(got.add)
	slices.Sort(got)
	want := []string{
		`checks.backend: it is bwrap, and runtime and images are of docker and kubernetes alone`,
		`checks.cpu: it is 0: nothing runs without a processor`,
		`checks.images[0]: "ghcr.io/acme" is neither an image by digest (NAME@sha256:...) nor the beginning of names up to a slash, ` +
			`such as ghcr.io/acme/`,
		`checks.timeout: "2h" is not a duration from 1s to 1h, such as 10m`,
		`checks.tools[1]: "gofmt" is there twice`,
		`checks.tools[2]: the catalogue has no tool "esLint"; did you mean "eslint"?`,
		`checks.tools[3]: the catalogue has no tool "zzz"; docs/checks.md lists them`,
		`checks.tools[4]: "ruff:1" does not name an image by digest, as NAME@sha256:...`,
	}
	if d := cmp.Diff(want, []string(got)); d != "" {
		t.Error(d)
	}
}

// TestNothingRunsByDefault: without the operator's word no check of any repository runs.
func TestNothingRunsByDefault(t *testing.T) {
	t.Parallel()
	p := Default().Checks.Permissions()
	if p.Backend != "off" || p.Everything || len(p.Tools)+len(p.Images) > 0 || p.Forks != checkplan.Never {
		t.Errorf("by default %+v is allowed", p)
	}
	if p.Timeout != 10*time.Minute || p.CPU != 2 || p.Memory != 2048 {
		t.Errorf("the ceilings are %+v", p)
	}
	c, err := Load("", slices.Concat(strings.Fields("LINTEL_GITHUB_APP_ID=1 LINTEL_GITHUB_PRIVATE_KEY_FILE=a "+
		"LINTEL_GITHUB_WEBHOOK_SECRET_FILE=b LINTEL_CHECKS_BACKEND=docker LINTEL_CHECKS_CPU=0.5"),
		[]string{"LINTEL_CHECKS_IMAGES=ghcr.io/acme/,x" + someDigest}), nil)
	if err != nil || len(c.Checks.Images) != 2 || c.Checks.CPU != 0.5 || c.Checks.Permissions().Backend != "docker" {
		t.Errorf("%v: %+v", err, c.Checks)
	}
}
