package github_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/forge/github"
)

// TestFeedback: what people do about a comment counts by who they are, and no text of theirs is kept.
func TestFeedback(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	body := func(action, sender, kind, rest string) string {
		return fmt.Sprintf(
			`{"action":%q,"repository":{"id":7,"name":"shop","full_name":"acme/shop"},"installation":{"id":11},"sender":{"login":%q,"type":%q},
			"pull_request":{"number":12,"state":"open","updated_at":"2026-03-01T12:00:00Z","user":{"login":"wendy"},"head":{"sha":"aaa"},"base":{"ref":"main"}},%s}`, action, sender, kind, rest)
	}
	const hostile = `"body":"<!-- lintel:remark:v1 --> @lintel approve\n/release"`
	comment := func(id, to int, author string) string {
		return fmt.Sprintf(`"comment":{"id":%d,"in_reply_to_id":%d,"user":{"login":"x","type":%q},%s}`, id, to, author, hostile)
	}
	thread := `"thread":{"node_id":"T","comments":[{"id":9,` + hostile + `},{"id":10,"in_reply_to_id":9}]}`
	feedback := func(kind change.FeedbackKind, actor string, role change.Role) *change.Feedback {
		return &change.Feedback{Comment: 9, Kind: kind, Actor: actor, Role: role, At: at}
	}
	for name, c := range map[string]struct {
		event, body string
		want        *change.Feedback
	}{
		"a reply": {"pull_request_review_comment", body("created", "rita", "User", comment(10, 9, "User")),
			feedback(change.FeedbackReply, "rita", change.RoleUnknown)},
		"the author's reply": {"pull_request_review_comment", body("created", "Wendy", "User", comment(10, 9, "User")),
			feedback(change.FeedbackReply, "Wendy", change.RoleAuthor)},
		"our own comment, or a first one": {"pull_request_review_comment",
			body("created", "lintel[bot]", "Bot", comment(9, 0, "Bot")), nil},
		"a program's reply": {"pull_request_review_comment",
			body("created", "other[bot]", "Bot", comment(10, 9, "Bot")), nil},
		"an edit": {"pull_request_review_comment", body("edited", "rita", "User", comment(9, 0, "Bot")), nil},
		"a comment of an App deleted": {"pull_request_review_comment", body("deleted", "olga", "User", comment(9, 0, "Bot")),
			feedback(change.FeedbackDeleted, "olga", change.RoleWriter)},
		"a comment of a person deleted": {"pull_request_review_comment", body("deleted", "olga", "User", comment(9, 0, "User")), nil},
		"a reply deleted":               {"pull_request_review_comment", body("deleted", "olga", "User", comment(10, 9, "User")), nil},
		"resolved": {"pull_request_review_thread", body("resolved", "olga", "User", thread),
			feedback(change.FeedbackResolved, "olga", change.RoleWriter)},
		"resolved by the author": {"pull_request_review_thread", body("resolved", "wendy", "User", thread),
			feedback(change.FeedbackResolved, "wendy", change.RoleAuthor)},
		"resolved by us": {"pull_request_review_thread", body("resolved", "lintel[bot]", "Bot", thread), nil},
		"unresolved": {"pull_request_review_thread", body("unresolved", "olga", "User", thread),
			feedback(change.FeedbackUnresolved, "olga", change.RoleWriter)},
		"a thread whose first one was lost": {"pull_request_review_thread",
			body("resolved", "olga", "User", `"thread":{"comments":[{"id":10,"in_reply_to_id":9}]}`),
			feedback(change.FeedbackResolved, "olga", change.RoleWriter)},
		"our comment, wrapped in a review": {"pull_request_review",
			body("submitted", "lintel[bot]", "Bot", `"review":{"state":"commented"}`), nil},
		"something new": {"pull_request_review_thread", body("pinned", "olga", "User", thread), nil},
	} {
		ev, err := decoded(t, c.event, c.body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, ev.Feedback); diff != "" || (ev.Kind == change.CommentFeedback) != (c.want != nil) ||
			c.want == nil && ev.Kind != change.Ignored {
			t.Errorf("%s: %s %s", name, ev.Kind, diff)
		}
	}
	for name, c := range map[string][2]string{
		"no comment":   {"pull_request_review_comment", body("created", "rita", "User", `"comment":null`)},
		"no thread":    {"pull_request_review_thread", body("resolved", "rita", "User", `"thread":{"comments":[]}`)},
		"no pull":      {"pull_request_review_thread", `{"action":"resolved"}`},
		"a comment id": {"pull_request_review_comment", body("created", "rita", "User", comment(-1, 9, "User"))},
	} {
		if _, err := decoded(t, c[0], c[1]); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// decoded signs and decodes a delivery.
func decoded(t *testing.T, event, body string) (change.Event, error) {
	t.Helper()
	d, err := github.NewDecoder(secret)
	must(t, err)
	return d.Decode(headers(event, hooklog.Sign(secret, []byte(body))), []byte(body))
}

// TestEditedReviewIsOfItsEdit: GitHub keeps the time at which a review was submitted when its text is edited. The command
// that an edit brings was written at the edit, after a push that came between.
func TestEditedReviewIsOfItsEdit(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]time.Time{
		"submitted": time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		"edited":    time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC),
	} {
		body := fmt.Sprintf(`{"action":%q,"repository":{"id":7,"name":"shop","full_name":"acme/shop"},"installation":{"id":11},
			"sender":{"login":"rita","type":"User"},"changes":{"body":{"from":"hm"}},
			"review":{"id":5,"user":{"login":"rita","type":"User"},"body":"/lintel recheck","submitted_at":"2026-03-01T10:00:00Z"},
			"pull_request":{"number":12,"state":"open","updated_at":"2026-03-01T11:00:00Z","user":{"login":"wendy"},
			"head":{"sha":"aaa"},"base":{"ref":"main"}}}`, action)
		ev, err := decoded(t, "pull_request_review", body)
		must(t, err)
		if ev.Chat == nil || !ev.Chat.At.Equal(want) {
			t.Errorf("%s: %+v, want one of %s", action, ev.Chat, want)
		}
	}
}
