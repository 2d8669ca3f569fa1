package render

import (
	"fmt"
	"strings"
)

// The part of SARIF 2.1.0 (OASIS Standard, section 3) that is written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
		Properties  map[string]string `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Version        string      `json:"version,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string     `json:"id"`
		ShortDescription sarifText  `json:"shortDescription"`
		Help             *sarifText `json:"help,omitempty"`
		HelpURI          string     `json:"helpUri,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               string            `json:"level"`
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
		Properties          sarifProperties   `json:"properties"`
		Fixes               []sarifFix        `json:"fixes,omitempty"`
	}
	sarifFix struct {
		Changes []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		ArtifactLocation sarifArtifact      `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
	sarifProperties struct {
		Blocking bool    `json:"blocking"`
		Mode     string  `json:"mode"`
		Source   *Source `json:"source,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPlace `json:"physicalLocation"`
	}
	sarifPlace struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
)

const sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"

// sarif makes the log. A result needs a place to be shown by code scanning, so a finding about the whole change points at the repository's
// root and one about a whole file at its first line. Whether every viewer shows the root is not known.
func sarif(v Verdict, version string) sarifLog {
	run := sarifRun{
		Tool:        sarifTool{Driver: sarifDriver{Name: "lintel", InformationURI: home, Version: version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: true}},
		Results:     []sarifResult{},
		Properties:  map[string]string{"base": v.Base, "head": v.Head, "conclusion": v.Conclusion},
	}
	if v.Conclusion == Nothing {
		run.Invocations[0].Notifications = []sarifNotification{{Level: "note", Message: sarifText{line(v.Reason)}}}
		return sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}
	}
	for _, g := range v.Incomplete {
		about := line(g.Fact)
		if g.Path != "" {
			about += " of " + line(g.Path)
		}
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{Level: "warning", Message: sarifText{about + ": " + line(g.Reason)}})
	}
	index := map[string]int{}
	for _, f := range shown(v) {
		n, ok := index[f.Rule]
		if !ok {
			n = len(run.Tool.Driver.Rules)
			index[f.Rule] = n
			rule := sarifRule{ID: f.Rule, ShortDescription: sarifText{line(f.Title)}, HelpURI: f.Docs}
			if f.Remedy != "" {
				rule.Help = &sarifText{strings.Join(lines(f.Remedy), "\n")}
			}
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
		}
		path := f.Path
		if path == "" {
			path = "."
		}
		start := max(f.Line, 1)
		place := sarifArtifact{URI: uri(path), URIBaseID: "%SRCROOT%"}
		result := sarifResult{
			RuleID: f.Rule, RuleIndex: n,
			Level:   map[string]string{"error": "error", "warning": "warning", "notice": "note"}[level(f)],
			Message: sarifText{message(f)},
			Locations: []sarifLocation{{PhysicalLocation: sarifPlace{
				ArtifactLocation: place, Region: sarifRegion{StartLine: start, EndLine: max(start, f.EndLine)},
			}}},
			PartialFingerprints: map[string]string{"lintel/v1": f.Fingerprint},
			Properties:          sarifProperties{Blocking: f.Blocking, Mode: f.Mode, Source: f.Source},
		}
		if g := f.Suggestion; g != nil {
			// Whole lines: up to the first column of the line behind them.
			result.Fixes = []sarifFix{{[]sarifChange{{place, []sarifReplacement{{
				sarifRegion{StartLine: g.Line, StartColumn: 1, EndLine: g.EndLine + 1, EndColumn: 1}, sarifText{g.Text},
			}}}}}}
		}
		run.Results = append(run.Results, result)
	}
	return sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}
}

// uri writes a path as a relative reference (RFC 3986, section 4.2): unreserved characters and slashes stay, all else is percent-encoded.
func uri(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
