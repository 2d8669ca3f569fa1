package pages

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/github"
)

func readRoot(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestManifest holds the App's manifest to what the program needs, no more and no less.
// https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
func TestManifest(t *testing.T) {
	t.Parallel()
	var m struct {
		Name, URL, Description string
		Hook                   struct {
			URL    string
			Active bool
		} `json:"hook_attributes"`
		RedirectURL string            `json:"redirect_url"`
		Public      *bool             `json:"public"`
		Permissions map[string]string `json:"default_permissions"`
		Events      []string          `json:"default_events"`
	}
	dec := json.NewDecoder(strings.NewReader(readRoot(t, "deploy/github-app-manifest.json")))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(github.Needs(), m.Permissions); d != "" {
		t.Errorf("default_permissions (+) differ from github.Needs (-):\n%s", d)
	}
	if d := cmp.Diff(github.Events(), m.Events); d != "" {
		t.Errorf("default_events (+) differ from github.Events (-):\n%s", d)
	}
	if u, err := url.Parse(m.Hook.URL); err != nil || u.Path != "/hooks/github" || !m.Hook.Active {
		t.Errorf("hook_attributes %+v: deliveries would not arrive at /hooks/github", m.Hook)
	}
	if m.Public == nil || *m.Public {
		t.Error("the App must not be public: anybody could install it and send us work")
	}
}

// TestRegistrationLink holds the link in docs/operations.md that fills in the form of a new App.
// https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-using-url-parameters
func TestRegistrationLink(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`https://github\.com/organizations/ORG/settings/apps/new\?\S+`).FindAllString(
		readRoot(t, "docs/operations.md"), -1)
	if len(links) != 1 {
		t.Fatalf("docs/operations.md has %d links that register the App, want 1", len(links))
	}
	u, err := url.Parse(links[0])
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	got := map[string]string{}
	for name, level := range github.Needs() {
		got[name] = q.Get(name)
		if got[name] != level {
			t.Errorf("the link grants %s %q, the program needs %q", name, got[name], level)
		}
	}
	for name := range q {
		if got[name] == "" &&
			!slices.Contains([]string{"name", "url", "description", "public", "webhook_active", "webhook_url", "events[]"}, name) {
			t.Errorf("the link has the parameter %s, which nothing needs", name)
		}
	}
	if d := cmp.Diff(github.Events(), q["events[]"]); d != "" {
		t.Errorf("events of the link (+) differ from github.Events (-):\n%s", d)
	}
	if !strings.HasSuffix(q.Get("webhook_url"), "/hooks/github") || q.Get("webhook_active") != "true" || q.Get("public") != "false" {
		t.Errorf("webhook_url %q, webhook_active %q, public %q", q.Get("webhook_url"), q.Get("webhook_active"), q.Get("public"))
	}
}

// TestDeploymentsAgree: the image, the compose file, the unit and the example name the same program, file, folder and
// user, so that what is written about one holds for all.
func TestDeploymentsAgree(t *testing.T) {
	t.Parallel()
	image, compose := readRoot(t, "Dockerfile"), readRoot(t, "deploy/compose.yaml")
	unit, users := readRoot(t, "deploy/systemd/lintel.service"), readRoot(t, "deploy/systemd/lintel.sysusers.conf")
	example := readRoot(t, "deploy/server.example.yml")
	one := func(where, text, pattern string) string {
		t.Helper()
		m := regexp.MustCompile("(?m)" + pattern).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("%s has nothing like %s", where, pattern)
		}
		return m[1]
	}
	equal := func(what string, values ...string) {
		t.Helper()
		for _, v := range values[1:] {
			if v != values[0] {
				t.Errorf("%s differs: %q", what, values)
				return
			}
		}
	}
	equal("the program",
		one("Dockerfile", image, `^COPY --from=build /out/lintel (\S+)`),
		one("Dockerfile", image, `^ENTRYPOINT \["([^"]+)"\]`),
		one("the unit", unit, `^ExecStart=(\S+)`))
	equal("the arguments",
		strings.ReplaceAll(one("Dockerfile", image, `^CMD \[(.*)\]`), `", "`, " "),
		strings.ReplaceAll(one("compose", compose, `^ +command: \[(.*)\]`), `", "`, " "),
		`"`+one("the unit", unit, `^ExecStart=\S+ (.*)$`)+`"`)
	equal("the data folder",
		one("Dockerfile", image, `^VOLUME (\S+)`), one("Dockerfile", image, `^WORKDIR (/var\S+)`),
		one("Dockerfile", image, `^COPY .*/out/data (\S+)`),
		one("compose", compose, `- data:(\S+)`),
		one("the unit", unit, `^WorkingDirectory=(\S+)`), "/var/lib/"+one("the unit", unit, `^StateDirectory=(\S+)`),
		one("sysusers", users, `^u \S+ - "[^"]*" (\S+)`),
		filepath.Dir(one("the example", example, `^database: sqlite://(\S+)`)))
	equal("the folder of the file and its secrets",
		filepath.Dir(one("the unit", unit, `--config (\S+)`)), one("compose", compose, `- /etc/lintel:(\S+):ro`),
		filepath.Dir(one("the example", example, `private_key_file: (\S+)`)),
		filepath.Dir(one("the example", example, `webhook_secret_file: (\S+)`)))
	equal("the container's user",
		one("Dockerfile", image, `^USER (\S+)`), one("compose", compose, `user: "([^"]+)"`), one("Dockerfile", image, `--chown=(\S+)`))
	equal("the unit's user", one("the unit", unit, `^User=(\S+)`), one("the unit", unit, `^Group=(\S+)`),
		one("sysusers", users, `^u (\S+)`))
	defaults := config.Default()
	for _, address := range []string{defaults.Listen, defaults.AdminListen} {
		port := address[strings.LastIndex(address, ":")+1:]
		if !strings.Contains(one("Dockerfile", image, `^EXPOSE (.*)$`), port) ||
			!strings.Contains(compose, `"127.0.0.1:`+port+":"+port+`"`) || !strings.Contains(compose, "0.0.0.0:"+port) {
			t.Errorf("port %s of the defaults is not that of the image and of the compose file on loopback", port)
		}
	}
	span := func(text string) time.Duration {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	grace, drain := span(one("compose", compose, `stop_grace_period: (\S+)`)), defaults.Workers.DrainTimeout.Span()
	if grace <= drain || span(one("the unit", unit, `^TimeoutStopSec=(\d+)`)+"s") != grace {
		t.Errorf("the time to stop (%s) must be the same in both and longer than workers.drain_timeout (%s)", grace, drain)
	}
	for _, line := range []string{"read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"} {
		if !strings.Contains(compose, line) {
			t.Errorf("the compose file lost %q", line)
		}
	}
	for _, line := range []string{"NoNewPrivileges=yes", "CapabilityBoundingSet=\n", "ProtectSystem=strict", "PrivateTmp=yes",
		"MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service"} {
		if !strings.Contains(unit, line) {
			t.Errorf("the unit lost %q", line)
		}
	}
	held := func(text string) []string {
		_, rest, _ := strings.Cut(text, "NoNewPrivileges=")
		rest, _, _ = strings.Cut(rest, "\n[Install]")
		return strings.Split(rest, "\n")
	}
	worker, workers := readRoot(t, "deploy/systemd/lintel-worker.service"), readRoot(t, "deploy/systemd/lintel-worker.sysusers.conf")
	shared := readRoot(t, "deploy/systemd/lintel.service.d/worker.conf")
	if d := cmp.Diff(held(unit), held(worker)); d != "" {
		t.Errorf("the worker's unit (+) is not held as the server's (-):\n%s", d)
	}
	_, container, _ := strings.Cut(compose, "\n  worker:\n")
	equal("the worker's program", one("the unit", unit, `^ExecStart=(\S+)`), one("the worker's unit", worker, `^ExecStart=(\S+)`))
	equal("the worker's arguments", `"`+one("the worker's unit", worker, `^ExecStart=\S+ (.*)$`)+`"`,
		strings.ReplaceAll(one("the worker's container", container, `^ +command: \[(.*)\]`), `", "`, " "))
	equal("the worker's folder", filepath.Dir(one("the worker's unit", worker, `--config (\S+)`)),
		one("the worker's container", container, `- (\S+):/etc/\S+:ro`), one("the worker's container", container, `- \S+:(/etc/\S+):ro`))
	equal("the worker's data", one("Dockerfile", image, `^VOLUME (\S+)`), one("the worker's unit", worker, `^ReadWritePaths=(\S+)`),
		one("the worker's container", container, `- data:(\S+)`))
	equal("the worker's user", one("the worker's unit", worker, `^User=(\S+)`), one("the worker's unit", worker, `^Group=(\S+)`),
		one("the worker's sysusers", workers, `^u (\S+)`), one("the server's drop-in", shared, `^Group=(\S+)`))
	equal("the server's group for its keys", one("the unit", unit, `^Group=(\S+)`),
		one("the server's drop-in", shared, `^SupplementaryGroups=(\S+)`))
	keys := filepath.Dir(one("the example", example, `private_key_file: (\S+)`))
	equal("the folder of the forge's keys", keys, one("the worker's unit", worker, `^InaccessiblePaths=-(\S+)`))
	if one("the worker's unit", worker, `^User=(\S+)`) == one("the unit", unit, `^User=(\S+)`) ||
		strings.Contains(worker, "\nSupplementaryGroups=") || strings.Contains(worker, "\nStateDirectory=") ||
		strings.Contains(container, keys+":") {
		t.Error("the worker must have a user of its own, no group and no folder of the server's, and no mount of the forge's keys")
	}
	// The linker's variables have no compiler that would miss them.
	for _, name := range []string{"stampedVersion", "stampedCommit"} {
		if !strings.Contains(image, "internal/build."+name+"=") || !strings.Contains(readRoot(t, "internal/build/build.go"), name) {
			t.Errorf("the image does not stamp %s, or the program has no such variable", name)
		}
	}
}
