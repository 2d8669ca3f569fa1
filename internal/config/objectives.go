package config

import (
	"time"

	"github.com/lintel-review/lintel/internal/objective"
)

// Objectives is how quickly Lintel promises to answer.
type Objectives struct {
	Target      float64  `json:"target" jsonschema:"minimum=0.5,maximum=0.9999"`
	WindowDays  int      `json:"window_days" jsonschema:"minimum=1,maximum=90"`
	Ack         Duration `json:"ack"`
	FirstStatus Duration `json:"first_status"`
	RulesDone   Duration `json:"rules_done"`
	AdviceDone  Duration `json:"advice_done"`
}

func defaultObjectives() Objectives {
	return Objectives{Target: 0.99, WindowDays: 28, Ack: "10s", FirstStatus: "10s", RulesDone: "60s", AdviceDone: "10m"}
}

// Promise is the objectives as they are judged by.
func (o Objectives) Promise() objective.Promise {
	return objective.Promise{Target: o.Target, Window: time.Duration(o.WindowDays) * 24 * time.Hour,
		Within: map[objective.Name]time.Duration{
			objective.Ack:         o.Ack.Span(),
			objective.FirstStatus: o.FirstStatus.Span(),
			objective.RulesDone:   o.RulesDone.Span(),
			objective.AdviceDone:  o.AdviceDone.Span(),
		}}
}

// objectiveKeys describes the keys from objectives on.
var objectiveKeys = map[string]string{
	"objectives":             "How quickly Lintel promises to answer each head of a pull request; docs/objectives.md.",
	"objectives.target":      "The share of heads that must be answered in time, such as 0.99.",
	"objectives.window_days": "The days over which the share counts.",
	"objectives.ack":         "From a delivery to its being stored. A duration such as 10s; GitHub gives up after 10s.",
	"objectives.first_status": "From a delivery to the first check on its head that the forge took, in progress or " +
		"concluded.",
	"objectives.rules_done":  "From a delivery to the first verdict of the rules on its head.",
	"objectives.advice_done": "From a delivery to the advice on its head, where advice was asked for.",
}

// check finds what the schema cannot express.
func (o Objectives) check(add func(key, format string, args ...any)) {
	for key, d := range map[string]Duration{"ack": o.Ack, "first_status": o.FirstStatus, "rules_done": o.RulesDone,
		"advice_done": o.AdviceDone} {
		if !d.within(time.Second, 24*time.Hour) {
			add("objectives."+key, "%q is not a duration from 1s to 24h, such as 10s", d)
		}
	}
}
