package floor

import (
	"path"
	"slices"
	"strings"
)

// door is a third-party module and the one package of ours that may import it, so that replacing it touches one package.
type door struct {
	module string
	at     string // a package of the plan; "any" for extensions of the standard library; "tests" for what only tests import
	why    string
}

// compared are packages of others that bench measures beside ours in the same run; it may import them whatever their door.
var compared = []string{"golang.org/x/tools/cover", "github.com/zricethezav/gitleaks/v8/detect"}

// doors are all modules that go.mod requires directly.
var doors = []door{
	{"github.com/DataDog/datadog-agent/pkg/template", "template",
		"the standard library's templates without methods, for which the linker keeps every method of the program"},
	{"github.com/KimMachineGun/automemlimit", "processmemory", "the memory limit of the container, for the garbage collector"},
	{"github.com/alecthomas/kong", "cli", "commands as structs, with help that can be checked; later than v1.15.0 it looks methods up"},
	{"github.com/bluekeyes/go-gitdiff", "diff", "reads what git diff writes, renames and binary files included"},
	{"github.com/bradleyfalzon/ghinstallation/v2", "forge/github", "App and installation tokens, paired with go-github v66"},
	{"github.com/coreos/go-oidc/v3", "oidc", "checks the tokens by which jobs of GitHub Actions, and people, prove who they are"},
	{"github.com/go-enry/go-enry/v2", "tests", "linguist's lists, which the tables of language are held against"},
	{"github.com/golang-jwt/jwt/v4", "forge/github", "the App's own token, for calls that no installation may make"},
	{"github.com/google/go-github/v66", "forge/github", "GitHub's REST API and webhook payloads"},
	{"gitlab.com/gitlab-org/api/client-go/v2", "forge/gitlab", "GitLab's REST and GraphQL API, without its retries and limiter"},
	{"github.com/invopop/jsonschema", "document", "JSON Schemas from Go structs"},
	{"github.com/klauspost/compress", "ingest", "reads zstd, in which CI may send reports"},
	{"github.com/moby/moby/api", "sandbox/docker", "the words of the Docker API, which podman speaks too"},
	{"github.com/moby/moby/client", "sandbox/docker", "containers of Docker and podman"},
	{"github.com/open-policy-agent/opa", "policy", "the policy language and its evaluation"},
	{"github.com/prometheus/client_golang", "metrics", "metrics; other packages tell small observers"},
	{"github.com/riverqueue/river", "queue", "jobs in the database that also holds the record"},
	{"github.com/riverqueue/river/riverdriver", "queue", "the queue's drivers are modules of their own"},
	{"github.com/riverqueue/river/riverdriver/riverdatabasesql", "queue", "the queue on database/sql"},
	{"github.com/riverqueue/river/riverdriver/riversqlite", "queue", "the queue on SQLite"},
	{"github.com/riverqueue/river/rivertype", "queue", "the queue's own words"},
	{"github.com/santhosh-tekuri/jsonschema/v6", "document", "checks documents against JSON Schema 2020-12"},
	{"github.com/sashabaranov/go-openai", "openai", "chat completions of OpenAI and of all who speak like it"},
	{"github.com/vektah/gqlparser/v2", "fake/graph", "reads GraphQL texts for the fake forges"},
	{"go.yaml.in/yaml/v4", "document", "YAML with the place of every value"},
	{"github.com/BobuSumisu/aho-corasick", "secrets", "finds the keywords of all rules in one pass"},
	{"github.com/rhysd/actionlint", "analysis/workflows/audit",
		"reads GitHub's workflows and expressions, and says what GitHub would refuse"},
	{"modernc.org/sqlite", "store/sqldb", "SQLite without cgo"},
	{"github.com/jackc/pgx/v5", "store/sqldb", "PostgreSQL; the queue only hands its pool to River"},
	{"go.opentelemetry.io/otel", "otlp", "traces that collectors of every maker take"},
	{"go.opentelemetry.io/otel/sdk", "otlp", "samples, batches and bounds spans"},
	{"go.opentelemetry.io/otel/trace", "otlp", "the words of spans"},
	{"golang.org/x/mod", "gomod", "the grammar of go.mod"},
	{"golang.org/x/oauth2", "identity", "OAuth 2.0's authorization code with PKCE, by which people sign in"},
	{"deps.dev/util/semver", "analysis/dependencies", "compares versions by the rules of each ecosystem"},
	{"github.com/github/go-spdx/v2", "licence", "licence expressions of SPDX"},
	{"golang.org/x/sync", "any", "errgroup and singleflight, extensions of the standard library"},
	{"golang.org/x/sys", "any", "system calls, extensions of the standard library"},
	{"golang.org/x/text", "any", "Unicode tables, extensions of the standard library"},
	{"golang.org/x/tools", "any", "txtar archives: fixtures and evals are whole pull requests in one file"},

	{"gitlab.com/gitlab-org/api/client-go/v2", "tests", "holds the fake GitLab to the structs and test data of GitLab's own client"},
	{"github.com/getkin/kin-openapi", "tests", "holds the fake GitHub to GitHub's own OpenAPI document"},
	{"github.com/zricethezav/gitleaks/v8", "tests",
		"the rules that the table of secrets is written from, and the matcher that ours is held to"},
	{"github.com/pelletier/go-toml/v2", "analysis/dependencies/manifest", "manifests and lock files in TOML"},
	{"github.com/google/go-cmp", "tests", "differences that can be read"},
	{"github.com/rogpeppe/go-internal", "tests", "script tests of the built binary"},
}

// lineOf finds a package in a plan.
func lineOf(plan []line, path string) (line, bool) {
	for _, l := range plan {
		if l.path == path {
			return l, true
		}
	}
	return line{}, false
}

// names reports whether a permission is about a line.
func names(may string, l line) bool {
	return may == l.path || may == "floor:"+string(l.floor) || may == path.Dir(l.path)+"/*"
}

// allows reports whether the plan lets from import to.
func allows(plan []line, from, to line) bool {
	if rest, ok := strings.CutPrefix(to.path, from.path+"/"); ok && from.floor == analysis {
		return !strings.Contains(rest, "/")
	}
	if to.floor == analysis && strings.Count(to.path, "/") > 1 {
		return false // a part of one analysis is nobody else's business
	}
	if slices.Contains(everywhere, to.path) {
		return true
	}
	for _, may := range strings.Fields(from.may) {
		if names(may, to) {
			return true
		}
	}
	// The fake GitHub is one thing in several folders.
	return from.path == "fake/github" && strings.HasPrefix(to.path, "fake/github/") && to.floor == fake && to.path != "fake/github/seed"
}
