package charts

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/lintel-review/lintel/internal/config"
)

// file writes a key of a ConfigMap as a pod would see it.
func file(t *testing.T, c cluster, object, key string) string {
	t.Helper()
	text := get[*core.ConfigMap](t, c, "ConfigMap "+object).Data[key]
	path := filepath.Join(t.TempDir(), key)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestConfigIsAccepted has the readers of lintel serve, migrate and worker read what the chart renders.
func TestConfigIsAccepted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"small", "postgres", "everything"} {
		c := installed(t, scene(t, name))
		server, err := config.LoadServe(file(t, c, "lintel", "server.yml"), nil, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if server.Listen != "0.0.0.0:8080" || server.GitHub.PrivateKeyFile != "/etc/lintel/secrets/private-key.pem" ||
			server.GitHub.WebhookSecretFile != "/etc/lintel/secrets/webhook-secret" {
			t.Errorf("%s: the server gets %+v", name, server)
		}
		wantRun, wantDatabase := "serve", "sqlite:///var/lib/lintel/lintel.db"
		switch name {
		case "postgres":
			wantDatabase = "postgres://lintel@db-0.example.com,db-1.example.com:6432/lintel?sslmode=verify-full&" +
				"target_session_attrs=read-write&password_file=/etc/lintel/database/password"
		case "everything":
			wantRun = "worker"
			wantDatabase = "postgres://lintel@db.example.com/lintel?sslmode=verify-full&sslrootcert=/etc/lintel/database/ca.crt&" +
				"pool_max_conns=8&password_file=/etc/lintel/database/password"
		}
		if server.Advice.Run != wantRun || server.Database != wantDatabase {
			t.Errorf("%s: advice.run %q, database %q, want %q and %q", name, server.Advice.Run, server.Database, wantRun, wantDatabase)
		}
		if name == "small" {
			continue
		}
		if m, err := config.LoadDatabase(file(t, c, "lintel-migrate", "server.yml"), nil, nil); err != nil || m.Database != wantDatabase {
			t.Errorf("%s: the migration reads %q, %v", name, m.Database, err)
		}
		if name == "everything" {
			w, err := config.LoadWorker(file(t, c, "lintel-worker", "worker.yml"), nil, nil)
			if err != nil || w.Database != wantDatabase || w.Model.Name != "large" || w.AdminListen != "0.0.0.0:8081" {
				t.Errorf("the worker reads %+v, %v", w, err)
			}
			if server.Advice.Debounce != "30s" || server.AdminListen != "0.0.0.0:8081" {
				t.Errorf("the server lost %+v, or listens at %s", server.Advice, server.AdminListen)
			}
		}
	}
}

// TestConfigIsRefused: a mistake that the schema of the values lets pass reaches the strict reader of the migration.
func TestConfigIsRefused(t *testing.T) {
	t.Parallel()
	c := installed(t, scene(t, "postgres"), "config: { log: { levle: debug } }")
	if _, err := config.LoadDatabase(file(t, c, "lintel-migrate", "server.yml"), nil, nil); err == nil ||
		!strings.Contains(err.Error(), "levle") {
		t.Errorf("the migration says %v", err)
	}
}

// TestKeysAreThoseOfTheServer: the schema of the values names every key of the server's file but those that the chart writes.
func TestKeysAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	type node struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	parse := func(b []byte) (n node) {
		if err := json.Unmarshal(b, &n); err != nil && string(b) != "true" {
			t.Fatal(err)
		}
		return n
	}
	read := func(path string) node {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return parse(b)
	}
	server, chart := read("../../docs/server.schema.json"), read(chartDir+"/values.schema.json")
	config := parse(chart.Properties["config"])
	for _, x := range []struct {
		where         string
		server, chart node
		own           []string
	}{
		{"config", server, config, []string{"listen", "admin_listen", "database", "roles"}},
		{"config.github", parse(server.Properties["github"]), parse(config.Properties["github"]),
			[]string{"private_key_file", "webhook_secret_file"}},
	} {
		want := slices.DeleteFunc(slices.Sorted(maps.Keys(x.server.Properties)), func(k string) bool { return slices.Contains(x.own, k) })
		if got := slices.Sorted(maps.Keys(x.chart.Properties)); !slices.Equal(got, want) {
			t.Errorf("%s of values.schema.json takes %q, the server's file has %q", x.where, got, want)
		}
	}
	// values.yaml is the list of all values: each of the schema stands there.
	text, err := os.ReadFile(chartDir + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var defaults map[string]any
	if err := yaml.UnmarshalStrict(text, &defaults); err != nil {
		t.Fatal(err)
	}
	var missing func(path string, n node, v any)
	missing = func(path string, n node, v any) {
		m, ok := v.(map[string]any)
		if !ok || path == ".config" || path == ".worker.config" || path == ".checks.config" {
			return
		}
		for key, below := range n.Properties {
			at := path + "." + key
			if value, ok := m[key]; ok {
				missing(at, parse(below), value)
			} else if at != ".global" {
				t.Errorf("values.yaml does not show %s", at)
			}
		}
	}
	missing("", chart, defaults)
}
