// Package config is the server's file: its keys, their defaults, and what is wrong with a given one. It reads that
// file and the secrets in the files that it names, and nothing else.
//
// Callers may rely on: a Config that a Load function returned without an error holds in every key, so durations and
// addresses need no second check; all problems come at once, in one *Error; a flag wins over the environment, the
// environment over the file, the file over the default.
package config

import (
	"github.com/lintel-review/lintel/internal/finding"
)

// Config is the server's own file. The JSON names are its keys; docs/server.md is made from them.
type Config struct {
	Listen      string `json:"listen"`
	AdminListen string `json:"admin_listen"`
	PublicURL   string `json:"public_url"`
	Database    string `json:"database"`
	// Roles is what a process works on; empty is everything.
	Roles  []string `json:"roles"`
	GitHub GitHub   `json:"github"`
	GitLab GitLab   `json:"gitlab"`
	Gate   string   `json:"gate" jsonschema:"enum=enforce,enum=warn"`

	// Organisation is what holds for all repositories.
	Organisation Organisation `json:"organisation"`
	Log          Log          `json:"log"`
	Traces       Traces       `json:"traces"`
	Workers      Workers      `json:"workers"`
	Retention    Retention    `json:"retention"`
	Reports      Reports      `json:"reports"`
	Model        Model        `json:"model"`
	Advice       Advice       `json:"advice"`
	Checks       Checks       `json:"checks"`
	OSV          OSV          `json:"osv"`
	Objectives   Objectives   `json:"objectives"`
	Flow         Flow         `json:"flow"`

	// AdminProtected says that others cannot reach AdminListen; SignIn is who may there.
	AdminProtected bool   `json:"admin_protected"`
	SignIn         SignIn `json:"signin"`
}

// OSV is the database of known vulnerabilities.
type OSV struct {
	File string `json:"file"`
}

// GitHub is the App on GitHub.
type GitHub struct {
	AppID                     int64    `json:"app_id" jsonschema:"minimum=1"`
	PrivateKeyFile            string   `json:"private_key_file"`
	WebhookSecretFile         string   `json:"webhook_secret_file"`
	PreviousWebhookSecretFile string   `json:"previous_webhook_secret_file"`
	APIURL                    string   `json:"api_url"`
	WebURL                    string   `json:"web_url"`
	GraphQL                   bool     `json:"graphql"`
	TrustedBranches           []string `json:"trusted_branches"`
}

// Organisation is what holds for all repositories of this server.
type Organisation struct {
	SettingsFile string `json:"settings_file"`
	// Repository and Path are where each organisation keeps a file of its own.
	Repository string `json:"repository"`
	Path       string `json:"path"`
}

// Log is how the log is written.
type Log struct {
	Format string `json:"format" jsonschema:"enum=json,enum=text"`
	Level  string `json:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error"`
}

// Traces is where traces are sent.
type Traces struct {
	Endpoint   string  `json:"endpoint"`
	Share      float64 `json:"share" jsonschema:"minimum=0,maximum=1"`
	HeaderFile string  `json:"header_file"`
}

// Workers bounds the work that runs at once.
type Workers struct {
	Total         int      `json:"total" jsonschema:"minimum=1,maximum=500"`
	PerConnection int      `json:"per_installation" jsonschema:"minimum=1,maximum=100"`
	Gather        Duration `json:"gather"`
	DrainTimeout  Duration `json:"drain_timeout"`
}

// Retention is how long records are kept, as durations in days.
type Retention struct {
	DeliveryDays int `json:"delivery_days" jsonschema:"minimum=4"`
	HistoryDays  int `json:"history_days" jsonschema:"minimum=0"`
	VerdictDays  int `json:"verdict_days" jsonschema:"minimum=0"`
	EvidenceDays int `json:"evidence_days" jsonschema:"minimum=0"`
	// ReportDays is for parsed reports, RawReportDays for those as they came, UnseenReportDays for those of commits
	// that no pull request has.
	ReportDays       int `json:"report_days" jsonschema:"minimum=0"`
	RawReportDays    int `json:"raw_report_days" jsonschema:"minimum=0"`
	UnseenReportDays int `json:"unseen_report_days" jsonschema:"minimum=0"`
	AdviceDays       int `json:"advice_days" jsonschema:"minimum=0"`
	AuditDays        int `json:"audit_days" jsonschema:"minimum=0"`
}

// Default is what holds without a file.
func Default() Config {
	return Config{
		Listen:      "127.0.0.1:8080",
		AdminListen: "127.0.0.1:8081",
		Database:    "sqlite://lintel.db",
		Roles:       []string{},
		Gate:        string(finding.Enforce),
		GitHub: GitHub{
			APIURL:          "https://api.github.com",
			WebURL:          "https://github.com",
			GraphQL:         true,
			TrustedBranches: []string{},
		},
		GitLab:       defaultGitLab(),
		Organisation: Organisation{Repository: ".github", Path: "lintel.yml"},

		Log:    Log{Format: "json", Level: "info"},
		Traces: Traces{Share: 1},
		Workers: Workers{
			Total:         64,
			PerConnection: 16,
			Gather:        "1s",
			DrainTimeout:  "30s",
		},
		Retention: Retention{
			DeliveryDays:     14,
			HistoryDays:      400,
			VerdictDays:      400,
			EvidenceDays:     90,
			AdviceDays:       90,
			ReportDays:       180,
			RawReportDays:    7,
			UnseenReportDays: 7,
		},
		Model:   defaultModel(),
		Reports: defaultReports(),
		Advice:  defaultAdvice(),
		Checks:  defaultChecks(),

		Objectives: defaultObjectives(),
		Flow:       defaultFlow(),
		SignIn:     defaultSignIn(),
	}
}
