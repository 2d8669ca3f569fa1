package oracle

import (
	"strings"
	"testing"
)

func TestForgiven(t *testing.T) {
	for _, tt := range []struct {
		operation, problem string
		want               bool
	}{
		{"GET /app/installations", `response body: /0/account/slug: property "slug" is missing`, true},
		{"GET /app/installations", `response body: /0/account: property "account" is missing`, false},
		{"GET /app/installations", `response body: /0/app_id: property "app_id" is missing`, false},
		{"GET /app/installations/{installation_id}", `response body: /0/account/slug: property "slug" is missing`, false},
		{"GET /x", "response body: /labels/0/description: Value is not nullable", true},
		{"GET /x", "response body: /3/labels/0/description: Value is not nullable", true},
		{"GET /x", "response body: /labels/0/name: Value is not nullable", false},
		{"GET /x", "response body: /labels/0/description: value must be a string", false},
		{"member added", "/changes/permission/to: value must be one of 'write', 'admin'", true},
		{"member edited", "/changes/permission/to: value must be one of 'write', 'admin'", false},
		{"ping", "/hook/events/14: value must be '*'", true},
		{"ping", "/hook: missing property 'id'", false},
	} {
		if got := forgiven(tt.operation, tt.problem); got != tt.want {
			t.Errorf("%s: %s: %v, want %v", tt.operation, tt.problem, got, tt.want)
		}
	}
}

func TestExemptReplies(t *testing.T) {
	const op = "POST /repos/{owner}/{repo}/pulls/{pull_number}/comments"
	if !exempt(op, []byte(`{"body":"b","in_reply_to":7}`)) || exempt(op, []byte(`{"body":"b"}`)) ||
		exempt(op+"/{comment_id}/replies", []byte(`{"in_reply_to":7}`)) {
		t.Error("only a reply is let through")
	}
}

func TestExceptionsSayWhyAndWhere(t *testing.T) {
	h, err := loadHooks()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range exceptions {
		if len(e.why) < 20 {
			t.Errorf("%+v: say why", e)
		}
		if (e.body == nil) == (e.problem == "") {
			t.Errorf("%s: an exception matches either a body or a problem", e.operation)
		}
		event, action, _ := strings.Cut(e.operation, " ")
		_, unknown := h.definition(event, action)
		if e.operation != "" && unknown != "" && !strings.Contains(operations, "\n"+e.operation+"\n") {
			t.Errorf("%s is neither an operation nor a webhook", e.operation)
		}
	}
}
