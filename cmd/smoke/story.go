package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

const settings = `version: 1
commits: { mode: enforce, conventional: true }
ownership: { mode: enforce }
size: { mode: warn }
`

// told is what the story remembers from one step to the next.
type told struct {
	*site
	ctx                 context.Context
	bad, good           int
	badHead, goodHead   string
	runs                int
	comment, firstWords string
}

// story is the whole run. A step that fails ends it.
func story(ctx context.Context, n *narrator, s *site) error {
	t := &told{site: s, ctx: ctx}
	for _, step := range []struct {
		what string
		run  func() (string, error)
	}{
		{"the emulator listens", t.startEmulator},
		{"lintel serve is ready: database, queue, and the App's key accepted", t.startServer},
		{"a delivery with a forged signature is refused", t.forge},
		{"settings, CODEOWNERS and code are written, and main requires the check", t.prepare},
		{"a pull request with a bad commit message is opened", t.openBad},
		{"its check concludes failure and says why", t.judgeBad},
		{"a comment says what to do", t.commentBad},
		{"its merge is refused", func() (string, error) { return "", t.merge(ctx, t.bad, http.StatusUnprocessableEntity) }},
		{"the corrected one is opened, marked as unfinished, and lacks its owner's approval", t.openGood},
		{"its merge is refused, too", func() (string, error) { return "", t.merge(ctx, t.good, http.StatusUnprocessableEntity) }},
		{"its title is fixed, the owner approves, and the check turns to success", t.approve},
		{"the comment was edited in place", t.commentGood},
		{"lintel recheck publishes the verdict again", t.recheck},
		{"its merge goes through", func() (string, error) { return "", t.merge(ctx, t.good, http.StatusOK) }},
		{"the first one stays refused", func() (string, error) { return "", t.merge(ctx, t.bad, http.StatusUnprocessableEntity) }},
		{"the metrics count what was done", t.metrics},
		{"lintel serve drains on SIGTERM and exits 0", func() (string, error) { return "", t.server.stop(patience) }},
	} {
		if err := n.step(step.what, step.run); err != nil {
			return err
		}
	}
	return nil
}

func (t *told) startEmulator() (address string, err error) {
	t.emulator, err = t.start("emulate", t.node, t.script, "start", "--service", "github", "--port", t.emulatorPort, "--seed", t.seed,
		"--base-url", t.hub)
	if err != nil {
		return "", err
	}
	return t.hub, t.answers(t.ctx, t.hub+repo)
}

func (t *told) startServer() (address string, err error) {
	if t.server, err = t.start("lintel", t.binary, "serve", "--config", t.config); err != nil {
		return "", err
	}
	return "", t.answers(t.ctx, "http://"+t.admin+"/readyz")
}

func (t *told) forge() (string, error) {
	req, err := http.NewRequestWithContext(t.ctx, http.MethodPost, t.hooks, strings.NewReader(`{"action":"opened"}`))
	if err != nil {
		return "", err
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "X-GitHub-Event": "pull_request",
		"X-GitHub-Delivery": "forged", "X-Hub-Signature-256": "sha256=" + strings.Repeat("0", 64)} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		return "", fmt.Errorf("it answers %s, want 401", resp.Status)
	}
	return resp.Status, nil
}

func (t *told) prepare() (string, error) {
	for _, f := range [][2]string{{".github/lintel.yml", settings}, {"CODEOWNERS", "/pay/ @mika\n"}, {"pay/pay.go", "package pay\n"}} {
		if _, err := t.put(t.ctx, "olga", "main", f[0], f[1], "chore: add "+f[0]); err != nil {
			return "", err
		}
	}
	for _, login := range []string{"wendy", "mika"} {
		if err := t.call(t.ctx, "olga", http.MethodPut, repo+"/collaborators/"+login, http.StatusCreated,
			map[string]any{"permission": "push"}, nil); err != nil {
			return "", err
		}
	}
	protection := map[string]any{"required_status_checks": map[string]any{"strict": false, "contexts": []string{"lintel"}},
		"enforce_admins": true, "required_pull_request_reviews": nil, "restrictions": nil}
	return "", t.call(t.ctx, "olga", http.MethodPut, repo+"/branches/main/protection", http.StatusOK, protection, nil)
}

// open makes a branch with one commit of wendy's and a pull request from it.
func (t *told) open(branch, message, title string) (number int, head string, err error) {
	if err := t.branch(t.ctx, "wendy", branch); err != nil {
		return 0, "", err
	}
	sha, err := t.put(t.ctx, "wendy", branch, "pay/coupon.go",
		"package pay\n\n// Coupon is a code that makes an order cheaper.\ntype Coupon string\n", message)
	if err != nil {
		return 0, "", err
	}
	if number, head, err = t.pull(t.ctx, "wendy", branch, title); err == nil && head != sha {
		err = fmt.Errorf("the pull request's head is %s, the branch was pushed to %s", head, sha)
	}
	return number, head, err
}

func (t *told) openBad() (address string, err error) {
	t.bad, t.badHead, err = t.open("coupons", "Added coupons.", goodTitle)
	return fmt.Sprintf("acme/shop#%d", t.bad), err
}

func (t *told) judgeBad() (string, error) {
	run, _, err := t.newest(t.ctx, t.badHead, "failure", 0)
	if err != nil {
		return "", err
	}
	// Both families had to be read: the commits from the comparison, the owner from CODEOWNERS at the base.
	if err := mentions(run, "Added coupons", "mika"); err != nil {
		return "", err
	}
	return run.Output.Title, nil
}

// mentions wants each text somewhere in a check's output.
func mentions(run checkRun, wanted ...string) error {
	all := run.Output.Title + "\n" + run.Output.Summary + "\n" + run.Output.Text
	for _, text := range wanted {
		if !strings.Contains(all, text) {
			return fmt.Errorf("the check's output does not mention %q:\n%s", text, all)
		}
	}
	return nil
}

func (t *told) commentBad() (string, error) {
	_, err := t.ours(t.ctx, t.bad, func(comment) string { return "" })
	return "", err
}

func (t *told) openGood() (address string, err error) {
	// Its title says that it is not finished, so that there is something for the author, and a comment about it.
	if t.good, t.goodHead, err = t.open("coupons-2", goodTitle, "WIP: "+goodTitle); err != nil {
		return "", err
	}
	run, count, err := t.newest(t.ctx, t.goodHead, "failure", 0)
	if err != nil {
		return "", err
	}
	if err := mentions(run, "mika", "WIP"); err != nil {
		return "", err
	}
	t.runs = count
	c, err := t.ours(t.ctx, t.good, func(comment) string { return "" })
	t.comment, t.firstWords = fmt.Sprint(c.ID), c.Body
	return fmt.Sprintf("acme/shop#%d: %s", t.good, run.Output.Title), err
}

// goodTitle is a title, and a commit message, that no rule objects to.
const goodTitle = "feat(pay): add coupons"

func (t *told) approve() (string, error) {
	// The emulator tells nobody of an edited title; the approval's event makes Lintel read it.
	if err := t.call(t.ctx, "wendy", http.MethodPatch, fmt.Sprintf("%s/pulls/%d", repo, t.good), http.StatusOK,
		map[string]any{"title": goodTitle}, nil); err != nil {
		return "", err
	}
	// The emulator answers 201 where GitHub says 200.
	if err := t.call(t.ctx, "mika", http.MethodPost, fmt.Sprintf("%s/pulls/%d/reviews", repo, t.good), http.StatusCreated,
		map[string]any{"event": "APPROVE", "body": "Good."}, nil); err != nil {
		return "", err
	}
	run, count, err := t.newest(t.ctx, t.goodHead, "success", t.runs)
	t.runs = count
	return run.Output.Title, err
}

func (t *told) commentGood() (string, error) {
	_, err := t.ours(t.ctx, t.good, func(c comment) string {
		switch {
		case fmt.Sprint(c.ID) != t.comment:
			return "it is another comment"
		case c.Body == t.firstWords:
			return "it still says what it said before the approval"
		}
		return ""
	})
	return "", err
}

func (t *told) recheck() (string, error) {
	if _, err := t.lintel(t.ctx, "recheck", "--config", t.config, fmt.Sprintf("acme/shop#%d", t.good)); err != nil {
		return "", err
	}
	_, _, err := t.newest(t.ctx, t.goodHead, "success", t.runs)
	return "", err
}

// counted finds one sample in the metrics.
var counted = regexp.MustCompile(`(?m)^lintel_verdicts_total\{conclusion="(\w+)"\} (\d+)$`)

func (t *told) metrics() (string, error) {
	req, err := http.NewRequestWithContext(t.ctx, http.MethodGet, "http://"+t.admin+"/metrics", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", err
	}
	found := map[string]string{}
	for _, m := range counted.FindAllStringSubmatch(string(raw), -1) {
		found[m[1]] = m[2]
	}
	if found["success"] == "" || found["failure"] == "" {
		return "", fmt.Errorf("lintel_verdicts_total has no success or no failure: %v", found)
	}
	return fmt.Sprintf("%s verdicts of success, %s of failure", found["success"], found["failure"]), nil
}
