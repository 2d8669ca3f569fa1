package config

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines without a zone database

	"github.com/lintel-review/lintel/internal/flow/business"
	"github.com/lintel-review/lintel/internal/flow/stepped"
)

// Flow is what Lintel keeps of how pull requests go.
type Flow struct {
	BackfillDays int `json:"backfill_days" jsonschema:"minimum=0,maximum=3650"`
	// Zone, WorkFrom, WorkTo, Weekend and Holidays are the business clock.
	Zone     string        `json:"zone"`
	WorkFrom int           `json:"work_from" jsonschema:"minimum=0,maximum=23"`
	WorkTo   int           `json:"work_to" jsonschema:"minimum=1,maximum=24"`
	Weekend  []string      `json:"weekend"`
	Holidays []string      `json:"holidays"`
	AILabels []string      `json:"ai_labels"`
	Rollouts []FlowRollout `json:"rollouts" jsonschema:"maxItems=1000"`
	Weekly   []FlowWeekly  `json:"weekly" jsonschema:"maxItems=200"`
}

// FlowRollout is a step of a rollout whose change is estimated.
type FlowRollout struct {
	Name         string   `json:"name" jsonschema:"required,minLength=1,maxLength=60"`
	From         string   `json:"from" jsonschema:"required"`
	Repositories []string `json:"repositories" jsonschema:"required,minItems=1,maxItems=1000"`
}

// FlowWeekly is a weekly digest that somebody wants: on an issue, or to a webhook.
type FlowWeekly struct {
	Team        string `json:"team" jsonschema:"maxLength=140"`
	Issue       string `json:"issue" jsonschema:"maxLength=220"`
	WebhookFile string `json:"webhook_file"`
}

// IssueOf splits an issue, such as acme/team#12; ok is false when it is none.
func (w FlowWeekly) IssueOf() (repository string, number int, ok bool) {
	repository, digits, _ := strings.Cut(w.Issue, "#")
	owner, name, two := strings.Cut(repository, "/")
	number, err := strconv.Atoi(digits)
	return repository, number, two && owner != "" && name != "" && !strings.Contains(name, "/") && err == nil && number > 0
}

// Webhook reads the address, which is a secret.
func (w FlowWeekly) Webhook() (string, error) {
	raw, err := os.ReadFile(w.WebhookFile)
	if err != nil {
		return "", fmt.Errorf("flow.weekly.webhook_file: %w", err)
	}
	address := strings.TrimSpace(string(raw))
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return "", fmt.Errorf("flow.weekly.webhook_file: %s holds no address that begins with https://", w.WebhookFile)
	}
	return address, nil
}

func defaultFlow() Flow {
	return Flow{
		BackfillDays: 90,
		Zone:         "UTC",
		WorkFrom:     8,
		WorkTo:       18,
		Weekend:      []string{"saturday", "sunday"},
		Holidays:     []string{},
		AILabels:     []string{"ai", "ai-generated", "ai-assisted"},
		Rollouts:     []FlowRollout{},
		Weekly:       []FlowWeekly{},
	}
}

// Clock is the business clock, and what tells it from others.
func (f Flow) Clock() (clock *business.Calendar, name string, err error) {
	zone, err := time.LoadLocation(f.Zone)
	if err != nil || f.Zone == "" || f.Zone == "Local" {
		return nil, "", fmt.Errorf("the zone %q is not known; use a name such as Europe/Berlin", f.Zone)
	}
	var weekend []time.Weekday
	for _, day := range f.Weekend {
		i := slices.IndexFunc(weekdays, func(d time.Weekday) bool { return strings.EqualFold(d.String(), day) })
		if i < 0 {
			return nil, "", fmt.Errorf("%q is no day of the week, such as saturday", day)
		}
		weekend = append(weekend, weekdays[i])
	}
	hours := business.Hours{From: time.Duration(f.WorkFrom) * time.Hour, To: time.Duration(f.WorkTo) * time.Hour}
	clock, err = business.New(zone, hours, weekend, f.Holidays)
	return clock, fmt.Sprint(f.Zone, f.WorkFrom, f.WorkTo, f.Weekend, f.Holidays), err
}

var weekdays = []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}

// check finds what the schema cannot express.
func (f Flow) check(add func(key, format string, args ...any)) {
	if _, _, err := f.Clock(); err != nil {
		add("flow", "%s", err)
	}
	told := map[FlowWeekly]int{}
	for i, w := range f.Weekly {
		key := fmt.Sprintf("flow.weekly[%d]", i)
		same := w
		same.Issue = strings.ToLower(w.Issue) // as names of repositories are
		if first, twice := told[same]; twice {
			add(key, "it says what flow.weekly[%d] says; leave one of them out", first)
		} else {
			told[same] = i
		}
		if (w.Issue == "") == (w.WebhookFile == "") {
			add(key, "give it an issue or a webhook_file")
		} else if _, _, ok := w.IssueOf(); w.Issue != "" && !ok {
			add(key, "%q is no issue, such as acme/team#12", w.Issue)
		}
	}
	for i, r := range f.Rollouts {
		key := fmt.Sprintf("flow.rollouts[%d]", i)
		if _, err := stepped.Plan(r.Name, r.From, r.Repositories); err != nil {
			add(key, "%s", err)
		}
	}
}

// Steps are the steps of rollouts as the report of them reads them.
func (f Flow) Steps() (all []stepped.Planned) {
	for _, r := range f.Rollouts {
		if step, err := stepped.Plan(r.Name, r.From, r.Repositories); err == nil { // it was checked
			all = append(all, step)
		}
	}
	return all
}

// Since is the time since which the past of a new repository is read; zero for none.
func (f Flow) Since(now time.Time) time.Time {
	if f.BackfillDays == 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -f.BackfillDays).UTC().Truncate(24 * time.Hour)
}

// flowKeys describes the keys from flow on.
var flowKeys = map[string]string{
	"flow": "What Lintel keeps of how pull requests go; docs/backfill.md.",
	"flow.backfill_days": "How many days of a repository's past are read when it is new here, from the forge and within four " +
		"fifths of its limit. 0 reads none.",
	"flow.zone": "The zone of the business clock, such as Europe/Berlin. Figures are counted by all hours and by business hours; " +
		"docs/flow.md.",
	"flow.work_from": "The hour at which people begin to work.",
	"flow.work_to":   "The hour at which they stop; with 0 and 24 whole days count.",
	"flow.weekend":   "The days of the week without work.",
	"flow.holidays":  "Dates without work, such as 2026-12-25.",
	"flow.rollouts": "Steps of rollouts whose change is estimated, repositories that begin on a day; docs/dashboard.md. What Lintel " +
		"itself sees needs no step: lintel (first verdict) and advice. A name of these takes its place.",
	"flow.weekly":        "What teams are told every Monday of the week before; docs/dashboard.md. By default nobody is told anything.",
	"flow.weekly.*.team": "the team, by the name that figures have; empty is everybody",
	"flow.weekly.*.issue": "an issue of GitHub that gets a comment, such as acme/team#12; whoever reads it reads figures of all of the " +
		"team's repositories",
	"flow.weekly.*.webhook_file": "file with the address of a webhook that takes JSON with a text, as chat services do; it begins " +
		"with https:// and is a secret",
	"flow.rollouts.*.name": "what is rolled out, such as size-enforced",
	"flow.rollouts.*.from": "the day of UTC on which it begins, such as 2027-01-31",
	"flow.rollouts.*.repositories": "the repositories that begin, as owner/name; gitlab:owner/name where a repository of " +
		"GitHub has that name, too",
	"flow.ai_labels": "The labels by which people say that a program wrote a change.",
}
