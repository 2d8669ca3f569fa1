//race:unwatched
package githubapp

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/command/doctor/diagnosis"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/shop"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/terminal"
)

// diagnose runs the doctor against a hub whose App has a webhook where the configuration says.
func diagnose(t *testing.T, hub *fakehub.Hub, format terminal.Format) (ok bool, said string) {
	t.Helper()
	dir := t.TempDir()
	spec := hub.App()
	c := config.Default()
	c.PublicURL = "https://lintel.example.com"
	c.GitHub.AppID, c.GitHub.APIURL, c.GitHub.WebURL = spec.ID, hub.URL(), hub.URL()
	c.GitHub.PrivateKeyFile, c.GitHub.WebhookSecretFile = filepath.Join(dir, "key.pem"), filepath.Join(dir, "secret")
	must(t, os.WriteFile(c.GitHub.PrivateKeyFile, spec.PEM(), 0o600))
	must(t, os.WriteFile(c.GitHub.WebhookSecretFile, []byte(spec.WebhookSecret), 0o600))
	hub.SetWebhook(c.PublicURL+"/hooks/github", "")
	var out bytes.Buffer
	d := diagnosis.New(terminal.Terminal{Out: &out, Err: &out}, format)
	err := d.End(examine(t.Context(), &examination{d}, c))
	if err != nil && !errors.Is(err, terminal.ErrRefused) {
		t.Fatal(err)
	}
	return err == nil, out.String()
}

// TestDoctorPermissions grants what Lintel needs and nothing else, then takes away each permission by itself: of the
// App and of an installation.
func TestDoctorPermissions(t *testing.T) {
	t.Parallel()
	needs := github.Needs()
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		hub := shop.Open(t, fakehub.Options{App: fakehub.AppSpec{Permissions: maps.Clone(needs)}})
		install(t, hub)
		if ok, said := diagnose(t, hub, terminal.Format{}); !ok || strings.Contains(said, "FAIL") {
			t.Errorf("everything is granted:\n%s", said)
		}
	})
	for name, level := range needs {
		less := maps.Clone(needs)
		delete(less, name)
		t.Run("installation/"+name, func(t *testing.T) {
			t.Parallel()
			hub := shop.Open(t, fakehub.Options{App: fakehub.AppSpec{Permissions: maps.Clone(needs)}})
			id := install(t, hub)
			must(t, hub.SetPermissions(id, less))
			lacks(t, hub, "FAIL  installation acme permissions: missing "+name+": "+level)
			if level == "write" { // read is not enough
				lower := maps.Clone(needs)
				lower[name] = "read"
				must(t, hub.SetPermissions(id, lower))
				lacks(t, hub, "FAIL  installation acme permissions: missing "+name+": write")
			}
		})
		t.Run("App/"+name, func(t *testing.T) {
			t.Parallel()
			hub := shop.Open(t, fakehub.Options{App: fakehub.AppSpec{Permissions: less}})
			install(t, hub)
			lacks(t, hub, "FAIL  App permissions: missing "+name+": "+level)
		})
	}
}

func install(t *testing.T, hub *fakehub.Hub) int64 {
	t.Helper()
	id, err := hub.Install("acme")
	must(t, err)
	return id
}

func lacks(t *testing.T, hub *fakehub.Hub, want string) {
	t.Helper()
	if ok, said := diagnose(t, hub, terminal.Format{}); ok || !strings.Contains(said, want) {
		t.Errorf("ok is %v; want %q in:\n%s", ok, want, said)
	}
}

// TestDoctorForPrograms prints the same findings as one JSON object.
func TestDoctorForPrograms(t *testing.T) {
	t.Parallel()
	less := maps.Clone(github.Needs())
	delete(less, "checks")
	for name, c := range map[string]struct {
		granted map[string]string
		well    bool
	}{
		"all is granted":       {maps.Clone(github.Needs()), true},
		"a permission is gone": {less, false},
	} {
		hub := shop.Open(t, fakehub.Options{App: fakehub.AppSpec{Permissions: maps.Clone(github.Needs())}})
		must(t, hub.SetPermissions(install(t, hub), c.granted))
		ok, printed := diagnose(t, hub, terminal.Format{Format: "json"})
		var got struct {
			Well     bool
			Findings []struct{ Kind, What, Detail, Remedy string }
		}
		must(t, json.Unmarshal([]byte(printed), &got))
		wrong := 0
		for _, f := range got.Findings {
			if f.Kind == "wrong" {
				wrong++
			}
			if f.What == "" || f.Detail == "" || (f.Kind == "wrong") != (f.Remedy != "") {
				t.Errorf("%s: the finding %+v", name, f)
			}
		}
		if ok != c.well || got.Well != c.well || (wrong == 0) != c.well || len(got.Findings) < 5 {
			t.Errorf("%s: ok is %v, and\n%s", name, ok, printed)
		}
	}
}

// TestNeedsAreGitHubs holds the permissions to GitHub's own document: each exists there, at the level that we ask for.
func TestNeedsAreGitHubs(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", ".cache", "oracles", "openapi.json"))
	if err != nil {
		t.Fatalf("%v; run \"make oracles\"", err)
	}
	var doc struct {
		Components struct {
			Schemas struct {
				Permissions struct {
					Properties map[string]struct {
						Enum []string `json:"enum"`
					} `json:"properties"`
				} `json:"app-permissions"`
			} `json:"schemas"`
		} `json:"components"`
	}
	must(t, json.Unmarshal(raw, &doc))
	known := doc.Components.Schemas.Permissions.Properties
	if len(known) < 20 {
		t.Fatalf("the document names %d permissions", len(known))
	}
	for name, level := range github.Needs() {
		if !slices.Contains(known[name].Enum, level) {
			t.Errorf("GitHub grants %s at %q, and Lintel asks for %q", name, known[name].Enum, level)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
