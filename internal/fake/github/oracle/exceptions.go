package oracle

import (
	"bytes"
	"strings"
)

// exception lets through what GitHub does although its document says otherwise. It matches a problem of an operation or
// a webhook, or with body all problems of such a request's body.
type exception struct {
	// operation is its name, for webhooks the event and its action; empty means all.
	operation string
	// problem is how the problem begins and ends, with "*" between.
	problem string
	body    func([]byte) bool
	why     string
}

// exceptions is the whole list.
var exceptions = []exception{
	{
		operation: "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
		body:      isList,
		why: "GitHub's text says that an array of labels may be sent directly, its schema lists objects only; " +
			"go-github sends the array",
	},
	{
		operation: "PUT /repos/{owner}/{repo}/issues/{issue_number}/labels",
		body:      isList,
		why:       "as for POST: the text knows a bare array, the schema does not",
	},
	{
		body: func(b []byte) bool { return bytes.Equal(bytes.TrimSpace(b), []byte("null")) },
		why:  "go-github sends null where its options are nil; GitHub reads it as no body",
	},
	{
		operation: "PUT /repos/{owner}/{repo}/branches/{branch}/protection",
		problem:   `request body: /required_status_checks/contexts: *is missing`,
		why: "the document requires contexts and calls it closing down in favour of checks; go-github sends " +
			"checks alone, as GitHub's text advises",
	},
	{
		operation: "GET /app/installations",
		problem:   "response body: /*/account/*is missing",
		why: "the list's own copy of the schema wants an account that is a user and an enterprise at once " +
			"(allOf); GET of one installation says either (anyOf)",
	},
	{
		problem: "response body: *labels/*/description: Value is not nullable",
		why: "pull-request-simple lets no label be without a description; pull-request, issue and label do, and " +
			"GitHub answers null in all of them",
	},
	{
		operation: "POST /repos/{owner}/{repo}/pulls/{pull_number}/comments",
		body:      func(b []byte) bool { return bytes.Contains(b, []byte(`"in_reply_to"`)) },
		why: "the schema requires commit_id and path always, the text says that all but the body is ignored in a " +
			"reply; go-github leaves them out",
	},
	{
		operation: "ping",
		problem:   "/hook/events*",
		why:       "the schema's list of event names is older than merge_group",
	},
	{
		operation: "member added",
		problem:   "/changes/permission/to: value must be one of 'write', 'admin'*",
		why: "the schema is older than the role triage, which GitHub's webhook reference maps to read in this " +
			"field; role_name has the role",
	},
}

func isList(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) }

// exempt reports whether the body of a request is let through as a whole.
func exempt(operation string, body []byte) bool {
	for _, e := range exceptions {
		if e.body != nil && e.body(body) && (e.operation == "" || e.operation == operation) {
			return true
		}
	}
	return false
}

// forgiven reports whether one problem is let through.
func forgiven(operation, problem string) bool {
	for _, e := range exceptions {
		before, after, _ := strings.Cut(e.problem, "*")
		if e.problem != "" && (e.operation == "" || e.operation == operation) && strings.HasPrefix(problem, before) &&
			matchRest(problem[len(before):], after) {
			return true
		}
	}
	return false
}

// matchRest matches what comes after a "*": the text between further stars in order, the last of it at the end.
func matchRest(s, pattern string) bool {
	parts := strings.Split(pattern, "*")
	for _, part := range parts[:len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
