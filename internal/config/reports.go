package config

import (
	"net/url"
	"strings"
)

// Reports is how the server receives reports of CI.
type Reports struct {
	Audience             string   `json:"audience"`
	Issuers              []string `json:"issuers"`
	MaxMegabytes         int      `json:"max_megabytes" jsonschema:"minimum=1,maximum=200"`
	MaxUnpackedMegabytes int      `json:"max_unpacked_megabytes" jsonschema:"minimum=1,maximum=2000"`
	AtOnce               int      `json:"at_once" jsonschema:"minimum=1,maximum=100"`
	KeepRaw              bool     `json:"keep_raw"`
}

// actionsIssuer signs the tokens of GitHub's own runners' jobs.
const actionsIssuer = "https://token.actions.githubusercontent.com"

func defaultReports() Reports {
	return Reports{Issuers: []string{actionsIssuer}, MaxMegabytes: 20, MaxUnpackedMegabytes: 200, AtOnce: 8, KeepRaw: true}
}

// reportKeys describes the keys from reports on.
var reportKeys = map[string]string{
	"reports": "The API by which CI hands in reports of coverage and linters, at /api/v1/reports on listen.",
	"reports.audience": "The audience that OIDC tokens of CI jobs must be made for. Empty is public_url; " +
		"without both no OIDC token is taken, upload tokens are.",
	"reports.issuers": "Who may sign OIDC tokens: GitHub Actions of github.com by default; on Enterprise " +
		"Server https://HOST/_services/token. They must know the repositories by the same ids as github.api_url.",
	"reports.max_megabytes": "The most megabytes of a report as it is sent.",
	"reports.max_unpacked_megabytes": "The most megabytes of a report when it is unpacked. One that grows more than a " +
		"hundredfold is refused in any case.",
	"reports.at_once": "Reports that are read at once; of one repository half as many. A report needs up " +
		"to max_megabytes of memory and what its numbers take.",
	"reports.keep_raw": "Whether reports are also kept as they came, for retention.raw_report_days.",
}

// Audience is the audience that OIDC tokens of CI jobs must have; empty when there is none.
func (c Config) Audience() string {
	if c.Reports.Audience != "" {
		return c.Reports.Audience
	}
	return strings.TrimSuffix(c.PublicURL, "/")
}

// check finds what the schema cannot express.
func (c Reports) check(add func(key, format string, args ...any)) {
	for _, issuer := range c.Issuers {
		u, err := url.Parse(issuer)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || strings.HasSuffix(issuer, "/") {
			add("reports.issuers", "%q is not an issuer such as %s", issuer, actionsIssuer)
		}
	}
	if c.MaxUnpackedMegabytes < c.MaxMegabytes {
		add("reports.max_unpacked_megabytes", "it is less than reports.max_megabytes")
	}
}
