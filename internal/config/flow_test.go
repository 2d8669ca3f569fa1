package config

import (
	"strings"
	"testing"
)

func TestFlowProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"flow: {weekly: [{team: a}]}":                                           "flow.weekly[0]: give it an issue or a webhook_file",
		"flow: {weekly: [{issue: 'acme/team#1', webhook_file: x}]}":             "flow.weekly[0]: give it an issue or a webhook_file",
		"flow: {weekly: [{issue: acme}]}":                                       `flow.weekly[0]: "acme" is no issue`,
		"flow: {weekly: [{issue: 'acme/team#1'}, {issue: 'Acme/Team#1'}]}":      "flow.weekly[1]: it says what flow.weekly[0] says",
		"flow: {weekly: [{webhook_file: x}, {webhook_file: x}]}":                "flow.weekly[1]: it says what flow.weekly[0] says",
		"flow: {rollouts: [{name: x, from: soon, repositories: [acme/a]}]}":     `flow.rollouts[0]: "soon" is no day`,
		"flow: {rollouts: [{name: x, from: 2027-01-31, repositories: [acme]}]}": `flow.rollouts[0]: "acme" is no repository`,
		"flow: {zone: Mars/Base}":                                               `the zone "Mars/Base" is not known`,
		"flow: {weekend: [noday]}":                                              `"noday" is no day of the week`,
	} {
		_, err := Load(modelFile(t, text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	different := "flow: {weekly: [{issue: 'acme/team#1'}, {issue: 'acme/team#2'}, {team: a, issue: 'acme/team#1'}, {webhook_file: x}]}"
	if _, err := Load(modelFile(t, different), nil, nil); err != nil && strings.Contains(err.Error(), "flow.") {
		t.Errorf("digests that differ: %v", err)
	}
}
