package board_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/web/board"
)

const script = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`

// Whoever can name a team, a branch, a title or an account attacks the pages and the exports, and nothing comes of it.
func TestHostileNames(t *testing.T) {
	s := newScene(t, board.Options{Sites: change.Sites{change.GitHub: "https://github.example"}})
	s.repository(7, "acme", "-x.y")
	teams := []string{"=HYPERLINK(\"http://evil.example\",\"x\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", script,
		"a\"b,c\nd", "\u202egnp"}
	for i, team := range teams {
		e := func(kind flow.Kind, who flow.Actor, minutes int, change func(*flow.Event)) flow.Event {
			x := event(kind, who, now.Add(time.Duration(minutes-600)*time.Minute), change)
			x.Pull.Number = i + 1
			x.Key = flow.Key(x)
			return x
		}
		mallory := flow.NewActor(66, script, "User")
		s.append(
			e(flow.Opened, mallory, 0, func(e *flow.Event) { e.Detail.Branch = script }),
			e(flow.ReviewRequested, mallory, 1, func(e *flow.Event) { e.Detail.Team = team }),
			e(flow.Kind(script), mallory, 2, nil),
			e(flow.Merged, mallory, 9, func(e *flow.Event) {
				e.SHA, e.Detail.Base, e.Detail.Default = "m", script,
					script
			}))
	}
	if _, err := s.Writer().ExecContext(context.Background(), `
		INSERT INTO verdict (id, change_id, generation, target, head, base_ref, base_sha, merge_base, conclusion, digest, facts, policy, settings, decision, engine, controls, control_files, title, forge_updated, taken_at,
			decided_at)
		VALUES (1, 'github:7#1', 1, '', '', '', '', '', '', '', '', '', '', '', '', '', '', $1, 0, 0, 0)`,
		"=1+1"+script); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/flow", "/flow?team=%3Cscript%3Ealert(1)%3C/script%3E", "/flow/pulls",
		"/flow/pulls?author=all&base=all",
		"/flow/pull/github/acme/-x.y/1", "/flow/pull/github/acme/-x.y/7"} {
		page := s.get(path, http.StatusOK)
		if strings.Contains(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, `"javascript:`) {
			t.Errorf("%s holds markup of strangers: %s", path, page)
		}
	}
	if page := s.get("/flow/pull/github/acme/-x.y/1", http.StatusOK); !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Errorf("the text itself is shown: %s", page)
	}
	// A page says only Lintel's own texts in the words of the forge, so names stand apart from them.
	for path, apart := range map[string]string{
		"/flow/pull/github/acme/-x.y/1": "asked for a review of team <bdi>=HYPERLINK(",
		"/flow?team=pull+requests":      "Pull requests <bdi>of people of team pull requests ",
	} {
		if page := s.get(path, http.StatusOK); !strings.Contains(page, apart) {
			t.Errorf("the name of a team is no part of our own text: %s", page)
		}
	}
	rows := s.rows("/flow/pulls.csv?author=all&base=all")
	if len(rows) != len(teams) {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		for column, text := range row {
			if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
				t.Errorf("%s begins a formula: %q", column, text)
			}
		}
	}
	if got := s.rows("/flow/pulls.csv?team=%2B1%2B1"); len(got) != 1 || got[0]["team"] != "'+1+1" {
		t.Errorf("%v", got)
	}
}
