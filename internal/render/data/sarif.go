package data

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/plain"
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
		Version        string      `json:"version"`
		SemVersion     string      `json:"semanticVersion"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		FullDescription  sarifText `json:"fullDescription"`
		Help             sarifText `json:"help"`
		HelpURI          string    `json:"helpUri,omitempty"`
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
		// Rule is set when the notification is about one rule.
		Rule *sarifReference `json:"associatedRule,omitempty"`
	}
	sarifReference struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
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
		Blocking bool             `json:"blocking"`
		Mode     string           `json:"mode"`
		Source   *contract.Source `json:"source,omitempty"`
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

// sarif makes the log. Code scanning shows a result at its place alone, so a finding about a whole file stands at its
// first line, and one about the whole change where Options say, with words that tell so. Rules are described in
// general, whatever was found: an alert shows that beside each result.
func sarif(v contract.Verdict, o Options) sarifLog {
	version := semantic(o.Version)
	run := sarifRun{
		Tool: sarifTool{
			Driver: sarifDriver{Name: "lintel", InformationURI: home, Version: version, SemVersion: version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: true}},
		Results:     []sarifResult{},
		Properties:  map[string]string{"base": v.Base, "head": v.Head, "conclusion": v.Conclusion},
	}
	note := func(level, text string) *sarifNotification {
		all := &run.Invocations[0].Notifications
		*all = append(*all, sarifNotification{Level: level, Message: sarifText{text}})
		return &(*all)[len(*all)-1]
	}
	if v.Conclusion == contract.Nothing {
		note("note", plain.Line(v.Reason))
		return sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}
	}
	for _, g := range v.Incomplete {
		about := plain.Line(g.Fact)
		if g.Path != "" {
			about += " of " + plain.Line(g.Path)
		}
		note("warning", about+": "+plain.Line(g.Reason))
	}
	for _, f := range v.Shown() {
		n := run.Tool.Driver.rule(Rule{ID: f.Rule, Title: f.Title, Docs: f.Docs}, o.Rules)
		run.Results = append(run.Results, result(f, n, o))
	}
	for _, f := range v.Families {
		if f.Unmeasured() {
			note("note", "Not measured: "+plain.Line(f.Name)+": "+plain.Line(f.Reason))
		}
	}
	for _, u := range v.Abstained {
		n := run.Tool.Driver.rule(Rule{ID: u.Rule, Title: u.Rule}, o.Rules)
		note("note", "Not judged: "+plain.Line(u.Reason)).Rule = &sarifReference{plain.Line(u.Rule), n}
	}
	return sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}
}

// rule gives the index of a rule, which is described once. What the known rules say of it goes before what a finding does.
func (d *sarifDriver) rule(r Rule, known []Rule) int {
	if i := slices.IndexFunc(d.Rules, func(x sarifRule) bool { return x.ID == r.ID }); i >= 0 {
		return i
	}
	if i := slices.IndexFunc(known, func(k Rule) bool { return k.ID == r.ID }); i >= 0 {
		r = known[i]
	}
	text := func(s, otherwise string) sarifText {
		if strings.TrimSpace(s) == "" {
			return sarifText{plain.Line(otherwise)}
		}
		return sarifText{strings.Join(plain.Lines(s), "\n")}
	}
	out := sarifRule{
		ID:               r.ID,
		ShortDescription: sarifText{sentence(plain.Line(r.Title))},
		FullDescription:  text(r.Description, sentence(r.Title)),
		HelpURI:          r.Docs,
	}
	out.Help = text(r.Remedy, "What the rule says, and what to do: "+r.Docs)
	d.Rules = append(d.Rules, out)
	return len(d.Rules) - 1
}

func result(f contract.Finding, rule int, o Options) sarifResult {
	at, whole := o.place(f)
	start := max(at.Line, 1)
	place := sarifArtifact{URI: plain.URI(at.Path), URIBaseID: "%SRCROOT%"}
	r := sarifResult{
		RuleID: f.Rule, RuleIndex: rule,
		Level:   map[string]string{"error": "error", "warning": "warning", "notice": "note"}[f.Level()],
		Message: sarifText{sentence(aboutWhole(whole, message(f)))},
		Locations: []sarifLocation{{PhysicalLocation: sarifPlace{
			ArtifactLocation: place, Region: sarifRegion{StartLine: start, EndLine: max(start, f.EndLine)},
		}}},
		PartialFingerprints: map[string]string{"lintel/v1": f.Fingerprint},
		Properties:          sarifProperties{Blocking: f.Blocking, Mode: f.Mode, Source: f.Source},
	}
	if g := f.Suggestion; g != nil {
		// Whole lines: up to the first column of the line behind them.
		r.Fixes = []sarifFix{{[]sarifChange{{place, []sarifReplacement{{
			sarifRegion{StartLine: g.Line, StartColumn: 1, EndLine: g.EndLine + 1, EndColumn: 1}, sarifText{g.Text},
		}}}}}}
	}
	return r
}

// semver is a version of semver.org 2.0.0, as SARIF wants it.
var semver = lazyregexp.New(
	`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)

// semantic is the version without its "v"; a build that has none ("(devel)") is one before every release.
func semantic(version string) string {
	if v := strings.TrimPrefix(version, "v"); semver.MatchString(v) {
		return v
	}
	return "0.0.0-dev"
}

// sentence ends with a full stop, as the tools that read SARIF ask of a message.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
