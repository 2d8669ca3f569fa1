package charts

import (
	"strings"
	"testing"
)

// TestRefused: bad values are refused before anything reaches a cluster, with the place and what to do.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ over, want string }{
		"unknown value":        {"replicas: 3", "additional properties 'replicas' not allowed"},
		"servers on SQLite":    {"server: { replicas: 3 }", "more than one server needs PostgreSQL"},
		"roles on SQLite":      {"roles: { enabled: true }", "roles need PostgreSQL"},
		"roles in config":      {"config: { roles: [web] }", "at '/config': additional properties 'roles' not allowed"},
		"a role without a pod": {"roles: { enabled: true, sweeps: { replicas: 0 } }\n" + postgres, "at '/roles/sweeps/replicas'"},
		"unknown role":         {"roles: { enabled: true, gates: { replicas: 2 } }\n" + postgres, "additional properties 'gates' not allowed"},
		"a node held for many": {"server: { replicas: 2, holdNode: true }\n" + postgres, "server.holdNode: it is for one server"},
		"scaling of no role":   {"roles: { gate: { autoscaling: { enabled: true } } }\n" + postgres, "set roles.enabled: true"},
		"scaling backwards": {"roles: { enabled: true, gate: { autoscaling: { enabled: true, minReplicas: 9 } } }\n" + postgres,
			"minReplicas is above maxReplicas"},
		"scaling too late": {"roles: { enabled: true, gate: { autoscaling: { enabled: true, queueAgeSeconds: 300 } } }\n" + postgres,
			"at '/roles/gate/autoscaling/queueAgeSeconds'"},
		"checks on SQLite":         {"checks: { replicas: 1 }", "checks.replicas: workers need PostgreSQL"},
		"checks without an engine": {"checks: { replicas: 1 }\n" + postgres, "no sandbox runs in a restricted pod"},
		"checks on all nodes":      {"checks: { replicas: 1, engineSocket: /run/docker.sock }\n" + postgres, "nodes that run nothing else"},
		"checks by bwrap in a pod": {"checks: { replicas: 1, engineSocket: /run/docker.sock, nodeSelector: { a: b } }\n" +
			"config: { checks: { backend: bwrap } }\n" + postgres, "in a pod only kubernetes works"},
		"checks beside Lintel": {"checks: { replicas: 1, jobs: { namespace: review } }\nconfig: { checks: { backend: kubernetes } }\n" + postgres,
			"need a namespace of their own"},
		"the forge's key at checks": {"checks: { config: { github: {} } }", "at '/checks/config': additional properties 'github' not allowed"},
		"negative":                  {"worker: { replicas: -1 }", "at '/worker/replicas': minimum: got -1, want 0"},
		"text for a number":         {"worker: { replicas: two }", "at '/worker/replicas': got string, want integer"},
		"no address":                {"config: { public_url: lintel.example.com }", "at '/config/public_url'"},
		"app id as text":            {"config: { github: { app_id: '12' } }", "at '/config/github/app_id': got string, want integer"},
		"misspelled key":            {"config: { gaet: warn }", "at '/config': additional properties 'gaet' not allowed"},
		"a key the chart writes":    {"config: { listen: ':80' }", "at '/config': additional properties 'listen' not allowed"},
		"database in config":        {"config: { database: 'sqlite:///x' }", "at '/config': additional properties 'database' not allowed"},
		"tag as digest":             {"image: { digest: v0.1.0 }", "at '/image/digest'"},
		"size":                      {"persistence: { size: plenty }", "at '/persistence/size'"},
		"network file system":       {"persistence: { accessMode: ReadWriteMany }", "at '/persistence/accessMode': value must be one of"},
		"private key in config": {"config: { github: { private_key: x } }",
			"at '/config/github': additional properties 'private_key' not allowed"},
		"secret given inline": {"secrets: { server: { private-key.pem: x } }", "at '/secrets/server': got object, want string"},
		"key as a name": {"secrets: { server: '-----BEGIN RSA PRIVATE KEY-----' }",
			"secrets.server takes the name of a Secret"},
		"other secrets":           {"secrets: { privateKey: x }", "at '/secrets': additional properties 'privateKey' not allowed"},
		"password in the address": {"database: { url: 'postgres://lintel:hunter2@db/lintel' }", "database.url holds a password"},
		"password as a parameter": {"database: { url: 'postgres://lintel@db/lintel?sslmode=disable&password=hunter2' }",
			"database.url holds a password"},
		"password first":            {"database: { url: 'postgres://db/lintel?password=hunter2' }", "database.url holds a password"},
		"another engine":            {"database: { url: 'mysql://lintel@db/lintel' }", "at '/database/url'"},
		"SQLite outside the volume": {"database: { url: 'sqlite:///tmp/lintel.db' }", "at '/database/url'"},
		"token in the environment": {"server: { env: [{ name: GITHUB_TOKEN, value: x }] }",
			"at '/server/env/0': missing property 'valueFrom'"},
		"the forge's key at worker": {"worker: { config: { github: {} } }",
			"at '/worker/config': additional properties 'github' not allowed"},

		"no secret":             {"secrets: { server: '' }", "secrets.server is needed: the name of a Secret"},
		"workers on SQLite":     {"worker: { replicas: 1, config: { model: { endpoint: 'http://m' } } }", "workers need PostgreSQL"},
		"a worker without work": {"worker: { replicas: 1 }\n" + postgres, "worker.config.model.endpoint is needed"},
		"open to all":           {"admin: { service: true }", "admin.service: nobody signs in at port 8081"},
		"workers open to all": {"worker: { replicas: 1, metrics: true, config: { model: { endpoint: 'http://m' } } }\n" + postgres,
			"worker.metrics: nobody signs in there"},
		"workers scaled backwards": {"worker: { autoscaling: { enabled: true, minReplicas: 9 }, config: { model: { endpoint: 'http://m' } } }\n" +
			postgres, "worker.autoscaling: minReplicas is above maxReplicas"},
		"checks scaled backwards": {"checks: { autoscaling: { enabled: true, minReplicas: 9 } }\n" + postgres,
			"checks.autoscaling: minReplicas is above maxReplicas"},
		"checks scaled on SQLite":  {"checks: { autoscaling: { enabled: true } }", "workers need PostgreSQL"},
		"scaling by another queue": {"worker: { autoscaling: { matchLabels: { queue: look } } }", "at '/worker/autoscaling/matchLabels/queue'"},
		"scaling at once":          {"checks: { autoscaling: { queueAgeSeconds: 0 } }", "at '/checks/autoscaling/queueAgeSeconds'"},
		"unreachable metrics":      {"serviceMonitor: { enabled: true }", "Prometheus cannot reach loopback"},
		"Ingress for nothing":      {"ingress: { enabled: true }", "ingress.host is needed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := render(t, values(t, scene(t, "small"), x.over))
			if err == nil {
				t.Fatal("nothing was refused")
			}
			if !strings.Contains(err.Error(), x.want) {
				t.Errorf("it says %q, want %q", err, x.want)
			}
			for _, secret := range []string{"BEGIN RSA", "hunter2"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the secret is repeated: %v", err)
				}
			}
		})
	}
}

const postgres = "database: { url: 'postgres://lintel@db/lintel' }"

// TestNeeded: without values, Helm says which ones are needed.
func TestNeeded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "config.public_url and config.github.app_id are needed",
		"config: { public_url: 'https://x.example', github: { app_id: 1 } }": "secrets.server is needed: the name of a Secret",
	} {
		if _, err := render(t, values(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: it says %v, want %q", text, err, want)
		}
	}
}

// TestAddresses are those of databases that are fine.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://db/lintel", "postgresql://lintel@[2001:db8::1]:5433/lintel?sslmode=verify-full",
		"postgres://a@h1:1,h2:2/x?passfile=/etc/lintel/secrets/pgpass&pool_max_conns=4&statement_timeout=5s",
		"sqlite:///var/lib/lintel/other.db"} {
		if _, err := render(t, values(t, scene(t, "small"), "database: { url: '"+url+"' }")); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
