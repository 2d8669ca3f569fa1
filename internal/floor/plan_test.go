package floor

import (
	"path"
	"slices"
	"strings"
)

// floorName is one storey of the house. Code imports downwards only.
type floorName string

const (
	words     floorName = "words"     // values and their parsers: no I/O, no clock
	rules     floorName = "rules"     // the embedded Rego: data that app alone hands to the engine
	analysis  floorName = "analysis"  // one folder for each rule family: pure
	judgement floorName = "judgement" // facts, decisions, how they read: pure
	left      floorName = "left"      // adapters: forge, database, queue, git
	right     floorName = "right"     // the pipeline, with the interfaces it needs
	roof      floorName = "roof"      // wiring and the command line
	fake      floorName = "fake"      // stand-ins for a forge and a model: the product may not import them
	tool      floorName = "tool"      // programs beside lintel, for developers
	tests     floorName = "tests"     // packages that only tests import
)

// pure reports whether the floor's packages may know no file, network, database, chance or clock.
func (f floorName) pure() bool { return f == words || f == analysis || f == judgement }

// line is a package of ours and what it may import of ours.
type line struct {
	path  string // below internal/, or from the root for cmd/ and policies
	floor floorName
	// may names packages, whole floors by "floor:words", or every room of a folder by "command/*". A child folder
	// ("analysis/size/x" of "analysis/size") needs no mention by its parent.
	may string
}

// plan is the floor plan. A package without a line fails the test, and so does a line without a package.
var plan = []line{
	// Words import nothing of ours but each other, downwards.
	{"text", words, ""},
	{"lazyregexp", words, ""},
	{"diff", words, ""},
	{"finding", words, ""},
	{"language/generator", words, ""},
	{"language/testfile", words, ""},
	{"language/lexer", words, ""},
	{"language/function", words, "language/lexer"},
	{"controls", words, ""},
	{"language", words, "controls language/generator language/testfile"},
	{"document", words, ""},
	{"markdown", words, ""},
	{"report", words, ""},
	{"report/formattest", tests, "report"},
	{"report/registry", words, "report"},
	{"xmlscan", words, ""},
	{"jsonscan", words, ""},
	{"jsonscan/outline", words, ""},
	{"llm", words, ""},
	{"secrets", words, ""},
	{"redact", words, "secrets"},
	{"ci", words, ""},
	{"risk", words, "controls language text"},
	{"churn", words, ""},
	{"flow", words, ""},
	{"flow/business", words, ""},
	{"flow/definition", words, ""},
	{"flow/figure", words, ""},
	{"flow/dora", words, "flow/figure"},
	{"change/refusal", words, ""},
	{"osv", words, "text"},
	{"chat", words, "document"},
	{"change", words, "chat churn controls diff flow flow/dora osv report change/refusal"},
	{"override", words, "finding"},
	{"outcome", words, "change diff finding text"},
	{"scorecard", words, "outcome"},
	{"objective", words, ""},
	{"advice", words, "llm"},
	{"advice/consult", words, "change"},
	{"family", words, "advice"},
	{"checkrun", words, "change report"},
	{"upload", words, "change diff report"},
	{"gomod", words, ""},
	{"locate", words, "change gomod report"},
	{"delivery", words, "change chat churn flow flow/dora upload"},
	{"gateswitch", words, "change"},
	{"traits", words, "change"},
	{"drift", words, "change"},
	{"past", words, "change flow"},
	{"effect", words, "change"},
	{"history", words, "change"},
	{"verdict", words, "change"},
	{"thread", words, "change effect"},
	{"plan", words, "change checkrun effect flow gateswitch history outcome thread verdict"},
	{"job", words, "advice/consult delivery"},
	{"budget", words, "change llm"},
	{"licence", words, ""},
	{"rollout", words, "finding text"},
	{"catalogue", words, ""},
	{"settings", words, "catalogue licence change controls document finding family secrets rollout"},
	{"translate", words, "document settings"},
	{"fleet", words, "change"},
	{"usage", words, ""},
	{"build", words, ""},
	{"audit", words, ""},
	{"access", words, ""},
	{"sandbox", words, ""},
	{"checkplan", words, "catalogue diff finding language settings"},
	{"organisation", words, "audit change settings"},
	{"flow/filter", words, ""},
	{"sandbox/wrapper", words, "sandbox"},

	{"policies", rules, ""},

	// Analyses never import each other; what two of them need is a word.
	{"analysis/commits", analysis, "floor:words"},
	{"analysis/coverage", analysis, "floor:words"},
	{"analysis/coverage/formats", analysis, "floor:words"},
	{"analysis/coverage/formats/clover", analysis, "floor:words"},
	{"analysis/coverage/formats/cobertura", analysis, "floor:words"},
	{"analysis/coverage/formats/coveragepy", analysis, "floor:words"},
	{"analysis/coverage/formats/coveralls", analysis, "floor:words"},
	{"analysis/coverage/formats/gcov", analysis, "floor:words"},
	{"analysis/coverage/formats/gcovr", analysis, "floor:words"},
	{"analysis/coverage/formats/llvmcov", analysis, "floor:words"},
	{"analysis/coverage/formats/opencover", analysis, "floor:words"},
	{"analysis/coverage/formats/sonar", analysis, "floor:words"},
	{"analysis/coverage/formats/xccov", analysis, "floor:words"},
	{"analysis/coverage/formats/detect", analysis, "floor:words"},
	{"analysis/coverage/formats/goprofile", analysis, "floor:words"},
	{"analysis/coverage/formats/istanbul", analysis, "floor:words"},
	{"analysis/coverage/formats/jacoco", analysis, "floor:words"},
	{"analysis/coverage/formats/lcov", analysis, "floor:words"},
	{"analysis/coverage/formats/simplecov", analysis, "floor:words"},
	{"analysis/coverage/measure", analysis, "floor:words"},
	{"analysis/dependencies", analysis, "floor:words"},
	{"analysis/dependencies/manifest", analysis, "floor:words"},
	{"analysis/lint", analysis, "floor:words"},
	{"analysis/lint/formats", analysis, "floor:words"},
	{"analysis/lint/formats/bandit", analysis, "floor:words"},
	{"analysis/lint/formats/biome", analysis, "floor:words"},
	{"analysis/lint/formats/cargo", analysis, "floor:words"},
	{"analysis/lint/formats/checkstyle", analysis, "floor:words"},
	{"analysis/lint/formats/cppcheck", analysis, "floor:words"},
	{"analysis/lint/formats/deno", analysis, "floor:words"},
	{"analysis/lint/formats/detect", analysis, "floor:words"},
	{"analysis/lint/formats/diff", analysis, "floor:words"},
	{"analysis/lint/formats/eslint", analysis, "floor:words"},
	{"analysis/lint/formats/github", analysis, "floor:words"},
	{"analysis/lint/formats/gitlab", analysis, "floor:words"},
	{"analysis/lint/formats/golangci", analysis, "floor:words"},
	{"analysis/lint/formats/gosec", analysis, "floor:words"},
	{"analysis/lint/formats/pmd", analysis, "floor:words"},
	{"analysis/lint/formats/prettier", analysis, "floor:words"},
	{"analysis/lint/formats/pylint", analysis, "floor:words"},
	{"analysis/lint/formats/pyright", analysis, "floor:words"},
	{"analysis/lint/formats/rdjson", analysis, "floor:words"},
	{"analysis/lint/formats/rubocop", analysis, "floor:words"},
	{"analysis/lint/formats/ruff", analysis, "floor:words"},
	{"analysis/lint/formats/sarif", analysis, "floor:words"},
	{"analysis/lint/formats/shellcheck", analysis, "floor:words"},
	{"analysis/lint/formats/spotbugs", analysis, "floor:words"},
	{"analysis/lint/formats/stylelint", analysis, "floor:words"},
	{"analysis/lint/formats/terraform", analysis, "floor:words"},
	{"analysis/lint/formats/text", analysis, "floor:words"},
	{"analysis/lint/formats/tflint", analysis, "floor:words"},
	{"analysis/ownership", analysis, "floor:words"},
	{"analysis/ownership/codeowners", analysis, "floor:words"},
	{"analysis/ownership/sections", analysis, "floor:words"},
	{"analysis/ownership/setcover", analysis, ""},
	{"analysis/secrets", analysis, "floor:words"},
	{"analysis/size", analysis, "floor:words"},
	{"analysis/smells", analysis, "floor:words"},
	{"analysis/smells/detect", analysis, "floor:words"},
	{"analysis/tests", analysis, "floor:words"},
	{"analysis/tests/mark", analysis, "floor:words"},
	{"analysis/workflows", analysis, "floor:words"},
	{"analysis/workflows/audit", analysis, "lazyregexp text"},

	{"parallel", judgement, ""},
	{"facts", judgement, "floor:words floor:analysis"},
	{"policy", judgement, "floor:words facts"},
	{"render/plain", judgement, "markdown"},
	{"render/contract", judgement, "document finding render/plain"},
	{"render/console", judgement, "advice text render/contract render/plain"},
	{"render/data", judgement, "controls render/contract render/plain"},
	{"render/comment", judgement, "floor:words facts policy render/contract render/plain"},
	{"render/chart", judgement, ""},
	{"render", judgement, "render/comment render/console render/contract render/data"},
	{"publish", judgement, "floor:words facts policy render/comment"},
	{"builtin", judgement, "change diff policy policies"},
	// Advice knows no effect and no decision: what it makes cannot act.
	{"survey", judgement, "floor:words analysis/commits"},
	{"aftermath", judgement, "churn diff language"},
	{"evidence", judgement, "aftermath change finding rollout verdict"},
	{"backtest", judgement, "document finding markdown policy risk settings"},
	{"advise", judgement, "advise/excerpt advise/gates advise/lifecycle advise/question advice diff finding llm family risk"},
	{"advise/excerpt", judgement, "advice diff language markdown risk"},
	{"advise/gates", judgement, "advise/excerpt advise/lifecycle advice document finding markdown family"},
	{"advise/lifecycle", judgement, "advise/excerpt advice language"},
	{"advise/prepare", judgement, "advise advise/excerpt advice change diff finding report settings family"},
	{"advise/question", judgement, "advise/excerpt advise/gates advice llm"},

	{"formats", judgement, "floor:words analysis/coverage analysis/lint"},
	{"toolcall", judgement, "floor:words formats"},

	{"eval", judgement, "floor:words advise advise/lifecycle advise/prepare eval/cases"},
	{"eval/cases", judgement, "change diff document report text"},
	{"eval/oracle", judgement, "advice advise advise/excerpt advise/gates advise/prepare eval/cases lazyregexp llm settings"},

	// Adapters import words. git is the ground that the two adapters on real repositories share.
	{"git", left, "floor:words"},
	{"forge", left, "floor:words"},
	{"forge/github", left, "floor:words"},
	{"forge/gitlab/hook", left, "floor:words"},
	{"forge/gitlab", left, "floor:words"},
	{"forge/local", left, "floor:words git"},
	{"forge/forgetest", tests, "floor:words"},
	// Each room of the record alone writes its tables. A transaction that spans rooms goes downwards in this list.
	{"store", left, "store/changes store/checkruns store/deliveries store/verdicts store/effects store/reports store/tokens " +
		"store/consults store/spending store/audit store/control store/organisations store/outcomes store/responses store/sqldb " +
		"store/trends store/flow store/fleet store/pasts store/landings processlock store/sessions store/transfer"},
	{"store/sqldb", left, ""},
	{"store/transfer", left, "store/sqldb"},
	{"store/control", left, "floor:words store/sqldb store/audit store/changes store/outcomes"},
	{"store/audit", left, "floor:words store/sqldb"},
	{"store/changes", left, "floor:words store/sqldb"},
	{"store/outcomes", left, "floor:words store/sqldb store/audit"},
	{"store/responses", left, "floor:words store/sqldb"},
	{"store/trends", left, "floor:words store/sqldb"},
	{"store/fleet", left, "floor:words store/sqldb"},
	{"store/flow", left, "floor:words store/audit store/sqldb"},
	{"store/pasts", left, "floor:words store/sqldb"},
	{"store/landings", left, "floor:words store/sqldb"},
	{"store/effects", left, "floor:words store/sqldb store/audit store/changes store/outcomes"},
	{"store/deliveries", left, "floor:words store/sqldb store/audit store/changes store/control store/effects " +
		"store/outcomes store/responses store/flow store/landings"},
	{"store/verdicts", left, "floor:words store/sqldb store/changes store/checkruns store/control store/effects store/flow store/outcomes"},
	{"store/reports", left, "floor:words store/sqldb store/changes store/deliveries"},
	{"store/tokens", left, "floor:words store/sqldb store/audit"},
	{"store/sessions", left, "access audit change store/audit store/sqldb"},
	{"store/checkruns", left, "floor:words store/sqldb store/changes"},
	{"store/consults", left, "floor:words store/sqldb store/changes store/verdicts"},
	{"store/spending", left, "floor:words store/sqldb"},
	{"store/organisations", left, "floor:words store/audit store/sqldb"},
	{"store/storetest", tests, "floor:words store store/spending"},
	{"store/postgrestest", tests, "store/sqldb"},
	{"processlock", left, ""},
	{"tree", left, "checkrun git lazyregexp processlock"},
	{"processmemory", left, ""},
	{"osvfile", left, "osv"},
	{"queue", left, "floor:words store/sqldb"},
	{"oidc", left, "floor:words"},
	{"identity", left, "access oidc"},
	{"openai", left, "floor:words"},
	{"uploader", left, "ci"},
	{"sandbox/seccomp", left, ""},
	{"sandbox/bwrap", left, "sandbox sandbox/seccomp sandbox/wrapper"},
	{"sandbox/installed", left, "sandbox"},
	{"sandbox/docker", left, "sandbox sandbox/wrapper"},
	{"sandbox/sandboxtest", tests, "sandbox"},

	// The pipeline imports no adapter: it states what it needs as interfaces.
	{"intake", right, "floor:words"},
	{"turns", right, ""},
	{"lookjobs", right, "floor:words turns"},
	{"tooljobs", right, "floor:words toolcall turns"},
	{"backfill", right, "floor:words"},
	{"control", right, "floor:words policy render/comment"},
	{"review", right, "floor:words facts policy publish render/comment"},
	{"ingest", right, "floor:words"},
	{"deployments", right, "floor:words"},
	{"awaited", right, "floor:words"},
	{"outbox", right, "floor:words"},
	{"secretscan", right, "advise redact"},
	{"recovery", right, "floor:words"},
	{"learned", right, "floor:words advise/lifecycle"},
	{"organisationjobs", right, "floor:words"},
	{"organisationpreview", right, "floor:words facts policy"},
	{"advicejobs", right, "floor:words advise advise/prepare"},

	{"spend", right, "floor:words"},

	{"cijob", roof, "ci terminal usage"},
	{"terminal", roof, "usage"},
	{"model", roof, "floor:words advise config openai spend"},
	{"web", roof, "floor:words floor:judgement"},
	{"web/board", roof, "floor:words render/chart"},
	{"web/fleet", roof, "change fleet text"},
	{"web/inbound", roof, "change intake upload"},
	{"web/signin", roof, "access change config identity oidc web"},
	{"config", roof, "floor:words"},
	{"metrics", roof, "advice advice/consult change effect flow/definition flow/figure lookjobs objective outcome policy report " +
		"scorecard upload"},
	{"server", roof, "floor:words analysis/ownership floor:judgement floor:left floor:right build builtin checkhost config metrics " +
		"settingsfile web web/board web/fleet web/inbound web/signin worker"},
	{"checkhost", roof, "catalogue config sandbox sandbox/bwrap sandbox/docker sandbox/installed tooljobs"},
	{"worker", roof, "advice/consult advicejobs advise budget config job metrics model queue secretscan settings store web"},
	{"githubaccess", roof, "usage"},
	{"settingsfile", roof, "builtin change document settings terminal text usage"},
	{"familyflag", roof, "builtin document policy usage"},
	{"merged", roof, "effect finding forge/local git policy risk settings survey usage"},
	{"operator", roof, "change config queue store usage"},
	// A command is a room with its flags, its help and its work. One command never imports another,
	// but for the demo, which plays what a CI job runs.
	{"command/version", roof, "build facts policies policy render/contract terminal"},
	{"command/report", roof, "change ci cijob git terminal text upload uploader usage"},
	{"command/serve", roof, "config server terminal"},
	{"command/worker", roof, "config terminal worker"},
	{"command/setup", roof, "forge/github terminal usage"},
	{"command/settings", roof, "builtin change document settings settingsfile terminal usage"},
	{"command/policies", roof, "builtin policy terminal usage"},
	{"command/explain", roof, "builtin document policy settings terminal usage"},
	{"command/completion", roof, "terminal"},
	{"command/doctor", roof, "command/doctor/database command/doctor/githubapp command/doctor/languagemodel"},
	{"command/doctor/diagnosis", roof, "terminal"},
	{"command/doctor/githubapp", roof, "change command/doctor/diagnosis config forge/github publish terminal"},
	{"command/doctor/languagemodel", roof, "command/doctor/diagnosis command/doctor/weigh config llm model openai settings terminal"},
	{"command/doctor/weigh", roof, "advise advise/prepare builtin forge/local llm redact review settings"},
	{"command/gate", roof, "change config gateswitch operator store terminal text usage"},
	{"command/audit", roof, "audit config operator store terminal usage"},
	{"command/rules", roof, "builtin change config document evidence operator scorecard store terminal text usage"},
	{"clone", roof, "diff flow flow/dora git survey"},
	{"command/backfill", roof, "backfill change churn clone config delivery flow flow/dora forge/github git job operator past " +
		"store terminal usage"},
	{"command/doctor/database", roof, "config operator store terminal usage"},
	{"command/database", roof, "store terminal usage"},
	{"command/migrate", roof, "config operator store terminal usage"},
	{"command/healthcheck", roof, "config terminal usage"},
	{"command/backup", roof, "config operator store terminal"},
	{"command/organisation", roof, "audit change config operator organisation store terminal usage"},
	{"command/osv", roof, "osv osvfile terminal usage"},
	{"command/flow", roof, "change config operator terminal usage"},
	{"command/recheck", roof, "change config delivery forge/github operator terminal usage"},
	{"command/release", roof, "change delivery thread operator terminal text"},
	{"command/suppressions", roof, "advice advise/lifecycle change config thread learned operator store terminal"},
	{"command/token", roof, "change config ingest operator store terminal upload"},
	{"command/eval", roof, "advise command/eval/answers command/eval/dataset config eval eval/cases eval/oracle redact terminal usage"},
	{"command/eval/answers", roof, "advise config eval/cases fake/model model openai spend usage"},
	{"command/eval/dataset", roof, "diff eval/cases git terminal"},
	{"command/owners", roof, "analysis/ownership forge/local git terminal usage"},
	{"command/check", roof, "builtin change command/check/ask command/check/outcome command/check/output command/check/reportfile " +
		"command/check/source command/check/toolrun effect facts familyflag policy render/data settings terminal text"},
	{"command/check/ask", roof, "advice advise advise/prepare budget change config forge/local model policy redact render/console risk " +
		"settings spend terminal"},
	{"command/check/outcome", roof, "change diff effect finding forge/local policy render/contract render/data render/comment"},
	{"command/check/output", roof, "build change effect render render/contract render/data terminal usage"},
	{"command/check/pullrequest", roof, "analysis/ownership change cijob forge/github forge/local githubaccess policy " +
		"review terminal usage"},
	{"command/check/reportfile", roof, "formats report terminal usage"},
	{"command/check/toolrun", roof, "catalogue change checkplan git processlock redact report sandbox sandbox/bwrap sandbox/docker " +
		"sandbox/installed settings " +
		"toolcall usage"},
	{"command/check/source", roof, "builtin change ci cijob command/check/pullrequest command/check/reportfile facts finding forge/local " +
		"osvfile policy settings settingsfile terminal usage"},
	{"command/importing", roof, "settings terminal text translate usage"},
	{"command/initialise", roof, "builtin change facts forge/github githubaccess merged policy settings settingsfile " +
		"survey terminal usage"},
	{"command/backtest", roof, "aftermath backtest build builtin diff facts familyflag git merged policy settings settingsfile " +
		"survey terminal usage"},
	{"command/replay", roof, "builtin facts finding merged settings settingsfile terminal"},
	{"command/demo/history", roof, "change delivery flow flow/dora operator"},
	{"command/demo", roof, "command/demo/history command/report server config evidence terminal fake/github fake/model publish"},
	{"cli", roof, "build render settings terminal command/*"},
	{"cmd/lintel", roof, "cli"},

	// The fakes stand in a wing of their own; the law "the product imports no fake" names the one exception.
	{"fake/door", fake, ""},
	{"fake/githost", fake, "git"},
	{"fake/graph", fake, ""},
	{"fake/hooklog", fake, ""},
	{"fake/issuer", fake, ""},
	{"fake/traffic", fake, ""},
	{"fake/github", fake, "fake/door fake/githost fake/graph fake/hooklog fake/issuer fake/traffic"},
	{"fake/github/page", fake, ""},
	{"fake/github/seed", fake, "document fake/github"},
	{"fake/github/oracle", tests, "fake/graph"},
	{"fake/github/shop", tests, "fake/github fake/testkey"},
	{"fake/gitlab", fake, "fake/door fake/githost fake/graph fake/hooklog fake/issuer fake/traffic"},
	{"fake/model", fake, ""},
	{"fake/testkey", tests, ""},

	{"cmd/fakelab", tool, "fake/gitlab"},
	{"cmd/fakehub", tool, "fake/github fake/github/seed"},
	{"cmd/bench", tool, "floor:words floor:analysis floor:judgement floor:fake lookjobs organisationpreview config " +
		"policies queue sandbox/bwrap sandbox/docker server store store/sqldb web/board"},
	{"cmd/smoke", tool, ""},
	{"pages", tests, ""},
	{"floor", tests, ""},
	{"floor/recipes", tests, ""},
}

// everywhere are the packages that any other may import, as it may the standard library.
var everywhere = []string{"text", "lazyregexp", "parallel"}

// wiring are the packages whose work is to know many others.
var wiring = []string{"server", "store/storetest", "facts", "cli", "cmd/bench",
	"analysis/lint/formats", "analysis/coverage/formats"}

// unplanned are packages that are not part of the house; there are none.
var unplanned = []string{}

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
	{"github.com/KimMachineGun/automemlimit", "processmemory", "the memory limit of the container, for the garbage collector"},
	{"github.com/alecthomas/kong", "cli", "commands as structs, with help that can be checked"},
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
