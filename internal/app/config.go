package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
)

// maxConfig bounds the server's file.
const maxConfig = 64 << 10

// Config is the server's own file. The JSON names are its keys; docs/server.md is made from them.
type Config struct {
	Listen      string        `json:"listen"`
	AdminListen string        `json:"admin_listen"`
	PublicURL   string        `json:"public_url"`
	Database    string        `json:"database"`
	GitHub      GitHubConfig  `json:"github"`
	Gate        string        `json:"gate" jsonschema:"enum=enforce,enum=warn"`
	Log         LogConfig     `json:"log"`
	Workers     WorkerConfig  `json:"workers"`
	Retention   Retention     `json:"retention"`
	Reports     ReportsConfig `json:"reports"`
	Model       ModelConfig   `json:"model"`
	Advice      AdviceConfig  `json:"advice"`
}

// GitHubConfig is the App on GitHub.
type GitHubConfig struct {
	AppID                     int64    `json:"app_id" jsonschema:"minimum=1"`
	PrivateKeyFile            string   `json:"private_key_file"`
	WebhookSecretFile         string   `json:"webhook_secret_file"`
	PreviousWebhookSecretFile string   `json:"previous_webhook_secret_file"`
	APIURL                    string   `json:"api_url"`
	WebURL                    string   `json:"web_url"`
	GraphQL                   bool     `json:"graphql"`
	TrustedBranches           []string `json:"trusted_branches"`
}

// LogConfig is how the log is written.
type LogConfig struct {
	Format string `json:"format" jsonschema:"enum=json,enum=text"`
	Level  string `json:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error"`
}

// WorkerConfig bounds the work that runs at once.
type WorkerConfig struct {
	Total           int    `json:"total" jsonschema:"minimum=1,maximum=500"`
	PerInstallation int    `json:"per_installation" jsonschema:"minimum=1,maximum=100"`
	Gather          string `json:"gather"`
	DrainTimeout    string `json:"drain_timeout"`
}

// Retention is how long records are kept, as durations in days.
type Retention struct {
	DeliveryDays int `json:"delivery_days" jsonschema:"minimum=4"`
	HistoryDays  int `json:"history_days" jsonschema:"minimum=0"`
	VerdictDays  int `json:"verdict_days" jsonschema:"minimum=0"`
	EvidenceDays int `json:"evidence_days" jsonschema:"minimum=0"`
	// ReportDays is for parsed reports, RawReportDays for those as they came, UnseenReportDays for those of commits that no pull request has.
	ReportDays       int `json:"report_days" jsonschema:"minimum=0"`
	RawReportDays    int `json:"raw_report_days" jsonschema:"minimum=0"`
	UnseenReportDays int `json:"unseen_report_days" jsonschema:"minimum=0"`
	AdviceDays       int `json:"advice_days" jsonschema:"minimum=0"`
}

// DefaultConfig is what holds without a file.
func DefaultConfig() Config {
	return Config{
		Listen: "127.0.0.1:8080", AdminListen: "127.0.0.1:8081", Database: "sqlite://lintel.db", Gate: string(finding.Enforce),
		GitHub:    GitHubConfig{APIURL: "https://api.github.com", WebURL: "https://github.com", GraphQL: true, TrustedBranches: []string{}},
		Log:       LogConfig{Format: "json", Level: "info"},
		Workers:   WorkerConfig{Total: 32, PerInstallation: 16, Gather: "1s", DrainTimeout: "30s"},
		Retention: Retention{DeliveryDays: 14, HistoryDays: 400, VerdictDays: 400, EvidenceDays: 90, AdviceDays: 90, ReportDays: 180, RawReportDays: 7, UnseenReportDays: 7},
		Model:     defaultModel(),
		Reports:   defaultReports(),
		Advice:    defaultAdvice(),
	}
}

// configKeys describes every key of the file, by path.
var configKeys = joined(serverKeys, modelKeys, reportKeys, adviceKeys)

func joined(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

var serverKeys = map[string]string{
	"listen":                              "Address and port that GitHub's webhooks and readers of pages reach, behind your TLS proxy.",
	"admin_listen":                        "Address and port of pages and metrics for those who run Lintel. Keep it on loopback or a private network: it asks for no password. Empty switches it off.",
	"public_url":                          "The address under which listen is reached from outside, such as https://lintel.example.com. Without it checks carry no link to the page that explains them.",
	"database":                            "sqlite://PATH. A relative path is relative to the working folder; sqlite:///var/lib/lintel/lintel.db is absolute.",
	"github":                              "The GitHub App that Lintel acts as.",
	"github.app_id":                       "The App's id, a number, from its settings page.",
	"github.private_key_file":             "File with the App's private key (PEM), readable by Lintel alone.",
	"github.webhook_secret_file":          "File with the webhook secret, at least 16 characters; white space around it is dropped.",
	"github.previous_webhook_secret_file": "File with the secret that is being replaced. While it is set, deliveries signed with either are taken.",
	"github.api_url":                      "https://api.github.com, or https://HOST/api/v3 on Enterprise Server.",
	"github.web_url":                      "https://github.com, or https://HOST on Enterprise Server.",
	"github.graphql":                      "false reads by REST alone: more calls, for servers and test tools without GraphQL. Merge settings then show only to an App that may write contents, and what is not seen counts as unknown.",
	"github.trusted_branches":             "Base branches whose settings, CODEOWNERS and policies are believed although they are neither default nor protected.",
	"gate":                                "enforce, or warn on bad days: then nothing blocks, every check says so, and every start logs it.",
	"log":                                 "The log goes to standard error.",
	"log.format":                          "json or text.",
	"log.level":                           "The least level that is written.",
	"workers":                             "How much work runs at once.",
	"workers.total":                       "Pull requests that are looked at at once.",
	"workers.per_installation":            "The same for one installation (an organisation or account); GitHub refuses more than 100 requests at once of one.",
	"workers.gather":                      "Events that follow a look within this time are looked at together. A duration such as 1s.",
	"workers.drain_timeout":               "How long running looks may take to end after SIGTERM. A duration such as 30s.",
	"retention":                           "How long records are kept. 0 keeps them for ever. The newest verdict on a pull request always stays.",
	"retention.delivery_days":             "Ids of deliveries, which keep repeats from being taken twice. GitHub can send one again for 3 days.",
	"retention.history_days":              "Lines of history.",
	"retention.verdict_days":              "Verdicts and receipts.",
	"retention.advice_days":               "What a language model advised. The code that it was given is erased when it has answered, whatever this says.",
	"retention.evidence_days":             "Facts and decisions by which a verdict can be derived again.",
	"retention.report_days":               "Reports of coverage and linters as they were read. Those of open pull requests stay in any case.",
	"retention.raw_report_days":           "Reports as they came.",
	"retention.unseen_report_days":        "Reports by upload tokens and pull requests for commits that are the head of no pull request the server has heard of.",
}

// ConfigSchema is the JSON schema of the server's file.
func ConfigSchema() ([]byte, error) {
	return document.Reflect(DefaultConfig(), "https://github.com/lintel-review/lintel/blob/main/docs/server.schema.json", "Lintel server", configKeys)
}

// LoadConfig reads the server's file (none when path is empty), then LINTEL_* of the environment, then overrides by key path ("github.app_id" to text).
// All problems come in one *ConfigError: those of the file with line and column, the others with the name of the variable or flag.
func LoadConfig(path string, environ []string, overrides map[string]string) (Config, error) {
	return loadConfig(path, environ, overrides, Config.problems)
}

// LoadServeConfig is LoadConfig for a server that is to start, and says of an error that nothing did.
func LoadServeConfig(path string, environ []string, overrides map[string]string) (Config, error) {
	c, err := LoadConfig(path, environ, overrides)
	return c, unstarted(err)
}

// LoadDatabaseConfig is LoadConfig for commands that work on the server's database and talk to no forge: what concerns the App alone is not asked for.
func LoadDatabaseConfig(path string, environ []string, overrides map[string]string) (Config, error) {
	return loadConfig(path, environ, overrides, func(c Config) []string {
		return slices.DeleteFunc(c.problems(), func(p string) bool { return strings.HasPrefix(p, "github.") })
	})
}

// loadConfig is LoadConfig with what is asked of the values.
func loadConfig(path string, environ []string, overrides map[string]string, check func(Config) []string) (Config, error) {
	c := DefaultConfig()
	raw, err := ConfigSchema()
	if err != nil {
		return c, err
	}
	schema, err := document.Compile(raw)
	if err != nil {
		return c, fmt.Errorf("compile schema of the server's file: %w", err)
	}
	var problems []string
	if path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return c, terminal.Unreadable("--config", path, err)
		}
		found, err := document.Decode(path, data, schema, maxConfig, &c)
		if err != nil {
			return c, err
		}
		for _, p := range found {
			problems = append(problems, p.String())
		}
	}
	values := variables(environ, overrides)
	for _, v := range values {
		found, err := document.Decode(v.source, nested(v.key, v.value), schema, maxConfig, &c)
		if err != nil {
			return c, err
		}
		for _, p := range found {
			problems = append(problems, fmt.Sprintf("%s: %s", v.source, p.Message))
		}
	}
	if len(problems) == 0 {
		problems = check(c)
	}
	if len(problems) > 0 {
		return c, &ConfigError{Problems: problems, File: path, Given: path != "" || len(values) > 0}
	}
	return c, nil
}

type variable struct{ source, key, value string }

// variables lists the settings from the environment and from flags, in that order, each with the name a user knows it by.
func variables(environ []string, overrides map[string]string) []variable {
	leaves := map[string]string{}
	for key := range configKeys {
		if strings.Contains(key, "*") || configKeys[key+".*.name"] != "" {
			continue // lists of things with keys are for the file alone
		}
		leaves["LINTEL_"+strings.ToUpper(strings.NewReplacer(".", "_").Replace(key))] = key
	}
	var all []variable
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			continue // set to nothing is how a shell or a unit file takes a variable back
		}
		if key, ok := leaves[name]; ok {
			all = append(all, variable{"environment variable " + name, key, value})
		} else if strings.HasPrefix(name, "LINTEL_") {
			all = append(all, variable{"environment variable " + name, strings.ToLower(strings.TrimPrefix(name, "LINTEL_")), value})
		}
	}
	slices.SortFunc(all, func(a, b variable) int { return strings.Compare(a.source, b.source) })
	var flags []variable
	for key, value := range overrides {
		flags = append(flags, variable{"flag --" + strings.NewReplacer("_", "-", ".", "-").Replace(key), key, value})
	}
	slices.SortFunc(flags, func(a, b variable) int { return strings.Compare(a.source, b.source) })
	return append(all, flags...)
}

// switches are the keys that take true or false, lists those that take several texts.
var (
	switches = []string{"github.graphql", "model.local_only", "reports.keep_raw"}
	lists    = []string{"github.trusted_branches", "reports.issuers"}
)

// nested writes one value as a document, so that it is checked like one of the file. JSON is YAML; a number stays a number.
func nested(key, value string) []byte {
	var v any = value
	var number json.Number
	if json.Unmarshal([]byte(value), &number) == nil && !strings.ContainsAny(value, `"`) {
		v = number
	}
	switch {
	case slices.Contains(switches, key) && (value == "true" || value == "false"):
		v = value == "true"
	case slices.Contains(lists, key):
		v = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
	}
	steps := strings.Split(key, ".")
	for i := len(steps) - 1; i >= 0; i-- {
		v = map[string]any{steps[i]: v}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("app: text in maps can always be written as JSON: " + err.Error())
	}
	return b.Bytes()
}

// problems are what the schema cannot say.
func (c Config) problems() []string {
	var all []string
	add := func(key, format string, args ...any) { all = append(all, key+": "+fmt.Sprintf(format, args...)) }
	for key, addr := range map[string]string{"listen": c.Listen, "admin_listen": c.AdminListen} {
		if addr == "" && key == "admin_listen" {
			continue
		}
		if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
			add(key, "%q is not ADDRESS:PORT, such as 127.0.0.1:8080", addr)
		}
	}
	if c.AdminListen != "" && c.AdminListen == c.Listen {
		add("admin_listen", "it is the same as listen: pages and metrics would be public")
	}
	for key, address := range map[string]string{"public_url": c.PublicURL, "github.api_url": c.GitHub.APIURL, "github.web_url": c.GitHub.WebURL} {
		u, err := url.Parse(address)
		if key == "public_url" && address == "" {
			continue
		}
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" {
			add(key, "%q is not an address such as https://lintel.example.com", address)
		}
	}
	if _, err := store.Path(c.Database); err != nil {
		add("database", "%s", err)
	}
	if c.GitHub.AppID == 0 {
		add("github.app_id", "it is missing: take the number from the App's settings page")
	}
	if c.GitHub.PrivateKeyFile == "" {
		add("github.private_key_file", "it is missing: make a key on the App's settings page and name its file")
	}
	if c.GitHub.WebhookSecretFile == "" {
		add("github.webhook_secret_file", "it is missing: write the App's webhook secret into a file and name it")
	}
	for key, text := range map[string]string{"workers.gather": c.Workers.Gather, "workers.drain_timeout": c.Workers.DrainTimeout} {
		if d, err := time.ParseDuration(text); err != nil || d < 0 || d > 10*time.Minute {
			add(key, "%q is not a duration up to 10m, such as 1s", text)
		}
	}
	c.Model.problems(add)
	c.Reports.problems(add)
	c.Advice.problems(add)
	slices.Sort(all)
	return all
}

// duration reads a duration that problems has checked.
func duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		panic("app: a duration was not checked: " + err.Error())
	}
	return d
}
