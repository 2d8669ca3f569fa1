package server_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/risk"
)

// riskOf is the risk in the newest verdict on a commit.
func (r *rig) riskOf(sha string) (f risk.Facts) {
	r.t.Helper()
	var digest string
	must(r.t, r.server.Writer().QueryRow(`SELECT facts FROM verdict WHERE head = $1 ORDER BY id DESC LIMIT 1`, sha).Scan(&digest))
	body, err := r.server.Record().Evidence(r.t.Context(), digest)
	must(r.t, err)
	var facts struct{ Risk risk.Facts }
	must(r.t, json.Unmarshal(body, &facts))
	return facts.Risk
}

// TestStoryChurn: pushes tell which files were changed lately. In a repository that was there before Lintel they count
// once they reach back for 90 days, and until then the facts and the page say since when they are known; in one that
// begins under Lintel's eyes they count at once. Neither costs a call.
//
//race:unwatched
func TestStoryChurn(t *testing.T) {
	t.Parallel()
	r := begin(t)
	commit(t, r.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "fix: the cart",
		Files: fakehub.Files{"cart/cart.go": "package cart // fixed\n"}})
	r.quiet()
	n, sha := r.topic("topic", "feat: topic", "cart/cart.go")
	r.run(sha, "success")
	today := time.Now().UTC().Format(time.DateOnly)
	got := r.riskOf(sha)
	if got.HistorySince != today || !strings.Contains(strings.Join(got.Unknown, " "), "history") || got.Counts["recent_changes"] != 0 {
		t.Errorf("of an older repository: %+v", got)
	}
	if page := r.adminPage("/pr/github/acme/shop/" + strconv.Itoa(n)); !strings.Contains(page, "known by pushes since "+today) {
		t.Errorf("the page does not say since when: %s", page)
	}

	const stall = "acme/stall"
	addShop(t, r.hub, "stall")
	for _, message := range []string{"feat: more", "fix: the cart", "feat: yet more"} {
		commit(t, r.hub, stall, fakehub.Commit{Branch: "main", Author: "olga", Message: message,
			Files: fakehub.Files{"cart/cart.go": "package cart // " + message + "\n"}})
	}
	head := commit(t, r.hub, stall, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "feat: topic",
		Files: fakehub.Files{"cart/cart.go": "package cart // topic\n", "cart/new.go": "package cart\n"}})
	r.quiet()
	open(t, r.hub, stall, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: topic", Author: "wendy"})
	r.quiet()
	got = r.riskOf(head)
	counts := map[string]int{}
	for _, name := range []string{"recent_changes", "recent_fixes", "fresh_files"} {
		counts[name] = got.Counts[name]
	}
	if d := cmp.Diff(map[string]int{"recent_changes": 3, "recent_fixes": 1, "fresh_files": 1}, counts); d != "" || got.HistorySince != "" {
		t.Errorf("of a new repository: %+v: %s", got, d)
	}
	if calls := r.hub.Count("GET", "/repos/{owner}/{repo}/commits"); calls != 0 {
		t.Errorf("%d calls for commits", calls)
	}
}
