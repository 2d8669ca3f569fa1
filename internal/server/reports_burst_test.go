package server_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
)

const (
	makeRun = "/repos/{owner}/{repo}/check-runs"
	editRun = "/repos/{owner}/{repo}/check-runs/{check_run_id}"
)

// TestUploadsCostFewWrites hands 32 reports in after one push: in any order, four at once, some twice, the first of
// them before the server has heard of the pull request, beside CI's own check runs. The check is written three times at
// most, and ends the same way.
func TestUploadsCostFewWrites(t *testing.T) {
	t.Parallel()
	want := ""
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 32))
		u := beginUploads(t)
		commit(t, u.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: expect reports", Files: fakehub.Files{
			".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\ncoverage: { mode: warn }\nreports:\n  " +
				"expect:\n    - { kind: coverage, flag: unit, parts: 16, required: true }\n    - { kind: coverage, " +
				"flag: e2e, parts: 16, required: true }\n"}})
		u.quiet()
		held := seed == 2
		if held {
			u.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Hold: true} })
		}
		u.hub.Reset()
		n, sha := u.topic("topic", "feat: topic", "cart/x.go")
		run := u.runOf(n)
		var parts []map[string]string
		for i := range 32 {
			flag := "unit"
			if i >= 16 {
				flag = "e2e"
			}
			q := coverage(sha, "flag", flag, "part", strconv.Itoa(i%16+1))
			parts = append(parts, q)
			if random.IntN(4) == 0 {
				parts = append(parts, q)
			}
		}
		random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		work := make(chan map[string]string)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for q := range work {
					if got := u.report(u.jwt(run, nil), q, profile, ""); got.status != 202 && got.status != 200 {
						t.Errorf("seed %d: part %s of %s: %d %s", seed, q["part"], q["flag"], got.status, got.Message)
					}
				}
			})
		}
		for i, q := range parts {
			if held && i == len(parts)/2 {
				u.hub.Webhooks().SetFate(nil)
				u.hub.Webhooks().Release(random.Perm(len(u.hub.Webhooks().Held()))...)
			}
			work <- q
		}
		close(work)
		wg.Wait()
		shown := u.run(sha, "success")
		u.quiet()
		if writes := u.hub.Count("POST", makeRun) + u.hub.Count("PATCH", editRun); writes > 3 || writes == 0 {
			t.Errorf("seed %d: the check was written %d times", seed, writes)
		}
		text := fmt.Sprintf("%s\n%s\n%s", shown.Title, pageLink.ReplaceAllString(shown.Summary, "PAGE"),
			pageLink.ReplaceAllString(shown.Text, "PAGE"))
		if want == "" {
			want = text
		}
		if text != want {
			t.Errorf("seed %d ends in\n%s\nand seed 0 in\n%s", seed, text, want)
		}
		u.stop()
	}
}
